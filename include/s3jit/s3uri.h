/*
 * s3uri.h - s3://bucket/key as typed on a command line (no wildcards; `*` and
 * `%` are ordinary characters of a key here).
 */
#ifndef S3JIT_S3URI_H
#define S3JIT_S3URI_H

#include <stdbool.h>

#include "err.h"

struct s3uri {
	char *bucket;
	char *key;		/* "" for the bucket alone */
};

/* Checks the bucket's and the key's characters as permission.h tells. */
int s3uri_parse(struct s3uri *, const char *text, struct s3jit_err *);
void s3uri_clear(struct s3uri *);
/* 1 if the text begins like an S3 URI at all ("s3://"). */
bool s3uri_looks_like(const char *text);
/* "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$" and none of the special kinds. */
int s3uri_bucket_ok(const char *bucket, struct s3jit_err *);
/* UTF-8, no control characters, 1-1024 bytes. */
int s3uri_key_ok(const char *key, struct s3jit_err *);
/* "put s3://bucket/key" with `*` and `%` of the key encoded.  Caller frees. */
char *s3uri_permission(const char *verb, const char *bucket, const char *key);

#endif
