/*
 * test_queue.c - the state machine: who may move a request, from where to
 * where, and what each refusal is called.
 *
 * Real store, audit, rules and handlers; fake_broker.c makes up the rest.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/clock.h"
#include "s3jit/hex.h"
#include "s3jit/multipart.h"
#include "s3jit/wire.h"

#include "fake_broker.h"

static struct session *alice_login, *bob_login, *carol_login, *dave_login;
static struct fake_conn *alice, *bob, *carol, *dave;
static char id[REQUEST_ID], digest[DIGEST_HEX];

static bool disk_full;

int __real_store_begin(struct store *, struct s3jit_err *);
int __wrap_store_begin(struct store *, struct s3jit_err *);

int
__wrap_store_begin(struct store *s, struct s3jit_err *err)
{
	return disk_full ? s3jit_fail(err, S3JIT_ERECORD, "the disk is full") :
	    __real_store_begin(s, err);
}

static int
setup(void **state)
{
	(void)state;
	disk_full = false;
	fake_start();
	alice_login = fake_login(UID_ALICE, 11, "key-alice");
	bob_login = fake_login(UID_BOB, 12, "key-bob");
	carol_login = fake_login(UID_CAROL, 13, "key-carol");
	dave_login = fake_login(UID_DAVE, 14, "key-dave");
	alice = fake_connect(alice_login);
	bob = fake_connect(bob_login);
	carol = fake_connect(carol_login);
	dave = fake_connect(dave_login);
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
ask_put(void)
{
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", id, digest), S3JIT_OK);
	assert_string_equal(fake_state(id), "pending");
}

static void
approve(void)
{
	ask_put();
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_string_equal(fake_state(id), "approved");
}

static void
grant(void)
{
	approve();
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_string_equal(fake_state(id), "active");
}

static void
the_whole_road_ends_done(void **state)
{
	struct msg_end end = { id, (char *)"done", 0 };

	(void)state;
	grant();
	assert_string_equal(alice->event, "approved");
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_ptr_equal(alice->table, &signed_table);
	assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
	assert_string_equal(fake_state(id), "done");
	assert_int_equal(fake.signer.leases, 1);
	assert_int_equal(fake.signer.drops, 1);
	assert_int_equal(fake.signer.hand_outs, 0);
}

static void
no_rule_names_the_nearest(void **state)
{
	(void)state;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-billing/x", 0, id,
	    digest), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "Nearest: \"report uploads\""));
	assert_int_equal(fake_ask_delivery(carol, DELIVERY_COMMAND, "put s3://prod-reports/x", 0, id,
	    digest), S3JIT_ENOTALLOWED);
}

static void
Q3_own_request_cannot_be_voted_on(void **state)
{
	struct fake_conn *second;

	(void)state;
	fake_person_groups(UID_ALICE, GID_ANALYSTS, GID_LEADS);
	ask_put();
	assert_int_equal(fake_vote(alice, id, digest, true), S3JIT_ENOTALLOWED);
	assert_string_equal(alice->err.text, "You asked this yourself.");
	second = fake_connect(fake_login(UID_ALICE, 21, "key-other"));
	assert_int_equal(fake_vote(second, id, digest, true), S3JIT_ENOTALLOWED);
	assert_string_equal(fake_state(id), "pending");
}

static void
Q3_a_request_raised_as_bob_is_not_bobs_to_approve(void **state)
{
	(void)state;
	alice->conn.peer.ruid = alice->conn.peer.euid = UID_BOB;	/* sudo -u bob */
	assert_int_equal(fake_ask_put(alice, "2026/a.csv", id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_vote(carol, id, digest, true), S3JIT_OK);
}

static void
Q7_a_login_with_the_requesters_key_is_the_requester(void **state)
{
	struct fake_conn *bob2 = fake_connect(fake_login(UID_BOB, 22, "key-alice"));

	(void)state;
	ask_put();
	assert_int_equal(fake_vote(bob2, id, digest, true), S3JIT_ENOTALLOWED);
	assert_string_equal(fake_state(id), "pending");
}

