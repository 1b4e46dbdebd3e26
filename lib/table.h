/*
 * table.h - shorthand for the tables of codec.h, and what is reasonable.
 *
 * The names in JSON are the names of the C members.
 */
#ifndef LIB_TABLE_H
#define LIB_TABLE_H

#include <stddef.h>

#include "s3jit/codec.h"
#include "s3jit/permission.h"

#define STR(s, m, max)		{ #m, F_STR, offsetof(s, m), max, false, NULL }
#define OPT_STR(s, m, max)	{ #m, F_STR, offsetof(s, m), max, true, NULL }
#define SECRET(s, m, max)	{ #m, F_SECRET, offsetof(s, m), max, false, NULL }
#define INT(s, m)		{ #m, F_INT, offsetof(s, m), 0, false, NULL }
#define OPT_INT(s, m)		{ #m, F_INT, offsetof(s, m), 0, true, NULL }
#define BOOL(s, m)		{ #m, F_BOOL, offsetof(s, m), 0, false, NULL }
#define STRV(s, m, max)		{ #m, F_STRV, offsetof(s, m), max, false, NULL }
#define OPT_STRV(s, m, max)	{ #m, F_STRV, offsetof(s, m), max, true, NULL }
#define LIST(s, m, max, sub)	{ #m, F_LIST, offsetof(s, m), max, false, sub }
#define OPT_OBJ(s, m, sub)	{ #m, F_OBJ, offsetof(s, m), 0, true, sub }
#define OBJ(s, m, sub)		{ #m, F_OBJ, offsetof(s, m), 0, false, sub }
#define END			{ NULL, F_STR, 0, 0, false, NULL }

#define MAX_ID		64	/* ids, nonces, words, digests in hex */
#define MAX_NAME	256	/* people, hosts, rules */
#define MAX_TEXT	4096	/* sentences: reasons, errors */
#define MAX_PATH	4096
#define MAX_ARN		2048
#define MAX_ARGV	4096
#define MAX_OBJECTS	1000
#define MAX_PARTS	4000
#define MAX_QUORUM	64
#define MAX_PEOPLE	1000	/* approvers, votes */
#define MAX_PAIRS	64	/* query, headers */
#define MAX_RULES	256
#define MAX_RULE_SCOPE	256	/* `allow` of a rule or baseline */
#define MAX_KEY		1024	/* of an object: S3's limit */
#define MAX_URL		8192	/* every byte of a key and query as %XX */
#define MAX_RECORDS	500	/* of the log, in a page */
#define MAX_REQUESTS	1000	/* in a list */
#define MAX_SECRET	0	/* CODEC_STR_MAX: a session token has no fixed size */

#endif
