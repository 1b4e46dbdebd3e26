/*
 * audit.c - write audit records, keep count of those that could not be
 * written, and see that they leave the host.
 *
 * Runs in s3jitd.  Promise: audit_add() returned 0 and the transaction
 * committed means the record is in the chain (A1).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit_private.h"
#include "s3jit/clock.h"
#include "s3jit/fault.h"

#define SEND_AT_ONCE	256	/* records; a long catch-up must not stop the loop */
#define SAVE_EVERY_MS	1000	/* after a crash at most this much is sent twice */

int
audit_new(struct audit **out, struct store *store, const char *host, const char *boot_id,
    const char *config_hash, struct s3jit_err *err)
{
	struct audit *a;

	*out = NULL;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return s3jit_fail_errno(err, "memory");
	a->store = store;
	a->log_fd = -1;
	a->dev_log = "/dev/log";
	a->journal = "/run/systemd/journal/socket";
	snprintf(a->boot_id, sizeof(a->boot_id), "%s", boot_id);
	a->host = strdup(host);
	a->config_hash = strdup(config_hash);
	if (a->host == NULL || a->config_hash == NULL) {
		audit_free(a);
		return s3jit_fail_errno(err, "memory");
	}
	*out = a;
	return 0;
}

void
audit_paths(struct audit *a, const char *dev_log, const char *journal)
{
	a->dev_log = dev_log;
	a->journal = journal;
}

/* --- one record into the open transaction -------------------------------------- */

static int
append(struct audit *a, struct audit_row *row, struct s3jit_err *err)
{
	if (store_audit_append(a->store, row, err) == -1)
		return -1;
	if (a->loose.transaction != store_transaction(a->store))
		memset(&a->loose, 0, sizeof(a->loose));
	a->loose.transaction = store_transaction(a->store);
	a->loose.seq = row->seq;
	snprintf(a->loose.hash, sizeof(a->loose.hash), "%s", row->hash);
	return 0;
}

static int __attribute__((sentinel))
append_gap_record(struct audit *a, struct s3jit_err *err, const char *text, ...)
{
	struct audit_row row = { .wall = clock_wall() };
	va_list ap;
	int ret = -1;

	va_start(ap, text);
	row.record = audit_record(a, row.wall, "gap", "", text, ap);
	va_end(ap);
	if (row.record == NULL || (row.id = strdup("")) == NULL)
		s3jit_fail_errno(err, "memory");
	else
		ret = append(a, &row, err);
	codec_clear(&audit_row_table, &row);
	return ret;
}

/* Once for each gap, in front of the next record. */
static int
append_gap(struct audit *a, struct s3jit_err *err)
{
	char text[128], from[CLOCK_TEXT], to[CLOCK_TEXT];

	if (a->gap.count == 0 || a->loose.gap != 0)
		return 0;
	clock_iso(from, a->gap.from);
	clock_iso(to, a->gap.to);
	snprintf(text, sizeof(text), "%lld records could not be written", (long long)a->gap.count);
	if (append_gap_record(a, err, text, "#count", a->gap.count, "from", from, "to", to,
	    NULL) == -1)
		return -1;
	a->loose.gap = a->gap.count;
	return 0;
}

static void
note_gap(struct audit *a, int64_t count)
{
	if (count == 0)
		return;
	a->gap.to = clock_wall();
	if (a->gap.count == 0)
		a->gap.from = a->gap.to;
	a->gap.count += count;
}

/* The transaction that took our records is over: do they stand? */
static void
settle(struct audit *a)
{
	struct loose was = a->loose;
	struct list rows = { 0 };
	bool stands;

	if (was.transaction == 0 || was.transaction == store_transaction(a->store))
		return;
	memset(&a->loose, 0, sizeof(a->loose));
	if (was.tries == 0 && was.gap == 0)
		return;
	stands = store_audit_page(a->store, &rows, was.seq - 1, 1, "", 0, 0, NULL) == 0 &&
	    rows.n == 1 && strcmp(((struct audit_row *)rows.v)->hash, was.hash) == 0;
	store_rows_clear(&rows, &audit_row_table);
	if (stands)
		a->gap.count -= was.gap;
	else
		note_gap(a, was.tries);
}

