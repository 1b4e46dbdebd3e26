/*
 * options.c - options and help from tables.
 *
 * Linked into s3-sudo-client, s3-approve and s3-audit.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"

#include "options.h"

#define WORD_CLOSE	24	/* no word of ours is as long */

struct reader {
	const struct subcommand *verb;
	unsigned char *to;
	bool *help;
	unsigned long seen;	/* one bit for each option of the table */
	int argc;
	char **argv;
	int at;
};

static int
time_read(int64_t *to, const char *text, struct s3jit_err *err)
{
	char whole[CLOCK_TEXT + 8];

	snprintf(whole, sizeof(whole), "%.20s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
	if (strlen(text) > 20 || clock_parse_iso(to, whole) == -1)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%.40s\": a time in UTC is wanted: 2026-05-03 or 2026-05-03T12:00:00Z", text);
	return 0;
}

static int
value_store(struct reader *r, const struct option *o, const char *value, struct s3jit_err *err)
{
	void *to = r->to + o->off;
	int ret = 0;

	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)to = true;
		break;
	case OPTION_TEXT:
		*(const char **)to = value;
		break;
	case OPTION_LIST:
		if (strv_push(to, value) == -1)
			ret = s3jit_fail_errno(err, "options");
		break;
	case OPTION_DURATION:
		ret = duration_parse(to, value, err);
		break;
	case OPTION_TIME:
		ret = time_read(to, value, err);
		break;
	}
	return ret == -1 ? s3jit_fail_prefix(err, "--%s", o->name) : 0;
}

/* `value` is what stood in the same word, or NULL. */
static int
option_take(struct reader *r, const struct option *o, const char *value, struct s3jit_err *err)
{
	unsigned long bit = 1UL << (o - r->verb->options);

	if (o->kind == OPTION_FLAG && value != NULL)
		return s3jit_fail(err, S3JIT_EUSAGE, "--%s takes no value", o->name);
	if ((r->seen & bit) != 0 && o->kind != OPTION_LIST)
		return s3jit_fail(err, S3JIT_EUSAGE, "--%s is given twice", o->name);
	r->seen |= bit;
	if (o->kind != OPTION_FLAG && value == NULL) {
		if (r->at == r->argc)
			return s3jit_fail(err, S3JIT_EUSAGE, "--%s wants %s", o->name, o->value);
		value = r->argv[r->at++];
	}
	return value_store(r, o, value, err);
}

/* How many letters must be changed, put in or left out; words of ours are short. */
static size_t
distance(const char *a, size_t a_len, const char *b)
{
	size_t i, j, b_len = strlen(b), left, up, row[WORD_CLOSE];

	if (a_len >= WORD_CLOSE || b_len >= WORD_CLOSE)
		return WORD_CLOSE;
	for (j = 0; j <= b_len; j++)
		row[j] = j;
	for (i = 1; i <= a_len; i++) {
		left = row[0];		/* of the row above, until it is written over */
		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			up = row[j];
			row[j] = left + (a[i - 1] != b[j - 1]);
			if (up + 1 < row[j])
				row[j] = up + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			left = up;
		}
	}
	return row[b_len];
}

/* Is this a slip of the fingers for that word?  Keeps the best one so far. */
static void
closest(const char **best, size_t *away, const char *typed, size_t len, const char *word)
{
	size_t d = distance(typed, len, word);

	if (d < *away) {
		*away = d;
		*best = word;
	}
}

static int
no_option(const struct subcommand *v, const char *word, size_t len, struct s3jit_err *err)
{
	size_t away = len < 5 ? 2 : 3;	/* fewer than so many letters */
	const char *best = NULL;
	const struct option *o;

	for (o = v->options; o->name != NULL; o++)
		closest(&best, &away, word, len, o->name);
	return s3jit_fail(err, S3JIT_EUSAGE, "there is no option --%.*s here%s%s%s", (int)len, word,
	    best == NULL ? "" : "; is --", best == NULL ? "" : best, best == NULL ? "" : " meant?");
}

static int
long_option(struct reader *r, const char *word, struct s3jit_err *err)
{
	size_t len = strcspn(word, "=");
	const struct option *o;

	if (strcmp(word, "help") == 0) {
		*r->help = true;
		return 0;
	}
	for (o = r->verb->options; o->name != NULL; o++)
		if (strlen(o->name) == len && strncmp(o->name, word, len) == 0)
			return option_take(r, o, word[len] == '=' ? word + len + 1 : NULL, err);
	return no_option(r->verb, word, len, err);
}

