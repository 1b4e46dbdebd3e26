/*
 * sts_request.h - the bytes of one AssumeRole request, signed.
 */
#ifndef S3JIT_SIGNER_STS_REQUEST_H
#define S3JIT_SIGNER_STS_REQUEST_H

#include "s3jit/config.h"

#include "keys.h"

/* All of it is needed: there is no way to leave the policy or a tag away (W7). */
struct sts_ask {
	const char *role, *session_name, *policy, *source_identity, *request;
	int64_t duration;	/* seconds */
};

/* The form body; NULL only without memory.  Caller frees. */
char *sts_body(const struct sts_ask *);

#define STS_HEADERS 8
struct sts_headers {
	char *line[STS_HEADERS];	/* "name: value", NULL-terminated */
};

/* -1 only without memory; clear (wipe) in any case. */
int sts_headers_make(struct sts_headers *, const struct config *, const char *body,
    const struct keys *, int64_t now);
void sts_headers_clear(struct sts_headers *);

#endif
