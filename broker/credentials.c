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

struct baselines {
	struct lease_holder *holders;
};

int
baselines_new(struct broker *b, struct s3jit_err *err)
{
	if ((b->baselines = calloc(1, sizeof(*b->baselines))) == NULL)
		return s3jit_fail_errno(err, "memory");
	return 0;
}

void
baselines_free(struct broker *b)
{
	if (b->baselines == NULL)
		return;
	while (b->baselines->holders != NULL)
		lease_holder_end(b, &b->baselines->holders, b->baselines->holders);
	free(b->baselines);
	b->baselines = NULL;
}

/* Somebody's rights changed: what was cached for the old baseline is not theirs any more. */
static bool
holder_fits(const struct lease_holder *h, const struct baseline *base, const char *person)
{
	size_t i;

	if (strcmp(h->role, base->role) != 0 || strcmp(h->person, person) != 0 ||
	    h->scope.n != base->allow_text.n)
		return false;
	for (i = 0; i < h->scope.n; i++)
		if (strcmp(h->scope.v[i], base->allow_text.v[i]) != 0)
			return false;
	return true;
}

static struct lease_holder *
holder_make(struct broker *b, const struct baseline *base, const struct person *p)
{
	struct lease_holder *h;
	size_t i;

	if ((h = lease_holder_new(&b->baselines->holders)) == NULL)
		return NULL;
	snprintf(h->kind, sizeof(h->kind), "baseline");
	snprintf(h->label, sizeof(h->label), "baseline-%u", p->uid);
	h->loginuid = p->uid;
	h->deadline = INT64_MAX;
	h->role = strdup(base->role);
	h->person = strdup(p->name);
	for (i = 0; i < base->allow_text.n; i++)
		if (strv_push(&h->scope, base->allow_text.v[i]) == -1)
			goto fail;
	if (h->role != NULL && h->person != NULL)
		return h;
fail:
	lease_holder_end(b, &b->baselines->holders, h);
	return NULL;
}

struct lease_holder *
baselines_holder(struct broker *b, const struct person *p, struct s3jit_err *err)
{
	const struct baseline *base = rules_baseline(b->conf, p);
	struct lease_holder *h, *next;

	if (!p->known) {
		s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "The name service does not answer, so your baseline is not known.  Try again.");
		return NULL;
	}
	if (base == NULL || base->allow.n == 0) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "Your baseline gives no S3 access; reads are "
		    "requested, too.  See what you may ask: s3-sudo -l");
		return NULL;
	}
	for (h = b->baselines->holders; h != NULL; h = next) {
		next = h->next;
		if (h->loginuid != p->uid)
			continue;
		if (holder_fits(h, base, p->name))
			return h;
		lease_holder_end(b, &b->baselines->holders, h);
	}
	if ((h = holder_make(b, base, p)) == NULL)
		s3jit_fail_errno(err, "memory");
	return h;
}

void
baselines_session_ended(struct broker *b, uint32_t loginuid)
{
	struct lease_holder *h, *next;

	if (b->baselines == NULL || session_live_of(b->sessions, loginuid) != NULL)
		return;
	for (h = b->baselines->holders; h != NULL; h = next) {
		next = h->next;
		if (h->loginuid == loginuid)
			lease_holder_end(b, &b->baselines->holders, h);
	}
}

/* --- get_credentials ------------------------------------------------------------ */

struct getting {
	struct broker *b;
	uint64_t conn;
	char id[REQUEST_ID];	/* the open grant, or "" = the baseline */
	uint32_t loginuid;
	bool again;
};

/* The holder may have gone while we waited: look it up each time. */
static struct lease_holder *
getting_holder(struct getting *g)
{
	struct lease_holder *h;
	struct live *l;

	if (g->id[0] != '\0')
		return (l = queue_find_live(g->b, g->id)) != NULL ? l->holder : NULL;
	for (h = g->b->baselines->holders; h != NULL; h = h->next)
		if (h->loginuid == g->loginuid)
			return h;
	return NULL;
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
		if (c != NULL)
			conn_answer(c, &credentials_table, keys->credentials);
		free(g);
	}
}

static void
lease_came(void *arg, const char *lease, const struct s3jit_err *why)
{
	struct getting *g = arg;
	struct sq_hand_out q = { 0 };

	if (lease == NULL) {
		get_fails(g, why);
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
		if (l->state != REQ_ACTIVE || l->attended || l->dead ||
		    l->session != c->via->row.row)
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

/* Before the first keys leave: the row says until when some may be out (SURFACE 3, close). */
static int
note_keys_out(struct broker *b, struct request_row *row, struct s3jit_err *err)
{
	if (row->keys_until >= row->deadline)
		return 0;
	row->keys_until = row->deadline;
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

static struct lease_holder *
write_holder(struct conn *c, struct getting *g, struct s3jit_err *err)
{
	struct request_row row = { 0 };
	struct lease_holder *h = NULL;
	struct live *l;

	if (open_grant(c, &row, err) == -1)
		return NULL;
	if (note_keys_out(c->b, &row, err) == 0 && (l = queue_attend(c->b, &row)) != NULL &&
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
