/*
 * scan.c - a look at s3jit.conf before libconfuse gets it (F2).
 *
 * Runs in s3jitd and s3jit-signer, at start.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "scan.h"

enum before { NOTHING, WORD, TITLE, EQUALS };

struct scanner {
	struct scan *out;
	const char *file;
	const char *at, *end;
	int line;
	int section;		/* inside which, or -1 */
	int list;		/* inside { } of a value */
	enum before before;	/* what stood last, to tell a section from a list */
	char word[SCAN_WORD];	/* the last word */
	int word_line;
	const char *title;	/* the string behind it, or NULL */
	size_t title_len;
	struct s3jit_err *err;
};

static int
refuse(const struct scanner *s, int line, const char *what)
{
	return s3jit_fail(s->err, S3JIT_EUSAGE, "%s:%d: %s", s->file, line, what);
}

static int
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' || c == '.';
}

/* What may stand nowhere, comments included. */
static int
check_bytes(struct scanner *s, const char *text, size_t len)
{
	uint32_t cp;
	size_t i, n;
	int line = 1;

	for (i = 0; i < len; i += n) {	/* a NUL stands behind the text */
		n = utf8_next(&cp, text + i);
		if (n == 0)
			return refuse(s, line, "this line is not UTF-8");
		if (text[i] == '\n')
			line++;
		else if (cp < ' ' && cp != '\t')
			return refuse(s, line, text[i] == '\r' ?
			    "this line ends as on Windows (carriage return)" :
			    "a control character stands in this line");
		if (text[i] == '$' && i + 1 < len && text[i + 1] == '{')
			return refuse(s, line, "\"${\" would be replaced from the environment; "
			    "it may stand nowhere in this file");
	}
	return 0;
}

static int
take_string(struct scanner *s)
{
	char quote = *s->at++;
	const char *from = s->at;

	for (; s->at < s->end && *s->at != '\n'; s->at++) {
		if (*s->at == quote) {
			if (s->before == WORD) {
				s->before = TITLE;
				s->title = from;
				s->title_len = (size_t)(s->at - from);
			}
			s->at++;
			return 0;
		}
		if (*s->at != '\\' || s->at + 1 == s->end || s->at[1] == '\n')
			continue;
		/* libconfuse would make "\." a dot, and "\0" the end of the text */
		if (quote == '"' && s->at[1] != '\\' && s->at[1] != '"')
			return refuse(s, s->line, "a backslash in \"...\" is written twice "
			    "(or use '...', where it stands for itself)");
		s->at++;
	}
	return refuse(s, s->line, "a string is not closed in the line where it begins");
}

static int
take_word(struct scanner *s)
{
	const char *from = s->at;
	size_t n;

	while (s->at < s->end && is_word(*s->at))
		s->at++;
	n = (size_t)(s->at - from);
	if (s->list || s->before == EQUALS) {	/* a value */
		s->before = s->list ? s->before : NOTHING;
		return 0;
	}
	if (s->before != NOTHING)
		return refuse(s, s->line, "a word too many, or a \"=\" is missing");
	if (n >= sizeof(s->word))
		return refuse(s, s->line, "this key is too long to be one of ours");
	memcpy(s->word, from, n);
	s->word[n] = '\0';
	s->word_line = s->line;
	s->title = NULL;
	s->title_len = 0;
	s->before = WORD;
	return 0;
}

static int
take_equals(struct scanner *s)
{
	struct scan *out = s->out;
	struct scan_key *grown;

	s->at++;
	if (s->before != WORD || s->list)
		return refuse(s, s->line, "\"=\" without a key before it");
	if (scan_line(out, s->section, s->word) != 0)
		return s3jit_fail(s->err, S3JIT_EUSAGE, "%s:%d: %s is said twice (first in line %d)",
		    s->file, s->word_line, s->word, scan_line(out, s->section, s->word));
	if ((grown = realloc(out->keys, (out->nkeys + 1) * sizeof(*grown))) == NULL)
		return s3jit_fail_errno(s->err, "%s", s->file);
	out->keys = grown;
	memcpy(grown[out->nkeys].name, s->word, sizeof(s->word));
	grown[out->nkeys].section = s->section;
	grown[out->nkeys].line = s->word_line;
	out->nkeys++;
	s->before = EQUALS;
	return 0;
}

