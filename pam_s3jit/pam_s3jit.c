/*
 * pam_s3jit.c - the session module: tells s3jitd that a login begins and keeps
 * the connection for as long as the login lasts.
 *
 * Runs inside sshd, as root: a guest.  No output, no prompt, no signal, no
 * thread, no network, no static state; libc and libpam only (P1, P9, P10).
 *
 * Promise: a login is delayed by at most LOGIN_TIMEOUT_MS and goes on without
 * us, unless the option `required` says otherwise; then it goes on only when
 * registered.  Nothing here ever returns PAM_IGNORE (P2).
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "leftovers.h"
#include "login.h"

/* The name of our pam_set_data() entry: an int, the connection. */
#define CONNECTION "s3jit_connection"

struct options {
	bool required;		/* no login without registration */
	bool debug;
	bool end_leftovers;	/* a logout ends all that was started in the login */
	const char *socket;
};

/*
 * Take them all before failing, so that a typo in one option cannot undo
 * `required` behind it.
 */
static int
options_parse(struct options *opt, int argc, const char **argv, struct s3jit_err *err)
{
	const struct {
		const char *name;
		bool *flag;
		const char **value;
	} table[] = {
		{ "required", &opt->required, NULL },
		{ "debug", &opt->debug, NULL },
		{ "end-leftovers", &opt->end_leftovers, NULL },
		{ "socket=", NULL, &opt->socket },
	};
	const size_t rows = sizeof(table) / sizeof(table[0]);
	size_t row, len;
	int ret = 0;

	*opt = (struct options){ .socket = S3JIT_ROOT_SOCK };
	for (int i = 0; i < argc; i++) {
		for (row = 0; row < rows; row++) {
			len = strlen(table[row].name);
			if (table[row].flag != NULL ? strcmp(argv[i], table[row].name) == 0
			    : strncmp(argv[i], table[row].name, len) == 0 && argv[i][len] == '/')
				break;
		}
		if (row == rows)
			ret = s3jit_fail(err, S3JIT_EUSAGE, "unknown option \"%s\"", argv[i]);
		else if (table[row].flag != NULL)
			*table[row].flag = true;
		else
			*table[row].value = argv[i] + len;
	}
	return ret;
}

/* The broker's text and the options go to the log: one line, ASCII (A3). */
static void
text_flatten(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* An su inside a login is no error; it is told only when somebody asks. */
static void
report(pam_handle_t *pamh, const struct options *opt, struct s3jit_err *err)
{
	bool quiet = err->code == S3JIT_ENOTFOUND && !opt->required;

	if (quiet && !opt->debug)
		return;
	text_flatten(err->text);
	pam_syslog(pamh, quiet ? LOG_DEBUG : LOG_ERR, "%s; %s", err->text,
	    opt->required ? "the login is refused (required)"
	    : "the login goes on without s3jit");
}

static void
connection_close(pam_handle_t *pamh, void *data, int status)
{
	int *fd = data;

	(void)pamh;
	(void)status;
	if (fd == NULL)
		return;
	close(*fd);
	free(fd);
}

static bool
connection_is_kept(const pam_handle_t *pamh)
{
	const void *fd = NULL;

	return pam_get_data(pamh, CONNECTION, &fd) == PAM_SUCCESS && fd != NULL;
}

static int
connection_keep(pam_handle_t *pamh, int fd, struct s3jit_err *err)
{
	int *data, rc = PAM_BUF_ERR;

	if ((data = malloc(sizeof(*data))) != NULL) {
		*data = fd;
		rc = pam_set_data(pamh, CONNECTION, data, connection_close);
	}
	if (rc == PAM_SUCCESS)
		return 0;
	free(data);
	close(fd);
	return s3jit_fail(err, S3JIT_ESYS, "cannot keep the connection: %s",
	    pam_strerror(pamh, rc));
}

static int
session_open(pam_handle_t *pamh, const struct options *opt, struct s3jit_err *err)
{
	struct login who;
	int fd;

	if (connection_is_kept(pamh))
		return 0;
	if (login_identify(&who, pamh, err) == -1 ||
	    login_check(&who, err) == -1 ||
	    login_set_env(&who, pamh, err) == -1 ||
	    login_register(&fd, &who, pamh, opt->socket, err) == -1 ||
	    connection_keep(pamh, fd, err) == -1)
		return -1;
	if (opt->debug)
		pam_syslog(pamh, LOG_DEBUG, "registered audit session %u of uid %u",
		    who.sessionid, who.uid);
	return 0;
}

int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options opt;
	struct s3jit_err err = { .code = S3JIT_OK };
	int ret = PAM_SESSION_ERR;	/* the answer, until proven otherwise */

	(void)flags;			/* PAM_SILENT: we never speak */
	if (options_parse(&opt, argc, argv, &err) == -1)
		goto out;
	if (session_open(pamh, &opt, &err) == -1)
		goto out;
	ret = PAM_SUCCESS;
out:
	if (ret != PAM_SUCCESS) {
		report(pamh, &opt, &err);
		if (!opt.required)
			ret = PAM_SUCCESS;
	}
	return ret;
}

/* Closing twice, or what was never opened, is fine (P8). */
int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options opt;
	int left;

	(void)flags;
	if (!connection_is_kept(pamh))
		return PAM_SUCCESS;
	/* first its power, then its processes */
	pam_set_data(pamh, CONNECTION, NULL, NULL);
	(void)options_parse(&opt, argc, argv, NULL);
	if (opt.end_leftovers && (left = leftovers_end()) > 0)
		pam_syslog(pamh, LOG_ERR, "%d processes of this login could not be ended", left);
	return PAM_SUCCESS;
}

/*
 * The entry points of the other stacks exist to refuse: without them libpam
 * would say "module unknown", which some control words skip.
 */
static int
refuse(pam_handle_t *pamh, const char *stack)
{
	pam_syslog(pamh, LOG_ERR, "pam_s3jit belongs on session lines, not on %s lines", stack);
	return PAM_SERVICE_ERR;
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return refuse(pamh, "auth");
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return refuse(pamh, "auth");
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return refuse(pamh, "account");
}

int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	(void)argc;
	(void)argv;
	return refuse(pamh, "password");
}
