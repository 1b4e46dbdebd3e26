/*
 * store_revoke.c - what AWS was told to refuse, on record.
 */
#include "config.h"

#include "store_sqlite.h"
#include "store_table.h"

static const struct field revocation_fields[] = {
	COL_INT(struct revocation_row, row),
	COL_TEXT(struct revocation_row, id),
	COL_TEXT(struct revocation_row, person),
	COL_TEXT(struct revocation_row, role),
	COL_TEXT(struct revocation_row, role_id),
	COL_INT(struct revocation_row, until),
	COL_INT(struct revocation_row, requested),
	COL_INT(struct revocation_row, taken),
	COL_INT(struct revocation_row, confirmed),
	COL_INT(struct revocation_row, removed),
	COL_END
};
const struct table revocation_row_table = { "revocation-row", sizeof(struct revocation_row),
    revocation_fields };

static const char insert[] = "INSERT INTO revocations (row, id, person, role, role_id, until, "
	"requested, taken, confirmed, removed) "
	"VALUES (NULL, NULLIF(?2, ''), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
static const char update[] = "UPDATE revocations SET taken = ?2, confirmed = ?3, removed = ?4 "
	"WHERE row = ?1 AND removed = 0";
static const char open_ones[] = "SELECT row, ifnull(id, ''), person, role, role_id, until, requested, "
	"taken, confirmed, removed FROM revocations WHERE removed = 0 ORDER BY row";

/* A signature can be repeated while its lease lives, which matters where it was taken away. */
static const char missed[] = "SELECT 0, r.id, json_extract(r.body, '$.person'), "
	"json_extract(r.body, '$.role'), '', max(r.keys_until, ifnull((SELECT max(l.until) FROM leases l "
	"WHERE l.id = r.id AND l.kind = 'signed' AND r.why IN ('revoked', 'logout')), 0)) AS last, "
	"?1, 0, 0, 0 FROM requests r WHERE r.state = 0x6d0951a3 AND r.why <> 'expired' AND r.claimed <> 0 "
	"AND last > ?1 AND NOT EXISTS (SELECT 1 FROM revocations v WHERE v.id = r.id) "
	/* what was extended ended, too, and what took its place goes on with its keys */
	"AND NOT EXISTS (SELECT 1 FROM requests x WHERE x.state = 0x93b27e1c "
	"AND json_extract(x.body, '$.parent') = r.id)";

int
store_revocation_insert(struct store *s, struct revocation_row *row, struct s3jit_err *err)
{
	if (sql_change_row(s, insert, &revocation_row_table, row, err) == -1)
		return -1;
	row->row = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_revocation_step(struct store *s, const struct revocation_row *row, struct s3jit_err *err)
{
	int changed = sql_change(s, err, update, "iiii", row->row, row->taken, row->confirmed,
	    row->removed);

	if (changed == 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "revocation %lld is over already, or not on "
		    "record", (long long)row->row);
	return changed == -1 ? -1 : 0;
}

int
store_revocations_open(struct store *s, struct list *rows, struct s3jit_err *err)
{
	return sql_rows(s, rows, &revocation_row_table, err, open_ones, "");
}

int
store_revocations_missed(struct store *s, struct list *rows, int64_t now, struct s3jit_err *err)
{
	return sql_rows(s, rows, &revocation_row_table, err, missed, "i", now);
}
