/*
 * test_permission.c - parsing, canonical text, covering, scopes.
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

#include "s3jit/permission.h"

static struct s3jit_err err;

static void
good_ones_have_one_text(void **state)
{
	static const struct {
		const char *in, *out;
		bool rule;
	} table[] = {
		{ "put s3://prod-reports/2026/report.csv", "put s3://prod-reports/2026/report.csv", false },
		{ "put s3://prod-reports/2026/", "put s3://prod-reports/2026/", false },
		{ "put s3://prod-reports/", "put s3://prod-reports/", false },
		{ "list s3://prod-reports", "list s3://prod-reports/", false },
		{ "delete-version s3://bkt/k", "delete-version s3://bkt/k", false },
		{ "tag s3://bkt/Key", "tag s3://bkt/Key", false },
		{ "restore s3://bkt/with blank", "restore s3://bkt/with blank", false },
		{ "get s3://bkt/100%25%2A", "get s3://bkt/100%25%2A", false },
		{ "get s3://bkt/%252A", "get s3://bkt/%252A", false },
		{ "get s3://bkt/?${x}\"\\", "get s3://bkt/?${x}\"\\", false },
		{ "get s3://bkt/caf\xc3\xa9/", "get s3://bkt/caf\xc3\xa9/", false },
		{ "put s3://bkt/*", "put s3://bkt/", true },
		{ "put s3://bkt/2026/*", "put s3://bkt/2026/", true },
		{ "put s3://bkt/2026/q*", "put s3://bkt/2026/q*", true },
		{ "put s3://bkt/2026/%2A*", "put s3://bkt/2026/%2A*", true },
		{ "put s3://bkt/caf\xc3\xa9*", "put s3://bkt/caf\xc3\xa9*", true },
		{ "put s3://prod-*", "put s3://prod-*", true },
		{ "create-bucket s3://prod-new", "create-bucket s3://prod-new/", false },
		{ "delete-bucket s3://prod-new/", "delete-bucket s3://prod-new/", false },
		{ "delete-bucket s3://prod-*", "delete-bucket s3://prod-*", true },
		{ "list s3://*", "list s3://*", true },
	};
	struct permission p;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (permission_parse(&p, table[i].in, table[i].rule, &err) == -1)
			fail_msg("%s: %s", table[i].in, err.text);
		text = permission_text(&p);
		assert_string_equal(text, table[i].out);
		permission_clear(&p);
		/* the text gives the same permission again */
		assert_int_equal(permission_parse(&p, text, table[i].rule, &err), 0);
		free(text);
		text = permission_text(&p);
		assert_string_equal(text, table[i].out);
		free(text);
		permission_clear(&p);
	}
}

static void
the_rest_is_refused(void **state)
{
	static const struct {
		const char *text;
		bool rule;
	} bad[] = {
		{ "create-bucket s3://bkt/k", true }, { "delete-bucket s3://bkt/k", false },
		{ "create-bucket s3://bkt/*", true },
		{ "", true }, { "put", true }, { "put ", true }, { "put  s3://bkt/k", true },
		{ " put s3://bkt/k", true }, { "Put s3://bkt/k", true }, { "write s3://bkt/k", true },
		{ "configure:policy s3://bkt", true }, { "put\ts3://bkt/k", true },
		{ "put,get s3://bkt/k", true }, { "s3://bkt/k", true }, { "put bkt/k", true },
		{ "put s3://", true }, { "put s3:///k", true }, { "put s3://BKT/k", true },
		{ "put s3://bkt--x-s3/k", true }, { "put s3://alias-s3alias/", true },
		{ "put arn:aws:s3:::bkt/k", true }, { "put s3://arn:aws:s3:::bkt/k", true },
		{ "put s3://bkt/%2a", true }, { "put s3://bkt/%41", true }, { "put s3://bkt/100%", true },
		{ "put s3://bkt/%2", true }, { "put s3://bkt/a*b", true }, { "put s3://bkt/**", true },
		{ "put s3://b*t/k", true }, { "put s3://prod-*/", true }, { "put s3://prod-*/*", true },
		{ "put s3://prod-**", true }, { "put s3://Prod*", true }, { "put s3://-*", true },
		{ "put s3://bkt/*", false }, { "put s3://bkt/q*", false }, { "put s3://prod-*", false },
		{ "list s3://*", false }, { "put s3://bkt/caf\xc3\xa9", false },
		{ "put s3://bkt/caf\xc3\xa9", true }, { "put s3://bkt/a\nb/", true },
		{ "put s3://bkt/a\xff/", true }, { "put s3://bkt/\xc2\x9b/", true },
	};
	struct permission p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (permission_parse(&p, bad[i].text, bad[i].rule, &err) != -1)
			fail_msg("taken: %s", bad[i].text);
		assert_int_equal(err.code, S3JIT_EUSAGE);
		assert_null(p.bucket);
		assert_null(p.key);
	}
	/* the hint says what to write instead */
	permission_parse(&p, "put s3://bkt/2026/*", false, &err);
	assert_non_null(strstr(err.text, "end with `/`"));
}

