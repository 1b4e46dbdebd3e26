/*
 * test_codec.c - one table per message: JSON, strictness, secrets, digest.
 *
 * Linked with --wrap=free: whatever lib/ or jansson frees is searched for the
 * canary first (C1, C8).
 */
#include "config.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/hex.h"
#include "s3jit/proto.h"
#include "s3jit/signer_proto.h"

#define CANARY	"CANARY-3f9a"
#define N(a)	(sizeof(a) / sizeof((a)[0]))

static struct s3jit_err err;
static int leaks;

void __real_free(void *);
void __wrap_free(void *);

void
__wrap_free(void *p)
{
	if (p != NULL && memmem(p, malloc_usable_size(p), CANARY, strlen(CANARY)) != NULL)
		leaks++;
	__real_free(p);
}

/* ---- a message of our own with every type ---- */

struct pair {
	char *name;
	int64_t n;
};

struct sample {
	char *text;
	char *secret;
	int64_t number;
	bool yes;
	struct strv words;
	struct list pairs;
	struct pair *one;
};

static const struct field pair_fields[] = {
	{ "name", F_STR, offsetof(struct pair, name), 8, false, NULL },
	{ "n", F_INT, offsetof(struct pair, n), 0, true, NULL },
	{ NULL },
};
static const struct table pair_table = { "pair", sizeof(struct pair), pair_fields };

static const struct field sample_fields[] = {
	{ "text", F_STR, offsetof(struct sample, text), 8, true, NULL },
	{ "secret", F_SECRET, offsetof(struct sample, secret), 0, true, NULL },
	{ "number", F_INT, offsetof(struct sample, number), 0, false, NULL },
	{ "yes", F_BOOL, offsetof(struct sample, yes), 0, true, NULL },
	{ "words", F_STRV, offsetof(struct sample, words), 3, true, NULL },
	{ "pairs", F_LIST, offsetof(struct sample, pairs), 2, true, &pair_table },
	{ "one", F_OBJ, offsetof(struct sample, one), 0, true, &pair_table },
	{ NULL },
};
static const struct table sample_table = { "sample", sizeof(struct sample), sample_fields };

static const char full[] =
    "{\"type\":\"sample\",\"text\":\"t\xc3\xa9xt\",\"secret\":\"CANARY\","
    "\"number\":-9223372036854775808,\"yes\":true,\"words\":[\"a\",\"\",\"bc\"],"
    "\"pairs\":[{\"name\":\"x\",\"n\":1},{\"name\":\"\",\"n\":0}],\"one\":{\"name\":\"y\",\"n\":2}}";

static int
decode(struct sample *s, const char *json)
{
	return codec_decode(s, &sample_table, json, strlen(json), &err);
}

