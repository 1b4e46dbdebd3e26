/*
 * ended.h - ends that the database could not take (B15).
 *
 * /run/s3jit/ended is preallocated (posix_fallocate) at start.  When a revoke,
 * close, logout or expiry cannot be committed, its id is appended here (fsync)
 * before the answer.  At start-up each id is applied to the database; when the
 * file is unreadable or was full, every grant ends.
 */
#ifndef BROKER_ENDED_H
#define BROKER_ENDED_H

#include "s3jit/codec.h"

struct ended;
/*
 * Opens or makes it.  *ids: what is in it, each "ID WHY"; *all: it was full or
 * unreadable.  What is in it stays until ended_reset().
 */
int ended_open(struct ended **, const char *path, struct strv *ids, bool *all, struct s3jit_err *);
void ended_close(struct ended *);
/* WHY is one word of at most 15 letters.  On failure the caller still ends it in memory and marks nothing as safe. */
int ended_add(struct ended *, const char *id, const char *why, struct s3jit_err *);
/* After all were applied and committed. */
int ended_reset(struct ended *, struct s3jit_err *);

#endif
