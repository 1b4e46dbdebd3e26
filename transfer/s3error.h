/*
 * s3error.h - what an answer that is not a success means: words for people,
 * the next step, and whether asking again can help.
 */
#ifndef TRANSFER_S3ERROR_H
#define TRANSFER_S3ERROR_H

#include <stdbool.h>

#include "transfer/http.h"

struct failure {
	enum s3jit_code code;
	char text[3072];
	char hint[512];
	int64_t index;		/* the object, or -1 */
	char aws_code[64];
	int64_t status;
};

/*
 * An answer of S3: any status but 2xx, or a 2xx with <Error> in it.  `what` is
 * the operation's word ("put").  `xml` may be empty.  Returns true when the
 * same request may be sent again with a new signature.
 */
bool s3error_answer(struct failure *, const char *what, const struct job *, long status,
    const struct s3xml *xml);

/* No answer; the same return value. */
bool s3error_no_answer(struct failure *, const char *what, const struct job *,
    const struct http_call *);

/* A failure found here; about object `index` or -1. */
void s3error_local(struct failure *, const struct s3jit_err *, int64_t index);

/* A failure told by the broker or the client. */
void s3error_told(struct failure *, const char *code, const char *text, const char *hint,
    int64_t index);

#endif
