/*
 * approve_main.c - s3-approve: what waits for my yes or no.
 *
 * Runs as the person, without privilege.  There is no way to answer unseen:
 * each yes is typed on the terminal behind what it is about (Q2, Q16).
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "again.h"
#include "approve.h"
#include "descriptors.h"
#include "format.h"
#include "show.h"

#define PROGRAM "s3-approve"
#define OPT_END { 0, NULL, OPTION_FLAG, 0, NULL, NULL }

static const struct option no_options[] = { OPT_END };
static const struct option json_options[] = {
	{ 0, "json", OPTION_FLAG, offsetof(struct choices, json), NULL, "print one JSON object" },
	OPT_END
};

static const struct option revoke_options[] = {
	{ 0, "all-of", OPTION_TEXT, offsetof(struct choices, person), "PERSON",
	    "instead of ID: all that PERSON has or waits for" },
	{ 0, "everything", OPTION_FLAG, offsetof(struct choices, everything), NULL,
	    "instead of ID: of everybody" },
	{ 0, "json", OPTION_FLAG, offsetof(struct choices, json), NULL, "print one JSON object" },
	OPT_END
};

/* The words of WHY as one text. */
static char *
joined(int n, char **words)
{
	struct strv v = { words, (size_t)n };
	size_t i, len = 1;
	char *out;

	for (i = 0; i < v.n; i++)
		len += strlen(v.v[i]) + 1;
	if ((out = calloc(1, len)) == NULL)
		return NULL;
	for (i = 0; i < v.n; i++) {
		if (i > 0)
			strcat(out, " ");
		strcat(out, v.v[i]);
	}
	return out;
}

static int
list_get(struct app *app, struct msg_list_answer *answer)
{
	struct msg_list ask;

	memset(&ask, 0, sizeof(ask));
	return app_ask(app, &list_table, &ask, &list_answer_table, answer);
}

static int
verb_id(void *arg, int argc, char **argv)
{
	enum answer answer;

	(void)argc;
	return approve_one(arg, argv[0], 0, 0, &answer);
}

static int
verb_no(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	char *why = joined(argc - 1, argv + 1);
	int ret;

	if (why == NULL)
		return s3jit_fail_errno(&app->err, "voting");
	ret = approve_deny(app, argv[0], why);
	free(why);
	return ret;
}

static void
revoked_show(struct app *app, const struct msg_revoked *r)
{
	const struct msg_closed *closed = r->ended.v;
	char *person, *keys;
	size_t i;

	for (i = 0; i < r->ended.n; i++) {
		person = format_word(closed[i].person, 64);
		keys = show_keys_out(&closed[i]);
		if (app->opt.person != NULL || app->opt.everything)
			ui_say(&app->ui, TONE_PLAIN, "%.*s of %s: revoked. %s", REQUEST_ID_SHOWN,
			    closed[i].id, person == NULL ? "?" : person, keys == NULL ? "" : keys);
		else
			ui_say(&app->ui, TONE_PLAIN, "Revoked. No further signature, no further keys. %s",
			    keys == NULL ? "" : keys);
		free(keys);
		free(person);
	}
	if (r->count > (int64_t)r->ended.n)
		ui_say(&app->ui, TONE_PLAIN, "And %" PRId64 " more.", r->count - (int64_t)r->ended.n);
	if (r->count == 0)
		ui_say(&app->ui, TONE_PLAIN, "There is nothing to revoke.");
	if (r->left > 0)
		ui_say(&app->ui, TONE_PLAIN, "%" PRId64 " %s not yours to revoke: who may approve under "
		    "their rules can.", r->left, r->left == 1 ? "other is" : "others are");
}

