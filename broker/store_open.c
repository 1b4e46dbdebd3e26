/*
 * store_open.c - find the record's folder and files fit, then open them (B10).
 *
 * Runs in s3jitd as user s3jit, before its loop.  Whoever can read the
 * database can read every reason and command ever typed, so a folder or file
 * with another owner or mode is refused, not repaired.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_sqlite.h"
#include "store_vfs.h"

#define DB_NAME		"s3jit.db"
#define LOCK_NAME	"lock"
#define BUSY_MS		100	/* an auditor's reading never locks; only another writer does */

/* SQLite makes -wal and -shm with the database's mode. */
static const char *const files[] = { DB_NAME, DB_NAME "-wal", DB_NAME "-shm", LOCK_NAME, NULL };

static int
check_mode(const struct stat *st, mode_t type, mode_t mode, const char *path,
    struct s3jit_err *err)
{
	if ((st->st_mode & S_IFMT) != type)
		return s3jit_fail(err, S3JIT_ERECORD, "%s is not a %s: move it away", path,
		    type == S_IFDIR ? "folder" : "regular file");
	if (st->st_uid != geteuid())
		return s3jit_fail(err, S3JIT_ERECORD, "%s belongs to user %ju, and s3jitd runs as "
		    "user %ju: chown %ju '%s'", path, (uintmax_t)st->st_uid, (uintmax_t)geteuid(),
		    (uintmax_t)geteuid(), path);
	if ((st->st_mode & 07777) != mode)
		return s3jit_fail(err, S3JIT_ERECORD, "%s has mode %04o and must have %04o, so that "
		    "nobody else reads the record: chmod %04o '%s'", path,
		    (unsigned)(st->st_mode & 07777), (unsigned)mode, (unsigned)mode, path);
	if (type == S_IFREG && st->st_nlink != 1)
		return s3jit_fail(err, S3JIT_ERECORD, "%s has a second name (a hard link): "
		    "remove that", path);
	return 0;
}

static int
check_file(int dir, const char *dir_name, const char *name, struct s3jit_err *err)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir_name, name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return check_mode(&st, S_IFREG, 0600, path, err);
	return errno == ENOENT ? 0 : s3jit_fail_errno(err, "%s", path);
}

static int
check_dir(int *dir, const char *name, struct s3jit_err *err)
{
	struct stat st;
	size_t i;

	if ((*dir = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1) {
		s3jit_fail_errno(err, "%s (the record's folder)", name);
		if (err != NULL)
			err->code = S3JIT_ERECORD;
		return -1;
	}
	if (fstat(*dir, &st) == -1)
		return s3jit_fail_errno(err, "%s", name);
	if (check_mode(&st, S_IFDIR, 0700, name, err) == -1)
		return -1;
	for (i = 0; files[i] != NULL; i++)
		if (check_file(*dir, name, files[i], err) == -1)
			return -1;
	return 0;
}

/*
 * One daemon a database.  A POSIX lock, because a child (the resolver) must
 * not inherit it and outlive us with it.
 */
static int
take_lock(struct store *s, int dir, struct s3jit_err *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	s->lock = openat(dir, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock == -1) {
		s3jit_fail_errno(err, "%s: " LOCK_NAME, s->path);
		if (err != NULL)
			err->code = S3JIT_ERECORD;
		return -1;
	}
	if (fcntl(s->lock, F_SETLK, &lock) == -1)
		return s3jit_fail(err, S3JIT_ERECORD, "the record %s is in use by another s3jitd: "
		    "stop that one first", s->path);
	return 0;
}

/* Made by us and not by SQLite, so that it never has another mode for a moment. */
static int
make_file(int dir, struct s3jit_err *err)
{
	int fd = openat(dir, DB_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1) {
		s3jit_fail_errno(err, DB_NAME);
		if (err != NULL)
			err->code = S3JIT_ERECORD;
		return -1;
	}
	close(fd);
	return 0;
}

static const char settings[] =
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = FULL;"
	"PRAGMA foreign_keys = ON;"
	"PRAGMA trusted_schema = OFF;"
	"PRAGMA secure_delete = OFF;"
	"PRAGMA temp_store = MEMORY;";

static int
open_db(struct store *s, struct s3jit_err *err)
{
	int rc = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE, STORE_VFS);

	if (rc != SQLITE_OK)
		return store_fail(s, rc, err);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	if (store_script(s, settings, err) == -1)
		return -1;
	return store_migrate(s, err);
}

static struct store *
store_new(const char *dir, struct s3jit_err *err)
{
	struct store *s;

	if ((s = calloc(1, sizeof(*s))) != NULL) {
		s->lock = -1;
		if (asprintf(&s->path, "%s/" DB_NAME, dir) != -1)
			return s;
		free(s);
	}
	s3jit_fail_errno(err, "memory");
	return NULL;
}

int
store_open(struct store **out, const char *dir, struct s3jit_err *err)
{
	mode_t mask = umask(077);
	struct store *s;
	int fd = -1, ret = -1;

	*out = NULL;
	if ((s = store_new(dir, err)) == NULL || check_dir(&fd, dir, err) == -1 ||
	    take_lock(s, fd, err) == -1 || make_file(fd, err) == -1 ||
	    store_vfs_start(s->lock, err) == -1 || open_db(s, err) == -1)
		goto out;
	*out = s;
	s = NULL;
	ret = 0;
out:
	umask(mask);
	if (fd != -1)
		close(fd);
	store_close(s);
	return ret;
}

void
store_close(struct store *s)
{
	size_t i;

	if (s == NULL)
		return;
	store_rollback(s);
	for (i = 0; i < s->ncache; i++)
		sqlite3_finalize(s->cache[i].stmt);
	sqlite3_close(s->db);
	if (s->lock != -1)
		close(s->lock);
	free(s->path);
	free(s);
}
