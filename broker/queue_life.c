/*
 * queue_life.c - what happens to requests by themselves: time, logout, lost
 * lines, start and stop.  Runs in s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "answer.h"
#include "baseline.h"
#include "extend.h"
#include "notice.h"
#include "queue_private.h"

/* A running grant whose client is gone ends after this; a restart of the broker needs less. */
#define LOST_MS (60 * 1000)
/* Each is a commit, and thousands may lapse at once; nothing comes of them meanwhile (queue_alive()). */
#define LAPSES_A_TICK 100
/* Clocks that part by more than this stop issuing (B12). */
#define JUMP_S 60

/* --- clocks --------------------------------------------------------- */

static void
clock_guard(struct broker *b)
{
	struct queue *q = b->queue;
	int64_t wall = clock_wall(), boot = clock_boot_ms(), off;
	bool bad;

	off = wall - (q->wall0 + (boot - q->boot0) / 1000);
	bad = off > JUMP_S || off < -JUMP_S;
	if (bad != q->clock_bad) {
		q->clock_bad = bad;
		audit_try(b->audit, bad ? "clock-jump" : "clock-ok", "", bad ?
		    "the clock jumped: nothing is issued until it is right again" :
		    "the clock is right again: issuing goes on", "#seconds", off, NULL);
	}
	/* Slow drift is time synchronization at work: follow a second a tick. */
	if (!bad && off != 0)
		q->wall0 += off > 0 ? 1 : -1;
}

int
queue_may_issue(struct broker *b, struct s3jit_err *err)
{
	clock_guard(b);
	if (b->stopping)
		return s3jit_fail(err, S3JIT_EBROKER, "s3jitd is being stopped, and gives nothing any more");
	if (b->queue->clock_bad)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "The clock of this host jumped by more than a minute, so no keys and no write "
		    "access are given.  Set the clock right; then, if this goes on: systemctl "
		    "restart s3jitd");
	return 0;
}

/* --- so many a minute --------------------------------------------------------- */

#define MINUTE_MS (60 * 1000)

static void
askers_forget(struct queue *q, int64_t before_ms)
{
	struct asker **p = &q->askers, *a;

	while ((a = *p) != NULL) {
		if (a->since_ms > before_ms) {
			p = &a->next;
			continue;
		}
		*p = a->next;
		free(a);
	}
}

int
queue_not_too_fast(struct broker *b, uint32_t loginuid, struct s3jit_err *err)
{
	int64_t now = clock_boot_ms();
	struct asker *a;

	askers_forget(b->queue, now - MINUTE_MS);
	for (a = b->queue->askers; a != NULL && a->loginuid != loginuid; a = a->next)
		;
	if (a == NULL) {
		if ((a = calloc(1, sizeof(*a))) == NULL)
			return s3jit_fail_errno(err, "memory");
		a->loginuid = loginuid;
		a->since_ms = now;
		a->next = b->queue->askers;
		b->queue->askers = a;
	}
	if (++a->asked > QUEUE_PER_MINUTE)
		return s3jit_fail(err, S3JIT_EBUSY, "You asked %d times within a minute.  "
		    "Wait a minute.", QUEUE_PER_MINUTE);
	return 0;
}

/* --- rights that were lost --------------------------------------------------- */

/* How often it is looked whether those who hold a grant may still have it. */
#define RIGHTS_MS (10 * 1000)
#define RIGHTS_AGE_MS (5 * 1000)
/*
 * An account that is not there for so long is none.  Before that it may be a name service
 * that is away: NSS modules (sssd's) say then that they know nobody.
 */
#define GONE_MS (5 * 60 * 1000)

static bool
rule_covers(const struct rule *rule, const struct request *r)
{
	struct scope scope;
	bool yes;

	if (scope_parse(&scope, (const char *const *)r->scope.v, r->scope.n, false, NULL) == -1)
		return false;
	yes = strcmp(rule->role, r->role) == 0 && scope_covers(&rule->allow, &scope, NULL);
	scope_clear(&scope);
	return yes;
}

/*
 * Why this grant's requester would not get it today; "" = they would.  A name
 * service that does not answer takes nothing away: the deadline stands.
 */
static void
rights_lost(char *why, size_t size, struct broker *b, const struct request *r)
{
	const struct person *p = resolver_person(b->resolver, (uid_t)r->loginuid);
	const struct rule *rule = rule_of(b, r);

	*why = '\0';
	if (rule == NULL)
		snprintf(why, size, "rule \"%s\" is no longer in the rules file", r->rule);
	else if (!rule_covers(rule, r))
		snprintf(why, size, "rule \"%s\" no longer covers it", r->rule);
	else if (p != NULL && p->gone_ms != 0 && clock_boot_ms() - p->gone_ms >= GONE_MS)
		snprintf(why, size, "%s has no account any more", r->person);
	else if (p != NULL && p->known && !person_is(p, &rule->who))
		snprintf(why, size, "rule \"%s\" no longer names %s", r->rule, r->person);
}

