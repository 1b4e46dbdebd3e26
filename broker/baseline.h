/*
 * baseline.h - read-only credentials that a login has without asking: one
 * lease a person and baseline, kept in the signer, handed out again and again.
 */
#ifndef BROKER_BASELINE_H
#define BROKER_BASELINE_H

#include "broker.h"

int baselines_new(struct broker *, struct s3jit_err *);
void baselines_free(struct broker *);

/* The holder of this person's baseline; NULL and ENOTALLOWED when they have none. */
struct lease_holder *baselines_holder(struct broker *, const struct person *,
    struct s3jit_err *);

/* The one there is; NULL when none was needed yet. */
struct lease_holder *baselines_of(struct broker *, uint32_t loginuid);

/* Once a second: what live logins read with is asked for ahead of need, a few at once. */
void baselines_tick(struct broker *);
/* The same in a moment: a login began.  It has its answer already and waits for nothing. */
void baselines_soon(struct broker *);
/* The signer is another one, and has no keys yet. */
void baselines_forget(struct broker *);

/* The last session of a person ended: their baseline's keys go, too. */
void baselines_session_ended(struct broker *, uint32_t loginuid);

#endif
