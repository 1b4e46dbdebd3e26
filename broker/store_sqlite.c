/*
 * store_sqlite.c - the record's SQLite: statements, rows, transactions.
 *
 * Runs in s3jitd as user s3jit, its only writer.  Promise: what
 * store_commit() returned 0 for is on the disk; everything else never
 * happened.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/fault.h"
#include "store_sqlite.h"
#include "store_vfs.h"

/* --- errors ------------------------------------------------------------- */

static const struct {
	int rc;
	const char *why;
} reasons[] = {
	{ SQLITE_FULL, "the disk is full; make room there" },
	{ SQLITE_READONLY, "it is read-only; see: mount, ls -l" },
	{ SQLITE_IOERR, "the disk reports an error; see: dmesg, df" },
	{ SQLITE_CANTOPEN, "it cannot be opened; see: ls -l, df" },
	{ SQLITE_BUSY, "another program keeps it locked; end that one" },
	{ SQLITE_CORRUPT, "it is damaged; put back a copy" },
	{ SQLITE_NOTADB, "it is no database; put back a copy" },
	{ SQLITE_NOMEM, "there is no memory" },
	{ 0, NULL }
};

int
store_fail(const struct store *s, int rc, struct s3jit_err *err)
{
	size_t i;

	if (store_vfs_waits())
		return s3jit_fail(err, S3JIT_ERECORD, "the record %s cannot be used: the disk does "
		    "not answer; see: dmesg, fsfreeze(8)", s->path);
	if ((rc & 0xff) == SQLITE_IOERR && store_vfs_errno() == EROFS)
		rc = SQLITE_READONLY;
	for (i = 0; reasons[i].why != NULL; i++)
		if (reasons[i].rc == (rc & 0xff))
			return s3jit_fail(err, S3JIT_ERECORD, "the record %s cannot be used: %s",
			    s->path, reasons[i].why);
	return s3jit_fail(err, S3JIT_ERECORD, "the record %s cannot be used: %s", s->path,
	    s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
}

/* --- statements ----------------------------------------------------------- */

static int
stmt_get(sqlite3_stmt **stmt, struct store *s, const char *sql, struct s3jit_err *err)
{
	size_t i;
	int rc;

	/* SQLite ends a transaction by itself after some errors; what would follow is on its own. */
	if (s->open && sqlite3_get_autocommit(s->db)) {
		s->spoiled = true;
		return s3jit_fail(err, S3JIT_ERECORD, "the record %s cannot be used: "
		    "what was begun has been undone", s->path);
	}
	for (i = 0; i < s->ncache; i++)
		if (s->cache[i].sql == sql) {
			*stmt = s->cache[i].stmt;
			return 0;
		}
	if (s->ncache == STORE_STATEMENTS)
		return s3jit_fail(err, S3JIT_ESYS, "STORE_STATEMENTS is too small");
	rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
	if (rc != SQLITE_OK)
		return store_fail(s, rc, err);
	s->cache[s->ncache].sql = sql;
	s->cache[s->ncache++].stmt = *stmt;
	return 0;
}

static void
stmt_done(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);	/* repeats the error of the step, which was told already */
	sqlite3_clear_bindings(stmt);
}

static int
bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	return sqlite3_bind_text(stmt, at, text != NULL ? text : "", -1, SQLITE_STATIC);
}

static int
bind_args(const struct store *s, sqlite3_stmt *stmt, const char *types, va_list ap,
    struct s3jit_err *err)
{
	int at, rc = SQLITE_OK;

	for (at = 1; *types != '\0' && rc == SQLITE_OK; at++, types++)
		rc = *types == 'i' ? sqlite3_bind_int64(stmt, at, va_arg(ap, int64_t)) :
		    bind_text(stmt, at, va_arg(ap, const char *));
	return rc == SQLITE_OK ? 0 : store_fail(s, rc, err);
}

static int
bind_row(const struct store *s, sqlite3_stmt *stmt, const struct table *t, const void *row,
    struct s3jit_err *err)
{
	const struct field *f;
	const char *member;
	char *json;
	int at = 1, rc = SQLITE_OK;

