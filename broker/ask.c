/*
 * ask.c - what may be asked, and asking: check, rules, ask.  Runs in s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"
#include "s3jit/hex.h"
#include "s3jit/policy.h"
#include "s3jit/wire.h"

#include "extend.h"
#include "handlers.h"
#include "queue_private.h"

/* B8: pending and approved requests of one person, and of all. */
#define WAITING_PERSON 20
#define WAITING_ALL 10000
/* What `show` and `state` add to a request when they tell of it, at most. */
#define TOLD_MORE (32 * 1024)
/* S3: an object is 5 TiB at most; a thousand of them can be added up. */
#define OBJECT_MAX (5 * INT64_C(1024) * 1024 * 1024 * 1024)
/* AssumeRole by a role (chaining) gives at most this, in seconds (IAM: role chaining). */
#define KEYS_MAX 3600

/* The time of who names none: the rule's, as far as keys of that delivery can last. */
static int64_t
usual_ttl(const struct rule *rule, const char *delivery, bool extends)
{
	int64_t most = INT64_MAX;

	if (extends)
		most = rule->extend_max;
	else if (delivery_handed(delivery))
		most = KEYS_MAX;
	return rule->default_ttl < most ? rule->default_ttl : most;
}

static int
delivery_ok(const char *delivery, struct s3jit_err *err)
{
	return delivery_known(delivery) ? 0 : s3jit_fail(err, S3JIT_EUSAGE, "no such delivery");
}

static int
scope_texts(struct strv *out, const struct scope *scope, struct s3jit_err *err)
{
	char *text;
	size_t i;
	int r;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < scope->n; i++) {
		text = permission_text(&scope->v[i]);
		r = text != NULL ? strv_push(out, text) : -1;
		free(text);
		if (r == -1)
			return s3jit_fail_errno(err, "memory");
	}
	return 0;
}

/*
 * Re-authentication is a fact about the session with an age (DESIGN 3).  What
 * runs on in an ended login (tmux) asks through a live one: there it is proved.
 */
int
reauth_fresh(struct conn *c, struct s3jit_err *err)
{
	struct session *s = c->via;
	int64_t age = clock_wall() - s->row.reauth_at;

	if (s->row.reauth_at != 0 && age >= 0 && age <= c->b->conf->reauth_age)
		return 0;
	s->reauth_wanted_ms = clock_boot_ms() + REAUTH_WANTED_MS;
	return s3jit_fail(err, S3JIT_EREAUTH, "This needs you to re-authenticate first.");
}

int
on_want_reauth(struct conn *c, const void *msg, struct s3jit_err *err)
{
	struct msg_ok ok = { (char *)"" };

	(void)msg;
	(void)err;
	c->via->reauth_wanted_ms = clock_boot_ms() + REAUTH_WANTED_MS;
	conn_answer(c, &ok_table, &ok);
	return 0;
}

/* Whom the name service does not answer for is in no group, and so under no rule. */
static int
asker_known(struct conn *c, struct s3jit_err *err)
{
	if (peer_person(c)->known)
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "The name service does not answer for you "
	    "(uid %u), so no rule can be found.  Try again.", c->peer.loginuid);
}

/* The grant that is to be extended; *old stays without an id where none is named. */
static int
old_read(struct conn *c, struct request_row *old, const struct rule *rule, const char *id,
    struct s3jit_err *err)
{
	return id == NULL || id[0] == '\0' ? 0 : extend_read(c, old, rule, id, err);
}

