/*
 * store_sqlite.h - SQLite as the store's files share it; nobody else includes
 * this.
 *
 * A statement's parameters and a row's columns stand in the order of the
 * struct's table (codec.h): F_STR is TEXT, F_INT is INTEGER, F_OBJ is its JSON
 * as TEXT.  So one pair of functions moves every kind of row, and a column
 * without a member, or the other way round, fails the first test that runs.
 */
#ifndef BROKER_STORE_SQLITE_H
#define BROKER_STORE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store.h"

#define STORE_STATEMENTS 64

struct store {
	sqlite3 *db;
	char *path;		/* of the database, for messages */
	int lock;		/* held while we live: one daemon a database */
	int64_t begun;		/* transactions so far */
	bool open;		/* one is open */
	bool spoiled;		/* a change in it failed: it may not commit */
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} cache[STORE_STATEMENTS];
	size_t ncache;
};

/* store_schema.c: bring a database of any older version to ours. */
int store_migrate(struct store *, struct s3jit_err *);

/* ERECORD in plain words for what SQLite returned. */
int store_fail(const struct store *, int rc, struct s3jit_err *);
/* Constant text without parameters: pragmas, schema, transactions. */
int store_script(struct store *, const char *sql, struct s3jit_err *);

/*
 * `sql` must be a constant: statements are kept by its address.  `types` says
 * what follows: 's' const char * (NULL = ""), 'i' int64_t.  Each ends with the
 * statement reset.
 */

/* A change; returns how many rows it touched, -1 for none at all (EBUSY: is there already). */
int sql_change(struct store *, struct s3jit_err *, const char *sql, const char *types, ...);
/* The same with a whole row for parameters. */
int sql_change_row(struct store *, const char *sql, const struct table *, const void *row,
    struct s3jit_err *);
/* 1 and *row (to be cleared), 0 when there is none, -1. */
int sql_row(struct store *, void *row, const struct table *, struct s3jit_err *, const char *sql,
    const char *types, ...);
/* All rows; on failure *rows is empty. */
int sql_rows(struct store *, struct list *rows, const struct table *, struct s3jit_err *,
    const char *sql, const char *types, ...);
/* The integer in the first column of the first row; 0 when there is none. */
int sql_int(struct store *, int64_t *value, struct s3jit_err *, const char *sql,
    const char *types, ...);

#endif
