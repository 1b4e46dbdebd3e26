/*
 * format.c - small texts for people.
 *
 * Linked into the programs of people.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/duration.h"
#include "s3jit/escape.h"

#include "format.h"

const char *
format_size(char buf[FORMAT_TEXT], int64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double v = (double)bytes / 1000;
	size_t i = 0;

	if (bytes < 1000) {
		snprintf(buf, FORMAT_TEXT, "%" PRId64 " B", bytes);
		return buf;
	}
	for (; v >= 999.95 && i < 3; i++)
		v /= 1000;
	snprintf(buf, FORMAT_TEXT, "%.1f %s", v, units[i]);
	return buf;
}

const char *
format_elapsed(char buf[FORMAT_TEXT], int64_t s)
{
	if (s < 0)
		s = 0;
	if (s < 3600)
		snprintf(buf, FORMAT_TEXT, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
	else
		snprintf(buf, FORMAT_TEXT, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600,
		    s / 60 % 60, s % 60);
	return buf;
}

const char *
format_left(char buf[FORMAT_TEXT], int64_t s)
{
	if (s <= 0)
		snprintf(buf, FORMAT_TEXT, "over");
	else if (s < 120)
		snprintf(buf, FORMAT_TEXT, "%" PRId64 "s left", s);
	else if (s < 3600)
		snprintf(buf, FORMAT_TEXT, "%" PRId64 "m left", s / 60);
	else
		snprintf(buf, FORMAT_TEXT, "%" PRId64 "h%02" PRId64 "m left", s / 3600, s / 60 % 60);
	return buf;
}

const char *
format_ttl(char buf[FORMAT_TEXT], int64_t s)
{
	char d[DURATION_TEXT];

	if (s > 0 && s % 3600 == 0)
		snprintf(buf, FORMAT_TEXT, "%" PRId64 " h", s / 3600);
	else if (s > 0 && s % 60 == 0 && s < 7200)
		snprintf(buf, FORMAT_TEXT, "%" PRId64 " min", s / 60);
	else if (s < 120)
		snprintf(buf, FORMAT_TEXT, "%" PRId64 " s", s);
	else
		snprintf(buf, FORMAT_TEXT, "%s", duration_format(d, s));
	return buf;
}

const char *
format_count(char buf[FORMAT_TEXT], int64_t n)
{
	char digits[FORMAT_TEXT];
	size_t i, o = 0, len;

	len = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, n < 0 ? 0 : n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf[o++] = ',';
		buf[o++] = digits[i];
	}
	buf[o] = '\0';
	return buf;
}

/* `plain` has no quote as it stands: whether it needs marks around it is the caller's. */
static char *
quote(const char *plain, bool marks)
{
	char *out, *p;

	if ((out = malloc(2 * strlen(plain) + 3)) == NULL)
		return NULL;
	p = out;
	if (marks)
		*p++ = '"';
	for (; *plain != '\0'; plain++) {
		if (*plain == '"')
			*p++ = '\\';
		*p++ = *plain;
	}
	if (marks)
		*p++ = '"';
	*p = '\0';
	return out;
}

char *
format_quoted(const char *text, size_t max)
{
	char *plain = escape_cut(text, max), *out;

	if (plain == NULL)
		return NULL;
	out = quote(plain, true);
	free(plain);
	return out;
}

/* With marks around it where it is empty or has one of `special`. */
static char *
quote_if(const char *text, size_t max, const char *special)
{
	char *plain = escape_cut(text, max), *out;

	if (plain == NULL)
		return NULL;
	out = quote(plain, *plain == '\0' || strpbrk(plain, special) != NULL);
	free(plain);
	return out;
}

char *
format_word(const char *text, size_t max)
{
	return quote_if(text, max, " \"\\'`$&;|<>()*?[]#~{}");
}

char *
format_uri(const char *text, size_t max)
{
	return quote_if(text, max, " \"\\");
}

/* Join what `each` makes of the members; frees as it goes. */
static char *
join(const struct strv *v, const char *sep, size_t max, char *(*each)(const char *, size_t))
{
	char *out = NULL, *one;
	size_t i, len;
	FILE *f;

	if ((f = open_memstream(&out, &len)) == NULL)
		return NULL;
	for (i = 0; i < v->n; i++) {
		one = each(v->v[i], max);
		fprintf(f, "%s%s", i > 0 ? sep : "", one == NULL ? "?" : one);
		free(one);
	}
	if (fclose(f) == EOF) {
		free(out);
		return NULL;
	}
	return out;
}

char *
format_argv(const struct strv *v, size_t max_each)
{
	return join(v, " ", max_each, format_word);
}

char *
format_people(const struct strv *v, const char *sep)
{
	return join(v, sep, 64, escape_cut);
}

void
format_wrapped(FILE *f, const char *text, int used, int indent, int hang, int width)
{
	size_t room, len, cut;
	int column;

	if (indent > width / 2)
		indent = width / 2;
	if (used > indent) {
		fputc('\n', f);
		used = 0;
	}
	for (column = indent;; column = indent + hang) {
		room = (size_t)(width - column < 10 ? 10 : width - column);
		fprintf(f, "%*s", column - used, "");
		used = 0;
		len = strlen(text);
		if (len <= room)
			break;
		for (cut = room; cut > room / 2 && text[cut - 1] != ' '; cut--)
			;
		if (cut == room / 2)
			cut = room;
		fprintf(f, "%.*s\n", (int)cut, text);
		text += cut;
	}
	fprintf(f, "%s\n", text);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Has the text \xNN in it? */
static bool
has_escape(const char *text)
{
	for (; (text = strchr(text, '\\')) != NULL; text++)
		if (text[1] == 'x' && hex(text[2]) != -1 && hex(text[3]) != -1)
			return true;
	return false;
}

char *
format_to_wire(const char *bytes)
{
	char *plain = strdup(bytes), *escaped, *p;
	bool valid;

	if (plain == NULL)
		return NULL;
	for (p = plain; *p != '\0'; p++)	/* a backslash alone makes nothing invalid */
		if (*p == '\\')
			*p = '/';
	escaped = escape_to_utf8(plain);
	valid = escaped != NULL && strcmp(escaped, plain) == 0;
	free(escaped);
	free(plain);
	return valid && !has_escape(bytes) ? strdup(bytes) : escape_to_utf8(bytes);
}

char *
format_from_wire(const char *text)
{
	char *out, *p;

	if ((out = malloc(strlen(text) + 1)) == NULL)
		return NULL;
	for (p = out; *text != '\0';) {
		if (text[0] == '\\' && text[1] == 'x' && hex(text[2]) != -1 && hex(text[3]) != -1) {
			*p++ = (char)(hex(text[2]) << 4 | hex(text[3]));
			text += 4;
		} else {
			*p++ = *text++;
		}
	}
	*p = '\0';
	return out;
}
