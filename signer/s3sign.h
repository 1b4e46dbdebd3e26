/*
 * s3sign.h - one S3 request, judged against a lease's scope and signed (W13).
 */
#ifndef S3JIT_SIGNER_S3SIGN_H
#define S3JIT_SIGNER_S3SIGN_H

#include "s3jit/config.h"
#include "s3jit/permission.h"
#include "s3jit/signer_proto.h"

#include "keys.h"

/*
 * The URL and all headers to send, signed for exactly this method, bucket,
 * key, query, headers and body hash.  ENOTALLOWED for whatever lies outside
 * the scope or is not one of the few forms that a verb needs.  *out is the
 * caller's to codec_clear() with sq_signed_table; on failure it is zeroed.
 */
int s3sign(struct sq_signed *out, const struct config *, const struct scope *,
    const struct keys *, const struct sq_sign *, int64_t now, struct s3jit_err *);

#endif