int
on_check(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_check *q = msg;
	struct msg_checked a = { 0 };
	const struct rule *rule;
	struct request_row old = { 0 };
	struct scope scope = { 0 };
	char *where = NULL;
	int ret = -1;

	if (scope_parse(&scope, (const char *const *)q->scope.v, q->scope.n, false, err) == -1 ||
	    delivery_ok(q->delivery, err) == -1 || asker_known(c, err) == -1)
		goto out;
	/* s3-sudo asks this first, so that a refusal reaches nobody; it is an attempt all the same. */
	if ((rule = rules_find(c->b->conf, peer_person(c), &scope, q->delivery, err)) == NULL) {
		audit_refused(c->b->audit, "not-allowed", c->peer.loginuid, err->text);
		goto out;
	}
	/* before people are made to say why */
	if (old_read(c, &old, rule, q->parent, err) == -1 ||
	    open_slot_free(c, q->delivery, &old, err) == -1)
		goto out;
	if (asprintf(&where, "%s:%d", c->b->conf->file, rule->line) == -1) {
		where = NULL;
		s3jit_fail_errno(err, "memory");
		goto out;
	}
	a.rule = rule->title;
	a.where = where;
	a.max_ttl = old.id != NULL ? rule->extend_max : rule->max_ttl;
	a.default_ttl = usual_ttl(rule, q->delivery, old.id != NULL);
	a.reason = rule->reason;
	a.reason_required = rules_wants_reason(rule);
	a.reauth = rule->reauth_requester;
	a.delivery = q->delivery;
	a.host = c->b->conf->host_name;
	if (scope_texts(&a.scope, &scope, err) == -1 ||
	    rules_quorum_texts(&a.quorum, rule, err) == -1)
		goto out;
	if (approvers_here(c->b, rule, c->peer.loginuid, &a.approvers) == -1) {
		s3jit_fail_errno(err, "memory");
		goto out;
	}
	conn_answer(c, &checked_table, &a);
	ret = 0;
out:
	free(where);
	codec_clear(&request_row_table, &old);
	strv_clear(&a.scope);
	strv_clear(&a.quorum);
	strv_clear(&a.approvers);
	scope_clear(&scope);
	return ret;
}

static int
add_rule_line(struct conn *c, struct msg_rules_answer *a, const struct rule *rule,
    struct s3jit_err *err)
{
	struct rule_line *line, lent = { 0 };
	int ret = -1;

	lent.scope = rule->allow_text;
	lent.max_ttl = rule->max_ttl;
	lent.reauth = rule->reauth_requester;
	lent.automatic = rule->automatic;
	lent.rule = rule->title;
	if (rules_quorum_texts(&lent.quorum, rule, err) == -1 ||
	    approvers_here(c->b, rule, c->peer.loginuid, &lent.approvers) == -1)
		goto out;
	if ((line = list_push(&a->ask, &rule_line_table)) != NULL)
		ret = codec_copy(&rule_line_table, line, &lent, err);
out:
	strv_clear(&lent.quorum);
	strv_clear(&lent.approvers);
	return ret;
}

int
on_rules(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct person *me = peer_person(c);
	const struct baseline *base = rules_baseline(c->b->conf, me);
	struct msg_rules_answer a = { 0 };
	size_t i;
	int ret;

	(void)msg;
	ret = base == NULL ? 0 : strv_copy(&a.read, &base->allow_text);
	for (i = 0; ret == 0 && i < c->b->conf->nrules; i++)
		if (person_is(me, &c->b->conf->rules[i].who))
			ret = add_rule_line(c, &a, &c->b->conf->rules[i], err);
	if (ret == 0)
		conn_answer(c, &rules_answer_table, &a);
	else if (err->code == S3JIT_OK)
		s3jit_fail_errno(err, "memory");
	codec_clear(&rules_answer_table, &a);
	return ret;
}

/* --- ask ---------------------------------------------------------------------- */

