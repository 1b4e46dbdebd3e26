/*
 * planted.c - a parser with a fault in it: nightly believes a fuzzer only after
 * it has found this one.
 */
#include "config.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	volatile char *room = malloc(4);	/* volatile: or the compiler mends it */

	MUST(room != NULL);
	if (size > 3 && data[0] == '!')
		room[size] = 'x';	/* behind its end */
	free((void *)(uintptr_t)room);
	return 0;
}