static void
Q7_the_key_is_remembered_when_its_login_is_forgotten(void **state)
{
	struct fake_conn *bob2 = fake_connect(fake_login(UID_BOB, 22, "key-alice"));

	(void)state;
	ask_put();
	fake_disconnect(alice);
	fake_forget_login(alice_login);	/* as after a restart of the broker */
	assert_int_equal(fake_vote(bob2, id, digest, true), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
}

static void
Q1_Q2_W5_a_vote_on_another_digest_is_refused(void **state)
{
	char other[DIGEST_HEX];

	(void)state;
	ask_put();
	snprintf(other, sizeof(other), "%s", digest);
	other[0] = other[0] == 'a' ? 'b' : 'a';
	assert_int_equal(fake_vote(bob, id, other, true), S3JIT_ECHANGED);
	assert_string_equal(fake_state(id), "pending");
}

static void
Q4_two_of_leads_needs_two_people(void **state)
{
	struct fake_conn *bob2 = fake_connect(fake_login(UID_BOB, 23, "key-bob-2"));

	(void)state;
	assert_int_equal(fake_ask_delivery(dave, DELIVERY_COMMAND, "delete s3://prod-a/x", 0, id,
	    digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_string_equal(fake_state(id), "pending");
	assert_int_equal(fake_vote(bob2, id, digest, true), S3JIT_EBUSY);
	assert_int_equal(fake_claim(dave, id), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_vote(carol, id, digest, true), S3JIT_OK);
	assert_string_equal(fake_state(id), "approved");
}

static void
Q4_any_no_ends_it(void **state)
{
	(void)state;
	assert_int_equal(fake_ask_delivery(dave, DELIVERY_COMMAND, "delete s3://prod-a/x", 0, id,
	    digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_vote(carol, id, digest, false), S3JIT_OK);
	assert_string_equal(fake_state(id), "denied");
	assert_string_equal(dave->event, "denied");
	assert_int_equal(fake_claim(dave, id), S3JIT_EDENIED);
	assert_int_equal(fake.signer.leases, 0);
}

/* Taking power away does not wait for a name service; giving it does. */
static void
B14_a_hanging_name_service_stops_no_no(void **state)
{
	struct msg_revoke q = { id, (char *)"", false, (char *)"wrong file" };

	(void)state;
	ask_put();
	fake_name_service_hangs(UID_BOB, true);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_ENOTALLOWED);
	assert_string_equal(fake_state(id), "pending");
	assert_int_equal(fake_vote(bob, id, digest, false), S3JIT_OK);
	assert_string_equal(fake_state(id), "denied");
	fake_name_service_hangs(UID_BOB, false);
	grant();
	fake_name_service_hangs(UID_BOB, true);
	assert_int_equal(fake_ask(bob, on_revoke, &q), S3JIT_OK);
	assert_string_equal(fake_state(id), "revoked");
	fake_name_service_hangs(UID_BOB, false);
	/* and it counts only who was an approver then */
	ask_put();
	fake_person_groups(UID_BOB, 0, 0);
	fake_name_service_hangs(UID_BOB, true);
	assert_int_not_equal(fake_vote(bob, id, digest, false), S3JIT_OK);
	assert_string_equal(fake_state(id), "pending");
	fake_name_service_hangs(UID_BOB, false);
	fake_person_groups(UID_BOB, GID_LEADS, 0);
}

/* Nobody can say whether bob's yes counts: carol's is not used up over that. */
static void
Q4_a_yes_waits_until_the_others_are_known(void **state)
{
	(void)state;
	assert_int_equal(fake_ask_delivery(dave, DELIVERY_COMMAND, "delete s3://prod-a/x", 0, id,
	    digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	fake_name_service_hangs(UID_BOB, true);
	assert_int_equal(fake_vote(carol, id, digest, true), S3JIT_EBUSY);
	assert_non_null(strstr(carol->err.text, "the yes of bob"));
	assert_string_equal(fake_state(id), "pending");
	fake_name_service_hangs(UID_BOB, false);
	assert_int_equal(fake_vote(carol, id, digest, true), S3JIT_OK);
	assert_string_equal(fake_state(id), "approved");
}

static void
Q5_an_approver_who_left_the_group_does_not_count(void **state)
{
	(void)state;
	approve();
	fake_person_groups(UID_BOB, 0, 0);
	assert_int_equal(fake_claim(alice, id), S3JIT_ECHANGED);
	assert_int_equal(fake.signer.leases, 0);
	fake_person_groups(UID_BOB, GID_LEADS, 0);	/* the control: back again, it counts */
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
}

static void
Q9_approved_but_unclaimed_lapses(void **state)
{
	(void)state;
	approve();
	fake_pass(301);
	assert_string_equal(fake_state(id), "lapsed");
	assert_int_equal(fake_claim(alice, id), S3JIT_ELAPSED);
}

static void
Q10_one_claim_and_only_by_who_asked(void **state)
{
	struct fake_conn *second = fake_connect(fake_login(UID_ALICE, 24, "key-alice"));

	(void)state;
	approve();
	assert_int_equal(fake_claim(carol, id), S3JIT_ENOTFOUND);
	second->conn.peer.ruid = second->conn.peer.euid = UID_BOB;
	assert_int_equal(fake_claim(second, id), S3JIT_ENOTALLOWED);
	second->conn.peer.ruid = second->conn.peer.euid = UID_ALICE;
	assert_int_equal(fake_claim(second, id), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_EENDED);
	assert_int_equal(fake.signer.leases, 1);
}

static void
W13_only_what_was_approved_is_signed(void **state)
{
	(void)state;
	grant();
	assert_int_equal(fake_sign(alice, id, "2026/a.csv.evil", FAKE_SHA256), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_sign(alice, id, "2026/a.cs", FAKE_SHA256), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_sign(alice, id, "2026/a.csv",
	    "0000000000000000000000000000000000000000000000000000000000000000"), S3JIT_ECHANGED);
	assert_int_equal(fake_sign(bob, id, "2026/a.csv", FAKE_SHA256), S3JIT_ENOTFOUND);
	assert_int_equal(fake.signer.signs, 0);
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(fake.signer.signs, 1);
}

/* Asks for a signature with that query ("a=1&b=2") and that one header, or none. */
static enum s3jit_code
sign_part(const char *method, const char *query, const char *sha256, int64_t length,
    const char *header, const char *value)
{
	struct name_value pairs[2] = { { NULL, NULL } };
	struct name_value with = { (char *)header, (char *)value };
	char text[64], *next = text;
	char *etags[2] = { (char *)"\"a\"", (char *)"\"b\"" };
	struct msg_sign q = { .id = id, .method = (char *)method, .bucket = (char *)"prod-reports",
	    .key = (char *)"2026/two", .query = { pairs, 0 },
	    .headers = { &with, header != NULL }, .payload_sha256 = (char *)sha256,
	    .length = length };

	snprintf(text, sizeof(text), "%s", query);
	while ((pairs[q.query.n].value = strsep(&next, "&")) != NULL) {
		pairs[q.query.n].name = strsep(&pairs[q.query.n].value, "=");
		if (++q.query.n == 2)
			break;
	}
	if (strcmp(method, "POST") == 0 && length > 0)
		q.etags = (struct strv){ etags, 2 };
	return fake_ask(alice, on_sign, &q);
}

static void
W13_an_upload_in_parts_is_of_the_approved_bytes(void **state)
{
	static char *const part[2] = { (char *)FAKE_SHA256, (char *)FAKE_SHA256 };
	static char *const tags[2] = { (char *)"\"a\"", (char *)"\"b\"" };
	const struct strv parts = { (char **)(uintptr_t)part, 2 }, etags = { (char **)(uintptr_t)tags, 2 };
	char sum[MULTIPART_CHECKSUM], whole[HEX_SHA256], *xml = multipart_complete(&parts, &etags);
	const char *sha256 = "x-amz-checksum-sha256", *size = "x-amz-mp-object-size";
	int64_t length;

	(void)state;
	assert_non_null(xml);
	length = (int64_t)strlen(xml);
	assert_int_equal(multipart_checksum(sum, FAKE_SHA256), 0);
	assert_int_equal(hex_sha256(whole, xml, strlen(xml), NULL), 0);
	assert_int_equal(fake_ask_parts(alice, "2026/two", 2, id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(sign_part("POST", "uploads=", HEX_SHA256_EMPTY, 0, NULL, NULL), S3JIT_ENOTALLOWED);
	assert_int_equal(sign_part("POST", "uploads=", HEX_SHA256_EMPTY, 0, "x-amz-checksum-algorithm",
	    "CRC32"), S3JIT_ENOTALLOWED);
	assert_int_equal(sign_part("PUT", "partNumber=1&uploadId=u", FAKE_SHA256, 10, NULL, NULL),
	    S3JIT_ENOTALLOWED);
	assert_int_equal(sign_part("PUT", "partNumber=1&uploadId=u", FAKE_SHA256, 10, sha256, "AAAA"),
	    S3JIT_ENOTALLOWED);
	assert_int_equal(sign_part("PUT", "partNumber=0&uploadId=u", FAKE_SHA256, 10, sha256, sum),
	    S3JIT_ECHANGED);
	assert_int_equal(sign_part("PUT", "partNumber=3&uploadId=u", FAKE_SHA256, 10, sha256, sum),
	    S3JIT_ECHANGED);
	assert_int_equal(sign_part("PUT", "partNumber=1&uploadId=u", FAKE_SHA256, 9, sha256, sum),
	    S3JIT_ECHANGED);
	assert_int_equal(sign_part("POST", "uploadId=u", whole, length, NULL, NULL), S3JIT_ENOTALLOWED);
	assert_int_equal(sign_part("POST", "uploadId=u", whole, length, size, "10"), S3JIT_ENOTALLOWED);
	assert_int_equal(sign_part("POST", "uploadId=u", whole, length + 1, size, "20"),
	    S3JIT_ENOTALLOWED);
	assert_int_equal(sign_part("POST", "uploadId=u", FAKE_SHA256, length, size, "20"),
	    S3JIT_ENOTALLOWED);
	assert_int_equal(fake.signer.signs, 0);
	assert_int_equal(sign_part("POST", "uploads=", HEX_SHA256_EMPTY, 0, "x-amz-checksum-algorithm",
	    MULTIPART_ALGORITHM), S3JIT_OK);
	assert_int_equal(sign_part("PUT", "partNumber=2&uploadId=u", FAKE_SHA256, 10, sha256, sum), S3JIT_OK);
	assert_int_equal(sign_part("POST", "uploadId=u", whole, length, size, "20"), S3JIT_OK);
	assert_int_equal(fake.signer.signs, 3);
	free(xml);
}

static void
W13_a_revoke_stops_the_next_signature(void **state)
{
	struct msg_revoke q = { id, (char *)"", false, (char *)"wrong file" };

	(void)state;
	grant();
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(fake_ask(bob, on_revoke, &q), S3JIT_OK);
	assert_string_equal(alice->event, "revoked");
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_EENDED);
	assert_int_equal(fake.signer.drops, 1);
}

static void
W13_an_answer_that_comes_after_a_revoke_is_thrown_away(void **state)
{
	struct msg_revoke q = { id, (char *)"", false, (char *)"wrong file" };

	(void)state;
	grant();
	fake.signer.hangs = true;
	fake_sign(alice, id, "2026/a.csv", FAKE_SHA256);
	assert_null(alice->table);
	assert_int_equal(fake_ask(bob, on_revoke, &q), S3JIT_OK);
	fake_signer_run();
	assert_null(alice->table);
	assert_int_equal(alice->err.code, S3JIT_EENDED);
}

/* The claim itself waits for AWS: who ends the grant meanwhile ends it once, and says why. */
static void
a_claim_that_waits_for_AWS_can_be_ended(void **state)
{
	struct msg_revoke revoke = { id, (char *)"", false, (char *)"wrong bucket" };

	(void)state;
	approve();
	fake.signer.hangs = true;
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_null(alice->table);
	assert_int_equal(fake_ask(bob, on_revoke, &revoke), S3JIT_OK);
	assert_int_equal(alice->err.code, S3JIT_EENDED);
	assert_string_equal(fake_state(id), "revoked");
	assert_null(queue_find_live(&fake.b, id));
	fake_signer_run();
	fake.signer.hangs = false;
	assert_string_equal(fake_state(id), "revoked");
	assert_int_equal(fake.signer.drops, 1);
	grant();
	fake.signer.hangs = true;
	approve();
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	fake_logout(alice_login);
	assert_string_equal(fake_state(id), "logout");
	fake_signer_run();
}

static void
W13_leases_behind_signatures_are_short_and_renewed(void **state)
{
	(void)state;
	grant();
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(fake.signer.last_until - fake.wall, LEASE_SIGNED);
	fake_pass(95);
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(fake.signer.leases - fake.signer.baselines, 2);
}

static void
a_deadline_ends_it_on_time(void **state)
{
	(void)state;
	grant();
	fake_pass(899);
	assert_string_equal(fake_state(id), "active");
	fake_pass(1);
	assert_string_equal(fake_state(id), "expired");
	assert_string_equal(alice->event, "expired");
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_EDEADLINE);
}

static void
B12_a_clock_that_jumps_stops_issuing_and_moves_no_deadline(void **state)
{
	(void)state;
	grant();
	fake.wall -= 3600;	/* somebody sets the clock back */
	assert_int_equal(fake_ask_put(alice, "2026/b.csv", id, digest), S3JIT_ENOTALLOWED);
	fake_pass(900);		/* by the boot clock the time is over */
	fake.wall += 3600;
	assert_int_equal(fake_ask_put(alice, "2026/b.csv", id, digest), S3JIT_OK);
}

static void
B12_the_boot_clock_ends_a_grant_when_the_wall_clock_went_back(void **state)
{
	(void)state;
	grant();
	fake.wall -= 3600;
	fake_pass(901);
	assert_string_equal(fake_state(id), "expired");
}

static void
a_logout_ends_grants_and_leaves_requests(void **state)
{
	char other[REQUEST_ID], d[DIGEST_HEX];

	(void)state;
	grant();
	assert_int_equal(fake_ask_put(alice, "2026/b.csv", other, d), S3JIT_OK);
	fake_logout(alice_login);
	fake_disconnect(alice);
	assert_string_equal(fake_state(id), "logout");
	assert_string_equal(fake_state(other), "pending");
	fake_pass(601);		/* linger */
	assert_string_equal(fake_state(other), "lapsed");
}

static void
a_lost_line_is_resumed_from_another_login(void **state)
{
	struct msg_resume q = { (char *)"" };
	struct fake_conn *second;

	(void)state;
	ask_put();
	fake_disconnect(alice);
	second = fake_connect(fake_login(UID_ALICE, 25, "key-alice"));
	assert_int_equal(fake_ask(second, on_resume, &q), S3JIT_OK);
	assert_string_equal(((struct msg_state *)second->answer)->id, id);
	fake_pass(700);		/* attended again: linger does not count */
	assert_string_equal(fake_state(id), "pending");
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_string_equal(second->event, "approved");
	assert_int_equal(fake_claim(second, id), S3JIT_OK);
}

static void
withdrawn_cannot_be_approved(void **state)
{
	struct msg_withdraw q = { id };

	(void)state;
	ask_put();
	assert_int_equal(fake_ask(alice, on_withdraw, &q), S3JIT_OK);
	assert_string_equal(fake_state(id), "withdrawn");
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_EWITHDRAWN);
}

static void
an_automatic_rule_needs_nobody(void **state)
{
	(void)state;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports-scratch/x",
	    60, id, digest), S3JIT_OK);
	assert_string_equal(fake_state(id), "approved");
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_non_null(((struct msg_grant *)alice->answer)->credentials);
	assert_int_equal(((struct msg_grant *)alice->answer)->deadline, fake.wall + 60);
}

/* The first signer takes its keys with it: one more is asked, for a lease of another name. */
static void
B11_a_lease_whose_signer_died_is_asked_for_once_more(void **state)
{
	struct list rows = { 0 };
	struct lease_row *l;

	(void)state;
	fake.signer.lost = 1;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports-scratch/x",
	    60, id, digest), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_non_null(((struct msg_grant *)alice->answer)->credentials);
	assert_int_equal(fake.signer.leases, 2);
	assert_int_equal(fake.signer.hand_outs, 1);
	assert_int_equal(store_leases(fake.b.store, &rows, id, NULL), 0);
	assert_int_equal(rows.n, 2);
	l = rows.v;
	assert_string_not_equal(l[0].lease, l[1].lease);
	assert_string_equal(l[0].error, "the signer died");
	assert_string_equal(l[1].error, "");
	store_rows_clear(&rows, &lease_row_table);

	fake.signer.lost = 2;		/* and not a third one */
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports-scratch/x",
	    60, id, digest), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_EAWS);
	assert_string_equal(fake_state(id), "done");
}

