/*
 * sign.c - one signature for one approved S3 request.  Runs in s3jitd.
 *
 * The broker checks the request against the grant: its objects, the SHA-256
 * and length of each part, its deadline (W13).  It records it; then the signer
 * checks it against the lease's scope and signs.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"
#include "s3jit/hex.h"
#include "s3jit/multipart.h"
#include "s3jit/pairs.h"

#include "handlers.h"

/* At most 8 requests at once (W13). */
#define SLOTS 8
/*
 * Each signature is a record, and nobody fills the disk with them (B8): enough
 * to try every request ten times.  Who reads a folder may read many objects.
 */
#define TRIES		10
#define SPARE		100
#define READS_MAX	1000000

static const char *
query_value(const struct msg_sign *q, const char *name)
{
	return pairs_get(&q->query, name);
}

static bool
no_body(const struct msg_sign *q)
{
	return q->length == 0 && strcmp(q->payload_sha256, HEX_SHA256_EMPTY) == 0;
}

/* Is this exactly part `i` (0 = first) of the object, bytes and length? */
static int
part_ok(const struct object *o, const struct msg_sign *q, int64_t i, struct s3jit_err *err)
{
	int64_t length;

	if (i < 0 || i >= (int64_t)o->parts.n)
		return s3jit_fail(err, S3JIT_ECHANGED, "%s has no part %lld", o->name,
		    (long long)i + 1);
	length = i + 1 < (int64_t)o->parts.n ? o->part_size : o->size - i * o->part_size;
	if (q->length != length || strcmp(q->payload_sha256, o->parts.v[i]) != 0)
		return s3jit_fail(err, S3JIT_ECHANGED,
		    "%s is not what was approved: its bytes have changed", o->name);
	return 0;
}

static int64_t
part_number(const char *text)
{
	if (text[0] < '1' || text[0] > '9' || strlen(text) > 5 ||
	    strspn(text, "0123456789") != strlen(text))
		return -1;
	return atoll(text);
}

static bool
header_is(const struct msg_sign *q, const char *name, const char *value)
{
	const char *there = pairs_get(&q->headers, name);

	return there != NULL && strcmp(there, value) == 0;
}

/* A part whose bytes S3 also keeps the hash of, for the request that completes it. */
static int
multipart_part_ok(const struct object *o, const struct msg_sign *q, int64_t i,
    struct s3jit_err *err)
{
	char checksum[MULTIPART_CHECKSUM];

	if (part_ok(o, q, i, err) == -1)
		return -1;
	if (multipart_checksum(checksum, o->parts.v[i]) == 0 &&
	    header_is(q, "x-amz-checksum-sha256", checksum))
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "part %lld without its x-amz-checksum-sha256 was "
	    "not approved", (long long)i + 1);
}

/*
 * Exactly the approved parts make the object, whatever upload they are in: S3
 * is told their hashes and, where it keeps none, how many bytes there must be.
 */
static bool
all_parts(const struct object *o, const struct msg_sign *q)
{
	char all[24];

	snprintf(all, sizeof(all), "%lld", (long long)o->size);
	return header_is(q, "x-amz-mp-object-size", all) &&
	    multipart_complete_is(&o->parts, &q->etags, q->payload_sha256, q->length);
}

/* A put of one object: a single PUT, or the four requests of a multipart upload. */
static int
put_ok(const struct object *o, const struct msg_sign *q, struct s3jit_err *err)
{
	const char *part = query_value(q, "partNumber"), *upload = query_value(q, "uploadId");
	const char *begin = query_value(q, "uploads");
	bool multipart = o->parts.n > 1;

	if (strcmp(q->method, "PUT") == 0 && q->query.n == 0 && !multipart)
		return part_ok(o, q, 0, err);
	if (multipart && strcmp(q->method, "PUT") == 0 && q->query.n == 2 && part != NULL &&
	    upload != NULL)
		return multipart_part_ok(o, q, part_number(part) - 1, err);
	if (multipart && strcmp(q->method, "POST") == 0 && q->query.n == 1 && begin != NULL &&
	    begin[0] == '\0' && no_body(q) &&
	    header_is(q, "x-amz-checksum-algorithm", MULTIPART_ALGORITHM))
		return 0;
	if (multipart && strcmp(q->method, "POST") == 0 && q->query.n == 1 && upload != NULL &&
	    all_parts(o, q))
		return 0;
	if (multipart && strcmp(q->method, "DELETE") == 0 && q->query.n == 1 && upload != NULL &&
	    no_body(q))
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s s3://%s/%s in this form was not approved",
	    q->method, q->bucket, q->key);
}

