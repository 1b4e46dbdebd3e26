/*
 * session.c - the verbs that ask nobody: what is there, what may be, and to
 * end it.
 *
 * Runs in s3-sudo-client as the person.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"
#include "s3jit/escape.h"
#include "s3jit/permission.h"

#include "again.h"
#include "aws.h"
#include "aws_grammar.h"
#include "env.h"
#include "format.h"
#include "get.h"
#include "put.h"
#include "run.h"
#include "shell.h"
#include "show.h"

int
verb_close(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct msg_close ask = { argc > 0 ? argv[0] : conn_text("") };
	struct msg_closed closed;
	char *keys;
	bool twice;

	if (again_ask(app, &close_table, &ask, &closed_table, &closed, &twice) == -1) {
		if (!twice || (app->err.code != S3JIT_ENOTFOUND && app->err.code != S3JIT_EENDED))
			return -1;
		app->outcome = "closed";	/* the answer was lost, not the question */
		ui_say(&app->ui, TONE_PLAIN, "Closed. No new credentials. Keys already handed out: "
		    "work until their deadline at most.");
		return 0;
	}
	snprintf(app->id, sizeof(app->id), "%s", closed.id);
	app->outcome = "closed";
	app->deadline = closed.keys_until;
	keys = show_keys_out(&closed);
	ui_say(&app->ui, TONE_PLAIN, "Closed. No new credentials. %s", keys == NULL ? "" : keys);
	free(keys);
	codec_clear(&closed_table, &closed);
	return 0;
}

int
verb_status(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct msg_status ask;
	struct msg_status_answer answer;
	int ret;

	(void)argc;
	(void)argv;
	memset(&ask, 0, sizeof(ask));
	if (app_ask(app, &status_table, &ask, &status_answer_table, &answer) == -1)
		return -1;
	ret = app_print_requests(app, &status_answer_table, &answer, &answer.requests, false,
	    "Nothing is asked, nothing is open.");
	codec_clear(&status_answer_table, &answer);
	return ret;
}

int
verb_withdraw(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct msg_withdraw ask = { argv[0] };
	struct msg_ok ok;
	bool twice;

	(void)argc;
	/* the answer may be what was lost, and not the question */
	if (again_ask(app, &withdraw_table, &ask, &ok_table, &ok, &twice) == 0)
		codec_clear(&ok_table, &ok);
	else if (!twice || app->err.code != S3JIT_EWITHDRAWN)
		return -1;
	app->outcome = "withdrawn";
	ui_say(&app->ui, TONE_PLAIN, "Withdrawn.  Nothing was changed.");
	return 0;
}

/* "rm" and "ls" are what people type for the verbs delete and list. */
static const char *
verb_word(const char *typed)
{
	if (strcmp(typed, "rm") == 0)
		return "delete";
	return strcmp(typed, "ls") == 0 ? "list" : typed;
}

static void
checked_show(const struct msg_checked *c)
{
	char most[DURATION_TEXT], *quorum = show_quorum(&c->quorum);
	char *rule = format_quoted(c->rule, 64), *where = escape_cut(c->where, 200);

	printf("%s%s (rule %s, %s). Longest: %s.%s\n",
	    c->quorum.n == 0 ? "Allowed at once: " : "Would need ", quorum == NULL ? "?" : quorum,
	    rule == NULL ? "?" : rule, where == NULL ? "?" : where,
	    duration_format(most, c->max_ttl), c->reauth ? " Asks for your password." : "");
	free(where);
	free(rule);
	free(quorum);
}

/* VERB and where, or the words of the AWS CLI. */
static int
check_want(struct app *app, struct msg_check *ask, int argc, char **argv)
{
	char *permission;
	int i, ret = 0;

	if (aws_is(argv[0])) {
		ask->delivery = conn_text(DELIVERY_COMMAND);
		return aws_want(app, &ask->scope, argc, argv);
	}
	for (i = 1; ret == 0 && i < argc; i++) {
		if (asprintf(&permission, "%s %s", verb_word(argv[0]), argv[i]) == -1)
			return s3jit_fail_errno(&app->err, "asking");
		if (strv_push(&ask->scope, permission) == -1)
			ret = s3jit_fail_errno(&app->err, "asking");
		free(permission);
	}
	return ret;
}

