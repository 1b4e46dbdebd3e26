/*
 * test_escape.c - Q12's golden tests: nothing leaves escape.c but printable ASCII.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/escape.h"

static void
Q12_golden(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} table[] = {
		{ "", "" },
		{ "OPS-412 fix Q1 ~totals", "OPS-412 fix Q1 ~totals" },
		{ "\x1b[2J\x1b[1;1H", "\\u{001B}[2J\\u{001B}[1;1H" },			/* CSI */
		{ "\xc2\x9b" "2J", "\\u{009B}2J" },					/* C1 CSI */
		{ "\x9b" "2J", "\\x{9B}2J" },						/* raw C1 */
		{ "\x1b]8;;http://x\x1b\\a\x1b]8;;\x07",
		    "\\u{001B}]8;;http://x\\u{001B}\\\\a\\u{001B}]8;;\\u{0007}" },	/* OSC 8 */
		{ "\x1b]52;c;cm0=\x07", "\\u{001B}]52;c;cm0=\\u{0007}" },		/* OSC 52 */
		{ "yes\rno", "yes\\u{000D}no" },
		{ "a\nb\tc", "a\\u{000A}b\\u{0009}c" },
		{ "rm\b\bls\x7f", "rm\\u{0008}\\u{0008}ls\\u{007F}" },
		{ "a\xe2\x80\xae" "gpj.exe", "a\\u{202E}gpj.exe" },			/* RLO */
		{ "\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}" },			/* LRI, PDI */
		{ "a\xe2\x80\x8b" "b\xef\xbb\xbf", "a\\u{200B}b\\u{FEFF}" },		/* zero width */
		{ "so\xc2\xad" "ft", "so\\u{00AD}ft" },
		{ "\xd0\xb0lice", "\\u{0430}lice" },					/* homoglyph */
		{ "\xf3\xa0\x81\xa1", "\\u{E0061}" },					/* tag character */
		{ "\xf0\x9f\x98\x80", "\\u{1F600}" },
		{ "\xc0\xaf", "\\x{C0}\\x{AF}" },					/* overlong / */
		{ "\xe0\x80\xaf", "\\x{E0}\\x{80}\\x{AF}" },
		{ "\xf0\x80\x80\xaf", "\\x{F0}\\x{80}\\x{80}\\x{AF}" },
		{ "\xed\xa0\x80", "\\x{ED}\\x{A0}\\x{80}" },				/* surrogate */
		{ "\xf4\x90\x80\x80", "\\x{F4}\\x{90}\\x{80}\\x{80}" },			/* above 10FFFF */
		{ "\xf8\x88\x80\x80\x80", "\\x{F8}\\x{88}\\x{80}\\x{80}\\x{80}" },
		{ "\xe2\x82", "\\x{E2}\\x{82}" },					/* cut */
		{ "\xc3" "A", "\\x{C3}A" },
		{ "\\u{0041}", "\\\\u{0041}" },						/* not forgeable */
		{ "%n%s", "%n%s" },
	};
	char *out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		out = escape_text(table[i].in);
		assert_string_equal(out, table[i].out);
		assert_int_equal(escape_is_plain(out), 1);
		free(out);
	}
}

/* Different texts look different: the escaped form can be read back. */
static void
Q12_any_bytes_become_ascii_and_stay_distinct(void **state)
{
	char in[3] = "", *out[2];
	int a, b;

	(void)state;
	for (a = 1; a < 256; a++) {
		in[0] = (char)a;
		in[1] = '\0';
		out[0] = escape_text(in);
		assert_int_equal(escape_is_plain(out[0]), 1);
		for (b = 1; b < 256; b++) {
			in[0] = (char)b;
			out[1] = escape_text(in);
			assert_int_equal(strcmp(out[0], out[1]) == 0, a == b);
			free(out[1]);
		}
		free(out[0]);
	}
}

static void
Q12_one_megabyte_is_cut_in_the_middle(void **state)
{
	size_t n = 1024 * 1024;
	char *big = malloc(n + 1), *out;

	(void)state;
	assert_non_null(big);
	memset(big, 'a', n);
	memcpy(big, "begin", 5);
	memcpy(big + n - 3, "end", 4);
	out = escape_cut(big, 60);
	assert_int_equal(strlen(out), 60);
	assert_memory_equal(out, "begin", 5);
	assert_non_null(strstr(out, "[... 1048538 more ...]"));
	assert_string_equal(out + 57, "end");
	free(out);
	memset(big, '\x1b', n);
	out = escape_text(big);
	assert_int_equal(strlen(out), 8 * n);
	free(out);
	out = escape_cut(big, 16);
	assert_int_equal(strlen(out) <= 16, 1);
	assert_non_null(strstr(out, "1048576 more]"));
	free(out);
	free(big);
}

static void
cut_is_exact_and_leaves_escapes_whole(void **state)
{
	static const char *const texts[] = {
		"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
		"\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b",
		"a\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\z",
		"x\xf3\xa0\x81\xa1\xff\xf3\xa0\x81\xa1\xfe\xf3\xa0\x81\xa1yy\xe2\x80\xae",
	};
	char *out, *full, *mark;
	size_t i, max, left;

	(void)state;
	for (i = 0; i < 4; i++) {
		full = escape_text(texts[i]);
		for (max = 16; max < strlen(full) + 3; max++) {
			out = escape_cut(texts[i], max);
			assert_true(strlen(out) <= max);
			if (max >= strlen(full)) {
				assert_string_equal(out, full);
			} else {
				/* head and tail are the beginning and end of the whole */
				mark = strchr(out, '[');
				assert_non_null(mark);
				assert_memory_equal(out, full, mark - out);
				left = strlen(strrchr(out, ']') + 1);
				assert_string_equal(out + strlen(out) - left, full + strlen(full) - left);
				/* a cut escape would end in one backslash, or without brace */
				assert_true(mark == out || mark[-1] != '{');
			}
			free(out);
		}
		free(full);
	}
	out = escape_cut("abcdefghijklmnopqrstuvwxyz", 24);
	assert_string_equal(out, "abcd[... 19 more ...]xyz");
	free(out);
}

static void
plain_is_printable_ascii(void **state)
{
	char text[2] = "";
	int c;

	(void)state;
	for (c = 1; c < 256; c++) {
		text[0] = (char)c;
		assert_int_equal(escape_is_plain(text), c >= 0x20 && c <= 0x7e);
		assert_int_equal(escape_is_word(text), c > 0x20 && c <= 0x7e);
	}
	assert_int_equal(escape_is_plain(""), 1);
	assert_int_equal(escape_is_word(""), 0);
	assert_int_equal(escape_is_word("ab c"), 0);
	assert_int_equal(escape_is_word("abc"), 1);
}

static void
stray_bytes_travel_as_text(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} table[] = {
		{ "plain", "plain" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "caf\xe9", "caf\\xE9" },
		{ "back\\slash", "back\\x5Cslash" },
		{ "\\xE9", "\\x5CxE9" },	/* not the same as \xe9 */
		{ "\xff\xfe", "\\xFF\\xFE" },
		{ "a\nb", "a\nb" },
	};
	char *out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		out = escape_to_utf8(table[i].in);
		assert_string_equal(out, table[i].out);
		free(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(Q12_golden),
		cmocka_unit_test(Q12_any_bytes_become_ascii_and_stay_distinct),
		cmocka_unit_test(Q12_one_megabyte_is_cut_in_the_middle),
		cmocka_unit_test(cut_is_exact_and_leaves_escapes_whole),
		cmocka_unit_test(plain_is_printable_ascii),
		cmocka_unit_test(stray_bytes_travel_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
