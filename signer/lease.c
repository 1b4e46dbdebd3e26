/*
 * lease.c - the leases: keys that STS lent, what they are for, until when.
 *
 * Runs in s3jit-signer.  Promise: "signed" keys only sign, the other kinds
 * are only handed out; after its deadline, by the wall clock or by the time
 * since boot, a lease does neither.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"
#include "s3jit/policy.h"

#include "lease.h"
#include "lease_check.h"
#include "s3sign.h"

#define BUCKETS 1024		/* of the table */

struct lease {
	struct leases *all;
	char *name;
	enum lease_kind kind;
	struct scope scope;
	struct keys *keys;	/* NULL while STS is being asked */
	struct sts_call *call;
	struct event *timer;
	bool retired;		/* its grant has ended: neither signs nor is handed out */
	int64_t until;		/* wall; the earlier of deadline and STS's */
	int64_t until_boot;	/* clock_boot_ms(): a clock set back gains nothing */
	int64_t n;		/* of the question */
	lease_done *done;
	void *arg;
	struct lease *next;
};

struct leases {
	struct event_base *events;
	struct sts *sts;
	const struct config *conf;
	size_t count;
	struct lease *table[BUCKETS];
};

int
leases_new(struct leases **out, struct event_base *events, struct sts *sts,
    const struct config *conf, struct s3jit_err *err)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return s3jit_fail_errno(err, "leases");
	(*out)->events = events;
	(*out)->sts = sts;
	(*out)->conf = conf;
	return 0;
}

/* FNV-1a; names come from the broker alone. */
static struct lease **
bucket(struct leases *all, const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return &all->table[h % BUCKETS];
}

static struct lease *
find(struct leases *all, const char *name)
{
	struct lease *l;

	for (l = *bucket(all, name); l != NULL && strcmp(l->name, name) != 0; l = l->next)
		;
	return l;
}

static void
lease_free(struct lease *l)
{
	sts_cancel(l->call);
	keys_free(l->keys);
	if (l->timer != NULL)
		event_free(l->timer);
	scope_clear(&l->scope);
	free(l->name);
	free(l);
}

static void
remove_lease(struct lease *l)
{
	struct lease **p = bucket(l->all, l->name);

	while (*p != l)
		p = &(*p)->next;
	*p = l->next;
	l->all->count--;
	lease_free(l);
}

void
leases_free(struct leases *all)
{
	size_t i;

	if (all == NULL)
		return;
	for (i = 0; i < BUCKETS; i++)
		while (all->table[i] != NULL)
			remove_lease(all->table[i]);
	free(all);
}

static bool
over(const struct lease *l)
{
	return clock_wall() >= l->until || clock_boot_ms() >= l->until_boot;
}

/* libevent's clock stands still in suspend, so the timer looks again. */
static void
set_timer(struct lease *l)
{
	int64_t left = l->until - clock_wall(), boot = (l->until_boot - clock_boot_ms() + 999) / 1000;
	struct timeval tv = { .tv_sec = left < boot ? left : boot };

	if (tv.tv_sec < 0)
		tv.tv_sec = 0;
	(void)event_add(l->timer, &tv);		/* without it: over() still says no */
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct lease *l = arg;

	(void)fd;
	(void)what;
	if (over(l))
		remove_lease(l);
	else
		set_timer(l);
}

/* --- opening --------------------------------------------------------------- */

static void
on_lent(void *arg, const struct sts_lent *lent, const struct sts_refusal *refusal)
{
	struct sq_leased answer = { 0 };
	struct lease *l = arg;
	lease_done *done = l->done;

	arg = l->arg;
	l->call = NULL;
	l->done = NULL;
	l->arg = NULL;
	if (lent == NULL) {
		done(arg, NULL, refusal);
		remove_lease(l);
		return;
	}
	l->keys = lent->keys;
	if (lent->keys->expiration < l->until)
		l->until = lent->keys->expiration;
	set_timer(l);
	answer.n = l->n;
	answer.lease = l->name;
	answer.access_key_id = l->keys->access_key_id;
	answer.role_id = (char *)(uintptr_t)lent->role_id;
	answer.sts_request_id = (char *)(uintptr_t)lent->request_id;
	answer.expiration = l->until;
	answer.skew = lent->skew;
	FAULT_POINT("signer-lent");
	done(arg, &answer, NULL);
}

static int64_t
duration(int64_t seconds)
{
	return seconds < STS_DURATION_MIN ? STS_DURATION_MIN :
	    seconds > STS_DURATION_MAX ? STS_DURATION_MAX : seconds;
}

/* Build the policy and ask STS; the whole of what AWS will enforce is decided here. */
static int
ask_sts(struct lease *l, const struct sq_lease *q, int64_t now, struct s3jit_err *err)
{
	const struct config *conf = l->all->conf;
	const char *account, *external_id;
	struct policy_in in = { .scope = &l->scope, .partition = conf->aws.partition,
	    .kms = &q->kms, .until = q->until };
	struct sts_ask ask = { .role = q->role, .session_name = q->session_name,
	    .request = q->request, .duration = duration(q->until - now) };
	char identity[65], *policy = NULL;
	int rc;

	config_role(conf, q->role, &account, &external_id);
	in.account = account;
	ask.external_id = external_id;
	if (source_identity(identity, q->person, err) == -1 || policy_build(&policy, &in, err) == -1)
		return -1;
	ask.policy = policy;
	ask.source_identity = identity;
	rc = sts_assume(&l->call, l->all->sts, &ask, on_lent, l, err);
	free(policy);
	return rc;
}

