/*
 * base_process.c - the signer's own AWS keys from a program of the
 * administrator's, as credential_process of the AWS tools (AWS-FACTS 10).
 *
 * Runs in s3jit-signer, the program as the same user.  It is started without
 * a shell and without an environment, has RUN_MS, and may say OUTPUT_MAX bytes;
 * what it complains of on stderr goes where ours goes.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "config/trusted.h"
#include "s3jit/clock.h"
#include "s3jit/codec.h"
#include "s3jit/escape.h"

#include "base.h"

#define RUN_MS 8000		/* less than an STS call has for all of it */
#define OUTPUT_MAX 65536
#define ARGUMENTS 64
#define LOOK_MS 20		/* has it ended? */

struct process {
	pid_t pid;
	int fd;			/* its stdout; -1 once it said all */
	struct event *readable, *timer;
	int64_t until;		/* clock_boot_ms() */
	char *path;
	char *out;		/* OUTPUT_MAX + 1 bytes */
	size_t len;
	fetch_done *done;
	void *arg;
};

/* --- what it may be, and what it says --------------------------------------------------- */

/* The words of a command, in a copy; they are plain (config/check.c). */
static int
split(char *copy, char *words[ARGUMENTS + 1], struct s3jit_err *err)
{
	size_t n = 0;
	char *word;

	while ((word = strsep(&copy, " ")) != NULL) {
		if (n == ARGUMENTS)
			return s3jit_fail(err, S3JIT_EUSAGE, "process: more than %d words", ARGUMENTS);
		words[n++] = word;
	}
	words[n] = NULL;
	return 0;
}

int
process_trusted(const char *command, bool trust_self, struct s3jit_err *err)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%.*s", (int)strcspn(command, " "), command) >=
	    (int)sizeof(path))
		return s3jit_fail(err, S3JIT_EUSAGE, "process: the path is too long");
	if (trusted_open(&fd, path, trust_self ? TRUSTED_SELF : 0, err) == -1)
		return s3jit_fail_prefix(err, "process");
	close(fd);
	if (access(path, X_OK) == -1)
		return s3jit_fail_errno(err, "process: %s cannot be run", path);
	return 0;
}

int
process_parse(struct keys **out, const char *json, size_t len, int64_t now, struct s3jit_err *err)
{
	json_t *root = codec_json_load(json, len, NULL);
	const char *id, *secret, *token = "", *expires = NULL;
	int64_t expiration = 0;
	int version, ret = -1;

	*out = NULL;
	if (json_unpack(root, "{s:i, s:s, s:s, s?s, s?s}", "Version", &version, "AccessKeyId", &id,
	    "SecretAccessKey", &secret, "SessionToken", &token, "Expiration", &expires) == -1)
		s3jit_fail(err, S3JIT_EPROTO, "it did not print one JSON object with Version, "
		    "AccessKeyId and SecretAccessKey");
	else if (version != 1)
		s3jit_fail(err, S3JIT_EPROTO, "it printed Version %d, expected 1", version);
	else if (!escape_is_word(id) || !escape_is_word(secret) || (*token != '\0' && !escape_is_word(token)))
		s3jit_fail(err, S3JIT_EPROTO, "it printed keys that are empty or have blanks");
	else if (expires != NULL && clock_parse_iso(&expiration, expires) == -1)
		s3jit_fail(err, S3JIT_EPROTO, "its Expiration is not like 2026-01-31T12:05:00Z");
	else if (expires != NULL && expiration <= now)
		s3jit_fail(err, S3JIT_EAWS, "it printed keys that have expired already");
	else
		ret = keys_new(out, id, secret, token, expiration, err);
	json_decref(root);
	return ret;
}

/* --- running it ------------------------------------------------------------------------------ */

static void
process_free(struct process *p)
{
	if (p->readable != NULL)
		event_free(p->readable);
	if (p->timer != NULL)
		event_free(p->timer);
	if (p->fd != -1)
		close(p->fd);
	if (p->out != NULL)
		explicit_bzero(p->out, p->len);
	free(p->out);
	free(p->path);
	free(p);
}

/* Has it ended?  Nobody is asked how yet: so long no other group can get the number of its own. */
static bool
has_ended(const struct process *p)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1 ||
	    info.si_pid != 0;
}

/* It and what it started: they are a process group of their own.  Returns how it ended. */
static int
kill_all(struct process *p)
{
	int status = SIGKILL;

	if (p->pid == -1)
		return status;
	(void)kill(-p->pid, SIGKILL);
	while (waitpid(p->pid, &status, 0) == -1 && errno == EINTR)
		;
	p->pid = -1;
	return status;
}

void
process_cancel(struct process *p)
{
	if (p == NULL)
		return;
	(void)kill_all(p);
	process_free(p);
}

