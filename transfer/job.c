/*
 * job.c - filling and freeing of jobs.
 *
 * Runs in transfer.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "transfer/job.h"

static int
sha256_hex(char out[65], const char *text, size_t len, struct s3jit_err *err)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	unsigned int i;

	if (EVP_Digest(text, len, sum, &n, EVP_sha256(), NULL) != 1 || n != 32)
		return s3jit_fail(err, S3JIT_ESYS, "libcrypto cannot make a SHA-256");
	for (i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
	return 0;
}

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
	/* SHA-256 of no bytes */
	strcpy(job->sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
pairs_clear(struct list *list)
{
	struct name_value *pair = list->v;
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(pair[i].name);
		free(pair[i].value);
	}
	free(list->v);
	memset(list, 0, sizeof(*list));
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
	struct name_value *pair = list_push(list, &name_value_table);

	if (pair == NULL || (pair->name = strdup(name)) == NULL ||
	    (pair->value = strdup(value)) == NULL)
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
	return sha256_hex(job->sha256, text, len, err);
}
