/*
 * test_identity.c - W10: a SourceIdentity stands for one person only.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/policy.h"

#define NAMES 1000000

static struct s3jit_err err;

static void
golden(void **state)
{
	static const struct {
		const char *person, *identity;
	} table[] = {
		{ "alice", "alice" },
		{ "Alice.B+c@example,-_", "Alice.B+c@example,-_" },
		{ "a", "a=" },
		{ "a=", "a=3D" },
		{ "=", "=3D" },
		{ "$", "=24" },
		{ "DOM\\bob", "DOM=5Cbob" },
		{ "aws:x", "aws=3Ax" },		/* never begins with aws: */
		{ "j\xc3\xb6rg", "j=C3=B6rg" },
		{ "two words", "two=20words" },
	};
	char out[65];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(source_identity(out, table[i].person, &err), 0);
		assert_string_equal(out, table[i].identity);
	}
}

static void
what_does_not_fit_is_refused_never_cut(void **state)
{
	char name[80], out[65];

	(void)state;
	memset(name, 'x', 64);
	name[64] = '\0';
	assert_int_equal(source_identity(out, name, &err), 0);
	assert_int_equal(strlen(out), 64);
	name[63] = '$';
	assert_int_equal(source_identity(out, name, &err), -1);
	assert_int_equal(err.code, S3JIT_ENOTALLOWED);
	assert_string_equal(out, "");
	name[63] = 'x';
	strcat(name, "x");
	assert_int_equal(source_identity(out, name, &err), -1);
	assert_int_equal(source_identity(out, "", &err), -1);
}

/* A small generator of our own: the same names in every run. */
static uint32_t
next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* The inverse, written without looking at the function: if it exists, no two collide. */
static void
decode(char *to, const char *in)
{
	size_t len = strlen(in);
	char hex[3] = "";

	if (len == 2 && in[1] == '=')
		len = 1;
	for (size_t i = 0; i < len; i++) {
		if (in[i] == '=') {
			memcpy(hex, in + i + 1, 2);
			*to++ = (char)strtoul(hex, NULL, 16);
			i += 2;
		} else {
			*to++ = in[i];
		}
	}
	*to = '\0';
}

static void
W10_a_million_names_stay_distinct(void **state)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
	static const char hard[] = "aA=3D2$\\ @+,.-_\xc3\xb6:0";
	uint32_t x = 2463534242U;
	char name[24], out[65], back[65];
	size_t len, j;
	int i;

	(void)state;
	for (i = 0; i < NAMES; i++) {
		len = 1 + next(&x) % 6;
		for (j = 0; j < len; j++)
			name[j] = i % 2 ? hard[next(&x) % (sizeof(hard) - 1)] : (char)(1 + next(&x) % 255);
		name[len] = '\0';
		if (source_identity(out, name, &err) == -1)
			fail_msg("%s", err.text);
		len = strlen(out);
		if (len < 2 || len > 64 || strspn(out, allowed) != len || strncmp(out, "aws:", 4) == 0)
			fail_msg("\"%s\" is nothing for AWS", out);
		decode(back, out);
		if (strcmp(back, name) != 0)
			fail_msg("\"%s\" is \"%s\" is \"%s\"", name, out, back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(what_does_not_fit_is_refused_never_cut),
		cmocka_unit_test(W10_a_million_names_stay_distinct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
