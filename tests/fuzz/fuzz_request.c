/*
 * fuzz_request.c - a request, its digest and its id (Q1): they depend on every byte
 * and on nothing else.  The first eight bytes are the size of a file, for the
 * plan of its parts; then comes the request as JSON.
 *
 * parser: lib/request.c lib/digest.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/request.h"

#define OBJECT_MAX (INT64_C(5) << 40)	/* of S3, in bytes */

static void
plan(uint64_t bytes)
{
	int64_t size = (int64_t)(bytes % (OBJECT_MAX + 1)), part = object_part_size(size);
	int64_t n = object_parts(size, part);

	MUST(n >= 1 && n <= 10000 && part <= INT64_C(5) << 30);
	MUST(n == 1 ? part == size : part >= 5 << 20);
	MUST(n == 1 || (part * n >= size && part * (n - 1) < size));
}

/* Another text in one field, a member moved to the next list: another digest. */
static void
told_apart(struct request *r, const char *digest)
{
	char *moved = r->scope.n > 0 ? r->scope.v[r->scope.n - 1] : NULL, hex[DIGEST_HEX], *was;

	was = r->reason;
	MUST(asprintf(&r->reason, "%s ", was) != -1);
	request_digest_hex(hex, r);
	MUST(strcmp(hex, digest) != 0);
	free(r->reason);
	r->reason = was;
	r->ttl ^= 1;
	request_digest_hex(hex, r);
	MUST(strcmp(hex, digest) != 0);
	r->ttl ^= 1;
	if (moved == NULL)
		return;
	r->scope.n--;
	MUST(strv_push(&r->argv, moved) == 0);
	request_digest_hex(hex, r);
	MUST(strcmp(hex, digest) != 0);
	r->scope.n++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char hex[DIGEST_HEX], again[DIGEST_HEX], id[REQUEST_ID];
	unsigned char digest[32];
	struct request r, copy;
	struct s3jit_err err;
	uint64_t bytes = 0;
	size_t i;

	if (size < 8)
		return 0;
	for (i = 0; i < 8; i++)
		bytes = bytes << 8 | data[i];
	plan(bytes);
	if (codec_decode(&r, &request_table, data + 8, size - 8, &err) == -1)
		return 0;
	request_digest(digest, &r);
	request_digest_hex(hex, &r);
	request_id(id, digest);
	MUST(strlen(id) == REQUEST_ID - 1 && request_id_ok(id));
	for (i = 0; i < 32; i++)
		MUST(id[i] - 'k' == (i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15));
	MUST(codec_copy(&request_table, &copy, &r, &err) == 0);
	request_digest_hex(again, &copy);
	MUST(strcmp(hex, again) == 0);
	told_apart(&copy, hex);
	codec_clear(&request_table, &copy);
	codec_clear(&request_table, &r);
	return 0;
}
