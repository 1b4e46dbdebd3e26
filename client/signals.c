/*
 * signals.c - signals as something to poll for.
 *
 * Runs in s3-sudo-client.  The only state of a process's own: the signal mask
 * is that, too.
 */
#include "config.h"

#include <sys/signalfd.h>

#include <errno.h>
#include <unistd.h>

#include "signals.h"

static int fd = -1;
static sigset_t before;

int
signals_fd(struct s3jit_err *err)
{
	static const int caught[] = {
		SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE
	};
	sigset_t set;
	size_t i;

	if (fd != -1)
		return fd;
	sigemptyset(&set);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(&set, caught[i]);
	/* an inherited "ignore" for SIGCHLD would lose the status of our children */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR || sigprocmask(SIG_BLOCK, &set, &before) == -1)
		return s3jit_fail_errno(err, "signals");
	sigdelset(&set, SIGPIPE);
	if ((fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) == -1)
		return s3jit_fail_errno(err, "signals");
	return fd;
}

int
signals_next(bool *ours)
{
	struct signalfd_siginfo info;
	ssize_t n;

	do
		n = read(fd, &info, sizeof(info));
	while (n == -1 && errno == EINTR);
	if (n != (ssize_t)sizeof(info))
		return 0;
	if (ours != NULL)
		*ours = info.ssi_code <= 0;
	return (int)info.ssi_signo;
}

bool
signals_to_stop(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && (sigismember(&set, SIGINT) == 1 ||
	    sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGHUP) == 1 ||
	    sigismember(&set, SIGQUIT) == 1);
}

void
signals_restore(void)
{
	if (fd != -1)
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
}
