/*
 * relay.c - between transfer, which does the HTTP, and the broker, which
 * decides on each signature.
 *
 * Runs in s3-sudo-client as the person.  Secrets that pass through (the
 * session token is one of the signed headers) are wiped with their message.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/escape.h"
#include "s3jit/wire.h"

#include "again.h"
#include "format.h"
#include "relay.h"
#include "signals.h"
#include "spawn.h"

#define FRAME_MS	5000	/* transfer is our child and next door */
#define STOP_MS		12000	/* it has 10 s to clean up after a stop */
#define AWAY_RETRY_MS	1000
#define BAR		10	/* cells */

struct relay {
	struct task *t;
	pid_t pid;
	int sock;
	int64_t started;
	int64_t deadline_ms;
	bool given_up;		/* it did not come back in time: nothing waits for it again */
	int64_t away_ms;	/* broker away: try again then; 0 = it is there */
	int64_t kill_ms;	/* stopped: gone by then, or killed; 0 = not stopped */
	struct s3jit_err why;	/* why it was stopped */
	char head[160];
	int64_t total;
	bool over;		/* `finished` came */
	struct transfer_finished finished;
};

void
progress_line(char *buf, size_t size, const struct ui *ui, const char *head, int64_t done,
    int64_t total, int64_t ms)
{
	char bytes[FORMAT_TEXT], bar[BAR * 4 + 1] = "";
	int i, full = total <= 0 ? BAR : (int)(done * BAR / total);

	for (i = 0; i < BAR; i++)
		strcat(bar, ui_glyph(ui, i < full ? GLYPH_BAR : GLYPH_REST));
	if ((int)strlen(head) + 3 + BAR + 18 > ui->width)
		head = "";
	snprintf(buf, size, "%s%s%s  %s  %lld.%lld s", head, *head == '\0' ? "" : "   ", bar,
	    format_size(bytes, done), (long long)(ms / 1000), (long long)(ms % 1000 / 100));
}

static int
say(struct relay *r, const struct table *t, const void *msg)
{
	struct s3jit_err *err = &r->t->app->err;
	char *json;
	int ret;

	if (codec_encode(&json, t, msg, err) == -1)
		return -1;
	ret = wire_write(r->sock, json, strlen(json), clock_boot_ms() + FRAME_MS, err);
	codec_wipe_free(json);
	return ret;
}

/* No more: transfer cleans up and says `finished`. */
static void
stop(struct relay *r, const struct s3jit_err *why)
{
	struct transfer_stop msg;
	char *words;		/* somebody's words may have been cut in the middle of a letter */

	if (r->kill_ms != 0)
		return;
	r->why = *why;
	r->kill_ms = clock_boot_ms() + STOP_MS;
	words = escape_to_utf8(r->why.text);
	msg.why = words == NULL ? conn_text("") : words;
	msg.code = conn_text(s3jit_code_word(r->why.code));
	(void)say(r, &transfer_stop_table, &msg);
	free(words);
}

/* Ask for a signature; while the broker restarts, wait for it and attach again. */
static int
sign(struct relay *r, struct msg_sign *wish, struct msg_signed *answer)
{
	struct app *app = r->t->app;
	int64_t until = 0;	/* from the first failure on; a frozen s3jitd is asked for half a minute */

	for (;;) {
		if (app_ask(app, &sign_table, wish, &signed_table, answer) == 0)
			return 0;
		if (until == 0)
			until = clock_boot_ms() + AGAIN_MS;
		if ((app->err.code != S3JIT_EBROKER && app->err.code != S3JIT_ETIMEOUT) || r->given_up)
			return -1;
		if (clock_boot_ms() > until || again_attach(r->t, AGAIN_MS) == -1) {
			r->given_up = true;
			return -1;
		}
		r->away_ms = 0;
	}
}

