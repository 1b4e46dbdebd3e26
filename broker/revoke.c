/*
 * revoke.c - telling AWS to refuse what was handed out.  Runs in s3jitd.
 *
 * Each revocation goes its own way from requested to removed; what a role
 * refuses is one list, sent whole whenever it has changed, one at a time.  Here
 * in memory is the truth; the record follows and never holds it up.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"

#include "queue.h"
#include "revoke.h"

#define RETRY_MIN_MS 1000	/* doubles up to: */
#define RETRY_MAX_MS 60000
#define PROBE_MAX_MS 15000	/* between two probes; the second comes after 1 s */
#define PATIENCE_MS 5000	/* whoever waits for the confirmation */
/* A role has room for so many at once (signer/deny.h); those that end last come first. */
#define LIST_MAX 56
#define PERSON_SIZE 2		/* of these: a person needs a statement of their own */
/* What was lent to a person before is over then (STS_DURATION_MAX of the signer). */
#define PERSON_S 3600
#define SKEW_S 60		/* by so much AWS's clock may be behind ours (sts.h: STS_SKEW_MAX) */

struct waiter {
	void (*done)(void *arg);
	void *arg;
	struct waiter *next;
};

struct revocation {
	struct revocation_row row;
	struct denied_role *role;	/* of row.role */
	int64_t until_ms;	/* the same by the boot clock (B12) */
	char lease[LEASE_NAME];	/* kept in the signer for probes, "" = none */
	bool telling;		/* a probe was let through before: so a refusal will mean something */
	bool owed;		/* the record lacks its last step */
	bool listed;		/* in the list that is on its way */
	bool by_person;		/* somebody took it away: goes before what ended by itself */
	bool left_out;		/* there was no room for it, and that is on record */
	bool over;		/* may leave the list */
	int busy;		/* questions of ours under way: not freed */
	int64_t probe_ms, probe_wait;
	int64_t give_up_ms;	/* of the waiters */
	struct waiter *waiters;
	struct revocation *next;
};

struct denied_role {
	char *arn;
	bool dirty, asking, failing;
	int64_t retry_ms, wait_ms;
	struct denied_role *next;
};

struct revocations {
	struct revocation *first;
	struct denied_role *roles;
	bool missed;		/* there was no memory for one: the record knows which */
};

/* A question under way. */
struct asking {
	struct broker *b;
	struct revocation *r;
	struct denied_role *role;
	bool before;		/* a probe: IAM had not taken it when it was sent */
};

const char *
revoke_word(enum revoke_how how)
{
	switch (how) {
	case REVOKE_REQUESTED:
		return "requested";
	case REVOKE_TAKEN:
		return "taken";
	case REVOKE_CONFIRMED:
		return "confirmed";
	default:
		return "";
	}
}

/* --- on record ------------------------------------------------------------- */

static int
record_step(struct broker *b, struct revocation *r, const char *event, const char *text,
    struct s3jit_err *err)
{
	struct revocation_row *row = &r->row;
	int64_t was = row->row;

	if (store_begin(b->store, err) == -1)
		return -1;
	if ((row->row == 0 ? store_revocation_insert(b->store, row, err) :
	    store_revocation_step(b->store, row, err)) == -1 ||
	    audit_add(b->audit, err, event, row->id, text, "person", row->person, "role", row->role,
	    "role_id", row->role_id, "#until", row->until, NULL) == -1 ||
	    store_commit(b->store, err) == -1) {
		store_rollback(b->store);
		row->row = was;
		return -1;
	}
	return 0;
}

/* What the disk does not take now is written later; AWS hears of it in any case. */
static void
step(struct broker *b, struct revocation *r, const char *event, const char *text)
{
	if (!r->owed && record_step(b, r, event, text, NULL) == 0)
		return;
	r->owed = true;
	audit_try(b->audit, event, r->row.id, text, "person", r->row.person, "role", r->row.role,
	    "role_id", r->row.role_id, "#until", r->row.until, NULL);
}

/* --- those who wait ------------------------------------------------------------ */

static void
waiters_tell(struct revocation *r)
{
	struct waiter *w, *next;

	w = r->waiters;
	r->waiters = NULL;
	for (; w != NULL; w = next) {
		next = w->next;
		w->done(w->arg);
		free(w);
	}
}

