/*
 * test_broker_lease.c - credentials that live as long as they should: short
 * leases of an open grant, baselines ahead of need, an STS that is away, a day.
 *
 * Real store, audit and handlers; fake_broker.c makes up the rest, the clock
 * included.
 */
#include "config.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "broker/baseline.h"
#include "fake_broker.h"

#define MINUTES 60
#define FOLDER "put s3://prod-reports/2026/"
#define KMS_KEY "arn:aws:kms:eu-central-1:111122223333:key/0a-1B"

static struct session *alice_login;
static struct fake_conn *alice, *bob;
static char id[REQUEST_ID];

static int
setup(void **state)
{
	(void)state;
	fake_start();
	alice_login = fake_login(UID_ALICE, 11, "key-alice");
	alice = fake_connect(alice_login);
	bob = fake_connect(fake_login(UID_BOB, 12, "key-bob"));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

/* How many leases of grants STS was asked for. */
static int
grant_leases(void)
{
	return fake.signer.leases - fake.signer.baselines;
}

/* s3-sudo open for so long; returns grant_leases() as it was before. */
static int
open_for(int64_t ttl)
{
	int before = grant_leases();

	fake_grant(alice, bob, DELIVERY_SESSION, FOLDER, ttl, id);
	return before;
}

static enum s3jit_code
get(const char *profile)
{
	struct msg_get_credentials q = { (char *)profile };

	return fake_ask(alice, on_get_credentials, &q);
}

/* The keys that came: here, the name of their lease, and when the SDK thinks they end. */
static const struct msg_credentials *
keys(const char *profile)
{
	assert_int_equal(get(profile), S3JIT_OK);
	assert_ptr_equal(alice->table, &credentials_table);
	return alice->answer;
}

static int64_t
keys_until(void)
{
	struct request_row row;
	int64_t until;

	assert_int_equal(store_request_get(fake.b.store, &row, id, NULL), 0);
	until = row.keys_until;
	codec_clear(&request_row_table, &row);
	return until;
}

static int64_t
closed_until(void)
{
	struct msg_close close = { (char *)"" };

	assert_int_equal(fake_ask(alice, on_close, &close), S3JIT_OK);
	return ((const struct msg_closed *)alice->answer)->keys_until;
}

static void
C6_a_thousand_questions_in_five_minutes_take_one_lease(void **state)
{
	int before = open_for(5 * MINUTES), i;
	int64_t deadline = fake.wall + 5 * MINUTES;

	(void)state;
	for (i = 0; i < 1000; i++) {
		assert_int_equal(keys("s3-write")->expiration, deadline);
		if (i % 4 == 0)
			fake_pass(1);
	}
	assert_int_equal(grant_leases() - before, 1);
	assert_int_equal(fake.signer.hand_outs, 1000);
}

static void
C6_leases_of_an_open_grant_are_short(void **state)
{
	int64_t begun = fake.wall;

	(void)state;
	open_for(20 * MINUTES);
	assert_int_equal(fake.signer.last_until, begun + 5 * MINUTES);
	assert_int_equal(keys_until(), 0);		/* nobody has any yet */
	assert_int_equal(keys("s3-write")->expiration, begun + 4 * MINUTES);
	assert_int_equal(keys_until(), begun + 5 * MINUTES);
	assert_int_equal(closed_until(), begun + 5 * MINUTES);
}

/* A1: it is on record before it leaves. */
static void
A1_C6_until_when_keys_work_is_noted_before_they_leave(void **state)
{
	int64_t begun = fake.wall;

	(void)state;
	open_for(20 * MINUTES);
	fake.signer.hangs = true;
	get("s3-write");
	assert_null(alice->table);
	assert_int_equal(keys_until(), begun + 5 * MINUTES);
	fake_signer_run();
	assert_ptr_equal(alice->table, &credentials_table);
}

static void
a_lease_is_renewed_at_half_its_life_and_the_old_one_answers_meanwhile(void **state)
{
	char first[128], second[128];
	int before, drops, i;

	(void)state;
	open_for(20 * MINUTES);
	snprintf(first, sizeof(first), "%s", keys("s3-write")->access_key_id);
	fake_pass(149);
	before = grant_leases();
	keys("s3-write");
	assert_int_equal(grant_leases(), before);
	fake_pass(1);
	fake.signer.hangs = true;
	for (i = 0; i < 20; i++)
		get("s3-write");
	assert_int_equal(grant_leases(), before + 1);
	fake.signer.hangs = false;
	fake_signer_run();
	assert_string_equal(((const struct msg_credentials *)alice->answer)->access_key_id, first);
	snprintf(second, sizeof(second), "%s", keys("s3-write")->access_key_id);
	assert_string_not_equal(first, second);
	drops = fake.signer.drops;
	assert_int_equal(closed_until(), fake.wall + 5 * MINUTES);
	assert_int_equal(fake.signer.drops, drops + 2);		/* C8: both are wiped */
}

static void
C6_the_last_lease_ends_at_the_deadline_and_says_so(void **state)
{
	int64_t deadline = fake.wall + 20 * MINUTES, told = 0, left;
	int before = open_for(20 * MINUTES);

	(void)state;
	for (left = 20 * MINUTES; left > 1; left -= 10) {
		told = keys("s3-write")->expiration;
		assert_true(told > fake.wall && told <= deadline);
		assert_true(fake.signer.last_until <= deadline);
		assert_true(fake.signer.last_until - fake.wall <= 5 * MINUTES);
		fake_pass(10);
	}
	assert_int_equal(told, deadline);
	assert_true(grant_leases() - before <= 8);
	assert_int_equal(get("s3-write"), S3JIT_ENOTALLOWED);
}

/* Nobody asks, nobody is given: an open grant takes no lease by itself. */
static void
an_idle_grant_asks_for_nothing(void **state)
{
	int before;

	(void)state;
	open_for(20 * MINUTES);
	fake_pass(0);
	before = grant_leases();
	fake_pass(15 * MINUTES);
	assert_int_equal(grant_leases(), before);
	keys("s3-write");
	assert_int_equal(grant_leases(), before + 1);
}

static void
a_rule_says_how_long_a_lease_lasts(void **state)
{
	int64_t begun = fake.wall;

	(void)state;
	fake.b.conf->rules[0].lease = 30;
	open_for(20 * MINUTES);
	fake.b.conf->rules[0].lease = LEASE_DEFAULT;
	assert_int_equal(keys("s3-write")->expiration, begun + 20);
	assert_int_equal(closed_until(), begun + 30);
}

static void
keys_of_a_command_last_for_the_grant(void **state)
{
	(void)state;
	fake_grant(alice, bob, DELIVERY_COMMAND, FOLDER, 20 * MINUTES, id);
	assert_int_equal(fake.signer.last_until, fake.wall + 20 * MINUTES);
	assert_int_equal(keys_until(), fake.wall + 20 * MINUTES);
}

/* --- STS is away ----------------------------------------------------------------- */

static void
what_is_cached_works_until_it_ends_while_STS_is_away(void **state)
{
	int64_t begun = fake.wall;
	int before = open_for(20 * MINUTES), i;

	(void)state;
	keys("s3-write");
	fake.signer.sts_down = true;
	for (i = 0; i < 299; i++) {
		keys("s3-write");
		fake_pass(1);
	}
	assert_int_equal(keys("s3-write")->expiration, begun + 5 * MINUTES);
	/* 1, 2, 4 ... s apart, then each time somebody would be given less than a minute */
	assert_true(grant_leases() - before < 90);
	fake_pass(1);
	assert_int_equal(get("s3-write"), S3JIT_EAWS);
	assert_non_null(strstr(alice->err.text, "STS said no (what was lent before worked until "));
	fake.signer.sts_down = false;
	assert_int_equal(keys("s3-write")->expiration, fake.wall + 4 * MINUTES);
}

static void
C7_the_baseline_works_for_an_hour_while_STS_is_away(void **state)
{
	int before, i;

	(void)state;
	keys("default");
	fake.signer.sts_down = true;
	fake_pass(31 * MINUTES);
	before = fake.signer.baselines;
	for (i = 0; i < 28; i++) {
		keys("default");
		fake_pass(1 * MINUTES);
	}
	/* alice's and bob's, at most once a minute */
	assert_true(fake.signer.baselines - before <= 2 * 28 + 2);
	fake_pass(1 * MINUTES);
	assert_int_equal(get("default"), S3JIT_EAWS);
}

/* --- baselines --------------------------------------------------------------------- */

static void
a_baseline_is_there_before_anybody_asks(void **state)
{
	(void)state;
	fake_pass(1);
	assert_int_equal(fake.signer.leases, 2);	/* alice and bob have a login each */
	fake.signer.sts_down = true;
	keys("default");
	assert_int_equal(fake.signer.leases, 2);
}

static void
a_baseline_is_renewed_while_its_person_is_logged_in(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 24; i++) {
		fake_pass(10 * MINUTES);
		keys("default");
	}
	assert_int_equal(fake.signer.leases, 2 * 8);	/* four hours, each half an hour, two people */
	fake_logout(alice_login);
	fake_pass(60 * MINUTES);
	assert_int_equal(fake.signer.leases, 2 * 8 + 1);
}

