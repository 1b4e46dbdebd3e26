/*
 * test_store.c - the record: who may read it, what it takes, what it does on
 * a full disk, and that a change behind our back gives nothing.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_store_world.h"

#define ALL_OF(w, sql) world_count(w, "SELECT count(*) FROM " sql)

/* --- B10: who may read it --------------------------------------------------------- */

static void
path_of(char path[128], const struct world *w, const char *name)
{
	snprintf(path, 128, "%s/%s", w->dir, name);
}

static mode_t
mode_of(const struct world *w, const char *name)
{
	char path[128];
	struct stat st;

	path_of(path, w, name);
	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
B10_all_files_are_0600_whatever_the_umask(void **state)
{
	static const char *const names[] = { "s3jit.db", "s3jit.db-wal", "s3jit.db-shm", "lock" };
	struct world *w = *state;
	struct request_row row;
	mode_t mask = umask(0);
	size_t i;

	world_reopen(w);
	world_ask(w, &row, "n1");
	for (i = 0; i < 4; i++)
		assert_int_equal(mode_of(w, names[i]), 0600);
	umask(mask);
	codec_clear(&request_row_table, &row);
}

static int
open_again(struct world *w)
{
	int ret;

	store_close(w->store);
	ret = store_open(&w->store, w->dir, &w->err);
	if (ret == -1)
		assert_null(w->store);
	return ret;
}

static void
B10_refuses_what_others_could_read(void **state)
{
	static const struct { const char *name; mode_t bad, good; } cases[] = {
		{ "", 0755, 0700 }, { "", 0750, 0700 }, { "", 01700, 0700 },
		{ "s3jit.db", 0644, 0600 }, { "s3jit.db", 0400, 0600 }, { "lock", 0660, 0600 },
	};
	struct world *w = *state;
	char path[128], hint[160];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		path_of(path, w, cases[i].name);
		if (cases[i].name[0] == '\0')
			snprintf(path, sizeof(path), "%s", w->dir);
		snprintf(hint, sizeof(hint), "chmod %04o '%s'", (unsigned)cases[i].good, path);
		assert_int_equal(chmod(path, cases[i].bad), 0);
		assert_code(w, open_again(w), S3JIT_ERECORD, hint);
		assert_int_equal(chmod(path, cases[i].good), 0);
		assert_int_equal(open_again(w), 0);	/* the positive control */
	}
}

static void
B10_refuses_a_readable_wal(void **state)
{
	struct world *w = *state;
	char path[128];
	int fd;

	store_close(w->store);
	w->store = NULL;
	path_of(path, w, "s3jit.db-wal");
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
	assert_code(w, open_again(w), S3JIT_ERECORD, "s3jit.db-wal");
}

static void
B10_refuses_links_and_strangers_files(void **state)
{
	struct world *w = *state;
	char db[128], other[128];

	path_of(db, w, "s3jit.db");
	path_of(other, w, "other");
	assert_int_equal(link(db, other), 0);
	assert_code(w, open_again(w), S3JIT_ERECORD, "hard link");
	assert_int_equal(unlink(db), 0);
	assert_int_equal(symlink(other, db), 0);
	assert_code(w, open_again(w), S3JIT_ERECORD, "not a regular file");
	assert_int_equal(unlink(db), 0);
	assert_int_equal(rename(other, db), 0);
	assert_int_equal(open_again(w), 0);
	if (geteuid() != 0)
		return;		/* only root can make a stranger's file */
	assert_int_equal(chown(db, 12345, (gid_t)-1), 0);
	assert_code(w, open_again(w), S3JIT_ERECORD, "belongs to user 12345");
	assert_int_equal(chown(db, 0, (gid_t)-1), 0);
	assert_int_equal(chown(w->dir, 12345, (gid_t)-1), 0);
	assert_code(w, open_again(w), S3JIT_ERECORD, "belongs to user 12345");
}

static void
refuses_a_missing_folder(void **state)
{
	struct world *w = *state;
	struct store *none;

	assert_code(w, store_open(&none, "/nonexistent/s3jit", &w->err), S3JIT_ERECORD,
	    "/nonexistent/s3jit");
	assert_null(none);
}

