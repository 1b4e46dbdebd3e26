/*
 * vote.c - the approver's questions: list, show, vote, revoke.  Runs in s3jitd.
 *
 * A vote names the digest of what was rendered (Q2); it is compared with the
 * digest of what is stored, computed anew (Q1).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"
#include "s3jit/wire.h"

#include "handlers.h"

/* A list fills a message at most; older ones first, the rest when these are decided. */
#define LIST_BYTES (WIRE_MAX - 16 * 1024)
#define LIST_MAX 200

/*
 * Has that person logged in with this login's key, ever?  In memory are logins
 * that the disk has not taken; a record that cannot be read counts as yes.
 */
static bool
same_key(struct conn *c, int64_t loginuid)
{
	const char *key = c->session->row.key_hash;
	const struct session *s;
	bool used;

	if (key[0] == '\0')
		return false;
	for (s = session_first(c->b->sessions); s != NULL; s = s->next)
		if (s->row.loginuid == loginuid && strcmp(s->row.key_hash, key) == 0)
			return true;
	store_session_key_used(c->b->store, &used, loginuid, key, NULL);
	return used;
}

/* Q3: whoever asked it, under whatever name, says neither yes nor no. */
static int
somebody_else(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	const struct request *r = row->req;

	if (r->loginuid == c->peer.loginuid || r->loginuid == c->peer.ruid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "You asked this yourself.");
	if (r->ruid == c->peer.loginuid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s asked this as you, so it counts as "
		    "yours.  Somebody else must decide.", r->person);
	if (same_key(c, r->loginuid) || same_key(c, r->ruid))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "This login was opened with a key that "
		    "%s logs in with, so it counts as the same person.", r->person);
	return 0;
}

/* Q5, Q7: may this peer say yes to this request? */
static int
vote_allowed(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	if (somebody_else(c, row, err) == -1)
		return -1;
	if (may_approve(c, row))
		return 0;
	if (may_stop(c, row))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "The name service does not answer, so "
		    "your yes cannot count.  Your no does: s3-approve no %.8s WHY", row->id);
	return s3jit_fail(err, S3JIT_ENOTALLOWED,
	    "Rule \"%s\" does not name you as an approver.", row->req->rule);
}

/* A no must not wait for the name service. */
static int
no_allowed(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	if (!may_stop(c, row))
		return vote_allowed(c, row, err);
	return somebody_else(c, row, err);
}

static bool
voted_already(struct broker *b, const struct request_row *row, uint32_t loginuid)
{
	struct list votes = { 0 };
	bool yes = false;
	size_t i;

	if (store_votes(b->store, &votes, row->id, NULL) == -1)
		return false;
	for (i = 0; i < votes.n; i++)
		yes = yes || ((struct vote_row *)votes.v)[i].loginuid == loginuid;
	store_rows_clear(&votes, &vote_row_table);
	return yes;
}

/* At most so many bytes of JSON, escapes included. */
static size_t
summary_bytes(const struct request *r)
{
	size_t i, n = 1024 + 6 * strnlen(r->reason, 300);

	for (i = 0; i < r->scope.n; i++)
		n += 2 * strlen(r->scope.v[i]) + 3;
	return n;
}

/* One person counts once (Q4); asking for a second yes would only end in an error. */
static int
not_yet_voted(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	if (!voted_already(c->b, row, c->peer.loginuid))
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "You said yes already.  If that was wrong: "
	    "s3-approve no %.8s WHY", row->id);
}

/* The rules under which this peer may vote, found once for thousands of requests. */
static bool *
votable_rules(struct conn *c)
{
	const struct config *conf = c->b->conf;
	bool *may = calloc(conf->nrules + 1, sizeof(*may));
	size_t i;

	for (i = 0; may != NULL && i < conf->nrules; i++)
		may[i] = rules_may_approve(&conf->rules[i], peer_person(c));
	return may;
}

