/*
 * plan.c - the multipart plan of an approved object, read back.
 *
 * Runs in transfer.  The client made the plan (object_part_size() of
 * request.h) and people approved it with its hashes; here it is only followed.
 */
#include "config.h"

#include <string.h>

#include "s3jit/hex.h"
#include "transfer/plan.h"

bool
plan_multipart(const struct transfer_object *o)
{
	return o->part_size != o->size;
}

int
plan_check(const struct transfer_object *o, struct s3jit_err *err)
{
	int64_t parts = 1;
	size_t i;

	if (o->size < 0 || o->part_size < 0 || o->part_size > o->size)
		goto bad;
	if (plan_multipart(o)) {
		if (o->part_size == 0)
			goto bad;
		/* not (size + part_size - 1): that may not fit */
		parts = o->size / o->part_size + (o->size % o->part_size != 0);
	}
	if ((uint64_t)parts != o->parts.n)
		goto bad;
	for (i = 0; i < o->parts.n; i++)
		if (!hex_is_sha256(o->parts.v[i]))
			goto bad;
	return 0;
bad:
	return s3jit_fail(err, S3JIT_EUSAGE, "s3://%.63s/%.512s: size, parts and hashes do not fit",
	    o->bucket, o->key);
}

void
plan_part(const struct transfer_object *o, size_t i, int64_t *off, int64_t *length)
{
	*off = (int64_t)i * o->part_size;
	*length = i + 1 == o->parts.n ? o->size - *off : o->part_size;
}
