/*
 * queue.c - the state machine of requests and grants.  Runs in s3jitd.
 *
 * Promise: queue_end() takes power away whatever the disk says; nothing here
 * gives power without a committed row.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"

#include "baseline.h"
#include "queue.h"

/* A running grant whose client is gone ends after this; a restart of the broker needs less. */
#define LOST_MS (60 * 1000)
/* Clocks that part by more than this stop issuing (B12). */
#define JUMP_S 60

/* --- clocks --------------------------------------------------------- */

static void
clock_guard(struct broker *b)
{
	struct queue *q = b->queue;
	int64_t wall = clock_wall(), boot = clock_boot_ms(), off;
	bool bad;

	off = wall - (q->wall0 + (boot - q->boot0) / 1000);
	bad = off > JUMP_S || off < -JUMP_S;
	if (bad != q->clock_bad) {
		q->clock_bad = bad;
		audit_try(b->audit, bad ? "clock-jump" : "clock-ok", "", bad ?
		    "the clock jumped: nothing is issued until it is right again" :
		    "the clock is right again: issuing goes on", "#seconds", off, NULL);
	}
	/* Slow drift is time synchronization at work: follow a second a tick. */
	if (!bad && off != 0)
		q->wall0 += off > 0 ? 1 : -1;
}

int
queue_may_issue(struct broker *b, struct s3jit_err *err)
{
	clock_guard(b);
	if (b->queue->clock_bad)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "The clock of this host jumped by more than a minute, so no write access is "
		    "given.  Set the clock right; then, if this goes on: systemctl restart s3jitd");
	return 0;
}

/* --- memory's part of a request ---------------------------------------- */

struct live *
queue_find_live(struct broker *b, const char *id)
{
	struct live *l;

	for (l = b->queue->live; l != NULL; l = l->next)
		if (strcmp(l->id, id) == 0)
			return l;
	return NULL;
}

struct live *
queue_attend(struct broker *b, const struct request_row *row)
{
	int64_t now = clock_wall(), due;
	struct live *l;

	if ((l = queue_find_live(b, row->id)) == NULL) {
		if ((l = calloc(1, sizeof(*l))) == NULL)
			return NULL;
		snprintf(l->id, sizeof(l->id), "%s", row->id);
		l->next = b->queue->live;
		b->queue->live = l;
	}
	due = row->state == REQ_ACTIVE ? row->deadline : row->lapses;
	if (l->state != row->state || l->due != due) {
		l->due = due;
		l->due_ms = clock_boot_ms() + (due > now ? due - now : 0) * 1000;
	}
	l->state = row->state;
	l->session = row->holder;
	l->attended = strcmp(row->req->delivery, DELIVERY_SESSION) != 0;
	return l;
}

static void
live_free(struct broker *b, struct live *l)
{
	struct live **p;

	for (p = &b->queue->live; *p != NULL; p = &(*p)->next)
		if (*p == l) {
			*p = l->next;
			break;
		}
	lease_holder_end(b, &b->queue->holders, l->holder);
	free(l->dead_text);
	free(l);
}

static void
serial_add(uint64_t list[WATCHERS_MAX], uint64_t serial)
{
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++)
		if (list[i] == serial)
			return;
	for (i = 0; i < WATCHERS_MAX; i++)
		if (list[i] == 0) {
			list[i] = serial;
			return;
		}
	list[0] = serial;	/* the oldest sees no further news */
}

static bool
serial_drop(uint64_t list[WATCHERS_MAX], uint64_t serial)
{
	bool there = false;
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++)
		if (list[i] == serial) {
			list[i] = 0;
			there = true;
		}
	return there;
}

static bool
watched(const struct live *l)
{
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++)
		if (l->watchers[i] != 0)
			return true;
	return false;
}

void
queue_watch(struct live *l, const struct conn *c)
{
	serial_add(l->watchers, c->serial);
	l->lost_ms = 0;
}

void
queue_look(struct live *l, const struct conn *c)
{
	serial_add(l->lookers, c->serial);
}