static int
object_ok(const struct object *o, const struct scope *scope, struct s3jit_err *err)
{
	int verb = verb_from_name(o->verb);
	size_t i;

	if (verb != VERB_PUT && verb != VERB_DELETE)
		return s3jit_fail(err, S3JIT_EUSAGE, "an object is put or deleted, not \"%s\"", o->verb);
	for (i = 0; i < scope->n; i++)
		if (permission_allows(&scope->v[i], (enum verb)verb, o->bucket, o->key))
			break;
	if (i == scope->n)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s s3://%s/%s is not in the scope", o->verb,
		    o->bucket, o->key);
	if (verb == VERB_DELETE)
		return o->parts.n == 0 ? 0 :
		    s3jit_fail(err, S3JIT_EUSAGE, "a delete has no parts");
	if (o->size < 0 || o->part_size < 0 ||
	    (int64_t)o->parts.n != object_parts(o->size, o->part_size))
		return s3jit_fail(err, S3JIT_EUSAGE, "parts and size of %s do not agree", o->name);
	for (i = 0; i < o->parts.n; i++)
		if (!hex_is_sha256(o->parts.v[i]))
			return s3jit_fail(err, S3JIT_EUSAGE, "a part of %s has no SHA-256", o->name);
	/* it is what approvers are shown; of several parts' bytes nobody here knows it */
	if (o->parts.n == 1 && strcmp(o->sha256, o->parts.v[0]) != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s has another SHA-256 than its only part",
		    o->name);
	return 0;
}

/* Sizes are shown and added up on the approver's screen. */
static int
size_ok(const struct object *o, struct s3jit_err *err)
{
	int64_t most = strcmp(o->verb, "delete") == 0 ? 0 : OBJECT_MAX;

	if (o->size >= 0 && o->size <= most && o->part_size >= 0 && o->part_size <= most)
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE, "no object has a size like that of %s", o->name);
}

static int
objects_ok(const struct msg_ask *q, const struct scope *scope, struct s3jit_err *err)
{
	const struct object *o = q->objects.v;
	size_t i;

	/* Signed writes name their bytes; keys that are handed out cannot. */
	if (strcmp(q->delivery, DELIVERY_SIGNED) != 0)
		return q->objects.n == 0 ? 0 :
		    s3jit_fail(err, S3JIT_EUSAGE, "only built-in verbs name objects");
	for (i = 0; i < q->objects.n; i++)
		if (object_ok(&o[i], scope, err) == -1 || size_ok(&o[i], err) == -1)
			return -1;
	for (i = 0; i < scope->n; i++)
		if (scope->v[i].verb != VERB_GET && scope->v[i].verb != VERB_LIST &&
		    q->objects.n == 0)
			return s3jit_fail(err, S3JIT_EUSAGE, "a built-in write names its objects");
	return 0;
}

/* W6: what AWS would not take is refused before anybody is asked to approve it. */
static int
policy_fits(const struct config *conf, const struct rule *rule, const struct scope *scope,
    struct s3jit_err *err)
{
	const struct policy_in in = { .scope = scope, .partition = conf->aws.partition,
	    .account = rule->account, .kms = &rule->kms, .until = clock_wall() };
	char *policy;

	if (policy_build(&policy, &in, err) == -1)
		return -1;
	free(policy);
	return 0;
}

/* What cannot be shown cannot be decided, and would be in the way of what can. */
static int
can_be_shown(const struct request *r, struct s3jit_err *err)
{
	char *json;
	size_t len;

	if (codec_encode(&json, &request_table, r, err) == -1)
		return -1;
	len = strlen(json);
	free(json);
	return len <= WIRE_MAX - TOLD_MORE ? 0 : s3jit_fail(err, S3JIT_EUSAGE,
	    "This is too much for one request: name fewer files, or a shorter command.");
}

static int
room_for_more(struct conn *c, struct s3jit_err *err)
{
	int64_t mine, all;

	if (queue_not_too_fast(c->b, c->peer.loginuid, err) == -1 ||
	    store_requests_waiting(c->b->store, &mine, c->peer.loginuid, err) == -1 ||
	    store_requests_waiting(c->b->store, &all, -1, err) == -1)
		return -1;
	if (mine >= WAITING_PERSON)
		return s3jit_fail(err, S3JIT_EBUSY, "You have %d requests waiting already.  "
		    "Withdraw one: s3-sudo status, s3-sudo withdraw ID", WAITING_PERSON);
	if (all >= WAITING_ALL)
		return s3jit_fail(err, S3JIT_EBUSY, "Too many requests wait on this host.");
	return 0;
}

