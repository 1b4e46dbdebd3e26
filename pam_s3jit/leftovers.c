/*
 * leftovers.c - ending what a login leaves behind: what was started with
 * setsid, nohup or in tmux, and whatever does not listen to its terminal's end.
 *
 * Runs inside sshd, as root, when the login is over.  Reads procfs only, and
 * of a process nothing but its login uid and session id.
 */
#include "config.h"

#include <sys/syscall.h>

#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/guest.h"

#include "leftovers.h"

/* Between two looks whether they are gone. */
#define LOOK_MS 20

struct session {
	uint32_t loginuid, sessionid;
};

static int
session_of(struct session *s, const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.20s/loginuid", pid);
	if (guest_read_proc_u32(&s->loginuid, path, NULL) == -1)
		return -1;
	snprintf(path, sizeof(path), "/proc/%.20s/sessionid", pid);
	return guest_read_proc_u32(&s->sessionid, path, NULL);
}

/* A process that ended takes signals until its parent asks, as sshd does of its own after we are done. */
static bool
has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Is it of that session?  Then it is signalled; the pidfd makes both be about one process. */
static bool
signal_if_of(const struct session *ours, const char *name, int signal)
{
	pid_t pid = (pid_t)atol(name);
	struct session s;
	bool hit = false;
	int fd;

	if (pid <= 1 || pid == getpid() || (fd = (int)syscall(SYS_pidfd_open, pid, 0)) == -1)
		return false;
	if (!has_ended(fd) && session_of(&s, name) == 0 && s.loginuid == ours->loginuid &&
	    s.sessionid == ours->sessionid)
		hit = syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
	close(fd);
	return hit;
}

/* Signal 0 only counts. */
static int
signal_all(const struct session *ours, int signal)
{
	const struct dirent *e;
	DIR *proc = opendir("/proc");
	int n = 0;

	if (proc == NULL)
		return 0;
	while ((e = readdir(proc)) != NULL)
		n += isdigit((unsigned char)e->d_name[0]) && signal_if_of(ours, e->d_name, signal);
	closedir(proc);
	return n;
}

/* Until none is left or the time is over; `signal` goes to those that are. */
static int
wait_for_end(const struct session *ours, int signal)
{
	int64_t until = clock_boot_ms() + LEFTOVERS_MS;
	int left;

	while ((left = signal_all(ours, signal)) > 0 && clock_boot_ms() < until)
		(void)poll(NULL, 0, LOOK_MS);
	return left;
}

int
leftovers_end(void)
{
	struct session ours;

	if (session_of(&ours, "self") == -1 || ours.loginuid == GUEST_UNSET ||
	    ours.sessionid == GUEST_UNSET)
		return 0;
	if (signal_all(&ours, SIGTERM) == 0 || wait_for_end(&ours, 0) == 0)
		return 0;
	/* again and again: some may have been started meanwhile */
	return wait_for_end(&ours, SIGKILL);
}
