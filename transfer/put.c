/*
 * put.c - local files to S3: one PUT, or initiate, parts side by side, complete.
 *
 * Runs in transfer.  Bytes come from descriptors that the client opened.
 * What is sent is what was approved, because S3 compares each request's bytes
 * with the approved hash under the signature; here nothing is hashed again.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "s3jit/escape.h"
#include "s3jit/multipart.h"

#include "transfer/op.h"
#include "transfer/plan.h"

enum phase { NEW, INITIATING, SENDING, COMPLETING, DONE, ABORTING };
enum step { SINGLE = -1, INITIATE = -2, COMPLETE = -3, ABORT = -4 };	/* or 0...: a part */

struct item {
	const struct transfer_object *o;
	enum phase phase;
	char *upload;		/* UploadId once there is one */
	char **etags;		/* of the parts that are there */
	size_t next;		/* the next part to send */
	size_t here;		/* parts that are there */
};

struct put {
	size_t n;
	size_t first;		/* everything before is DONE */
	struct item items[];
};

/* A regular file of the approved size; it may still change, S3 will see that. */
static int
check_file(const struct transfer_object *o, struct s3jit_err *err)
{
	struct stat st;

	if (o->fd < TRANSFER_FIRST_FILE || o->fd > INT32_MAX || fstat((int)o->fd, &st) == -1 ||
	    !S_ISREG(st.st_mode))
		return s3jit_fail(err, S3JIT_EUSAGE, "s3://%.63s/%.512s: descriptor %lld is no file",
		    o->bucket, o->key, (long long)o->fd);
	if (st.st_size != o->size)
		return s3jit_fail(err, S3JIT_ECHANGED,
		    "put s3://%.63s/%.512s: the file has %lld bytes, approved were %lld", o->bucket,
		    o->key, (long long)st.st_size, (long long)o->size);
	return 0;
}

