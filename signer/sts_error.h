/*
 * sts_error.h - what an error of STS means, and what to do about it.
 */
#ifndef S3JIT_SIGNER_STS_ERROR_H
#define S3JIT_SIGNER_STS_ERROR_H

#include "s3jit/err.h"

enum sts_act {
	STS_FINAL,		/* asking again changes nothing */
	STS_RETRY,		/* after a while */
	STS_REREAD		/* with keys read anew, once */
};

enum sts_act sts_error_act(const char *code, long status);
/*
 * The sentence: what AWS did not do for `role`, why, in plain words, and the
 * next step.  AWS's own message only where it cannot hold a secret.
 */
void sts_error_text(struct s3jit_err *, const char *role, const char *code, const char *message,
    long status);

#endif
