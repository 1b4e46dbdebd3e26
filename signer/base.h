/*
 * base.h - the signer's own AWS keys: from a file, a systemd credential,
 * IMDSv2, or a program of the administrator's (C9).
 *
 * Never from the environment, never from a file that others can read.  They
 * are read again when less than 5 minutes are left, and once when STS says
 * that they have expired.
 */
#ifndef S3JIT_SIGNER_BASE_H
#define S3JIT_SIGNER_BASE_H

#include "s3jit/config.h"

#include "http.h"
#include "keys.h"

struct base;

/* `keys` are lent for the call's time.  err is set when keys is NULL. */
typedef void base_done(void *arg, const struct keys *keys, const struct s3jit_err *err);

struct base_place {
	const char *credentials;	/* CREDENTIALS_DIRECTORY, or "" */
	bool trust_self;		/* tests: programs of our own uid are run, too */
};
int base_new(struct base **, struct event_base *, struct http *, const struct aws_conf *,
    const struct base_place *, struct s3jit_err *);
void base_free(struct base *);

/* May call `done` at once.  `again`: what we have is known to be refused. */
void base_get(struct base *, bool again, base_done *, void *arg);
/* Forget a `done` that has not been called yet. */
void base_cancel(struct base *, void *arg);

/*
 * What can be said without asking anybody, for -t: reads a file, looks at a
 * program.  *later: what only shows when the service runs, or NULL.
 */
int base_check(const struct aws_conf *, const struct base_place *, const char **later,
    struct s3jit_err *);

/* base_file.c: [default] of an INI file, as the AWS tools write it. */
int base_read_file(struct keys **, const char *path, struct s3jit_err *);
/* What stands in it, taken apart in place; a NUL is behind the `len` bytes. */
int base_parse_file(struct keys **, char *text, size_t len, const char *path, struct s3jit_err *);

/* Called once, from the loop: keys to own, or err. */
typedef void fetch_done(void *arg, struct keys *keys, const struct s3jit_err *err);

/*
 * base_process.c: "/PATH ARGUMENT...", run without a shell and without an
 * environment; it prints what a credential_process prints (AWS-FACTS 10).
 * Only a program that root alone can have written.
 */
struct process;
int process_trusted(const char *command, bool trust_self, struct s3jit_err *);
int process_start(struct process **, struct event_base *, const char *command, bool trust_self,
    fetch_done *, void *arg, struct s3jit_err *);
void process_cancel(struct process *);		/* kills it */
int process_parse(struct keys **, const char *json, size_t len, int64_t now, struct s3jit_err *);

/* base_imds.c: role name, then its credentials.  ETIMEOUT: nobody answers there. */
struct imds;
int imds_start(struct imds **, struct http *, const char *endpoint, fetch_done *, void *arg,
    struct s3jit_err *);
void imds_cancel(struct imds *);
/* What IMDS answers, each a text: a token fit for a header, the first role, a role's keys. */
#define IMDS_ROLE 65
int imds_check_token(const char *answer, struct s3jit_err *);
int imds_parse_role(char role[IMDS_ROLE], const char *answer, struct s3jit_err *);
int imds_parse(struct keys **, const char *json, size_t len, struct s3jit_err *);

#endif
