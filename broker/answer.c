/*
 * answer.c - pieces that several handlers share.  Runs in s3jitd.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/escape.h"

#include "answer.h"

/* In lists a reason is at most this long; `show` has all of it. */
#define SUMMARY_REASON 300

static int
uids_push(uid_t **uids, size_t *n, uid_t uid)
{
	uid_t *more;

	if ((more = realloc(*uids, (*n + 1) * sizeof(**uids))) == NULL)
		return -1;
	more[(*n)++] = uid;
	*uids = more;
	return 0;
}

static int
by_uid(const void *a, const void *b)
{
	uid_t x = *(const uid_t *)a, y = *(const uid_t *)b;

	return x < y ? -1 : x > y;
}

int
needs_everyone(struct conn *c, const void *msg, uid_t **uids, size_t *n)
{
	struct session *s;
	size_t i, k = 0;

	(void)msg;
	for (s = session_first(c->b->sessions); s != NULL; s = s->next)
		if (session_is_live(s) && uids_push(uids, n, (uid_t)s->row.loginuid) == -1)
			return -1;
	if (*n > 1)
		qsort(*uids, *n, sizeof(**uids), by_uid);
	for (i = 0; i < *n; i++)
		if (i == 0 || (*uids)[i] != (*uids)[i - 1])
			(*uids)[k++] = (*uids)[i];
	*n = k;
	return 0;
}

int
needs_voters(struct broker *b, const char *typed, uid_t **uids, size_t *n)
{
	struct strv ids = { 0 };
	struct list votes = { 0 };
	size_t i, k;
	int ret = 0;

	/* Best effort: the handler itself reports what is wrong with an id. */
	if (!request_id_ok(typed) || store_request_match(b->store, &ids, typed, NULL) == -1)
		return 0;
	for (i = 0; i < ids.n && ret == 0; i++) {
		if (store_votes(b->store, &votes, ids.v[i], NULL) == -1)
			continue;
		for (k = 0; k < votes.n; k++) {
			struct vote_row *v = &((struct vote_row *)votes.v)[k];

			if (uids_push(uids, n, (uid_t)v->loginuid) == -1)
				ret = -1;
			codec_clear(&vote_row_table, v);
		}
		free(votes.v);
	}
	strv_clear(&ids);
	return ret;
}

const struct person *
peer_person(const struct conn *c)
{
	static const struct person nobody = { .uid = (uid_t)-1, .name = (char *)"" };
	const struct person *p = resolver_person(c->b->resolver, c->peer.loginuid);

	return p != NULL ? p : &nobody;
}

bool
may_own(struct conn *c, const struct request_row *row)
{
	return row->req->loginuid == c->peer.loginuid;
}

const struct rule *
rule_of(struct broker *b, const struct request *r)
{
	size_t i;

	for (i = 0; i < b->conf->nrules; i++)
		if (strcmp(b->conf->rules[i].title, r->rule) == 0)
			return &b->conf->rules[i];
	return NULL;
}

int
rule_unchanged(struct broker *b, const struct request *r, const struct rule **rule,
    struct s3jit_err *err)
{
	*rule = rule_of(b, r);
	if (*rule == NULL || strcmp((*rule)->hash, r->rule_hash) != 0)
		return s3jit_fail(err, S3JIT_ECHANGED, *rule == NULL ?
		    "Rule \"%s\" is no longer in the rules file.  It must be asked again." :
		    "Rule \"%s\" has changed since this was asked.  It must be asked again.",
		    r->rule);
	return 0;
}

bool
may_approve(struct conn *c, const struct request_row *row)
{
	const struct rule *rule = rule_of(c->b, row->req);

	return rule != NULL && rules_may_approve(rule, peer_person(c));
}

bool
may_stop(struct conn *c, const struct request_row *row)
{
	const struct rule *rule = rule_of(c->b, row->req);

	return rule != NULL && (rules_may_approve(rule, peer_person(c)) ||
	    rules_may_approve(rule, peer_person(c)->was));
}

const char *
peer_name(const struct conn *c)
{
	const struct person *p = peer_person(c);

	return p->was != NULL ? p->was->name : p->name;
}

