/*
 * guest.c - REGISTER, FACTS, verdict and the broker's answer: binary, fixed
 * shape, at most 16 KiB (H7).  Its other half, what the kernel says about the
 * caller, is kernel.c.
 *
 * Runs in sshd (pam_s3jit) and in the setuid helper, so libc only; the broker
 * links the same file for the other direction.  One table per message says
 * its shape; encoder, decoder and freeing follow it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/guest.h"
#include "s3jit/wire.h"

#define HEAD 8		/* magic, version, count */

enum kind { G_END, G_STR, G_U32, G_WORD };

struct shape {
	enum kind kind;
	size_t off;
	const char *name;
};

static const struct shape register_shape[] = {
	{ G_STR, offsetof(struct guest_register, user), "user" },
	{ G_U32, offsetof(struct guest_register, uid), "uid" },
	{ G_U32, offsetof(struct guest_register, loginuid), "loginuid" },
	{ G_U32, offsetof(struct guest_register, sessionid), "sessionid" },
	{ G_STR, offsetof(struct guest_register, boot_id), "boot_id" },
	{ G_STR, offsetof(struct guest_register, service), "service" },
	{ G_STR, offsetof(struct guest_register, rhost), "rhost" },
	{ G_STR, offsetof(struct guest_register, tty), "tty" },
	{ G_STR, offsetof(struct guest_register, auth_info), "auth_info" },
	{ G_END, 0, NULL },
};

static const struct shape facts_shape[] = {
	{ G_U32, offsetof(struct guest_facts, ruid), "ruid" },
	{ G_U32, offsetof(struct guest_facts, loginuid), "loginuid" },
	{ G_U32, offsetof(struct guest_facts, sessionid), "sessionid" },
	{ G_END, 0, NULL },
};

static const struct shape verdict_shape[] = {
	{ G_U32, offsetof(struct guest_verdict, ruid), "ruid" },
	{ G_U32, offsetof(struct guest_verdict, pam_code), "pam_code" },
	{ G_END, 0, NULL },
};

static const struct shape answer_shape[] = {
	{ G_WORD, offsetof(struct guest_answer, word), "word" },
	{ G_STR, offsetof(struct guest_answer, text), "text" },
	{ G_END, 0, NULL },
};

static const char *const words[] = { "", "go", "reauth", "refuse" };

#define U32_TEXT sizeof("4294967295")

/* The text of one field; numbers are spelled into buf.  NULL: cannot be said. */
static const char *
field_text(const struct shape *s, const void *msg, char buf[U32_TEXT])
{
	const char *at = (const char *)msg + s->off;
	const char *text;

	switch (s->kind) {
	case G_U32:
		snprintf(buf, U32_TEXT, "%u", *(const uint32_t *)(const void *)at);
		return buf;
	case G_WORD:
		switch (*(const enum guest_word *)(const void *)at) {
		case GUEST_GO:
		case GUEST_REAUTH:
		case GUEST_REFUSE:
			return words[*(const enum guest_word *)(const void *)at];
		}
		return NULL;
	case G_STR:
		text = *(char *const *)(const void *)at;
		return text == NULL ? "" : text;
	case G_END:
		break;
	}
	return NULL;
}

static void
put_number(unsigned char *out, size_t bytes, uint32_t n)
{
	for (; bytes > 0; bytes--, n >>= 8)
		out[bytes - 1] = n & 0xff;
}

static uint32_t
get_number(const unsigned char *in, size_t bytes)
{
	uint32_t n = 0;

	for (; bytes > 0; bytes--)
		n = n << 8 | *in++;
	return n;
}

static size_t
shape_count(const struct shape *shape)
{
	size_t n = 0;

	while (shape[n].kind != G_END)
		n++;
	return n;
}

static int
encode(unsigned char **body, size_t *len, const char *magic, const struct shape *shape,
    const void *msg, struct s3jit_err *err)
{
	unsigned char buf[WIRE_GUEST_MAX];
	char number[U32_TEXT];
	const struct shape *s;
	const char *text;
	size_t at = HEAD, n;

	*body = NULL;
	*len = 0;
	memcpy(buf, magic, 4);
	put_number(buf + 4, 2, WIRE_VERSION);
	put_number(buf + 6, 2, (uint32_t)shape_count(shape));
	for (s = shape; s->kind != G_END; s++) {
		if ((text = field_text(s, msg, number)) == NULL)
			return s3jit_fail(err, S3JIT_EUSAGE, "%s has no such value", s->name);
		n = strlen(text);
		if (n > sizeof(buf) - 4 || at > sizeof(buf) - 4 - n)
			return s3jit_fail(err, S3JIT_EUSAGE, "%s makes the message too long", s->name);
		put_number(buf + at, 4, (uint32_t)n);
		memcpy(buf + at + 4, text, n);
		at += 4 + n;
	}
	if ((*body = malloc(at)) == NULL)
		return s3jit_fail_errno(err, "malloc");
	memcpy(*body, buf, at);
	*len = at;
	return 0;
}

