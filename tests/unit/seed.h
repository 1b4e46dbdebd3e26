/*
 * seed.h - the random numbers of property tests: others in each run, and the
 * same again with S3JIT_SEED set to the number that the run printed.
 */
#ifndef TESTS_SEED_H
#define TESTS_SEED_H

#include <stdint.h>

/* Begin; prints the line that repeats this run. */
void seed_begin(void);
/* Begin with that one, silently. */
void seed_set(uint64_t seed);
/* The next number, from 0 to n - 1. */
uint32_t seed_below(uint32_t n);

#endif
