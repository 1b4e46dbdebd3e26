/*
 * store_vote.c - votes and leases on record.
 */
#include "config.h"

#include "store_sqlite.h"
#include "store_table.h"

/* --- votes -------------------------------------------------------------------- */

static const struct field vote_fields[] = {
	COL_TEXT(struct vote_row, id),
	COL_TEXT(struct vote_row, digest),
	COL_INT(struct vote_row, loginuid),
	COL_TEXT(struct vote_row, person),
	COL_INT(struct vote_row, session),
	COL_TEXT(struct vote_row, key_hash),
	COL_INT(struct vote_row, vote),
	COL_TEXT(struct vote_row, text),
	COL_INT(struct vote_row, time),
	COL_END
};
const struct table vote_row_table = { "vote-row", sizeof(struct vote_row), vote_fields };

#define VOTE_COLUMNS "id, digest, loginuid, person, session, key_hash, vote, text, time"

static const char vote_insert[] = "INSERT INTO votes (" VOTE_COLUMNS ") "
	"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char votes_of[] = "SELECT " VOTE_COLUMNS " FROM votes WHERE id = ?1 ORDER BY rowid";

int
store_vote_insert(struct store *s, const struct vote_row *row, struct s3jit_err *err)
{
	struct s3jit_err why = { 0 };

	if (sql_change_row(s, vote_insert, &vote_row_table, row, &why) != -1)
		return 0;
	if (why.code == S3JIT_EBUSY)
		return s3jit_fail(err, S3JIT_EBUSY, "%s has voted on request %.*s already; a vote "
		    "stands", row->person, REQUEST_ID_SHOWN, row->id);
	return s3jit_fail(err, why.code, "%s", why.text);
}

/* A word that is neither yes nor no was not written by us: then none of them counts (Q17). */
int
store_votes(struct store *s, struct list *rows, const char *id, struct s3jit_err *err)
{
	const struct vote_row *v;
	size_t i;

	if (sql_rows(s, rows, &vote_row_table, err, votes_of, "s", id) == -1)
		return -1;
	v = rows->v;
	for (i = 0; i < rows->n; i++)
		if (v[i].vote != VOTE_YES && v[i].vote != VOTE_NO)
			break;
	if (i == rows->n)
		return 0;
	store_rows_clear(rows, &vote_row_table);
	return s3jit_fail(err, S3JIT_ECHANGED, "a vote on request %.*s was changed in the database: "
	    "it gives nothing; tell the administrator, and ask anew", REQUEST_ID_SHOWN, id);
}

/* --- leases ----------------------------------------------------------------------- */

static const struct field lease_fields[] = {
	COL_TEXT(struct lease_row, lease),
	COL_TEXT(struct lease_row, id),
	COL_TEXT(struct lease_row, kind),
	COL_TEXT(struct lease_row, session_name),
	COL_TEXT(struct lease_row, role),
	COL_INT(struct lease_row, loginuid),
	COL_INT(struct lease_row, intended),
	COL_INT(struct lease_row, until),
	COL_TEXT(struct lease_row, access_key_id),
	COL_TEXT(struct lease_row, role_id),
	COL_TEXT(struct lease_row, sts_request_id),
	COL_INT(struct lease_row, expiration),
	COL_INT(struct lease_row, outcome),
	COL_TEXT(struct lease_row, error),
	COL_END
};
const struct table lease_row_table = { "lease-row", sizeof(struct lease_row), lease_fields };

#define LEASES "SELECT lease, ifnull(id, ''), kind, session_name, role, loginuid, intended, until, " \
	"access_key_id, role_id, sts_request_id, expiration, outcome, error FROM leases "

static const char lease_insert[] = "INSERT INTO leases (lease, id, kind, session_name, role, "
	"loginuid, intended, until, access_key_id, role_id, sts_request_id, expiration, outcome, "
	"error) VALUES (?1, NULLIF(?2, ''), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
static const char lease_update[] = "UPDATE leases SET access_key_id = ?2, role_id = ?3, "
	"sts_request_id = ?4, expiration = ?5, outcome = ?6, error = ?7 "
	"WHERE lease = ?1 AND outcome = 0";
static const char leases_of[] = LEASES "WHERE id IS NULLIF(?1, '') ORDER BY rowid";
static const char unfinished[] = LEASES "WHERE outcome = 0 ORDER BY intended, rowid";

int
store_lease_intent(struct store *s, const struct lease_row *row, struct s3jit_err *err)
{
	return sql_change_row(s, lease_insert, &lease_row_table, row, err) == -1 ? -1 : 0;
}

int
store_lease_outcome(struct store *s, const struct lease_row *row, struct s3jit_err *err)
{
	int changed = sql_change(s, err, lease_update, "ssssiis", row->lease, row->access_key_id,
	    row->role_id, row->sts_request_id, row->expiration, row->outcome, row->error);

	if (changed == 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "lease %s has an outcome already, or no "
		    "intent is on record", row->lease);
	return changed == -1 ? -1 : 0;
}

int
store_leases(struct store *s, struct list *rows, const char *id, struct s3jit_err *err)
{
	return sql_rows(s, rows, &lease_row_table, err, leases_of, "s", id);
}

int
store_leases_unfinished(struct store *s, struct list *rows, struct s3jit_err *err)
{
	return sql_rows(s, rows, &lease_row_table, err, unfinished, "");
}
