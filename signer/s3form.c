/*
 * s3form.c - may this S3 request be signed under this scope?
 *
 * Runs in s3jit-signer.  Pure.  A closed list: a request is one of the forms
 * below, its headers are of those named below, or there is no signature.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"
#include "s3jit/s3uri.h"

#include "s3form.h"
#include "sigv4.h"

#define QUERY_NAMES 6
#define VALUE_MAX 1024		/* of a header */
#define TOKEN_MAX 4096		/* of a query value: S3's own tokens are long */

/* Bits of the forms, for the table of headers. */
#define PUT_ONE		0x01
#define PUT_PART	0x02
#define PUT_BEGIN	0x04
#define PUT_FINISH	0x08
#define READ		0x10
#define OTHER		0x20
#define ALL		0x3f

static int	check_number(const char *, struct s3jit_err *);
static int	check_token(const char *, struct s3jit_err *);
static int	check_empty(const char *, struct s3jit_err *);
static int	check_two(const char *, struct s3jit_err *);
static int	check_prefix(const char *, struct s3jit_err *);
static int	check_page(const char *, struct s3jit_err *);

struct parameter {
	const char *name;
	bool needed;
	int (*check)(const char *, struct s3jit_err *);
};

static const struct form {
	const char *method;
	enum verb verb;
	unsigned bit;
	bool body, bucket;	/* has a body; is about the bucket, with no key */
	struct parameter query[QUERY_NAMES];
} forms[] = {
	{ "PUT",	VERB_PUT,	PUT_ONE,	true,	false,	{ { NULL } } },
	{ "PUT",	VERB_PUT,	PUT_PART,	true,	false,	{
	  { "partNumber", true, check_number }, { "uploadId", true, check_token } } },
	{ "POST",	VERB_PUT,	PUT_BEGIN,	false,	false,	{
	  { "uploads", true, check_empty } } },
	{ "POST",	VERB_PUT,	PUT_FINISH,	true,	false,	{
	  { "uploadId", true, check_token } } },
	/* who may put may take back what was not finished */
	{ "DELETE",	VERB_PUT,	OTHER,		false,	false,	{
	  { "uploadId", true, check_token } } },
	{ "DELETE",	VERB_DELETE,	OTHER,		false,	false,	{ { NULL } } },
	{ "GET",	VERB_GET,	READ,		false,	false,	{ { NULL } } },
	{ "HEAD",	VERB_GET,	READ,		false,	false,	{ { NULL } } },
	{ "GET",	VERB_LIST,	OTHER,		false,	true,	{
	  { "list-type", true, check_two }, { "prefix", true, check_prefix },
	  { "delimiter", false, check_token }, { "continuation-token", false, check_page },
	  { "max-keys", false, check_number }, { "encoding-type", false, check_token } } },
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* Never ACLs, tags, encryption, metadata, website redirects, or what S3 adds next year. */
static const struct {
	const char *name;
	unsigned forms;
} allowed_headers[] = {
	{ "content-length",		PUT_ONE | PUT_PART | PUT_FINISH },
	{ "content-md5",		PUT_ONE | PUT_PART | PUT_FINISH },
	{ "content-type",		PUT_ONE | PUT_BEGIN | PUT_FINISH },
	{ "if-match",			PUT_ONE | PUT_FINISH | READ },
	{ "if-none-match",		PUT_ONE | PUT_FINISH | READ },
	{ "range",			READ },
	{ "x-amz-checksum-algorithm",	PUT_BEGIN },
	{ "x-amz-checksum-crc32",	PUT_ONE | PUT_PART | PUT_FINISH },
	{ "x-amz-checksum-crc32c",	PUT_ONE | PUT_PART | PUT_FINISH },
	{ "x-amz-checksum-crc64nvme",	PUT_ONE | PUT_PART | PUT_FINISH },
	{ "x-amz-checksum-sha1",	PUT_ONE | PUT_PART | PUT_FINISH },
	{ "x-amz-checksum-sha256",	PUT_ONE | PUT_PART | PUT_FINISH },
	{ "x-amz-checksum-type",	PUT_BEGIN | PUT_FINISH },
	{ "x-amz-content-sha256",	ALL },
	{ "x-amz-copy-source",		PUT_ONE | PUT_PART },
	{ "x-amz-copy-source-if-match",	PUT_ONE | PUT_PART },
	{ "x-amz-copy-source-range",	PUT_PART },
	{ "x-amz-mp-object-size",	PUT_FINISH },
};
#define HEADERS (sizeof(allowed_headers) / sizeof(allowed_headers[0]))

/* --- the query ------------------------------------------------------------- */

static int
check_number(const char *value, struct s3jit_err *err)
{
	size_t n = strlen(value);

	if (n >= 1 && n <= 5 && value[0] != '0' && strspn(value, "0123456789") == n &&
	    strtol(value, NULL, 10) <= 10000)
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "expected 1 to 10000");
}

