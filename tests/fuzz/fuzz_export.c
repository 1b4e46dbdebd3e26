/*
 * fuzz_export.c - the record as exported, from whoever brings the file (A2): each
 * line is read, or damaged; what is read is written back the same.
 *
 * parser: client/chain_verify.c
 */
#include "config.h"

#include "client/chain_verify.h"
#include "fuzz.h"

static void
written_back(const struct log_record *r)
{
	struct log_record again;
	struct s3jit_err err;
	char *line, *ended;

	/* escaped for terminals, and still the same record */
	MUST(chain_line_write(&line, r, &err) == 0 && asprintf(&ended, "%s\n", line) != -1);
	MUST(chain_line_read(&again, ended, strlen(ended), &err) == 0);
	MUST(again.seq == r->seq && strcmp(again.prev, r->prev) == 0 &&
	    strcmp(again.hash, r->hash) == 0 && strcmp(again.record, r->record) == 0);
	codec_clear(&log_record_table, &again);
	free(ended);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *newline;
	struct s3jit_err err = { 0 };
	struct log_record r;
	struct chain c;
	size_t len;
	int ok = 0;

	MUST(chain_begin(&c, NULL, size > 0 && *at == ' ', &err) == 0);
	for (; at < end && ok == 0; at += len) {
		newline = memchr(at, '\n', (size_t)(end - at));
		len = newline == NULL ? (size_t)(end - at) : (size_t)(newline - at) + 1;
		if ((ok = chain_line_read(&r, at, len, &err)) == 0) {
			written_back(&r);
			if ((ok = chain_add(&c, &r, &err)) == 0)
				MUST(c.last == r.seq && strcmp(c.hash, r.hash) == 0);
		}
		MUST(ok == 0 || err.code == S3JIT_ECHANGED);
		codec_clear(&log_record_table, &r);
	}
	MUST((chain_finish(&c, &err) == 0) == (c.last != 0));
	return 0;
}
