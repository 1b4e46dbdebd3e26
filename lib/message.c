/*
 * message.c - what the tables of codec.h do without JSON: free, copy, digest.
 *
 * Linked into every program that speaks proto.h or signer_proto.h.
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "s3jit/codec.h"

static void *
at(const void *msg, const struct field *f)
{
	return (char *)(uintptr_t)msg + f->off;
}

void
codec_wipe_free(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

int
strv_push(struct strv *s, const char *text)
{
	char *copy = strdup(text);
	char **v;

	if (copy == NULL || (v = reallocarray(s->v, s->n + 1, sizeof(*v))) == NULL) {
		free(copy);
		return -1;
	}
	s->v = v;
	s->v[s->n++] = copy;
	return 0;
}

void
strv_clear(struct strv *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

void *
list_push(struct list *l, const struct table *sub)
{
	char *v = reallocarray(l->v, l->n + 1, sub->size);

	if (v == NULL)
		return NULL;
	l->v = v;
	v += l->n++ * sub->size;
	memset(v, 0, sub->size);
	return v;
}

static void
clear_list(struct list *l, const struct table *sub)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		codec_clear(sub, (char *)l->v + i * sub->size);
	free(l->v);
}

void
codec_clear(const struct table *t, void *msg)
{
	const struct field *f;
	void *p;

	if (msg == NULL)
		return;
	for (f = t->fields; f->name != NULL; f++) {
		p = at(msg, f);
		switch (f->type) {
		case F_STR:
			free(*(char **)p);
			break;
		case F_SECRET:
			codec_wipe_free(*(char **)p);
			break;
		case F_STRV:
			strv_clear(p);
			break;
		case F_LIST:
			clear_list(p, f->sub);
			break;
		case F_OBJ:
			codec_clear(f->sub, *(void **)p);
			free(*(void **)p);
			break;
		case F_INT:
		case F_BOOL:
			break;
		}
	}
	memset(msg, 0, t->size);
}

/* ---- copy ---- */

static int copy_struct(const struct table *, void *, const void *);

static int
copy_str(char **to, const char *from)
{
	*to = strdup(from == NULL ? "" : from);
	return *to == NULL ? -1 : 0;
}

static int
copy_strv(struct strv *to, const struct strv *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		if (strv_push(to, from->v[i]) == -1)
			return -1;
	return 0;
}

static int
copy_list(struct list *to, const struct list *from, const struct table *sub)
{
	void *member;
	size_t i;

	for (i = 0; i < from->n; i++) {
		if ((member = list_push(to, sub)) == NULL ||
		    copy_struct(sub, member, (const char *)from->v + i * sub->size) == -1)
			return -1;
	}
	return 0;
}

static int
copy_obj(void **to, const void *from, const struct table *sub)
{
	if (from == NULL)
		return 0;
	if ((*to = calloc(1, sub->size)) == NULL)
		return -1;
	return copy_struct(sub, *to, from);
}

static int
copy_struct(const struct table *t, void *to, const void *from)
{
	const struct field *f;
	int bad = 0;

	for (f = t->fields; f->name != NULL && bad == 0; f++) {
		void *dst = at(to, f);
		const void *src = at(from, f);

		switch (f->type) {
		case F_STR:
		case F_SECRET:
			bad = copy_str(dst, *(char *const *)src);
			break;
		case F_INT:
			*(int64_t *)dst = *(const int64_t *)src;
			break;
		case F_BOOL:
			*(bool *)dst = *(const bool *)src;
			break;
		case F_STRV:
			bad = copy_strv(dst, src);
			break;
		case F_LIST:
			bad = copy_list(dst, src, f->sub);
			break;
		case F_OBJ:
			bad = copy_obj(dst, *(void *const *)src, f->sub);
			break;
		}
	}
	return bad;
}

int
codec_copy(const struct table *t, void *to, const void *from, struct s3jit_err *err)
{
	memset(to, 0, t->size);
	if (copy_struct(t, to, from) == 0)
		return 0;
	codec_clear(t, to);
	return s3jit_fail(err, S3JIT_ESYS, "%s: out of memory", t->name);
}

/* ---- digest ---- */

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
