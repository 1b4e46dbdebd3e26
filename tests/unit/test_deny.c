/*
 * test_deny.c - the documents of a revocation, to the letter.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signer/deny.h"

static char *
document(const char *session, const char *request, const char *person, int64_t before)
{
	struct sq_revoke q = { .role = (char *)"r", .host = (char *)"h" };
	struct sq_person p = { (char *)person, before };
	struct s3jit_err err;
	char *json;

	if (session != NULL)
		strv_push(&q.sessions, session);
	if (request != NULL)
		strv_push(&q.requests, request);
	if (person != NULL)
		q.people = (struct list){ &p, 1 };
	assert_int_equal(deny_document(&json, &q, &err), 0);
	strv_clear(&q.sessions);
	strv_clear(&q.requests);
	return json;
}

static void
each_list_has_a_Deny_of_its_own(void **state)
{
	char *json = document("AROAX:s3jit-k", "kmxq", "alice", 1769861100);

	(void)state;
	assert_string_equal(json, "{\"Version\":\"2012-10-17\",\"Statement\":["
	    "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
	    "{\"StringEquals\":{\"aws:userid\":[\"AROAX:s3jit-k\"]}}},"
	    "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
	    "{\"StringEquals\":{\"aws:PrincipalTag/s3jit-request\":[\"kmxq\"]}}},"
	    "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
	    "{\"StringEquals\":{\"aws:SourceIdentity\":\"alice\"},"
	    "\"DateLessThan\":{\"aws:TokenIssueTime\":\"2026-01-31T12:05:00Z\"}}}]}");
	free(json);
}

/* A statement without its condition would refuse everybody. */
static void
what_is_not_asked_for_is_not_denied(void **state)
{
	char *json;

	(void)state;
	assert_null(document(NULL, NULL, NULL, 0));
	json = document(NULL, "kmxq", NULL, 0);
	assert_string_equal(json, "{\"Version\":\"2012-10-17\",\"Statement\":["
	    "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
	    "{\"StringEquals\":{\"aws:PrincipalTag/s3jit-request\":[\"kmxq\"]}}}]}");
	free(json);
}

/* W10: AWS knows a person by what the lease called them, not by how they are spelled here. */
static void
a_person_is_denied_by_the_name_that_was_lent_to(void **state)
{
	static const char *const people[][2] = {
		{ "alice", "\"alice\"" },
		{ "CORP\\alice", "\"CORP=5Calice\"" },
		{ "a", "\"a=\"" },
	};
	char *json, name[66];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		json = document(NULL, NULL, people[i][0], 1769861100);
		assert_non_null(strstr(json, people[i][1]));
		free(json);
	}
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(document(NULL, NULL, name, 1769861100));
	assert_non_null(strstr(json = document(NULL, "kmxq", name, 1769861100), "kmxq"));
	assert_null(strstr(json, name));
	free(json);
}

/* As many as the broker sends fit (LIST_MAX of broker/revoke.c); no limit of IAM is passed. */
static void
a_full_list_fits_and_more_is_refused(void **state)
{
	struct sq_revoke q = { .role = (char *)"r", .host = (char *)"h" };
	struct s3jit_err err;
	char session[64], request[33], *json;
	int i;

	(void)state;
	for (i = 0; i < 56; i++) {
		snprintf(request, sizeof(request), "kmxqrtvzkmxqrtvzkmxqrtvzkmxq%04d", i);
		snprintf(session, sizeof(session), "AROA%017d:s3jit-%s", i, request);
		strv_push(&q.sessions, session);
		strv_push(&q.requests, request);
	}
	assert_int_equal(deny_document(&json, &q, &err), 0);
	assert_true(strlen(json) <= DENY_MAX);
	free(json);
	while (q.sessions.n < 200)
		strv_push(&q.sessions, session);
	assert_int_equal(deny_document(&json, &q, &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	assert_null(json);
	strv_clear(&q.sessions);
	strv_clear(&q.requests);
}

/* A person counts as two there. */
static void
as_many_people_as_the_broker_sends_fit(void **state)
{
	char names[28][65], session[64], request[33], *json;
	struct sq_person people[28];
	struct sq_revoke q = { .role = (char *)"r", .host = (char *)"h", .people = { people, 28 } };
	struct s3jit_err err;
	int i;

	(void)state;
	for (i = 0; i < 28; i++) {
		snprintf(names[i], sizeof(names[i]), "%064d", i);
		people[i] = (struct sq_person){ names[i], 1769861100 };
	}
	assert_int_equal(deny_document(&json, &q, &err), 0);
	free(json);
	q.people.n = 27;
	for (i = 0; i < 2; i++) {
		snprintf(request, sizeof(request), "kmxqrtvzkmxqrtvzkmxqrtvzkmxq%04d", i);
		snprintf(session, sizeof(session), "AROA%017d:s3jit-%s", i, request);
		strv_push(&q.sessions, session);
		strv_push(&q.requests, request);
	}
	assert_int_equal(deny_document(&json, &q, &err), 0);
	free(json);
	strv_clear(&q.sessions);
	strv_clear(&q.requests);
}

static void
a_policy_is_named_for_its_host(void **state)
{
	char name[DENY_NAME], host[300];

	(void)state;
	deny_name(name, "bastion-07.example.net");
	assert_string_equal(name, "s3jit-revoked-bastion-07.example.net");
	deny_name(name, "a b/c*");
	assert_string_equal(name, "s3jit-revoked-a_b_c_");
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	deny_name(name, host);
	assert_int_equal(strlen(name), 128);
}

static void
the_revoker_may_touch_one_role(void **state)
{
	char *json = deny_revoker_policy("arn:aws:iam::111122223333:role/s3jit-write");

	(void)state;
	assert_string_equal(json, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Action\":[\"iam:PutRolePolicy\",\"iam:DeleteRolePolicy\"],"
	    "\"Resource\":\"arn:aws:iam::111122223333:role/s3jit-write\"}]}");
	free(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_list_has_a_Deny_of_its_own),
		cmocka_unit_test(what_is_not_asked_for_is_not_denied),
		cmocka_unit_test(a_person_is_denied_by_the_name_that_was_lent_to),
		cmocka_unit_test(a_full_list_fits_and_more_is_refused),
		cmocka_unit_test(as_many_people_as_the_broker_sends_fit),
		cmocka_unit_test(a_policy_is_named_for_its_host),
		cmocka_unit_test(the_revoker_may_touch_one_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
