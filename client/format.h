/*
 * format.h - small texts for people: sizes, times, quoted strings, wrapped
 * lines.  Pure functions.
 */
#ifndef CLIENT_FORMAT_H
#define CLIENT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "s3jit/codec.h"

#define FORMAT_TEXT 48

/* "812 B", "1.2 MB", "3.4 GB" (decimal).  Return buf, as the others. */
const char *format_size(char buf[FORMAT_TEXT], int64_t bytes);
/* "0:41", "12:05", "1:02:03". */
const char *format_elapsed(char buf[FORMAT_TEXT], int64_t seconds);
/* "18m left", "45s left", "1h02m left", "over". */
const char *format_left(char buf[FORMAT_TEXT], int64_t seconds);
/* "15 min", "90 s", "2 h", "1h30m". */
const char *format_ttl(char buf[FORMAT_TEXT], int64_t seconds);
/* "48,113". */
const char *format_count(char buf[FORMAT_TEXT], int64_t n);

/*
 * Untrusted text between double quotes: escaped, quotes inside as \", cut in
 * the middle where longer than about `max`.  Caller frees.
 */
char *format_quoted(const char *text, size_t max);
/* The same without quotes where the text has no blank, quote or oddity. */
char *format_word(const char *text, size_t max);
/* The same for s3://..., where only blanks and quotes mislead. */
char *format_uri(const char *text, size_t max);
/*
 * Words one by one, each cut to `max_each` bytes, joined by blanks; what is more than `max`
 * bytes in all is left out of the middle, with a mark.  Caller frees; NULL without memory.
 */
char *format_argv(const struct strv *, size_t max_each, size_t max);
/* "bob, carol" (escaped), joined by `sep`.  Caller frees; "" for none. */
char *format_people(const struct strv *, const char *sep);

/*
 * Print `text` at column `indent` (what stands there already is `used`
 * columns long), broken to `width`; further lines are indented by
 * `indent + hang`.  Of what is not ASCII only our own glyphs may be in it.
 * Ends the line.
 */
void format_wrapped(FILE *, const char *text, int used, int indent, int hang, int width);

/*
 * Print a sentence of ours, broken between words.  What stands behind three
 * blanks, or is a command of ours behind a colon, is to be copied: it is never
 * broken, and gets a line of its own where it does not fit.  Ends the line.
 */
void format_said(FILE *, const char *text, int width);

/*
 * argv and paths are bytes; in messages they are UTF-8.  What is not, or looks
 * like such an escape itself, travels with \xNN for stray bytes and
 * backslashes; format_from_wire() gives exactly the bytes back.  Callers free;
 * NULL without memory.
 */
char *format_to_wire(const char *bytes);
char *format_from_wire(const char *text);

#endif
