/*
 * op.h - what an operation of transfer is: it says which requests come next
 * and what a success means.  Signing, sending, trying again, errors and
 * progress are the same for all (run.c, slot.c).
 *
 * One file per operation, ending in its struct op.
 */
#ifndef TRANSFER_OP_H
#define TRANSFER_OP_H

#include "s3jit/transfer_proto.h"
#include "transfer/job.h"

struct run;

struct op {
	const char *name;	/* TRANSFER_*; also the verb in messages */

	/* Check the start message and make the operation's state. */
	int (*begin)(void **state, const struct transfer_start *, struct s3jit_err *);
	/* Fill the next job: 1; nothing to do before another answer: 0; -1. */
	int (*next)(void *state, struct job *, struct s3jit_err *);
	/* A job's 2xx.  -1 ends the run. */
	int (*done)(void *state, struct run *, const struct job *, const struct answer *,
	    struct s3jit_err *);
	/* After a failure, all jobs being cut: what must still be undone?  As next; may be NULL. */
	int (*undo)(void *state, struct job *, struct s3jit_err *);
	void (*end)(void *state);	/* accepts NULL */
};

extern const struct op op_put, op_get, op_delete, op_list;

/* What an operation tells the client, through the run. */
int run_object_done(struct run *, const struct job *, const struct answer *, const char *etag,
    int64_t bytes, struct s3jit_err *);
int run_entry(struct run *, const struct transfer_entry *, struct s3jit_err *);

#endif
