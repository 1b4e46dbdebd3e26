/*
 * http_send.c - what may leave: the signed address and headers, and the
 * options that keep curl from adding to them or going elsewhere (B13, W13).
 *
 * Runs in transfer.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/http_call.h"

#define CONNECT_S	10
#ifndef TRANSFER_STALL_S
#define TRANSFER_STALL_S 30	/* less than a byte a second for so long: cut */
#endif
#define CONTROL_S	600	/* an answer without file content is whole by then */
#define SEND_BUFFER	(512 * 1024)

void
http_wipe_headers(struct http_call *call)
{
	struct curl_slist *item;

	for (item = call->headers; item != NULL; item = item->next)
		explicit_bzero(item->data, strlen(item->data));
	curl_slist_free_all(call->headers);
	call->headers = NULL;
}

static int
add_line(struct http_call *call, const char *line)
{
	struct curl_slist *more = curl_slist_append(call->headers, line);

	if (more == NULL)
		return -1;
	call->headers = more;
	return 0;
}

/* Name and value may stand in a header line as they are. */
static bool
header_ok(const struct name_value *h)
{
	const char *p;

	if (h->name == NULL || h->value == NULL || *h->name == '\0')
		return false;
	for (p = h->name; *p != '\0'; p++)
		if ((*p < 'a' || *p > 'z') && (*p < 'A' || *p > 'Z') &&
		    (*p < '0' || *p > '9') && *p != '-' && *p != '_')
			return false;
	for (p = h->value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return true;
}

/*
 * Host and Content-Length are curl's to send: the signed ones must be the
 * same.  Headers that change how a message is framed are never signed.
 * 1: leave out, 0: send, -1: refuse.
 */
static int
header_kind(const struct http_call *call, const struct name_value *h)
{
	char length[24];

	if (!header_ok(h) || strcasecmp(h->name, "transfer-encoding") == 0 ||
	    strcasecmp(h->name, "connection") == 0 || strcasecmp(h->name, "expect") == 0)
		return -1;
	if (strcasecmp(h->name, "host") == 0)
		return strcasecmp(h->value, call->host) == 0 ? 1 : -1;
	if (strcasecmp(h->name, "content-length") == 0) {
		snprintf(length, sizeof(length), "%lld", (long long)call->job->length);
		if (strcmp(h->value, length) != 0)
			return -1;
		return call->job->method[0] == 'P' ? 1 : 0;
	}
	return 0;
}

/* The signed headers, and a line against each that curl would add by itself. */
static int
set_headers(struct http_call *call, const struct list *headers, struct s3jit_err *err)
{
	static const char *const off[] = { "Accept", "Expect", "Content-Type", "User-Agent" };
	const struct name_value *h = headers->v;
	bool given[4] = { false, false, false, false };
	char *line;
	size_t i, k, size;
	int kind, bad;

	for (i = 0; i < headers->n; i++) {
		if ((kind = header_kind(call, &h[i])) == -1)
			return s3jit_fail(err, S3JIT_EPROTO, "a signed header may not be sent: %.64s",
			    h[i].name != NULL && header_ok(&h[i]) ? h[i].name : "(malformed)");
		for (k = 0; k < 4; k++)
			given[k] |= strcasecmp(h[i].name, off[k]) == 0;
		if (kind == 1)
			continue;
		size = strlen(h[i].name) + strlen(h[i].value) + 3;
		if ((line = malloc(size)) == NULL)
			return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
		/* "name;" is curl's way to say: empty value */
		snprintf(line, size, *h[i].value != '\0' ? "%s: %s" : "%s;%s", h[i].name,
		    h[i].value);
		bad = add_line(call, line);
		explicit_bzero(line, size);
		free(line);
		if (bad == -1)
			return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	}
	for (k = 0; k < 4; k++) {
		char none[24];

		snprintf(none, sizeof(none), "%s:", off[k]);
		if (!given[k] && add_line(call, none) == -1)
			return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	}
	return 0;
}

/* https, no user, no fragment; keeps the host as the Host header will say it. */
static int
check_url(struct http_call *call, const char *url, struct s3jit_err *err)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL, *fragment = NULL;
	int ret = -1;

	if (u == NULL || url == NULL ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    strcmp(scheme, "https") != 0 ||
	    curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_NO_USER ||
	    curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) != CURLUE_NO_FRAGMENT) {
		s3jit_fail(err, S3JIT_EPROTO, "the signed address is not a plain https one");
		goto out;
	}
	curl_url_get(u, CURLUPART_PORT, &port, 0);
	if (port != NULL && strcmp(port, "443") != 0)
		snprintf(call->host, sizeof(call->host), "%s:%s", host, port);
	else
		snprintf(call->host, sizeof(call->host), "%s", host);
	ret = 0;
