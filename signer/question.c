/*
 * question.c - the closed list of what the signer is asked, and its answers.
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "s3jit/signer_proto.h"

#include "lib/utf8.h"

#include "log.h"
#include "probe.h"
#include "question.h"

/* A question whose answer comes later. */
struct ticket {
	struct asker *asker;
	int64_t n;
	struct probe *probe;
	struct ticket *next, **prev;
};

/* --- answers --------------------------------------------------------------- */

static void send_err(struct asker *, int64_t n, const struct s3jit_err *);

/* In one piece, all or nothing: behind half a frame no later answer would be understood. */
static int
frame_add(struct evbuffer *out, const char *json, size_t len)
{
	uint32_t head = htonl((uint32_t)len);
	unsigned char *frame = malloc(sizeof(head) + len);
	int rc;

	if (frame == NULL)
		return -1;
	memcpy(frame, &head, sizeof(head));
	memcpy(frame + sizeof(head), json, len);
	rc = evbuffer_add(out, frame, sizeof(head) + len);
	explicit_bzero(frame, sizeof(head) + len);
	free(frame);
	return rc;
}

static void
send_answer(struct asker *a, const struct table *table, const void *msg)
{
	struct s3jit_err err;
	char *json;

	if (codec_encode(&json, table, msg, &err) == -1) {
		log_say(LOG_ERR, "an answer cannot be sent: %s", err.text);
		/* or its broker's time limit tells it; n is the first of each message */
		if (table != &sq_error_table)
			send_err(a, *(const int64_t *)msg, &err);
		return;
	}
	/* libevent does not tell when it had no memory to see by itself that there is some */
	if (frame_add(bufferevent_get_output(a->io), json, strlen(json)) == -1 ||
	    bufferevent_enable(a->io, EV_WRITE) == -1)
		log_say(LOG_ERR, "an answer cannot be sent: no memory");
	codec_wipe_free(json);
}

static void
send_error(struct asker *a, int64_t n, const struct sts_refusal *r)
{
	struct sts_refusal copy = *r;
	struct sq_error e = { .n = n, .retry = r->retry };

	utf8_clean(copy.err.text);
	utf8_clean(copy.aws_code);
	e.code = (char *)(uintptr_t)s3jit_code_word(r->err.code);
	e.text = copy.err.text;
	e.aws_code = copy.aws_code;
	log_say(LOG_NOTICE, "refused: %s", copy.err.text);
	send_answer(a, &sq_error_table, &e);
}

static void
send_err(struct asker *a, int64_t n, const struct s3jit_err *err)
{
	struct sts_refusal r = { .err = *err, .retry = err->code == S3JIT_EBUSY };

	send_error(a, n, &r);
}

/* --- tickets --------------------------------------------------------------- */

static struct ticket *
ticket_new(struct asker *a, int64_t n)
{
	struct ticket *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->asker = a;
	t->n = n;
	t->next = a->tickets;
	t->prev = &a->tickets;
	if (t->next != NULL)
		t->next->prev = &t->next;
	a->tickets = t;
	return t;
}

static void
ticket_free(struct ticket *t)
{
	*t->prev = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	free(t);
}

/* --- questions ------------------------------------------------------------- */

static void
on_leased(void *arg, const struct sq_leased *leased, const struct sts_refusal *refusal)
{
	struct ticket *t = arg;

	if (leased != NULL) {
		log_say(LOG_INFO, "lease %s: %s, sts request %s", leased->lease, leased->access_key_id,
		    leased->sts_request_id);
		send_answer(t->asker, &sq_leased_table, leased);
	} else {
		send_error(t->asker, t->n, refusal);
	}
	ticket_free(t);
}

static void
do_lease(struct asker *a, const void *msg)
{
	const struct sq_lease *q = msg;
	struct ticket *t = ticket_new(a, q->n);
	struct s3jit_err err;

	if (t == NULL)
		s3jit_fail_errno(&err, "lease");
	else if (lease_open(a->parts->leases, q, on_leased, t, &err) == 0)
		return;
	else
		ticket_free(t);
	send_err(a, q->n, &err);
}

static void
do_sign(struct asker *a, const void *msg)
{
	const struct sq_sign *q = msg;
	struct sq_signed answer;
	struct s3jit_err err;

	if (lease_sign(&answer, a->parts->leases, q, &err) == -1) {
		send_err(a, q->n, &err);
		return;
	}
	send_answer(a, &sq_signed_table, &answer);
	codec_clear(&sq_signed_table, &answer);
}

static void
do_hand_out(struct asker *a, const void *msg)
{
	const struct sq_hand_out *q = msg;
	struct sq_keys answer = { .n = q->n };
	struct s3jit_err err;

	if (lease_hand_out(&answer.credentials, a->parts->leases, q->lease, &err) == -1) {
		send_err(a, q->n, &err);
		return;
	}
	send_answer(a, &sq_keys_table, &answer);
	codec_clear(&sq_keys_table, &answer);
}

