/*
 * sts_request.c - the bytes of one AssumeRole request; and the signed headers of
 * any form that is posted to AWS.
 *
 * Runs in s3jit-signer.  Pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sigv4.h"
#include "sts_request.h"

char *
sts_body(const struct sts_ask *ask)
{
	struct list list = { NULL, 0 };
	char duration[24], *body = NULL;

	snprintf(duration, sizeof(duration), "%lld", (long long)ask->duration);
	if (pairs_add(&list, "Action", "AssumeRole") == 0 &&
	    pairs_add(&list, "DurationSeconds", duration) == 0 &&
	    (ask->external_id == NULL || *ask->external_id == '\0' ||
	    pairs_add(&list, "ExternalId", ask->external_id) == 0) &&
	    pairs_add(&list, "Policy", ask->policy) == 0 &&
	    pairs_add(&list, "RoleArn", ask->role) == 0 &&
	    pairs_add(&list, "RoleSessionName", ask->session_name) == 0 &&
	    pairs_add(&list, "SourceIdentity", ask->source_identity) == 0 &&
	    pairs_add(&list, "Tags.member.1.Key", "s3jit-request") == 0 &&
	    pairs_add(&list, "Tags.member.1.Value", ask->request) == 0 &&
	    pairs_add(&list, "Version", "2011-06-15") == 0)
		body = sigv4_query(&list);	/* a form is encoded alike; blanks are %20 */
	pairs_clear(&list);
	return body;
}

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

int
aws_headers_make(struct aws_headers *h, const struct aws_service *service, const char *body,
    const struct keys *keys, int64_t now)
{
	struct list list = { NULL, 0 };
	const struct name_value *nv;
	size_t i;
	int rc;

	memset(h, 0, sizeof(*h));
	rc = sign(&list, service, body, keys, now);
	nv = list.v;
	for (i = 0; i < list.n && rc == 0; i++)
		if (asprintf(&h->line[i], "%s: %s", nv[i].name, nv[i].value) == -1) {
			h->line[i] = NULL;
			rc = -1;
		}
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
