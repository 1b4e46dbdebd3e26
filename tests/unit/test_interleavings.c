/*
 * test_interleavings.c - everybody's messages, time, restarts and changes of
 * groups, rules and rows in random order, against a model.
 *
 * The model keeps, for each request, only what was answered with success: who
 * said yes or no, how often it was claimed, whether it ended.  Each time STS
 * would be asked for a lease the model judges: quorum of distinct persons who are
 * entitled now, on exactly this digest, under the rule as it was asked, claimed
 * once, never after a no or an end, never before its record (Q1-Q5, Q9-Q11, A1,
 * B11).
 *
 * The controls plant a fault each in what the state machine is made of, and the
 * same random steps must make the model see it.  S3JIT_SEED repeats a run.
 */
#include "config.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker/store_sqlite.h"
#include "race_world.h"
#include "seed.h"

#define REQUESTS 24
#define STEPS 40000
#define STEPS_TO_SEE 100000		/* far more than any fault has needed */

/* ---- planted faults ---- */

enum fault {
	NO_FAULT,
	COUNTS_TWICE,		/* the first yes of a request counts for two */
	COUNTS_FORMER,		/* a yes counts although its author may not any more */
	CLAIMED_AGAIN,		/* a claim leaves the request approved */
	ANY_DIGEST,		/* a vote's digest is not compared */
	NO_RECORD,		/* "granted" is not written */
	NO_END,			/* now and then an end that somebody made is not written */
	FAULTS
};

static enum fault fault;
static char voted_on[DIGEST_HEX];	/* the digest of the vote under way */

int64_t __real_rules_missing(const struct rule *, const struct list *, const struct resolver *,
    const struct request *);
int64_t __wrap_rules_missing(const struct rule *, const struct list *, const struct resolver *,
    const struct request *);
int __real_store_request_move(struct store *, const struct request_row *, enum req_state,
    struct s3jit_err *);
int __wrap_store_request_move(struct store *, const struct request_row *, enum req_state,
    struct s3jit_err *);
int __real_store_audit_append(struct store *, struct audit_row *, struct s3jit_err *);
int __wrap_store_audit_append(struct store *, struct audit_row *, struct s3jit_err *);
int __real_strcmp(const char *, const char *);
int __wrap_strcmp(const char *, const char *);

int64_t
__wrap_rules_missing(const struct rule *rule, const struct list *votes, const struct resolver *r,
    const struct request *req)
{
	int64_t missing = __real_rules_missing(rule, votes, r, req);

	if (fault == COUNTS_TWICE && votes->n > 0 && missing > 0)
		return missing - 1;
	if (fault == COUNTS_FORMER && votes->n > 0)
		return (int64_t)votes->n >= rule->quorum->count ? 0 : missing;
	return missing;
}

