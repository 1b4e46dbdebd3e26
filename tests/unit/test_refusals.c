/*
 * test_refusals.c - what the broker refuses by its rules or because it contradicts
 * itself: the code, the sentence, and that nothing came of it.
 *
 * The clients ask no such thing; somebody with a socket may.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "broker/queue_private.h"
#include "fake_broker.h"

#define KEY "2026/a.csv"

static struct fake_conn *alice, *bob, *carol;
static char id[REQUEST_ID], digest[DIGEST_HEX];

static int
setup(void **state)
{
	(void)state;
	fake_start();
	alice = fake_connect(fake_login(UID_ALICE, 11, "key-alice"));
	bob = fake_connect(fake_login(UID_BOB, 12, "key-bob"));
	carol = fake_connect(fake_login(UID_CAROL, 13, "key-carol"));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_stop();
	return 0;
}

static int64_t
waiting(void)
{
	int64_t n;

	assert_int_equal(store_requests_waiting(fake.b.store, &n, -1, NULL), 0);
	return n;
}

/* Refused with that code and these words in it. */
static void
refused(struct fake_conn *c, handler_run *run, const void *msg, enum s3jit_code code,
    const char *words)
{
	if (fake_ask(c, run, msg) != code || strstr(c->err.text, words) == NULL)
		fail_msg("not \"%s\" (%d), but \"%s\" (%d)", words, (int)code, c->err.text,
		    (int)c->err.code);
}

/* ---- objects that contradict themselves ---- */

struct asked {
	char *scope[1], *parts[2];
	struct object object;
	struct msg_ask ask;
};

/* One file of ten bytes. */
static void
asked_put(struct asked *a)
{
	memset(a, 0, sizeof(*a));
	a->scope[0] = (char *)"put s3://prod-reports/2026/";
	a->parts[0] = a->parts[1] = (char *)FAKE_SHA256;
	a->object = (struct object){ (char *)"put", (char *)"prod-reports", (char *)KEY,
	    (char *)"file", 10, 10, { a->parts, 1 }, (char *)FAKE_SHA256 };
	a->ask.scope = (struct strv){ a->scope, 1 };
	a->ask.delivery = (char *)DELIVERY_SIGNED;
	a->ask.cwd = (char *)"/home/alice";
	a->ask.reason = (char *)"OPS-1 test";
	a->ask.parent = (char *)"";
	a->ask.objects = (struct list){ &a->object, 1 };
}

static void is_listed(struct asked *a) { a->object.verb = (char *)"list"; }
static void is_elsewhere(struct asked *a) { a->object.key = (char *)"2025/a.csv"; }
static void has_more_parts(struct asked *a) { a->object.parts.n = 2; }
static void is_smaller_than_nothing(struct asked *a) { a->object.size = -1; }
static void has_no_hash(struct asked *a) { a->parts[0] = (char *)"84d8"; }

static void
has_another_hash(struct asked *a)
{
	a->object.sha256 = (char *)"00d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";
}

static void
is_deleted_in_parts(struct asked *a)
{
	a->scope[0] = (char *)"delete s3://prod-reports/2026/";
	a->object.verb = (char *)"delete";
}

static void
is_deleted_with_a_size(struct asked *a)
{
	is_deleted_in_parts(a);
	a->object.parts.n = 0;
}

static void
is_huge(struct asked *a)
{
	a->object.size = a->object.part_size = INT64_MAX;
}

static void has_no_objects(struct asked *a) { a->ask.objects.n = 0; }
static void is_for_a_command(struct asked *a) { a->ask.delivery = (char *)DELIVERY_COMMAND; }
static void is_delivered_oddly(struct asked *a) { a->ask.delivery = (char *)"by hand"; }
static void says_no_reason(struct asked *a) { a->ask.reason = (char *)" \t"; }
static void takes_too_long(struct asked *a) { a->ask.ttl = 1801; }
static void takes_less_than_no_time(struct asked *a) { a->ask.ttl = -1; }
static void names_nothing(struct asked *a) { a->ask.scope.n = a->ask.objects.n = 0; }