	for (f = t->fields; f->name != NULL && rc == SQLITE_OK; f++, at++) {
		member = (const char *)row + f->off;
		if (f->type == F_INT)
			rc = sqlite3_bind_int64(stmt, at, *(const int64_t *)(const void *)member);
		else if (f->type == F_STR)
			rc = bind_text(stmt, at, *(char *const *)(const void *)member);
		else if (f->type == F_OBJ) {
			if (codec_encode(&json, f->sub, *(void *const *)(const void *)member,
			    err) == -1)
				return -1;
			rc = sqlite3_bind_text(stmt, at, json, -1, free);
		} else
			rc = SQLITE_MISUSE;
	}
	return rc == SQLITE_OK ? 0 : store_fail(s, rc, err);
}

/* --- rows --------------------------------------------------------------------- */

static int
column_text(char **out, const struct store *s, sqlite3_stmt *stmt, int at, struct s3jit_err *err)
{
	const char *text = (const char *)sqlite3_column_text(stmt, at);

	if (text == NULL && sqlite3_column_type(stmt, at) != SQLITE_NULL)
		return store_fail(s, SQLITE_NOMEM, err);
	if ((*out = strdup(text != NULL ? text : "")) == NULL)
		return s3jit_fail_errno(err, "memory");
	return 0;
}

static int
column_obj(void **out, const struct store *s, sqlite3_stmt *stmt, int at, const struct table *t,
    struct s3jit_err *err)
{
	const void *text = sqlite3_column_text(stmt, at);

	if (text == NULL)
		return store_fail(s, SQLITE_CORRUPT, err);
	if ((*out = calloc(1, t->size)) == NULL)
		return s3jit_fail_errno(err, "memory");
	if (codec_decode(*out, t, text, (size_t)sqlite3_column_bytes(stmt, at), err) == 0)
		return 0;
	free(*out);		/* zeroed by codec_decode() */
	*out = NULL;
	return -1;
}

/*
 * An object that cannot be decoded leaves NULL behind and is no failure here:
 * whoever reads such a row judges it by its digest.
 */
static int
read_row(void *row, const struct store *s, sqlite3_stmt *stmt, const struct table *t,
    struct s3jit_err *err)
{
	struct s3jit_err why = { 0 };
	const struct field *f;
	int at = 0, ret = 0;
	char *member;

	memset(row, 0, t->size);
	for (f = t->fields; f->name != NULL && ret == 0; f++, at++) {
		member = (char *)row + f->off;
		if (f->type == F_INT)
			*(int64_t *)(void *)member = sqlite3_column_int64(stmt, at);
		else if (f->type == F_STR)
			ret = column_text((char **)(void *)member, s, stmt, at, err);
		else if (column_obj((void **)(void *)member, s, stmt, at, f->sub, &why) == -1 &&
		    why.code == S3JIT_ESYS)
			ret = s3jit_fail(err, why.code, "%s", why.text);
	}
	if (ret == -1)
		codec_clear(t, row);
	return ret;
}

void
store_rows_clear(struct list *rows, const struct table *t)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		codec_clear(t, (char *)rows->v + i * t->size);
	free(rows->v);
	memset(rows, 0, sizeof(*rows));
}

/* --- whole statements ------------------------------------------------------------ */

/* Run to the end and count; the change of a bound statement. */
static int
run_change(struct store *s, sqlite3_stmt *stmt, struct s3jit_err *err)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_DONE)
		return sqlite3_changes(s->db);
	rc = sqlite3_extended_errcode(s->db);
	if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
		return s3jit_fail(err, S3JIT_EBUSY, "it is on record already");
	s->spoiled = true;
	return store_fail(s, rc, err);
}

static int
change_begin(sqlite3_stmt **stmt, struct store *s, const char *sql, struct s3jit_err *err)
{
	if (!s->open)
		return s3jit_fail(err, S3JIT_ERECORD, "a change outside of a transaction");
	if (stmt_get(stmt, s, sql, err) == 0)
		return 0;
	s->spoiled = true;
	return -1;
}

int
sql_change(struct store *s, struct s3jit_err *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int ret;

	if (change_begin(&stmt, s, sql, err) == -1)
		return -1;
	va_start(ap, types);
	ret = bind_args(s, stmt, types, ap, err);
	va_end(ap);
	if (ret == 0)
		ret = run_change(s, stmt, err);
	stmt_done(stmt);
	return ret;
}

