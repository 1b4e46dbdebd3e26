/*
 * http_body.c - the bytes of requests and answers, as curl asks for them.
 *
 * Runs in transfer.  Out go the approved regions of files the client opened;
 * in come files for `get` and small answers, with limits (B13).
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transfer/http_call.h"

#define HEAD_MAX	(64 * 1024)	/* of an answer's headers */

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
 * out to be dead.  Not so: each try has a signature of its own.  What newer
 * curls ask for before a try of ours, when the last one broke off, is no more
 * than where it begins.
 */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	const struct http_call *call = arg;

	return call->taken == 0 && offset == 0 && origin == SEEK_SET ? CURL_SEEKFUNC_OK :
								       CURL_SEEKFUNC_FAIL;
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

CURLcode
http_set_callbacks(struct http_call *call)
{
	CURL *easy = call->easy;
	CURLcode rc;

	if ((rc = curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_READDATA, call)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_SEEKDATA, call)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_WRITEDATA, call)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_HEADERDATA, call)) == CURLE_OK &&
	    (rc = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail)) == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	return rc;
}
