/*
 * spawn.h - start transfer: a socket on descriptor 3, files from 4 on, nothing
 * else, no environment.
 */
#ifndef CLIENT_SPAWN_H
#define CLIENT_SPAWN_H

#include <sys/types.h>

#include "s3jit/err.h"

int spawn_transfer(pid_t *, int *sock, const int *files, size_t n_files, struct s3jit_err *);

#endif
