/*
 * running.h - a child that holds the keys of a grant: started, watched, told
 * before the end, ended with the grant.
 */
#ifndef CLIENT_RUNNING_H
#define CLIENT_RUNNING_H

#include "task.h"

enum running_kind {
	RUNNING_COMMAND,
	RUNNING_AWS,		/* its permissions came from its words: see command_env() */
	RUNNING_SHELL		/* a person types in it: the terminal is lent to it */
};

/*
 * Claim, start argv with the keys in its environment, wait until it or the
 * grant ends.  As app_report() expects.
 */
int running_child(struct task *, char *const *argv, enum running_kind);

#endif
