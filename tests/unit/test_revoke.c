/*
 * test_revoke.c - keys that are out when a grant ends: AWS is told to refuse
 * them, tried, and told no longer once they are over.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_broker.h"
#include "broker/revoke.h"

#define PREFIX "put s3://prod-reports/2026/"

#define SKEW 60		/* by so much AWS may be behind: no refusal is lifted before */

static struct session *alice_login, *alice_other, *bob_login;
static struct fake_conn *alice, *alice2, *bob;

static void
connect_all(void)
{
	alice = fake_connect(alice_login);
	alice2 = fake_connect(alice_other);
	bob = fake_connect(bob_login);
}

static int
setup(void **state)
{
	(void)state;
	fake_start();
	fake.denies = true;
	alice_login = fake_login(UID_ALICE, 11, "key-alice");
	alice_other = fake_login(UID_ALICE, 21, "key-alice");
	bob_login = fake_login(UID_BOB, 12, "key-bob");
	fake_restart();
	fake_signer_run();
	fake_pass(1);
	fake.signer.revokes = fake.signer.probes = 0;
	connect_all();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

/* A grant of alice's with that delivery, its keys out. */
static void
granted(struct fake_conn *c, const char *delivery, int64_t ttl, char id[REQUEST_ID])
{
	fake_grant(c, bob, delivery, PREFIX, ttl, id);
}

static enum s3jit_code
revoke(struct fake_conn *c, const char *id, const char *person, bool everything)
{
	struct msg_revoke q = { (char *)id, (char *)person, everything, (char *)"enough" };

	return fake_ask(c, on_revoke, &q);
}

static const struct msg_revoked *
revoked(const struct fake_conn *c)
{
	assert_ptr_equal(c->table, &revoked_table);
	return c->answer;
}

static const char *
aws_of(const struct fake_conn *c)
{
	return ((const struct msg_closed *)revoked(c)->ended.v)[0].aws;
}

static bool
refuses(const char *id)
{
	const struct strv *ids = &fake.signer.denied.requests;
	size_t i;

	for (i = 0; i < ids->n; i++)
		if (strcmp(ids->v[i], id) == 0)
			return true;
	return false;
}

/* The events of a request that are about refusing it, in their order. */
static void
events_are(const char *id, const char *wanted)
{
	struct s3jit_err err = { 0 };
	struct list rows = { 0 };
	char all[256] = "", *at;
	size_t i;

	assert_int_equal(store_audit_page(fake.b.store, &rows, 0, 500, id, 0, 0, &err), 0);
	for (i = 0; i < rows.n; i++) {
		at = strstr(((struct audit_row *)rows.v)[i].record, "\"event\":\"deny-");
		if (at != NULL)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%.*s ",
			    (int)strcspn(at + 14, "\""), at + 14);
	}
	assert_string_equal(all, wanted);
	store_rows_clear(&rows, &audit_row_table);
}

static void
a_revoke_is_confirmed_by_a_probe(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_string_equal(aws_of(bob), "confirmed");
	assert_int_equal(revoked(bob)->count, 1);
	assert_true(refuses(id));
	assert_string_equal(fake.signer.denied.sessions.v[0], "AROA:x");
	assert_string_equal(fake.signer.denied.role, "arn:aws:iam::111122223333:role/s3jit-write");
	events_are(id, "requested taken confirmed ");
	/* once before, which must be let through, and once after */
	assert_int_equal(fake.signer.probes, 2);
	assert_int_equal(fake.signer.revokes, 1);
}

static void
what_is_over_is_refused_no_longer(void **state)
{
	char id[REQUEST_ID], longer[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 300, id);
	granted(alice, DELIVERY_COMMAND, 900, longer);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_int_equal(revoke(bob, longer, "", false), S3JIT_OK);
	assert_true(refuses(id) && refuses(longer));
	fake_pass(299 + SKEW);
	assert_true(refuses(id));
	fake_pass(2);
	assert_false(refuses(id));
	assert_true(refuses(longer));
	events_are(id, "requested taken confirmed removed ");
	fake_pass(600);
	assert_int_equal(fake.signer.denied.requests.n, 0);
	events_are(longer, "requested taken confirmed removed ");
	assert_true(revocations_settled(&fake.b));
}

