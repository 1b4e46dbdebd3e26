/*
 * chain_verify.c - is this the record as it was written?
 *
 * Linked into s3-audit, which anybody may run on an export: it trusts neither
 * the file nor the broker.  What a chain alone can't show is that its end was
 * cut off; for that compare its last hash with syslog, or give it as `head`.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"
#include "s3jit/hex.h"

#include "chain_verify.h"

int
chain_begin(struct chain *c, const char *head, bool part, struct s3jit_err *err)
{
	char *end;

	memset(c, 0, sizeof(*c));
	c->part = part;
	if (head == NULL)
		return 0;
	c->head_seq = strtoll(head, &end, 10);
	if (c->head_seq < 1 || *end != ':' || !hex_is_sha256(end + 1))
		return s3jit_fail(err, S3JIT_EUSAGE, "--head wants NUMBER:HASH, as in the line "
		    "that syslog has of that record");
	memcpy(c->head_hash, end + 1, CHAIN_HEX);
	return 0;
}

int
chain_add(struct chain *c, const struct log_record *r, struct s3jit_err *err)
{
	char hash[CHAIN_HEX];
	long long seq = r->seq;

	/* they are counted from 1: 0 stands for none here, and behind the last there is none */
	if (seq < 1 || seq == INT64_MAX)
		return s3jit_fail(err, S3JIT_ECHANGED, "There is no record %lld", seq);
	if (c->last == 0 && !c->part && seq != 1)
		return s3jit_fail(err, S3JIT_ECHANGED, "It begins with record %lld: what came before "
		    "is missing", seq);
	if (c->last != 0 && seq != c->last + 1)
		return s3jit_fail(err, S3JIT_ECHANGED, "Record %lld follows record %lld: records are "
		    "missing or in another order", seq, (long long)c->last);
	if (seq == 1 && strcmp(r->prev, CHAIN_FIRST_PREV) != 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "Record 1 says that something came before it");
	if (c->last != 0 && strcmp(r->prev, c->hash) != 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "Record %lld does not follow record %lld as it "
		    "is here: one of them was changed", seq, (long long)c->last);
	chain_hash(hash, r->prev, r->seq, r->record);
	if (strcmp(hash, r->hash) != 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "Record %lld was changed: its hash is another",
		    seq);
	if (seq == c->head_seq) {
		if (strcmp(hash, c->head_hash) != 0)
			return s3jit_fail(err, S3JIT_ECHANGED, "Record %lld is not the one that --head "
			    "names: history was written anew", seq);
		c->head_seen = true;
	}
	if (c->first == 0)
		c->first = r->seq;
	c->last = r->seq;
	memcpy(c->hash, hash, CHAIN_HEX);
	return 0;
}

int
chain_finish(const struct chain *c, struct s3jit_err *err)
{
	if (c->last == 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "There is no record in it");
	if (c->head_seq != 0 && c->head_seq < c->first)
		return s3jit_fail(err, S3JIT_EUSAGE, "It begins with record %lld; record %lld of --head "
		    "is before that, and says nothing about this part", (long long)c->first,
		    (long long)c->head_seq);
	if (c->head_seq != 0 && !c->head_seen)
		return s3jit_fail(err, S3JIT_ECHANGED, "It ends with record %lld, but record %lld is "
		    "known from --head: its end was cut off", (long long)c->last,
		    (long long)c->head_seq);
	return 0;
}

static const char *
text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

int
chain_line_read(struct log_record *r, const char *line, size_t len, struct s3jit_err *err)
{
	json_error_t why;
	json_t *o, *seq;
	int ret = -1;

	memset(r, 0, sizeof(*r));
	if (len == 0 || line[len - 1] != '\n')
		return s3jit_fail(err, S3JIT_ECHANGED, "the last line is cut off");
	o = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	seq = json_object_get(o, "seq");
	if (o == NULL || json_object_size(o) != 4 || !json_is_integer(seq) ||
	    json_object_get(o, "record") == NULL || !hex_is_sha256(text_of(o, "prev")) ||
	    !hex_is_sha256(text_of(o, "hash"))) {
		s3jit_fail(err, S3JIT_ECHANGED, "this is no line of an export");
		goto out;
	}
	r->seq = json_integer_value(seq);
	r->prev = strdup(text_of(o, "prev"));
	r->hash = strdup(text_of(o, "hash"));
	r->record = strdup(text_of(o, "record"));
	if (r->prev != NULL && r->hash != NULL && r->record != NULL)
		ret = 0;
	else
		s3jit_fail_errno(err, "reading an export");
out:
	json_decref(o);
	return ret;
}

int
chain_line_write(char **line, const struct log_record *r, struct s3jit_err *err)
{
	json_t *o = json_pack("{s:I, s:s, s:s, s:s}", "seq", (json_int_t)r->seq, "prev", r->prev,
	    "hash", r->hash, "record", r->record);
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);

	*line = text == NULL ? NULL : escape_json(text);
	free(text);
	json_decref(o);
	if (*line == NULL)
		return s3jit_fail(err, S3JIT_EPROTO, "record %lld can't be written as JSON",
		    (long long)r->seq);
	return 0;
}
