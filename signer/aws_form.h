/*
 * aws_form.h - a signed form, posted to a service of AWS: how STS and IAM are
 * asked.
 */
#ifndef S3JIT_SIGNER_AWS_FORM_H
#define S3JIT_SIGNER_AWS_FORM_H

#include "s3jit/codec.h"

#include "http.h"
#include "keys.h"

struct aws_service {
	const char *name;	/* as SigV4 calls it: "sts", "iam" */
	const char *region;	/* that its signatures name */
	const char *url;	/* https://HOST, with no path */
};

#define AWS_HEADERS 16
struct aws_headers {
	char *line[AWS_HEADERS + 1];	/* "name: value", NULL-terminated */
};

/* Each -1 only without memory; clear (wipe: they hold tokens) in any case. */
int aws_headers_list(struct aws_headers *, const struct list *name_values);
int aws_headers_sign(struct aws_headers *, const struct aws_service *, const char *body,
    const struct keys *, int64_t now);
void aws_headers_clear(struct aws_headers *);

/*
 * Post `body`, signed with these keys.  until_ms (clock_boot_ms()): whoever
 * waits for it is gone by then; EAWS when that is already so.  `done` as of
 * http_start().
 */
int aws_form_post(struct http_call **, struct http *, const struct aws_service *,
    const char *body, const struct keys *, int64_t until_ms, http_done *done, void *arg,
    struct s3jit_err *);

#endif