static void
IAM_is_asked_until_it_takes_it(void **state)
{
	char id[REQUEST_ID];
	int answers;

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	answers = bob->answers;
	fake.signer.iam_fails = true;
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_int_equal(bob->answers, answers);	/* the end stands; its answer waits */
	assert_string_equal(fake_state(id), "revoked");
	assert_false(revocations_settled(&fake.b));
	fake_pass(6);
	assert_string_equal(aws_of(bob), "requested");
	fake.signer.iam_fails = false;
	fake_pass(60);
	assert_true(refuses(id));
	events_are(id, "requested taken confirmed ");
}

static void
what_failed_before_keeps_nobody_waiting(void **state)
{
	char id[REQUEST_ID], later[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	granted(alice, DELIVERY_COMMAND, 600, later);
	fake.signer.iam_fails = true;
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	fake_pass(130);
	fake.signer.iam_fails = false;
	fake_pass(1);
	assert_false(refuses(id));
	assert_int_equal(revoke(bob, later, "", false), S3JIT_OK);
	assert_true(refuses(id) && refuses(later));
}

static void
AWS_that_does_not_follow_at_once_is_probed_until_it_does(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	fake.signer.slow = true;
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	fake_pass(6);
	assert_string_equal(aws_of(bob), "taken");
	events_are(id, "requested taken ");
	fake.signer.slow = false;
	fake_pass(20);
	events_are(id, "requested taken confirmed ");
}

/* The control for "confirmed": where each probe is refused, a refusal means nothing. */
static void
a_probe_that_was_refused_before_confirms_nothing(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	fake.signer.blind = true;
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_string_equal(aws_of(bob), "taken");
	fake_pass(30);
	events_are(id, "requested taken ");
}

/* The list goes out for another's sake, and IAM has it before the first probe is answered. */
static void
taken_before_its_first_probe_is_answered(char id[REQUEST_ID])
{
	char waits[REQUEST_ID], digest[DIGEST_HEX];

	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", waits, digest), S3JIT_OK);
	fake.signer.probes_hang = true;
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_int_equal(revoke(alice, "", "alice", false), S3JIT_OK);
	assert_true(refuses(id));
	events_are(id, "requested taken ");
	fake.signer.probes_hang = false;
}

static void
a_probe_from_before_tells_whenever_it_is_answered(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	fake.signer.slow = true;
	taken_before_its_first_probe_is_answered(id);
	fake_signer_run();
	fake.signer.slow = false;
	fake_pass(2);
	assert_string_equal(aws_of(bob), "confirmed");
	events_are(id, "requested taken confirmed ");
}

static void
and_confirms_nothing(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	fake.signer.blind = true;
	taken_before_its_first_probe_is_answered(id);
	fake_signer_run();
	assert_string_equal(aws_of(bob), "taken");
	fake_pass(30);
	events_are(id, "requested taken ");
}

static void
only_keys_that_are_out_are_refused(void **state)
{
	struct msg_end end = { NULL, (char *)"done", 0 };
	char id[REQUEST_ID], digest[DIGEST_HEX];

	(void)state;
	/* a put that went well: nothing is out */
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	end.id = id;
	assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
	assert_int_equal(fake.signer.revokes, 0);
	/* one that reached its deadline: the policy refuses by itself */
	granted(alice, DELIVERY_COMMAND, 60, id);
	fake_pass(61);
	assert_string_equal(fake_state(id), "expired");
	assert_int_equal(fake.signer.revokes, 0);
	/* waiting ones have no keys */
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, PREFIX, 60, id, digest), S3JIT_OK);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_string_equal(aws_of(bob), "");
	assert_int_equal(fake.signer.revokes, 0);
	/* the keys of a command that has ended are out still */
	granted(alice, DELIVERY_COMMAND, 600, id);
	end.id = id;
	assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
	assert_true(refuses(id));
}

static void
W13_a_revoked_upload_is_refused_while_its_lease_lives(void **state)
{
	char id[REQUEST_ID], digest[DIGEST_HEX];

	(void)state;
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_true(refuses(id));
	fake_pass(LEASE_SIGNED + SKEW + 1);
	assert_false(refuses(id));
}

