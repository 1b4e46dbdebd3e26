/*
 * shell.h - s3-sudo shell: taking up again what was asked before.
 */
#ifndef CLIENT_SHELL_H
#define CLIENT_SHELL_H

#include "task.h"

/* Was this request, which the task is attached to, made with `s3-sudo shell`? */
bool shell_asked(const struct task *);
int shell_resume(struct task *);

#endif
