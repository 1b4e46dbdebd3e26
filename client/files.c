/*
 * files.c - local files: opened once, hashed, and the same until they are sent.
 *
 * Runs in s3-sudo-client as the person.  The hashes are what is approved; the
 * signer signs no others, so a file that changes later can't be sent at all.
 */
#include "config.h"

#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/openat2.h>
#include <openssl/evp.h>

#include "s3jit/hex.h"

#include "files.h"

#define CHUNK		(256 * 1024)
#define THREAD_FROM	(32 * 1024 * 1024)	/* smaller ones are hashed in one thread */

static int
open_without_magic(const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));
}

static int
kind_check(const struct file *f, struct s3jit_err *err)
{
	const char *what = "not a regular file";

	if (S_ISREG(f->st.st_mode))
		return 0;
	if (S_ISDIR(f->st.st_mode))
		what = "a folder: name the files in it";
	else if (S_ISFIFO(f->st.st_mode))
		what = "a pipe: save it to a file first, so that its bytes can be approved";
	return s3jit_fail(err, S3JIT_EUSAGE, "%s is %s", f->name, what);
}

int
file_open(struct file *f, const char *name, struct s3jit_err *err)
{
	memset(f, 0, sizeof(*f));
	f->fd = -1;
	if ((f->name = strdup(name)) == NULL)
		return s3jit_fail_errno(err, "opening a file");
	if ((f->fd = open_without_magic(name)) == -1) {
		if (errno == ELOOP)
			s3jit_fail(err, S3JIT_EUSAGE, "%s stands for a file that is open already, or is "
			    "a link to itself; name the file itself", name);
		else
			s3jit_fail(err, S3JIT_EUSAGE, "%.300s%s: %s", name,
			    strlen(name) > 300 ? "..." : "", strerror(errno));
		goto out;
	}
	if (fstat(f->fd, &f->st) == -1) {
		s3jit_fail_errno(err, "%s", name);
		goto out;
	}
	if (kind_check(f, err) == 0)
		return 0;
out:
	file_clear(f);
	return -1;
}

void
file_clear(struct file *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
	free(f->name);
	f->name = NULL;
	strv_clear(&f->parts);
}

/* SHA-256 of [from, from + len) of the file. */
static int
range_hash(const struct file *f, int64_t from, int64_t len, char hex[DIGEST_HEX],
    struct s3jit_err *err)
{
	unsigned char *buf = malloc(CHUNK), sum[32];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int64_t want;
	ssize_t n;
	int ret = -1;

	if (buf == NULL || md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) {
		s3jit_fail(err, S3JIT_ESYS, "out of memory");
		goto out;
	}
	while (len > 0) {
		want = len < CHUNK ? len : CHUNK;
		n = pread(f->fd, buf, (size_t)want, from);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			s3jit_fail_errno(err, "reading %s", f->name);
			goto out;
		}
		if (n == 0) {
			s3jit_fail(err, S3JIT_ECHANGED, "%s became shorter while it was read", f->name);
			goto out;
		}
		EVP_DigestUpdate(md, buf, (size_t)n);
		from += n;
		len -= n;
	}
	EVP_DigestFinal_ex(md, sum, NULL);
	hex_write(hex, sum, sizeof(sum));
	ret = 0;
out:
	EVP_MD_CTX_free(md);
	free(buf);
	return ret;
}

struct whole {			/* the second thread's work on a large file */
	struct file *f;
	struct s3jit_err err;
	int ret;
};

static void *
whole_hash(void *arg)
{
	struct whole *w = arg;

	w->ret = range_hash(w->f, 0, w->f->st.st_size, w->f->sha256, &w->err);
	return NULL;
}

static int
parts_hash(struct file *f, struct s3jit_err *err)
{
	int64_t from, size = f->st.st_size, n, i;
	char hex[DIGEST_HEX];

	if ((n = object_parts(size, f->part_size)) < 1)
		n = 1;		/* an empty object has one part of no bytes */
	for (i = 0; i < n; i++) {
		from = i * f->part_size;
		if (range_hash(f, from, i == n - 1 ? size - from : f->part_size, hex, err) == -1)
			return -1;
		if (strv_push(&f->parts, hex) == -1)
			return s3jit_fail_errno(err, "hashing %s", f->name);
	}
	return 0;
}

static bool
stat_same(const struct file *f, const struct stat *now)
{
	return now->st_size == f->st.st_size && now->st_mtim.tv_sec == f->st.st_mtim.tv_sec &&
	    now->st_mtim.tv_nsec == f->st.st_mtim.tv_nsec &&
	    now->st_ctim.tv_sec == f->st.st_ctim.tv_sec &&
	    now->st_ctim.tv_nsec == f->st.st_ctim.tv_nsec;
}

int
file_hash(struct file *f, struct s3jit_err *err)
{
	struct whole w = { f, { S3JIT_OK, "" }, 0 };
	bool threaded = false;
	pthread_t thread;
	struct stat now;
	char more;
	int ret;

	strv_clear(&f->parts);
	f->part_size = object_part_size(f->st.st_size);
	if (f->st.st_size >= THREAD_FROM)
		threaded = pthread_create(&thread, NULL, whole_hash, &w) == 0;
	ret = parts_hash(f, err);
	if (threaded)
		(void)pthread_join(thread, NULL);
	if (ret == -1)
		return -1;
	if (f->parts.n == 1)
		memcpy(f->sha256, f->parts.v[0], DIGEST_HEX);
	else if (!threaded)
		(void)whole_hash(&w);
	if (w.ret == -1) {
		*err = w.err;
		return -1;
	}
	if (fstat(f->fd, &now) == -1)
		return s3jit_fail_errno(err, "%s", f->name);
	if (!stat_same(f, &now))
		return s3jit_fail(err, S3JIT_ECHANGED, "%s changes while it is read", f->name);
	/* most of /proc: it says 0 bytes and has some, which would not be sent */
	if (pread(f->fd, &more, 1, f->st.st_size) > 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "%s has more bytes than its size says: "
		    "copy it, and put the copy", f->name);
	return 0;
}

int
file_unchanged(const struct file *f, struct s3jit_err *err)
{
	struct file again = { .fd = f->fd, .name = f->name };
	bool same;

	if (fstat(f->fd, &again.st) == -1)
		return s3jit_fail_errno(err, "%s", f->name);
	if (stat_same(f, &again.st))
		return 0;
	/* touched, moved or written: its bytes decide */
	same = again.st.st_size == f->st.st_size && file_hash(&again, err) == 0 &&
	    strcmp(again.sha256, f->sha256) == 0;
	strv_clear(&again.parts);
	if (!same)
		return s3jit_fail(err, S3JIT_ECHANGED, "%s has changed since it was shown.  "
		    "Nothing was sent.  Ask again with the file as it is now", f->name);
	return 0;
}
