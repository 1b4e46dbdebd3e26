/*
 * test_audit.c - audit records: what they look like, the chain that ties
 * them, and what happens when they cannot be written (A1-A5, A7).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "broker/audit.h"
#include "s3jit/chain.h"
#include "s3jit/clock.h"
#include "test_store_world.h"

static int64_t now = 1790000000, boot_now = 5000;

static int64_t
wall(void)
{
	return now;
}

static int64_t
boot(void)
{
	return boot_now;
}

struct audited {
	struct world *w;
	struct audit *audit;
};

static int
set_up(void **state)
{
	struct audited *t = calloc(1, sizeof(*t));
	void *w;

	assert_non_null(t);
	clock_replace(wall, boot);
	now = 1790000000;
	boot_now = 5000;
	assert_int_equal(world_new(&w), 0);
	t->w = w;
	assert_int_equal(audit_new(&t->audit, t->w->store, "bastion-07", "boot-1", "c0ffee",
	    &t->w->err), 0);
	audit_paths(t->audit, "/nonexistent/log", "/nonexistent/journal");
	*state = t;
	return 0;
}

static int
tear_down(void **state)
{
	struct audited *t = *state;
	void *w = t->w;

	audit_free(t->audit);
	world_free(&w);
	clock_replace(NULL, NULL);
	free(t);
	return 0;
}

/* All records; the chain is checked on the way.  Returns how many; rows to be cleared. */
static size_t
records(struct audited *t, struct list *rows)
{
	assert_int_equal(store_audit_page(t->w->store, rows, 0, 10000, "", 0, 0, &t->w->err), 0);
	return rows->n;
}

/* What `s3-audit verify` does: the first seq that does not fit, 0 when all do. */
static int64_t
verify(struct audited *t)
{
	char hash[CHAIN_HEX], prev[CHAIN_HEX] = CHAIN_FIRST_PREV;
	struct audit_row *v;
	struct list rows;
	int64_t bad = 0;
	size_t i;

	records(t, &rows);
	v = rows.v;
	for (i = 0; i < rows.n && bad == 0; i++) {
		chain_hash(hash, prev, (int64_t)i + 1, v[i].record);
		if (v[i].seq != (int64_t)i + 1 || strcmp(v[i].prev, prev) != 0 ||
		    strcmp(v[i].hash, hash) != 0)
			bad = (int64_t)i + 1;
		memcpy(prev, hash, sizeof(prev));
	}
	store_rows_clear(&rows, &audit_row_table);
	return bad;
}

/* The record `seq` as JSON; to be json_decref()ed. */
static json_t *
record(struct audited *t, int64_t seq)
{
	struct list rows;
	json_t *o;

	assert_int_equal(store_audit_page(t->w->store, &rows, seq - 1, 1, "", 0, 0, &t->w->err), 0);
	assert_int_equal(rows.n, 1);
	o = json_loads(((struct audit_row *)rows.v)->record, JSON_REJECT_DUPLICATES, NULL);
	store_rows_clear(&rows, &audit_row_table);
	assert_non_null(o);
	return o;
}

static void
assert_text(struct audited *t, int64_t seq, const char *key, const char *text)
{
	json_t *o = record(t, seq);
	const char *got = json_string_value(json_object_get(o, key));

	if (got == NULL || strcmp(got, text) != 0)
		fail_msg("record %lld: %s is \"%s\", not \"%s\"", (long long)seq, key,
		    got != NULL ? got : "(none)", text);
	json_decref(o);
}

static void
assert_number(struct audited *t, int64_t seq, const char *key, int64_t n)
{
	json_t *o = record(t, seq);

	assert_true(json_is_integer(json_object_get(o, key)));
	assert_int_equal(json_integer_value(json_object_get(o, key)), n);
	json_decref(o);
}

static int64_t
how_many(struct audited *t)
{
	return world_count(t->w, "SELECT count(*) FROM audit");
}

static void
add(struct audited *t, const char *event)
{
	if (audit_add(t->audit, &t->w->err, event, "", "something happened", NULL) == -1)
		fail_msg("%s", t->w->err.text);
}

/* --- what a record is --------------------------------------------------------------- */

