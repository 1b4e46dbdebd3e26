/*
 * memory.h - may a daemon go on?
 */
#ifndef S3JIT_MEMORY_H
#define S3JIT_MEMORY_H

#include <stdbool.h>

/*
 * May this process grow by one more question and its answer, each of them
 * WIRE_MAX bytes long?  A daemon that may not ends, and systemd starts it again:
 * it takes up all that it had, where it could no longer be sure of taking away.
 */
bool memory_left(void);

#endif