/* From memory alone: is it worth reading the row (B8)? */
static bool
may_wait_for(const struct conn *c, const struct live *l, const bool *may)
{
	return l->state == REQ_PENDING && !l->dead && l->rule != NULL &&
	    may[l->rule - c->b->conf->rules] && l->loginuid != c->peer.loginuid;
}

/* Add it if it concerns this peer; *bytes is then what the list has, at most LIST_BYTES. */
static int
list_one(struct msg_list_answer *a, size_t *bytes, struct conn *c, const char *id,
    struct s3jit_err *err)
{
	struct request_row row;
	struct summary *s;
	int ret = 0;

	if (store_request_get(c->b->store, &row, id, NULL) == -1)
		return 0;	/* changed behind our back: it has no power */
	if (row.state == REQ_PENDING && queue_alive(c->b, &row, NULL) == 0 &&
	    vote_allowed(c, &row, NULL) == 0 && !voted_already(c->b, &row, c->peer.loginuid)) {
		if ((*bytes += summary_bytes(row.req)) > LIST_BYTES)
			;	/* no room: it waits */
		else if ((s = list_push(&a->requests, &summary_table)) == NULL)
			ret = s3jit_fail_errno(err, "memory");
		else
			ret = fill_summary(s, c, &row, err);
	}
	codec_clear(&request_row_table, &row);
	return ret;
}

int
on_list(struct conn *c, const void *msg, struct s3jit_err *err)
{
	struct msg_list_answer a = { 0 };
	bool *may = votable_rules(c);
	struct live *l;
	size_t bytes = 0;
	int ret = 0;

	(void)msg;
	if (may == NULL)
		return s3jit_fail_errno(err, "memory");
	for (l = c->b->queue->live; l != NULL && ret == 0 && bytes <= LIST_BYTES &&
	    a.requests.n < LIST_MAX; l = l->next)
		if (may_wait_for(c, l, may))
			ret = list_one(&a, &bytes, c, l->id, err);
	if (ret == 0)
		conn_answer(c, &list_answer_table, &a);
	codec_clear(&list_answer_table, &a);
	free(may);
	return ret;
}

int
needs_show(struct conn *c, const void *msg, uid_t **uids, size_t *n)
{
	return needs_voters(c->b, ((const struct msg_show *)msg)->id, uids, n);
}

static int
answer_shown(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	const struct rule *rule = rule_of(c->b, row->req);
	struct msg_shown a = { 0 };
	struct s3jit_err why_not = { 0 };
	struct request_row old;
	struct vote_row *v;
	struct list votes = { 0 };
	size_t i;
	int ret = -1;

	a.request = row->req;
	a.state = (char *)req_state_name((enum req_state)row->state);
	a.why = row->why;
	a.by = row->by;
	a.text = row->text;
	a.now = clock_wall();
	a.waits = a.now - row->created;
	a.needed = row->needed;
	a.deadline = row->deadline;
	if (row->req->parent[0] != '\0' &&
	    store_request_get(c->b->store, &old, row->req->parent, NULL) == 0) {
		a.parent_begun = old.claimed;
		a.parent_ends = old.deadline;
		codec_clear(&request_row_table, &old);
	}
	a.rule_text = rule != NULL ? rules_describe(rule) :
	    strdup("its rule is no longer in the rules file");
	a.may_vote = row->state == REQ_PENDING && queue_alive(c->b, row, &why_not) == 0 &&
	    vote_allowed(c, row, &why_not) == 0 && not_yet_voted(c, row, &why_not) == 0;
	a.may_not = why_not.text;
	if (a.rule_text == NULL) {
		s3jit_fail_errno(err, "memory");
		goto out;
	}
	if (store_votes(c->b->store, &votes, row->id, err) == -1)
		goto out;
	for (i = 0; i < votes.n; i++) {
		v = &((struct vote_row *)votes.v)[i];
		if (v->vote == VOTE_YES && strv_push(&a.votes, v->person) == -1) {
			s3jit_fail_errno(err, "memory");
			goto out;
		}
	}
	conn_answer(c, &shown_table, &a);
	ret = 0;
out:
	free(a.rule_text);
	strv_clear(&a.votes);
	store_rows_clear(&votes, &vote_row_table);
	return ret;
}

