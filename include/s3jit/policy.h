/*
 * policy.h - the inline session policy: a pure function of scope, account,
 * keys and deadline (AWS-FACTS 4 and 5; W1-W3, W6, W12).
 */
#ifndef S3JIT_POLICY_H
#define S3JIT_POLICY_H

#include <stdint.h>

#include "codec.h"
#include "permission.h"

#define POLICY_MAX 2048		/* characters, AssumeRole's limit for inline policies */

struct policy_in {
	const struct scope *scope;	/* may be empty: then nothing at all is allowed */
	const char *partition;		/* "aws", "aws-cn", ... */
	const char *account;		/* 12 digits, or "" */
	const struct strv *kms;		/* key ARNs, or NULL */
	int64_t until;			/* denied from this second on; never rounded up */
};

/*
 * Compact JSON, printable ASCII, caller frees.  ENOTALLOWED when it would be
 * longer than POLICY_MAX (never widened), EUSAGE for what cannot be said.
 */
int policy_build(char **json, const struct policy_in *, struct s3jit_err *);

/*
 * SourceIdentity for a person (AWS: 2-64 of [A-Za-z0-9_+=,.@-]): injective.
 * A byte outside [A-Za-z0-9_,.@+-] becomes =XX; where that gives one character
 * only, `=` follows it.  ENOTALLOWED for an empty name or more than 64.
 */
int source_identity(char out[65], const char *person, struct s3jit_err *);

#endif