/* Reading what is encrypted takes Decrypt, and so a key that the baseline names. */
static void
a_baseline_lends_its_kms_keys(void **state)
{
	struct baseline *base = fake.b.conf->baselines;

	(void)state;
	keys("default");
	assert_string_equal(fake.signer.last_kms, "");
	assert_int_equal(strv_push(&base->kms, KMS_KEY), 0);
	keys("default");	/* those of before do not read it */
	assert_string_equal(fake.signer.last_kms, KMS_KEY);
	strv_clear(&base->kms);
	keys("default");
	assert_string_equal(fake.signer.last_kms, "");
}

static void
a_rule_lends_its_kms_keys(void **state)
{
	struct rule *rule = &fake.b.conf->rules[0];

	(void)state;
	assert_int_equal(strv_push(&rule->kms, KMS_KEY), 0);
	open_for(30 * MINUTES);
	keys("s3-write");
	assert_string_equal(fake.signer.last_kms, KMS_KEY);
	strv_clear(&rule->kms);
}

static void
fifty_logins_are_no_storm(void **state)
{
	unsigned i;

	(void)state;
	fake_logout(alice_login);
	for (i = 0; i < CROWD; i++)
		fake_login(UID_CROWD + i, 100 + i, NULL);
	fake.signer.hangs = true;
	for (i = 0; i < 10; i++)
		fake_pass(1);
	assert_int_equal(fake.signer.leases, 4);
	for (i = 0; i < 20; i++) {
		fake_signer_run();
		fake_pass(1);
	}
	assert_int_equal(fake.signer.leases, CROWD + 1);
}

