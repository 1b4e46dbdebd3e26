/*
 * transfer - S3 over HTTP for s3-sudo-client; holds no key.
 *
 * Runs as the person, started by s3-sudo-client with its end of a socketpair
 * as descriptor 3 (include/s3jit/transfer_proto.h).  Takes no arguments,
 * reads no environment, opens no file but the CA file, prints nothing.
 *
 * Session tokens and signatures pass through: no core, not dumpable (C2).
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "s3jit/transfer_proto.h"
#include "transfer/run.h"

/* Ctrl-C and a lost line reach us as `stop` or as the end of the client. */
static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGPIPE };

static int
settle(void)
{
	const struct rlimit none = { 0, 0 };
	sigset_t empty;
	size_t i;

	/* before any library may look: SSLKEYLOGFILE, *_proxy, OPENSSL_CONF (B13) */
	if (clearenv() != 0)
		return -1;
	if (setrlimit(RLIMIT_CORE, &none) == -1 || prctl(PR_SET_DUMPABLE, 0) == -1)
		return -1;
	sigemptyset(&empty);
	if (sigprocmask(SIG_SETMASK, &empty, NULL) == -1)
		return -1;
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (signal(ignored[i], SIG_IGN) == SIG_ERR)
			return -1;
	return 0;
}

int
main(void)
{
	struct s3jit_err err = { 0 };
	int type;
	socklen_t len = sizeof(type);

	if (settle() == -1 ||
	    getsockopt(TRANSFER_FD, SOL_SOCKET, SO_TYPE, &type, &len) == -1 || type != SOCK_STREAM)
		return 1;
	/* whatever went wrong and can be told was told on descriptor 3 */
	return run_client(TRANSFER_FD, &err) == 0 ? 0 : 1;
}
