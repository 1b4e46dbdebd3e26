/*
 * listen.c - where the signer listens, and what it tells systemd.
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "listen.h"

#define BACKLOG 16

/* Only a name here: whose folder it is shows when a file in it is read (F1). */
static void
credentials_read(struct launch *l)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	if (dir != NULL && dir[0] == '/' && strlen(dir) < sizeof(l->credentials))
		strcpy(l->credentials, dir);
}

int
launch_read(struct launch *l, struct s3jit_err *err)
{
	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->journal = getenv("JOURNAL_STREAM") != NULL;
	credentials_read(l);
#ifdef HAVE_LIBSYSTEMD
	const char *notify = getenv("NOTIFY_SOCKET");
	int n = sd_listen_fds(0);

	if (notify != NULL && strlen(notify) < sizeof(l->notify))
		strcpy(l->notify, notify);
	if (n < 0 || n > 1)
		return s3jit_fail(err, S3JIT_EUSAGE, "systemd passed %d sockets, expected 1", n);
	if (n == 1 && sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "systemd passed something that is no listening "
		    "stream socket");
	if (n == 1)
		l->fd = SD_LISTEN_FDS_START;
	if (n == 1 && fcntl(l->fd, F_SETFL, fcntl(l->fd, F_GETFL) | O_NONBLOCK) == -1)
		return s3jit_fail_errno(err, "the socket of systemd");
#else
	(void)err;
#endif
	return 0;
}

void
launch_notify(const struct launch *l, const char *state)
{
#ifdef HAVE_LIBSYSTEMD
	if (*l->notify == '\0' || setenv("NOTIFY_SOCKET", l->notify, 1) == -1)
		return;
	(void)sd_notify(1, state);	/* 1: takes it out of the environment again */
#else
	(void)l;
	(void)state;
#endif
}

/* Does a process listen there? */
static bool
alive(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd == -1)
		return true;
	yes = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 || errno == EAGAIN;
	close(fd);
	return yes;
}

static int
socket_modes(const char *path, gid_t gid, struct s3jit_err *err)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return s3jit_fail_errno(err, "%s", path);
	/* a folder of mode 2750 has given it the group already */
	if (gid != (gid_t)-1 && st.st_gid != gid && lchown(path, (uid_t)-1, gid) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "%s: cannot give it to group %u, so the broker could "
		    "not connect; make its folder with systemd-tmpfiles (mode 2750)", path,
		    (unsigned)gid);
	if (chmod(path, 0660) == -1)
		return s3jit_fail_errno(err, "%s", path);
	return 0;
}

int
listen_at(int *out, const char *path, gid_t gid, struct s3jit_err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	mode_t old;
	int fd, rc;

	*out = -1;
	if (strlen(path) >= sizeof(sun.sun_path))
		return s3jit_fail(err, S3JIT_EUSAGE, "%s: too long for a socket", path);
	strcpy(sun.sun_path, path);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return s3jit_fail(err, S3JIT_EUSAGE, "%s: something else lies there", path);
		if (alive(&sun))
			return s3jit_fail(err, S3JIT_EBUSY, "%s: another s3jit-signer is running", path);
		if (unlink(path) == -1)
			return s3jit_fail_errno(err, "%s", path);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1)
		return s3jit_fail_errno(err, "%s", path);
	old = umask(0177);
	rc = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (rc == -1) {
		s3jit_fail_errno(err, "%s", path);
		close(fd);
		return -1;
	}
	if ((rc = socket_modes(path, gid, err)) == 0 && (rc = listen(fd, BACKLOG)) == -1)
		s3jit_fail_errno(err, "%s", path);
	if (rc == -1) {
		close(fd);
		unlink(path);
		return -1;
	}
	*out = fd;
	return 0;
}
