/*
 * leftovers.h - ending what a login leaves behind.
 *
 * Runs inside sshd, as root, when the login is over.
 */
#ifndef PAM_S3JIT_LEFTOVERS_H
#define PAM_S3JIT_LEFTOVERS_H

/* So long processes have after SIGTERM; then it is SIGKILL.  A logout takes no longer than twice this. */
#define LEFTOVERS_MS 500

/*
 * End every process of this process's own audit session and login uid but
 * itself: SIGTERM, and SIGKILL to what is still there LEFTOVERS_MS later.
 * Processes are told apart by what the kernel says of each while a pidfd holds
 * it, so no number that is used again is hit.  Returns how many were still
 * there at the end; 0 also where this process belongs to no session.
 */
int leftovers_end(void);

#endif