static int
sql(const char *text)
{
	return sqlite3_exec(fake.b.store->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

int
__wrap_store_request_move(struct store *s, const struct request_row *row, enum req_state from,
    struct s3jit_err *err)
{
	char text[160];

	if (fault == NO_END && row->state == REQ_ENDED && row->by[0] != '\0' && seed_below(4) == 0)
		return 0;
	if (__real_store_request_move(s, row, from, err) == -1)
		return -1;
	if (fault != CLAIMED_AGAIN || row->state != REQ_ACTIVE)
		return 0;
	snprintf(text, sizeof(text), "UPDATE requests SET state = %lld WHERE id = '%s'",
	    (long long)REQ_APPROVED, row->id);
	return sql(text);
}

int
__wrap_store_audit_append(struct store *s, struct audit_row *row, struct s3jit_err *err)
{
	if (fault == NO_RECORD && strstr(row->record, "\"event\":\"granted\"") != NULL)
		return 0;
	return __real_store_audit_append(s, row, err);
}

int
__wrap_strcmp(const char *a, const char *b)
{
	if (fault == ANY_DIGEST && __real_strcmp(a, voted_on) == 0 && strlen(b) == DIGEST_HEX - 1)
		return 0;
	return __real_strcmp(a, b);
}

/* ---- the model ---- */

struct model {
	char id[REQUEST_ID], digest[DIGEST_HEX];
	int needs;		/* distinct yes votes */
	uint32_t asker;
	char rule;		/* which rules it was asked under */
	unsigned yes;		/* bit per person */
	bool no, ended, changed;
	int claims, holder;
};

static struct model models[REQUESTS];
static unsigned leads, askers;	/* who is in these groups now: bit per person */
static char rules_now;
static int issued, refused_digests;
static char violation[128];	/* the first */

static unsigned
bit(uint32_t uid)
{
	return 1U << (uid - UID_ALICE);
}

static int
bits(unsigned v)
{
	int n = 0;

	for (; v != 0; v >>= 1)
		n += v & 1;
	return n;
}

static void
broken(const struct model *m, const char *what)
{
	if (violation[0] == '\0')
		snprintf(violation, sizeof(violation), "%s: %s", m == NULL ? "?" : m->id, what);
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

/* STS would be asked now: may it? */
static void
judge(const char *id)
{
	struct model *m;

	if (id[0] == '\0')
		return;		/* a baseline's */
	issued++;
	if ((m = model_of(id)) == NULL)
		broken(m, "a lease for nobody's request");
	else if (m->no || m->ended || m->changed)
		broken(m, m->no ? "issued after a no" : m->ended ? "issued after its end" :
		    "issued though its row was changed");
	else if (bits(m->yes & leads) < m->needs)
		broken(m, "issued without quorum");
	else if (m->rule != rules_now)
		broken(m, "issued under another rule");
	else if (race_record(id, "granted") != 1 || race_record(id, "lease-intent") < 1)
		broken(m, "issued before its record, or twice");
}

/* ---- steps ---- */

static void
do_ask(struct model *m, int actor)
{
	char id[REQUEST_ID], digest[DIGEST_HEX], key[64];
	bool deletes = racer_uid[actor] == UID_DAVE;

	snprintf(key, sizeof(key), "%s s3://prod-reports/k%u", deletes ? "delete" : "put",
	    seed_below(1000000));
	if (fake_ask_delivery(racer[actor], DELIVERY_COMMAND, key, 60 + seed_below(600), id,
	    digest) != S3JIT_OK)
		return;
	if ((askers & bit(racer_uid[actor])) == 0)
		broken(m, "asked by whom no rule names");
	memset(m, 0, sizeof(*m));
	memcpy(m->id, id, sizeof(id));
	memcpy(m->digest, digest, sizeof(digest));
	m->needs = deletes ? 2 : 1;
	m->asker = racer_uid[actor];
	m->rule = rules_now;
}

static void
do_vote(struct model *m, int actor, bool yes)
{
	char digest[DIGEST_HEX];
	bool other = seed_below(8) == 0;

	memcpy(digest, m->digest, sizeof(digest));
	if (other)
		digest[seed_below(DIGEST_HEX - 1)] ^= 1;
	memcpy(voted_on, digest, sizeof(voted_on));
	if (fake_vote(racer[actor], m->id, digest, yes) != S3JIT_OK) {
		refused_digests += other && racer[actor]->err.code == S3JIT_ECHANGED;
		return;
	}
	if (racer_uid[actor] == m->asker || (leads & bit(racer_uid[actor])) == 0)
		broken(m, "a vote of the asker's, or of who is no lead");
	else if (other)
		broken(m, "a vote on another digest");
	else if (m->changed || (yes && m->rule != rules_now))
		broken(m, "a vote on what was changed");
	if (yes && !other)
		m->yes |= bit(racer_uid[actor]);
	else if (!yes)
		m->no = true;
}

static void
do_claim(struct model *m, int actor)
{
	struct model before = *m;

	if (fake_claim(racer[actor], m->id) != S3JIT_OK)
		return;
	if (before.claims > 0)
		broken(m, "claimed twice");
	else if (before.no || before.ended)
		broken(m, "claimed after a no or an end");
	else if (racer_uid[actor] != m->asker || (askers & bit(m->asker)) == 0)
		broken(m, "claimed by somebody else, or by whom no rule names any more");
	m->claims++;
	m->holder = actor;
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
		code = fake_ask(racer[actor], on_withdraw, &withdraw);
	else if (how == 1)
		code = fake_ask(racer[actor], on_revoke, &revoke);
	else if (how == 2)
		code = fake_ask(racer[actor], on_close, &close);
	else
		code = fake_ask(racer[actor], on_end, &end);
	if (code == S3JIT_OK)
		m->ended = true;
}

static void
do_relogin(int actor)
{
	size_t i;

	race_relogin(actor);
	for (i = 0; i < REQUESTS; i++)
		if (models[i].claims > 0 && models[i].holder == actor)
			models[i].ended = true;
}

/* Somebody comes into their group, or more seldom leaves it. */
static void
do_groups(uint32_t uid)
{
	bool in = seed_below(3) != 0;

	if (uid == UID_ALICE)
		fake_person_groups(uid, in ? GID_ANALYSTS : 0, 0);
	else if (uid == UID_DAVE)
		fake_person_groups(uid, GID_LEADS, in ? GID_OPS : 0);
	else
		fake_person_groups(uid, in ? GID_LEADS : 0, 0);
	if (uid == UID_ALICE || uid == UID_DAVE)
		askers = in ? askers | bit(uid) : askers & ~bit(uid);
	else
		leads = in ? leads | bit(uid) : leads & ~bit(uid);
}

/* The file has other rules now, or the old ones again. */
static void
do_rules(void)
{
	rules_now = rules_now == 'a' ? 'c' : 'a';
	fake_rules_hash(rules_now);
}

static void
rewrite(const struct model *m, const char *from, const char *to)
{
	char text[200];

	snprintf(text, sizeof(text), "UPDATE requests SET body = replace(body, '%s', '%s') "
	    "WHERE id = '%s'", from, to, m->id);
	assert_int_equal(sql(text), 0);
}

/* Somebody with the database open rewrites what was asked. */
static void
do_change_row(struct model *m)
{
	rewrite(m, "OPS-1", "OPS-9");
	m->changed = true;
}

/*
 * A new request in its place.  Too many must not wait: the old one is mended, if
 * its row was changed, and taken back.
 */
static void
do_ask_anew(struct model *m, int actor)
{
	if (m->changed)
		rewrite(m, "OPS-9", "OPS-1");
	if (m->id[0] != '\0') {
		do_end(m, m->asker == UID_DAVE ? 4 : 0, 1);
		m->ended = true;
	}
	do_ask(m, actor);
}

/* Everyday steps make up most of it. */
static void
step(void)
{
	struct model *m = &models[seed_below(REQUESTS)];
	int actor = (int)seed_below(RACERS);
	unsigned what = seed_below(1000);

	if (m->id[0] == '\0' || what < 120)
		do_ask_anew(m, actor % 2 == 0 ? 0 : 4);
	else if (what < 420)
		do_vote(m, actor, true);
	else if (what < 440)
		do_vote(m, actor, false);
	else if (what < 780)
		do_claim(m, actor);
	else if (what < 840)
		do_end(m, actor, seed_below(4));
	else if (what < 930)
		fake_pass(seed_below(20));
	else if (what < 950)
		do_groups(racer_uid[actor]);
	else if (what < 960)
		do_relogin(actor);
	else if (what < 970)
		race_restart();
	else if (what < 975)
		do_rules();
	else if (what < 980)
		do_change_row(m);
	else if (what < 985)
		fake_name_service_hangs(racer_uid[actor], seed_below(4) == 0);
	else
		fake.signer.fails = seed_below(4) == 0;
}

static int
setup(void **state)
{
	(void)state;
	race_begin(judge);
	memset(models, 0, sizeof(models));
	issued = refused_digests = 0;
	violation[0] = '\0';
	leads = bit(UID_BOB) | bit(UID_CAROL) | bit(UID_DAVE);
	askers = bit(UID_ALICE) | bit(UID_DAVE);
	rules_now = 'a';
	fault = NO_FAULT;
	assert_int_equal(sql("DROP TRIGGER requests_fixed"), 0);
	return 0;
}

static int
teardown(void **state)
{
	fault = NO_FAULT;
	fake_rules_hash('a');
	fake_name_service_hangs(UID_ALICE, false);
	return race_end(state);
}

static void
Q1_Q4_Q5_Q9_Q10_Q11_A1_B11_no_order_breaks_the_rules(void **state)
{
	int i;

	(void)state;
	seed_begin();
	for (i = 0; i < STEPS; i++) {
		step();
		if (violation[0] != '\0')
			fail_msg("step %d: %s", i, violation);
	}
	printf("%d steps, %d leases issued, %d votes on another digest refused\n", STEPS, issued,
	    refused_digests);
	assert_true(issued > 20 && refused_digests > 20);
}

/* The same steps over a state machine with a fault: it is the model that sees it. */
static void
Q4_Q10_control_planted_faults_are_seen(void **state)
{
	static const struct {
		enum fault fault;
		const char *seen, *or;
	} plants[] = {
		{ COUNTS_TWICE, "without quorum" }, { COUNTS_FORMER, "without quorum" },
		{ CLAIMED_AGAIN, "twice" }, { ANY_DIGEST, "on another digest" },
		{ NO_RECORD, "before its record" },
		/* one that was to be taken back, its row mended, goes on */
		{ NO_END, "after ", "on what was changed" },
	};
	size_t p;
	int i;

	seed_begin();
	for (p = 0; p < sizeof(plants) / sizeof(plants[0]); p++) {
		fault = plants[p].fault;
		for (i = 0; violation[0] == '\0' && i < STEPS_TO_SEE; i++)
			step();
		printf("fault %d, after %d steps: %s\n", (int)fault, i, violation);
		if (strstr(violation, plants[p].seen) == NULL &&
		    (plants[p].or == NULL || strstr(violation, plants[p].or) == NULL))
			fail_msg("fault %d is not seen", (int)fault);
		teardown(state);
		setup(state);
	}
}

/* A lease that skips the claim is seen, too. */
static void
A1_control_a_planted_lease_is_seen(void **state)
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
	assert_non_null(strstr(violation, "without quorum"));
	codec_clear(&request_row_table, &row);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(Q1_Q4_Q5_Q9_Q10_Q11_A1_B11_no_order_breaks_the_rules),
		T(Q4_Q10_control_planted_faults_are_seen),
		T(A1_control_a_planted_lease_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