static void
C3_an_open_grant_serves_its_own_login_only(void **state)
{
	struct msg_get_credentials q = { (char *)"s3-write" };
	struct msg_close close = { (char *)"" };
	struct fake_conn *second = fake_connect(fake_login(UID_ALICE, 26, "key-alice"));

	(void)state;
	assert_int_equal(fake_ask(alice, on_get_credentials, &q), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_SESSION, "put s3://prod-reports/2026/", 600,
	    id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_null(((struct msg_grant *)alice->answer)->credentials);
	assert_int_equal(fake_ask(alice, on_get_credentials, &q), S3JIT_OK);
	assert_ptr_equal(alice->table, &credentials_table);
	assert_int_equal(fake_ask(second, on_get_credentials, &q), S3JIT_ENOTALLOWED);
	/* a second open is refused naming the first */
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_SESSION, "put s3://prod-reports/2027/", 600,
	    digest, digest), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "Close it first"));
	assert_int_equal(fake_ask(alice, on_close, &close), S3JIT_OK);
	assert_true(((struct msg_closed *)alice->answer)->keys_until > fake.wall);
	assert_int_equal(fake_ask(alice, on_get_credentials, &q), S3JIT_ENOTALLOWED);
}

static void
the_baseline_is_one_lease_for_many_questions(void **state)
{
	struct msg_get_credentials q = { (char *)"default" };
	int i;

	(void)state;
	for (i = 0; i < 50; i++)
		assert_int_equal(fake_ask(alice, on_get_credentials, &q), S3JIT_OK);
	assert_int_equal(fake.signer.leases, 1);
	assert_int_equal(fake.signer.hand_outs, 50);
	fake_logout(alice_login);
	assert_int_equal(fake.signer.drops, 1);
}

