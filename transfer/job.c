/*
 * job.c - filling and freeing of jobs.
 *
 * Runs in transfer.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/hex.h"
#include "s3jit/pairs.h"

#include "transfer/job.h"

void
job_init(struct job *job, const char *method, const char *bucket, const char *key, int64_t index)
{
	memset(job, 0, sizeof(*job));
	job->method = method;
	job->bucket = bucket;
	job->key = key;
	job->fd = -1;
	job->out_fd = -1;
	job->answer_max = JOB_ANSWER_MAX;
	job->index = index;
	strcpy(job->sha256, HEX_SHA256_EMPTY);
}

void
job_clear(struct job *job)
{
	pairs_clear(&job->query);
	pairs_clear(&job->headers);
	free(job->body);
	memset(job, 0, sizeof(*job));
	job->fd = -1;
	job->out_fd = -1;
}

static int
pair_add(struct list *list, const char *name, const char *value, struct s3jit_err *err)
{
	if (pairs_add(list, name, value) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "not enough memory");
	return 0;
}

int
job_query(struct job *job, const char *name, const char *value, struct s3jit_err *err)
{
	return pair_add(&job->query, name, value, err);
}

int
job_header(struct job *job, const char *name, const char *value, struct s3jit_err *err)
{
	return pair_add(&job->headers, name, value, err);
}

int
job_headers(struct job *job, const struct list *name_values, struct s3jit_err *err)
{
	const struct name_value *pair = name_values->v;
	size_t i;

	for (i = 0; i < name_values->n; i++)
		if (job_header(job, pair[i].name, pair[i].value, err) == -1)
			return -1;
	return 0;
}

void
job_file(struct job *job, int fd, int64_t off, int64_t length, const char *sha256)
{
	job->fd = fd;
	job->off = off;
	job->length = length;
	job->data = true;
	snprintf(job->sha256, sizeof(job->sha256), "%s", sha256);
}

int
job_text(struct job *job, char *text, struct s3jit_err *err)
{
	size_t len = strlen(text);

	job->body = text;
	job->length = (int64_t)len;
	return hex_sha256(job->sha256, text, len, err);
}