static void
tell(struct broker *b, uint64_t list[WATCHERS_MAX], const struct msg_event *ev,
    const struct conn *except)
{
	struct conn *c;
	size_t i;

	for (i = 0; i < WATCHERS_MAX; i++) {
		if (list[i] == 0 || (except != NULL && list[i] == except->serial))
			continue;
		if ((c = conn_by_serial(b, list[i])) == NULL)
			list[i] = 0;
		else
			conn_event(c, &event_table, ev);
	}
}

void
queue_tell(struct broker *b, const char *id, const char *what, const char *by, const char *text,
    int64_t needed, const struct conn *except)
{
	struct msg_event ev = { (char *)id, (char *)what, (char *)by, (char *)text, needed };
	struct live *l = queue_find_live(b, id);

	if (l != NULL)
		tell(b, l->watchers, &ev, except);
}

void
queue_tell_lookers(struct broker *b, const char *id, const char *what, const char *by,
    const char *text, int64_t needed, const struct conn *except)
{
	struct msg_event ev = { (char *)id, (char *)what, (char *)by, (char *)text, needed };
	struct live *l = queue_find_live(b, id);

	if (l != NULL)
		tell(b, l->lookers, &ev, except);
}

/* --- reading ------------------------------------------------------------ */

static int
ambiguous(const struct request_row *one, const struct request_row *two, struct s3jit_err *err)
{
	return s3jit_fail(err, S3JIT_EAMBIGUOUS,
	    "That id names two requests: %.12s (%s, \"%.60s\") and %.12s (%s, \"%.60s\").  "
	    "Type more letters.", one->id, one->req->person, one->req->reason,
	    two->id, two->req->person, two->req->reason);
}

int
queue_read(struct conn *c, struct request_row *out, const char *typed,
    bool (*may)(struct conn *, const struct request_row *), struct s3jit_err *err)
{
	struct strv ids = { 0 };
	struct request_row row;
	bool found = false;
	size_t i;
	int ret = -1;

	memset(out, 0, sizeof(*out));
	if (!request_id_ok(typed)) {
		s3jit_fail(err, S3JIT_EUSAGE, "An id is 6 to 32 letters from k to z.");
		goto out;
	}
	if (store_request_match(c->b->store, &ids, typed, err) == -1)
		goto out;
	for (i = 0; i < ids.n; i++) {
		if (store_request_get(c->b->store, &row, ids.v[i], err) == -1) {
			if (err->code == S3JIT_ENOTFOUND)
				continue;
			goto out;
		}
		if (!may(c, &row)) {
			codec_clear(&request_row_table, &row);
			continue;
		}
		if (found) {
			ambiguous(out, &row, err);
			codec_clear(&request_row_table, &row);
			goto out;
		}
		*out = row;
		found = true;
	}
	if (!found)
		s3jit_fail(err, S3JIT_ENOTFOUND, "No request %s that you may see.", typed);
	ret = found ? 0 : -1;
out:
	if (ret == -1)
		codec_clear(&request_row_table, out);
	strv_clear(&ids);
	return ret;
}

static int
ended_words(const char *why, const char *by, const char *text, struct s3jit_err *err)
{
	static const struct {
		const char *why;
		enum s3jit_code code;
		const char *words;
	} ends[] = {
		{ "denied", S3JIT_EDENIED, "Denied" },
		{ "lapsed", S3JIT_ELAPSED, "Nobody answered or took it up in time" },
		{ "withdrawn", S3JIT_EWITHDRAWN, "Withdrawn" },
		{ "expired", S3JIT_EDEADLINE, "The deadline was reached" },
		{ "revoked", S3JIT_EENDED, "Revoked" },
		{ "logout", S3JIT_EENDED, "Ended by logout" },
		{ "done", S3JIT_EENDED, "Done already" },
	};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(ends[i].why, why) == 0)
			return s3jit_fail(err, ends[i].code, "%s%s%s%s%s%s.", ends[i].words,
			    by[0] != '\0' ? " by " : "", by, text[0] != '\0' ? ": \"" : "",
			    text, text[0] != '\0' ? "\"" : "");
	return s3jit_fail(err, S3JIT_EENDED, "It has ended.");
}

