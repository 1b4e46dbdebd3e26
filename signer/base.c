/*
 * base.c - the signer's own AWS keys: when to read them, and who waits.
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "s3jit/clock.h"

#include "base.h"
#include "log.h"

#define REFRESH (5 * 60)	/* AWS has new ones at least this long before the end */
#define RETRY_MS 30000		/* while old ones still work, not more often than this */

struct waiter {
	base_done *done;
	void *arg;
	struct waiter *next;
};

struct base {
	struct event_base *events;
	struct http *http;
	const struct aws_conf *conf;
	struct base_place place;
	char *credentials;	/* place.credentials is this */
	bool other;		/* the second address of the metadata service is the one that answers */
	bool tried_other;	/* in this round */
	struct s3jit_err first, both;	/* what the first address said then; what both did */
	struct keys *keys;	/* NULL: none yet */
	struct imds *imds;	/* one of the two is being asked, or none */
	struct process *process;
	int64_t not_before;	/* clock_boot_ms(): the next try to refresh */
	struct waiter *waiters;
};

static void	on_fetched(void *, struct keys *, const struct s3jit_err *);

int
base_new(struct base **out, struct event_base *events, struct http *http,
    const struct aws_conf *conf, const struct base_place *place, struct s3jit_err *err)
{
	struct base *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (b == NULL || (b->credentials = strdup(place->credentials)) == NULL) {
		free(b);
		return s3jit_fail_errno(err, "base credentials");
	}
	b->events = events;
	b->http = http;
	b->conf = conf;
	b->place = *place;
	b->place.credentials = b->credentials;
	*out = b;
	return 0;
}

void
base_free(struct base *b)
{
	struct waiter *w;

	if (b == NULL)
		return;
	imds_cancel(b->imds);
	process_cancel(b->process);
	while ((w = b->waiters) != NULL) {
		b->waiters = w->next;
		free(w);
	}
	keys_free(b->keys);
	free(b->credentials);
	free(b);
}

/* What follows `kind` in aws { credentials }, or NULL: it is of another kind. */
static const char *
source(const struct aws_conf *conf, const char *kind)
{
	size_t n = strlen(kind);

	return strncmp(conf->credentials, kind, n) == 0 ? conf->credentials + n : NULL;
}

/* --- files: small and local, so reading them each time is how a rotation is noticed ------ */

/* A file of ours or one that systemd made for us; "" in path: neither is configured. */
static int
file_path(char path[PATH_MAX], const struct aws_conf *conf, const struct base_place *place,
    struct s3jit_err *err)
{
	const char *name;

	*path = '\0';
	if ((name = source(conf, "file:")) != NULL)
		snprintf(path, PATH_MAX, "%s", name);
	if ((name = source(conf, "systemd:")) == NULL)
		return 0;
	if (*place->credentials == '\0')
		return s3jit_fail(err, S3JIT_ENOTFOUND, "systemd gave no credentials: write "
		    "LoadCredential=%s:/PATH (or LoadCredentialEncrypted=) below [Service] with "
		    "systemctl edit s3jit-signer, and restart it", name);
	snprintf(path, PATH_MAX, "%s/%s", place->credentials, name);
	return 0;
}

static void
get_file(struct base *b, const char *path, base_done *done, void *arg)
{
	struct s3jit_err err = { 0 };
	struct keys *keys;

	if (base_read_file(&keys, path, &err) == -1) {
		log_say(LOG_WARNING, "%s", err.text);
		done(arg, NULL, &err);
		return;
	}
	keys_free(b->keys);
	b->keys = keys;
	done(arg, keys, NULL);
}

/* --- what is asked for and lasts ------------------------------------------------------- */

static bool
alive(const struct base *b, int64_t now)
{
	return b->keys != NULL && (b->keys->expiration == 0 || b->keys->expiration > now);
}

static bool
fetching(const struct base *b)
{
	return b->imds != NULL || b->process != NULL;
}

static int
fetch(struct base *b, struct s3jit_err *err)
{
	const char *command = source(b->conf, "process:");

	if (command != NULL)
		return process_start(&b->process, b->events, command, b->place.trust_self, on_fetched,
		    b, err);
	return imds_start(&b->imds, b->http, b->other ? b->conf->imds_other : b->conf->imds_endpoint,
	    on_fetched, b, err);
}