int
sql_change_row(struct store *s, const char *sql, const struct table *t, const void *row,
    struct s3jit_err *err)
{
	sqlite3_stmt *stmt;
	int ret;

	if (change_begin(&stmt, s, sql, err) == -1)
		return -1;
	if ((ret = bind_row(s, stmt, t, row, err)) == 0)
		ret = run_change(s, stmt, err);
	stmt_done(stmt);
	return ret;
}

/* 1 a row, 0 no more, -1. */
static int
step(const struct store *s, sqlite3_stmt *stmt, struct s3jit_err *err)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : store_fail(s, rc, err);
}

int
sql_row(struct store *s, void *row, const struct table *t, struct s3jit_err *err,
    const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int ret;

	memset(row, 0, t->size);
	if (stmt_get(&stmt, s, sql, err) == -1)
		return -1;
	va_start(ap, types);
	ret = bind_args(s, stmt, types, ap, err);
	va_end(ap);
	if (ret == 0 && (ret = step(s, stmt, err)) == 1 &&
	    read_row(row, s, stmt, t, err) == -1)
		ret = -1;
	stmt_done(stmt);
	return ret;
}

int
sql_rows(struct store *s, struct list *rows, const struct table *t, struct s3jit_err *err,
    const char *sql, const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	void *row;
	int ret;

	memset(rows, 0, sizeof(*rows));
	if (stmt_get(&stmt, s, sql, err) == -1)
		return -1;
	va_start(ap, types);
	ret = bind_args(s, stmt, types, ap, err);
	va_end(ap);
	while (ret == 0 && (ret = step(s, stmt, err)) == 1) {
		if ((row = list_push(rows, t)) == NULL)
			ret = s3jit_fail_errno(err, "memory");
		else
			ret = read_row(row, s, stmt, t, err);
	}
	stmt_done(stmt);
	if (ret == -1)
		store_rows_clear(rows, t);
	return ret;
}

int
sql_int(struct store *s, int64_t *value, struct s3jit_err *err, const char *sql,
    const char *types, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int ret;

	*value = 0;
	if (stmt_get(&stmt, s, sql, err) == -1)
		return -1;
	va_start(ap, types);
	ret = bind_args(s, stmt, types, ap, err);
	va_end(ap);
	if (ret == 0 && (ret = step(s, stmt, err)) == 1) {
		*value = sqlite3_column_int64(stmt, 0);
		ret = 0;
	}
	stmt_done(stmt);
	return ret;
}

/* --- transactions ------------------------------------------------------------------ */

int
store_script(struct store *s, const char *sql, struct s3jit_err *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : store_fail(s, rc, err);
}

int
store_begin(struct store *s, struct s3jit_err *err)
{
	if (s->open)
		return s3jit_fail(err, S3JIT_ERECORD, "a transaction is open already");
	if (store_script(s, "BEGIN IMMEDIATE", err) == -1)
		return -1;
	s->open = true;
	s->spoiled = false;
	s->begun++;
	return 0;
}

int
store_commit(struct store *s, struct s3jit_err *err)
{
	if (!s->open)
		return s3jit_fail(err, S3JIT_ERECORD, "no transaction is open");
	if (s->spoiled || sqlite3_get_autocommit(s->db)) {
		store_rollback(s);
		return s3jit_fail(err, S3JIT_ERECORD, "the record %s cannot be used: "
		    "a part of the change was refused, so none of it was made", s->path);
	}
	FAULT_POINT("store-before-commit");
	if (store_script(s, "COMMIT", err) == -1) {
		store_rollback(s);
		return -1;
	}
	s->open = false;
	FAULT_POINT("store-after-commit");
	return 0;
}

void
store_rollback(struct store *s)
{
	if (!s->open)
		return;
	/* when SQLite has undone it already there is nothing left to undo */
	if (!sqlite3_get_autocommit(s->db))
		store_script(s, "ROLLBACK", NULL);
	s->open = false;
	s->spoiled = false;
}

int64_t
store_transaction(const struct store *s)
{
	return s->open ? s->begun : 0;
}
