/*
 * fuzz_question.c - the signer's socket from a broker that was taken over (W7): a
 * question a line.  A line "+" is STS lending what was asked for first, "-" is STS
 * refusing, "t" is ten minutes passing; "2", "4" and "!" are IAM or S3 answering
 * 200, 403 or nothing.  Keys leave only as a lease's own answer to a hand-out,
 * and never those of a lease that signs.
 *
 * parser: signer/question.c signer/lease.c signer/lease_check.c signer/deny.c signer/iam.c signer/probe.c
 */
#include "config.h"

#include <arpa/inet.h>

#include "fuzz.h"
#include "s3jit/clock.h"
#include "signer/log.h"
#include "signer/question.h"

#define ROLE "arn:aws:iam::111122223333:role/s3jit-write"
#define REVOKER "arn:aws:iam::111122223333:role/s3jit-revoker"
#define BEGIN 1769860800	/* 2026-01-31T12:00:00Z */

static struct rule rule = { .role = (char[]){ ROLE } };
static struct config conf = {
	.file = (char[]){ "f" }, .rules = &rule, .nrules = 1,
	.aws = { .region = (char[]){ "eu-central-1" }, .partition = (char[]){ "aws" },
	    .account = (char[]){ "111122223333" },
	    .s3_endpoint = (char[]){ "https://s3.eu-central-1.amazonaws.com" },
	    .revoker_role = (char[]){ REVOKER }, .iam_region = (char[]){ "us-east-1" },
	    .iam_endpoint = (char[]){ "https://iam.amazonaws.com" } },
};

/* --- the world around: clocks, STS, HTTP and the signer's own keys ------------- */

static int64_t passed;

static int64_t
wall(void)
{
	return BEGIN + passed;
}

static int64_t
boot_ms(void)
{
	return (1000 + passed) * 1000;
}

struct sts_call {
	sts_done *done;
	void *arg;
	struct sts_call *next;
};
static struct sts_call *asked;	/* in the order of asking */

int
sts_assume(struct sts_call **out, struct sts *s, const struct sts_ask *ask, sts_done *done,
    void *arg, struct s3jit_err *err)
{
	struct sts_call *c = calloc(1, sizeof(*c)), **last = &asked;

	(void)s;
	(void)err;
	MUST(c != NULL && *ask->source_identity != '\0' && *ask->request != '\0');
	if (strcmp(ask->role, REVOKER) == 0)
		MUST(strstr(ask->policy, "RolePolicy") != NULL && strstr(ask->policy, ROLE) != NULL);
	else
		MUST(strcmp(ask->role, ROLE) == 0 &&
		    strstr(ask->policy, "\"aws:CurrentTime\"") != NULL);
	MUST(ask->duration >= STS_DURATION_MIN && ask->duration <= STS_DURATION_MAX);
	c->done = done;
	c->arg = arg;
	while (*last != NULL)
		last = &(*last)->next;
	*last = *out = c;
	return 0;
}

void
sts_cancel(struct sts_call *call)
{
	struct sts_call **c = &asked;

	if (call == NULL)
		return;
	while (*c != call)
		c = &(*c)->next;
	*c = call->next;
	free(call);
}

int
sts_clock_ok(const struct sts *s, struct s3jit_err *err)
{
	(void)s;
	(void)err;
	return 0;
}

struct http_call {
	http_done *done;
	void *arg;
	struct http_call *next;
};
static struct http_call *sent;	/* the newest first */

int
http_start(struct http_call **out, struct http *h, const struct http_ask *ask, http_done *done,
    void *arg, struct s3jit_err *err)
{
	struct http_call *c = calloc(1, sizeof(*c));

	(void)h;
	(void)err;
	MUST(c != NULL && strncmp(ask->url, "https://", 8) == 0 && !ask->plain);
	c->done = done;
	c->arg = arg;
	c->next = sent;
	sent = *out = c;
	return 0;
}

void
http_cancel(struct http_call *call)
{
	struct http_call **c = &sent;

	if (call == NULL)
		return;
	while (*c != call)
		c = &(*c)->next;
	*c = call->next;
	free(call);
}

static void
http_speaks(char how)
{
	struct http_answer answer = { .status = how == '2' ? 200 : 403, .body = "", .request_id = "" };
	struct http_call *c = sent;
	struct s3jit_err err;

	if (c == NULL)
		return;
	sent = c->next;
	s3jit_fail(&err, S3JIT_ETIMEOUT, "not in time");
	c->done(c->arg, how == '!' ? NULL : &answer, how == '!' ? &err : NULL);
	free(c);
}

