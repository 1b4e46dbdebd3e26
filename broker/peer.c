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
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "proc.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

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

dev_t
peer_tty_dev(uint32_t tty_nr)
{
	/* new_encode_dev() of the kernel */
	return makedev((tty_nr >> 8) & 0xfff, (tty_nr & 0xff) | ((tty_nr >> 12) & 0xfff00));
}

int
peer_tty_path(char *buf, size_t size, uint32_t tty_nr)
{
	unsigned int maj = major(peer_tty_dev(tty_nr)), min = minor(peer_tty_dev(tty_nr));
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
	if (!S_ISCHR(st.st_mode) || st.st_rdev != peer_tty_dev(peer->tty_nr))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s is not the terminal of this process",
		    path);
	if (st.st_uid != uid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Your terminal %s belongs to another "
		    "user.  Log in as yourself and try again there.", path);
	return 0;
}
