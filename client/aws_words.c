/*
 * aws_words.c - the words and options of an AWS CLI command line.
 *
 * Linked into s3-sudo-client; pure.  The AWS CLI takes abbreviations, options
 * in several places and values from files.  This reads the one spelling of each
 * and refuses the others, so that both read the same.  After the first word that
 * is refused it reads on, for the sake of the line that is offered instead.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "aws_line.h"

void
aws_refuse(struct aws_line *l, enum aws_offer offer, const char *fmt, ...)
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

static bool
region_ok(const char *value)
{
	return made_of(value, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

/* Its other forms make a directory bucket, which no permission of ours is about. */
static bool
location_ok(const char *value)
{
	static const char region[] = "LocationConstraint=";

	return strncmp(value, region, strlen(region)) == 0 && region_ok(value + strlen(region));
}

/* The AWS CLI would read this one from a file. */
static bool
is_reference(const char *value)
{
	return strncmp(value, "file://", 7) == 0 || strncmp(value, "fileb://", 8) == 0;
}

/* A name of something in S3. */
static void
name_take(struct aws_line *l, const struct aws_option *o, const char **slot, const char *value)
{
	if (is_reference(value))
		aws_refuse(l, OFFER_ALLOW, "%s must stand on the command line itself, not in a file",
		    o->name);
	else
		*slot = value;
}

static void
value_refuse(struct aws_line *l, const struct aws_option *o, const char *value)
{
	aws_refuse(l, OFFER_ALLOW, "%s %.*s: s3-sudo does not know what that asks of S3", o->name,
	    AWS_SHOWN, value);
}

static void
effect_take(struct aws_line *l, const struct aws_option *o, const char *value)
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
		good = region_ok(value);
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
	case LOCATION:
		good = location_ok(value);
		break;
	case AWAY:
		aws_refuse(l, OFFER_ALLOW, "%s %s", o->name, o->text);
		break;
	case NEVER:
		aws_refuse(l, OFFER_NOTHING, "%s can't be given here.  %s", o->name, o->text);
		break;
	case NO_ACCESS:
		aws_refuse(l, OFFER_PLAIN, "%s needs no access to S3", o->name);
		break;
	}
	if (!good)
		value_refuse(l, o, value);
}

static const struct aws_option *
option_find(const struct aws_line *l, const char *word, size_t len)
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
value_find(struct aws_line *l, const struct aws_option *o, const char *equals, const char **value)
{
	const char *next = l->at < l->argc ? l->argv[l->at] : NULL;

	*value = equals;
	if (equals == NULL && o->takes != FLAG && next != NULL && next[0] != '-') {
		*value = next;
		l->at++;
	}
	if (o->takes == FLAG && equals != NULL)
		aws_refuse(l, OFFER_NOTHING, "%s takes no value", o->name);
	else if (o->takes == VALUE && *value == NULL)
		aws_refuse(l, OFFER_NOTHING, "%s wants a value; one that begins with a dash is written "
		    "%s=VALUE", o->name, o->name);
	else
		return true;
	return false;
}

static void
option_take(struct aws_line *l, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct aws_option *o = option_find(l, word, len);
	const char *value;

	if (o == NULL) {
		l->lost = l->lost || l->command == NULL;
		aws_refuse(l, OFFER_ALLOW, "%.*s: s3-sudo does not know what that asks of S3 here "
		    "(options are written out, behind the command that they belong to)",
		    (int)(len < AWS_SHOWN ? len : AWS_SHOWN), word);
		return;
	}
	if (!value_find(l, o, word[len] == '=' ? word + len + 1 : NULL, &value))
		return;
	if (l->seen[o - aws_options] && o->effect != PLAIN)
		aws_refuse(l, OFFER_NOTHING, "%s is given twice", o->name);
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
command_take(struct aws_line *l, const char *word)
{
	const struct aws_command *c;

	for (c = aws_commands; c->service != NULL; c++)
		if (is_named(c, l->service, word))
			break;
	if (strcmp(word, "help") == 0)
		aws_refuse(l, OFFER_PLAIN, "Help needs no access to S3");
	else if (c->service == NULL)
		aws_refuse(l, OFFER_ALLOW, "aws %s %.*s: s3-sudo does not know what that asks of S3",
		    l->service, AWS_SHOWN, word);
	else if (c->refused != NULL)
		aws_refuse(l, OFFER_NOTHING, "%s", c->refused);
	else
		l->command = c;
	l->lost = l->command == NULL;
}

static void
service_take(struct aws_line *l, const char *word)
{
	if (strcmp(word, "help") == 0)
		aws_refuse(l, OFFER_PLAIN, "Help needs no access to S3");
	else if (strcmp(word, "s3") != 0 && strcmp(word, "s3api") != 0)
		aws_refuse(l, OFFER_NOTHING, "aws %.*s: s3jit gives access to S3 and to nothing else",
		    AWS_SHOWN, word);
	else
		l->service = word;
	l->lost = l->service == NULL;
}

/* The AWS CLI takes the words of a command only when they stand together. */
static void
word_take(struct aws_line *l, const char *word)
{
	if (l->n == 0 && strcmp(word, "help") == 0) {
		aws_refuse(l, OFFER_PLAIN, "Help needs no access to S3");
	} else if (l->n == l->command->words) {
		aws_refuse(l, OFFER_ALLOW, "%.*s: that is more than aws %s %s takes", AWS_SHOWN, word,
		    l->service, l->command->name);
		l->lost = true;	/* the value of an unknown option, maybe: which one is not a place? */
	} else if (l->n > 0 && l->last != l->at - 2) {
		aws_refuse(l, OFFER_NOTHING, "aws wants the two places to stand together: no option "
		    "between them");
	}
	if (l->n < AWS_WORDS)
		l->words[l->n++] = word;
	l->last = l->at - 1;
}

bool
aws_words_read(struct aws_line *l)
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
		aws_refuse(l, OFFER_PLAIN, "That only shows what aws can do, and needs no access to S3");
		return false;
	}
	if (l->lost)
		return false;
	if (l->command->bit == S3_LS && l->n == 0)
		aws_refuse(l, OFFER_PLAIN, "The names of all buckets are a login's, or nobody's: no "
		    "request covers them");
	else if (l->n < l->command->words)
		aws_refuse(l, OFFER_NOTHING, "aws %s %s: something is missing", l->service,
		    l->command->name);
	return l->n >= l->command->words;
}
