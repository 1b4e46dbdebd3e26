/*
 * aws_grammar.c - an AWS CLI command line, read word by word from the tables.
 *
 * The AWS CLI takes abbreviations, options in several places and values from
 * files.  This reads the one spelling of each and refuses the others, so that
 * both read the same.  After the first word that is refused it reads on, for
 * the sake of the line that it offers instead.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"
#include "s3jit/s3uri.h"

#include "aws_grammar.h"
#include "aws_table.h"

#define WORDS	2		/* no command takes more that are no options */
#define SHOWN	60		/* of a word, in a message */

enum offer { OFFER_ALLOW, OFFER_NOTHING, OFFER_PLAIN };

struct line {
	int argc, at;
	char *const *argv;
	const char *service;
	const struct aws_command *command;
	bool seen[AWS_OPTIONS];
	int said;
	const char *bucket, *key, *prefix, *copy_source;
	const char *words[WORDS];
	int n, last;			/* how many words; where the last one stood */
	struct s3uri uri[PLACES];
	bool has[PLACES];		/* that place is in S3 */
	bool folder[PLACES];		/* all below it */
	bool refused, lost;		/* lost: the rest can't be told */
	enum offer offer;
	struct s3jit_err *err;
};

bool
aws_is(const char *command)
{
	const char *base = strrchr(command, '/');

	return strcmp(base == NULL ? command : base + 1, "aws") == 0;
}

/* The first complaint counts. */
static void __attribute__((format(printf, 3, 4)))
refuse(struct line *l, enum offer offer, const char *fmt, ...)
{
	char text[S3JIT_ERR_TEXT];
	va_list ap;

	if (l->refused)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s3jit_fail(l->err, S3JIT_EUSAGE, "%s", text);
	l->refused = true;
	l->offer = offer;
}

/* ---- options ---- */

static bool
one_of(const char *words, const char *value, bool *counts)
{
	size_t len;

	for (*counts = true; *words != '\0'; words += len + (words[len] == '|')) {
		len = strcspn(words, "|");
		if (len == 1 && *words == '-')
			*counts = false;
		else if (strlen(value) == len && strncmp(words, value, len) == 0)
			return true;
	}
	return false;
}

static bool
made_of(const char *value, const char *chars)
{
	return *value != '\0' && value[strspn(value, chars)] == '\0';
}

/* "Days=N", and how fast; its other forms write elsewhere. */
static bool
restore_ok(const char *value)
{
	static const char digits[] = "0123456789", days[] = "Days=";
	bool ignored;

	if (strncmp(value, days, strlen(days)) != 0)
		return false;
	value += strlen(days);
	if (strspn(value, digits) == 0)
		return false;
	value += strspn(value, digits);
	return *value == '\0' || one_of(",GlacierJobParameters={Tier=Standard}|"
	    ",GlacierJobParameters={Tier=Bulk}|,GlacierJobParameters={Tier=Expedited}", value,
	    &ignored);
}

/* The AWS CLI would read this one from a file. */
static bool
is_reference(const char *value)
{
	return strncmp(value, "file://", 7) == 0 || strncmp(value, "fileb://", 8) == 0;
}

/* A name of something in S3. */
static void
name_take(struct line *l, const struct aws_option *o, const char **slot, const char *value)
{
	if (is_reference(value))
		refuse(l, OFFER_ALLOW, "%s must stand on the command line itself, not in a file",
		    o->name);
	else
		*slot = value;
}

static void
value_refuse(struct line *l, const struct aws_option *o, const char *value)
{
	refuse(l, OFFER_ALLOW, "%s %.*s: s3-sudo does not know what that asks of S3", o->name, SHOWN,
	    value);
}