static void
finish(struct process *p, struct keys *keys, const struct s3jit_err *why)
{
	struct s3jit_err err = { 0 };

	(void)kill_all(p);
	if (keys == NULL) {
		s3jit_fail(&err, why->code, "%s (credentials = \"process:...\"): %s", p->path, why->text);
		p->done(p->arg, NULL, &err);
	} else {
		p->done(p->arg, keys, NULL);
	}
	process_free(p);
}

static void __attribute__((format(printf, 2, 3)))
finish_fail(struct process *p, const char *fmt, ...)
{
	struct s3jit_err err = { 0 };
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s3jit_fail(&err, S3JIT_EAWS, "%s", text);
	finish(p, NULL, &err);
}

/* It ended: what it said counts only if it ended well. */
static void
on_ended(struct process *p, int status)
{
	struct s3jit_err err = { 0 };
	struct keys *keys;

	if (WIFSIGNALED(status)) {
		finish_fail(p, "it died of signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status) != 0) {
		finish_fail(p, "it failed with exit status %d; what it says stands in our log "
		    "(journalctl -u s3jit-signer)", WEXITSTATUS(status));
	} else {
		(void)process_parse(&keys, p->out, p->len, clock_wall(), &err);
		finish(p, keys, &err);
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = { .tv_usec = LOOK_MS * 1000 };
	struct process *p = arg;

	(void)fd;
	(void)what;
	if (p->fd == -1 && has_ended(p))
		on_ended(p, kill_all(p));
	else if (clock_boot_ms() >= p->until || evtimer_add(p->timer, &tv) == -1)
		finish_fail(p, "it did not end within %d s", RUN_MS / 1000);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct process *p = arg;
	ssize_t n = read(fd, p->out + p->len, OUTPUT_MAX + 1 - p->len);

	(void)what;
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0)
		p->len += (size_t)n;
	if (p->len > OUTPUT_MAX) {
		finish_fail(p, "it printed more than %d KiB", OUTPUT_MAX / 1024);
		return;
	}
	if (n > 0)
		return;
	event_del(p->readable);
	close(p->fd);
	p->fd = -1;
	on_timer(-1, 0, p);
}

/* stdin from nowhere, stdout to us, stderr as ours, nothing else; signals as they are at birth. */
static int
spawn(struct process *p, char *const words[], int out)
{
	char *const nothing[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	if ((rc = posix_spawn_file_actions_init(&files)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attr)) != 0)
		goto out;
	if ((rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, out, 1)) == 0 &&
	    (rc = posix_spawn_file_actions_addclosefrom_np(&files, 3)) == 0 &&
	    (rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK)) == 0 &&
	    (rc = posix_spawnattr_setsigdefault(&attr, &all)) == 0 &&
	    (rc = posix_spawnattr_setsigmask(&attr, &none)) == 0)
		rc = posix_spawn(&p->pid, words[0], &files, &attr, words, nothing);
	posix_spawnattr_destroy(&attr);
out:
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

static int
run(struct process *p, struct event_base *events, char *const words[], struct s3jit_err *err)
{
	struct timeval tv = { .tv_usec = LOOK_MS * 1000 };
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return s3jit_fail_errno(err, "process: a pipe");
	p->fd = ends[0];
	rc = fcntl(p->fd, F_SETFL, O_NONBLOCK) == -1 ? errno : spawn(p, words, ends[1]);
	close(ends[1]);
	if (rc != 0) {
		p->pid = -1;
		errno = rc;
		return s3jit_fail_errno(err, "process: %s cannot be run", words[0]);
	}
	p->until = clock_boot_ms() + RUN_MS;
	if ((p->readable = event_new(events, p->fd, EV_READ | EV_PERSIST, on_readable, p)) == NULL ||
	    (p->timer = evtimer_new(events, on_timer, p)) == NULL ||
	    event_add(p->readable, NULL) == -1 || evtimer_add(p->timer, &tv) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "process: no event");
	return 0;
}

int
process_start(struct process **out, struct event_base *events, const char *command,
    bool trust_self, fetch_done *done, void *arg, struct s3jit_err *err)
{
	char *words[ARGUMENTS + 1], *copy = NULL;
	struct process *p;
	int ret = -1;

	*out = NULL;
	if (process_trusted(command, trust_self, err) == -1)
		return -1;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return s3jit_fail_errno(err, "process");
	p->pid = -1;
	p->fd = -1;
	p->done = done;
	p->arg = arg;
	if ((copy = strdup(command)) == NULL || (p->out = malloc(OUTPUT_MAX + 1)) == NULL) {
		s3jit_fail_errno(err, "process");
	} else if (split(copy, words, err) == 0) {
		if ((p->path = strdup(words[0])) == NULL)
			s3jit_fail_errno(err, "process");
		else
			ret = run(p, events, words, err);
	}
	free(copy);
	if (ret == 0)
		*out = p;
	else
		process_cancel(p);
	return ret;
}
