/*
 * iam.h - make a role refuse sessions, and stop that again: PutRolePolicy and
 * DeleteRolePolicy (IAM API Reference 2010-05-08), as aws { revoker-role }.
 *
 * The revoker is a role apart from all that are lent to people; each of its
 * sessions may touch the inline policies of one role only.
 */
#ifndef S3JIT_SIGNER_IAM_H
#define S3JIT_SIGNER_IAM_H

#include "s3jit/config.h"
#include "s3jit/signer_proto.h"

#include "http.h"
#include "sts.h"

struct iam;

int iam_new(struct iam **, struct http *, struct sts *, const struct config *,
    struct s3jit_err *);
void iam_free(struct iam *);	/* calls under way are dropped, the revoker's keys wiped */

/* Called once, also before iam_revoke() returns: AWS has taken it (refusal NULL), or why not. */
typedef void iam_done(void *arg, const struct sts_refusal *refusal);

/* ENOTALLOWED for a role that is not in the file, or without a revoker; then `done` is not called. */
int iam_revoke(struct iam *, const struct sq_revoke *, iam_done *, void *arg, struct s3jit_err *);
/* Nobody waits for it any more; what was sent stays sent. */
void iam_abandon(struct iam *, void *arg);

#endif
