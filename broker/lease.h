/*
 * lease.h - temporary credentials for part of a grant, or for a baseline:
 * asked for, recorded, known here by name only.  The keys live in the signer.
 *
 * Intent is committed, STS is asked, the outcome with the access key id is
 * committed, and only then is the lease used (DESIGN 3, Record).
 */
#ifndef BROKER_LEASE_H
#define BROKER_LEASE_H

#include "broker.h"

#define LEASE_NAME 72

/* A signature's lease lives this long, so that a copied request does, too (W13). */
#define LEASE_SIGNED 120
/* Renewed when less than this is left. */
#define LEASE_RENEW 30

struct lease_waiter;

struct lease_holder {		/* one for each grant that is active, one a baseline and person */
	char id[REQUEST_ID];	/* request, or "" for a baseline */
	char kind[16];		/* "signed", "handed-out", "baseline" */
	char *role;
	struct strv scope, kms;
	char *person;
	uint32_t loginuid;
	char label[48];		/* tag s3jit-request */
	int64_t deadline;	/* no lease reaches beyond it; baseline: INT64_MAX */
	char name[LEASE_NAME];	/* the lease in force, "" = none */
	int64_t until;		/* of that lease: min(STS, policy) */
	char asked[LEASE_NAME];	/* under way at the signer, "" = none */
	int64_t asked_until;
	struct lease_waiter *waiters;
	bool again;		/* the signer was lost over the last one */
	bool telling;		/* waiters are being told; they may end it meanwhile */
	bool over;		/* ended: freed once the signer has answered and all are told */
	struct lease_holder *next;
};

/* Makes a holder and links it into the list that `*list` heads; NULL without memory. */
struct lease_holder *lease_holder_new(struct lease_holder **list);

/*
 * Call done(arg, name, NULL) with a lease that has at least LEASE_RENEW
 * seconds left (or lasts until the deadline), now or later; or done(arg, NULL,
 * err).  `arg` must stay valid until then: use a connection's serial.
 */
void lease_need(struct broker *, struct lease_holder *,
    void (*done)(void *arg, const char *lease, const struct s3jit_err *), void *arg);

/* The signer says it does not know it (it restarted): ask anew next time. */
void lease_forget(struct lease_holder *);

/* No further use; the signer wipes it; waiters are told EENDED.  Unlinks; frees when it can. */
void lease_holder_end(struct broker *, struct lease_holder **list, struct lease_holder *);

#endif
