/*
 * sts_request.h - the bytes of one AssumeRole request.
 */
#ifndef S3JIT_SIGNER_STS_REQUEST_H
#define S3JIT_SIGNER_STS_REQUEST_H

#include <stdint.h>

/* All of it is needed: there is no way to leave the policy or a tag away (W7). */
struct sts_ask {
	const char *role, *session_name, *policy, *source_identity, *request;
	const char *external_id;	/* "" or NULL: none */
	int64_t duration;	/* seconds */
};

/* The form body; NULL only without memory.  Caller frees. */
char *sts_body(const struct sts_ask *);

#endif
