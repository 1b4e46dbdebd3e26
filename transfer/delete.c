/*
 * delete.c - objects away: one DELETE each (DeleteObjects would hide the keys
 * from the signature).
 *
 * Runs in transfer.
 */
#include "config.h"

#include <stdlib.h>

#include "transfer/op.h"

struct delete {
	const struct transfer_object *objects;
	size_t n;
	size_t next;
};

static int
delete_begin(void **state, const struct transfer_start *start, struct s3jit_err *err)
{
	struct delete *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	d->objects = start->objects.v;
	d->n = start->objects.n;
	*state = d;
	return 0;
}

static int
delete_next(void *state, struct job *job, struct s3jit_err *err)
{
	struct delete *d = state;

	(void)err;
	if (d->next == d->n)
		return 0;
	job_init(job, "DELETE", d->objects[d->next].bucket, d->objects[d->next].key,
	    (int64_t)d->next);
	d->next++;
	return 1;
}

static int
delete_done(void *state, struct run *run, const struct job *job, const struct answer *a,
    struct s3jit_err *err)
{
	(void)state;
	return run_object_done(run, job, a, "", 0, err);
}

const struct op op_delete = {
	TRANSFER_DELETE, delete_begin, delete_next, delete_done, NULL, free
};