static void
B15_a_restart_takes_up_what_is_refused(void **state)
{
	char id[REQUEST_ID], other[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	granted(alice, DELIVERY_COMMAND, 600, other);
	fake.signer.iam_fails = true;
	assert_int_equal(revoke(bob, other, "", false), S3JIT_OK);
	codec_clear(&sq_revoke_table, &fake.signer.denied);	/* somebody took it away at AWS */
	fake.signer.iam_fails = false;
	fake_restart();
	connect_all();
	fake_pass(1);
	assert_true(refuses(id) && refuses(other));
	events_are(other, "requested taken ");
	fake_pass(600 + SKEW + 1);
	assert_false(refuses(id) || refuses(other));
	events_are(id, "requested taken confirmed removed ");
}

/* It stops between the end of a grant and telling AWS. */
static void
B11_an_end_that_AWS_was_not_told_of_is_found_at_start(void **state)
{
	char run[REQUEST_ID], put[REQUEST_ID], fine[REQUEST_ID], digest[DIGEST_HEX];
	struct msg_end end = { fine, (char *)"done", 0 };

	(void)state;
	fake.denies = false;		/* so nothing is told, as if it had died there */
	fake_restart();
	connect_all();
	granted(alice, DELIVERY_COMMAND, 600, run);
	assert_int_equal(revoke(bob, run, "", false), S3JIT_OK);
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", put, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, put, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, put), S3JIT_OK);
	assert_int_equal(fake_sign(alice, put, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(revoke(bob, put, "", false), S3JIT_OK);
	assert_int_equal(fake_ask_put(alice, "2026/b.csv", fine, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, fine, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, fine), S3JIT_OK);
	assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
	fake.denies = true;
	fake_restart();
	connect_all();
	fake_pass(1);
	assert_true(refuses(run) && refuses(put));
	assert_false(refuses(fine));
	assert_string_equal(fake.signer.denied.sessions.v[0], "AROA:x");
	events_are(run, "requested taken ");
	fake_restart();
	connect_all();
	fake_pass(1);
	events_are(run, "requested taken ");	/* once */
}

static void
a_Deny_that_was_left_behind_is_removed_at_start(void **state)
{
	(void)state;
	assert_int_equal(strv_push(&fake.signer.denied.requests, "of-a-record-that-was-lost"), 0);
	fake_restart();
	connect_all();
	fake_pass(1);
	assert_int_equal(fake.signer.denied.requests.n, 0);
}

static void
all_of_a_person_are_revoked_at_once(void **state)
{
	char run[REQUEST_ID], open[REQUEST_ID], waits[REQUEST_ID], digest[DIGEST_HEX];
	const struct sq_person *person;

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, run);
	granted(alice2, DELIVERY_SESSION, 600, open);
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", waits, digest), S3JIT_OK);
	assert_int_equal(revoke(bob, "", "carol", false), S3JIT_OK);
	assert_int_equal(revoked(bob)->count, 0);
	assert_string_equal(fake_state(run), "active");
	assert_int_equal(revoke(bob, "", "alice", false), S3JIT_OK);
	assert_int_equal(revoked(bob)->count, 3);
	assert_string_equal(fake_state(run), "revoked");
	assert_string_equal(fake_state(open), "revoked");
	assert_string_equal(fake_state(waits), "revoked");
	assert_true(refuses(run));
	/* and what another bastion lent to her under that role, but nothing later */
	assert_int_equal(fake.signer.denied.people.n, 1);
	person = fake.signer.denied.people.v;
	assert_string_equal(person->person, "alice");
	assert_int_equal(person->before, fake.wall);
	fake_pass(3600 + SKEW + 1);
	assert_int_equal(fake.signer.denied.people.n, 0);
}

/* Or whoever revokes themselves again and again would push out what others are refused. */
static void
a_person_takes_the_room_of_one(void **state)
{
	char id[REQUEST_ID], waits[REQUEST_ID], digest[DIGEST_HEX];
	const struct sq_person *person;
	int i;

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	for (i = 0; i < 60; i++) {
		assert_int_equal(fake_ask_put(alice, "2026/a.csv", waits, digest), S3JIT_OK);
		assert_int_equal(revoke(alice, "", "alice", false), S3JIT_OK);
		fake_pass(1);
	}
	assert_true(refuses(id));
	assert_int_equal(fake.signer.denied.people.n, 1);
	person = fake.signer.denied.people.v;
	assert_int_equal(person->before, fake.wall - 1);
	assert_true(revocations_settled(&fake.b));
}

/* What AWS refuses at bob's word stays so, whatever alice takes from herself afterwards. */
static void
nobody_makes_room_by_revoking_their_own(void **state)
{
	char taken[REQUEST_ID], own[REQUEST_ID], digest[DIGEST_HEX];
	int i;

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, taken);
	assert_int_equal(revoke(bob, taken, "", false), S3JIT_OK);
	events_are(taken, "requested taken confirmed ");
	for (i = 0; i < 60; i++) {
		assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND,
		    "put s3://prod-reports-scratch/x", 1800, own, digest), S3JIT_OK);
		assert_int_equal(fake_claim(alice, own), S3JIT_OK);
		assert_int_equal(revoke(alice, own, "", false), S3JIT_OK);
		fake_pass(1);
	}
	assert_int_equal(fake.signer.denied.requests.n, 56);
	assert_true(refuses(taken));
	fake_restart();
	fake_pass(1);
	assert_true(refuses(taken));
}

