/*
 * test_iam.c - telling a role to refuse sessions: as whom, in what time, and what is
 * said when AWS does not take it.
 *
 * Real iam.c and aws_form.c; the clock, STS and HTTP are made up here.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "s3jit/clock.h"
#include "signer/iam.h"

#define WRITE "arn:aws:iam::111122223333:role/s3jit-write"
#define OTHER "arn:aws:iam::111122223333:role/other"

static int64_t ms;

static int64_t
wall(void)
{
	return 1769860800 + ms / 1000;
}

static int64_t
boot_ms(void)
{
	return ms;
}

/* --- STS and HTTP -------------------------------------------------------- */

static struct {
	int lent, posts;
	sts_done *lent_done;
	void *lent_arg;
	char session[64];
	http_done *done;
	void *arg;
	long timeout_ms;
	char body[4096];
} aws;

struct sts_call { int unused; };
struct http_call { int unused; };

int __wrap_sts_assume(struct sts_call **, struct sts *, const struct sts_ask *, sts_done *, void *,
    struct s3jit_err *);
void __wrap_sts_cancel(struct sts_call *);
int __wrap_http_start(struct http_call **, struct http *, const struct http_ask *, http_done *,
    void *, struct s3jit_err *);
void __wrap_http_cancel(struct http_call *);

int
__wrap_sts_assume(struct sts_call **out, struct sts *sts, const struct sts_ask *ask,
    sts_done *done, void *arg, struct s3jit_err *err)
{
	static struct sts_call call;

	(void)sts;
	(void)err;
	snprintf(aws.session, sizeof(aws.session), "%s", ask->session_name);
	aws.lent++;
	aws.lent_done = done;
	aws.lent_arg = arg;
	*out = &call;
	return 0;
}

void
__wrap_sts_cancel(struct sts_call *c)
{
	(void)c;
}

int
__wrap_http_start(struct http_call **out, struct http *http, const struct http_ask *ask,
    http_done *done, void *arg, struct s3jit_err *err)
{
	static struct http_call call;

	(void)http;
	(void)err;
	aws.posts++;
	aws.done = done;
	aws.arg = arg;
	aws.timeout_ms = ask->timeout_ms;
	snprintf(aws.body, sizeof(aws.body), "%s", ask->body);
	*out = &call;
	return 0;
}

void
__wrap_http_cancel(struct http_call *c)
{
	(void)c;
}

static void
sts_lends(void)
{
	struct sts_lent lent = { .role_id = "AROAX:s", .request_id = "r" };

	assert_int_equal(keys_new(&lent.keys, "ASIAX", "secret", "token", wall() + 900, NULL), 0);
	aws.lent_done(aws.lent_arg, &lent, NULL);
}

static void
iam_answers(long status, const char *body)
{
	struct http_answer a = { .status = status, .body = body, .len = strlen(body),
	    .request_id = "" };

	aws.done(aws.arg, &a, NULL);
}

/* --- what comes of it ------------------------------------------------------- */

static struct rule rules[] = { { .role = (char[]){ WRITE } }, { .role = (char[]){ OTHER } } };
static struct config conf = { .file = (char[]){ "f" }, .rules = rules, .nrules = 2, .aws = {
    .revoker_role = (char[]){ "arn:aws:iam::111122223333:role/s3jit-revoker" },
    .iam_region = (char[]){ "us-east-1" }, .iam_endpoint = (char[]){ "https://iam.amazonaws.com" } } };
static struct iam *iam;
static int taken, refused;
static struct sts_refusal why;

static void
came(void *arg, const struct sts_refusal *refusal)
{
	(void)arg;
	if (refusal == NULL) {
		taken++;
		return;
	}
	refused++;
	why = *refusal;
}

static void
tell(const char *role)
{
	struct sq_revoke q = { .role = (char *)(uintptr_t)role, .host = (char[]){ "h" } };
	struct s3jit_err err;

	assert_int_equal(strv_push(&q.requests, "kmxq"), 0);
	assert_int_equal(iam_revoke(iam, &q, came, NULL, &err), 0);
	strv_clear(&q.requests);
}

static int
setup(void **state)
{
	(void)state;
	memset(&aws, 0, sizeof(aws));
	memset(&why, 0, sizeof(why));
	taken = refused = 0;
	ms = 1000;
	clock_replace(wall, boot_ms);
	return iam_new(&iam, NULL, NULL, &conf, NULL);
}

static int
teardown(void **state)
{
	(void)state;
	iam_free(iam);
	clock_replace(NULL, NULL);
	return 0;
}

static void
one_session_of_the_revoker_serves_one_role(void **state)
{
	(void)state;
	tell(WRITE);
	assert_int_equal(strlen(aws.session), strlen("s3jit-r-") + 16);
	assert_int_equal(strspn(aws.session + strlen("s3jit-r-"), "0123456789abcdef"), 16);
	sts_lends();
	assert_non_null(strstr(aws.body, "Action=PutRolePolicy&"));
	assert_non_null(strstr(aws.body, "&RoleName=s3jit-write&"));
	iam_answers(200, "");
	tell(WRITE);
	assert_int_equal(aws.lent, 1);
	iam_answers(200, "");
	tell(OTHER);
	assert_int_equal(aws.lent, 2);
	sts_lends();
	iam_answers(200, "");
	assert_int_equal(taken, 3);
}

/* The broker waits 15 s and then hears of no reason any more. */
static void
the_reason_comes_while_somebody_waits(void **state)
{
	(void)state;
	tell(WRITE);
	sts_lends();
	assert_int_equal(aws.timeout_ms, 6000);
	iam_answers(200, "");
	tell(OTHER);
	ms += 12000;
	sts_lends();
	assert_in_range(aws.timeout_ms, 1, 2999);
	iam_answers(200, "");
	tell(WRITE);
	ms += 14000;
	sts_lends();
	assert_int_equal(aws.posts, 2);
	assert_int_equal(refused, 1);
	assert_true(why.retry);
	assert_string_equal(why.err.text, "https://iam.amazonaws.com was not asked: no time was left "
	    "for it");
}

static void
a_document_that_may_help_is_there(void **state)
{
	const char *srcdir = getenv("srcdir"), *file;
	char path[512];

	(void)state;
	tell(WRITE);
	sts_lends();
	iam_answers(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
	assert_int_equal(refused, 1);
	assert_string_equal(why.aws_code, "AccessDenied");
	file = strstr(why.err.text, "(aws/");
	assert_non_null(file);
	snprintf(path, sizeof(path), "%s/conf/%.*s", srcdir != NULL ? srcdir : ".",
	    (int)strcspn(file + 1, ")"), file + 1);
	assert_int_equal(access(path, R_OK), 0);
}

static void
without_a_revoker_nobody_is_told(void **state)
{
	struct sq_revoke q = { .role = (char[]){ WRITE }, .host = (char[]){ "h" } };
	char *revoker = conf.aws.revoker_role;
	struct s3jit_err err;

	(void)state;
	conf.aws.revoker_role = (char[]){ "" };
	assert_int_equal(iam_revoke(iam, &q, came, NULL, &err), -1);
	conf.aws.revoker_role = revoker;
	assert_int_equal(err.code, S3JIT_ENOTALLOWED);
	assert_non_null(strstr(err.text, "revoker-role"));
	assert_int_equal(taken + refused + aws.lent + aws.posts, 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(one_session_of_the_revoker_serves_one_role),
		T(the_reason_comes_while_somebody_waits),
		T(a_document_that_may_help_is_there),
		T(without_a_revoker_nobody_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