static struct revocation *
find_in(struct revocations *all, const char *id)
{
	struct revocation *r;

	for (r = all->first; r != NULL; r = r->next)
		if (strcmp(r->row.id, id) == 0)
			return r;
	return NULL;
}

static struct revocation *
find(struct broker *b, const char *id)
{
	return b->revocations == NULL || id[0] == '\0' ? NULL : find_in(b->revocations, id);
}

enum revoke_how
revoke_how(struct broker *b, const char *id)
{
	const struct revocation *r = find(b, id);

	if (r == NULL)
		return REVOKE_NONE;
	if (r->row.confirmed != 0)
		return REVOKE_CONFIRMED;
	return r->row.taken != 0 ? REVOKE_TAKEN : REVOKE_REQUESTED;
}

/* Can what is known of it become better than it is? */
static bool
hopeful(const struct revocation *r)
{
	return !r->over && r->row.confirmed == 0 &&
	    (r->row.taken == 0 || r->telling || r->busy > 0);
}

bool
revoke_wait(struct broker *b, const char *id, void (*done)(void *arg), void *arg)
{
	struct revocation *r = find(b, id);
	struct waiter *w;

	if (r == NULL || !hopeful(r) || (w = calloc(1, sizeof(*w))) == NULL)
		return false;
	w->done = done;
	w->arg = arg;
	w->next = r->waiters;
	r->waiters = w;
	r->give_up_ms = clock_boot_ms() + PATIENCE_MS;
	return true;
}

/* --- probes ---------------------------------------------------------------------- */

static void
lease_let_go(struct broker *b, struct revocation *r)
{
	if (r->lease[0] != '\0')
		lease_drop(b, r->lease);
	r->lease[0] = '\0';
}

static void	probed(void *, const void *, const struct s3jit_err *);

static int
probe(struct broker *b, struct revocation *r)
{
	struct sq_probe q = { .lease = r->lease };
	struct asking *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return -1;	/* once AWS was told, the next tick tries again */
	a->b = b;
	a->r = r;
	a->before = r->row.taken == 0;
	r->busy++;
	signer_ask(b->signer, &sq_probe_table, &q, &sq_probed_table, probed, a);
	return 0;
}

static void
probe_later(struct revocation *r)
{
	r->probe_wait = clock_back_off(r->probe_wait, RETRY_MIN_MS, PROBE_MAX_MS);
	r->probe_ms = clock_boot_ms() + r->probe_wait;
}

/* Nothing more will be known of it. */
static void
stop_probing(struct broker *b, struct revocation *r)
{
	r->telling = false;
	lease_let_go(b, r);
	if (r->row.taken != 0)
		waiters_tell(r);
}

static void	tell(struct broker *, struct denied_role *);

/* The one before: does it tell anything?  IAM may have been asked meanwhile, for another's sake. */
static void
probed_before(struct broker *b, struct revocation *r, bool let_through)
{
	r->telling = let_through;
	if (!r->telling)
		stop_probing(b, r);
	if (r->row.taken == 0)
		tell(b, r->role);
	else if (r->telling)
		probe(b, r);
}

static void
probed(void *arg, const void *answer, const struct s3jit_err *err)
{
	struct asking *a = arg;
	struct broker *b = a->b;
	struct revocation *r = a->r;
	bool refused = answer != NULL && ((const struct sq_probed *)answer)->refused;
	bool before = a->before;

	free(a);
	r->busy--;
	if (r->over)
		return;
	if (before) {
		probed_before(b, r, answer != NULL && !refused);
	} else if (refused) {
		r->row.confirmed = clock_wall();
		step(b, r, "deny-confirmed", "AWS refused a probe with that very session");
		lease_let_go(b, r);
		waiters_tell(r);
	} else if (answer == NULL && (err->code == S3JIT_ENOTFOUND || err->code == S3JIT_ENOTALLOWED)) {
		stop_probing(b, r);	/* the signer restarted, and the keys are gone */
	} else {
		probe_later(r);
	}
}

/* --- the list of a role -------------------------------------------------------------- */

