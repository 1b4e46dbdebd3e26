/*
 * test_s3sign.c - what may be signed under a scope, and what never is (W13).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signer/s3sign.h"
#include "signer/sigv4.h"

#define SOME "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"
#define NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define NOW 1440938160

static struct config conf = {
	.aws = { .region = (char[]){ "eu-central-1" },
	    .s3_endpoint = (char[]){ "https://s3.eu-central-1.amazonaws.com" } },
};
static struct keys keys = { .access_key_id = (char[]){ "ASIAEXAMPLE" },
    .secret = (char[]){ "SECRETCANARY" }, .token = (char[]){ "TOKEN//token==" } };

static const char *const scope_text[] = {
	"put s3://bkt/in/", "get s3://bkt/in/", "delete s3://bkt/in/old.csv", "list s3://bkt/in/",
	"put s3://dot.ted/exact.csv", "list s3://whole/",
};

struct try {
	const char *method, *bucket, *key;
	const char *query[6];	/* name, value, ... */
	const char *headers[6];
	const char *sha256;	/* NULL: of an empty body */
	int64_t length;
};

static int
attempt(struct sq_signed *out, const struct try *t, struct s3jit_err *err)
{
	struct sq_sign ask = { .n = 7, .lease = (char[]){ "l" }, .method = (char *)(uintptr_t)t->method,
	    .bucket = (char *)(uintptr_t)t->bucket, .key = (char *)(uintptr_t)t->key,
	    .payload_sha256 = (char *)(uintptr_t)(t->sha256 == NULL ? NONE : t->sha256),
	    .length = t->length };
	struct scope scope;
	size_t i;
	int rc;

	assert_int_equal(scope_parse(&scope, scope_text, sizeof(scope_text) / sizeof(scope_text[0]),
	    false, err), 0);
	for (i = 0; i < 6 && t->query[i] != NULL; i += 2)
		pairs_add(&ask.query, t->query[i], t->query[i + 1]);
	for (i = 0; i < 6 && t->headers[i] != NULL; i += 2)
		pairs_add(&ask.headers, t->headers[i], t->headers[i + 1]);
	rc = s3sign(out, &conf, &scope, &keys, &ask, NOW, err);
	pairs_clear(&ask.query);
	pairs_clear(&ask.headers);
	scope_clear(&scope);
	return rc;
}

static const struct try signed_ones[] = {
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, NULL, 0 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "content-type", "text/csv", "content-length", "5",
	    "if-none-match", "*" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-content-sha256", SOME,
	    "x-amz-checksum-crc32c", "AAAAAA==" }, SOME, 5 },
	{ "PUT", "dot.ted", "exact.csv", { NULL }, { NULL }, SOME, 5 },
	{ "POST", "bkt", "in/a.csv", { "uploads", "" }, { NULL }, NULL, 0 },
	{ "PUT", "bkt", "in/a.csv", { "partNumber", "10000", "uploadId", "2~x-_.Y" }, { NULL }, SOME, 5 },
	{ "POST", "bkt", "in/a.csv", { "uploadId", "2~x" }, { NULL }, SOME, 5 },
	{ "POST", "bkt", "in/a.csv", { "uploadId", "2~x" }, { "x-amz-mp-object-size", "20971520" }, SOME, 5 },
	{ "DELETE", "bkt", "in/a.csv", { "uploadId", "2~x" }, { NULL }, NULL, 0 },
	{ "DELETE", "bkt", "in/old.csv", { NULL }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "in/a.csv", { NULL }, { "range", "bytes=0-9" }, NULL, 0 },
	{ "HEAD", "bkt", "in/a.csv", { NULL }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2", "prefix", "in/2026" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2", "prefix", "in/", "continuation-token", "1/x+=" },
	    { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2", "prefix", "in/", "continuation-token", "in/\303\274 b" },
	    { NULL }, NULL, 0 },
	{ "GET", "whole", "", { "list-type", "2", "prefix", "", "delimiter", "/" }, { NULL }, NULL, 0 },
	{ "PUT", "bkt", "in/b.csv", { NULL }, { "x-amz-copy-source", "/bkt/in/a%2Bb%20c.csv" }, NULL, 0 },
	{ "PUT", "bkt", "in/b.csv", { "partNumber", "1", "uploadId", "x" },
	    { "x-amz-copy-source", "bkt/in/a.csv", "x-amz-copy-source-range", "bytes=0-9" }, NULL, 0 },
};

