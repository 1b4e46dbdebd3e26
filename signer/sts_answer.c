/*
 * sts_answer.c - read what STS answered, with expat.
 *
 * Runs in s3jit-signer.  The secrets pass through one buffer that is wiped;
 * what expat copied is wiped when expat frees it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "s3jit/clock.h"
#include "s3jit/escape.h"

#include "sts_answer.h"

#define DEPTH_MAX 16

enum { ACCESS_KEY_ID, SECRET, TOKEN, EXPIRATION, ROLE_ID, REQUEST_ID, CODE, MESSAGE, FIELDS };

/* The first of a name counts.  RGW writes AssumeRoleId. */
static const struct {
	const char *name;
	int field;
	size_t max;
} elements[] = {
	{ "AccessKeyId",	ACCESS_KEY_ID,	128 },
	{ "SecretAccessKey",	SECRET,		256 },
	{ "SessionToken",	TOKEN,		KEYS_TOKEN_MAX },
	{ "Expiration",		EXPIRATION,	64 },
	{ "AssumedRoleId",	ROLE_ID,	255 },
	{ "AssumeRoleId",	ROLE_ID,	255 },
	{ "RequestId",		REQUEST_ID,	127 },
	{ "Code",		CODE,		63 },
	{ "Message",		MESSAGE,	511 },
};
#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

struct reader {
	XML_Parser parser;
	int depth;
	int element;		/* which of the above we are in, or -1 */
	char *text;		/* of the element, KEYS_TOKEN_MAX + 1 bytes */
	size_t len;
	char *value[FIELDS];
};

static void XMLCALL
on_doctype(void *arg, const char *name, const char *sysid, const char *pubid, int internal)
{
	struct reader *r = arg;

	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	XML_StopParser(r->parser, XML_FALSE);	/* no entities, no expansion */
}

static void XMLCALL
on_start(void *arg, const char *name, const char **attributes)
{
	const char *local = strrchr(name, ':');
	struct reader *r = arg;
	size_t i;

	(void)attributes;
	local = local == NULL ? name : local + 1;
	r->element = -1;
	r->len = 0;
	if (++r->depth > DEPTH_MAX)
		XML_StopParser(r->parser, XML_FALSE);
	for (i = 0; i < ELEMENTS; i++)
		if (strcmp(elements[i].name, local) == 0 && r->value[elements[i].field] == NULL)
			r->element = (int)i;
}

static void XMLCALL
on_text(void *arg, const char *text, int len)
{
	struct reader *r = arg;

	if (r->element == -1)
		return;
	if ((size_t)len > elements[r->element].max - r->len) {
		XML_StopParser(r->parser, XML_FALSE);
		return;
	}
	memcpy(r->text + r->len, text, (size_t)len);
	r->len += (size_t)len;
}

static void XMLCALL
on_end(void *arg, const char *name)
{
	struct reader *r = arg;

	(void)name;
	r->depth--;
	if (r->element == -1)
		return;
	r->text[r->len] = '\0';
	if ((r->value[elements[r->element].field] = strdup(r->text)) == NULL)
		XML_StopParser(r->parser, XML_FALSE);
	r->element = -1;
}

static const char *
value(const struct reader *r, int field)
{
	return r->value[field] == NULL ? "" : r->value[field];
}

static int
take_values(struct sts_answer *a, const struct reader *r, struct s3jit_err *err)
{
	int64_t expiration;

	snprintf(a->role_id, sizeof(a->role_id), "%s", value(r, ROLE_ID));
	snprintf(a->request_id, sizeof(a->request_id), "%s", value(r, REQUEST_ID));
	snprintf(a->code, sizeof(a->code), "%s", value(r, CODE));
	snprintf(a->message, sizeof(a->message), "%s", value(r, MESSAGE));
	if (*a->code != '\0')
		return 0;
	if (!escape_is_word(value(r, ACCESS_KEY_ID)) || !escape_is_word(value(r, SECRET)) ||
	    !escape_is_word(value(r, TOKEN)) || !escape_is_word(a->role_id) ||
	    clock_parse_iso(&expiration, value(r, EXPIRATION)) == -1)
		return s3jit_fail(err, S3JIT_EPROTO, "its answer is not what AssumeRole answers");
	return keys_new(&a->keys, value(r, ACCESS_KEY_ID), value(r, SECRET), value(r, TOKEN),
	    expiration, err);
}

int
sts_answer_parse(struct sts_answer *a, const char *xml, size_t len, struct s3jit_err *err)
{
	static const XML_Memory_Handling_Suite wiping = { wipe_malloc, wipe_realloc, wipe_free };
	struct reader r = { .element = -1 };
	int i, ret = -1;

	memset(a, 0, sizeof(*a));
	if ((r.text = malloc(KEYS_TOKEN_MAX + 1)) == NULL ||
	    (r.parser = XML_ParserCreate_MM(NULL, &wiping, NULL)) == NULL) {
		s3jit_fail_errno(err, "reading its answer");
		goto out;
	}
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, xml, (int)len, 1) != XML_STATUS_OK) {
		s3jit_fail(err, S3JIT_EPROTO, "its answer is not XML that we can read");
		goto out;
	}
	ret = take_values(a, &r, err);
out:
	if (r.parser != NULL)
		XML_ParserFree(r.parser);
	if (r.text != NULL)
		explicit_bzero(r.text, KEYS_TOKEN_MAX + 1);
	free(r.text);
	for (i = 0; i < FIELDS; i++)
		wipe_free(r.value[i]);
	return ret;
}

void
sts_answer_clear(struct sts_answer *a)
{
	keys_free(a->keys);
	memset(a, 0, sizeof(*a));
}
