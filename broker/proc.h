/*
 * proc.h - what the kernel says about a process, from /proc.
 */
#ifndef BROKER_PROC_H
#define BROKER_PROC_H

#include <stdint.h>
#include <sys/types.h>

#include "s3jit/err.h"

struct proc_facts {		/* of one process, while it was alive */
	uint32_t loginuid, sessionid;
	uid_t ruid, euid;
	pid_t tracer;		/* 0 = nobody traces it */
	uint32_t tty_nr;	/* as in stat: 0 = no controlling terminal */
	uint64_t start;		/* clock ticks since boot */
};

/*
 * All of them, or -1.  What was read counts only when the pidfd shows the
 * process alive afterwards (B3), and S3JIT_ENOTFOUND says that it does not;
 * what cannot be read is a refusal (B4).
 */
int proc_facts_read(struct proc_facts *, pid_t pid, int pidfd, struct s3jit_err *);

/* The texts of /proc/PID/stat (after the last ')') and of /proc/PID/status. */
int proc_parse_stat(struct proc_facts *, const char *text, struct s3jit_err *);
int proc_parse_status(struct proc_facts *, const char *text, struct s3jit_err *);

#endif
