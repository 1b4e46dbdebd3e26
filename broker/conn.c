/*
 * conn.c - one connection: its beginning, its frames, its end.
 *
 * Runs in s3jitd.  One question at a time: while it is worked on nothing more
 * is read.  Frames may hold secrets: what they were in is wiped.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/hex.h"

#include "conn_io.h"
#include "dispatch.h"
#include "peer.h"
#include "proc.h"
#include "queue.h"

/* --- in --------------------------------------------------------------------------- */

/* Descriptors that came along are closed (B16); returns who sent, or 0. */
static pid_t
sender(struct msghdr *msg)
{
	struct cmsghdr *cm;
	struct ucred cred;
	pid_t pid = 0;
	size_t i;
	int fd;

	for (cm = CMSG_FIRSTHDR(msg); cm != NULL; cm = CMSG_NXTHDR(msg, cm)) {
		if (cm->cmsg_level != SOL_SOCKET)
			continue;
		if (cm->cmsg_type == SCM_CREDENTIALS && cm->cmsg_len == CMSG_LEN(sizeof(cred))) {
			memcpy(&cred, CMSG_DATA(cm), sizeof(cred));
			pid = cred.pid;
		}
		if (cm->cmsg_type == SCM_RIGHTS)
			for (i = 0; CMSG_LEN((i + 1) * sizeof(fd)) <= cm->cmsg_len; i++) {
				memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd), sizeof(fd));
				close(fd);
			}
	}
	return pid;
}

/* Bytes into io->buf; false when there is nothing to go on with. */
static bool
receive(struct conn *c)
{
	/* No room for descriptors: the kernel does not even install them. */
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct conn_io *io = c->io;
	struct iovec iov = { io->buf, sizeof(io->buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
	    .msg_controllen = sizeof(control.buf) };
	struct s3jit_err err = { 0 };
	ssize_t n;
	pid_t pid;

	n = recvmsg(io->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		conn_lost(c);
		return false;
	}
	pid = sender(&msg);
	io->at = 0;
	io->len = (size_t)n;
	/* Until it has said who it is, who connected must be who speaks (B3); who has just
	   ended wanted nothing more. */
	if (io->awaits != AWAIT_QUESTION && io->awaits != AWAIT_NOTHING &&
	    peer_speaks(&c->peer, pid, &err) == -1) {
		conn_refuse(c, pid != c->peer.pid ? "wrong-sender" : NULL, &err, "");
		return false;
	}
	return true;
}

/* Start or stop the time of B7 for a frame; first frames have theirs already. */
static void
watch_frame(struct conn *c)
{
	struct conn_io *io = c->io;
	bool partial = wire_in_partial(&io->in);

	if (io->closing || io->awaits != AWAIT_QUESTION || partial == io->slow)
		return;
	io->slow = partial;
	conn_deadline(c, partial ? CONN_FRAME_MS : -1);
}

static void
frame(struct conn *c)
{
	struct conn_io *io = c->io;

	if (io->awaits == AWAIT_QUESTION) {
		c->busy = true;
		dispatch(c, io->in.body, io->in.want);
	} else {
		greet_frame(c, io->in.body, io->in.want);
	}
}

bool
conn_must_read(const struct conn *c)
{
	return c->io->awaits == AWAIT_QUESTION && c->io->out != NULL;
}

void
conn_resume(struct conn *c)
{
	struct conn_io *io = c->io;

	if (event_add(io->readable, NULL) == -1)
		conn_close(c, true);
	else if (io->at < io->len)
		event_active(io->readable, EV_READ, 0);
}

/* All frames that are complete, until one is being worked on or answered. */
static void
take_frames(struct conn *c)
{
	struct conn_io *io = c->io;
	struct s3jit_err err = { 0 };
	size_t used;
	int r;

	while (!io->closing && !c->busy && !conn_must_read(c) && io->at < io->len) {
		if (io->awaits == AWAIT_NOTHING) {
			s3jit_fail(&err, S3JIT_EPROTO, "a login's connection sent something after "
			    "the login was registered");
			conn_refuse(c, "forged", &err, "");
			break;
		}
		r = wire_in_feed(&io->in, io->buf + io->at, io->len - io->at, &used, &err);
		io->at += used;
		if (r == -1) {
			conn_refuse(c, "malformed", &err, "");
			break;
		}
		if (r == 1) {
			if (io->slow)
				conn_deadline(c, -1);
			io->slow = false;
			frame(c);
			wire_in_next(&io->in);
		}
	}
	if (io->at >= io->len || io->closing) {
		explicit_bzero(io->buf, io->len);
		io->at = io->len = 0;
	}
	watch_frame(c);
	if ((c->busy || conn_must_read(c)) && !io->closing)
		event_del(io->readable);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->io->closing || c->busy)
		return;
	if (conn_must_read(c)) {
		event_del(c->io->readable);
		return;
	}
	if (c->io->at < c->io->len || receive(c))
		take_frames(c);
}

/* --- life --------------------------------------------------------------------------- */

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct s3jit_err err = { 0 };

	(void)fd;
	(void)what;
	if (!c->io->closing && c->io->waiting <= CONN_EVENTS_MAX) {
		s3jit_fail(&err, S3JIT_ETIMEOUT, "s3jitd waited in vain for the rest of a message.");
		conn_refuse(c, NULL, &err, "");
	} else {
		conn_close(c, true);
	}
}