/* Nor do sixty other runs that bob takes away later. */
static void
what_is_refused_already_stays_so(void **state)
{
	char first[REQUEST_ID], id[REQUEST_ID];
	int i;

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, first);
	assert_int_equal(revoke(bob, first, "", false), S3JIT_OK);
	for (i = 0; i < 60; i++) {
		granted(alice, DELIVERY_COMMAND, 1800, id);
		assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
		fake_pass(1);
	}
	assert_true(refuses(first));
	events_are(id, "requested no-room ");
}

/* A clock that jumps ahead, and is put right again: what is refused is not over before its time. */
static void
B12_a_clock_that_jumps_lifts_no_refusal(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	fake_pass(1);
	fake.wall += 2 * 3600;
	fake_pass(1);
	fake_pass(1);
	fake.wall -= 2 * 3600;
	fake_pass(1);
	assert_true(refuses(id));
	fake_pass(600 + SKEW);
	assert_false(refuses(id));
}

/* Sixty runs that were done, with keys for half an hour, and one that bob takes away. */
static void
what_somebody_revokes_has_room_before_what_is_done(void **state)
{
	struct msg_end end = { NULL, (char *)"done", 0 };
	char id[REQUEST_ID], first[REQUEST_ID] = "", digest[DIGEST_HEX];
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND,
		    "put s3://prod-reports-scratch/x", 1800, id, digest), S3JIT_OK);
		assert_int_equal(fake_claim(alice, id), S3JIT_OK);
		end.id = id;
		if (first[0] == '\0')
			memcpy(first, id, sizeof(first));
		assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
		fake_pass(1);
	}
	assert_int_equal(fake.signer.denied.requests.n, 56);
	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_true(refuses(id));
	events_are(id, "requested taken confirmed ");
	assert_int_equal(fake.signer.denied.requests.n, 56);
	fake_restart();
	fake_pass(1);
	assert_true(refuses(id));
	events_are(first, "requested taken confirmed no-room no-room ");	/* the second by the restart */
}

static void
everything_is_what_may_be_revoked(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	fake_person_groups(UID_CAROL, 0, 0);
	assert_int_equal(revoke(fake_connect(fake_login(UID_CAROL, 13, "key-carol")), "", "", true),
	    S3JIT_OK);
	assert_string_equal(fake_state(id), "active");
	assert_int_equal(revoke(bob, "", "", true), S3JIT_OK);
	assert_int_equal(revoked(bob)->count, 1);
	assert_int_equal(revoked(bob)->left, 0);
	assert_string_equal(fake_state(id), "revoked");
}

static void
what_is_to_be_revoked_is_said_once(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(revoke(bob, "", "", false), S3JIT_EUSAGE);
	assert_int_equal(revoke(bob, id, "alice", false), S3JIT_EUSAGE);
	assert_int_equal(revoke(bob, id, "", true), S3JIT_EUSAGE);
	assert_string_equal(fake_state(id), "active");
}

