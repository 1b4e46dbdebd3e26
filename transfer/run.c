/*
 * run.c - the loop of transfer: the client on one side, S3 on the other.
 *
 * Runs in transfer as the person.  The first failure ends everything: what
 * runs is cut, the operation undoes what it has begun (multipart uploads) for
 * as long as it gets signatures, then `finished` says what happened.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/transfer_proto.h"
#include "transfer/channel.h"
#include "transfer/op.h"
#include "transfer/run.h"
#include "transfer/slot.h"

#define START_MS	10000	/* for the client to say what to do */
#define UNDO_MS		10000	/* for cleaning up after a failure */
#define PROGRESS_MS	100
#define IDLE_MS		1000

struct run {
	struct channel channel;
	struct transfer_start start;
	const struct op *op;
	void *state;
	struct http *http;
	struct slot slots[TRANSFER_SLOTS];
	int nslots;
	int64_t moved;			/* bytes of jobs that are done */
	int64_t total;
	int64_t told, told_at;		/* the last progress, and when */
	int64_t objects;		/* object_done sent */
	bool failing;
	struct failure failure;
	int64_t undo_until;
};

static const struct op *const ops[] = { &op_put, &op_get, &op_delete, &op_list };

/* --- for the operations --- */

int
run_object_done(struct run *run, const struct job *job, const struct answer *a, const char *etag,
    int64_t bytes, struct s3jit_err *err)
{
	struct transfer_object_done m = {
		.index = job->index,
		.etag = (char *)(uintptr_t)etag,
		.status = a->status,
		.bytes = bytes,
	};

	run->objects++;
	return channel_send(&run->channel, &transfer_object_done_table, &m, err);
}

int
run_entry(struct run *run, const struct transfer_entry *m, struct s3jit_err *err)
{
	return channel_send(&run->channel, &transfer_entry_table, m, err);
}

/* --- failure --- */

/* The first one counts; what runs is cut. */
static void
fail(struct run *run, const struct failure *f)
{
	int i;

	if (run->failing)
		return;
	run->failing = true;
	run->failure = *f;
	run->undo_until = clock_boot_ms() + UNDO_MS;
	for (i = 0; i < run->nslots; i++)
		slot_free_up(&run->slots[i]);
}

static void
fail_local(struct run *run, const struct s3jit_err *why, int64_t index)
{
	struct failure f;

	s3error_local(&f, why, index);
	fail(run, &f);
}

/* --- messages of the client --- */

static struct slot *
slot_at(struct run *run, int64_t number, struct s3jit_err *err)
{
	if (number < 0 || number >= run->nslots) {
		s3jit_fail(err, S3JIT_EPROTO, "there is no slot %lld", (long long)number);
		return NULL;
	}
	return &run->slots[number];
}

static int
on_signed(struct run *run, const void *msg, struct s3jit_err *err)
{
	const struct msg_signed *m = msg;
	struct slot *slot = slot_at(run, m->slot, err);
	struct failure f;
	enum slot_event event;

	if (slot == NULL || slot_signed(slot, m, &event, &f, err) == -1)
		return -1;
	if (event == SLOT_FAILED)
		fail(run, &f);
	return 0;
}

static int
on_sign_error(struct run *run, const void *msg, struct s3jit_err *err)
{
	const struct transfer_sign_error *m = msg;
	struct slot *slot = slot_at(run, m->slot, err);
	struct failure f;
	enum slot_event event;

	if (slot == NULL || slot_sign_error(slot, m, &event, &f, err) == -1)
		return -1;
	if (event == SLOT_FAILED)
		fail(run, &f);
	return 0;
}

static int
on_stop(struct run *run, const void *msg, struct s3jit_err *err)
{
	const struct transfer_stop *m = msg;
	struct failure f;

	(void)err;
	s3error_told(&f, m->code, m->why, "", -1);
	fail(run, &f);
	return 0;
}

static const struct {
	const struct table *table;
	int (*handle)(struct run *, const void *msg, struct s3jit_err *);
} messages[] = {
	{ &signed_table, on_signed },
	{ &transfer_sign_error_table, on_sign_error },
	{ &transfer_stop_table, on_stop },
};

