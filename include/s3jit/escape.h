/*
 * escape.h - the one place where untrusted text is made harmless.
 *
 * Text from people travels and is stored as it came; every screen, notice and
 * log line passes through here (Q12, Q13, A3, A8).  Printable ASCII
 * (0x20-0x7e) stays; each other code point becomes \u{XXXX}; each byte that
 * is not part of valid UTF-8 becomes \x{XX}; a backslash becomes \\.
 */
#ifndef S3JIT_ESCAPE_H
#define S3JIT_ESCAPE_H

#include <stddef.h>

/* The whole text, escaped.  Caller frees; NULL only without memory. */
char *escape_text(const char *text);

/*
 * The same, at most `max` (>= 16) bytes of output; what is too long is cut in
 * the middle with a mark that says how much: "abc[... 812 more ...]xyz".
 * Never cuts inside an escape.
 */
char *escape_cut(const char *text, size_t max);

/* 1 if every byte is printable ASCII. */
int escape_is_plain(const char *text);
/* 1 if that is so, there is a byte, and none is a blank. */
int escape_is_word(const char *text);

/*
 * argv and paths that are not valid UTF-8 travel in JSON as text in which
 * each stray byte (and each backslash) is \xNN.  Caller frees.
 */
char *escape_to_utf8(const char *bytes);

/*
 * JSON on one line as it may go to any screen: what is not printable ASCII in
 * it becomes \uXXXX, which is the same JSON.  Caller frees; NULL without memory.
 */
char *escape_json(const char *json);

#endif