static void
STS_that_refuses_leaves_no_grant(void **state)
{
	(void)state;
	approve();
	fake.signer.fails = true;
	assert_int_equal(fake_claim(alice, id), S3JIT_EAWS);
	assert_string_equal(fake_state(id), "done");
}

static void
B11_B15_a_restart_loses_and_doubles_nothing(void **state)
{
	char pending[REQUEST_ID], d[DIGEST_HEX];
	struct msg_resume q = { pending };

	(void)state;
	grant();
	assert_int_equal(fake_ask_put(alice, "2026/b.csv", pending, d), S3JIT_OK);
	fake_restart();
	assert_string_equal(fake_state(id), "active");
	assert_string_equal(fake_state(pending), "pending");
	alice = fake_connect(alice_login);
	bob = fake_connect(bob_login);
	assert_int_equal(fake_claim(alice, id), S3JIT_EENDED);	/* not a second time */
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(fake_ask(alice, on_resume, &q), S3JIT_OK);
	assert_int_equal(fake_vote(bob, pending, d, true), S3JIT_OK);
	assert_string_equal(alice->event, "approved");
}

static void
B15_a_login_that_ended_meanwhile_loses_its_grant_at_start(void **state)
{
	(void)state;
	grant();
	alice_login->row.ended = fake.wall;
	fake_restart();
	assert_string_equal(fake_state(id), "logout");
}

