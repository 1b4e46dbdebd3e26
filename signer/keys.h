/*
 * keys.h - AWS keys in memory of their own (C1, C8).
 */
#ifndef S3JIT_SIGNER_KEYS_H
#define S3JIT_SIGNER_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "s3jit/err.h"

#define KEYS_TOKEN_MAX 65536	/* AWS promises no size for a session token */

struct keys {
	char *access_key_id, *secret, *token;	/* token "" for a user's long-lived keys */
	int64_t expiration;			/* 0: never */
	size_t size;				/* of the mapping they stand in */
};

/*
 * Copy the three into whole pages that no core dump holds and, where the
 * limits allow, no swap.  The caller wipes its own copies.  Each text is a word
 * (escape.h): what could break a header line, or says nothing, is no key.
 */
int keys_new(struct keys **, const char *access_key_id, const char *secret, const char *token,
    int64_t expiration, struct s3jit_err *);
void keys_free(struct keys *);	/* wipes; NULL is fine */

/*
 * All libraries of this process shall wipe what they free: curl, OpenSSL,
 * jansson, libevent.  Before anything else is allocated by them.
 */
int keys_wipe_everywhere(struct s3jit_err *);

/* The three functions, for libraries that take them one by one (expat). */
void *wipe_malloc(size_t);
void *wipe_realloc(void *, size_t);
void wipe_free(void *);

#endif
