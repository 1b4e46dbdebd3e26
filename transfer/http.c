/*
 * http.c - requests through libcurl's multi interface.
 *
 * Runs in transfer as the person.  The headers hold a session token and a
 * signature: our copies are wiped when a request ends; curl's own die with
 * the process, which is not dumpable.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

#include "transfer/http.h"

#define CONNECT_S	10
#ifndef TRANSFER_STALL_S
#define TRANSFER_STALL_S 30	/* less than a byte a second for so long: cut */
#endif
#define CONTROL_S	600	/* an answer without file content is whole by then */
#define SEND_BUFFER	(512 * 1024)
#define HEAD_MAX	(64 * 1024)	/* of an answer's headers */

struct http {
	CURLM *multi;
	char *ca_file;
};

struct http_call {
	struct http *http;
	void *owner;
	CURL *easy;
	bool running;
	struct curl_slist *headers;
	const struct job *job;
	int64_t taken;			/* of the body, by curl */
	int64_t written;		/* to job->out_fd */
	off_t out_start;		/* where job->out_fd stood, -1: cannot go back */
	char *text;			/* answer in memory */
	size_t len, room;
	size_t head;			/* bytes of headers */
	char etag[257];
	char host[300];
	enum http_outcome outcome;
	char why[128];			/* our own words for the outcome */
	char detail[CURL_ERROR_SIZE];	/* curl's */
};

/* --- what curl calls --- */

/* Take the next bytes of the body: nothing but the approved region. */
static size_t
on_read(char *buf, size_t size, size_t n, void *arg)
{
	struct http_call *call = arg;
	const struct job *job = call->job;
	int64_t left = job->length - call->taken;
	size_t want = size * n;
	ssize_t got;

	if ((int64_t)want > left)
		want = (size_t)left;
	if (want == 0)
		return 0;
	if (job->body != NULL) {
		memcpy(buf, job->body + call->taken, want);
		got = (ssize_t)want;
	} else {
		do
			got = pread(job->fd, buf, want, (off_t)(job->off + call->taken));
		while (got == -1 && errno == EINTR);
	}
	if (got <= 0) {
		call->outcome = HTTP_SOURCE;
		snprintf(call->why, sizeof(call->why), "%s",
		    got == 0 ? "it is shorter than it was" : strerror(errno));
		return CURL_READFUNC_ABORT;
	}
	call->taken += got;
	return (size_t)got;
}

/*
 * curl would send the same bytes again by itself when a kept connection turns
 * out to be dead.  Not so: each try has a signature of its own.
 */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	(void)arg;
	(void)offset;
	(void)origin;
	return CURL_SEEKFUNC_FAIL;
}

static int
write_all(int fd, const char *buf, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		n = write(fd, buf, len);
		if (n == -1 && errno == EAGAIN) {
			poll(&p, 1, -1);
			continue;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
keep(struct http_call *call, const char *buf, size_t len)
{
	size_t room = call->room == 0 ? 4096 : call->room;
	char *text;

	if (len > call->job->answer_max - call->len) {
		call->outcome = HTTP_TOO_BIG;
		return -1;
	}
	while (room - call->len < len)
		room *= 2;
	if (room != call->room) {
		if ((text = realloc(call->text, room)) == NULL)
			return -1;
		call->text = text;
		call->room = room;
	}
	memcpy(call->text + call->len, buf, len);
	call->len += len;
	return 0;
}

static size_t
on_write(char *buf, size_t size, size_t n, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * n;
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (call->job->out_fd == -1 || status != 200)
		return keep(call, buf, len) == 0 ? len : 0;
	if (write_all(call->job->out_fd, buf, len) == -1) {
		call->outcome = HTTP_SINK;
		snprintf(call->why, sizeof(call->why), "%s", strerror(errno));
		return 0;
	}
	call->written += (int64_t)len;
	return len;
}

static size_t
on_header(char *buf, size_t size, size_t n, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * n, end = len, begin = 5;

	if ((call->head += len) > HEAD_MAX) {
		call->outcome = HTTP_TOO_BIG;
		return 0;
	}
	if (len < 5 || strncasecmp(buf, "etag:", 5) != 0)
		return len;
	while (begin < end && (buf[begin] == ' ' || buf[begin] == '\t'))
		begin++;
	while (end > begin && strchr(" \t\r\n", buf[end - 1]) != NULL)
		end--;
	if (end - begin < sizeof(call->etag)) {
		memcpy(call->etag, buf + begin, end - begin);
		call->etag[end - begin] = '\0';
	}
	return len;
}

/* --- what is sent --- */

static void
wipe_headers(struct http_call *call)
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
		{ CURLOPT_LOW_SPEED_LIMIT, 1 },
		{ CURLOPT_LOW_SPEED_TIME, TRANSFER_STALL_S },
		{ CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER },
		{ CURLOPT_BUFFERSIZE, CURL_MAX_READ_SIZE },
	};
	CURLcode rc = set_protocols(easy);
	size_t i;

	for (i = 0; rc == CURLE_OK && i < sizeof(fixed) / sizeof(fixed[0]); i++)
		rc = curl_easy_setopt(easy, fixed[i].option, fixed[i].value);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_PROXY, "");
	return rc;
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

