/*
 * faults.c - see faults.h.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

const char *const fault_names[FAULT_KINDS] = {
	[FAULT_MEMORY] = "memory",
	[FAULT_JSON] = "json",
	[FAULT_FILE] = "file",
	[FAULT_SOCKET] = "socket",
	[FAULT_SQL] = "record",
	[FAULT_SYSTEM] = "system",
	[FAULT_EVENT] = "event",
	[FAULT_CURL] = "curl",
	[FAULT_SPAWN] = "process",
};

static const int errnos[FAULT_KINDS] = {
	[FAULT_MEMORY] = ENOMEM,
	[FAULT_JSON] = ENOMEM,
	[FAULT_FILE] = ENOSPC,
	[FAULT_SOCKET] = ENOBUFS,
	[FAULT_SQL] = ENOSPC,
	[FAULT_SYSTEM] = EPERM,
	[FAULT_EVENT] = ENOMEM,
	[FAULT_CURL] = ENOMEM,
	[FAULT_SPAWN] = EAGAIN,
};

static _Thread_local struct {
	enum fault_kind kind;
	int left;		/* calls until it fails; 0 = nothing is armed */
	bool lasting, failed;
	bool no_memory;		/* for the next who asks */
	int held;
} armed;

void
faults_arm(enum fault_kind kind, int nth, bool lasting)
{
	armed.kind = kind;
	armed.left = nth;
	armed.lasting = lasting;
	armed.failed = false;
}

bool
faults_disarm(void)
{
	armed.left = 0;
	return armed.failed;
}

void
faults_hold(void)
{
	armed.held++;
}

void
faults_release(void)
{
	armed.held--;
}

void
faults_no_memory(void)
{
	armed.no_memory = true;
}

bool
faults_hit(enum fault_kind kind)
{
	if (armed.no_memory && kind == FAULT_MEMORY) {
		armed.no_memory = false;
		errno = ENOMEM;
		return true;
	}
	if (armed.left == 0 || armed.held > 0 || armed.kind != kind)
		return false;
	if (armed.left > 1) {
		armed.left--;
		return false;
	}
	if (!armed.lasting)
		armed.left = 0;
	armed.failed = true;
	errno = errnos[kind];
	return true;
}

bool
faults_aborts(void (*run)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		signal(SIGABRT, SIG_DFL);	/* not cmocka's */
		run();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

int
faults_descriptors(void)
{
	DIR *dir;
	int n = 0;

	faults_hold();
	if ((dir = opendir("/proc/self/fd")) != NULL) {
		while (readdir(dir) != NULL)
			n++;
		closedir(dir);
	}
	faults_release();
	return n;
}

FRONT(FAULT_MEMORY, void *, NULL, malloc, (size_t n), (n))
FRONT(FAULT_MEMORY, void *, NULL, calloc, (size_t n, size_t size), (n, size))
FRONT(FAULT_MEMORY, void *, NULL, realloc, (void *p, size_t n), (p, n))
FRONT(FAULT_MEMORY, void *, NULL, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
FRONT(FAULT_MEMORY, char *, NULL, strdup, (const char *s), (s))
FRONT(FAULT_MEMORY, char *, NULL, strndup, (const char *s, size_t n), (s, n))
FRONT(FAULT_MEMORY, FILE *, NULL, open_memstream, (char **p, size_t *n), (p, n))

FRONT(FAULT_FILE, ssize_t, -1, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
FRONT(FAULT_FILE, ssize_t, -1, write, (int fd, const void *p, size_t n), (fd, p, n))
FRONT(FAULT_FILE, ssize_t, -1, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
FRONT(FAULT_FILE, int, -1, fsync, (int fd), (fd))
FRONT(FAULT_FILE, int, -1, ftruncate, (int fd, off_t n), (fd, n))
FRONT(FAULT_FILE, int, -1, fstat, (int fd, struct stat *st), (fd, st))
FRONT(FAULT_FILE, ssize_t, -1, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))

FRONT(FAULT_SOCKET, int, -1, socket, (int d, int t, int p), (d, t, p))
FRONT(FAULT_SOCKET, int, -1, socketpair, (int d, int t, int p, int fds[2]), (d, t, p, fds))
FRONT(FAULT_SOCKET, int, -1, pipe2, (int fds[2], int flags), (fds, flags))
FRONT(FAULT_SOCKET, int, -1, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
FRONT(FAULT_SOCKET, int, -1, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags),
    (fd, a, n, flags))
FRONT(FAULT_SOCKET, ssize_t, -1, send, (int fd, const void *p, size_t n, int flags),
    (fd, p, n, flags))
FRONT(FAULT_SOCKET, ssize_t, -1, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
FRONT(FAULT_SOCKET, ssize_t, -1, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags))
FRONT(FAULT_SOCKET, ssize_t, -1, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))

/* Where the compiler checks formats and lengths, asprintf() has a name of its own. */
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **out, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);

int
__wrap_asprintf(char **out, const char *format, ...)
{
	va_list ap;
	int n;

	if (faults_hit(FAULT_MEMORY))
		return -1;
	va_start(ap, format);
	n = vasprintf(out, format, ap);
	va_end(ap);
	return n;
}

int
__wrap___asprintf_chk(char **out, int flag, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	if (faults_hit(FAULT_MEMORY))
		return -1;
	va_start(ap, format);
	n = vasprintf(out, format, ap);
	va_end(ap);
	return n;
}

static mode_t
mode_of(int flags, va_list ap)
{
	return (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (faults_hit(FAULT_FILE))
		return -1;
	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return __real_open(path, flags, mode);
}

int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (faults_hit(FAULT_FILE))
		return -1;
	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	return __real_openat(dir, path, flags, mode);
}
