/*
 * files.h - local files: opened once, hashed, and the same until they are sent.
 */
#ifndef CLIENT_FILES_H
#define CLIENT_FILES_H

#include <sys/stat.h>

#include "s3jit/request.h"

struct file {
	int fd;
	char *name;		/* as typed */
	struct stat st;		/* when it was hashed */
	int64_t part_size;
	struct strv parts;	/* SHA-256 of each part, hex */
	char sha256[DIGEST_HEX];
};

/*
 * Open a regular file for reading as the person, following symbolic links as
 * cp does but none of /proc's magic ones (H20): what /dev/stdin or
 * /proc/self/fd/N stands for can't be opened a second time by its name.
 */
int file_open(struct file *, const char *name, struct s3jit_err *);

/* Hash it whole and in parts.  ECHANGED when it changes meanwhile. */
int file_hash(struct file *, struct s3jit_err *);

/* Is it still what was hashed?  ECHANGED when not. */
int file_unchanged(const struct file *, struct s3jit_err *);

void file_clear(struct file *);

#endif
