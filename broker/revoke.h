/*
 * revoke.h - telling AWS to refuse what was handed out, when a grant ends
 * before its keys do (aws { revocation = "deny" }).
 *
 * On record each step: requested (it is to be refused), taken (IAM has it),
 * confirmed (a probe with that very session was refused), removed (the keys are
 * over, and the Deny with them).  What must be refused is known here; a role's
 * list is always sent whole, so that nothing is left behind by a crash.
 */
#ifndef BROKER_REVOKE_H
#define BROKER_REVOKE_H

#include "broker.h"
#include "lease.h"

/* What is known of keys that were out; words of msg_closed.aws. */
enum revoke_how {
	REVOKE_NONE,		/* nothing to refuse, or revocation = "none": they work until they end */
	REVOKE_REQUESTED,	/* IAM has not taken it yet; it is asked until it does */
	REVOKE_TAKEN,		/* IAM has it; not tried, or not followed yet */
	REVOKE_CONFIRMED	/* tried: refused */
};
const char *revoke_word(enum revoke_how);	/* "", "requested", "taken", "confirmed" */

/* Takes up what an earlier s3jitd left; each role's list is sent once in any case. */
int revocations_new(struct broker *, struct s3jit_err *);
void revocations_free(struct broker *);
/* Once a second: failed ones again, probes, what is over. */
void revocations_tick(struct broker *);

/*
 * The grant of `row` has ended, and its keys work until `until`.  Ends `holder`
 * (NULL is fine), whatever is to be refused.  Never fails: what cannot be put
 * on record is refused all the same, and where there is no memory for it a later tick does it.
 */
void revoke_begin(struct broker *, const struct request_row *, int64_t until,
    struct lease_holder *holder);
/* All that this person has of that role until now, also from other hosts.  -1 without memory. */
int revoke_person(struct broker *, const char *person, const char *role);

enum revoke_how revoke_how(struct broker *, const char *id);
/*
 * True: done(arg) is called once, later: when that one is confirmed, or no
 * more is to be expected soon.  False: there is nothing to wait for.
 */
bool revoke_wait(struct broker *, const char *id, void (*done)(void *arg), void *arg);
/* Has IAM taken all that it was to take? */
bool revocations_settled(struct broker *);

#endif
