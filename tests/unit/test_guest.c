/*
 * test_guest.c - REGISTER, FACTS, verdict, answer: one shape each (H7).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/guest.h"
#include "s3jit/wire.h"

static struct s3jit_err err;

static const struct guest_register login = {
	.user = (char *)"alice",
	.uid = 2147483653U,
	.loginuid = GUEST_UNSET,
	.sessionid = 0,
	.boot_id = (char *)"6f1f2c0e-8a55-4d6a-9c39-0d6b1b1f8f10",
	.service = (char *)"sshd",
	.rhost = (char *)"10.2.0.9",
	.tty = (char *)"",
	.auth_info = (char *)"publickey ssh-ed25519 AAAA\n",
};

static void
register_comes_as_it_was_sent(void **state)
{
	struct guest_register got;
	unsigned char *body;
	size_t len;

	(void)state;
	assert_int_equal(guest_register_encode(&body, &len, &login, &err), 0);
	assert_int_equal(guest_kind(body, len), 'R');
	assert_int_equal(guest_register_decode(&got, body, len, &err), 0);
	assert_string_equal(got.user, login.user);
	assert_true(got.uid == login.uid && got.loginuid == GUEST_UNSET && got.sessionid == 0);
	assert_string_equal(got.boot_id, login.boot_id);
	assert_string_equal(got.service, "sshd");
	assert_string_equal(got.rhost, login.rhost);
	assert_string_equal(got.tty, "");
	assert_string_equal(got.auth_info, login.auth_info);
	guest_register_clear(&got);
	assert_null(got.user);
	free(body);
}

static void
the_others_come_as_they_were_sent(void **state)
{
	const struct guest_facts facts = { 4294967294U, 1000, 7 };
	const struct guest_verdict verdict = { 1000, 7 };
	struct guest_answer answer = { GUEST_REAUTH, (char *)"who are you?" }, got_answer;
	struct guest_verdict got_verdict;
	struct guest_facts got_facts;
	unsigned char *body;
	size_t len;
	int w;

	(void)state;
	assert_int_equal(guest_facts_encode(&body, &len, &facts, &err), 0);
	assert_int_equal(guest_kind(body, len), 'F');
	assert_int_equal(guest_facts_decode(&got_facts, body, len, &err), 0);
	assert_memory_equal(&got_facts, &facts, sizeof(facts));
	free(body);
	assert_int_equal(guest_verdict_encode(&body, &len, &verdict, &err), 0);
	assert_int_equal(guest_kind(body, len), 'V');
	assert_int_equal(guest_verdict_decode(&got_verdict, body, len, &err), 0);
	assert_memory_equal(&got_verdict, &verdict, sizeof(verdict));
	/* no message is taken for another */
	assert_int_equal(guest_facts_decode(&got_facts, body, len, &err), -1);
	assert_int_equal(got_facts.ruid, 0);
	free(body);
	for (w = GUEST_GO; w <= GUEST_REFUSE; w++) {
		answer.word = w;
		assert_int_equal(guest_answer_encode(&body, &len, &answer, &err), 0);
		assert_int_equal(guest_kind(body, len), 'A');
		assert_int_equal(guest_answer_decode(&got_answer, body, len, &err), 0);
		assert_int_equal(got_answer.word, w);
		assert_string_equal(got_answer.text, "who are you?");
		guest_answer_clear(&got_answer);
		free(body);
	}
	answer.word = 0;
	assert_int_equal(guest_answer_encode(&body, &len, &answer, &err), -1);
	answer.word = 4;
	assert_int_equal(guest_answer_encode(&body, &len, &answer, &err), -1);
	assert_null(body);
}

static void
what_does_not_fit_is_not_sent(void **state)
{
	struct guest_register big = login;
	unsigned char *body;
	size_t len, n;

	(void)state;
	assert_non_null(big.auth_info = malloc(2 * WIRE_GUEST_MAX));
	for (n = WIRE_GUEST_MAX - 200; n < 2 * WIRE_GUEST_MAX; n++) {
		memset(big.auth_info, 'x', n);
		big.auth_info[n] = '\0';
		if (guest_register_encode(&body, &len, &big, &err) == -1)
			break;
		assert_in_range(len, 1, WIRE_GUEST_MAX);
		free(body);
	}
	assert_int_equal(err.code, S3JIT_EUSAGE);
	assert_in_range(n, WIRE_GUEST_MAX - 200, WIRE_GUEST_MAX);
	free(big.auth_info);
}

#define FIELD3(a, b, c) "\0\0\0" a "\0\0\0" b "\0\0\0" c
#define F "S3JF\0\1\0\3"

