/*
 * duration.c - durations as people type them; pure.
 *
 * Linked into programs of people and, for s3jit.conf, into the daemons:
 * libconfuse would read "010" as 8.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "s3jit/duration.h"

static const struct {
	char letter;
	int64_t seconds;
} units[] = {
	{ 'w', 7 * 24 * 3600 },
	{ 'd', 24 * 3600 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
};
#define UNITS (sizeof(units) / sizeof(units[0]))

static int
refuse(const char *text, struct s3jit_err *err)
{
	return s3jit_fail(err, S3JIT_EUSAGE,
	    "\"%.32s\" is no length of time: write 90s, 15m, 1h30m or 2h", text);
}

static int
too_long(const char *text, struct s3jit_err *err)
{
	return s3jit_fail(err, S3JIT_EUSAGE, "\"%.32s\" is too long: a week (1w) is the most", text);
}

int
duration_parse(int64_t *seconds, const char *text, struct s3jit_err *err)
{
	const char *p = text;
	int64_t total = 0, n;
	size_t unit = 0;

	do {
		if (*p < '1' || *p > '9')	/* no sign, no blank, no leading zero */
			return refuse(text, err);
		for (n = 0; *p >= '0' && *p <= '9'; p++) {
			n = n * 10 + (*p - '0');
			if (n > DURATION_MAX)
				return too_long(text, err);
		}
		while (unit < UNITS && units[unit].letter != *p)
			unit++;
		if (unit == UNITS)
			return refuse(text, err);
		total += n * units[unit++].seconds;
		if (total > DURATION_MAX)
			return too_long(text, err);
		p++;
	} while (*p != '\0');
	*seconds = total;
	return 0;
}

const char *
duration_format(char buf[DURATION_TEXT], int64_t seconds)
{
	size_t at = 0, i;

	snprintf(buf, DURATION_TEXT, "0s");
	for (i = 0; i < UNITS && seconds > 0; i++) {
		int64_t n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (n > 0 && at < DURATION_TEXT)
			at += (size_t)snprintf(buf + at, DURATION_TEXT - at, "%lld%c", (long long)n,
			    units[i].letter);
	}
	return buf;
}

int64_t
duration_warning(int64_t length)
{
	if (length < 20)
		return 0;
	return length < 4 * 60 ? length / 4 : 60;
}