static int
object_request_ok(const struct object *o, const struct msg_sign *q, struct s3jit_err *err)
{
	/* a copy has its bytes from elsewhere; what was approved are bytes */
	if (pairs_get(&q->headers, "x-amz-copy-source") != NULL)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "a copy to s3://%s/%s was not approved",
		    q->bucket, q->key);
	if (strcmp(o->verb, "put") == 0)
		return put_ok(o, q, err);
	if (strcmp(o->verb, "delete") == 0 && strcmp(q->method, "DELETE") == 0 &&
	    q->query.n == 0 && no_body(q))
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s s3://%s/%s was not approved", q->method,
	    q->bucket, q->key);
}

static bool
read_allowed(const struct request *r, enum verb verb, const char *bucket, const char *key)
{
	struct scope scope = { 0 };
	bool yes = false;
	size_t i;

	if (scope_parse(&scope, (const char *const *)r->scope.v, r->scope.n, false, NULL) == -1)
		return false;
	for (i = 0; i < scope.n; i++)
		yes = yes || permission_allows(&scope.v[i], verb, bucket, key);
	scope_clear(&scope);
	return yes;
}

/* Reads name no bytes: the scope alone decides. */
static int
read_ok(const struct request *r, const struct msg_sign *q, struct s3jit_err *err)
{
	bool get = strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0;
	const char *prefix = query_value(q, "prefix");

	if (get && no_body(q) && q->key[0] != '\0' && q->query.n == 0 &&
	    read_allowed(r, VERB_GET, q->bucket, q->key))
		return 0;
	if (get && no_body(q) && q->key[0] == '\0' && query_value(q, "list-type") != NULL &&
	    read_allowed(r, VERB_LIST, q->bucket, prefix != NULL ? prefix : ""))
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s s3://%s/%s was not approved", q->method,
	    q->bucket, q->key);
}

static int
request_ok(const struct request *r, const struct msg_sign *q, struct s3jit_err *err)
{
	const struct object *o = r->objects.v;
	size_t i;

	if (q->slot < 0 || q->slot >= SLOTS)
		return s3jit_fail(err, S3JIT_EUSAGE, "slots are 0 to %d", SLOTS - 1);
	for (i = 0; i < r->objects.n; i++)
		if (strcmp(o[i].bucket, q->bucket) == 0 && strcmp(o[i].key, q->key) == 0)
			return object_request_ok(&o[i], q, err);
	return read_ok(r, q, err);
}

static int64_t
signatures_max(const struct request *r)
{
	const struct object *o = r->objects.v;
	int64_t n = SPARE;
	size_t i;

	if (r->objects.n == 0)
		return READS_MAX;
	/* begin, complete and abort an upload, and its parts */
	for (i = 0; i < r->objects.n; i++)
		n += TRIES * ((int64_t)o[i].parts.n + 3);
	return n;
}

/* --- asynchronous: lease, then signature -------------------------------------- */

struct signing {
	struct broker *b;
	uint64_t conn;
	char id[REQUEST_ID];
	struct msg_sign q;
	bool again;		/* the signer had forgotten the lease once */
};

static void
signing_free(struct signing *s)
{
	codec_clear(&sign_table, &s->q);
	free(s);
}

/* Whether we refuse or, for what we do not look at, the signer: it is on record. */
static void
refused_note(struct broker *b, const struct conn *c, const char *id, const struct msg_sign *q,
    const struct s3jit_err *why)
{
	char text[S3JIT_ERR_TEXT + 64];

	snprintf(text, sizeof(text), "%.8s: %.16s: %s", id, q->method, why->text);
	audit_refused(b->audit, "sign-refused", c != NULL ? (int64_t)c->peer.loginuid : -1, text);
}