static void
Q5_a_grant_ends_with_the_group_it_was_given_for(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	fake_pass(30);
	assert_string_equal(fake_state(id), "active");
	fake_name_service_hangs(UID_ALICE, true);
	fake_pass(30);
	assert_string_equal(fake_state(id), "active");	/* not known is not lost */
	fake_name_service_hangs(UID_ALICE, false);
	fake_person_groups(UID_ALICE, 0, 0);
	fake_pass(11);
	assert_string_equal(fake_state(id), "revoked");
	assert_string_equal(alice->event, "revoked");
	assert_true(refuses(id));
}

/* Deleted altogether, and not for a moment. */
static void
Q5_a_grant_ends_with_the_account_of_its_requester(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 1800, id);
	fake_person_gone(UID_ALICE, true);
	fake_pass(290);
	assert_string_equal(fake_state(id), "active");
	fake_person_gone(UID_ALICE, false);	/* it was away for a while, and is back */
	fake_pass(20);
	assert_string_equal(fake_state(id), "active");
	fake_person_gone(UID_ALICE, true);
	fake_pass(290);
	assert_string_equal(fake_state(id), "active");
	fake_pass(20);
	fake_person_gone(UID_ALICE, false);
	assert_string_equal(fake_state(id), "revoked");
	assert_true(refuses(id));
}

static void
F4_a_grant_ends_with_its_rule(void **state)
{
	char *title = fake.b.conf->rules[0].title, *role = fake.b.conf->rules[0].role;
	char id[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, id);
	fake.b.conf->rules[0].role = (char *)"arn:aws:iam::111122223333:role/other";
	fake_pass(11);
	fake.b.conf->rules[0].role = role;
	assert_string_equal(fake_state(id), "revoked");
	granted(alice, DELIVERY_COMMAND, 600, id);
	fake.b.conf->rules[0].title = (char *)"another";
	fake_pass(11);
	fake.b.conf->rules[0].title = title;
	assert_string_equal(fake_state(id), "revoked");
}

static void
all_ends_when_the_broker_is_stopped_for_good(void **state)
{
	char run[REQUEST_ID], open[REQUEST_ID], ready[REQUEST_ID], digest[DIGEST_HEX];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 600, run);
	granted(alice2, DELIVERY_SESSION, 600, open);
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", ready, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, ready, digest, true), S3JIT_OK);
	fake.signer.hangs = true;
	fake.b.stopping = true;
	queue_end_all(&fake.b, "stopped");
	/* and nothing begins while AWS is being told */
	assert_int_equal(fake_claim(alice, ready), S3JIT_EBROKER);
	assert_string_equal(fake_state(ready), "approved");
	assert_string_equal(fake_state(run), "revoked");
	assert_string_equal(fake_state(open), "revoked");
	assert_false(revocations_settled(&fake.b));
	fake.signer.hangs = false;
	fake_signer_run();
	assert_true(revocations_settled(&fake.b));
	fake.b.stopping = false;
}

/* Two commands and an open grant side by side, in one login. */
static void
an_older_end_never_touches_a_newer_one(void **state)
{
	struct msg_get_credentials keys = { (char *)"s3-write" };
	struct msg_end end = { NULL, (char *)"done", 0 };
	char older[REQUEST_ID], open[REQUEST_ID], newer[REQUEST_ID];

	(void)state;
	granted(alice, DELIVERY_COMMAND, 300, older);
	granted(alice, DELIVERY_SESSION, 600, open);
	granted(alice, DELIVERY_COMMAND, 600, newer);
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
	end.id = older;
	assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
	assert_string_equal(fake_state(older), "done");
	assert_true(refuses(older));
	assert_false(refuses(open) || refuses(newer));
	assert_string_equal(fake_state(open), "active");
	assert_string_equal(fake_state(newer), "active");
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
	/* nor does what is done about the older one when its keys are over */
	fake_pass(300 + SKEW + 1);
	assert_false(refuses(older) || refuses(open) || refuses(newer));
	assert_string_equal(fake_state(newer), "active");
	assert_int_equal(revoke(bob, newer, "", false), S3JIT_OK);
	assert_string_equal(fake_state(open), "active");
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
}

