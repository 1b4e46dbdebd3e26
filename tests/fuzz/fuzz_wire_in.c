/*
 * fuzz_wire_in.c - frames from hostile bytes, in pieces of any size (B7).
 * The first byte is the size of the pieces.
 *
 * parser: lib/wire.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/wire.h"

#define MAX 512

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t chunk = size > 0 ? (size_t)data[0] + 1 : 1, at = 1, used, n;
	struct s3jit_err err;
	struct wire_in in;
	int r;

	wire_in_init(&in, MAX);
	while (at < size) {
		n = size - at < chunk ? size - at : chunk;
		r = wire_in_feed(&in, data + at, n, &used, &err);
		MUST(used <= n);
		at += used;
		if (r == -1) {
			MUST(err.code == S3JIT_EPROTO);
			break;
		}
		if (r == 0) {
			MUST(used == n);
			MUST(wire_in_partial(&in));
			continue;
		}
		MUST(in.want >= 1 && in.want <= MAX && in.body[in.want] == '\0');
		MUST(at >= in.want + 5 && memcmp(in.body, data + at - in.want, in.want) == 0);
		wire_in_next(&in);
	}
	wire_in_clear(&in);
	return 0;
}
