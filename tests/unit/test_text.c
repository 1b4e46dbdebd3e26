/*
 * test_text.c - a text is whole, or there is none: client/text.c with each call for
 * memory failing, once and from then on.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/text.h"
#include "faults.h"

#define LINES 3000
#define LINE "line %04d of what an approver is to see\n"
#define LINE_LEN 40

/* All of it, or NULL. */
static char *
written(void)
{
	char *out;
	FILE *f = text_open(&out);
	int i;

	if (f == NULL)
		return NULL;
	for (i = 0; i < LINES; i++)
		fprintf(f, LINE, i);
	assert_true((fclose(f) == EOF) == (out == NULL));
	return out;
}

static void
it_is_whole(const char *text)
{
	char line[64];
	int i;

	assert_int_equal(strlen(text), LINES * LINE_LEN);
	for (i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), LINE, i);
		assert_memory_equal(text + (size_t)i * LINE_LEN, line, LINE_LEN);
	}
}

static void
a_text(void **state)
{
	char *text = written(), *empty;
	FILE *f;

	(void)state;
	assert_non_null(text);
	it_is_whole(text);
	free(text);
	assert_non_null(f = text_open(&empty));		/* nothing is a text, too */
	assert_int_equal(fclose(f), 0);
	assert_string_equal(empty, "");
	free(empty);
}

static void
Q2_without_memory_there_is_none(void **state)
{
	bool lasting, failed = true;
	char *text;
	int nth;

	(void)state;
	for (nth = 1; failed; nth++)
		for (lasting = false;; lasting = true) {
			faults_arm(FAULT_MEMORY, nth, lasting);
			text = written();
			failed = faults_disarm();
			assert_true(failed == (text == NULL));
			if (text != NULL)
				it_is_whole(text);
			free(text);
			if (lasting)
				break;
		}
	assert_in_range(nth, 4, 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text),
		cmocka_unit_test(Q2_without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
