/*
 * s3form.h - may this S3 request be signed under this scope? (W13)
 */
#ifndef S3JIT_SIGNER_S3FORM_H
#define S3JIT_SIGNER_S3FORM_H

#include "s3jit/permission.h"
#include "s3jit/signer_proto.h"

/* ENOTALLOWED for whatever is outside the scope or no form that a verb needs. */
int s3form_check(const struct scope *, const struct sq_sign *, struct s3jit_err *);

#endif
