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
/* A baseline's: the most that STS sells to keys which are a role's (AWS-FACTS 3). */
#define LEASE_BASELINE 3600
/*
 * Whoever is handed keys is told that they end so much earlier than they do,
 * or a third of the lease earlier if that is less: SDKs ask anew when keys
 * expire, not when AWS refuses them.  With less left than that they are renewed
 * before they are used.
 */
#define LEASE_MARGIN 60
/* A renewal ahead of need that failed is tried again after 1 s, 2 s, ... this. */
#define LEASE_RETRY_MS (60 * 1000)

struct lease_waiter;

struct lease_holder {		/* one for each grant that is active, one a baseline and person */
	char id[REQUEST_ID];	/* request, or "" for a baseline */
	char kind[16];		/* "signed", "handed-out", "baseline" */
	char *role;
	struct strv scope, kms;
	char *person;
	uint32_t loginuid;
	char label[48];		/* tag s3jit-request */
	int64_t length;		/* the longest a lease lasts, s; 0: up to the deadline */
	int64_t deadline;	/* no lease reaches beyond it; baseline: INT64_MAX */
	char name[LEASE_NAME];	/* the lease in force, "" = none */
	int64_t from, until;	/* of that lease; until: min(STS, policy) */
	char old[LEASE_NAME];	/* the one before it, "" = none; it may work still */
	int64_t old_until;
	char role_id[256];	/* "AROA...:s3jit-...": aws:userid of all its leases; "" = none yet */
	char asked[LEASE_NAME];	/* under way at the signer, "" = none */
	int64_t asked_from, asked_until;
	int64_t retry_ms;	/* boot clock: no renewal ahead of need before */
	int64_t wait_ms;	/* how long the last one that failed was waited for */
	struct lease_waiter *waiters;
	bool again;		/* the signer was lost over the last one */
	bool telling;		/* waiters are being told; they may end it meanwhile */
	bool over;		/* ended: freed once the signer has answered and all are told */
	struct lease_holder *next;
};

/* Makes a holder and links it into the list that `*list` heads; NULL without memory. */
struct lease_holder *lease_holder_new(struct lease_holder **list);

/*
 * Call done(arg, name, NULL) with the lease in force, now or later; or
 * done(arg, NULL, err).  `arg` must stay valid until then: use a connection's
 * serial.  One that is past half its life is renewed meanwhile; one that is
 * about to end is renewed first, and used to its end when AWS gives no other.
 * At most one question to STS is under way for a holder.
 */
void lease_need(struct broker *, struct lease_holder *,
    void (*done)(void *arg, const char *lease, const struct s3jit_err *), void *arg);

/* Past half its life, or none there: would lease_ahead() ask now? */
bool lease_due(const struct lease_holder *);
/* Ask for the next one before anybody needs it; false: not due, or not possible now. */
bool lease_ahead(struct broker *, struct lease_holder *);

/* When the lease in force ends, as those who are handed its keys are told (C6). */
int64_t lease_told_until(const struct lease_holder *, int64_t now);

/* The signer says it does not know it (it restarted): ask anew next time. */
void lease_forget(struct lease_holder *);

/* No further use; the signer wipes it; waiters are told EENDED.  Unlinks; frees when it can. */
void lease_holder_end(struct broker *, struct lease_holder **list, struct lease_holder *);
/*
 * The same, but of its last lease the signer keeps the keys, good for sq_probe
 * alone, until lease_drop(): its name into `kept`, "" when there is none.
 */
void lease_holder_retire(struct broker *, struct lease_holder **list, struct lease_holder *,
    char kept[LEASE_NAME]);
/* The signer wipes it. */
void lease_drop(struct broker *, const char *name);

#endif
