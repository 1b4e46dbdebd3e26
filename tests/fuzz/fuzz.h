/*
 * fuzz.h - what all fuzz targets share.
 *
 * tests/fuzz/nightly links a fuzzer to them; `make check` links replay.c instead,
 * which runs the corpus and damaged copies of it.  A target's first comment
 * names the files whose coverage counts: "parser: FILE..."
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stays in with NDEBUG. */
#define MUST(what)                                                           \
	do {                                                                 \
		if (!(what)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			abort();                                             \
		}                                                            \
	} while (0)

/* The input as a C string; NULs end it.  Caller frees. */
static inline char *
text_of(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	MUST(s != NULL);
	if (size > 0)
		memcpy(s, data, size);
	s[size] = '\0';
	return s;
}

#endif