out:
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(user);
	curl_free(fragment);
	curl_url_cleanup(u);
	return ret;
}

int
http_take_signed(struct http_call *call, const struct msg_signed *m, struct s3jit_err *err)
{
	if (check_url(call, m->url, err) == -1)
		return -1;
	return set_headers(call, &m->headers, err);
}

static CURLcode
set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");

	return rc != CURLE_OK ? rc : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
#else
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);

	return rc != CURLE_OK ? rc :
	    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
}

/* What every request has in common; nothing is left to curl's defaults. */
static CURLcode
set_fixed(CURL *easy)
{
	static const struct { CURLoption option; long value; } fixed[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_PATH_AS_IS, 1 },	/* a key may have "/../" in it */
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_CONNECTTIMEOUT, CONNECT_S },
		{ CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER },
		{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },	/* what the proxy says is no answer of S3 */
		{ CURLOPT_BUFFERSIZE, CURL_MAX_READ_SIZE },
	};
	CURLcode rc = set_protocols(easy);
	size_t i;

	for (i = 0; rc == CURLE_OK && i < sizeof(fixed) / sizeof(fixed[0]); i++)
		rc = curl_easy_setopt(easy, fixed[i].option, fixed[i].value);
	return rc;
}

/* How long it may take, and how long nothing may happen. */
static CURLcode
set_patience(CURL *easy, const struct job *job)
{
	CURLcode rc = CURLE_OK;

	if (!job->slow && ((rc = curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L)) != CURLE_OK ||
	    (rc = curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)TRANSFER_STALL_S)) != CURLE_OK))
		return rc;
	return job->data ? rc : curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)CONTROL_S);
}

/* Both are set, so that nobody asks the environment. */
static CURLcode
set_proxy(CURL *easy, const char *proxy)
{
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_PROXY, proxy);

	return rc != CURLE_OK ? rc : curl_easy_setopt(easy, CURLOPT_NOPROXY,
	    *proxy == '\0' ? "*" : "");
}

/* A given CA is the only one: curl's built-in folder is switched off with it. */
static CURLcode
set_trust(CURL *easy, const char *ca_file)
{
	CURLcode rc;

	if (*ca_file == '\0')
		return CURLE_OK;
	rc = curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	return rc != CURLE_OK ? rc : curl_easy_setopt(easy, CURLOPT_CAPATH, (char *)NULL);
}

CURLcode
http_set_request(struct http_call *call, const char *url)
{
	const struct job *job = call->job;
	CURL *easy = call->easy;
	CURLcode rc;

	if ((rc = set_fixed(easy)) != CURLE_OK ||
	    (rc = set_trust(easy, call->http->ca_file)) != CURLE_OK ||
	    (rc = set_proxy(easy, call->http->proxy)) != CURLE_OK ||
	    (rc = curl_easy_setopt(easy, CURLOPT_URL, url)) != CURLE_OK ||
	    (rc = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers)) != CURLE_OK)
		return rc;
	if (job->method[0] == 'P') {	/* PUT, POST: with a body, which may be empty */
		if ((rc = curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L)) != CURLE_OK ||
		    (rc = curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)job->length)) != CURLE_OK)
			return rc;
	} else if ((rc = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L)) != CURLE_OK)
		return rc;
	if ((rc = set_patience(easy, job)) != CURLE_OK)
		return rc;
	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, job->method);
}
