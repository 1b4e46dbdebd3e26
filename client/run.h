/*
 * run.h - run and open: what they share with shell and env, and taking up again
 * what was asked before.
 */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include "task.h"

/* --allow "put s3://..." as often as given, into what is asked for. */
int run_allow(struct task *);
/* The command line as it was typed, as evidence. */
int run_typed(struct task *);

/* The task (attached, its state pending or approved) goes on. */
int run_resume(struct task *);
int open_resume(struct task *);
/* "Open until 14:31:05 in this login only. ..." */
void open_show(struct ui *, int64_t deadline);

#endif
