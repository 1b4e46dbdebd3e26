/*
 * http.c - HTTP for STS, IAM, IMDS and probes, beside the event loop.
 *
 * Runs in s3jit-signer.  Calls run side by side in one libcurl multi handle
 * driven by libevent; nothing here ever waits.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "s3jit/escape.h"

#include "http.h"

#define CONNECT_MS 3000
#define CONNECTIONS 16		/* to one host at once; more calls wait their turn */

struct http {
	CURLM *multi;
	struct event_base *base;
	struct event *timer;
	struct event *broken;	/* made active: no call can go on (give_up()) */
	char *ca_file, *proxy;
	struct http_call *calls;
};

struct http_call {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	http_done *done;
	void *arg;
	char *body;		/* HTTP_ANSWER_MAX + 1 bytes */
	size_t len;
	bool too_long, proxied, doomed;
	int64_t date;
	char request_id[128];
	char error[CURL_ERROR_SIZE];
	struct http_call *next, **prev;
};

/* --- one call -------------------------------------------------------------- */

static void
call_free(struct http_call *c)
{
	if (c->prev != NULL) {
		*c->prev = c->next;
		if (c->next != NULL)
			c->next->prev = c->prev;
		curl_multi_remove_handle(c->http->multi, c->easy);
	}
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	if (c->body != NULL)
		explicit_bzero(c->body, c->len);
	free(c->body);
	free(c);
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;

	n *= size;
	/* not CURLOPT_MAXFILESIZE: to a HEAD of a long object that says no, too */
	if (n > HTTP_ANSWER_MAX - c->len) {
		c->too_long = true;
		return 0;	/* ends the transfer */
	}
	memcpy(c->body + c->len, data, n);
	c->len += n;
	return n;
}

bool
http_header_value(char *buf, size_t size, const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	line += n + 1;
	len -= n + 1;
	while (len > 0 && *line == ' ')
		line++, len--;
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	snprintf(buf, size, "%.*s", (int)len, line);
	if (!escape_is_plain(buf))
		*buf = '\0';
	return true;
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_call *c = arg;
	char date[64];
	time_t t;

	n *= size;
	if (http_header_value(date, sizeof(date), data, n, "date") &&
	    (t = curl_getdate(date, NULL)) != (time_t)-1)
		c->date = t;
	if (!http_header_value(c->request_id, sizeof(c->request_id), data, n, "x-amzn-requestid"))
		(void)http_header_value(c->request_id, sizeof(c->request_id), data, n,
		    "x-amz-request-id");
	return n;
}

/* In words people can act on; CURLE_ names stay out. */
static void
call_fail(struct http_call *c, CURLcode rc)
{
	struct s3jit_err err;
	const char *url = "";

	curl_easy_getinfo(c->easy, CURLINFO_EFFECTIVE_URL, &url);
	if (c->too_long)
		s3jit_fail(&err, S3JIT_EPROTO, "%s sent more than %d KiB", url, HTTP_ANSWER_MAX / 1024);
	else if (rc == CURLE_OPERATION_TIMEDOUT)
		s3jit_fail(&err, S3JIT_ETIMEOUT, "%s did not answer in time", url);
	else if (rc == CURLE_PEER_FAILED_VERIFICATION)
		s3jit_fail(&err, S3JIT_ENOTALLOWED, "%s is not who it says it is: %s", url, c->error);
	else
		s3jit_fail(&err, S3JIT_EAWS, "%s cannot be reached%s%s: %s", url,
		    c->proxied ? " through the proxy " : "", c->proxied ? c->http->proxy : "",
		    *c->error != '\0' ? c->error : curl_easy_strerror(rc));
	c->done(c->arg, NULL, &err);
}

static void
call_finish(struct http_call *c, CURLcode rc)
{
	struct http_answer answer = { .body = c->body, .len = c->len, .date = c->date,
	    .request_id = c->request_id };

	if (rc == CURLE_OK) {
		c->body[c->len] = '\0';
		curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &answer.status);
		c->done(c->arg, &answer, NULL);
	} else {
		call_fail(c, rc);
	}
	call_free(c);
}

static CURLcode
set_protocol(CURL *easy, bool plain)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
#else
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
	    plain ? (long)CURLPROTO_HTTP : (long)CURLPROTO_HTTPS);
#endif
}

static CURLcode
set_body(CURL *easy, const char *method, const char *body)
{
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);

	if (rc == CURLE_OK && strcmp(method, "HEAD") == 0)
		rc = curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);	/* or it would wait for one */
	if (rc == CURLE_OK && body != NULL)
		rc = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
	if (rc == CURLE_OK && body != NULL)
		rc = curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body);
	return rc;
}

#define SET(option, value) \
	if (rc == CURLE_OK) \
		rc = curl_easy_setopt(c->easy, option, value)

static CURLcode
call_options(struct http_call *c, const struct http_ask *ask)
{
	CURLcode rc = set_protocol(c->easy, ask->plain);

	SET(CURLOPT_URL, ask->url);
	SET(CURLOPT_PATH_AS_IS, 1L);		/* it is signed, and a key may have "/../" in it */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);	/* nghttp2 wipes nothing */
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, ask->plain ? "" : c->http->proxy);	/* set, so the environment is not asked */
	SET(CURLOPT_NOPROXY, ask->plain || *c->http->proxy == '\0' ? "*" : "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);	/* the proxy's clock is not AWS's */
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*c->http->ca_file != '\0') {
		SET(CURLOPT_CAINFO, c->http->ca_file);
		SET(CURLOPT_CAPATH, (char *)NULL);	/* this CA and no other */
	}
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, ask->timeout_ms);
	SET(CURLOPT_ERRORBUFFER, c->error);
	SET(CURLOPT_PRIVATE, c);
	SET(CURLOPT_HTTPHEADER, c->headers);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, c);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, c);
	return rc != CURLE_OK ? rc : set_body(c->easy, ask->method, ask->body);
}

