/*
 * helper.h - the parts of the setuid helper s3-sudo.  `ls helper/` is all
 * that runs with root's privilege on behalf of a user; it links libc and
 * libpam and, while privileged, reads no argument and no environment (H1, H3).
 */
#ifndef S3JIT_HELPER_H
#define S3JIT_HELPER_H

#include "s3jit/err.h"
#include "s3jit/guest.h"

/* process.c: descriptors, core limit, dumpable, signals, as we need them. */
int process_settle(struct s3jit_err *);
/* Become the caller for good, and prove it (H9).  Twice is fine. */
int process_drop(struct s3jit_err *);
/* Give back the limit and the signals that the caller came with. */
void process_restore(void);

/* s3-sudo.c: print; anything but printable ASCII and newline becomes '?'. */
void helper_say(int fd, const char *text);
/* One message to the broker, one answer (the caller's to clear). */
int broker_exchange(int broker, const unsigned char *body, size_t len,
    struct guest_answer *, struct s3jit_err *);

/* reauth.c: 0 only when PAM, in a child, and then the broker said yes. */
int reauth_prove(int broker, uint32_t ruid, struct s3jit_err *);

#endif
