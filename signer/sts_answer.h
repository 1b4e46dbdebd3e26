/*
 * sts_answer.h - read what STS answered, by element name and nothing else:
 * AWS and other servers differ in order, prefixes and lengths.
 */
#ifndef S3JIT_SIGNER_STS_ANSWER_H
#define S3JIT_SIGNER_STS_ANSWER_H

#include <stddef.h>

#include "keys.h"

struct sts_answer {
	struct keys *keys;	/* NULL: an error, or not what we asked for */
	char role_id[256];	/* "AROA...:s3jit-..." */
	char request_id[128];
	char code[64];		/* of an error; "" if there was none */
	char message[512];
};

/*
 * Error: EPROTO when it is no such document at all.  An answer with a Code
 * is a success here, without keys.  Clear in any case.
 */
int sts_answer_parse(struct sts_answer *, const char *xml, size_t len, struct s3jit_err *);
void sts_answer_clear(struct sts_answer *);

#endif