int
verb_check(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct msg_check ask = { { NULL, 0 }, conn_text(DELIVERY_SIGNED) };
	struct msg_checked checked;
	int ret = check_want(app, &ask, argc, argv);

	if (ret == 0 && (ret = app_ask(app, &check_table, &ask, &checked_table, &checked)) == -1)
		app_hint_rules(app);
	strv_clear(&ask.scope);
	if (ret != 0)
		return ret;
	if (app->opt.json)
		ret = app_print_message(app, &checked_table, &checked);
	else
		checked_show(&checked);
	codec_clear(&checked_table, &checked);
	return ret;
}

int
verb_rules(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct ui out = ui_stdout(&app->ui);
	struct msg_rules ask;
	struct msg_rules_answer answer;
	char *text;
	int ret = 0;

	(void)argc;
	(void)argv;
	memset(&ask, 0, sizeof(ask));
	if (app_ask(app, &rules_table, &ask, &rules_answer_table, &answer) == -1)
		return -1;
	if (app->opt.json) {
		ret = app_print_message(app, &rules_answer_table, &answer);
	} else if ((text = show_rules(&out, &answer)) != NULL) {
		fputs(text, stdout);
		free(text);
	} else {
		ret = s3jit_fail_errno(&app->err, "showing the rules");
	}
	codec_clear(&rules_answer_table, &answer);
	return ret;
}

/*
 * The first time round the session is marked, so that the setuid s3-sudo asks
 * for the password; the second time that has happened.
 */
int
verb_reauth(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct msg_want_reauth ask;
	struct msg_ok ok;

	(void)argc;
	(void)argv;
	if (getenv(REAUTH_GUARD) != NULL) {
		if (!conn_via_helper(app->conn)) {
			(void)unsetenv(REAUTH_GUARD);
			if (reauth_possible(&app->err) == 0)
				s3jit_fail(&app->err, S3JIT_ENOTALLOWED, "Your password was not "
				    "asked: %s runs without privilege here", S3_SUDO);
			return -1;
		}
		app->outcome = "done";
		return 0;
	}
	/* not after the session was marked: the mark would meet whatever is called next */
	if (!ui_can_ask())
		return s3jit_fail(&app->err, S3JIT_ENOTALLOWED, "Your password can't be asked: there "
		    "is no terminal; with ssh, use ssh -t");
	memset(&ask, 0, sizeof(ask));
	if (reauth_possible(&app->err) == -1 ||
	    app_ask(app, &want_reauth_table, &ask, &ok_table, &ok) == -1)
		return -1;
	codec_clear(&ok_table, &ok);
	return reauth_again(app, NULL, 0);
}

static int
resume_active(struct task *t)
{
	struct app *app = t->app;

	if (delivery_stays(t->state.delivery)) {
		app->outcome = "open";
		app->deadline = t->state.deadline;
		open_show(&app->ui, t->state.deadline);
		return 0;
	}
	return task_ended(t, "claimed", "", "");
}

int
verb_resume(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct task t;
	char *cwd = NULL;
	int ret = -1;

	task_init(&t, app, "");
	if (task_resume(&t, argc > 0 ? argv[0] : "") == -1)
		goto out;
	if (strcmp(t.state.state, "ended") == 0) {
		task_ended(&t, t.state.why, t.state.by, t.state.text);
		goto out;
	}
	if (strcmp(t.state.state, "active") == 0) {
		ret = resume_active(&t);
		goto out;
	}
	if (strcmp(t.state.delivery, DELIVERY_SHELL) == 0) {
		ret = env_resume(&t);
		goto out;
	}
	if (strcmp(t.state.delivery, DELIVERY_SESSION) == 0) {
		ret = open_resume(&t);
		goto out;
	}
	if ((cwd = format_from_wire(t.state.cwd)) == NULL || (*cwd != '\0' && chdir(cwd) == -1)) {
		s3jit_fail_errno(&app->err, "it was asked in %s", cwd == NULL ? "?" : cwd);
		goto out;
	}
	if (shell_asked(&t))
		ret = shell_resume(&t);
	else if (strcmp(t.state.delivery, DELIVERY_COMMAND) == 0)
		ret = run_resume(&t);
	else if (t.state.objects.n > 0)
		ret = put_resume(&t);
	else
		ret = get_resume(&t);
out:
	free(cwd);
	task_clear(&t);
	return ret;
}
