/*
 * task.c - one request from the question to its end.
 *
 * Runs in s3-sudo-client as the person.  Nothing here decides: the broker
 * does, and says so; this shows, asks and carries.
 */
#include "config.h"

#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"
#include "s3jit/escape.h"

#include "again.h"
#include "format.h"
#include "show.h"
#include "signals.h"
#include "task.h"

#define ASK_AGAIN	3	/* wrong answers on the terminal before we give up */

void
task_init(struct task *t, struct app *app, const char *delivery)
{
	memset(t, 0, sizeof(*t));
	t->app = app;
	t->ask.delivery = strdup(delivery);
}

void
task_clear(struct task *t)
{
	t->ask.reason = NULL;		/* app's or reason_typed */
	codec_clear(&ask_table, &t->ask);
	codec_clear(&checked_table, &t->checked);
	codec_clear(&state_table, &t->state);
	codec_clear(&grant_table, &t->grant);
	free(t->reason_typed);
	t->reason_typed = NULL;
}

int
task_want(struct task *t, const char *permission)
{
	if (!strv_has(&t->ask.scope, permission) && strv_push(&t->ask.scope, permission) == -1)
		return s3jit_fail_errno(&t->app->err, "asking");
	return 0;
}

int
task_typed(struct task *t, const char *verb, int argc, char **argv)
{
	const char **words = calloc((size_t)argc + 2, sizeof(*words));
	int i, ret;

	if (words == NULL)
		return s3jit_fail_errno(&t->app->err, "asking");
	words[0] = "s3-sudo";
	words[1] = verb;
	for (i = 0; i < argc; i++)
		words[i + 2] = argv[i];
	ret = task_evidence(t, words, (size_t)argc + 2);
	free(words);
	return ret;
}

int
task_evidence(struct task *t, const char *const *argv, size_t n)
{
	char cwd[PATH_MAX], *text;
	size_t i;

	for (i = 0; i < n; i++) {
		text = format_to_wire(argv[i]);
		if (text == NULL || strv_push(&t->ask.argv, text) == -1) {
			free(text);
			return s3jit_fail_errno(&t->app->err, "asking");
		}
		free(text);
	}
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		cwd[0] = '\0';
	if ((t->ask.cwd = format_to_wire(cwd)) == NULL)
		return s3jit_fail_errno(&t->app->err, "asking");
	return 0;
}

/* Would the rule take these words?  The broker has the last word on that. */
static int
reason_check(const struct msg_checked *c, const char *reason, struct s3jit_err *err)
{
	regex_t re;
	int no;

	if (c->reason_required && reason[strspn(reason, " \t")] == '\0')
		return s3jit_fail(err, S3JIT_EUSAGE, "this rule wants a reason%s%s%s",
		    c->reason[0] == '\0' ? "" : " of the form \"", c->reason,
		    c->reason[0] == '\0' ? "" : "\"");
	if (c->reason[0] == '\0')
		return 0;
	if (regcomp(&re, c->reason, REG_EXTENDED | REG_NOSUB) != 0)
		return 0;
	no = regexec(&re, reason, 0, NULL, 0);
	regfree(&re);
	if (no != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "this rule wants a reason of the form \"%s\"",
		    c->reason);
	return 0;
}

/* Where nobody can be asked again. */
static int
reason_or_how(struct task *t)
{
	if (reason_check(&t->checked, t->ask.reason, &t->app->err) == 0)
		return 0;
	app_hint(t->app, "Nobody was asked.  Give it with -r \"...\".");
	return -1;
}

