/*
 * sts.h - AssumeRole: ask, understand the answer, try again where that helps
 * (AWS-FACTS 1, 3, 12).
 */
#ifndef S3JIT_SIGNER_STS_H
#define S3JIT_SIGNER_STS_H

#include "s3jit/config.h"

#include "base.h"
#include "http.h"
#include "keys.h"
#include "sts_request.h"

#define STS_DURATION_MIN 900	/* AWS sells nothing shorter */
#define STS_DURATION_MAX 3600	/* and no more to keys that are a role's themselves */
#define STS_SKEW_MAX 60		/* seconds; beyond, a deadline would be wrong (B12) */

struct sts;
struct sts_call;

struct sts_lent {
	struct keys *keys;	/* the receiver's to keep */
	const char *role_id, *request_id;
	int64_t skew;		/* AWS's clock minus ours, seconds */
};

struct sts_refusal {
	struct s3jit_err err;
	char aws_code[64];	/* "" when AWS did not speak */
	bool retry;		/* the same question may succeed later */
};

/* Called once, from the loop; one of the two is NULL. */
typedef void sts_done(void *arg, const struct sts_lent *, const struct sts_refusal *);

int sts_new(struct sts **, struct event_base *, struct http *, struct base *,
    const struct config *, struct s3jit_err *);
void sts_free(struct sts *);

int sts_assume(struct sts_call **out, struct sts *, const struct sts_ask *, sts_done *, void *arg,
    struct s3jit_err *);
void sts_cancel(struct sts_call *);	/* NULL is fine; done is not called */

/*
 * How far AWS's clock is ahead of ours now, by the last Date header and the
 * time since boot that has passed: also seen when the wall clock is set (B12).
 * 0 before the first answer.
 */
int64_t sts_skew(const struct sts *);
/* EAWS with the plain reason when that is more than STS_SKEW_MAX. */
int sts_clock_ok(const struct sts *, struct s3jit_err *);

#endif
