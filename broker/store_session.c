/*
 * store_session.c - logins on record.
 */
#include "config.h"

#include "store_sqlite.h"
#include "store_table.h"

static const struct field session_fields[] = {
	COL_INT(struct session_row, row),
	COL_TEXT(struct session_row, boot_id),
	COL_INT(struct session_row, sessionid),
	COL_INT(struct session_row, loginuid),
	COL_TEXT(struct session_row, user),
	COL_TEXT(struct session_row, service),
	COL_TEXT(struct session_row, rhost),
	COL_TEXT(struct session_row, tty),
	COL_TEXT(struct session_row, key_hash),
	COL_INT(struct session_row, monitor_pid),
	COL_INT(struct session_row, monitor_start),
	COL_INT(struct session_row, opened),
	COL_INT(struct session_row, ended),
	COL_TEXT(struct session_row, why),
	COL_INT(struct session_row, reauth_at),
	COL_END
};
const struct table session_row_table = { "session", sizeof(struct session_row), session_fields };

#define COLUMNS "row, boot_id, sessionid, loginuid, user, service, rhost, tty, key_hash, " \
	"monitor_pid, monitor_start, opened, ended, why, reauth_at"

static const char insert[] = "INSERT INTO sessions (" COLUMNS ") "
	"VALUES (NULL, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
static const char end[] = "UPDATE sessions SET ended = ?2, why = ?3 WHERE row = ?1 AND ended = 0";
static const char reauth[] = "UPDATE sessions SET reauth_at = ?2 WHERE row = ?1 AND ended = 0";
static const char find[] = "SELECT " COLUMNS " FROM sessions "
	"WHERE boot_id = ?1 AND loginuid = ?2 AND sessionid = ?3 ORDER BY row DESC LIMIT 1";
static const char all_open[] = "SELECT " COLUMNS " FROM sessions WHERE ended = 0 ORDER BY row";
static const char with_id[] = "SELECT count(*) FROM sessions WHERE boot_id = ?1 AND sessionid = ?2";
static const char with_key[] = "SELECT count(*) FROM sessions "
	"WHERE loginuid = ?1 AND key_hash = ?2 AND key_hash <> ''";
static const char highest[] = "SELECT max(sessionid) FROM sessions WHERE boot_id = ?1";

int
store_session_insert(struct store *s, struct session_row *row, struct s3jit_err *err)
{
	if (sql_change_row(s, insert, &session_row_table, row, err) == -1)
		return -1;
	row->row = sqlite3_last_insert_rowid(s->db);
	return 0;
}

static int
one_live(int changed, int64_t row, struct s3jit_err *err)
{
	if (changed == 0)
		return s3jit_fail(err, S3JIT_ENOTFOUND, "no live session %lld is on record",
		    (long long)row);
	return changed == -1 ? -1 : 0;
}

int
store_session_end(struct store *s, int64_t row, int64_t when, const char *why,
    struct s3jit_err *err)
{
	return one_live(sql_change(s, err, end, "iis", row, when, why), row, err);
}

int
store_session_reauth(struct store *s, int64_t row, int64_t when, struct s3jit_err *err)
{
	return one_live(sql_change(s, err, reauth, "ii", row, when), row, err);
}

int
store_session_find(struct store *s, struct session_row *row, const char *boot_id,
    int64_t loginuid, int64_t sessionid, struct s3jit_err *err)
{
	int found = sql_row(s, row, &session_row_table, err, find, "sii", boot_id, loginuid,
	    sessionid);

	if (found == 0)
		return s3jit_fail(err, S3JIT_ENOTFOUND, "login %lld of user %lld is not on record",
		    (long long)sessionid, (long long)loginuid);
	return found == -1 ? -1 : 0;
}

int
store_sessions_open(struct store *s, struct list *rows, struct s3jit_err *err)
{
	return sql_rows(s, rows, &session_row_table, err, all_open, "");
}

int
store_session_highest(struct store *s, int64_t *id, const char *boot_id, struct s3jit_err *err)
{
	return sql_int(s, id, err, highest, "s", boot_id);
}

int
store_session_id_used(struct store *s, bool *used, const char *boot_id, int64_t sessionid,
    struct s3jit_err *err)
{
	int64_t n = 0;

	*used = true;
	if (sql_int(s, &n, err, with_id, "si", boot_id, sessionid) == -1)
		return -1;
	*used = n > 0;
	return 0;
}

int
store_session_key_used(struct store *s, bool *used, int64_t loginuid, const char *key_hash,
    struct s3jit_err *err)
{
	int64_t n = 0;

	*used = true;
	if (sql_int(s, &n, err, with_key, "is", loginuid, key_hash) == -1)
		return -1;
	*used = n > 0;
	return 0;
}
