/*
 * command.h - a person's command: found as execvp finds it, never by a shell,
 * started with the keys in its environment, ended with all that it started.
 */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include <sys/types.h>

#include <stdbool.h>

#include "s3jit/proto.h"

/*
 * Can argv[0] be run at all?  0, or the exit status that env(1) would give
 * (126 not executable, 127 not found) with err saying so.
 */
int command_check(const char *name, struct s3jit_err *);

/*
 * An AWS command that names a profile would not use the keys it is given:
 * EUSAGE.  (Abbreviations count: the AWS CLI takes them.)
 */
int command_profile_check(int argc, char *const *argv, struct s3jit_err *);

/*
 * The environment for the command: ours, without what would make an AWS SDK
 * look elsewhere, with the three variables of `keys`.  `plain` is for an AWS
 * CLI whose permissions came from its own words: as in a fresh login, without
 * endpoints, certificates, models and configuration of the person's own.
 * Wiped and freed with command_env_free().  NULL without memory.
 */
extern const char *const command_misleading[];	/* what would; ends with NULL */
char **command_env(char *const *ours, const struct msg_credentials *keys, bool plain);
void command_env_free(char **);

/*
 * Start it.  Its standard descriptors and process group are ours.  When exec
 * fails, *exec_errno is that errno, there is no child and -1 is returned.
 */
int command_start(pid_t *, char *const *argv, char *const *envp, int *exec_errno,
    struct s3jit_err *);

/* Replace this process: execvp without the shell; returns the errno. */
int command_exec(char *const *argv, char *const *envp);

/* Signal all descendants of ours; how many there were. */
int command_tree_signal(int sig);

#endif
