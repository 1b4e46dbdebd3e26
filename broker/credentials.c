/*
 * credentials.c - what s3jit-credentials asks for: the baseline's keys
 * ("default") or those of the login's open grant ("s3-write").
 *
 * Runs in s3jitd.  Keys pass through in one answer and are kept nowhere here.
 * Never waits for a person (C7).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"

#include "baseline.h"
#include "handlers.h"

struct getting {
	struct broker *b;
	uint64_t conn;
	char id[REQUEST_ID];	/* the open grant, or "" = the baseline */
	uint32_t loginuid;
	int64_t told_until;	/* what the SDK is told */
	bool again;
};

/* The holder may have gone while we waited: look it up each time. */
static struct lease_holder *
getting_holder(struct getting *g)
{
	struct live *l;

	if (g->id[0] == '\0')
		return baselines_of(g->b, g->loginuid);
	return (l = queue_find_live(g->b, g->id)) != NULL ? l->holder : NULL;
}

static void
get_fails(struct getting *g, const struct s3jit_err *why)
{
	struct conn *c = conn_by_serial(g->b, g->conn);

	if (c != NULL)
		conn_error(c, why, "");
	free(g);
}

static void lease_came(void *, const char *, const struct s3jit_err *);

static void
keys_came(void *arg, const void *answer, const struct s3jit_err *why)
{
	struct getting *g = arg;
	struct conn *c = conn_by_serial(g->b, g->conn);
	struct lease_holder *h = getting_holder(g);
	const struct sq_keys *keys = answer;
	struct s3jit_err err = { 0 };

	if (h == NULL) {
		s3jit_fail(&err, S3JIT_EENDED, "This grant has ended.");
		get_fails(g, &err);
	} else if (keys == NULL && why->code == S3JIT_ENOTFOUND && !g->again) {
		g->again = true;	/* the signer restarted */
		lease_forget(h);
		lease_need(g->b, h, lease_came, g);
	} else if (keys == NULL) {
		get_fails(g, why);
	} else {
		FAULT_POINT("keys-answered");
		if (keys->credentials->expiration > g->told_until)
			keys->credentials->expiration = g->told_until;
		if (c != NULL)
			conn_answer(c, &credentials_table, keys->credentials);
		free(g);
	}
}

/* Before keys leave: the row says until when some that are out work (A1; SURFACE 3, close). */
static int
note_keys_out(struct broker *b, struct request_row *row, int64_t until, struct s3jit_err *err)
{
	if (queue_alive(b, row, err) == -1)
		return -1;
	if (row->keys_until >= until)
		return 0;
	row->keys_until = until;
	if (store_begin(b->store, err) == -1)
		return -1;
	if (store_request_move(b->store, row, REQ_ACTIVE, err) == -1 ||
	    audit_add(b->audit, err, "handed-out", row->id, "keys went to the login's profile",
	    "person", row->req->person, "#keys_until", row->keys_until, NULL) == -1) {
		store_rollback(b->store);
		return -1;
	}
	if (store_commit(b->store, err) == -1)
		return -1;
	FAULT_POINT("keys-noted");
	return 0;
}

/* A baseline's keys need no such note: what they can do is no secret and no power. */
static int
may_leave(struct getting *g, const struct lease_holder *h, struct s3jit_err *err)
{
	struct request_row row;
	int ret;

	if (h == NULL)
		return s3jit_fail(err, S3JIT_EENDED, "This grant has ended.");
	g->told_until = lease_told_until(h, clock_wall());
	if (g->id[0] == '\0')
		return 0;
	if (store_request_get(g->b->store, &row, g->id, err) == -1)
		return -1;
	ret = note_keys_out(g->b, &row, h->until, err);
	codec_clear(&request_row_table, &row);
	return ret;
}

static void
lease_came(void *arg, const char *lease, const struct s3jit_err *why)
{
	struct getting *g = arg;
	struct sq_hand_out q = { 0 };
	struct s3jit_err err = { 0 };

	if (lease == NULL) {
		get_fails(g, why);
		return;
	}
	if (may_leave(g, getting_holder(g), &err) == -1) {
		get_fails(g, &err);
		return;
	}
	q.lease = (char *)lease;
	signer_ask(g->b->signer, &sq_hand_out_table, &q, &sq_keys_table, keys_came, g);
}

/*
 * The open grant of this very login (C3).  What was started in an ended login
 * (tmux) is served by a grant that was asked from there (DESIGN 2).
 */
static int
open_grant(struct conn *c, struct request_row *row, struct s3jit_err *err)
{
	struct live *l;

	for (l = c->b->queue->live; l != NULL; l = l->next) {
		if (!queue_open_in(l, c->via->row.row))
			continue;
		if (store_request_get(c->b->store, row, l->id, err) == -1)
			return -1;
		if (queue_alive(c->b, row, NULL) == 0 && (c->via == c->session ||
		    row->req->sessionid == c->peer.sessionid))
			return 0;
		codec_clear(&request_row_table, row);
	}
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "No write access is open in this login.  "
	    "Ask for it: s3-sudo open --allow \"put s3://BUCKET/PREFIX/\"");
}

static struct lease_holder *
write_holder(struct conn *c, struct getting *g, struct s3jit_err *err)
{
	struct request_row row = { 0 };
	struct lease_holder *h = NULL;
	struct live *l;

	if (open_grant(c, &row, err) == -1)
		return NULL;
	if ((l = queue_attend(c->b, &row)) != NULL &&
	    grant_holder(c->b, l, &row, err) == 0) {
		snprintf(g->id, sizeof(g->id), "%s", row.id);
		h = l->holder;
	}
	codec_clear(&request_row_table, &row);
	return h;
}

int
on_get_credentials(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_get_credentials *q = msg;
	struct lease_holder *h = NULL;
	struct getting *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return s3jit_fail_errno(err, "memory");
	g->b = c->b;
	g->conn = c->serial;
	g->loginuid = c->peer.loginuid;
	if (strcmp(q->profile, "default") == 0)
		h = baselines_holder(c->b, peer_person(c), err);
	else if (strcmp(q->profile, "s3-write") == 0)
		h = write_holder(c, g, err);
	else
		s3jit_fail(err, S3JIT_EUSAGE, "There is no profile \"%.64s\": profiles are default "
		    "and s3-write", q->profile);
	if (h == NULL) {
		free(g);
		return err->code != S3JIT_OK ? -1 : s3jit_fail(err, S3JIT_ESYS, "out of memory");
	}
	lease_need(c->b, h, lease_came, g);
	return 0;
}