static void
effect_take(struct line *l, const struct aws_option *o, const char *value)
{
	bool counts = true, good = true;

	switch (o->effect) {
	case PLAIN:
		break;
	case SAYS:
		l->said |= o->said;
		break;
	case WORD:
		good = value == NULL || one_of(o->text, value, &counts);
		if (good && counts)
			l->said |= o->said;
		break;
	case REGION:
		good = made_of(value, "abcdefghijklmnopqrstuvwxyz0123456789-");
		break;
	case NUMBER:
		good = made_of(value, "0123456789");
		break;
	case BUCKET:
		name_take(l, o, &l->bucket, value);
		break;
	case KEY:
		name_take(l, o, &l->key, value);
		break;
	case PREFIX:
		name_take(l, o, &l->prefix, value);
		break;
	case COPY_SOURCE:
		name_take(l, o, &l->copy_source, value);
		break;
	case RESTORE:
		good = restore_ok(value);
		break;
	case AWAY:
		refuse(l, OFFER_ALLOW, "%s %s", o->name, o->text);
		break;
	case NEVER:
		refuse(l, OFFER_NOTHING, "%s can't be given here.  %s", o->name, o->text);
		break;
	case NO_ACCESS:
		refuse(l, OFFER_PLAIN, "%s needs no access to S3", o->name);
		break;
	}
	if (!good)
		value_refuse(l, o, value);
}

static const struct aws_option *
option_find(const struct line *l, const char *word, size_t len)
{
	int commands = l->command == NULL ? 0 : l->command->bit;
	const struct aws_option *o;

	for (o = aws_options; o->name != NULL; o++)
		if (strlen(o->name) == len && strncmp(o->name, word, len) == 0 &&
		    (o->commands == ANYWHERE || (o->commands & commands) != 0))
			return o;
	return NULL;
}

/* Its value: behind a `=`, or the next word, which then begins with no dash. */
static bool
value_find(struct line *l, const struct aws_option *o, const char *equals, const char **value)
{
	const char *next = l->at < l->argc ? l->argv[l->at] : NULL;

	*value = equals;
	if (equals == NULL && o->takes != FLAG && next != NULL && next[0] != '-') {
		*value = next;
		l->at++;
	}
	if (o->takes == FLAG && equals != NULL)
		refuse(l, OFFER_NOTHING, "%s takes no value", o->name);
	else if (o->takes == VALUE && *value == NULL)
		refuse(l, OFFER_NOTHING, "%s wants a value; one that begins with a dash is written "
		    "%s=VALUE", o->name, o->name);
	else
		return true;
	return false;
}

static void
option_take(struct line *l, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct aws_option *o = option_find(l, word, len);
	const char *value;

	if (o == NULL) {
		l->lost = l->lost || l->command == NULL;
		refuse(l, OFFER_ALLOW, "%.*s: s3-sudo does not know what that asks of S3 here "
		    "(options are written out, behind the command that they belong to)",
		    (int)(len < SHOWN ? len : SHOWN), word);
		return;
	}
	if (!value_find(l, o, word[len] == '=' ? word + len + 1 : NULL, &value))
		return;
	if (l->seen[o - aws_options] && o->effect != PLAIN)
		refuse(l, OFFER_NOTHING, "%s is given twice", o->name);
	l->seen[o - aws_options] = true;
	effect_take(l, o, value);
}

/* ---- words ---- */

static bool
is_named(const struct aws_command *c, const char *service, const char *name)
{
	size_t len = strlen(c->name);

	if (strcmp(c->service, service) != 0)
		return false;
	if (c->name[len - 1] == '*')
		return strncmp(c->name, name, len - 1) == 0;
	return strcmp(c->name, name) == 0;
}

static void
command_take(struct line *l, const char *word)
{
	const struct aws_command *c;

	for (c = aws_commands; c->service != NULL; c++)
		if (is_named(c, l->service, word))
			break;
	if (strcmp(word, "help") == 0)
		refuse(l, OFFER_PLAIN, "Help needs no access to S3");
	else if (c->service == NULL)
		refuse(l, OFFER_ALLOW, "aws %s %.*s: s3-sudo does not know what that asks of S3",
		    l->service, SHOWN, word);
	else if (c->refused != NULL)
		refuse(l, OFFER_NOTHING, "%s", c->refused);
	else
		l->command = c;
	l->lost = l->command == NULL;
}

