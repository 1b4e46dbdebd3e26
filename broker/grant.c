/*
 * grant.c - from approved to active to ended: claim, end.  Runs in
 * s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"

#include "extend.h"
#include "handlers.h"
#include "notice.h"

int
needs_claim(struct conn *c, const void *msg, uid_t **uids, size_t *n)
{
	return needs_voters(c->b, ((const struct msg_claim *)msg)->id, uids, n);
}

/* Only who asked claims; keys only go to a process that is that person through and through (Q10). */
static int
claimer_ok(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	/* Who it is now, not when it connected: a program may have changed its user since. */
	if (peer_refresh(&c->peer, err) == -1)
		return -1;
	if (row->req->ruid != c->peer.ruid || c->peer.ruid != c->peer.euid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "Another user of this login asked for it; only that one can take it up.");
	if (strcmp(row->req->delivery, DELIVERY_SIGNED) != 0 &&
	    c->peer.ruid != c->peer.loginuid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "Keys are handed only to who logged in, not after su or sudo -u.");
	return 0;
}

/* Under the same rule, for who is still named by it, with approvers who still may (F4, Q5). */
static int
rule_still_allows(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	const struct rule *rule;
	struct list votes = { 0 };
	int64_t missing;

	if (rule_unchanged(c->b, row->req, &rule, err) == -1)
		return -1;
	if (!person_is(peer_person(c), &rule->who))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Rule \"%s\" no longer names you.",
		    rule->title);
	if (store_votes(c->b->store, &votes, row->id, err) == -1)
		return -1;
	missing = rules_missing(rule, &votes, c->b->resolver, row->req);
	store_rows_clear(&votes, &vote_row_table);
	if (missing != 0)
		return s3jit_fail(err, S3JIT_ECHANGED,
		    "Somebody who approved it may no longer do so.  Ask again.");
	return 0;
}

/* What this one is to extend must be there still, and be extendable now. */
static int
old_read(struct conn *c, const struct request_row *row, struct request_row *old,
    struct s3jit_err *err)
{
	if (row->req->parent[0] == '\0')
		return 0;
	if (extend_read(c, old, rule_of(c->b, row->req), row->req->parent, err) == 0)
		return 0;
	return s3jit_fail_prefix(err, "It cannot be extended any more");
}

/* *old: what it extends, for the caller to clear. */
static int
claim_check(struct conn *c, const struct request_row *row, struct request_row *old,
    struct s3jit_err *err)
{
	if (queue_alive(c->b, row, err) == -1 || claimer_ok(c, row, err) == -1)
		return -1;
	if (row->state == REQ_PENDING)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "It is not approved yet.");
	/* Two logins waited for it, and this one was the later. */
	if (row->state != REQ_APPROVED)
		return s3jit_fail(err, S3JIT_EENDED, "It was taken up already, by another process "
		    "of yours, and goes on there.");
	if (queue_may_issue(c->b, err) == -1 || rule_still_allows(c, row, err) == -1)
		return -1;
	/* A login that the disk did not take has no number yet that a grant could name. */
	if (c->via->row.row <= 0)
		return s3jit_fail(err, S3JIT_ERECORD,
		    "This login is not on record yet, so nothing is given to it.  Try again.");
	if (old_read(c, row, old, err) == -1)
		return -1;
	return open_slot_free(c, row->req->delivery, old, err);
}

struct claiming {
	struct conn *c;
	struct request_row *row;
	struct request_row *old;	/* what it extends; without an id: nothing */
};

static int
activate(struct broker *b, void *arg, struct s3jit_err *err)
{
	struct claiming *cl = arg;
	struct request_row *row = cl->row;
	const struct request *r = row->req;

	row->state = REQ_ACTIVE;
	row->claimed = clock_wall();
	row->deadline = row->claimed + r->ttl;
	row->holder = cl->c->via->row.row;
	if (delivery_handed(r->delivery))
		row->keys_until = row->deadline;
	if (cl->old->id != NULL && extend_record(b, cl->old, row, err) == -1)
		return -1;
	if (store_request_move(b->store, row, REQ_APPROVED, err) == -1 ||
	    store_permissions_open(b->store, row->id, r->loginuid, &r->scope, row->claimed,
	    row->deadline, err) == -1 ||
	    audit_add(b->audit, err, "granted", row->id, "write access began",
	    "digest", row->digest, "person", r->person, "#loginuid", r->loginuid,
	    "#ruid", r->ruid, "#session", cl->c->via->row.sessionid, "*scope", &r->scope,
	    "reason", r->reason, "rule", r->rule, "by", row->by, "delivery", r->delivery,
	    "#deadline", row->deadline, "parent", r->parent, NULL) == -1)
		return -1;
	FAULT_POINT("claim-in-transaction");
	return 0;
}