int
on_show(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_show *q = msg;
	struct request_row row = { 0 };
	struct live *l;
	int ret;

	if (queue_read(c, &row, q->id, may_see, err) == -1)
		return -1;
	ret = answer_shown(c, &row, err);
	if (ret == 0 && row.state == REQ_PENDING && vote_allowed(c, &row, NULL) == 0 &&
	    (l = queue_attend(c->b, &row)) != NULL) {
		queue_look(l, c);
		queue_tell(c->b, row.id, "looking", peer_person(c)->name, "", row.needed, NULL);
	}
	codec_clear(&request_row_table, &row);
	return ret;
}

/* --- vote -------------------------------------------------------------------- */

struct voting {
	struct conn *c;
	struct request_row *row;
	const struct msg_vote *q;
	const struct rule *rule;
};

static int
insert_vote(struct voting *v, enum vote_word word, struct s3jit_err *err)
{
	struct vote_row vote = { 0 };

	vote.id = v->row->id;
	vote.digest = v->row->digest;
	vote.loginuid = v->c->peer.loginuid;
	vote.person = (char *)peer_name(v->c);
	vote.session = v->c->session->row.row;
	vote.key_hash = v->c->session->row.key_hash;
	vote.vote = word;
	vote.text = v->q->why;
	vote.time = clock_wall();
	if (store_vote_insert(v->c->b->store, &vote, err) == -1)
		return -1;
	return audit_add(v->c->b->audit, err, word == VOTE_YES ? "yes" : "no", v->row->id,
	    v->q->why, "digest", v->row->digest, "by", vote.person, "#loginuid", vote.loginuid,
	    "#ruid", (int64_t)v->c->peer.ruid, "#session", (int64_t)v->c->peer.sessionid,
	    "person", v->row->req->person, NULL);
}

static int
count_votes(struct broker *b, struct voting *v, struct s3jit_err *err)
{
	struct list votes = { 0 };

	if (store_votes(b->store, &votes, v->row->id, err) == -1)
		return -1;
	v->row->needed = rules_missing(v->rule, &votes, b->resolver, v->row->req);
	store_rows_clear(&votes, &vote_row_table);
	return 0;
}

/* Inside one transaction: the vote, its record, and what it makes of the request. */
static int
vote_yes(struct broker *b, void *arg, struct s3jit_err *err)
{
	struct voting *v = arg;
	struct request_row *row = v->row;

	if (insert_vote(v, VOTE_YES, err) == -1 || count_votes(b, v, err) == -1)
		return -1;
	FAULT_POINT("vote-in-transaction");
	if (row->needed > 0)
		return store_request_move(b->store, row, REQ_PENDING, err);
	row->state = REQ_APPROVED;
	row->approved = clock_wall();
	row->lapses = row->approved + v->rule->claim_within;
	free(row->by);
	if ((row->by = strdup(peer_person(v->c)->name)) == NULL)
		return s3jit_fail_errno(err, "memory");
	if (store_request_move(b->store, row, REQ_PENDING, err) == -1)
		return -1;
	return audit_add(b->audit, err, "approved", row->id, "the approvals are complete",
	    "digest", row->digest, "person", row->req->person, "by", row->by,
	    "*scope", &row->req->scope, "rule", row->req->rule,
	    "rule_hash", row->req->rule_hash, NULL);
}

/* No ends it whatever the disk says; the vote's own row is tried, not waited for. */
static int
vote_no(struct voting *v)
{
	struct broker *b = v->c->b;
	struct s3jit_err err = { 0 };

	if (store_begin(b->store, &err) == 0) {
		if (insert_vote(v, VOTE_NO, &err) == -1)
			store_rollback(b->store);
		else
			store_commit(b->store, &err);
	}
	queue_end(b, v->row, "denied", peer_name(v->c), v->q->why);
	return 0;
}

