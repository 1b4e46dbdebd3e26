/*
 * test_sigv4.c - Signature Version 4 against the examples that AWS published
 * (the signature test suite, the S3 API reference, the IAM guide).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signer/sigv4.h"

#define SUITE_NOW 1440938160	/* 20150830T123600Z */
#define S3_NOW 1369353600	/* 20130524T000000Z */
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define BODY "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"	/* Param1=value1 */
#define WELCOME "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

enum set { SUITE, S3, IAM };
static const struct {
	const char *id, *secret, *region, *service, *host, *date;
	int64_t now;
} sets[] = {
	[SUITE] = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1",
	    "service", "example.amazonaws.com", "20150830T123600Z", SUITE_NOW },
	[S3] = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1",
	    "s3", "examplebucket.s3.amazonaws.com", "20130524T000000Z", S3_NOW },
	[IAM] = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1",
	    "iam", "iam.amazonaws.com", "20150830T123600Z", SUITE_NOW },
};

struct pair { const char *name, *value; };
static const struct vector {
	const char *name;
	enum set set;
	const char *method, *path;
	struct pair query[3], headers[4];	/* besides host and x-amz-date */
	const char *sha256, *signature;
} vectors[] = {
	{ "get-vanilla", SUITE, "GET", "/", { { NULL } }, { { NULL } }, EMPTY,
	  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "get-vanilla-query-order-key-case", SUITE, "GET", "/",
	  { { "Param2", "value2" }, { "Param1", "value1" } }, { { NULL } }, EMPTY,
	  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
	{ "get-header-value-trim", SUITE, "GET", "/", { { NULL } },
	  { { "my-header1", " value1" }, { "my-header2", " \"a   b   c\"" } }, EMPTY,
	  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
	{ "get-utf8", SUITE, "GET", "/\xe1\x88\xb4", { { NULL } }, { { NULL } }, EMPTY,
	  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
	{ "get-space", SUITE, "GET", "/example space/", { { NULL } }, { { NULL } }, EMPTY,
	  "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
	{ "post-x-www-form-urlencoded", SUITE, "POST", "/", { { NULL } },
	  { { "content-type", "application/x-www-form-urlencoded" } }, BODY,
	  "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
	{ "IAM ListUsers", IAM, "GET", "/",
	  { { "Version", "2010-05-08" }, { "Action", "ListUsers" } },
	  { { "content-type", "application/x-www-form-urlencoded; charset=utf-8" } }, EMPTY,
	  "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7" },
	{ "S3 GET object", S3, "GET", "/test.txt", { { NULL } },
	  { { "x-amz-content-sha256", EMPTY }, { "range", "bytes=0-9" } }, EMPTY,
	  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
	{ "S3 PUT object", S3, "PUT", "/test$file.text", { { NULL } },
	  { { "x-amz-storage-class", "REDUCED_REDUNDANCY" }, { "x-amz-content-sha256", WELCOME },
	    { "date", "Fri, 24 May 2013 00:00:00 GMT" } }, WELCOME,
	  "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
	{ "S3 GET ?lifecycle", S3, "GET", "/", { { "lifecycle", "" } },
	  { { "x-amz-content-sha256", EMPTY } }, EMPTY,
	  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
	{ "S3 list objects", S3, "GET", "/", { { "prefix", "J" }, { "max-keys", "2" } },
	  { { "x-amz-content-sha256", EMPTY } }, EMPTY,
	  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static void
fill(struct sigv4_in *in, struct list *query, struct list *headers, const struct vector *v)
{
	size_t i;

	memset(query, 0, sizeof(*query));
	memset(headers, 0, sizeof(*headers));
	for (i = 0; i < 3 && v->query[i].name != NULL; i++)
		assert_int_equal(pairs_add(query, v->query[i].name, v->query[i].value), 0);
	assert_int_equal(pairs_add(headers, "x-amz-date", sets[v->set].date), 0);
	for (i = 0; i < 4 && v->headers[i].name != NULL; i++)
		assert_int_equal(pairs_add(headers, v->headers[i].name, v->headers[i].value), 0);
	assert_int_equal(pairs_add(headers, "host", sets[v->set].host), 0);
	*in = (struct sigv4_in){ .method = v->method, .path = v->path, .query = query,
	    .headers = headers, .payload_sha256 = v->sha256, .region = sets[v->set].region,
	    .service = sets[v->set].service, .now = sets[v->set].now };
}

static void
published_vectors(void **state)
{
	struct list query, headers;
	struct sigv4_in in;
	const char *got;
	char *line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		fill(&in, &query, &headers, &vectors[i]);
		line = sigv4_authorization(&in, sets[vectors[i].set].id, sets[vectors[i].set].secret);
		assert_non_null(line);
		got = strstr(line, "Signature=");
		assert_non_null(got);
		if (strcmp(got + strlen("Signature="), vectors[i].signature) != 0) {
			print_error("%s: %s\n", vectors[i].name, line);
			fail();
		}
		free(line);
		pairs_clear(&query);
		pairs_clear(&headers);
	}
}

/* The steps of one vector as the S3 API reference prints them. */
static void
the_steps_of_get_object(void **state)
{
	struct list query, headers;
	struct sigv4_in in;
	char *text;

	(void)state;
	fill(&in, &query, &headers, &vectors[7]);
	text = sigv4_canonical(&in);
	assert_string_equal(text, "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\n"
	    "range:bytes=0-9\nx-amz-content-sha256:" EMPTY "\nx-amz-date:20130524T000000Z\n\n"
	    "host;range;x-amz-content-sha256;x-amz-date\n" EMPTY);
	free(text);
	text = sigv4_string_to_sign(&in);
	assert_string_equal(text, "AWS4-HMAC-SHA256\n20130524T000000Z\n"
	    "20130524/us-east-1/s3/aws4_request\n"
	    "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
	free(text);
	text = sigv4_authorization(&in, sets[S3].id, sets[S3].secret);
	assert_string_equal(text, "AWS4-HMAC-SHA256 "
	    "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
	    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
	    "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
	free(text);
	pairs_clear(&query);
	pairs_clear(&headers);
}

static void
encoding(void **state)
{
	static const struct { const char *text; bool slash; const char *encoded; } t[] = {
		{ "", false, "" },
		{ "AZaz09-_.~", false, "AZaz09-_.~" },
		{ "a/b", true, "a/b" },
		{ "a/b", false, "a%2Fb" },
		{ "a b+c", true, "a%20b%2Bc" },
		{ "!'()*,:;=@&$?%#[]", true,
		  "%21%27%28%29%2A%2C%3A%3B%3D%40%26%24%3F%25%23%5B%5D" },
		{ "\xc3\xbc\x7f", true, "%C3%BC%7F" },
		{ "a//../b", true, "a//../b" },
	};
	char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		got = sigv4_encode(t[i].text, t[i].slash);
		assert_string_equal(got, t[i].encoded);
		free(got);
	}
}

static void
query_is_sorted_by_name_then_value(void **state)
{
	struct list query = { NULL, 0 };
	char *got;

	(void)state;
	pairs_add(&query, "b", "2");
	pairs_add(&query, "a-b", "x");
	pairs_add(&query, "a", "z");
	pairs_add(&query, "b", "1 &");
	pairs_add(&query, "uploads", "");
	got = sigv4_query(&query);
	assert_string_equal(got, "a=z&a-b=x&b=1%20%26&b=2&uploads=");
	free(got);
	pairs_clear(&query);
	got = sigv4_query(&query);
	assert_string_equal(got, "");
	free(got);
}

/* One changed byte anywhere is another signature. */
static void
every_field_counts(void **state)
{
	char *plain, *changed;
	struct list query, headers;
	struct sigv4_in in, other;
	size_t i;

	(void)state;
	fill(&in, &query, &headers, &vectors[10]);
	plain = sigv4_authorization(&in, "AKID", "secret");
	for (i = 0; i < 8; i++) {
		other = in;
		if (i == 0) other.method = "HEAD";
		if (i == 1) other.path = "/x";
		if (i == 2) other.payload_sha256 = WELCOME;
		if (i == 3) other.region = "eu-west-1";
		if (i == 4) other.service = "sts";
		if (i == 5) other.now++;
		if (i == 6) pairs_add(&headers, "x-amz-acl", "private");
		if (i == 7) pairs_add(&query, "acl", "");
		changed = sigv4_authorization(&other, "AKID", "secret");
		assert_string_not_equal(strstr(plain, "Signature="), strstr(changed, "Signature="));
		free(changed);
	}
	changed = sigv4_authorization(&in, "AKID", "secreu");
	assert_string_not_equal(plain, changed);
	free(changed);
	free(plain);
	pairs_clear(&query);
	pairs_clear(&headers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(the_steps_of_get_object),
		cmocka_unit_test(encoding),
		cmocka_unit_test(query_is_sorted_by_name_then_value),
		cmocka_unit_test(every_field_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
