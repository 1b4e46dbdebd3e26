/*
 * resolver_child.h - what resolver.c and its child say to each other on a
 * SOCK_SEQPACKET socketpair: a uid_t, and the answer below.
 */
#ifndef BROKER_RESOLVER_CHILD_H
#define BROKER_RESOLVER_CHILD_H

#include <stdint.h>

#define RESOLVER_GROUPS	16384	/* more than this: member of nothing */
#define RESOLVER_NAME	256	/* bytes of a name, the NUL included */

enum { RESOLVER_UNKNOWN, RESOLVER_KNOWN, RESOLVER_NOBODY };	/* NOBODY: there is no such user */

struct resolver_answer {	/* child -> parent; then ngids gid_t, then the name */
	uint32_t uid, known, ngids, namelen;
};

/* Answer on fd until it closes; all other descriptors are closed.  Never returns. */
void resolver_child(int fd) __attribute__((noreturn));

#endif
