/*
 * sts_request.h - the bytes of one AssumeRole request; and the signed headers
 * of any form that is posted to AWS (STS, IAM).
 */
#ifndef S3JIT_SIGNER_STS_REQUEST_H
#define S3JIT_SIGNER_STS_REQUEST_H

#include "s3jit/config.h"

#include "keys.h"

/* All of it is needed: there is no way to leave the policy or a tag away (W7). */
struct sts_ask {
	const char *role, *session_name, *policy, *source_identity, *request;
	const char *external_id;	/* "" or NULL: none */
	int64_t duration;	/* seconds */
};

/* The form body; NULL only without memory.  Caller frees. */
char *sts_body(const struct sts_ask *);

struct aws_service {
	const char *name;	/* as SigV4 calls it: "sts", "iam" */
	const char *region;	/* that its signatures name */
	const char *url;	/* https://HOST, with no path */
};

#define AWS_HEADERS 8
struct aws_headers {
	char *line[AWS_HEADERS];	/* "name: value", NULL-terminated */
};

/* Of `body` posted to a service.  -1 only without memory; clear (wipe) in any case. */
int aws_headers_make(struct aws_headers *, const struct aws_service *, const char *body,
    const struct keys *, int64_t now);
void aws_headers_clear(struct aws_headers *);

#endif
