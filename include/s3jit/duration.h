/*
 * duration.h - "90s", "15m", "1h30m", "2h": seconds, as people type them.
 */
#ifndef S3JIT_DURATION_H
#define S3JIT_DURATION_H

#include <stdint.h>

#include "err.h"

/* A week: nothing in s3jit lasts longer, and sums of two never overflow. */
#define DURATION_MAX (7 * 24 * 3600)

/*
 * Units w d h m s, each at most once and falling; no sign, no blanks, no bare
 * number, no leading zero ("010" is refused, never octal).  1 to DURATION_MAX.
 */
int duration_parse(int64_t *seconds, const char *text, struct s3jit_err *);

#define DURATION_TEXT 32
/* "15m", "1h30m", "45s".  Returns buf.  Zero is "0s". */
const char *duration_format(char buf[DURATION_TEXT], int64_t seconds);

/*
 * How long before the end of a grant of this length its holder is told: a
 * minute; a quarter of what is shorter than four; 0 = under 20 s it is not worth
 * a line.
 */
int64_t duration_warning(int64_t length);

#endif
