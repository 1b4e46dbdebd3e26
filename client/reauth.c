/*
 * reauth.c - re-authentication: the whole command again, through the setuid
 * s3-sudo, which asks for the password before it starts us anew.
 *
 * Runs in s3-sudo-client and s3-approve as the person.  The environment label
 * only keeps us from going in circles; whether somebody is authenticated is a
 * fact that the broker holds.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/duration.h"

#include "signals.h"
#include "task.h"

int
reauth_possible(struct s3jit_err *err)
{
	static const char why[] = "This needs your password first, and that can't be asked here";
	struct statvfs fs;
	struct stat st;

	if (stat(S3_SUDO, &st) == -1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s: %s is not installed", why, S3_SUDO);
	if ((st.st_mode & S_ISUID) == 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s: %s has no setuid bit", why, S3_SUDO);
	if (st.st_uid != 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s: %s is not root's here, as in a user "
		    "namespace", why, S3_SUDO);
	if (statvfs(S3_SUDO, &fs) == 0 && (fs.f_flag & ST_NOSUID) != 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "%s: %s is on a file system mounted nosuid", why, S3_SUDO);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "%s: this process may gain no privileges (no_new_privs)", why);
	if (getenv(REAUTH_GUARD) != NULL)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "This needs your password first, and giving it did not help");
	return 0;
}

/*
 * The options that were answered on the terminal are put behind the verb, so
 * that nobody is asked twice.
 */
int
reauth_again(struct app *app, const char *reason, int64_t ttl)
{
	char usual[DURATION_TEXT], *why = NULL, *how_long = NULL;
	int i, n = 0, ret = -1;
	char **argv;

	if (reauth_possible(&app->err) == -1)
		return -1;
	if ((argv = calloc((size_t)app->argc + 3, sizeof(*argv))) == NULL)
		return s3jit_fail_errno(&app->err, "re-authentication");
	argv[n++] = conn_text("s3-sudo");
	if (app->argc > 1)
		argv[n++] = app->argv[1];
	if (reason != NULL && asprintf(&why, "--reason=%s", reason) != -1)
		argv[n++] = why;
	if (ttl != 0 && asprintf(&how_long, "--ttl=%s", duration_format(usual, ttl)) != -1)
		argv[n++] = how_long;
	for (i = 2; i < app->argc; i++)
		argv[n++] = app->argv[i];
	if (setenv(REAUTH_GUARD, "1", 1) == -1) {
		s3jit_fail_errno(&app->err, "re-authentication");
		goto out;
	}
	signals_restore();
	execv(S3_SUDO, argv);
	s3jit_fail_errno(&app->err, "starting %s", S3_SUDO);
out:
	free(how_long);
	free(why);
	free(argv);
	return ret;
}
