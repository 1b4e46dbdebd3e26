/*
 * kernel.c - what the kernel says about us and about a peer: /proc readings
 * that nobody can stage, and whether a server is the one we want (H6, H8).
 *
 * Runs in sshd (pam_s3jit) and in the setuid helper, so libc only.  Here a
 * caller may have mounted, linked and named things to mislead root: every
 * step is made on an open descriptor and proven by fstat or fstatfs.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "s3jit/guest.h"

#define PROC_ROOT_INO	1	/* the root of a procfs: a bound-over subdirectory has another */
#define PROC_TEXT	64

/* openat2(2) has no wrapper in the C libraries we build with. */
static int
open_strictly(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.resolve = resolve | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static int
is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static int
open_proc(struct s3jit_err *err)
{
	struct stat st;
	int fd;

	if ((fd = open_strictly(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0)) == -1)
		return s3jit_fail_errno(err, "/proc");
	if (!is_procfs(fd) || fstat(fd, &st) == -1 || st.st_ino != PROC_ROOT_INO) {
		close(fd);
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "/proc is not the kernel's");
	}
	return fd;
}

/*
 * "self/loginuid" to "4711/loginuid".  /proc/self is a symbolic link, which
 * only the procfs that we have proven may spell out; getpid() would be wrong
 * where /proc belongs to another pid namespace.
 */
static int
spell_out_self(char out[PROC_TEXT], int proc, const char *path)
{
	size_t len = strlen(path);
	ssize_t n;

	if (strncmp(path, "self/", 5) != 0) {
		if (len >= PROC_TEXT)
			return -1;
		memcpy(out, path, len + 1);
		return 0;
	}
	path += 4;	/* stay at the slash */
	len -= 4;
	n = readlinkat(proc, "self", out, PROC_TEXT);
	if (n <= 0 || (size_t)n + len >= PROC_TEXT)
		return -1;
	memcpy(out + n, path, len + 1);
	return strspn(out, "0123456789") == (size_t)n ? 0 : -1;
}

/* At most PROC_TEXT - 1 bytes of a file below /proc, its newline cut off. */
static int
read_proc(char out[PROC_TEXT], const char *path, uint64_t resolve, struct s3jit_err *err)
{
	char below[PROC_TEXT];
	int proc = -1, fd = -1, ret = -1;
	ssize_t n;

	if (strncmp(path, "/proc/", 6) != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s is not below /proc", path);
	if ((proc = open_proc(err)) == -1)
		goto out;
	if (spell_out_self(below, proc, path + 6) == -1) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "%s cannot be resolved", path);
		goto out;
	}
	fd = open_strictly(proc, below, O_RDONLY | O_NOCTTY | O_NONBLOCK, resolve | RESOLVE_BENEATH);
	if (fd == -1) {
		s3jit_fail_errno(err, "%s", path);
		goto out;
	}
	if (!is_procfs(fd)) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "%s is not the kernel's", path);
		goto out;
	}
	if ((n = read(fd, out, PROC_TEXT - 1)) == -1) {
		s3jit_fail_errno(err, "%s", path);
		goto out;
	}
	if (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	ret = 0;
out:
	if (fd != -1)
		close(fd);
	if (proc != -1)
		close(proc);
	return ret;
}

int
guest_parse_u32(uint32_t *out, const char *text)
{
	size_t len = strlen(text), i;
	uint64_t n = 0;

	if (len == 0 || len > 10 || strspn(text, "0123456789") != len)
		return -1;
	for (i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	if (n > UINT32_MAX)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

int
guest_read_proc_u32(uint32_t *out, const char *path, struct s3jit_err *err)
{
	char text[PROC_TEXT];

	/* NO_XDEV: nothing, not even another procfs file, is mounted over it */
	if (read_proc(text, path, RESOLVE_NO_XDEV, err) == -1)
		return -1;
	if (guest_parse_u32(out, text) == -1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s holds no number", path);
	return 0;
}

int
guest_read_boot_id(char buf[GUEST_BOOT_ID], struct s3jit_err *err)
{
	const char *path = "/proc/sys/kernel/random/boot_id";
	char text[PROC_TEXT];

	/* containers mount /proc/sys over itself, read-only: that must do */
	if (read_proc(text, path, 0, err) == -1)
		return -1;
	if (strlen(text) != GUEST_BOOT_ID - 1 ||
	    strspn(text, "0123456789abcdef-") != GUEST_BOOT_ID - 1)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "%s holds no boot id", path);
	memcpy(buf, text, GUEST_BOOT_ID);
	return 0;
}

/* Writable by others, and not sticky: anybody may replace what lies in it. */
static int
anybody_may_replace(const struct stat *st)
{
	return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st->st_mode & S_ISVTX) == 0;
}

/* Who owns the folder that holds `path`?  Only if root owns the one above. */
static int
folder_owner(uid_t *owner, const char *path, struct s3jit_err *err)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	char *copy = NULL, *above = NULL;
	int parent = -1, folder = -1, ret = -1;
	struct stat st;

	if ((copy = strdup(path)) == NULL || (above = strdup(dirname(copy))) == NULL) {
		s3jit_fail_errno(err, "malloc");
		goto out;
	}
	free(copy);
	if ((copy = strdup(above)) == NULL) {
		s3jit_fail_errno(err, "malloc");
		goto out;
	}
	if ((parent = open(dirname(above), flags)) == -1 || fstat(parent, &st) == -1) {
		s3jit_fail_errno(err, "%s", above);
		goto out;
	}
	if (st.st_uid != 0 || anybody_may_replace(&st)) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "%s is not root's alone", above);
		goto out;
	}
	if ((folder = openat(parent, basename(copy), flags)) == -1 || fstat(folder, &st) == -1) {
		s3jit_fail_errno(err, "the folder of %s", path);
		goto out;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "the folder of %s is writable by others", path);
		goto out;
	}
	*owner = st.st_uid;
	ret = 0;
out:
	if (folder != -1)
		close(folder);
	if (parent != -1)
		close(parent);
	free(above);
	free(copy);
	return ret;
}

int
guest_server_ok(int fd, const char *path, struct s3jit_err *err)
{
	struct ucred peer = { .uid = GUEST_UNSET };
	socklen_t len = sizeof(peer);
	uid_t owner;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return s3jit_fail_errno(err, "SO_PEERCRED");
	if (len != sizeof(peer) || peer.uid == GUEST_UNSET)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "nobody knows who listens at %s", path);
	if (peer.uid == 0)
		return 0;
	if (folder_owner(&owner, path, err) == -1)
		return -1;
	if (owner != peer.uid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "uid %u listens at %s, whose folder belongs to uid %u", peer.uid, path, owner);
	return 0;
}
