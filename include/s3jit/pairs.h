/*
 * pairs.h - lists of name_value (proto.h): queries, headers, forms.
 */
#ifndef S3JIT_PAIRS_H
#define S3JIT_PAIRS_H

#include "codec.h"

/* Append a copy of name and value; -1 only without memory. */
int pairs_add(struct list *, const char *name, const char *value);
/* The value of the first of that name, or NULL. */
const char *pairs_get(const struct list *, const char *name);
void pairs_clear(struct list *);	/* wipes, as codec_clear() does */

#endif
