/*
 * codec.c - from C structs to JSON text and back, strictly, by tables.
 *
 * Linked into every program that speaks proto.h or signer_proto.h.  The only
 * file that calls jansson for messages.  Messages carry secrets, so whatever
 * jansson frees is wiped first.
 */
#include "config.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/codec.h"

static void *
at(const void *msg, const struct field *f)
{
	return (char *)(uintptr_t)msg + f->off;
}

static size_t
str_max(const struct field *f)
{
	return f->max == 0 ? CODEC_STR_MAX : f->max;
}

/* Texts, dumps and parse buffers of jansson's: any may hold a session token. */
static void
wipe_and_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/*
 * jansson 2.14 goes on when it has no memory for a text.  What it writes then lacks
 * something, and is thrown away; its parser may touch what it must not, and ends here.
 */
static bool parsing, out_of_memory;

static void *
alloc(size_t n)
{
	void *p = malloc(n);

	if (p == NULL && parsing)
		abort();
	out_of_memory = out_of_memory || p == NULL;
	return p;
}

/* Switching later than jansson's first use is safe: both end in free(). */
static void
make_jansson_wipe(void)
{
	static bool done;

	if (!done)
		json_set_alloc_funcs(alloc, wipe_and_free);
	done = true;
}

void
codec_json_begin(void)
{
	make_jansson_wipe();
	out_of_memory = false;
}

bool
codec_json_whole(void)
{
	return !out_of_memory;
}

struct json_t *
codec_json_load(const void *json, size_t len, int *position)
{
	json_error_t why;
	json_t *root;

	make_jansson_wipe();
	parsing = true;
	root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &why);
	parsing = false;
	if (position != NULL)
		*position = why.position;
	return root;
}

/* ---- struct to JSON ---- */

static json_t *encode_struct(const struct table *, const void *, struct s3jit_err *);

static json_t *
encode_str(const struct table *t, const struct field *f, const char *s, size_t max,
    struct s3jit_err *err)
{
	json_t *j;

	if (s == NULL)
		s = "";
	if (strlen(s) > max) {
		s3jit_fail(err, S3JIT_EUSAGE, "%s: %s is longer than %zu bytes", t->name, f->name, max);
		return NULL;
	}
	if ((j = json_string(s)) == NULL)
		s3jit_fail(err, S3JIT_EUSAGE, "%s: %s is not valid UTF-8", t->name, f->name);
	return j;
}

