/*
 * run.h - one start message from beginning to end.
 */
#ifndef TRANSFER_RUN_H
#define TRANSFER_RUN_H

#include "s3jit/err.h"

/*
 * Read `start` from the client on `fd`, do it, send `finished`.  -1: the
 * client is gone or does not keep to the protocol, and nothing more is said.
 */
int run_client(int fd, struct s3jit_err *);

#endif