static void
is_another_persons(struct asked *a)
{
	a->scope[0] = (char *)"put s3://elsewhere/x";
	a->object.bucket = (char *)"elsewhere";
	a->object.key = (char *)"x";
}

static void
W13_what_contradicts_itself_is_not_asked(void **state)
{
	static const struct {
		void (*spoil)(struct asked *);
		enum s3jit_code code;
		const char *words;
	} cases[] = {
		{ is_listed, S3JIT_EUSAGE, "an object is put or deleted, not \"list\"" },
		{ is_elsewhere, S3JIT_EUSAGE, "put s3://prod-reports/2025/a.csv is not in the scope" },
		{ is_deleted_in_parts, S3JIT_EUSAGE, "a delete has no parts" },
		{ is_deleted_with_a_size, S3JIT_EUSAGE, "no object has a size like that of file" },
		{ has_more_parts, S3JIT_EUSAGE, "parts and size of file do not agree" },
		{ is_smaller_than_nothing, S3JIT_EUSAGE, "parts and size of file do not agree" },
		{ has_no_hash, S3JIT_EUSAGE, "a part of file has no SHA-256" },
		{ has_another_hash, S3JIT_EUSAGE, "another SHA-256 than its only part" },
		{ is_huge, S3JIT_EUSAGE, "no object has a size like that of file" },
		{ has_no_objects, S3JIT_EUSAGE, "a built-in write names its objects" },
		{ is_for_a_command, S3JIT_EUSAGE, "only built-in verbs name objects" },
		{ is_delivered_oddly, S3JIT_EUSAGE, "no such delivery" },
		{ names_nothing, S3JIT_EUSAGE, "nothing was asked for" },
		{ is_another_persons, S3JIT_ENOTALLOWED, "Not allowed by any rule: put s3://elsewhere/x" },
		{ says_no_reason, S3JIT_EUSAGE, "A reason is needed" },
		{ takes_too_long, S3JIT_ENOTALLOWED, "Too long: rule \"report uploads\" allows at most 30m" },
		{ takes_less_than_no_time, S3JIT_ENOTALLOWED, "Too long" },
	};
	struct asked a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		asked_put(&a);
		cases[i].spoil(&a);
		refused(alice, on_ask, &a.ask, cases[i].code, cases[i].words);
		assert_int_equal(waiting(), 0);
	}
	asked_put(&a);			/* the control */
	assert_int_equal(fake_ask(alice, on_ask, &a.ask), S3JIT_OK);
	assert_int_equal(waiting(), 1);
}

/* ---- what a rule wants ---- */

static void
a_reason_has_the_rules_form(void **state)
{
	struct rule *rule = &fake.b.conf->rules[0];
	char *was = rule->reason;
	struct asked a;

	(void)state;
	asked_put(&a);
	rule->reason = (char *)"OPS-[0-9]+";
	refused(alice, on_ask, &a.ask, S3JIT_EUSAGE, "wants a reason of the form OPS-[0-9]+");
	a.ask.reason = (char *)"OPS-12";
	assert_int_equal(fake_ask(alice, on_ask, &a.ask), S3JIT_OK);
	rule->reason = (char *)"OPS-(";
	refused(alice, on_ask, &a.ask, S3JIT_ESYS, "its reason cannot be matched");
	rule->reason = was;
}

static void
keys_stay_where_the_rule_keeps_them(void **state)
{
	struct rule *rule = &fake.b.conf->rules[0];
	char *was = rule->delivery;

	(void)state;
	rule->delivery = (char *)DELIVERY_SIGNED;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "put s3://prod-reports/x", 60,
	    id, digest), S3JIT_ENOTALLOWED);
	rule->delivery = was;
	assert_non_null(strstr(alice->err.text, "keeps keys with s3jit"));
}