static void
covering_table(void **state)
{
	static const struct {
		const char *have, *wanted;
		bool covers;
	} table[] = {
		{ "put s3://prod-reports/*", "put s3://prod-reports/2026/x", true },
		{ "put s3://prod-reports/*", "put s3://prod-reports/2026/", true },
		{ "put s3://prod-reports/*", "put s3://prod-reports/", true },
		{ "put s3://prod-reports/*", "put s3://prod-reports2/x", false },
		{ "put s3://prod-reports/*", "get s3://prod-reports/x", false },
		{ "put s3://prod-*", "put s3://prod-reports/x", true },
		{ "put s3://prod-*", "put s3://prod-*", true },
		{ "put s3://prod-*", "put s3://prod-a*", true },
		{ "put s3://prod-a*", "put s3://prod-*", false },
		{ "put s3://prod-*", "put s3://prod/x", false },
		{ "put s3://*", "put s3://any/", true },
		{ "put s3://any/", "put s3://*", false },
		{ "put s3://bkt/k", "put s3://bkt/k", true },
		{ "put s3://bkt/k", "put s3://bkt/kk", false },
		{ "put s3://bkt/k", "put s3://bkt/k*", false },
		{ "put s3://bkt/k", "put s3://bkt/k/", false },
		{ "put s3://bkt/k", "put s3://bkt/K", false },
		{ "put s3://bkt/k/", "put s3://bkt/k", false },
		{ "put s3://bkt/k/", "put s3://bkt/k*", false },
		{ "put s3://bkt/k*", "put s3://bkt/k/", true },
		{ "put s3://bkt/k/", "put s3://bkt/k/l/", true },
		{ "put s3://bkt/%2A*", "put s3://bkt/x", false },
		{ "put s3://bkt/%2A*", "put s3://bkt/%2Ax", true },
	};
	struct permission have, wanted;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(permission_parse(&have, table[i].have, true, &err), 0);
		assert_int_equal(permission_parse(&wanted, table[i].wanted, true, &err), 0);
		if (permission_covers(&have, &wanted) != table[i].covers)
			fail_msg("%s / %s", table[i].have, table[i].wanted);
		permission_clear(&have);
		permission_clear(&wanted);
	}
}