static const struct try refused_ones[] = {
	/* outside the scope */
	{ "PUT", "bkt", "out/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in", { NULL }, { NULL }, SOME, 5 },
	{ "PUT", "other", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "PUT", "dot.ted", "exact.csv2", { NULL }, { NULL }, SOME, 5 },
	{ "GET", "dot.ted", "exact.csv", { NULL }, { NULL }, NULL, 0 },
	{ "DELETE", "bkt", "in/a.csv", { NULL }, { NULL }, NULL, 0 },
	{ "DELETE", "bkt", "in/old.csv2", { NULL }, { NULL }, NULL, 0 },
	{ "DELETE", "dot.ted", "other.csv", { "uploadId", "x" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2", "prefix", "i" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2", "prefix", "" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { NULL }, { NULL }, NULL, 0 },
	/* buckets that are none */
	{ "PUT", "*", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "PUT", "bkt/in", "a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "PUT", "bkt.s3.evil.example", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	/* other methods and queries */
	{ "PATCH", "bkt", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "put", "bkt", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "POST", "bkt", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "POST", "bkt", "", { "delete", "" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "acl", "" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "tagging", "" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "", { "policy", "" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "", { NULL }, { NULL }, NULL, 0 },
	{ "DELETE", "bkt", "", { NULL }, { NULL }, NULL, 0 },
	{ "DELETE", "bkt", "in/old.csv", { "versionId", "v" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "in/a.csv", { "versionId", "v" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "in/a.csv", { "acl", "" }, { NULL }, NULL, 0 },
	{ "PUT", "bkt", "in/a.csv", { "partNumber", "1" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "partNumber", "1", "uploadId", "x", "acl", "" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "uploadId", "x", "uploadId", "y", "partNumber", "1" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "partNumber", "0", "uploadId", "x" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "partNumber", "10001", "uploadId", "x" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "partNumber", "01", "uploadId", "x" }, { NULL }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { "partNumber", "1", "uploadId", "" }, { NULL }, SOME, 5 },
	{ "POST", "bkt", "in/a.csv", { "uploads", "x" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "1", "prefix", "in/" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2", "prefix", "in/", "continuation-token", "in/a\nb" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "list-type", "2", "prefix", "in/", "continuation-token", "" }, { NULL }, NULL, 0 },
	{ "GET", "bkt", "", { "versions", "", "prefix", "in/" }, { NULL }, NULL, 0 },
	/* headers */
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-acl", "public-read" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-mp-object-size", "5" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-grant-read", "id=1" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-tagging", "a=b" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-website-redirect-location", "/" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-object-lock-mode", "GOVERNANCE" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "host", "evil.example" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-security-token", "x" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "authorization", "x" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-date", "20130524T000000Z" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "Content-Type", "text/csv" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "content-type", "a\r\nx-amz-acl: public-read" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "content-type", "a", "content-type", "b" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "content-type", "a  b" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "content-type", "" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "range", "bytes=0-9" }, SOME, 5 },
	{ "DELETE", "bkt", "in/old.csv", { NULL }, { "x-amz-bypass-governance-retention", "true" }, NULL, 0 },
	/* bytes */
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, "UNSIGNED-PAYLOAD", 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, "", 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, NULL, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, SOME, 0 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { NULL }, SOME, -1 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "content-length", "6" }, SOME, 5 },
	{ "PUT", "bkt", "in/a.csv", { NULL }, { "x-amz-content-sha256", NONE }, SOME, 5 },
	{ "GET", "bkt", "in/a.csv", { NULL }, { NULL }, SOME, 5 },
	{ "POST", "bkt", "in/a.csv", { "uploads", "" }, { NULL }, SOME, 5 },
	/* copies from what may not be read */
	{ "PUT", "bkt", "in/b.csv", { NULL }, { "x-amz-copy-source", "/bkt/out/a.csv" }, NULL, 0 },
	{ "PUT", "bkt", "in/b.csv", { NULL }, { "x-amz-copy-source", "/bkt/in%2F..%2Fa" "?versionId=1" }, NULL, 0 },
	{ "PUT", "bkt", "in/b.csv", { NULL }, { "x-amz-copy-source", "/bkt/in/a+b" }, NULL, 0 },
	{ "PUT", "bkt", "in/b.csv", { NULL }, { "x-amz-copy-source", "/bkt/in/a%00" }, NULL, 0 },
	{ "PUT", "bkt", "in/b.csv", { NULL }, { "x-amz-copy-source", "/bkt" }, NULL, 0 },
	{ "PUT", "bkt", "in/b.csv", { NULL }, { "x-amz-copy-source", "/bkt/in/a.csv" }, SOME, 5 },
	{ "PUT", "bkt", "in/b.csv", { NULL },
	  { "x-amz-copy-source", "arn:aws:s3:eu-central-1:1:accesspoint/p/object/in/a" }, NULL, 0 },
	{ "POST", "bkt", "in/b.csv", { "uploads", "" }, { "x-amz-copy-source", "/bkt/in/a.csv" }, NULL, 0 },
};

static void
W13_signs_what_was_approved(void **state)
{
	struct sq_signed out;
	struct s3jit_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(signed_ones) / sizeof(signed_ones[0]); i++) {
		if (attempt(&out, &signed_ones[i], &err) == -1) {
			print_error("%zu: %s\n", i, err.text);
			fail();
		}
		assert_int_equal(out.n, 7);
		assert_non_null(pairs_get(&out.headers, "authorization"));
		assert_string_equal(pairs_get(&out.headers, "x-amz-security-token"), keys.token);
		assert_non_null(pairs_get(&out.headers, "x-amz-content-sha256"));
		codec_clear(&sq_signed_table, &out);
	}
}

static void
W13_refuses_everything_else(void **state)
{
	struct sq_signed out;
	struct s3jit_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused_ones) / sizeof(refused_ones[0]); i++) {
		memset(&err, 0, sizeof(err));
		if (attempt(&out, &refused_ones[i], &err) == 0) {
			print_error("%zu was signed: %s %s\n", i, refused_ones[i].method, out.url);
			fail();
		}
		assert_null(out.url);
		assert_string_not_equal(err.text, "");
	}
}

/* Each header that is to be sent is one that was signed. */
static void
W13_all_headers_are_signed(void **state)
{
	static const struct try t = { "PUT", "bkt", "in/a b.csv", { NULL },
	    { "content-type", "text/csv", "if-none-match", "*" }, SOME, 5 };
	static const char all[] = "SignedHeaders=content-type;host;if-none-match;"
	    "x-amz-content-sha256;x-amz-date;x-amz-security-token, ";
	const struct name_value *h;
	struct sq_signed out;
	struct s3jit_err err;
	const char *list;
	size_t i;

	(void)state;
	assert_int_equal(attempt(&out, &t, &err), 0);
	list = strstr(pairs_get(&out.headers, "authorization"), "SignedHeaders=");
	assert_int_equal(strncmp(list, all, strlen(all)), 0);
	for (i = 0, h = out.headers.v; i < out.headers.n; i++) {
		if (strcmp(h[i].name, "authorization") != 0)
			assert_non_null(strstr(all, h[i].name));
	}
	assert_int_equal(out.headers.n, 7);
	assert_string_equal(pairs_get(&out.headers, "host"), "bkt.s3.eu-central-1.amazonaws.com");
	assert_string_equal(out.url, "https://bkt.s3.eu-central-1.amazonaws.com/in/a%20b.csv");
	codec_clear(&sq_signed_table, &out);
}

static void
urls(void **state)
{
	static const struct try dotted = { "PUT", "dot.ted", "exact.csv", { NULL }, { NULL }, SOME, 5 };
	static const struct try part = { "PUT", "bkt", "in/x", { "uploadId", "2~/+", "partNumber", "2" },
	    { NULL }, SOME, 5 };
	static const struct try list = { "GET", "whole", "", { "list-type", "2", "prefix", "" },
	    { NULL }, NULL, 0 };
	static char local[] = "https://localhost:17443";
	struct sq_signed out;
	struct s3jit_err err;

	(void)state;
	assert_int_equal(attempt(&out, &dotted, &err), 0);
	assert_string_equal(out.url, "https://s3.eu-central-1.amazonaws.com/dot.ted/exact.csv");
	codec_clear(&sq_signed_table, &out);
	assert_int_equal(attempt(&out, &part, &err), 0);
	assert_string_equal(out.url, "https://bkt.s3.eu-central-1.amazonaws.com/in/x?"
	    "partNumber=2&uploadId=2~%2F%2B");
	codec_clear(&sq_signed_table, &out);
	assert_int_equal(attempt(&out, &list, &err), 0);
	assert_string_equal(out.url, "https://whole.s3.eu-central-1.amazonaws.com/?list-type=2&prefix=");
	codec_clear(&sq_signed_table, &out);

	conf.aws.path_style = true;
	conf.aws.s3_endpoint = local;
	assert_int_equal(attempt(&out, &list, &err), 0);
	assert_string_equal(out.url, "https://localhost:17443/whole/?list-type=2&prefix=");
	assert_string_equal(pairs_get(&out.headers, "host"), "localhost:17443");
	codec_clear(&sq_signed_table, &out);
}

/* The secret key itself is in nothing that leaves (C2). */
static void
C2_no_secret_key_in_the_answer(void **state)
{
	const struct name_value *h;
	struct sq_signed out;
	struct s3jit_err err;
	size_t i;

	(void)state;
	assert_int_equal(attempt(&out, &signed_ones[0], &err), 0);
	assert_null(strstr(out.url, keys.secret));
	for (i = 0, h = out.headers.v; i < out.headers.n; i++)
		assert_null(strstr(h[i].value, keys.secret));
	codec_clear(&sq_signed_table, &out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(W13_signs_what_was_approved),
		cmocka_unit_test(W13_refuses_everything_else),
		cmocka_unit_test(W13_all_headers_are_signed),
		cmocka_unit_test(C2_no_secret_key_in_the_answer),
		cmocka_unit_test(urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
