/*
 * channel.c - frames from and to the client on a socketpair.
 *
 * Runs in transfer.  Signed headers pass through here, so buffers are wiped.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "s3jit/clock.h"
#include "transfer/channel.h"

#define PATIENCE_MS (24 * 3600 * INT64_C(1000))

void
channel_init(struct channel *ch, int fd)
{
	ch->fd = fd;
	wire_in_init(&ch->in, WIRE_MAX);
}

void
channel_clear(struct channel *ch)
{
	wire_in_clear(&ch->in);
}

int
channel_expect(struct channel *ch, const struct table *table, void *msg, int64_t ms,
    struct s3jit_err *err)
{
	void *body = NULL;
	size_t len = 0;
	int ret;

	if (wire_read(ch->fd, &body, &len, WIRE_MAX, clock_boot_ms() + ms, err) == -1)
		return -1;
	ret = codec_decode(msg, table, body, len, err);
	codec_wipe_free(body);
	return ret;
}

int
channel_read(struct channel *ch, int (*on_frame)(void *, const void *, size_t,
    struct s3jit_err *), void *arg, struct s3jit_err *err)
{
	unsigned char buf[16384];
	size_t at = 0, used = 0;
	ssize_t n;
	int got, ret = 0;

	n = recv(ch->fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return s3jit_fail(err, S3JIT_EBROKER, "the client is gone");
	while (ret == 0 && at < (size_t)n) {
		if ((got = wire_in_feed(&ch->in, buf + at, (size_t)n - at, &used, err)) == -1) {
			ret = -1;
			break;
		}
		at += used;
		if (got == 1) {
			ret = on_frame(arg, ch->in.body, ch->in.want, err);
			wire_in_next(&ch->in);
		}
	}
	explicit_bzero(buf, sizeof(buf));
	return ret;
}

int
channel_send(struct channel *ch, const struct table *table, const void *msg,
    struct s3jit_err *err)
{
	char *json = NULL;
	int ret = -1;

	if (codec_encode(&json, table, msg, err) == 0)
		ret = wire_write(ch->fd, json, strlen(json), clock_boot_ms() + PATIENCE_MS, err);
	codec_wipe_free(json);
	return ret;
}
