/*
 * fuzz_http_header.c - header lines of STS's answers: the first byte is the room
 * for the value, then come the line's bytes.
 *
 * parser: signer/http.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/escape.h"
#include "signer/http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "date", "x-amzn-requestid", "x-amz-request-id" };
	size_t room = size > 0 ? (size_t)data[0] + 1 : 1, i;
	char *buf = malloc(room);

	MUST(buf != NULL);
	for (i = 0; size > 0 && i < sizeof(names) / sizeof(names[0]); i++)
		if (http_header_value(buf, room, (const char *)data + 1, size - 1, names[i]))
			MUST(strlen(buf) < room && escape_is_plain(buf));
	free(buf);
	return 0;
}
