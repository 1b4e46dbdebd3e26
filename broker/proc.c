/*
 * proc.c - what the kernel says about a process, from /proc.
 *
 * Runs in s3jitd.  Only loginuid, sessionid, status and stat are read (B4).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "proc.h"

/* What we want stands at the beginning, before the list of groups, which may be long. */
#define PROC_TEXT 8192

static int
unseen(pid_t pid, struct s3jit_err *err)
{
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "s3jitd cannot see process %d in /proc, as "
	    "where it is mounted with hidepid, which s3jit does not work with", (int)pid);
}

/* hidepid lets the folder be opened, and nothing in it. */
static int
cannot_open(const char *path, pid_t pid, struct s3jit_err *err)
{
	return errno == ENOENT || errno == EACCES || errno == EPERM ? unseen(pid, err) :
	    s3jit_fail_errno(err, "cannot read %s", path);
}

static int
read_text(char buf[PROC_TEXT], int dir, const char *name, pid_t pid, struct s3jit_err *err)
{
	char path[64];
	size_t len = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return cannot_open(path, pid, err);
	while ((n = read(fd, buf + len, PROC_TEXT - 1 - len)) > 0)
		len += (size_t)n;
	if (n == -1)
		s3jit_fail_errno(err, "cannot read %s", path);
	close(fd);
	if (n == -1)
		return -1;
	buf[len] = '\0';
	/* A NUL inside could hide what follows it. */
	if (strlen(buf) != len)
		return s3jit_fail(err, S3JIT_ESYS, "%s is not text", path);
	return 0;
}

/* A decimal number up to `max`; *end is behind it. */
static int
number(uint64_t *out, const char *text, uint64_t max, const char **end)
{
	uint64_t v = 0;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (v > (UINT64_MAX - 9) / 10)
			return -1;
		v = v * 10 + (uint64_t)(*text - '0');
	}
	*end = text;
	*out = v;
	return v <= max ? 0 : -1;
}

static int
read_u32(uint32_t *out, int dir, const char *name, pid_t pid, struct s3jit_err *err)
{
	char buf[PROC_TEXT];
	const char *end;
	uint64_t v;

	if (read_text(buf, dir, name, pid, err) == -1)
		return -1;
	if (number(&v, buf, UINT32_MAX, &end) == -1 || (*end != '\0' && strcmp(end, "\n") != 0))
		return s3jit_fail(err, S3JIT_ESYS, "/proc/%d/%s is not a number", (int)pid, name);
	*out = (uint32_t)v;
	return 0;
}

/* Fields of stat as in proc(5): the state, right after the name, is field 3. */
enum { STAT_STATE = 3, STAT_TTY = 7, STAT_START = 22 };

int
proc_parse_stat(struct proc_facts *facts, const char *text, struct s3jit_err *err)
{
	const char *p = strrchr(text, ')'), *end;
	uint64_t tty = 0, start = 0;
	int field;

	/* The name before it is the process's own choice and may look like more fields (H6). */
	for (field = STAT_STATE; p != NULL && field <= STAT_START; field++) {
		p++;
		if (*p++ != ' ')
			goto bad;
		/* A tty_nr above 2^31 is shown as a negative number: no terminal we know. */
		if (field == STAT_TTY && number(&tty, p, INT32_MAX, &end) == -1)
			goto bad;
		if (field == STAT_START && number(&start, p, INT64_MAX, &end) == -1)
			goto bad;
		p += strcspn(p, " \n");
		p--;
	}
	if (p == NULL)
		goto bad;
	facts->tty_nr = (uint32_t)tty;
	facts->start = start;
	return 0;
bad:
	return s3jit_fail(err, S3JIT_ESYS, "cannot understand /proc/PID/stat");
}

/* The value of "Name:\t..." at the beginning of a line, or NULL. */
static const char *
status_line(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *p;

	for (p = text; p != NULL; p = (p = strchr(p, '\n')) != NULL ? p + 1 : NULL)
		if (strncmp(p, name, len) == 0)
			return p + len;
	return NULL;
}

int
proc_parse_status(struct proc_facts *facts, const char *text, struct s3jit_err *err)
{
	const char *uids = status_line(text, "Uid:\t"), *tracer = status_line(text, "TracerPid:\t");
	uint64_t real, effective, pid;

	/* The kernel escapes newlines in the name, the first line. */
	if (uids == NULL || tracer == NULL ||
	    number(&real, uids, UINT32_MAX, &uids) == -1 || *uids++ != '\t' ||
	    number(&effective, uids, UINT32_MAX, &uids) == -1 ||
	    number(&pid, tracer, INT32_MAX, &tracer) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "cannot understand /proc/PID/status");
	facts->ruid = (uid_t)real;
	facts->euid = (uid_t)effective;
	facts->tracer = (pid_t)pid;
	return 0;
}

int
proc_facts_read(struct proc_facts *facts, pid_t pid, int pidfd, struct s3jit_err *err)
{
	char path[32], text[PROC_TEXT];
	int dir = -1, ret = -1;

	memset(facts, 0, sizeof(*facts));
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	/* One directory descriptor: all files are then of the same process. */
	if ((dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == -1) {
		cannot_open(path, pid, err);
		goto out;
	}
	if (read_u32(&facts->loginuid, dir, "loginuid", pid, err) == -1 ||
	    read_u32(&facts->sessionid, dir, "sessionid", pid, err) == -1 ||
	    read_text(text, dir, "status", pid, err) == -1 ||
	    proc_parse_status(facts, text, err) == -1 ||
	    read_text(text, dir, "stat", pid, err) == -1 ||
	    proc_parse_stat(facts, text, err) == -1)
		goto out;
	ret = 0;
out:
	if (!peer_alive(pidfd))
		ret = s3jit_fail(err, S3JIT_ENOTFOUND, "process %d ended while s3jitd looked at it",
		    (int)pid);
	if (dir != -1)
		close(dir);
	if (ret == -1)
		memset(facts, 0, sizeof(*facts));
	return ret;
}
