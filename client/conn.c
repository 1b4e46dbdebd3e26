/*
 * conn.c - the connection of a person's program to the broker.
 *
 * Runs in s3-sudo-client, s3-approve, s3-audit and s3jit-credentials, as the
 * person.  Blocking, with a deadline on everything.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/guest.h"
#include "s3jit/wire.h"

#include "conn.h"

#define HELPER_FD	3	/* where the setuid helper leaves its connection */
#define FRAME_MS	5000	/* a frame that has begun is complete by then */
#define RESTART_MS	1000	/* a socket that nobody listens on: it may be a restart */
#define PAUSE_MS	25

struct kept {			/* an event that came before anybody asked for it */
	struct msg_event event;
	struct kept *next;
};

struct conn {
	int fd;
	const char *program;
	bool helper;
	int64_t patience;
	char *hint;
	struct kept *first;
	struct kept **last;
};

/* Read one frame and learn its type. */
static int
frame_read(struct conn *c, char **json, size_t *len, char type[64], int64_t until,
    struct s3jit_err *err)
{
	void *body;

	if (wire_read(c->fd, &body, len, WIRE_MAX, until, err) == -1)
		return -1;
	if (codec_type(type, 64, body, *len, err) == -1) {
		codec_wipe_free(body);
		return -1;
	}
	*json = body;
	return 0;
}

static int
event_keep(struct conn *c, const char *json, size_t len, struct s3jit_err *err)
{
	struct kept *k;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return s3jit_fail_errno(err, "keeping an event");
	if (codec_decode(&k->event, &event_table, json, len, err) == -1) {
		free(k);
		return -1;
	}
	*c->last = k;
	c->last = &k->next;
	return 0;
}

/* Turn the broker's "error" into ours.  Always -1. */
static int
error_take(struct conn *c, const char *json, size_t len, struct s3jit_err *err)
{
	struct msg_error e;
	enum s3jit_code code;

	if (codec_decode(&e, &error_table, json, len, err) == -1)
		return -1;
	free(c->hint);
	c->hint = strdup(e.hint);
	code = s3jit_code_from_word(e.code);
	s3jit_fail(err, code == S3JIT_OK ? S3JIT_EPROTO : code, "%s", e.text);
	codec_clear(&error_table, &e);
	return -1;
}

static int
frame_send(struct conn *c, const struct table *t, const void *msg, bool creds, int64_t until,
    struct s3jit_err *err)
{
	char *json;
	int ret;

	if (codec_encode(&json, t, msg, err) == -1)
		return -1;
	if (strlen(json) > WIRE_MAX)
		ret = s3jit_fail(err, S3JIT_EUSAGE, "This is too much for one request: name fewer "
		    "files, or a shorter command");
	else if (creds)
		ret = wire_write_with_creds(c->fd, json, strlen(json), until, err);
	else
		ret = wire_write(c->fd, json, strlen(json), until, err);
	codec_wipe_free(json);
	return ret;
}

/*
 * Wait for the frame that answers us.  A broker that refuses us may close the
 * line right behind its reason, which can make our own writing fail first:
 * so this is also called after a failed write, to find that reason.
 */
static int
answer_read(struct conn *c, const struct table *t, void *answer, int64_t until,
    struct s3jit_err *err)
{
	char type[64], *json;
	size_t len;
	int ret = -1;

	for (;;) {
		if (frame_read(c, &json, &len, type, until, err) == -1)
			return -1;
		if (strcmp(type, event_table.name) != 0)
			break;
		ret = event_keep(c, json, len, err);
		codec_wipe_free(json);
		if (ret == -1)
			return -1;
	}
	if (strcmp(type, t->name) == 0)
		ret = codec_decode(answer, t, json, len, err);
	else if (strcmp(type, error_table.name) == 0)
		ret = error_take(c, json, len, err);
	else
		ret = s3jit_fail(err, S3JIT_EPROTO, "the broker answered \"%s\" where \"%s\" "
		    "was expected", type, t->name);
	codec_wipe_free(json);
	return ret;
}