/* What comes later has the higher number and the later boot time, whatever the wall says. */
static void
A7_a_clock_that_jumps_reads_in_order(void **state)
{
	static const struct { int64_t wall; const char *time; } walls[] = {
		{ 1790000000, "2026-09-21T14:13:20Z" }, { 1789990000, "2026-09-21T11:26:40Z" },
		{ 1999999999, "2033-05-18T03:33:19Z" }, { 1790000003, "2026-09-21T14:13:23Z" },
	};
	struct audited *t = *state;
	int64_t before = -1, i;
	json_t *o;

	for (i = 0; i < 4; i++) {
		now = walls[i].wall;
		boot_now += 1000;
		assert_int_equal(audit_add(t->audit, &t->w->err, "asked", "kmxqrtvz", "x", NULL), 0);
	}
	for (i = 0; i < 4; i++) {
		o = record(t, i + 1);
		assert_string_equal(json_string_value(json_object_get(o, "time")), walls[i].time);
		assert_true(json_integer_value(json_object_get(o, "boot_ms")) > before);
		before = json_integer_value(json_object_get(o, "boot_ms"));
		json_decref(o);
	}
	assert_int_equal(verify(t), 0);
}

static void
A3_A7_a_record_is_one_sorted_line(void **state)
{
	char *scope[] = { (char *)"put s3://b/k", (char *)"delete s3://b/k" };
	const struct strv strv = { scope, 2 };
	struct audited *t = *state;
	struct list rows;

	assert_int_equal(audit_add(t->audit, &t->w->err, "approved", "kmxqrtvz", "bob approved",
	    "by", "bob", "#needed", (int64_t)0, "*scope", &strv, "rule", NULL, "reason", "",
	    NULL), 0);
	assert_int_equal(records(t, &rows), 1);
	assert_string_equal(((struct audit_row *)rows.v)->record,
	    "{\"boot\":\"boot-1\",\"boot_ms\":5000,\"by\":\"bob\",\"config\":\"c0ffee\","
	    "\"event\":\"approved\",\"host\":\"bastion-07\",\"id\":\"kmxqrtvz\",\"needed\":0,"
	    "\"scope\":[\"put s3://b/k\",\"delete s3://b/k\"],\"text\":\"bob approved\","
	    "\"time\":\"2026-09-21T14:13:20Z\"}");
	assert_int_equal(((struct audit_row *)rows.v)->wall, now);
	assert_string_equal(((struct audit_row *)rows.v)->id, "kmxqrtvz");
	store_rows_clear(&rows, &audit_row_table);
}

static void
A3_hostile_text_stays_in_its_line(void **state)
{
	static const char *const texts[] = {
		"a\nseq=9 hash=0 {\"event\":\"approved\"}", "\r\n\t\b", "\033[2J\033]52;c;eA==\a",
		"\177\177", "\xe2\x80\xae" "evil", "\xff\xfe\x80", "\"},{\"event\":\"x\"",
		"\xf0\x9f\x98\x80", "%n%s%n", "back\\slash \xc3(",
	};
	struct audited *t = *state;
	struct list rows;
	size_t i;
	char *p;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(audit_add(t->audit, &t->w->err, "asked", "", texts[i], "reason",
		    texts[i], NULL), 0);
	assert_int_equal(records(t, &rows), sizeof(texts) / sizeof(texts[0]));
	for (i = 0; i < rows.n; i++) {
		for (p = ((struct audit_row *)rows.v)[i].record; *p != '\0'; p++)
			if (*p < 0x20 || *p > 0x7e)
				fail_msg("byte 0x%02x in record %zu", (unsigned char)*p, i);
		json_decref(record(t, (int64_t)i + 1));	/* and it is JSON without a key twice */
	}
	store_rows_clear(&rows, &audit_row_table);
	assert_text(t, 1, "text", texts[0]);
	assert_text(t, 4, "reason", "\177\177");
	assert_text(t, 6, "reason", "\\xFF\\xFE\\x80");
}

