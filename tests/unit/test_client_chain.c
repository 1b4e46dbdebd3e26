/*
 * test_client_chain.c - s3-audit verify finds what was done to a record (A2).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/chain_verify.h"

#define RECORDS 6

static struct log_record log_[RECORDS];
static char head[128];

static void
link_from(int first)
{
	char hash[CHAIN_HEX];
	int i;

	for (i = first; i < RECORDS; i++) {
		free(log_[i].prev);
		free(log_[i].hash);
		log_[i].prev = strdup(i == 0 ? CHAIN_FIRST_PREV : log_[i - 1].hash);
		chain_hash(hash, log_[i].prev, log_[i].seq, log_[i].record);
		log_[i].hash = strdup(hash);
	}
}

static int
setup(void **state)
{
	char text[64];
	int i;

	(void)state;
	for (i = 0; i < RECORDS; i++) {
		log_[i].seq = i + 1;
		snprintf(text, sizeof(text), "{\"event\":\"asked\",\"n\":%d}", i);
		log_[i].record = strdup(text);
	}
	link_from(0);
	snprintf(head, sizeof(head), "%d:%s", RECORDS, log_[RECORDS - 1].hash);
	return 0;
}

static int
teardown(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < RECORDS; i++)
		codec_clear(&log_record_table, &log_[i]);
	return 0;
}

/* Verify the members named by `order` (ends with -1); the code it ends with. */
static enum s3jit_code
verify(const int *order, const char *anchor, bool part)
{
	struct s3jit_err err = { S3JIT_OK, "" };
	struct chain c;

	if (chain_begin(&c, anchor, part, &err) == -1)
		return err.code;
	for (; *order != -1; order++)
		if (chain_add(&c, &log_[*order], &err) == -1)
			return err.code;
	return chain_finish(&c, &err) == -1 ? err.code : S3JIT_OK;
}

static const int all[] = { 0, 1, 2, 3, 4, 5, -1 };

static void
A2_a_whole_chain_is_fine(void **state)
{
	(void)state;
	assert_int_equal(verify(all, NULL, false), S3JIT_OK);
	assert_int_equal(verify(all, head, false), S3JIT_OK);
	assert_int_equal(verify((const int[]){ 2, 3, 4, 5, -1 }, head, true), S3JIT_OK);
}

static void
A2_modified(void **state)
{
	(void)state;
	log_[3].record[2] ^= 1;
	assert_int_equal(verify(all, NULL, false), S3JIT_ECHANGED);
	log_[3].record[2] ^= 1;
	assert_int_equal(verify(all, NULL, false), S3JIT_OK);
	log_[3].hash[0] = log_[3].hash[0] == '0' ? '1' : '0';
	assert_int_equal(verify(all, NULL, false), S3JIT_ECHANGED);
}

static void
A2_deleted(void **state)
{
	(void)state;
	assert_int_equal(verify((const int[]){ 0, 1, 3, 4, 5, -1 }, NULL, false), S3JIT_ECHANGED);
	assert_int_equal(verify((const int[]){ 1, 2, 3, 4, 5, -1 }, NULL, false), S3JIT_ECHANGED);
	assert_int_equal(verify((const int[]){ -1 }, NULL, false), S3JIT_ECHANGED);
	/* deleted, and the numbers closed up */
	log_[2].seq = 4;
	log_[3].seq = 3;
	assert_int_equal(verify((const int[]){ 0, 1, 3, 2, 4, 5, -1 }, NULL, false), S3JIT_ECHANGED);
}

static void
A2_reordered(void **state)
{
	(void)state;
	assert_int_equal(verify((const int[]){ 0, 2, 1, 3, 4, 5, -1 }, NULL, false), S3JIT_ECHANGED);
	assert_int_equal(verify((const int[]){ 0, 1, 1, 2, 3, 4, 5, -1 }, NULL, false),
	    S3JIT_ECHANGED);
}

/* A cut end is still a chain: only what is known from elsewhere tells. */
static void
A2_truncated_or_rolled_back(void **state)
{
	static const int cut[] = { 0, 1, 2, 3, -1 };

	(void)state;
	assert_int_equal(verify(cut, NULL, false), S3JIT_OK);
	assert_int_equal(verify(cut, head, false), S3JIT_ECHANGED);
}

/* Somebody who can compute hashes writes history anew: the anchor tells. */
static void
A2_rewritten(void **state)
{
	(void)state;
	log_[2].record[2] ^= 1;
	link_from(2);
	assert_int_equal(verify(all, NULL, false), S3JIT_OK);
	assert_int_equal(verify(all, head, false), S3JIT_ECHANGED);
}