static int
check_token(const char *value, struct s3jit_err *err)
{
	if (escape_is_word(value) && strlen(value) <= TOKEN_MAX)
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "expected printable ASCII");
}

static int
check_empty(const char *value, struct s3jit_err *err)
{
	return *value == '\0' ? 0 : s3jit_fail(err, S3JIT_ENOTALLOWED, "takes no value");
}

static int
check_two(const char *value, struct s3jit_err *err)
{
	return strcmp(value, "2") == 0 ? 0 : s3jit_fail(err, S3JIT_ENOTALLOWED, "expected 2");
}

/* Judged against the scope; here only its characters. */
static int
check_prefix(const char *value, struct s3jit_err *err)
{
	return *value == '\0' ? 0 : s3uri_key_ok(value, err);
}

/* AWS's tokens are of any length; RGW's is the key that it has come to. */
static int
check_page(const char *value, struct s3jit_err *err)
{
	return check_token(value, NULL) == 0 ? 0 : s3uri_key_ok(value, err);
}

static const struct parameter *
find_parameter(const struct form *f, const char *name)
{
	size_t i;

	for (i = 0; i < QUERY_NAMES && f->query[i].name != NULL; i++)
		if (strcmp(f->query[i].name, name) == 0)
			return &f->query[i];
	return NULL;
}

/* Has the query this form's names: all needed ones, no other, none twice? */
static bool
form_fits(const struct form *f, const struct sq_sign *ask)
{
	const struct name_value *nv = ask->query.v;
	size_t i;

	if (strcmp(f->method, ask->method) != 0 || f->bucket != (*ask->key == '\0'))
		return false;
	for (i = 0; i < ask->query.n; i++)
		if (find_parameter(f, nv[i].name) == NULL ||
		    pairs_get(&ask->query, nv[i].name) != nv[i].value)
			return false;
	for (i = 0; i < QUERY_NAMES && f->query[i].name != NULL; i++)
		if (f->query[i].needed && pairs_get(&ask->query, f->query[i].name) == NULL)
			return false;
	return true;
}

static const struct form *
find_form(const struct sq_sign *ask, struct s3jit_err *err)
{
	const struct name_value *nv = ask->query.v;
	const struct form *f;
	size_t i;

	for (f = forms; f < forms + FORMS && !form_fits(f, ask); f++)
		;
	if (f == forms + FORMS) {
		s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "not a request that is ever signed here: %.16s with these query parameters",
		    ask->method);
		return NULL;
	}
	for (i = 0; i < ask->query.n; i++)
		if (find_parameter(f, nv[i].name)->check(nv[i].value, err) == -1) {
			s3jit_fail_prefix(err, "query parameter %s", nv[i].name);
			return NULL;
		}
	return f;
}

/* --- the scope ------------------------------------------------------------- */

static bool
scope_allows(const struct scope *scope, enum verb verb, const char *bucket, const char *key)
{
	size_t i;

	for (i = 0; i < scope->n; i++)
		if (permission_allows(&scope->v[i], verb, bucket, key))
			return true;
	return false;
}

static int
outside(enum verb verb, const char *bucket, const char *key, struct s3jit_err *err)
{
	char *shown = escape_cut(key, 300);

	s3jit_fail(err, S3JIT_ENOTALLOWED, "%s s3://%s/%s is not part of what was approved",
	    verb_name(verb), bucket, shown == NULL ? "..." : shown);
	free(shown);
	return -1;
}

static int
check_scope(const struct scope *scope, const struct form *f, const struct sq_sign *ask,
    struct s3jit_err *err)
{
	const char *key = f->bucket ? pairs_get(&ask->query, "prefix") : ask->key;

	if (s3uri_bucket_ok(ask->bucket, err) == -1)
		return -1;
	if (!f->bucket && s3uri_key_ok(ask->key, err) == -1)
		return -1;
	if (scope_allows(scope, f->verb, ask->bucket, key))
		return 0;
	return outside(f->verb, ask->bucket, key, err);
}