static void
long_values_are_cut_with_a_mark(void **state)
{
	char *big = malloc(100001), *many[64];
	const struct strv scope = { many, 64 };
	struct audited *t = *state;
	json_t *o;
	size_t i;

	assert_non_null(big);
	memset(big, 'x', 100000);
	big[100000] = '\0';
	for (i = 0; i < 64; i++)
		many[i] = big;
	assert_int_equal(audit_add(t->audit, &t->w->err, "asked", "", big, NULL), 0);
	assert_int_equal(audit_add(t->audit, &t->w->err, "asked", "", big, "*scope", &scope,
	    NULL), 0);
	o = record(t, 1);
	assert_true(json_string_length(json_object_get(o, "text")) <= 2048);
	assert_non_null(strstr(json_string_value(json_object_get(o, "text")), " more ...]"));
	json_decref(o);
	assert_true(world_count(t->w, "SELECT max(length(record)) FROM audit") <= 32 * 1024);
	o = record(t, 2);
	assert_int_equal(json_array_size(json_object_get(o, "scope")), 64);
	json_decref(o);
	free(big);
}

/* --- A2: the chain ------------------------------------------------------------------- */

/* Otherwise one command of many words would end what auditors can read. */
static void
a_record_of_many_words_fits_a_page(void **state)
{
	struct audited *t = *state;
	static char *argv[4096];
	const struct strv strv = { argv, 4096 };
	char word[200];
	struct list rows;
	size_t i;

	memset(word, '\1', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	for (i = 0; i < 4096; i++)
		argv[i] = word;
	assert_int_equal(audit_add(t->audit, &t->w->err, "asked", "", "", "*argv", &strv, "reason",
	    word, "cwd", word, NULL), 0);
	assert_int_equal(records(t, &rows), 1);
	assert_true(strlen(((struct audit_row *)rows.v)->record) <= CODEC_STR_MAX);
	assert_non_null(strstr(((struct audit_row *)rows.v)->record, "[... 4072 more ...]"));
	store_rows_clear(&rows, &audit_row_table);
}

static void
A2_every_change_is_found(void **state)
{
	static const struct { const char *sql; int64_t bad; } cases[] = {
		{ "UPDATE audit SET record = replace(record, 'two', 'tow') WHERE seq = 2", 2 },
		{ "UPDATE audit SET wall = 0, record = '{}' WHERE seq = 5", 5 },
		{ "UPDATE audit SET hash = prev WHERE seq = 3", 3 },
		{ "DELETE FROM audit WHERE seq = 1", 1 },
		{ "DELETE FROM audit WHERE seq = 3", 3 },
		{ "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4;"
		  "UPDATE audit SET seq = 4 WHERE seq = 5", 3 },
		{ "UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3;"
		  "UPDATE audit SET seq = 3 WHERE seq = 99", 2 },
		/* the tail cut off: the next record shows the hole */
		{ "DELETE FROM audit WHERE seq >= 4", 4 },
		{ "DELETE FROM audit", 1 },
	};
	static const char *const events[] = { "one", "two", "three", "four", "five" };
	size_t i, k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct audited *t;

		if (i > 0) {
			tear_down(state);
			set_up(state);
		}
		t = *state;
		for (k = 0; k < 5; k++)
			add(t, events[k]);
		assert_int_equal(verify(t), 0);
		world_tamper(t->w, "%s", cases[i].sql);
		add(t, "six");
		assert_int_equal(verify(t), cases[i].bad);
	}
}

static void
A2_the_chain_goes_on_over_a_restart(void **state)
{
	struct audited *t = *state;

	add(t, "one");
	audit_free(t->audit);
	world_reopen(t->w);
	assert_int_equal(audit_new(&t->audit, t->w->store, "bastion-07", "boot-2", "c0ffee",
	    &t->w->err), 0);
	audit_paths(t->audit, "/nonexistent/log", "/nonexistent/journal");
	add(t, "two");
	assert_int_equal(how_many(t), 2);
	assert_int_equal(verify(t), 0);
}

