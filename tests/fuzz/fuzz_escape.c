/*
 * fuzz_escape.c - whatever comes in, printable ASCII comes out (Q12), and no
 * more than asked for.
 *
 * parser: lib/escape.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/escape.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *whole, *cut, *utf8, *again;
	size_t max = 16 + (size > 0 ? data[0] : 0);

	MUST((whole = escape_text(text)) != NULL && escape_is_plain(whole));
	MUST((cut = escape_cut(text, max)) != NULL && escape_is_plain(cut));
	MUST(strlen(cut) <= max);
	MUST((strlen(whole) <= max) == (strcmp(whole, cut) == 0));
	/* what goes into JSON is UTF-8: no stray byte is left to escape */
	MUST((utf8 = escape_to_utf8(text)) != NULL);
	MUST((again = escape_text(utf8)) != NULL && strstr(again, "\\x{") == NULL);
	free(again);
	free(utf8);
	free(cut);
	free(whole);
	free(text);
	return 0;
}
