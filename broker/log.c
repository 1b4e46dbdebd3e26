/*
 * log.c - the auditor's question: pages of the record.  Runs in s3jitd.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/wire.h"

#include "handlers.h"

#define PAGE_RECORDS 500
/* Leaves room for the other fields and for JSON's escapes inside WIRE_MAX. */
#define PAGE_BYTES (WIRE_MAX / 2 - 16384)

int
on_log(struct conn *c, const void *msg, struct s3jit_err *err)
{
	const struct msg_log *q = msg;
	int64_t limit = q->limit < 1 || q->limit > PAGE_RECORDS ? PAGE_RECORDS : q->limit;
	struct msg_log_answer a = { 0 };
	struct list rows = { 0 };
	struct audit_row *row;
	struct log_record *rec, lent = { 0 };
	size_t i, bytes = 0;
	int ret = 0;

	/* One more than asked tells whether there is more. */
	if (store_audit_page(c->b->store, &rows, q->after, limit + 1, q->request, q->since,
	    q->until, err) == -1)
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
