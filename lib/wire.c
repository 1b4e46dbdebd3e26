/*
 * wire.c - frames on a stream socket: u32 big-endian length, then the bytes.
 *
 * Runs everywhere, sshd and the setuid helper included: libc only, no
 * signals, no static state.  Every wait ends at the caller's deadline, on the
 * boot clock (P3).  Descriptors that a peer attaches are dropped by the
 * kernel, because nobody here asks for control data (B16).
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/wire.h"

#define HEAD 4

static void
put_u32(unsigned char out[HEAD], uint32_t n)
{
	out[0] = n >> 24;
	out[1] = n >> 16;
	out[2] = n >> 8;
	out[3] = n;
}

static uint32_t
get_u32(const unsigned char in[HEAD])
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* What is left until the deadline, as poll() likes it; 0 when it has passed. */
static int
left_ms(int64_t until_ms)
{
	int64_t left = until_ms - clock_boot_ms();

	if (left <= 0)
		return 0;
	/* never longer than this at once: poll()'s clock stands still in suspend */
	return left > 60000 ? 60000 : (int)left;
}

/* Wait until fd can be read or written, or the deadline. */
static int
wait_for(int fd, short events, int64_t until_ms, struct s3jit_err *err)
{
	struct pollfd p = { .fd = fd, .events = events };
	int left, n;

	for (;;) {
		if ((left = left_ms(until_ms)) == 0)
			return s3jit_fail(err, S3JIT_ETIMEOUT, "no answer in time");
		n = poll(&p, 1, left);
		if (n > 0)
			return 0;
		if (n == -1 && errno != EINTR)
			return s3jit_fail_errno(err, "poll");
	}
}

static int
fail_connect(const char *path, struct s3jit_err *err)
{
	s3jit_fail_errno(err, "%s", path);
	if (err != NULL)
		err->code = S3JIT_EBROKER;
	return -1;
}

/*
 * A full backlog is EAGAIN at once on AF_UNIX, and there is nothing to poll
 * for: so try again after short sleeps, until the deadline.
 */
static int
connect_until(int fd, const struct sockaddr_un *addr, int64_t until_ms, struct s3jit_err *err)
{
	int pause = 5, left;

	for (;;) {
		if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return fail_connect(addr->sun_path, err);
		if ((left = left_ms(until_ms)) == 0)
			return s3jit_fail(err, S3JIT_ETIMEOUT,
			    "%s: too busy to take a connection in time", addr->sun_path);
		poll(NULL, 0, pause < left ? pause : left);
		if (pause < 160)
			pause *= 2;
	}
}

int
wire_connect(int *fd, const char *path, int64_t until_ms, struct s3jit_err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	*fd = -1;
	if (len == 0 || len >= sizeof(addr.sun_path))
		return s3jit_fail(err, S3JIT_EUSAGE, "socket path is empty or too long");
	memcpy(addr.sun_path, path, len + 1);
	if ((*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		return s3jit_fail_errno(err, "socket");
	if (connect_until(*fd, &addr, until_ms, err) == -1) {
		close(*fd);
		*fd = -1;
		return -1;
	}
	return 0;
}

static int
fail_io(const char *what, struct s3jit_err *err)
{
	if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
		return s3jit_fail(err, S3JIT_EBROKER, "the other side hung up");
	return s3jit_fail_errno(err, "%s", what);
}

/* Step over `n` sent bytes of head and body. */
static void
advance(struct iovec iov[2], size_t n)
{
	int i;

	for (i = 0; i < 2; i++) {
		size_t part = n < iov[i].iov_len ? n : iov[i].iov_len;

		iov[i].iov_base = (char *)iov[i].iov_base + part;
		iov[i].iov_len -= part;
		n -= part;
	}
}

static int
send_frame(int fd, const void *body, size_t len, int64_t until_ms, struct msghdr *msg,
    struct s3jit_err *err)
{
	unsigned char head[HEAD];
	struct iovec iov[2] = {
		{ .iov_base = head, .iov_len = HEAD },
		{ .iov_base = (void *)(uintptr_t)body, .iov_len = len },
	};
	ssize_t n;

	if (len == 0 || len > WIRE_MAX)
		return s3jit_fail(err, S3JIT_EUSAGE, "message of %zu bytes (at most %d)", len,
		    WIRE_MAX);
	put_u32(head, (uint32_t)len);
	msg->msg_iov = iov;
	msg->msg_iovlen = 2;
	while (iov[0].iov_len + iov[1].iov_len > 0) {
		n = sendmsg(fd, msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			advance(iov, (size_t)n);
			msg->msg_control = NULL;	/* goes with the first byte only */
			msg->msg_controllen = 0;
		} else if (errno == EAGAIN) {
			if (wait_for(fd, POLLOUT, until_ms, err) == -1)
				return -1;
		} else if (errno != EINTR) {
			return fail_io("sendmsg", err);
		}
	}
	return 0;
}

int
wire_write(int fd, const void *body, size_t len, int64_t until_ms, struct s3jit_err *err)
{
	struct msghdr msg = { 0 };

	return send_frame(fd, body, len, until_ms, &msg, err);
}

int
wire_write_with_creds(int fd, const void *body, size_t len, int64_t until_ms,
    struct s3jit_err *err)
{
	const struct ucred self = { .pid = getpid(), .uid = getuid(), .gid = getgid() };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} control = { .buf = { 0 } };
	struct msghdr msg = { .msg_control = control.buf, .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(self));
	memcpy(CMSG_DATA(c), &self, sizeof(self));
	return send_frame(fd, body, len, until_ms, &msg, err);
}

static int
read_full(int fd, void *buf, size_t len, int64_t until_ms, struct s3jit_err *err)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = recv(fd, (char *)buf + have, len - have, MSG_DONTWAIT);
		if (n > 0) {
			have += (size_t)n;
		} else if (n == 0) {
			return s3jit_fail(err, S3JIT_EBROKER, "the other side hung up");
		} else if (errno == EAGAIN) {
			if (wait_for(fd, POLLIN, until_ms, err) == -1)
				return -1;
		} else if (errno != EINTR) {
			return fail_io("recv", err);
		}
	}
	return 0;
}