static int
reason_get(struct task *t)
{
	struct app *app = t->app;
	char *line;
	int tries;

	if (app->opt.reason != NULL) {
		if ((t->reason_typed = format_to_wire(app->opt.reason)) == NULL)
			return s3jit_fail_errno(&app->err, "reason");
		t->ask.reason = t->reason_typed;
		return reason_or_how(t);
	}
	t->ask.reason = conn_text("");
	if (!t->checked.reason_required && (t->checked.quorum.n == 0 || !ui_can_ask()))
		return 0;
	if (!ui_can_ask())
		return reason_or_how(t);
	for (tries = 1; tries <= ASK_AGAIN; tries++) {
		if (ui_ask(&app->ui, &line, "Why?", &app->err) == -1)
			return -1;
		free(t->reason_typed);
		t->reason_typed = format_to_wire(line);
		free(line);
		if ((t->ask.reason = t->reason_typed) == NULL)
			return s3jit_fail_errno(&app->err, "reason");
		if (reason_check(&t->checked, t->ask.reason, &app->err) == 0)
			return 0;
		if (tries < ASK_AGAIN)	/* the last word is said by who ends */
			app_say_error(app);
	}
	return -1;
}

static int
ttl_check(const struct msg_checked *c, int64_t ttl, struct s3jit_err *err)
{
	char most[DURATION_TEXT];

	if (ttl <= c->max_ttl)
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE, "this rule gives at most %s",
	    duration_format(most, c->max_ttl));
}

static int
ttl_get(struct task *t)
{
	struct app *app = t->app;
	char usual[DURATION_TEXT], question[DURATION_TEXT + 32], *line;
	int tries, ret;

	t->ask.ttl = app->opt.ttl;
	if (app->opt.ttl != 0)
		return ttl_check(&t->checked, app->opt.ttl, &app->err);
	/* who gave the reason on the command line is not asked about the usual time */
	if (app->opt.reason != NULL || t->checked.quorum.n == 0 || !ui_can_ask())
		return 0;
	snprintf(question, sizeof(question), "How long? [%s]",
	    duration_format(usual, t->checked.default_ttl));
	for (tries = 1; tries <= ASK_AGAIN; tries++) {
		if (ui_ask(&app->ui, &line, question, &app->err) == -1)
			return -1;
		ret = *line == '\0' ? 0 : duration_parse(&t->ttl_typed, line, &app->err);
		free(line);
		if (ret == 0 && ttl_check(&t->checked, t->ttl_typed, &app->err) == 0) {
			t->ask.ttl = t->ttl_typed;
			return 0;
		}
		if (tries < ASK_AGAIN)	/* the last word is said by who ends */
			app_say_error(app);
	}
	return -1;
}

int
task_check(struct task *t)
{
	struct msg_check check = { t->ask.scope, t->ask.delivery, t->ask.parent };
	struct app *app = t->app;
	char *text;

	if (app_ask(app, &check_table, &check, &checked_table, &t->checked) == -1) {
		app_hint_rules(app);
		return -1;
	}
	/* the second time round, after the password, it stands on the screen already */
	if (getenv(REAUTH_GUARD) == NULL && (t->checked.quorum.n > 0 || app->ui.tty)) {
		if ((text = show_ask(&app->ui, &t->checked, &t->ask.objects)) == NULL)
			return s3jit_fail_errno(&app->err, "showing the request");
		ui_text(&app->ui, text);
		free(text);
	}
	if (reason_get(t) == -1 || ttl_get(t) == -1) {
		app->hint == NULL ? app_hint(app, "Nobody was asked.") : (void)0;
		return -1;
	}
	return 0;
}

static void
id_keep(struct task *t)
{
	snprintf(t->app->id, sizeof(t->app->id), "%s", t->state.id);
}

/* --no-wait: the id on stdout for scripts, the next step on stderr for people. */
static int
leave_it(struct task *t)
{
	struct app *app = t->app;

	app->outcome = t->state.state[0] == 'p' ? "pending" : "approved";
	if (!app->opt.json)
		printf("%.*s\n", REQUEST_ID_SHOWN, t->state.id);
	ui_say(&app->ui, TONE_PLAIN, "Asked.  Go on with:   s3-sudo resume %.*s", REQUEST_ID_SHOWN,
	    t->state.id);
	if (t->state.needed > 0)
		ui_say(&app->ui, TONE_PLAIN, "To sign it off:       ssh -t %s s3-approve %.*s",
		    t->state.host, REQUEST_ID_SHOWN, t->state.id);
	return 1;
}