static void
H7_facts_refuses_everything_but_its_shape(void **state)
{
	static const struct {
		const char *what;
		const char *body;
		size_t len;
	} bad[] = {
#define ROW(what, text) { what, text, sizeof(text) - 1 }
		ROW("nothing", ""),
		ROW("head only", F),
		ROW("trailing bytes", F FIELD3("\1" "1", "\1" "2", "\1" "3") "x"),
		ROW("trailing NUL", F FIELD3("\1" "1", "\1" "2", "\1" "3") "\0"),
		ROW("other magic", "S3JG\0\1\0\3" FIELD3("\1" "1", "\1" "2", "\1" "3")),
		ROW("other version", "S3JF\0\2\0\3" FIELD3("\1" "1", "\1" "2", "\1" "3")),
		ROW("other count", "S3JF\0\1\0\2" FIELD3("\1" "1", "\1" "2", "\1" "3")),
		ROW("cut", F FIELD3("\1" "1", "\1" "2", "\2" "3")),
		ROW("length beyond all", F "\377\377\377\377" "1"),
		ROW("empty number", F FIELD3("\1" "1", "\0", "\1" "3")),
		ROW("leading zero", F FIELD3("\2" "01", "\1" "2", "\1" "3")),
		ROW("sign", F FIELD3("\2" "-1", "\1" "2", "\1" "3")),
		ROW("plus", F FIELD3("\2" "+1", "\1" "2", "\1" "3")),
		ROW("blank", F FIELD3("\2" " 1", "\1" "2", "\1" "3")),
		ROW("hex", F FIELD3("\3" "0x1", "\1" "2", "\1" "3")),
		ROW("2^32", F FIELD3("\12" "4294967296", "\1" "2", "\1" "3")),
		ROW("2^64 + 1", F FIELD3("\24" "18446744073709551617", "\1" "2", "\1" "3")),
		ROW("NUL behind", F FIELD3("\2" "1\0", "\1" "2", "\1" "3")),
#undef ROW
	};
	static const char good[] = F FIELD3("\12" "4294967295", "\1" "0", "\1" "3");
	struct guest_facts got, zero = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(guest_facts_decode(&got, good, sizeof(good) - 1, &err), 0);
	assert_true(got.ruid == UINT32_MAX && got.loginuid == 0 && got.sessionid == 3);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&got, 0xff, sizeof(got));
		if (guest_facts_decode(&got, bad[i].body, bad[i].len, &err) != -1)
			fail_msg("taken: %s", bad[i].what);
		assert_int_equal(err.code, S3JIT_EPROTO);
		assert_memory_equal(&got, &zero, sizeof(got));
	}
}

/* Every prefix, and every single bit flipped: refused or read without harm. */
static void
H7_register_survives_cuts_and_flips(void **state)
{
	struct guest_register got;
	unsigned char *body;
	size_t len, i;

	(void)state;
	assert_int_equal(guest_register_encode(&body, &len, &login, &err), 0);
	for (i = 0; i < len; i++) {
		assert_int_equal(guest_register_decode(&got, body, i, &err), -1);
		assert_null(got.user);
	}
	for (i = 0; i < len * 8; i++) {
		body[i / 8] ^= 1 << i % 8;
		if (guest_register_decode(&got, body, len, &err) == 0)
			guest_register_clear(&got);
		body[i / 8] ^= 1 << i % 8;
	}
	/* a NUL inside a text would make two readers see two texts */
	body[12 + 2] = '\0';
	assert_int_equal(guest_register_decode(&got, body, len, &err), -1);
	free(body);
}

static void
an_answer_knows_three_words(void **state)
{
	static const char good[] = "S3JA\0\1\0\2\0\0\0\2go\0\0\0\0";
	static const char *const bad[] = {
		"S3JA\0\1\0\2\0\0\0\2Go\0\0\0\0",
		"S3JA\0\1\0\2\0\0\0\2g\0\0\0\0\0",
		"S3JA\0\1\0\2\0\0\0\2no\0\0\0\0",
	};
	struct guest_answer got;
	size_t i;

	(void)state;
	assert_int_equal(guest_answer_decode(&got, good, sizeof(good) - 1, &err), 0);
	assert_int_equal(got.word, GUEST_GO);
	guest_answer_clear(&got);
	for (i = 0; i < 3; i++) {
		assert_int_equal(guest_answer_decode(&got, bad[i], sizeof(good) - 1, &err), -1);
		assert_int_equal(got.word, 0);
	}
}

static void
kind_looks_at_the_magic_only(void **state)
{
	(void)state;
	assert_int_equal(guest_kind("S3JR\0\1\0\0", 8), 'R');
	assert_int_equal(guest_kind("S3JR\0\1\0", 7), 0);
	assert_int_equal(guest_kind("S3JX\0\1\0\0", 8), 0);
	assert_int_equal(guest_kind("S3J\0\0\1\0\0", 8), 0);
	assert_int_equal(guest_kind("{\"type\":", 8), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(register_comes_as_it_was_sent),
		cmocka_unit_test(the_others_come_as_they_were_sent),
		cmocka_unit_test(what_does_not_fit_is_not_sent),
		cmocka_unit_test(H7_facts_refuses_everything_but_its_shape),
		cmocka_unit_test(H7_register_survives_cuts_and_flips),
		cmocka_unit_test(an_answer_knows_three_words),
		cmocka_unit_test(kind_looks_at_the_magic_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
