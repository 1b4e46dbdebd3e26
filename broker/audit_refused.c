/*
 * audit_refused.c - refused and forged attempts: each is worth a record, a
 * flood of them is not worth the disk (A5, T9).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "audit_private.h"
#include "s3jit/clock.h"

#define PER_MINUTE	10
#define MINUTE_MS	60000
#define NOBODY		(-1)

static void
close_slot(struct audit *a, struct refused *r)
{
	int64_t more = r->n - PER_MINUTE;
	char event[sizeof(r->event)], text[96];

	memcpy(event, r->event, sizeof(event));
	r->event[0] = '\0';
	if (more <= 0)
		return;
	snprintf(text, sizeof(text), "%lld more attempts like these within a minute",
	    (long long)more);
	audit_try(a, event, "", text, "#count", more, r->uid == NOBODY ? NULL : "#ruid", r->uid,
	    NULL);
}

void
audit_refused_tick(struct audit *a)
{
	int64_t now = clock_boot_ms();
	size_t i;

	for (i = 0; i < REFUSED_SLOTS; i++)
		if (a->refused[i].event[0] != '\0' && now - a->refused[i].since_ms >= MINUTE_MS)
			close_slot(a, &a->refused[i]);
}

/* The last slot takes all for whom there is none of their own. */
static struct refused *
slot_of(struct audit *a, const char *event, int64_t uid)
{
	struct refused *r, *spare = NULL;
	size_t i;

	for (i = 0; i < REFUSED_SLOTS - 1; i++) {
		r = &a->refused[i];
		if (r->event[0] == '\0') {
			if (spare == NULL)
				spare = r;
		} else if (r->uid == uid && strncmp(r->event, event, sizeof(r->event) - 1) == 0)
			return r;
	}
	if (spare == NULL) {
		spare = &a->refused[REFUSED_SLOTS - 1];
		event = "refused";
		uid = NOBODY;
	}
	if (spare->event[0] == '\0') {
		snprintf(spare->event, sizeof(spare->event), "%s", event);
		spare->uid = uid;
		spare->since_ms = clock_boot_ms();
		spare->n = 0;
	}
	return spare;
}

void
audit_refused(struct audit *a, const char *event, int64_t uid, const char *text)
{
	struct refused *r;

	audit_refused_tick(a);
	r = slot_of(a, event, uid);
	if (++r->n <= PER_MINUTE)
		audit_try(a, event, "", text, uid == NOBODY ? NULL : "#ruid", uid, NULL);
}