static void
rights_known(void *arg)
{
	struct broker *b = arg;
	struct live *l, *next;
	struct request_row row;
	char why[512];

	b->queue->rights_asked = false;
	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		if (l->state != REQ_ACTIVE || l->dead ||
		    store_request_get(b->store, &row, l->id, NULL) == -1)
			continue;
		rights_lost(why, sizeof(why), b, row.req);
		if (why[0] != '\0')
			queue_end(b, &row, "revoked", QUEUE_OURSELVES, why);
		codec_clear(&request_row_table, &row);
	}
}

struct looked {			/* for a person, when */
	uid_t uid;
	int64_t ms;
};

static int
by_age(const void *x, const void *y)
{
	const struct looked *a = x, *b = y;

	return a->ms < b->ms ? -1 : a->ms > b->ms;
}

/*
 * Who holds a grant, first whom nobody has looked at for longest: a name service that is
 * slow does not come to all in the time there is.  NULL: nobody, or no memory.
 */
static uid_t *
holders(struct broker *b, size_t *n)
{
	const struct person *p;
	struct looked *all;
	struct live *l;
	uid_t *uids;
	size_t i = 0;

	*n = 0;
	for (l = b->queue->live; l != NULL; l = l->next)
		*n += l->state == REQ_ACTIVE && !l->dead;
	if (*n == 0 || (all = calloc(*n, sizeof(*all))) == NULL)
		return NULL;
	for (l = b->queue->live; l != NULL; l = l->next) {
		if (l->state != REQ_ACTIVE || l->dead)
			continue;
		p = resolver_person(b->resolver, (uid_t)l->loginuid);
		all[i++] = (struct looked){ (uid_t)l->loginuid, p == NULL ? INT64_MIN : p->asked_ms };
	}
	qsort(all, *n, sizeof(*all), by_age);
	if ((uids = calloc(*n, sizeof(*uids))) != NULL)
		for (i = 0; i < *n; i++)
			uids[i] = all[i].uid;
	free(all);
	return uids;
}

/* Every few seconds: a grant ends with what it was given for. */
static void
rights_check(struct broker *b)
{
	struct queue *q = b->queue;
	int64_t now = clock_boot_ms();
	uid_t *uids;
	size_t n;

	if (q->rights_asked || q->rights_ms > now)
		return;
	q->rights_ms = now + RIGHTS_MS;
	if ((uids = holders(b, &n)) == NULL)
		return;
	q->rights_asked = true;
	resolver_want(b->resolver, uids, n, RIGHTS_AGE_MS, rights_known, b);
	free(uids);
}

/* --- time, logout, lost lines ----------------------------------------------- */

void
queue_tick(struct broker *b)
{
	int64_t boot = clock_boot_ms();
	struct live *l, *next;
	int lapsed = 0;

	clock_guard(b);
	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		if (l->dead)
			continue;
		if (queue_is_due(l) && l->state == REQ_ACTIVE)
			queue_end_id(b, l->id, "expired", "");
		else if (queue_is_due(l) && lapsed++ < LAPSES_A_TICK)
			queue_end_id(b, l->id, "lapsed", "");
		else if (extend_orphaned(b, l))
			queue_end_id(b, l->id, "lapsed", "what it was to extend has ended");
		else if (l->warn_ms != 0 && l->warn_ms <= boot)
			notice_soon(b, l);
		else if (l->lost_ms != 0 && l->lost_ms + LOST_MS <= boot)
			queue_end_id(b, l->id, "done", "the connection of its client was lost");
	}
	rights_check(b);
	queue_retry_dead(b, false);
}

void
queue_end_all(struct broker *b, const char *text)
{
	struct live *l, *next;

	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		if (l->state == REQ_ACTIVE && !l->dead)
			queue_end_id(b, l->id, "revoked", text);
	}
}

void
queue_session_ended(struct broker *b, struct session *s, const char *why)
{
	struct live *l, *next;

	(void)why;
	if (b->queue == NULL)
		return;		/* found ended while starting: queue_new() looks itself */
	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		if (l->state == REQ_ACTIVE && l->session == s->row.row && !l->dead)
			queue_end_id(b, l->id, "logout", "");
	}
	baselines_session_ended(b, (uint32_t)s->row.loginuid);
}

/* A pending request without its line stays for `linger`, then lapses (DESIGN 2). */
static void
linger(struct broker *b, struct live *l)
{
	int64_t lapses = clock_wall() + b->conf->linger;
	struct s3jit_err err = { 0 };
	struct request_row row;

	if (lapses >= l->due || store_request_get(b->store, &row, l->id, &err) == -1)
		return;
	row.lapses = lapses;
	if (store_begin(b->store, &err) == 0) {
		if (store_request_move(b->store, &row, REQ_PENDING, &err) == -1 ||
		    audit_add(b->audit, &err, "line-lost", row.id, "its line dropped; it waits on",
		    "person", row.req->person, "#lapses", lapses, NULL) == -1)
			store_rollback(b->store);
		else if (store_commit(b->store, &err) == 0)
			queue_attend(b, &row);
	}
	codec_clear(&request_row_table, &row);
}

