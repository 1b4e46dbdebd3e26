/*
 * store_request.c - requests and grants on record, and who could do what when.
 *
 * A row read here is what it was when it was inserted, or it is not returned:
 * its digest is computed anew from the stored text (Q1).
 */
#include "config.h"

#include <string.h>

#include "store_sqlite.h"
#include "store_table.h"

static const struct field request_row_fields[] = {
	COL_TEXT(struct request_row, id),
	COL_TEXT(struct request_row, digest),
	COL_OBJ(struct request_row, req, &request_table),
	COL_INT(struct request_row, state),
	COL_TEXT(struct request_row, why),
	COL_TEXT(struct request_row, by),
	COL_TEXT(struct request_row, text),
	COL_INT(struct request_row, session),
	COL_INT(struct request_row, holder),
	COL_INT(struct request_row, created),
	COL_INT(struct request_row, approved),
	COL_INT(struct request_row, claimed),
	COL_INT(struct request_row, deadline),
	COL_INT(struct request_row, ended),
	COL_INT(struct request_row, lapses),
	COL_INT(struct request_row, needed),
	COL_INT(struct request_row, keys_until),
	COL_END
};
const struct table request_row_table = {
	"request-row", sizeof(struct request_row), request_row_fields
};

#define SELECT "SELECT id, digest, body, state, why, \"by\", text, session, ifnull(holder, 0), " \
	"created, approved, claimed, deadline, ended, lapses, needed, keys_until FROM requests "

static const char insert[] = "INSERT INTO requests (id, digest, body, state, why, \"by\", text, "
	"session, holder, created, approved, claimed, deadline, ended, lapses, needed, keys_until, loginuid) "
	"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULLIF(?9, 0), ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
	"?17, json_extract(?3, '$.loginuid'))";
static const char get[] = SELECT "WHERE id = ?1";
static const char match[] = SELECT "WHERE id BETWEEN ?1 AND ?1 || '~' "
	"ORDER BY created DESC, rowid DESC LIMIT 10";
static const char in_states[] = SELECT "WHERE state IN (?1, ?2, ?3, ?4) ORDER BY created, rowid";
static const char in_states_of[] = SELECT "WHERE state IN (?1, ?2, ?3, ?4) AND loginuid = ?5 "
	"ORDER BY created, rowid";
static const char not_ended[] = SELECT "WHERE state <> ?1 ORDER BY created, rowid";
static const char waiting[] = "SELECT count(*) FROM requests WHERE state IN (?1, ?2)";
static const char waiting_of[] = "SELECT count(*) FROM requests WHERE state IN (?1, ?2) "
	"AND loginuid = ?3";
static const char move[] = "UPDATE requests SET state = ?4, why = ?5, \"by\" = ?6, text = ?7, "
	"holder = NULLIF(?8, 0), approved = ?9, claimed = ?10, deadline = ?11, ended = ?12, "
	"lapses = ?13, needed = ?14, keys_until = ?15 "
	"WHERE id = ?1 AND digest = ?2 AND state = ?3 AND (deadline = 0 OR ?11 <= deadline)";

static const enum req_state order[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, REQ_ENDED };
static const char *const names[] = { "pending", "approved", "active", "ended" };
#define STATES 4

/* Its place in the order, -1 for what is no state at all (Q17). */
static int
rank(int64_t state)
{
	int i;

	for (i = 0; i < STATES; i++)
		if (state == (int64_t)order[i])
			return i;
	return -1;
}

const char *
req_state_name(enum req_state state)
{
	int i = rank((int64_t)state);

	return i == -1 ? "corrupt" : names[i];
}

/* --- one request ------------------------------------------------------------ */

/* Is it the row that was inserted?  Otherwise ECHANGED. */
static int
check_row(const struct request_row *row, struct s3jit_err *err)
{
	char hex[DIGEST_HEX], id[REQUEST_ID];

	if (row->req != NULL) {
		request_names(id, hex, row->req);
		if (strcmp(hex, row->digest) == 0 && strcmp(id, row->id) == 0 &&
		    rank(row->state) != -1)
			return 0;
	}
	return s3jit_fail(err, S3JIT_ECHANGED, "request %.*s was changed in the database: it is "
	    "not what was asked and gives nothing; tell the administrator, and ask anew",
	    REQUEST_ID_SHOWN, row->id);
}

int
store_request_insert(struct store *s, const struct request_row *row, struct s3jit_err *err)
{
	if (check_row(row, err) == -1)
		return -1;
	return sql_change_row(s, insert, &request_row_table, row, err) == -1 ? -1 : 0;
}

int
store_request_get(struct store *s, struct request_row *row, const char *id,
    struct s3jit_err *err)
{
	int found = sql_row(s, row, &request_row_table, err, get, "s", id);

	if (found == 0)
		return s3jit_fail(err, S3JIT_ENOTFOUND, "there is no request %.*s",
		    REQUEST_ID_SHOWN, id);
	if (found == 1 && check_row(row, err) == 0)
		return 0;
	codec_clear(&request_row_table, row);
	return -1;
}

