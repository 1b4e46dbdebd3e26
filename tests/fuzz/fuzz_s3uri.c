/*
 * fuzz_s3uri.c - s3://bucket/key as typed: what is taken becomes a permission
 * for exactly that, or is refused there for its characters.
 *
 * parser: lib/s3uri.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/escape.h"
#include "s3jit/permission.h"
#include "s3jit/s3uri.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *p;
	struct permission perm;
	struct s3jit_err err;
	struct s3uri u;

	if (s3uri_parse(&u, text, &err) == -1) {
		MUST(u.bucket == NULL && u.key == NULL);
		free(text);
		return 0;
	}
	MUST(strlen(u.bucket) <= 63 && strlen(u.key) <= 1024);
	MUST((p = s3uri_permission("get", u.bucket, u.key)) != NULL);
	if (permission_parse(&perm, p, false, &err) == 0) {
		MUST(strcmp(perm.bucket, u.bucket) == 0 && strcmp(perm.key, u.key) == 0);
		permission_clear(&perm);
	} else {
		MUST(!escape_is_plain(u.key));
	}
	free(p);
	s3uri_clear(&u);
	free(text);
	return 0;
}
