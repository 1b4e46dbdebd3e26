/*
 * identity.c - a person's name as STS SourceIdentity: injective (W10), pure.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "s3jit/policy.h"

#define IDENTITY_MAX 64

/* What AWS takes, without `=`, which begins our escapes. */
static const char plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_,.@+-";

int
source_identity(char out[65], const char *person, struct s3jit_err *err)
{
	size_t at = 0, need;
	const char *p;

	out[0] = '\0';
	if (*person == '\0')
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "a person without a name");
	for (p = person; *p != '\0'; p++) {
		need = strchr(plain, *p) != NULL ? 1 : 3;
		if (at + need > IDENTITY_MAX) {
			out[0] = '\0';
			/* never cut: two people would become one */
			return s3jit_fail(err, S3JIT_ENOTALLOWED,
			    "the name \"%.32s...\" is too long for AWS (%d characters, strange ones "
			    "count three times)", person, IDENTITY_MAX);
		}
		if (need == 1)
			out[at] = *p;
		else
			snprintf(out + at, 4, "=%02X", (unsigned char)*p);
		at += need;
	}
	if (at == 1)	/* AWS wants two at least; no escape ends like this */
		out[at++] = '=';
	out[at] = '\0';
	return 0;
}
