/*
 * wait.c - from asking to an answer: the waiting line, Ctrl-C, a lost line, a
 * lost broker; and what every end is called.
 *
 * Runs in s3-sudo-client as the person.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/escape.h"

#include "again.h"
#include "format.h"
#include "signals.h"
#include "task.h"

#define BROKER_AWAY_MS	(10 * 60 * 1000)	/* a pending request outlives that long (linger) */
#define LOOKING_MS	60000	/* who looks for longer went for a coffee */
#define HELP_COLUMN	48	/* of the waiting line, where there is room */

struct waiting {
	struct task *t;
	int64_t since;		/* boot ms */
	int64_t away;		/* boot ms since when the broker is away, 0 = it is there */
	int tries;		/* to reach it since */
	char what[128];		/* "bob is looking" */
	char looker[64];	/* bob, while that is news; then he has looked */
	int64_t looked;		/* boot ms */
};

struct ending {
	const char *what;	/* of an event or state.why */
	enum s3jit_code code;
	const char *head;
	bool who;		/* head goes on with who did it, and their words */
	const char *tail;
};

static const struct ending endings[] = {
	{ "denied", S3JIT_EDENIED, "Denied by ", true, ".  Nothing was changed." },
	{ "lapsed", S3JIT_ELAPSED, "Lapsed: it was not signed off and taken up in time", false,
	    ".  Nothing was changed." },
	{ "withdrawn", S3JIT_EWITHDRAWN, "Withdrawn", false, ".  Nothing was changed." },
	{ "revoked", S3JIT_EENDED, "Revoked by ", true, ".  Write access ended." },
	{ "closed", S3JIT_EENDED, "Closed", false, ".  Write access ended." },
	{ "logout", S3JIT_EENDED, "Ended: the login that used it is over", false, "." },
	{ "expired", S3JIT_EDEADLINE, "deadline reached, AWS refuses from now on", false, "." },
	{ "claimed", S3JIT_EENDED, "It was taken up in another login of yours and goes on there",
	    false, "." },
	{ "done", S3JIT_EENDED, "It is done already", false, "." },
};

static const struct ending *
ending_find(const char *what)
{
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(endings[i].what, what) == 0)
			return &endings[i];
	return NULL;
}

/* What can't have ended because it never began. */
static const char *
unused_tail(const struct ending *e)
{
	return strstr(e->tail, "ended") != NULL ? ".  Nothing was changed." : e->tail;
}

int
task_ended(struct task *t, const char *what, const char *by, const char *text)
{
	const struct ending *e = ending_find(what);
	bool begun = t->app->deadline != 0 || t->state.deadline != 0;
	struct s3jit_err *err = &t->app->err;
	char *words = NULL;

	if (e == NULL)
		return s3jit_fail(err, S3JIT_EPROTO, "the broker says \"%s\" about request %.*s",
		    what, REQUEST_ID_SHOWN, t->state.id);
	if (e->code == S3JIT_EDEADLINE)
		return s3jit_fail(err, e->code, "s3-sudo: %s%s", e->head, e->tail);
	/* Not for want of an answer. */
	if (e->code == S3JIT_ELAPSED && *text != '\0')
		return s3jit_fail(err, e->code, "Lapsed: %.200s.  Nothing was changed.  Request %.*s.",
		    text, REQUEST_ID_SHOWN, t->state.id);
	if (!e->who || *text == '\0' || asprintf(&words, ": \"%.300s\"", text) == -1)
		words = NULL;
	s3jit_fail(err, e->code, "%s%s%s%s  Request %.*s.", e->head,
	    !e->who ? "" : *by == '\0' ? "s3jit" : by, words == NULL ? "" : words,
	    begun ? e->tail : unused_tail(e),
	    REQUEST_ID_SHOWN, t->state.id);
	free(words);
	return -1;
}

bool
task_event_ends(struct task *t, const struct msg_event *ev)
{
	static const char *const words[] = { "revoked", "closed", "expired", "logout" };
	size_t i;

	if (strcmp(ev->id, t->state.id) != 0)
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(ev->what, words[i]) == 0) {
			task_ended(t, ev->what, ev->by, ev->text);
			return true;
		}
	}
	return false;
}

