/*
 * base.c - the signer's own AWS keys: when to read them, and who waits.
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

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
	struct http *http;
	const struct aws_conf *conf;
	struct keys *keys;	/* NULL: none yet */
	struct imds *imds;	/* being asked */
	int64_t not_before;	/* clock_boot_ms(): the next try to refresh */
	struct waiter *waiters;
};

int
base_new(struct base **out, struct http *http, const struct aws_conf *conf, struct s3jit_err *err)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return s3jit_fail_errno(err, "base credentials");
	(*out)->http = http;
	(*out)->conf = conf;
	return 0;
}

void
base_free(struct base *b)
{
	struct waiter *w;

	if (b == NULL)
		return;
	imds_cancel(b->imds);
	while ((w = b->waiters) != NULL) {
		b->waiters = w->next;
		free(w);
	}
	keys_free(b->keys);
	free(b);
}

static bool
alive(const struct base *b, int64_t now)
{
	return b->keys != NULL && (b->keys->expiration == 0 || b->keys->expiration > now);
}

/* A refresh that failed hurts nobody while the old keys live. */
static void
on_imds(void *arg, struct keys *keys, const struct s3jit_err *err)
{
	struct base *b = arg;
	struct waiter *w;
	bool old;

	b->imds = NULL;
	b->not_before = clock_boot_ms() + RETRY_MS;
	if (keys != NULL) {
		keys_free(b->keys);
		b->keys = keys;
		b->not_before = 0;
		log_say(LOG_INFO, "own keys read from instance metadata");
	} else {
		log_say(LOG_WARNING, "%s", err->text);
	}
	old = keys == NULL && alive(b, clock_wall());
	/* one at a time: a done() may cancel another; who asks anew waits anew */
	while ((w = b->waiters) != NULL && b->imds == NULL) {
		b->waiters = w->next;
		w->done(w->arg, keys != NULL || old ? b->keys : NULL, err);
		free(w);
	}
}

static void
wait_for_imds(struct base *b, base_done *done, void *arg)
{
	struct s3jit_err err;
	struct waiter *w;

	if (b->imds == NULL &&
	    imds_start(&b->imds, b->http, b->conf->imds_endpoint, on_imds, b, &err) == -1) {
		done(arg, NULL, &err);
		return;
	}
	if ((w = calloc(1, sizeof(*w))) == NULL) {
		s3jit_fail_errno(&err, "base credentials");
		done(arg, NULL, &err);
		return;
	}
	w->done = done;
	w->arg = arg;
	w->next = b->waiters;
	b->waiters = w;
}

void
base_get(struct base *b, bool again, base_done *done, void *arg)
{
	int64_t now = clock_wall();
	struct s3jit_err err;
	struct keys *keys;

	if (strncmp(b->conf->credentials, "file:", 5) == 0) {
		/* small and local: reading it each time is how a rotation is noticed */
		if (base_read_file(&keys, b->conf->credentials + 5, &err) == -1) {
			log_say(LOG_WARNING, "%s", err.text);
			done(arg, NULL, &err);
			return;
		}
		keys_free(b->keys);
		b->keys = keys;
		done(arg, keys, NULL);
		return;
	}
	if (!again && alive(b, now) && (b->keys->expiration - now > REFRESH ||
	    clock_boot_ms() < b->not_before))
		done(arg, b->keys, NULL);
	else
		wait_for_imds(b, done, arg);
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