static void
sign_fails(struct signing *s, const struct s3jit_err *why)
{
	struct conn *c = conn_by_serial(s->b, s->conn);

	if (c != NULL)
		conn_error(c, why, "");
	signing_free(s);
}

static void lease_came(void *, const char *, const struct s3jit_err *);

static void
signed_came(void *arg, const void *answer, const struct s3jit_err *why)
{
	struct signing *s = arg;
	struct live *l = queue_find_live(s->b, s->id);
	struct conn *c = conn_by_serial(s->b, s->conn);
	const struct sq_signed *got = answer;
	struct msg_signed a = { 0 };
	struct s3jit_err err = { 0 };

	if (l == NULL || l->holder == NULL) {	/* revoked meanwhile: the answer is thrown away */
		s3jit_fail(&err, S3JIT_EENDED, "This grant has ended.");
		sign_fails(s, &err);
	} else if (got == NULL && why->code == S3JIT_ENOTFOUND && !s->again) {
		s->again = true;	/* the signer restarted: its leases are gone */
		lease_forget(l->holder);
		lease_need(s->b, l->holder, lease_came, s);
	} else if (got == NULL) {
		if (why->code == S3JIT_ENOTALLOWED)
			refused_note(s->b, c, s->id, &s->q, why);
		sign_fails(s, why);
	} else {
		a.slot = s->q.slot;
		a.url = got->url;
		a.headers = got->headers;
		FAULT_POINT("signed");
		if (c != NULL)
			conn_answer(c, &signed_table, &a);
		signing_free(s);
	}
}

static void
lease_came(void *arg, const char *lease, const struct s3jit_err *why)
{
	struct signing *s = arg;
	struct sq_sign q = { 0 };

	if (lease == NULL) {
		sign_fails(s, why);
		return;
	}
	q.lease = (char *)lease;
	q.method = s->q.method;
	q.bucket = s->q.bucket;
	q.key = s->q.key;
	q.query = s->q.query;
	q.headers = s->q.headers;
	q.payload_sha256 = s->q.payload_sha256;
	q.length = s->q.length;
	signer_ask(s->b->signer, &sq_sign_table, &q, &sq_signed_table, signed_came, s);
}

static int
record_sign(struct broker *b, const struct request_row *row, const struct msg_sign *q,
    struct s3jit_err *err)
{
	char *what;
	int ret;

	if (asprintf(&what, "%s s3://%s/%s", q->method, q->bucket, q->key) == -1)
		return s3jit_fail_errno(err, "memory");
	ret = audit_add(b->audit, err, "sign", row->id, what, "person", row->req->person,
	    "payload_sha256", q->payload_sha256, "#length", q->length,
	    "part", query_value(q, "partNumber"), NULL);
	free(what);
	return ret;
}

int
on_sign(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_sign *q = msg;
	struct request_row row;
	struct signing *s = NULL;
	struct live *l;
	int ret = -1;

	if (grant_read(c, &row, q->id, err) == -1)
		return -1;
	if (strcmp(row.req->delivery, DELIVERY_SIGNED) != 0) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "Its keys were handed out; nothing is signed.");
		goto out;
	}
	if (request_ok(row.req, q, err) == -1) {
		refused_note(c->b, c, row.id, q, err);
		goto out;
	}
	if ((l = queue_attend(c->b, &row)) == NULL || (s = calloc(1, sizeof(*s))) == NULL) {
		s3jit_fail_errno(err, "memory");
		goto out;
	}
	if (l->signatures >= signatures_max(row.req)) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "This has asked for far more signatures than "
		    "it needs, so it gets no more.  Ask again.");
		refused_note(c->b, c, row.id, q, err);
		goto out;
	}
	if (grant_holder(c->b, l, &row, err) == -1 ||
	    codec_copy(&sign_table, &s->q, q, err) == -1 ||
	    record_sign(c->b, &row, q, err) == -1)
		goto out;
	FAULT_POINT("sign-recorded");
	l->signatures++;
	s->b = c->b;
	s->conn = c->serial;
	snprintf(s->id, sizeof(s->id), "%s", row.id);
	lease_need(c->b, l->holder, lease_came, s);
	s = NULL;
	ret = 0;
out:
	if (s != NULL)
		signing_free(s);
	codec_clear(&request_row_table, &row);
	return ret;
}
