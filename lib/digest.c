/*
 * digest.c - SHA-256 over the fields of a table, and what a request is known by.
 *
 * Linked into the broker and the programs that show or vote; kept apart from
 * the tables, so that what needs no digest needs no libcrypto at its start.
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "s3jit/hex.h"
#include "s3jit/request.h"

static const void *
at(const void *msg, const struct field *f)
{
	return (const char *)msg + f->off;
}

struct hash {
	EVP_MD_CTX *ctx;
	bool broken;
};

static void
hash_raw(struct hash *h, const void *bytes, size_t len)
{
	if (!h->broken && EVP_DigestUpdate(h->ctx, bytes, len) != 1)
		h->broken = true;
}

static void
hash_u32(struct hash *h, size_t n)
{
	const unsigned char be[4] = { n >> 24 & 0xff, n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff };

	/* 4 GiB cannot come through a frame; but two lengths must never look alike */
	if (n > UINT32_MAX)
		h->broken = true;
	hash_raw(h, be, sizeof(be));
}

static void
hash_str(struct hash *h, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s);

	hash_u32(h, len);
	hash_raw(h, s == NULL ? "" : s, len);
}

static void hash_struct(struct hash *, const struct table *, const void *);

static void
hash_strv(struct hash *h, const struct strv *s)
{
	size_t i;

	hash_u32(h, s->n);
	for (i = 0; i < s->n; i++)
		hash_str(h, s->v[i]);
}

static void
hash_members(struct hash *h, const struct table *sub, const void *v, size_t n)
{
	size_t i;

	hash_u32(h, n);
	for (i = 0; i < n; i++)
		hash_struct(h, sub, (const char *)v + i * sub->size);
}

static void
hash_struct(struct hash *h, const struct table *t, const void *msg)
{
	const struct field *f;
	const struct list *l;
	char number[24];
	const void *p;

	for (f = t->fields; f->name != NULL; f++) {
		p = at(msg, f);
		switch (f->type) {
		case F_STR:
		case F_SECRET:
			hash_str(h, *(char *const *)p);
			break;
		case F_INT:
			snprintf(number, sizeof(number), "%lld", (long long)*(const int64_t *)p);
			hash_str(h, number);
			break;
		case F_BOOL:
			hash_str(h, *(const bool *)p ? "1" : "0");
			break;
		case F_STRV:
			hash_strv(h, p);
			break;
		case F_LIST:
			l = p;
			hash_members(h, f->sub, l->v, l->n);
			break;
		case F_OBJ:	/* as a list of none or one */
			hash_members(h, f->sub, *(void *const *)p, *(void *const *)p != NULL);
			break;
		}
	}
}

void
codec_digest(unsigned char out[32], const char *tag, const struct table *t, const void *msg)
{
	struct hash h = { .ctx = EVP_MD_CTX_new() };

	if (h.ctx == NULL || EVP_DigestInit_ex(h.ctx, EVP_sha256(), NULL) != 1)
		h.broken = true;
	hash_str(&h, tag);
	hash_struct(&h, t, msg);
	if (!h.broken && EVP_DigestFinal_ex(h.ctx, out, NULL) != 1)
		h.broken = true;
	EVP_MD_CTX_free(h.ctx);
	/*
	 * Without memory there is no digest.  A random one equals no other, so
	 * whatever is compared with it is refused; a constant would equal itself.
	 */
	if (h.broken && getrandom(out, 32, 0) != 32)
		abort();
}

void
request_digest(unsigned char out[32], const struct request *r)
{
	codec_digest(out, REQUEST_DIGEST_TAG, &request_table, r);
}

void
request_digest_hex(char out[DIGEST_HEX], const struct request *r)
{
	char id[REQUEST_ID];

	request_names(id, out, r);
}

void
request_id(char out[REQUEST_ID], const unsigned char digest[32])
{
	size_t i;

	for (i = 0; i < (REQUEST_ID - 1) / 2; i++) {
		out[2 * i] = (char)('k' + (digest[i] >> 4));
		out[2 * i + 1] = (char)('k' + (digest[i] & 15));
	}
	out[REQUEST_ID - 1] = '\0';
}

void
request_names(char id[REQUEST_ID], char hex[DIGEST_HEX], const struct request *r)
{
	unsigned char digest[32];

	request_digest(digest, r);
	request_id(id, digest);
	if (hex != NULL)
		hex_write(hex, digest, sizeof(digest));
}