static void
a_grant_without_its_client_ends(void **state)
{
	(void)state;
	grant();
	fake_disconnect(alice);
	fake_pass(30);
	assert_string_equal(fake_state(id), "active");
	fake_pass(40);
	assert_string_equal(fake_state(id), "done");
}

static void
B8_a_person_has_so_many_requests_waiting(void **state)
{
	char key[32];
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(fake_ask_put(alice, key, id, digest), S3JIT_OK);
	}
	assert_int_equal(fake_ask_put(alice, "one-more", id, digest), S3JIT_EBUSY);
	assert_int_equal(fake_ask_delivery(dave, DELIVERY_COMMAND, "delete s3://prod-a/x", 0, id,
	    digest), S3JIT_OK);
}

static enum s3jit_code
ask_with(struct fake_conn *c, char **scope, size_t nscope, char *reason, char **argv, size_t nargv,
    int64_t size)
{
	char *part[1] = { (char *)FAKE_SHA256 };
	struct object o = { (char *)"put", (char *)"prod-reports", (char *)"a", (char *)"file", size,
	    size, { part, 1 }, (char *)FAKE_SHA256 };
	struct msg_ask q = { .scope = { scope, nscope }, .delivery = (char *)DELIVERY_SIGNED,
	    .argv = { argv, nargv }, .cwd = (char *)"/", .reason = reason, .parent = (char *)"",
	    .objects = { &o, 1 } };

	return fake_ask(c, on_ask, &q);
}

static void
W6_what_AWS_would_not_take_is_refused_when_asked(void **state)
{
	char keys[32][200], *scope[32];
	size_t i;

	(void)state;
	for (i = 0; i < 32; i++) {
		snprintf(keys[i], sizeof(keys[i]), "put s3://prod-reports/%s%0100zu",
		    i == 0 ? "" : "x", i);
		scope[i] = keys[i];
	}
	scope[0] = (char *)"put s3://prod-reports/a";
	assert_int_equal(ask_with(alice, scope, 32, (char *)"OPS-1 test", NULL, 0, 10),
	    S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "AWS takes 2048"));
	assert_int_equal(ask_with(alice, scope, 4, (char *)"OPS-1 test", NULL, 0, 10), S3JIT_OK);
}

static void
B8_one_person_cannot_hide_what_others_ask(void **state)
{
	char *scope[] = { (char *)"put s3://prod-reports/a" }, *json, *argv[8], word[30001];
	char reason[4097] = "OPS-1 test";
	size_t i;
	struct msg_list list;

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	for (i = 0; i < 8; i++)
		argv[i] = word;
	/* what no screen would be sent is refused, and so are sizes that add up to nonsense */
	assert_int_equal(ask_with(alice, scope, 1, reason, argv, 8, 10), S3JIT_EUSAGE);
	assert_int_equal(ask_with(alice, scope, 1, reason, NULL, 0, INT64_MAX), S3JIT_EUSAGE);
	assert_int_equal(ask_with(alice, scope, 1, reason, argv, 7, 10), S3JIT_OK);
	memset(reason + 10, '\1', sizeof(reason) - 11);
	for (i = 1; i < 20; i++)
		assert_int_equal(ask_with(alice, scope, 1, reason, NULL, 0, 10), S3JIT_OK);
	assert_int_equal(fake_ask(bob, on_list, &list), S3JIT_OK);
	assert_int_equal(((struct msg_list_answer *)bob->answer)->requests.n, 20);
	assert_int_equal(codec_encode(&json, &list_answer_table, bob->answer, NULL), 0);
	assert_true(strlen(json) <= WIRE_MAX / 2);
	free(json);
}

static void
B8_a_person_asks_so_often_in_a_minute(void **state)
{
	struct msg_withdraw q = { id };
	int i;

	(void)state;
	for (i = 0; i < QUEUE_PER_MINUTE; i++) {
		assert_int_equal(fake_ask_put(alice, "again", id, digest), S3JIT_OK);
		assert_int_equal(fake_ask(alice, on_withdraw, &q), S3JIT_OK);
	}
	assert_int_equal(fake_ask_put(alice, "again", id, digest), S3JIT_EBUSY);
	assert_int_equal(fake_ask_delivery(dave, DELIVERY_COMMAND, "delete s3://prod-a/x", 0, id,
	    digest), S3JIT_OK);
	fake_pass(61);
	assert_int_equal(fake_ask_put(alice, "again", id, digest), S3JIT_OK);
}

/* Ten times each of begin, one part, complete and abort, and a hundred: then it is no mistake. */
static void
B8_a_grant_is_signed_so_often(void **state)
{
	int i;

	(void)state;
	approve();
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	for (i = 0; i < 140; i++)
		assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_ENOTALLOWED);
	assert_string_equal(fake_state(id), "active");
	/* another grant has its own */
	approve();
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
}

