/*
 * http_call.h - what http.c, http_body.c and http_send.c share; for them only.
 */
#ifndef TRANSFER_HTTP_CALL_H
#define TRANSFER_HTTP_CALL_H

#include <sys/types.h>

#include <curl/curl.h>

#include "transfer/http.h"

struct http {
	CURLM *multi;
	char *ca_file, *proxy;
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

/* http_body.c: let curl take the body from the job and put the answer into the call. */
CURLcode http_set_callbacks(struct http_call *);

/* http_send.c: read the signed url and headers into the call; EPROTO when they may not be sent. */
int http_take_signed(struct http_call *, const struct msg_signed *, struct s3jit_err *);
/* All options of the request, the callbacks excepted. */
CURLcode http_set_request(struct http_call *, const char *url);
void http_wipe_headers(struct http_call *);

#endif