/* ---- requests that are not there, not theirs, or not that far ---- */

static void
an_id_is_of_a_request_that_one_may_see(void **state)
{
	struct msg_resume q = { (char *)"abc" };

	(void)state;
	refused(alice, on_resume, &q, S3JIT_EUSAGE, "6 to 32 letters from k to z");
	q.id = (char *)"kkkkkkkk";
	refused(alice, on_resume, &q, S3JIT_ENOTFOUND, "No request kkkkkkkk that you may see");
	assert_int_equal(fake_ask_put(alice, KEY, id, digest), S3JIT_OK);
	q.id = id;
	refused(bob, on_resume, &q, S3JIT_ENOTFOUND, "that you may see");
	assert_int_equal(fake_ask(alice, on_resume, &q), S3JIT_OK);
}

/* The request under another nonce, and so another id. */
static void
renamed(struct request_row *row, int nonce)
{
	char name[REQUEST_ID], hex[DIGEST_HEX], text[33];

	snprintf(text, sizeof(text), "%032x", (unsigned)nonce);
	memcpy(row->req->nonce, text, strlen(row->req->nonce));
	request_names(name, hex, row->req);
	memcpy(row->id, name, strlen(row->id));
	memcpy(row->digest, hex, strlen(row->digest));
}

/* Ids are digests: among some thousands two begin with the same six letters. */
static void
an_id_that_two_requests_begin_with_names_neither(void **state)
{
	enum { TRIES = 30000, LETTERS = 6 };
	static char seen[TRIES][LETTERS];
	struct request_row row = { 0 };
	struct s3jit_err err;
	char begin[LETTERS + 1];
	struct msg_resume q = { begin };
	int i, twin = 0;

	(void)state;
	assert_int_equal(fake_ask_put(alice, KEY, id, digest), S3JIT_OK);
	assert_int_equal(store_request_get(fake.b.store, &row, id, &err), 0);
	for (i = 0; i < TRIES; i++) {
		renamed(&row, i);
		memcpy(seen[i], row.id, LETTERS);
		for (twin = 0; twin < i && memcmp(seen[twin], seen[i], LETTERS) != 0; twin++)
			;
		if (twin < i)
			break;
	}
	assert_true(i < TRIES);
	assert_int_equal(store_begin(fake.b.store, &err), 0);
	assert_int_equal(store_request_insert(fake.b.store, &row, &err), 0);
	renamed(&row, twin);
	assert_int_equal(store_request_insert(fake.b.store, &row, &err), 0);
	assert_int_equal(store_commit(fake.b.store, &err), 0);
	snprintf(begin, sizeof(begin), "%.6s", row.id);
	refused(alice, on_resume, &q, S3JIT_EAMBIGUOUS, "That id names two requests");
	q.id = row.id;
	(void)fake_ask(alice, on_resume, &q);
	assert_int_not_equal(alice->err.code, S3JIT_EAMBIGUOUS);
	codec_clear(&request_row_table, &row);
}

static void
what_the_baseline_gives_is_not_asked_for(void **state)
{
	(void)state;
	assert_int_equal(fake_ask_delivery(alice, DELIVERY_COMMAND, "get s3://prod-reports/x", 60, id,
	    digest), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "There is nothing to ask for"));
}

static void
Q4_who_said_yes_is_told_so(void **state)
{
	struct fake_conn *dave = fake_connect(fake_login(UID_DAVE, 14, "key-dave"));
	struct msg_show show = { id };
	const struct msg_shown *shown;

	(void)state;
	assert_int_equal(fake_ask_delivery(dave, DELIVERY_COMMAND, "delete s3://prod-reports/x", 60, id,
	    digest), S3JIT_OK);
	assert_int_equal(fake_ask(bob, on_show, &show), S3JIT_OK);
	shown = bob->answer;
	assert_true(shown->may_vote);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_ask(bob, on_show, &show), S3JIT_OK);
	shown = bob->answer;
	assert_false(shown->may_vote);
	assert_non_null(strstr(shown->may_not, "You said yes already"));
}