int
store_request_move(struct store *s, const struct request_row *row, enum req_state from,
    struct s3jit_err *err)
{
	int changed = 0;

	if (rank(row->state) != -1 && rank((int64_t)from) != -1 &&
	    rank((int64_t)from) <= rank(row->state))
		changed = sql_change(s, err, move, "ssiisssiiiiiiii", row->id, row->digest,
		    (int64_t)from, row->state, row->why, row->by, row->text, row->holder,
		    row->approved, row->claimed, row->deadline, row->ended, row->lapses, row->needed,
		    row->keys_until);
	if (changed == 0)
		return s3jit_fail(err, S3JIT_ECHANGED, "request %.*s is not %s any more; see how it "
		    "stands: s3-sudo show %.*s", REQUEST_ID_SHOWN, row->id, req_state_name(from),
		    REQUEST_ID_SHOWN, row->id);
	return changed == -1 ? -1 : 0;
}

/* --- many -------------------------------------------------------------------------- */

/* Take the rows that are true (and this person's) to the front and free the others. */
static void
keep_true(struct list *rows, int64_t loginuid)
{
	struct request_row *v = rows->v;
	size_t i, n = 0;

	for (i = 0; i < rows->n; i++)
		if (check_row(&v[i], NULL) == 0 &&
		    (loginuid == -1 || v[i].req->loginuid == loginuid))
			v[n++] = v[i];
		else
			codec_clear(&request_row_table, &v[i]);
	rows->n = n;
}

static int
push_ids(struct strv *ids, struct list *rows, bool changed_only, struct s3jit_err *err)
{
	const struct request_row *v = rows->v;
	int ret = 0;
	size_t i;

	for (i = 0; i < rows->n && ret == 0; i++)
		if (!changed_only || check_row(&v[i], NULL) == -1)
			ret = strv_push(ids, v[i].id);
	store_rows_clear(rows, &request_row_table);
	if (ret == 0)
		return 0;
	strv_clear(ids);
	return s3jit_fail_errno(err, "memory");
}

int
store_request_match(struct store *s, struct strv *ids, const char *prefix, struct s3jit_err *err)
{
	struct list rows;

	memset(ids, 0, sizeof(*ids));
	if (!request_id_ok(prefix))
		return s3jit_fail(err, S3JIT_EUSAGE, "a request is named by at least %d of its "
		    "letters, k to z", REQUEST_ID_TYPED);
	if (sql_rows(s, &rows, &request_row_table, err, match, "s", prefix) == -1)
		return -1;
	return push_ids(ids, &rows, false, err);
}

int
store_requests_changed(struct store *s, struct strv *ids, struct s3jit_err *err)
{
	struct list rows;

	memset(ids, 0, sizeof(*ids));
	if (sql_rows(s, &rows, &request_row_table, err, not_ended, "i", (int64_t)REQ_ENDED) == -1)
		return -1;
	return push_ids(ids, &rows, true, err);
}

int
store_requests_in(struct store *s, struct list *rows, const int64_t *states, int64_t loginuid,
    struct s3jit_err *err)
{
	int64_t want[STATES] = { 0 };	/* 0 is no state */
	int i, ret;

	for (i = 0; i < STATES && states[i] != 0; i++)
		want[i] = states[i];
	if (loginuid == -1)
		ret = sql_rows(s, rows, &request_row_table, err, in_states, "iiii", want[0],
		    want[1], want[2], want[3]);
	else
		ret = sql_rows(s, rows, &request_row_table, err, in_states_of, "iiiii", want[0],
		    want[1], want[2], want[3], loginuid);
	if (ret == 0)
		keep_true(rows, loginuid);
	return ret;
}

int
store_requests_waiting(struct store *s, int64_t *n, int64_t loginuid, struct s3jit_err *err)
{
	if (loginuid == -1)
		return sql_int(s, n, err, waiting, "ii", (int64_t)REQ_PENDING,
		    (int64_t)REQ_APPROVED);
	return sql_int(s, n, err, waiting_of, "iii", (int64_t)REQ_PENDING, (int64_t)REQ_APPROVED,
	    loginuid);
}

/* --- permissions --------------------------------------------------------------------- */

static const char permission_open[] = "INSERT INTO permissions "
	"(request, loginuid, permission, begins, ends, why) VALUES (?1, ?2, ?3, ?4, ?5, '')";
static const char permission_end[] = "UPDATE permissions SET ends = max(begins, min(ends, ?2)), "
	"why = ?3 WHERE request = ?1 AND why = ''";

int
store_permissions_open(struct store *s, const char *id, int64_t loginuid,
    const struct strv *scope, int64_t from, int64_t to, struct s3jit_err *err)
{
	size_t i;

	for (i = 0; i < scope->n; i++)
		if (sql_change(s, err, permission_open, "sisii", id, loginuid, scope->v[i], from,
		    to) == -1)
			return -1;
	return 0;
}

int
store_permissions_end(struct store *s, const char *id, int64_t when, const char *why,
    struct s3jit_err *err)
{
	return sql_change(s, err, permission_end, "sis", id, when, why) == -1 ? -1 : 0;
}
