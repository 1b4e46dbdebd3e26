/*
 * fuzz_codec.c - JSON messages from hostile bytes, every table (B7).  The
 * type in the message chooses the table.  What is taken survives the round trip.
 *
 * parser: lib/codec.c lib/message.c lib/utf8.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/proto.h"
#include "s3jit/signer_proto.h"
#include "s3jit/transfer_proto.h"

static const struct table *
choose(const char *type)
{
	static const struct table *const *const lists[] = {
		proto_tables, signer_tables, transfer_tables,
	};
	size_t i, k;

	for (k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		for (i = 0; lists[k][i] != NULL; i++)
			if (strcmp(lists[k][i]->name, type) == 0)
				return lists[k][i];
	return NULL;
}

static void
round_trip(const struct table *t, void *msg)
{
	unsigned char before[32], after[32];
	struct s3jit_err err;
	void *again = calloc(1, t->size);
	char *json;

	MUST(again != NULL);
	MUST(codec_encode(&json, t, msg, &err) == 0);
	MUST(codec_decode(again, t, json, strlen(json), &err) == 0);
	codec_digest(before, "fuzz", t, msg);
	codec_digest(after, "fuzz", t, again);
	MUST(memcmp(before, after, 32) == 0);
	codec_clear(t, again);
	free(again);
	codec_wipe_free(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct table *t;
	struct s3jit_err err;
	char type[64];
	void *msg;

	if (codec_type(type, sizeof(type), data, size, &err) == -1) {
		MUST(err.code == S3JIT_EPROTO);
		return 0;
	}
	if ((t = choose(type)) == NULL)
		return 0;
	MUST((msg = calloc(1, t->size)) != NULL);
	if (codec_decode(msg, t, data, size, &err) == 0) {
		round_trip(t, msg);
		codec_clear(t, msg);
	} else {
		MUST(err.code == S3JIT_EPROTO);
	}
	free(msg);
	return 0;
}
