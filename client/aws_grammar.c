/*
 * aws_grammar.c - an AWS CLI command line as permissions, or what to type
 * instead of it.
 *
 * Linked into s3-sudo-client; pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"

#include "aws_line.h"

#include "aws_grammar.h"
#include "text.h"

bool
aws_is(const char *command)
{
	return strcmp(basename(command), "aws") == 0;
}

/* ---- permissions ---- */

/* A permission that does not end in a slash is for one key, which people can read. */
static bool
place_ok(struct aws_line *l, enum aws_place place, enum verb verb)
{
	struct s3uri *u = &l->uri[place];
	char *slash;

	if (l->folder[place])
		return true;
	if (verb != VERB_LIST && aws_ends_open(u->key)) {
		aws_refuse(l, OFFER_NOTHING, "%.*s is no object's key: permissions that end so are for "
		    "all below it", AWS_SHOWN, *u->key == '\0' ? "\"\"" : u->key);
		return false;
	}
	if (aws_ends_open(u->key) || escape_is_plain(u->key))
		return true;
	aws_refuse(l, OFFER_ALLOW, "a single key must be printable ASCII; ask for the folder it lies in");
	slash = strrchr(u->key, '/');
	*(slash == NULL ? u->key : slash + 1) = '\0';
	l->folder[place] = true;
	return true;
}

static int
permission_add(struct aws_line *l, struct strv *to, enum verb verb, enum aws_place place)
{
	const struct s3uri *u = &l->uri[place];
	char *text;
	int ret = 0;

	if (!place_ok(l, place, verb))
		return 0;
	if ((text = s3uri_permission(verb_name(verb), u->bucket, u->key)) == NULL)
		return -1;
	if (!strv_has(to, text))
		ret = strv_push(to, text);
	free(text);
	return ret;
}

static int
permissions_of(struct aws_line *l, struct strv *to)
{
	const struct aws_need *need;

	for (need = aws_needs; need->commands != 0; need++)
		if ((need->commands & l->command->bit) != 0 && l->has[need->place] &&
		    (l->said & need->when) == need->when && (l->said & need->unless) == 0 &&
		    permission_add(l, to, need->verb, need->place) == -1)
			return -1;
	if (to->n == 0)
		aws_refuse(l, OFFER_PLAIN, "That needs no access to S3");
	return 0;
}

static int
read_line(struct aws_line *l, struct strv *permissions)
{
	if (!aws_words_read(l) || !aws_places_read(l))
		return 0;
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
instead_of(const struct aws_line *l, const struct strv *permissions)
{
	char *text = NULL;
	size_t i;
	FILE *f;
	int k;

	if (l->offer == OFFER_NOTHING || (f = text_open(&text)) == NULL)
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
	(void)fclose(f);		/* NULL where that failed */
	return text;
}

int
aws_grammar(struct strv *permissions, char **instead, int argc, char *const *argv,
    struct s3jit_err *err)
{
	struct aws_line l = { .argc = argc, .at = 1, .argv = argv, .err = err };
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
