/*
 * serve.c - the signer's socket: who may speak, and what happens then.
 *
 * Runs in s3jit-signer.  One peer is known, the broker's account.  Each
 * frame is one question; answers carry its number and come as they are
 * ready.  Whatever is not a question of signer_proto.h closes the connection.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "s3jit/clock.h"
#include "s3jit/signer_proto.h"
#include "s3jit/wire.h"

#include "log.h"
#include "serve.h"

#define CONNECTIONS_MAX 8
#define UNSENT_MAX (8 * 1024 * 1024)
#define FRAME_SECONDS 5		/* a frame that has begun must be whole by then (B7) */

struct server {
	struct event_base *events;
	const struct config *conf;
	struct base *base;
	struct leases *leases;
	uid_t peer;
	int fd;
	struct event *accept;
	struct conn *conns;
	size_t nconns;
};

struct conn {
	struct server *server;
	struct bufferevent *io;
	struct event *partial;	/* runs while a frame is begun */
	struct wire_in in;
	struct ticket *tickets;
	struct conn *next, **prev;
};

/* A question whose answer comes later. */
struct ticket {
	struct conn *conn;
	int64_t n;
	struct ticket *next, **prev;
};

/* --- answers --------------------------------------------------------------- */

static void
send_answer(struct conn *c, const struct table *table, const void *msg)
{
	struct s3jit_err err;
	uint32_t head;
	char *json;

	if (codec_encode(&json, table, msg, &err) == -1) {
		log_say(LOG_ERR, "an answer cannot be sent: %s", err.text);
		return;		/* the broker's own time limit tells it */
	}
	head = htonl((uint32_t)strlen(json));
	if (bufferevent_write(c->io, &head, sizeof(head)) == -1 ||
	    bufferevent_write(c->io, json, strlen(json)) == -1)
		log_say(LOG_ERR, "an answer cannot be sent: no memory");
	codec_wipe_free(json);
}

static void
send_error(struct conn *c, int64_t n, const struct sts_refusal *r)
{
	struct sq_error e = { .n = n, .retry = r->retry };

	e.code = (char *)(uintptr_t)s3jit_code_word(r->err.code);
	e.text = (char *)(uintptr_t)r->err.text;
	e.aws_code = (char *)(uintptr_t)r->aws_code;
	log_say(LOG_NOTICE, "refused: %s", r->err.text);
	send_answer(c, &sq_error_table, &e);
}

static void
send_err(struct conn *c, int64_t n, const struct s3jit_err *err)
{
	struct sts_refusal r = { .err = *err, .retry = err->code == S3JIT_EBUSY };

	send_error(c, n, &r);
}

/* --- tickets --------------------------------------------------------------- */

static struct ticket *
ticket_new(struct conn *c, int64_t n)
{
	struct ticket *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->conn = c;
	t->n = n;
	t->next = c->tickets;
	t->prev = &c->tickets;
	if (t->next != NULL)
		t->next->prev = &t->next;
	c->tickets = t;
	return t;
}

static void
ticket_free(struct ticket *t)
{
	*t->prev = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	free(t);
}

/* --- questions ------------------------------------------------------------- */

static void
on_leased(void *arg, const struct sq_leased *leased, const struct sts_refusal *refusal)
{
	struct ticket *t = arg;

	if (leased != NULL) {
		log_say(LOG_INFO, "lease %s: %s, sts request %s", leased->lease, leased->access_key_id,
		    leased->sts_request_id);
		send_answer(t->conn, &sq_leased_table, leased);
	} else {
		send_error(t->conn, t->n, refusal);
	}
	ticket_free(t);
}

static void
do_lease(struct conn *c, const void *msg)
{
	const struct sq_lease *q = msg;
	struct ticket *t = ticket_new(c, q->n);
	struct s3jit_err err;

	if (t == NULL)
		s3jit_fail_errno(&err, "lease");
	else if (lease_open(c->server->leases, q, on_leased, t, &err) == 0)
		return;
	else
		ticket_free(t);
	send_err(c, q->n, &err);
}

static void
do_sign(struct conn *c, const void *msg)
{
	const struct sq_sign *q = msg;
	struct sq_signed answer;
	struct s3jit_err err;

	if (lease_sign(&answer, c->server->leases, q, &err) == -1) {
		send_err(c, q->n, &err);
		return;
	}
	send_answer(c, &sq_signed_table, &answer);
	codec_clear(&sq_signed_table, &answer);
}

static void
do_hand_out(struct conn *c, const void *msg)
{
	const struct sq_hand_out *q = msg;
	struct sq_keys answer = { .n = q->n };
	struct s3jit_err err;

	if (lease_hand_out(&answer.credentials, c->server->leases, q->lease, &err) == -1) {
		send_err(c, q->n, &err);
		return;
	}
	send_answer(c, &sq_keys_table, &answer);
	codec_clear(&sq_keys_table, &answer);
}

static void
do_drop(struct conn *c, const void *msg)
{
	const struct sq_drop *q = msg;
	struct sq_done answer = { .n = q->n };

	lease_drop(c->server->leases, q->lease);
	send_answer(c, &sq_done_table, &answer);
}