/* The one of that name, made when it is not there; NULL without memory. */
static struct denied_role *
role_need(struct broker *b, const char *arn)
{
	struct denied_role *role;

	for (role = b->revocations->roles; role != NULL; role = role->next)
		if (strcmp(role->arn, arn) == 0)
			return role;
	if ((role = calloc(1, sizeof(*role))) == NULL || (role->arn = strdup(arn)) == NULL) {
		free(role);
		return NULL;
	}
	role->next = b->revocations->roles;
	b->revocations->roles = role;
	return role;
}

/*
 * What somebody took away: from people as a whole, of which the last moment counts; then
 * what AWS refuses already, so that nothing newer undoes it; then the rest.  Behind them
 * what ended by itself.  Of each what works longest.
 */
static int
by_need(const void *x, const void *y)
{
	const struct revocation *a = *(struct revocation *const *)x, *b = *(struct revocation *const *)y;

	if (a->by_person != b->by_person)
		return a->by_person ? -1 : 1;
	if ((a->row.id[0] == '\0') != (b->row.id[0] == '\0'))
		return a->row.id[0] == '\0' ? -1 : 1;
	if (a->by_person && a->row.id[0] != '\0' && (a->row.taken != 0) != (b->row.taken != 0))
		return a->row.taken != 0 ? -1 : 1;
	return a->row.until < b->row.until ? 1 : a->row.until > b->row.until ? -1 : 0;
}

/* What it takes of the room beside those listed: nothing where the person is, for a later moment. */
static size_t
size_of(const struct revocation *r, struct revocation *const *list, size_t n)
{
	size_t i;

	if (r->row.id[0] != '\0')
		return 1;
	for (i = 0; i < n; i++)
		if (list[i]->row.id[0] == '\0' && strcmp(list[i]->row.person, r->row.person) == 0)
			return 0;
	return PERSON_SIZE;
}

/* Those of all (by need) that there is room for; returns how many need to be named. */
static size_t
choose(struct revocation *list[LIST_MAX], struct revocation *const *all, size_t n)
{
	size_t i, size, named = 0, room = LIST_MAX;

	for (i = 0; i < n; i++) {
		size = size_of(all[i], list, named);
		if (size > room)
			continue;
		room -= size;
		all[i]->listed = true;
		if (size > 0)
			list[named++] = all[i];
	}
	return named;
}

/* AWS takes no more for this role: their keys work until they end. */
static void
note_left_out(struct broker *b, struct revocation *const *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!all[i]->listed && !all[i]->left_out)
			audit_try(b->audit, "deny-no-room", all[i]->row.id, "the role has no room "
			    "to have it refused: its keys work until they end", "role",
			    all[i]->row.role, NULL);
		all[i]->left_out = !all[i]->listed;
	}
}

/* Those of a role that are to be refused now; -1: no memory, which must not look like none. */
static int
wanted(struct broker *b, const char *arn, struct revocation *list[LIST_MAX], size_t *count)
{
	struct revocation *r, **all;
	size_t n = 0, i = 0;

	*count = 0;
	for (r = b->revocations->first; r != NULL; r = r->next) {
		r->listed = r->listed && strcmp(r->row.role, arn) != 0;
		n += !r->over && strcmp(r->row.role, arn) == 0;
	}
	if (n == 0)
		return 0;
	if ((all = calloc(n, sizeof(struct revocation *))) == NULL)
		return -1;
	for (r = b->revocations->first; r != NULL; r = r->next)
		if (!r->over && strcmp(r->row.role, arn) == 0)
			all[i++] = r;
	qsort(all, n, sizeof(struct revocation *), by_need);
	*count = choose(list, all, n);
	note_left_out(b, all, n);
	free(all);
	return 0;
}

static int
list_fill(struct sq_revoke *q, struct revocation *const *list, size_t n)
{
	struct sq_person *person;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct revocation_row *row = &list[i]->row;

		if (row->id[0] != '\0') {
			if ((row->role_id[0] != '\0' && strv_push(&q->sessions, row->role_id) == -1) ||
			    strv_push(&q->requests, row->id) == -1)
				return -1;
			continue;
		}
		if ((person = list_push(&q->people, &sq_person_table)) == NULL ||
		    (person->person = strdup(row->person)) == NULL)
			return -1;
		person->before = row->requested;
	}
	return 0;
}

