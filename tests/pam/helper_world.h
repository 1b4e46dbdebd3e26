/*
 * helper_world.h - runs the setuid helper's own code in a child whose user
 * ids, login uid, PAM service and socket are staged (--wrap), so that every
 * path of it is walked without root, and faults can be put into each call.
 */
#ifndef S3JIT_TESTS_HELPER_WORLD_H
#define S3JIT_TESTS_HELPER_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fake_broker.h"

#define WORLD_CLIENT_RAN	42	/* what fake_client exits with */
#define WORLD_STILL_ROOT	200	/* the client was executed with root's ids */
#define WORLD_ODD_PATH		201	/* another socket or client than the built-in one */
#define WORLD_CARELESS		202	/* dumpable, or a core limit, while privileged */

enum fault {
	FAULT_NONE, FAULT_SETRESGID, FAULT_SETRESUID, FAULT_STILL_SUID, FAULT_STILL_SGID,
	FAULT_SETUID_WORKS, FAULT_NO_USER, FAULT_SERVER_UID, FAULT_TYPING_TIMEOUT,
	FAULT_SETRLIMIT, FAULT_SIGPROCMASK, FAULT_PAM_START, FAULT_PAM_TIME
};

struct world {
	struct fake *broker;		/* NULL: nobody listens */
	uid_t ruid, euid;
	uint32_t loginuid, sessionid;
	enum fault fault;
	const char *pam;		/* lines of the service s3-sudo */
	void (*prepare)(void);		/* last thing in the child before the helper's main() */
	void (*finish)(void);		/* first thing after it, or before the client */
};

/* alice, uid 1000, by a setuid-root helper, audit session 77. */
#define WORLD_ALICE { .ruid = 1000, .euid = 0, .loginuid = 1000, .sessionid = 77 }

struct outcome {
	int status;			/* exit status, or 256 + signal */
	bool ran;			/* the client was executed */
	char report[8192];		/* what it saw: see fake_client.c */
	char err[4096];			/* what the helper wrote on descriptor 2 */
};

/* Fixtures of a group of cmocka's. */
int world_begin(void **state);
int world_end(void **state);

void world_run(struct outcome *, const struct world *, int argc, char **argv);

/* In a child that is to become the helper: stage `w`, call its main(), exit. */
_Noreturn void world_helper(const struct world *w, int argc, char **argv);

#endif
