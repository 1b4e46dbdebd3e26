/*
 * lease.c - temporary credentials, by name.  Runs in s3jitd; no key is here.
 */
#include "config.h"

#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"

#include "queue.h"

/* How long a baseline lease is asked for: the most a chained role gives (AWS-FACTS 3). */
#define LEASE_BASELINE 3600

struct lease_waiter {
	void (*done)(void *, const char *, const struct s3jit_err *);
	void *arg;
	struct lease_waiter *next;
};

struct asking {			/* one question under way at the signer */
	struct broker *b;
	struct lease_holder *h;
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
lease_drop(struct broker *b, const char *name)
{
	struct sq_drop drop = { .lease = (char *)name };

	signer_ask(b->signer, &sq_drop_table, &drop, &sq_done_table, dropped, NULL);
}

static int lease_ask(struct broker *, struct lease_holder *, struct s3jit_err *);

static void
row_fill(struct lease_row *row, const struct lease_holder *h, const char *session_name)
{
	memset(row, 0, sizeof(*row));
	row->lease = (char *)h->asked;
	row->id = (char *)h->id;
	row->kind = (char *)h->kind;
	row->session_name = (char *)session_name;
	row->role = h->role;
	row->loginuid = h->loginuid;
	row->until = h->asked_until;
	row->access_key_id = row->role_id = row->sts_request_id = row->error = (char *)"";
}

/* Outcome and audit record in one transaction; -1 = the lease must not be used. */
static int
record_outcome(struct broker *b, struct lease_holder *h, const struct sq_leased *got,
    const struct s3jit_err *why, struct s3jit_err *err)
{
	struct lease_row row;

	row_fill(&row, h, "");
	row.outcome = clock_wall();
	if (got != NULL) {
		row.access_key_id = got->access_key_id;
		row.role_id = got->role_id;
		row.sts_request_id = got->sts_request_id;
		row.expiration = got->expiration;
	} else {
		row.error = (char *)why->text;
	}
	if (store_begin(b->store, err) == -1)
		return -1;
	if (store_lease_outcome(b->store, &row, err) == -1 ||
	    audit_add(b->audit, err, got != NULL ? "lease" : "lease-failed", h->id,
	    got != NULL ? "AWS gave temporary credentials" : why->text,
	    "lease", h->asked, "kind", h->kind, "person", h->person,
	    "#loginuid", (int64_t)h->loginuid, "access_key_id", row.access_key_id,
	    "role_id", row.role_id, "sts_request_id", row.sts_request_id,
	    "#until", h->asked_until, NULL) == -1) {
		store_rollback(b->store);
		return -1;
	}
	return store_commit(b->store, err);
}

/* The signer was lost while it asked: its keys are gone with it, the next one asks anew, once. */
static bool
lease_ask_again(struct broker *b, struct lease_holder *h, const struct s3jit_err *why)
{
	bool lost = why != NULL && why->code == S3JIT_EBROKER;

	if (!lost || h->again || h->over) {
		h->again = false;
		return false;
	}
	h->again = true;
	return lease_ask(b, h, NULL) == 0;
}

static void
leased(void *arg, const void *answer, const struct s3jit_err *reason)
{
	struct asking *a = arg;
	struct broker *b = a->b;
	struct lease_holder *h = a->h;
	const struct sq_leased *got = answer;
	struct s3jit_err err = { 0 }, told = { 0 }, *why = NULL;
	char name[LEASE_NAME];
	int recorded;

	free(a);
	if (reason != NULL) {
		told = *reason;
		why = &told;
	}
	FAULT_POINT("lease-answered");
	recorded = record_outcome(b, h, got, why, &err);
	FAULT_POINT("lease-outcome");
	snprintf(name, sizeof(name), "%s", h->asked);
	h->asked[0] = '\0';
	if (lease_ask_again(b, h, why))
		return;
	if (told.code == S3JIT_EBROKER)
		told.code = S3JIT_EAWS;
	h->telling = true;
	if (h->over || recorded == -1 || got == NULL) {
		if (got != NULL)
			lease_drop(b, name);
		waiters_tell(h, NULL, got == NULL ? why : &err);
	} else {
		memcpy(h->name, name, sizeof(h->name));
		h->until = got->expiration < h->asked_until ? got->expiration : h->asked_until;
		waiters_tell(h, h->name, NULL);
	}
	h->telling = false;
	if (h->over && h->asked[0] == '\0')
		holder_free(h);
}

static int
name_lease(struct lease_holder *h, char session_name[64], struct s3jit_err *err)
{
	unsigned char r[8];
	char hex[17];
	size_t i;

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		return s3jit_fail_errno(err, "random numbers");
	for (i = 0; i < sizeof(r); i++)
		snprintf(hex + 2 * i, 3, "%02x", r[i]);
	if (h->id[0] == '\0') {
		snprintf(h->asked, sizeof(h->asked), "b-%s", hex);
		snprintf(session_name, 64, "s3jit-b-%s", hex);
	} else {
		snprintf(h->asked, sizeof(h->asked), "%s.%s", h->id, hex);
		snprintf(session_name, 64, "s3jit-%s", h->id);
	}
	return 0;
}

static int64_t
lease_until(const struct lease_holder *h, int64_t now)
{
	int64_t until = h->deadline;

	if (strcmp(h->kind, "signed") == 0 && until > now + LEASE_SIGNED)
		until = now + LEASE_SIGNED;
	if (strcmp(h->kind, "baseline") == 0 && until > now + LEASE_BASELINE)
		until = now + LEASE_BASELINE;
	return until;
}

static int
record_intent(struct broker *b, struct lease_holder *h, const char *session_name,
    struct s3jit_err *err)
{
	struct lease_row row;