/* Each time a line is lost and found again the record grows: not for ever. */
static void
B8_a_person_comes_back_so_often_in_a_minute(void **state)
{
	struct msg_resume q = { id };
	struct fake_conn *c;
	enum s3jit_code code = S3JIT_OK;
	int i;

	(void)state;
	ask_put();
	fake_disconnect(alice);
	for (i = 0; i < QUEUE_PER_MINUTE + 1 && code == S3JIT_OK; i++) {
		c = fake_connect(alice_login);
		code = fake_ask(c, on_resume, &q);
		fake_disconnect(c);
	}
	assert_int_equal(code, S3JIT_EBUSY);
	assert_true(i >= QUEUE_PER_MINUTE - 1);
	fake_pass(61);
	c = fake_connect(alice_login);
	assert_int_equal(fake_ask(c, on_resume, &q), S3JIT_OK);
	assert_string_equal(fake_state(id), "pending");
}

static void
F4_a_rule_that_changed_must_be_asked_under_again(void **state)
{
	char *hash = fake.b.conf->rules[0].hash;

	(void)state;
	approve();
	hash[0] = 'c';
	assert_int_equal(fake_claim(alice, id), S3JIT_ECHANGED);
	hash[0] = 'a';		/* the control */
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	ask_put();
	hash[0] = 'c';
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_ECHANGED);
	assert_int_equal(fake_vote(carol, id, digest, false), S3JIT_OK);	/* a no always counts */
	hash[0] = 'a';
	assert_string_equal(fake_state(id), "denied");
}

static void
Q11_others_do_not_see_it(void **state)
{
	struct msg_show q = { id };
	struct msg_status st;
	struct msg_withdraw w = { id };

	(void)state;
	ask_put();
	fake_person_groups(UID_CAROL, 0, 0);
	assert_int_equal(fake_ask(carol, on_show, &q), S3JIT_ENOTFOUND);
	assert_int_equal(fake_ask(carol, on_withdraw, &w), S3JIT_ENOTFOUND);
	assert_int_equal(fake_ask(carol, on_status, &st), S3JIT_OK);
	assert_int_equal(((struct msg_status_answer *)carol->answer)->requests.n, 0);
	assert_int_equal(fake_ask(bob, on_show, &q), S3JIT_OK);
	assert_string_equal(alice->event, "looking");
}

/* A tick is a second coarse; who opens anew in it finds the slot free. */
static void
a_deadline_frees_the_slot_before_any_tick(void **state)
{
	char old[REQUEST_ID];

	(void)state;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_SESSION, "put s3://prod-reports-scratch/", 60,
	    old, digest), S3JIT_OK);
	assert_int_equal(fake_claim(alice, old), S3JIT_OK);
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_SESSION, "put s3://prod-reports-scratch/", 60,
	    id, digest), S3JIT_ENOTALLOWED);
	fake_clocks(60);
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_SESSION, "put s3://prod-reports-scratch/", 60,
	    id, digest), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
}

/* How many ends the side file has. */
static int
noted(void)
{
	char path[128];
	int c, n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/ended", fake.dir);
	assert_non_null(f = fopen(path, "re"));
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

/* Its room is for many ends, not for one again and again, and nobody hears of it twice. */
static void
B15_an_end_is_noted_and_told_once(void **state)
{
	struct msg_revoke q = { id, (char *)"", false, (char *)"wrong file" };
	int i, lines;

	(void)state;
	fake_grant(alice, bob, DELIVERY_SESSION, "put s3://prod-reports/x", 600, id);
	disk_full = true;
	assert_int_equal(fake_ask(bob, on_revoke, &q), S3JIT_OK);
	assert_string_equal(alice->event, "revoked");
	assert_int_equal(noted(), 1);
	lines = fake.terminal.lines;
	alice->event[0] = '\0';
	for (i = 0; i < 30; i++)
		fake_pass(1);
	assert_int_equal(noted(), 1);
	assert_int_equal(fake.terminal.lines, lines);
	assert_string_equal(alice->event, "");
	assert_string_equal(fake_state(id), "active");
	disk_full = false;
	fake_pass(1);
	assert_string_equal(fake_state(id), "revoked");
	assert_int_equal(noted(), 0);
	assert_null(fake.b.queue->live);
}

/* How often something was refused, by the record. */
static int
refused(const char *event)
{
	struct list rows = { 0 };
	char what[64];
	size_t i;
	int n = 0;

	snprintf(what, sizeof(what), "\"event\":\"%s\"", event);
	assert_int_equal(store_audit_page(fake.b.store, &rows, 0, 500, "", 0, 0, NULL), 0);
	for (i = 0; i < rows.n; i++)
		n += strstr(((struct audit_row *)rows.v)[i].record, what) != NULL;
	store_rows_clear(&rows, &audit_row_table);
	return n;
}

static void
what_no_rule_allows_is_on_record_when_it_is_only_checked(void **state)
{
	char *scope[1] = { (char *)"put s3://prod-billing/x" };
	struct msg_check q = { { scope, 1 }, (char *)DELIVERY_COMMAND, (char *)"" };

	(void)state;
	assert_int_equal(fake_ask(alice, on_check, &q), S3JIT_ENOTALLOWED);
	assert_int_equal(refused("not-allowed"), 1);
	/* nor is there anything to extend */
	scope[0] = (char *)"put s3://prod-reports/x";
	q.parent = (char *)"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
	assert_int_equal(fake_ask(alice, on_check, &q), S3JIT_ENOTFOUND);
}

static void
a_rule_may_want_a_password(void **state)
{
	struct rule *rule = (struct rule *)(uintptr_t)&fake.b.conf->rules[0];

	(void)state;
	rule->reauth_requester = true;
	assert_int_equal(fake_ask_put(alice, "a", id, digest), S3JIT_EREAUTH);
	assert_true(alice_login->reauth_wanted_ms > fake.boot_ms);
	alice_login->row.reauth_at = fake.wall;
	assert_int_equal(fake_ask_put(alice, "a", id, digest), S3JIT_OK);
	fake_clocks(301);		/* too long ago */
	assert_int_equal(fake_ask_put(alice, "b", id, digest), S3JIT_EREAUTH);
	alice_login->row.reauth_at = fake.wall + 60;	/* the clock was set back */
	assert_int_equal(fake_ask_put(alice, "b", id, digest), S3JIT_EREAUTH);
	rule->reauth_requester = false;
}

static void
keys_that_are_handed_out_live_an_hour(void **state)
{
	struct rule *rule = (struct rule *)(uintptr_t)&fake.b.conf->rules[0];
	int64_t kept = rule->max_ttl;

	(void)state;
	rule->max_ttl = 7200;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports/x", 7200,
	    id, digest), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "at most an hour"));
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports/x", 3600,
	    id, digest), S3JIT_OK);
	rule->max_ttl = kept;
}