static int
open_section(struct scanner *s)
{
	struct scan *out = s->out;
	struct scan_section *grown, *before;
	int nth = 0;
	size_t i;

	if (s->section != -1)
		return refuse(s, s->line, "a section inside a section; is a \"}\" missing above?");
	for (i = 0; i < out->nsections; i++) {
		before = &out->sections[i];
		if (strcmp(before->name, s->word) != 0)
			continue;
		nth++;
		if (s->title != NULL && before->title != NULL && s->title_len == before->title_len &&
		    memcmp(s->title, before->title, s->title_len) == 0)
			return s3jit_fail(s->err, S3JIT_EUSAGE, "%s:%d: there is a %s \"%.*s\" already "
			    "(in line %d)", s->file, s->word_line, s->word, (int)s->title_len, s->title,
			    before->line);
	}
	if ((grown = realloc(out->sections, (out->nsections + 1) * sizeof(*grown))) == NULL)
		return s3jit_fail_errno(s->err, "%s", s->file);
	out->sections = grown;
	memcpy(grown[out->nsections].name, s->word, sizeof(s->word));
	grown[out->nsections].nth = nth;
	grown[out->nsections].line = s->word_line;
	grown[out->nsections].title = s->title;
	grown[out->nsections].title_len = s->title_len;
	s->section = (int)out->nsections++;
	s->before = NOTHING;
	return 0;
}

static int
take_brace(struct scanner *s)
{
	char c = *s->at++;

	if (c == '{' && s->before == EQUALS && !s->list) {
		s->list = 1;
		return 0;
	}
	if (c == '{' && (s->before == WORD || s->before == TITLE))
		return open_section(s);
	if (c == '}' && s->list) {
		s->list = 0;
		s->before = NOTHING;
		return 0;
	}
	if (c == '}' && s->section != -1) {
		s->section = -1;
		s->before = NOTHING;
		return 0;
	}
	return refuse(s, s->line, c == '{' ? "\"{\" is not expected here" : "one \"}\" too many");
}

static int
take(struct scanner *s)
{
	char c = *s->at;
	uint32_t cp;
	size_t n;

	if (c == '\n')
		s->line++;
	if (c == ' ' || c == '\t' || c == '\n' || (c == ',' && s->list)) {
		s->at++;
		return 0;
	}
	if (c == '#') {
		while (s->at < s->end && *s->at != '\n')
			s->at++;
		return 0;
	}
	if (c == '"' || c == '\'') {
		if (s->before == EQUALS && !s->list)
			s->before = NOTHING;
		return take_string(s);
	}
	if (c == '=')
		return take_equals(s);
	if (c == '{' || c == '}')
		return take_brace(s);
	if (is_word(c))
		return take_word(s);
	n = utf8_next(&cp, s->at);
	return s3jit_fail(s->err, S3JIT_EUSAGE, "%s:%d: \"%.*s\" outside of quotes: write "
	    "NAME = VALUE, and such characters in quotes", s->file, s->line, (int)n, s->at);
}

int
scan_text(struct scan *out, const char *file, const char *text, size_t len, struct s3jit_err *err)
{
	struct scanner s = { .out = out, .file = file, .at = text, .end = text + len, .line = 1,
	    .section = -1, .err = err };

	memset(out, 0, sizeof(*out));
	if (check_bytes(&s, text, len) == -1)
		return -1;
	while (s.at < s.end)
		if (take(&s) == -1)
			return -1;
	if (s.list || s.before != NOTHING)
		return refuse(&s, s.line, "the file ends in the middle of something");
	if (s.section != -1)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%s:%d: the file ends inside the section that begins in line %d; a \"}\" is missing",
		    file, s.line, out->sections[s.section].line);
	return 0;
}

void
scan_clear(struct scan *s)
{
	free(s->keys);
	free(s->sections);
	memset(s, 0, sizeof(*s));
}

int
scan_find(const struct scan *s, const char *name, int nth)
{
	size_t i;

	for (i = 0; i < s->nsections; i++)
		if (s->sections[i].nth == nth && strcmp(s->sections[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
scan_line(const struct scan *s, int section, const char *key)
{
	size_t i;

	for (i = 0; i < s->nkeys; i++)
		if (s->keys[i].section == section && strcmp(s->keys[i].name, key) == 0)
			return s->keys[i].line;
	return 0;
}
