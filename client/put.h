/*
 * put.h - put and rm: taking up again what was asked before.
 */
#ifndef CLIENT_PUT_H
#define CLIENT_PUT_H

#include "task.h"

/* The task (attached, its state pending or approved) is used up. */
int put_resume(struct task *);

#endif
