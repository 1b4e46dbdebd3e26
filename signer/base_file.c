/*
 * base_file.c - the signer's own AWS keys from a file.
 *
 * Runs in s3jit-signer.  Errors name the line, never what stands in it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "config/trusted.h"
#include "s3jit/escape.h"

#include "base.h"

#define FILE_MAX (KEYS_TOKEN_MAX + 4096)

enum { ACCESS_KEY_ID, SECRET, TOKEN, NAMES };

static const char *const names[NAMES] = {
	"aws_access_key_id", "aws_secret_access_key", "aws_session_token",
};

/* Cut blanks off both ends, in place. */
static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		s[--n] = '\0';
	return s;
}

static int
take_line(char *line, int nr, const char *path, const char *value[NAMES], struct s3jit_err *err)
{
	char *equals = strchr(line, '=');
	int i;

	if (equals == NULL)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s:%d: expected NAME = VALUE", path, nr);
	*equals = '\0';
	line = trim(line);
	for (i = 0; i < NAMES && strcmp(line, names[i]) != 0; i++)
		;
	if (i == NAMES)
		return 0;	/* region, output, ...: not ours */
	if (value[i] != NULL)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s:%d: %s is said twice", path, nr, names[i]);
	value[i] = trim(equals + 1);
	if (!escape_is_word(value[i]))
		return s3jit_fail(err, S3JIT_EUSAGE, "%s:%d: %s has no value, or one with blanks", path,
		    nr, names[i]);
	return 0;
}

int
base_parse_file(struct keys **out, char *text, size_t len, const char *path,
    struct s3jit_err *err)
{
	const char *value[NAMES] = { NULL };
	char *line, *next = text;
	int nr = 0;
	bool ours = false;

	*out = NULL;
	if (memchr(text, '\0', len) != NULL)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s: not a text file", path);
	while ((line = strsep(&next, "\n")) != NULL) {
		nr++;
		line = trim(line);
		if (*line == '\0' || *line == '#' || *line == ';')
			continue;
		if (*line == '[')
			ours = strcmp(line, "[default]") == 0;
		else if (ours && take_line(line, nr, path, value, err) == -1)
			return -1;
	}
	if (value[ACCESS_KEY_ID] == NULL || value[SECRET] == NULL)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%s: expected aws_access_key_id and aws_secret_access_key below [default]", path);
	return keys_new(out, value[ACCESS_KEY_ID], value[SECRET],
	    value[TOKEN] == NULL ? "" : value[TOKEN], 0, err);
}

int
base_read_file(struct keys **out, const char *path, struct s3jit_err *err)
{
	size_t len;
	char *text;
	int ret;

	*out = NULL;
	/* our own uid may own it: systemd's credentials do on some versions */
	if (trusted_read(&text, &len, path, FILE_MAX, TRUSTED_SELF | TRUSTED_PRIVATE, err) == -1)
		return -1;
	ret = base_parse_file(out, text, len, path, err);
	explicit_bzero(text, len);
	free(text);
	return ret;
}
