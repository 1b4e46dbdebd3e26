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
	memset(&fake_terminal, 0, sizeof(fake_terminal));
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
	assert_int_equal(fake_ask_delivery(alice, delivery, FOLDER, ttl, id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(bob, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(alice, id), S3JIT_OK);
	fake_signer_run();
	assert_string_equal(fake_state(id), "active");
}

/* --- lines on a terminal ---------------------------------------------------- */

static void
says(const char *words)
{
	assert_int_equal(fake_terminal.tty_nr, TTY);
	assert_int_equal(fake_terminal.owner, UID_ALICE);
	if (strstr(fake_terminal.text, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, fake_terminal.text);
	memset(&fake_terminal, 0, sizeof(fake_terminal));
}

static void
a_line_before_the_end_and_one_then(void **state)
{
	(void)state;
	claimed(DELIVERY_SESSION, 600);
	fake_pass(539);
	assert_int_equal(fake_terminal.lines, 0);
	fake_pass(1);
	says("s3jit: 1m left: write access ");
	fake_pass(30);
	assert_int_equal(fake_terminal.lines, 0);	/* once */
	fake_pass(30);
	says(" ended: deadline reached.");
}

static void
what_has_a_client_says_it_itself(void **state)
{
	(void)state;
	claimed(DELIVERY_COMMAND, 600);
	fake_pass(600);
	assert_int_equal(fake_terminal.lines, 0);
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
	assert_null(strchr(fake_terminal.text, '\033'));
	assert_null(strchr(fake_terminal.text, '\n'));
	says(" ended: revoked by bob: \"wrong");
}

static void
who_closes_it_there_knows(void **state)
{
	struct msg_close q = { id };

	(void)state;
	claimed(DELIVERY_SESSION, 600);
	assert_int_equal(fake_ask(alice, on_close, &q), S3JIT_OK);
	assert_int_equal(fake_terminal.lines, 0);
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
	assert_int_equal(fake_terminal.lines, 0);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