/* In the open transaction, or in one of its own. */
static int
write_row(struct audit *a, struct audit_row *row, struct s3jit_err *err)
{
	bool own;

	settle(a);
	own = store_transaction(a->store) == 0;
	if (own && store_begin(a->store, err) == -1)
		return -1;
	if (append_gap(a, err) == -1 || append(a, row, err) == -1) {
		if (own)
			store_rollback(a->store);
		return -1;
	}
	return own ? store_commit(a->store, err) : 0;
}

/* --- what others call ------------------------------------------------------------- */

static int
make_row(struct audit *a, struct audit_row *row, const char *event, const char *id,
    const char *text, va_list ap, struct s3jit_err *err)
{
	memset(row, 0, sizeof(*row));
	row->wall = clock_wall();
	row->record = audit_record(a, row->wall, event, id, text, ap);
	row->id = strdup(id);
	if (row->record != NULL && row->id != NULL)
		return 0;
	codec_clear(&audit_row_table, row);
	return s3jit_fail(err, S3JIT_ERECORD, "there is no memory for an audit record");
}

int
audit_add(struct audit *a, struct s3jit_err *err, const char *event, const char *id,
    const char *text, ...)
{
	struct audit_row row;
	va_list ap;
	int ret;

	va_start(ap, text);
	ret = make_row(a, &row, event, id, text, ap, err);
	va_end(ap);
	if (ret == 0)
		ret = write_row(a, &row, err);
	codec_clear(&audit_row_table, &row);
	return ret;
}

void
audit_try(struct audit *a, const char *event, const char *id, const char *text, ...)
{
	struct sending unrecorded = { .hash = "-" };
	struct audit_row row;
	va_list ap;
	int ret;

	va_start(ap, text);
	ret = make_row(a, &row, event, id, text, ap, NULL);
	va_end(ap);
	if (ret == 0 && (ret = write_row(a, &row, NULL)) == -1) {
		unrecorded.record = row.record;
		unrecorded.wall = row.wall;
		audit_send(a, &unrecorded);	/* better seen off the host than nowhere */
	}
	if (ret == -1)
		note_gap(a, 1);
	else if (a->loose.transaction == store_transaction(a->store))
		a->loose.tries++;
	codec_clear(&audit_row_table, &row);
}

/* --- off the host --------------------------------------------------------------------- */

static int
send_row(struct audit *a, const struct audit_row *row)
{
	const struct sending sending = { row->seq, row->hash, row->record, row->wall };

	FAULT_POINT("audit-before-send");
	if (audit_send(a, &sending) == -1)
		return -1;
	a->sent = row->seq;
	return 0;
}

static void
send_rows(struct audit *a)
{
	struct list rows;
	size_t i;

	if ((a->sent == 0 ? store_audit_unforwarded(a->store, &rows, SEND_AT_ONCE, NULL) :
	    store_audit_page(a->store, &rows, a->sent, SEND_AT_ONCE, "", 0, 0, NULL)) == -1)
		return;
	for (i = 0; i < rows.n; i++)
		if (send_row(a, &((struct audit_row *)rows.v)[i]) == -1)
			break;
	store_rows_clear(&rows, &audit_row_table);
}

/* Not after each record: that would cost each one a second sync. */
static void
save_mark(struct audit *a)
{
	FAULT_POINT("audit-after-send");
	if (store_begin(a->store, NULL) == -1)
		return;
	if (store_audit_mark_forwarded(a->store, a->sent, NULL) == -1)
		store_rollback(a->store);
	else if (store_commit(a->store, NULL) == 0)
		a->saved = a->sent;
	a->saved_ms = clock_boot_ms();
}

/* A gap that no further record tells of is told by itself. */
static void
tell_gap(struct audit *a)
{
	if (a->gap.count == 0 || store_begin(a->store, NULL) == -1)
		return;
	if (append_gap(a, NULL) == -1)
		store_rollback(a->store);
	else
		store_commit(a->store, NULL);
	settle(a);
}

void
audit_forward(struct audit *a)
{
	if (store_transaction(a->store) != 0)
		return;
	settle(a);
	audit_refused_tick(a);
	tell_gap(a);
	send_rows(a);
	if (a->sent > a->saved && clock_boot_ms() - a->saved_ms >= SAVE_EVERY_MS)
		save_mark(a);
}

void
audit_free(struct audit *a)
{
	if (a == NULL)
		return;
	if (a->sent > a->saved && store_transaction(a->store) == 0)
		save_mark(a);
	if (a->log_fd != -1)
		close(a->log_fd);
	free(a->host);
	free(a->config_hash);
	free(a);
}
