/*
 * run.c - s3-sudo run: keys go to one command's environment until it ends or
 * the grant does.
 *
 * Runs in s3-sudo-client as the person, and stays as the command's parent.
 * AWS enforces the deadline; ending the command's processes is courtesy.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"
#include "s3jit/escape.h"
#include "s3jit/permission.h"

#include "aws.h"
#include "aws_grammar.h"
#include "command.h"
#include "format.h"
#include "run.h"
#include "signals.h"

#define GRACE_MS	5000	/* between TERM and KILL */
#define AWAY_RETRY_MS	1000

struct running {
	struct task *t;
	pid_t pid;
	bool exited;
	int wait_status;
	int64_t deadline_ms;
	int64_t away_ms;	/* broker away: try again then; 0 = it is there */
	int64_t kill_ms;	/* being ended: KILL from then on; 0 = not */
	struct s3jit_err why;	/* why it is ended */
};

static int
exec_status(int e)
{
	return e == ENOENT || e == ENOTDIR ? 127 : 126;
}

/* The grant is over: TERM to all that the command started, later KILL. */
static void
end_it(struct running *r, const struct s3jit_err *why)
{
	struct ui *ui = &r->t->app->ui;
	char *text;

	if (r->kill_ms != 0)
		return;
	r->why = *why;
	r->kill_ms = clock_boot_ms() + GRACE_MS;
	text = escape_text(why->text);
	ui_say(ui, TONE_BAD, "%s", text == NULL ? "The grant is over." : text);
	free(text);
	r->t->app->said = true;
	(void)command_tree_signal(SIGTERM);
	(void)command_tree_signal(SIGCONT);
}

static void
reap(struct running *r)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != r->pid)
			continue;
		r->exited = true;
		r->wait_status = status;
	}
}

/* What the terminal sent went to the command as well; what was sent to us goes on to it. */
static void
signals_take(struct running *r)
{
	bool ours;
	int sig;

	while ((sig = signals_next(&ours)) != 0) {
		if (sig == SIGCHLD)
			reap(r);
		else if (sig == SIGWINCH)
			ui_measure(&r->t->app->ui);
		else if (ours && !r->exited)
			(void)kill(r->pid, sig);
	}
}

static void
broker_take(struct running *r)
{
	struct app *app = r->t->app;
	struct msg_event ev;
	int got;

	while ((got = conn_event(app->conn, &ev, 0, &app->err)) == 1) {
		if (task_event_ends(r->t, &ev))
			end_it(r, &app->err);
		codec_clear(&event_table, &ev);
	}
	if (got == -1 && app->err.code == S3JIT_EBROKER)
		r->away_ms = clock_boot_ms();
	else if (got == -1)
		end_it(r, &app->err);
}

/* The broker restarts: its grants go on, so does the command; attach again. */
static void
broker_back(struct running *r)
{
	struct app *app = r->t->app;
	const struct msg_state *s = &r->t->state;

	r->away_ms = clock_boot_ms() + AWAY_RETRY_MS;
	if (task_reattach(r->t) == 0) {
		r->away_ms = 0;
		if (strcmp(s->state, "ended") == 0) {
			task_ended(r->t, s->why, s->by, s->text);
			end_it(r, &app->err);
		}
	} else if (app->err.code != S3JIT_EBROKER && app->err.code != S3JIT_ETIMEOUT) {
		end_it(r, &app->err);
	}
}

static int64_t
next_ms(const struct running *r, int64_t now)
{
	int64_t next = r->kill_ms != 0 ? now + 100 : r->deadline_ms;

	if (r->away_ms != 0 && r->kill_ms == 0 && r->away_ms < next)
		next = r->away_ms;
	return next;
}