static void
a_second_daemon_is_refused(void **state)
{
	struct world *w = *state;
	struct s3jit_err err = { 0 };
	struct store *second;
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (store_open(&second, w->dir, &err) == 0)
			_exit(1);
		_exit(strstr(err.text, "in use by another s3jitd") != NULL ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
a_newer_format_is_refused(void **state)
{
	struct world *w = *state;

	world_tamper(w, "PRAGMA user_version = 99");
	assert_code(w, open_again(w), S3JIT_ERECORD, "newer s3jit (format 99");
	assert_non_null(strstr(w->err.text, "install the newer one again"));
}

static void
A6_is_durable_and_trusts_nothing(void **state)
{
	static const struct { const char *pragma; int64_t value; } cases[] = {
		{ "PRAGMA synchronous", 2 }, { "PRAGMA foreign_keys", 1 },
		{ "PRAGMA trusted_schema", 0 }, { "PRAGMA secure_delete", 0 },
		{ "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1 },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(world_count(w, cases[i].pragma), cases[i].value);
}

static void
damage_is_told(void **state)
{
	struct world *w = *state;
	char path[128], junk[8192];
	struct list rows;
	int fd;

	store_close(w->store);	/* checkpoints: all is in the one file */
	w->store = NULL;
	path_of(path, w, "s3jit.db");
	memset(junk, 0x5a, sizeof(junk));
	assert_int_not_equal(fd = open(path, O_WRONLY), -1);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 4096), sizeof(junk));
	close(fd);
	if (store_open(&w->store, w->dir, &w->err) == 0)
		assert_code(w, store_sessions_open(w->store, &rows, &w->err), S3JIT_ERECORD,
		    "damaged");
	else
		assert_code(w, -1, S3JIT_ERECORD, "damaged");
	store_close(w->store);
	memset(junk, 'x', sizeof(junk));
	assert_int_not_equal(fd = open(path, O_WRONLY | O_TRUNC), -1);
	assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
	close(fd);
	assert_code(w, store_open(&w->store, w->dir, &w->err), S3JIT_ERECORD, "no database");
}

/* --- transactions ------------------------------------------------------------------------ */

static void
nothing_changes_outside_of_a_transaction(void **state)
{
	struct world *w = *state;
	struct session_row row = { 0 };

	assert_code(w, store_session_insert(w->store, &row, &w->err), S3JIT_ERECORD, "transaction");
	assert_code(w, store_commit(w->store, &w->err), S3JIT_ERECORD, "no transaction");
	store_rollback(w->store);	/* harmless */
	assert_int_equal(ALL_OF(w, "sessions"), 1);
}

static void
transactions_have_numbers_of_their_own(void **state)
{
	struct world *w = *state;
	int64_t first;

	assert_int_equal(store_transaction(w->store), 0);
	world_begin(w);
	first = store_transaction(w->store);
	assert_true(first > 0);
	assert_code(w, store_begin(w->store, &w->err), S3JIT_ERECORD, "open already");
	assert_int_equal(store_transaction(w->store), first);
	store_rollback(w->store);
	assert_int_equal(store_transaction(w->store), 0);
	world_begin(w);
	assert_true(store_transaction(w->store) > first);
	world_commit(w);
}

static void
rolled_back_never_happened(void **state)
{
	struct world *w = *state;

	world_begin(w);
	assert_int_equal(store_session_end(w->store, w->session, 5, "logout", &w->err), 0);
	store_rollback(w->store);
	assert_int_equal(ALL_OF(w, "sessions WHERE ended = 0"), 1);
}

/* A daemon killed in the middle: what was committed is there, the rest is not (B11). */
static void
B11_killed_between_two_commits(void **state)
{
	struct world *w = *state;
	struct store *s;
	pid_t pid;

	store_close(w->store);
	w->store = NULL;
	if ((pid = fork()) == 0) {
		struct session_row row = { .sessionid = 8 };

		if (store_open(&s, w->dir, NULL) == -1 || store_begin(s, NULL) == -1 ||
		    store_session_insert(s, &row, NULL) == -1 || store_commit(s, NULL) == -1 ||
		    store_begin(s, NULL) == -1)
			_exit(1);
		row.row = 0;
		row.sessionid = 9;
		if (store_session_insert(s, &row, NULL) == -1)
			_exit(1);
		raise(SIGKILL);
	}
	waitpid(pid, NULL, 0);
	assert_int_equal(open_again(w), 0);
	assert_int_equal(ALL_OF(w, "sessions WHERE sessionid = 8"), 1);
	assert_int_equal(ALL_OF(w, "sessions WHERE sessionid = 9"), 0);
}

/* A string that does not fit in the pages that are there. */
static char *
long_text(void)
{
	char *text = malloc(100001);

	assert_non_null(text);
	memset(text, 'x', 100000);
	text[100000] = '\0';
	return text;
}

static void
A1_full_disk_commits_nothing(void **state)
{
	struct world *w = *state;
	char *text = long_text();

	world_disk_full(w);
	world_begin(w);
	assert_int_equal(store_session_end(w->store, w->session, 5, "logout", &w->err), 0);
	assert_code(w, store_config_text(w->store, "h", text, 1, &w->err), S3JIT_ERECORD,
	    "disk is full");
	assert_code(w, store_commit(w->store, &w->err), S3JIT_ERECORD, "cannot be used");
	assert_int_equal(store_transaction(w->store), 0);
	assert_int_equal(ALL_OF(w, "sessions WHERE ended = 0"), 1);
	/* and once there is room again, all works */
	world_disk_free(w);
	world_begin(w);
	assert_int_equal(store_config_text(w->store, "h", text, 1, &w->err), 0);
	world_commit(w);
	assert_int_equal(ALL_OF(w, "config_texts"), 1);
	free(text);
}

static void
A1_file_size_limit_commits_nothing(void **state)
{
	struct rlimit was, tiny = { 4096, RLIM_INFINITY };
	struct world *w = *state;
	char *text = long_text();
	int ret;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	tiny.rlim_max = was.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	world_begin(w);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	ret = store_config_text(w->store, "h", text, 1, &w->err);
	if (ret == 0)
		ret = store_commit(w->store, &w->err);
	store_rollback(w->store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_code(w, ret, S3JIT_ERECORD, "cannot be used");
	assert_int_equal(ALL_OF(w, "config_texts"), 0);
	world_begin(w);
	assert_int_equal(store_config_text(w->store, "h", text, 1, &w->err), 0);
	world_commit(w);
	free(text);
}

static void
A1_read_only_file_system(void **state)
{
	struct world *w = *state;

	world_read_only(w, true);
	assert_code(w, store_begin(w->store, &w->err), S3JIT_ERECORD, "read-only");
	world_read_only(w, false);
	world_begin(w);
	world_read_only(w, true);	/* in the middle */
	assert_code(w, store_session_end(w->store, w->session, 5, "logout", &w->err),
	    S3JIT_ERECORD, "read-only");
	world_read_only(w, false);
	assert_code(w, store_commit(w->store, &w->err), S3JIT_ERECORD, "none of it was made");
	assert_int_equal(ALL_OF(w, "sessions WHERE ended = 0"), 1);
}

static void
a_foreign_lock_is_not_waited_for(void **state)
{
	struct world *w = *state;
	char path[128];
	sqlite3 *other;

	path_of(path, w, "s3jit.db");
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_code(w, store_begin(w->store, &w->err), S3JIT_ERECORD, "locked");
	sqlite3_close(other);
	world_begin(w);
	world_commit(w);
}

/* --- sessions -------------------------------------------------------------------------------- */

static void
sessions_are_found_and_ended_once(void **state)
{
	static const char boot[] = "11111111-2222-3333-4444-555555555555";
	struct world *w = *state;
	struct session_row row;
	struct list rows;
	int64_t bob = world_session(w, 1001, "bob"), id;

	assert_int_equal(store_session_find(w->store, &row, boot, 1001, 7, &w->err), 0);
	assert_int_equal(row.row, bob);
	assert_string_equal(row.user, "bob");
	assert_string_equal(row.rhost, "10.2.0.9");
	assert_string_equal(row.tty, "");
	assert_int_equal(row.monitor_pid, 4711);
	assert_int_equal(row.monitor_start, 99);
	assert_int_equal(row.opened, 1000);
	assert_int_equal(row.reauth_at, 0);
	codec_clear(&session_row_table, &row);
	assert_code(w, store_session_find(w->store, &row, boot, 1001, 8, &w->err), S3JIT_ENOTFOUND,
	    "not on record");
	assert_code(w, store_session_find(w->store, &row, "other", 1001, 7, &w->err),
	    S3JIT_ENOTFOUND, "not on record");
	assert_int_equal(store_session_highest(w->store, &id, boot, &w->err), 0);
	assert_int_equal(id, 7);
	assert_int_equal(store_session_highest(w->store, &id, "other", &w->err), 0);
	assert_int_equal(id, 0);

	world_begin(w);
	assert_int_equal(store_session_reauth(w->store, bob, 1234, &w->err), 0);
	assert_int_equal(store_session_end(w->store, bob, 2000, "logout", &w->err), 0);
	assert_code(w, store_session_end(w->store, bob, 2001, "again", &w->err), S3JIT_ENOTFOUND,
	    "no live session");
	assert_code(w, store_session_reauth(w->store, bob, 1, &w->err), S3JIT_ENOTFOUND,
	    "no live session");
	world_commit(w);
	assert_int_equal(store_session_find(w->store, &row, boot, 1001, 7, &w->err), 0);
	assert_int_equal(row.ended, 2000);
	assert_string_equal(row.why, "logout");
	assert_int_equal(row.reauth_at, 1234);
	codec_clear(&session_row_table, &row);
	assert_int_equal(store_sessions_open(w->store, &rows, &w->err), 0);
	assert_int_equal(rows.n, 1);
	assert_int_equal(((struct session_row *)rows.v)->row, w->session);
	store_rows_clear(&rows, &session_row_table);
	assert_null(rows.v);
}

/* A login that lived in memory only had some number there. */
static void
the_record_numbers_sessions(void **state)
{
	struct session_row row = { .row = -3, .sessionid = 8 };
	struct world *w = *state;

	world_begin(w);
	assert_int_equal(store_session_insert(w->store, &row, &w->err), 0);
	world_commit(w);
	assert_int_equal(row.row, w->session + 1);
	assert_int_equal(ALL_OF(w, "sessions WHERE row = 2 AND sessionid = 8"), 1);
}

static void
config_texts_are_kept_once(void **state)
{
	struct world *w = *state;
	int i;

	for (i = 1; i <= 2; i++) {
		world_begin(w);
		assert_int_equal(store_config_text(w->store, "hash", "text", i, &w->err), 0);
		world_commit(w);
	}
	assert_int_equal(ALL_OF(w, "config_texts WHERE since = 1 AND text = 'text'"), 1);
	assert_int_equal(ALL_OF(w, "config_texts"), 1);
}

/* --- leases ------------------------------------------------------------------------------------ */

static void
a_lease_has_one_outcome(void **state)
{
	struct world *w = *state;
	struct request_row r;
	struct list rows;
	struct lease_row lease = { .lease = (char *)"l1", .kind = (char *)"signed",
		.session_name = (char *)"s3jit-x", .role = (char *)"arn", .loginuid = 1000,
		.intended = 5, .until = 9 };
	struct lease_row *v;

	world_ask(w, &r, "n1");
	lease.id = r.id;
	world_begin(w);
	assert_int_equal(store_lease_intent(w->store, &lease, &w->err), 0);
	lease.lease = (char *)"l2";
	lease.id = (char *)"";
	lease.kind = (char *)"baseline";
	assert_int_equal(store_lease_intent(w->store, &lease, &w->err), 0);
	assert_code(w, store_lease_intent(w->store, &lease, &w->err), S3JIT_EBUSY, "already");
	world_commit(w);
	assert_int_equal(store_leases_unfinished(w->store, &rows, &w->err), 0);
	assert_int_equal(rows.n, 2);
	store_rows_clear(&rows, &lease_row_table);

	lease.lease = (char *)"l1";
	lease.access_key_id = (char *)"ASIAEXAMPLE";
	lease.outcome = 6;
	lease.expiration = 900;
	world_begin(w);
	assert_int_equal(store_lease_outcome(w->store, &lease, &w->err), 0);
	assert_code(w, store_lease_outcome(w->store, &lease, &w->err), S3JIT_ECHANGED, "outcome");
	lease.lease = (char *)"l3";
	assert_code(w, store_lease_outcome(w->store, &lease, &w->err), S3JIT_ECHANGED, "no intent");
	world_commit(w);
	assert_int_equal(store_leases(w->store, &rows, r.id, &w->err), 0);
	v = rows.v;
	assert_int_equal(rows.n, 1);
	assert_string_equal(v->access_key_id, "ASIAEXAMPLE");
	assert_string_equal(v->id, r.id);
	assert_int_equal(v->outcome, 6);
	assert_int_equal(v->intended, 5);
	assert_int_equal(v->until, 9);
	store_rows_clear(&rows, &lease_row_table);
	assert_int_equal(store_leases(w->store, &rows, "", &w->err), 0);
	assert_int_equal(rows.n, 1);
	assert_string_equal(((struct lease_row *)rows.v)->lease, "l2");
	assert_string_equal(((struct lease_row *)rows.v)->id, "");
	store_rows_clear(&rows, &lease_row_table);
	assert_int_equal(store_leases_unfinished(w->store, &rows, &w->err), 0);
	assert_int_equal(rows.n, 1);
	store_rows_clear(&rows, &lease_row_table);
	codec_clear(&request_row_table, &r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(B10_all_files_are_0600_whatever_the_umask),
		T(B10_refuses_what_others_could_read),
		T(B10_refuses_a_readable_wal),
		T(B10_refuses_links_and_strangers_files),
		T(refuses_a_missing_folder),
		T(a_second_daemon_is_refused),
		T(a_newer_format_is_refused),
		T(A6_is_durable_and_trusts_nothing),
		T(damage_is_told),
		T(nothing_changes_outside_of_a_transaction),
		T(transactions_have_numbers_of_their_own),
		T(rolled_back_never_happened),
		T(B11_killed_between_two_commits),
		T(A1_full_disk_commits_nothing),
		T(A1_file_size_limit_commits_nothing),
		T(A1_read_only_file_system),
		T(a_foreign_lock_is_not_waited_for),
		T(sessions_are_found_and_ended_once),
		T(the_record_numbers_sessions),
		T(config_texts_are_kept_once),
		T(a_lease_has_one_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