/* %XX, in place; -1 for a broken one or a NUL. */
static int
decode(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++, to++) {
		*to = *s;
		if (*s != '%')
			continue;
		if (hex_digit(s[1]) == -1 || hex_digit(s[2]) == -1)
			return -1;
		*to = (char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
		if (*to == '\0')
			return -1;
		s += 2;
	}
	*to = '\0';
	return 0;
}

/* "/bucket/key", encoded: must be readable under the same lease; no versions. */
static int
check_copy_source(const struct scope *scope, const char *value, struct s3jit_err *err)
{
	char *copy = strdup(value[0] == '/' ? value + 1 : value), *key;
	int ret = -1;

	if (copy == NULL)
		return s3jit_fail_errno(err, "x-amz-copy-source");
	/* "?" and "+" of a key come encoded; S3 would read them otherwise */
	if (strpbrk(copy, "?+") != NULL || decode(copy) == -1 || (key = strchr(copy, '/')) == NULL)
		s3jit_fail(err, S3JIT_ENOTALLOWED, "x-amz-copy-source: expected /BUCKET/KEY");
	else if (*key++ = '\0', s3uri_bucket_ok(copy, err) == 0 && s3uri_key_ok(key, err) == 0)
		ret = scope_allows(scope, VERB_GET, copy, key) ? 0 :
		    outside(VERB_GET, copy, key, err);
	free(copy);
	return ret;
}

/* --- headers and body ------------------------------------------------------ */

/* What a client sends must be what was signed: no blanks that could be folded. */
static bool
header_value_ok(const char *value)
{
	const char *p;

	if (*value == '\0' || *value == ' ' || strlen(value) > VALUE_MAX)
		return false;
	for (p = value; *p != '\0'; p++)
		if (*p < ' ' || *p >= 0x7f || (*p == ' ' && (p[1] == ' ' || p[1] == '\0')))
			return false;
	return true;
}

static int
check_header(const struct form *f, const struct sq_sign *ask, const struct name_value *h,
    struct s3jit_err *err)
{
	char length[24];
	size_t i;

	for (i = 0; i < HEADERS && strcmp(allowed_headers[i].name, h->name) != 0; i++)
		;
	if (i == HEADERS || !(allowed_headers[i].forms & f->bit))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "header %.64s is not signed for this request",
		    h->name);
	if (!header_value_ok(h->value) || pairs_get(&ask->headers, h->name) != h->value)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "header %s: twice, or not one clean line",
		    h->name);
	snprintf(length, sizeof(length), "%lld", (long long)ask->length);
	if ((strcmp(h->name, "content-length") == 0 && strcmp(h->value, length) != 0) ||
	    (strcmp(h->name, "x-amz-content-sha256") == 0 &&
	    strcmp(h->value, ask->payload_sha256) != 0))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "header %s contradicts the request", h->name);
	return 0;
}

static int
check_headers(const struct scope *scope, const struct form *f, const struct sq_sign *ask,
    struct s3jit_err *err)
{
	const struct name_value *h = ask->headers.v;
	const char *source;
	size_t i;

	for (i = 0; i < ask->headers.n; i++)
		if (check_header(f, ask, &h[i], err) == -1)
			return -1;
	source = pairs_get(&ask->headers, "x-amz-copy-source");
	if (source != NULL && (ask->length != 0 || strcmp(ask->payload_sha256, HEX_SHA256_EMPTY) != 0))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "a copy has no body");
	return source == NULL ? 0 : check_copy_source(scope, source, err);
}

static int
check_body(const struct form *f, const struct sq_sign *ask, struct s3jit_err *err)
{
	bool empty = strcmp(ask->payload_sha256, HEX_SHA256_EMPTY) == 0;

	/* "UNSIGNED-PAYLOAD" would let other bytes through */
	if (!hex_is_sha256(ask->payload_sha256))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the body's SHA-256 is missing");
	if (ask->length < 0 || (ask->length == 0) != empty)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "length and SHA-256 of the body disagree");
	if (!f->body && !empty)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "this request has no body");
	return 0;
}

int
s3form_check(const struct scope *scope, const struct sq_sign *ask, struct s3jit_err *err)
{
	const struct form *f = find_form(ask, err);

	if (f == NULL || check_scope(scope, f, ask, err) == -1 || check_body(f, ask, err) == -1)
		return -1;
	return check_headers(scope, f, ask, err);
}
