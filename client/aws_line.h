/*
 * aws_line.h - a command line of the AWS CLI while it is read: first its words,
 * then the places that they name.  Shared by aws_words.c, aws_places.c and
 * aws_grammar.c only.
 */
#ifndef CLIENT_AWS_LINE_H
#define CLIENT_AWS_LINE_H

#include "aws_table.h"
#include "s3jit/err.h"
#include "s3jit/s3uri.h"

#define AWS_WORDS	2	/* no command takes more that are no options */
#define AWS_SHOWN	60	/* of a word, in a message */

/* What is offered instead of a line that is refused. */
enum aws_offer { OFFER_ALLOW, OFFER_NOTHING, OFFER_PLAIN };

struct aws_line {
	int argc, at;
	char *const *argv;
	const char *service;
	const struct aws_command *command;
	bool seen[AWS_OPTIONS];
	int said;
	const char *bucket, *key, *prefix, *copy_source;
	const char *words[AWS_WORDS];
	int n, last;			/* how many words; where the last one stood */
	struct s3uri uri[PLACES];
	bool has[PLACES];		/* that place is in S3 */
	bool folder[PLACES];		/* all below it */
	bool refused, lost;		/* lost: the rest can't be told */
	enum aws_offer offer;
	struct s3jit_err *err;
};

/* Refuse it; the first complaint counts. */
void aws_refuse(struct aws_line *, enum aws_offer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Options and words, by the tables.  False: nothing can be told about the rest. */
bool aws_words_read(struct aws_line *);
/* The places that they name; false: nothing can be told about them. */
bool aws_places_read(struct aws_line *);

/* Is that key the beginning of others, as in "" and "FOLDER/"? */
bool aws_ends_open(const char *key);

#endif
