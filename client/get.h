/*
 * get.h - get and ls: taking up again what was asked before.
 */
#ifndef CLIENT_GET_H
#define CLIENT_GET_H

#include "task.h"

/* The task is attached, its state pending or approved. */
int get_resume(struct task *);

#endif