int
queue_alive(struct broker *b, const struct request_row *row, struct s3jit_err *err)
{
	struct live *l = queue_find_live(b, row->id);

	if (row->state == REQ_ENDED)
		return ended_words(row->why, row->by, row->text, err);
	if (l != NULL && l->dead)
		return ended_words(l->dead_why, l->dead_by,
		    l->dead_text != NULL ? l->dead_text : "", err);
	if (row->state != REQ_PENDING && row->state != REQ_APPROVED && row->state != REQ_ACTIVE)
		return s3jit_fail(err, S3JIT_ECHANGED, "The record of this request is damaged.");
	/* The tick is a second coarse; the deadline is not (Q9). */
	if ((row->state == REQ_ACTIVE ? row->deadline : row->lapses) <= clock_wall() ||
	    (l != NULL && l->due_ms <= clock_boot_ms()))
		return ended_words(row->state == REQ_ACTIVE ? "expired" : "lapsed", "", "", err);
	return 0;
}

/* --- ending ------------------------------------------------------------- */

static int
record_end(struct broker *b, struct request_row *row, enum req_state from,
    struct s3jit_err *err)
{
	const struct request *r = row->req;

	if (store_begin(b->store, err) == -1)
		return -1;
	FAULT_POINT("end-begun");
	if (store_request_move(b->store, row, from, err) == -1 ||
	    (from == REQ_ACTIVE &&
	    store_permissions_end(b->store, row->id, row->ended, row->why, err) == -1) ||
	    audit_add(b->audit, err, row->why, row->id, row->text, "digest", row->digest,
	    "person", r->person, "#loginuid", r->loginuid, "#ruid", r->ruid, "by", row->by,
	    "*scope", &r->scope, "rule", r->rule, "delivery", r->delivery,
	    "#deadline", row->deadline, "#keys_until", row->keys_until, NULL) == -1) {
		store_rollback(b->store);
		return -1;
	}
	return store_commit(b->store, err);
}

static char *
copy(const char *text)
{
	return strdup(text != NULL ? text : "");
}

/* How it ended, until the record takes it.  Without memory the words are lost, not the end. */
static void
mark_dead(struct live *l, const char *why, const char *by, const char *text)
{
	l->dead = true;
	snprintf(l->dead_why, sizeof(l->dead_why), "%s", why);
	snprintf(l->dead_by, sizeof(l->dead_by), "%s", by);
	free(l->dead_text);
	l->dead_text = copy(text);
}

/* From now on nothing is signed or handed out for it. */
static struct lease_holder *
take_holder(struct live *l)
{
	struct lease_holder *holder = l != NULL ? l->holder : NULL;

	if (l != NULL)
		l->holder = NULL;
	return holder;
}

void
queue_end(struct broker *b, struct request_row *row, const char *why, const char *by,
    const char *text)
{
	enum req_state from = row->state;
	struct lease_holder *holder;
	struct s3jit_err err = { 0 };
	struct live *l;

	l = queue_attend(b, row);
	holder = take_holder(l);	/* first in memory: no signature from here on */
	free(row->why);
	free(row->by);
	free(row->text);
	row->why = copy(why);
	row->by = copy(by);
	row->text = copy(text);
	row->ended = clock_wall();
	row->state = REQ_ENDED;
	if (row->why == NULL || row->by == NULL || row->text == NULL ||
	    record_end(b, row, from, &err) == -1) {
		if (l != NULL)
			mark_dead(l, why, by, text);
		if (ended_add(b->ended, row->id, why, &err) == -1)
			audit_try(b->audit, "end-unsafe", row->id,
			    "an end could be written nowhere; it holds until s3jitd restarts",
			    "why", why, NULL);
	}
	FAULT_POINT("ended");
	queue_tell(b, row->id, why, by, text, 0, NULL);
	queue_tell_lookers(b, row->id, why, by, text, 0, NULL);
	if (l != NULL && !l->dead)
		live_free(b, l);
	/* Last: who waits for its keys is told, and finds it ended already. */
	lease_holder_end(b, &b->queue->holders, holder);
	audit_forward(b->audit);
}

