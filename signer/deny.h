/*
 * deny.h - the documents of a revocation: what a role refuses, and what the
 * revoker may do to that role.  Pure.
 */
#ifndef S3JIT_SIGNER_DENY_H
#define S3JIT_SIGNER_DENY_H

#include "s3jit/signer_proto.h"

/*
 * Longest document that is sent: all inline policies of a role together have
 * 10,240 characters (IAM User Guide, "IAM and AWS STS quotas"), and the role
 * needs its own.
 */
#define DENY_MAX 8192

/*
 * The role's inline policy that refuses these sessions: by aws:userid, by the
 * tag s3jit-request, and all that a person had before a moment by
 * aws:SourceIdentity, as a lease spells it, and aws:TokenIssueTime.  NULL in
 * *json when nobody is to be refused.  EUSAGE when it would be longer than
 * DENY_MAX.  Caller frees.
 */
int deny_document(char **json, const struct sq_revoke *, struct s3jit_err *);

/* Its name: one a host, "s3jit-revoked-HOST" of IAM's letters, at most 128. */
#define DENY_NAME 129
void deny_name(char out[DENY_NAME], const char *host);

/* Session policy of the revoker: inline policies of this one role.  Caller frees; NULL without memory. */
char *deny_revoker_policy(const char *role);

#endif