/* What was answered on the terminal goes along as it was typed.  Always -1, or not at all. */
static int
reauth(struct task *t)
{
	struct app *app = t->app;
	char *reason = NULL;

	if (app->opt.reason == NULL && t->reason_typed != NULL &&
	    (reason = format_from_wire(t->reason_typed)) == NULL)
		return s3jit_fail_errno(&app->err, "re-authentication");
	(void)reauth_again(app, reason, app->opt.ttl == 0 ? t->ttl_typed : 0);
	free(reason);
	return -1;
}

int
task_ask(struct task *t)
{
	struct app *app = t->app;
	int ret;

	if (signals_fd(&app->err) == -1)
		return -1;
	t->ask.detach = app->opt.no_wait;
	t->asked_at = clock_wall();
	ret = app_ask(app, &ask_table, &t->ask, &state_table, &t->state);
	if (ret == -1 && app->err.code == S3JIT_EBROKER)
		ret = again_asked(t);
	if (ret == -1)
		return app->err.code == S3JIT_EREAUTH ? reauth(t) : -1;
	id_keep(t);
	return app->opt.no_wait ? leave_it(t) : 0;
}

int
task_resume(struct task *t, const char *id)
{
	struct msg_resume ask = { conn_text(id) };

	if (signals_fd(&t->app->err) == -1)
		return -1;
	codec_clear(&state_table, &t->state);
	if (again_ask(t->app, &resume_table, &ask, &state_table, &t->state, NULL) == -1)
		return -1;
	id_keep(t);
	return 0;
}

int
task_claim(struct task *t)
{
	struct msg_claim claim = { t->state.id };
	struct app *app = t->app;

	if (app_ask(app, &claim_table, &claim, &grant_table, &t->grant) == -1 &&
	    (app->err.code != S3JIT_EBROKER || again_claimed(t) == -1))
		return -1;
	app->deadline = t->grant.deadline;
	return 0;
}

void
task_withdraw(struct task *t)
{
	struct msg_withdraw ask = { t->state.id };
	struct s3jit_err ignored;
	struct msg_ok ok;

	if (t->state.id == NULL)
		return;
	if (conn_ask(t->app->conn, &withdraw_table, &ask, &ok_table, &ok, &ignored) == 0)
		t->withdrawn = true;
	codec_clear(&ok_table, &ok);
}

void
task_end(struct task *t, bool done, int status)
{
	struct msg_end end = { t->state.id, conn_text(done ? "done" : "failed"), status };
	struct s3jit_err ignored, kept = t->app->err;
	struct msg_ok ok;

	if (conn_ask(t->app->conn, &end_table, &end, &ok_table, &ok, &ignored) == -1 &&
	    ignored.code == S3JIT_EBROKER && again_attach(t, AGAIN_END_MS) == 0) {
		end.id = t->state.id;
		(void)conn_ask(t->app->conn, &end_table, &end, &ok_table, &ok, &ignored);
	}
	codec_clear(&ok_table, &ok);
	t->app->err = kept;		/* why it ended, not why nobody could be told */
}

int
task_reattach(struct task *t)
{
	struct msg_resume ask = { t->state.id };
	struct s3jit_err err;
	struct msg_state now;

	if (conn_again(t->app->conn, &err) == -1 ||
	    conn_ask(t->app->conn, &resume_table, &ask, &state_table, &now, &err) == -1) {
		t->app->err = err;
		return -1;
	}
	codec_clear(&state_table, &t->state);
	t->state = now;
	return 0;
}

char *
task_approved_by(const struct task *t)
{
	const struct strv *yes = &t->app->yes;
	char *names = yes->n > 0 ? format_people(yes, " + ") : format_quoted(t->state.rule, 48);
	char *text = NULL;

	if (names == NULL || asprintf(&text, "%s %s", yes->n > 0 ? "Approved by" : "Allowed by rule",
	    names) == -1)
		text = NULL;
	free(names);
	return text == NULL ? strdup("Approved") : text;
}

int64_t
task_deadline_ms(const struct task *t)
{
	return clock_boot_ms() + (t->grant.deadline - t->grant.now) * 1000;
}
