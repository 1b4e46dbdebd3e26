/*
 * signer_link.c - the broker's connection to s3jit-signer.
 *
 * Runs in s3jitd.  Promise: each question's `done` is called exactly once and
 * never from within signer_ask().  Answers hold keys and signatures: what
 * they came in is wiped.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/wire.h"

#include "signer_link.h"

#define BACKOFF_MIN_MS	100
#define BACKOFF_MAX_MS	5000
#define UNSENT_MS	1000	/* a signer that is being restarted is given this long */
#define ANSWER_MS	15000

struct question {
	int64_t n;
	const struct table *answer;
	void (*done)(void *arg, const void *answer, const struct s3jit_err *);
	void *arg;
	unsigned char *frame;	/* head and body; `off` of it are written */
	size_t len, off;
	bool repeat;		/* a signer that was lost may be asked again, once */
	struct event *timer;
	struct signer_link *link;
	struct question *next;
};

struct signer_link {
	struct event_base *base;
	char *path;
	uid_t peer;
	int fd;			/* -1 = not connected */
	int64_t n;		/* of the last question */
	int64_t wait_ms;	/* for the next try to connect; 0 = the last one was answered */
	void (*up)(void *);
	void *up_arg;
	struct event *readable, *writable, *retry;
	struct wire_in in;
	struct question *questions;	/* in the order they are sent */
};

static void	on_readable(evutil_socket_t, short, void *);
static void	on_writable(evutil_socket_t, short, void *);

