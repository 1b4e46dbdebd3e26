/*
 * extend.h - a longer time for what is open: a new request that names the old
 * one, signed off anew, and takes its place when it is claimed.
 *
 * Deadlines never move later (B12): the old grant ends at that moment, the new
 * one ends `ttl` after the old one would have.
 */
#ifndef BROKER_EXTEND_H
#define BROKER_EXTEND_H

#include "queue.h"
#include "rules.h"

/*
 * The grant `id` (as typed) that this login holds, open and with a rule that
 * lets it be extended now; the caller clears *old.  ENOTALLOWED in plain words
 * else: keys that were handed out once, too early, too often.
 */
int extend_read(struct conn *, struct request_row *old, const struct rule *, const char *id,
    struct s3jit_err *);
/* An extension asks for the same, only longer. */
int extend_same(const struct request_row *old, const struct strv *scope, const char *delivery,
    const struct rule *, struct s3jit_err *);
/* How much longer. */
int extend_check_ttl(const struct rule *, int64_t ttl, struct s3jit_err *);

/* Inside the transaction of the claim: the old one ends, its place is `row`'s. */
int extend_record(struct broker *, struct request_row *old, struct request_row *row,
    struct s3jit_err *);
/* After its commit: memory's part. */
void extend_done(struct broker *, const struct request_row *old);

/* Waits although what it would extend has ended? */
bool extend_orphaned(struct broker *, const struct live *);

#endif