void
wait_line(char *buf, size_t size, const struct ui *ui, int64_t seconds, const char *what)
{
	char when[FORMAT_TEXT], help[128];
	const char *dot = ui_glyph(ui, GLYPH_DOT);
	int used, room, full, column, width = ui->width - 3;	/* the terminal may echo ^C behind it */

	format_elapsed(when, seconds);
	used = 2 + (int)strlen(when) + 2;
	if (used + (int)strlen(what) > width)
		snprintf(buf, size, "  %s  %.*s", when, width - used, what);
	else
		snprintf(buf, size, "  %s  %s", when, what);
	used += (int)strlen(what);
	snprintf(help, sizeof(help), "Ctrl-C withdraws %s if the line drops: s3-sudo resume", dot);
	full = (int)strlen(help) - (int)strlen(dot) + 1;
	room = width - used - 3;
	if (room < 16)
		return;
	if (room < full) {
		snprintf(help, sizeof(help), "Ctrl-C withdraws");
		full = width;
	}
	column = width - full > HELP_COLUMN ? HELP_COLUMN : width - full;
	used = column >= used + 3 ? column - used : 3;
	if (strlen(buf) + (size_t)used + strlen(help) < size)
		snprintf(buf + strlen(buf), size - strlen(buf), "%*s%s", used, "", help);
}

static void
draw(struct waiting *w)
{
	struct ui *ui = &w->t->app->ui;
	char line[512];

	if (w->looker[0] != '\0' && clock_boot_ms() - w->looked > LOOKING_MS) {
		snprintf(w->what, sizeof(w->what), "%s has looked", w->looker);
		w->looker[0] = '\0';
	}
	wait_line(line, sizeof(line), ui, (clock_boot_ms() - w->since) / 1000, w->what);
	ui_line(ui, line);
}

/* What happened: into the waiting line, or as a line of its own where there is no terminal. */
static void
happened(struct waiting *w, const char *what)
{
	if (strcmp(w->what, what) == 0)
		return;
	snprintf(w->what, sizeof(w->what), "%s", what);
	if (!w->t->app->ui.tty && *what != '\0')
		ui_say(&w->t->app->ui, TONE_PLAIN, "  %s", what);
}

/* Remember who said yes, each once. */
static void
yes_keep(struct app *app, const char *by)
{
	if (*by != '\0' && !strv_has(&app->yes, by))
		(void)strv_push(&app->yes, by);
}

/* 1 approved, 0 go on waiting, -1 ended. */
static int
state_judge(struct waiting *w)
{
	const struct msg_state *s = &w->t->state;
	size_t i;

	for (i = 0; i < s->votes.n; i++)
		yes_keep(w->t->app, s->votes.v[i]);
	if (strcmp(s->state, "approved") == 0)
		return 1;
	if (strcmp(s->state, "pending") == 0)
		return 0;
	if (strcmp(s->state, "active") == 0)
		return task_ended(w->t, "claimed", s->by, "");
	return task_ended(w->t, s->why, s->by, s->text);
}

static int
event_judge(struct waiting *w, const struct msg_event *ev)
{
	char what[128], *by;

	if (strcmp(ev->id, w->t->state.id) != 0)
		return 0;
	if ((by = escape_cut(ev->by, 48)) == NULL)
		return 0;
	what[0] = '\0';
	w->looker[0] = '\0';
	if (strcmp(ev->what, "looking") == 0) {
		snprintf(what, sizeof(what), "%s is looking", by);
		snprintf(w->looker, sizeof(w->looker), "%s", by);
		w->looked = clock_boot_ms();
	} else if (strcmp(ev->what, "yes") == 0)
		snprintf(what, sizeof(what), "%s said yes, %lld more needed", by,
		    (long long)ev->needed);
	free(by);
	if (strcmp(ev->what, "yes") == 0 || strcmp(ev->what, "approved") == 0)
		yes_keep(w->t->app, ev->by);
	if (strcmp(ev->what, "approved") == 0)
		return 1;
	if (what[0] == '\0')
		return task_ended(w->t, ev->what, ev->by, ev->text);
	happened(w, what);
	return 0;
}

