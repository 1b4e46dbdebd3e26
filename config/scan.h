/*
 * scan.h - a look at s3jit.conf before libconfuse gets it (F2).
 *
 * libconfuse 3.3 lets a repeated key silently win, accepts a file that ends
 * inside a section, drops characters that it can't place, expands ${VAR}
 * from the environment and remembers no line per key.  The scan knows only
 * words, strings, `=`, `,`, braces and `#` comments; it refuses all else and
 * keeps where each key stands.
 */
#ifndef S3JIT_SCAN_H
#define S3JIT_SCAN_H

#include <stddef.h>

#include "s3jit/err.h"

#define SCAN_WORD 32		/* longest key, and its NUL */

struct scan_key {
	char name[SCAN_WORD];
	int section;		/* index into sections; -1 outside of any */
	int line;
};

struct scan_section {
	char name[SCAN_WORD];
	int nth;		/* of this name, from 0 */
	int line;
	const char *title;	/* into the text as it stands there, or NULL */
	size_t title_len;
};

struct scan {
	struct scan_key *keys;
	size_t nkeys;
	struct scan_section *sections;
	size_t nsections;
};

/* Error: "FILE:LINE: ...".  *out needs scan_clear() in any case. */
int scan_text(struct scan *out, const char *file, const char *text, size_t len,
    struct s3jit_err *);
void scan_clear(struct scan *);

/* The index of the nth section of a name, or -1. */
int scan_find(const struct scan *, const char *name, int nth);
/* Where the key stands in that section (-1: outside), or 0 if it does not. */
int scan_line(const struct scan *, int section, const char *key);

#endif
