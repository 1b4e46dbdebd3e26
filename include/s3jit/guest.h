/*
 * guest.h - what the two programs that run with somebody else's privilege
 * say to root.sock: REGISTER (pam_s3jit, inside sshd) and FACTS (the setuid
 * helper), and the broker's answers.  No JSON here: these two link libc and
 * libpam only.
 *
 * A message is the body of a wire.h frame of at most WIRE_GUEST_MAX bytes:
 *	4 bytes magic | u16 version (WIRE_VERSION) | u16 count |
 *	count times: u32 length, bytes
 * big-endian, strings in the order of the struct, nothing behind.  Strings
 * have no NUL inside.  Numbers are decimal strings without sign or leading
 * zero.  Anything else is refused as a whole.
 */
#ifndef S3JIT_GUEST_H
#define S3JIT_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define GUEST_UNSET UINT32_MAX		/* (uid_t)-1: loginuid or sessionid not set */

#define S3JIT_ROOT_SOCK	"/run/s3jit/root.sock"
#define S3JIT_USER_SOCK	"/run/s3jit/user.sock"

/* "S3JR": a login begins.  The connection is kept for the life of the login. */
struct guest_register {
	char *user;		/* PAM_USER, evidence only */
	uint32_t uid;		/* of that user, by getpwnam in sshd */
	uint32_t loginuid;	/* /proc/self/loginuid */
	uint32_t sessionid;	/* /proc/self/sessionid */
	char *boot_id;		/* /proc/sys/kernel/random/boot_id, 36 characters */
	char *service;		/* PAM_SERVICE */
	char *rhost;		/* PAM_RHOST or "" */
	char *tty;		/* PAM_TTY or "" */
	char *auth_info;	/* SSH_AUTH_INFO_0 or ""; the broker keeps only a hash of it */
};

/* "S3JF": who called the setuid helper.  All three as the kernel says. */
struct guest_facts {
	uint32_t ruid;
	uint32_t loginuid;
	uint32_t sessionid;
};

/* "S3JV": what PAM said, once, and only after the answer REAUTH. */
struct guest_verdict {
	uint32_t ruid;
	uint32_t pam_code;	/* PAM_SUCCESS (0) or the first failure */
};

/* "S3JA": the broker's answer to each of the three. */
enum guest_word { GUEST_GO = 1, GUEST_REAUTH = 2, GUEST_REFUSE = 3 };
struct guest_answer {
	enum guest_word word;	/* travels as "go", "reauth", "refuse" */
	char *text;		/* for people; "" with GO */
};

/* Each encode gives a malloc'd body (no frame head); EUSAGE when too long. */
int guest_register_encode(unsigned char **body, size_t *len, const struct guest_register *, struct s3jit_err *);
int guest_facts_encode(unsigned char **body, size_t *len, const struct guest_facts *, struct s3jit_err *);
int guest_verdict_encode(unsigned char **body, size_t *len, const struct guest_verdict *, struct s3jit_err *);
int guest_answer_encode(unsigned char **body, size_t *len, const struct guest_answer *, struct s3jit_err *);

/* Each decode is strict; on failure the struct is zeroed. */
int guest_register_decode(struct guest_register *, const void *body, size_t len, struct s3jit_err *);
int guest_facts_decode(struct guest_facts *, const void *body, size_t len, struct s3jit_err *);
int guest_verdict_decode(struct guest_verdict *, const void *body, size_t len, struct s3jit_err *);
int guest_answer_decode(struct guest_answer *, const void *body, size_t len, struct s3jit_err *);

void guest_register_clear(struct guest_register *);
void guest_answer_clear(struct guest_answer *);

/* Which one is it?  'R', 'F', 'V', 'A', or 0 for none of them. */
int guest_kind(const void *body, size_t len);

/*
 * Read a decimal uint32 from a /proc file (loginuid, sessionid), refusing
 * symbolic links on the way and any file system but procfs (openat2
 * RESOLVE_NO_SYMLINKS, statfs magic; H6).  4294967295 is a valid reading.
 */
int guest_read_proc_u32(uint32_t *, const char *path, struct s3jit_err *);
/* The text of such a file, its newline cut off: 0, or -1 for what is no uint32. */
int guest_parse_u32(uint32_t *, const char *text);

/* Room for the 36 characters of a boot id and the NUL. */
#define GUEST_BOOT_ID 37
int guest_read_boot_id(char buf[GUEST_BOOT_ID], struct s3jit_err *);

/*
 * Is the process behind this connected socket who we want to hear: SO_PEERCRED
 * uid 0 or the owner of the directory that holds `path` (opened O_NOFOLLOW,
 * its parent root-owned)?  H8.  ENOTALLOWED when not.
 */
int guest_server_ok(int fd, const char *path, struct s3jit_err *);

#endif
