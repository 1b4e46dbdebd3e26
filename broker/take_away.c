/*
 * take_away.c - close and revoke: power ends at once, and its answer says what
 * is known of keys that are out.  Runs in s3jitd.
 *
 * The answer waits a few seconds for AWS's refusal to be confirmed; the end
 * does not.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "handlers.h"
#include "notice.h"
#include "revoke.h"

struct answer {			/* of what was ended, once all is known of it */
	struct broker *b;
	uint64_t conn;
	bool close;		/* the one answer of `close`, not a list */
	struct msg_revoked all;	/* one by one at most SHOWN_MAX */
	size_t waits;
};

/* Of what was ended, so many are told one by one: it is an answer, not the record. */
#define SHOWN_MAX 500

static void
answer_free(struct answer *a)
{
	codec_clear(&revoked_table, &a->all);
	free(a);
}

static void
answer_send(struct answer *a)
{
	struct conn *c = conn_by_serial(a->b, a->conn);
	struct msg_closed *closed = a->all.ended.v;
	size_t i;

	for (i = 0; i < a->all.ended.n; i++) {
		if (closed[i].keys_until <= clock_wall())
			closed[i].keys_until = 0;
		free(closed[i].aws);
		closed[i].aws = strdup(revoke_word(revoke_how(a->b, closed[i].id)));
	}
	if (c != NULL && a->close)
		conn_answer(c, &closed_table, &closed[0]);
	else if (c != NULL)
		conn_answer(c, &revoked_table, &a->all);
	answer_free(a);
}

static void
confirmed(void *arg)
{
	struct answer *a = arg;

	if (--a->waits == 0)
		answer_send(a);
}

static struct answer *
answer_new(struct conn *c, bool close, struct s3jit_err *err)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		s3jit_fail_errno(err, "memory");
		return NULL;
	}
	a->b = c->b;
	a->conn = c->serial;
	a->close = close;
	return a;
}

/* Note what ended; -1 without memory: then the end stands, and its answer lacks it. */
static int
answer_add(struct answer *a, const struct request_row *row)
{
	struct msg_closed *closed;

	a->all.count++;
	if (a->all.ended.n == SHOWN_MAX)
		return 0;
	if ((closed = list_push(&a->all.ended, &closed_table)) == NULL)
		return -1;
	closed->id = strdup(row->id);
	closed->person = strdup(row->req->person);
	closed->keys_until = row->keys_until;
	if (closed->id != NULL && closed->person != NULL)
		return 0;
	codec_clear(&closed_table, closed);
	a->all.ended.n--;
	return -1;
}

/* Now, or when all of it is known. */
static void
answer_when_known(struct answer *a)
{
	const struct msg_closed *closed = a->all.ended.v;
	size_t i, n = a->all.ended.n;

	a->waits = 1;		/* so that it is not answered before all are asked */
	for (i = 0; i < n; i++)
		a->waits += revoke_wait(a->b, closed[i].id, confirmed, a);
	confirmed(a);
}

/* --- close ------------------------------------------------------------------ */

/* The id of this login's open grant, "" if there is none. */
static const char *
open_here(struct conn *c)
{
	struct live *l;

	for (l = c->b->queue->live; l != NULL; l = l->next)
		if (queue_open_in(l, c->via->row.row))
			return l->id;
	return "";
}

/* Is there something to close? */
static int
close_check(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	if (queue_alive(c->b, row, err) == -1)
		return -1;
	if (row->state != REQ_ACTIVE)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "It has not begun.  Take it back: s3-sudo withdraw %.8s", row->id);
	return 0;
}

int
on_close(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_close *q = msg;
	struct answer *a = NULL;
	struct request_row row;
	char id[REQUEST_ID];
	int ret = -1;

	snprintf(id, sizeof(id), "%s", q->id[0] != '\0' ? q->id : open_here(c));
	if (id[0] == '\0')
		return s3jit_fail(err, S3JIT_ENOTFOUND, "Nothing is open in this login.");
	/* Taking power away: any process of the person may, from any of their logins. */
	if (queue_read(c, &row, id, may_own, err) == -1)
		return -1;
	if (close_check(c, &row, err) == -1)
		goto out;
	notice_not_to(queue_find_live(c->b, row.id), c);
	/* Its own client must not take this for the `end` that it sends itself. */
	queue_tell(c->b, row.id, "closed", row.req->person, "", 0, c);
	queue_end(c->b, &row, "done", row.req->person, "closed");
	if ((a = answer_new(c, true, err)) == NULL)
		goto out;
	if (answer_add(a, &row) == -1) {
		s3jit_fail(err, S3JIT_ESYS, "It is closed; there is no memory to say more.");
		answer_free(a);
		goto out;
	}
	answer_when_known(a);
	ret = 0;
out:
	codec_clear(&request_row_table, &row);
	return ret;
}

