/*
 * fuzz_s3xml.c - S3's XML answers come from the network (B13): whatever they
 * are, the parser ends, keeps inside its fields, and leaves text that can be
 * shown and sent on.
 *
 * parser: transfer/s3xml.c
 */
#include "config.h"

#include "../../transfer/s3xml.h"

#include "fuzz.h"

/* A field ends inside its room and is zero when the answer was refused. */
static void
check(const char *text, size_t room, int ret)
{
	MUST(memchr(text, '\0', room) != NULL);
	MUST(ret == 0 || *text == '\0');
}

static int
on_entry(void *arg, const struct s3xml_entry *e, struct s3jit_err *err)
{
	int *n = arg;

	check(e->key, sizeof(e->key), 0);
	check(e->size, sizeof(e->size), 0);
	check(e->modified, sizeof(e->modified), 0);
	return ++*n > 100 ? s3jit_fail(err, S3JIT_EAWS, "enough") : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s3jit_err err = { 0 };
	struct s3xml xml;
	int n = 0;
	int ret = s3xml_parse(&xml, (const char *)data, size, on_entry, &n, &err);

	check(xml.root, sizeof(xml.root), ret);
	check(xml.code, sizeof(xml.code), ret);
	check(xml.message, sizeof(xml.message), ret);
	check(xml.upload_id, sizeof(xml.upload_id), ret);
	check(xml.etag, sizeof(xml.etag), ret);
	check(xml.truncated, sizeof(xml.truncated), ret);
	check(xml.token, sizeof(xml.token), ret);
	MUST((ret == -1) == (err.code != S3JIT_OK));
	MUST(ret == -1 || *xml.root != '\0');
	return 0;
}
