/*
 * test_races.c - random interleavings of everybody's messages against a model.
 *
 * The model keeps, for each request, only what was answered with success: who
 * said yes or no, how often it was claimed, whether it ended.  Each time STS
 * would be asked for a lease the model judges: quorum of distinct entitled
 * persons on this digest, claimed exactly once, never after a no or an end,
 * never before its record (Q1-Q5, Q9-Q11, A1, B11).
 *
 * Then pairs of messages that race, in both orders, a thousand times each.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_broker.h"

#define REQUESTS 24
#define STEPS 12000

struct model {
	char id[REQUEST_ID], digest[DIGEST_HEX];
	int needs;		/* distinct yes votes */
	uint32_t asker;
	unsigned yes;		/* bit per person */
	bool no, ended;
	int claims;
};

static struct model models[REQUESTS];
static int violations;
static int issued;

static struct session *logins[6];	/* alice, alice again, bob, carol, dave, dave again */
static struct fake_conn *conns[6];
static uint32_t next_session = 100;
static const uint32_t uid_of[6] = { UID_ALICE, UID_ALICE, UID_BOB, UID_CAROL, UID_DAVE, UID_DAVE };

static unsigned
random_below(unsigned n)
{
	static unsigned long long x = 88172645463325252ULL;	/* xorshift64, fixed seed */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)(x % n);
}

static struct model *
model_of(const char *id)
{
	size_t i;

	for (i = 0; i < REQUESTS; i++)
		if (strcmp(models[i].id, id) == 0)
			return &models[i];
	return NULL;
}

static bool
recorded(const char *id, const char *event)
{
	struct s3jit_err err = { 0 };
	struct list rows = { 0 };
	char wanted[64];
	bool found = false;
	size_t i;

	snprintf(wanted, sizeof(wanted), "\"event\":\"%s\"", event);
	if (store_audit_page(fake.b.store, &rows, 0, 500, id, 0, 0, &err) == -1)
		return false;
	for (i = 0; i < rows.n; i++) {
		struct audit_row *row = &((struct audit_row *)rows.v)[i];

		found = found || strstr(row->record, wanted) != NULL;
		codec_clear(&audit_row_table, row);
	}
	free(rows.v);
	return found;
}

static int
bits(unsigned v)
{
	int n = 0;

	for (; v != 0; v >>= 1)
		n += v & 1;
	return n;
}

/* STS would be asked now: may it? */
static void
judge(const char *id)
{
	struct model *m;

	if (id[0] == '\0')
		return;
	issued++;
	if ((m = model_of(id)) == NULL || m->no || m->ended || bits(m->yes) < m->needs ||
	    !recorded(id, "granted") || !recorded(id, "lease-intent"))
		violations++;
}

static void
login(int i)
{
	char key[32];

	snprintf(key, sizeof(key), "key-%u", uid_of[i]);
	logins[i] = fake_login(uid_of[i], next_session++, key);
	conns[i] = fake_connect(logins[i]);
}

