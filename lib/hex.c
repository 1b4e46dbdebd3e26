/*
 * hex.c - bytes as lower-case hex, and SHA-256 in that form.
 */
#include "config.h"

#include <sys/random.h>

#include <string.h>

#include <openssl/evp.h>

#include "s3jit/hex.h"

#define DIGITS "0123456789abcdef"

void
hex_write(char *out, const unsigned char *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = DIGITS[bytes[i] >> 4];
		*out++ = DIGITS[bytes[i] & 15];
	}
	*out = '\0';
}

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
hex_is_sha256(const char *text)
{
	return strlen(text) == HEX_SHA256 - 1 && strspn(text, DIGITS) == HEX_SHA256 - 1;
}

int
hex_sha256(char out[HEX_SHA256], const void *data, size_t len, struct s3jit_err *err)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (EVP_Digest(data, len, sum, &n, EVP_sha256(), NULL) != 1 || n != 32)
		return s3jit_fail(err, S3JIT_ESYS, "libcrypto cannot make a SHA-256");
	hex_write(out, sum, n);
	return 0;
}

int
hex_random(char *out, size_t n, struct s3jit_err *err)
{
	unsigned char r[32];

	if (n > sizeof(r) || getrandom(r, n, 0) != (ssize_t)n)
		return s3jit_fail_errno(err, "random numbers");
	hex_write(out, r, n);
	return 0;
}
