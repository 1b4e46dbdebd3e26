/*
 * lease_check.h - may this lease be asked for at all?
 */
#ifndef S3JIT_SIGNER_LEASE_CHECK_H
#define S3JIT_SIGNER_LEASE_CHECK_H

#include "s3jit/config.h"
#include "s3jit/signer_proto.h"

/* Wide apart: one flipped bit makes none of them into another (Q17). */
enum lease_kind {
	LEASE_NONE = 0,
	LEASE_SIGNED = 0x2c9a1b57,
	LEASE_HANDED_OUT = 0x53657e28,
	LEASE_BASELINE = 0x1ad3c46f
};

/*
 * Name, kind, session name, role, deadline and scope.  *kind and *scope (the
 * caller's to scope_clear()) are set on success only.
 */
int lease_check(enum lease_kind *kind, struct scope *scope, const struct config *,
    const struct sq_lease *, int64_t now, struct s3jit_err *);

#endif
