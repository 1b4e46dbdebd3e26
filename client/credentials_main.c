/*
 * credentials_main.c - s3jit-credentials PROFILE: the credential_process of
 * a login's AWS configuration.
 *
 * Runs as the person, for every signed request of some SDKs: it must start
 * and answer in milliseconds, so no locale, no configuration, no terminal.
 * Promise: one whole JSON document on stdout and exit 0, or nothing on stdout
 * that parses, a sentence on stderr and exit 1 (C4, C5).  It waits for the
 * broker, never for people (C7).
 */
#include "config.h"

#include <sys/prctl.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/escape.h"

#include "conn.h"
#include "credentials.h"
#include "descriptors.h"

#define CONNECT_MS	2000	/* as long as a login waits: s3jitd may be restarting */
#define ANSWER_MS	20000	/* more than s3jitd waits for AWS: it knows why there is none */
#define AGAIN_MS	2000	/* s3jitd was lost over the question: it restarts */
#define PAUSE_MS	50

static int
usage(FILE *to, int status)
{
	fputs("usage: s3jit-credentials PROFILE\n"
	    "\n"
	    "Prints temporary AWS credentials of this login as JSON, for the line\n"
	    "credential_process of an AWS configuration.  PROFILE is\n"
	    "  default    what the login may read\n"
	    "  s3-write   what `s3-sudo open` has opened for the login\n"
	    "It does not print to a terminal.\n"
	    "\n"
	    "Example:\n"
	    "  aws --profile s3-write s3 cp report.csv s3://prod-reports/2026/\n", to);
	return status;
}

/* One sentence on stderr, without anything that a terminal or a log would obey. */
static int
complain(const struct s3jit_err *err, const char *hint)
{
	char *text = escape_cut(err->text, 600), *next = escape_cut(hint, 300);

	fprintf(stderr, "s3jit-credentials: %s%s%s\n", text == NULL ? "out of memory" : text,
	    hint[0] == '\0' ? "" : "  ", next == NULL ? "" : next);
	free(text);
	free(next);
	return 1;
}

/* The same keys are given again, so asking twice takes nothing. */
static int
ask_again(struct conn *conn, const struct msg_get_credentials *ask, struct msg_credentials *keys,
    struct s3jit_err *err)
{
	int64_t until = clock_boot_ms() + AGAIN_MS;

	while (err->code == S3JIT_EBROKER && clock_boot_ms() < until) {
		(void)poll(NULL, 0, PAUSE_MS);
		if (conn_again(conn, err) == 0 && conn_ask(conn, &get_credentials_table, ask,
		    &credentials_table, keys, err) == 0)
			return 0;
	}
	return -1;
}

static int
credentials_print(const char *profile, struct conn **conn, struct s3jit_err *err)
{
	struct msg_get_credentials ask = { conn_text(profile) };
	struct msg_credentials keys;
	char *json = NULL;
	int ret = -1;

	memset(&keys, 0, sizeof(keys));
	if (conn_open(conn, "s3jit-credentials", false, CONNECT_MS, err) == -1)
		goto out;
	conn_patience(*conn, ANSWER_MS);
	if (conn_ask(*conn, &get_credentials_table, &ask, &credentials_table, &keys, err) == -1 &&
	    ask_again(*conn, &ask, &keys, err) == -1)
		goto out;
	if (credentials_json(&json, &keys, err) == -1)
		goto out;
	ret = credentials_write(STDOUT_FILENO, json, err);
out:
	codec_wipe_free(json);
	codec_clear(&credentials_table, &keys);
	return ret;
}

int
main(int argc, char **argv)
{
	struct s3jit_err err = { S3JIT_OK, "" };
	struct conn *conn = NULL;
	int status = 0;

	descriptors_settle();
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return usage(stdout, 0);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("s3jit-credentials " PACKAGE_VERSION) == EOF;
	if (argc != 2 || argv[1][0] == '-')
		return usage(stderr, 2);
	if (isatty(STDOUT_FILENO)) {
		s3jit_fail(&err, S3JIT_EUSAGE, "secret keys are not printed to a terminal: "
		    "the AWS CLI and SDKs run this by themselves");
		complain(&err, "");
		return 2;
	}
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);	/* no core, no reading our memory */
	(void)signal(SIGPIPE, SIG_IGN);			/* a closed pipe is an error, not a death */
	if (credentials_print(argv[1], &conn, &err) == -1) {
		if (err.code == S3JIT_ETIMEOUT)
			s3jit_fail(&err, S3JIT_EBROKER,
			    "s3jitd does not answer (systemctl status s3jitd).");
		status = complain(&err, conn_hint(conn));
	}
	conn_free(conn);
	return status;
}
