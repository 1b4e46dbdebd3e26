/*
 * http.c - requests through libcurl's multi interface.  libcurl is called in
 * http.c, http_body.c and http_send.c, nowhere else.
 *
 * Runs in transfer as the person.  The headers hold a session token and a
 * signature: our copies are wiped when a request ends; curl's own die with
 * the process, which is not dumpable.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transfer/http_call.h"

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
	http_wipe_headers(call);
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
	if (http_take_signed(call, m, err) == -1)
		goto fail;
	/* what broke the last one has often broken the others that were kept */
	if ((rc = http_set_callbacks(call)) != CURLE_OK ||
	    (rc = http_set_request(call, m->url)) != CURLE_OK ||
	    (rc = curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, again ? 1L : 0L)) != CURLE_OK) {
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
http_open(struct http **out, const char *ca_file, const char *proxy, int slots,
    struct s3jit_err *err)
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
	http->proxy = strdup(proxy);
	http->multi = curl_multi_init();
	if (http->ca_file == NULL || http->proxy == NULL || http->multi == NULL ||
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
	free(http->proxy);
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
