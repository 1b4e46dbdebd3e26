/*
 * walk.h - one operation again and again, each time with another of its calls
 * failing (faults.h), until it does what must not be or makes no further call.
 *
 * The operation begins and ends its own world, and says by broken() what is wrong.
 */
#ifndef TESTS_WALK_H
#define TESTS_WALK_H

#include <stdbool.h>

#include "faults.h"

/* What was wrong first; "" = nothing.  Whoever begins a walk clears it. */
extern char violation[200];

/* That is wrong.  Only the first is kept. */
void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs it with the nth call of this kind failing, or it and all later ones; false: it makes
 * fewer of them. */
typedef bool walk_step(const void *op, enum fault_kind, int nth, bool lasting);

/*
 * Walks, and prints where it stopped if something was broken.  `thin` 0 lets each call fail
 * in turn; else the more are left out the later they come, as one in `thin` of those before.
 * Returns how many calls there were.
 */
int walk(const char *name, const void *op, walk_step *step, enum fault_kind kind, bool lasting,
    int thin);

#endif