/* The broker is away: try every so often, for as long as the request may last. */
static int
broker_lost(struct waiting *w)
{
	struct app *app = w->t->app;

	if (w->away == 0) {
		w->away = clock_boot_ms();
		w->tries = 0;
	}
	w->tries++;
	if (task_reattach(w->t) == 0) {
		w->away = 0;
		happened(w, "s3jitd was restarted; still waiting");
		return state_judge(w);
	}
	if (!again_is_away(&app->err))
		return -1;
	if (clock_boot_ms() - w->away > BROKER_AWAY_MS) {
		app_hint(app, "Your request may still be there.  Later:   s3-sudo resume %.*s",
		    REQUEST_ID_SHOWN, w->t->state.id);
		return -1;
	}
	happened(w, "s3jitd does not answer; trying again");
	return 0;
}

static int
events_take(struct waiting *w)
{
	struct msg_event ev;
	int got, ret = 0;

	while (ret == 0 && (got = conn_event(w->t->app->conn, &ev, 0, &w->t->app->err)) != 0) {
		if (got == -1)
			return w->t->app->err.code == S3JIT_EBROKER ? broker_lost(w) : -1;
		ret = event_judge(w, &ev);
		codec_clear(&event_table, &ev);
	}
	return ret;
}

/* Ctrl-C takes the request back; a lost line leaves it for `s3-sudo resume`. */
static int
signal_take(struct waiting *w)
{
	struct app *app = w->t->app;
	int sig;

	switch (sig = signals_next(NULL)) {
	case SIGHUP:
		app->status = 128 + sig;
		app_hint(app, "Go on with:   s3-sudo resume %.*s", REQUEST_ID_SHOWN, w->t->state.id);
		return s3jit_fail(&app->err, S3JIT_EBROKER, "The line is lost; the request stays.");
	case SIGINT:
	case SIGQUIT:
	case SIGTERM:
		task_withdraw(w->t);
		if (w->t->withdrawn)
			return task_ended(w->t, "withdrawn", "", "");
		app_hint(app, "See it with:   s3-sudo status");
		return s3jit_fail(&app->err, S3JIT_EBROKER,
		    "Stopped, but s3jitd did not confirm that request %.*s is withdrawn.",
		    REQUEST_ID_SHOWN, w->t->state.id);
	case SIGWINCH:
		ui_measure(&app->ui);
		return 0;
	default:
		return 0;
	}
}

static void
introduce(struct task *t)
{
	struct ui *ui = &t->app->ui;
	char *people = format_people(&t->state.approvers, ", ");
	const char *id = t->state.id;
	bool nobody = people == NULL || *people == '\0';
	char paste[400];

	snprintf(paste, sizeof(paste), "ssh -t %s s3-approve %.*s", t->state.host, REQUEST_ID_SHOWN,
	    id);
	ui_say(ui, TONE_PLAIN, "Waiting for %lld yes.  %s%s", (long long)t->state.needed,
	    nobody ? "Nobody who may approve is logged in." : "Logged in now: ",
	    nobody ? "" : people);
	ui_say(ui, TONE_PLAIN, "Send them:   %s", paste);
	free(people);
}

/* Ctrl-C in the very moment of the approval: nothing has begun yet. */
static int
last_moment(struct waiting *w, int ret)
{
	while (ret == 1 && signals_to_stop())
		if (signal_take(w) == -1)
			ret = -1;
	return ret == 1 ? 0 : -1;
}

int
task_wait(struct task *t)
{
	struct waiting w = { .t = t, .since = clock_boot_ms() };
	struct pollfd p[2];
	int ret, left;

	if ((ret = state_judge(&w)) != 0)
		return last_moment(&w, ret);
	introduce(t);
	while (ret == 0) {
		draw(&w);
		left = w.away != 0 ? again_pause(w.tries) : 1000 - (int)((clock_boot_ms() - w.since) % 1000);
		p[0] = (struct pollfd){ signals_fd(&t->app->err), POLLIN, 0 };
		p[1] = (struct pollfd){ w.away != 0 ? -1 : conn_fd(t->app->conn), POLLIN, 0 };
		(void)poll(p, 2, conn_has_event(t->app->conn) ? 0 : left);
		if ((p[0].revents & POLLIN) != 0)
			ret = signal_take(&w);
		if (ret == 0 && w.away != 0)
			ret = broker_lost(&w);
		else if (ret == 0)
			ret = events_take(&w);
	}
	ui_line_clear(&t->app->ui);
	return last_moment(&w, ret);
}