static void
pages_by_number_request_and_time(void **state)
{
	static const struct { int64_t after, limit; const char *id; int64_t since, until; size_t n; }
	cases[] = {
		{ 0, 100, "", 0, 0, 6 }, { 2, 100, "", 0, 0, 4 }, { 0, 2, "", 0, 0, 2 },
		{ 0, 100, "kkkkkkkk", 0, 0, 3 }, { 3, 100, "kkkkkkkk", 0, 0, 1 },
		{ 0, 100, "mmmmmmmm", 0, 0, 0 }, { 0, 100, "", 1003, 0, 3 },
		{ 0, 100, "", 0, 1003, 3 }, { 0, 100, "", 1001, 1003, 2 },
		{ 0, 100, "kkkkkkkk", 1001, 1003, 1 }, { 6, 100, "", 0, 0, 0 },
	};
	struct audited *t = *state;
	struct list rows;
	size_t i;

	for (i = 0; i < 6; i++) {
		now = 1000 + (int64_t)i;
		assert_int_equal(audit_add(t->audit, &t->w->err, "e", i % 2 == 0 ? "kkkkkkkk" : "",
		    "t", NULL), 0);
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(store_audit_page(t->w->store, &rows, cases[i].after, cases[i].limit,
		    cases[i].id, cases[i].since, cases[i].until, &t->w->err), 0);
		if (rows.n != cases[i].n)
			fail_msg("case %zu: %zu rows", i, rows.n);
		store_rows_clear(&rows, &audit_row_table);
	}
}

/* --- A1: transactions and gaps ----------------------------------------------------------- */

static void
A1_a_record_stands_and_falls_with_its_transaction(void **state)
{
	struct audited *t = *state;

	world_begin(t->w);
	add(t, "approved");
	store_rollback(t->w->store);
	assert_int_equal(how_many(t), 0);
	world_begin(t->w);
	add(t, "approved");
	assert_int_not_equal(store_transaction(t->w->store), 0);	/* it is the caller's still */
	world_commit(t->w);
	assert_int_equal(how_many(t), 1);
	assert_int_equal(verify(t), 0);
}

static void
A1_no_record_no_power(void **state)
{
	struct audited *t = *state;
	char text[2000];
	int i = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	world_disk_full(t->w);
	do {
		world_begin(t->w);
		if (audit_add(t->audit, &t->w->err, "granted", "", text, NULL) == -1)
			break;
		world_commit(t->w);
	} while (++i < 1000);
	assert_code(t->w, -1, S3JIT_ERECORD, "disk is full");
	/* whoever goes on regardless is stopped here */
	assert_int_equal(store_commit(t->w->store, &t->w->err), -1);
	assert_int_equal(how_many(t), i);
	assert_int_equal(audit_add(t->audit, &t->w->err, "granted", "", text, NULL), -1);
	assert_int_equal(store_transaction(t->w->store), 0);
	world_disk_free(t->w);
	add(t, "granted");
	assert_int_equal(how_many(t), i + 1);	/* audit_add() leaves no gap: the caller knows */
	assert_int_equal(verify(t), 0);
}

static void
A1_a_gap_is_told_once_before_the_next_record(void **state)
{
	struct audited *t = *state;

	world_read_only(t->w, true);
	audit_try(t->audit, "revoked", "", "bob revoked it", NULL);
	now += 60;
	audit_try(t->audit, "login", "", "alice logged in", NULL);
	audit_forward(t->audit);	/* still no room */
	world_read_only(t->w, false);
	assert_int_equal(how_many(t), 0);
	now += 60;
	add(t, "asked");
	add(t, "asked");
	audit_forward(t->audit);
	assert_int_equal(how_many(t), 3);
	assert_text(t, 1, "event", "gap");
	assert_number(t, 1, "count", 2);
	assert_text(t, 1, "from", "2026-09-21T14:13:20Z");
	assert_text(t, 1, "to", "2026-09-21T14:14:20Z");
	assert_text(t, 1, "text", "2 records could not be written");
	assert_text(t, 2, "event", "asked");
	assert_int_equal(verify(t), 0);
}

static void
A1_a_gap_is_told_without_a_further_record(void **state)
{
	struct audited *t = *state;

	world_read_only(t->w, true);
	audit_try(t->audit, "revoked", "", "bob revoked it", NULL);
	world_read_only(t->w, false);
	audit_forward(t->audit);
	audit_forward(t->audit);
	assert_int_equal(how_many(t), 1);
	assert_text(t, 1, "event", "gap");
	assert_number(t, 1, "count", 1);
}

