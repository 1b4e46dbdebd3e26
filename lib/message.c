/*
 * message.c - what the tables of codec.h do without JSON: free and copy.
 *
 * Linked into every program that speaks proto.h or signer_proto.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

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

int
strv_copy(struct strv *to, const struct strv *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		if (strv_push(to, from->v[i]) == -1)
			return -1;
	return 0;
}

bool
strv_has(const struct strv *s, const char *text)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i], text) == 0)
			return true;
	return false;
}

bool
strv_equal(const struct strv *a, const struct strv *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
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
			bad = strv_copy(dst, src);
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
