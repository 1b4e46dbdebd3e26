/*
 * resolver.h - the name service, in a child process, so that a hanging LDAP
 * never stops the loop (B14).  2 s, then the answer is "unknown": no name,
 * member of nothing.
 */
#ifndef BROKER_RESOLVER_H
#define BROKER_RESOLVER_H

#include <sys/types.h>
#include <event2/event.h>

#include "s3jit/config.h"

struct resolver;

struct person {
	uid_t uid;
	char *name;		/* "" when unknown or the look-up failed */
	gid_t *gids; size_t ngids;
	bool known;
	int64_t fetched_ms;	/* boot clock */
	int64_t asked_ms;	/* when the name service was last asked about them */
	int64_t gone_ms;	/* since when it says that there is nobody of that uid; 0: it does not */
	/* while the name service does not answer: what it said last, or NULL.  Good
	 * for taking power away, and for nothing else. */
	const struct person *was;
};

/* Forks the child; it is started again when it dies. */
int resolver_new(struct resolver **, struct event_base *, struct s3jit_err *);
void resolver_free(struct resolver *);

/*
 * Call done(arg) once everything about these uids is in the cache and not
 * older than max_age_ms (may be at once, before this returns).  Duplicates are
 * fine.  Never fails: what cannot be found out is an unknown person.
 */
void resolver_want(struct resolver *, const uid_t *uids, size_t n, int64_t max_age_ms,
    void (*done)(void *arg), void *arg);
/* Forget an outstanding want (its connection is gone). */
void resolver_cancel(struct resolver *, void *arg);
/* From the cache, whatever its age; NULL if never asked. */
const struct person *resolver_person(const struct resolver *, uid_t);

/* Is this person one of them?  Unknown persons are nobody. */
bool person_is(const struct person *, const struct who *);

#endif
