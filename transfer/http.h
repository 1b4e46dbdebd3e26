/*
 * http.h - HTTP requests side by side in one thread (libcurl).
 *
 * https only, HTTP/1.1, no redirects, no proxy, no netrc, certificate and
 * name always verified (B13).  What is sent is what was signed: curl adds
 * nothing but Host and Content-Length.
 */
#ifndef TRANSFER_HTTP_H
#define TRANSFER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s3jit/err.h"
#include "transfer/job.h"

enum http_outcome {
	HTTP_ANSWERED,		/* there is a status */
	HTTP_UNREACHABLE,	/* connection, or the line: may be tried again */
	HTTP_UNTRUSTED,		/* certificate */
	HTTP_SOURCE,		/* the local file could not be read as approved */
	HTTP_SINK,		/* the local file could not be written */
	HTTP_TOO_BIG,		/* answer over its limit */
	HTTP_BROKEN		/* curl itself cannot do it */
};

struct http;
struct http_call;

/* ca_file "" = the system's; EUSAGE when it cannot be read.  proxy "" = none. */
int http_open(struct http **, const char *ca_file, const char *proxy, int slots,
    struct s3jit_err *);
void http_close(struct http *);	/* after all calls are freed */

/* One per slot, used again for each of its requests (keeps TLS sessions). */
struct http_call *http_call_new(struct http *, void *owner);
void http_call_free(struct http_call *);

/*
 * Send job as signed; `again`, over a new connection, when an earlier try of it
 * failed.  The headers are copied and the copy is wiped at the end.  EPROTO when
 * url or headers are not what may be sent.  The job must live until the call is cut.
 */
int http_begin(struct http_call *, const struct job *, bool again, const struct msg_signed *,
    struct s3jit_err *);
/* End a call, running or not, and wipe what it has of the signature. */
void http_cut(struct http_call *);

/* Wait at most `ms` for the network or for `fd`; *readable: fd has something. */
int http_wait(struct http *, int fd, int ms, bool *readable, struct s3jit_err *);
/* Move bytes. */
int http_run(struct http *, struct s3jit_err *);
/* The owner of a call that has ended since, or NULL. */
void *http_ended(struct http *);

/* Of a call that has ended and is not yet cut. */
enum http_outcome http_outcome(const struct http_call *);
const char *http_detail(const struct http_call *);	/* words for people, "" if none */
const char *http_host(const struct http_call *);
/* Fills the answer (xml excepted), also for statuses other than 2xx. */
void http_answer(const struct http_call *, struct answer *);
/* Bytes of the file so far: sent, or written to it; 0 when nothing runs. */
int64_t http_bytes(const struct http_call *);

#endif