static int
on_frame(void *arg, const void *body, size_t len, struct s3jit_err *err)
{
	union {
		struct msg_signed a;
		struct transfer_sign_error b;
		struct transfer_stop c;
	} msg;
	char type[64];
	size_t i;
	int ret;

	if (codec_type(type, sizeof(type), body, len, err) == -1)
		return -1;
	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (strcmp(messages[i].table->name, type) != 0)
			continue;
		if (codec_decode(&msg, messages[i].table, body, len, err) == -1)
			return -1;
		ret = messages[i].handle(arg, &msg, err);
		codec_clear(messages[i].table, &msg);
		return ret;
	}
	return s3jit_fail(err, S3JIT_EPROTO, "the client may not say \"%s\" here", type);
}

/* --- the work --- */

/* 1: a job; 0: none now. */
static int
next_job(struct run *run, struct job *job)
{
	struct s3jit_err why = { 0 };
	int got;

	memset(job, 0, sizeof(*job));
	if (run->failing)
		got = run->op->undo == NULL || clock_boot_ms() >= run->undo_until ? 0 :
		    run->op->undo(run->state, job, &why);
	else
		got = run->op->next(run->state, job, &why);
	if (got == -1)
		fail_local(run, &why, job->index);
	if (got != 1)
		job_clear(job);
	return got == 1;
}

/* Give every idle slot something to do.  *busy: there is something to wait for. */
static int
fill(struct run *run, bool *busy, struct s3jit_err *err)
{
	bool was_failing = run->failing;
	bool dry = false;
	struct job job;
	int i;

	*busy = false;
	for (i = 0; i < run->nslots; i++) {
		struct slot *slot = &run->slots[i];

		if (slot->state == SLOT_IDLE && !dry) {
			if (next_job(run, &job) == 0)
				dry = true;
			else if (slot_start(slot, &job, err) == -1)
				return -1;
		}
		*busy |= slot->state != SLOT_IDLE;
	}
	/* it began to fail here: what there is to undo comes with the next call */
	*busy |= run->failing && !was_failing;
	return 0;
}

/* A slot's request has its 2xx: the operation judges it. */
static void
done(struct run *run, struct slot *slot)
{
	struct s3jit_err why = { 0 };
	struct answer a;
	int64_t index = slot->job.index;
	int ret;

	slot_answer(slot, &a);
	if ((ret = run->op->done(run->state, run, &slot->job, &a, &why)) == 0 && slot->job.data)
		run->moved += a.bytes;
	slot_free_up(slot);
	if (ret == -1)
		fail_local(run, &why, index);
}

static int
serve_network(struct run *run, struct s3jit_err *err)
{
	struct failure f;
	struct slot *slot;
	int64_t now;
	int i;

	if (http_run(run->http, err) == -1)
		return -1;
	while ((slot = http_ended(run->http)) != NULL) {
		switch (slot_ended(slot, &f)) {
		case SLOT_DONE:
			done(run, slot);
			break;
		case SLOT_FAILED:
			fail(run, &f);
			break;
		case SLOT_GOES_ON:
			break;
		}
	}
	now = clock_boot_ms();
	for (i = 0; i < run->nslots; i++)
		if (slot_wake(&run->slots[i], now, err) == -1)
			return -1;
	return 0;
}

static int
tell_progress(struct run *run, bool now, struct s3jit_err *err)
{
	struct transfer_progress m = { .done = run->moved, .total = run->total };
	int64_t ms = clock_boot_ms();
	int i;

	if (run->failing || (!now && ms - run->told_at < PROGRESS_MS))
		return 0;
	for (i = 0; i < run->nslots; i++)
		if (run->slots[i].state == SLOT_SENDING && run->slots[i].job.data)
			m.done += http_bytes(run->slots[i].call);
	if (m.total < m.done)		/* get, of sizes that nobody knew */
		m.total = m.done;
	run->told_at = ms;
	if (m.done == run->told)
		return 0;
	run->told = m.done;
	return channel_send(&run->channel, &transfer_progress_table, &m, err);
}

