/*
 * log.c - the auditor's question: pages of the record.  Runs in s3jitd.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/wire.h"

#include "handlers.h"

#define PAGE_RECORDS 500
/* Leaves room for the other fields and for JSON's escapes inside WIRE_MAX. */
#define PAGE_BYTES (WIRE_MAX / 2 - 16384)

static bool
any_request(struct conn *c, const struct request_row *row)
{
	(void)c;
	(void)row;
	return true;
}

/* The whole id for what was typed; a whole one may be that of a request that is gone. */
static int
whole_id(struct conn *c, char id[REQUEST_ID], const char *typed, struct s3jit_err *err)
{
	struct request_row row;

	snprintf(id, REQUEST_ID, "%s", typed);
	if (typed[0] == '\0' || (strlen(typed) == REQUEST_ID - 1 && request_id_ok(typed)))
		return 0;
	if (queue_read(c, &row, typed, any_request, err) == -1)
		return -1;
	snprintf(id, REQUEST_ID, "%s", row.id);
	codec_clear(&request_row_table, &row);
	return 0;
}

int
on_log(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_log *q = msg;
	int64_t limit = q->limit < 1 || q->limit > PAGE_RECORDS ? PAGE_RECORDS : q->limit;
	struct msg_log_answer a = { 0 };
	struct list rows = { 0 };
	struct audit_row *row;
	struct log_record *rec, lent = { 0 };
	char id[REQUEST_ID];
	size_t i, bytes = 0;
	int ret = 0;

	if (whole_id(c, id, q->request, err) == -1)
		return -1;
	/* One more than asked tells whether there is more. */
	if (store_audit_page(c->b->store, &rows, q->after, limit + 1, id, q->since, q->until,
	    err) == -1)
		return -1;
	for (i = 0; i < rows.n && ret == 0; i++) {
		row = &((struct audit_row *)rows.v)[i];
		bytes += strlen(row->record) + 256;
		if ((int64_t)i == limit || (i > 0 && bytes > PAGE_BYTES)) {
			a.more = true;
			break;
		}
		lent = (struct log_record){ row->seq, row->prev, row->hash, row->record };
		if ((rec = list_push(&a.records, &log_record_table)) == NULL)
			ret = s3jit_fail_errno(err, "memory");
		else
			ret = codec_copy(&log_record_table, rec, &lent, err);
	}
	if (ret == 0)
		conn_answer(c, &log_answer_table, &a);
	codec_clear(&log_answer_table, &a);
	store_rows_clear(&rows, &audit_row_table);
	return ret;
}