static int
short_options(struct reader *r, const char *letters, struct s3jit_err *err)
{
	const struct option *o;

	for (; *letters != '\0'; letters++) {
		if (*letters == 'h') {
			*r->help = true;
			continue;
		}
		for (o = r->verb->options; o->name != NULL; o++)
			if (o->letter == *letters)
				break;
		if (o->name == NULL)
			return s3jit_fail(err, S3JIT_EUSAGE, "there is no option -%c here", *letters);
		if (o->kind != OPTION_FLAG)
			return option_take(r, o, letters[1] != '\0' ? letters + 1 : NULL, err);
		if (option_take(r, o, NULL, err) == -1)
			return -1;
	}
	return 0;
}

static int
words_count(const struct subcommand *v, int n, struct s3jit_err *err)
{
	if (n < v->min)
		return s3jit_fail(err, S3JIT_EUSAGE, "something is missing: %s %s", v->name, v->args);
	if (v->max == 0 && n > 0 && v->args[0] == '\0')
		return s3jit_fail(err, S3JIT_EUSAGE, "%s takes options only, and no other words",
		    v->name);
	if (v->max != -1 && n > v->max)
		return s3jit_fail(err, S3JIT_EUSAGE, "that is more than %s takes: %s %s", v->name,
		    v->name, v->args);
	return 0;
}

int
options_read(const struct subcommand *v, void *to, bool *help, int argc, char **argv, int *argc_out,
    char ***argv_out, struct s3jit_err *err)
{
	struct reader r = { v, to, help, 0, argc, argv, 0 };
	bool options = true;
	const char *word;
	char **words;
	int n = 0, ret = 0;

	*help = false;
	*argv_out = NULL;
	if ((words = calloc((size_t)argc + 1, sizeof(*words))) == NULL)
		return s3jit_fail_errno(err, "options");
	while (ret == 0 && r.at < argc) {
		word = argv[r.at++];
		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (options && strncmp(word, "--", 2) == 0) {
			ret = long_option(&r, word + 2, err);
		} else if (options && word[0] == '-' && word[1] != '\0') {
			ret = short_options(&r, word + 1, err);
		} else {
			words[n++] = argv[r.at - 1];
			if (v->command)
				options = false;
		}
	}
	if (ret == 0 && !*help)
		ret = words_count(v, n, err);
	if (ret == -1) {
		free(words);
		return -1;
	}
	*argc_out = n;
	*argv_out = words;
	return 0;
}

const struct subcommand *
verb_find(const struct subcommand *v, const char *name)
{
	for (; v->name != NULL; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

const char *
verb_closest(const struct subcommand *v, const char *typed)
{
	size_t len = strlen(typed), away = len < 5 ? 2 : 3;
	const char *best = NULL;

	for (; v->name != NULL; v++)
		closest(&best, &away, typed, len, v->name);
	return best;
}

void
verb_help(FILE *f, const char *program, const struct subcommand *v)
{
	const struct option *o;
	const char *const *e;
	char left[64];

	fprintf(f, "usage: %s%s%s%s%s\n\n%s\n", program, v->name[0] != '\0' ? " " : "", v->name,
	    v->args[0] != '\0' ? " " : "", v->args, v->summary);
	fputs("\nOptions:\n", f);
	for (o = v->options; o->name != NULL; o++) {
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter != 0 ? '-' : ' ',
		    o->letter != 0 ? o->letter : ' ', o->letter != 0 ? ", " : "  ", o->name,
		    o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
		fprintf(f, "  %-24s %s\n", left, o->help);
	}
	fprintf(f, "  %-24s %s\n", "-h, --help", "show this");
	if (v->examples != NULL)
		fputs("\nExamples:\n", f);
	for (e = v->examples; e != NULL && *e != NULL; e++)
		fprintf(f, "  %s\n", *e);
}

void
verbs_help(FILE *f, const char *program, const char *intro, const struct subcommand *v,
    const char *outro)
{
	fprintf(f, "%s\n", intro);
	for (; v->name != NULL; v++) {
		if (v->summary[0] == '\0')
			continue;
		fprintf(f, "  %s %s%s%s\n      %s\n", program, v->name, v->args[0] != '\0' ? " " : "",
		    v->args, v->summary);
	}
	fprintf(f, "\n%s", outro);
}

bool
options_common(const char *program, int argc, char **argv, const struct subcommand *verbs,
    const char *intro, const char *outro, int *status)
{
	const struct subcommand *v = NULL;

	*status = 0;
	if (argc < 2)
		return false;
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		*status = printf("%s " PACKAGE_VERSION "\n", program) < 0 || fflush(stdout) == EOF;
		return true;
	}
	if (strcmp(argv[1], "--help") != 0 && strcmp(argv[1], "-h") != 0 &&
	    strcmp(argv[1], "help") != 0)
		return false;
	if (argc == 3 && (v = verb_find(verbs, argv[2])) != NULL)
		verb_help(stdout, program, v);
	else
		verbs_help(stdout, program, intro, verbs, outro);
	*status = fflush(stdout) == EOF;
	return true;
}
