/*
 * peer.c - who is at the other end of a socket, from the kernel alone.
 *
 * Runs in s3jitd.  Promise: an identity is handed out only for a process that
 * was alive from before its /proc files were read until after (B3), and no
 * text that a peer sent plays a part in it (B2, B5).
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* Larger than any stat or status; what does not fit is refused. */
#define PROC_TEXT 8192

bool
peer_alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	/* A pidfd becomes readable when its process has ended. */
	return pidfd >= 0 && poll(&p, 1, 0) == 0;
}

int
peer_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int
read_text(char buf[PROC_TEXT], int dir, const char *name, pid_t pid, struct s3jit_err *err)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return s3jit_fail_errno(err, "cannot read /proc/%d/%s", (int)pid, name);
	while ((n = read(fd, buf + len, PROC_TEXT - 1 - len)) > 0)
		len += (size_t)n;
	if (n == -1)
		s3jit_fail_errno(err, "cannot read /proc/%d/%s", (int)pid, name);
	close(fd);
	if (n == -1)
		return -1;
	if (len == PROC_TEXT - 1)
		return s3jit_fail(err, S3JIT_ESYS, "/proc/%d/%s is too long", (int)pid, name);
	buf[len] = '\0';
	/* A NUL inside could hide what follows it. */
	if (strlen(buf) != len)
		return s3jit_fail(err, S3JIT_ESYS, "/proc/%d/%s is not text", (int)pid, name);
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
	if (pid <= 0 || (dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == -1) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "s3jitd cannot see process %d in /proc: either "
		    "it has ended, or /proc is mounted with hidepid, which s3jit does not work "
		    "with", (int)pid);
		goto out;
	}
	if (read_u32(&facts->loginuid, dir, "loginuid", pid, err) == -1 ||
	    read_u32(&facts->sessionid, dir, "sessionid", pid, err) == -1 ||
	    read_text(text, dir, "status", pid, err) == -1 ||
	    proc_parse_status(facts, text, err) == -1 ||
	    read_text(text, dir, "stat", pid, err) == -1 ||
	    proc_parse_stat(facts, text, err) == -1)
		goto out;
	if (!peer_alive(pidfd)) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "process %d ended while s3jitd looked at it",
		    (int)pid);
		goto out;
	}
	ret = 0;
out:
	if (dir != -1)
		close(dir);
	if (ret == -1)
		memset(facts, 0, sizeof(*facts));
	return ret;
}

/* The kernel's own pidfd of who connected; -1 with ENOPROTOOPT before Linux 6.5. */
static int
socket_pidfd(int fd)
{
	socklen_t len = sizeof(int);
	int pidfd = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == -1)
		return -1;
	if (len != sizeof(int) || pidfd < 0) {
		errno = EINVAL;
		return -1;
	}
	return pidfd;
}

int
peer_of_socket(struct peer *peer, int fd, bool old_kernel, struct s3jit_err *err)
{
	struct ucred cred = { .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t len = sizeof(cred);

	memset(peer, 0, sizeof(*peer));
	peer->pidfd = -1;
	peer->uid = peer->ruid = peer->euid = (uid_t)-1;
	peer->loginuid = peer->sessionid = GUEST_UNSET;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return s3jit_fail_errno(err, "cannot find out who connected");
	/* pid 0: of a pid namespace that we cannot look into. */
	if (len != sizeof(cred) || cred.pid <= 0 || cred.uid == (uid_t)-1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "cannot find out who connected");
	if (!old_kernel && (peer->pidfd = socket_pidfd(fd)) == -1 && errno != ENOPROTOOPT)
		return s3jit_fail_errno(err, "cannot find out who connected");
	if (peer->pidfd == -1 && (peer->pidfd = peer_pidfd_open(cred.pid)) == -1)
		return s3jit_fail_errno(err, "cannot find out who connected");
	if (!peer_alive(peer->pidfd)) {
		close(peer->pidfd);
		peer->pidfd = -1;
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "who connected has ended already");
	}
	peer->pid = cred.pid;
	peer->uid = cred.uid;
	return 0;
}

