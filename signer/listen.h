/*
 * listen.h - where the signer listens, and what it tells systemd.
 */
#ifndef S3JIT_SIGNER_LISTEN_H
#define S3JIT_SIGNER_LISTEN_H

#include <sys/types.h>

#include <stdbool.h>

#include "s3jit/err.h"

/*
 * What systemd said in the environment: a socket, where to report, where
 * credentials are, and that it keeps stderr.  Read first of all, before the
 * environment is cleared.
 */
struct launch {
	int fd;			/* a listening socket, or -1 */
	char notify[108];	/* NOTIFY_SOCKET, or "" */
	char credentials[256];	/* CREDENTIALS_DIRECTORY, or "" */
	bool journal;		/* stderr goes to the journal */
};
int launch_read(struct launch *, struct s3jit_err *);
/* "READY=1", ...; nothing without systemd. */
void launch_notify(const struct launch *, const char *state);

/*
 * Make the socket at `path`, mode 0660, for group `gid` (-1: leave it).  A
 * dead one that lies there is removed; a live one refuses.
 */
int listen_at(int *fd, const char *path, gid_t gid, struct s3jit_err *);

#endif
