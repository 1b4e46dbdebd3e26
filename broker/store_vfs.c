/*
 * store_vfs.c - see store_vfs.h.  Runs in s3jitd, and with it one thread that
 * does nothing but write, sync and read the record's files.
 *
 * The wal-index is shared memory of a file there: to write to it may wait as
 * well, where no thread can help.  SQLite takes an exclusive lock on a part of
 * it first, and so gets none while the disk does not take a harmless change.
 */
#include "config.h"

#include <sys/eventfd.h>
#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store_vfs.h"

#define ONE_READ_LOCK	3	/* WAL_READ_LOCK(0) of SQLite's file format, "WAL-Index Locks" */

enum what { NOTHING, PROBE, READ, WRITE, SYNC, TRUNCATE };

/* One thing to do.  The thread's from the time it is told until it has answered. */
static struct {
	int ask, answer;	/* eventfds */
	int probe;
	bool waits;		/* given up, and not answered yet */
	enum what what;
	sqlite3_file *file;
	sqlite3_int64 at;
	int n;			/* bytes, or flags of SYNC */
	int rc;
	int error;		/* errno of the last that failed */
	char bytes[65536];	/* SQLite's largest page; what is given up may not use its memory */
} disk = { .ask = -1, .answer = -1, .probe = -1 };

struct file {			/* what SQLite has; the real one must outlive it while the thread waits */
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs *below;

/* --- the thread ------------------------------------------------------------------ */

static int
do_it(void)
{
	sqlite3_file *f = disk.file;	/* NULL to PROBE */

	switch (disk.what) {
	case PROBE:		/* what it says does not matter, only that it does */
		(void)!futimens(disk.probe, NULL);
		return SQLITE_OK;
	case READ:
		return f->pMethods->xRead(f, disk.bytes, disk.n, disk.at);
	case WRITE:
		return f->pMethods->xWrite(f, disk.bytes, disk.n, disk.at);
	case SYNC:
		return f->pMethods->xSync(f, disk.n);
	case TRUNCATE:
		return f->pMethods->xTruncate(f, disk.at);
	default:
		return SQLITE_MISUSE;
	}
}

static void *
thread(void *arg)
{
	uint64_t n;

	for (;;) {
		while (read(disk.ask, &n, sizeof(n)) == -1)
			;
		if ((disk.rc = do_it()) != SQLITE_OK)
			disk.error = errno;
		n = 1;
		while (write(disk.answer, &n, sizeof(n)) == -1)
			;
	}
	return arg;
}

/* Has it answered?  Waits for at most so long. */
static bool
answered(int ms)
{
	struct pollfd p = { .fd = disk.answer, .events = POLLIN };
	uint64_t n;
	int r;

	while ((r = poll(&p, 1, ms)) == -1 && errno == EINTR)
		;		/* a signal: the time begins anew */
	return r == 1 && read(disk.answer, &n, sizeof(n)) == (ssize_t)sizeof(n);
}

/* Let the thread do what stands in `disk`. */
static int
let_do(enum what what, sqlite3_file *file, sqlite3_int64 at, int n)
{
	const uint64_t one = 1;

	disk.what = what;
	disk.file = file;
	disk.at = at;
	disk.n = n;
	if (write(disk.ask, &one, sizeof(one)) != (ssize_t)sizeof(one))
		return SQLITE_IOERR;
	if (answered(STORE_DISK_MS))
		return disk.rc;
	disk.waits = true;
	return SQLITE_IOERR;
}

bool
store_vfs_waits(void)
{
	if (disk.waits && answered(0))
		disk.waits = false;
	return disk.waits;
}

int
store_vfs_errno(void)
{
	return disk.error;
}

/* --- a file ------------------------------------------------------------------------ */

static sqlite3_file *
real(sqlite3_file *file)
{
	return ((struct file *)file)->real;
}

/* What the thread waits in stays open and allocated: there is no other end to that wait. */
static int
file_close(sqlite3_file *file)
{
	sqlite3_file *r = real(file);
	int rc;

	if (store_vfs_waits() && r == disk.file)
		return SQLITE_OK;
	rc = r->pMethods->xClose(r);
	sqlite3_free(r);
	return rc;
}

static int
file_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
	int rc;

	if (store_vfs_waits() || n > (int)sizeof(disk.bytes))
		return SQLITE_IOERR_READ;
	rc = let_do(READ, real(file), at, n);
	if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ)
		memcpy(to, disk.bytes, (size_t)n);
	return rc;
}

