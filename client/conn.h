/*
 * conn.h - the connection of a person's program to the broker.
 *
 * The broker speaks first (hello); we greet with our credentials attached and
 * then ask one thing at a time.  Events that come in between are kept and
 * handed out by conn_event(), so that none is lost while an answer is awaited.
 */
#ifndef CLIENT_CONN_H
#define CLIENT_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "s3jit/proto.h"

#define CONN_PATIENCE_MS	30000	/* for an answer that may need STS */
#define CONN_CONNECT_MS		5000

struct conn;

/* A text that a message only borrows: messages have char *, the codec only reads them. */
static inline char *
conn_text(const char *s)
{
	return (char *)(uintptr_t)s;
}

/*
 * Connect to user.sock and greet as `program`, all within `patience_ms`.
 * With `inherited`, descriptor 3 is taken instead where it is the helper's
 * connection to root.sock whose hello says so.
 */
int conn_open(struct conn **, const char *program, bool inherited, int64_t patience_ms,
    struct s3jit_err *);

/* The same over a descriptor that is connected already; it is ours to close. */
int conn_from_fd(struct conn **, int fd, const char *program, int64_t patience_ms,
    struct s3jit_err *);

void conn_free(struct conn *);		/* NULL is fine */

/* Connect anew to user.sock after the broker was lost; kept events stay. */
int conn_again(struct conn *, struct s3jit_err *);

/* How long the answers to come may take, from each question on. */
void conn_patience(struct conn *, int64_t ms);

/*
 * Ask, and wait for the answer of exactly that table (codec_clear() it).  An
 * "error" answer becomes err, its hint conn_hint().  EBROKER when the line is
 * lost, ETIMEOUT when no answer came.
 */
int conn_ask(struct conn *, const struct table *, const void *msg, const struct table *answer_table,
    void *answer, struct s3jit_err *);

/*
 * The next event: 1 and *event (codec_clear() it with event_table), 0 when
 * none came before `until_ms`, -1 when the line is lost.
 */
int conn_event(struct conn *, struct msg_event *event, int64_t until_ms, struct s3jit_err *);

/* To poll for POLLIN together with other descriptors. */
int conn_fd(const struct conn *);
/* Is there an event that poll() would not tell about? */
bool conn_has_event(const struct conn *);
/* Did this connection come from the setuid helper? */
bool conn_via_helper(const struct conn *);
/* What the last error answer said to do next; "" for nothing. */
const char *conn_hint(const struct conn *);

#endif