static void
every_type_survives_the_round_trip(void **state)
{
	struct sample s, copy;
	struct pair *p;
	char *json;

	(void)state;
	if (decode(&s, full) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(s.text, "t\xc3\xa9xt");
	assert_string_equal(s.secret, "CANARY");
	assert_true(s.number == INT64_MIN);
	assert_true(s.yes);
	assert_int_equal(s.words.n, 3);
	assert_string_equal(s.words.v[2], "bc");
	assert_int_equal(s.pairs.n, 2);
	p = s.pairs.v;
	assert_string_equal(p[0].name, "x");
	assert_string_equal(p[1].name, "");
	assert_string_equal(s.one->name, "y");
	assert_int_equal(codec_copy(&sample_table, &copy, &s, &err), 0);
	codec_clear(&sample_table, &s);
	assert_null(s.text);
	assert_int_equal(codec_encode(&json, &sample_table, &copy, &err), 0);
	assert_int_equal(err.code, S3JIT_OK);
	assert_string_equal(json, full);
	codec_clear(&sample_table, &copy);
	codec_wipe_free(json);
}

static void
what_is_optional_is_empty_when_absent(void **state)
{
	struct sample s;
	char *json;

	(void)state;
	assert_int_equal(decode(&s, "{\"number\":7,\"type\":\"sample\"}"), 0);
	assert_string_equal(s.text, "");
	assert_string_equal(s.secret, "");
	assert_true(s.number == 7 && !s.yes && s.words.n == 0 && s.pairs.n == 0 && s.one == NULL);
	/* the encoder writes all of it but the object that is not there */
	assert_int_equal(codec_encode(&json, &sample_table, &s, &err), 0);
	assert_string_equal(json, "{\"type\":\"sample\",\"text\":\"\",\"secret\":\"\",\"number\":7,"
				  "\"yes\":false,\"words\":[],\"pairs\":[]}");
	codec_wipe_free(json);
	codec_clear(&sample_table, &s);
	assert_int_equal(codec_encode(&json, &sample_table, &s, &err), 0);	/* NULL texts */
	codec_wipe_free(json);
}

#define M(rest) "{\"type\":\"sample\"," rest "}"

static void
B7_decoding_is_strict(void **state)
{
	static const char *const bad[] = {
		"", " ", "null", "7", "[]", "\"sample\"", "{}", "{\"type\":\"sample\"}",
		"{\"number\":7}", "{\"type\":7,\"number\":7}", "{\"type\":\"sampl\",\"number\":7}",
		"{\"type\":\"samples\",\"number\":7}", M("\"number\":7") "x", M("\"number\":7") "{}",
		"\xef\xbb\xbf" M("\"number\":7"), M("\"number\":7,"), "{\"type\":\"sample\",\"number\":7",
		M("\"number\":7,\"numbers\":7"), M("\"number\":7,\"Number\":7"), M("\"number\":7,\"\":7"),
		M("\"number\":7,\"number\":7"), M("\"type\":\"sample\",\"number\":7"),
		M("\"number\":null"), M("\"number\":\"7\""), M("\"number\":7.0"), M("\"number\":7e0"),
		M("\"number\":true"), M("\"number\":9223372036854775808"),
		M("\"number\":-9223372036854775809"), M("\"number\":1e400"), M("\"number\":07"),
		M("\"number\":7,\"yes\":1"), M("\"number\":7,\"yes\":null"), M("\"number\":7,\"yes\":\"true\""),
		M("\"number\":7,\"text\":null"), M("\"number\":7,\"text\":7"),
		M("\"number\":7,\"text\":\"123456789\""), M("\"number\":7,\"text\":\"a\\u0000b\""),
		M("\"number\":7,\"text\":\"\xff\""), M("\"number\":7,\"text\":\"\xc0\xaf\""),
		M("\"number\":7,\"text\":\"\\ud800\""), M("\"number\":7,\"text\":\"a\nb\""),
		M("\"number\":7,\"words\":\"a\""), M("\"number\":7,\"words\":{}"),
		M("\"number\":7,\"words\":[\"a\",\"b\",\"c\",\"d\"]"), M("\"number\":7,\"words\":[7]"),
		M("\"number\":7,\"words\":[\"a\",null]"), M("\"number\":7,\"pairs\":[{}]"),
		M("\"number\":7,\"pairs\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]"),
		M("\"number\":7,\"pairs\":[{\"name\":\"a\",\"x\":1}]"), M("\"number\":7,\"pairs\":[[]]"),
		M("\"number\":7,\"pairs\":[{\"type\":\"pair\",\"name\":\"a\"}]"),
		M("\"number\":7,\"pairs\":[{\"name\":\"a\",\"name\":\"a\"}]"),
		M("\"number\":7,\"one\":null"), M("\"number\":7,\"one\":[]"), M("\"number\":7,\"one\":{}"),
		M("\"number\":7,\"one\":{\"name\":\"123456789\"}"), "{'type':'sample','number':7}",
		M("\"number\":7 /* */"),
	};
	struct sample s, zero;
	size_t i;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	for (i = 0; i < N(bad); i++) {
		memset(&s, 0xff, sizeof(s));
		if (decode(&s, bad[i]) != -1)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.code, S3JIT_EPROTO);
		assert_memory_equal(&s, &zero, sizeof(s));
	}
	/* a NUL behind the message counts as content */
	assert_int_equal(codec_decode(&s, &sample_table, M("\"number\":7"), strlen(M("\"number\":7")) + 1,
			     &err), -1);
	assert_int_equal(decode(&s, M("\"number\":7")), 0);
	codec_clear(&sample_table, &s);
}