static int
on_sign(struct relay *r, const char *json, size_t len)
{
	struct transfer_sign_error refused;
	struct app *app = r->t->app;
	struct msg_signed answer;
	struct msg_sign wish;
	char *words;
	int ret;

	if (codec_decode(&wish, &sign_table, json, len, &app->err) == -1)
		return -1;
	free(wish.id);
	if ((wish.id = strdup(r->t->state.id)) == NULL) {
		ret = s3jit_fail_errno(&app->err, "signing");
	} else if (sign(r, &wish, &answer) == 0) {
		ret = say(r, &signed_table, &answer);
		codec_clear(&signed_table, &answer);
	} else {
		words = escape_to_utf8(app->err.text);
		refused.slot = wish.slot;
		refused.code = conn_text(s3jit_code_word(app->err.code));
		refused.text = words == NULL ? conn_text("") : words;
		refused.hint = app->hint != NULL ? app->hint : conn_text("");
		ret = say(r, &transfer_sign_error_table, &refused);
		free(words);
	}
	codec_clear(&sign_table, &wish);
	return ret;
}

static int
on_progress(struct relay *r, const char *json, size_t len)
{
	struct ui *ui = &r->t->app->ui;
	struct transfer_progress p;
	char line[256];

	if (codec_decode(&p, &transfer_progress_table, json, len, &r->t->app->err) == -1)
		return -1;
	progress_line(line, sizeof(line), ui, r->head, p.done, p.total, clock_boot_ms() - r->started);
	ui_line(ui, line);
	return 0;
}

static int
on_object_done(struct relay *r, const char *json, size_t len)
{
	struct transfer_object_done d;

	if (codec_decode(&d, &transfer_object_done_table, json, len, &r->t->app->err) == -1)
		return -1;
	r->total += d.bytes;
	codec_clear(&transfer_object_done_table, &d);
	return 0;
}

static int
on_entry(struct relay *r, const char *json, size_t len)
{
	struct transfer_entry e;

	if (codec_decode(&e, &transfer_entry_table, json, len, &r->t->app->err) == -1)
		return -1;
	ui_line_clear(&r->t->app->ui);
	if (r->t->on_entry != NULL)
		r->t->on_entry(r->t, &e);
	codec_clear(&transfer_entry_table, &e);
	return 0;
}

static int
on_finished(struct relay *r, const char *json, size_t len)
{
	r->over = true;
	return codec_decode(&r->finished, &transfer_finished_table, json, len, &r->t->app->err);
}

static const struct {
	const struct table *table;
	int (*run)(struct relay *, const char *json, size_t len);
} heard[] = {
	{ &sign_table, on_sign },
	{ &transfer_progress_table, on_progress },
	{ &transfer_object_done_table, on_object_done },
	{ &transfer_entry_table, on_entry },
	{ &transfer_finished_table, on_finished },
};