static void
service_take(struct line *l, const char *word)
{
	if (strcmp(word, "help") == 0)
		refuse(l, OFFER_PLAIN, "Help needs no access to S3");
	else if (strcmp(word, "s3") != 0 && strcmp(word, "s3api") != 0)
		refuse(l, OFFER_NOTHING, "aws %.*s: s3jit gives access to S3 and to nothing else",
		    SHOWN, word);
	else
		l->service = word;
	l->lost = l->service == NULL;
}

/* The AWS CLI takes the words of a command only when they stand together. */
static void
word_take(struct line *l, const char *word)
{
	if (l->n == 0 && strcmp(word, "help") == 0) {
		refuse(l, OFFER_PLAIN, "Help needs no access to S3");
	} else if (l->n == l->command->max) {
		refuse(l, OFFER_ALLOW, "%.*s: that is more than aws %s %s takes", SHOWN, word,
		    l->service, l->command->name);
		l->lost = true;	/* the value of an unknown option, maybe: which one is not a place? */
	} else if (l->n > 0 && l->last != l->at - 2) {
		refuse(l, OFFER_NOTHING, "aws wants the two places to stand together: no option "
		    "between them");
	}
	if (l->n < WORDS)
		l->words[l->n++] = word;
	l->last = l->at - 1;
}

/* False: nothing can be told about the rest. */
static bool
read_words(struct line *l)
{
	const char *word;

	while (!l->lost && l->at < l->argc) {
		word = l->argv[l->at++];
		if (word[0] == '-' && word[1] != '\0')
			option_take(l, word);
		else if (l->command != NULL)
			word_take(l, word);
		else if (l->service != NULL)
			command_take(l, word);
		else
			service_take(l, word);
	}
	if (l->command == NULL) {
		refuse(l, OFFER_PLAIN, "That only shows what aws can do, and needs no access to S3");
		return false;
	}
	if (l->lost)
		return false;
	if (l->command->bit == S3_LS && l->n == 0)
		refuse(l, OFFER_PLAIN, "The names of all buckets are a login's, or nobody's: no "
		    "request covers them");
	else if (l->n < l->command->min)
		refuse(l, OFFER_NOTHING, "aws %s %s: something is missing", l->service,
		    l->command->name);
	return l->n >= l->command->min;
}

/* ---- places ---- */

static bool
uri_take(struct line *l, enum aws_place place, const char *text)
{
	struct s3jit_err err;

	if (s3uri_parse(&l->uri[place], text, &err) == -1) {
		refuse(l, OFFER_NOTHING, "%s", err.text);
		return false;
	}
	l->has[place] = true;
	return true;
}

/* --bucket and --key, or "bucket/key": put together, and read like any other. */
static bool
pair_take(struct line *l, enum aws_place place, const char *bucket, const char *key)
{
	char *text;
	bool good;

	if (strchr(bucket, '/') != NULL || asprintf(&text, "s3://%s/%s", bucket, key) == -1) {
		refuse(l, OFFER_NOTHING, "%.*s is no bucket", SHOWN, bucket);
		return false;
	}
	good = uri_take(l, place, text);
	free(text);
	return good;
}

/* S3 reads a source's `?` and escapes, so that it might mean another object. */
static bool
copy_source_take(struct line *l)
{
	const char *text = l->copy_source;
	size_t len = text == NULL ? 0 : strcspn(text, "/");
	char bucket[64];

	if (text == NULL || len == 0 || len >= sizeof(bucket) || strpbrk(text, "?%+") != NULL) {
		refuse(l, OFFER_ALLOW, "--copy-source is wanted, as BUCKET/KEY, without ? %% and +");
		return false;
	}
	memcpy(bucket, text, len);
	bucket[len] = '\0';
	return pair_take(l, FROM, bucket, text[len] == '/' ? text + len + 1 : "");
}