static void
failed(struct broker *b, struct denied_role *role, const struct s3jit_err *why)
{
	role->dirty = true;
	role->wait_ms = clock_back_off(role->wait_ms, RETRY_MIN_MS, RETRY_MAX_MS);
	role->retry_ms = clock_boot_ms() + role->wait_ms;
	if (!role->failing)
		audit_try(b->audit, "deny-failed", "", why->text, "role", role->arn, NULL);
	role->failing = true;
}

/* IAM has the list: what stands in it is refused from now on, what does not is not. */
static void
taken(struct broker *b, const char *arn)
{
	struct revocation *r;

	for (r = b->revocations->first; r != NULL; r = r->next) {
		if (strcmp(r->row.role, arn) != 0)
			continue;
		if (r->listed && r->row.taken == 0) {
			r->row.taken = clock_wall();
			step(b, r, "deny-taken", "IAM was told to refuse it");
			if (r->telling)
				probe(b, r);
			else if (r->busy == 0)
				waiters_tell(r);
		} else if (r->over && !r->listed && r->row.removed == 0) {
			r->row.removed = clock_wall();
			step(b, r, "deny-removed", "its keys are over, and so is the Deny");
		}
	}
}

static void	push(struct broker *, struct denied_role *);

static void
pushed(void *arg, const void *answer, const struct s3jit_err *err)
{
	struct asking *a = arg;
	struct denied_role *role = a->role;
	struct broker *b = a->b;

	free(a);
	role->asking = false;
	FAULT_POINT("deny-answered");
	if (answer == NULL) {
		failed(b, role, err);
		return;
	}
	role->failing = false;
	role->wait_ms = 0;
	taken(b, role->arn);
	push(b, role);
}

static void
push(struct broker *b, struct denied_role *role)
{
	struct revocation *list[LIST_MAX];
	struct sq_revoke q = { .role = role->arn, .host = b->conf->host_name };
	struct asking *a;
	size_t n;

	if (!role->dirty || role->asking || role->retry_ms > clock_boot_ms())
		return;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return;		/* the next tick tries again */
	if (wanted(b, role->arn, list, &n) == -1 || list_fill(&q, list, n) == -1) {
		free(a);
	} else {
		a->b = b;
		a->role = role;
		role->dirty = false;
		role->asking = true;
		signer_ask(b->signer, &sq_revoke_table, &q, &sq_done_table, pushed, a);
	}
	strv_clear(&q.sessions);
	strv_clear(&q.requests);
	while (q.people.n > 0)
		free(((struct sq_person *)q.people.v)[--q.people.n].person);
	free(q.people.v);
}

/* What that role is to refuse has changed. */
static void
tell(struct broker *b, struct denied_role *role)
{
	role->dirty = true;
	role->retry_ms = 0;	/* what failed before keeps nobody new waiting */
	push(b, role);
}

/* --- beginning and end ------------------------------------------------------------------ */

