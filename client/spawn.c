/*
 * spawn.c - start transfer with exactly the descriptors that it is told about.
 *
 * Runs in s3-sudo-client as the person.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "s3jit/transfer_proto.h"

#include "signals.h"
#include "spawn.h"

/* A thousand files are open twice for a moment; the usual limit is 1,024. */
static void
room_for_descriptors(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == -1)
		return;
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &lim);
}

/*
 * In the child: first all out of the way (targets and sources may overlap),
 * then each to its place.  Only exec follows, so nothing is cleaned up.
 */
static int
descriptors_place(int sock, const int *files, size_t n)
{
	int above = TRANSFER_FIRST_FILE + (int)n, *high;
	size_t i;

	if ((high = calloc(n + 1, sizeof(*high))) == NULL)
		return -1;
	if ((high[n] = fcntl(sock, F_DUPFD_CLOEXEC, above)) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if ((high[i] = fcntl(files[i], F_DUPFD_CLOEXEC, above)) == -1)
			return -1;
	if (dup2(high[n], TRANSFER_FD) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (dup2(high[i], TRANSFER_FIRST_FILE + (int)i) == -1)
			return -1;
	return close_range((unsigned)above, ~0U, 0);
}

int
spawn_transfer(pid_t *pid, int *sock, const int *files, size_t n_files, struct s3jit_err *err)
{
	static char name[] = "transfer";
	static char *const argv[] = { name, NULL };
	static char *const envp[] = { NULL };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return s3jit_fail_errno(err, "starting the transfer");
	if ((*pid = fork()) == -1) {
		s3jit_fail_errno(err, "starting the transfer");
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (*pid == 0) {
		signals_restore();
		room_for_descriptors();
		if (descriptors_place(pair[1], files, n_files) == 0)
			execve(TRANSFER_PROGRAM, argv, envp);
		_exit(127);
	}
	/* Session tokens pass from here on, in signed headers: no core shall have one. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	close(pair[1]);
	*sock = pair[0];
	return 0;
}
