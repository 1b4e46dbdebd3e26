/*
 * serve.h - the signer's socket: who may speak, and what happens then.
 */
#ifndef S3JIT_SIGNER_SERVE_H
#define S3JIT_SIGNER_SERVE_H

#include <sys/types.h>

#include <event2/event.h>

#include "question.h"

struct server;

/*
 * Serve on the listening socket `fd` (ours from now on).  Only processes of
 * `peer` are listened to; all others are closed and logged.
 */
int server_new(struct server **, struct event_base *, int fd, uid_t peer, const struct parts *,
    struct s3jit_err *);
void server_free(struct server *);

#endif