/* Cut anywhere, any bit flipped: refused or understood, never harmed (ASan looks on). */
static void
B7_damaged_messages_do_no_harm(void **state)
{
	char json[sizeof(full)];
	struct sample s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(full) - 1; i++)
		assert_int_equal(codec_decode(&s, &sample_table, full, i, &err), -1);
	for (i = 0; i < (sizeof(full) - 1) * 8; i++) {
		memcpy(json, full, sizeof(full));
		json[i / 8] ^= 1 << i % 8;
		if (codec_decode(&s, &sample_table, json, sizeof(full) - 1, &err) == 0)
			codec_clear(&sample_table, &s);
	}
}

static void
errors_do_not_repeat_what_came_in(void **state)
{
	struct sample s;

	(void)state;
	assert_int_equal(decode(&s, M("\"secret\":\"" CANARY "\",\"number\":x")), -1);
	assert_null(strstr(err.text, CANARY));
	assert_int_equal(decode(&s, M("\"secret\":7,\"number\":\"" CANARY "\"")), -1);
	assert_null(strstr(err.text, CANARY));
}

static void
the_encoder_obeys_the_same_limits(void **state)
{
	struct sample s = { 0 };
	struct msg_shown shown = { 0 };
	char *json, *big;

	(void)state;
	s.text = (char *)"123456789";
	assert_int_equal(codec_encode(&json, &sample_table, &s, &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	assert_null(json);
	s.text = (char *)"\xff";
	assert_int_equal(codec_encode(&json, &sample_table, &s, &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	s.text = NULL;
	s.words.n = 4;
	assert_int_equal(codec_encode(&json, &sample_table, &s, &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	s.words.n = 0;
	big = malloc(CODEC_STR_MAX + 2);
	memset(big, 'x', CODEC_STR_MAX + 1);
	big[CODEC_STR_MAX + 1] = '\0';
	s.secret = big;
	assert_int_equal(codec_encode(&json, &sample_table, &s, &err), -1);
	big[CODEC_STR_MAX] = '\0';
	assert_int_equal(codec_encode(&json, &sample_table, &s, &err), 0);
	free(json);
	free(big);
	/* an object that must be there */
	assert_int_equal(codec_encode(&json, &shown_table, &shown, &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	assert_int_equal(codec_encode(&json, &shown_table, &shown, NULL), -1);
}

static void
type_is_read_before_the_table_is_known(void **state)
{
	char type[16];

	(void)state;
	assert_int_equal(codec_type(type, sizeof(type), full, sizeof(full) - 1, &err), 0);
	assert_string_equal(type, "sample");
	assert_int_equal(codec_type(type, 7, full, sizeof(full) - 1, &err), 0);
	assert_int_equal(codec_type(type, 6, full, sizeof(full) - 1, &err), -1);
	assert_int_equal(codec_type(type, 0, full, sizeof(full) - 1, &err), -1);
	assert_int_equal(codec_type(type, sizeof(type), "{\"typ\":\"x\"}", 11, &err), -1);
	assert_string_equal(type, "");
	assert_int_equal(codec_type(type, sizeof(type), "[\"type\"]", 8, &err), -1);
}

/* ---- every message there is ---- */

static void
fill(const struct table *t, void *msg, int *n)
{
	const struct field *f;
	char text[16];
	void *p;
	int i;

	for (f = t->fields; f->name != NULL; f++) {
		p = (char *)msg + f->off;
		snprintf(text, sizeof(text), "v%d", ++*n);
		switch (f->type) {
		case F_STR:
		case F_SECRET:
			*(char **)p = strdup(text);
			break;
		case F_INT:
			*(int64_t *)p = *n;
			break;
		case F_BOOL:
			*(bool *)p = true;
			break;
		case F_STRV:
			for (i = 0; i < 2; i++)
				assert_int_equal(strv_push(p, text), 0);
			break;
		case F_LIST:
			for (i = 0; i < 2; i++)
				fill(f->sub, list_push(p, f->sub), n);
			break;
		case F_OBJ:
			*(void **)p = calloc(1, f->sub->size);
			fill(f->sub, *(void **)p, n);
			break;
		}
	}
}

static void
check_message(const struct table *t)
{
	void *msg = calloc(1, t->size), *again = calloc(1, t->size);
	char *json, *json2, type[64];
	unsigned char a[32], b[32];
	int n = 0;

	fill(t, msg, &n);
	if (codec_encode(&json, t, msg, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(codec_type(type, sizeof(type), json, strlen(json), &err), 0);
	assert_string_equal(type, t->name);
	if (codec_decode(again, t, json, strlen(json), &err) == -1)
		fail_msg("%s: %s", json, err.text);
	assert_int_equal(codec_encode(&json2, t, again, &err), 0);
	assert_string_equal(json, json2);
	codec_digest(a, "tag", t, msg);
	codec_digest(b, "tag", t, again);
	assert_memory_equal(a, b, 32);
	codec_clear(t, msg);
	codec_clear(t, again);
	free(msg);
	free(again);
	free(json);
	free(json2);
}

static void
every_message_survives_the_round_trip(void **state)
{
	const struct table *const *t, *const *u;

	(void)state;
	for (t = proto_tables; *t != NULL; t++) {
		check_message(*t);
		for (u = proto_tables; u < t; u++)
			assert_string_not_equal((*t)->name, (*u)->name);
	}
	for (t = signer_tables; *t != NULL; t++) {
		check_message(*t);
		for (u = proto_tables; *u != NULL; u++)
			assert_string_not_equal((*t)->name, (*u)->name);
	}
}

/* ---- C1, C8 ---- */

static void
C8_no_freed_memory_holds_a_secret(void **state)
{
	struct msg_credentials c = {
		.access_key_id = (char *)"AKID", .secret_access_key = (char *)CANARY,
		.session_token = (char *)CANARY "-token", .expiration = 1
	};
	struct msg_grant g = { .credentials = &c }, got, copy;
	char *json, *bad;

	(void)state;
	leaks = 0;
	assert_int_equal(codec_encode(&json, &grant_table, &g, &err), 0);
	assert_non_null(strstr(json, CANARY));
	assert_int_equal(codec_decode(&got, &grant_table, json, strlen(json), &err), 0);
	assert_string_equal(got.credentials->secret_access_key, CANARY);
	assert_int_equal(codec_copy(&grant_table, &copy, &got, &err), 0);
	codec_clear(&grant_table, &got);
	codec_clear(&grant_table, &copy);
	/* errors in the middle, too */
	assert_non_null(bad = strdup(json));
	strcpy(strstr(bad, "\"expiration\""), "}}");
	assert_int_equal(codec_decode(&got, &grant_table, bad, strlen(bad), &err), -1);
	codec_wipe_free(bad);
	codec_wipe_free(json);
	codec_wipe_free(NULL);
	assert_int_equal(leaks, 0);
	/* the control: plain free() is noticed */
	free(strdup(CANARY));
	assert_int_equal(leaks, 1);
}

/* ---- digest ---- */

static void
to_hex(char out[65], const unsigned char in[32])
{
	int i;

	for (i = 0; i < 32; i++)
		sprintf(out + 2 * i, "%02x", in[i]);
}

static void
Q1_digests_are_those_of_the_vectors(void **state)
{
	struct sample s;
	unsigned char digest[32];
	char hex[65];

	(void)state;
	assert_int_equal(decode(&s, full), 0);
	codec_digest(digest, "tag", &sample_table, &s);
	to_hex(hex, digest);
	assert_string_equal(hex, "018069229965ab0fb4a5edd525776c7ecbc9327c4b798221c7eee463f8eae94f");
	codec_clear(&sample_table, &s);
	codec_digest(digest, "tag", &sample_table, &s);
	to_hex(hex, digest);
	assert_string_equal(hex, "e45902a9d7577d1e394aa613aed88025af93cb7054d776233c26015bdef184b4");
	codec_digest(digest, "ta", &sample_table, &s);
	to_hex(hex, digest);
	assert_string_not_equal(hex, "e45902a9d7577d1e394aa613aed88025af93cb7054d776233c26015bdef184b4");
}

static void
helpers_start_from_nothing(void **state)
{
	struct strv s = { 0 };
	struct list l = { 0 };
	struct pair *p;

	(void)state;
	assert_int_equal(strv_push(&s, "a"), 0);
	assert_int_equal(strv_push(&s, "b"), 0);
	assert_string_equal(s.v[1], "b");
	strv_clear(&s);
	assert_null(s.v);
	strv_clear(&s);
	p = list_push(&l, &pair_table);
	assert_null(p->name);
	free(l.v);
	codec_clear(&sample_table, NULL);
}

static void
texts_are_found_and_held_against_each_other(void **state)
{
	char *ab_v[] = { (char *)"a", (char *)"b" }, *ba_v[] = { (char *)"b", (char *)"a" };
	const struct strv none = { NULL, 0 }, a = { ab_v, 1 }, ab = { ab_v, 2 }, ba = { ba_v, 2 };

	(void)state;
	assert_true(strv_has(&ab, "b"));
	assert_false(strv_has(&ab, "ab"));
	assert_false(strv_has(&none, ""));
	assert_true(strv_equal(&none, &none));
	assert_true(strv_equal(&ab, &ab));
	assert_false(strv_equal(&a, &ab));
	assert_false(strv_equal(&ab, &a));
	assert_false(strv_equal(&ab, &ba));
}

static void
hex_is_lower_case_and_whole(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0x0f, 0xa5, 0xff };
	char text[HEX_SHA256], other[HEX_SHA256];

	(void)state;
	hex_write(text, bytes, sizeof(bytes));
	assert_string_equal(text, "000fa5ff");
	assert_int_equal(hex_digit('a'), 10);
	assert_int_equal(hex_digit('F'), 15);
	assert_int_equal(hex_digit('g'), -1);
	assert_int_equal(hex_digit('\0'), -1);
	assert_int_equal(hex_sha256(text, "", 0, NULL), 0);
	assert_string_equal(text, HEX_SHA256_EMPTY);
	assert_true(hex_is_sha256(text));
	text[63] = 'A';
	assert_false(hex_is_sha256(text));
	text[63] = '\0';
	assert_false(hex_is_sha256(text));
	assert_int_equal(hex_random(text, 32, NULL), 0);
	assert_int_equal(hex_random(other, 32, NULL), 0);
	assert_true(hex_is_sha256(text));
	assert_string_not_equal(text, other);
	assert_int_equal(hex_random(text, 33, NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_survives_the_round_trip),
		cmocka_unit_test(what_is_optional_is_empty_when_absent),
		cmocka_unit_test(B7_decoding_is_strict),
		cmocka_unit_test(B7_damaged_messages_do_no_harm),
		cmocka_unit_test(errors_do_not_repeat_what_came_in),
		cmocka_unit_test(the_encoder_obeys_the_same_limits),
		cmocka_unit_test(type_is_read_before_the_table_is_known),
		cmocka_unit_test(every_message_survives_the_round_trip),
		cmocka_unit_test(C8_no_freed_memory_holds_a_secret),
		cmocka_unit_test(Q1_digests_are_those_of_the_vectors),
		cmocka_unit_test(helpers_start_from_nothing),
		cmocka_unit_test(texts_are_found_and_held_against_each_other),
		cmocka_unit_test(hex_is_lower_case_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
