/*
 * test_duration.c - what people may type for a length of time, and what not.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/duration.h"

static struct s3jit_err err;

static void
good_ones_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		const char *canonical;
	} table[] = {
		{ "1s", 1, "1s" },
		{ "90s", 90, "1m30s" },
		{ "15m", 900, "15m" },
		{ "1h30m", 5400, "1h30m" },
		{ "90m", 5400, "1h30m" },
		{ "2h", 7200, "2h" },
		{ "24h", 86400, "1d" },
		{ "1d2h3m4s", 93784, "1d2h3m4s" },
		{ "1h1s", 3601, "1h1s" },
		{ "6d23h59m59s", 604799, "6d23h59m59s" },
		{ "1w", 604800, "1w" },
		{ "7d", 604800, "1w" },
		{ "604800s", 604800, "1w" },
	};
	char buf[DURATION_TEXT];
	int64_t s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(duration_parse(&s, table[i].text, &err), 0);
		assert_true(s == table[i].seconds);
		assert_string_equal(duration_format(buf, s), table[i].canonical);
	}
}

static void
the_rest_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "0", "0s", "00s", "5", "10", "m", "s1", "010m", "1h05m", "-1m", "+1m", " 1m", "1m ",
		"1 m", "1m1m", "1m1h", "1s1m", "1M", "1H", "1.5h", "1h,5m", "1y", "8d", "1w1s",
		"604801s", "99999999999999999999s", "9223372036854775807s", "18446744073709551617s",
		"1m\n", "0x1m", "\xc2\xb9m",
	};
	int64_t s = 4711;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (duration_parse(&s, bad[i], &err) != -1)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.code, S3JIT_EUSAGE);
		assert_true(s == 4711);
	}
}

static void
every_length_survives_the_round_trip(void **state)
{
	char buf[DURATION_TEXT];
	int64_t n, s;

	(void)state;
	for (n = 1; n <= DURATION_MAX; n += n < 10000 ? 1 : 97) {
		assert_int_equal(duration_parse(&s, duration_format(buf, n), &err), 0);
		assert_true(s == n);
	}
	assert_string_equal(duration_format(buf, 0), "0s");
	assert_string_equal(duration_format(buf, -5), "0s");
	assert_in_range(strlen(duration_format(buf, INT64_MAX)), 1, DURATION_TEXT - 1);
}

static void
the_warning_comes_a_minute_or_a_quarter_before(void **state)
{
	static const struct { int64_t length, before; } v[] = {
		{ 0, 0 }, { 19, 0 }, { 20, 5 }, { 60, 15 }, { 239, 59 }, { 240, 60 }, { 900, 60 },
		{ DURATION_MAX, 60 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		assert_int_equal(duration_warning(v[i].length), v[i].before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_are_read),
		cmocka_unit_test(the_rest_is_refused),
		cmocka_unit_test(every_length_survives_the_round_trip),
		cmocka_unit_test(the_warning_comes_a_minute_or_a_quarter_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
