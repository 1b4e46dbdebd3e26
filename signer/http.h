/*
 * http.h - HTTP for STS, IAM, IMDS and probes, beside the event loop (B13).
 *
 * The one place that sets libcurl's options: https only (http only where
 * asked: IMDS), no redirects, no proxy but the configured one, no netrc, our
 * CA file, peer and name verified, bounded in time and size.
 */
#ifndef S3JIT_SIGNER_HTTP_H
#define S3JIT_SIGNER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "s3jit/err.h"

#define HTTP_ANSWER_MAX (256 * 1024)

struct http;
struct http_call;

struct http_ask {
	const char *method;		/* GET, PUT, POST, DELETE, HEAD */
	const char *url;
	const char *const *headers;	/* "name: value", NULL-terminated */
	const char *body;		/* copied; NULL: none */
	bool plain;			/* http: IMDS */
	long timeout_ms;		/* for all of it */
};

struct http_answer {
	long status;
	const char *body;		/* has a NUL behind it */
	size_t len;
	int64_t date;			/* of the Date header; 0: none */
	const char *request_id;		/* x-amzn-requestid or x-amz-request-id; "" */
};

/*
 * Called once, from the event loop; exactly one of answer and err is not
 * NULL.  Worth another try: EAWS, ETIMEOUT.  Not: ENOTALLOWED (certificate),
 * EPROTO (too long).
 */
typedef void http_done(void *arg, const struct http_answer *answer, const struct s3jit_err *err);

/* ca_file "": the system's store.  proxy "": none; else what is https goes through it. */
int http_new(struct http **, struct event_base *, const char *ca_file, const char *proxy,
    struct s3jit_err *);
void http_free(struct http *);	/* calls still running are dropped */

int http_start(struct http_call **, struct http *, const struct http_ask *, http_done *, void *arg,
    struct s3jit_err *);
/* The value of "Name: value\r\n" into buf, if the name is this one; "" unless it is plain. */
bool http_header_value(char *buf, size_t size, const char *line, size_t len, const char *name);
/* `done` is not called any more. */
void http_cancel(struct http_call *);

#endif
