/*
 * run.c - s3-sudo run and open: what may be done, said with --allow.
 *
 * Runs in s3-sudo-client as the person.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/permission.h"

#include "aws.h"
#include "aws_grammar.h"
#include "command.h"
#include "format.h"
#include "run.h"
#include "running.h"

static int
command_ready(struct app *app, int argc, char **argv)
{
	app->stdout_taken = true;
	if (command_profile_check(argc, argv, &app->err) == -1)
		return -1;
	if ((app->status = command_check(argv[0], &app->err)) != 0)
		return -1;
	return 0;
}

int
run_allow(struct task *t)
{
	const struct strv *allow = &t->app->opt.allow;
	struct permission p;
	size_t i;

	for (i = 0; i < allow->n; i++) {
		if (permission_parse(&p, allow->v[i], false, &t->app->err) == -1) {
			if (strchr(allow->v[i], ' ') == NULL)
				app_hint(t->app, "Verb and place are one word, in quotes:   "
				    "--allow \"put s3://BUCKET/FOLDER/\"");
			return -1;
		}
		permission_clear(&p);
		if (task_want(t, allow->v[i]) == -1)
			return -1;
	}
	if (allow->n == 0)
		return s3jit_fail(&t->app->err, S3JIT_EUSAGE,
		    "what may it do?  Say so with --allow \"put s3://BUCKET/FOLDER/\"");
	return 0;
}

int
verb_run(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct task t;
	bool plain = app->opt.allow.n == 0 && aws_is(argv[0]);
	int ret = -1, asked;

	task_init(&t, app, DELIVERY_COMMAND);
	app->stdout_taken = true;
	if ((plain ? aws_want(app, &t.ask.scope, argc, argv) : run_allow(&t)) == -1 ||
	    command_ready(app, argc, argv) == -1 ||
	    task_evidence(&t, (const char *const *)argv, (size_t)argc) == -1 ||
	    task_check(&t) == -1 || (asked = task_ask(&t)) == -1) {
		if (plain)
			aws_hint(app, &t.ask.scope);
		goto out;
	}
	if (asked == 1)
		ret = 0;
	else if (task_wait(&t) == 0)
		ret = running_child(&t, argv, plain ? RUNNING_AWS : RUNNING_COMMAND);
out:
	task_clear(&t);
	return ret;
}

int
run_resume(struct task *t)
{
	struct app *app = t->app;
	size_t i, n = t->state.argv.n;
	char **argv = calloc(n + 1, sizeof(*argv));
	bool plain;
	int ret = -1;

	if (argv == NULL || n == 0) {
		s3jit_fail(&app->err, S3JIT_EPROTO, "this request has no command");
		goto out;
	}
	for (i = 0; i < n; i++) {
		if ((argv[i] = format_from_wire(t->state.argv.v[i])) == NULL) {
			s3jit_fail_errno(&app->err, "the command");
			goto out;
		}
	}
	plain = aws_wanted(&t->state.scope, (int)n, argv);
	if ((!plain || aws_alias_check(getenv("HOME"), (int)n, argv, &app->err) == 0) &&
	    command_ready(app, (int)n, argv) == 0 && task_wait(t) == 0)
		ret = running_child(t, argv, plain ? RUNNING_AWS : RUNNING_COMMAND);
out:
	for (i = 0; argv != NULL && i < n; i++)
		free(argv[i]);
	free(argv);
	return ret;
}

void
open_show(struct ui *ui, int64_t deadline)
{
	char until[CLOCK_TEXT];

	ui_say(ui, TONE_PLAIN, "Open until %s in this login only.   Use:  "
	    "aws --profile s3-write %s   or   export AWS_PROFILE=s3-write",
	    clock_hms(until, deadline), ui_glyph(ui, GLYPH_ELLIPSIS));
}

int
open_resume(struct task *t)
{
	struct app *app = t->app;
	char *by;

	if (task_wait(t) == -1)
		return -1;
	if (app->yes.n > 0 && (by = task_approved_by(t)) != NULL) {
		ui_say(&app->ui, TONE_PLAIN, "%s.", by);
		free(by);
	}
	if (task_claim(t) == -1)
		return -1;
	app->outcome = "open";
	open_show(&app->ui, t->grant.deadline);
	return 0;
}

int
run_typed(struct task *t)
{
	struct app *app = t->app;

	/* argv[0] is whatever the caller's exec said; the rest is as it was typed */
	app->argv[0] = conn_text("s3-sudo");
	return task_evidence(t, (const char *const *)app->argv, (size_t)app->argc);
}

int
verb_open(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct task t;
	int ret = -1, asked;

	task_init(&t, app, DELIVERY_SESSION);
	(void)argc;
	(void)argv;
	if (run_allow(&t) == -1 || run_typed(&t) == -1 || task_check(&t) == -1 ||
	    (asked = task_ask(&t)) == -1)
		goto out;
	ret = asked == 1 ? 0 : open_resume(&t);
out:
	task_clear(&t);
	return ret;
}
