/*
 * probe.c - does AWS still let a session do what it was lent for?
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/signer_proto.h"

#include "aws_form.h"
#include "probe.h"
#include "s3sign.h"
#include "sigv4.h"

#define PROBE_MS 3000
/* In the characters of S3's own upload ids, which are random: it names none. */
#define NO_UPLOAD "s3jit-probe-of-an-upload-that-never-was"

struct probe {
	struct http_call *http;
	probe_done *done;
	void *arg;
};

/* In this order: what tells allowed from refused best. */
static const struct {
	enum verb verb;
	const char *method;
	bool bucket;		/* about the bucket, with no key */
	struct { const char *name, *value; } query[3];
} forms[] = {
	{ VERB_PUT,	"DELETE",	false,	{ { "uploadId", NO_UPLOAD } } },
	{ VERB_LIST,	"GET",		true,	{ { "list-type", "2" }, { "max-keys", "1" },
						  { "prefix", NULL } } },
	{ VERB_GET,	"HEAD",		false,	{ { NULL, NULL } } },
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* The first form that a permission of the scope allows: its number, or -1. */
static int
choose(const struct permission **out, const struct scope *scope)
{
	size_t f, i;

	for (f = 0; f < FORMS; f++)
		for (i = 0; i < scope->n; i++) {
			*out = &scope->v[i];
			if (scope->v[i].verb == forms[f].verb && !scope->v[i].bucket_open)
				return (int)f;
		}
	return -1;
}

/* The request of that form within that permission; *q is cleared by the caller in any case. */
static int
request_make(struct sq_sign *q, int form, const struct permission *p)
{
	size_t i;

	q->method = strdup(forms[form].method);
	q->bucket = strdup(p->bucket);
	q->payload_sha256 = strdup(HEX_SHA256_EMPTY);
	if (forms[form].bucket)
		q->key = strdup("");
	else if (asprintf(&q->key, "%s%s", p->key, p->key_open ? "s3jit-probe" : "") == -1)
		q->key = NULL;
	if (q->method == NULL || q->bucket == NULL || q->payload_sha256 == NULL || q->key == NULL)
		return -1;
	for (i = 0; i < 3 && forms[form].query[i].name != NULL; i++)
		if (pairs_add(&q->query, forms[form].query[i].name,
		    forms[form].query[i].value != NULL ? forms[form].query[i].value : p->key) == -1)
			return -1;
	return 0;
}

static void
probe_free(struct probe *p)
{
	http_cancel(p->http);
	free(p);
}

void
probe_cancel(struct probe *p)
{
	if (p != NULL)
		probe_free(p);
}

static void
on_answer(void *arg, const struct http_answer *http, const struct s3jit_err *why)
{
	struct probe *p = arg;
	struct s3jit_err err;

	p->http = NULL;
	if (http == NULL) {
		p->done(p->arg, false, why);
	} else if (http->status >= 500 || http->status == 429) {
		s3jit_fail(&err, S3JIT_EAWS, "S3 answered HTTP %ld", http->status);
		p->done(p->arg, false, &err);
	} else {
		p->done(p->arg, http->status == 403, NULL);
	}
	probe_free(p);
}

static int
send_signed(struct probe *p, struct http *http, const char *method, const struct sq_signed *s,
    struct s3jit_err *err)
{
	struct aws_headers headers;
	struct http_ask ask = { .method = method, .url = s->url,
	    .headers = (const char *const *)headers.line, .timeout_ms = PROBE_MS };
	int rc;

	if (aws_headers_list(&headers, &s->headers) == -1)
		rc = s3jit_fail_errno(err, "a probe");
	else
		rc = http_start(&p->http, http, &ask, on_answer, p, err);
	aws_headers_clear(&headers);
	return rc;
}

int
probe_start(struct probe **out, struct http *http, const struct config *conf,
    const struct scope *scope, const struct keys *keys, probe_done *done, void *arg,
    struct s3jit_err *err)
{
	const struct permission *within;
	struct sq_sign q = { 0 };
	struct sq_signed s = { 0 };
	struct probe *p = NULL;
	int form, ret = -1;

	*out = NULL;
	if ((form = choose(&within, scope)) == -1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "what this lease is for cannot be tried "
		    "without doing it");
	if ((p = calloc(1, sizeof(*p))) == NULL || request_make(&q, form, within) == -1) {
		s3jit_fail_errno(err, "a probe");
		goto out;
	}
	p->done = done;
	p->arg = arg;
	if (s3sign(&s, conf, scope, keys, &q, clock_wall(), err) == -1 ||
	    send_signed(p, http, q.method, &s, err) == -1)
		goto out;
	*out = p;
	p = NULL;
	ret = 0;
out:
	if (p != NULL)
		probe_free(p);
	codec_clear(&sq_signed_table, &s);
	codec_clear(&sq_sign_table, &q);
	return ret;
}
