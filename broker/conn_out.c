/*
 * conn_out.c - what the broker says on a connection.
 *
 * Runs in s3jitd.  Nothing is written from within a handler: the loop does it,
 * so that a connection never goes away under who is using it.  Answers may
 * hold credentials: they are wiped once they were sent.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"

#include "conn_io.h"

struct out {			/* a frame on its way */
	struct out *next;
	size_t len, off;
	unsigned char bytes[];
};

/* --- out -------------------------------------------------------------------- */

static void
out_shift(struct conn_io *io)
{
	struct out *o = io->out;

	io->out = o->next;
	if (io->out == NULL)
		io->out_end = &io->out;
	io->waiting -= o->len;
	explicit_bzero(o->bytes, o->len);
	free(o);
}

static void
send_frame(struct conn *c, const void *body, size_t len)
{
	struct conn_io *io = c->io;
	struct out *o;

	if (io->closing)
		return;
	if ((o = malloc(sizeof(*o) + 4 + len)) == NULL) {
		conn_close(c, true);	/* an answer left out would shift all later ones */
		return;
	}
	o->next = NULL;
	o->off = 0;
	o->len = len + 4;
	o->bytes[0] = (unsigned char)(len >> 24);
	o->bytes[1] = (unsigned char)(len >> 16);
	o->bytes[2] = (unsigned char)(len >> 8);
	o->bytes[3] = (unsigned char)len;
	memcpy(o->bytes + 4, body, len);
	*io->out_end = o;
	io->out_end = &o->next;
	io->waiting += o->len;
	if (event_add(io->writable, NULL) == -1)
		conn_close(c, true);
}

static int
send_json(struct conn *c, const struct table *table, const void *msg, struct s3jit_err *err)
{
	char *json = NULL;
	int ret = codec_encode(&json, table, msg, err);

	if (ret == 0 && strlen(json) > WIRE_MAX)
		ret = s3jit_fail(err, S3JIT_EBUSY, "The answer is too long for one message.");
	if (ret == 0)
		send_frame(c, json, strlen(json));
	codec_wipe_free(json);
	return ret;
}

void
conn_send(struct conn *c, const struct table *table, const void *msg)
{
	struct s3jit_err err = { 0 };

	if (send_json(c, table, msg, &err) == 0)
		return;
	if (table == &error_table)
		conn_close(c, true);
	else
		conn_error(c, &err, "");
}

void
conn_send_guest(struct conn *c, enum guest_word word, const char *text)
{
	struct guest_answer a = { .word = word, .text = (char *)(uintptr_t)text };
	unsigned char *body = NULL;
	size_t len;

	if (guest_answer_encode(&body, &len, &a, NULL) == -1)
		conn_close(c, true);
	else
		send_frame(c, body, len);
	free(body);
}

void
conn_on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct conn_io *io = c->io;
	struct out *o;
	ssize_t n;

	(void)what;
	while ((o = io->out) != NULL) {
		n = send(fd, o->bytes + o->off, o->len - o->off, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1) {
			conn_lost(c);
			return;
		}
		o->off += (size_t)n;
		if (o->off == o->len)
			out_shift(io);
	}
	event_del(io->writable);
	if (io->closing)
		conn_close(c, true);
	else if (!c->busy)
		conn_resume(c);
}

/* --- answers ------------------------------------------------------------------ */

/* The question is answered: the next one may be read once the answer is out. */
static void
answered(struct conn *c)
{
	c->busy = false;
	if (!c->io->closing && !conn_must_read(c))
		conn_resume(c);
}

void
conn_answer(struct conn *c, const struct table *table, const void *msg)
{
	conn_send(c, table, msg);
	answered(c);
}

void
conn_error(struct conn *c, const struct s3jit_err *err, const char *hint)
{
	struct s3jit_err copy = *err;
	const struct msg_error e = { .code = (char *)(uintptr_t)s3jit_code_word(err->code),
	    .text = copy.text, .hint = (char *)(uintptr_t)hint };

	/* Cut inside a character it would be no JSON, and so no answer at all. */
	utf8_clean(copy.text);
	conn_send(c, &error_table, &e);
	answered(c);
}

void
conn_event(struct conn *c, const struct table *table, const void *msg)
{
	struct conn_io *io = c->io;

	if (io->closing)
		return;
	if (io->waiting > CONN_EVENTS_MAX) {
		/* From the loop: who tells many must not lose its place in their list. */
		conn_deadline(c, 0);
		return;
	}
	/* An error instead would pass for the answer to what was asked, and let more be asked. */
	if (send_json(c, table, msg, NULL) == -1)
		conn_close(c, true);
}

void
conn_refuse(struct conn *c, const char *event, const struct s3jit_err *err, const char *hint)
{
	int64_t uid = c->peer.loginuid != GUEST_UNSET ? (int64_t)c->peer.loginuid :
	    (int64_t)c->peer.uid;

	if (c->io->closing)
		return;
	if (event != NULL)
		audit_refused(c->b->audit, event, uid, err->text);
	if (c->io->awaits == AWAIT_GUEST || c->io->awaits == AWAIT_VERDICT)
		conn_send_guest(c, GUEST_REFUSE, err->text);
	else if (c->io->awaits != AWAIT_NOTHING)
		conn_error(c, err, hint);
	conn_close(c, false);
}

void
conn_out_clear(struct conn_io *io)
{
	while (io->out != NULL)
		out_shift(io);
}
