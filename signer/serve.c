/*
 * serve.c - the signer's socket: who may speak, and what happens then.
 *
 * Runs in s3jit-signer.  One peer is known, the broker's account.  Each
 * frame is one question; whatever is none closes the connection.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "s3jit/wire.h"

#include "log.h"
#include "serve.h"

#define CONNECTIONS_MAX 8
#define PAUSE_MS 200		/* without descriptors */
#define UNSENT_MAX (8 * 1024 * 1024)
#define FRAME_SECONDS 5		/* a frame that has begun must be whole by then (B7) */

struct server {
	struct event_base *events;
	const struct parts *parts;
	uid_t peer;
	int fd;
	struct event *accept, *pause;
	bool full;		/* the last one could not be accepted: that is said once */
	struct conn *conns;
	size_t nconns;
};

struct conn {
	struct server *server;
	struct asker asker;
	struct event *partial;	/* runs while a frame is begun */
	struct wire_in in;
	struct conn *next, **prev;
};

static void
conn_free(struct conn *c)
{
	question_forget(&c->asker);
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->server->nconns--;
	wire_in_clear(&c->in);
	if (c->partial != NULL)
		event_free(c->partial);
	if (c->asker.io != NULL)
		bufferevent_free(c->asker.io);	/* closes the socket */
	free(c);
}

static void
on_partial(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_say(LOG_WARNING, "connection closed: a frame was not whole within %d s", FRAME_SECONDS);
	conn_free(arg);
}

/* Run the frame clock exactly while a frame is begun; -1: it does not run. */
static int
watch_frame(struct conn *c)
{
	struct timeval tv = { .tv_sec = FRAME_SECONDS };

	if (!wire_in_partial(&c->in)) {
		event_del(c->partial);
		return 0;
	}
	return event_pending(c->partial, EV_TIMEOUT, NULL) ? 0 : event_add(c->partial, &tv);
}

/* Feed some bytes; frames that they complete are answered at once. */
static int
feed(struct conn *c, const unsigned char *buf, size_t n)
{
	struct s3jit_err err;
	size_t used;
	int rc;

	while (n > 0) {
		rc = wire_in_feed(&c->in, buf, n, &used, &err);
		if (rc == 1) {
			event_del(c->partial);	/* the next frame has a time of its own */
			rc = question_take(&c->asker, c->in.body, c->in.want, &err);
			wire_in_next(&c->in);
		}
		if (rc == -1) {
			log_say(LOG_WARNING, "connection closed: %s", err.text);
			return -1;
		}
		buf += used;
		n -= used;
	}
	return 0;
}

static void
on_readable(struct bufferevent *io, void *arg)
{
	unsigned char buf[16384];
	struct conn *c = arg;
	size_t n;

	while ((n = bufferevent_read(io, buf, sizeof(buf))) > 0)
		if (feed(c, buf, n) == -1) {
			conn_free(c);
			return;
		}
	if (evbuffer_get_length(bufferevent_get_output(io)) > UNSENT_MAX) {
		log_say(LOG_WARNING, "connection closed: it asks and does not read");
		conn_free(c);
		return;
	}
	if (watch_frame(c) == -1) {
		log_say(LOG_ERR, "connection closed: no memory");
		conn_free(c);
	}
}

static void
on_event(struct bufferevent *io, short what, void *arg)
{
	(void)io;
	(void)what;
	conn_free(arg);
}

static int
peer_uid(int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 || len != sizeof(cred))
		return -1;
	*uid = cred.uid;
	return 0;
}

static void
conn_new(struct server *s, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	c->server = s;
	c->asker = (struct asker){ .parts = s->parts };
	c->next = s->conns;
	c->prev = &s->conns;
	if (c->next != NULL)
		c->next->prev = &c->next;
	s->conns = c;
	s->nconns++;
	wire_in_init(&c->in, WIRE_MAX);
	if ((c->asker.io = bufferevent_socket_new(s->events, fd, BEV_OPT_CLOSE_ON_FREE)) == NULL)
		close(fd);
	if (c->asker.io == NULL || (c->partial = evtimer_new(s->events, on_partial, c)) == NULL ||
	    bufferevent_enable(c->asker.io, EV_READ | EV_WRITE) == -1) {
		log_say(LOG_ERR, "connection closed: no memory");
		conn_free(c);
		return;
	}
	bufferevent_setcb(c->asker.io, on_readable, NULL, on_event, c);
}

static int
pause_begin(struct server *s)
{
	const struct timeval tv = { .tv_usec = PAUSE_MS * 1000 };

	return event_add(s->pause, &tv);
}

/* Who waits, waits in the backlog; trying again at once would spin. */
static void
accept_later(struct server *s)
{
	if (!s->full)
		log_say(LOG_ERR, "accept: %s", strerror(errno));
	s->full = true;
	if (pause_begin(s) == 0)	/* and spinning is better than hearing nobody again */
		event_del(s->accept);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	if (event_add(s->accept, NULL) == -1)
		(void)pause_begin(s);	/* its place among the timers is still there */
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct server *s = arg;
	uid_t uid = (uid_t)-1;
	int fd;

	(void)what;
	if ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			accept_later(s);
		return;
	}
	s->full = false;
	if (peer_uid(fd, &uid) == -1 || uid != s->peer) {
		log_say(LOG_WARNING, "a process of uid %ld tried to speak to us and was not heard",
		    (long)(int)uid);
		close(fd);
	} else if (s->nconns >= CONNECTIONS_MAX) {
		log_say(LOG_WARNING, "too many connections");
		close(fd);
	} else {
		conn_new(s, fd);
	}
}

int
server_new(struct server **out, struct event_base *events, int fd, uid_t peer,
    const struct parts *parts, struct s3jit_err *err)
{
	struct server *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s == NULL) {
		s3jit_fail_errno(err, "serving");
		close(fd);
		return -1;
	}
	s->events = events;
	s->parts = parts;
	s->peer = peer;
	s->fd = fd;
	if ((s->accept = event_new(events, fd, EV_READ | EV_PERSIST, on_accept, s)) == NULL ||
	    (s->pause = evtimer_new(events, on_pause_over, s)) == NULL ||
	    event_add(s->accept, NULL) == -1) {
		server_free(s);
		return s3jit_fail(err, S3JIT_ESYS, "serving: no memory");
	}
	*out = s;
	return 0;
}

void
server_free(struct server *s)
{
	struct conn *c, *next;

	if (s == NULL)
		return;
	for (c = s->conns; c != NULL; c = next) {
		next = c->next;
		conn_free(c);
	}
	if (s->accept != NULL)
		event_free(s->accept);
	if (s->pause != NULL)
		event_free(s->pause);
	close(s->fd);
	free(s);
}
