/*
 * again.h - going on after s3jitd was lost: it restarts, what it knows is in
 * its record, and so the login's requests and grants go on (B15).
 */
#ifndef CLIENT_AGAIN_H
#define CLIENT_AGAIN_H

#include "task.h"

#define AGAIN_MS	20000	/* how long a restart is waited for */
#define AGAIN_END_MS	5000	/* ... where nothing hangs on the answer */

/* Connecting or attaching failed: is it worth another try?  After a restart all come at once. */
bool again_is_away(const struct s3jit_err *);
/* The pause before the next try; 0 before the first. */
int again_pause(int tries);

/* Connect anew, within AGAIN_MS; -1 and app->err: it did not come back, or Ctrl-C. */
int again_connect(struct app *);
/* The same, and attach to the request again: t->state is as it is now. */
int again_attach(struct task *, int64_t ms);

/*
 * Ask what may be asked twice: when s3jitd is lost over it, ask the next one.
 * *twice (may be NULL) says so: the first may have been heard after all.
 */
int again_ask(struct app *, const struct table *, const void *msg, const struct table *answer_table,
    void *answer, bool *twice);

/* s3jitd was lost over our ask: it is there (t->state), or it is asked again. */
int again_asked(struct task *);
/* ... over our claim: what became of it; 0 = the grant is ours (t->grant). */
int again_claimed(struct task *);

#endif
