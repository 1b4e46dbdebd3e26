/*
 * signer_link.h - the broker's connection to s3jit-signer: kept open, opened
 * again with backoff (0.1 s doubling to 5 s), checked by SO_PEERCRED against
 * the uid of account s3jit-signer resolved at start.
 */
#ifndef BROKER_SIGNER_LINK_H
#define BROKER_SIGNER_LINK_H

#include <event2/event.h>

#include "s3jit/signer_proto.h"

struct signer_link;

int signer_link_new(struct signer_link **, struct event_base *, const char *path, uid_t peer,
    struct s3jit_err *);
void signer_link_free(struct signer_link *);
/* Called each time it is connected: what an earlier signer held is gone, or as good as gone. */
void signer_link_on_up(struct signer_link *, void (*up)(void *arg), void *arg);

/*
 * Send a question; its `n` is set here (every sq_ struct begins with it).
 * `done` is called exactly once, later: with the decoded answer (cleared
 * after it returns), or with NULL and why (ENOTFOUND: the signer has no such
 * lease; ENOTALLOWED: outside the lease; otherwise EAWS; sq_error's text and
 * aws_code are in the sentence).  15 s at most, within that STS is retried by
 * the signer.  What was asked when the connection was lost is asked once more;
 * a lease is not, it fails with EBROKER: the next one needs another name.
 */
void signer_ask(struct signer_link *, const struct table *question, void *msg,
    const struct table *answer, void (*done)(void *arg, const void *answer,
    const struct s3jit_err *), void *arg);

#endif