static void
turn(struct running *r)
{
	struct app *app = r->t->app;
	int64_t now = clock_boot_ms(), left = next_ms(r, now) - now;
	struct s3jit_err why;
	struct pollfd p[2] = {
		{ signals_fd(&why), POLLIN, 0 },
		{ r->away_ms != 0 ? -1 : conn_fd(app->conn), POLLIN, 0 },
	};

	if (conn_has_event(app->conn))
		left = 0;
	(void)poll(p, 2, left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
	if ((p[0].revents & POLLIN) != 0)
		signals_take(r);
	if (p[1].revents != 0 || conn_has_event(app->conn))
		broker_take(r);
	now = clock_boot_ms();
	if (r->away_ms != 0 && now >= r->away_ms && r->kill_ms == 0)
		broker_back(r);
	if (r->kill_ms == 0 && now >= r->deadline_ms) {
		s3jit_fail(&why, S3JIT_EDEADLINE,
		    "s3-sudo: deadline reached, AWS refuses from now on.");
		end_it(r, &why);
	}
	if (r->kill_ms != 0 && now >= r->kill_ms)
		(void)command_tree_signal(SIGKILL);
}

/* Until the command is over; when it is being ended, until all its processes are. */
static void
watch(struct running *r)
{
	int64_t until;

	while (!r->exited)
		turn(r);
	if (r->kill_ms == 0)
		return;
	until = r->kill_ms + GRACE_MS;
	while (clock_boot_ms() < until && command_tree_signal(0) > 0) {
		turn(r);
		reap(r);
	}
	reap(r);
}

static int
outcome(struct running *r)
{
	struct app *app = r->t->app;
	int s = r->wait_status;

	app->status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
	if (r->kill_ms == 0) {
		app->outcome = app->status == 0 ? "done" : "failed";
		task_end(r->t, app->status == 0, app->status);
		return 0;
	}
	task_end(r->t, false, app->status);
	app->status = 0;		/* the reason's own status counts */
	app->err = r->why;
	return -1;
}

static void
running_show(struct task *t)
{
	char until[CLOCK_TEXT], length[DURATION_TEXT], *by = task_approved_by(t);
	struct ui *ui = &t->app->ui;

	if (t->app->yes.n > 0 || ui->tty)
		ui_say(ui, TONE_PLAIN, "%s. Running until %s (%s).", by == NULL ? "?" : by,
		    clock_hms(until, t->grant.deadline),
		    duration_format(length, t->grant.deadline - t->grant.now));
	free(by);
}

/*
 * Claim, and let the command have the keys; ours are wiped as soon as it runs.
 * `plain`: nobody said with --allow what it may do.
 */
static int
run_grant(struct task *t, char *const *argv, bool plain)
{
	struct running r = { .t = t };
	struct app *app = t->app;
	char **env = NULL;
	int e, ret = -1;

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);	/* until exec, also in the child */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return s3jit_fail_errno(&app->err, "becoming the reaper");
	if (task_claim(t) == -1)
		return -1;
	if (t->grant.credentials == NULL) {
		s3jit_fail(&app->err, S3JIT_EPROTO, "the broker gave no keys for the command");
		goto out;
	}
	r.deadline_ms = task_deadline_ms(t);
	if ((env = command_env(environ, t->grant.credentials, plain)) == NULL) {
		s3jit_fail_errno(&app->err, "the command's environment");
		goto out;
	}
	running_show(t);
	ret = command_start(&r.pid, argv, env, &e, &app->err);
	if (ret == -1 && e != 0)
		app->status = exec_status(e);
out:
	command_env_free(env);
	codec_clear(&grant_table, &t->grant);
	if (ret == -1) {
		task_end(t, false, app->status);
		return -1;
	}
	watch(&r);
	return outcome(&r);
}

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

/* --allow "put s3://..." as often as given. */
static int
allow_want(struct task *t)
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
	if ((plain ? aws_want(app, &t.ask.scope, argc, argv) : allow_want(&t)) == -1 ||
	    command_ready(app, argc, argv) == -1 ||
	    task_evidence(&t, (const char *const *)argv, (size_t)argc) == -1 ||
	    task_check(&t) == -1 || (asked = task_ask(&t)) == -1)
		goto out;
	if (asked == 1)
		ret = 0;
	else if (task_wait(&t) == 0)
		ret = run_grant(&t, argv, plain);
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
		ret = run_grant(t, argv, plain);
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
verb_open(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct task t;
	int ret = -1, asked;

	task_init(&t, app, DELIVERY_SESSION);
	(void)argc;
	(void)argv;
	/* argv[0] is whatever the caller's exec said; the rest is as it was typed */
	app->argv[0] = conn_text("s3-sudo");
	if (allow_want(&t) == -1 || task_evidence(&t, (const char *const *)app->argv,
	    (size_t)app->argc) == -1 || task_check(&t) == -1 || (asked = task_ask(&t)) == -1)
		goto out;
	ret = asked == 1 ? 0 : open_resume(&t);
out:
	task_clear(&t);
	return ret;
}