static int
setup(void **state)
{
	int i;

	(void)state;
	fake_start();
	memset(models, 0, sizeof(models));
	violations = issued = 0;
	fake.signer.on_lease = judge;
	for (i = 0; i < 6; i++)
		login(i);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

static void
do_ask(struct model *m, int actor)
{
	char id[REQUEST_ID], digest[DIGEST_HEX], key[64];
	enum s3jit_code code;
	bool deletes = uid_of[actor] == UID_DAVE;

	snprintf(key, sizeof(key), "%s s3://prod-reports/k%u", deletes ? "delete" : "put",
	    random_below(1000000));
	code = fake_ask_delivery(conns[actor], DELIVERY_COMMAND, key, 60 + random_below(600), id,
	    digest);
	if (code != S3JIT_OK)
		return;
	memset(m, 0, sizeof(*m));
	memcpy(m->id, id, sizeof(id));
	memcpy(m->digest, digest, sizeof(digest));
	m->needs = deletes ? 2 : 1;
	m->asker = uid_of[actor];
}

static void
do_vote(struct model *m, int actor, bool yes)
{
	if (fake_vote(conns[actor], m->id, m->digest, yes) != S3JIT_OK)
		return;
	if (uid_of[actor] == m->asker || uid_of[actor] == UID_ALICE)
		violations++;		/* own request, or not a lead */
	if (yes)
		m->yes |= 1U << (uid_of[actor] - UID_ALICE);
	else
		m->no = true;
}

/* The model is told before the lease is asked for: a claim that succeeds asks at once. */
static void
do_claim(struct model *m, int actor)
{
	struct model before = *m;
	enum s3jit_code code = fake_claim(conns[actor], m->id);

	if (code != S3JIT_OK)
		return;
	m->claims++;
	if (before.claims > 0 || before.no || before.ended || uid_of[actor] != m->asker)
		violations++;
}

static void
do_end(struct model *m, int actor, unsigned how)
{
	struct msg_withdraw withdraw = { m->id };
	struct msg_revoke revoke = { m->id, (char *)"", false, (char *)"stop" };
	struct msg_close close = { m->id };
	struct msg_end end = { m->id, (char *)"done", 0 };
	enum s3jit_code code;

	if (how == 0)
		code = fake_ask(conns[actor], on_withdraw, &withdraw);
	else if (how == 1)
		code = fake_ask(conns[actor], on_revoke, &revoke);
	else if (how == 2)
		code = fake_ask(conns[actor], on_close, &close);
	else
		code = fake_ask(conns[actor], on_end, &end);
	if (code == S3JIT_OK)
		m->ended = true;
}

static void
do_relogin(int actor)
{
	/* sessions of a test are kept for rows; 64 is the fake's room */
	if (next_session > 150)
		return;
	fake_logout(logins[actor]);
	fake_disconnect(conns[actor]);
	login(actor);
}

static void
do_restart(void)
{
	int i;

	fake_restart();
	for (i = 0; i < 6; i++)
		conns[i] = fake_connect(logins[i]);
}

static void
step(void)
{
	struct model *m = &models[random_below(REQUESTS)];
	int actor = (int)random_below(6);
	unsigned what = random_below(100);

	if (m->id[0] == '\0' || what < 12)
		do_ask(m, actor % 2 == 0 ? 0 : 4);
	else if (what < 40)
		do_vote(m, actor, true);
	else if (what < 43)
		do_vote(m, actor, false);
	else if (what < 75)
		do_claim(m, actor);
	else if (what < 82)
		do_end(m, actor, random_below(4));
	else if (what < 94)
		fake_pass(random_below(20));
	else if (what < 96)
		fake_person_groups(UID_CAROL, random_below(2) ? GID_LEADS : 0, 0);
	else if (what < 97)
		do_relogin(actor);
	else if (what < 98)
		do_restart();
	else
		fake.signer.fails = random_below(4) == 0;
}

static void
Q4_Q10_random_interleavings_never_break_the_rules(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < STEPS; i++) {
		step();
		assert_int_equal(violations, 0);
	}
	printf("%d steps, %d leases issued\n", STEPS, issued);
	assert_true(issued > 100);
}

/* The control: a lease that skips the claim is seen. */
static void
a_planted_lease_is_seen(void **state)
{
	struct s3jit_err err = { 0 };
	struct request_row row;
	struct live *l;

	(void)state;
	do_ask(&models[0], 0);
	assert_int_equal(store_request_get(fake.b.store, &row, models[0].id, &err), 0);
	row.deadline = fake.wall + 60;
	l = queue_attend(&fake.b, &row);
	assert_non_null(l);
	assert_int_equal(grant_holder(&fake.b, l, &row, &err), 0);
	judge(models[0].id);
	assert_int_equal(violations, 1);
	codec_clear(&request_row_table, &row);
}