/* ID WHY..., or --all-of PERSON WHY..., or --everything WHY... */
static int
revoke_words(struct app *app, struct msg_revoke *ask, int *argc, char ***argv)
{
	if (app->opt.person != NULL && app->opt.everything)
		return s3jit_fail(&app->err, S3JIT_EUSAGE,
		    "--all-of and --everything: one of them, please");
	ask->id = ask->person = conn_text("");
	ask->everything = app->opt.everything;
	if (app->opt.person != NULL) {
		ask->person = conn_text(app->opt.person);
	} else if (!app->opt.everything && *argc > 0) {
		ask->id = *(*argv)++;
		(*argc)--;
	}
	if (*argc == 0) {
		app_hint(app, "See:   s3-approve revoke --help");
		return s3jit_fail(&app->err, S3JIT_EUSAGE, "say why: it is on record, and told to who "
		    "loses the access");
	}
	return 0;
}

static int
verb_revoke(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	char *why = NULL, *words = NULL;
	struct msg_revoke ask = { NULL, NULL, false, NULL };
	struct msg_revoked revoked;
	bool twice;
	int ret = -1;

	if (revoke_words(app, &ask, &argc, &argv) == -1)
		return -1;
	if ((why = joined(argc, argv)) == NULL || (words = format_to_wire(why)) == NULL) {
		s3jit_fail_errno(&app->err, "revoking");
		goto out;
	}
	ask.why = words;
	ret = again_ask(app, &revoke_table, &ask, &revoked_table, &revoked, &twice);
	if (ret == 0) {
		if (app->opt.json)
			ret = app_print_message(app, &revoked_table, &revoked);
		else
			revoked_show(app, &revoked);
		codec_clear(&revoked_table, &revoked);
	} else if (twice && app->err.code == S3JIT_EENDED) {
		ret = 0;		/* the answer was lost, not the question */
		app->outcome = "revoked";
		ui_say(&app->ui, TONE_PLAIN, "Revoked. No further signature, no further keys.");
	}
out:
	free(words);
	free(why);
	return ret;
}

static int
verb_list(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct msg_list_answer answer;
	int ret;

	(void)argc;
	(void)argv;
	if (list_get(app, &answer) == -1)
		return -1;
	ret = app_print_requests(app, &list_answer_table, &answer, &answer.requests, true,
	    "Nothing waits for you.");
	codec_clear(&list_answer_table, &answer);
	return ret;
}

static int
verb_count(void *arg, int argc, char **argv)
{
	struct msg_list_answer answer;

	(void)argc;
	(void)argv;
	if (list_get(arg, &answer) == -1)
		return -1;
	printf("%zu\n", answer.requests.n);
	codec_clear(&list_answer_table, &answer);
	return 0;
}

/* No argument: one request after the other. */
static int
step(struct app *app)
{
	struct msg_list_answer answer;
	const struct summary *s;
	enum answer said;
	size_t i;
	int ret = 0;

	if (!ui_can_ask()) {
		app_hint(app, "To look only:   s3-approve list   From elsewhere:   "
		    "ssh -t HOST s3-approve");
		return s3jit_fail(&app->err, S3JIT_EUSAGE, "there is no terminal to ask on");
	}
	if (list_get(app, &answer) == -1)
		return -1;
	s = answer.requests.v;
	if (answer.requests.n == 0)
		ui_say(&app->ui, TONE_PLAIN, "Nothing waits for you.");
	for (i = 0; ret == 0 && i < answer.requests.n; i++) {
		ret = approve_one(app, s[i].id, i + 1, answer.requests.n, &said);
		/* one that is gone or not ours must not hide those behind it */
		if (ret == -1 && (app->err.code == S3JIT_ENOTFOUND ||
		    app->err.code == S3JIT_ENOTALLOWED) && i + 1 < answer.requests.n) {
			app_say_error(app);
			ret = 0;
		}
	}
	codec_clear(&list_answer_table, &answer);
	return ret;
}

#define EXAMPLES(...) (const char *const[]){ __VA_ARGS__, NULL }

