/*
 * transfer_world.h - for the tests of transfer: a recording S3 server
 * (fake_s3.py) and the client's side of transfer_proto.h.
 *
 * Include after cmocka.h.
 */
#ifndef TEST_TRANSFER_WORLD_H
#define TEST_TRANSFER_WORLD_H

#include <jansson.h>
#include <sys/types.h>

#include "s3jit/transfer_proto.h"

#define PROGRAM		"transfer/transfer"		/* what is installed */
#define QUICK		"tests/unit/transfer-quick"	/* stalls after 1 s, tries again at once */
#define CANARY		"session-token-canary-5f2c"
#define FILES		8

/* 0; 77 when python3 or openssl are missing.  One world per test program. */
int world_open(void);
void world_close(void);
const char *world_path(const char *name);	/* "DIR/name", static */
int world_port(const char *server);		/* "good", "otherca", "othername", "trap" */

/* Forget earlier requests, then count them: method and a piece of the target, NULL = any. */
void world_mark(void);
size_t world_count(const char *method, const char *target);
/* The nth such request since the mark (borrowed until the next world_*), or NULL. */
json_t *world_request(const char *method, const char *target, size_t nth);
/* Is the object there, with these bytes? */
bool world_has(const char *bucket, const char *key, const void *bytes, size_t len);

/* `size` bytes that differ from part to part, and a file that has them. */
unsigned char *bytes_make(size_t size);
int file_make(const void *bytes, size_t size);
void sha256_hex(char out[65], const void *bytes, size_t size);

/* One run of transfer with us as its client. */
struct deal {
	/* how it is started */
	const char *program;
	char **envp;			/* NULL = empty */
	uid_t uid;			/* 0 = ours */
	const char *server;		/* whose port stands in the signed address */
	struct transfer_start start;
	int files[FILES];		/* become descriptors 4, 5, ...; closed afterwards */
	size_t n_files;
	/* how we behave; all may be NULL */
	int (*on_sign)(struct deal *, const struct msg_sign *);	/* 1 = do not answer */
	void (*tamper)(struct deal *, struct msg_signed *);
	void (*on_progress)(struct deal *, const struct transfer_progress *);
	int64_t number;			/* the hooks' own */
	/* what came of it */
	pid_t pid;
	int fd;
	int status;			/* of waitpid() */
	int signs;
	int64_t done_bytes[FILES];	/* of object_done, -1 = none */
	char done_etag[FILES][257];
	struct transfer_progress progress; /* the last */
	struct transfer_entry entries[FILES];
	size_t n_entries;
	bool over;			/* finished came */
	struct transfer_finished finished;
};

void deal_init(struct deal *, const char *operation);
void deal_clear(struct deal *);
/* Add an object whose bytes are known, in parts of part_size (0: a single PUT). */
struct transfer_object *deal_put(struct deal *, const char *key, const void *bytes, size_t size,
    size_t part_size);
/* Add an object; fd (-1: none) becomes a descriptor of transfer. */
struct transfer_object *deal_object(struct deal *, const char *key, int fd);
void deal_run(struct deal *);

/* For hooks. */
void deal_say(struct deal *, const struct table *, const void *msg);
void deal_sign(struct deal *, const struct msg_sign *);
void deal_refuse(struct deal *, const struct msg_sign *, const char *code, const char *text);
/* on_sign: the signer is busy, the first time. */
int deal_busy_once(struct deal *, const struct msg_sign *);
void deal_stop(struct deal *, const char *code, const char *why);
void set_string(char **, const char *);

/* Did it exit 0 with finished ok?  Prints what it said otherwise. */
bool deal_ok(const struct deal *);
/* ... or 0 with this code, and this in its text? */
bool deal_failed(const struct deal *, const char *code, const char *text);

#endif
