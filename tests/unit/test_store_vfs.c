/*
 * test_store_vfs.c - a disk that does not answer: what is begun fails in time,
 * what follows fails at once, reading goes on, and afterwards all is as it was.
 *
 * The files below ours are SQLite's own, with a door in front of their writes.
 */
#include "config.h"

#include <sys/eventfd.h>

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "broker/store_vfs.h"
#include "test_store_world.h"

/* --- the door ------------------------------------------------------------------- */

static sqlite3_vfs doors;
static sqlite3_io_methods door_methods[2];	/* of the database and of other files */
static const sqlite3_io_methods *own[2];
static atomic_bool write_shut, sync_shut;
static int opens;		/* an eventfd: who stands at the door */

static void
pass(atomic_bool *shut)
{
	uint64_t n;

	if (atomic_load(shut))
		while (read(opens, &n, sizeof(n)) == -1)
			;
}

static int
door_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	pass(&write_shut);
	return own[f->pMethods - door_methods]->xWrite(f, from, n, at);
}

static int
door_sync(sqlite3_file *f, int flags)
{
	pass(&sync_shut);
	return own[f->pMethods - door_methods]->xSync(f, flags);
}

static int
door_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	sqlite3_vfs *unix_vfs = vfs->pAppData;
	int rc = unix_vfs->xOpen(unix_vfs, name, f, flags, out);
	int i = (flags & SQLITE_OPEN_MAIN_DB) != 0 ? 0 : 1;

	if (rc != SQLITE_OK)
		return rc;
	own[i] = f->pMethods;
	door_methods[i] = *own[i];
	door_methods[i].xWrite = door_write;
	door_methods[i].xSync = door_sync;
	f->pMethods = &door_methods[i];
	return rc;
}

static void
doors_make(void)
{
	sqlite3_vfs *unix_vfs = sqlite3_vfs_find(NULL);

	opens = eventfd(0, EFD_CLOEXEC);
	assert_int_not_equal(opens, -1);
	doors = *unix_vfs;
	doors.zName = "doors";
	doors.pAppData = unix_vfs;
	doors.xOpen = door_open;
	assert_int_equal(sqlite3_vfs_register(&doors, 1), SQLITE_OK);
}

static void
door_opens(void)
{
	const uint64_t one = 1;

	atomic_store(&write_shut, false);
	atomic_store(&sync_shut, false);
	assert_int_equal(write(opens, &one, sizeof(one)), sizeof(one));
	while (store_vfs_waits())
		usleep(1000);
}

/* --- tests ------------------------------------------------------------------------- */

#define REQUESTS "SELECT count(*) FROM requests"

/* A transaction that meets the shut door, and all that is to be seen until it opens. */
static void
hangs(struct world *w, atomic_bool *shut)
{
	struct request_row first;
	struct strv ids;
	int i;

	world_ask(w, &first, "one");
	atomic_store(shut, true);
	alarm(60);		/* waiting for the disk, or each for its own time, would take longer */
	world_begin(w);
	assert_int_equal(store_config_text(w->store, "hash", "text", 1, &w->err), 0);
	assert_code(w, store_commit(w->store, &w->err), S3JIT_ERECORD, "the disk does not answer");
	assert_true(store_vfs_waits());
	for (i = 0; i < 100; i++)
		assert_code(w, store_begin(w->store, &w->err), S3JIT_ERECORD,
		    "the disk does not answer");
	alarm(0);
	assert_int_equal(store_request_match(w->store, &ids, "klmnop", &w->err), 0);
	strv_clear(&ids);
	assert_int_equal(world_count(w, REQUESTS), 1);
	door_opens();
	assert_int_equal(world_count(w, "SELECT count(*) FROM config_texts"), 0);
	codec_clear(&request_row_table, &first);
}

static void
goes_on(struct world *w)
{
	struct request_row row;

	world_ask(w, &row, "two");
	codec_clear(&request_row_table, &row);
	world_reopen(w);
	assert_int_equal(world_count(w, REQUESTS), 2);
	assert_int_equal(world_count(w, "SELECT count(*) FROM config_texts"), 0);
}

static void
A1_a_write_that_hangs_is_given_up(void **state)
{
	hangs(*state, &write_shut);
	goes_on(*state);
}

static void
A1_a_sync_that_hangs_is_given_up(void **state)
{
	hangs(*state, &sync_shut);
	goes_on(*state);
}

static void
may_be_closed_meanwhile(void **state)
{
	struct world *w = *state;

	world_begin(w);
	assert_int_equal(store_config_text(w->store, "hash", "text", 1, &w->err), 0);
	atomic_store(&write_shut, true);
	assert_int_equal(store_commit(w->store, &w->err), -1);
	store_close(w->store);
	door_opens();
	assert_int_equal(store_open(&w->store, w->dir, &w->err), 0);
	assert_int_equal(world_count(w, "SELECT count(*) FROM config_texts"), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)
	const struct CMUnitTest tests[] = {
		T(A1_a_write_that_hangs_is_given_up),
		T(A1_a_sync_that_hangs_is_given_up),
		T(may_be_closed_meanwhile),
	};

	doors_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