static bool
api_places(struct line *l)
{
	bool lists = (l->command->bit & LISTS) != 0;

	if (l->bucket == NULL || (!lists && l->key == NULL)) {
		refuse(l, OFFER_NOTHING, "%s is missing", l->bucket == NULL ? "--bucket" : "--key");
		return false;
	}
	if ((l->command->bit & COPIES) != 0 && !copy_source_take(l))
		return false;
	return pair_take(l, l->command->place, l->bucket,
	    !lists ? l->key : l->prefix == NULL ? "" : l->prefix);
}

/* A local file's or an object's own name, which a copy into a folder gets. */
static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;

	if (*name == '\0' || strcmp(name, "-") == 0 || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return NULL;
	return name;
}

static bool
ends_open(const char *key)
{
	return *key == '\0' || key[strlen(key) - 1] == '/';
}

static bool
key_append(struct line *l, enum aws_place place, const char *more)
{
	char *longer;

	if (asprintf(&longer, "%s%s", l->uri[place].key, more) == -1) {
		refuse(l, OFFER_NOTHING, "out of memory");
		return false;
	}
	free(l->uri[place].key);
	l->uri[place].key = longer;
	return true;
}

/* "FOLDER" is FOLDER/ for what is recursive. */
static bool
folder_take(struct line *l, enum aws_place place)
{
	l->folder[place] = true;
	return !l->has[place] || ends_open(l->uri[place].key) || key_append(l, place, "/");
}

/* A copy into a folder takes its source's name along. */
static bool
name_take_along(struct line *l)
{
	const char *name = name_of(l->has[FROM] ? l->uri[FROM].key : l->words[FROM]);

	if (!l->has[TO] || !ends_open(l->uri[TO].key))
		return true;
	if (name == NULL) {
		refuse(l, OFFER_NOTHING, "%.*s does not say what key it is to get: write it behind "
		    "the folder", SHOWN, l->words[FROM]);
		return false;
	}
	return key_append(l, TO, name);
}

static bool
local_ok(struct line *l, const char *path)
{
	if (*path != '\0' && strstr(path, "://") == NULL)
		return true;
	refuse(l, OFFER_NOTHING, "%.*s: a place is s3://BUCKET/KEY or a local path", SHOWN, path);
	return false;
}

/* Standard input and output, which only a plain cp knows. */
static bool
stream_ok(struct line *l)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->words[i], "-") == 0 &&
		    (l->command->bit != S3_CP || (l->said & SAID_RECURSIVE) != 0)) {
			refuse(l, OFFER_NOTHING, "- is for the cp of one object");
			return false;
		}
	return true;
}

static bool
s3_places(struct line *l)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (s3uri_looks_like(l->words[i]) ? !uri_take(l, (enum aws_place)i, l->words[i])
		    : !local_ok(l, l->words[i]))
			return false;
	if (!stream_ok(l))
		return false;
	if (!l->has[FROM] && !l->has[TO]) {
		refuse(l, OFFER_NOTHING, "one place must be s3://BUCKET/KEY");
		return false;
	}
	if (l->command->bit == S3_LS)
		return true;
	if (l->command->bit == S3_SYNC)
		l->said |= SAID_RECURSIVE;
	if ((l->said & SAID_RECURSIVE) != 0)
		return folder_take(l, FROM) && folder_take(l, TO);
	if (l->has[FROM] && ends_open(l->uri[FROM].key)) {
		refuse(l, OFFER_NOTHING, "%.*s is no single object.  Name one, or say --recursive",
		    SHOWN, l->words[FROM]);
		return false;
	}
	return name_take_along(l);
}

/* What is said by two words together. */
static void
said_settle(struct line *l)
{
	bool keeps = (l->said & (SAID_OTHER_PROPS | SAID_DIRECTIVE)) != SAID_OTHER_PROPS;

	if (l->has[FROM] && l->has[TO] && (l->command->bit & S3_COPIES) != 0 && keeps)
		l->said |= SAID_KEEPS_TAGS;
}

/* ---- permissions ---- */

