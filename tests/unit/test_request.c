/*
 * test_request.c - the digest's vectors, ids, the multipart plan.
 *
 * The digests were computed by another program, in another language, from the
 * description in codec.h and the order of the fields in INTERFACES.md.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/request.h"

#define SHA_REPORT "845e91831319e89c4d656bdb80c278ac09a7230d61e5dfd2e1b1fbb436ac8917"
#define SHA_RULE   "7369949b47ef2c6ba26fbbee659cedc76123a75c17d321a52d8d1ef35e948042"

static const char full_json[] =
    "{\"type\":\"request\",\"version\":1,\"nonce\":\"000102030405060708090a0b0c0d0e0f\","
    "\"host\":\"bastion-07.example.net\",\"boot_id\":\"6f1f2c0e-8a55-4d6a-9c39-0d6b1b1f8f10\","
    "\"loginuid\":1000,\"person\":\"alice\",\"ruid\":1001,\"ruser\":\"deploy\","
    "\"sessionid\":4294967294,\"origin\":\"ssh from 10.2.0.9\","
    "\"argv\":[\"s3-sudo\",\"put\",\"report.csv\",\"s3://prod-reports/2026/report.csv\"],"
    "\"cwd\":\"/home/alice\",\"reason\":\"OPS-412 fix Q1 totals \\u2014 \xc3\xa9\","
    "\"scope\":[\"put s3://prod-reports/2026/report.csv\"],"
    "\"objects\":[{\"verb\":\"put\",\"bucket\":\"prod-reports\",\"key\":\"2026/report.csv\","
    "\"name\":\"report.csv\",\"size\":1258291,\"part_size\":1258291,\"parts\":[\"" SHA_REPORT "\"],"
    "\"sha256\":\"" SHA_REPORT "\"}],"
    "\"role\":\"arn:aws:iam::111122223333:role/s3jit-write\",\"ttl\":900,\"delivery\":\"signed\","
    "\"quorum\":[\"1 of group:leads\"],\"rule\":\"report uploads\",\"rule_hash\":\"" SHA_RULE "\","
    "\"parent\":\"\",\"created\":1769860800}";

static struct s3jit_err err;

static void
load_full(struct request *r)
{
	if (codec_decode(r, &request_table, full_json, sizeof(full_json) - 1, &err) == -1)
		fail_msg("%s", err.text);
}

static void
Q1_digests_are_those_of_the_vectors(void **state)
{
	char *v[] = { (char *)"a", (char *)"b" }, *joined[] = { (char *)"ab" };
	struct request r = { 0 };
	char hex[DIGEST_HEX], id[REQUEST_ID];
	unsigned char digest[32];

	(void)state;
	request_digest_hex(hex, &r);
	assert_string_equal(hex, "f4a5effdb8623bf5e5795c01e92cf4b4f9db13517403d1607afbc6a74afda69e");
	request_digest(digest, &r);
	request_id(id, digest);
	assert_string_equal(id, "zoupyzzxvsqmnvzpyprtpwklytmwzovo");

	r.ttl = -1;
	r.argv = (struct strv){ v, 2 };
	request_digest_hex(hex, &r);
	assert_string_equal(hex, "6c831bd2d54d0c4a2a074a01affc7f995b897fd6e94203b0325ea05ba52d4c53");
	r.argv = (struct strv){ joined, 1 };
	request_digest_hex(hex, &r);
	assert_string_equal(hex, "5e8abbce9ae9aa2f6bfc514ef5875f7ebdcc947a6da699da1420af9ee70d73a2");

	load_full(&r);
	request_digest_hex(hex, &r);
	assert_string_equal(hex, "c66f49623e086c57aba96eaaf16412599f610d2598b159aec349c95cc2a164fd");
	request_digest(digest, &r);
	request_id(id, digest);
	assert_string_equal(id, "wqqzotqmnyksqwpruvutqyuuzlqolmpt");
	codec_clear(&request_table, &r);
}

/* Change one field after the other, members of members too: never the same digest. */
static void
change(const struct field *f, void *msg)
{
	void *p = (char *)msg + f->off;
	struct list *l;

	switch (f->type) {
	case F_STR:
	case F_SECRET:
		free(*(char **)p);
		*(char **)p = strdup("changed");
		break;
	case F_INT:
		++*(int64_t *)p;
		break;
	case F_BOOL:
		*(bool *)p = !*(bool *)p;
		break;
	case F_STRV:
		assert_int_equal(strv_push(p, "one more"), 0);
		break;
	case F_LIST:
		l = p;
		list_push(l, f->sub);
		break;
	case F_OBJ:
		fail();
	}
}

