/*
 * aws_form.c - a signed form, posted to a service of AWS.
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "aws_form.h"
#include "sigv4.h"

#define TRY_MS 6000

/* "sts.eu-central-1.amazonaws.com" of an https URL, as the Host header says it. */
static const char *
host_of(const char *url)
{
	return url + strlen("https://");
}

/* The headers that are signed; the list is the caller's in any case. */
static int
sign(struct list *list, const struct aws_service *service, const char *body,
    const struct keys *keys, int64_t now)
{
	const struct list no_query = { NULL, 0 };
	char date[SIGV4_DATE], sha[HEX_SHA256], *authorization;
	struct sigv4_in in = { .method = "POST", .path = "/", .query = &no_query, .headers = list,
	    .payload_sha256 = sha, .region = service->region, .service = service->name, .now = now };
	int rc;

	sigv4_sha256(sha, body, strlen(body));
	if (pairs_add(list, "content-type", "application/x-www-form-urlencoded; charset=utf-8") == -1 ||
	    pairs_add(list, "host", host_of(service->url)) == -1 ||
	    pairs_add(list, "x-amz-content-sha256", sha) == -1 ||
	    pairs_add(list, "x-amz-date", sigv4_date(date, now)) == -1 ||
	    (*keys->token != '\0' && pairs_add(list, "x-amz-security-token", keys->token) == -1))
		return -1;
	if ((authorization = sigv4_authorization(&in, keys->access_key_id, keys->secret)) == NULL)
		return -1;
	rc = pairs_add(list, "authorization", authorization);
	free(authorization);
	return rc;
}

/* Not by asprintf(), which leaves copies of what may be a token. */
static char *
line_make(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(": ") + strlen(value) + 1;
	char *line = malloc(size);

	if (line != NULL)
		snprintf(line, size, "%s: %s", name, value);
	return line;
}

int
aws_headers_list(struct aws_headers *h, const struct list *list)
{
	const struct name_value *nv = list->v;
	size_t i;

	memset(h, 0, sizeof(*h));
	if (list->n > AWS_HEADERS) {
		errno = ENOMEM;
		return -1;
	}
	for (i = 0; i < list->n; i++)
		if ((h->line[i] = line_make(nv[i].name, nv[i].value)) == NULL)
			return -1;
	return 0;
}

int
aws_headers_sign(struct aws_headers *h, const struct aws_service *service, const char *body,
    const struct keys *keys, int64_t now)
{
	struct list list = { NULL, 0 };
	int rc;

	memset(h, 0, sizeof(*h));
	rc = sign(&list, service, body, keys, now);
	if (rc == 0)
		rc = aws_headers_list(h, &list);
	pairs_clear(&list);
	return rc;
}

void
aws_headers_clear(struct aws_headers *h)
{
	size_t i;

	for (i = 0; i < AWS_HEADERS; i++)
		codec_wipe_free(h->line[i]);
	memset(h, 0, sizeof(*h));
}

int
aws_form_post(struct http_call **out, struct http *http, const struct aws_service *service,
    const char *body, const struct keys *keys, int64_t until_ms, http_done *done, void *arg,
    struct s3jit_err *err)
{
	int64_t left = until_ms - clock_boot_ms();
	struct http_ask ask = { .method = "POST", .url = service->url, .body = body,
	    .timeout_ms = left < TRY_MS ? (long)left : TRY_MS };
	struct aws_headers headers;
	int rc;

	*out = NULL;
	if (left <= 0)		/* to libcurl 0 ms are no limit */
		return s3jit_fail(err, S3JIT_EAWS, "%s was not asked: no time was left for it",
		    service->url);
	ask.headers = (const char *const *)headers.line;
	if (aws_headers_sign(&headers, service, body, keys, clock_wall()) == -1)
		rc = s3jit_fail_errno(err, "%s was not asked", service->url);
	else
		rc = http_start(out, http, &ask, done, arg, err);
	aws_headers_clear(&headers);
	return rc;
}