static struct revocation *
revocation_new(struct broker *b, const char *id, const char *person, const char *role,
    int64_t until)
{
	struct denied_role *denied = role_need(b, role);
	struct revocation *r;

	if (denied == NULL || (r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	r->role = denied;
	r->row.id = strdup(id);
	r->row.person = strdup(person);
	r->row.role = strdup(role);
	r->row.role_id = strdup("");
	if (r->row.id == NULL || r->row.person == NULL || r->row.role == NULL ||
	    r->row.role_id == NULL) {
		codec_clear(&revocation_row_table, &r->row);
		free(r);
		return NULL;
	}
	r->by_person = id[0] == '\0';
	r->row.until = until;
	r->row.requested = clock_wall();
	r->until_ms = clock_boot_ms() + (until - r->row.requested) * 1000;
	r->next = b->revocations->first;
	b->revocations->first = r;
	return r;
}

/* aws:userid of its sessions, from the record where memory has none (a restart). */
static void
find_role_id(struct broker *b, struct revocation *r, const struct lease_holder *holder)
{
	struct list rows = { 0 };
	const struct lease_row *row;
	const char *id = holder != NULL ? holder->role_id : "";
	char *copy;
	size_t i;

	if (id[0] == '\0' && store_leases(b->store, &rows, r->row.id, NULL) == 0)
		for (row = rows.v, i = 0; i < rows.n; i++)
			if (row[i].role_id[0] != '\0')
				id = row[i].role_id;
	if ((copy = strdup(id)) != NULL) {
		free(r->row.role_id);
		r->row.role_id = copy;
	}
	store_rows_clear(&rows, &lease_row_table);
}

/*
 * By somebody else, that is: who takes from themselves must not push others' out of the
 * room there is.  Without memory for why it ended: in doubt it is not left out.
 */
static bool
taken_away(const struct request_row *row)
{
	return row->why == NULL || row->by == NULL ||
	    (strcmp(row->why, "revoked") == 0 && strcmp(row->by, row->req->person) != 0);
}

static void begin(struct broker *, const struct request_row *, int64_t, struct lease_holder *, bool);

/* What it had extended ended before, with keys that worked on for its sake. */
static void
begin_extended(struct broker *b, const struct request_row *row, bool by_person)
{
	struct request_row old;

	if (b->revocations == NULL || row->req->parent[0] == '\0' ||
	    store_request_get(b->store, &old, row->req->parent, NULL) == -1)
		return;
	if (old.state == REQ_ENDED && old.claimed != 0)
		begin(b, &old, old.keys_until, NULL, by_person);
	codec_clear(&request_row_table, &old);
}

static void
begin(struct broker *b, const struct request_row *row, int64_t until, struct lease_holder *holder,
    bool by_person)
{
	struct revocation *r;

	if (until > clock_wall())
		begin_extended(b, row, by_person);
	if (b->revocations == NULL || until <= clock_wall() || find(b, row->id) != NULL) {
		lease_holder_end(b, &b->queue->holders, holder);
		return;
	}
	if ((r = revocation_new(b, row->id, row->req->person, row->req->role, until)) == NULL) {
		b->revocations->missed = true;
		lease_holder_end(b, &b->queue->holders, holder);
		return;
	}
	r->by_person = by_person;
	find_role_id(b, r, holder);
	lease_holder_retire(b, &b->queue->holders, holder, r->lease);
	step(b, r, "deny-requested", "AWS is to refuse the keys that are out");
	FAULT_POINT("deny-requested");
	if (r->lease[0] != '\0' && !b->stopping && probe(b, r) == 0)
		return;		/* its answer goes on */
	tell(b, r->role);
}

void
revoke_begin(struct broker *b, const struct request_row *row, int64_t until,
    struct lease_holder *holder)
{
	begin(b, row, until, holder, taken_away(row));
}

int
revoke_person(struct broker *b, const char *person, const char *role)
{
	struct revocation *r;

	if (b->revocations == NULL)
		return 0;
	if ((r = revocation_new(b, "", person, role, clock_wall() + PERSON_S)) == NULL)
		return -1;
	step(b, r, "deny-requested", "AWS is to refuse all that this person had until now");
	tell(b, r->role);
	return 0;
}

static bool
was_taken_away(struct broker *b, const char *id)
{
	struct request_row row;
	bool was;

	if (store_request_get(b->store, &row, id, NULL) == -1)
		return true;		/* in doubt it is not left out */
	was = taken_away(&row);
	codec_clear(&request_row_table, &row);
	return was;
}

static int
adopt(struct broker *b, struct revocation_row *row, struct s3jit_err *err)
{
	struct denied_role *role;
	struct revocation *r;

	if (row->id[0] != '\0' && find_in(b->revocations, row->id) != NULL)
		return 0;	/* not on record yet, but known */
	if ((role = role_need(b, row->role)) == NULL || (r = calloc(1, sizeof(*r))) == NULL)
		return s3jit_fail_errno(err, "memory");
	r->role = role;
	r->by_person = row->id[0] == '\0' || was_taken_away(b, row->id);
	r->row = *row;
	memset(row, 0, sizeof(*row));
	r->until_ms = clock_boot_ms() + (r->row.until - clock_wall()) * 1000;
	r->next = b->revocations->first;
	b->revocations->first = r;
	return 0;
}

static int
adopt_all(struct broker *b, struct list *rows, struct s3jit_err *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < rows->n && ret == 0; i++)
		ret = adopt(b, &((struct revocation_row *)rows->v)[i], err);
	store_rows_clear(rows, &revocation_row_table);
	return ret;
}

/* What had ended when s3jitd stopped, or had no memory for it, and AWS was not told. */
static int
begin_missed(struct broker *b, const char *text, struct s3jit_err *err)
{
	struct list rows = { 0 };
	struct revocation *r;

	if (store_revocations_missed(b->store, &rows, clock_wall(), err) == -1 ||
	    adopt_all(b, &rows, err) == -1)
		return -1;
	for (r = b->revocations->first; r != NULL; r = r->next)
		if (r->row.row == 0 && !r->owed) {
			find_role_id(b, r, NULL);
			step(b, r, "deny-requested", text);
			r->role->dirty = true;
		}
	return 0;
}

static void
expire(struct broker *b, struct revocation *r)
{
	r->over = true;
	lease_let_go(b, r);
	waiters_tell(r);
	r->role->dirty = true;
}

static void
revocation_free(struct revocation *r)
{
	codec_clear(&revocation_row_table, &r->row);
	free(r);
}

static void
forget_removed(struct broker *b)
{
	struct revocation **p = &b->revocations->first, *r;

	while ((r = *p) != NULL) {
		if (r->row.removed == 0 || r->busy > 0 || r->owed) {
			p = &r->next;
			continue;
		}
		*p = r->next;
		revocation_free(r);
	}
}

void
revocations_tick(struct broker *b)
{
	int64_t wall = clock_wall(), boot = clock_boot_ms();
	struct denied_role *role;
	struct revocation *r;

	if (b->revocations == NULL)
		return;
	if (b->revocations->missed)
		b->revocations->missed = begin_missed(b, "AWS is to refuse the keys that are out; "
		    "there was no memory to say so at once", NULL) == -1;
	for (r = b->revocations->first; r != NULL; r = r->next) {
		if (r->owed && record_step(b, r, "deny-recorded", "recorded late", NULL) == 0)
			r->owed = false;
		/* by both clocks, and by AWS's, too: early would be too early */
		if (!r->over && r->row.until + SKEW_S <= wall && r->until_ms + SKEW_S * 1000 <= boot)
			expire(b, r);
		if (r->waiters != NULL && r->give_up_ms <= boot)
			waiters_tell(r);
		if (r->row.taken != 0 && r->telling && hopeful(r) && r->busy == 0 &&
		    r->probe_ms <= boot)
			probe(b, r);
	}
	for (role = b->revocations->roles; role != NULL; role = role->next)
		push(b, role);
	forget_removed(b);
}

bool
revocations_settled(struct broker *b)
{
	const struct denied_role *role;
	const struct revocation *r;

	if (b->revocations == NULL)
		return true;
	for (role = b->revocations->roles; role != NULL; role = role->next)
		if (role->dirty || role->asking)
			return false;
	for (r = b->revocations->first; r != NULL; r = r->next)
		if (!r->over && r->row.taken == 0)
			return false;
	return true;
}

/* --- start and stop ------------------------------------------------------------------------ */

int
revocations_new(struct broker *b, struct s3jit_err *err)
{
	struct list rows = { 0 };
	struct denied_role *role;
	size_t i;

	if (!config_denies(b->conf))
		return 0;
	if ((b->revocations = calloc(1, sizeof(*b->revocations))) == NULL)
		return s3jit_fail_errno(err, "memory");
	if (store_revocations_open(b->store, &rows, err) == -1 || adopt_all(b, &rows, err) == -1 ||
	    begin_missed(b, "AWS is to refuse the keys that are out; found at start", err) == -1)
		return -1;
	/* also what a lost record left behind at AWS is put right (all lists, empty ones, too) */
	for (i = 0; i < b->conf->nrules; i++)
		if (role_need(b, b->conf->rules[i].role) == NULL)
			return s3jit_fail_errno(err, "memory");
	for (role = b->revocations->roles; role != NULL; role = role->next)
		role->dirty = true;
	return 0;
}

void
revocations_free(struct broker *b)
{
	struct denied_role *role;
	struct revocation *r;

	if (b->revocations == NULL)
		return;
	for (r = b->revocations->first; r != NULL; r = r->next)
		waiters_tell(r);
	while ((r = b->revocations->first) != NULL) {
		b->revocations->first = r->next;
		revocation_free(r);
	}
	while ((role = b->revocations->roles) != NULL) {
		b->revocations->roles = role->next;
		free(role->arn);
		free(role);
	}
	free(b->revocations);
	b->revocations = NULL;
}
