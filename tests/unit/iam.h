/*
 * iam.h - a small judge of IAM policies, for tests: written from AWS-FACTS and
 * the IAM manual, without a look at how lib/policy.c writes them.
 */
#ifndef TESTS_IAM_H
#define TESTS_IAM_H

#include <jansson.h>
#include <stdbool.h>

struct iam_request {
	const char *action;
	const char *resource;
	const char *prefix;	/* s3:prefix; NULL: the request has none */
	const char *account;	/* s3:ResourceAccount, or NULL */
	const char *via;	/* kms:ViaService, or NULL */
	const char *now;	/* aws:CurrentTime */
};

enum iam_verdict { IAM_NOTHING, IAM_ALLOW, IAM_DENY };

/* Does an IAM pattern (`*`, `?`, ${*} ${?} ${$}) match?  -1: an unknown variable. */
int iam_match(const char *pattern, const char *text);

/* What a policy document says; aborts the test on anything it does not know. */
enum iam_verdict iam_judge(json_t *policy, const struct iam_request *);

#endif