/* covers() says no more than allows(): tried on all pairs of a small world. */
static void
covering_means_allowing_everything(void **state)
{
	static const char *const texts[] = {
		"put s3://*", "put s3://ab*", "put s3://abc/", "put s3://abd/", "put s3://abc/x",
		"put s3://abc/x/", "put s3://abc/x*", "put s3://abc/x/y", "put s3://abc/%2A",
		"get s3://abc/x", "list s3://abc/x/",
	};
	static const char *const buckets[] = { "abc", "abd", "xyz" };
	static const char *const keys[] = { "x", "x/", "x/y", "xy", "y", "*", "x*" };
	struct permission p[11];
	size_t i, j, b, k;
	bool all, in_have, in_wanted;
	int v;

	(void)state;
	for (i = 0; i < 11; i++)
		assert_int_equal(permission_parse(&p[i], texts[i], true, &err), 0);
	for (i = 0; i < 11; i++) {
		for (j = 0; j < 11; j++) {
			all = true;
			for (v = 0; v < VERBS; v++)
				for (b = 0; b < 3; b++)
					for (k = 0; k < 7; k++) {
						in_have = permission_allows(&p[i], v, buckets[b], keys[k]);
						in_wanted = permission_allows(&p[j], v, buckets[b], keys[k]);
						if (in_wanted && !in_have)
							all = false;
					}
			if (permission_covers(&p[i], &p[j]) && !all)
				fail_msg("%s does not cover %s", texts[i], texts[j]);
		}
	}
	for (i = 0; i < 11; i++)
		permission_clear(&p[i]);
}

static void
W13_allows_exactly_what_it_says(void **state)
{
	static const struct {
		const char *have;
		enum verb verb;
		const char *bucket, *key;
		bool ok;
	} table[] = {
		{ "put s3://bkt/k", VERB_PUT, "bkt", "k", true },
		{ "put s3://bkt/k", VERB_GET, "bkt", "k", false },
		{ "put s3://bkt/k", VERB_PUT, "bkt", "kk", false },
		{ "put s3://bkt/k", VERB_PUT, "bkt2", "k", false },
		{ "put s3://bkt/k", VERB_PUT, "bkt", "", false },
		{ "put s3://bkt/", VERB_PUT, "bkt", "any\xc3\xa9", true },
		{ "put s3://bkt/", VERB_PUT, "bkt", "", false },	/* a request on the bucket */
		{ "get s3://*", VERB_GET, "bkt", "", false },
		{ "list s3://bkt/", VERB_LIST, "bkt", "", true },
		{ "list s3://bkt/x/", VERB_LIST, "bkt", "", false },
		{ "list s3://bkt/x/", VERB_LIST, "bkt", "x/y", true },
		{ "get s3://*", VERB_GET, "bkt", "x", true },
		{ "get s3://*", VERB_GET, "bkt--x-s3", "x", false },
		{ "get s3://*", VERB_GET, "a/b", "x", false },
		{ "get s3://*", VERB_GET, "", "x", false },
		{ "get s3://bkt/", VERB_GET, "bkt", "a\nb", false },
		{ "get s3://bkt/", VERB_GET, "bkt", "\xff", false },
		{ "get s3://bkt/%2A", VERB_GET, "bkt", "*", true },
		{ "get s3://bkt/%2A", VERB_GET, "bkt", "x", false },
		{ "get s3://bkt/?", VERB_GET, "bkt", "x", false },
	};
	struct permission p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(permission_parse(&p, table[i].have, true, &err), 0);
		if (permission_allows(&p, table[i].verb, table[i].bucket, table[i].key) != table[i].ok)
			fail_msg("%s, %s %s", table[i].have, table[i].bucket, table[i].key);
		permission_clear(&p);
	}
}

static void
check_scope(const char *const *texts, size_t n, bool rule, const char *expected)
{
	struct scope s;
	char all[512] = "", *text;
	size_t i;

	assert_int_equal(scope_parse(&s, texts, n, rule, &err), 0);
	for (i = 0; i < s.n; i++) {
		text = permission_text(&s.v[i]);
		strcat(all, text);
		strcat(all, "|");
		free(text);
	}
	assert_string_equal(all, expected);
	scope_clear(&s);
	assert_int_equal(s.n, 0);
}

