/*
 * utf8.c - one strict UTF-8 decoder for all of lib/; pure.
 */
#include "config.h"

#include "utf8.h"

/* The least code point that needs so many bytes: less is an overlong form. */
static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

static size_t
length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

size_t
utf8_next(uint32_t *cp, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len = length_of(p[0]), i;
	uint32_t n;

	if (len == 0)
		return 0;
	n = len == 1 ? p[0] : p[0] & (0x7fU >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)	/* stops at the NUL, too */
			return 0;
		n = n << 6 | (p[i] & 0x3fU);
	}
	if (n < least[len] || n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff))
		return 0;
	*cp = n;
	return len;
}

void
utf8_clean(char *text)
{
	uint32_t cp;
	size_t n;

	for (; *text != '\0'; text += n)
		if ((n = utf8_next(&cp, text)) == 0) {
			*text = '?';
			n = 1;
		}
}