/* Keys in a command's environment cannot be renewed, so they last; the others are short. */
static int64_t
lease_length(const char *delivery, const struct rule *rule)
{
	if (strcmp(delivery, DELIVERY_SIGNED) == 0)
		return LEASE_SIGNED;
	if (delivery_handed(delivery))
		return 0;
	return rule != NULL ? rule->lease : LEASE_DEFAULT;
}

/* Memory's part: what every lease of this grant is made of. */
int
grant_holder(struct broker *b, struct live *l, const struct request_row *row,
    struct s3jit_err *err)
{
	const struct request *r = row->req;
	const struct rule *rule = rule_of(b, r);
	struct lease_holder *h;

	if (l->holder != NULL)
		return 0;
	if ((h = lease_holder_new(&b->queue->holders)) == NULL)
		return s3jit_fail_errno(err, "memory");
	l->holder = h;
	snprintf(h->id, sizeof(h->id), "%s", row->id);
	snprintf(h->label, sizeof(h->label), "%s", row->id);
	snprintf(h->kind, sizeof(h->kind), "%s",
	    strcmp(r->delivery, DELIVERY_SIGNED) == 0 ? "signed" : "handed-out");
	h->loginuid = (uint32_t)r->loginuid;
	h->length = lease_length(r->delivery, rule);
	h->deadline = row->deadline;
	h->role = strdup(r->role);
	h->person = strdup(r->person);
	if (h->role != NULL && h->person != NULL && strv_copy(&h->scope, &r->scope) == 0 &&
	    (rule == NULL || strv_copy(&h->kms, &rule->kms) == 0))
		return 0;
	l->holder = NULL;
	lease_holder_end(b, &b->queue->holders, h);
	return s3jit_fail_errno(err, "memory");
}

/* --- the answer to a claim -------------------------------------------------- */

struct granting {			/* a claim whose lease is under way */
	struct broker *b;
	uint64_t conn;
	char id[REQUEST_ID];
	int64_t deadline;
	char delivery[16];
	bool extends;		/* it took the place of one that worked */
	bool again;		/* the signer had forgotten the lease once */
};

static void
answer_grant(struct granting *g, struct msg_credentials *keys)
{
	struct conn *c = conn_by_serial(g->b, g->conn);
	const struct config *conf = g->b->conf;
	struct msg_grant a = { 0 };

	if (c != NULL) {
		a.id = g->id;
		a.deadline = g->deadline;
		a.now = clock_wall();
		a.delivery = g->delivery;
		a.region = conf->aws.region;
		a.endpoint = (char *)config_s3_endpoint(conf);
		a.path_style = conf->aws.path_style;
		a.ca_file = conf->aws.ca_file;
		a.https_proxy = conf->aws.https_proxy;
		a.credentials = keys;
		FAULT_POINT("granted");
		conn_answer(c, &grant_table, &a);
	}
	free(g);
}

/*
 * AWS would not: power that cannot be used is no grant.  EENDED: it was ended
 * while the claim waited, by whoever did that, or s3jitd stops.
 */
static void
grant_fails(struct granting *g, const struct s3jit_err *why)
{
	struct conn *c = conn_by_serial(g->b, g->conn);
	struct s3jit_err err = { 0 };
	struct request_row row;

	/* Not the end of what was open: the profile asks AWS again when it is used. */
	if (why->code != S3JIT_EENDED && g->extends) {
		answer_grant(g, NULL);
		return;
	}
	if (why->code != S3JIT_EENDED && store_request_get(g->b->store, &row, g->id, &err) == 0) {
		if (row.state == REQ_ACTIVE)
			queue_end(g->b, &row, "done", "", "AWS gave no credentials");
		codec_clear(&request_row_table, &row);
	}
	if (c != NULL)
		conn_error(c, why, "");
	free(g);
}

static void lease_came(void *, const char *, const struct s3jit_err *);