int
peer_speaks(const struct peer *peer, pid_t pid, struct s3jit_err *err)
{
	if (pid <= 0 || pid != peer->pid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "another process than the one that "
		    "connected speaks on this connection");
	if (!peer_alive(peer->pidfd))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "who connected has ended already");
	return 0;
}

int
peer_identify(struct peer *peer, struct s3jit_err *err)
{
	struct proc_facts facts;

	if (proc_facts_read(&facts, peer->pid, peer->pidfd, err) == -1)
		return -1;
	/* A pid that was used twice, or a program that changed its user after connecting. */
	if (facts.euid != peer->uid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the process has another user now than "
		    "when it connected");
	peer->ruid = facts.ruid;
	peer->euid = facts.euid;
	peer->loginuid = facts.loginuid;
	peer->sessionid = facts.sessionid;
	peer->tty_nr = facts.tty_nr;
	peer->tracer = facts.tracer;
	return 0;
}

int
peer_refresh(struct peer *peer, struct s3jit_err *err)
{
	struct proc_facts facts;

	if (proc_facts_read(&facts, peer->pid, peer->pidfd, err) == -1)
		return -1;
	/*
	 * The kernel lets nobody but root change these once they are set.  A
	 * helper's own facts stand: its process must have become that person.
	 */
	if (facts.loginuid != peer->loginuid || facts.sessionid != peer->sessionid ||
	    (peer->via_helper && (facts.ruid != peer->ruid || facts.euid != peer->ruid)))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the process is somebody else now than "
		    "when it connected; start the command again");
	peer->ruid = facts.ruid;
	peer->euid = facts.euid;
	peer->tty_nr = facts.tty_nr;
	peer->tracer = facts.tracer;
	return 0;
}

/* Which majors have which names; as in Documentation/admin-guide/devices.txt. */
static const struct tty_kind {
	unsigned int major, first_minor, minors;
	const char *prefix;
} tty_kinds[] = {
	{ 4, 0, 64, "/dev/tty" },
	{ 4, 64, 192, "/dev/ttyS" },
	{ 136, 0, 1u << 20, "/dev/pts/" },	/* Unix98: major 136 holds them all today */
	{ 204, 64, 16, "/dev/ttyAMA" },
	{ 229, 0, 256, "/dev/hvc" }
};

static dev_t
tty_dev(uint32_t tty_nr)
{
	/* new_encode_dev() of the kernel */
	return makedev((tty_nr >> 8) & 0xfff, (tty_nr & 0xff) | ((tty_nr >> 12) & 0xfff00));
}

int
peer_tty_path(char *buf, size_t size, uint32_t tty_nr)
{
	unsigned int maj = major(tty_dev(tty_nr)), min = minor(tty_dev(tty_nr));
	const struct tty_kind *k;
	size_t i;

	for (i = 0; i < sizeof(tty_kinds) / sizeof(tty_kinds[0]); i++) {
		k = &tty_kinds[i];
		if (maj != k->major || min < k->first_minor || min - k->first_minor >= k->minors)
			continue;
		snprintf(buf, size, "%s%u", k->prefix, min - k->first_minor);
		return 0;
	}
	return -1;
}

int
peer_tty_owned(const struct peer *peer, uid_t uid, struct s3jit_err *err)
{
	char path[32];
	struct stat st;

	if (peer->tty_nr == 0 || peer_tty_path(path, sizeof(path), peer->tty_nr) == -1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "This needs a terminal of your own; "
		    "with ssh, use ssh -t.");
	if (lstat(path, &st) == -1)
		return s3jit_fail_errno(err, "cannot look at your terminal %s", path);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != tty_dev(peer->tty_nr))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s is not the terminal of this process",
		    path);
	if (st.st_uid != uid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Your terminal %s belongs to another "
		    "user.  Log in as yourself and try again there.", path);
	return 0;
}
