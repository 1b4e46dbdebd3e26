/*
 * question.h - the closed list of what the signer is asked, and its answers.
 */
#ifndef S3JIT_SIGNER_QUESTION_H
#define S3JIT_SIGNER_QUESTION_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "s3jit/config.h"

#include "base.h"
#include "iam.h"
#include "lease.h"

struct ticket;

/* What questions are answered with; one of it exists, made in main.c. */
struct parts {
	struct config *conf;
	struct http *http;
	struct base *base;
	struct sts *sts;
	struct leases *leases;
	struct iam *iam;
};

/* A connection, as the questions see it. */
struct asker {
	const struct parts *parts;
	struct bufferevent *io;		/* answers are written here */
	struct ticket *tickets;		/* questions whose answers come later */
};

/*
 * One whole frame: strictly one of the questions of signer_proto.h, which is
 * answered now or later; or -1, and the connection has to end.
 */
int question_take(struct asker *, const void *json, size_t len, struct s3jit_err *);
/* The connection ends: nobody hears of what is still being asked for. */
void question_forget(struct asker *);

#endif
