/*
 * ended.c - the file that takes ends when the database cannot (B15).
 *
 * Runs in s3jitd.  Lines of "ID WHY", then zero bytes: all of it is allocated
 * at start, so that a full disk does not stop a revoke.  It is judged full as
 * soon as one more line might not fit: a line that found no room cannot leave
 * a trace here, so at the next start every grant ends.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ended.h"
#include "s3jit/fault.h"
#include "s3jit/request.h"

#define ENDED_SIZE	65536
#define WHY_MAX		15
#define LINE_ROOM	(REQUEST_ID - 1 + 1 + WHY_MAX + 1)	/* "ID WHY\n" */

struct ended {
	int fd;
	char *path;
	size_t used;		/* ENDED_SIZE when it cannot take more */
};

/* --- reading what is there -------------------------------------------------- */

/* Length of the line at p, its newline included; 0 when it is none of ours. */
static size_t
line_length(const char *p, size_t left)
{
	size_t i = 0, why;

	while (i < left && p[i] >= 'k' && p[i] <= 'z')
		i++;
	if (i != REQUEST_ID - 1 || i == left || p[i] != ' ')
		return 0;
	why = ++i;
	while (i < left && p[i] >= 'a' && p[i] <= 'z')
		i++;
	if (i == why || i - why > WHY_MAX || i == left || p[i] != '\n')
		return 0;
	return i + 1;
}

static int
push_line(struct strv *ids, const char *p, size_t len)
{
	char line[LINE_ROOM];

	memcpy(line, p, len - 1);
	line[len - 1] = '\0';
	return strv_push(ids, line);
}

/* 0 and *used, or -1 when some of it is not ours or it was full. */
static int
parse(const char *buf, struct strv *ids, size_t *used)
{
	size_t at = 0, len;

	while (at < ENDED_SIZE && (len = line_length(buf + at, ENDED_SIZE - at)) != 0) {
		if (push_line(ids, buf + at, len) == -1)
			return -1;
		at += len;
	}
	*used = at;
	for (; at < ENDED_SIZE; at++)
		if (buf[at] != '\0')
			return -1;
	return ENDED_SIZE - *used < LINE_ROOM ? -1 : 0;
}

static int
read_all(int fd, char *buf)
{
	size_t at = 0;
	ssize_t n;

	while (at < ENDED_SIZE) {
		if ((n = pread(fd, buf + at, ENDED_SIZE - at, (off_t)at)) == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

static int
load(struct ended *e, struct strv *ids, bool *all, struct s3jit_err *err)
{
	char *buf = malloc(ENDED_SIZE);

	if (buf == NULL)
		return s3jit_fail_errno(err, "memory");
	if (read_all(e->fd, buf) == -1 || parse(buf, ids, &e->used) == -1) {
		*all = true;
		e->used = ENDED_SIZE;
	}
	free(buf);
	return 0;
}

/* --- opening ------------------------------------------------------------------- */

/* *all when it is not the file that we made and allocated. */
static int
open_file(struct ended *e, bool *all, struct s3jit_err *err)
{
	struct stat st;
	int rc;

	e->fd = open(e->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (e->fd == -1 || fstat(e->fd, &st) == -1)
		return s3jit_fail_errno(err, "%s", e->path);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return s3jit_fail(err, S3JIT_ERECORD, "%s is not s3jitd's own file (mode 0600): "
		    "remove it", e->path);
	if (st.st_size != 0 && st.st_size != ENDED_SIZE)
		*all = true;
	if (st.st_size > ENDED_SIZE && ftruncate(e->fd, ENDED_SIZE) == -1)
		return s3jit_fail_errno(err, "%s", e->path);
	if ((rc = posix_fallocate(e->fd, 0, ENDED_SIZE)) != 0) {
		errno = rc;
		return s3jit_fail_errno(err, "%s (%d bytes)", e->path, ENDED_SIZE);
	}
	return 0;
}

int
ended_open(struct ended **out, const char *path, struct strv *ids, bool *all,
    struct s3jit_err *err)
{
	struct ended *e;

	*out = NULL;
	*all = false;
	memset(ids, 0, sizeof(*ids));
	if ((e = calloc(1, sizeof(*e))) == NULL || (e->path = strdup(path)) == NULL) {
		free(e);
		return s3jit_fail_errno(err, "memory");
	}
	e->fd = -1;
	if (open_file(e, all, err) == -1 || load(e, ids, all, err) == -1) {
		ended_close(e);
		strv_clear(ids);
		return -1;
	}
	if (*all)
		e->used = ENDED_SIZE;	/* what we add would not be read */
	*out = e;
	return 0;
}

void
ended_close(struct ended *e)
{
	if (e == NULL)
		return;
	if (e->fd != -1)
		close(e->fd);
	free(e->path);
	free(e);
}

/* --- writing ----------------------------------------------------------------------- */

static int
write_at(struct ended *e, const char *buf, size_t len, size_t at, struct s3jit_err *err)
{
	ssize_t n;

	while (len > 0) {
		if ((n = pwrite(e->fd, buf, len, (off_t)at)) == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return s3jit_fail_errno(err, "%s", e->path);
		buf += n;
		at += (size_t)n;
		len -= (size_t)n;
	}
	return fsync(e->fd) == -1 ? s3jit_fail_errno(err, "%s", e->path) : 0;
}

int
ended_add(struct ended *e, const char *id, const char *why, struct s3jit_err *err)
{
	char line[LINE_ROOM + 1];
	int len = snprintf(line, sizeof(line), "%s %s\n", id, why);

	if (len > LINE_ROOM || line_length(line, (size_t)len) != (size_t)len)
		return s3jit_fail(err, S3JIT_EUSAGE, "no line for %s", e->path);
	if (ENDED_SIZE - e->used < LINE_ROOM)
		return s3jit_fail(err, S3JIT_ERECORD, "%s is full: at the next start of s3jitd every "
		    "grant ends", e->path);
	FAULT_POINT("ended-before-write");
	if (write_at(e, line, (size_t)len, e->used, err) == -1) {
		e->used = ENDED_SIZE;	/* half a line may be there: nothing behind it is read */
		return -1;
	}
	e->used += (size_t)len;
	FAULT_POINT("ended-after-write");
	return 0;
}

/* Overwritten and not truncated: the room stays ours. */
int
ended_reset(struct ended *e, struct s3jit_err *err)
{
	char *zeros = calloc(1, ENDED_SIZE);
	int ret;

	if (zeros == NULL)
		return s3jit_fail_errno(err, "memory");
	if ((ret = write_at(e, zeros, ENDED_SIZE, 0, err)) == 0)
		e->used = 0;
	free(zeros);
	return ret;
}
