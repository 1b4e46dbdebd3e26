/*
 * terminal.c - a line on somebody's terminal, where no program of ours runs.
 *
 * Runs in s3jitd, whose group tty is for this alone (B9).  The number of the
 * terminal is the kernel's, its name is made from that: no path comes from a
 * peer.  What is open is looked at before it is written to.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "terminal.h"

#define LINE_ROOM 600

static int
open_theirs(uint32_t tty_nr, uid_t owner)
{
	char path[32];
	struct stat st;
	int fd;

	/* Consoles and serial lines are not ours to write to: their writers may have to wait. */
	if (peer_tty_path(path, sizeof(path), tty_nr) == -1 ||
	    strncmp(path, "/dev/pts/", strlen("/dev/pts/")) != 0)
		return -1;
	if ((fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == peer_tty_dev(tty_nr) &&
	    st.st_uid == owner && (st.st_mode & S_IWGRP) != 0)
		return fd;
	close(fd);
	return -1;
}

int
terminal_say(uint32_t tty_nr, uid_t owner, const char *text)
{
	char line[LINE_ROOM];
	ssize_t n;
	int fd, len;

	len = snprintf(line, sizeof(line), "\r\n%.*s\r\n", LINE_ROOM - 8, text);
	if (tty_nr == 0 || (fd = open_theirs(tty_nr, owner)) == -1)
		return -1;
	n = write(fd, line, (size_t)len);
	close(fd);
	return n == len ? 0 : -1;
}
