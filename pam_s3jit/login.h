/*
 * login.h - what pam_s3jit finds out about a login and how it tells s3jitd.
 * Runs inside sshd (or login), as root.
 */
#ifndef S3JIT_PAM_LOGIN_H
#define S3JIT_PAM_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include <security/pam_modules.h>

#include "s3jit/err.h"
#include "s3jit/guest.h"

/* Connect, send and wait together: what a login is delayed by at most (P3). */
#define LOGIN_TIMEOUT_MS 2000

struct login {
	uint32_t uid;		/* of PAM_USER */
	uint32_t loginuid;
	uint32_t sessionid;
	bool fresh;		/* the audit session began in this very process */
	char boot_id[GUEST_BOOT_ID];
};

/* Ask the kernel and libpam.  Judges nothing: see login_check(). */
int login_identify(struct login *, pam_handle_t *, struct s3jit_err *);

/*
 * Is this the beginning of a login that may be registered?  ENOTFOUND when it
 * runs inside a login that began elsewhere (su, sudo -i), ENOTALLOWED when the
 * login uid is unset or another user's (P5).
 */
int login_check(const struct login *, struct s3jit_err *);

/* Put what every program of the login needs into the PAM environment. */
int login_set_env(const struct login *, pam_handle_t *, struct s3jit_err *);

/*
 * Send REGISTER to the broker at `path` and wait for GO, all of it within
 * LOGIN_TIMEOUT_MS.  *fd is then the connection to keep, close-on-exec.
 */
int login_register(int *fd, const struct login *, pam_handle_t *, const char *path,
    struct s3jit_err *);

#endif
