/*
 * fuzz_duration.c - lengths of time as typed: in bounds, and read back the same.
 *
 * parser: lib/duration.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/duration.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), buf[DURATION_TEXT];
	struct s3jit_err err;
	int64_t a, b;

	if (duration_parse(&a, text, &err) == 0) {
		MUST(a >= 1 && a <= DURATION_MAX);
		MUST(duration_parse(&b, duration_format(buf, a), &err) == 0 && a == b);
	}
	free(text);
	return 0;
}
