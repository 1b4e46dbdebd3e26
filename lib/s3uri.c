/*
 * s3uri.c - s3://bucket/key as typed, and what bucket and key may consist of.
 *
 * Linked into every program that names objects; pure.  What passes here goes
 * into IAM policies and URLs, so the rules are the narrow ones (W11).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/s3uri.h"
#include "utf8.h"

#define KEY_MAX 1024

/* Names that are no general purpose buckets: another ARN, another API. */
static const struct {
	const char *suffix;
	const char *what;
} special[] = {
	{ "--x-s3", "a directory bucket" },
	{ "--table-s3", "a table bucket" },
	{ "-s3alias", "an access point" },
	{ "--ol-s3", "an Object Lambda access point" },
	{ "--op-s3", "an access point on Outposts" },
	{ ".mrap", "a Multi-Region access point" },
};

static int
is_low_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static int
bucket_chars_ok(const char *bucket, size_t len)
{
	size_t i;

	if (len < 3 || len > 63 || !is_low_alnum(bucket[0]) || !is_low_alnum(bucket[len - 1]))
		return 0;
	for (i = 0; i < len; i++)
		if (!is_low_alnum(bucket[i]) && bucket[i] != '.' && bucket[i] != '-')
			return 0;
	/* would be a host name with an empty label, or an address */
	return strstr(bucket, "..") == NULL &&
	    (strchr(bucket, '.') == NULL || strspn(bucket, "0123456789.") < len);
}

int
s3uri_bucket_ok(const char *bucket, struct s3jit_err *err)
{
	size_t len = strlen(bucket), n, i;

	if (!bucket_chars_ok(bucket, len))
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%.80s\" is no bucket name: 3 to 63 of a-z 0-9 . - (no ARN, no access point)",
		    bucket);
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		n = strlen(special[i].suffix);
		if (len >= n && strcmp(bucket + len - n, special[i].suffix) == 0)
			return s3jit_fail(err, S3JIT_EUSAGE,
			    "%s is the name of %s; s3jit knows general purpose buckets only", bucket,
			    special[i].what);
	}
	return 0;
}

int
s3uri_key_ok(const char *key, struct s3jit_err *err)
{
	const char *p = key;
	uint32_t cp;
	size_t n;

	if (*key == '\0')
		return s3jit_fail(err, S3JIT_EUSAGE, "the key is empty");
	for (; *p != '\0'; p += n) {
		if ((n = utf8_next(&cp, p)) == 0)
			return s3jit_fail(err, S3JIT_EUSAGE, "the key is not valid UTF-8");
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			return s3jit_fail(err, S3JIT_EUSAGE,
			    "the key has a control character, which s3jit refuses");
	}
	if (p - key > KEY_MAX)
		return s3jit_fail(err, S3JIT_EUSAGE, "the key is longer than %d bytes", KEY_MAX);
	return 0;
}

bool
s3uri_looks_like(const char *text)
{
	return strncmp(text, "s3://", 5) == 0;
}

int
s3uri_parse(struct s3uri *u, const char *text, struct s3jit_err *err)
{
	size_t len;

	memset(u, 0, sizeof(*u));
	if (!s3uri_looks_like(text))
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%.80s\" does not begin with s3://", text);
	text += 5;
	len = strcspn(text, "/");
	if ((u->bucket = strndup(text, len)) == NULL ||
	    (u->key = strdup(text[len] == '/' ? text + len + 1 : "")) == NULL) {
		s3jit_fail_errno(err, "malloc");
		goto fail;
	}
	if (s3uri_bucket_ok(u->bucket, err) == -1)
		goto fail;
	if (u->key[0] != '\0' && s3uri_key_ok(u->key, err) == -1)
		goto fail;
	return 0;
fail:
	s3uri_clear(u);
	return -1;
}

void
s3uri_clear(struct s3uri *u)
{
	free(u->bucket);
	free(u->key);
	memset(u, 0, sizeof(*u));
}

char *
s3uri_permission(const char *verb, const char *bucket, const char *key)
{
	size_t head = strlen(verb) + strlen(" s3:///") + strlen(bucket);
	char *out = malloc(head + 3 * strlen(key) + 1), *to;

	if (out == NULL)
		return NULL;
	to = out + sprintf(out, "%s s3://%s/", verb, bucket);
	for (; *key != '\0'; key++) {
		if (*key == '*' || *key == '%')
			to += sprintf(to, "%%%02X", (unsigned char)*key);
		else
			*to++ = *key;
	}
	*to = '\0';
	return out;
}
