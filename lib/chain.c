/*
 * chain.c - the audit chain's hash, the same in the broker that writes it and
 * in s3-audit that checks it.
 */
#include <stddef.h>

#include "s3jit/chain.h"
#include "s3jit/codec.h"
#include "s3jit/hex.h"

struct link {
	const char *prev;
	int64_t seq;
	const char *record;
};

static const struct field link_fields[] = {
	{ "prev", F_STR, offsetof(struct link, prev), CHAIN_HEX - 1, false, NULL },
	{ "seq", F_INT, offsetof(struct link, seq), 0, false, NULL },
	{ "record", F_STR, offsetof(struct link, record), CODEC_STR_MAX, false, NULL },
	{ NULL, F_STR, 0, 0, false, NULL }
};
static const struct table link_table = { "link", sizeof(struct link), link_fields };

void
chain_hash(char hex[CHAIN_HEX], const char *prev_hex, int64_t seq, const char *record)
{
	const struct link link = { prev_hex, seq, record };
	unsigned char sum[32];

	codec_digest(sum, CHAIN_TAG, &link_table, &link);
	hex_write(hex, sum, sizeof(sum));
}
