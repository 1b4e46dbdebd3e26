/*
 * seed.c - see seed.h.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "seed.h"

static uint64_t x = 1;

void
seed_set(uint64_t seed)
{
	x = seed * 0x9e3779b97f4a7c15ULL | 1;	/* small seeds shall differ at once; never 0 */
}

void
seed_begin(void)
{
	const char *text = getenv("S3JIT_SEED");
	uint64_t seed = text != NULL ? strtoull(text, NULL, 10) :
	    (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;

	printf("S3JIT_SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	seed_set(seed);
}

/* xorshift64*: the low bits of plain xorshift are poor. */
uint32_t
seed_below(uint32_t n)
{
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	return (uint32_t)((x * 0x2545f4914f6cdd1dULL) >> 32) % n;
}