/* End by id whatever its state; for ticks, logouts and start-up. */
static void
end_id(struct broker *b, const char *id, const char *why, const char *text)
{
	struct s3jit_err err = { 0 };
	struct request_row row;
	struct live *l;
	char name[REQUEST_ID];

	snprintf(name, sizeof(name), "%s", id);
	if (store_request_get(b->store, &row, name, &err) == 0) {
		if (row.state != REQ_ENDED)
			queue_end(b, &row, why, "", text);
		codec_clear(&request_row_table, &row);
		return;
	}
	/* The row cannot be read: at least nothing more comes of it here. */
	if ((l = queue_find_live(b, name)) != NULL && !l->dead) {
		struct lease_holder *holder = take_holder(l);

		mark_dead(l, why, "", text);
		ended_add(b->ended, name, why, NULL);
		queue_tell(b, name, why, "", text, 0, NULL);
		lease_holder_end(b, &b->queue->holders, holder);
	}
}

/* One end that the disk would not take earlier: try again.  False: it still does not. */
static bool
record_late(struct broker *b, struct live *l)
{
	struct request_row row;
	struct live was;
	bool done;

	if (store_request_get(b->store, &row, l->id, NULL) == -1)
		return false;
	was = *l;
	l->dead_text = NULL;
	l->dead = false;
	if (row.state == REQ_ENDED)
		live_free(b, l);
	else
		queue_end(b, &row, was.dead_why, was.dead_by, was.dead_text != NULL &&
		    was.dead_text[0] != '\0' ? was.dead_text : "recorded late");
	free(was.dead_text);
	done = queue_find_live(b, row.id) == NULL;
	codec_clear(&request_row_table, &row);
	return done;
}

/* Once all is in the record, the side file is emptied. */
static void
retry_dead(struct broker *b, bool reset)
{
	struct s3jit_err err = { 0 };
	struct live *l, *next;
	bool left = false;

	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		if (!l->dead)
			continue;
		reset = true;
		left = !record_late(b, l) || left;
	}
	if (reset && !left)
		FAULT_POINT("ended-applied");
	if (reset && !left && ended_reset(b->ended, &err) == -1)
		audit_try(b->audit, "ended-file", "", err.text, NULL);
}

/* --- time, logout, lost lines ----------------------------------------------- */

void
queue_tick(struct broker *b)
{
	int64_t wall = clock_wall(), boot = clock_boot_ms();
	struct live *l, *next;

	clock_guard(b);
	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		if (l->dead)
			continue;
		if (l->due <= wall || l->due_ms <= boot)
			end_id(b, l->id, l->state == REQ_ACTIVE ? "expired" : "lapsed", "");
		else if (l->lost_ms != 0 && l->lost_ms + LOST_MS <= boot)
			end_id(b, l->id, "done", "the connection of its client was lost");
	}
	retry_dead(b, false);
}

void
queue_session_ended(struct broker *b, struct session *s, const char *why)
{
	struct live *l, *next;

	(void)why;
	if (b->queue == NULL)
		return;		/* found ended while starting: queue_new() looks itself */
	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		if (l->state == REQ_ACTIVE && l->session == s->row.row && !l->dead)
			end_id(b, l->id, "logout", "");
	}
	baselines_session_ended(b, (uint32_t)s->row.loginuid);
}

/* A pending request without its line stays for `linger`, then lapses (DESIGN 2). */
static void
linger(struct broker *b, struct live *l)
{
	int64_t lapses = clock_wall() + b->conf->linger;
	struct s3jit_err err = { 0 };
	struct request_row row;

	if (lapses >= l->due || store_request_get(b->store, &row, l->id, &err) == -1)
		return;
	row.lapses = lapses;
	if (store_begin(b->store, &err) == 0) {
		if (store_request_move(b->store, &row, REQ_PENDING, &err) == -1 ||
		    audit_add(b->audit, &err, "line-lost", row.id, "its line dropped; it waits on",
		    "person", row.req->person, "#lapses", lapses, NULL) == -1)
			store_rollback(b->store);
		else if (store_commit(b->store, &err) == 0)
			queue_attend(b, &row);
	}
	codec_clear(&request_row_table, &row);
}

void
queue_conn_closed(struct broker *b, struct conn *c)
{
	struct live *l, *next;

	if (b->queue == NULL)
		return;
	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		serial_drop(l->lookers, c->serial);
		if (!serial_drop(l->watchers, c->serial) || watched(l) || l->dead)
			continue;
		if (l->state == REQ_PENDING && !l->detached)
			linger(b, l);
		else if (l->state == REQ_ACTIVE && l->attended)
			l->lost_ms = clock_boot_ms();
	}
}

