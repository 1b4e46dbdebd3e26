/*
 * trusted.c - open a file that only root can have written (F1).
 *
 * Runs in s3jitd and s3jit-signer, at start and when a key file is read again.
 * Promise: between two checks nobody but the trusted can swap anything, since
 * each folder is opened below the one checked before it.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trusted.h"

static int
owner_ok(const struct stat *st, int flags)
{
	return st->st_uid == 0 || ((flags & TRUSTED_SELF) && st->st_uid == geteuid());
}

static int
folder_check(int fd, const char *path, int flags, struct s3jit_err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return s3jit_fail_errno(err, "%s", path);
	if (!owner_ok(&st, flags))
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%s: a folder above it belongs to uid %u, not to root", path, (unsigned)st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	/* in /tmp nobody can rename what is another's */
	if ((flags & TRUSTED_SELF) && (st.st_mode & S_ISVTX))
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE,
	    "%s: others than root can write to a folder above it (chmod go-w)", path);
}

static int
file_check(int fd, const char *path, int flags, struct s3jit_err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return s3jit_fail_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return s3jit_fail(err, S3JIT_EUSAGE, "%s: not a regular file", path);
	if (!owner_ok(&st, flags))
		return s3jit_fail(err, S3JIT_EUSAGE, "%s: belongs to uid %u, not to root (chown root)",
		    path, (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%s: others than its owner can write to it (chmod go-w)", path);
	if (!(flags & TRUSTED_PRIVATE))
		return 0;
	if (st.st_mode & S_IROTH)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%s: everybody can read it, and it holds a secret (chmod o-r)", path);
	if ((st.st_mode & S_IRGRP) && st.st_gid != 0 && st.st_gid != getegid())
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%s: group %u can read it, and it holds a secret (chgrp %u)", path,
		    (unsigned)st.st_gid, (unsigned)getegid());
	return 0;
}

static int
open_fail(const char *path, struct s3jit_err *err)
{
	if (errno == ELOOP || errno == ENOTDIR)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%s: a symbolic link, or not a folder, stands in its path; name the real place",
		    path);
	if (errno == ENOENT)
		return s3jit_fail(err, S3JIT_ENOTFOUND, "%s: there is no such file", path);
	return s3jit_fail_errno(err, "%s", path);
}

/* Replace *dir by the folder `name` in it, checked. */
static int
step_into(int *dir, const char *name, const char *path, int flags, struct s3jit_err *err)
{
	int fd;

	if ((fd = openat(*dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return open_fail(path, err);
	close(*dir);
	*dir = fd;
	return folder_check(fd, path, flags, err);
}

int
trusted_open(int *out, const char *path, int flags, struct s3jit_err *err)
{
	char copy[PATH_MAX], *name, *next;
	int dir = -1, fd = -1, ret = -1;

	*out = -1;
	if (path[0] != '/' || strlen(path) >= sizeof(copy) || path[strlen(path) - 1] == '/') {
		s3jit_fail(err, S3JIT_EUSAGE, "%s: give the whole path of a file, from / on", path);
		goto out;
	}
	strcpy(copy, path);
	if ((dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1) {
		open_fail("/", err);
		goto out;
	}
	if (folder_check(dir, path, flags, err) == -1)
		goto out;
	for (name = copy + 1; (next = strchr(name, '/')) != NULL; name = next) {
		*next++ = '\0';
		if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
			s3jit_fail(err, S3JIT_EUSAGE, "%s: write the path without //, . and ..", path);
			goto out;
		}
		if (step_into(&dir, name, path, flags, err) == -1)
			goto out;
	}
	/* O_NONBLOCK: a FIFO must not hang us; without effect on regular files */
	if ((fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) == -1) {
		open_fail(path, err);
		goto out;
	}
	if (file_check(fd, path, flags, err) == -1)
		goto out;
	*out = fd;
	fd = -1;
	ret = 0;
out:
	if (fd != -1)
		close(fd);
	if (dir != -1)
		close(dir);
	return ret;
}

int
trusted_read(char **text, size_t *len, const char *path, size_t max, int flags,
    struct s3jit_err *err)
{
	char *buf = NULL;
	size_t have = 0;
	ssize_t n;
	int fd, ret = -1;

	*text = NULL;
	*len = 0;
	if (trusted_open(&fd, path, flags, err) == -1)
		return -1;
	if ((buf = malloc(max + 2)) == NULL) {
		s3jit_fail_errno(err, "%s", path);
		goto out;
	}
	while (have <= max && (n = read(fd, buf + have, max + 1 - have)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			s3jit_fail_errno(err, "%s", path);
			goto out;
		}
		have += (size_t)n;
	}
	if (have > max) {
		s3jit_fail(err, S3JIT_EUSAGE, "%s: longer than %zu bytes", path, max);
		goto out;
	}
	buf[have] = '\0';
	*text = buf;
	*len = have;
	buf = NULL;
	ret = 0;
out:
	close(fd);
	if (buf != NULL)
		explicit_bzero(buf, max + 2);
	free(buf);
	return ret;
}
