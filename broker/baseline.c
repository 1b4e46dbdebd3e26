/*
 * baseline.c - the leases that logins read with: one a person and baseline,
 * asked for when a login begins and renewed while the person has one, so that
 * nobody's first `aws s3 ls` waits for STS.
 *
 * Runs in s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "baseline.h"
#include "lease.h"
#include "rules.h"

/* So many of them are asked of STS at once: fifty logins after a start are no storm. */
#define AHEAD_AT_ONCE 4
/* The login itself is answered and on record before we begin. */
#define AHEAD_MS 100
/* Whom the name service did not know is looked up again then. */
#define UNKNOWN_MS (30 * 1000)
/* What is known of a person may be so old: it is looked up anew when they ask. */
#define PERSON_MS (10 * 60 * 1000)

struct baselines {
	struct lease_holder *holders;
	struct event *soon;
};

static void	on_soon(evutil_socket_t, short, void *);

int
baselines_new(struct broker *b, struct s3jit_err *err)
{
	struct baselines *bs;

	if ((bs = calloc(1, sizeof(*bs))) == NULL || (bs->soon = evtimer_new(b->base, on_soon, b)) == NULL) {
		free(bs);
		return s3jit_fail_errno(err, "memory");
	}
	b->baselines = bs;
	return 0;
}

void
baselines_free(struct broker *b)
{
	if (b->baselines == NULL)
		return;
	while (b->baselines->holders != NULL)
		lease_holder_end(b, &b->baselines->holders, b->baselines->holders);
	event_free(b->baselines->soon);
	free(b->baselines);
	b->baselines = NULL;
}

/* Somebody's rights changed: what was cached for the old baseline is not theirs any more. */
static bool
holder_fits(const struct lease_holder *h, const struct baseline *base, const char *person)
{
	return strcmp(h->role, base->role) == 0 && strcmp(h->person, person) == 0 &&
	    strv_equal(&h->scope, &base->allow_text) && strv_equal(&h->kms, &base->kms);
}

static struct lease_holder *
holder_make(struct broker *b, const struct baseline *base, const struct person *p)
{
	struct lease_holder *h;

	if ((h = lease_holder_new(&b->baselines->holders)) == NULL)
		return NULL;
	snprintf(h->kind, sizeof(h->kind), "baseline");
	snprintf(h->label, sizeof(h->label), "baseline-%u", p->uid);
	h->loginuid = p->uid;
	h->length = LEASE_BASELINE;
	h->deadline = INT64_MAX;
	h->role = strdup(base->role);
	h->person = strdup(p->name);
	if (h->role != NULL && h->person != NULL &&
	    strv_copy(&h->scope, &base->allow_text) == 0 && strv_copy(&h->kms, &base->kms) == 0)
		return h;
	lease_holder_end(b, &b->baselines->holders, h);
	return NULL;
}

struct lease_holder *
baselines_holder(struct broker *b, const struct person *p, struct s3jit_err *err)
{
	const struct baseline *base = rules_baseline(b->conf, p);
	struct lease_holder *h;

	if (!p->known) {
		s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "The name service does not answer, so your baseline is not known.  Try again.");
		return NULL;
	}
	if (base == NULL || base->allow.n == 0) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "Your baseline gives no S3 access; reads are "
		    "requested, too.  See what you may ask: s3-sudo -l");
		return NULL;
	}
	if ((h = baselines_of(b, p->uid)) != NULL && holder_fits(h, base, p->name))
		return h;
	lease_holder_end(b, &b->baselines->holders, h);
	if ((h = holder_make(b, base, p)) == NULL)
		s3jit_fail_errno(err, "memory");
	return h;
}

void
baselines_session_ended(struct broker *b, uint32_t loginuid)
{
	if (b->baselines != NULL && session_live_of(b->sessions, loginuid) == NULL)
		lease_holder_end(b, &b->baselines->holders, baselines_of(b, loginuid));
}

struct lease_holder *
baselines_of(struct broker *b, uint32_t loginuid)
{
	struct lease_holder *h;

	for (h = b->baselines->holders; h != NULL && h->loginuid != loginuid; h = h->next)
		;
	return h;
}

/* --- ahead of need --------------------------------------------------------------- */

static void
looked_up(void *arg)
{
	struct broker *b = arg;

	if (b->baselines != NULL)
		baselines_soon(b);
}

/* The person, if it is known who that is; otherwise that is asked. */
static const struct person *
person_of(struct broker *b, uint32_t loginuid)
{
	const struct person *p = resolver_person(b->resolver, loginuid);
	uid_t uid = loginuid;

	if (p != NULL && p->known)
		return p;
	if (p == NULL || p->fetched_ms < clock_boot_ms() - UNKNOWN_MS)
		resolver_want(b->resolver, &uid, 1, PERSON_MS, looked_up, b);
	return NULL;
}

static size_t
under_way(const struct baselines *bs)
{
	const struct lease_holder *h;
	size_t n = 0;

	for (h = bs->holders; h != NULL; h = h->next)
		n += h->asked[0] != '\0';
	return n;
}

void
baselines_tick(struct broker *b)
{
	size_t n = under_way(b->baselines);
	const struct person *p;
	struct lease_holder *h;
	struct session *s;

	for (s = session_first(b->sessions); s != NULL && n < AHEAD_AT_ONCE; s = s->next) {
		if (!session_is_live(s))
			continue;
		h = baselines_of(b, (uint32_t)s->row.loginuid);
		if (h == NULL && (p = person_of(b, (uint32_t)s->row.loginuid)) != NULL)
			h = baselines_holder(b, p, NULL);
		if (h != NULL && lease_ahead(b, h))
			n++;
	}
}

static void
on_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	baselines_tick(arg);
}

void
baselines_soon(struct broker *b)
{
	struct timeval tv = { .tv_usec = AHEAD_MS * 1000 };

	if (!evtimer_pending(b->baselines->soon, NULL))
		(void)evtimer_add(b->baselines->soon, &tv);	/* else the next tick does it */
}

void
baselines_forget(struct broker *b)
{
	struct lease_holder *h;

	for (h = b->baselines->holders; h != NULL; h = h->next)
		lease_forget(h);
	baselines_soon(b);
}