static const struct subcommand verbs[] = {
	{ "approve", "ID", "Show one request and ask: yes, no or skip. Its ID alone does the same.",
	    no_options, 1, 1, false, EXAMPLES("s3-approve kmxqrtvz", "s3-approve approve kmxqrtvz"),
	    verb_id },
	{ "no", "ID WHY...", "Deny it, with a reason that its requester reads.", no_options, 1, -1,
	    true, EXAMPLES("s3-approve no kmxqrtvz wrong month, see OPS-411"), verb_no },
	{ "deny", "ID WHY...", "The same as no.", no_options, 1, -1, true,
	    EXAMPLES("s3-approve deny kmxqrtvz wrong month, see OPS-411"), verb_no },
	{ "revoke", "[ID] WHY...", "End write access that was approved, now.", revoke_options, 1, -1,
	    true, EXAMPLES("s3-approve revoke kmxqrtvz wrong bucket",
	    "s3-approve revoke --json kmxqrtvz wrong bucket",
	    "s3-approve revoke --all-of alice her laptop was stolen",
	    "s3-approve revoke --everything INC-90 keys leaked"), verb_revoke },
	{ "show", "ID", "Show everything about one request; asks nothing.", json_options, 1, 1, false,
	    EXAMPLES("s3-approve show kmxqrtvz", "s3-approve show --json kmxqrtvz"), verb_show },
	{ "list", "", "What waits for you, one line each.", json_options, 0, 0, false,
	    EXAMPLES("s3-approve list", "s3-approve list --json"), verb_list },
	{ "count", "", "How many wait for you.", no_options, 0, 0, false,
	    EXAMPLES("s3-approve count"), verb_count },
	{ NULL, NULL, NULL, NULL, 0, 0, false, NULL, NULL },
};

static const char intro[] =
    "s3-approve: say yes or no to write access that others ask for.\n"
    "\n"
    "usage: s3-approve               step through what waits for you\n"
    "       s3-approve ID            one request\n"
    "       s3-approve VERB ...\n";

static const char outro[] =
    "  s3-approve VERB --help\n"
    "      Options and examples of a verb.\n"
    "  s3-approve --version\n"
    "\n"
    "Yes is the whole word yes, typed after the question; what was typed or pasted\n"
    "before it does not count.\n"
    "\n"
    "Exit status: 0 it counts, or was handled already, 2 usage, 112 no answer, 113 you\n"
    "may not decide, 114 broker not reachable, 116 over already, 118 changed meanwhile.\n"
    "See s3-approve(1), s3jit(7).\n";

static int
run_verb(struct app *app, const struct subcommand *v, int argc, char **argv)
{
	char **words = NULL;
	bool help;
	int n, ret;

	if (options_read(v, &app->opt, &help, argc, argv, &n, &words, &app->err) == -1) {
		app_hint(app, "See:   s3-approve %s --help", v->name);
		return -1;
	}
	if (help) {
		verb_help(stdout, PROGRAM, v);
		free(words);
		return 0;
	}
	ret = conn_open(&app->conn, PROGRAM, false, CONN_CONNECT_MS, &app->err);
	if (ret == 0)
		ret = v->run(app, n, words);
	free(words);
	return ret;
}

static int
run(struct app *app)
{
	const struct subcommand *v;
	const char *meant;

	if (app->argc < 2) {
		if (conn_open(&app->conn, PROGRAM, false, CONN_CONNECT_MS, &app->err) == -1)
			return -1;
		return step(app);
	}
	if ((v = verb_find(verbs, app->argv[1])) != NULL)
		return run_verb(app, v, app->argc - 2, app->argv + 2);
	if (request_id_ok(app->argv[1]))
		return run_verb(app, &verbs[0], app->argc - 1, app->argv + 1);
	meant = verb_closest(verbs, app->argv[1]);
	app_hint(app, "%s%s%sSee:   s3-approve --help", meant == NULL ? "" : "Was it ",
	    meant == NULL ? "" : meant, meant == NULL ? "" : "?  ");
	return s3jit_fail(&app->err, S3JIT_EUSAGE, "\"%s\" is neither a verb nor a request: those "
	    "have 6 or more letters from k to z", app->argv[1]);
}

int
main(int argc, char **argv)
{
	struct app app = { .argc = argc, .argv = argv };
	int status;

	descriptors_settle();
	ui_init(&app.ui);
	if (options_common(PROGRAM, argc, argv, verbs, intro, outro, &status))
		return status;
	status = app_report(&app, run(&app));
	conn_free(app.conn);
	free(app.hint);
	return status;
}