static void
fifty_logins_are_no_storm_when_STS_is_away(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < CROWD; i++)
		fake_login(UID_CROWD + i, 100 + i, NULL);
	fake.signer.sts_down = true;
	for (i = 0; i < 15 * MINUTES; i++)
		fake_pass(1);
	/* once a minute each, and a few at first */
	assert_true(fake.signer.leases < (CROWD + 2) * (15 + 7));
	fake.signer.sts_down = false;
	for (i = 0; i < 2 * MINUTES; i++)
		fake_pass(1);
	fake.signer.sts_down = true;
	keys("default");
}

static void
a_signer_that_restarted_is_asked_before_anybody_waits(void **state)
{
	(void)state;
	fake_pass(1);
	assert_int_equal(fake.signer.leases, 2);
	baselines_forget(&fake.b);
	fake_pass(1);
	assert_int_equal(fake.signer.leases, 4);
}

/* --- a day ------------------------------------------------------------------------- */

/* What the heap holds, SQLite's cache left out. */
static size_t
heap(void)
{
	return mallinfo2().uordblks - (size_t)sqlite3_memory_used();
}

/* 24 hours in steps of 20 s: grants one after the other, AWS away for a while. */
static void
a_day_keeps_its_promises_and_its_memory(void **state)
{
	int64_t begun = fake.wall, deadline = 0;
	int grants = 0, before = grant_leases();
	size_t after_an_hour = 0;
	int refused = 0;

	(void)state;
	while (fake.wall < begun + 24 * 60 * MINUTES) {
		fake.signer.sts_down = fake.wall - begun >= 36000 && fake.wall - begun < 36000 + 240;
		if (fake.wall >= deadline && !fake.signer.sts_down) {
			open_for(30 * MINUTES);
			deadline = fake.wall + 30 * MINUTES;
			grants++;
		}
		if (fake.wall < deadline && get("s3-write") != S3JIT_OK)
			refused++;
		if (fake.wall < deadline && keys_until() > deadline)
			fail();
		keys("default");
		fake_pass(20);
		if (after_an_hour == 0 && fake.wall - begun >= 60 * MINUTES)
			after_an_hour = heap();
	}
	assert_int_equal(refused, 0);
	assert_true(grants >= 47);
	assert_in_range(grant_leases() - before, grants * 10, grants * 13);
	assert_in_range(fake.signer.baselines, 2 * 48, 2 * 56);	/* and tries while AWS was away */
	if (heap() > after_an_hour + 64 * 1024)
		print_error("%zu bytes after an hour, %zu after a day\n", after_an_hour, heap());
	assert_true(heap() <= after_an_hour + 64 * 1024);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(C6_a_thousand_questions_in_five_minutes_take_one_lease),
		T(C6_leases_of_an_open_grant_are_short),
		T(A1_C6_until_when_keys_work_is_noted_before_they_leave),
		T(a_lease_is_renewed_at_half_its_life_and_the_old_one_answers_meanwhile),
		T(C6_the_last_lease_ends_at_the_deadline_and_says_so),
		T(an_idle_grant_asks_for_nothing),
		T(a_rule_says_how_long_a_lease_lasts),
		T(keys_of_a_command_last_for_the_grant),
		T(what_is_cached_works_until_it_ends_while_STS_is_away),
		T(C7_the_baseline_works_for_an_hour_while_STS_is_away),
		T(a_baseline_is_there_before_anybody_asks),
		T(a_baseline_is_renewed_while_its_person_is_logged_in),
		T(a_baseline_lends_its_kms_keys),
		T(a_rule_lends_its_kms_keys),
		T(fifty_logins_are_no_storm),
		T(fifty_logins_are_no_storm_when_STS_is_away),
		T(a_signer_that_restarted_is_asked_before_anybody_waits),
		T(a_day_keeps_its_promises_and_its_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
