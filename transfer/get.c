/*
 * get.c - objects to local files: one GET each, written as it comes.
 *
 * Runs in transfer.  The client opened the files; whether a half written one
 * is kept is its business.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>

#include "transfer/op.h"

struct get {
	const struct transfer_object *objects;
	size_t n;
	size_t next;
};

static int
check_file(const struct transfer_object *o, struct s3jit_err *err)
{
	int flags = -1;

	if (o->fd >= TRANSFER_FIRST_FILE && o->fd <= INT32_MAX)
		flags = fcntl((int)o->fd, F_GETFL);
	if (flags == -1 || (flags & O_ACCMODE) == O_RDONLY)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "s3://%.63s/%.512s: descriptor %lld cannot be written", o->bucket, o->key,
		    (long long)o->fd);
	return 0;
}

static int
get_begin(void **state, const struct transfer_start *start, struct s3jit_err *err)
{
	const struct transfer_object *o = start->objects.v;
	struct get *g;
	size_t i;

	for (i = 0; i < start->objects.n; i++)
		if (check_file(&o[i], err) == -1)
			return -1;
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	g->objects = o;
	g->n = start->objects.n;
	*state = g;
	return 0;
}

static int
get_next(void *state, struct job *job, struct s3jit_err *err)
{
	struct get *g = state;
	const struct transfer_object *o = &g->objects[g->next];

	(void)err;
	if (g->next == g->n)
		return 0;
	job_init(job, "GET", o->bucket, o->key, (int64_t)g->next);
	job->out_fd = (int)o->fd;
	job->data = true;
	g->next++;
	return 1;
}

static int
get_done(void *state, struct run *run, const struct job *job, const struct answer *a,
    struct s3jit_err *err)
{
	(void)state;
	if (a->status != 200)
		return s3jit_fail(err, S3JIT_EAWS, "get s3://%.63s/%.512s: S3 answers HTTP %ld",
		    job->bucket, job->key, a->status);
	return run_object_done(run, job, a, "", a->bytes, err);
}

const struct op op_get = { TRANSFER_GET, get_begin, get_next, get_done, NULL, free };