/* Decimal, no sign, no leading zero, at most 4294967295: anything else is -1. */
static int
parse_u32(uint32_t *out, const char *text, size_t len)
{
	uint64_t n = 0;
	size_t i;

	if (len == 0 || len >= U32_TEXT || (text[0] == '0' && len > 1))
		return -1;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	if (n > UINT32_MAX)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

static int
parse_word(enum guest_word *out, const char *text, size_t len)
{
	int w;

	for (w = GUEST_GO; w <= GUEST_REFUSE; w++) {
		if (strlen(words[w]) == len && memcmp(words[w], text, len) == 0) {
			*out = (enum guest_word)w;
			return 0;
		}
	}
	return -1;
}

static int
set_field(void *msg, const struct shape *s, const char *text, size_t len, struct s3jit_err *err)
{
	void *at = (char *)msg + s->off;
	char *copy;
	int bad = 0;

	switch (s->kind) {
	case G_U32:
		bad = parse_u32(at, text, len);
		break;
	case G_WORD:
		bad = parse_word(at, text, len);
		break;
	case G_STR:
		if (memchr(text, '\0', len) != NULL) {
			bad = -1;
			break;
		}
		if ((copy = strndup(text, len)) == NULL)
			return s3jit_fail_errno(err, "malloc");
		*(char **)at = copy;
		break;
	case G_END:
		bad = -1;
		break;
	}
	if (bad == -1)
		return s3jit_fail(err, S3JIT_EPROTO, "%s is malformed", s->name);
	return 0;
}

static void
clear(const struct shape *shape, void *msg, size_t size)
{
	const struct shape *s;

	for (s = shape; s->kind != G_END; s++)
		if (s->kind == G_STR)
			free(*(char **)(void *)((char *)msg + s->off));
	memset(msg, 0, size);
}

static int
decode_fields(void *msg, const struct shape *shape, const unsigned char *in, size_t len,
    struct s3jit_err *err)
{
	const struct shape *s;
	uint32_t n;

	for (s = shape; s->kind != G_END; s++) {
		if (len < 4)
			return s3jit_fail(err, S3JIT_EPROTO, "message ends before %s", s->name);
		n = get_number(in, 4);
		in += 4;
		len -= 4;
		if (n > len)
			return s3jit_fail(err, S3JIT_EPROTO, "message ends within %s", s->name);
		if (set_field(msg, s, (const char *)in, n, err) == -1)
			return -1;
		in += n;
		len -= n;
	}
	if (len != 0)
		return s3jit_fail(err, S3JIT_EPROTO, "%zu bytes behind the message", len);
	return 0;
}

static int
decode(void *msg, size_t size, const char *magic, const struct shape *shape, const void *body,
    size_t len, struct s3jit_err *err)
{
	const unsigned char *in = body;

	memset(msg, 0, size);
	if (len < HEAD || len > WIRE_GUEST_MAX || memcmp(in, magic, 4) != 0)
		return s3jit_fail(err, S3JIT_EPROTO, "not a message of the kind expected");
	if (get_number(in + 4, 2) != WIRE_VERSION)
		return s3jit_fail(err, S3JIT_EPROTO,
		    "the other side speaks version %u, we speak %d; install both from one package",
		    get_number(in + 4, 2), WIRE_VERSION);
	if (get_number(in + 6, 2) != shape_count(shape))
		return s3jit_fail(err, S3JIT_EPROTO, "message has another number of fields");
	if (decode_fields(msg, shape, in + HEAD, len - HEAD, err) == -1) {
		clear(shape, msg, size);
		return -1;
	}
	return 0;
}

int
guest_register_encode(unsigned char **body, size_t *len, const struct guest_register *m,
    struct s3jit_err *err)
{
	return encode(body, len, "S3JR", register_shape, m, err);
}

int
guest_facts_encode(unsigned char **body, size_t *len, const struct guest_facts *m,
    struct s3jit_err *err)
{
	return encode(body, len, "S3JF", facts_shape, m, err);
}

int
guest_verdict_encode(unsigned char **body, size_t *len, const struct guest_verdict *m,
    struct s3jit_err *err)
{
	return encode(body, len, "S3JV", verdict_shape, m, err);
}

int
guest_answer_encode(unsigned char **body, size_t *len, const struct guest_answer *m,
    struct s3jit_err *err)
{
	return encode(body, len, "S3JA", answer_shape, m, err);
}

int
guest_register_decode(struct guest_register *m, const void *body, size_t len,
    struct s3jit_err *err)
{
	return decode(m, sizeof(*m), "S3JR", register_shape, body, len, err);
}

int
guest_facts_decode(struct guest_facts *m, const void *body, size_t len, struct s3jit_err *err)
{
	return decode(m, sizeof(*m), "S3JF", facts_shape, body, len, err);
}

int
guest_verdict_decode(struct guest_verdict *m, const void *body, size_t len, struct s3jit_err *err)
{
	return decode(m, sizeof(*m), "S3JV", verdict_shape, body, len, err);
}

int
guest_answer_decode(struct guest_answer *m, const void *body, size_t len, struct s3jit_err *err)
{
	return decode(m, sizeof(*m), "S3JA", answer_shape, body, len, err);
}

void
guest_register_clear(struct guest_register *m)
{
	clear(register_shape, m, sizeof(*m));
}

void
guest_answer_clear(struct guest_answer *m)
{
	clear(answer_shape, m, sizeof(*m));
}

int
guest_kind(const void *body, size_t len)
{
	const char *in = body;

	if (len < HEAD || memcmp(in, "S3J", 3) != 0 || strchr("RFVA", in[3]) == NULL)
		return 0;
	return in[3];	/* '\0' is 0, too, so strchr's match of it does no harm */
}
