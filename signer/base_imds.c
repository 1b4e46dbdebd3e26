/*
 * base_imds.c - the signer's own AWS keys from the instance's metadata
 * service, version 2 only.
 *
 * Runs in s3jit-signer.  Three requests: a token, the role's name, its keys.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "s3jit/clock.h"
#include "s3jit/codec.h"
#include "s3jit/escape.h"

#include "base.h"

#define STEP_MS 2000
#define ACCESS_MAX 256	/* of the token for the service itself; AWS sends 56 */
#define ROLES "/latest/meta-data/iam/security-credentials/"

struct imds {
	struct http *http;
	struct http_call *call;
	char *endpoint;
	char header[512];	/* the token's */
	fetch_done *done;
	void *arg;
};

static void
imds_free(struct imds *m)
{
	explicit_bzero(m->header, sizeof(m->header));
	free(m->endpoint);
	free(m);
}

void
imds_cancel(struct imds *m)
{
	if (m == NULL)
		return;
	http_cancel(m->call);
	imds_free(m);
}

static void
finish(struct imds *m, struct keys *keys, const struct s3jit_err *err)
{
	m->done(m->arg, keys, err);
	imds_free(m);
}

/* The URL without its path stands in front of all our errors. */
static void
finish_fail(struct imds *m, enum s3jit_code code, const char *why)
{
	struct s3jit_err err;

	s3jit_fail(&err, code, "instance metadata (%s): %s", m->endpoint, why);
	finish(m, NULL, &err);
}

static const struct {
	long status;
	enum s3jit_code code;
	const char *why;
} refusals[] = {
	{ 401, S3JIT_EAWS, "it does not take its own token" },
	{ 403, S3JIT_ENOTALLOWED, "it is switched off for this instance (HttpEndpoint)" },
	{ 404, S3JIT_ENOTFOUND, "no role is attached to this instance" },
	{ 503, S3JIT_EBUSY, "it is asked too often" },
};

/* Anything but 200 with a body ends the matter. */
static bool
usable(struct imds *m, const struct http_answer *answer, const struct s3jit_err *err)
{
	size_t i;

	m->call = NULL;
	if (answer == NULL) {
		finish_fail(m, err->code == S3JIT_EAWS ? S3JIT_ETIMEOUT : err->code, err->text);
		return false;
	}
	if (answer->status == 200 && answer->len > 0 && strlen(answer->body) == answer->len)
		return true;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].status == answer->status) {
			finish_fail(m, refusals[i].code, refusals[i].why);
			return false;
		}
	finish_fail(m, S3JIT_EAWS, "its answer makes no sense");
	return false;
}

static void
ask(struct imds *m, const char *method, const char *path, const char *name, http_done *next)
{
	const char *headers[] = { m->header, NULL };
	struct http_ask a = { .method = method, .headers = headers, .plain = true,
	    .timeout_ms = STEP_MS };
	struct s3jit_err err;
	char url[1024];

	snprintf(url, sizeof(url), "%s%s%s", m->endpoint, path, name);
	a.url = url;
	if (http_start(&m->call, m->http, &a, next, m, &err) == -1)
		finish_fail(m, err.code, err.text);
}

static void
on_keys(void *arg, const struct http_answer *answer, const struct s3jit_err *err)
{
	struct imds *m = arg;
	struct s3jit_err why;
	struct keys *keys;

	if (!usable(m, answer, err))
		return;
	if (imds_parse(&keys, answer->body, answer->len, &why) == -1)
		finish_fail(m, why.code, why.text);
	else
		finish(m, keys, NULL);
}

static void
on_role(void *arg, const struct http_answer *answer, const struct s3jit_err *err)
{
	struct imds *m = arg;
	struct s3jit_err why;
	char name[IMDS_ROLE];

	if (!usable(m, answer, err))
		return;
	if (imds_parse_role(name, answer->body, &why) == -1)
		finish_fail(m, why.code, why.text);
	else
		ask(m, "GET", ROLES, name, on_keys);
}

static void
on_token(void *arg, const struct http_answer *answer, const struct s3jit_err *err)
{
	struct imds *m = arg;
	struct s3jit_err why;

	if (!usable(m, answer, err))
		return;
	if (imds_check_token(answer->body, &why) == -1) {
		finish_fail(m, why.code, why.text);
		return;
	}
	snprintf(m->header, sizeof(m->header), "X-aws-ec2-metadata-token: %s", answer->body);
	ask(m, "GET", ROLES, "", on_role);
}

int
imds_start(struct imds **out, struct http *http, const char *endpoint, fetch_done *done, void *arg,
    struct s3jit_err *err)
{
	const char *headers[] = { "X-aws-ec2-metadata-token-ttl-seconds: 60", NULL };
	struct http_ask a = { .method = "PUT", .headers = headers, .body = "", .plain = true,
	    .timeout_ms = STEP_MS };
	char url[1024];
	struct imds *m;

	*out = NULL;
	if ((m = calloc(1, sizeof(*m))) == NULL || (m->endpoint = strdup(endpoint)) == NULL) {
		free(m);
		return s3jit_fail_errno(err, "instance metadata");
	}
	m->http = http;
	m->done = done;
	m->arg = arg;
	snprintf(url, sizeof(url), "%s/latest/api/token", endpoint);
	a.url = url;
	if (http_start(&m->call, http, &a, on_token, m, err) == -1) {
		imds_free(m);
		return -1;
	}
	*out = m;
	return 0;
}

int
imds_check_token(const char *answer, struct s3jit_err *err)
{
	if (!escape_is_word(answer) || strlen(answer) > ACCESS_MAX)
		return s3jit_fail(err, S3JIT_EPROTO, "its token makes no sense");
	return 0;
}

int
imds_parse_role(char role[IMDS_ROLE], const char *answer, struct s3jit_err *err)
{
	static const char chars[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-";
	size_t n = strspn(answer, chars);

	if (n == 0 || n >= IMDS_ROLE || strchr("\r\n", answer[n]) == NULL)
		return s3jit_fail(err, S3JIT_EPROTO, "the name of its role makes no sense");
	snprintf(role, IMDS_ROLE, "%.*s", (int)n, answer);
	return 0;
}

int
imds_parse(struct keys **out, const char *json, size_t len, struct s3jit_err *err)
{
	const char *code, *message = "", *id, *secret, *token, *expires;
	json_t *root = codec_json_load(json, len, NULL);
	int64_t expiration;
	int ret = -1;

	*out = NULL;
	if (json_unpack(root, "{s:s, s?s}", "Code", &code, "Message", &message) == -1)
		s3jit_fail(err, S3JIT_EPROTO, "its answer is not what we can read");
	else if (strcmp(code, "Success") != 0)
		s3jit_fail(err, S3JIT_EAWS, "it says %.60s: %.200s", code, message);
	else if (json_unpack(root, "{s:s, s:s, s:s, s:s}", "AccessKeyId", &id, "SecretAccessKey",
	    &secret, "Token", &token, "Expiration", &expires) == -1 || !escape_is_word(id) ||
	    !escape_is_word(secret) || !escape_is_word(token) || strlen(token) > KEYS_TOKEN_MAX ||
	    clock_parse_iso(&expiration, expires) == -1)
		s3jit_fail(err, S3JIT_EPROTO, "it sent no complete keys");
	else
		ret = keys_new(out, id, secret, token, expiration, err);
	json_decref(root);
	return ret;
}
