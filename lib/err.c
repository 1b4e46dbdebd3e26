/*
 * err.c - codes, their words on the wire and their exit statuses.
 *
 * Runs everywhere, sshd and the setuid helper included: libc only, and
 * strerror() is the one call that depends on the locale (never set there).
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "s3jit/err.h"

static const struct {
	const char *word;
	int status;		/* SURFACE, "Exit codes" */
} codes[S3JIT_ECODES] = {
	[S3JIT_OK] = { "ok", 0 },
	[S3JIT_ESYS] = { "system", 1 },
	[S3JIT_EUSAGE] = { "usage", 2 },
	[S3JIT_EPROTO] = { "protocol", 114 },
	[S3JIT_ETIMEOUT] = { "timeout", 114 },
	[S3JIT_ENOTFOUND] = { "not-found", 2 },
	[S3JIT_EAMBIGUOUS] = { "ambiguous", 2 },
	[S3JIT_EBUSY] = { "busy", 114 },
	[S3JIT_ERECORD] = { "record", 114 },
	[S3JIT_EREAUTH] = { "reauth", 113 },
	[S3JIT_EDENIED] = { "denied", 110 },
	[S3JIT_ELAPSED] = { "lapsed", 111 },
	[S3JIT_EWITHDRAWN] = { "withdrawn", 112 },
	[S3JIT_ENOTALLOWED] = { "not-allowed", 113 },
	[S3JIT_EBROKER] = { "broker", 114 },
	[S3JIT_EAWS] = { "aws", 115 },
	[S3JIT_EENDED] = { "ended", 116 },
	[S3JIT_EDEADLINE] = { "deadline", 117 },
	[S3JIT_ECHANGED] = { "changed", 118 },
};

static void __attribute__((format(printf, 3, 0)))
set_text(struct s3jit_err *err, enum s3jit_code code, const char *fmt, va_list ap)
{
	err->code = code;
	if (vsnprintf(err->text, sizeof(err->text), fmt, ap) < 0)
		err->text[0] = '\0';
}

int
s3jit_fail(struct s3jit_err *err, enum s3jit_code code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	set_text(err, code, fmt, ap);
	va_end(ap);
	return -1;
}

int
s3jit_fail_errno(struct s3jit_err *err, const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;
	size_t len;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	set_text(err, S3JIT_ESYS, fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", why);
	return -1;
}

int
s3jit_fail_prefix(struct s3jit_err *err, const char *fmt, ...)
{
	char rest[S3JIT_ERR_TEXT];
	va_list ap;
	size_t len;

	if (err == NULL)
		return -1;
	memcpy(rest, err->text, sizeof(rest));
	rest[sizeof(rest) - 1] = '\0';
	va_start(ap, fmt);
	set_text(err, err->code, fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", rest);
	return -1;
}

const char *
s3jit_code_word(enum s3jit_code code)
{
	if ((unsigned int)code >= S3JIT_ECODES)
		return codes[S3JIT_EPROTO].word;
	return codes[code].word;
}

enum s3jit_code
s3jit_code_from_word(const char *word)
{
	int i;

	/* "ok" is no word for an error: a peer that sends it is broken */
	for (i = S3JIT_OK + 1; i < S3JIT_ECODES; i++)
		if (strcmp(word, codes[i].word) == 0)
			return (enum s3jit_code)i;
	return S3JIT_EPROTO;
}

int
s3jit_code_exit(enum s3jit_code code)
{
	if ((unsigned int)code >= S3JIT_ECODES)
		return codes[S3JIT_EPROTO].status;
	return codes[code].status;
}
