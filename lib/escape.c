/*
 * escape.c - the one place where untrusted text is made harmless (Q12, A3).
 *
 * Linked into every program that shows or logs text of people; pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"
#include "utf8.h"

#define UNIT_MAX 16		/* "\u{10FFFF}" and its NUL */

/*
 * One character (or stray byte) at s, escaped, into out.  Returns how many
 * bytes of s it was; *len is how many of out.
 */
static size_t
escape_unit(char out[UNIT_MAX], size_t *len, const char *s)
{
	uint32_t cp;
	size_t used = utf8_next(&cp, s);

	if (used == 0) {
		*len = (size_t)snprintf(out, UNIT_MAX, "\\x{%02X}", (unsigned char)*s);
		return 1;
	}
	if (cp == '\\')
		*len = (size_t)snprintf(out, UNIT_MAX, "\\\\");
	else if (cp >= 0x20 && cp <= 0x7e)
		*len = (size_t)snprintf(out, UNIT_MAX, "%c", (char)cp);
	else
		*len = (size_t)snprintf(out, UNIT_MAX, "\\u{%04X}", cp);
	return used;
}

/* Length of the whole, escaped, and in *units the number of characters. */
static size_t
measure(const char *text, size_t *units)
{
	char unit[UNIT_MAX];
	size_t total = 0, len;

	for (*units = 0; *text != '\0'; ++*units) {
		text += escape_unit(unit, &len, text);
		total += len;
	}
	return total;
}

char *
escape_text(const char *text)
{
	char unit[UNIT_MAX], *out, *to;
	size_t units, len;

	if ((out = malloc(measure(text, &units) + 1)) == NULL)
		return NULL;
	for (to = out; *text != '\0'; to += len) {
		text += escape_unit(unit, &len, text);
		memcpy(to, unit, len);
	}
	*to = '\0';
	return out;
}

#define MARK_MAX 48

/* The mark for `n` characters left out, in at most `room` (>= 5) bytes. */
static size_t
put_mark(char out[MARK_MAX], size_t n, size_t room)
{
	size_t len = (size_t)snprintf(out, MARK_MAX, "[... %zu more ...]", n);

	if (len > room)
		len = (size_t)snprintf(out, MARK_MAX, "[%zu more]", n);
	if (len > room)
		len = (size_t)snprintf(out, MARK_MAX, "[...]");
	return len;
}

/*
 * Copy head and tail of `text` around a mark.  Whole characters only: the
 * head takes what fits into its half, the tail what fits into the other.
 */
char *
escape_cut(const char *text, size_t max)
{
	char unit[UNIT_MAX], mark[MARK_MAX], *out, *to;
	size_t units, total = measure(text, &units);
	size_t reserved, head, tail, len, done = 0, left_out = 0;

	if (total <= max)
		return escape_text(text);
	/* enough for the mark: fewer are left out than there are */
	reserved = put_mark(mark, units, max);
	tail = (max - reserved) / 2;
	head = max - reserved - tail;
	if ((to = out = malloc(max + 1)) == NULL)
		return NULL;
	for (; *text != '\0' && total - done > tail; done += len) {
		text += escape_unit(unit, &len, text);
		if (left_out == 0 && done + len <= head)
			to = mempcpy(to, unit, len);
		else
			left_out++;
	}
	len = put_mark(mark, left_out, reserved);
	to = mempcpy(to, mark, len);
	while (*text != '\0') {
		text += escape_unit(unit, &len, text);
		to = mempcpy(to, unit, len);
	}
	*to = '\0';
	return out;
}

/* One character of JSON at s (or byte that is none) into out. */
static size_t
json_unit(char out[UNIT_MAX], size_t *len, const char *s)
{
	uint32_t cp;
	size_t used = utf8_next(&cp, s);

	if (used == 0)
		cp = 0xfffd;
	*len = 1;
	out[0] = (char)cp;
	if (cp >= 0x10000)
		*len = (size_t)snprintf(out, UNIT_MAX, "\\u%04X\\u%04X", 0xd7c0 + (cp >> 10),
		    0xdc00 + (cp & 0x3ff));
	else if (cp < 0x20 || cp > 0x7e)
		*len = (size_t)snprintf(out, UNIT_MAX, "\\u%04X", cp);
	return used == 0 ? 1 : used;
}

char *
escape_json(const char *json)
{
	char unit[UNIT_MAX], *out, *to;
	size_t len;

	/* six bytes for one at most: a pair of surrogates stands for four */
	if ((out = to = malloc(6 * strlen(json) + 1)) == NULL)
		return NULL;
	for (; *json != '\0'; to += len) {
		json += json_unit(unit, &len, json);
		memcpy(to, unit, len);
	}
	*to = '\0';
	return out;
}

int
escape_is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return 0;
	return 1;
}

int
escape_is_word(const char *text)
{
	return *text != '\0' && escape_is_plain(text) && strchr(text, ' ') == NULL;
}

char *
escape_to_utf8(const char *bytes)
{
	char *out = malloc(strlen(bytes) * 4 + 1), *to = out;
	uint32_t cp;
	size_t len;

	if (out == NULL)
		return NULL;
	while (*bytes != '\0') {
		len = utf8_next(&cp, bytes);
		if (len == 0 || cp == '\\') {
			to += sprintf(to, "\\x%02X", (unsigned char)*bytes++);
			continue;
		}
		memcpy(to, bytes, len);
		to += len;
		bytes += len;
	}
	*to = '\0';
	return out;
}
