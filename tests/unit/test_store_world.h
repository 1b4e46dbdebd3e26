/*
 * test_store_world.h - a record in a folder of its own, with a login and a
 * request in it, for the tests of broker/store*.c and broker/audit*.c.
 */
#ifndef TESTS_TEST_STORE_WORLD_H
#define TESTS_TEST_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/store_sqlite.h"

struct world {
	char dir[64];
	struct store *store;
	struct s3jit_err err;
	int64_t session;	/* row of alice's login */
};

/* cmocka set-up and tear-down: *state is a struct world. */
int world_new(void **state);
int world_free(void **state);
/* Close and open again, as a daemon that was restarted. */
void world_reopen(struct world *);

/* Each fails the test where the store does. */
void world_begin(struct world *);
void world_commit(struct world *);
/* A pending request that differs from others by `nonce`; committed. */
void world_ask(struct world *, struct request_row *, const char *nonce);
int64_t world_session(struct world *, int64_t loginuid, const char *user);
void world_fill(struct request *, const char *nonce);	/* what alice asks */
void world_name(struct request_row *);	/* digest and id of row->req */

/* SQL behind the store's back, without its triggers, checks and foreign keys. */
void world_tamper(struct world *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int64_t world_count(struct world *, const char *sql);

/* No page more than there is: what a full disk is to SQLite.  And the end of that. */
void world_disk_full(struct world *);
void world_disk_free(struct world *);
/* A file system that was mounted read-only after an error. */
void world_read_only(struct world *, bool on);

void assert_code(const struct world *, int ret, enum s3jit_code, const char *words);

#endif
