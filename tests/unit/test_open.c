/*
 * test_open.c - what stays open although its client is gone: lines on the
 * terminal where it was opened, and a longer time by a new request.
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

#include "fake_broker.h"

#define FOLDER "put s3://prod-reports/2026/"
#define TTY 0x8803

static struct fake_conn *alice, *bob;
static char id[REQUEST_ID], digest[DIGEST_HEX];

static int
setup(void **state)
{
	(void)state;
	fake_start();
	alice = fake_connect(fake_login(UID_ALICE, 11, "key-alice"));
	bob = fake_connect(fake_login(UID_BOB, 12, "key-bob"));
	alice->conn.peer.tty_nr = TTY;
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
claimed(const char *delivery, int64_t ttl)
{
	fake_grant(alice, bob, delivery, FOLDER, ttl, id);
	fake_signer_run();
	assert_string_equal(fake_state(id), "active");
}

/* --- lines on a terminal ---------------------------------------------------- */

static void
says(const char *words)
{
	assert_int_equal(fake.terminal.tty_nr, TTY);
	assert_int_equal(fake.terminal.owner, UID_ALICE);
	if (strstr(fake.terminal.text, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, fake.terminal.text);
	memset(&fake.terminal, 0, sizeof(fake.terminal));
}

static void
a_line_before_the_end_and_one_then(void **state)
{
	(void)state;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(539);
	assert_int_equal(fake.terminal.lines, 0);
	fake_pass(1);
	says("s3jit: 1m left: write access ");
	fake_pass(30);
	assert_int_equal(fake.terminal.lines, 0);	/* once */
	fake_pass(30);
	says(" ended: deadline reached.");
}

static void
what_has_a_client_says_it_itself(void **state)
{
	(void)state;
	claimed(DELIVERY_COMMAND, 600);
	fake_pass(600);
	assert_int_equal(fake.terminal.lines, 0);
	assert_string_equal(fake_state(id), "expired");
}

static void
revoked_with_other_peoples_words_escaped(void **state)
{
	struct msg_revoke q = { .id = id, .person = (char *)(uintptr_t)"",
	    .why = (char *)(uintptr_t)"wrong\033[2Jmonth\n" };

	(void)state;
	claimed(DELIVERY_SHELL, 600);
	assert_int_equal(fake_ask(bob, on_revoke, &q), S3JIT_OK);
	assert_null(strchr(fake.terminal.text, '\033'));
	assert_null(strchr(fake.terminal.text, '\n'));
	says(" ended: revoked by bob: \"wrong");
}

static void
who_closes_it_there_knows(void **state)
{
	struct msg_close q = { id };

	(void)state;
	claimed(DELIVERY_SESSION, 600);
	assert_int_equal(fake_ask(alice, on_close, &q), S3JIT_OK);
	assert_int_equal(fake.terminal.lines, 0);
	claimed(DELIVERY_SESSION, 600);
	alice->conn.peer.tty_nr = TTY + 1;
	assert_int_equal(fake_ask(alice, on_close, &q), S3JIT_OK);
	says(" ended: closed in another terminal of yours.");
}

static void
without_a_terminal_nothing_is_said(void **state)
{
	(void)state;
	alice->conn.peer.tty_nr = 0;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(600);
	assert_int_equal(fake.terminal.lines, 0);
}

/* --- more time -------------------------------------------------------------- */

static char more[REQUEST_ID], more_digest[DIGEST_HEX];

static enum s3jit_code
ask_more(const char *permission, int64_t ttl)
{
	return fake_ask_more(alice, permission, ttl, id, more, more_digest);
}

/* -1 when there is none */
static int64_t
deadline_of(const char *of)
{
	struct request_row row;
	int64_t deadline;

	if (store_request_get(fake.b.store, &row, of, NULL) == -1)
		return -1;
	deadline = row.deadline;
	codec_clear(&request_row_table, &row);
	return deadline;
}

static void
extended_by(int64_t ttl)
{
	assert_int_equal(ask_more(FOLDER, ttl), S3JIT_OK);
	assert_string_not_equal(more, id);
	assert_int_equal(fake_vote(bob, more, more_digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, more), S3JIT_OK);
	fake_signer_run();
}

static void
B12_an_extension_takes_the_place_of_the_old_grant(void **state)
{
	struct msg_get_credentials keys = { (char *)(uintptr_t)"s3-write" };
	struct msg_close close = { (char *)(uintptr_t)"" };
	int64_t ends;

	(void)state;
	claimed(DELIVERY_SESSION, 600);
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
	ends = deadline_of(id);
	fake_pass(400);
	extended_by(300);
	assert_string_equal(fake_state(id), "done");
	assert_string_equal(fake_state(more), "active");
	assert_int_equal(deadline_of(id), ends);		/* never moves */
	assert_int_equal(deadline_of(more), ends + 300);
	fake_pass(250);						/* the old end is over */
	assert_string_equal(fake_state(more), "active");
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
	assert_int_equal(fake_ask(alice, on_close, &close), S3JIT_OK);
	assert_string_equal(fake_state(more), "done");
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_ENOTALLOWED);
}

