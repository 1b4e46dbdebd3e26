/*
 * command.c - a person's command: found, given its keys, started.
 *
 * Runs in s3-sudo-client as the person.  execvp(3) itself hands a file that is
 * no program to a shell; we never do (H16).
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws_grammar.h"
#include "command.h"
#include "signals.h"

#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

/*
 * Call try(path, arg) for each file that `name` may stand for, as execvp
 * does: until one answers 0 or an errno other than "not here".  EACCES is
 * remembered and wins over ENOENT in the end.
 */
static int
candidates(const char *name, int (*try)(const char *path, const void *arg), const void *arg)
{
	const char *path = getenv("PATH"), *end;
	char file[PATH_MAX];
	int e, last = ENOENT;

	if (*name == '\0')
		return ENOENT;
	if (strchr(name, '/') != NULL)
		return try(name, arg);
	if (path == NULL)
		path = PATH_DEFAULT;
	for (;; path = end + 1) {
		end = strchrnul(path, ':');
		/* an empty member is the working directory */
		if (snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path,
		    end == path ? "./" : "/", name) < (int)sizeof(file)) {
			e = try(file, arg);
			if (e == EACCES)
				last = EACCES;
			else if (e != ENOENT && e != ENOTDIR && e != ESTALE && e != ENODEV)
				return e;
		}
		if (*end == '\0')
			return last;
	}
}

static int
try_access(const char *path, const void *arg)
{
	struct stat st;

	(void)arg;
	if (stat(path, &st) == -1)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(path, X_OK) == -1 ? errno : 0;
}

int
command_check(const char *name, struct s3jit_err *err)
{
	int e = candidates(name, try_access, NULL);

	if (e == 0)
		return 0;
	s3jit_fail(err, S3JIT_EUSAGE, "%s: %s", *name == '\0' ? "\"\"" : name,
	    e == ENOENT ? "command not found" : strerror(e));
	return e == ENOENT || e == ENOTDIR ? 127 : 126;
}

int
command_profile_check(int argc, char *const *argv, struct s3jit_err *err)
{
	static const char option[] = "--profile";
	size_t len;
	int i;

	if (!aws_is(argv[0]))
		return 0;
	for (i = 1; i < argc; i++) {
		len = strcspn(argv[i], "=");
		if (len >= 3 && len < sizeof(option) && strncmp(argv[i], option, len) == 0)
			return s3jit_fail(err, S3JIT_EUSAGE, "%s makes aws look away from the keys "
			    "that this command is given: leave it out", argv[i]);
	}
	return 0;
}

/* What would send an AWS SDK to other keys than ours (AWS-FACTS 10). */
const char *const command_misleading[] = {
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CREDENTIAL_EXPIRATION",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL
};

/* What a later SDK may read, too; and what is ours. */
static const char *const more[] = { "AWS_CONTAINER_*", "S3JIT_REAUTH", NULL };

/* What would give the words of the AWS CLI another meaning (W4). */
static const char *const redirecting[] = {
	"AWS_CONFIG_FILE", "AWS_ENDPOINT_URL*", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
	"AWS_CA_BUNDLE", "AWS_DATA_PATH", "AWS_CLI_AUTO_PROMPT", NULL
};

/* Is it in the list?  A `*` stands for all that begin so. */
static bool
is_one_of(const char *const *names, const char *var)
{
	size_t len = strcspn(var, "="), n;

	for (; *names != NULL; names++) {
		n = strcspn(*names, "*");
		if (strncmp(*names, var, n) == 0 && ((*names)[n] == '*' ? len >= n : len == n))
			return true;
	}
	return false;
}

static int
set(char **slot, const char *name, const char *value)
{
	if (asprintf(slot, "%s=%s", name, value) != -1)
		return 0;
	*slot = NULL;
	return -1;
}

char **
command_env(char *const *ours, const struct msg_credentials *keys, bool plain)
{
	size_t i, n = 0, o = 0;
	char **env;

	while (ours[n] != NULL)
		n++;
	if ((env = calloc(n + 5, sizeof(*env))) == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		if (!is_one_of(command_misleading, ours[i]) && !is_one_of(more, ours[i]) &&
		    !(plain && is_one_of(redirecting, ours[i])) && (env[o++] = strdup(ours[i])) == NULL)
			goto fail;
	if (plain && set(&env[o++], "AWS_CONFIG_FILE", SYSCONFDIR "/aws-config") == -1)
		goto fail;
	if (set(&env[o++], "AWS_ACCESS_KEY_ID", keys->access_key_id) == 0 &&
	    set(&env[o++], "AWS_SECRET_ACCESS_KEY", keys->secret_access_key) == 0 &&
	    set(&env[o++], "AWS_SESSION_TOKEN", keys->session_token) == 0)
		return env;
fail:
	command_env_free(env);
	return NULL;
}

void
command_env_free(char **env)
{
	size_t i;

	for (i = 0; env != NULL && env[i] != NULL; i++)
		codec_wipe_free(env[i]);
	free(env);
}

struct image {
	char *const *argv;
	char *const *envp;
};

static int
try_exec(const char *path, const void *arg)
{
	const struct image *im = arg;

	(void)execve(path, im->argv, im->envp);
	return errno;
}

int
command_exec(char *const *argv, char *const *envp)
{
	const struct image im = { argv, envp };

	return candidates(argv[0], try_exec, &im);
}

int
command_start(pid_t *pid, char *const *argv, char *const *envp, int *exec_errno,
    struct s3jit_err *err)
{
	int failed[2], e = 0;

	*exec_errno = 0;
	if (pipe2(failed, O_CLOEXEC) == -1)
		return s3jit_fail_errno(err, "starting %s", argv[0]);
	if ((*pid = fork()) == 0) {
		signals_restore();
		e = command_exec(argv, envp);
		(void)!write(failed[1], &e, sizeof(e));
		_exit(127);
	}
	close(failed[1]);
	if (*pid == -1)
		s3jit_fail_errno(err, "starting %s", argv[0]);
	else if (read(failed[0], &e, sizeof(e)) == (ssize_t)sizeof(e))
		*exec_errno = e;
	close(failed[0]);
	if (e != 0)
		s3jit_fail(err, S3JIT_EUSAGE, "%s: %s", argv[0], strerror(e));
	return *pid == -1 || e != 0 ? -1 : 0;
}