static int
put_begin(void **state, const struct transfer_start *start, struct s3jit_err *err)
{
	const struct transfer_object *o = start->objects.v;
	size_t n = start->objects.n, i;
	struct put *put;

	for (i = 0; i < n; i++)
		if (plan_check(&o[i], err) == -1 || check_file(&o[i], err) == -1)
			return -1;
	if ((put = calloc(1, sizeof(*put) + n * sizeof(put->items[0]))) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	put->n = n;
	for (i = 0; i < n; i++)
		put->items[i].o = &o[i];
	*state = put;
	return 0;
}

static void
put_end(void *state)
{
	struct put *put = state;
	size_t i, k;

	if (put == NULL)
		return;
	for (i = 0; i < put->n; i++) {
		for (k = 0; put->items[i].etags != NULL && k < put->items[i].o->parts.n; k++)
			free(put->items[i].etags[k]);
		free(put->items[i].etags);
		free(put->items[i].upload);
	}
	free(put);
}

/* --- requests --- */

static int
job_single(struct item *it, struct job *job, struct s3jit_err *err)
{
	job->method = "PUT";
	job->step = SINGLE;
	job_file(job, (int)it->o->fd, 0, it->o->size, it->o->parts.v[0]);
	it->phase = COMPLETING;
	return job_headers(job, &it->o->headers, err);
}

static int
job_initiate(struct item *it, struct job *job, struct s3jit_err *err)
{
	job->method = "POST";
	job->step = INITIATE;
	job->root = "InitiateMultipartUploadResult";
	it->phase = INITIATING;
	if (job_query(job, "uploads", "", err) == -1 ||
	    job_header(job, "x-amz-checksum-algorithm", MULTIPART_ALGORITHM, err) == -1)
		return -1;
	return job_headers(job, &it->o->headers, err);
}

static int
job_part(struct item *it, struct job *job, struct s3jit_err *err)
{
	char number[16], checksum[MULTIPART_CHECKSUM];
	int64_t off, length;

	plan_part(it->o, it->next, &off, &length);
	job->method = "PUT";
	job->step = (int64_t)it->next;
	job_file(job, (int)it->o->fd, off, length, it->o->parts.v[it->next]);
	if (multipart_checksum(checksum, it->o->parts.v[it->next]) == -1)
		return s3jit_fail(err, S3JIT_EPROTO, "part %zu has no SHA-256", it->next + 1);
	it->next++;
	snprintf(number, sizeof(number), "%zu", it->next);
	if (job_header(job, "x-amz-checksum-sha256", checksum, err) == -1)
		return -1;
	if (job_query(job, "partNumber", number, err) == -1)
		return -1;
	return job_query(job, "uploadId", it->upload, err);
}

static int
job_complete(struct item *it, struct job *job, struct s3jit_err *err)
{
	char *xml, bytes[24];

	job->method = "POST";
	job->step = COMPLETE;
	job->root = "CompleteMultipartUploadResult";
	job->slow = true;
	job->etags = (struct strv){ it->etags, it->o->parts.n };
	it->phase = COMPLETING;
	if ((xml = multipart_complete(&it->o->parts, &job->etags)) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	if (job_text(job, xml, err) == -1)
		return -1;
	/* S3 refuses to make an object of some of the parts only */
	snprintf(bytes, sizeof(bytes), "%lld", (long long)it->o->size);
	if (job_header(job, "x-amz-mp-object-size", bytes, err) == -1)
		return -1;
	return job_query(job, "uploadId", it->upload, err);
}

static int
job_abort(struct item *it, struct job *job, struct s3jit_err *err)
{
	job->method = "DELETE";
	job->step = ABORT;
	it->phase = ABORTING;
	return job_query(job, "uploadId", it->upload, err);
}

typedef int builder(struct item *, struct job *, struct s3jit_err *);

/* The builder of what this object can do now, or NULL. */
static builder *
ready(const struct item *it)
{
	if (it->phase == NEW)
		return plan_multipart(it->o) ? job_initiate : job_single;
	if (it->phase == SENDING && it->next < it->o->parts.n)
		return job_part;
	if (it->phase == SENDING && it->here == it->o->parts.n)
		return job_complete;
	return NULL;
}

static int
start_job(struct put *put, size_t i, struct job *job, builder *build, struct s3jit_err *err)
{
	struct item *it = &put->items[i];

	job_init(job, "", it->o->bucket, it->o->key, (int64_t)i);
	return build(it, job, err) == -1 ? -1 : 1;
}

static int
put_next(void *state, struct job *job, struct s3jit_err *err)
{
	struct put *put = state;
	size_t i;

	while (put->first < put->n && put->items[put->first].phase == DONE)
		put->first++;
	for (i = put->first; i < put->n; i++)
		if (ready(&put->items[i]) != NULL)
			return start_job(put, i, job, ready(&put->items[i]), err);
	return 0;
}

/* Uploads that were begun are removed: their parts cost money. */
static int
put_undo(void *state, struct job *job, struct s3jit_err *err)
{
	struct put *put = state;
	size_t i;

	for (i = put->first; i < put->n; i++)
		if (put->items[i].upload != NULL && put->items[i].phase != DONE &&
		    put->items[i].phase != ABORTING)
			return start_job(put, i, job, job_abort, err);
	return 0;
}

/* --- answers --- */

static int
bad_answer(const struct item *it, const char *what, struct s3jit_err *err)
{
	return s3jit_fail(err, S3JIT_EAWS, "put s3://%.63s/%.512s: S3's answer has no usable %s",
	    it->o->bucket, it->o->key, what);
}

static int
done_initiate(struct item *it, const struct answer *a, struct s3jit_err *err)
{
	if (!escape_is_word(a->xml->upload_id))
		return bad_answer(it, "UploadId", err);
	it->upload = strdup(a->xml->upload_id);
	it->etags = calloc(it->o->parts.n, sizeof(it->etags[0]));
	if (it->upload == NULL || it->etags == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	it->phase = SENDING;
	return 0;
}

static int
done_part(struct item *it, size_t part, const struct answer *a, struct s3jit_err *err)
{
	if (!multipart_etag_ok(a->etag))
		return bad_answer(it, "ETag", err);
	if ((it->etags[part] = strdup(a->etag)) == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	it->here++;
	return 0;
}

static int
put_done(void *state, struct run *run, const struct job *job, const struct answer *a,
    struct s3jit_err *err)
{
	struct put *put = state;
	struct item *it = &put->items[job->index];
	const char *etag = job->step == SINGLE ? a->etag : a->xml->etag;

	switch (job->step) {
	case INITIATE:
		return done_initiate(it, a, err);
	case ABORT:
		return 0;
	case SINGLE:
	case COMPLETE:
		it->phase = DONE;
		return run_object_done(run, job, a, escape_is_plain(etag) ? etag : "", it->o->size, err);
	default:
		return done_part(it, (size_t)job->step, a, err);
	}
}

const struct op op_put = { TRANSFER_PUT, put_begin, put_next, put_done, put_undo, put_end };
