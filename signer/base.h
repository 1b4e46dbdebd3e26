/*
 * base.h - the signer's own AWS keys: from a file, or from IMDSv2 (C9).
 *
 * Never from the environment, never from a file that others can read.  They
 * are read again when less than 5 minutes are left, and once when STS says
 * that they have expired.
 */
#ifndef S3JIT_SIGNER_BASE_H
#define S3JIT_SIGNER_BASE_H

#include "s3jit/config.h"

#include "http.h"
#include "keys.h"

struct base;

/* `keys` are lent for the call's time.  err is set when keys is NULL. */
typedef void base_done(void *arg, const struct keys *keys, const struct s3jit_err *err);

int base_new(struct base **, struct http *, const struct aws_conf *, struct s3jit_err *);
void base_free(struct base *);

/* May call `done` at once.  `again`: what we have is known to be refused. */
void base_get(struct base *, bool again, base_done *, void *arg);
/* Forget a `done` that has not been called yet. */
void base_cancel(struct base *, void *arg);

/* base_file.c: [default] of an INI file, as the AWS tools write it. */
int base_read_file(struct keys **, const char *path, struct s3jit_err *);
/* What stands in it, taken apart in place; a NUL is behind the `len` bytes. */
int base_parse_file(struct keys **, char *text, size_t len, const char *path, struct s3jit_err *);

/* base_imds.c: role name, then its credentials; `done` gets keys to own, or err. */
struct imds;
typedef void imds_done(void *arg, struct keys *keys, const struct s3jit_err *err);
int imds_start(struct imds **, struct http *, const char *endpoint, imds_done *, void *arg,
    struct s3jit_err *);
void imds_cancel(struct imds *);
/* What IMDS answers, each a text: a token fit for a header, the first role, a role's keys. */
#define IMDS_ROLE 65
int imds_check_token(const char *answer, struct s3jit_err *);
int imds_parse_role(char role[IMDS_ROLE], const char *answer, struct s3jit_err *);
int imds_parse(struct keys **, const char *json, size_t len, struct s3jit_err *);

#endif
