/*
 * memory.c - see memory.h.  Runs in s3jitd and s3jit-signer, once a second.
 */
#include "config.h"

#include <sys/mman.h>

#include "s3jit/memory.h"
#include "s3jit/wire.h"

#define ROOM (2 * (size_t)WIRE_MAX)

/* Not malloc(3): it would keep what it got for us, and find it there the next time. */
bool
memory_left(void)
{
	void *p = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	(void)munmap(p, ROOM);
	return true;
}
