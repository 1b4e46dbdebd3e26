/*
 * systemd.c - what systemd says to a service that it starts: see
 * sd_listen_fds(3) and sd_notify(3) for the two protocols.
 *
 * By hand, because the environment that the library would read is cleared
 * before anything else happens (B13).
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "systemd.h"

#define FIRST_FD 3
#define FDS_MAX 8

static char names[FDS_MAX][32];
static int count;
static struct sockaddr_un notify = { .sun_family = AF_UNIX };
static socklen_t notify_len;

/* "root.sock:user.sock" */
static void
split_names(const char *text)
{
	size_t len;
	int i;

	for (i = 0; i < count && text != NULL; i++) {
		len = strcspn(text, ":");
		snprintf(names[i], sizeof(names[i]), "%.*s", (int)len, text);
		text = text[len] == ':' ? text + len + 1 : NULL;
	}
}

static void
read_notify(const char *path)
{
	size_t len;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (len = strlen(path)) >= sizeof(notify.sun_path))
		return;
	memcpy(notify.sun_path, path, len);
	if (path[0] == '@')
		notify.sun_path[0] = '\0';
	notify_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void
systemd_begin(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int i;

	read_notify(getenv("NOTIFY_SOCKET"));
	if (pid == NULL || fds == NULL || atol(pid) != (long)getpid())
		return;
	count = atoi(fds);
	if (count < 0 || count > FDS_MAX)
		count = 0;
	for (i = 0; i < count; i++)
		fcntl(FIRST_FD + i, F_SETFD, FD_CLOEXEC);
	split_names(getenv("LISTEN_FDNAMES"));
}

int
systemd_socket(const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return FIRST_FD + i;
	return -1;
}

void
systemd_notify(const char *state)
{
	int fd;

	if (notify_len == 0 || (fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	/* Whoever waits for it will notice that it did not come. */
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&notify,
	    notify_len) == -1)
		fprintf(stderr, "s3jitd: systemd cannot be told: %s\n", state);
	close(fd);
}
