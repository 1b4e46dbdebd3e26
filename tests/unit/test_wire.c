/*
 * test_wire.c - frames over real sockets, deadlines, and the event loop's reader.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "s3jit/clock.h"
#include "s3jit/wire.h"

static struct s3jit_err err;

static int64_t
in_ms(int64_t ms)
{
	return clock_boot_ms() + ms;
}

static void
make_pair(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
}

/* A listening socket with the smallest backlog there is. */
static int
listen_at(char path[108], int backlog)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, 108, "/tmp/s3jit-wire-%d.sock", (int)getpid());
	unlink(path);
	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void
a_frame_comes_as_it_was_sent(void **state)
{
	static const size_t sizes[] = { 1, 3, 4, 5, 4096 };
	char out[4096];
	void *in;
	size_t i, len;
	int fd[2];

	(void)state;
	make_pair(fd);
	for (i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(wire_write(fd[0], out, sizes[i], in_ms(1000), &err), 0);
		assert_int_equal(wire_write(fd[0], "next", 4, in_ms(1000), &err), 0);
		assert_int_equal(wire_read(fd[1], &in, &len, 4096, in_ms(1000), &err), 0);
		assert_int_equal(len, sizes[i]);
		assert_memory_equal(in, out, len);
		assert_int_equal(((char *)in)[len], 0);
		free(in);
		/* nothing of the next frame was taken */
		assert_int_equal(wire_read(fd[1], &in, &len, 4096, in_ms(1000), &err), 0);
		assert_string_equal(in, "next");
		free(in);
	}
	close(fd[0]);
	close(fd[1]);
}