void
base_get(struct base *b, bool again, base_done *done, void *arg)
{
	struct s3jit_err err;

	(void)b;
	(void)again;
	s3jit_fail(&err, S3JIT_EAWS, "no keys");
	done(arg, NULL, &err);
}

void
base_cancel(struct base *b, void *arg)
{
	(void)b;
	(void)arg;
}

void
log_say(int priority, const char *fmt, ...)
{
	(void)priority;
	(void)fmt;
}

/* STS answers the one that waits longest. */
static void
sts_speaks(bool lends)
{
	struct sts_refusal no = { .retry = true };
	struct sts_lent lent = { .role_id = "AROAEXAMPLE:s3jit", .request_id = "r-1" };
	struct sts_call *c = asked;
	struct s3jit_err err;

	if (c == NULL)
		return;
	asked = c->next;
	s3jit_fail(&no.err, S3JIT_EAWS, "not now");
	if (lends)
		MUST(keys_new(&lent.keys, "ASIAEXAMPLE", "the-secret", "the-token", wall() + 900,
		    &err) == 0);
	c->done(c->arg, lends ? &lent : NULL, lends ? NULL : &no);
	free(c);
}

/* --- what comes out ------------------------------------------------------------- */

static void
check_answer(const char *json, size_t len)
{
	char type[64], *text = text_of((const uint8_t *)json, len);
	const struct table *t = NULL;
	struct s3jit_err err;
	void *msg;
	size_t i;

	MUST(codec_type(type, sizeof(type), json, len, &err) == 0);
	for (i = 0; signer_tables[i] != NULL; i++)
		if (strcmp(signer_tables[i]->name, type) == 0)
			t = signer_tables[i];
	MUST(t != NULL && (msg = calloc(1, t->size)) != NULL);
	MUST(codec_decode(msg, t, json, len, &err) == 0);
	MUST(strstr(text, "the-secret") == NULL || t == &sq_keys_table);
	codec_clear(t, msg);
	free(msg);
	free(text);
}

static void
check_answers(struct bufferevent *io)
{
	struct evbuffer *out = bufferevent_get_output(io);
	size_t len = evbuffer_get_length(out), at = 0;
	const unsigned char *all = evbuffer_pullup(out, -1);
	uint32_t head;

	while (at < len) {
		MUST(len - at >= sizeof(head));
		memcpy(&head, all + at, sizeof(head));
		at += sizeof(head);
		MUST(ntohl(head) <= len - at);
		check_answer((const char *)all + at, ntohl(head));
		at += ntohl(head);
	}
}

static int
take_line(struct asker *a, const char *line)
{
	struct s3jit_err err;

	if (strcmp(line, "+") == 0 || strcmp(line, "-") == 0)
		sts_speaks(*line == '+');
	else if (strcmp(line, "2") == 0 || strcmp(line, "4") == 0 || strcmp(line, "!") == 0)
		http_speaks(*line);
	else if (strcmp(line, "t") == 0)
		passed += 600;
	else if (question_take(a, line, strlen(line), &err) == -1)
		return -1;	/* the connection ends */
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *events;
	char *text = text_of(data, size), *whole = text_of(data, size), *rest = text, *line;
	struct parts parts = { .conf = &conf };
	struct asker a = { .parts = &parts };
	struct s3jit_err err;

	if (events == NULL)
		MUST((events = event_base_new()) != NULL);
	clock_replace(wall, boot_ms);
	passed = 0;
	MUST(leases_new(&parts.leases, events, NULL, &conf, &err) == 0);
	MUST(iam_new(&parts.iam, NULL, NULL, &conf, &err) == 0);
	MUST((a.io = bufferevent_socket_new(events, -1, 0)) != NULL);
	while ((line = strsep(&rest, "\n")) != NULL && take_line(&a, line) == 0)
		;
	question_forget(&a);
	MUST(a.tickets == NULL);
	if (strstr(whole, "the-secret") == NULL)	/* what was said may be said again */
		check_answers(a.io);
	iam_free(parts.iam);
	leases_free(parts.leases);
	MUST(asked == NULL && sent == NULL);	/* nobody is left who would be called */
	bufferevent_free(a.io);
	event_base_loop(events, EVLOOP_NONBLOCK);	/* libevent frees it there */
	free(text);
	free(whole);
	return 0;
}
