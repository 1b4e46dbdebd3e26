/*
 * list.c - names below a prefix: ListObjectsV2, page after page.
 *
 * Runs in transfer.  Names come URL-encoded (XML cannot carry every byte of a
 * key) and are told to the client decoded, one by one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"
#include "s3jit/hex.h"
#include "transfer/op.h"

#define PAGE_MAX (4 * 1024 * 1024)	/* 1,000 keys of 1,024 bytes, encoded */

struct list_state {
	const struct transfer_start *start;
	size_t at;		/* the object whose pages are asked for */
	bool asking;
	char token[2049];	/* of its next page, "" for the first */
};

static int
list_begin(void **state, const struct transfer_start *start, struct s3jit_err *err)
{
	struct list_state *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	l->start = start;
	*state = l;
	return 0;
}

static int
list_next(void *state, struct job *job, struct s3jit_err *err)
{
	struct list_state *l = state;
	const struct transfer_object *o = l->start->objects.v;

	if (l->asking || l->at == l->start->objects.n)
		return 0;
	o += l->at;
	job_init(job, "GET", o->bucket, "", (int64_t)l->at);
	job->root = "ListBucketResult";
	job->answer_max = PAGE_MAX;
	l->asking = true;
	if (job_query(job, "list-type", "2", err) == -1 ||
	    job_query(job, "encoding-type", "url", err) == -1 ||
	    job_query(job, "prefix", o->key, err) == -1 ||
	    (*l->start->delimiter != '\0' &&
	    job_query(job, "delimiter", l->start->delimiter, err) == -1) ||
	    (*l->token != '\0' && job_query(job, "continuation-token", l->token, err) == -1))
		return -1;
	return 1;
}

/* %XX and + in place; -1 when malformed, or a NUL hides in it. */
static int
url_decode(char *text)
{
	char *to = text;
	int high, low;

	for (; *text != '\0'; text++) {
		if (*text != '%') {
			*to++ = *text == '+' ? ' ' : *text;
			continue;
		}
		high = hex_digit(text[1]);
		low = high == -1 ? -1 : hex_digit(text[2]);
		if (low == -1 || high + low == 0)
			return -1;
		*to++ = (char)(high * 16 + low);
		text += 2;
	}
	*to = '\0';
	return 0;
}

struct page {
	struct run *run;
	int64_t index;
};

static int
tell_entry(void *arg, const struct s3xml_entry *e, struct s3jit_err *err)
{
	struct page *page = arg;
	struct s3xml_entry copy = *e;
	struct transfer_entry m = { .index = page->index, .prefix = e->prefix };
	char *end = NULL;
	int ret = -1;

	m.size = (int64_t)strtoll(e->size, &end, 10);
	m.modified = copy.modified;
	if (url_decode(copy.key) == -1 || *copy.key == '\0' || m.size < 0 ||
	    (!e->prefix && (*e->size == '\0' || *end != '\0')))
		return s3jit_fail(err, S3JIT_EAWS, "S3's listing has a line that makes no sense");
	if ((m.key = escape_to_utf8(copy.key)) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	ret = run_entry(page->run, &m, err);
	free(m.key);
	return ret;
}

static int
list_done(void *state, struct run *run, const struct job *job, const struct answer *a,
    struct s3jit_err *err)
{
	struct list_state *l = state;
	struct page page = { run, job->index };
	struct s3xml xml;

	/* it was parsed as a whole before: nothing is told of a broken page */
	if (s3xml_parse(&xml, a->text, a->len, tell_entry, &page, err) == -1)
		return -1;
	l->asking = false;
	if (strcmp(xml.truncated, "true") != 0) {
		l->token[0] = '\0';
		l->at++;
		return run_object_done(run, job, a, "", 0, err);
	}
	if (*xml.token == '\0' || strcmp(xml.token, l->token) == 0)
		return s3jit_fail(err, S3JIT_EAWS, "S3's listing does not say how to go on");
	memcpy(l->token, xml.token, sizeof(l->token));
	return 0;
}

const struct op op_list = { TRANSFER_LIST, list_begin, list_next, list_done, NULL, free };
