/*
 * keys.c - AWS keys in memory of their own, and allocators that wipe.
 *
 * Runs in s3jit-signer.  What a library copied of a key (an HTTP header, a
 * JSON string) is gone when the library frees it.
 */
#include "config.h"

#include <sys/mman.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <event2/event.h>
#include <jansson.h>
#include <openssl/crypto.h>

#include "keys.h"

int
keys_new(struct keys **out, const char *access_key_id, const char *secret, const char *token,
    int64_t expiration, struct s3jit_err *err)
{
	size_t a = strlen(access_key_id) + 1, s = strlen(secret) + 1, t = strlen(token) + 1;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size;
	struct keys *k;

	*out = NULL;
	size = (sizeof(*k) + a + s + t + page - 1) / page * page;
	k = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (k == MAP_FAILED)
		return s3jit_fail_errno(err, "memory for keys");
	(void)madvise(k, size, MADV_DONTDUMP);
	(void)madvise(k, size, MADV_WIPEONFORK);
	(void)mlock(k, size);		/* the unit has no swap at all (S3) */
	k->access_key_id = memcpy(k + 1, access_key_id, a);
	k->secret = memcpy(k->access_key_id + a, secret, s);
	k->token = memcpy(k->secret + s, token, t);
	k->expiration = expiration;
	k->size = size;
	*out = k;
	return 0;
}

void
keys_free(struct keys *k)
{
	size_t size;

	if (k == NULL)
		return;
	size = k->size;
	explicit_bzero(k, size);
	munmap(k, size);
}

void *
wipe_malloc(size_t n)
{
	return malloc(n);
}

void
wipe_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* realloc() may leave the old bytes behind. */
void *
wipe_realloc(void *p, size_t n)
{
	size_t old;
	void *q;

	if (p == NULL)
		return malloc(n);
	if (n == 0) {
		wipe_free(p);
		return NULL;
	}
	old = malloc_usable_size(p);
	if (n <= old && n > old / 2)
		return p;
	if ((q = malloc(n)) == NULL)
		return NULL;
	memcpy(q, p, old < n ? old : n);
	wipe_free(p);
	return q;
}

static void *
wipe_calloc(size_t n, size_t size)
{
	return calloc(n, size);
}

static char *
wipe_strdup(const char *s)
{
	return strdup(s);
}

static void *
crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void *
crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return wipe_realloc(p, n);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	wipe_free(p);
}

int
keys_wipe_everywhere(struct s3jit_err *err)
{
	/* OpenSSL first: it refuses once it has allocated anything */
	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return s3jit_fail(err, S3JIT_ESYS, "OpenSSL does not take our memory functions");
	json_set_alloc_funcs(wipe_malloc, wipe_free);
	event_set_mem_functions(wipe_malloc, wipe_realloc, wipe_free);
	if (curl_global_init_mem(CURL_GLOBAL_ALL, wipe_malloc, wipe_free, wipe_realloc, wipe_strdup,
	    wipe_calloc) != CURLE_OK)
		return s3jit_fail(err, S3JIT_ESYS, "libcurl does not start");
	return 0;
}
