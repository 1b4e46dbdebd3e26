/*
 * cycles.c - opens and closes a session ten times on each of N new PAM handles;
 * says if descriptors were left open.  Run under valgrind by cycles.sh (P9) and under
 * strace by files.sh (P4).
 *	cycles MODULE N [forget]
 * "forget" never ends a handle: the fault that valgrind must see.
 */
#include "config.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "fake_broker.h"

static int
converse(int n, const struct pam_message **msg, struct pam_response **resp, void *arg)
{
	(void)n;
	(void)msg;
	(void)resp;
	(void)arg;
	return PAM_CONV_ERR;
}

static int
cycle(const char *user, const char *confdir, int forget)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh = NULL;
	int i, rc = PAM_SUCCESS;

	if (pam_start_confdir("s3jit-test", user, &conv, confdir, &pamh) != PAM_SUCCESS)
		return -1;
	for (i = 0; i < 10 && rc == PAM_SUCCESS; i++) {
		rc = pam_open_session(pamh, 0);
		if (rc == PAM_SUCCESS)
			rc = pam_close_session(pamh, 0);
	}
	if (!forget)
		pam_end(pamh, rc);
	return rc == PAM_SUCCESS ? 0 : -1;
}

static int
lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

int
main(int argc, char **argv)
{
	char confdir[] = "/tmp/s3jit-pamd-XXXXXX", path[128], number[16];
	const struct passwd *me = getpwuid(getuid());
	struct fake broker;
	int before, failed = 0;
	FILE *f;

	if (argc < 3 || me == NULL || mkdtemp(confdir) == NULL ||
	    fake_start(&broker, FAKE_GO) == -1)
		return 2;
	snprintf(path, sizeof(path), "%s/s3jit-test", confdir);
	if ((f = fopen(path, "w")) == NULL)
		return 2;
	fprintf(f, "session required %s socket=%s required\n", argv[1], broker.path);
	fclose(f);
	snprintf(number, sizeof(number), "%u", (unsigned)me->pw_uid);
	setenv("TEST_LOGINUID", number, 1);
	setenv("TEST_SESSIONID", "77", 1);

	before = lowest_free();
	for (int i = atoi(argv[2]); i > 0; i--)
		failed += cycle(me->pw_name, confdir, argc > 3) == -1;
	if (lowest_free() != before || failed > 0) {
		fprintf(stderr, "%d cycles failed; lowest free descriptor %d, then %d\n", failed,
		    before, lowest_free());
		failed = 1;
	}
	unlink(path);
	rmdir(confdir);
	fake_stop(&broker);
	return failed;
}