/* --- pairs ------------------------------------------------------------------------ */

typedef bool action(struct model *);

static bool
approves(struct model *m)
{
	return fake_vote(conns[2], m->id, m->digest, true) == S3JIT_OK;
}

static bool
approves_too(struct model *m)
{
	return fake_vote(conns[3], m->id, m->digest, true) == S3JIT_OK;
}

static bool
denies(struct model *m)
{
	return fake_vote(conns[3], m->id, m->digest, false) == S3JIT_OK;
}

static bool
withdraws(struct model *m)
{
	struct msg_withdraw q = { m->id };

	return fake_ask(conns[0], on_withdraw, &q) == S3JIT_OK;
}

static bool
revokes(struct model *m)
{
	struct msg_revoke q = { m->id, (char *)"", false, (char *)"stop" };

	return fake_ask(conns[3], on_revoke, &q) == S3JIT_OK;
}

static bool
lapses(struct model *m)
{
	fake_pass(3601);
	return strcmp(fake_state(m->id), "lapsed") == 0;
}

static bool
logs_out(struct model *m)
{
	queue_session_ended(&fake.b, logins[0], "logout");
	return strcmp(fake_state(m->id), "logout") == 0;
}

static bool
claims(struct model *m)
{
	return fake_claim(conns[0], m->id) == S3JIT_OK;
}

static bool
claims_elsewhere(struct model *m)
{
	return fake_claim(conns[1], m->id) == S3JIT_OK;
}

static bool
expires(struct model *m)
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
	{ "approve/deny", false, false, approves, denies, "approved denied", "denied" },
	{ "approve/lapse", false, false, approves, lapses, "lapsed", "lapsed" },
	{ "approve/second approver", false, false, approves, approves_too, "approved", "approved" },
	{ "claim/deny", true, false, claims, denies, "active", "denied" },
	{ "claim/revoke", true, false, claims, revokes, "revoked", "revoked" },
	{ "claim/withdraw", true, false, claims, withdraws, "active", "withdrawn" },
	{ "claim/claim elsewhere", true, false, claims, claims_elsewhere, "active", "active" },
	{ "claim/logout", true, false, claims, logs_out, "logout", "active" },
	{ "revoke/expiry", false, true, revokes, expires, "revoked", "expired" },
	{ "revoke/logout", false, true, revokes, logs_out, "revoked", "logout" },
};

#define TIMES 1000

static void
race(const struct pair *p, int split[2])
{
	struct model m = { 0 };
	bool first = random_below(2) == 0;
	const char *state;

	assert_int_equal(fake_ask_put(conns[0], "race", m.id, m.digest), S3JIT_OK);
	m.needs = 1;
	models[0] = m;
	models[0].yes = 1U << 1;	/* bob, where the race approves */
	if (p->approved || p->active)
		assert_true(approves(&m));
	if (p->active)
		assert_true(claims(&m));
	if (first) {
		p->one(&m);
		p->two(&m);
	} else {
		p->two(&m);
		p->one(&m);
	}
	split[first ? 0 : 1]++;
	state = fake_state(m.id);
	if (strstr(first ? p->ends_one : p->ends_two, state) == NULL || state[0] == '\0')
		fail_msg("%s, %s first: ended %s", p->name, first ? "one" : "two", state);
	assert_int_equal(violations, 0);
	revokes(&m);			/* clean up, whatever it was */
	withdraws(&m);
	fake_pass(4000);
}

static void
Q11_races_have_one_outcome_each(void **state)
{
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		int split[2] = { 0, 0 };

		for (k = 0; k < TIMES; k++)
			race(&pairs[i], split);
		printf("%-24s %d first / %d second\n", pairs[i].name, split[0], split[1]);
		assert_true(split[0] > 0 && split[1] > 0);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(Q4_Q10_random_interleavings_never_break_the_rules),
		T(a_planted_lease_is_seen),
		T(Q11_races_have_one_outcome_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