static int
transfer_take(struct relay *r)
{
	struct s3jit_err *err = &r->t->app->err;
	char type[64];
	void *json;
	size_t len, i;
	int ret = -1;

	if (wire_read(r->sock, &json, &len, WIRE_MAX, clock_boot_ms() + FRAME_MS, err) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "the transfer ended without saying why");
	if (codec_type(type, sizeof(type), json, len, err) == -1)
		goto out;
	for (i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		if (strcmp(type, heard[i].table->name) == 0)
			break;
	if (i == sizeof(heard) / sizeof(heard[0]))
		s3jit_fail(err, S3JIT_EPROTO, "the transfer said \"%s\"", type);
	else
		ret = heard[i].run(r, json, len);
out:
	codec_wipe_free(json);
	return ret;
}

/* A revoke, a logout, ...: said by the broker, obeyed by us at once. */
static void
broker_take(struct relay *r)
{
	struct app *app = r->t->app;
	struct msg_event ev;
	int got;

	while ((got = conn_event(app->conn, &ev, 0, &app->err)) == 1) {
		if (task_event_ends(r->t, &ev))
			stop(r, &app->err);
		codec_clear(&event_table, &ev);
	}
	if (got == -1 && app->err.code == S3JIT_EBROKER)
		r->away_ms = clock_boot_ms();
	else if (got == -1)
		stop(r, &app->err);
}

/* The broker restarts: its grants go on, and so do we. */
static void
broker_back(struct relay *r)
{
	const struct msg_state *s = &r->t->state;
	struct app *app = r->t->app;

	r->away_ms = clock_boot_ms() + AWAY_RETRY_MS;
	if (task_reattach(r->t) == 0) {
		r->given_up = false;
		r->away_ms = 0;
		if (strcmp(s->state, "ended") == 0) {
			task_ended(r->t, s->why, s->by, s->text);
			stop(r, &app->err);
		}
	} else if (!again_is_away(&app->err)) {
		stop(r, &app->err);
	}
}

static void
signal_take(struct relay *r)
{
	struct s3jit_err why;
	int sig;

	while ((sig = signals_next(NULL)) != 0) {
		if (sig == SIGWINCH)
			ui_measure(&r->t->app->ui);
		if (sig != SIGINT && sig != SIGTERM && sig != SIGHUP && sig != SIGQUIT)
			continue;
		s3jit_fail(&why, S3JIT_EWITHDRAWN, "Stopped by you");
		stop(r, &why);
	}
}

static int
turn(struct relay *r)
{
	struct app *app = r->t->app;
	int64_t now = clock_boot_ms(), next = r->kill_ms != 0 ? r->kill_ms : r->deadline_ms;
	struct s3jit_err why;
	struct pollfd p[3] = {
		{ r->sock, POLLIN, 0 },
		{ signals_fd(&app->err), POLLIN, 0 },
		{ r->away_ms != 0 ? -1 : conn_fd(app->conn), POLLIN, 0 },
	};
	int ret = 0;

	if (r->away_ms != 0 && r->kill_ms == 0 && r->away_ms < next)
		next = r->away_ms;
	if (conn_has_event(app->conn))
		next = now;
	(void)poll(p, 3, next <= now ? 0 : next - now > 60000 ? 60000 : (int)(next - now));
	if ((p[1].revents & POLLIN) != 0)
		signal_take(r);
	if (p[2].revents != 0 || conn_has_event(app->conn))
		broker_take(r);
	if ((p[0].revents & (POLLIN | POLLHUP)) != 0)
		ret = transfer_take(r);
	now = clock_boot_ms();
	if (r->away_ms != 0 && now >= r->away_ms && r->kill_ms == 0)
		broker_back(r);
	if (r->kill_ms != 0 && now >= r->kill_ms && !r->over) {
		app->err = r->why;
		return -1;
	}
	if (r->kill_ms == 0 && now >= r->deadline_ms) {
		s3jit_fail(&why, S3JIT_EDEADLINE,
		    "s3-sudo: deadline reached, AWS refuses from now on.");
		stop(r, &why);
	}
	return ret;
}

/* The verdict: ours where we stopped it, else what transfer says. */
static int
verdict(struct relay *r)
{
	const struct transfer_finished *f = &r->finished;
	struct app *app = r->t->app;
	enum s3jit_code code;

	if (f->ok)
		return 0;
	if (r->kill_ms != 0) {
		app->err = r->why;
		return -1;
	}
	code = s3jit_code_from_word(f->code);
	s3jit_fail(&app->err, code == S3JIT_OK ? S3JIT_EAWS : code, "%s", f->text);
	if (f->hint[0] != '\0')
		app_hint(app, "%s", f->hint);
	return -1;
}

static void
reap(struct relay *r)
{
	close(r->sock);			/* it leaves when this closes */
	if (!r->over)
		(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) == -1 && errno == EINTR)
		;
}

int
relay_run(struct task *t, const struct transfer_start *start, const int *files, size_t n_files,
    int64_t *done)
{
	struct relay r = { .t = t, .started = clock_boot_ms(), .deadline_ms = task_deadline_ms(t) };
	char *by = task_approved_by(t), line[256];
	int ret;

	*done = 0;
	snprintf(r.head, sizeof(r.head), "%.150s.", by == NULL ? "Approved" : by);
	free(by);
	if (spawn_transfer(&r.pid, &r.sock, files, n_files, &t->app->err) == -1)
		return -1;
	ret = say(&r, &transfer_start_table, start);
	while (ret == 0 && !r.over)
		ret = turn(&r);
	if (r.over)
		*done = r.finished.objects;
	if (ret == 0)
		ret = verdict(&r);
	reap(&r);
	progress_line(line, sizeof(line), &t->app->ui, r.head, r.total, r.total,
	    clock_boot_ms() - r.started);
	/* who signed it off is told in any case: also where the line had no room for it */
	if (ret == -1 || r.total == 0 || !t->app->ui.tty || strncmp(line, r.head, strlen(r.head)) != 0)
		ui_say(&t->app->ui, TONE_PLAIN, "%s", r.head);
	if (ret == 0 && r.total > 0 && t->app->ui.tty)
		ui_say(&t->app->ui, TONE_PLAIN, "%s", line);
	codec_clear(&transfer_finished_table, &r.finished);
	return ret;
}