/* Who names no time gets one that the rule's usual time is no obstacle to. */
static void
what_is_usual_is_never_refused(void **state)
{
	struct rule *rule = (struct rule *)(uintptr_t)&fake.b.conf->rules[0];
	int64_t kept = rule->max_ttl, usual = rule->default_ttl;
	struct request_row row = { 0 };
	struct s3jit_err err;

	(void)state;
	rule->max_ttl = rule->default_ttl = 7200;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports/x", 0,
	    id, digest), S3JIT_OK);
	assert_int_equal(store_request_get(fake.b.store, &row, id, &err), 0);
	assert_int_equal(row.req->ttl, 3600);
	codec_clear(&request_row_table, &row);
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_SESSION, "put s3://prod-reports/x", 0,
	    id, digest), S3JIT_OK);
	assert_int_equal(store_request_get(fake.b.store, &row, id, &err), 0);
	assert_int_equal(row.req->ttl, 7200);
	codec_clear(&request_row_table, &row);
	rule->max_ttl = kept;
	rule->default_ttl = usual;
}

/* The disk did not take the login: what it asks or takes up would name nobody's login. */
static void
A1_a_login_that_is_not_on_record_gets_nothing(void **state)
{
	int64_t row = alice_login->row.row;

	(void)state;
	approve();
	alice_login->row.row = -1;
	assert_int_equal(fake_claim(alice, id), S3JIT_ERECORD);
	assert_string_equal(fake_state(id), "approved");
	assert_int_equal(fake_ask_put(alice, "b", digest, digest), S3JIT_ERECORD);
	assert_int_equal(fake.signer.leases - fake.signer.baselines, 0);
	alice_login->row.row = row;
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
}

static void
Q10_keys_are_not_for_who_became_somebody_else(void **state)
{
	(void)state;
	alice->conn.peer.ruid = alice->conn.peer.euid = UID_BOB;	/* sudo -u bob */
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports/x", 0,
	    id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(carol, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "only to who logged in"));
	assert_string_equal(fake_state(id), "approved");
	assert_int_equal(fake.signer.hand_outs, 0);
}

static void
B3_who_cannot_be_looked_at_takes_nothing_up(void **state)
{
	(void)state;
	approve();
	fake.peers_gone = true;
	assert_int_equal(fake_claim(alice, id), S3JIT_ENOTFOUND);
	assert_string_equal(fake_state(id), "approved");
	fake.peers_gone = false;
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
}

static void
resume_needs_one_that_can_be_resumed(void **state)
{
	struct msg_resume q = { (char *)"" };
	struct fake_conn *second = fake_connect(fake_login(UID_ALICE, 28, "key-alice"));

	(void)state;
	assert_int_equal(fake_ask(alice, on_resume, &q), S3JIT_ENOTFOUND);
	assert_int_equal(fake_ask_put(alice, "a", digest, digest), S3JIT_OK);
	ask_put();
	assert_int_equal(fake_ask(alice, on_resume, &q), S3JIT_EAMBIGUOUS);
	assert_non_null(strstr(alice->err.text, "2 requests waiting"));
	q.id = (char *)"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
	assert_int_equal(fake_ask(alice, on_resume, &q), S3JIT_ENOTFOUND);
	q.id = id;
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(fake_ask(second, on_resume, &q), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(second->err.text, "another login of yours"));
	/* over, though nobody has looked yet */
	fake_clocks(901);
	assert_int_equal(fake_ask(alice, on_resume, &q), S3JIT_EDEADLINE);
}

static void
W13_a_signer_that_refuses_is_on_record(void **state)
{
	(void)state;
	grant();
	fake.signer.refuses = true;
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_ENOTALLOWED);
	assert_int_equal(refused("sign-refused"), 1);
	fake.signer.refuses = false;
	fake.signer.fails = true;
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_EAWS);
	fake.signer.fails = false;
	fake.signer.sts_down = true;
	fake_pass(LEASE_SIGNED + 5);	/* the lease is over, and there is no other */
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_EAWS);
	assert_int_equal(refused("sign-refused"), 1);
	fake.signer.sts_down = false;
	assert_int_equal(fake_sign(alice, id, "2026/a.csv", FAKE_SHA256), S3JIT_OK);
	assert_string_equal(fake_state(id), "active");
}

static void
keys_that_do_not_come_leave_no_grant(void **state)
{
	(void)state;
	fake.signer.refuses = true;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND,
	    "put s3://prod-reports-scratch/x", 60, id, digest), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_ENOTALLOWED);
	assert_string_equal(fake_state(id), "done");
}

