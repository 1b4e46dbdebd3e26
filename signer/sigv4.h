/*
 * sigv4.h - AWS Signature Version 4 over headers, as a pure function.
 *
 * Used for STS with the signer's own keys and for S3 with those of a lease.
 * S3's form of the canonical path: each byte is encoded once, nothing is
 * normalised, so a key like "a//../b" stays what it is.
 */
#ifndef S3JIT_SIGV4_H
#define S3JIT_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s3jit/codec.h"
#include "s3jit/hex.h"
#include "s3jit/pairs.h"
#include "s3jit/proto.h"

struct sigv4_in {
	const char *method;
	const char *path;		/* decoded, begins with "/" */
	const struct list *query;	/* of name_value, decoded */
	const struct list *headers;	/* of name_value, lower-case: all that are signed */
	const char *payload_sha256;	/* hex */
	const char *region, *service;
	int64_t now;
};

#define SIGV4_DATE 17		/* "20260131T120500Z" and its NUL */

const char *sigv4_date(char buf[SIGV4_DATE], int64_t now);
void sigv4_sha256(char out[HEX_SHA256], const void *data, size_t len);

/* %XX for all but A-Z a-z 0-9 - _ . ~ (and `/` if it shall stay).  Caller frees. */
char *sigv4_encode(const char *text, bool keep_slash);
/* "a=1&b=" sorted and encoded: canonical, and what must stand in the URL.  Caller frees. */
char *sigv4_query(const struct list *query);

/* The steps one by one, for tests; each NULL only without memory.  Caller frees. */
char *sigv4_canonical(const struct sigv4_in *);
char *sigv4_string_to_sign(const struct sigv4_in *);
/* The value of the Authorization header.  Caller frees. */
char *sigv4_authorization(const struct sigv4_in *, const char *access_key_id, const char *secret);

#endif
