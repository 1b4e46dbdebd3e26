/*
 * dispatch.h - who may send which message: one table, tested in one place.
 */
#ifndef BROKER_DISPATCH_H
#define BROKER_DISPATCH_H

#include "broker.h"

enum who_may {
	PEER_SESSION,		/* a process of a registered session of this boot (DESIGN 2:
				   also of an ended one, while the person has a live one) */
	PEER_PERSON,		/* ruid = euid = loginuid of a live registered session */
	PEER_PERSON_ON_TTY,	/* and a controlling terminal that they own; not local unless
				   local-votes (Q6-Q8) */
	PEER_AUDITOR		/* PEER_PERSON and one of `auditors` */
};

struct handler {
	const struct table *message;
	enum who_may who;
	/*
	 * More people the handler must know about: append uids; NULL for none.
	 * The peer's own loginuid is always looked up (not older than 5 s).
	 */
	int (*needs)(struct conn *, const void *msg, uid_t **uids, size_t *n);
	/*
	 * 0: answered, or will be with conn_answer() through conn_by_serial();
	 * -1: dispatch sends err as the answer.
	 */
	int (*run)(struct conn *, const void *msg, struct s3jit_err *);
};

extern const struct handler handlers[];		/* ends with message == NULL; handlers.c */

/*
 * A complete JSON frame of a greeted peer: find the row, decode strictly,
 * judge the peer by its session's state now, look up people, run.  An unknown
 * or malformed message closes the connection and is audited.
 */
void dispatch(struct conn *, const void *json, size_t len);

#endif
