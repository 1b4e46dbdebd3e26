/*
 * resume.c - the requester's questions about what was asked: resume, withdraw,
 * status.  Runs in s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"

#include "handlers.h"

static const int64_t unended[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, 0 };

/* The only own request that can be resumed: waiting, or active without its client. */
static int
only_one(struct conn *c, char id[REQUEST_ID], struct s3jit_err *err)
{
	struct list rows = { 0 };
	struct request_row *row;
	size_t i, found = 0;

	if (store_requests_in(c->b->store, &rows, unended, c->peer.loginuid, err) == -1)
		return -1;
	for (i = 0; i < rows.n; i++) {
		row = &((struct request_row *)rows.v)[i];
		if (row->state == REQ_ACTIVE && delivery_stays(row->req->delivery))
			continue;
		snprintf(id, REQUEST_ID, "%s", row->id);
		found++;
	}
	store_rows_clear(&rows, &request_row_table);
	if (found == 0)
		return s3jit_fail(err, S3JIT_ENOTFOUND, "Nothing to resume: you have no request waiting.");
	if (found > 1)
		return s3jit_fail(err, S3JIT_EAMBIGUOUS, "You have %zu requests waiting.  "
		    "Name one: s3-sudo status, then s3-sudo resume ID", found);
	return 0;
}

static int
unlinger(struct conn *c, struct request_row *row, struct s3jit_err *err)
{
	int64_t lapses = row->created + c->b->conf->lapse;

	if (row->state != REQ_PENDING || row->lapses >= lapses)
		return 0;
	/* Going and coming back are a record each: nobody fills the disk with them (B8). */
	if (queue_not_too_fast(c->b, c->peer.loginuid, err) == -1)
		return -1;
	row->lapses = lapses;
	if (store_begin(c->b->store, err) == -1)
		return -1;
	if (store_request_move(c->b->store, row, REQ_PENDING, err) == -1 ||
	    audit_add(c->b->audit, err, "resumed", row->id, "its requester is back",
	    "person", row->req->person, "#session", (int64_t)c->peer.sessionid, NULL) == -1) {
		store_rollback(c->b->store);
		return -1;
	}
	if (store_commit(c->b->store, err) == -1)
		return -1;
	FAULT_POINT("resumed");
	return 0;
}

int
on_resume(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_resume *q = msg;
	struct request_row row = { 0 };
	char id[REQUEST_ID];
	struct live *l;
	int ret = -1;

	snprintf(id, sizeof(id), "%s", q->id);
	if (id[0] == '\0' && only_one(c, id, err) == -1)
		return -1;
	if (queue_read(c, &row, id, may_own, err) == -1)
		return -1;
	if (row.state != REQ_ENDED) {
		if (queue_alive(c->b, &row, err) == -1)
			goto out;
		if (row.state == REQ_ACTIVE && row.holder != c->via->row.row) {
			s3jit_fail(err, S3JIT_ENOTALLOWED,
			    "It is running in another login of yours; it ends there.");
			goto out;
		}
		if (unlinger(c, &row, err) == -1)
			goto out;
		if ((l = queue_attend(c->b, &row)) == NULL) {
			s3jit_fail_errno(err, "memory");
			goto out;
		}
		queue_watch(l, c);
	}
	ret = answer_state(c, &row, err);
out:
	codec_clear(&request_row_table, &row);
	return ret;
}

int
on_withdraw(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_withdraw *q = msg;
	struct msg_ok ok = { (char *)"" };
	struct request_row row = { 0 };
	int ret = -1;

	if (queue_read(c, &row, q->id, may_own, err) == -1)
		return -1;
	if (queue_alive(c->b, &row, err) == -1)
		goto out;
	if (row.state == REQ_ACTIVE) {
		s3jit_fail(err, S3JIT_ECHANGED,
		    "It is running already.  End it: s3-sudo close %.8s", row.id);
		goto out;
	}
	queue_end(c->b, &row, "withdrawn", row.req->person, "");
	conn_answer(c, &ok_table, &ok);
	ret = 0;
out:
	codec_clear(&request_row_table, &row);
	return ret;
}

int
on_status(struct conn *c, const void *msg, struct s3jit_err *err)
{
	struct msg_status_answer a = { 0 };
	struct request_row *row;
	struct list rows = { 0 };
	struct summary *s;
	size_t i;
	int ret = 0;

	(void)msg;
	if (store_requests_in(c->b->store, &rows, unended, c->peer.loginuid, err) == -1)
		return -1;
	for (i = 0; i < rows.n && ret == 0; i++) {
		row = &((struct request_row *)rows.v)[i];
		if (queue_alive(c->b, row, NULL) == -1)
			continue;
		if ((s = list_push(&a.requests, &summary_table)) == NULL)
			ret = s3jit_fail_errno(err, "memory");
		else
			ret = fill_summary(s, c, row, err);
	}
	if (ret == 0)
		conn_answer(c, &status_answer_table, &a);
	codec_clear(&status_answer_table, &a);
	store_rows_clear(&rows, &request_row_table);
	return ret;
}
