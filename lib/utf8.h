/*
 * utf8.h - one strict UTF-8 decoder for all of lib/.
 */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The code point at s: returns its length in bytes (1-4), or 0 when the byte
 * at s is not the beginning of valid UTF-8 (overlong forms, surrogates and
 * what lies above U+10FFFF are not).  At the NUL: 1 byte, code point 0.
 */
size_t utf8_next(uint32_t *cp, const char *s);

/* Whatever is not UTF-8, as where a sentence was cut inside a character, becomes '?'. */
void utf8_clean(char *text);

#endif