static void
do_drop(struct asker *a, const void *msg)
{
	const struct sq_drop *q = msg;
	struct sq_done answer = { .n = q->n };

	(q->probe ? lease_retire : lease_drop)(a->parts->leases, q->lease);
	send_answer(a, &sq_done_table, &answer);
}

static void
on_revoked(void *arg, const struct sts_refusal *refusal)
{
	struct ticket *t = arg;
	struct sq_done answer = { .n = t->n };

	if (refusal == NULL)
		send_answer(t->asker, &sq_done_table, &answer);
	else
		send_error(t->asker, t->n, refusal);
	ticket_free(t);
}

static void
do_revoke(struct asker *a, const void *msg)
{
	const struct sq_revoke *q = msg;
	struct ticket *t = ticket_new(a, q->n);
	struct s3jit_err err;

	if (t == NULL)
		s3jit_fail_errno(&err, "revoking");
	else if (iam_revoke(a->parts->iam, q, on_revoked, t, &err) == 0)
		return;
	else
		ticket_free(t);
	send_err(a, q->n, &err);
}

static void
on_probed(void *arg, bool refused, const struct s3jit_err *err)
{
	struct ticket *t = arg;
	struct sq_probed answer = { .n = t->n, .refused = refused };

	t->probe = NULL;
	if (err == NULL)
		send_answer(t->asker, &sq_probed_table, &answer);
	else
		send_err(t->asker, t->n, err);
	ticket_free(t);
}

static void
do_probe(struct asker *a, const void *msg)
{
	const struct sq_probe *q = msg;
	struct ticket *t = ticket_new(a, q->n);
	const struct scope *scope;
	const struct keys *keys;
	struct s3jit_err err;

	if (t == NULL)
		s3jit_fail_errno(&err, "probing");
	else if (lease_probed(&scope, &keys, a->parts->leases, q->lease, &err) == 0 &&
	    probe_start(&t->probe, a->parts->http, a->parts->conf, scope, keys, on_probed, t,
	    &err) == 0)
		return;
	if (t != NULL)
		ticket_free(t);
	send_err(a, q->n, &err);
}

static void
on_health(void *arg, const struct keys *keys, const struct s3jit_err *err)
{
	struct sq_health_answer answer = { 0 };
	struct s3jit_err why = { 0 };
	struct ticket *t = arg;

	if (err != NULL)
		why = *err;
	utf8_clean(why.text);
	answer.n = t->n;
	answer.ok = keys != NULL;
	answer.text = why.text;
	answer.region = t->asker->parts->conf->aws.region;
	answer.base_expires = keys == NULL ? 0 : keys->expiration;
	send_answer(t->asker, &sq_health_answer_table, &answer);
	ticket_free(t);
}

static void
do_health(struct asker *a, const void *msg)
{
	const struct sq_health *q = msg;
	struct ticket *t = ticket_new(a, q->n);
	struct s3jit_err err;

	if (t == NULL) {
		s3jit_fail_errno(&err, "health");
		send_err(a, q->n, &err);
		return;
	}
	base_get(a->parts->base, false, on_health, t);
}

static const struct handler {
	const struct table *table;
	void (*handle)(struct asker *, const void *msg);
} handlers[] = {
	{ &sq_lease_table,	do_lease },
	{ &sq_sign_table,	do_sign },
	{ &sq_hand_out_table,	do_hand_out },
	{ &sq_drop_table,	do_drop },
	{ &sq_revoke_table,	do_revoke },
	{ &sq_probe_table,	do_probe },
	{ &sq_health_table,	do_health },
};
#define HANDLERS (sizeof(handlers) / sizeof(handlers[0]))

int
question_take(struct asker *a, const void *json, size_t len, struct s3jit_err *err)
{
	char type[64];
	size_t i = 0;
	void *msg;

	if (codec_type(type, sizeof(type), json, len, err) == -1)
		return -1;
	while (i < HANDLERS && strcmp(handlers[i].table->name, type) != 0)
		i++;
	if (i == HANDLERS)
		return s3jit_fail(err, S3JIT_EPROTO, "%s is no question", type);
	if ((msg = calloc(1, handlers[i].table->size)) == NULL)
		return s3jit_fail_errno(err, "a question");
	if (codec_decode(msg, handlers[i].table, json, len, err) == -1) {
		free(msg);
		return -1;
	}
	handlers[i].handle(a, msg);
	codec_clear(handlers[i].table, msg);
	free(msg);
	return 0;
}

/* What nobody will hear of is not kept: leases still being asked for are dropped. */
void
question_forget(struct asker *a)
{
	struct ticket *t, *next;

	for (t = a->tickets; t != NULL; t = next) {
		next = t->next;
		probe_cancel(t->probe);
		lease_abandon(a->parts->leases, t);
		iam_abandon(a->parts->iam, t);
		base_cancel(a->parts->base, t);
		ticket_free(t);
	}
}
