/*
 * chain.h - the hash that ties each audit record to the one before it (A2).
 */
#ifndef S3JIT_CHAIN_H
#define S3JIT_CHAIN_H

#include <stdint.h>

#define CHAIN_TAG	"s3jit-audit-1"
#define CHAIN_HEX	65	/* 64 hex digits and NUL */

/* What record 1 has for `prev`: there is nothing before it. */
#define CHAIN_FIRST_PREV \
	"0000000000000000000000000000000000000000000000000000000000000000"

/*
 * SHA-256 in lower-case hex over CHAIN_TAG, prev, seq in decimal and record,
 * each, the tag too, as u32 big-endian length and bytes (the framing of
 * codec_digest()).  `prev_hex` is the hash of record seq - 1.
 */
void chain_hash(char hex[CHAIN_HEX], const char *prev_hex, int64_t seq, const char *record);

#endif