/*
 * Where nobody can say whether an earlier yes counts, this one could complete the
 * approvals and would not: it is kept for when somebody can.
 */
static int
others_known(struct voting *v, struct s3jit_err *err)
{
	struct broker *b = v->c->b;
	struct list votes = { 0 };
	const struct vote_row *row;
	const struct person *p;
	size_t i;
	int ret = 0;

	if (store_votes(b->store, &votes, v->row->id, err) == -1)
		return -1;
	for (i = 0; i < votes.n && ret == 0; i++) {
		row = &((struct vote_row *)votes.v)[i];
		p = resolver_person(b->resolver, (uid_t)row->loginuid);
		if (row->vote == VOTE_YES && (p == NULL || (!p->known && p->was != NULL)))
			ret = s3jit_fail(err, S3JIT_EBUSY, "The name service does not say now whether "
			    "the yes of %s counts, so yours was not taken.  Try again in a moment.",
			    row->person);
	}
	store_rows_clear(&votes, &vote_row_table);
	return ret;
}

static int
vote_check(struct voting *v, struct s3jit_err *err)
{
	struct conn *c = v->c;

	if (queue_alive(c->b, v->row, err) == -1 ||
	    (v->q->yes ? vote_allowed : no_allowed)(c, v->row, err) == -1)
		return -1;
	if (strcmp(v->q->digest, v->row->digest) != 0)
		return s3jit_fail(err, S3JIT_ECHANGED,
		    "What you were shown is not what was asked.  Nothing was approved.");
	/* A no counts until it is taken up; after that it is called revoke. */
	if (v->row->state == REQ_ACTIVE)
		return s3jit_fail(err, S3JIT_ECHANGED, "It has been taken up already.  "
		    "End it: s3-approve revoke %.8s WHY", v->row->id);
	if (v->q->yes && v->row->state != REQ_PENDING)
		return s3jit_fail(err, S3JIT_ECHANGED, "It has been approved already.");
	if (v->q->yes && rule_unchanged(c->b, v->row->req, &v->rule, err) == -1)
		return -1;
	if (v->q->yes && c->session->row.row <= 0)
		return s3jit_fail(err, S3JIT_ERECORD,
		    "This login is not on record yet: is the disk full?  Try again.");
	if (v->q->yes && others_known(v, err) == -1)
		return -1;
	if (v->q->yes && v->rule->reauth_approver && reauth_fresh(c, err) == -1)
		return -1;
	if (!v->q->yes && v->q->why[strspn(v->q->why, " ")] == '\0')
		return s3jit_fail(err, S3JIT_EUSAGE, "Say why: s3-approve no ID WHY");
	return 0;
}

int
needs_vote(struct conn *c, const void *msg, uid_t **uids, size_t *n)
{
	return needs_voters(c->b, ((const struct msg_vote *)msg)->id, uids, n);
}

int
on_vote(struct conn *c, const void *msg, struct s3jit_err *err)
{
	struct request_row row = { 0 };
	struct voting v = { c, &row, msg, NULL };
	const char *me = peer_person(c)->name;
	int ret = -1;

	if (queue_read(c, &row, v.q->id, may_see, err) == -1)
		return -1;
	if (vote_check(&v, err) == -1) {
		if (err->code == S3JIT_ENOTALLOWED || err->code == S3JIT_ECHANGED)
			audit_refused(c->b->audit, "vote-refused", c->peer.loginuid, err->text);
		goto out;
	}
	if (v.q->yes) {
		if (in_transaction(c->b, vote_yes, &v, err) == -1)
			goto out;
		FAULT_POINT("voted");
		queue_attend(c->b, &row);
		queue_tell(c->b, row.id, row.needed > 0 ? "yes" : "approved", me, v.q->why,
		    row.needed, NULL);
		queue_tell_lookers(c->b, row.id, row.needed > 0 ? "yes" : "approved", me, "",
		    row.needed, c);
	} else {
		vote_no(&v);
	}
	ret = answer_state(c, &row, err);
out:
	codec_clear(&request_row_table, &row);
	return ret;
}