static struct timeval
in_ms(long ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

static void
question_free(struct question *q)
{
	if (q->timer != NULL)
		event_free(q->timer);
	if (q->frame != NULL)
		explicit_bzero(q->frame, q->len);
	free(q->frame);
	free(q);
}

/* Unlink first: done() may ask again. */
static void
question_end(struct question *q, const void *answer, const struct s3jit_err *err)
{
	struct question **p;

	for (p = &q->link->questions; *p != q; p = &(*p)->next)
		;
	*p = q->next;
	q->done(q->arg, answer, err);
	question_free(q);
}

/* --- the connection -------------------------------------------------------- */

/* It is asked of the next signer; false when it may not be. */
static bool
question_rewind(struct question *q)
{
	struct timeval tv = in_ms(UNSENT_MS);

	if (!q->repeat)
		return false;
	q->repeat = false;
	q->off = 0;
	event_add(q->timer, &tv);
	return true;
}

/* `again`: it went away and may come back; not so when it does not speak as agreed. */
static void
disconnect(struct signer_link *l, const char *why, bool again)
{
	struct s3jit_err err = { 0 };
	struct question *q, *next, *last;
	struct timeval tv;

	if (l->readable != NULL)
		event_free(l->readable);
	if (l->writable != NULL)
		event_free(l->writable);
	l->readable = l->writable = NULL;
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
	wire_in_clear(&l->in);
	wire_in_init(&l->in, WIRE_MAX);
	l->wait_ms = clock_back_off(l->wait_ms, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
	tv = in_ms(l->wait_ms);
	event_add(l->retry, &tv);

	/* What it never saw, or may hear twice, waits a little; the rest is lost. */
	for (last = l->questions; last != NULL && last->next != NULL; last = last->next)
		;
	for (q = l->questions; q != NULL; q = next) {
		next = q == last ? NULL : q->next;
		if (q->off == 0 || (again && question_rewind(q)))
			continue;
		s3jit_fail(&err, q->answer == &sq_leased_table ? S3JIT_EBROKER : S3JIT_EAWS,
		    "The connection to s3jit-signer was lost (%s).  "
		    "Try again; if that does not help: systemctl status s3jit-signer", why);
		question_end(q, NULL, &err);
	}
}

/* The account's own process, or root's for a socket that systemd made. */
static int
peer_ok(const struct signer_link *l)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(l->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	    len == sizeof(cred) && (cred.uid == l->peer || cred.uid == 0);
}

static void
connect_now(struct signer_link *l)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	memcpy(sun.sun_path, l->path, strlen(l->path) + 1);
	if ((l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1 ||
	    connect(l->fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		disconnect(l, "it is not running", true);
		return;
	}
	if (!peer_ok(l)) {
		disconnect(l, "its socket belongs to another user", true);
		return;
	}
	l->readable = event_new(l->base, l->fd, EV_READ | EV_PERSIST, on_readable, l);
	l->writable = event_new(l->base, l->fd, EV_WRITE | EV_PERSIST, on_writable, l);
	if (l->readable == NULL || l->writable == NULL || event_add(l->readable, NULL) == -1 ||
	    event_add(l->writable, NULL) == -1)
		disconnect(l, "no memory", true);
	else if (l->up != NULL)
		l->up(l->up_arg);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct signer_link *l = arg;

	(void)fd;
	(void)what;
	if (l->fd == -1)
		connect_now(l);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct signer_link *l = arg;
	struct question *q;
	struct timeval tv = in_ms(ANSWER_MS);
	ssize_t n;

	(void)what;
	for (q = l->questions; q != NULL; q = q->next) {
		while (q->off < q->len) {
			n = send(fd, q->frame + q->off, q->len - q->off,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
			if (n == -1 && errno == EINTR)
				continue;
			if (n == -1 && errno == EAGAIN)
				return;
			if (n == -1) {
				disconnect(l, strerror(errno), true);
				return;
			}
			if (q->off == 0)
				event_add(q->timer, &tv);
			q->off += (size_t)n;
		}
	}
	event_del(l->writable);
}

/* --- answers ------------------------------------------------------------------ */

static struct question *
question_of(struct signer_link *l, int64_t n)
{
	struct question *q;

	/* One that was not sent in full cannot have been answered. */
	for (q = l->questions; q != NULL; q = q->next)
		if (q->n == n && q->off == q->len)
			return q;
	return NULL;
}

static void
refused(struct question *q, const struct sq_error *e)
{
	enum s3jit_code code = s3jit_code_from_word(e->code);
	struct s3jit_err err = { 0 };

	/* The broker acts on these two; all else is, for the person, AWS or the road to it. */
	if (code != S3JIT_ENOTFOUND && code != S3JIT_ENOTALLOWED)
		code = S3JIT_EAWS;
	if (strstr(e->text, e->aws_code) != NULL)	/* "" is in every text */
		s3jit_fail(&err, code, "%s", e->text);
	else
		s3jit_fail(&err, code, "%s (%s)", e->text, e->aws_code);
	question_end(q, NULL, &err);
}

static const struct table *
answer_table(const char *name)
{
	size_t i;

	for (i = 0; signer_tables[i] != NULL; i++)
		if (strcmp(signer_tables[i]->name, name) == 0)
			return signer_tables[i];
	return NULL;
}

/* -1: the signer does not speak as agreed. */
static int
take_answer(struct signer_link *l, const void *json, size_t len)
{
	const struct table *table;
	struct question *q;
	char type[64];
	void *msg;
	int ret = -1;

	if (codec_type(type, sizeof(type), json, len, NULL) == -1 ||
	    (table = answer_table(type)) == NULL || (msg = calloc(1, table->size)) == NULL)
		return -1;
	if (codec_decode(msg, table, json, len, NULL) == -1) {
		free(msg);
		return -1;
	}
	/* Every struct of signer_proto.h begins with its number. */
	q = question_of(l, *(int64_t *)msg);
	if (q == NULL) {
		ret = 0;	/* it came after we had given up */
	} else if (table == &sq_error_table) {
		refused(q, msg);
		ret = 0;
	} else if (table == q->answer) {
		question_end(q, msg, NULL);
		ret = 0;
	}
	codec_clear(table, msg);
	free(msg);
	return ret;
}

/* All frames in buf; -1 when the connection is not worth keeping. */
static int
take_bytes(struct signer_link *l, const unsigned char *buf, size_t len)
{
	size_t off, used;
	int r;

	for (off = 0; off < len; off += used) {
		if ((r = wire_in_feed(&l->in, buf + off, len - off, &used, NULL)) == -1)
			return -1;
		if (r == 0)
			continue;
		r = take_answer(l, l->in.body, l->in.want);
		wire_in_next(&l->in);
		if (r == -1)
			return -1;
		l->wait_ms = 0;
	}
	return 0;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct signer_link *l = arg;
	unsigned char buf[16384];
	ssize_t n;
	int r;

	(void)what;
	n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		disconnect(l, n == 0 ? "it hung up" : strerror(errno), true);
		return;
	}
	r = take_bytes(l, buf, (size_t)n);
	explicit_bzero(buf, (size_t)n);
	if (r == -1)
		disconnect(l, "it does not speak as agreed; are s3jitd and s3jit-signer of the "
		    "same version?", false);
}

/* --- exported ------------------------------------------------------------------- */

int
signer_link_new(struct signer_link **out, struct event_base *base, const char *path, uid_t peer,
    struct s3jit_err *err)
{
	struct signer_link *l;
	struct timeval now = { 0 };

	*out = NULL;
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return s3jit_fail(err, S3JIT_EUSAGE, "the signer's socket %s: the path is too long",
		    path);
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return s3jit_fail_errno(err, "memory");
	l->base = base;
	l->peer = peer;
	l->fd = -1;
	wire_in_init(&l->in, WIRE_MAX);
	if ((l->path = strdup(path)) == NULL ||
	    (l->retry = evtimer_new(base, on_retry, l)) == NULL ||
	    event_add(l->retry, &now) == -1) {
		s3jit_fail_errno(err, "memory");
		signer_link_free(l);
		return -1;
	}
	*out = l;
	return 0;
}

void
signer_link_on_up(struct signer_link *l, void (*up)(void *arg), void *arg)
{
	l->up = up;
	l->up_arg = arg;
}

void
signer_link_free(struct signer_link *l)
{
	struct question *q;

	if (l == NULL)
		return;
	/* Nobody is told: who asked is being freed, too. */
	while ((q = l->questions) != NULL) {
		l->questions = q->next;
		question_free(q);
	}
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->writable != NULL)
		event_free(l->writable);
	if (l->retry != NULL)
		event_free(l->retry);
	if (l->fd != -1)
		close(l->fd);
	wire_in_clear(&l->in);
	free(l->path);
	free(l);
}

static void
on_patience(evutil_socket_t fd, short what, void *arg)
{
	struct question *q = arg;
	struct s3jit_err err = { 0 };

	(void)fd;
	(void)what;
	s3jit_fail(&err, S3JIT_EAWS, q->off == 0 ?
	    "s3jit-signer does not answer (systemctl status s3jit-signer)." :
	    "Neither AWS nor s3jit-signer answered in time (systemctl status s3jit-signer).");
	/* A frame that was begun must go on, or the next one would be read as its rest. */
	if (q->off > 0 && q->off < q->len)
		disconnect(q->link, "it reads too slowly", false);
	else
		question_end(q, NULL, &err);
}

/* Head and body of a question in one piece. */
static int
question_frame(struct question *q, const struct table *table, const void *msg,
    struct s3jit_err *err)
{
	char *json = NULL;
	size_t len;
	int ret = -1;

	if (codec_encode(&json, table, msg, err) == -1)
		return -1;
	len = strlen(json);
	if (len > WIRE_MAX) {
		s3jit_fail(err, S3JIT_EUSAGE, "The question to s3jit-signer is too long.");
	} else if ((q->frame = malloc(len + 4)) == NULL) {
		s3jit_fail_errno(err, "memory");
	} else {
		q->frame[0] = (unsigned char)(len >> 24);
		q->frame[1] = (unsigned char)(len >> 16);
		q->frame[2] = (unsigned char)(len >> 8);
		q->frame[3] = (unsigned char)len;
		memcpy(q->frame + 4, json, len);
		q->len = len + 4;
		ret = 0;
	}
	codec_wipe_free(json);
	return ret;
}

/* A question that could not even be written down is refused from the loop, too. */
struct stillborn {
	void (*done)(void *arg, const void *answer, const struct s3jit_err *);
	void *arg;
	struct s3jit_err err;
};

static void
on_stillborn(evutil_socket_t fd, short what, void *arg)
{
	struct stillborn *s = arg;

	(void)fd;
	(void)what;
	s->done(s->arg, NULL, &s->err);
	free(s);
}

static void
refuse_later(struct signer_link *l, const struct s3jit_err *err,
    void (*done)(void *arg, const void *answer, const struct s3jit_err *), void *arg)
{
	struct timeval now = { 0 };
	struct stillborn *s = malloc(sizeof(*s));

	if (s == NULL)
		abort();	/* a question without an answer would wait for ever */
	*s = (struct stillborn){ .done = done, .arg = arg, .err = *err };
	if (event_base_once(l->base, -1, EV_TIMEOUT, on_stillborn, s, &now) == -1)
		abort();
}

void
signer_ask(struct signer_link *l, const struct table *table, void *msg,
    const struct table *answer, void (*done)(void *arg, const void *answer,
    const struct s3jit_err *), void *arg)
{
	struct timeval tv = in_ms(UNSENT_MS);
	struct s3jit_err err = { 0 };
	struct question **p, *q;

	*(int64_t *)msg = ++l->n;
	if ((q = calloc(1, sizeof(*q))) == NULL) {
		s3jit_fail_errno(&err, "memory");
		refuse_later(l, &err, done, arg);
		return;
	}
	q->n = l->n;
	q->answer = answer;
	/* A lease has a name and a record of its own: that is lease.c's to ask again. */
	q->repeat = table != &sq_lease_table;
	q->done = done;
	q->arg = arg;
	q->link = l;
	if (question_frame(q, table, msg, &err) == -1 ||
	    (q->timer = evtimer_new(l->base, on_patience, q)) == NULL ||
	    event_add(q->timer, &tv) == -1) {
		if (err.text[0] == '\0')
			s3jit_fail_errno(&err, "memory");
		question_free(q);
		refuse_later(l, &err, done, arg);
		return;
	}
	for (p = &l->questions; *p != NULL; p = &(*p)->next)
		;
	*p = q;
	if (l->fd != -1)
		event_add(l->writable, NULL);
	else if (!evtimer_pending(l->retry, NULL))	/* there was no memory for it */
		event_add(l->retry, &(struct timeval){ 0 });
}
