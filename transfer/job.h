/*
 * job.h - one S3 request to be signed and sent, and what came of it.
 *
 * An operation (op.h) fills jobs, a slot (slot.h) has them signed, sends
 * them and hands the answer back.
 */
#ifndef TRANSFER_JOB_H
#define TRANSFER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "s3jit/proto.h"
#include "transfer/s3xml.h"

#define JOB_ANSWER_MAX	(256 * 1024)	/* of an answer kept in memory (B13) */

struct job {
	const char *method;
	const char *bucket;	/* borrowed from the start message */
	const char *key;	/* the same */
	struct list query;	/* of name_value */
	struct list headers;	/* of name_value */
	int fd;			/* the body: this file from off, or -1 */
	int64_t off;
	char *body;		/* or this text, or NULL */
	int64_t length;		/* of the body */
	char sha256[65];	/* of the body, hex */
	struct strv etags;	/* that the body names; borrowed */
	int out_fd;		/* where a 200's body goes, or -1: memory */
	size_t answer_max;	/* of what goes to memory */
	const char *root;	/* a 2xx must be XML with this root, or NULL: not read */
	bool data;		/* counts for the progress bar */
	bool slow;		/* S3 may take minutes for it, and says next to nothing meanwhile */
	int64_t index;		/* the object it is for */
	int64_t step;		/* the operation's own: a part's number */
};

/* Of a 2xx; all borrowed. */
struct answer {
	long status;
	const char *etag;	/* header, or "" */
	const struct s3xml *xml; /* when job.root asks for it */
	const char *text;	/* the whole body, not NUL-terminated */
	size_t len;
	int64_t bytes;		/* sent from, or written to, the file */
};

/* Start a job without body for an object. */
void job_init(struct job *, const char *method, const char *bucket, const char *key,
    int64_t index);
void job_clear(struct job *);

/* These copy. */
int job_query(struct job *, const char *name, const char *value, struct s3jit_err *);
int job_header(struct job *, const char *name, const char *value, struct s3jit_err *);
int job_headers(struct job *, const struct list *name_values, struct s3jit_err *);

/* The body is this part of a file; its hash was approved. */
void job_file(struct job *, int fd, int64_t off, int64_t length, const char *sha256);
/* The body is this text, which the job then owns; its hash is made here. */
int job_text(struct job *, char *text, struct s3jit_err *);

#endif