/* Keys that are asked for late have the deadline of those before; so has a claim in its time. */
static void
W8_a_late_question_gets_what_is_left(void **state)
{
	struct msg_get_credentials keys = { (char *)"s3-write" };
	char id[REQUEST_ID], digest[DIGEST_HEX];
	int64_t deadline;

	(void)state;
	granted(alice, DELIVERY_SESSION, 600, id);
	deadline = fake.wall + 600;
	fake_pass(570);
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
	assert_int_equal(fake.signer.last_until, deadline);
	assert_int_equal(((const struct msg_credentials *)alice->answer)->expiration, deadline);
	fake_pass(31);
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_ENOTALLOWED);
	/* and what is taken up too late is not taken up */
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, PREFIX, 600, id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	fake_clocks(301);
	assert_int_equal(fake_claim(alice, id), S3JIT_ELAPSED);
}

/* `id` is extended by a new request, which takes its place. */
static void
extended(const char *id, char more[REQUEST_ID])
{
	char digest[DIGEST_HEX];

	assert_int_equal(fake_ask_more(alice, PREFIX, 600, id, more, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, more, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, more), S3JIT_OK);
}

/* The keys of what was extended work on, and go with what took its place. */
static void
an_extension_takes_the_keys_before_it_along(void **state)
{
	struct msg_get_credentials keys = { (char *)"s3-write" };
	struct rule *rule = &fake.b.conf->rules[0];
	char old[REQUEST_ID], more[REQUEST_ID];

	(void)state;
	rule->extends = 1;
	rule->extend_max = 600;
	granted(alice, DELIVERY_SESSION, 200, old);
	fake_pass(150);
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
	extended(old, more);
	assert_string_equal(fake_state(old), "done");
	fake_restart();
	connect_all();
	fake_pass(1);
	assert_false(refuses(old));	/* it was not taken away */
	assert_string_equal(fake_state(more), "active");
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
	assert_int_equal(revoke(bob, more, "", false), S3JIT_OK);
	assert_true(refuses(more) && refuses(old));
	rule->extends = 0;
}

/* Without revocation = "deny": said, and never silent. */
static void
without_it_keys_work_until_they_end(void **state)
{
	char id[REQUEST_ID];

	(void)state;
	fake.denies = false;
	fake_restart();
	connect_all();
	granted(alice, DELIVERY_COMMAND, 600, id);
	assert_int_equal(revoke(bob, id, "", false), S3JIT_OK);
	assert_string_equal(aws_of(bob), "");
	assert_int_equal(((const struct msg_closed *)revoked(bob)->ended.v)->keys_until, fake.wall + 600);
	assert_int_equal(fake.signer.revokes, 0);
	events_are(id, "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_revoke_is_confirmed_by_a_probe),
		T(what_is_over_is_refused_no_longer),
		T(IAM_is_asked_until_it_takes_it),
		T(what_failed_before_keeps_nobody_waiting),
		T(AWS_that_does_not_follow_at_once_is_probed_until_it_does),
		T(a_probe_that_was_refused_before_confirms_nothing),
		T(a_probe_from_before_tells_whenever_it_is_answered),
		T(and_confirms_nothing),
		T(only_keys_that_are_out_are_refused),
		T(W13_a_revoked_upload_is_refused_while_its_lease_lives),
		T(B15_a_restart_takes_up_what_is_refused),
		T(B11_an_end_that_AWS_was_not_told_of_is_found_at_start),
		T(a_Deny_that_was_left_behind_is_removed_at_start),
		T(all_of_a_person_are_revoked_at_once),
		T(a_person_takes_the_room_of_one),
		T(nobody_makes_room_by_revoking_their_own),
		T(what_is_refused_already_stays_so),
		T(B12_a_clock_that_jumps_lifts_no_refusal),
		T(what_somebody_revokes_has_room_before_what_is_done),
		T(everything_is_what_may_be_revoked),
		T(what_is_to_be_revoked_is_said_once),
		T(Q5_a_grant_ends_with_the_group_it_was_given_for),
		T(Q5_a_grant_ends_with_the_account_of_its_requester),
		T(F4_a_grant_ends_with_its_rule),
		T(all_ends_when_the_broker_is_stopped_for_good),
		T(an_older_end_never_touches_a_newer_one),
		T(an_extension_takes_the_keys_before_it_along),
		T(W8_a_late_question_gets_what_is_left),
		T(without_it_keys_work_until_they_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
