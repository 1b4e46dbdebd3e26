/*
 * lease_ask.c - one question to STS: its intent on record, the question, its
 * outcome on record, and only then the lease.  Runs in s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"
#include "s3jit/hex.h"

#include "lease_private.h"
#include "queue.h"

struct asking {			/* one question under way at the signer */
	struct broker *b;
	struct lease_holder *h;
};

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

/* What AWS or the road to it said, and what that means for who has keys already. */
static void
say_until_when(struct s3jit_err *told, const struct lease_holder *h, const struct s3jit_err *why)
{
	char until[CLOCK_TEXT];

	*told = *why;
	if (told->code == S3JIT_EBROKER)
		told->code = S3JIT_EAWS;
	if (h->until != 0)
		s3jit_fail(told, told->code, "%s (what was lent before %s until %s)", why->text,
		    lease_alive(h, clock_wall()) ? "works" : "worked", clock_hms(until, h->until));
}

static void
leased(void *arg, const void *answer, const struct s3jit_err *why)
{
	struct asking *a = arg;
	struct broker *b = a->b;
	struct lease_holder *h = a->h;
	const struct sq_leased *got = answer;
	struct s3jit_err err = { 0 }, told = { 0 };
	char name[LEASE_NAME];
	int recorded;

	free(a);
	if (got == NULL)
		say_until_when(&told, h, why);
	FAULT_POINT("lease-answered");
	recorded = record_outcome(b, h, got, &told, &err);
	FAULT_POINT("lease-outcome");
	snprintf(name, sizeof(name), "%s", h->asked);
	h->asked[0] = '\0';
	if (lease_ask_again(b, h, why))
		return;
	if (got == NULL) {
		lease_not_got(h, &told);
	} else if (h->over || recorded == -1) {
		lease_drop(b, name);
		lease_not_got(h, &err);
	} else {
		snprintf(h->role_id, sizeof(h->role_id), "%s", got->role_id);
		lease_got(b, h, name, got->expiration < h->asked_until ? got->expiration :
		    h->asked_until);
	}
}

static int
name_lease(struct lease_holder *h, char session_name[64], struct s3jit_err *err)
{
	char hex[17];

	if (hex_random(hex, 8, err) == -1)
		return -1;
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
	if (h->length != 0 && h->deadline - now > h->length)
		return now + h->length;
	return h->deadline;
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

int
lease_ask(struct broker *b, struct lease_holder *h, struct s3jit_err *err)
{
	char session_name[64];
	struct sq_lease q = { 0 };
	struct asking *a;

	if (queue_may_issue(b, err) == -1)
		return -1;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return s3jit_fail_errno(err, "memory");
	h->asked_from = clock_wall();
	h->asked_until = lease_until(h, h->asked_from);
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