/* --- start and stop ----------------------------------------------------------- */

void
queue_apply_ended(struct broker *b, const struct strv *ids, bool all)
{
	struct live *l, *next;
	char id[REQUEST_ID], why[16];
	size_t i;

	for (i = 0; i < ids->n; i++)
		if (sscanf(ids->v[i], "%32[k-z] %15[a-z]", id, why) == 2)
			end_id(b, id, why, "ended before a restart, recorded now");
	for (l = b->queue->live; all && l != NULL; l = next) {
		next = l->next;
		if (l->state == REQ_ACTIVE && !l->dead)
			end_id(b, l->id, "revoked", "the list of ended grants was full or unreadable");
	}
	retry_dead(b, all || ids->n > 0);
}

static int
adopt_requests(struct broker *b, struct s3jit_err *err)
{
	static const int64_t states[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, 0 };
	struct list rows = { 0 };
	struct request_row *row;
	struct session *s;
	struct live *l;
	size_t i;
	int ret = -1;

	if (store_requests_in(b->store, &rows, states, -1, err) == -1)
		return -1;
	for (i = 0; i < rows.n; i++) {
		row = &((struct request_row *)rows.v)[i];
		if ((l = queue_attend(b, row)) == NULL) {
			s3jit_fail_errno(err, "memory");
			goto out;
		}
		if (row->state != REQ_ACTIVE)
			continue;
		if (l->attended)
			l->lost_ms = clock_boot_ms();	/* until its client is back */
		s = session_by_row(b->sessions, row->holder);
		if (s == NULL || !session_is_live(s))
			end_id(b, l->id, "logout", "found at start");
	}
	ret = 0;
out:
	for (i = 0; i < rows.n; i++)
		codec_clear(&request_row_table, &((struct request_row *)rows.v)[i]);
	free(rows.v);
	return ret;
}

/* An intent whose answer nobody heard: the keys, if any, died with the signer's question. */
static int
reconcile_leases(struct broker *b, struct s3jit_err *err)
{
	struct list rows = { 0 };
	struct lease_row *row;
	size_t i;
	int ret = 0;

	if (store_leases_unfinished(b->store, &rows, err) == -1)
		return -1;
	for (i = 0; i < rows.n; i++) {
		row = &((struct lease_row *)rows.v)[i];
		row->outcome = clock_wall();
		free(row->error);
		row->error = copy("s3jitd stopped before the answer; never used");
		if (ret == 0 && (row->error == NULL || store_begin(b->store, err) == -1 ||
		    store_lease_outcome(b->store, row, err) == -1 ||
		    audit_add(b->audit, err, "lease-failed", row->id, row->error,
		    "lease", row->lease, NULL) == -1 || store_commit(b->store, err) == -1)) {
			store_rollback(b->store);
			ret = -1;
		}
		codec_clear(&lease_row_table, row);
	}
	free(rows.v);
	return ret;
}

/* Rows whose text is not what its digest says: nothing comes of them, and it is said (Q1). */
static int
report_tampered(struct broker *b, struct s3jit_err *err)
{
	struct strv ids = { 0 };
	size_t i;

	if (store_requests_changed(b->store, &ids, err) == -1)
		return -1;
	for (i = 0; i < ids.n; i++)
		audit_try(b->audit, "tampered", ids.v[i],
		    "this request was changed in the database; it is ignored", NULL);
	strv_clear(&ids);
	return 0;
}

int
queue_new(struct broker *b, struct s3jit_err *err)
{
	struct queue *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return s3jit_fail_errno(err, "memory");
	q->wall0 = clock_wall();
	q->boot0 = clock_boot_ms();
	b->queue = q;
	if (report_tampered(b, err) == -1 || adopt_requests(b, err) == -1 ||
	    reconcile_leases(b, err) == -1) {
		queue_free(b);
		return -1;
	}
	return 0;
}

void
queue_free(struct broker *b)
{
	struct queue *q = b->queue;

	if (q == NULL)
		return;
	while (q->live != NULL)
		live_free(b, q->live);
	b->queue = NULL;
	free(q);
}