/* A permission that does not end in a slash is for one key, which people can read. */
static bool
place_ok(struct line *l, enum aws_place place, enum verb verb)
{
	struct s3uri *u = &l->uri[place];
	char *slash;

	if (l->folder[place])
		return true;
	if (verb != VERB_LIST && ends_open(u->key)) {
		refuse(l, OFFER_NOTHING, "%.*s is no object's key: permissions that end so are for "
		    "all below it", SHOWN, *u->key == '\0' ? "\"\"" : u->key);
		return false;
	}
	if (ends_open(u->key) || escape_is_plain(u->key))
		return true;
	refuse(l, OFFER_ALLOW, "a single key must be printable ASCII; ask for the folder it lies in");
	slash = strrchr(u->key, '/');
	*(slash == NULL ? u->key : slash + 1) = '\0';
	l->folder[place] = true;
	return true;
}

static int
permission_add(struct line *l, struct strv *to, enum verb verb, enum aws_place place)
{
	const struct s3uri *u = &l->uri[place];
	char *text;
	size_t i;
	int ret = 0;

	if (!place_ok(l, place, verb))
		return 0;
	if ((text = s3uri_permission(verb_name(verb), u->bucket, u->key)) == NULL)
		return -1;
	for (i = 0; i < to->n && strcmp(to->v[i], text) != 0; i++)
		;
	if (i == to->n)
		ret = strv_push(to, text);
	free(text);
	return ret;
}

static int
permissions_of(struct line *l, struct strv *to)
{
	const struct aws_need *need;

	for (need = aws_needs; need->commands != 0; need++)
		if ((need->commands & l->command->bit) != 0 && l->has[need->place] &&
		    (l->said & need->when) == need->when && (l->said & need->unless) == 0 &&
		    permission_add(l, to, need->verb, need->place) == -1)
			return -1;
	if (to->n == 0)
		refuse(l, OFFER_PLAIN, "That needs no access to S3");
	return 0;
}

static int
read_line(struct line *l, struct strv *permissions)
{
	if (!read_words(l))
		return 0;
	if (!((l->command->bit & API) != 0 ? api_places(l) : s3_places(l)))
		return 0;
	said_settle(l);
	return permissions_of(l, permissions);
}

/* ---- what to type instead ---- */

/* As a shell takes it, for somebody to copy. */
static void
shell_word(FILE *f, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-_./:=@%+,";

	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		fputs(word, f);
		return;
	}
	fputc('\'', f);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			fputs("'\\''", f);
		else
			fputc(*word, f);
	}
	fputc('\'', f);
}

static char *
instead_of(const struct line *l, const struct strv *permissions)
{
	char *text = NULL;
	size_t i, size;
	FILE *f;
	int k;

	if (l->offer == OFFER_NOTHING || (f = open_memstream(&text, &size)) == NULL)
		return NULL;
	if (l->offer == OFFER_ALLOW) {
		fputs("s3-sudo run ", f);
		for (i = 0; i < permissions->n; i++) {
			fputs("--allow ", f);
			shell_word(f, permissions->v[i]);
			fputc(' ', f);
		}
		fputs(permissions->n == 0 ? "--allow 'VERB s3://BUCKET/FOLDER/' -- aws" : "-- aws", f);
	} else {
		fputs("aws", f);
	}
	for (k = 1; k < l->argc; k++) {
		fputc(' ', f);
		shell_word(f, l->argv[k]);
	}
	if (fclose(f) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

int
aws_grammar(struct strv *permissions, char **instead, int argc, char *const *argv,
    struct s3jit_err *err)
{
	struct line l = { .argc = argc, .at = 1, .argv = argv, .err = err };
	int ret;

	memset(permissions, 0, sizeof(*permissions));
	*instead = NULL;
	if ((ret = read_line(&l, permissions)) == -1)
		s3jit_fail_errno(err, "reading the command");
	else if (l.refused)
		*instead = instead_of(&l, permissions);
	s3uri_clear(&l.uri[FROM]);
	s3uri_clear(&l.uri[TO]);
	if (ret == 0 && !l.refused)
		return 0;
	strv_clear(permissions);
	return -1;
}
