/*
 * answer.h - pieces that several handlers share: whom to know about, who may
 * see a request, and how a row is told to a client.
 */
#ifndef BROKER_ANSWER_H
#define BROKER_ANSWER_H

#include "dispatch.h"
#include "queue.h"
#include "rules.h"

/* handler.needs: everybody logged in, and who voted on the request `id` (may be NULL). */
int needs_everyone(struct conn *, const void *msg, uid_t **uids, size_t *n);
int needs_voters(struct broker *, const char *id, uid_t **uids, size_t *n);

/* The person behind a connection; unknown ones are nobody.  Never NULL after dispatch. */
const struct person *peer_person(const struct conn *);

/* queue_read()'s `may`: */
bool may_own(struct conn *, const struct request_row *);	/* asked by this person */
bool may_see(struct conn *, const struct request_row *);	/* own, or may approve it, or auditor */

/* Is this row's rule, as the file has it now, one under which the peer may vote? */
const struct rule *rule_of(struct broker *, const struct request *);
bool may_approve(struct conn *, const struct request_row *);
/* The same for taking power away: it counts what was known before the name service hung. */
bool may_stop(struct conn *, const struct request_row *);
/* What that person is called, also then. */
const char *peer_name(const struct conn *);
/* The rule word for word as it was when this was asked (F4): else ECHANGED, ask again. */
int rule_unchanged(struct broker *, const struct request *, const struct rule **, struct s3jit_err *);

/* Persons who may vote under `rule` and are logged in, without `except`. */
int approvers_here(struct broker *, const struct rule *, uint32_t except, struct strv *out);

/* Answer "state" from a row as it is now. */
int answer_state(struct conn *, const struct request_row *, struct s3jit_err *);
int fill_summary(struct summary *, struct conn *, const struct request_row *, struct s3jit_err *);

/* Run `begin, step(arg), commit`, or roll back. */
int in_transaction(struct broker *, int (*step)(struct broker *, void *arg, struct s3jit_err *),
    void *arg, struct s3jit_err *);

#endif
