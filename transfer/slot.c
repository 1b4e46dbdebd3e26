/*
 * slot.c - sign, send, try again.
 *
 * Runs in transfer.  Every try has its own signature: leases behind them are
 * short, and a revoke must stop the next try too.
 */
#include "config.h"

#include <string.h>
#include <sys/random.h>

#include "s3jit/clock.h"
#include "s3jit/transfer_proto.h"
#include "transfer/slot.h"

#ifndef TRANSFER_BACKOFF_MS
#define TRANSFER_BACKOFF_MS 250	/* before the second try; then 4 times as long each time */
#endif

int
slot_init(struct slot *slot, int number, const char *what, struct channel *channel,
    struct http *http, struct s3jit_err *err)
{
	memset(slot, 0, sizeof(*slot));
	slot->number = number;
	slot->what = what;
	slot->channel = channel;
	if ((slot->call = http_call_new(http, slot)) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "libcurl cannot start");
	return 0;
}

void
slot_clear(struct slot *slot)
{
	if (slot->call == NULL)
		return;
	http_call_free(slot->call);
	job_clear(&slot->job);
	memset(slot, 0, sizeof(*slot));
}

/* Ask for a signature of the job in the slot. */
static int
ask(struct slot *slot, struct s3jit_err *err)
{
	struct job *job = &slot->job;
	struct msg_sign m = {
		.slot = slot->number,
		.method = (char *)(uintptr_t)job->method,
		.bucket = (char *)(uintptr_t)job->bucket,
		.key = (char *)(uintptr_t)job->key,
		.query = job->query,
		.headers = job->headers,
		.payload_sha256 = job->sha256,
		.length = job->length,
		.etags = job->etags,
	};

	slot->state = SLOT_SIGNING;
	slot->owed++;
	return channel_send(slot->channel, &sign_table, &m, err);
}

int
slot_start(struct slot *slot, struct job *job, struct s3jit_err *err)
{
	slot->job = *job;
	memset(job, 0, sizeof(*job));
	slot->tries = 0;
	slot->sent = false;
	return ask(slot, err);
}

void
slot_free_up(struct slot *slot)
{
	http_cut(slot->call);
	job_clear(&slot->job);
	slot->state = SLOT_IDLE;
}

/* 250 ms, 1 s, 4 s, each half to one and a half of it, so that many do not come back at once. */
static int64_t
pause_ms(int tries)
{
	int64_t base = TRANSFER_BACKOFF_MS;
	uint16_t dice = 0;
	int i;

	for (i = 1; i < tries; i++)
		base *= 4;
	/* without random numbers: the middle */
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != (ssize_t)sizeof(dice))
		dice = UINT16_MAX / 2;
	return base / 2 + base * dice / UINT16_MAX;
}

/* A try failed.  Wait for the next, or give the slot free. */
static enum slot_event
failed(struct slot *slot, bool again)
{
	if (!again || slot->tries >= SLOT_TRIES) {
		slot_free_up(slot);
		return SLOT_FAILED;
	}
	http_cut(slot->call);
	slot->state = SLOT_WAITING;
	slot->due = clock_boot_ms() + pause_ms(slot->tries);
	return SLOT_GOES_ON;
}

/*
 * Count an answer about a signature.  1: it is for what the slot waits for;
 * 0: for something that was cut meanwhile; -1: nobody asked.
 */
static int
owed(struct slot *slot, struct s3jit_err *err)
{
	if (slot->owed == 0)
		return s3jit_fail(err, S3JIT_EPROTO, "a signature that was not asked for");
	slot->owed--;
	return slot->owed == 0 && slot->state == SLOT_SIGNING;
}

int
slot_signed(struct slot *slot, const struct msg_signed *m, enum slot_event *event,
    struct failure *f, struct s3jit_err *err)
{
	struct s3jit_err why = { 0 };
	int mine = owed(slot, err);

	*event = SLOT_GOES_ON;
	if (mine <= 0)
		return mine;
	slot->tries++;
	if (http_begin(slot->call, &slot->job, slot->sent, m, &why) == -1) {
		s3error_local(f, &why, slot->job.index);
		*event = failed(slot, false);
		return 0;
	}
	slot->sent = true;
	slot->state = SLOT_SENDING;
	return 0;
}

int
slot_sign_error(struct slot *slot, const struct transfer_sign_error *m, enum slot_event *event,
    struct failure *f, struct s3jit_err *err)
{
	int mine = owed(slot, err);

	*event = SLOT_GOES_ON;
	if (mine <= 0)
		return mine;
	slot->tries++;
	s3error_told(f, m->code, m->text, m->hint, slot->job.index);
	*event = failed(slot, f->code == S3JIT_EBUSY);
	return 0;
}

/* A 2xx that must be XML of a certain kind and is not: the line may have cut it. */
static bool
readable(struct slot *slot, const struct answer *a, struct failure *f)
{
	struct s3jit_err why = { 0 };

	if (slot->job.root == NULL)
		return true;
	if (s3xml_parse(&slot->xml, a->text, a->len, NULL, NULL, &why) == 0 &&
	    (strcmp(slot->xml.root, slot->job.root) == 0 || s3xml_is_error(&slot->xml)))
		return true;
	if (*why.text == '\0')
		s3jit_fail(&why, S3JIT_EAWS, "S3's answer is not what was asked for");
	s3error_local(f, &why, slot->job.index);
	f->status = a->status;
	return false;
}

enum slot_event
slot_ended(struct slot *slot, struct failure *f)
{
	struct answer a;

	memset(&slot->xml, 0, sizeof(slot->xml));
	if (http_outcome(slot->call) != HTTP_ANSWERED)
		return failed(slot, s3error_no_answer(f, slot->what, &slot->job, slot->call));
	http_answer(slot->call, &a);
	if (a.status / 100 == 2) {
		if (!readable(slot, &a, f))
			return failed(slot, true);
		/* S3 says 200 early and may still come to <Error> (Complete) */
		if (!s3xml_is_error(&slot->xml))
			return SLOT_DONE;
	} else if (s3xml_parse(&slot->xml, a.text, a.len, NULL, NULL, NULL) == -1 ||
	    !s3xml_is_error(&slot->xml)) {
		memset(&slot->xml, 0, sizeof(slot->xml));	/* a proxy's page, or nothing */
	}
	return failed(slot, s3error_answer(f, slot->what, &slot->job, a.status, &slot->xml));
}

void
slot_answer(const struct slot *slot, struct answer *a)
{
	http_answer(slot->call, a);
	a->xml = &slot->xml;
}

int
slot_wake(struct slot *slot, int64_t now, struct s3jit_err *err)
{
	if (slot->state != SLOT_WAITING || now < slot->due)
		return 0;
	return ask(slot, err);
}
