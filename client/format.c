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
#include "text.h"

#define SAID_HANG 2

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
	size_t i;
	FILE *f;

	if ((f = text_open(&out)) == NULL)
		return NULL;
	for (i = 0; i < v->n; i++) {
		one = each(v->v[i], max);
		fprintf(f, "%s%s", i > 0 ? sep : "", one == NULL ? "?" : one);
		free(one);
	}
	(void)fclose(f);		/* NULL where that failed */
	return out;
}

/* How many of the words from this end on have room, with the blanks between them. */
static size_t
words_fit(char *const *words, size_t n, size_t room, bool from_end)
{
	size_t i, len;

	for (i = 0; i < n; i++) {
		len = strlen(words[from_end ? n - 1 - i : i]) + 1;
		if (len > room)
			break;
		room -= len;
	}
	return i;
}

static char *
words_joined(char *const *words, size_t n, size_t max)
{
	size_t i, head, tail;
	char *out = NULL;
	FILE *f;

	if ((f = text_open(&out)) == NULL)
		return NULL;
	if ((head = words_fit(words, n, max, false)) < n)
		head = words_fit(words, n, max / 2, false);
	tail = words_fit(words + head, n - head, max / 2, true);
	for (i = 0; i < head; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", words[i]);
	if (head + tail < n)
		fprintf(f, " [... %zu words ...]", n - head - tail);
	for (i = n - tail; head < n && i < n; i++)
		fprintf(f, " %s", words[i]);
	(void)fclose(f);		/* NULL where that failed */
	return out;
}

char *
format_argv(const struct strv *v, size_t max_each, size_t max)
{
	char **words = calloc(v->n + 1, sizeof(*words)), *out = NULL;
	size_t i;

	for (i = 0; words != NULL && i < v->n; i++)
		if ((words[i] = format_word(v->v[i], max_each)) == NULL)
			break;
	if (words != NULL && i == v->n)
		out = words_joined(words, v->n, max);
	for (i = 0; words != NULL && i < v->n; i++)
		free(words[i]);
	free(words);
	return out;
}

char *
format_people(const struct strv *v, const char *sep)
{
	return join(v, sep, 64, escape_cut);
}

/* Columns of the first `bytes` bytes: people's text is ASCII, our glyphs take one each. */
static size_t
columns(const char *text, size_t bytes)
{
	size_t i, n = 0;

	for (i = 0; i < bytes; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* How many bytes fill `room` columns. */
static size_t
bytes_of(const char *text, size_t room)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && room-- == 0)
			break;
	return i;
}

/*
 * Where to break a text that is longer than `room`: at a blank where that
 * leaves no ragged line, or where the word behind it fits whole on the next
 * one; else in the middle of a word.
 */
static size_t
break_at(const char *text, size_t room, size_t next_room)
{
	size_t full = bytes_of(text, room), blank = full;

	while (blank > 0 && text[blank] != ' ')
		blank--;
	if (blank > full / 2 || (blank > 0 &&
	    columns(text + blank + 1, strcspn(text + blank + 1, " ")) <= next_room))
		return blank;
	return full;
}

/* One line, without blanks at its end; returns what is left, without any at its beginning. */
static const char *
line_out(FILE *f, const char *text, size_t bytes)
{
	size_t len = bytes;

	while (len > 0 && text[len - 1] == ' ')
		len--;
	fprintf(f, "%.*s\n", (int)len, text);
	return text + bytes + strspn(text + bytes, " ");
}

void
format_wrapped(FILE *f, const char *text, int used, int indent, int hang, int width)
{
	size_t room, next;
	int column;

	if (indent > width / 2)
		indent = width / 2;
	if (used > indent) {
		fputc('\n', f);
		used = 0;
	}
	next = (size_t)(width - indent - hang < 10 ? 10 : width - indent - hang);
	for (column = indent;; column = indent + hang) {
		room = (size_t)(width - column < 10 ? 10 : width - column);
		fprintf(f, "%*s", column - used, "");
		used = 0;
		if (columns(text, strlen(text)) <= room)
			break;
		text = line_out(f, text, break_at(text, room, next));
	}
	fprintf(f, "%s\n", text);
}

/* Words, broken at blanks only: what is longer than a line, the terminal breaks. */
static size_t
words_out(FILE *f, const char *text, size_t len, size_t column, size_t width)
{
	size_t n, word;

	for (; len > 0; text += n, len -= n) {
		n = strspn(text, " ");
		word = strcspn(text + n, " ");
		if (n + word > len)
			word = len - n;
		n += word;
		if (column > 0 && column + columns(text, n) > width) {
			fprintf(f, "\n%*s%.*s", SAID_HANG, "", (int)word, text + n - word);
			column = SAID_HANG + columns(text + n - word, word);
		} else {
			fprintf(f, "%.*s", (int)n, text);
			column += columns(text, n);
		}
	}
	return column;
}

/* Up to what is to be copied, or all of it. */
static size_t
part_len(const char *text)
{
	const char *blanks = strstr(text, "   "), *command = strstr(text, ": s3-");

	if (command != NULL && (blanks == NULL || command < blanks))
		blanks = command + 1;
	return blanks == NULL ? strlen(text) : (size_t)(blanks - text);
}

void
format_said(FILE *f, const char *text, int width)
{
	size_t column = 0, gap, len, cols, room = (size_t)width;

	for (; *text != '\0'; text += gap + len) {
		gap = strspn(text, " ");
		len = part_len(text + gap);
		cols = columns(text + gap, len);
		if (column == 0) {
			fprintf(f, "%*s", (int)gap, "");
			column = words_out(f, text + gap, len, gap, room);
		} else if (column + gap + cols <= room) {
			fprintf(f, "%.*s", (int)(gap + len), text);
			column += gap + cols;
		} else {	/* whole, so that it can be copied */
			column = SAID_HANG + cols <= room ? SAID_HANG : 0;
			fprintf(f, "\n%*s%.*s", (int)column, "", (int)len, text + gap);
			column += cols;
		}
	}
	fputc('\n', f);
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
