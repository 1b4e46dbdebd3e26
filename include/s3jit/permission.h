/*
 * permission.h - verb + resource, one string everywhere.
 *
 *	put s3://prod-reports/2026/report.csv	exactly that key
 *	put s3://prod-reports/2026/		everything below
 *	put s3://prod-reports/			the whole bucket
 *	put s3://prod-reports/2026/q*		rules only: `*` as last character
 *	list s3://prod-*			rules only: buckets by prefix, all keys
 *	create-bucket s3://prod-new/		a bucket itself, of which nothing is a part
 *
 * In rules, `*` alone in the bucket's place is all buckets.
 *
 * In a key `%2A` is a literal `*` and `%25` a literal `%`; no other %XX is
 * read.  Buckets obey AWS-FACTS 5 (^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$);
 * access points, ARNs and directory buckets (--x-s3) are refused.  Keys are
 * 1 to 1024 bytes of UTF-8 without control characters; under a permission for
 * exactly one key they are printable ASCII (DESIGN 3, "Wire").
 */
#ifndef S3JIT_PERMISSION_H
#define S3JIT_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum verb {
	VERB_LIST, VERB_GET, VERB_PUT, VERB_DELETE, VERB_DELETE_VERSION,
	VERB_TAG, VERB_RESTORE, VERB_CREATE_BUCKET, VERB_DELETE_BUCKET,
	VERBS			/* how many there are */
};

/* "put", ...; never NULL. */
const char *verb_name(enum verb);
/* The IAM actions of a verb on objects, NULL-terminated (AWS-FACTS 6). */
const char *const *verb_object_actions(enum verb);
/* Those on the bucket itself, NULL-terminated, often empty. */
const char *const *verb_bucket_actions(enum verb);
/* Is it about whole buckets, so that no key can stand behind them? */
bool verb_has_no_key(enum verb);
/* The verb of a word, or -1. */
int verb_from_name(const char *);

struct permission {
	enum verb verb;
	char *bucket;		/* decoded; without its `*` */
	bool bucket_open;	/* ended in `*`: all buckets that begin so */
	char *key;		/* decoded; "" = everything in the bucket */
	bool key_open;		/* trailing `/`, `*`, or no key: all that begin so */
};

/*
 * Parse a permission.  `rule` is true in the rules file, where a trailing `*`
 * is allowed; elsewhere `*` is refused with a hint.  On failure *p is zeroed
 * and needs no free.
 */
int permission_parse(struct permission *, const char *text, bool rule, struct s3jit_err *);
void permission_clear(struct permission *);

/* The canonical string; parsing it gives the same permission.  Caller frees. */
char *permission_text(const struct permission *);

/* Is every single request that `wanted` allows allowed by `have`, too? */
bool permission_covers(const struct permission *have, const struct permission *wanted);

/* Does this permission allow `verb` on exactly this bucket and key? */
bool permission_allows(const struct permission *, enum verb, const char *bucket, const char *key);

/* A set of permissions, sorted by text and without duplicates or members that another covers. */
struct scope {
	struct permission *v;
	size_t n;
};

/* At most this many in a request; more would not fit a session policy anyway. */
#define SCOPE_MAX 32

int scope_parse(struct scope *, const char *const *texts, size_t n, bool rule, struct s3jit_err *);
void scope_clear(struct scope *);
/* Is each of `wanted` covered by one of `have`?  *missing (may be NULL): the first that is not. */
bool scope_covers(const struct scope *have, const struct scope *wanted,
    const struct permission **missing);

#endif
