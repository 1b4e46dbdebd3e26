/*
 * options.h - options and help from tables.
 *
 * No abbreviations, nothing given twice unless it is a list, nothing unknown.
 */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "s3jit/codec.h"

enum option_kind {
	OPTION_FLAG,		/* bool */
	OPTION_TEXT,		/* const char *, into argv */
	OPTION_LIST,		/* struct strv, copies */
	OPTION_DURATION,	/* int64_t seconds */
	OPTION_TIME		/* int64_t wall time, "2026-05-03" or "2026-05-03T12:00:00Z" */
};

struct option {
	char letter;		/* 0 = none */
	const char *name;	/* without dashes; NULL ends a table */
	enum option_kind kind;
	size_t off;		/* in the struct they are read into */
	const char *value;	/* what help calls it; NULL for a flag */
	const char *help;
};

/* One verb of a program, or the program itself. */
struct subcommand {
	const char *name;	/* NULL ends a table */
	const char *args;	/* "FILE... s3://BUCKET/KEY" */
	const char *summary;	/* one line, begins with a capital, ends with a full stop */
	const struct option *options;
	int min, max;		/* words after the options; max -1 = any number */
	bool command;		/* the words are a command: the first one ends the options */
	const char *const *examples;	/* NULL-terminated */
	int (*run)(void *app, int argc, char **argv);
};

/*
 * Read options into `to` (zeroed by the caller), leaving the other words in
 * *argv_out (into argv, NULL-terminated, caller frees the array).  *help is
 * set by --help or -h.  EUSAGE with a sentence.
 */
int options_read(const struct subcommand *, void *to, bool *help, int argc, char **argv,
    int *argc_out, char ***argv_out, struct s3jit_err *);

const struct subcommand *verb_find(const struct subcommand *, const char *name);
/* The verb that was meant, if this is a slip of the fingers; or NULL. */
const char *verb_closest(const struct subcommand *, const char *typed);

/*
 * --help, help, help VERB and --version, the same in each program: true when
 * that was asked for, and is said.
 */
bool options_common(const char *program, int argc, char **argv, const struct subcommand *,
    const char *intro, const char *outro, int *status);

/* "usage: PROGRAM VERB ARGS", options, examples. */
void verb_help(FILE *, const char *program, const struct subcommand *);
/* All verbs, one line each, between two texts. */
void verbs_help(FILE *, const char *program, const char *intro, const struct subcommand *,
    const char *outro);

#endif
