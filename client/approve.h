/*
 * approve.h - showing one request and carrying one answer.
 */
#ifndef CLIENT_APPROVE_H
#define CLIENT_APPROVE_H

#include "app.h"

enum answer { ANSWER_NONE, ANSWER_YES, ANSWER_NO, ANSWER_SKIP };

/*
 * Show request `id` (place of total, or 0), ask, vote.  0 when it is dealt
 * with or skipped (*answer says which), -1 with app->err.
 */
int approve_one(struct app *, const char *id, size_t place, size_t total, enum answer *);

/* Vote no without asking; `why` in the approver's words. */
int approve_deny(struct app *, const char *id, const char *why);

/* What a typed answer means; ANSWER_NONE for anything unclear. */
enum answer approve_answer(const char *typed);

/*
 * Vote on what was shown: the digest is computed here over exactly the struct
 * that was rendered, never taken from the broker (Q2).  *twice: s3jitd was lost
 * over it and the next one was told again, so a refusal may mean our own vote.
 */
int approve_vote(struct app *, const struct msg_shown *, bool yes, const char *why,
    struct msg_state *, bool *twice);

#endif