static void
keys_came(void *arg, const void *answer, const struct s3jit_err *why)
{
	struct granting *g = arg;
	struct live *l = queue_find_live(g->b, g->id);
	const struct sq_keys *keys = answer;
	struct s3jit_err err = { 0 };

	if (l == NULL || l->holder == NULL) {	/* revoked meanwhile: the keys are thrown away */
		s3jit_fail(&err, S3JIT_EENDED, "This grant has ended.");
		grant_fails(g, &err);
	} else if (keys != NULL) {
		answer_grant(g, keys->credentials);
	} else if (why->code == S3JIT_ENOTFOUND && !g->again) {
		g->again = true;	/* the signer restarted, and nobody has those keys */
		lease_forget(l->holder);
		lease_need(g->b, l->holder, lease_came, g);
	} else {
		grant_fails(g, why);
	}
}

static void
lease_came(void *arg, const char *lease, const struct s3jit_err *why)
{
	struct granting *g = arg;
	struct sq_hand_out q = { 0 };

	if (lease == NULL) {
		grant_fails(g, why);
	} else if (delivery_handed(g->delivery)) {
		q.lease = (char *)lease;
		signer_ask(g->b->signer, &sq_hand_out_table, &q, &sq_keys_table, keys_came, g);
	} else {
		answer_grant(g, NULL);
	}
}

int
on_claim(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_claim *q = msg;
	struct request_row row = { 0 }, old = { 0 };
	struct claiming cl = { c, &row, &old };
	struct granting *g = NULL;
	struct live *l;
	int ret = -1;

	if (queue_read(c, &row, q->id, may_own, err) == -1)
		return -1;
	if (claim_check(c, &row, &old, err) == -1)
		goto out;
	if ((g = calloc(1, sizeof(*g))) == NULL) {
		s3jit_fail_errno(err, "memory");
		goto out;
	}
	if (in_transaction(c->b, activate, &cl, err) == -1)
		goto out;
	FAULT_POINT("claimed");
	if (old.id != NULL)
		extend_done(c->b, &old);
	l = queue_attend(c->b, &row);
	if (l == NULL || grant_holder(c->b, l, &row, err) == -1) {
		queue_end(c->b, &row, "done", "", "out of memory");
		s3jit_fail(err, S3JIT_ESYS, "out of memory");
		goto out;
	}
	queue_watch(l, c);
	if (!l->attended)
		notice_begin(l, c, row.deadline - row.claimed);
	queue_tell(c->b, row.id, "claimed", row.req->person, "", 0, c);
	g->b = c->b;
	g->conn = c->serial;
	g->deadline = row.deadline;
	g->extends = old.id != NULL;
	snprintf(g->id, sizeof(g->id), "%s", row.id);
	snprintf(g->delivery, sizeof(g->delivery), "%s", row.req->delivery);
	lease_need(c->b, l->holder, lease_came, g);
	g = NULL;
	ret = 0;
out:
	free(g);
	codec_clear(&request_row_table, &old);
	codec_clear(&request_row_table, &row);
	return ret;
}

/* --- end -------------------------------------------------------------- */

/* The row of an active grant that this login holds. */
int
grant_read(struct conn *c, struct request_row *row, const char *id, struct s3jit_err *err)
{
	if (queue_read(c, row, id, may_own, err) == -1)
		return -1;
	if (queue_alive(c->b, row, err) == -1)
		goto fail;
	if (row->state != REQ_ACTIVE) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "It has not begun.");
		goto fail;
	}
	if (row->holder != c->via->row.row || row->req->ruid != c->peer.ruid) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "Another login of yours holds it.");
		goto fail;
	}
	return 0;
fail:
	codec_clear(&request_row_table, row);
	return -1;
}

int
on_end(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_end *q = msg;
	struct msg_ok ok = { (char *)"" };
	struct request_row row;
	char text[64];

	if (strcmp(q->outcome, "done") != 0 && strcmp(q->outcome, "failed") != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "an outcome is done or failed");
	if (grant_read(c, &row, q->id, err) == -1)
		return -1;
	snprintf(text, sizeof(text), "%s, exit status %lld", q->outcome, (long long)q->status);
	queue_end(c->b, &row, "done", row.req->person, text);
	codec_clear(&request_row_table, &row);
	conn_answer(c, &ok_table, &ok);
	return 0;
}
