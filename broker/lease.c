/*
 * lease.c - temporary credentials, by name: the lease in force, who waits for
 * one, when the next is due.  Runs in s3jitd; no key is here.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "lease_private.h"
#include "queue.h"

struct lease_waiter {
	void (*done)(void *, const char *, const struct s3jit_err *);
	void *arg;
	struct lease_waiter *next;
};

struct lease_holder *
lease_holder_new(struct lease_holder **list)
{
	struct lease_holder *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->next = *list;
	*list = h;
	return h;
}

static void
holder_free(struct lease_holder *h)
{
	strv_clear(&h->scope);
	strv_clear(&h->kms);
	free(h->role);
	free(h->person);
	free(h);
}

/* Tell everybody who waits; they may ask again at once, so the list is taken first. */
static void
waiters_tell(struct lease_holder *h, const char *lease, const struct s3jit_err *err)
{
	struct lease_waiter *w, *next;

	w = h->waiters;
	h->waiters = NULL;
	for (; w != NULL; w = next) {
		next = w->next;
		w->done(w->arg, lease, err);
		free(w);
	}
}

static void
dropped(void *arg, const void *answer, const struct s3jit_err *err)
{
	/* An unreachable signer has no keys: it wipes what it holds when it ends. */
	(void)arg;
	(void)answer;
	(void)err;
}

static void
drop(struct broker *b, const char *name, bool probe)
{
	struct sq_drop q = { .lease = (char *)name, .probe = probe };

	signer_ask(b->signer, &sq_drop_table, &q, &sq_done_table, dropped, NULL);
}

void
lease_drop(struct broker *b, const char *name)
{
	drop(b, name, false);
}

/* Nobody needs it any more, and no answer of the signer names it. */
static void
free_when_over(struct lease_holder *h)
{
	if (h->over && h->asked[0] == '\0' && !h->telling)
		holder_free(h);
}

/* --- the lease in force ------------------------------------------------------- */

bool
lease_alive(const struct lease_holder *h, int64_t now)
{
	return h->name[0] != '\0' && h->until > now;
}

/* Nothing comes after it. */
static bool
is_last(const struct lease_holder *h)
{
	return h->until >= h->deadline;
}

static int64_t
margin(const struct lease_holder *h)
{
	int64_t third = (h->until - h->from) / 3;

	return third < LEASE_MARGIN ? third : LEASE_MARGIN;
}

/* Long enough to be given to somebody who waits. */
static bool
fresh(const struct lease_holder *h, int64_t now)
{
	return lease_alive(h, now) && (is_last(h) || h->until - now > margin(h));
}

bool
lease_due(const struct lease_holder *h)
{
	int64_t now = clock_wall();

	return !lease_alive(h, now) ||
	    (!is_last(h) && h->until - now <= (h->until - h->from) / 2);
}

int64_t
lease_told_until(const struct lease_holder *h, int64_t now)
{
	return is_last(h) || !fresh(h, now) ? h->until : h->until - margin(h);
}

/* --- asking -------------------------------------------------------------------- */

static void
wait_longer(struct lease_holder *h)
{
	h->wait_ms = clock_back_off(h->wait_ms, 1000, LEASE_RETRY_MS);
	h->retry_ms = clock_boot_ms() + h->wait_ms;
}

bool
lease_ahead(struct broker *b, struct lease_holder *h)
{
	if (h->over || h->asked[0] != '\0' || h->deadline <= clock_wall() ||
	    clock_boot_ms() < h->retry_ms || !lease_due(h))
		return false;
	if (lease_ask(b, h, NULL) == 0)
		return true;
	wait_longer(h);
	return false;
}

/* The one before stays: who holds its keys uses them until they end. */
static void
take_over(struct broker *b, struct lease_holder *h, const char *name, int64_t until)
{
	if (h->old[0] != '\0' && h->old_until > clock_wall())
		lease_drop(b, h->old);
	memcpy(h->old, h->name, sizeof(h->old));
	h->old_until = h->until;
	memcpy(h->name, name, sizeof(h->name));
	h->from = h->asked_from;
	h->until = until;
	h->retry_ms = h->wait_ms = 0;
}

void
lease_got(struct broker *b, struct lease_holder *h, const char *name, int64_t until)
{
	take_over(b, h, name, until);
	h->telling = true;
	waiters_tell(h, name, NULL);
	h->telling = false;
	free_when_over(h);
}

/* Who waited for a better one makes do with the old while it lasts. */
void
lease_not_got(struct lease_holder *h, const struct s3jit_err *why)
{
	char name[LEASE_NAME];

	memcpy(name, h->name, sizeof(name));
	wait_longer(h);
	h->telling = true;
	waiters_tell(h, lease_alive(h, clock_wall()) ? name : NULL, why);
	h->telling = false;
	free_when_over(h);
}

static void
wait_for_it(struct lease_holder *h,
    void (*done)(void *, const char *, const struct s3jit_err *), void *arg)
{
	struct s3jit_err err = { 0 };
	struct lease_waiter *w;

	if ((w = calloc(1, sizeof(*w))) == NULL) {
		s3jit_fail_errno(&err, "memory");
		done(arg, NULL, &err);
		return;
	}
	w->done = done;
	w->arg = arg;
	w->next = h->waiters;
	h->waiters = w;
}

void
lease_need(struct broker *b, struct lease_holder *h,
    void (*done)(void *, const char *, const struct s3jit_err *), void *arg)
{
	struct s3jit_err err = { 0 };
	int64_t now = clock_wall();

	if (h->over || h->deadline <= now) {
		s3jit_fail(&err, S3JIT_EENDED, "This grant has ended.");
		done(arg, NULL, &err);
	} else if (fresh(h, now)) {
		(void)lease_ahead(b, h);
		done(arg, h->name, NULL);
	} else if (h->asked[0] != '\0' || lease_ask(b, h, &err) == 0) {
		wait_for_it(h, done, arg);
	} else if (lease_alive(h, now)) {
		done(arg, h->name, NULL);
	} else {
		done(arg, NULL, &err);
	}
}

void
lease_forget(struct lease_holder *h)
{
	h->name[0] = h->old[0] = '\0';
	h->until = 0;
}

void
lease_holder_retire(struct broker *b, struct lease_holder **list, struct lease_holder *h,
    char kept[LEASE_NAME])
{
	kept[0] = '\0';
	if (h == NULL)
		return;
	memcpy(kept, h->name, sizeof(h->name));
	h->name[0] = '\0';
	if (kept[0] != '\0')
		drop(b, kept, true);
	lease_holder_end(b, list, h);
}

void
lease_holder_end(struct broker *b, struct lease_holder **list, struct lease_holder *h)
{
	struct lease_holder **p;
	struct s3jit_err err = { 0 };

	if (h == NULL)
		return;
	for (p = list; *p != NULL; p = &(*p)->next)
		if (*p == h) {
			*p = h->next;
			break;
		}
	h->over = true;
	if (h->old[0] != '\0' && h->old_until > clock_wall())
		lease_drop(b, h->old);
	if (h->name[0] != '\0')
		lease_drop(b, h->name);
	lease_forget(h);
	s3jit_fail(&err, S3JIT_EENDED, "This grant has ended.");
	waiters_tell(h, NULL, &err);
	free_when_over(h);	/* else the last answer does */
}
