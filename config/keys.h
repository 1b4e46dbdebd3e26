/*
 * keys.h - the keys of s3jit.conf, one table per kind of section.
 *
 * A line says how a value is read and where it goes; config.c makes both the
 * parser's list of options and the reading from it.
 */
#ifndef S3JIT_CONFIG_KEYS_H
#define S3JIT_CONFIG_KEYS_H

#include <stddef.h>

#include "internal.h"

enum need { OPTIONAL, REQUIRED };

struct key;
/*
 * Read the `n` values of a key (1 unless it is a list) into the struct at
 * `to`.  The error is a bare sentence; the caller knows the place.
 */
typedef int key_read(const struct key *, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *);

struct key {
	const char *name;	/* NULL ends the table */
	enum need need;
	bool list;
	key_read *read;
	size_t off;		/* of the member, in the section's struct */
	int (*check)(const char *, struct s3jit_err *);	/* for texts */
	int64_t low, high;	/* for durations and counts */
};

extern const struct key global_keys[];		/* struct config */
extern const struct key aws_keys[];		/* struct aws_conf */
extern const struct key baseline_keys[];	/* struct baseline */
extern const struct key rule_keys[];		/* struct rule */

#endif
