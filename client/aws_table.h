/*
 * aws_table.h - the words of the AWS CLI that s3-sudo understands, and what
 * each means for the permissions.  Read by aws_words.c and
 * aws_grammar.c.
 */
#ifndef CLIENT_AWS_TABLE_H
#define CLIENT_AWS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s3jit/permission.h"

/* One bit for each command. */
enum {
	S3_CP = 1 << 0, S3_MV = 1 << 1, S3_SYNC = 1 << 2, S3_RM = 1 << 3, S3_LS = 1 << 4,
	S3_COPIES = S3_CP | S3_MV | S3_SYNC,

	PUT_OBJECT = 1 << 5, COPY_OBJECT = 1 << 6, DELETE_OBJECT = 1 << 7,
	GET_OBJECT = 1 << 8, HEAD_OBJECT = 1 << 9,
	LIST_V1 = 1 << 10, LIST_V2 = 1 << 11, LIST_VERSIONS = 1 << 12,
	PARTS_BEGIN = 1 << 13, PART_PUT = 1 << 14, PART_COPY = 1 << 15,
	PARTS_END = 1 << 16, PARTS_ABORT = 1 << 17, PARTS_LIST = 1 << 18,
	GET_TAGS = 1 << 19, PUT_TAGS = 1 << 20, DELETE_TAGS = 1 << 21,
	RESTORE_OBJECT = 1 << 22,
	S3_MB = 1 << 23, S3_RB = 1 << 24, CREATE_BUCKET = 1 << 25, DELETE_BUCKET = 1 << 26,
	BUCKETS = S3_MB | S3_RB | CREATE_BUCKET | DELETE_BUCKET,
	WRITES = PUT_OBJECT | COPY_OBJECT | PARTS_BEGIN,
	READS = GET_OBJECT | HEAD_OBJECT,
	LISTS = LIST_V1 | LIST_V2 | LIST_VERSIONS,
	COPIES = COPY_OBJECT | PART_COPY,
	PARTS = PART_PUT | PART_COPY | PARTS_END | PARTS_ABORT | PARTS_LIST,
	API = LISTS | READS | WRITES | PARTS | DELETE_OBJECT | GET_TAGS | PUT_TAGS | DELETE_TAGS |
	    RESTORE_OBJECT | CREATE_BUCKET | DELETE_BUCKET,
	ANYWHERE = -1		/* options of `aws` itself */
};

/* What a command line said that makes a difference. */
enum {
	SAID_RECURSIVE = 1 << 0,	/* all below a folder; always so for sync; rb --force */
	SAID_DELETE = 1 << 1,		/* sync --delete */
	SAID_DRYRUN = 1 << 2,
	SAID_KEEPS_TAGS = 1 << 3,	/* an S3 to S3 copy that takes the tags along */
	SAID_TAGGING = 1 << 4,		/* tags are given */
	SAID_VERSION = 1 << 5,
	SAID_OTHER_PROPS = 1 << 6,	/* --copy-props none | metadata-directive */
	SAID_DIRECTIVE = 1 << 7,	/* --metadata-directive, which switches --copy-props off */
	SAID_NEW_TAGS = 1 << 8		/* --tagging-directive REPLACE */
};

enum aws_place { FROM, TO, PLACES };

struct aws_command {
	const char *service, *name;	/* a `*` at its end: all that begin so */
	int bit;
	enum aws_place place;		/* s3api: which one --bucket and --key name */
	int words;			/* that are no options: exactly so many */
	const char *refused;		/* why this can't be, whatever stands behind it; or NULL */
};

enum aws_takes { FLAG, VALUE, MAYBE };

enum aws_effect {
	PLAIN,			/* changes nothing about who may do what where */
	SAYS,			/* sets the bits `said` */
	WORD,			/* one of "A|B|-|C"; those before the `-` set `said` */
	REGION,			/* becomes part of a host name */
	NUMBER,
	BUCKET, KEY, PREFIX, COPY_SOURCE,	/* read by aws_places.c */
	RESTORE, LOCATION,	/* "Days=N" and how fast; "LocationConstraint=REGION" */
	AWAY,			/* leads elsewhere; `text` says how.  Only with --allow */
	NEVER,			/* `text` says why nothing of ours allows it */
	NO_ACCESS		/* needs none at all */
};

struct aws_option {
	const char *name;	/* with its dashes */
	int commands;
	enum aws_takes takes;
	enum aws_effect effect;
	int said;
	const char *text;
};

/* A permission that commands need when they said all of `when` and none of `unless`. */
struct aws_need {
	int commands;
	enum verb verb;
	enum aws_place place;
	int when, unless;
};

extern const struct aws_command aws_commands[];	/* ended by a service NULL */
extern const struct aws_option aws_options[];	/* ended by a name NULL */
extern const struct aws_need aws_needs[];	/* ended by commands 0 */

#define AWS_OPTIONS 128		/* more than there are */

#endif