static void
a_vote_needs_more_than_an_id(void **state)
{
	struct msg_vote q = { id, digest, false, (char *)" " };

	(void)state;
	assert_int_equal(fake_ask_put(alice, KEY, id, digest), S3JIT_OK);
	refused(bob, on_vote, &q, S3JIT_EUSAGE, "Say why: s3-approve no ID WHY");
	assert_string_equal(fake_state(id), "pending");
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	q.yes = true;
	refused(carol, on_vote, &q, S3JIT_ECHANGED, "It has been approved already");
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	refused(carol, on_vote, &q, S3JIT_ECHANGED, "It has been taken up already");
}

static void
only_a_grant_of_ones_own_goes_on(void **state)
{
	struct msg_end end = { id, (char *)"perhaps", 0 };
	struct fake_conn *elsewhere = fake_connect(fake_login(UID_ALICE, 21, "key-alice"));

	(void)state;
	assert_int_equal(fake_ask_put(alice, KEY, id, digest), S3JIT_OK);
	refused(alice, on_end, &end, S3JIT_EUSAGE, "an outcome is done or failed");
	end.outcome = (char *)"done";
	refused(alice, on_end, &end, S3JIT_ENOTALLOWED, "It has not begun");
	assert_int_equal(fake_sign(alice, id, KEY, FAKE_SHA256), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	refused(elsewhere, on_end, &end, S3JIT_ENOTALLOWED, "Another login of yours holds it");
	assert_int_equal(fake_sign(elsewhere, id, KEY, FAKE_SHA256), S3JIT_ENOTALLOWED);
	assert_string_equal(fake_state(id), "active");
	assert_int_equal(fake_ask(alice, on_end, &end), S3JIT_OK);
}

static void
there_are_two_profiles(void **state)
{
	struct msg_get_credentials q = { (char *)"admin" };

	(void)state;
	refused(alice, on_get_credentials, &q, S3JIT_EUSAGE, "There is no profile \"admin\"");
	q.profile = (char *)"s3-write";
	refused(alice, on_get_credentials, &q, S3JIT_ENOTALLOWED, "No write access is open");
}

static void
a_baseline_of_nobody_and_of_nothing(void **state)
{
	struct msg_get_credentials q = { (char *)"default" };
	struct baseline *base = fake.b.conf->baselines;
	size_t n = base->allow.n;

	(void)state;
	fake_name_service_hangs(UID_ALICE, true);
	refused(alice, on_get_credentials, &q, S3JIT_ENOTALLOWED, "your baseline is not known");
	fake_name_service_hangs(UID_ALICE, false);
	base->allow.n = 0;
	refused(alice, on_get_credentials, &q, S3JIT_ENOTALLOWED, "Your baseline gives no S3 access");
	base->allow.n = n;
	assert_int_equal(fake_ask(alice, on_get_credentials, &q), S3JIT_OK);
}

/* ---- taking away ---- */

static void
taking_away_names_what_and_why(void **state)
{
	struct msg_revoke q = { id, (char *)"", false, (char *)" " };
	struct msg_close close = { (char *)"" };

	(void)state;
	refused(alice, on_close, &close, S3JIT_ENOTFOUND, "Nothing is open in this login");
	fake_grant(alice, bob, DELIVERY_SESSION, "put s3://prod-reports/" KEY, 60, id);
	refused(bob, on_revoke, &q, S3JIT_EUSAGE, "Say why");
	q.why = (char *)"wrong month";
	q.everything = true;
	refused(bob, on_revoke, &q, S3JIT_EUSAGE, "Revoke what");
	q.everything = false;
	assert_string_equal(fake_state(id), "active");
	assert_int_equal(fake_ask(bob, on_revoke, &q), S3JIT_OK);
	assert_string_equal(fake_state(id), "revoked");
}

/* Its keys were on their way when it ended. */
static void
keys_of_what_has_ended_go_nowhere(void **state)
{
	struct msg_get_credentials get = { (char *)"s3-write" };
	struct msg_close close = { (char *)"" };

	(void)state;
	fake_grant(alice, bob, DELIVERY_SESSION, "put s3://prod-reports/" KEY, 600, id);
	assert_int_equal(fake_ask(alice, on_get_credentials, &get), S3JIT_OK);
	fake.signer.hangs = true;
	(void)fake_ask(alice, on_get_credentials, &get);
	assert_int_equal(fake_ask(alice, on_close, &close), S3JIT_OK);
	fake.signer.hangs = false;
	fake_signer_run();
	assert_int_equal(alice->err.code, S3JIT_EENDED);
	assert_non_null(strstr(alice->err.text, "This grant has ended"));
}

/* ---- more time ---- */

static void
what_a_signed_verb_does_is_asked_for_anew(void **state)
{
	char more[REQUEST_ID];

	(void)state;
	assert_int_equal(fake_ask_put(alice, KEY, id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	assert_int_equal(fake_ask_more(alice, "put s3://prod-reports/" KEY, 600, id, more, digest),
	    S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "Only what open has opened"));
}

static void
only_what_open_has_opened_is_extended(void **state)
{
	static const struct { const char *delivery, *permission, *words; } cases[] = {
		{ DELIVERY_COMMAND, "put s3://prod-reports/x", "Its keys were handed out once" },
		{ DELIVERY_SESSION, "put s3://prod-reports-scratch/x", "lets nothing be extended" },
	};
	char more[REQUEST_ID];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fake_ask_delivery(alice, cases[i].delivery, cases[i].permission, 600, id,
		    digest), S3JIT_OK);
		(void)fake_vote(bob, id, digest, true);	/* the one of these needs nobody */
		assert_int_equal(fake_claim(alice, id), S3JIT_OK);
		fake_pass(400);
		assert_int_equal(fake_ask_more(alice, cases[i].permission, 600, id, more, digest),
		    S3JIT_ENOTALLOWED);
		if (strstr(alice->err.text, cases[i].words) == NULL)
			fail_msg("not \"%s\", but \"%s\"", cases[i].words, alice->err.text);
	}
}