/* The metadata service may be at its other address (IPv6): true when that is being tried. */
static bool
try_other(struct base *b, const struct s3jit_err *why)
{
	if (why->code != S3JIT_ETIMEOUT || *b->conf->imds_other == '\0' || b->tried_other ||
	    source(b->conf, "imds") == NULL)
		return false;
	b->tried_other = true;
	b->first = *why;
	b->other = !b->other;
	return fetch(b, NULL) == 0;
}

/* Nobody answers at either address: what is said is of the usual one, which most instances have. */
static const struct s3jit_err *
both_failed(struct base *b, const struct s3jit_err *err)
{
	const struct s3jit_err *usual = b->other ? &b->first : err;

	if (!b->tried_other || err == NULL || err->code != S3JIT_ETIMEOUT)
		return err;
	b->other = false;
	s3jit_fail(&b->both, usual->code, "%s; nor at %s", usual->text, b->conf->imds_other);
	return &b->both;
}

/* A refresh that failed hurts nobody while the old keys live. */
static void
on_fetched(void *arg, struct keys *keys, const struct s3jit_err *err)
{
	struct base *b = arg;
	struct waiter *w;
	bool old;

	b->imds = NULL;
	b->process = NULL;
	if (keys == NULL && try_other(b, err))
		return;
	err = both_failed(b, err);
	b->tried_other = false;
	if (keys == NULL)
		log_say(LOG_WARNING, "%s", err->text);
	b->not_before = clock_boot_ms() + RETRY_MS;
	if (keys != NULL) {
		keys_free(b->keys);
		b->keys = keys;
		b->not_before = 0;
		log_say(LOG_INFO, "own keys read from %s", b->conf->credentials);
	}
	old = keys == NULL && alive(b, clock_wall());
	/* one at a time: a done() may cancel another; who asks anew waits anew */
	while ((w = b->waiters) != NULL && !fetching(b)) {
		b->waiters = w->next;
		w->done(w->arg, keys != NULL || old ? b->keys : NULL, err);
		free(w);
	}
}

static void
wait_for_fetch(struct base *b, base_done *done, void *arg)
{
	struct waiter *w = calloc(1, sizeof(*w));
	struct s3jit_err err;

	if (w == NULL) {
		s3jit_fail_errno(&err, "base credentials");
		done(arg, alive(b, clock_wall()) ? b->keys : NULL, &err);
		return;
	}
	w->done = done;
	w->arg = arg;
	w->next = b->waiters;
	b->waiters = w;
	if (!fetching(b) && fetch(b, &err) == -1)
		on_fetched(b, NULL, &err);
}

/* Are they good for a while, or have we tried to get better ones just now? */
static bool
good(const struct base *b, int64_t now)
{
	return alive(b, now) && (b->keys->expiration == 0 || b->keys->expiration - now > REFRESH ||
	    clock_boot_ms() < b->not_before);
}

void
base_get(struct base *b, bool again, base_done *done, void *arg)
{
	char path[PATH_MAX];
	struct s3jit_err err = { 0 };

	if (file_path(path, b->conf, &b->place, &err) == -1)
		done(arg, NULL, &err);
	else if (*path != '\0')
		get_file(b, path, done, arg);
	else if (!again && good(b, clock_wall()))
		done(arg, b->keys, NULL);
	else
		wait_for_fetch(b, done, arg);
}

int
base_check(const struct aws_conf *conf, const struct base_place *place, const char **later,
    struct s3jit_err *err)
{
	const char *command = source(conf, "process:");
	char path[PATH_MAX];
	struct keys *keys;

	*later = NULL;
	if (command != NULL)
		return process_trusted(command, place->trust_self, err);
	if (source(conf, "systemd:") != NULL && *place->credentials == '\0') {
		*later = "credentials: systemd gives them to the service only";
		return 0;
	}
	if (file_path(path, conf, place, err) == -1)
		return -1;
	if (*path == '\0')
		return 0;
	if (base_read_file(&keys, path, err) == -1)
		return -1;
	keys_free(keys);
	return 0;
}

void
base_cancel(struct base *b, void *arg)
{
	struct waiter **p, *w;

	for (p = &b->waiters; (w = *p) != NULL;)
		if (w->arg == arg) {
			*p = w->next;
			free(w);
		} else {
			p = &w->next;
		}
}