/* Below 0: no deadline.  Nobody stays who was to have one and has none. */
void
conn_deadline(struct conn *c, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_del(c->io->timer);
	if (ms >= 0 && event_add(c->io->timer, &tv) == -1)
		conn_close(c, true);
}

static struct conn *
conn_alloc(struct broker *b, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->io = calloc(1, sizeof(*c->io))) == NULL) {
		free(c);
		return NULL;
	}
	c->b = b;
	c->peer.pidfd = -1;
	c->io->fd = fd;
	c->io->out_end = &c->io->out;
	wire_in_init(&c->io->in, WIRE_GUEST_MAX);
	c->io->readable = event_new(b->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->io->writable = event_new(b->base, fd, EV_WRITE | EV_PERSIST, conn_on_writable, c);
	c->io->timer = evtimer_new(b->base, on_deadline, c);
	return c;
}

/*
 * In a user namespace a person has thousands of uids, and one login uid, which a
 * process without one may choose, but not the kernel's session id.  Who belongs to
 * no login that we know shares the room of one user with all others like that.
 */
uid_t
conn_owner(const struct broker *b, uid_t uid, uint32_t loginuid, uint32_t sessionid)
{
	if (uid == 0)
		return 0;
	return session_known(b->sessions, loginuid, sessionid) ? loginuid : (uid_t)-1;
}

static uid_t
owner(const struct broker *b, const struct peer *p)
{
	struct proc_facts facts = { .loginuid = GUEST_UNSET, .sessionid = GUEST_UNSET };

	if (p->uid != 0 && proc_facts_read(&facts, p->pid, p->pidfd, NULL) == -1)
		return (uid_t)-1;
	return conn_owner(b, p->uid, facts.loginuid, facts.sessionid);
}

struct conn *
conn_new(struct broker *b, int fd, bool root, struct s3jit_err *err)
{
	struct conn *c;
	int one = 1;

	if ((c = conn_alloc(b, fd)) == NULL) {
		close(fd);
		s3jit_fail_errno(err, "memory");
		return NULL;
	}
	if (c->io->readable == NULL || c->io->writable == NULL || c->io->timer == NULL ||
	    event_add(c->io->readable, NULL) == -1) {
		s3jit_fail(err, S3JIT_ESYS, "no event for a connection");
		goto fail;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) == -1) {
		s3jit_fail_errno(err, "SO_PASSCRED");
		goto fail;
	}
	if (peer_of_socket(&c->peer, fd, server_old_kernel(b), err) == -1 ||
	    hex_random(c->io->nonce, (CONN_NONCE - 1) / 2, err) == -1)
		goto fail;
	if (root && c->peer.uid != 0) {
		audit_refused(b->audit, "root-socket", c->peer.uid, "somebody who is not root "
		    "connected to root.sock");
		s3jit_fail(err, S3JIT_ENOTALLOWED, "only root speaks here");
		goto fail;
	}
	c->io->owner = owner(b, &c->peer);
	server_link(c);
	greet_begin(c, root);
	return c;
fail:
	conn_free(c);
	return NULL;
}

void
conn_free(struct conn *c)
{
	struct conn_io *io = c->io;

	if (io->readable != NULL)
		event_free(io->readable);
	if (io->writable != NULL)
		event_free(io->writable);
	if (io->timer != NULL)
		event_free(io->timer);
	conn_out_clear(io);
	wire_in_clear(&io->in);
	explicit_bzero(io->buf, sizeof(io->buf));
	close(io->fd);
	if (c->peer.pidfd != -1)
		close(c->peer.pidfd);
	free(io);
	free(c);
}

/* It is gone for everybody; only its last bytes may still be under way. */
static void
leave(struct conn *c)
{
	struct conn_io *io = c->io;

	io->closing = true;
	event_del(io->readable);
	server_unlink(c);
	dispatch_cancel(c);
	if (c->kind == CONN_PEER)
		queue_conn_closed(c->b, c);
	if (c->kind == CONN_LOGIN && c->session != NULL) {
		c->session->login = NULL;
		c->session = NULL;
	}
}

void
conn_close(struct conn *c, bool now)
{
	struct conn_io *io = c->io;

	if (!io->closing)
		leave(c);
	else if (!now)
		return;
	if (now || io->out == NULL) {
		event_del(io->writable);
		event_del(io->timer);
		server_bury(c);
	} else {
		conn_deadline(c, CONN_DRAIN_MS);
	}
}

void
conn_lost(struct conn *c)
{
	if (c->kind == CONN_LOGIN)
		greet_lost(c);
	conn_close(c, true);
}

void
conn_close_session(struct broker *b, const struct session *s, const char *text)
{
	struct s3jit_err err = { 0 };
	struct conn *c, *next;

	s3jit_fail(&err, S3JIT_EENDED, "%s", text);
	for (c = conn_first(b); c != NULL; c = next) {
		next = c->next;
		if (c->kind != CONN_LOGIN && (c->session == s || c->via == s))
			conn_refuse(c, NULL, &err, "");
	}
}
