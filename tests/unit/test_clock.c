/*
 * test_clock.c - calendar texts, the two clocks, the seam.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "s3jit/clock.h"

static int64_t fixed_wall(void) { return 1769861100; }
static int64_t fixed_boot(void) { return 42; }

static void
iso_is_written_as_aws_writes_it(void **state)
{
	static const struct {
		int64_t wall;
		const char *text;
	} table[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 68169599, "1972-02-28T23:59:59Z" },
		{ 68169600, "1972-02-29T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1769861100, "2026-01-31T12:05:00Z" },
		{ 4107542399, "2100-02-28T23:59:59Z" },
		{ 4107542400, "2100-03-01T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "9999-12-31T23:59:59Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
		{ -1, "1970-01-01T00:00:00Z" },
		{ INT64_MIN, "1970-01-01T00:00:00Z" },
	};
	char buf[CLOCK_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(clock_iso(buf, table[i].wall), table[i].text);
}

/* The C library, an independent calendar, agrees on every 37 hours of 400 years. */
static void
iso_agrees_with_the_c_library_and_with_itself(void **state)
{
	char ours[CLOCK_TEXT], theirs[CLOCK_TEXT];
	int64_t wall, back;
	struct tm tm;
	time_t t;

	(void)state;
	for (wall = 0; wall < INT64_C(400) * 366 * 86400; wall += 37 * 3600 + 11) {
		t = (time_t)wall;
		assert_non_null(gmtime_r(&t, &tm));
		strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_string_equal(clock_iso(ours, wall), theirs);
		assert_int_equal(clock_parse_iso(&back, ours), 0);
		assert_true(back == wall);
	}
}

static void
parse_iso_takes_fractions_and_nothing_else(void **state)
{
	static const char *const good[] = {
		"2026-01-31T12:05:00Z",
		"2026-01-31T12:05:00.0Z",
		"2026-01-31T12:05:00.047060930706Z",
	};
	static const char *const bad[] = {
		"", "2026", "2026-01-31", "2026-01-31T12:05:00", "2026-01-31T12:05:00.Z",
		"2026-01-31T12:05:00+00:00", "2026-01-31t12:05:00Z", "2026-01-31T12:05:00z",
		"2026-01-31 12:05:00Z", " 2026-01-31T12:05:00Z", "2026-01-31T12:05:00Z ",
		"2026-1-31T12:05:00Z", "2026-02-29T12:05:00Z", "2026-02-31T12:05:00Z",
		"2026-13-01T12:05:00Z", "2026-00-01T12:05:00Z", "2026-01-00T12:05:00Z",
		"2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:05:60Z",
		"1969-12-31T23:59:59Z", "+026-01-31T12:05:00Z", "12026-01-31T12:05:00Z",
	};
	int64_t wall;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		wall = 0;
		assert_int_equal(clock_parse_iso(&wall, good[i]), 0);
		assert_true(wall == 1769861100);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(clock_parse_iso(&wall, bad[i]), -1);
}

static void
hms_is_local_time(void **state)
{
	char buf[CLOCK_TEXT];

	(void)state;
	setenv("TZ", "UTC-2", 1);
	tzset();
	assert_string_equal(clock_hms(buf, 1769861100), "14:05:00");
}

static void
B12_the_seam_replaces_both_clocks(void **state)
{
	int64_t before = clock_wall();

	(void)state;
	assert_true(before > 1700000000);
	assert_true(clock_boot_ms() > 0);
	clock_replace(fixed_wall, fixed_boot);
	assert_true(clock_wall() == 1769861100);
	assert_true(clock_boot_ms() == 42);
	clock_replace(NULL, NULL);
	assert_true(clock_wall() >= before);
}

static void
waiting_doubles_between_its_bounds(void **state)
{
	(void)state;
	assert_true(clock_back_off(0, 100, 5000) == 100);
	assert_true(clock_back_off(100, 100, 5000) == 200);
	assert_true(clock_back_off(3200, 100, 5000) == 5000);
	assert_true(clock_back_off(5000, 100, 5000) == 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_is_written_as_aws_writes_it),
		cmocka_unit_test(iso_agrees_with_the_c_library_and_with_itself),
		cmocka_unit_test(parse_iso_takes_fractions_and_nothing_else),
		cmocka_unit_test(hms_is_local_time),
		cmocka_unit_test(waiting_doubles_between_its_bounds),
		cmocka_unit_test(B12_the_seam_replaces_both_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