static int
greet(struct conn *c, int64_t until, struct s3jit_err *err)
{
	struct msg_hello hello;
	struct msg_greet reply = { WIRE_VERSION, NULL, NULL };
	int ret = -1;

	if (answer_read(c, &hello_table, &hello, until, err) == -1)
		return -1;
	if (hello.version != WIRE_VERSION) {
		s3jit_fail(err, S3JIT_EPROTO, "s3jitd speaks version %lld, this program %d: "
		    "a package upgrade is half done", (long long)hello.version, WIRE_VERSION);
		goto out;
	}
	c->helper = strcmp(hello.via, "helper") == 0;
	reply.nonce = hello.nonce;
	reply.program = conn_text(c->program);
	ret = frame_send(c, &greet_table, &reply, true, until, err);
out:
	codec_clear(&hello_table, &hello);
	return ret;
}

/* Is descriptor 3 a connection to the broker's root.sock, as the helper leaves it? */
static bool
helper_fd_ok(void)
{
	struct sockaddr_un peer;
	struct stat st;
	socklen_t len = sizeof(peer);

	if (fstat(HELPER_FD, &st) == -1 || !S_ISSOCK(st.st_mode))
		return false;
	memset(&peer, 0, sizeof(peer));
	if (getpeername(HELPER_FD, (struct sockaddr *)&peer, &len) == -1 ||
	    peer.sun_family != AF_UNIX)
		return false;
	return strncmp(peer.sun_path, S3JIT_ROOT_SOCK, sizeof(peer.sun_path)) == 0;
}

static int
fd_prepare(int fd, struct s3jit_err *err)
{
	int flags;

	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || (flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return s3jit_fail_errno(err, "preparing the connection");
	return 0;
}

/* Nobody there, or nobody who speaks: for people that is one thing.  Always -1. */
static int
unreachable(struct s3jit_err *err)
{
	if (err->code == S3JIT_EBROKER || err->code == S3JIT_ETIMEOUT)
		s3jit_fail(err, S3JIT_EBROKER, "s3jitd does not answer (systemctl status s3jitd).");
	return -1;
}

int
conn_from_fd(struct conn **out, int fd, const char *program, int64_t patience_ms,
    struct s3jit_err *err)
{
	struct conn *c;

	*out = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return s3jit_fail_errno(err, "connecting");
	}
	c->fd = fd;
	c->program = program;
	c->patience = CONN_PATIENCE_MS;
	c->last = &c->first;
	if (fd_prepare(fd, err) == -1 || greet(c, clock_boot_ms() + patience_ms, err) == -1) {
		conn_free(c);
		return unreachable(err);
	}
	*out = c;
	return 0;
}

/* A restart without systemd's sockets is a moment without anybody listening. */
static int
connect_patiently(int *fd, int64_t until, struct s3jit_err *err)
{
	int64_t restarted = clock_boot_ms() + RESTART_MS;

	if (restarted > until)
		restarted = until;
	while (wire_connect(fd, S3JIT_USER_SOCK, until, err) == -1) {
		if (err->code != S3JIT_EBROKER || clock_boot_ms() >= restarted ||
		    access(S3JIT_USER_SOCK, F_OK) == -1)
			return unreachable(err);
		(void)poll(NULL, 0, PAUSE_MS);
	}
	return 0;
}

int
conn_open(struct conn **out, const char *program, bool inherited, int64_t patience_ms,
    struct s3jit_err *err)
{
	int64_t until = clock_boot_ms() + patience_ms;
	int fd;

	*out = NULL;
	if (inherited && helper_fd_ok()) {
		if (conn_from_fd(out, HELPER_FD, program, patience_ms, err) == -1)
			return -1;
		if (conn_via_helper(*out))
			return 0;
		conn_free(*out);
		*out = NULL;
	}
	if (connect_patiently(&fd, until, err) == -1)
		return -1;
	return conn_from_fd(out, fd, program, patience_ms, err);
}

