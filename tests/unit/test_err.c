/*
 * test_err.c - codes, words, exit statuses and how sentences are put together.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/err.h"

static void
fail_sets_code_and_text(void **state)
{
	struct s3jit_err err;

	(void)state;
	assert_int_equal(s3jit_fail(&err, S3JIT_EDENIED, "no, %s", "bob"), -1);
	assert_int_equal(err.code, S3JIT_EDENIED);
	assert_string_equal(err.text, "no, bob");
	assert_int_equal(s3jit_fail(NULL, S3JIT_EDENIED, "nobody listens"), -1);
	assert_int_equal(s3jit_fail_errno(NULL, "nobody listens"), -1);
	assert_int_equal(s3jit_fail_prefix(NULL, "nobody listens"), -1);
}

static void
fail_errno_adds_the_reason_of_entry(void **state)
{
	struct s3jit_err err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(s3jit_fail_errno(&err, "open %d", 7), -1);
	assert_int_equal(err.code, S3JIT_ESYS);
	assert_string_equal(err.text, "open 7: No such file or directory");
}

static void
fail_prefix_keeps_code_and_rest(void **state)
{
	struct s3jit_err err;

	(void)state;
	s3jit_fail(&err, S3JIT_EAWS, "refused");
	assert_int_equal(s3jit_fail_prefix(&err, "%s:%d", "s3jit.conf", 14), -1);
	assert_int_equal(err.code, S3JIT_EAWS);
	assert_string_equal(err.text, "s3jit.conf:14: refused");
}

static void
long_sentences_are_cut(void **state)
{
	char big[2 * S3JIT_ERR_TEXT];
	struct s3jit_err err;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	s3jit_fail(&err, S3JIT_EUSAGE, "%s", big);
	assert_int_equal(strlen(err.text), S3JIT_ERR_TEXT - 1);
	errno = EIO;
	s3jit_fail_errno(&err, "%s", big);
	assert_int_equal(strlen(err.text), S3JIT_ERR_TEXT - 1);
	s3jit_fail_prefix(&err, "%s", big);
	assert_int_equal(strlen(err.text), S3JIT_ERR_TEXT - 1);
}

static void
every_code_has_its_own_word(void **state)
{
	int a, b;

	(void)state;
	for (a = S3JIT_OK + 1; a < S3JIT_ECODES; a++) {
		assert_int_equal(s3jit_code_from_word(s3jit_code_word(a)), a);
		for (b = 0; b < a; b++)
			assert_string_not_equal(s3jit_code_word(a), s3jit_code_word(b));
	}
}

/* A broken peer may send anything: none of it is success. */
static void
no_word_and_no_number_turns_into_success(void **state)
{
	static const char *const words[] = { "", "ok", "OK", "Denied", "denied ", "0" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(s3jit_code_from_word(words[i]), S3JIT_EPROTO);
	for (i = S3JIT_OK + 1; i < S3JIT_ECODES + 2; i++)
		assert_int_not_equal(s3jit_code_exit(i), 0);
	assert_int_equal(s3jit_code_exit((enum s3jit_code)-1), 114);
	assert_string_equal(s3jit_code_word((enum s3jit_code)-1), "protocol");
}

static void
exit_statuses_are_those_of_the_manual(void **state)
{
	static const struct {
		enum s3jit_code code;
		int status;
	} table[] = {
		{ S3JIT_OK, 0 },
		{ S3JIT_EUSAGE, 2 },
		{ S3JIT_EAMBIGUOUS, 2 },
		{ S3JIT_EDENIED, 110 },
		{ S3JIT_ELAPSED, 111 },
		{ S3JIT_EWITHDRAWN, 112 },
		{ S3JIT_ENOTALLOWED, 113 },
		{ S3JIT_EREAUTH, 113 },
		{ S3JIT_EBROKER, 114 },
		{ S3JIT_EAWS, 115 },
		{ S3JIT_EENDED, 116 },
		{ S3JIT_EDEADLINE, 117 },
		{ S3JIT_ECHANGED, 118 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(s3jit_code_exit(table[i].code), table[i].status);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_sets_code_and_text),
		cmocka_unit_test(fail_errno_adds_the_reason_of_entry),
		cmocka_unit_test(fail_prefix_keeps_code_and_rest),
		cmocka_unit_test(long_sentences_are_cut),
		cmocka_unit_test(every_code_has_its_own_word),
		cmocka_unit_test(no_word_and_no_number_turns_into_success),
		cmocka_unit_test(exit_statuses_are_those_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
