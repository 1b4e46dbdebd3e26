/*
 * err.h - the one error idiom: a code to branch on, a sentence to show.
 *
 * Functions return 0 or -1 (pointers come through an out-argument) and leave
 * the reason in the caller's struct s3jit_err.  Nothing in lib/ logs, prints
 * or exits; main(), a PAM entry point or the broker's loop reports once.
 *
 * Links libc only: pam_s3jit and the setuid helper use it.
 */
#ifndef S3JIT_ERR_H
#define S3JIT_ERR_H

/*
 * The codes that people meet have an exit status of their own; the same words
 * travel in the "error" message and in --json (see s3jit_code_word()).
 */
enum s3jit_code {
	S3JIT_OK = 0,
	S3JIT_ESYS,		/* an operating system call failed */
	S3JIT_EUSAGE,		/* the caller's words are wrong */
	S3JIT_EPROTO,		/* a peer broke the protocol or has another version */
	S3JIT_ETIMEOUT,		/* a promised time ran out */
	S3JIT_ENOTFOUND,	/* no such request, session, file, ... */
	S3JIT_EAMBIGUOUS,	/* a short id names more than one request */
	S3JIT_EBUSY,		/* a limit is reached; try again later */
	S3JIT_ERECORD,		/* the record cannot be written: no power is given */
	S3JIT_EREAUTH,		/* re-authentication is needed first */
	S3JIT_EDENIED,		/* an approver said no */
	S3JIT_ELAPSED,		/* nobody answered, or nobody claimed, in time */
	S3JIT_EWITHDRAWN,	/* the requester took it back */
	S3JIT_ENOTALLOWED,	/* the rules (or an invariant of ours) say no */
	S3JIT_EBROKER,		/* the broker cannot be reached */
	S3JIT_EAWS,		/* AWS (STS or S3) refused or cannot be reached */
	S3JIT_EENDED,		/* the grant ended early: revoked, closed, logout */
	S3JIT_EDEADLINE,	/* the grant's deadline was reached */
	S3JIT_ECHANGED,		/* what was approved is not what is there now */
	S3JIT_ECODES		/* how many there are */
};

/* Long enough for a sentence that names a 255-byte path twice. */
#define S3JIT_ERR_TEXT 768

struct s3jit_err {
	enum s3jit_code code;
	char text[S3JIT_ERR_TEXT];	/* no newline at its end; "" when code is OK */
};

/*
 * Set code and sentence; cut at S3JIT_ERR_TEXT.  Always returns -1, so that
 * "return s3jit_fail(err, ...)" reads well.  err may be NULL.
 */
int s3jit_fail(struct s3jit_err *, enum s3jit_code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with S3JIT_ESYS and ": <strerror of the errno at entry>" behind. */
int s3jit_fail_errno(struct s3jit_err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Put "<text>: " in front of the sentence that is there already; returns -1. */
int s3jit_fail_prefix(struct s3jit_err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "not-allowed", "denied", ...: INTERFACES.md lists them.  Never NULL. */
const char *s3jit_code_word(enum s3jit_code);

/*
 * The code for a word, or S3JIT_EPROTO for a word that nobody knows; "ok" is
 * one of these, so that no peer's error can turn into success.
 */
enum s3jit_code s3jit_code_from_word(const char *word);

/* The exit status that s3-sudo, s3-approve and s3-audit end with (SURFACE). */
int s3jit_code_exit(enum s3jit_code);

#endif
