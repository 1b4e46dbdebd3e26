/*
 * start_world.h - a daemon's whole main() in a child, from its first line to
 * where it would wait for events and from there to its orderly end, with its
 * first, second, third ... call of a kind failing (faults.h).
 *
 * Once it waits, its timer of each second runs twice, the test looks around, and
 * SIGTERM comes.  Link with $(faults_start_wraps).
 */
#ifndef TESTS_START_WORLD_H
#define TESTS_START_WORLD_H

#include <sys/types.h>

#include <stdbool.h>

#include "faults.h"

struct start_daemon {
	const char *name;		/* what its sentences begin with */
	int (*main)(int, char **);
	char **argv;			/* ends with NULL */
	bool (*up)(void);		/* in the child: it waits; is all as it must be? */
};

struct start_end {
	int status;			/* 256 and the signal if it died of one */
	bool came_up, faulted;		/* it waited for events; a call did fail */
	char said[2000];		/* on stderr */
	const char *name;		/* of the daemon */
};

/* A folder of mode 0700 that the daemon's account owns; with a file or folder in it. */
extern char start_dir[];
/* Who runs the daemon: we, or nobody when we are root. */
uid_t start_uid(void);
const char *start_user(void);

/* As fixtures of a group of tests. */
int start_begin(void **state);
int start_end(void **state);

/* DIR/NAME, in one of a few buffers. */
char *start_path(const char *name);
/* These end the test if they cannot. */
void start_file(const char *name, mode_t mode, const char *text);
void start_folder(const char *name, mode_t mode);
/* Empty it, but not the folders in it. */
void start_empty(const char *name);

/* Run it once; nth = 0: nothing fails. */
void start_run(struct start_end *, const struct start_daemon *, enum fault_kind, int nth,
    bool lasting);

/* What is wrong with how it ended, or NULL. */
const char *start_judge(const struct start_end *, enum fault_kind, bool lasting);

/*
 * All calls of a kind, one after the other, and each from then on.  It comes up and
 * ends well, or says in a sentence why not; and the next time, with nothing
 * failing, it comes up.  `prepare` (may be NULL) is called before each.
 */
void start_walk(const struct start_daemon *, enum fault_kind, void (*prepare)(void));

#endif