static void
Q1_every_field_is_in_the_digest(void **state)
{
	char before[DIGEST_HEX], after[DIGEST_HEX];
	const struct field *f;
	struct request r;

	(void)state;
	load_full(&r);
	request_digest_hex(before, &r);
	codec_clear(&request_table, &r);
	for (f = request_table.fields; f->name != NULL; f++) {
		load_full(&r);
		change(f, &r);
		request_digest_hex(after, &r);
		assert_string_not_equal(before, after);
		codec_clear(&request_table, &r);
	}
	for (f = object_table.fields; f->name != NULL; f++) {
		load_full(&r);
		change(f, r.objects.v);
		request_digest_hex(after, &r);
		assert_string_not_equal(before, after);
		codec_clear(&request_table, &r);
	}
	/* and none is missing from the table: each member of the struct has its row */
	for (f = request_table.fields; f->name != NULL; f++)
		;
	assert_int_equal(f - request_table.fields, 23);
}

static void
the_digest_survives_json_and_copies(void **state)
{
	char first[DIGEST_HEX], again[DIGEST_HEX], *json;
	struct request r, copy;

	(void)state;
	load_full(&r);
	request_digest_hex(first, &r);
	assert_int_equal(codec_copy(&request_table, &copy, &r, &err), 0);
	codec_clear(&request_table, &r);
	request_digest_hex(again, &copy);
	assert_string_equal(first, again);
	assert_int_equal(codec_encode(&json, &request_table, &copy, &err), 0);
	codec_clear(&request_table, &copy);
	assert_int_equal(codec_decode(&r, &request_table, json, strlen(json), &err), 0);
	request_digest_hex(again, &r);
	assert_string_equal(first, again);
	codec_clear(&request_table, &r);
	free(json);
}

static void
typed_ids_have_a_form(void **state)
{
	static const char *const good[] = { "kmxqrt", "kmxqrtvz", "wqqzotqmnyksqwpruvutqyuuzlqolmpt" };
	static const char *const bad[] = { "", "kmxqr", "kmxqrj", "KMXQRT", "kmxqrt ", "kmxqrt\n",
		"wqqzotqmnyksqwpruvutqyuuzlqolmptk", "123456", "%kmxqrt" };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(request_id_ok(good[i]), 1);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(request_id_ok(bad[i]), 0);
}

#define MIB (INT64_C(1) << 20)

static void
multipart_plans_obey_s3(void **state)
{
	static const struct {
		int64_t size, part, parts;
	} table[] = {
		{ 0, 0, 1 },
		{ 1, 1, 1 },
		{ 16 * MIB, 16 * MIB, 1 },
		{ 16 * MIB + 1, 8 * MIB, 3 },
		{ 256 * MIB, 8 * MIB, 32 },
		{ 8000 * MIB, 8 * MIB, 1000 },
		{ 8000 * MIB + 1, 9 * MIB, 889 },
		{ 9000 * MIB, 9 * MIB, 1000 },
		{ 5 * MIB * MIB, 5120 * MIB, 1024 },
	};
	int64_t size, part, parts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_true(object_part_size(table[i].size) == table[i].part);
		assert_true(object_parts(table[i].size, table[i].part) == table[i].parts);
	}
	for (size = 16 * MIB + 1; size <= 5 * MIB * MIB; size += size / 7 + 12345) {
		part = object_part_size(size);
		parts = object_parts(size, part);
		assert_true(part >= 8 * MIB && part <= 5120 * MIB && part % MIB == 0);
		assert_true(parts >= 2 && parts <= 1024);
		assert_true((parts - 1) * part < size && size <= parts * part);
	}
	assert_true(object_parts(5, 0) == 1);
	assert_true(object_parts(5, -1) == 1);
}

static void
each_delivery_is_known_and_no_other(void **state)
{
	static const struct { const char *name; bool known, stays, handed; } v[] = {
		{ DELIVERY_SIGNED, true, false, false }, { DELIVERY_COMMAND, true, false, true },
		{ DELIVERY_SESSION, true, true, false }, { DELIVERY_SHELL, true, true, true },
		{ "", false, false, false }, { "Session", false, false, false },
		{ "sessions", false, false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_int_equal(delivery_known(v[i].name), v[i].known);
		assert_int_equal(delivery_stays(v[i].name), v[i].stays);
		assert_int_equal(delivery_handed(v[i].name), v[i].handed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(Q1_digests_are_those_of_the_vectors),
		cmocka_unit_test(Q1_every_field_is_in_the_digest),
		cmocka_unit_test(the_digest_survives_json_and_copies),
		cmocka_unit_test(typed_ids_have_a_form),
		cmocka_unit_test(multipart_plans_obey_s3),
		cmocka_unit_test(each_delivery_is_known_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
