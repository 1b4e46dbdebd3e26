/*
 * hex.h - bytes as lower-case hex, and SHA-256 in that form.
 */
#ifndef S3JIT_HEX_H
#define S3JIT_HEX_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* Room for a SHA-256 in hex and its NUL. */
#define HEX_SHA256 65

/* SHA-256 of no bytes (FIPS 180-4): the payload hash of a request without a body. */
#define HEX_SHA256_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* `out` has room for 2 * n + 1. */
void hex_write(char *out, const unsigned char *bytes, size_t n);

/* The value of a digit in either case, or -1. */
int hex_digit(char);

/* Exactly 64 lower-case digits? */
bool hex_is_sha256(const char *text);

/* -1 when libcrypto fails; then `out` is untouched. */
int hex_sha256(char out[HEX_SHA256], const void *data, size_t len, struct s3jit_err *);

/* n (at most 32) bytes of getrandom(2); `out` has room for 2 * n + 1. */
int hex_random(char *out, size_t n, struct s3jit_err *);

#endif
