/*
 * test_races.c - pairs of messages that race, in both orders, a thousand times
 * each: one outcome, the one that the order says, on record once.
 *
 * Here the order is drawn by lot; regress/races.sh lets the scheduler decide.
 * Random interleavings of everything are in test_interleavings.c.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "race_world.h"
#include "seed.h"

struct race {
	char id[REQUEST_ID], digest[DIGEST_HEX];
};

static int issued;

static void
count_lease(const char *request)
{
	issued += request[0] != '\0';
}

static int
setup(void **state)
{
	(void)state;
	race_begin(count_lease);
	return 0;
}

typedef bool action(struct race *);

static bool
approves(struct race *m)
{
	return fake_vote(racer[2], m->id, m->digest, true) == S3JIT_OK;
}

static bool
approves_too(struct race *m)
{
	return fake_vote(racer[3], m->id, m->digest, true) == S3JIT_OK;
}

static bool
denies(struct race *m)
{
	return fake_vote(racer[3], m->id, m->digest, false) == S3JIT_OK;
}

static bool
withdraws(struct race *m)
{
	struct msg_withdraw q = { m->id };

	return fake_ask(racer[0], on_withdraw, &q) == S3JIT_OK;
}

static bool
revokes(struct race *m)
{
	struct msg_revoke q = { m->id, (char *)"", false, (char *)"stop" };

	return fake_ask(racer[3], on_revoke, &q) == S3JIT_OK;
}

/* Its time is over and no tick has seen it yet. */
static bool
time_is_up(struct race *m)
{
	(void)m;
	fake_clocks(3601);
	return true;
}

static bool
lapses_unclaimed(struct race *m)
{
	fake_pass(301);
	return strcmp(fake_state(m->id), "lapsed") == 0;
}

static bool
lapses(struct race *m)
{
	fake_pass(3601);
	return strcmp(fake_state(m->id), "lapsed") == 0;
}

static bool
logs_out(struct race *m)
{
	queue_session_ended(&fake.b, racer_login[0], "logout");
	return strcmp(fake_state(m->id), "logout") == 0;
}

static bool
claims(struct race *m)
{
	return fake_claim(racer[0], m->id) == S3JIT_OK;
}

static bool
claims_elsewhere(struct race *m)
{
	return fake_claim(racer[1], m->id) == S3JIT_OK;
}

static bool
expires(struct race *m)
{
	fake_pass(901);
	return strcmp(fake_state(m->id), "expired") == 0;
}

struct pair {
	const char *name;
	bool approved;			/* before the race */
	bool active;
	action *one, *two;
	/* ends that are possible when `one` comes first, and when `two` does */
	const char *ends_one, *ends_two;
};

static const struct pair pairs[] = {
	{ "approve/withdraw", false, false, approves, withdraws, "withdrawn", "withdrawn" },
	{ "approve/deny", false, false, approves, denies, "denied", "denied" },
	{ "approve/lapse", false, false, approves, lapses, "lapsed", "lapsed" },
	{ "approve/second approver", false, false, approves, approves_too, "approved", "approved" },
	{ "approve/revoke", false, false, approves, revokes, "revoked", "revoked" },
	/* other logins of the asker's may still take it up */
	{ "approve/logout", false, false, approves, logs_out, "approved", "approved" },
	{ "approve/expiry, no tick", false, false, approves, time_is_up, "approved", "pending" },
	{ "claim/expiry, no tick", true, false, claims, time_is_up, "active", "approved" },
	{ "claim/lapse", true, false, claims, lapses_unclaimed, "active", "lapsed" },
	{ "claim/deny", true, false, claims, denies, "active", "denied" },
	{ "claim/revoke", true, false, claims, revokes, "revoked", "revoked" },
	{ "claim/withdraw", true, false, claims, withdraws, "active", "withdrawn" },
	{ "claim/claim elsewhere", true, false, claims, claims_elsewhere, "active", "active" },
	{ "claim/logout", true, false, claims, logs_out, "logout", "active" },
	{ "revoke/expiry", false, true, revokes, expires, "revoked", "expired" },
	{ "revoke/logout", false, true, revokes, logs_out, "revoked", "logout" },
};

#define TIMES 1000

/* Whatever it was, it ends now. */
static void
end_it(struct race *m)
{
	revokes(m);
	withdraws(m);
	fake_pass(4000);
}

/* One end on record, at most one yes of each, one grant, one lease, and none without the other. */
static void
one_outcome(const struct pair *p, const struct race *m, int leases)
{
	static const char *const ends[] = { "denied", "lapsed", "withdrawn", "expired", "revoked",
		"logout", "done", NULL };
	int granted = race_record(m->id, "granted");

	if (race_records(m->id, ends) != 1 || race_record(m->id, "approved") > 1 || granted > 1 ||
	    granted > race_record(m->id, "approved") || leases != granted)
		fail_msg("%s: %d ends, %d approved, %d granted, %d leases", p->name,
		    race_records(m->id, ends), race_record(m->id, "approved"), granted, leases);
}

static bool
is_one_of(const char *words, const char *word)
{
	const char *at = strstr(words, word);

	return word[0] != '\0' && at != NULL && (at == words || at[-1] == ' ') &&
	    strchr(" ", at[strlen(word)]) != NULL;
}

static void
race(const struct pair *p, int split[2])
{
	struct race m = { 0 };
	bool first = seed_below(2) == 0;
	int before = issued;
	const char *state;

	assert_int_equal(fake_ask_delivery(racer[0], DELIVERY_COMMAND, "put s3://prod-reports/race",
	    900, m.id, m.digest), S3JIT_OK);
	if (p->approved || p->active)
		assert_true(approves(&m));
	if (p->active)
		assert_true(claims(&m));
	(first ? p->one : p->two)(&m);
	(first ? p->two : p->one)(&m);
	split[first ? 0 : 1]++;
	state = fake_state(m.id);
	if (!is_one_of(first ? p->ends_one : p->ends_two, state))
		fail_msg("%s, %s first: ended %s", p->name, first ? "one" : "two", state);
	end_it(&m);
	one_outcome(p, &m, issued - before);
}

static void
Q11_races_have_one_outcome_each(void **state)
{
	size_t i;
	int k;

	(void)state;
	seed_begin();
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		int split[2] = { 0, 0 };

		for (k = 0; k < TIMES; k++)
			race(&pairs[i], split);
		printf("%-24s %d first / %d second\n", pairs[i].name, split[0], split[1]);
		assert_true(split[0] > 0 && split[1] > 0);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, race_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(Q11_races_have_one_outcome_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