/* How long may we sleep? */
static int
patience(const struct run *run)
{
	int64_t now = clock_boot_ms();
	int64_t until = now + IDLE_MS;
	int i;

	for (i = 0; i < run->nslots; i++) {
		const struct slot *slot = &run->slots[i];

		if (slot->state == SLOT_WAITING && slot->due < until)
			until = slot->due;
		if (slot->state == SLOT_SENDING && slot->job.data && now + PROGRESS_MS < until)
			until = now + PROGRESS_MS;
	}
	if (run->failing && run->undo_until < until)
		until = run->undo_until;
	return until <= now ? 0 : (int)(until - now);
}

static int
loop(struct run *run, struct s3jit_err *err)
{
	bool readable, busy;
	int i;

	for (;;) {
		if (fill(run, &busy, err) == -1)
			return -1;
		if (!busy)
			return 0;
		if (http_wait(run->http, run->channel.fd, patience(run), &readable, err) == -1)
			return -1;
		if (readable && channel_read(&run->channel, on_frame, run, err) == -1)
			return -1;
		if (serve_network(run, err) == -1 || tell_progress(run, false, err) == -1)
			return -1;
		if (run->failing && clock_boot_ms() >= run->undo_until)
			for (i = 0; i < run->nslots; i++)
				slot_free_up(&run->slots[i]);
	}
}

/* --- begin and end --- */

static int
check_start(const struct transfer_start *start, struct s3jit_err *err)
{
	if (start->version != WIRE_VERSION)
		return s3jit_fail(err, S3JIT_EPROTO, "transfer is of another version than s3-sudo");
	if (start->slots < 1 || start->slots > TRANSFER_SLOTS || start->objects.n < 1)
		return s3jit_fail(err, S3JIT_EUSAGE, "a start without objects, or with too many slots");
	return 0;
}

static int
setup(struct run *run, struct s3jit_err *err)
{
	const struct transfer_object *objects = run->start.objects.v;
	size_t i;

	if (check_start(&run->start, err) == -1)
		return -1;
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i]->name, run->start.operation) == 0)
			run->op = ops[i];
	if (run->op == NULL)
		return s3jit_fail(err, S3JIT_EUSAGE, "transfer cannot do \"%s\"",
		    run->start.operation);
	for (i = 0; i < run->start.objects.n; i++)
		if (objects[i].size < 0 ||
		    __builtin_add_overflow(run->total, objects[i].size, &run->total))
			return s3jit_fail(err, S3JIT_EUSAGE, "the objects' sizes make no sense");
	if (http_open(&run->http, run->start.ca_file, run->start.https_proxy,
	    (int)run->start.slots, err) == -1 ||
	    run->op->begin(&run->state, &run->start, err) == -1)
		return -1;
	for (; run->nslots < run->start.slots; run->nslots++)
		if (slot_init(&run->slots[run->nslots], run->nslots, run->op->name, &run->channel,
		    run->http, err) == -1)
			return -1;
	return 0;
}

static int
tell_finished(struct run *run, struct s3jit_err *err)
{
	struct failure *f = &run->failure;
	struct transfer_finished m = {
		.ok = !run->failing,
		.code = (char *)(uintptr_t)s3jit_code_word(run->failing ? f->code : S3JIT_OK),
		.text = f->text,
		.hint = f->hint,
		.index = run->failing ? f->index : -1,
		.aws_code = f->aws_code,
		.status = f->status,
		.objects = run->objects,
	};

	if (tell_progress(run, true, err) == -1)
		return -1;
	return channel_send(&run->channel, &transfer_finished_table, &m, err);
}

static void
teardown(struct run *run)
{
	int i;

	for (i = 0; i < run->nslots; i++)
		slot_clear(&run->slots[i]);
	if (run->op != NULL)
		run->op->end(run->state);
	http_close(run->http);
	codec_clear(&transfer_start_table, &run->start);
	channel_clear(&run->channel);
}

int
run_client(int fd, struct s3jit_err *err)
{
	struct s3jit_err why = { 0 };
	struct run *run;
	int ret = -1;

	if ((run = calloc(1, sizeof(*run))) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	channel_init(&run->channel, fd);
	if (channel_expect(&run->channel, &transfer_start_table, &run->start, START_MS, err) == -1)
		goto out;
	if (setup(run, &why) == -1)
		fail_local(run, &why, -1);
	else if (loop(run, err) == -1)
		goto out;
	ret = tell_finished(run, err);
out:
	teardown(run);
	free(run);
	return ret;
}
