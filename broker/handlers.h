/*
 * handlers.h - every message's handler; handlers.c has the table.
 */
#ifndef BROKER_HANDLERS_H
#define BROKER_HANDLERS_H

#include "answer.h"

/* FACTS of a session is answered REAUTH for this long after somebody asked for it. */
#define REAUTH_WANTED_MS (60 * 1000)

typedef int handler_run(struct conn *, const void *msg, struct s3jit_err *);

/* ask.c */
handler_run on_check, on_rules, on_ask, on_want_reauth;
int needs_ask(struct conn *, const void *msg, uid_t **uids, size_t *n);
/* EREAUTH, and the session is marked, unless this login re-authenticated lately. */
int reauth_fresh(struct conn *, struct s3jit_err *);
/*
 * Has this login room for a grant of that delivery?  One that stays needs there
 * to be none, other than `old` (without an id: none), whose place it takes:
 * ENOTALLOWED names the one that is open.
 */
int open_slot_free(struct conn *, const char *delivery, const struct request_row *old,
    struct s3jit_err *);

/* resume.c */
handler_run on_resume, on_withdraw, on_status;

/* vote.c */
handler_run on_list, on_show, on_vote;
int needs_show(struct conn *, const void *msg, uid_t **uids, size_t *n);
int needs_vote(struct conn *, const void *msg, uid_t **uids, size_t *n);

/* grant.c */
handler_run on_claim, on_end;
int needs_claim(struct conn *, const void *msg, uid_t **uids, size_t *n);
/* The row of an active grant that this very login and user holds; caller clears it. */
int grant_read(struct conn *, struct request_row *, const char *id, struct s3jit_err *);
/* Gives a grant what its leases are made of (also after a restart of the broker). */
int grant_holder(struct broker *, struct live *, const struct request_row *, struct s3jit_err *);

/* take_away.c */
handler_run on_close, on_revoke;

/* sign.c */
handler_run on_sign;

/* credentials.c */
handler_run on_get_credentials;

/* log.c */
handler_run on_log;

#endif
