/*
 * test_s3uri.c - buckets and keys as typed on a command line (W11).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/s3uri.h"

static struct s3jit_err err;

static void
good_ones_are_split(void **state)
{
	static const struct {
		const char *text, *bucket, *key;
	} table[] = {
		{ "s3://prod-reports", "prod-reports", "" },
		{ "s3://prod-reports/", "prod-reports", "" },
		{ "s3://prod-reports/2026/", "prod-reports", "2026/" },
		{ "s3://prod-reports/2026/report.csv", "prod-reports", "2026/report.csv" },
		{ "s3://a.b-c/Key With Blank", "a.b-c", "Key With Blank" },
		{ "s3://bkt//double//slash", "bkt", "/double//slash" },
		{ "s3://bkt/100%*?${x}\"\\", "bkt", "100%*?${x}\"\\" },
		{ "s3://bkt/caf\xc3\xa9", "bkt", "caf\xc3\xa9" },
		{ "s3://bkt/../x", "bkt", "../x" },
		{ "s3://123/k", "123", "k" },
	};
	struct s3uri u;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(s3uri_parse(&u, table[i].text, &err), 0);
		assert_string_equal(u.bucket, table[i].bucket);
		assert_string_equal(u.key, table[i].key);
		s3uri_clear(&u);
		assert_null(u.bucket);
	}
}

static void
W11_other_names_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "s3:", "s3:/", "s3://", "s3:///key", "S3://bkt/k", "s3n://bkt/k", " s3://bkt/k",
		"/bkt/k", "bkt/k", "s3://ab/k", "s3://Bkt/k", "s3://b_t/k", "s3://-bkt/k", "s3://bkt-/k",
		"s3://.bkt/k", "s3://bkt./k", "s3://b..t/k", "s3://10.0.0.1/k", "s3://b*t/k", "s3://b?t/k",
		"s3://bkt\n/k", "s3://b\xc3\xbcro/k",
		"s3://a23456789-123456789-123456789-123456789-123456789-123456789-1234/k",
		"s3://bkt--usw2-az1--x-s3/k", "s3://point-abc123-s3alias/k", "s3://point--ol-s3/k",
		"s3://my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3/k",
		"s3://mfzwi23gnjvgw.mrap/k", "s3://tables--table-s3/k",
		"s3://arn:aws:s3:eu-central-1:111122223333:accesspoint/ap/k",
		"s3://bkt/a\nb", "s3://bkt/a\x1b[m", "s3://bkt/a\x7f", "s3://bkt/a\xc2\x85", "s3://bkt/a\xff",
	};
	struct s3uri u;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (s3uri_parse(&u, bad[i], &err) != -1)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.code, S3JIT_EUSAGE);
		assert_null(u.bucket);
		assert_null(u.key);
	}
}

static void
keys_end_at_1024_bytes(void **state)
{
	char key[1026];

	(void)state;
	memset(key, 'k', sizeof(key));
	key[1024] = '\0';
	assert_int_equal(s3uri_key_ok(key, &err), 0);
	key[1024] = 'k';
	key[1025] = '\0';
	assert_int_equal(s3uri_key_ok(key, &err), -1);
	assert_int_equal(s3uri_key_ok("", &err), -1);
}

static void
a_permission_is_made_of_it(void **state)
{
	char *p;

	(void)state;
	p = s3uri_permission("put", "bkt", "a/100%*b");
	assert_string_equal(p, "put s3://bkt/a/100%25%2Ab");
	free(p);
	p = s3uri_permission("list", "bkt", "");
	assert_string_equal(p, "list s3://bkt/");
	free(p);
	assert_true(s3uri_looks_like("s3://"));
	assert_false(s3uri_looks_like("./s3://x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_are_split),
		cmocka_unit_test(W11_other_names_are_refused),
		cmocka_unit_test(keys_end_at_1024_bytes),
		cmocka_unit_test(a_permission_is_made_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