/* 256 KiB do not fit the socket: both sides must wait for each other. */
static void
the_largest_frame_passes(void **state)
{
	char *out = malloc(WIRE_MAX);
	void *in;
	size_t len;
	int fd[2], status;
	pid_t pid;

	(void)state;
	assert_non_null(out);
	memset(out, 'x', WIRE_MAX);
	make_pair(fd);
	if ((pid = fork()) == 0)
		_exit(wire_write(fd[0], out, WIRE_MAX, in_ms(5000), &err) == 0 ? 0 : 1);
	poll(NULL, 0, 50);
	assert_int_equal(wire_read(fd[1], &in, &len, WIRE_MAX, in_ms(5000), &err), 0);
	assert_int_equal(len, WIRE_MAX);
	assert_memory_equal(in, out, len);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(wire_write(fd[0], out, WIRE_MAX + 1, in_ms(100), &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	assert_int_equal(wire_write(fd[0], out, 0, in_ms(100), &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	free(in);
	free(out);
	close(fd[0]);
	close(fd[1]);
}

static void
B7_lengths_out_of_bounds_are_refused(void **state)
{
	static const unsigned char heads[][4] = {
		{ 0, 0, 0, 0 },
		{ 0, 0, 16, 1 },
		{ 0xff, 0xff, 0xff, 0xff },
	};
	void *in;
	size_t i, len;
	int fd[2];

	(void)state;
	for (i = 0; i < 3; i++) {
		make_pair(fd);
		assert_int_equal(write(fd[0], heads[i], 4), 4);
		assert_int_equal(wire_read(fd[1], &in, &len, 4096, in_ms(1000), &err), -1);
		assert_int_equal(err.code, S3JIT_EPROTO);
		assert_null(in);
		close(fd[0]);
		close(fd[1]);
	}
}

static void
the_end_of_the_other_side_is_told(void **state)
{
	void *in;
	size_t len, sent;
	int fd[2];

	(void)state;
	/* before, within and after the head */
	for (sent = 0; sent < 8; sent += 3) {
		make_pair(fd);
		assert_int_equal(write(fd[0], "\0\0\0\5abcde", sent), sent);
		close(fd[0]);
		assert_int_equal(wire_read(fd[1], &in, &len, 4096, in_ms(1000), &err), -1);
		assert_int_equal(err.code, S3JIT_EBROKER);
		/* no SIGPIPE either */
		assert_int_equal(wire_write(fd[1], "x", 1, in_ms(1000), &err), -1);
		assert_int_equal(err.code, S3JIT_EBROKER);
		close(fd[1]);
	}
}

static void
P3_reading_and_writing_end_at_the_deadline(void **state)
{
	char *big = calloc(1, WIRE_MAX);
	int64_t begin;
	void *in;
	size_t len;
	int fd[2], i;

	(void)state;
	make_pair(fd);
	begin = clock_boot_ms();
	assert_int_equal(write(fd[0], "\0\0\0\5ab", 6), 6);
	assert_int_equal(wire_read(fd[1], &in, &len, 4096, in_ms(100), &err), -1);
	assert_int_equal(err.code, S3JIT_ETIMEOUT);
	for (i = 0; i < 20 && wire_write(fd[0], big, WIRE_MAX, in_ms(100), &err) == 0; i++)
		;
	assert_int_equal(err.code, S3JIT_ETIMEOUT);
	assert_in_range(clock_boot_ms() - begin, 190, 2000);
	/* a deadline that has passed is no wait at all */
	assert_int_equal(wire_read(fd[1], &in, &len, 4096, in_ms(-5), &err), -1);
	free(big);
	close(fd[0]);
	close(fd[1]);
}

static void
connect_says_when_nobody_listens(void **state)
{
	char path[108], longer[200];
	int listener, fd;

	(void)state;
	listener = listen_at(path, 5);
	assert_int_equal(wire_connect(&fd, path, in_ms(1000), &err), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(listener);
	assert_int_equal(wire_connect(&fd, path, in_ms(1000), &err), -1);	/* stale */
	assert_int_equal(err.code, S3JIT_EBROKER);
	assert_int_equal(fd, -1);
	unlink(path);
	assert_int_equal(wire_connect(&fd, path, in_ms(1000), &err), -1);
	assert_int_equal(err.code, S3JIT_EBROKER);
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(wire_connect(&fd, longer, in_ms(1000), &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	assert_int_equal(wire_connect(&fd, "", in_ms(1000), &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
}

/* A hung broker with a full backlog: the login goes on after its two seconds. */
static void
P3_a_full_backlog_is_waited_for_until_the_deadline(void **state)
{
	char path[108];
	int listener, fd[16], late, n = 0, status;
	int64_t begin;
	pid_t pid;

	(void)state;
	listener = listen_at(path, 0);
	while (n < 16 && wire_connect(&fd[n], path, in_ms(0), &err) == 0)
		n++;
	assert_in_range(n, 1, 15);
	begin = clock_boot_ms();
	assert_int_equal(wire_connect(&late, path, in_ms(200), &err), -1);
	assert_int_equal(err.code, S3JIT_ETIMEOUT);
	assert_in_range(clock_boot_ms() - begin, 200, 2000);
	/* and when the broker wakes up in time, it works */
	if ((pid = fork()) == 0) {
		poll(NULL, 0, 50);
		_exit(accept(listener, NULL, NULL) == -1);
	}
	assert_int_equal(wire_connect(&late, path, in_ms(2000), &err), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(late);
	while (n > 0)
		close(fd[--n]);
	close(listener);
	unlink(path);
}

/* B3: the credentials come with the first byte of the frame. */
static void
B3_credentials_go_with_the_first_byte(void **state)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	char byte[4];
	struct iovec iov = { .iov_base = byte, .iov_len = sizeof(byte) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct ucred got;
	int fd[2], on = 1;

	(void)state;
	make_pair(fd);
	assert_int_equal(setsockopt(fd[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	assert_int_equal(wire_write_with_creds(fd[0], "hello", 5, in_ms(1000), &err), 0);
	assert_int_equal(recvmsg(fd[1], &msg, 0), 4);
	assert_memory_equal(byte, "\0\0\0\5", 4);
	assert_non_null(CMSG_FIRSTHDR(&msg));
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(got));
	assert_int_equal(got.pid, getpid());
	assert_int_equal(got.uid, getuid());
	close(fd[0]);
	close(fd[1]);
}

/* ---- the event loop's reader ---- */

/* Three frames, cut at every place and in every chunk size. */
static void
feed_finds_the_same_frames_however_they_are_cut(void **state)
{
	static const char stream[] = "\0\0\0\1a\0\0\0\5hello\0\0\0\2xy";
	static const char *const frames[] = { "a", "hello", "xy" };
	size_t total = sizeof(stream) - 1, chunk, at, used, n, left;
	struct wire_in in;
	int r;

	(void)state;
	for (chunk = 1; chunk <= total; chunk++) {
		wire_in_init(&in, 5);
		n = 0;
		for (at = 0; at < total;) {
			left = total - at < chunk ? total - at : chunk;
			while (left > 0) {
				r = wire_in_feed(&in, stream + at, left, &used, &err);
				assert_in_range(used, 0, left);
				at += used;
				left -= used;
				if (r == 0) {
					assert_int_equal(left, 0);
					continue;
				}
				assert_int_equal(r, 1);
				assert_int_equal(wire_in_partial(&in), 0);
				assert_true(n < sizeof(frames) / sizeof(frames[0]));
				assert_string_equal((const char *)in.body, frames[n]);
				assert_int_equal(in.want, strlen(frames[n]));
				/* nothing more is taken before next() */
				assert_int_equal(wire_in_feed(&in, "zzz", 3, &used, &err), 1);
				assert_int_equal(used, 0);
				n++;
				wire_in_next(&in);
			}
		}
		assert_int_equal(n, 3);
		wire_in_clear(&in);
	}
}

static void
B7_feed_refuses_lengths_and_knows_begun_frames(void **state)
{
	struct wire_in in;
	size_t used;

	(void)state;
	wire_in_init(&in, 16);
	assert_int_equal(wire_in_partial(&in), 0);
	assert_int_equal(wire_in_feed(&in, "\0\0", 2, &used, &err), 0);
	assert_int_equal(wire_in_partial(&in), 1);
	assert_int_equal(wire_in_feed(&in, "\0\3ab", 4, &used, &err), 0);
	assert_int_equal(wire_in_partial(&in), 1);
	assert_int_equal(wire_in_feed(&in, "c", 1, &used, &err), 1);
	assert_int_equal(wire_in_partial(&in), 0);
	wire_in_next(&in);
	assert_int_equal(wire_in_feed(&in, "\0\0\0\21", 4, &used, &err), -1);
	assert_int_equal(err.code, S3JIT_EPROTO);
	/* it stays refused: more bytes do not heal it */
	assert_int_equal(wire_in_feed(&in, "\0\0\0\1x", 5, &used, &err), -1);
	wire_in_clear(&in);
	assert_int_equal(wire_in_feed(&in, "\0\0\0\0", 4, &used, &err), -1);
	wire_in_clear(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_comes_as_it_was_sent),
		cmocka_unit_test(the_largest_frame_passes),
		cmocka_unit_test(B7_lengths_out_of_bounds_are_refused),
		cmocka_unit_test(the_end_of_the_other_side_is_told),
		cmocka_unit_test(P3_reading_and_writing_end_at_the_deadline),
		cmocka_unit_test(connect_says_when_nobody_listens),
		cmocka_unit_test(P3_a_full_backlog_is_waited_for_until_the_deadline),
		cmocka_unit_test(B3_credentials_go_with_the_first_byte),
		cmocka_unit_test(feed_finds_the_same_frames_however_they_are_cut),
		cmocka_unit_test(B7_feed_refuses_lengths_and_knows_begun_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