static void
a_scope_is_sorted_and_without_surplus(void **state)
{
	static const char *const a[] = { "put s3://bkt/z", "get s3://bkt/a", "put s3://bkt/z",
		"put s3://bkt/2026/x", "put s3://bkt/2026/", "list s3://bkt", "list s3://bkt/" };
	static const char *const b[] = { "put s3://bkt/x", "put s3://b*", "put s3://bkt/", "put s3://*" };
	static const char *const c[] = { "put s3://bkt/2026/*", "put s3://bkt/2026/" };

	(void)state;
	check_scope(a, 7, false,
	    "get s3://bkt/a|list s3://bkt/|put s3://bkt/2026/|put s3://bkt/z|");
	check_scope(b, 4, true, "put s3://*|");
	check_scope(c, 2, true, "put s3://bkt/2026/|");
	check_scope(NULL, 0, false, "");
}

static void
a_scope_has_a_size(void **state)
{
	const char *texts[SCOPE_MAX + 1];
	char text[SCOPE_MAX + 1][32];
	struct scope s;
	size_t i;

	(void)state;
	for (i = 0; i <= SCOPE_MAX; i++) {
		snprintf(text[i], sizeof(text[i]), "put s3://bkt/%zu", i);
		texts[i] = text[i];
	}
	assert_int_equal(scope_parse(&s, texts, SCOPE_MAX, false, &err), 0);
	assert_int_equal(s.n, SCOPE_MAX);
	scope_clear(&s);
	assert_int_equal(scope_parse(&s, texts, SCOPE_MAX + 1, false, &err), -1);
	assert_int_equal(scope_parse(&s, texts, SCOPE_MAX + 1, true, &err), 0);
	scope_clear(&s);
	/* one bad member spoils it */
	texts[7] = "put s3://bkt/*";
	assert_int_equal(scope_parse(&s, texts, SCOPE_MAX, false, &err), -1);
	assert_null(s.v);
	assert_int_equal(s.n, 0);
}

static void
scope_covers_names_what_is_missing(void **state)
{
	static const char *const have[] = { "put s3://bkt/*", "get s3://bkt/a" };
	static const char *const want[] = { "put s3://bkt/x", "get s3://bkt/b" };
	const struct permission *missing = NULL;
	struct scope h, w, none = { 0 };

	(void)state;
	assert_int_equal(scope_parse(&h, have, 2, true, &err), 0);
	assert_int_equal(scope_parse(&w, want, 2, false, &err), 0);
	assert_false(scope_covers(&h, &w, &missing));
	assert_string_equal(missing->key, "b");
	assert_false(scope_covers(&h, &w, NULL));
	assert_true(scope_covers(&h, &h, &missing));
	assert_true(scope_covers(&h, &none, &missing));
	assert_false(scope_covers(&none, &h, &missing));	/* empty means nobody */
	scope_clear(&h);
	scope_clear(&w);
}

static void
W9_verbs_name_their_actions_one_by_one(void **state)
{
	const char *const *a;
	int v;

	(void)state;
	for (v = 0; v < VERBS; v++) {
		assert_int_equal(verb_from_name(verb_name(v)), v);
		for (a = verb_object_actions(v); *a != NULL; a++) {
			assert_memory_equal(*a, "s3:", 3);
			assert_null(strpbrk(*a, "*?"));
		}
		for (a = verb_bucket_actions(v); *a != NULL; a++)
			assert_null(strpbrk(*a, "*?"));
		assert_true(verb_object_actions(v)[0] != NULL || verb_bucket_actions(v)[0] != NULL);
	}
	assert_int_equal(verb_from_name("write"), -1);
	assert_int_equal(verb_from_name(""), -1);
	assert_string_equal(verb_name(VERBS), "?");
	assert_null(verb_object_actions(VERBS)[0]);
	assert_null(verb_bucket_actions((enum verb)-1)[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_have_one_text),
		cmocka_unit_test(the_rest_is_refused),
		cmocka_unit_test(covering_table),
		cmocka_unit_test(covering_means_allowing_everything),
		cmocka_unit_test(W13_allows_exactly_what_it_says),
		cmocka_unit_test(a_scope_is_sorted_and_without_surplus),
		cmocka_unit_test(a_scope_has_a_size),
		cmocka_unit_test(scope_covers_names_what_is_missing),
		cmocka_unit_test(W9_verbs_name_their_actions_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
