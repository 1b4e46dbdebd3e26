/*
 * lease_private.h - what lease.c (the lease in force, who waits for it) and
 * lease_ask.c (getting one) share.
 */
#ifndef BROKER_LEASE_PRIVATE_H
#define BROKER_LEASE_PRIVATE_H

#include "lease.h"

/* Record that we ask, and ask.  0: lease_got() or lease_not_got() follows, from the loop. */
int lease_ask(struct broker *, struct lease_holder *, struct s3jit_err *);

/* The outcome is on record.  Each may free the holder. */
void lease_got(struct broker *, struct lease_holder *, const char *name, int64_t until);
void lease_not_got(struct lease_holder *, const struct s3jit_err *why);

/* Is there one, and is it not over? */
bool lease_alive(const struct lease_holder *, int64_t now);

#endif