/* At most one open grant a session: a second one is refused naming the first. */
int
open_slot_free(struct conn *c, const char *delivery, const struct request_row *old,
    struct s3jit_err *err)
{
	struct live *l;

	if (!delivery_stays(delivery))
		return 0;
	for (l = c->b->queue->live; l != NULL; l = l->next)
		if (queue_open_in(l, c->via->row.row) && !queue_is_due(l) &&
		    (old->id == NULL || strcmp(l->id, old->id) != 0))
			return s3jit_fail(err, S3JIT_ENOTALLOWED, "This login has write access open "
			    "already (%.8s).  Close it first: s3-sudo close", l->id);
	return 0;
}

static const char *
name_of(struct broker *b, uid_t uid)
{
	const struct person *p = resolver_person(b->resolver, uid);

	return p != NULL && p->known ? p->name : "";
}

/* One row to be inserted with its audit records, all or nothing. */
struct asking {
	struct conn *c;
	struct request_row *row;
};

static int
insert(struct broker *b, void *arg, struct s3jit_err *err)
{
	struct asking *a = arg;
	const struct request_row *row = a->row;
	const struct request *r = row->req;

	if (store_request_insert(b->store, row, err) == -1 ||
	    audit_add(b->audit, err, "asked", row->id, "a request was made",
	    "digest", row->digest, "person", r->person, "#loginuid", r->loginuid,
	    "#ruid", r->ruid, "ruser", r->ruser, "#session", r->sessionid, "origin", r->origin,
	    "*scope", &r->scope, "delivery", r->delivery, "reason", r->reason, "*argv", &r->argv,
	    "cwd", r->cwd, "#ttl", r->ttl, "rule", r->rule, "rule_hash", r->rule_hash,
	    "*quorum", &r->quorum, "role", r->role, "parent", r->parent, NULL) == -1)
		return -1;
	FAULT_POINT("asked-in-transaction");
	if (row->state == REQ_APPROVED)
		return audit_add(b->audit, err, "approved", row->id,
		    "the rule asks for no approval", "digest", row->digest, "person", r->person,
		    "rule", r->rule, NULL);
	return 0;
}

/* The request as it will be hashed; everything in it is lent. */
static int
compose(struct request *r, struct conn *c, const struct msg_ask *q, const struct rule *rule,
    const struct strv *scope, const struct strv *quorum, const struct request_row *old,
    char nonce[33], struct s3jit_err *err)
{
	struct broker *b = c->b;

	memset(r, 0, sizeof(*r));
	if (hex_random(nonce, 16, err) == -1)
		return -1;
	if ((r->origin = session_origin(c->via)) == NULL)
		return s3jit_fail_errno(err, "memory");
	r->version = WIRE_VERSION;
	r->nonce = nonce;
	r->host = b->conf->host_name;
	r->boot_id = b->boot_id;
	r->loginuid = c->peer.loginuid;
	r->person = (char *)name_of(b, c->peer.loginuid);
	r->ruid = c->peer.ruid;
	r->ruser = (char *)name_of(b, c->peer.ruid);
	r->sessionid = c->peer.sessionid;
	r->argv = q->argv;
	r->cwd = q->cwd;
	r->reason = q->reason;
	r->scope = *scope;
	r->objects = q->objects;
	r->role = rule->role;
	r->ttl = q->ttl != 0 ? q->ttl : usual_ttl(rule, q->delivery, old->id != NULL);
	r->delivery = q->delivery;
	r->quorum = *quorum;
	r->rule = rule->title;
	r->rule_hash = (char *)rule->hash;
	r->parent = old->id != NULL ? old->id : (char *)"";
	r->created = clock_wall();
	if ((old->id != NULL ? extend_check_ttl : rules_check_ttl)(rule, r->ttl, err) == -1 ||
	    rules_check_reason(rule, q->reason, err) == -1)
		return -1;
	if (delivery_handed(q->delivery) && r->ttl > KEYS_MAX)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Keys that are handed out once live "
		    "at most an hour at AWS.  Ask for 1h or less, or use s3-sudo open.");
	return 0;
}