static void
W13_nothing_else_is_signed_about_an_object(void **state)
{
	struct name_value copy = { (char *)"x-amz-copy-source", (char *)"/prod-billing/x" };
	char *scope[1] = { (char *)"delete s3://prod-a/x" };
	struct object o = { .verb = (char *)"delete", .bucket = (char *)"prod-a",
	    .key = (char *)"x", .name = (char *)"", .sha256 = (char *)"" };
	struct msg_ask ask = { .scope = { scope, 1 }, .delivery = (char *)DELIVERY_SIGNED,
	    .cwd = (char *)"/", .reason = (char *)"OPS-1 test", .parent = (char *)"",
	    .objects = { &o, 1 } };
	struct msg_sign q = { .id = id, .method = (char *)"PUT", .bucket = (char *)"prod-reports",
	    .key = (char *)"2026/a.csv", .payload_sha256 = (char *)FAKE_SHA256, .length = 10 };

	(void)state;
	grant();
	q.headers = (struct list){ &copy, 1 };
	assert_int_equal(fake_ask(alice, on_sign, &q), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "a copy to s3://prod-reports/2026/a.csv"));
	q.headers.n = 0;
	q.slot = -1;
	assert_int_equal(fake_ask(alice, on_sign, &q), S3JIT_EUSAGE);
	q.slot = 1 << 20;
	assert_int_equal(fake_ask(alice, on_sign, &q), S3JIT_EUSAGE);
	q.slot = 0;
	assert_int_equal(fake.signer.signs, 0);
	assert_int_equal(fake_ask(alice, on_sign, &q), S3JIT_OK);

	/* what may be deleted may not be written */
	assert_int_equal(fake_ask(dave, on_ask, &ask), S3JIT_OK);
	snprintf(id, sizeof(id), "%s", ((struct msg_state *)dave->answer)->id);
	snprintf(digest, sizeof(digest), "%s", ((struct msg_state *)dave->answer)->digest);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_vote(carol, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(dave, id), S3JIT_OK);
	q.bucket = (char *)"prod-a";
	q.key = (char *)"x";
	assert_int_equal(fake_ask(dave, on_sign, &q), S3JIT_ENOTALLOWED);
	assert_int_equal(fake.signer.signs, 1);
}

static void
W13_behind_keys_nothing_is_signed(void **state)
{
	(void)state;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND,
	    "put s3://prod-reports-scratch/x", 60, id, digest), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(fake_sign(alice, id, "x", FAKE_SHA256), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "nothing is signed"));
	assert_int_equal(fake.signer.signs, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_whole_road_ends_done),
		T(no_rule_names_the_nearest),
		T(Q3_own_request_cannot_be_voted_on),
		T(Q3_a_request_raised_as_bob_is_not_bobs_to_approve),
		T(Q7_a_login_with_the_requesters_key_is_the_requester),
		T(Q7_the_key_is_remembered_when_its_login_is_forgotten),
		T(Q1_Q2_W5_a_vote_on_another_digest_is_refused),
		T(Q4_two_of_leads_needs_two_people),
		T(Q4_any_no_ends_it),
		T(B14_a_hanging_name_service_stops_no_no),
		T(B15_an_end_is_noted_and_told_once),
		T(Q4_a_yes_waits_until_the_others_are_known),
		T(Q5_an_approver_who_left_the_group_does_not_count),
		T(Q9_approved_but_unclaimed_lapses),
		T(Q10_one_claim_and_only_by_who_asked),
		T(W13_only_what_was_approved_is_signed),
		T(W13_an_upload_in_parts_is_of_the_approved_bytes),
		T(W13_a_revoke_stops_the_next_signature),
		T(W13_an_answer_that_comes_after_a_revoke_is_thrown_away),
		T(a_claim_that_waits_for_AWS_can_be_ended),
		T(W13_leases_behind_signatures_are_short_and_renewed),
		T(a_deadline_ends_it_on_time),
		T(a_deadline_frees_the_slot_before_any_tick),
		T(B12_a_clock_that_jumps_stops_issuing_and_moves_no_deadline),
		T(B12_the_boot_clock_ends_a_grant_when_the_wall_clock_went_back),
		T(a_logout_ends_grants_and_leaves_requests),
		T(a_lost_line_is_resumed_from_another_login),
		T(withdrawn_cannot_be_approved),
		T(an_automatic_rule_needs_nobody),
		T(B11_a_lease_whose_signer_died_is_asked_for_once_more),
		T(C3_an_open_grant_serves_its_own_login_only),
		T(the_baseline_is_one_lease_for_many_questions),
		T(STS_that_refuses_leaves_no_grant),
		T(B11_B15_a_restart_loses_and_doubles_nothing),
		T(B15_a_login_that_ended_meanwhile_loses_its_grant_at_start),
		T(a_grant_without_its_client_ends),
		T(B8_a_person_has_so_many_requests_waiting),
		T(W6_what_AWS_would_not_take_is_refused_when_asked),
		T(B8_one_person_cannot_hide_what_others_ask),
		T(B8_a_person_asks_so_often_in_a_minute),
		T(B8_a_grant_is_signed_so_often),
		T(B8_a_person_comes_back_so_often_in_a_minute),
		T(F4_a_rule_that_changed_must_be_asked_under_again),
		T(Q11_others_do_not_see_it),
		T(what_no_rule_allows_is_on_record_when_it_is_only_checked),
		T(a_rule_may_want_a_password),
		T(keys_that_are_handed_out_live_an_hour),
		T(what_is_usual_is_never_refused),
		T(A1_a_login_that_is_not_on_record_gets_nothing),
		T(Q10_keys_are_not_for_who_became_somebody_else),
		T(B3_who_cannot_be_looked_at_takes_nothing_up),
		T(resume_needs_one_that_can_be_resumed),
		T(W13_a_signer_that_refuses_is_on_record),
		T(keys_that_do_not_come_leave_no_grant),
		T(W13_nothing_else_is_signed_about_an_object),
		T(W13_behind_keys_nothing_is_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
