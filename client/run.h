/*
 * run.h - run and open: taking up again what was asked before.
 */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include "task.h"

/* The task (attached, its state pending or approved) goes on. */
int run_resume(struct task *);
int open_resume(struct task *);
/* "Open until 14:31:05 in this login only. ..." */
void open_show(struct ui *, int64_t deadline);

#endif