	row_fill(&row, h, session_name);
	row.intended = clock_wall();
	if (store_begin(b->store, err) == -1)
		return -1;
	if (store_lease_intent(b->store, &row, err) == -1 ||
	    audit_add(b->audit, err, "lease-intent", h->id, "asking AWS for temporary credentials",
	    "lease", h->asked, "kind", h->kind, "session_name", session_name, "role", h->role,
	    "person", h->person, "#loginuid", (int64_t)h->loginuid, "*scope", &h->scope,
	    "#until", h->asked_until, NULL) == -1) {
		store_rollback(b->store);
		return -1;
	}
	return store_commit(b->store, err);
}

static int
lease_ask(struct broker *b, struct lease_holder *h, struct s3jit_err *err)
{
	char session_name[64];
	struct sq_lease q = { 0 };
	struct asking *a;

	if (queue_may_issue(b, err) == -1)
		return -1;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return s3jit_fail_errno(err, "memory");
	h->asked_until = lease_until(h, clock_wall());
	if (name_lease(h, session_name, err) == -1 ||
	    record_intent(b, h, session_name, err) == -1) {
		h->asked[0] = '\0';
		free(a);
		return -1;
	}
	FAULT_POINT("lease-intent");
	a->b = b;
	a->h = h;
	q.lease = h->asked;
	q.kind = h->kind;
	q.session_name = session_name;
	q.role = h->role;
	q.scope = h->scope;
	q.kms = h->kms;
	q.until = h->asked_until;
	q.person = h->person;
	q.request = h->label;
	signer_ask(b->signer, &sq_lease_table, &q, &sq_leased_table, leased, a);
	return 0;
}

static bool
lease_fresh(const struct lease_holder *h, int64_t now)
{
	if (h->name[0] == '\0' || h->until <= now)
		return false;
	return h->until - now > LEASE_RENEW || h->until >= h->deadline;
}

void
lease_need(struct broker *b, struct lease_holder *h,
    void (*done)(void *, const char *, const struct s3jit_err *), void *arg)
{
	struct lease_waiter *w;
	struct s3jit_err err = { 0 };
	int64_t now = clock_wall();

	if (!h->over && lease_fresh(h, now)) {
		done(arg, h->name, NULL);
		return;
	}
	if (h->over || h->deadline <= now) {
		s3jit_fail(&err, S3JIT_EENDED, "This grant has ended.");
		done(arg, NULL, &err);
		return;
	}
	if (h->asked[0] == '\0' && lease_ask(b, h, &err) == -1) {
		done(arg, NULL, &err);
		return;
	}
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
lease_forget(struct lease_holder *h)
{
	h->name[0] = '\0';
	h->until = 0;
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
	if (h->name[0] != '\0')
		lease_drop(b, h->name);
	h->name[0] = '\0';
	s3jit_fail(&err, S3JIT_EENDED, "This grant has ended.");
	waiters_tell(h, NULL, &err);
	if (h->asked[0] == '\0' && !h->telling)
		holder_free(h);		/* else leased() does */
}