static void
A1_a_gap_record_that_was_rolled_back_is_told_again(void **state)
{
	struct audited *t = *state;

	world_read_only(t->w, true);
	audit_try(t->audit, "revoked", "", "bob revoked it", NULL);
	world_read_only(t->w, false);
	world_begin(t->w);
	add(t, "asked");
	add(t, "asked");
	store_rollback(t->w->store);
	world_begin(t->w);
	add(t, "asked");
	add(t, "asked");
	world_commit(t->w);
	add(t, "asked");
	assert_int_equal(how_many(t), 4);
	assert_text(t, 1, "event", "gap");
	assert_number(t, 1, "count", 1);
	assert_text(t, 2, "event", "asked");
	assert_text(t, 4, "event", "asked");
}

static void
A1_a_try_that_is_rolled_back_is_a_gap(void **state)
{
	struct audited *t = *state;

	world_begin(t->w);
	audit_try(t->audit, "revoked", "", "one", NULL);
	audit_try(t->audit, "revoked", "", "two", NULL);
	add(t, "asked");
	store_rollback(t->w->store);
	world_begin(t->w);
	audit_try(t->audit, "revoked", "", "three", NULL);	/* stands */
	world_commit(t->w);
	add(t, "asked");
	add(t, "asked");
	assert_int_equal(how_many(t), 4);
	assert_text(t, 1, "event", "gap");
	assert_number(t, 1, "count", 2);
	assert_text(t, 2, "text", "three");
	assert_int_equal(verify(t), 0);
}

/* --- A5: floods ------------------------------------------------------------------------------- */

static void
A5_a_flood_is_ten_records_and_a_count(void **state)
{
	struct audited *t = *state;
	int i;

	for (i = 0; i < 1000; i++)
		audit_refused(t->audit, "forged", 1000, "it said it was root");
	audit_refused(t->audit, "forged", 1001, "another person");
	audit_refused(t->audit, "not-allowed", 1000, "another event");
	assert_int_equal(how_many(t), 12);
	assert_number(t, 1, "ruid", 1000);
	boot_now += 59999;
	audit_forward(t->audit);
	assert_int_equal(how_many(t), 12);
	boot_now += 1;
	audit_forward(t->audit);
	assert_int_equal(how_many(t), 13);
	assert_text(t, 13, "event", "forged");
	assert_text(t, 13, "text", "990 more attempts like these within a minute");
	assert_number(t, 13, "count", 990);
	assert_number(t, 13, "ruid", 1000);
	audit_refused(t->audit, "forged", 1000, "a new minute");
	assert_int_equal(how_many(t), 14);
	boot_now += 60000;
	audit_forward(t->audit);	/* a single one needs no count */
	assert_int_equal(how_many(t), 14);
}

static void
A5_a_minute_that_is_over_is_told_by_the_next_attempt(void **state)
{
	struct audited *t = *state;
	int i;

	for (i = 0; i < 11; i++)
		audit_refused(t->audit, "forged", 1000, "x");
	boot_now += 60000;
	audit_refused(t->audit, "forged", 1000, "x");
	assert_int_equal(how_many(t), 12);
	assert_number(t, 11, "count", 1);
}

static void
A5_ten_thousand_people_are_bounded_too(void **state)
{
	struct audited *t = *state;
	int64_t uid;

	for (uid = 0; uid < 10000; uid++)
		audit_refused(t->audit, "forged", uid, "x");
	assert_true(how_many(t) < 200);
	boot_now += 60000;
	audit_forward(t->audit);
	assert_text(t, how_many(t), "event", "refused");
	assert_number(t, how_many(t), "count", 10000 - (how_many(t) - 1));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(A3_A7_a_record_is_one_sorted_line),
		T(A7_a_clock_that_jumps_reads_in_order),
		T(A3_hostile_text_stays_in_its_line),
		T(long_values_are_cut_with_a_mark),
		T(a_record_of_many_words_fits_a_page),
		T(A2_every_change_is_found),
		T(A2_the_chain_goes_on_over_a_restart),
		T(pages_by_number_request_and_time),
		T(A1_a_record_stands_and_falls_with_its_transaction),
		T(A1_no_record_no_power),
		T(A1_a_gap_is_told_once_before_the_next_record),
		T(A1_a_gap_is_told_without_a_further_record),
		T(A1_a_gap_record_that_was_rolled_back_is_told_again),
		T(A1_a_try_that_is_rolled_back_is_a_gap),
		T(A5_a_flood_is_ten_records_and_a_count),
		T(A5_a_minute_that_is_over_is_told_by_the_next_attempt),
		T(A5_ten_thousand_people_are_bounded_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