static CURLcode
set_callbacks(struct http_call *call)
{
	CURL *easy = call->easy;
	CURLcode rc;

	if ((rc = curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_READDATA, call)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_WRITEDATA, call)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_HEADERDATA, call)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail)) == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	return rc;
}

static CURLcode
set_request(struct http_call *call, const char *url)
{
	const struct job *job = call->job;
	CURL *easy = call->easy;
	CURLcode rc;

	if ((rc = curl_easy_setopt(easy, CURLOPT_URL, url)) != CURLE_OK ||
	    (rc = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers)) != CURLE_OK)
		return rc;
	if (job->method[0] == 'P') {	/* PUT, POST: with a body, which may be empty */
		if ((rc = curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L)) != CURLE_OK ||
		    (rc = curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)job->length)) != CURLE_OK)
			return rc;
	} else if ((rc = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L)) != CURLE_OK)
		return rc;
	if (!job->data &&
	    (rc = curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)CONTROL_S)) != CURLE_OK)
		return rc;
	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, job->method);
}

/* --- calls --- */

struct http_call *
http_call_new(struct http *http, void *owner)
{
	struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->http = http;
	call->owner = owner;
	if ((call->easy = curl_easy_init()) == NULL) {
		free(call);
		return NULL;
	}
	return call;
}

void
http_cut(struct http_call *call)
{
	if (call->running)
		curl_multi_remove_handle(call->http->multi, call->easy);
	call->running = false;
	call->job = NULL;
	/* the handle forgets the headers before they are wiped */
	curl_easy_reset(call->easy);
	wipe_headers(call);
}

void
http_call_free(struct http_call *call)
{
	if (call == NULL)
		return;
	http_cut(call);
	curl_easy_cleanup(call->easy);
	free(call->text);
	free(call);
}