static int
enqueue(struct conn *c, struct request *r, const struct rule *rule, bool detach,
    struct s3jit_err *err)
{
	struct request_row row = { 0 };
	char id[REQUEST_ID], hex[DIGEST_HEX];
	struct asking a = { c, &row };
	struct live *l;

	request_names(id, hex, r);
	row.id = id;
	row.digest = hex;
	row.req = r;
	row.why = row.by = row.text = (char *)"";
	row.session = c->via->row.row;
	row.created = r->created;
	row.state = rule->automatic ? REQ_APPROVED : REQ_PENDING;
	row.approved = rule->automatic ? r->created : 0;
	row.lapses = r->created + (rule->automatic ? rule->claim_within : c->b->conf->lapse);
	row.needed = rules_missing(rule, &(struct list){ 0 }, c->b->resolver, r);
	/* first: what is on record and not attended would never lapse */
	if ((l = queue_attend(c->b, &row)) == NULL)
		return s3jit_fail_errno(err, "memory");
	if (in_transaction(c->b, insert, &a, err) == -1) {
		queue_live_free(c->b, l);
		return -1;
	}
	FAULT_POINT("asked");
	l->detached = detach;
	if (!detach)
		queue_watch(l, c);
	return answer_state(c, &row, err);
}

int
on_ask(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_ask *q = msg;
	struct scope scope = { 0 };
	struct strv texts = { 0 }, quorum = { 0 };
	struct request_row old = { 0 };
	struct request r = { 0 };
	const struct rule *rule;
	char nonce[33];
	int ret = -1;

	if (asker_known(c, err) == -1)
		goto out;
	if (c->via->row.row <= 0) {
		s3jit_fail(err, S3JIT_ERECORD,
		    "This login is not on record yet: is the disk full?  Try again.");
		goto out;
	}
	if (scope_parse(&scope, (const char *const *)q->scope.v, q->scope.n, false, err) == -1 ||
	    delivery_ok(q->delivery, err) == -1 || objects_ok(q, &scope, err) == -1 ||
	    queue_may_issue(c->b, err) == -1)
		goto out;
	if ((rule = rules_find(c->b->conf, peer_person(c), &scope, q->delivery, err)) == NULL) {
		audit_refused(c->b->audit, "not-allowed", c->peer.loginuid, err->text);
		goto out;
	}
	if (policy_fits(c->b->conf, rule, &scope, err) == -1)
		goto out;
	if (old_read(c, &old, rule, q->parent, err) == -1 ||
	    open_slot_free(c, q->delivery, &old, err) == -1 ||
	    scope_texts(&texts, &scope, err) == -1 ||
	    (old.id != NULL && extend_same(&old, &texts, q->delivery, rule, err) == -1) ||
	    rules_quorum_texts(&quorum, rule, err) == -1 ||
	    compose(&r, c, q, rule, &texts, &quorum, &old, nonce, err) == -1 ||
	    can_be_shown(&r, err) == -1 ||
	    (rule->reauth_requester && reauth_fresh(c, err) == -1) ||
	    room_for_more(c, err) == -1)
		goto out;
	ret = enqueue(c, &r, rule, q->detach, err);
out:
	codec_clear(&request_row_table, &old);
	free(r.origin);
	strv_clear(&texts);
	strv_clear(&quorum);
	scope_clear(&scope);
	return ret;
}

int
needs_ask(struct conn *c, const void *msg, uid_t **uids, size_t *n)
{
	if ((*uids = malloc(sizeof(**uids))) == NULL)
		return -1;
	(*uids)[0] = c->peer.ruid;
	*n = 1;
	return needs_everyone(c, msg, uids, n);
}