/* --- revoke ------------------------------------------------------------------- */

static void
revoke_row(struct conn *c, struct answer *a, struct request_row *row, const char *why)
{
	queue_end(c->b, row, "revoked", peer_name(c), why);
	(void)answer_add(a, row);
}

static int
revoke_one(struct conn *c, struct answer *a, const struct msg_revoke *q, struct s3jit_err *err)
{
	struct request_row row;
	int ret = -1;

	if (queue_read(c, &row, q->id, may_see, err) == -1)
		return -1;
	if (!may_stop(c, &row) && !may_own(c, &row)) {
		s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "Only who may approve under rule \"%s\" may revoke this.", row.req->rule);
	} else if (queue_alive(c->b, &row, err) == 0) {
		revoke_row(c, a, &row, q->why);
		ret = 0;
	}
	codec_clear(&request_row_table, &row);
	return ret;
}

/* Rows of a person, or of all, that have not ended; the ids first, for ends change the list. */
static int
living(struct conn *c, struct strv *ids, struct s3jit_err *err)
{
	struct live *l;

	for (l = c->b->queue->live; l != NULL; l = l->next)
		if (!l->dead && strv_push(ids, l->id) == -1)
			return s3jit_fail_errno(err, "memory");
	return 0;
}

/* One that was changed behind our back has no power to take away. */
static bool
has_power(const struct s3jit_err *why)
{
	return why->code != S3JIT_ECHANGED && why->code != S3JIT_ENOTFOUND;
}

static int
revoke_many(struct conn *c, struct answer *a, const struct msg_revoke *q, struct s3jit_err *err)
{
	struct strv ids = { 0 }, roles = { 0 };
	struct s3jit_err why = { 0 };
	struct request_row row;
	size_t i, missed = 0;
	int ret = living(c, &ids, err);

	for (i = 0; ret == 0 && i < ids.n; i++) {
		if (store_request_get(c->b->store, &row, ids.v[i], &why) == -1) {
			missed += has_power(&why);
			continue;
		}
		if (row.state == REQ_ENDED ||
		    (q->person[0] != '\0' && strcmp(q->person, row.req->person) != 0)) {
			/* not meant */
		} else if (!may_stop(c, &row) && !may_own(c, &row)) {
			a->all.left++;
		} else {
			if (!strv_has(&roles, row.req->role) && strv_push(&roles, row.req->role) == -1)
				missed++;
			revoke_row(c, a, &row, q->why);
		}
		codec_clear(&request_row_table, &row);
	}
	/* also what other bastions lent to that person under those roles */
	for (i = 0; q->person[0] != '\0' && i < roles.n; i++)
		missed += revoke_person(c->b, q->person, roles.v[i]) == -1;
	strv_clear(&roles);
	strv_clear(&ids);
	if (ret == 0 && missed > 0)
		ret = s3jit_fail(err, S3JIT_ERECORD, "%zu of them could not be revoked in full, the "
		    "others are.  Do it again.", missed);
	return ret;
}

int
on_revoke(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_revoke *q = msg;
	struct answer *a;

	if (q->why[strspn(q->why, " ")] == '\0')
		return s3jit_fail(err, S3JIT_EUSAGE, "Say why: s3-approve revoke ID WHY");
	if ((q->id[0] != '\0') + (q->person[0] != '\0') + q->everything != 1)
		return s3jit_fail(err, S3JIT_EUSAGE, "Revoke what: an ID, --all-of PERSON, or "
		    "--everything?");
	if ((a = answer_new(c, false, err)) == NULL)
		return -1;
	if ((q->id[0] != '\0' ? revoke_one : revoke_many)(c, a, q, err) == -1) {
		answer_free(a);
		return -1;
	}
	answer_when_known(a);
	return 0;
}