/* Before the first try: remember where the file stands.  Later: go back. */
static int
rewind_sink(struct http_call *call, const struct job *job, bool again, struct s3jit_err *err)
{
	struct stat st;

	if (job->out_fd == -1)
		return 0;
	if (!again)
		call->out_start = (fcntl(job->out_fd, F_GETFL) & O_APPEND) ? -1 :
		    lseek(job->out_fd, 0, SEEK_CUR);
	if (!again || call->written == 0)
		return 0;
	if (call->out_start == -1)
		return s3jit_fail(err, S3JIT_EAWS,
		    "the line broke after %lld bytes, and what was written cannot be taken back",
		    (long long)call->written);
	if (lseek(job->out_fd, call->out_start, SEEK_SET) == -1 ||
	    (fstat(job->out_fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    ftruncate(job->out_fd, call->out_start) == -1))
		return s3jit_fail_errno(err, "cannot write the local file again");
	return 0;
}

int
http_begin(struct http_call *call, const struct job *job, bool again,
    const struct msg_signed *m, struct s3jit_err *err)
{
	CURLcode rc;

	if (rewind_sink(call, job, again, err) == -1)
		return -1;
	call->job = job;
	call->taken = 0;
	call->written = 0;
	call->len = 0;
	call->head = 0;
	call->etag[0] = '\0';
	call->why[0] = '\0';
	call->detail[0] = '\0';
	call->outcome = HTTP_ANSWERED;
	if (check_url(call, m->url, err) == -1 || set_headers(call, &m->headers, err) == -1)
		goto fail;
	if ((rc = set_fixed(call->easy)) != CURLE_OK ||
	    (rc = set_trust(call->easy, call->http->ca_file)) != CURLE_OK ||
	    (rc = set_callbacks(call)) != CURLE_OK ||
	    (rc = set_request(call, m->url)) != CURLE_OK) {
		s3jit_fail(err, S3JIT_ESYS, "libcurl: %s", curl_easy_strerror(rc));
		goto fail;
	}
	if (curl_multi_add_handle(call->http->multi, call->easy) != CURLM_OK) {
		s3jit_fail(err, S3JIT_ESYS, "libcurl refuses another request");
		goto fail;
	}
	call->running = true;
	return 0;
fail:
	http_cut(call);
	return -1;
}

/* --- the multi handle --- */

int
http_open(struct http **out, const char *ca_file, int slots, struct s3jit_err *err)
{
	struct http *http;
	int fd;

	*out = NULL;
	if (*ca_file != '\0') {
		if ((fd = open(ca_file, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
			return s3jit_fail_errno(err, "cannot read the CA file %s", ca_file);
		close(fd);
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (http = calloc(1, sizeof(*http))) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "libcurl cannot start");
	http->ca_file = strdup(ca_file);
	http->multi = curl_multi_init();
	if (http->ca_file == NULL || http->multi == NULL ||
	    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)slots) != CURLM_OK) {
		http_close(http);
		return s3jit_fail(err, S3JIT_ESYS, "libcurl cannot start");
	}
	*out = http;
	return 0;
}

void
http_close(struct http *http)
{
	if (http == NULL)
		return;
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	free(http->ca_file);
	free(http);
	curl_global_cleanup();
}

int
http_wait(struct http *http, int fd, int ms, bool *readable, struct s3jit_err *err)
{
	struct curl_waitfd extra = { .fd = fd, .events = CURL_WAIT_POLLIN };
	CURLMcode rc = curl_multi_poll(http->multi, &extra, 1, ms, NULL);

	if (rc != CURLM_OK)
		return s3jit_fail(err, S3JIT_ESYS, "libcurl: %s", curl_multi_strerror(rc));
	*readable = extra.revents != 0;
	return 0;
}

int
http_run(struct http *http, struct s3jit_err *err)
{
	int running;
	CURLMcode rc = curl_multi_perform(http->multi, &running);

	if (rc != CURLM_OK)
		return s3jit_fail(err, S3JIT_ESYS, "libcurl: %s", curl_multi_strerror(rc));
	return 0;
}

static enum http_outcome
outcome_of(CURLcode rc)
{
	static const struct { CURLcode rc; enum http_outcome outcome; } known[] = {
		{ CURLE_OK, HTTP_ANSWERED },
		{ CURLE_PEER_FAILED_VERIFICATION, HTTP_UNTRUSTED },
		{ CURLE_SSL_CACERT_BADFILE, HTTP_UNTRUSTED },
		{ CURLE_SSL_ISSUER_ERROR, HTTP_UNTRUSTED },
		{ CURLE_OUT_OF_MEMORY, HTTP_BROKEN },
		{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_BROKEN },
		{ CURLE_URL_MALFORMAT, HTTP_BROKEN },
		{ CURLE_WRITE_ERROR, HTTP_BROKEN },
		{ CURLE_BAD_FUNCTION_ARGUMENT, HTTP_BROKEN },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].rc == rc)
			return known[i].outcome;
	return HTTP_UNREACHABLE;
}

void *
http_ended(struct http *http)
{
	struct http_call *call = NULL;
	CURLMsg *m;
	CURLcode rc;
	int left;

	do
		m = curl_multi_info_read(http->multi, &left);
	while (m != NULL && m->msg != CURLMSG_DONE);
	if (m == NULL)
		return NULL;
	rc = m->data.result;
	curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&call);
	/* what a callback found out is more exact than curl's code for it */
	if (call->outcome == HTTP_ANSWERED)
		call->outcome = outcome_of(rc);
	if (call->outcome != HTTP_ANSWERED && call->detail[0] == '\0')
		snprintf(call->detail, sizeof(call->detail), "%s", curl_easy_strerror(rc));
	return call->owner;
}

enum http_outcome
http_outcome(const struct http_call *call)
{
	return call->outcome;
}

const char *
http_detail(const struct http_call *call)
{
	return call->why[0] != '\0' ? call->why : call->detail;
}

const char *
http_host(const struct http_call *call)
{
	return call->host;
}

void
http_answer(const struct http_call *call, struct answer *a)
{
	memset(a, 0, sizeof(*a));
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &a->status);
	a->etag = call->etag;
	a->text = call->text;
	a->len = call->len;
	a->bytes = http_bytes(call);
}

int64_t
http_bytes(const struct http_call *call)
{
	return call->job == NULL ? 0 : call->job->out_fd == -1 ? call->taken : call->written;
}
