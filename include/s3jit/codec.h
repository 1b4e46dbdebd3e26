/*
 * codec.h - one table per message drives its JSON form, its strictness, its
 * freeing and, for a request, its digest.
 *
 * A table lists the fields of a C struct.  Decoding refuses unknown, missing,
 * duplicate and trailing content, wrong types, integers out of range and text
 * that is too long or has a NUL (jansson, JSON_REJECT_DUPLICATES).
 */
#ifndef S3JIT_CODEC_H
#define S3JIT_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct strv {			/* a list of strings; owns them */
	char **v;
	size_t n;
};

enum field_type {
	F_STR,			/* char *, "" when absent and optional; max = bytes */
	F_SECRET,		/* the same, wiped before it is freed */
	F_INT,			/* int64_t, 0 when absent and optional; any int64 */
	F_BOOL,			/* bool, false when absent and optional */
	F_STRV,			/* struct strv; max = members; each at most CODEC_STR_MAX */
	F_LIST,			/* struct list of `sub`; max = members */
	F_OBJ			/* pointer to a malloc'd `sub` struct, NULL when absent and optional */
};

#define CODEC_STR_MAX 65536

struct list {			/* a list of structs; owns them */
	void *v;		/* array of n structs of sub->size */
	size_t n;
};

struct field {
	const char *name;	/* JSON key */
	enum field_type type;
	size_t off;		/* offsetof() in the struct */
	size_t max;
	bool optional;
	const struct table *sub;
};

struct table {
	const char *name;	/* the message's "type" in JSON; also used in errors */
	size_t size;		/* of the struct */
	const struct field *fields;	/* ends with name == NULL */
};

/*
 * The JSON text of `msg`, compact, {"type":"<table name>", fields...}.
 * Caller frees (wipe it with codec_wipe_free where it has a secret).
 * NULL strings encode as "".  EUSAGE for invalid UTF-8 or what breaks `max`.
 */
int codec_encode(char **json, const struct table *, const void *msg, struct s3jit_err *);

/*
 * Strictly decode a whole message of exactly this table.  On failure *msg is
 * zeroed.  On success codec_clear() frees what it holds.
 */
int codec_decode(void *msg, const struct table *, const void *json, size_t len, struct s3jit_err *);

/* The "type" of a JSON message into buf, so that the right table can be chosen. */
int codec_type(char *buf, size_t size, const void *json, size_t len, struct s3jit_err *);

/*
 * For whoever makes or reads other JSON with jansson (2.14), which goes on with an empty
 * text when it has no memory for one: begin, make, write out, and throw it away unless
 * it is whole.  What loads ends the process where memory is short; NULL: not strict JSON
 * (at *position, if that is not NULL).  The caller json_decref()s.
 */
struct json_t;
void codec_json_begin(void);
bool codec_json_whole(void);
struct json_t *codec_json_load(const void *json, size_t len, int *position);

/* Free (secrets wiped) and zero. NULL is fine. */
void codec_clear(const struct table *, void *msg);

/* Deep copy; *to is overwritten, not freed. */
int codec_copy(const struct table *, void *to, const void *from, struct s3jit_err *);

/*
 * SHA-256 over `tag` and every field in table order, each as u32 big-endian
 * length and bytes: strings as they are, integers in decimal, booleans "0" or
 * "1"; a list is the u32 number of its members, then each member (struct
 * members: their fields); an F_OBJ is a list of none or one.  32 bytes.
 */
void codec_digest(unsigned char out[32], const char *tag, const struct table *, const void *msg);

void codec_wipe_free(char *);	/* explicit_bzero over strlen, then free */

/*
 * strv helpers.  push appends a copy, copy appends copies of all; both return -1 only
 * without memory, and copy then leaves what it has appended.
 */
int strv_push(struct strv *, const char *);
int strv_copy(struct strv *to, const struct strv *from);
void strv_clear(struct strv *);
bool strv_has(const struct strv *, const char *);
/* The same texts in the same order? */
bool strv_equal(const struct strv *, const struct strv *);
/* Append a zeroed member to a list and return it; NULL without memory. */
void *list_push(struct list *, const struct table *sub);

#endif
