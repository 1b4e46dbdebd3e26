/*
 * s3xml.c - S3's XML answers, through expat.
 *
 * Runs in transfer.  A table says which element (by its path of names) fills
 * which field; all else is skipped.  AWS and RGW order and adorn their
 * answers differently, names are what they share.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include <expat.h>

#include "s3xml.h"

#define DEPTH_MAX 12

enum target { ANSWER, ENTRY };

static const struct rule {
	const char *path;
	enum target target;
	size_t off, size;
	bool cut;			/* too long: keep the beginning */
} rules[] = {
#define A(path, field, cut) \
	{ path, ANSWER, offsetof(struct s3xml, field), sizeof(((struct s3xml *)0)->field), cut }
#define E(path, field) \
	{ path, ENTRY, offsetof(struct s3xml_entry, field), \
	    sizeof(((struct s3xml_entry *)0)->field), false }
	A("/Error/Code", code, false),
	A("/Error/Message", message, true),
	A("/InitiateMultipartUploadResult/UploadId", upload_id, false),
	A("/CompleteMultipartUploadResult/ETag", etag, false),
	A("/ListBucketResult/IsTruncated", truncated, false),
	A("/ListBucketResult/NextContinuationToken", token, false),
	E("/ListBucketResult/Contents/Key", key),
	E("/ListBucketResult/Contents/Size", size),
	E("/ListBucketResult/Contents/LastModified", modified),
	E("/ListBucketResult/CommonPrefixes/Prefix", key),
#undef A
#undef E
};
#define NRULES (sizeof(rules) / sizeof(rules[0]))

static const char contents[] = "/ListBucketResult/Contents";
static const char prefixes[] = "/ListBucketResult/CommonPrefixes";

struct reading {
	XML_Parser parser;
	struct s3xml *out;
	struct s3xml_entry line;
	char path[256];
	int depth;
	uint32_t seen;			/* bit per rule: met already (per entry: in this one) */
	const struct rule *rule;	/* that the present element fills, or NULL */
	size_t len;			/* of its text so far */
	int (*entry)(void *, const struct s3xml_entry *, struct s3jit_err *);
	void *arg;
	struct s3jit_err *err;
	bool stopped;			/* by us; err says why */
};

static void
stop(struct reading *r, const char *why)
{
	if (!r->stopped)
		s3jit_fail(r->err, S3JIT_EAWS, "S3's answer is refused: %s", why);
	r->stopped = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static char *
field(struct reading *r, const struct rule *rule)
{
	char *base = rule->target == ANSWER ? (char *)r->out : (char *)&r->line;

	return base + rule->off;
}

/* Append "/name" to the path; the prefix of a qualified name is dropped. */
static int
descend(struct reading *r, const char *name)
{
	const char *local = strrchr(name, ':');
	size_t have = strlen(r->path);
	size_t more;

	local = local == NULL ? name : local + 1;
	more = strlen(local);
	if (++r->depth > DEPTH_MAX || more >= sizeof(r->out->root) ||
	    have + 1 + more >= sizeof(r->path)) {
		stop(r, "nested too deep, or names too long");
		return -1;
	}
	r->path[have] = '/';
	memcpy(r->path + have + 1, local, more + 1);
	if (r->depth == 1)
		memcpy(r->out->root, local, more + 1);
	return 0;
}

static void
begin_field(struct reading *r, size_t i)
{
	if (r->seen & (UINT32_C(1) << i)) {
		stop(r, "a field stands in it twice");
		return;
	}
	r->seen |= UINT32_C(1) << i;
	r->rule = &rules[i];
	r->len = 0;
}

/* A new line of a listing: its fields may be met again. */
static void
begin_line(struct reading *r)
{
	size_t i;

	memset(&r->line, 0, sizeof(r->line));
	r->line.prefix = strcmp(r->path, prefixes) == 0;
	for (i = 0; i < NRULES; i++)
		if (rules[i].target == ENTRY)
			r->seen &= ~(UINT32_C(1) << i);
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *r = arg;
	size_t i;

	(void)attributes;
	if (r->stopped)
		return;
	if (r->rule != NULL) {
		stop(r, "an element inside a text field");
		return;
	}
	if (descend(r, name) == -1)
		return;
	if (strcmp(r->path, contents) == 0 || strcmp(r->path, prefixes) == 0)
		begin_line(r);
	for (i = 0; i < NRULES; i++)
		if (strcmp(r->path, rules[i].path) == 0)
			begin_field(r, i);
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;
	char *slash;

	(void)name;
	if (r->stopped)
		return;
	r->rule = NULL;
	if ((strcmp(r->path, contents) == 0 || strcmp(r->path, prefixes) == 0) &&
	    r->entry != NULL && r->entry(r->arg, &r->line, r->err) == -1) {
		r->stopped = true;
		XML_StopParser(r->parser, XML_FALSE);
		return;
	}
	if ((slash = strrchr(r->path, '/')) != NULL)
		*slash = '\0';
	r->depth--;
}

static void XMLCALL
on_text(void *arg, const XML_Char *text, int n)
{
	struct reading *r = arg;
	size_t len = (size_t)n;
	char *to;

	if (r->stopped || r->rule == NULL)
		return;
	if (len >= r->rule->size - r->len) {
		if (!r->rule->cut) {
			stop(r, "a field is too long");
			return;
		}
		len = r->rule->size - 1 - r->len;
		/* never half a character */
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	to = field(r, r->rule) + r->len;
	memcpy(to, text, len);
	r->len += len;
	if (len < (size_t)n)
		r->rule = NULL;		/* full: skip the rest */
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
    int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(arg, "it has a document type");
}

int
s3xml_parse(struct s3xml *out, const char *text, size_t len,
    int (*entry)(void *, const struct s3xml_entry *, struct s3jit_err *), void *arg,
    struct s3jit_err *err)
{
	struct reading r = { .out = out, .entry = entry, .arg = arg, .err = err };
	int ret = -1;

	memset(out, 0, sizeof(*out));
	/* S3 keeps a slow Complete alive with blanks, which XML does not allow here */
	for (; len > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0'; text++)
		len--;
	if (len > INT32_MAX) {
		s3jit_fail(err, S3JIT_EAWS, "S3's answer is too long");
		goto out;
	}
	if ((r.parser = XML_ParserCreate(NULL)) == NULL) {
		s3jit_fail(err, S3JIT_ESYS, "not enough memory");
		goto out;
	}
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, text, (int)len, 1) != XML_STATUS_OK) {
		if (!r.stopped)
			s3jit_fail(err, S3JIT_EAWS, "S3's answer is not XML: %s",
			    XML_ErrorString(XML_GetErrorCode(r.parser)));
		goto out;
	}
	ret = 0;
out:
	if (r.parser != NULL)
		XML_ParserFree(r.parser);
	if (ret == -1)
		memset(out, 0, sizeof(*out));
	return ret;
}

bool
s3xml_is_error(const struct s3xml *xml)
{
	return strcmp(xml->root, "Error") == 0;
}
