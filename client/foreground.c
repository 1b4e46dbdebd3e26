/*
 * foreground.c - the terminal, lent to a shell and taken back.
 *
 * Runs in s3-sudo-client as the person.  A shell that is killed leaves the
 * terminal in raw mode and in the hands of a process group that is gone; who
 * called s3-sudo would then be stopped as soon as it reads.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "foreground.h"

void
foreground_keep(struct foreground *f)
{
	sigset_t output;

	f->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	f->group = getpgrp();
	f->has_modes = f->fd != -1 && tcgetattr(f->fd, &f->modes) == 0;
	/* who blocks this may write and take the terminal back from behind */
	sigemptyset(&output);
	sigaddset(&output, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &output, NULL);
}

void
foreground_back(struct foreground *f)
{
	if (f->fd == -1)
		return;
	(void)tcsetpgrp(f->fd, f->group);
	if (f->has_modes)
		(void)tcsetattr(f->fd, TCSADRAIN, &f->modes);
}

void
foreground_lend(const struct foreground *f, pid_t shell)
{
	if (f->fd != -1 && tcgetpgrp(f->fd) == f->group)
		(void)tcsetpgrp(f->fd, getpgid(shell));
}

void
foreground_free(struct foreground *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
}
