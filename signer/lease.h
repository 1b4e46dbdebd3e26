/*
 * lease.h - the leases: keys that STS lent, what they are for, until when.
 *
 * A lease's keys never outlive its deadline here, whatever STS sold: they
 * are wiped by a timer, on drop, and when a clock says it is over (C8).
 */
#ifndef S3JIT_SIGNER_LEASE_H
#define S3JIT_SIGNER_LEASE_H

#include "s3jit/config.h"
#include "s3jit/signer_proto.h"

#include "sts.h"

#define LEASES_MAX 8192
#define LEASE_MAX_TTL (12 * 3600)

struct leases;

/* Exactly one of the two is not NULL.  From the loop, never from lease_open(). */
typedef void lease_done(void *arg, const struct sq_leased *, const struct sts_refusal *);

int leases_new(struct leases **, struct event_base *, struct sts *, const struct config *,
    struct s3jit_err *);
void leases_free(struct leases *);	/* wipes all */

/* Check what is asked and ask STS.  On failure `done` is not called. */
int lease_open(struct leases *, const struct sq_lease *, lease_done *, void *arg,
    struct s3jit_err *);
/* Nobody waits for it any more: it is wiped, also while STS is still being asked. */
void lease_abandon(struct leases *, void *arg);

int lease_sign(struct sq_signed *out, struct leases *, const struct sq_sign *, struct s3jit_err *);
/* *out is the caller's to codec_clear() with credentials_table and free(). */
int lease_hand_out(struct msg_credentials **out, struct leases *, const char *name,
    struct s3jit_err *);
/* Wipe; fine when there is none. */
void lease_drop(struct leases *, const char *name);
/* From now on its keys are good for lease_probed() alone; fine when there is none. */
void lease_retire(struct leases *, const char *name);
/* The scope and the keys of a live lease, lent until the loop goes on; ENOTFOUND. */
int lease_probed(const struct scope **, const struct keys **, struct leases *, const char *name,
    struct s3jit_err *);

#endif
