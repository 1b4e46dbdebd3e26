/*
 * channel.h - descriptor 3: frames from and to the client.
 */
#ifndef TRANSFER_CHANNEL_H
#define TRANSFER_CHANNEL_H

#include "s3jit/codec.h"
#include "s3jit/wire.h"

struct channel {
	int fd;
	struct wire_in in;
};

void channel_init(struct channel *, int fd);
void channel_clear(struct channel *);	/* wipes; does not close */

/* Wait at most `ms` for one whole message of exactly this table. */
int channel_expect(struct channel *, const struct table *, void *msg, int64_t ms,
    struct s3jit_err *);

/*
 * Take what has arrived, without waiting, and call `on_frame` for each whole
 * frame.  -1 with EBROKER when the client is gone; what on_frame failed with.
 */
int channel_read(struct channel *, int (*on_frame)(void *arg, const void *body, size_t len,
    struct s3jit_err *), void *arg, struct s3jit_err *);

/*
 * Send one message.  Waits for the client as long as that takes (a listing
 * may stand in a pager): it is our parent, and its end is seen at once.
 */
int channel_send(struct channel *, const struct table *, const void *msg, struct s3jit_err *);

#endif