static int
check_length(size_t len, size_t max, struct s3jit_err *err)
{
	if (len == 0 || len > max)
		return s3jit_fail(err, S3JIT_EPROTO, "a frame of %zu bytes (1 to %zu)", len, max);
	return 0;
}

int
wire_read(int fd, void **body, size_t *len, size_t max, int64_t until_ms, struct s3jit_err *err)
{
	unsigned char head[HEAD];
	size_t want;
	char *buf;

	*body = NULL;
	*len = 0;
	if (read_full(fd, head, HEAD, until_ms, err) == -1)
		return -1;
	want = get_u32(head);
	if (check_length(want, max, err) == -1)
		return -1;
	if ((buf = malloc(want + 1)) == NULL)
		return s3jit_fail_errno(err, "malloc");
	if (read_full(fd, buf, want, until_ms, err) == -1) {
		explicit_bzero(buf, want);	/* half of it may be half a secret */
		free(buf);
		return -1;
	}
	buf[want] = '\0';
	*body = buf;
	*len = want;
	return 0;
}

void
wire_in_init(struct wire_in *in, size_t max)
{
	memset(in, 0, sizeof(*in));
	in->max = max;
}

void
wire_in_next(struct wire_in *in)
{
	if (in->body != NULL) {
		explicit_bzero(in->body, in->want);
		free(in->body);
	}
	wire_in_init(in, in->max);
}

void
wire_in_clear(struct wire_in *in)
{
	wire_in_next(in);
}

/* The head is complete: from here on `have` counts bytes of the body. */
static int
begin_body(struct wire_in *in, struct s3jit_err *err)
{
	size_t want = get_u32(in->head);

	if (check_length(want, in->max, err) == -1)
		return -1;
	if ((in->body = malloc(want + 1)) == NULL)
		return s3jit_fail_errno(err, "malloc");
	in->body[want] = '\0';
	in->want = want;
	in->have = 0;
	return 0;
}

static size_t
take(unsigned char *to, size_t *have, size_t want, const unsigned char *buf, size_t len)
{
	size_t n = want - *have < len ? want - *have : len;

	if (n > 0)
		memcpy(to + *have, buf, n);
	*have += n;
	return n;
}

int
wire_in_feed(struct wire_in *in, const void *buf, size_t len, size_t *used, struct s3jit_err *err)
{
	const unsigned char *p = buf;

	*used = 0;
	if (in->body == NULL) {
		*used = take(in->head, &in->have, HEAD, p, len);
		if (in->have < HEAD)
			return 0;
		/* a length that was refused stays refused: have stays HEAD */
		if (begin_body(in, err) == -1)
			return -1;
	}
	*used += take(in->body, &in->have, in->want, p + *used, len - *used);
	return in->have == in->want;
}

int
wire_in_partial(const struct wire_in *in)
{
	if (in->body == NULL)
		return in->have > 0;
	return in->have < in->want;
}
