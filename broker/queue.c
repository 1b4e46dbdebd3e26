/*
 * queue.c - reading a request and ending it.  Runs in s3jitd.
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

#include "notice.h"
#include "queue_private.h"
#include "revoke.h"

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

int
queue_record_end(struct broker *b, struct request_row *row, enum req_state from,
    struct s3jit_err *err)
{
	const struct request *r = row->req;

	if (store_request_move(b->store, row, from, err) == -1 ||
	    (from == REQ_ACTIVE &&
	    store_permissions_end(b->store, row->id, row->ended, row->why, err) == -1) ||
	    audit_add(b->audit, err, row->why, row->id, row->text, "digest", row->digest,
	    "person", r->person, "#loginuid", r->loginuid, "#ruid", r->ruid, "by", row->by,
	    "*scope", &r->scope, "rule", r->rule, "delivery", r->delivery,
	    "#deadline", row->deadline, "#keys_until", row->keys_until, NULL) == -1)
		return -1;
	return 0;
}

static int
record_end(struct broker *b, struct request_row *row, enum req_state from,
    struct s3jit_err *err)
{
	if (store_begin(b->store, err) == -1)
		return -1;
	FAULT_POINT("end-begun");
	if (queue_record_end(b, row, from, err) == -1) {
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
mark_dead(struct live *l, const char *why, const char *by, const char *text, bool noted)
{
	l->dead = true;
	l->dead_noted = noted;
	snprintf(l->dead_why, sizeof(l->dead_why), "%s", why);
	snprintf(l->dead_by, sizeof(l->dead_by), "%s", by);
	free(l->dead_text);
	l->dead_text = copy(text);
}

/*
 * Until when do keys of it work that are out?  0: none are.  A signature can be
 * repeated while its lease lives; after a task that went well that changes nothing.
 */
static int64_t
keys_out_until(const struct request_row *row, enum req_state from, const char *why,
    const struct lease_holder *holder)
{
	if (from != REQ_ACTIVE || strcmp(why, "expired") == 0)
		return 0;
	if (strcmp(row->req->delivery, DELIVERY_SIGNED) != 0)
		return row->keys_until;
	return strcmp(why, "done") == 0 || holder == NULL ? 0 : holder->until;
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

int
queue_end_fill(struct request_row *row, const char *why, const char *by, const char *text)
{
	free(row->why);
	free(row->by);
	free(row->text);
	row->why = copy(why);
	row->by = copy(by);
	row->text = copy(text);
	row->ended = clock_wall();
	row->state = REQ_ENDED;
	return row->why == NULL || row->by == NULL || row->text == NULL ? -1 : 0;
}

void
queue_end(struct broker *b, struct request_row *row, const char *why, const char *by,
    const char *text)
{
	enum req_state from = row->state;
	struct lease_holder *holder;
	struct s3jit_err err = { 0 };
	struct live *l;
	bool noted;

	l = queue_attend(b, row);
	holder = take_holder(l);	/* first in memory: no signature from here on */
	if (queue_end_fill(row, why, by, text) == -1 || record_end(b, row, from, &err) == -1) {
		noted = ended_add(b->ended, row->id, why, &err) == 0;
		if (l != NULL)
			mark_dead(l, why, by, text, noted);
		if (!noted)
			audit_try(b->audit, "end-unsafe", row->id,
			    "an end could be written nowhere; it holds until s3jitd restarts",
			    "why", why, NULL);
	}
	FAULT_POINT("ended");
	queue_tell(b, row->id, why, by, text, 0, NULL);
	queue_tell_lookers(b, row->id, why, by, text, 0, NULL);
	if (l != NULL)
		notice_end(b, l, why, by, text);
	if (l != NULL && !l->dead)
		queue_live_free(b, l);
	/* Last: who waits for its keys is told, and finds it ended already. */
	revoke_begin(b, row, keys_out_until(row, from, why, holder), holder);
	audit_forward(b->audit);
}

/* End by id whatever its state; for ticks, logouts and start-up. */
void
queue_end_id(struct broker *b, const char *id, const char *why, const char *text)
{
	const char *by = strcmp(why, "revoked") == 0 ? QUEUE_OURSELVES : "";
	struct s3jit_err err = { 0 };
	struct request_row row;
	struct live *l;
	char name[REQUEST_ID];

	snprintf(name, sizeof(name), "%s", id);
	if (store_request_get(b->store, &row, name, &err) == 0) {
		if (row.state != REQ_ENDED)
			queue_end(b, &row, why, by, text);
		codec_clear(&request_row_table, &row);
		return;
	}
	/* The row cannot be read: at least nothing more comes of it here. */
	if ((l = queue_find_live(b, name)) != NULL && !l->dead) {
		struct lease_holder *holder = take_holder(l);

		mark_dead(l, why, by, text, ended_add(b->ended, name, why, NULL) == 0);
		queue_tell(b, name, why, by, text, 0, NULL);
		queue_tell_lookers(b, name, why, by, text, 0, NULL);
		notice_end(b, l, why, by, text);
		lease_holder_end(b, &b->queue->holders, holder);
	}
}

/*
 * One end that the disk would not take earlier: try again.  False: it still does not.
 * Who had to be told was told when it ended; AWS may not have been, where the row could
 * not be read then.
 */
static bool
record_late(struct broker *b, struct live *l)
{
	const char *text = l->dead_text != NULL && l->dead_text[0] != '\0' ? l->dead_text :
	    "recorded late";
	struct request_row row;
	enum req_state from;
	bool done;

	if (store_request_get(b->store, &row, l->id, NULL) == -1)
		return false;
	from = row.state;
	done = from == REQ_ENDED ||
	    (queue_end_fill(&row, l->dead_why, l->dead_by, text) == 0 &&
	    record_end(b, &row, from, NULL) == 0);
	revoke_begin(b, &row, keys_out_until(&row, from, l->dead_why, NULL), NULL);
	if (!done && !l->dead_noted)
		l->dead_noted = ended_add(b->ended, l->id, l->dead_why, NULL) == 0;
	if (done) {
		queue_live_free(b, l);
		audit_forward(b->audit);
	}
	codec_clear(&request_row_table, &row);
	return done;
}

/* Once all is in the record, the side file is emptied. */
void
queue_retry_dead(struct broker *b, bool reset)
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