static int
file_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
	if (store_vfs_waits() || n > (int)sizeof(disk.bytes))
		return SQLITE_IOERR_WRITE;
	memcpy(disk.bytes, from, (size_t)n);
	return let_do(WRITE, real(file), at, n);
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return store_vfs_waits() ? SQLITE_IOERR_TRUNCATE : let_do(TRUNCATE, real(file), size, 0);
}

static int
file_sync(sqlite3_file *file, int flags)
{
	return store_vfs_waits() ? SQLITE_IOERR_FSYNC : let_do(SYNC, real(file), 0, flags);
}

/* The rest asks or locks, and waits for no disk. */

static int
file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real(file)->pMethods->xFileSize(real(file), size);
}

static int
file_lock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xLock(real(file), level);
}

static int
file_unlock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xUnlock(real(file), level);
}

static int
file_reserved(sqlite3_file *file, int *out)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int
file_control(sqlite3_file *file, int op, void *arg)
{
	return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int
file_sector(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

static int
file_device(sqlite3_file *file)
{
	return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

/* --- the wal-index ------------------------------------------------------------------ */

static int
writable(void)
{
	return store_vfs_waits() ? SQLITE_IOERR : let_do(PROBE, NULL, 0, 0);
}

static int
file_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **to)
{
	int rc = extend ? writable() : SQLITE_OK;

	return rc != SQLITE_OK ? rc :
	    real(file)->pMethods->xShmMap(real(file), region, size, extend, to);
}

/*
 * A reader wants an exclusive lock only to move a mark, and does without when
 * it is told that somebody else has it.
 */
static int
file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	if (flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE) && writable() != SQLITE_OK)
		return offset >= ONE_READ_LOCK ? SQLITE_BUSY : SQLITE_IOERR_SHMLOCK;
	return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void
file_shm_barrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
}

static int
file_shm_unmap(sqlite3_file *file, int delete)
{
	return real(file)->pMethods->xShmUnmap(real(file), delete && !store_vfs_waits());
}

/* Version 2: no memory mapped pages, which would be read past the thread. */
static const sqlite3_io_methods methods = {
	2, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock,
	file_unlock, file_reserved, file_control, file_sector, file_device, file_shm_map,
	file_shm_lock, file_shm_barrier, file_shm_unmap, NULL, NULL
};

/* --- the file system -------------------------------------------------------------------- */

static int
file_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct file *f = (struct file *)file;
	int rc;

	(void)vfs;
	f->base.pMethods = NULL;	/* no close when this fails */
	if ((f->real = sqlite3_malloc(below->szOsFile)) == NULL)
		return SQLITE_NOMEM;
	memset(f->real, 0, (size_t)below->szOsFile);
	rc = below->xOpen(below, name, f->real, flags, out_flags);
	if (rc == SQLITE_OK) {
		f->base.pMethods = &methods;
		return SQLITE_OK;
	}
	if (f->real->pMethods != NULL)
		f->real->pMethods->xClose(f->real);
	sqlite3_free(f->real);
	return rc;
}

static int
start_thread(void)
{
	sigset_t all, were;
	pthread_t id;
	int rc;

	sigfillset(&all);	/* signals are the loop's */
	pthread_sigmask(SIG_BLOCK, &all, &were);
	rc = pthread_create(&id, NULL, thread, NULL);
	pthread_sigmask(SIG_SETMASK, &were, NULL);
	return rc == 0 ? pthread_detach(id) : rc;
}

int
store_vfs_start(int probe, struct s3jit_err *err)
{
	static sqlite3_vfs vfs;
	static pid_t pid;

	disk.probe = probe;
	if (pid == getpid())
		return 0;
	pid = getpid();		/* a child has not got its parent's thread */
	if ((disk.ask = eventfd(0, EFD_CLOEXEC)) == -1 ||
	    (disk.answer = eventfd(0, EFD_CLOEXEC)) == -1)
		return s3jit_fail_errno(err, "the record's files");
	if ((errno = start_thread()) != 0)
		return s3jit_fail_errno(err, "a thread for the record's files");
	if (below == NULL && (below = sqlite3_vfs_find(NULL)) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "SQLite has no files");
	vfs = *below;		/* all that has to do with names is passed on */
	vfs.szOsFile = (int)sizeof(struct file);
	vfs.pNext = NULL;
	vfs.zName = STORE_VFS;
	vfs.xOpen = file_open;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		return s3jit_fail(err, S3JIT_ESYS, "SQLite does not take our files");
	return 0;
}
