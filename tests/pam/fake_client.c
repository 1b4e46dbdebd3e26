/*
 * fake_client.c - stands where s3-sudo-client would be and writes what it was
 * given to the file $TEST_REPORT, one fact a line.  A test tool.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/wire.h"

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "disable_coredump=0";	/* it would change the limit that we report */
}
#endif

static void
report_descriptors(FILE *out)
{
	for (int fd = 0; fd < 256; fd++)
		if (fd != fileno(out) && fcntl(fd, F_GETFD) != -1)
			fprintf(out, "fd %d\n", fd);
}

static void
report_frame(FILE *out)
{
	void *body = NULL;
	size_t len;

	if (wire_read(3, &body, &len, WIRE_MAX, clock_boot_ms() + 1000, NULL) == 0)
		fprintf(out, "frame %s\n", (char *)body);
	free(body);
}

static void
report_signals(FILE *out)
{
	struct sigaction act;
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &act) == 0 && act.sa_handler == SIG_IGN)
			fprintf(out, "ignored %d\n", sig);
		if (sigismember(&mask, sig) == 1)
			fprintf(out, "blocked %d\n", sig);
	}
}

int
main(int argc, char **argv)
{
	struct rlimit core;
	FILE *out;

	if (getenv("TEST_REPORT") == NULL || (out = fopen(getenv("TEST_REPORT"), "we")) == NULL)
		return 99;
	for (int i = 0; i < argc; i++)
		fprintf(out, "arg %s\n", argv[i]);
	report_descriptors(out);
	report_signals(out);
	report_frame(out);
	getrlimit(RLIMIT_CORE, &core);
	fprintf(out, "core %lu\n", (unsigned long)core.rlim_cur);
	fprintf(out, "dumpable %d\n", prctl(PR_GET_DUMPABLE));
	return fclose(out) == 0 ? 42 : 98;
}