static void
an_extension_needs_its_own_yes(void **state)
{
	(void)state;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(400);
	assert_int_equal(ask_more(FOLDER, 300), S3JIT_OK);
	assert_string_equal(fake_state(more), "pending");
	assert_int_equal(fake_claim(alice, more), S3JIT_ENOTALLOWED);
	assert_int_equal(fake_vote(bob, more, digest, true), S3JIT_ECHANGED);	/* the old one's */
	assert_string_equal(fake_state(id), "active");
}

static void
not_too_early_not_too_often_not_too_long(void **state)
{
	(void)state;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(290);
	assert_int_equal(ask_more(FOLDER, 300), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "Too early"));
	fake_pass(20);
	assert_int_equal(ask_more(FOLDER, 901), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "at most 15m"));
	extended_by(300);
	memcpy(id, more, sizeof(id));
	fake_pass(400);
	extended_by(300);
	memcpy(id, more, sizeof(id));
	fake_pass(400);
	assert_int_equal(ask_more(FOLDER, 300), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "2 times already"));
}

static void
only_the_same_and_only_what_can_be_exchanged(void **state)
{
	(void)state;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(400);
	assert_int_equal(ask_more("put s3://prod-reports/", 300), S3JIT_EUSAGE);
	assert_int_equal(fake_ask(alice, on_close, &(struct msg_close){ id }), S3JIT_OK);
	assert_int_equal(ask_more(FOLDER, 300), S3JIT_EENDED);
	claimed(DELIVERY_SHELL, 600);
	fake_pass(400);
	assert_int_equal(ask_more(FOLDER, 300), S3JIT_ENOTALLOWED);
	assert_non_null(strstr(alice->err.text, "handed out once"));
}

static void
what_it_extends_is_revoked_so_it_gives_nothing(void **state)
{
	struct msg_revoke q = { .id = id, .person = (char *)(uintptr_t)"",
	    .why = (char *)(uintptr_t)"enough" };

	(void)state;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(400);
	assert_int_equal(ask_more(FOLDER, 300), S3JIT_OK);
	assert_int_equal(fake_vote(bob, more, more_digest, true), S3JIT_OK);
	assert_int_equal(fake_ask(bob, on_revoke, &q), S3JIT_OK);
	assert_int_equal(fake_claim(alice, more), S3JIT_EENDED);	/* at once */
	fake_pass(1);
	assert_string_equal(fake_state(more), "lapsed");
	assert_string_equal(alice->event, "lapsed");
}

static void
AWS_that_fails_takes_nothing_away(void **state)
{
	struct msg_get_credentials keys = { (char *)(uintptr_t)"s3-write" };

	(void)state;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(400);
	assert_int_equal(ask_more(FOLDER, 300), S3JIT_OK);
	assert_int_equal(fake_vote(bob, more, more_digest, true), S3JIT_OK);
	fake.signer.fails = true;
	assert_int_equal(fake_claim(alice, more), S3JIT_OK);
	assert_string_equal(fake_state(more), "active");
	fake.signer.fails = false;
	assert_int_equal(fake_ask(alice, on_get_credentials, &keys), S3JIT_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_before_the_end_and_one_then),
		TEST(what_has_a_client_says_it_itself),
		TEST(revoked_with_other_peoples_words_escaped),
		TEST(who_closes_it_there_knows),
		TEST(without_a_terminal_nothing_is_said),
		TEST(B12_an_extension_takes_the_place_of_the_old_grant),
		TEST(an_extension_needs_its_own_yes),
		TEST(not_too_early_not_too_often_not_too_long),
		TEST(only_the_same_and_only_what_can_be_exchanged),
		TEST(what_it_extends_is_revoked_so_it_gives_nothing),
		TEST(AWS_that_fails_takes_nothing_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
