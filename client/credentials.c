/*
 * credentials.c - the JSON that AWS SDKs expect from a credential_process.
 *
 * Runs in s3jit-credentials.  Written by hand and not by the JSON library,
 * so that no copy of a secret stays behind in memory that we cannot wipe.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"

#include "credentials.h"

/* Only what stands for itself inside a JSON string. */
static int
plain(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (s == NULL || *s == '\0')
		return 0;
	for (; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '"' || *p == '\\')
			return 0;
	return 1;
}

int
credentials_json(char **json, const struct msg_credentials *c, struct s3jit_err *err)
{
	static const char form[] = "{\"Version\":1,\"AccessKeyId\":\"%s\","
	    "\"SecretAccessKey\":\"%s\",\"SessionToken\":\"%s\",\"Expiration\":\"%s\"}\n";
	char until[CLOCK_TEXT];
	size_t size;

	*json = NULL;
	if (!plain(c->access_key_id) || !plain(c->secret_access_key) || !plain(c->session_token) ||
	    c->expiration <= 0)
		return s3jit_fail(err, S3JIT_EPROTO, "the broker sent credentials of an unknown form");
	size = sizeof(form) + strlen(c->access_key_id) + strlen(c->secret_access_key) +
	    strlen(c->session_token) + CLOCK_TEXT;
	if ((*json = malloc(size)) == NULL)
		return s3jit_fail_errno(err, "credentials");
	snprintf(*json, size, form, c->access_key_id, c->secret_access_key, c->session_token,
	    clock_iso(until, c->expiration));
	return 0;
}

int
credentials_write(int fd, const char *text, struct s3jit_err *err)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return s3jit_fail_errno(err, "the reader of the credentials went away");
		text += n;
		left -= (size_t)n;
	}
	return 0;
}
