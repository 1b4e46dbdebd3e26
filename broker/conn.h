/*
 * conn.h - one connection: its frames, its peer, its one question at a time.
 *
 * The first frame fixes for ever what a connection is (H11).  A question is
 * handed to dispatch.c; until it is answered with conn_answer() or
 * conn_error() no further frame of this connection is read.
 */
#ifndef BROKER_CONN_H
#define BROKER_CONN_H

#include "s3jit/codec.h"
#include "session.h"

enum conn_kind {
	CONN_NEW,		/* nothing understood yet */
	CONN_LOGIN,		/* sent REGISTER; any later byte closes it */
	CONN_HELPER,		/* sent FACTS, was told REAUTH: one verdict may come */
	CONN_PEER		/* a person's program: greeted, identity known */
};

struct peer {			/* as the kernel says, never as told (B2-B5) */
	pid_t pid;
	int pidfd;
	uid_t uid;		/* SO_PEERCRED (euid at connect); helper: ruid of FACTS */
	uid_t ruid, euid;	/* /proc/PID/status; helper: both ruid of FACTS */
	uint32_t loginuid, sessionid;
	uint32_t tty_nr;	/* 0 = none; read anew for each vote by peer_refresh() */
	pid_t tracer;		/* who traces it, 0 = nobody; read with tty_nr */
	bool via_helper;
};

struct conn {
	struct broker *b;
	uint64_t serial;	/* never reused: asynchronous answers look it up */
	enum conn_kind kind;
	struct peer peer;
	struct session *session;/* the session of its (loginuid, sessionid) */
	struct session *via;	/* a live session of that person; = session unless that has ended */
	char program[32];
	bool busy;		/* a question is being worked on */
	bool attends;		/* some request has told it news, or may: queue_watch(), queue_look() */
	/* private to conn.c / server.c follow */
	struct conn_io *io;
	struct conn *next;
};

/* Answer the present question, and let the next one be read. */
void conn_answer(struct conn *, const struct table *, const void *msg);
/* "error" with err's code and text and a hint ("" for none). */
void conn_error(struct conn *, const struct s3jit_err *, const char *hint);
/*
 * Unasked: "event".  Never an error in its place: who reads too slowly (256 KiB
 * waiting), or for whom there is no memory, is hung up on.
 */
void conn_event(struct conn *, const struct table *, const void *msg);
/* Close after what is queued was written (or at once when `now`). */
void conn_close(struct conn *, bool now);
/* NULL when that connection is gone. */
struct conn *conn_by_serial(struct broker *, uint64_t serial);
struct conn *conn_first(struct broker *);
/* Close all connections of a session with this text as an error first (B16). */
void conn_close_session(struct broker *, const struct session *, const char *text);

/* peer.c: read ids, tty and start time again while the pidfd is alive. */
int peer_refresh(struct peer *, struct s3jit_err *);
/* Is the controlling terminal's device owned by this uid (Q8)? */
int peer_tty_owned(const struct peer *, uid_t, struct s3jit_err *);

#endif