static json_t *
encode_strv(const struct table *t, const struct field *f, const struct strv *s,
    struct s3jit_err *err)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < s->n && array != NULL; i++) {
		if (json_array_append_new(array,
			encode_str(t, f, s->v[i], CODEC_STR_MAX, err)) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
encode_list(const struct field *f, const struct list *l, struct s3jit_err *err)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < l->n && array != NULL; i++) {
		if (json_array_append_new(array,
			encode_struct(f->sub, (const char *)l->v + i * f->sub->size, err)) == -1) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* struct strv and struct list begin alike: pointer, number. */
static int
check_count(const struct table *t, const struct field *f, size_t n, enum s3jit_code code,
    struct s3jit_err *err)
{
	if (n > f->max)
		return s3jit_fail(err, code, "%s: %s has more than %zu members", t->name, f->name,
		    f->max);
	return 0;
}

static json_t *
encode_field(const struct table *t, const struct field *f, const void *msg, struct s3jit_err *err)
{
	const void *p = at(msg, f);

	switch (f->type) {
	case F_STR:
	case F_SECRET:
		return encode_str(t, f, *(char *const *)p, str_max(f), err);
	case F_INT:
		return json_integer(*(const int64_t *)p);
	case F_BOOL:
		return json_boolean(*(const bool *)p);
	case F_STRV:
		if (check_count(t, f, ((const struct strv *)p)->n, S3JIT_EUSAGE, err) == -1)
			return NULL;
		return encode_strv(t, f, p, err);
	case F_LIST:
		if (check_count(t, f, ((const struct list *)p)->n, S3JIT_EUSAGE, err) == -1)
			return NULL;
		return encode_list(f, p, err);
	case F_OBJ:
		return encode_struct(f->sub, *(void *const *)p, err);
	}
	return NULL;
}

static int
encode_into(json_t *object, const struct table *t, const void *msg, struct s3jit_err *err)
{
	const struct field *f;

	for (f = t->fields; f->name != NULL; f++) {
		if (f->type == F_OBJ && *(void *const *)at(msg, f) == NULL) {
			if (f->optional)
				continue;
			return s3jit_fail(err, S3JIT_EUSAGE, "%s: %s is missing", t->name, f->name);
		}
		if (json_object_set_new_nocheck(object, f->name, encode_field(t, f, msg, err)) == -1)
			return -1;
	}
	return 0;
}

static json_t *
encode_struct(const struct table *t, const void *msg, struct s3jit_err *err)
{
	json_t *object = json_object();

	if (object != NULL && encode_into(object, t, msg, err) == -1) {
		json_decref(object);
		return NULL;
	}
	return object;
}

int
codec_encode(char **json, const struct table *t, const void *msg, struct s3jit_err *err)
{
	json_t *object;

	*json = NULL;
	codec_json_begin();
	/* stands unless a field has a better reason */
	s3jit_fail(err, S3JIT_ESYS, "%s: out of memory", t->name);
	if ((object = json_object()) == NULL)
		return -1;
	if (json_object_set_new_nocheck(object, "type", json_string(t->name)) == 0 &&
	    encode_into(object, t, msg, err) == 0)
		*json = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (!codec_json_whole()) {
		codec_wipe_free(*json);
		*json = NULL;
	}
	if (*json == NULL)
		return -1;
	if (err != NULL)
		memset(err, 0, sizeof(*err));
	return 0;
}

/* ---- JSON to struct ---- */

static int decode_struct(void *, const struct table *, json_t *, size_t, struct s3jit_err *);

static int
decode_str(char **out, const struct table *t, const struct field *f, json_t *j, size_t max,
    struct s3jit_err *err)
{
	if (!json_is_string(j))
		return s3jit_fail(err, S3JIT_EPROTO, "%s: %s is no text", t->name, f->name);
	if (json_string_length(j) > max)
		return s3jit_fail(err, S3JIT_EPROTO, "%s: %s is longer than %zu bytes", t->name,
		    f->name, max);
	if ((*out = strdup(json_string_value(j))) == NULL)
		return s3jit_fail_errno(err, "malloc");
	return 0;
}

static int
decode_strv(struct strv *out, const struct table *t, const struct field *f, json_t *array,
    struct s3jit_err *err)
{
	size_t i, n = json_array_size(array);

	if (n > 0 && (out->v = calloc(n, sizeof(*out->v))) == NULL)
		return s3jit_fail_errno(err, "malloc");
	for (i = 0; i < n; i++) {
		if (decode_str(&out->v[i], t, f, json_array_get(array, i), CODEC_STR_MAX, err) == -1)
			return -1;
		out->n++;
	}
	return 0;
}

static int
decode_list(struct list *out, const struct field *f, json_t *array, struct s3jit_err *err)
{
	size_t i, n = json_array_size(array);

	if (n > 0 && (out->v = calloc(n, f->sub->size)) == NULL)
		return s3jit_fail_errno(err, "malloc");
	for (i = 0; i < n; i++) {
		if (decode_struct((char *)out->v + i * f->sub->size, f->sub,
			json_array_get(array, i), 0, err) == -1)
			return -1;
		out->n++;
	}
	return 0;
}

static int
decode_obj(void **out, const struct field *f, json_t *j, struct s3jit_err *err)
{
	if ((*out = calloc(1, f->sub->size)) == NULL)
		return s3jit_fail_errno(err, "malloc");
	return decode_struct(*out, f->sub, j, 0, err);
}

static int
decode_field(void *msg, const struct table *t, const struct field *f, json_t *j,
    struct s3jit_err *err)
{
	void *p = at(msg, f);

	switch (f->type) {
	case F_STR:
	case F_SECRET:
		return decode_str(p, t, f, j, str_max(f), err);
	case F_INT:
		if (!json_is_integer(j))
			return s3jit_fail(err, S3JIT_EPROTO, "%s: %s is no whole number", t->name,
			    f->name);
		*(int64_t *)p = json_integer_value(j);
		return 0;
	case F_BOOL:
		if (!json_is_boolean(j))
			return s3jit_fail(err, S3JIT_EPROTO, "%s: %s is neither true nor false",
			    t->name, f->name);
		*(bool *)p = json_is_true(j);
		return 0;
	case F_STRV:
	case F_LIST:
		if (!json_is_array(j))
			return s3jit_fail(err, S3JIT_EPROTO, "%s: %s is no list", t->name, f->name);
		if (check_count(t, f, json_array_size(j), S3JIT_EPROTO, err) == -1)
			return -1;
		if (f->type == F_STRV)
			return decode_strv(p, t, f, j, err);
		return decode_list(p, f, j, err);
	case F_OBJ:
		return decode_obj(p, f, j, err);
	}
	return s3jit_fail(err, S3JIT_EPROTO, "%s: %s has no type", t->name, f->name);
}

/* An absent optional text is "", as the header promises, not NULL. */
static int
decode_absent(void *msg, const struct table *t, const struct field *f, struct s3jit_err *err)
{
	if (!f->optional)
		return s3jit_fail(err, S3JIT_EPROTO, "%s: %s is missing", t->name, f->name);
	if (f->type != F_STR && f->type != F_SECRET)
		return 0;
	if ((*(char **)at(msg, f) = strdup("")) == NULL)
		return s3jit_fail_errno(err, "malloc");
	return 0;
}

static const char *
first_unknown(const struct table *t, json_t *object, bool top)
{
	const struct field *f;
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (top && strcmp(key, "type") == 0)
			continue;
		for (f = t->fields; f->name != NULL && strcmp(f->name, key) != 0; f++)
			;
		if (f->name == NULL)
			return key;
	}
	return NULL;
}

/* `extra`: how many keys there are that are no fields ("type" on top). */
static int
decode_struct(void *msg, const struct table *t, json_t *object, size_t extra,
    struct s3jit_err *err)
{
	const struct field *f;
	const char *key;
	size_t seen = extra;
	json_t *j;

	if (!json_is_object(object))
		return s3jit_fail(err, S3JIT_EPROTO, "%s: not an object", t->name);
	for (f = t->fields; f->name != NULL; f++) {
		if ((j = json_object_get(object, f->name)) != NULL)
			seen++;
		if ((j != NULL ? decode_field(msg, t, f, j, err) : decode_absent(msg, t, f, err)) == -1) {
			codec_clear(t, msg);
			return -1;
		}
	}
	if (seen != json_object_size(object)) {
		key = first_unknown(t, object, extra > 0);
		s3jit_fail(err, S3JIT_EPROTO, "%s: unknown field \"%.32s\"", t->name,
		    key == NULL ? "" : key);
		codec_clear(t, msg);
		return -1;
	}
	return 0;
}

/* The root object of a message that has a "type" of text; NULL otherwise. */
static json_t *
load(const char **type, const void *json, size_t len, struct s3jit_err *err)
{
	json_t *root;
	int position;

	if ((root = codec_json_load(json, len, &position)) == NULL) {
		/* jansson's text quotes the input: name the place only */
		s3jit_fail(err, S3JIT_EPROTO, "not strict JSON at byte %d", position);
		return NULL;
	}
	*type = json_string_value(json_object_get(root, "type"));
	if (*type == NULL) {
		s3jit_fail(err, S3JIT_EPROTO, "a message without a type");
		json_decref(root);
		return NULL;
	}
	return root;
}

int
codec_decode(void *msg, const struct table *t, const void *json, size_t len, struct s3jit_err *err)
{
	const char *type;
	json_t *root;
	int ret = -1;

	memset(msg, 0, t->size);
	if ((root = load(&type, json, len, err)) == NULL)
		return -1;
	if (strcmp(type, t->name) != 0)
		s3jit_fail(err, S3JIT_EPROTO, "\"%.32s\" instead of \"%s\"", type, t->name);
	else
		ret = decode_struct(msg, t, root, 1, err);
	json_decref(root);
	return ret;
}

int
codec_type(char *buf, size_t size, const void *json, size_t len, struct s3jit_err *err)
{
	const char *type;
	json_t *root;
	int ret = 0;

	if (size > 0)
		buf[0] = '\0';
	if ((root = load(&type, json, len, err)) == NULL)
		return -1;
	if (strlen(type) < size)
		memcpy(buf, type, strlen(type) + 1);
	else
		ret = s3jit_fail(err, S3JIT_EPROTO, "a message of an unknown type");
	json_decref(root);
	return ret;
}