static void
F4_an_extension_is_of_the_same_role(void **state)
{
	struct rule *rule = &fake.b.conf->rules[0];
	char *was = rule->role, more[REQUEST_ID];

	(void)state;
	fake_grant(alice, bob, DELIVERY_SESSION, "put s3://prod-reports/" KEY, 600, id);
	fake_pass(400);
	rule->role = (char *)"arn:aws:iam::111122223333:role/s3jit-other";
	assert_int_equal(fake_ask_more(alice, "put s3://prod-reports/" KEY, 600, id, more, digest),
	    S3JIT_ECHANGED);
	rule->role = was;
	assert_non_null(strstr(alice->err.text, "another role now"));
	assert_int_equal(fake_ask_more(alice, "put s3://prod-reports/" KEY, 600, id, more, digest),
	    S3JIT_OK);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(W13_what_contradicts_itself_is_not_asked), T(a_reason_has_the_rules_form),
		T(keys_stay_where_the_rule_keeps_them),
		T(an_id_is_of_a_request_that_one_may_see), T(a_vote_needs_more_than_an_id),
		T(an_id_that_two_requests_begin_with_names_neither),
		T(what_the_baseline_gives_is_not_asked_for), T(Q4_who_said_yes_is_told_so),
		T(keys_of_what_has_ended_go_nowhere), T(what_a_signed_verb_does_is_asked_for_anew),
		T(only_a_grant_of_ones_own_goes_on), T(there_are_two_profiles),
		T(a_baseline_of_nobody_and_of_nothing), T(taking_away_names_what_and_why),
		T(only_what_open_has_opened_is_extended), T(F4_an_extension_is_of_the_same_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