static void
on_health(void *arg, const struct keys *keys, const struct s3jit_err *err)
{
	struct sq_health_answer answer = { 0 };
	struct ticket *t = arg;

	answer.n = t->n;
	answer.ok = keys != NULL;
	answer.text = (char *)(uintptr_t)(err == NULL ? "" : err->text);
	answer.region = t->conn->server->conf->aws.region;
	answer.base_expires = keys == NULL ? 0 : keys->expiration;
	send_answer(t->conn, &sq_health_answer_table, &answer);
	ticket_free(t);
}

static void
do_health(struct conn *c, const void *msg)
{
	const struct sq_health *q = msg;
	struct ticket *t = ticket_new(c, q->n);
	struct s3jit_err err;

	if (t == NULL) {
		s3jit_fail_errno(&err, "health");
		send_err(c, q->n, &err);
		return;
	}
	base_get(c->server->base, false, on_health, t);
}

static const struct handler {
	const struct table *table;
	void (*handle)(struct conn *, const void *msg);
} handlers[] = {
	{ &sq_lease_table,	do_lease },
	{ &sq_sign_table,	do_sign },
	{ &sq_hand_out_table,	do_hand_out },
	{ &sq_drop_table,	do_drop },
	{ &sq_health_table,	do_health },
};
#define HANDLERS (sizeof(handlers) / sizeof(handlers[0]))

/* One whole frame: strictly one of the above, or -1 (the connection ends). */
static int
dispatch(struct conn *c, const void *json, size_t len)
{
	struct s3jit_err err;
	char type[64];
	size_t i = 0;
	void *msg;

	if (codec_type(type, sizeof(type), json, len, &err) == -1)
		goto bad;
	while (i < HANDLERS && strcmp(handlers[i].table->name, type) != 0)
		i++;
	if (i == HANDLERS) {
		s3jit_fail(&err, S3JIT_EPROTO, "%s is no question", type);
		goto bad;
	}
	if ((msg = calloc(1, handlers[i].table->size)) == NULL) {
		s3jit_fail_errno(&err, "a question");
		goto bad;
	}
	if (codec_decode(msg, handlers[i].table, json, len, &err) == -1) {
		free(msg);
		goto bad;
	}
	handlers[i].handle(c, msg);
	codec_clear(handlers[i].table, msg);
	free(msg);
	return 0;
bad:
	log_say(LOG_WARNING, "connection closed: %s", err.text);
	return -1;
}

/* --- connections ----------------------------------------------------------- */

/* What nobody will hear of is not kept: leases still being asked for are dropped. */
static void
conn_free(struct conn *c)
{
	while (c->tickets != NULL) {
		lease_abandon(c->server->leases, c->tickets);
		base_cancel(c->server->base, c->tickets);
		ticket_free(c->tickets);
	}
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->server->nconns--;
	wire_in_clear(&c->in);
	if (c->partial != NULL)
		event_free(c->partial);
	if (c->io != NULL)
		bufferevent_free(c->io);	/* closes the socket */
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

/* Run the frame clock exactly while a frame is begun. */
static void
watch_frame(struct conn *c)
{
	struct timeval tv = { .tv_sec = FRAME_SECONDS };

	if (!wire_in_partial(&c->in))
		event_del(c->partial);
	else if (!event_pending(c->partial, EV_TIMEOUT, NULL))
		event_add(c->partial, &tv);
}

/* Feed some bytes; frames that they complete are answered at once. */
static int
feed(struct conn *c, const unsigned char *buf, size_t n)
{
	struct s3jit_err err;
	size_t used;
	int rc;

	while (n > 0) {
		if ((rc = wire_in_feed(&c->in, buf, n, &used, &err)) == -1) {
			log_say(LOG_WARNING, "connection closed: %s", err.text);
			return -1;
		}
		buf += used;
		n -= used;
		if (rc == 1) {
			rc = dispatch(c, c->in.body, c->in.want);
			wire_in_next(&c->in);
			if (rc == -1)
				return -1;
		}
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
	watch_frame(c);
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
	c->next = s->conns;
	c->prev = &s->conns;
	if (c->next != NULL)
		c->next->prev = &c->next;
	s->conns = c;
	s->nconns++;
	wire_in_init(&c->in, WIRE_MAX);
	if ((c->io = bufferevent_socket_new(s->events, fd, BEV_OPT_CLOSE_ON_FREE)) == NULL)
		close(fd);
	if (c->io == NULL || (c->partial = evtimer_new(s->events, on_partial, c)) == NULL ||
	    bufferevent_enable(c->io, EV_READ | EV_WRITE) == -1) {
		log_say(LOG_ERR, "connection closed: no memory");
		conn_free(c);
		return;
	}
	bufferevent_setcb(c->io, on_readable, NULL, on_event, c);
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct server *s = arg;
	uid_t uid = (uid_t)-1;
	int fd;

	(void)what;
	if ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) == -1) {
		if (errno == EMFILE || errno == ENFILE)
			log_say(LOG_ERR, "accept: too many open files");
		return;
	}
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
    const struct config *conf, struct base *base, struct leases *leases, struct s3jit_err *err)
{
	struct server *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s == NULL)
		return s3jit_fail_errno(err, "serving");
	s->events = events;
	s->conf = conf;
	s->base = base;
	s->leases = leases;
	s->peer = peer;
	s->fd = fd;
	if ((s->accept = event_new(events, fd, EV_READ | EV_PERSIST, on_accept, s)) == NULL ||
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
	if (s == NULL)
		return;
	while (s->conns != NULL)
		conn_free(s->conns);
	if (s->accept != NULL)
		event_free(s->accept);
	close(s->fd);
	free(s);
}
