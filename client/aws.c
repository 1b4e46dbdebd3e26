/*
 * aws.c - the AWS CLI without --allow: permissions from its own words.
 *
 * Runs in s3-sudo-client as the person.  What is derived here is shown, asked
 * for and approved like any other scope; AWS enforces it (W4).
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "s3jit/permission.h"

#include "aws.h"
#include "aws_grammar.h"
#include "show.h"

/* ---- aliases ---- */

static bool
is_of_name(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_';
}

/*
 * Does a line give that word another meaning?  In whatever section, in any
 * case, behind whatever Python takes for a blank; a carriage return ends a
 * line, too.
 */
static bool
is_alias_of(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (; line != NULL; line = strchr(line, '\r')) {
		while (*line != '\0' && !is_of_name((unsigned char)*line))
			line++;
		if (strncasecmp(line, word, len) == 0 && !is_of_name((unsigned char)line[len]))
			return true;
	}
	return false;
}

int
aws_alias_check(const char *home, int argc, char *const *argv, struct s3jit_err *err)
{
	char *path, *line = NULL;
	size_t size = 0;
	FILE *f = NULL;
	int i, ret = 0;

	if (home == NULL)
		home = "";
	if (asprintf(&path, "%s/.aws/cli/alias", home) == -1)
		return s3jit_fail_errno(err, "looking for aliases");
	if ((f = fopen(path, "re")) == NULL && errno != ENOENT && errno != ENOTDIR)
		ret = s3jit_fail_errno(err, "%s", path);
	while (ret == 0 && f != NULL && getline(&line, &size, f) != -1)
		for (i = 1; ret == 0 && i < argc; i++)
			if (is_alias_of(line, argv[i]))
				ret = s3jit_fail(err, S3JIT_EUSAGE, "%s makes something else of "
				    "\"aws ... %s\"", path, argv[i]);
	if (ret == 0 && f != NULL && ferror(f))
		ret = s3jit_fail_errno(err, "%s", path);
	if (f != NULL)
		fclose(f);
	free(line);
	free(path);
	return ret;
}

/* ---- permissions ---- */

int
aws_want(struct app *app, struct strv *scope, int argc, char *const *argv)
{
	char *instead = NULL;

	if (aws_grammar(scope, &instead, argc, argv, &app->err) == -1) {
		if (instead != NULL)
			app_hint(app, "%s   %s", strncmp(instead, "aws", 3) == 0 ?
			    "Without s3-sudo:" : "Say yourself what it may do:", instead);
		free(instead);
		return -1;
	}
	if (aws_alias_check(getenv("HOME"), argc, argv, &app->err) == 0)
		return 0;
	app_hint(app, "Move that file away, or say with --allow what it may do.");
	return -1;
}

static bool
has_verb(const struct strv *scope, const char *verb)
{
	size_t i, len = strlen(verb);

	for (i = 0; i < scope->n; i++)
		if (strncmp(scope->v[i], verb, len) == 0 && scope->v[i][len] == ' ')
			return true;
	return false;
}

void
aws_hint(struct app *app, const struct strv *scope)
{
	if (app->err.code != S3JIT_ENOTALLOWED)
		return;
	if (show_only_reads(scope))
		app_hint(app, "That only reads.  Where your login may do so, leave s3-sudo away.");
	else if (has_verb(scope, "get") && has_verb(scope, "tag"))
		app_hint(app, "S3 copies tags along.  Without them:   "
		    "aws s3 ... --copy-props metadata-directive   "
		    "aws s3api copy-object ... --tagging-directive REPLACE");
}

bool
aws_wanted(const struct strv *scope, int argc, char *const *argv)
{
	struct scope have = { NULL, 0 }, need = { NULL, 0 };
	struct strv permissions = { NULL, 0 };
	struct s3jit_err ignored;
	char *instead = NULL;
	bool same;

	same = aws_is(argv[0]) && aws_grammar(&permissions, &instead, argc, argv, &ignored) == 0 &&
	    scope_parse(&need, (const char *const *)permissions.v, permissions.n, false,
		&ignored) == 0 &&
	    scope_parse(&have, (const char *const *)scope->v, scope->n, false, &ignored) == 0 &&
	    scope_covers(&have, &need, NULL) && scope_covers(&need, &have, NULL);
	scope_clear(&have);
	scope_clear(&need);
	strv_clear(&permissions);
	free(instead);
	return same;
}

/* `s3-sudo aws ARGS` is `s3-sudo run -- aws ARGS`. */
int
verb_aws(void *arg, int argc, char **argv)
{
	char **whole = calloc((size_t)argc + 2, sizeof(*whole));
	int ret;

	if (whole == NULL)
		return s3jit_fail_errno(&((struct app *)arg)->err, "aws");
	whole[0] = conn_text("aws");
	memcpy(whole + 1, argv, (size_t)argc * sizeof(*argv));
	ret = verb_run(arg, argc + 1, whole);
	free(whole);
	return ret;
}
