/*
 * store_vfs.h - the record's files for a loop that must not wait for a disk.
 *
 * On a frozen file system, or a disk that is gone, a write waits in the kernel
 * for as long as that lasts.  So a thread does all of them; what it has not
 * done after STORE_DISK_MS is an error to SQLite, and so is all that would
 * follow, at once, until the kernel has let go of it.  To the broker that is
 * a record that cannot be written (A1): nothing is given; logins, and taking
 * power away, go on.
 *
 * What was given up may still be written later.  SQLite takes the content of
 * whatever it could not write or sync for undefined, and nothing is written
 * in between.
 */
#ifndef BROKER_STORE_VFS_H
#define BROKER_STORE_VFS_H

#include <stdbool.h>

#include "s3jit/err.h"

#define STORE_DISK_MS	800	/* a login, which may find this out, waits 2 s in all (P3) */

/* For sqlite3_open_v2(); there once store_vfs_start() returned 0. */
#define STORE_VFS	"s3jit"

/*
 * Start the thread, once a process; later calls do nothing.  `probe` is a
 * descriptor on the file system of the record.
 */
int store_vfs_start(int probe, struct s3jit_err *);

/* Is something still not done that was given up?  For words. */
bool store_vfs_waits(void);
/* errno of what failed last, for words as well; not for what SQLite did not call SQLITE_IOERR. */
int store_vfs_errno(void);

#endif