void
queue_conn_closed(struct broker *b, struct conn *c)
{
	struct live *l, *next;

	if (b->queue == NULL || !c->attends)
		return;
	for (l = b->queue->live; l != NULL; l = next) {
		next = l->next;
		queue_unlook(l, c);
		if (!queue_unwatch(l, c) || queue_watched(l) || l->dead)
			continue;
		if (l->state == REQ_PENDING && !l->detached)
			linger(b, l);
		else if (l->state == REQ_ACTIVE && l->attended)
			l->lost_ms = clock_boot_ms();
	}
}

/* --- start and stop ----------------------------------------------------------- */

void
queue_apply_ended(struct broker *b, const struct strv *ids, bool all)
{
	struct live *l, *next;
	char id[REQUEST_ID], why[16];
	size_t i;

	for (i = 0; i < ids->n; i++)
		if (sscanf(ids->v[i], "%32[k-z] %15[a-z]", id, why) == 2)
			queue_end_id(b, id, why, "ended before a restart, recorded now");
	for (l = b->queue->live; all && l != NULL; l = next) {
		next = l->next;
		if (l->state == REQ_ACTIVE && !l->dead)
			queue_end_id(b, l->id, "revoked", "the list of ended grants was full or unreadable");
	}
	queue_retry_dead(b, all || ids->n > 0);
}

static int
adopt_requests(struct broker *b, struct s3jit_err *err)
{
	static const int64_t states[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, 0 };
	struct list rows = { 0 };
	struct request_row *row;
	struct session *s;
	struct live *l;
	size_t i;
	int ret = -1;

	if (store_requests_in(b->store, &rows, states, -1, err) == -1)
		return -1;
	for (i = 0; i < rows.n; i++) {
		row = &((struct request_row *)rows.v)[i];
		if ((l = queue_attend(b, row)) == NULL) {
			s3jit_fail_errno(err, "memory");
			goto out;
		}
		if (row->state != REQ_ACTIVE)
			continue;
		if (l->attended)
			l->lost_ms = clock_boot_ms();	/* until its client is back */
		s = session_by_row(b->sessions, row->holder);
		if (s == NULL || !session_is_live(s))
			queue_end_id(b, l->id, "logout", "found at start");
	}
	ret = 0;
out:
	store_rows_clear(&rows, &request_row_table);
	return ret;
}

/* An intent whose answer nobody heard: the keys, if any, died with the signer's question. */
static int
reconcile_leases(struct broker *b, struct s3jit_err *err)
{
	struct list rows = { 0 };
	struct lease_row *row;
	size_t i;
	int ret = 0;

	if (store_leases_unfinished(b->store, &rows, err) == -1)
		return -1;
	for (i = 0; i < rows.n; i++) {
		row = &((struct lease_row *)rows.v)[i];
		row->outcome = clock_wall();
		free(row->error);
		row->error = strdup("s3jitd stopped before the answer; never used");
		if (ret == 0 && (row->error == NULL || store_begin(b->store, err) == -1 ||
		    store_lease_outcome(b->store, row, err) == -1 ||
		    audit_add(b->audit, err, "lease-failed", row->id, row->error,
		    "lease", row->lease, NULL) == -1 || store_commit(b->store, err) == -1)) {
			store_rollback(b->store);
			ret = -1;
		}
	}
	store_rows_clear(&rows, &lease_row_table);
	return ret;
}

/* Rows whose text is not what its digest says: nothing comes of them, and it is said (Q1). */
static int
report_tampered(struct broker *b, struct s3jit_err *err)
{
	struct strv ids = { 0 };
	size_t i;

	if (store_requests_changed(b->store, &ids, err) == -1)
		return -1;
	for (i = 0; i < ids.n; i++)
		audit_try(b->audit, "tampered", ids.v[i],
		    "this request was changed in the database; it is ignored", NULL);
	strv_clear(&ids);
	return 0;
}

int
queue_new(struct broker *b, struct s3jit_err *err)
{
	struct queue *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return s3jit_fail_errno(err, "memory");
	q->last = &q->live;
	q->wall0 = clock_wall();
	q->boot0 = clock_boot_ms();
	b->queue = q;
	if (report_tampered(b, err) == -1 || adopt_requests(b, err) == -1 ||
	    reconcile_leases(b, err) == -1) {
		queue_free(b);
		return -1;
	}
	return 0;
}

void
queue_free(struct broker *b)
{
	struct queue *q = b->queue;

	if (q == NULL)
		return;
	if (q->rights_asked)
		resolver_cancel(b->resolver, b);
	while (q->live != NULL)
		queue_live_free(b, q->live);
	askers_forget(q, INT64_MAX);
	b->queue = NULL;
	free(q);
}
