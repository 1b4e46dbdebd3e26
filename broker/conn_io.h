/*
 * conn_io.h - what server.c, conn.c, greet.c and dispatch.c know of a
 * connection, and nobody else.
 */
#ifndef BROKER_CONN_IO_H
#define BROKER_CONN_IO_H

#include "broker.h"
#include "s3jit/wire.h"

#define CONN_NONCE 33		/* 32 hex digits and NUL */

/* How long, in milliseconds */
#define CONN_FIRST_MS	5000	/* until the first frame is complete */
#define CONN_FRAME_MS	5000	/* until a begun frame is complete (B7) */
#define CONN_VERDICT_MS	300000	/* a person types a password */
#define CONN_EXEC_MS	30000	/* the helper becomes the client, which greets */
#define CONN_DRAIN_MS	5000	/* a peer takes its last message */

enum awaits {			/* which frame may come next */
	AWAIT_GUEST,		/* root.sock: REGISTER or FACTS */
	AWAIT_VERDICT,		/* root.sock: what PAM said */
	AWAIT_GREET,
	AWAIT_QUESTION,
	AWAIT_NOTHING		/* a login: none */
};

/* Events of a peer that does not read wait up to here. */
#define CONN_EVENTS_MAX (256 * 1024)

struct out;
struct question;

struct conn_io {
	int fd;
	uid_t owner;		/* whose connections this one counts among (B8) */
	enum awaits awaits;
	bool closing;		/* nothing more is read; freed when written, or buried */
	bool slow;		/* its frame's time is running */
	struct event *readable, *writable, *timer;
	struct wire_in in;
	unsigned char buf[4096];
	size_t at, len;		/* what of buf belongs to later frames */
	struct out *out, **out_end;
	size_t waiting;		/* bytes in out */
	char nonce[CONN_NONCE];
	struct question *question;	/* dispatch.c: the one under way */
};

/* --- conn.c, for server.c and greet.c ------------------------------------ */

/* A connection over an accepted, non-blocking socket: ours from now on, also on failure. */
struct conn *conn_new(struct broker *, int fd, bool root, struct s3jit_err *);
/* Frees; server.c calls it when the loop is out of conn.c. */
void conn_free(struct conn *);
void conn_deadline(struct conn *, int64_t ms);
/*
 * Who asks without reading gets no further answer (B8): the next question is
 * taken when the last answer has left.  That also makes everybody take turns.
 */
bool conn_must_read(const struct conn *);
/* Go on with what was asked meanwhile. */
void conn_resume(struct conn *);
/* Whose connections one of these ids counts among (B8). */
uid_t conn_owner(const struct broker *, uid_t uid, uint32_t loginuid, uint32_t sessionid);
/* The other side hung up; for a login that is its end, also before it heard GO. */
void conn_lost(struct conn *);

/* --- conn_out.c ------------------------------------------------------------ */

void conn_on_writable(evutil_socket_t, short, void *);
void conn_out_clear(struct conn_io *);
void conn_send(struct conn *, const struct table *, const void *msg);
void conn_send_guest(struct conn *, enum guest_word, const char *text);
/*
 * Refuse in the form that this peer understands now, record it when `event` is
 * given, and close.
 */
void conn_refuse(struct conn *, const char *event, const struct s3jit_err *, const char *hint);

/* --- greet.c ------------------------------------------------------------ */

/* Speak first, where the broker does. */
void greet_begin(struct conn *, bool root);
/* A whole frame of a peer that is not one yet. */
void greet_frame(struct conn *, const void *body, size_t len);
/* A login's connection ended. */
void greet_lost(struct conn *);

/* --- dispatch.c ----------------------------------------------------------- */

/* The connection is going: its question finds nobody. */
void dispatch_cancel(struct conn *);
/* The session by whose state this peer is judged now; -1 when there is none. */
int dispatch_session(struct conn *, struct s3jit_err *);

/* --- server.c ------------------------------------------------------------- */

bool server_old_kernel(const struct broker *);
void server_link(struct conn *);
/* NULL, or why this linked connection is one too many for its user (B8). */
const char *server_no_room(const struct conn *);
/* Off the list of connections: conn_by_serial() does not find it any more. */
void server_unlink(struct conn *);
/* Free it when the loop comes by. */
void server_bury(struct conn *);

#endif
