/*
 * extend.c - a longer time for what is open.  Runs in s3jitd.
 *
 * All is judged when it is asked, so that nobody decides on what cannot be, and
 * again when it is claimed.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"

#include "extend.h"
#include "handlers.h"
#include "queue_private.h"

/* No rule allows more (keys.c), so a longer chain is none of ours. */
#define CHAIN_MAX 100

/* How often has it been extended?  What narrows a request names one that never began. */
static int
times_extended(struct broker *b, const struct request_row *row, int64_t *times,
    struct s3jit_err *err)
{
	struct request_row before;
	char id[REQUEST_ID];

	*times = 0;
	snprintf(id, sizeof(id), "%s", row->req->parent);
	while (id[0] != '\0') {
		if (store_request_get(b->store, &before, id, err) == -1)
			return -1;
		*times += before.claimed != 0;
		snprintf(id, sizeof(id), "%s", before.claimed != 0 ? before.req->parent : "");
		codec_clear(&request_row_table, &before);
		if (*times > CHAIN_MAX)
			return s3jit_fail(err, S3JIT_ECHANGED, "The record of this request is damaged.");
	}
	return 0;
}

static int
can_be_longer(const struct request_row *row, struct s3jit_err *err)
{
	if (strcmp(row->req->delivery, DELIVERY_SESSION) == 0)
		return 0;
	if (strcmp(row->req->delivery, DELIVERY_SIGNED) == 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Only what open has opened can be extended.  "
		    "What is not done in time is asked for again.");
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "Its keys were handed out once and cannot be "
	    "exchanged, so it cannot be extended.  Ask for new ones, or use s3-sudo open.");
}

static int
often_enough(struct broker *b, const struct request_row *row, const struct rule *rule,
    struct s3jit_err *err)
{
	int64_t times;

	if (rule->extends == 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Rule \"%s\" lets nothing be extended.  "
		    "Ask anew when it is over.", rule->title);
	if (times_extended(b, row, &times, err) == -1)
		return -1;
	if (times >= rule->extends)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "It was extended %lld times already: rule "
		    "\"%s\" allows no more.", (long long)times, rule->title);
	return 0;
}

static int
not_too_early(const struct request_row *row, struct s3jit_err *err)
{
	int64_t half = row->claimed + (row->deadline - row->claimed) / 2;
	char at[CLOCK_TEXT];

	if (clock_wall() >= half)
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "Too early: it can be extended from %s on, when "
	    "half of its time is over.", clock_hms(at, half));
}

int
extend_read(struct conn *c, struct request_row *old, const struct rule *rule, const char *id,
    struct s3jit_err *err)
{
	if (grant_read(c, old, id, err) == -1)
		return -1;
	if (can_be_longer(old, err) == 0 && often_enough(c->b, old, rule, err) == 0 &&
	    not_too_early(old, err) == 0)
		return 0;
	codec_clear(&request_row_table, old);
	return -1;
}

int
extend_same(const struct request_row *old, const struct strv *scope, const char *delivery,
    const struct rule *rule, struct s3jit_err *err)
{
	const struct request *r = old->req;

	if (strcmp(rule->role, r->role) != 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "The rules give this another role now.  "
		    "It must be asked again.");
	if (strv_equal(scope, &r->scope) && strcmp(delivery, r->delivery) == 0)
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE, "An extension asks for the same, only longer.");
}

int
extend_check_ttl(const struct rule *rule, int64_t ttl, struct s3jit_err *err)
{
	char longest[DURATION_TEXT];

	if (ttl >= 1 && ttl <= rule->extend_max)
		return 0;
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "Too long: rule \"%s\" extends by at most %s.",
	    rule->title, duration_format(longest, rule->extend_max));
}

/* --- taking its place ----------------------------------------------------------- */

int
extend_record(struct broker *b, struct request_row *old, struct request_row *row,
    struct s3jit_err *err)
{
	char text[64];

	row->deadline = old->deadline + row->req->ttl;
	row->keys_until = old->keys_until;	/* they are still out */
	snprintf(text, sizeof(text), "extended by %.*s", REQUEST_ID_SHOWN, row->id);
	if (queue_end_fill(old, "done", row->req->person, text) == -1)
		return s3jit_fail_errno(err, "memory");
	return queue_record_end(b, old, REQ_ACTIVE, err);
}

void
extend_done(struct broker *b, const struct request_row *old)
{
	struct live *l = queue_find_live(b, old->id);

	queue_tell(b, old->id, old->why, old->by, old->text, 0, NULL);
	queue_tell_lookers(b, old->id, old->why, old->by, old->text, 0, NULL);
	if (l != NULL)
		queue_live_free(b, l);
}

bool
extend_orphaned(struct broker *b, const struct live *l)
{
	const struct live *old;

	if (l->extends[0] == '\0' || l->state == REQ_ACTIVE)
		return false;
	old = queue_find_live(b, l->extends);
	return old == NULL || old->dead || old->state != REQ_ACTIVE;
}
