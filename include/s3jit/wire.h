/*
 * wire.h - frames on a stream socket: u32 big-endian length, then that many
 * bytes.  Used blocking (with a deadline) by the programs of people, PAM and
 * the helper; the daemons use struct wire_in with their event loop.
 *
 * Links libc only.
 */
#ifndef S3JIT_WIRE_H
#define S3JIT_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define WIRE_MAX	(256 * 1024)	/* a JSON frame (B7) */
#define WIRE_GUEST_MAX	(16 * 1024)	/* REGISTER, FACTS and their answers (H7) */
#define WIRE_VERSION	1		/* of all that is said in frames */

/*
 * Connect to a Unix stream socket, CLOEXEC, non-blocking while connecting;
 * the descriptor returned is non-blocking.  `until` is clock_boot_ms() time.
 * EBROKER when nobody listens, the path is missing or access is refused.
 */
int wire_connect(int *fd, const char *path, int64_t until_ms, struct s3jit_err *);

/* Write one whole frame before `until`.  MSG_NOSIGNAL.  EBROKER when the peer is gone. */
int wire_write(int fd, const void *body, size_t len, int64_t until_ms, struct s3jit_err *);

/* The same with our SCM_CREDENTIALS attached to the first byte (peer.c asks for it). */
int wire_write_with_creds(int fd, const void *body, size_t len, int64_t until_ms,
    struct s3jit_err *);

/*
 * Read one whole frame of at most `max` bytes before `until`; never reads
 * beyond it.  *body is malloc'd with a NUL behind it (not counted in *len).
 * EBROKER on end of file, EPROTO when longer than max, ETIMEOUT.
 */
int wire_read(int fd, void **body, size_t *len, size_t max, int64_t until_ms, struct s3jit_err *);

/* For an event loop: bytes as they come, frames as they are complete. */
struct wire_in {
	unsigned char head[4];
	size_t have;		/* bytes of head, then of body, so far */
	size_t want;		/* length of the body once the head is in */
	size_t max;
	unsigned char *body;
};

void wire_in_init(struct wire_in *, size_t max);
void wire_in_clear(struct wire_in *);	/* wipes and frees */
/*
 * Take from buf what belongs to the present frame.  Returns 1 when the frame
 * is complete (body/want valid until wire_in_next()), 0 when more is needed,
 * -1 (EPROTO) when the announced length is 0 or above max.  *used says how
 * many bytes were taken.
 */
int wire_in_feed(struct wire_in *, const void *buf, size_t len, size_t *used, struct s3jit_err *);
void wire_in_next(struct wire_in *);
/* 1 while a frame is begun and not complete: the 5 s of B7 run. */
int wire_in_partial(const struct wire_in *);

#endif