int
conn_again(struct conn *c, struct s3jit_err *err)
{
	int64_t until = clock_boot_ms() + CONN_CONNECT_MS;

	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	if (wire_connect(&c->fd, S3JIT_USER_SOCK, until, err) == -1) {
		c->fd = -1;
		return unreachable(err);
	}
	return greet(c, until, err) == -1 ? unreachable(err) : 0;
}

void
conn_free(struct conn *c)
{
	struct kept *k;

	if (c == NULL)
		return;
	while ((k = c->first) != NULL) {
		c->first = k->next;
		codec_clear(&event_table, &k->event);
		free(k);
	}
	if (c->fd != -1)
		close(c->fd);
	free(c->hint);
	free(c);
}

void
conn_patience(struct conn *c, int64_t ms)
{
	c->patience = ms;
}

int
conn_ask(struct conn *c, const struct table *t, const void *msg, const struct table *answer_table,
    void *answer, struct s3jit_err *err)
{
	int64_t until = clock_boot_ms() + c->patience;
	struct s3jit_err lost;

	memset(answer, 0, answer_table->size);
	free(c->hint);
	c->hint = NULL;
	if (c->fd == -1)
		return s3jit_fail(err, S3JIT_EBROKER, "s3jitd does not answer (systemctl status s3jitd).");
	if (frame_send(c, t, msg, false, until, err) == -1) {
		if (err->code != S3JIT_EBROKER)
			return -1;
		lost = *err;
		if (answer_read(c, answer_table, answer, until, err) == 0 ||
		    err->code == S3JIT_EPROTO) {
			codec_clear(answer_table, answer);
			*err = lost;
		}
		return err->code == S3JIT_EBROKER ? unreachable(err) : -1;
	}
	if (answer_read(c, answer_table, answer, until, err) == 0)
		return 0;
	if (err->code == S3JIT_ETIMEOUT) {	/* a late answer must not be the next question's */
		close(c->fd);
		c->fd = -1;
	}
	return err->code == S3JIT_EBROKER ? unreachable(err) : -1;
}

int
conn_event(struct conn *c, struct msg_event *event, int64_t until_ms, struct s3jit_err *err)
{
	struct pollfd p = { c->fd, POLLIN, 0 };
	char type[64], *json;
	struct kept *k;
	int64_t left;
	size_t len;
	int n, ret;

	if ((k = c->first) != NULL) {
		if ((c->first = k->next) == NULL)
			c->last = &c->first;
		*event = k->event;
		free(k);
		return 1;
	}
	if (c->fd == -1)
		return s3jit_fail(err, S3JIT_EBROKER, "the connection to s3jitd is lost");
	left = until_ms - clock_boot_ms();
	n = poll(&p, 1, left < 0 ? 0 : left > 600000 ? 600000 : (int)left);
	if (n == 0 || (n == -1 && errno == EINTR))
		return 0;
	if (n == -1)
		return s3jit_fail_errno(err, "waiting for the broker");
	if (frame_read(c, &json, &len, type, clock_boot_ms() + FRAME_MS, err) == -1)
		return -1;
	if (strcmp(type, event_table.name) == 0)
		ret = codec_decode(event, &event_table, json, len, err) == -1 ? -1 : 1;
	else if (strcmp(type, error_table.name) == 0)
		ret = error_take(c, json, len, err);
	else
		ret = s3jit_fail(err, S3JIT_EPROTO, "the broker said \"%s\" unasked", type);
	codec_wipe_free(json);
	return ret;
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}

bool
conn_has_event(const struct conn *c)
{
	return c->first != NULL;
}

bool
conn_via_helper(const struct conn *c)
{
	return c->helper;
}

const char *
conn_hint(const struct conn *c)
{
	return c != NULL && c->hint != NULL ? c->hint : "";
}
