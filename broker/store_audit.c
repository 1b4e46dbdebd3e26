/*
 * store_audit.c - the audit chain and the accepted configurations on record.
 *
 * The chain goes on from the head that `meta` keeps, not from the last row: a
 * tail that was cut off leaves a hole that `s3-audit verify` finds (A2).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/chain.h"
#include "store_sqlite.h"
#include "store_table.h"

static const struct field audit_fields[] = {
	COL_INT(struct audit_row, seq),
	COL_TEXT(struct audit_row, prev),
	COL_TEXT(struct audit_row, hash),
	COL_TEXT(struct audit_row, record),
	COL_INT(struct audit_row, wall),
	COL_TEXT(struct audit_row, id),
	COL_INT(struct audit_row, forwarded),
	COL_END
};
const struct table audit_row_table = { "audit-row", sizeof(struct audit_row), audit_fields };

struct head {
	int64_t seq;
	char *hash;
};
static const struct field head_fields[] = {
	COL_INT(struct head, seq),
	COL_TEXT(struct head, hash),
	COL_END
};
static const struct table head_table = { "head", sizeof(struct head), head_fields };

static const char head_get[] = "SELECT s.value, h.value FROM meta s JOIN meta h "
	"ON s.name = 'audit-seq' AND h.name = 'audit-hash'";
static const char head_seq[] = "UPDATE meta SET value = ?1 WHERE name = 'audit-seq'";
static const char head_hash[] = "UPDATE meta SET value = ?1 WHERE name = 'audit-hash'";
static const char insert[] = "INSERT INTO audit (seq, prev, hash, record, wall, id) "
	"VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

#define MARK "(SELECT value FROM meta WHERE name = 'audit-forwarded')"
#define SELECT "SELECT seq, prev, hash, record, wall, id, seq <= " MARK " FROM audit "

static const char page[] = SELECT "WHERE seq > ?1 AND wall >= ?3 AND (?4 = 0 OR wall < ?4) "
	"ORDER BY seq LIMIT ?2";
static const char page_of[] = SELECT "WHERE id = ?5 AND id <> '' AND seq > ?1 AND wall >= ?3 "
	"AND (?4 = 0 OR wall < ?4) ORDER BY seq LIMIT ?2";
static const char unforwarded[] = SELECT "WHERE seq > " MARK " ORDER BY seq LIMIT ?1";
static const char forwarded[] = "UPDATE meta SET value = ?1 "
	"WHERE name = 'audit-forwarded' AND value < ?1";
static const char config_text[] = "INSERT INTO config_texts (hash, text, since) "
	"VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

/* *row's prev, seq and hash, from the head and its record. */
static int
fill_link(struct store *s, struct audit_row *row, struct s3jit_err *err)
{
	char hash[CHAIN_HEX];
	struct head head;
	int found = sql_row(s, &head, &head_table, err, head_get, "");

	if (found == 0)
		store_fail(s, SQLITE_CORRUPT, err);
	if (found != 1)
		return -1;
	row->seq = head.seq + 1;
	free(row->prev);
	row->prev = head.hash;		/* moved */
	chain_hash(hash, row->prev, row->seq, row->record);
	free(row->hash);
	if ((row->hash = strdup(hash)) == NULL)
		return s3jit_fail_errno(err, "memory");
	return 0;
}

int
store_audit_append(struct store *s, struct audit_row *row, struct s3jit_err *err)
{
	if (fill_link(s, row, err) == -1) {
		s->spoiled = true;	/* what it was to tell must not happen */
		return -1;
	}
	if (sql_change(s, err, insert, "isssis", row->seq, row->prev, row->hash, row->record,
	    row->wall, row->id) == -1 ||
	    sql_change(s, err, head_seq, "i", row->seq) == -1 ||
	    sql_change(s, err, head_hash, "s", row->hash) == -1) {
		s->spoiled = true;
		return -1;
	}
	return 0;
}

int
store_audit_page(struct store *s, struct list *rows, int64_t after, int64_t limit,
    const char *id, int64_t since, int64_t until, struct s3jit_err *err)
{
	if (id[0] != '\0')
		return sql_rows(s, rows, &audit_row_table, err, page_of, "iiiis", after, limit, since,
		    until, id);
	return sql_rows(s, rows, &audit_row_table, err, page, "iiii", after, limit, since, until);
}

int
store_audit_unforwarded(struct store *s, struct list *rows, int64_t limit, struct s3jit_err *err)
{
	return sql_rows(s, rows, &audit_row_table, err, unforwarded, "i", limit);
}

int
store_audit_mark_forwarded(struct store *s, int64_t through_seq, struct s3jit_err *err)
{
	return sql_change(s, err, forwarded, "i", through_seq) == -1 ? -1 : 0;
}

int
store_config_text(struct store *s, const char *hash, const char *text, int64_t when,
    struct s3jit_err *err)
{
	return sql_change(s, err, config_text, "ssi", hash, text, when) == -1 ? -1 : 0;
}