/* Records are counted from 1: what has no number hangs on nothing. */
static void
A2_invented_in_front(void **state)
{
	char hash[CHAIN_HEX];
	int i;

	(void)state;
	assert_int_equal(verify((const int[]){ 2, 3, 4, 5, -1 }, head, true), S3JIT_OK);
	for (i = 0; i < 2; i++) {
		log_[i].seq = i == 0 ? 0 : -3;
		chain_hash(hash, log_[i].prev, log_[i].seq, log_[i].record);
		memcpy(log_[i].hash, hash, sizeof(hash));
	}
	assert_int_equal(verify((const int[]){ 0, 2, 3, 4, 5, -1 }, head, true), S3JIT_ECHANGED);
	assert_int_equal(verify((const int[]){ 1, 2, 3, 4, 5, -1 }, head, true), S3JIT_ECHANGED);
	assert_int_equal(verify((const int[]){ 2, 3, 0, 4, 5, -1 }, head, true), S3JIT_ECHANGED);
	log_[5].seq = INT64_MAX;
	assert_int_equal(verify((const int[]){ 5, -1 }, NULL, true), S3JIT_ECHANGED);
}

/* What is known of a record before the part says nothing about it, for good or bad. */
static void
a_head_before_the_part_is_a_mistake(void **state)
{
	char early[128];

	(void)state;
	snprintf(early, sizeof(early), "2:%s", log_[1].hash);
	assert_int_equal(verify((const int[]){ 2, 3, 4, 5, -1 }, early, true), S3JIT_EUSAGE);
}

static void
A2_first_record_has_no_past(void **state)
{
	(void)state;
	log_[0].prev[0] = '1';
	chain_hash(log_[0].hash, log_[0].prev, 1, log_[0].record);
	assert_int_equal(verify((const int[]){ 0, -1 }, NULL, false), S3JIT_ECHANGED);
}

static void
head_must_be_number_and_hash(void **state)
{
	struct s3jit_err err;
	struct chain c;

	(void)state;
	assert_int_equal(chain_begin(&c, "12", false, &err), -1);
	assert_int_equal(chain_begin(&c, "0:abc", false, &err), -1);
	assert_int_equal(chain_begin(&c, "5:ABC", false, &err), -1);
}

static void
A2_export_lines_come_back(void **state)
{
	struct s3jit_err err;
	struct log_record r;
	char *line, *with;

	(void)state;
	assert_int_equal(chain_line_write(&line, &log_[1], &err), 0);
	assert_true(asprintf(&with, "%s\n", line) != -1);
	assert_int_equal(chain_line_read(&r, with, strlen(with), &err), 0);
	assert_int_equal(r.seq, 2);
	assert_string_equal(r.record, log_[1].record);
	codec_clear(&log_record_table, &r);
	assert_int_equal(chain_line_read(&r, line, strlen(line), &err), -1);	/* cut off */
	codec_clear(&log_record_table, &r);
	assert_int_equal(chain_line_read(&r, "{}\n", 3, &err), -1);
	codec_clear(&log_record_table, &r);
	assert_int_equal(chain_line_read(&r, "\n", 1, &err), -1);
	codec_clear(&log_record_table, &r);
	free(with);
	free(line);
}

/* So that nobody changes the hash of records that exist: computed elsewhere. */
#define CHAIN_VECTOR "e368143ffc1ebe8c449b9c964bc4b54ab8a6fd962a141a61ffb753a0f9b2fc58"

static void
A2_chain_hash_vector(void **state)
{
	char hex[CHAIN_HEX];

	(void)state;
	chain_hash(hex, CHAIN_FIRST_PREV, 1, "{}");
	assert_string_equal(hex, CHAIN_VECTOR);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(A2_a_whole_chain_is_fine),
		TEST(A2_modified),
		TEST(A2_deleted),
		TEST(A2_reordered),
		TEST(A2_truncated_or_rolled_back),
		TEST(A2_rewritten),
		TEST(A2_invented_in_front),
		TEST(a_head_before_the_part_is_a_mistake),
		TEST(A2_first_record_has_no_past),
		TEST(head_must_be_number_and_hash),
		TEST(A2_export_lines_come_back),
		TEST(A2_chain_hash_vector),
	};

	return cmocka_run_group_tests_name("audit chain", tests, NULL, NULL);
}