bool
may_see(struct conn *c, const struct request_row *row)
{
	return may_own(c, row) || may_stop(c, row) ||
	    person_is(peer_person(c), &c->b->conf->auditors);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
approvers_here(struct broker *b, const struct rule *rule, uint32_t except, struct strv *out)
{
	const struct person *p;
	struct session *s;

	memset(out, 0, sizeof(*out));
	for (s = session_first(b->sessions); s != NULL; s = s->next) {
		if (!session_is_live(s) || s->row.loginuid == except || out->n == 32)
			continue;
		p = resolver_person(b->resolver, (uid_t)s->row.loginuid);
		if (p == NULL || !p->known || !rules_may_approve(rule, p))
			continue;
		if (!strv_has(out, p->name) && strv_push(out, p->name) == -1)
			return -1;
	}
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_name);
	return 0;
}

static int
yes_names(struct broker *b, const struct request_row *row, struct strv *out,
    struct s3jit_err *err)
{
	struct list votes = { 0 };
	size_t i;
	int ret = 0;

	if (store_votes(b->store, &votes, row->id, err) == -1)
		return -1;
	for (i = 0; i < votes.n; i++) {
		struct vote_row *v = &((struct vote_row *)votes.v)[i];

		if (v->vote == VOTE_YES && strv_push(out, v->person) == -1)
			ret = s3jit_fail_errno(err, "memory");
		codec_clear(&vote_row_table, v);
	}
	free(votes.v);
	return ret;
}

/* What the row says, borrowed: only votes and approvers are ours to free. */
int
answer_state(struct conn *c, const struct request_row *row, struct s3jit_err *err)
{
	const struct rule *rule = rule_of(c->b, row->req);
	struct msg_state st = { 0 };
	int ret = -1;

	st.id = row->id;
	st.digest = row->digest;
	st.state = (char *)req_state_name((enum req_state)row->state);
	st.why = row->why;
	st.by = row->by;
	st.text = row->text;
	st.quorum = row->req->quorum;
	st.needed = row->needed;
	st.ttl = row->req->ttl;
	st.deadline = row->deadline;
	st.now = clock_wall();
	st.lapses = row->lapses;
	st.rule = row->req->rule;
	st.delivery = row->req->delivery;
	st.host = row->req->host;
	st.scope = row->req->scope;
	st.argv = row->req->argv;
	st.objects = row->req->objects;
	st.cwd = row->req->cwd;
	st.ca_file = c->b->conf->aws.ca_file;
	st.https_proxy = c->b->conf->aws.https_proxy;
	if (yes_names(c->b, row, &st.votes, err) == -1)
		goto out;
	if (rule != NULL && row->state == REQ_PENDING &&
	    approvers_here(c->b, rule, (uint32_t)row->req->loginuid, &st.approvers) == -1) {
		s3jit_fail_errno(err, "memory");
		goto out;
	}
	conn_answer(c, &state_table, &st);
	ret = 0;
out:
	strv_clear(&st.votes);
	strv_clear(&st.approvers);
	return ret;
}

int
fill_summary(struct summary *s, struct conn *c, const struct request_row *row,
    struct s3jit_err *err)
{
	struct summary lent = { 0 };
	char *reason = escape_cut(row->req->reason, SUMMARY_REASON);
	int ret;

	if (reason == NULL)
		return s3jit_fail_errno(err, "memory");
	lent.id = row->id;
	lent.state = (char *)req_state_name((enum req_state)row->state);
	lent.person = row->req->person;
	lent.delivery = row->req->delivery;
	lent.scope = row->req->scope;
	lent.reason = strlen(row->req->reason) > SUMMARY_REASON ? reason : row->req->reason;
	lent.ttl = row->req->ttl;
	lent.deadline = row->deadline;
	lent.created = row->created;
	lent.now = clock_wall();
	lent.needed = row->needed;
	lent.here = c->via != NULL && (row->holder != 0 ? row->holder : row->session) ==
	    c->via->row.row;
	lent.why = row->why;
	ret = codec_copy(&summary_table, s, &lent, err);
	free(reason);
	return ret;
}

int
in_transaction(struct broker *b, int (*step)(struct broker *, void *, struct s3jit_err *),
    void *arg, struct s3jit_err *err)
{
	if (store_begin(b->store, err) == -1)
		return -1;
	if (step(b, arg, err) == -1) {
		store_rollback(b->store);
		return -1;
	}
	if (store_commit(b->store, err) == -1)
		return -1;
	audit_forward(b->audit);
	return 0;
}