int
lease_open(struct leases *all, const struct sq_lease *q, lease_done *done, void *arg,
    struct s3jit_err *err)
{
	int64_t now = clock_wall();
	struct lease *l, **head;

	if (all->count >= LEASES_MAX)
		return s3jit_fail(err, S3JIT_EBUSY, "%d leases are open; try again later", LEASES_MAX);
	if (find(all, q->lease) != NULL)
		return s3jit_fail(err, S3JIT_EUSAGE, "lease %s: there was one of this name", q->lease);
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return s3jit_fail_errno(err, "lease");
	l->all = all;
	if (lease_check(&l->kind, &l->scope, all->conf, q, now, err) == -1)
		goto fail;
	l->until = q->until;
	l->until_boot = clock_boot_ms() + (q->until - now) * 1000;
	l->n = q->n;
	l->done = done;
	l->arg = arg;
	if ((l->name = strdup(q->lease)) == NULL ||
	    (l->timer = evtimer_new(all->events, on_timer, l)) == NULL) {
		s3jit_fail_errno(err, "lease");
		goto fail;
	}
	if (ask_sts(l, q, now, err) == -1)
		goto fail;
	head = bucket(all, l->name);
	l->next = *head;
	*head = l;
	all->count++;
	FAULT_POINT("signer-asked");
	return 0;
fail:
	lease_free(l);
	return -1;
}

void
lease_abandon(struct leases *all, void *arg)
{
	struct lease *l, *next;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		for (l = all->table[i]; l != NULL; l = next) {
			next = l->next;
			if (l->arg == arg)
				remove_lease(l);
		}
}

/* --- using ----------------------------------------------------------------- */

/* The lease of this name whose keys are there and not over. */
static struct lease *
with_keys(struct leases *all, const char *name)
{
	struct lease *l = find(all, name);

	if (l == NULL || l->keys == NULL)
		return NULL;
	if (!over(l))
		return l;
	remove_lease(l);
	return NULL;
}

static int
no_lease(struct s3jit_err *err)
{
	return s3jit_fail(err, S3JIT_ENOTFOUND, "there is no such lease, or it is over");
}

/* One that gives power still, with a clock that can be trusted. */
static struct lease *
live(struct leases *all, const char *name, struct s3jit_err *err)
{
	struct lease *l = with_keys(all, name);

	if (l == NULL || l->retired) {
		no_lease(err);
		return NULL;
	}
	return sts_clock_ok(all->sts, err) == -1 ? NULL : l;
}

int
lease_sign(struct sq_signed *out, struct leases *all, const struct sq_sign *q,
    struct s3jit_err *err)
{
	struct lease *l = live(all, q->lease, err);

	if (l == NULL)
		return -1;
	if (l->kind != LEASE_SIGNED)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "this lease is not for signatures");
	if (s3sign(out, all->conf, &l->scope, l->keys, q, clock_wall(), err) == -1)
		return -1;
	FAULT_POINT("signer-signed");
	return 0;
}

int
lease_hand_out(struct msg_credentials **out, struct leases *all, const char *name,
    struct s3jit_err *err)
{
	struct lease *l = live(all, name, err);
	struct msg_credentials *c;

	*out = NULL;
	if (l == NULL)
		return -1;
	if (l->kind != LEASE_HANDED_OUT && l->kind != LEASE_BASELINE)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the keys of this lease are never handed out");
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->access_key_id = strdup(l->keys->access_key_id)) == NULL ||
	    (c->secret_access_key = strdup(l->keys->secret)) == NULL ||
	    (c->session_token = strdup(l->keys->token)) == NULL) {
		s3jit_fail_errno(err, "handing out");
		if (c != NULL)
			codec_clear(&credentials_table, c);
		free(c);
		return -1;
	}
	c->expiration = l->until;
	FAULT_POINT("signer-handed-out");
	*out = c;
	return 0;
}

int
lease_probed(const struct scope **scope, const struct keys **keys, struct leases *all,
    const char *name, struct s3jit_err *err)
{
	const struct lease *l = with_keys(all, name);

	if (l == NULL)
		return no_lease(err);
	*scope = &l->scope;
	*keys = l->keys;
	return 0;
}

void
lease_retire(struct leases *all, const char *name)
{
	struct lease *l = find(all, name);

	if (l != NULL && l->keys != NULL)
		l->retired = true;
	else
		lease_drop(all, name);	/* keys that are still to come have nobody to go to */
}

void
lease_drop(struct leases *all, const char *name)
{
	struct sts_refusal r = { 0 };
	struct lease *l = find(all, name);

	if (l == NULL)
		return;
	if (l->done != NULL) {		/* whoever waits for it hears that it is gone */
		s3jit_fail(&r.err, S3JIT_EENDED, "the lease was dropped before AWS answered");
		l->done(l->arg, NULL, &r);
	}
	remove_lease(l);
	FAULT_POINT("signer-dropped");
}
