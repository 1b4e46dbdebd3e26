/*
 * running.c - a child that holds the keys, until it ends or the grant does.
 *
 * Runs in s3-sudo-client as the person, and stays as the child's parent.
 * AWS enforces the deadline; ending the child's processes is courtesy.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"
#include "s3jit/escape.h"

#include "again.h"
#include "command.h"
#include "foreground.h"
#include "running.h"
#include "signals.h"

#define GRACE_MS	5000	/* between TERM and KILL */
#define AWAY_RETRY_MS	1000

struct running {
	struct task *t;
	pid_t pid;
	bool exited;
	int wait_status;
	enum running_kind kind;
	struct foreground terminal;
	int64_t deadline, length;	/* of the grant; wall, seconds */
	int64_t deadline_ms;
	int64_t warn_ms;	/* say then that it ends soon; 0 = not, or said */
	int64_t away_ms;	/* broker away: try again then; 0 = it is there */
	int64_t kill_ms;	/* being ended: KILL from then on; 0 = not */
	struct s3jit_err why;	/* why it is ended */
};

static bool
is_shell(const struct running *r)
{
	return r->kind == RUNNING_SHELL;
}

static int
exec_status(int e)
{
	return e == ENOENT || e == ENOTDIR ? 127 : 126;
}

/* A shell's prompt, or what it runs, has left the cursor somewhere in a line. */
static void
line_begin(struct running *r)
{
	if (is_shell(r))
		ui_text(&r->t->app->ui, "\n");
}

/* The grant is over: TERM to all that the child started, later KILL. */
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
	line_begin(r);
	ui_say(ui, TONE_BAD, "%s", text == NULL ? "The grant is over." : text);
	free(text);
	r->t->app->said = true;
	(void)command_tree_signal(SIGTERM);
	if (is_shell(r))		/* one that is typed in does not listen to TERM */
		(void)command_tree_signal(SIGHUP);
	(void)command_tree_signal(SIGCONT);
}

static void
warn(struct running *r)
{
	char left[DURATION_TEXT], until[CLOCK_TEXT];

	r->warn_ms = 0;
	if (!r->t->app->ui.tty)
		return;
	line_begin(r);
	ui_say(&r->t->app->ui, TONE_PLAIN, "s3-sudo: %s left: write access ends at %s.",
	    duration_format(left, duration_warning(r->length)), clock_hms(until, r->deadline));
}

/* The shell suspended itself (or reads from behind): so do we, until `fg`. */
static void
stop_with_it(struct running *r)
{
	foreground_back(&r->terminal);
	(void)kill(0, SIGSTOP);
	foreground_lend(&r->terminal, r->pid);
	(void)kill(r->pid, SIGCONT);
}

static void
reap(struct running *r)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG | (is_shell(r) ? WUNTRACED : 0))) > 0) {
		if (pid != r->pid)
			continue;
		if (WIFSTOPPED(status)) {
			stop_with_it(r);
			continue;
		}
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
	} else if (!again_is_away(&app->err)) {
		end_it(r, &app->err);
	}
}

static int64_t
next_ms(const struct running *r, int64_t now)
{
	int64_t next = r->kill_ms != 0 ? now + 100 : r->deadline_ms;

	if (r->warn_ms != 0 && r->warn_ms < next)
		next = r->warn_ms;
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
	if (r->warn_ms != 0 && r->kill_ms == 0 && now >= r->warn_ms)
		warn(r);
	if (r->kill_ms == 0 && now >= r->deadline_ms) {
		s3jit_fail(&why, S3JIT_EDEADLINE,
		    "s3-sudo: deadline reached, AWS refuses from now on.");
		end_it(r, &why);
	}
	if (r->kill_ms != 0 && now >= r->kill_ms)
		(void)command_tree_signal(SIGKILL);
}

/* Until the child is over; when it is being ended, until all its processes are. */
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
running_show(const struct running *r)
{
	char until[CLOCK_TEXT], length[DURATION_TEXT], *by = task_approved_by(r->t);
	struct ui *ui = &r->t->app->ui;

	if (r->t->app->yes.n > 0 || ui->tty)
		ui_say(ui, TONE_PLAIN, "%s. %s until %s (%s).%s", by == NULL ? "?" : by,
		    is_shell(r) ? "This shell may write" : "Running",
		    clock_hms(until, r->deadline), duration_format(length, r->length),
		    is_shell(r) ? "   Leave it:   exit" : "");
	free(by);
}

/* What the files of conf/shell put in front of the person's own prompt. */
static int
prompt_set(struct running *r)
{
	char mark[64], until[CLOCK_TEXT];

	snprintf(mark, sizeof(mark), "(s3:write until %.5s) ", clock_hms(until, r->deadline));
	return setenv("S3JIT_PROMPT", mark, 1);
}

static void
times_note(struct running *r)
{
	int64_t before;

	r->deadline = r->t->grant.deadline;
	r->length = r->t->grant.deadline - r->t->grant.now;
	r->deadline_ms = task_deadline_ms(r->t);
	if ((before = duration_warning(r->length)) != 0)
		r->warn_ms = r->deadline_ms - before * 1000;
}

/* Let the child have the keys; ours are wiped as soon as it runs. */
static int
start(struct running *r, char *const *argv)
{
	struct app *app = r->t->app;
	char **env;
	int e, ret;

	if (r->t->grant.credentials == NULL)
		return s3jit_fail(&app->err, S3JIT_EPROTO, "the broker gave no keys for the command");
	times_note(r);
	if ((is_shell(r) && prompt_set(r) == -1) ||
	    (env = command_env(environ, r->t->grant.credentials,
	    r->kind == RUNNING_AWS)) == NULL)
		return s3jit_fail_errno(&app->err, "the command's environment");
	running_show(r);
	if (is_shell(r))
		foreground_keep(&r->terminal);
	ret = command_start(&r->pid, argv, env, &e, &app->err);
	if (ret == -1 && e != 0)
		app->status = exec_status(e);
	command_env_free(env);
	return ret;
}

int
running_child(struct task *t, char *const *argv, enum running_kind kind)
{
	struct running r = { .t = t, .kind = kind, .terminal = { .fd = -1 } };
	struct app *app = t->app;
	int ret;

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);	/* until exec, also in the child */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return s3jit_fail_errno(&app->err, "becoming the reaper");
	if (task_claim(t) == -1)
		return -1;
	/* Ctrl-C while AWS was asked: no child has it, and nobody wants one now */
	if (signals_to_stop())
		ret = s3jit_fail(&app->err, S3JIT_EWITHDRAWN, "Stopped by you.  Nothing was run");
	else
		ret = start(&r, argv);
	codec_clear(&grant_table, &t->grant);
	if (ret == 0)
		watch(&r);
	else
		task_end(t, false, app->status);
	foreground_back(&r.terminal);
	foreground_free(&r.terminal);
	if (ret == 0 && is_shell(&r) && r.kill_ms == 0)
		ui_say(&app->ui, TONE_PLAIN, "Write access ended.");
	return ret == -1 ? -1 : outcome(&r);
}

