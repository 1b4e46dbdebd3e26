/*
 * faults_sql.c - SQLite's calls that fail on demand; see faults.h.
 *
 * COMMIT and BEGIN go through sqlite3_exec(), everything else is a statement.
 */
#include "config.h"

#include <sqlite3.h>
#include <string.h>

#include "faults.h"

int __real_sqlite3_step(sqlite3_stmt *);
int __wrap_sqlite3_step(sqlite3_stmt *);
int __real_sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
int __wrap_sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
int __real_sqlite3_exec(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *,
    char **);
int __wrap_sqlite3_exec(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *,
    char **);
int __real_sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
int __wrap_sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
int __real_sqlite3_bind_int64(sqlite3_stmt *, int, sqlite3_int64);
int __wrap_sqlite3_bind_int64(sqlite3_stmt *, int, sqlite3_int64);

int
__wrap_sqlite3_step(sqlite3_stmt *s)
{
	return faults_hit(FAULT_SQL) ? SQLITE_FULL : __real_sqlite3_step(s);
}

int
__wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n, unsigned flags, sqlite3_stmt **s,
    const char **tail)
{
	*s = NULL;
	return faults_hit(FAULT_SQL) ? SQLITE_NOMEM :
	    __real_sqlite3_prepare_v3(db, sql, n, flags, s, tail);
}

/* A rollback does not fail: SQLite has undone all by itself where it cannot. */
int
__wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
    void *arg, char **why)
{
	if (strcmp(sql, "ROLLBACK") != 0 && faults_hit(FAULT_SQL))
		return SQLITE_FULL;
	return __real_sqlite3_exec(db, sql, each, arg, why);
}

int
__wrap_sqlite3_bind_text(sqlite3_stmt *s, int i, const char *text, int n, void (*del)(void *))
{
	return faults_hit(FAULT_SQL) ? SQLITE_NOMEM : __real_sqlite3_bind_text(s, i, text, n, del);
}

int
__wrap_sqlite3_bind_int64(sqlite3_stmt *s, int i, sqlite3_int64 v)
{
	return faults_hit(FAULT_SQL) ? SQLITE_NOMEM : __real_sqlite3_bind_int64(s, i, v);
}
