/*
 * trusted.h - open a file that only root can have written (F1).
 *
 * Used for s3jit.conf by both daemons and for the key file by the signer.
 */
#ifndef S3JIT_TRUSTED_H
#define S3JIT_TRUSTED_H

#include <stddef.h>

#include "s3jit/err.h"

#define TRUSTED_SELF 1		/* files of our own uid, too; and sticky folders of root */
#define TRUSTED_PRIVATE 2	/* others may not read it; a group only if it is ours or root's */

/*
 * Open `path` (absolute, no "." or ".." in it) for reading.  The file and
 * every folder above it must belong to root and be writable by nobody else;
 * none of them may be a symbolic link.  What counts is what the descriptor
 * says, not the name.  Error: "PATH: ..." with what to do.
 */
int trusted_open(int *fd, const char *path, int flags, struct s3jit_err *);

/*
 * The same, read whole.  *text has a NUL behind its *len bytes and is the
 * caller's (explicit_bzero it if it is a secret).  More than `max` is refused.
 */
int trusted_read(char **text, size_t *len, const char *path, size_t max, int flags,
    struct s3jit_err *);

#endif