int
http_start(struct http_call **out, struct http *http, const struct http_ask *ask, http_done *done,
    void *arg, struct s3jit_err *err)
{
	struct curl_slist *grown;
	struct http_call *c;
	size_t i;

	*out = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return s3jit_fail_errno(err, "%s", ask->url);
	c->http = http;
	c->done = done;
	c->arg = arg;
	c->proxied = !ask->plain && *http->proxy != '\0';
	if ((c->easy = curl_easy_init()) == NULL || (c->body = malloc(HTTP_ANSWER_MAX + 1)) == NULL)
		goto fail;
	for (i = 0; ask->headers[i] != NULL; i++) {
		if ((grown = curl_slist_append(c->headers, ask->headers[i])) == NULL)
			goto fail;
		c->headers = grown;
	}
	if (call_options(c, ask) != CURLE_OK ||
	    curl_multi_add_handle(http->multi, c->easy) != CURLM_OK)
		goto fail;
	c->next = http->calls;
	c->prev = &http->calls;
	if (c->next != NULL)
		c->next->prev = &c->next;
	http->calls = c;
	*out = c;
	return 0;
fail:
	call_free(c);
	return s3jit_fail(err, S3JIT_ESYS, "%s: libcurl does not take the request", ask->url);
}

void
http_cancel(struct http_call *c)
{
	if (c != NULL)
		call_free(c);
}

/* --- libcurl's multi handle on libevent ------------------------------------ */

static struct http_call *
first_doomed(struct http *http)
{
	struct http_call *c;

	for (c = http->calls; c != NULL && !c->doomed; c = c->next)
		;
	return c;
}

/* All calls fail, for want of memory; who asks tries again.  This needs none itself. */
static void
fail_all(struct http *http)
{
	struct http_call *c;

	/* not those that begin because of it; and a done() may cancel another */
	for (c = http->calls; c != NULL; c = c->next)
		c->doomed = true;
	while ((c = first_doomed(http)) != NULL)
		call_finish(c, CURLE_OUT_OF_MEMORY);
}

static void
on_broken(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail_all(arg);
}

/*
 * A socket or the clock is not watched as it should be, so calls would wait for
 * ever.  To say so by what the callbacks return is no help: libcurl then takes no new
 * call until all are gone, and sets no timer that would end them.  All of them fail
 * instead, once libcurl has returned.
 */
static void
give_up(struct http *http)
{
	event_active(http->broken, EV_TIMEOUT, 0);
}

static void
reap(struct http *http)
{
	struct http_call *c;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(http->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE &&
		    curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&c) == CURLE_OK)
			call_finish(c, msg->data.result);
}

static void
act(struct http *http, curl_socket_t fd, int mask)
{
	int running;

	if (curl_multi_socket_action(http->multi, fd, mask, &running) != CURLM_OK)
		fail_all(http);
	reap(http);
}

static void
on_socket_ready(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int
want_timer(CURLM *multi, long ms, void *arg)
{
	struct http *http = arg;
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)multi;
	if (ms == -1)
		event_del(http->timer);
	else if (event_add(http->timer, &tv) == -1)
		give_up(http);
	return 0;
}

/* The event that stands for this socket, made when it is wanted first; NULL: no memory. */
static struct event *
socket_event(struct http *http, curl_socket_t fd, struct event *ev, short mask)
{
	if (ev != NULL) {
		event_del(ev);
		return event_assign(ev, http->base, fd, mask, on_socket_ready, http) == 0 ? ev : NULL;
	}
	if ((ev = event_new(http->base, fd, mask, on_socket_ready, http)) == NULL)
		return NULL;
	if (curl_multi_assign(http->multi, fd, ev) == CURLM_OK)
		return ev;
	event_free(ev);
	return NULL;
}

static int
want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct event *ev = socket_arg;
	struct http *http = arg;
	short mask = EV_PERSIST;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (ev != NULL)
			event_free(ev);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		mask |= EV_READ;
	if (what != CURL_POLL_IN)
		mask |= EV_WRITE;
	if ((ev = socket_event(http, fd, ev, mask)) == NULL || event_add(ev, NULL) == -1)
		give_up(http);
	return 0;
}

int
http_new(struct http **out, struct event_base *base, const char *ca_file, const char *proxy,
    struct s3jit_err *err)
{
	struct http *http;

	*out = NULL;
	if ((http = calloc(1, sizeof(*http))) == NULL)
		return s3jit_fail_errno(err, "libcurl");
	http->base = base;
	if ((http->ca_file = strdup(ca_file)) == NULL || (http->proxy = strdup(proxy)) == NULL ||
	    (http->timer = evtimer_new(base, on_timer, http)) == NULL ||
	    (http->broken = evtimer_new(base, on_broken, http)) == NULL ||
	    (http->multi = curl_multi_init()) == NULL ||
	    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, want_socket) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, want_timer) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http) != CURLM_OK ||
	    curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS) != CURLM_OK) {
		http_free(http);
		return s3jit_fail(err, S3JIT_ESYS, "libcurl does not start");
	}
	*out = http;
	return 0;
}

void
http_free(struct http *http)
{
	struct http_call *c, *next;

	if (http == NULL)
		return;
	for (c = http->calls; c != NULL; c = next) {
		next = c->next;
		call_free(c);
	}
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);	/* closes connections: needs the timer */
	if (http->timer != NULL)
		event_free(http->timer);
	if (http->broken != NULL)
		event_free(http->broken);
	free(http->ca_file);
	free(http->proxy);
	free(http);
}
