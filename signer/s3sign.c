/*
 * s3sign.c - one S3 request, judged against a lease's scope and signed.
 *
 * Runs in s3jit-signer.  Pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3form.h"
#include "s3sign.h"
#include "sigv4.h"

struct where {
	char *host;		/* as the Host header says it */
	char *path;		/* decoded */
};

static int
where_make(struct where *w, const struct config *conf, const struct sq_sign *ask)
{
	const char *host = config_s3_endpoint(conf) + strlen("https://");

	/* no certificate covers a bucket name with dots */
	if (conf->aws.path_style || strchr(ask->bucket, '.') != NULL)
		return (w->host = strdup(host)) == NULL ||
		    asprintf(&w->path, "/%s/%s", ask->bucket, ask->key) == -1 ? -1 : 0;
	return asprintf(&w->host, "%s.%s", ask->bucket, host) == -1 ||
	    asprintf(&w->path, "/%s", ask->key) == -1 ? -1 : 0;
}

static int
url_make(char **url, const struct where *w, const struct sq_sign *ask)
{
	char *path = sigv4_encode(w->path, true), *query = sigv4_query(&ask->query);
	int rc = -1;

	if (path != NULL && query != NULL)
		rc = asprintf(url, "https://%s%s%s%s", w->host, path, *query != '\0' ? "?" : "", query);
	if (rc == -1)
		*url = NULL;
	free(path);
	free(query);
	return rc == -1 ? -1 : 0;
}

static int
headers_make(struct list *out, const struct config *conf, const struct keys *keys,
    const struct where *w, const struct sq_sign *ask, int64_t now)
{
	const struct name_value *h = ask->headers.v;
	struct sigv4_in in = { .method = ask->method, .path = w->path, .query = &ask->query,
	    .headers = out, .payload_sha256 = ask->payload_sha256, .region = conf->aws.region,
	    .service = "s3", .now = now };
	char date[SIGV4_DATE], *authorization;
	size_t i;
	int rc;

	for (i = 0; i < ask->headers.n; i++)
		if (strcmp(h[i].name, "x-amz-content-sha256") != 0 &&
		    pairs_add(out, h[i].name, h[i].value) == -1)
			return -1;
	if (pairs_add(out, "host", w->host) == -1 ||
	    pairs_add(out, "x-amz-content-sha256", ask->payload_sha256) == -1 ||
	    pairs_add(out, "x-amz-date", sigv4_date(date, now)) == -1 ||
	    pairs_add(out, "x-amz-security-token", keys->token) == -1 ||
	    (authorization = sigv4_authorization(&in, keys->access_key_id, keys->secret)) == NULL)
		return -1;
	rc = pairs_add(out, "authorization", authorization);
	free(authorization);
	return rc;
}

int
s3sign(struct sq_signed *out, const struct config *conf, const struct scope *scope,
    const struct keys *keys, const struct sq_sign *ask, int64_t now, struct s3jit_err *err)
{
	struct where w = { NULL, NULL };
	int ret = -1;

	memset(out, 0, sizeof(*out));
	if (s3form_check(scope, ask, err) == -1)
		return -1;
	if (where_make(&w, conf, ask) == -1 || url_make(&out->url, &w, ask) == -1 ||
	    headers_make(&out->headers, conf, keys, &w, ask, now) == -1) {
		s3jit_fail_errno(err, "signing");
		codec_clear(&sq_signed_table, out);
	} else {
		out->n = ask->n;
		ret = 0;
	}
	free(w.host);
	free(w.path);
	return ret;
}
