/*
 * test_store_world.c - see test_store_world.h.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test_store_world.h"

int
world_new(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	strcpy(w->dir, "/tmp/s3jit-store.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	if (store_open(&w->store, w->dir, &w->err) == -1)
		fail_msg("%s", w->err.text);
	w->session = world_session(w, 1000, "alice");
	*state = w;
	return 0;
}

int
world_free(void **state)
{
	static const char *const files[] = { "s3jit.db", "s3jit.db-wal", "s3jit.db-shm", "lock",
		"other", NULL };
	struct world *w = *state;
	char path[128];
	size_t i;

	store_close(w->store);
	for (i = 0; files[i] != NULL; i++) {
		snprintf(path, sizeof(path), "%s/%s", w->dir, files[i]);
		unlink(path);
	}
	rmdir(w->dir);
	free(w);
	return 0;
}

void
world_reopen(struct world *w)
{
	store_close(w->store);
	if (store_open(&w->store, w->dir, &w->err) == -1)
		fail_msg("%s", w->err.text);
}

void
world_begin(struct world *w)
{
	if (store_begin(w->store, &w->err) == -1)
		fail_msg("%s", w->err.text);
}

void
world_commit(struct world *w)
{
	if (store_commit(w->store, &w->err) == -1)
		fail_msg("%s", w->err.text);
}

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	return copy;
}

int64_t
world_session(struct world *w, int64_t loginuid, const char *user)
{
	struct session_row row = { .sessionid = 7, .loginuid = loginuid, .monitor_pid = 4711,
		.monitor_start = 99, .opened = 1000 };
	int64_t number;

	row.boot_id = copy_of("11111111-2222-3333-4444-555555555555");
	row.user = copy_of(user);
	row.service = copy_of("sshd");
	row.rhost = copy_of("10.2.0.9");
	world_begin(w);
	if (store_session_insert(w->store, &row, &w->err) == -1)
		fail_msg("%s", w->err.text);
	world_commit(w);
	number = row.row;
	codec_clear(&session_row_table, &row);
	return number;
}

void
world_fill(struct request *r, const char *nonce)
{
	struct object *o;

	memset(r, 0, sizeof(*r));
	r->version = 1;
	r->nonce = copy_of(nonce);
	r->host = copy_of("bastion-07.example.net");
	r->boot_id = copy_of("11111111-2222-3333-4444-555555555555");
	r->loginuid = r->ruid = 1000;
	r->person = copy_of("alice");
	r->ruser = copy_of("alice");
	r->sessionid = 7;
	r->origin = copy_of("ssh from 10.2.0.9");
	assert_int_equal(strv_push(&r->argv, "s3-sudo"), 0);
	assert_int_equal(strv_push(&r->argv, "put"), 0);
	r->cwd = copy_of("/home/alice");
	r->reason = copy_of("OPS-412 fix Q1 totals");
	assert_int_equal(strv_push(&r->scope, "put s3://prod-reports/2026/report.csv"), 0);
	o = list_push(&r->objects, &object_table);
	assert_non_null(o);
	o->verb = copy_of("put");
	o->bucket = copy_of("prod-reports");
	o->key = copy_of("2026/report.csv");
	o->name = copy_of("report.csv");
	o->size = o->part_size = 1200;
	assert_int_equal(strv_push(&o->parts, "aa"), 0);
	o->sha256 = copy_of("aa");
	r->role = copy_of("arn:aws:iam::111122223333:role/s3jit-write");
	r->ttl = 900;
	r->delivery = copy_of(DELIVERY_SIGNED);
	assert_int_equal(strv_push(&r->quorum, "1 of group:leads"), 0);
	r->rule = copy_of("report uploads");
	r->rule_hash = copy_of("bb");
	r->parent = copy_of("");
	r->created = 2000;
}

void
world_name(struct request_row *row)
{
	free(row->id);
	free(row->digest);
	row->id = calloc(1, REQUEST_ID);
	row->digest = calloc(1, DIGEST_HEX);
	assert_non_null(row->id);
	assert_non_null(row->digest);
	request_names(row->id, row->digest, row->req);
}

void
world_ask(struct world *w, struct request_row *row, const char *nonce)
{
	memset(row, 0, sizeof(*row));
	row->req = calloc(1, sizeof(*row->req));
	assert_non_null(row->req);
	world_fill(row->req, nonce);
	world_name(row);
	row->state = REQ_PENDING;
	row->session = w->session;
	row->created = row->req->created;
	row->lapses = row->created + 3600;
	row->needed = 1;
	world_begin(w);
	if (store_request_insert(w->store, row, &w->err) == -1)
		fail_msg("%s", w->err.text);
	world_commit(w);
}

static void
raw(struct world *w, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(w->store->db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
}

void
world_tamper(struct world *w, const char *fmt, ...)
{
	va_list ap;
	char *sql;

	va_start(ap, fmt);
	assert_int_not_equal(vasprintf(&sql, fmt, ap), -1);
	va_end(ap);
	sqlite3_db_config(w->store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	raw(w, "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF");
	raw(w, sql);
	raw(w, "PRAGMA ignore_check_constraints = OFF; PRAGMA foreign_keys = ON");
	sqlite3_db_config(w->store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	free(sql);
}

int64_t
world_count(struct world *w, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(w->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

void
world_disk_full(struct world *w)
{
	/* fewer than there are means: as many as there are */
	raw(w, "PRAGMA max_page_count = 1");
}

void
world_disk_free(struct world *w)
{
	raw(w, "PRAGMA max_page_count = 1000000");
}

void
world_read_only(struct world *w, bool on)
{
	raw(w, on ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF");
}

void
assert_code(const struct world *w, int ret, enum s3jit_code code, const char *words)
{
	assert_int_equal(ret, -1);
	if (w->err.code != code || strstr(w->err.text, words) == NULL)
		fail_msg("%s: \"%s\", not %s with \"%s\"", s3jit_code_word(w->err.code), w->err.text,
		    s3jit_code_word(code), words);
}
