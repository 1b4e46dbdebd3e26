/*
 * test_policy.c - the session policy allows the scope and nothing else.
 *
 * Every policy is judged by iam.c twice: alone, and next to a bucket policy
 * that allows the session everything, where only explicit Denies count (W3,
 * W12).  What should be allowed is said once more by meant.c, in other words
 * than lib/permission.c and lib/policy.c use.
 */
#include "config.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "iam.h"
#include "meant.h"
#include "seed.h"
#include "s3jit/clock.h"
#include "s3jit/policy.h"
#include "s3jit/s3uri.h"

#define UNTIL	1769861100
#define BEFORE	"2026-01-31T12:04:59Z"
#define AT	"2026-01-31T12:05:00Z"
#define ACCOUNT	"111122223333"
#define KEY1	"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define KEY2	"arn:aws:kms:eu-central-1:111122223333:key/other"

static struct s3jit_err err;

/* The policy of a scope; NULL and err when there is none. */
static char *
text_of(const char *const *texts, size_t n, bool kms)
{
	char *keys[] = { (char *)KEY1 };
	struct strv list = { keys, 1 };
	struct scope scope;
	struct policy_in in = { &scope, "aws", ACCOUNT, kms ? &list : NULL, UNTIL };
	char *json;

	if (scope_parse(&scope, texts, n, true, &err) == -1)
		fail_msg("%s", err.text);
	if (policy_build(&json, &in, &err) == -1)
		assert_null(json);
	scope_clear(&scope);
	return json;
}

static json_t *
policy_of(const char *const *texts, size_t n, bool kms)
{
	char *json = text_of(texts, n, kms), *p;
	json_t *policy;

	if (json == NULL)
		fail_msg("%s", err.text);
	assert_in_range(strlen(json), 1, POLICY_MAX);
	for (p = json; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			fail_msg("not printable ASCII: %s", json);
	policy = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(policy);
	free(json);
	return policy;
}

/* ---- the whole small world, request by request ---- */

static const char *const buckets[] = { "abc", "abd", "prod-x" };
static const char *const keys[] = { "k", "k2", "2026/", "2026/x", "2026/y/z", "*", "?", "${*}", "x" };
static const char *const prefixes[] = { NULL, "", "2026/", "2026/x", "2027/", "k", "*", "x" };
static const char *const object_actions[] = { "s3:GetObject", "s3:GetObjectVersion",
	"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:GetObjectAttributes", "s3:PutObject",
	"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:DeleteObject",
	"s3:DeleteObjectVersion", "s3:PutObjectTagging", "s3:PutObjectVersionTagging",
	"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", "s3:RestoreObject",
	"s3:PutObjectAcl", "s3:PutObjectRetention", "s3:BypassGovernanceRetention" };
static const char *const bucket_actions[] = { "s3:ListBucket", "s3:ListBucketVersions",
	"s3:GetBucketLocation", "s3:ListBucketMultipartUploads", "s3:PutBucketPolicy",
	"s3:PutBucketAcl", "s3:CreateBucket", "s3:DeleteBucket", "s3:PutReplicationConfiguration" };
static const char *const other_actions[] = { "s3:ListAllMyBuckets", "s3:CreateAccessPoint",
	"s3:GetDataAccess", "sts:AssumeRole", "iam:PutRolePolicy", "kms:CreateGrant" };

#define N(a) (sizeof(a) / sizeof((a)[0]))

struct tally {
	size_t wrong;		/* judged otherwise than expected */
	size_t allowed;
	char first[512];
};

static void
judge_one(struct tally *t, json_t *policy, bool bucket_policy, bool want,
    const struct iam_request *r)
{
	enum iam_verdict v = iam_judge(policy, r);
	bool got = v == IAM_ALLOW || (bucket_policy && v == IAM_NOTHING);

	t->allowed += got;
	if (got != want && t->wrong++ == 0)
		snprintf(t->first, sizeof(t->first), "%s on %s, prefix %s, at %s: %s", r->action,
		    r->resource, r->prefix == NULL ? "absent" : r->prefix, r->now,
		    got ? "allowed" : "refused");
}

static void
judge_bucket(struct tally *t, json_t *policy, bool bucket_policy, const char *const *texts, size_t n,
    const char *bucket)
{
	char arn[128];
	struct iam_request r = { .resource = arn, .account = ACCOUNT, .now = BEFORE };
	size_t a, k, p;

	for (a = 0; a < N(object_actions); a++) {
		for (k = 0; k < N(keys); k++) {
			snprintf(arn, sizeof(arn), "arn:aws:s3:::%s/%s", bucket, keys[k]);
			r.action = object_actions[a];
			judge_one(t, policy, bucket_policy,
			    meant(texts, n, r.action, bucket, keys[k], NULL), &r);
		}
	}
	for (a = 0; a < N(bucket_actions); a++) {
		for (p = 0; p < N(prefixes); p++) {
			snprintf(arn, sizeof(arn), "arn:aws:s3:::%s", bucket);
			r.action = bucket_actions[a];
			r.prefix = prefixes[p];
			judge_one(t, policy, bucket_policy,
			    meant(texts, n, r.action, bucket, NULL, prefixes[p]), &r);
		}
	}
}

static void
judge_world(struct tally *t, json_t *policy, bool bucket_policy, const char *const *texts, size_t n,
    bool kms)
{
	static const char *const kms_actions[] = { "kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt" };
	struct iam_request r = { .resource = "arn:aws:s3:::*", .now = BEFORE };
	bool put = false, get = false;
	size_t b, a, k;

	memset(t, 0, sizeof(*t));
	for (b = 0; b < N(buckets); b++)
		judge_bucket(t, policy, bucket_policy, texts, n, buckets[b]);
	for (a = 0; a < N(other_actions); a++) {
		r.action = other_actions[a];
		judge_one(t, policy, bucket_policy, meant(texts, n, r.action, "", NULL, NULL), &r);
	}
	for (b = 0; b < n; b++) {
		put |= strncmp(texts[b], "put ", 4) == 0;
		get |= strncmp(texts[b], "get ", 4) == 0;
	}
	r.via = "s3.eu-central-1.amazonaws.com";
	for (a = 0; a < 3; a++) {
		for (k = 0; k < 2; k++) {
			r.action = kms_actions[a];
			r.resource = k == 0 ? KEY1 : KEY2;
			judge_one(t, policy, bucket_policy,
			    kms && k == 0 && ((a == 0 && put) || (a == 1 && (put || get))), &r);
		}
	}
	/* an access point is no bucket, whoever allows it */
	r = (struct iam_request){ .action = "s3:GetObject", .now = BEFORE,
		.resource = "arn:aws:s3:eu-central-1:111122223333:accesspoint/ap/object/k" };
	judge_one(t, policy, bucket_policy, false, &r);
	r.action = "s3:ListBucket";
	r.resource = "arn:aws:s3:eu-central-1:111122223333:accesspoint/ap";
	judge_one(t, policy, bucket_policy, false, &r);
}

struct sample {
	bool kms;
	size_t n;
	const char *texts[8];
};

static const struct sample samples[] = {
	{ false, 0, { NULL } },
	{ false, 1, { "put s3://abc/k" } },
	{ false, 1, { "put s3://abc/%2A" } },
	{ false, 1, { "get s3://abc/?" } },
	{ false, 1, { "get s3://abc/${%2A}" } },
	{ false, 1, { "put s3://abc/2026/" } },
	{ false, 1, { "get s3://abc" } },
	{ false, 1, { "delete s3://abc/k*" } },
	{ false, 1, { "delete-version s3://ab*" } },
	{ false, 1, { "restore s3://abc/2026/" } },
	{ false, 1, { "tag s3://abc/2026/" } },
	{ false, 1, { "create-bucket s3://abc" } },
	{ false, 1, { "delete-bucket s3://ab*" } },
	{ false, 2, { "create-bucket s3://abc", "delete-bucket s3://abd" } },
	{ false, 2, { "create-bucket s3://abc", "list s3://abc" } },	/* they share resources */
	{ false, 3, { "delete-bucket s3://abc", "list s3://abc/2026/", "delete s3://abc/" } },
	{ false, 1, { "list s3://abc" } },
	{ false, 1, { "list s3://abc/2026/" } },
	{ false, 1, { "list s3://abc/k" } },
	{ false, 1, { "list s3://abc/%2A" } },
	{ false, 1, { "list s3://*" } },
	{ false, 2, { "list s3://*", "get s3://*" } },
	{ false, 2, { "list s3://prod-*", "get s3://prod-*" } },
	{ false, 2, { "list s3://abc/2026/", "list s3://abc/k" } },
	{ false, 2, { "list s3://abc/2026/", "list s3://abd" } },
	{ false, 2, { "list s3://abc/2026/", "list s3://abd/2026/" } },
	{ false, 2, { "list s3://abc/2026/", "list s3://prod-*" } },
	{ false, 2, { "delete s3://abc/k", "put s3://abd/2026/" } },	/* mv */
	{ false, 2, { "delete s3://abc/2026/", "put s3://abc/2026/" } },
	{ false, 2, { "get s3://abc/2026/", "tag s3://abc/k" } },	/* they share actions */
	{ false, 3, { "get s3://abc/k", "get s3://abc/2026/", "tag s3://abc/k" } },
	{ false, 3, { "put s3://abc/2026/", "get s3://abc/2026/", "list s3://abc/2026/" } },
	{ true, 1, { "put s3://abc/k" } },
	{ true, 1, { "get s3://abc/k" } },
	{ true, 1, { "delete s3://abc/k" } },
	{ true, 2, { "get s3://abc/k", "put s3://abd/k" } },
	{ true, 3, { "put s3://abc/2026/", "get s3://abc/2026/", "list s3://abc/2026/" } },
	{ true, 4, { "put s3://abc/", "get s3://abc/", "list s3://abc/", "delete s3://abc/" } },
};

static void
W3_W12_the_scope_and_nothing_else(void **state)
{
	struct tally alone, beside;
	const struct sample *s;
	json_t *policy;

	(void)state;
	for (s = samples; s < samples + N(samples); s++) {
		policy = policy_of(s->texts, s->n, s->kms);
		judge_world(&alone, policy, false, s->texts, s->n, s->kms);
		if (alone.wrong > 0)
			fail_msg("%s ...: %s", s->texts[0], alone.first);
		judge_world(&beside, policy, true, s->texts, s->n, s->kms);
		if (beside.wrong > 0)
			fail_msg("%s ..., with a bucket policy: %s", s->texts[0], beside.first);
		assert_int_equal(alone.allowed > 0, s->n > 0);
		json_decref(policy);
	}
}

/* Without it `${*}` would be plain text with a live wildcard in it (IAM: policy variables). */
static void
W2_every_policy_has_the_version(void **state)
{
	const struct sample *s;
	json_t *policy;

	(void)state;
	for (s = samples; s < samples + N(samples); s++) {
		policy = policy_of(s->texts, s->n, s->kms);
		assert_string_equal(json_string_value(json_object_get(policy, "Version")),
		    "2012-10-17");
		json_decref(policy);
	}
}

static bool
is_date_deny(json_t *s)
{
	return json_object_get(json_object_get(s, "Condition"), "DateGreaterThanEquals") != NULL;
}

/* The positive control: no statement is superfluous, and the test sees it go. */
static void
W3_a_missing_statement_is_noticed(void **state)
{
	struct tally alone, beside;
	const struct sample *s;
	json_t *policy, *mutant, *statements;
	size_t i, n;

	(void)state;
	for (s = samples; s < samples + N(samples); s++) {
		policy = policy_of(s->texts, s->n, s->kms);
		n = json_array_size(json_object_get(policy, "Statement"));
		for (i = 0; i < n; i++) {
			mutant = json_deep_copy(policy);
			statements = json_object_get(mutant, "Statement");
			if (!is_date_deny(json_array_get(statements, i))) {
				json_array_remove(statements, i);
				judge_world(&alone, mutant, false, s->texts, s->n, s->kms);
				judge_world(&beside, mutant, true, s->texts, s->n, s->kms);
				if (alone.wrong + beside.wrong == 0)
					fail_msg("%s ...: statement %zu is not missed", s->texts[0], i);
			}
			json_decref(mutant);
		}
		json_decref(policy);
	}
}

/* From the deadline on nothing is allowed by anybody, and not a second later. */
static void
W8_the_deadline_is_exact(void **state)
{
	static const char *const put[] = { "put s3://abc/k" };
	struct iam_request r = { .action = "s3:PutObject", .resource = "arn:aws:s3:::abc/k",
		.account = ACCOUNT, .now = BEFORE };
	json_t *policy = policy_of(put, 1, false), *statements;
	size_t i;

	(void)state;
	assert_int_equal(iam_judge(policy, &r), IAM_ALLOW);
	r.now = AT;
	assert_int_equal(iam_judge(policy, &r), IAM_DENY);
	r.now = "2026-01-31T12:05:01Z";
	assert_int_equal(iam_judge(policy, &r), IAM_DENY);
	/* the control: without that statement it would go on */
	statements = json_object_get(policy, "Statement");
	for (i = 0; !is_date_deny(json_array_get(statements, i)); i++)
		;
	json_array_remove(statements, i);
	assert_int_equal(iam_judge(policy, &r), IAM_ALLOW);
	json_decref(policy);
}

static void
W11_buckets_of_other_accounts_are_out(void **state)
{
	static const char *const put[] = { "put s3://abc/k" };
	struct iam_request r = { .action = "s3:PutObject", .resource = "arn:aws:s3:::abc/k",
		.account = "999999999999", .now = BEFORE };
	json_t *policy = policy_of(put, 1, false);

	(void)state;
	assert_int_equal(iam_judge(policy, &r), IAM_NOTHING);
	r.account = NULL;	/* RGW does not say */
	assert_int_equal(iam_judge(policy, &r), IAM_ALLOW);
	json_decref(policy);
}

/* A key of a rule is used by S3 for the caller; the caller alone gets nothing by us. */
static void
kms_keys_work_through_s3_only(void **state)
{
	static const char *const put[] = { "put s3://abc/k" };
	struct iam_request r = { .action = "kms:Decrypt", .resource = KEY1, .now = BEFORE,
		.via = "s3.eu-central-1.amazonaws.com" };
	json_t *policy = policy_of(put, 1, true);

	(void)state;
	assert_int_equal(iam_judge(policy, &r), IAM_ALLOW);
	r.via = NULL;
	assert_int_equal(iam_judge(policy, &r), IAM_NOTHING);
	r.via = "secretsmanager.eu-central-1.amazonaws.com";
	assert_int_equal(iam_judge(policy, &r), IAM_NOTHING);
	json_decref(policy);
}

/* ---- W1: random keys ---- */

static void
random_key(char *key, size_t max)
{
	static const char hard[] = "**??$${{}}\"\\/ab%";
	size_t len = 1 + seed_below((uint32_t)max), i;

	for (i = 0; i < len; i++)
		key[i] = seed_below(4) ? hard[seed_below(sizeof(hard) - 1)] :
					 (char)(0x20 + seed_below(95));
	if (key[len - 1] == '/')	/* would be a folder */
		key[len - 1] = '*';
	key[len] = '\0';
}

/* Something that a live wildcard or variable in `key` could match, or nearly the same. */
static void
neighbour(char *other, const char *key)
{
	static const char *const instead[] = { "", "x", "xy/z", "*", "?", "$", "${*}" };
	size_t at = seed_below((uint32_t)strlen(key));

	sprintf(other, "%.*s%s%s", (int)at, key, instead[seed_below(N(instead))],
	    key + at + seed_below(2));
}

static bool
may_put(json_t *policy, const char *key, enum iam_verdict *verdict)
{
	char arn[256];
	struct iam_request r = { .action = "s3:PutObject", .resource = arn, .now = BEFORE };

	snprintf(arn, sizeof(arn), "arn:aws:s3:::abc/%s", key);
	*verdict = iam_judge(policy, &r);
	return *verdict == IAM_ALLOW;
}

/* A million keys: one in four names a policy, the others are its neighbours. */
static void
W1_a_million_random_keys_allow_themselves_alone(void **state)
{
	char key[16], other[64], *text;
	const char *texts[1];
	enum iam_verdict v;
	json_t *policy;
	int i, j;

	(void)state;
	seed_begin();
	for (i = 0; i < 250000; i++) {
		random_key(key, 12);
		texts[0] = text = s3uri_permission("put", "abc", key);
		policy = policy_of(texts, 1, false);
		if (!may_put(policy, key, &v))
			fail_msg("refused itself: %s", key);
		for (j = 0; j < 3; j++) {
			neighbour(other, key);
			if (may_put(policy, other, &v) != (strcmp(other, key) == 0))
				fail_msg("%s allows %s", key, other);
			if (strcmp(other, key) != 0)
				assert_int_equal(v, IAM_DENY);
		}
		json_decref(policy);
		free(text);
	}
}

/* The judge itself can tell: with unescaped keys it sees the harm. */
static void
W1_the_judge_knows_live_wildcards(void **state)
{
	(void)state;
	assert_int_equal(iam_match("a*", "abc"), 1);
	assert_int_equal(iam_match("a${*}", "abc"), 0);
	assert_int_equal(iam_match("a${*}", "a*"), 1);
	assert_int_equal(iam_match("a?c", "abc"), 1);
	assert_int_equal(iam_match("a${?}c", "abc"), 0);
	assert_int_equal(iam_match("${$}{*}", "${xyz}"), 1);
	assert_int_equal(iam_match("${$}{${*}}", "${*}"), 1);
	assert_int_equal(iam_match("${aws:userid}", "x"), -1);
	assert_int_equal(iam_match("a*c*e", "abcde"), 1);
	assert_int_equal(iam_match("a*c*e", "abcd"), 0);
}

/* ---- form and limits ---- */

static void
golden(void **state)
{
	static const char *const put[] = { "put s3://bkt/key" };
	char *json = text_of(put, 1, false);

	(void)state;
	assert_string_equal(json,
	    "{\"Version\":\"2012-10-17\",\"Statement\":["
	    "{\"Effect\":\"Allow\",\"Action\":[\"s3:PutObject\",\"s3:AbortMultipartUpload\","
	    "\"s3:ListMultipartUploadParts\"],\"Resource\":\"arn:aws:s3:::bkt/key\","
	    "\"Condition\":{\"StringEqualsIfExists\":{\"s3:ResourceAccount\":\"111122223333\"}}},"
	    "{\"Effect\":\"Deny\",\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::bkt/key\"},"
	    "{\"Effect\":\"Deny\",\"NotAction\":[\"s3:PutObject\",\"s3:AbortMultipartUpload\","
	    "\"s3:ListMultipartUploadParts\"],\"Resource\":\"*\"},"
	    "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
	    "\"Condition\":{\"DateGreaterThanEquals\":{\"aws:CurrentTime\":\"" AT "\"}}}]}");
	free(json);
	json = text_of(NULL, 0, false);
	assert_string_equal(json, "{\"Version\":\"2012-10-17\",\"Statement\":["
				  "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
	free(json);
}

static void
W9_an_allow_has_no_star_in_its_actions(void **state)
{
	const struct sample *s;
	json_t *policy, *st, *action;
	size_t i, j;

	(void)state;
	for (s = samples; s < samples + N(samples); s++) {
		policy = policy_of(s->texts, s->n, s->kms);
		json_array_foreach(json_object_get(policy, "Statement"), i, st)
		{
			action = json_object_get(st, "NotAction");
			if (strcmp(json_string_value(json_object_get(st, "Effect")), "Allow") == 0)
				action = json_object_get(st, "Action");
			if (json_is_string(action))
				assert_null(strchr(json_string_value(action), '*'));
			for (j = 0; j < json_array_size(action); j++)
				assert_null(strchr(json_string_value(json_array_get(action, j)), '*'));
		}
		json_decref(policy);
	}
}

static void
other_scripts_are_written_in_ascii(void **state)
{
	static const char *const get[] = { "get s3://abc/caf\xc3\xa9/" };
	struct iam_request r = { .action = "s3:GetObject", .now = BEFORE,
		.resource = "arn:aws:s3:::abc/caf\xc3\xa9/x" };
	json_t *policy = policy_of(get, 1, false);

	(void)state;
	assert_int_equal(iam_judge(policy, &r), IAM_ALLOW);
	r.resource = "arn:aws:s3:::abc/cafe/x";
	assert_int_equal(iam_judge(policy, &r), IAM_DENY);
	json_decref(policy);
}

static void
W6_what_does_not_fit_is_refused(void **state)
{
	char text[200][320];
	const char *texts[200];
	size_t i, n;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(text[i], sizeof(text[i]), "put s3://bkt/%03zu-%0250d", i, 7);
		texts[i] = text[i];
	}
	assert_null(text_of(texts, 200, false));
	assert_int_equal(err.code, S3JIT_ENOTALLOWED);
	assert_non_null(strstr(err.text, "2048"));
	/* one more after the other: up to the limit all fit, from there on none */
	for (n = 1; n < 40; n++) {
		char *json = text_of(texts, n, false);

		assert_int_equal(json != NULL, n <= 2);
		free(json);
	}
}

/* RGW dies of an ARN of more than 1,600 characters: none can be that long here. */
static void
W6_the_longest_key_is_refused(void **state)
{
	char text[1100] = "put s3://bkt/";
	const char *texts[] = { text };
	char *json;

	(void)state;
	memset(text + 13, 'k', 1024);
	assert_null(text_of(texts, 1, false));
	assert_int_equal(err.code, S3JIT_ENOTALLOWED);
	/* twice in the policy, so this is about the longest that fits */
	text[13 + 720] = '\0';
	json = text_of(texts, 1, false);
	assert_non_null(json);
	free(json);
}

static void
what_cannot_be_said_is_refused(void **state)
{
	static const struct {
		const char *partition, *account, *key;
		int64_t until;
	} bad[] = {
		{ "aws", "11112222333", NULL, UNTIL }, { "aws", "1111222233334", NULL, UNTIL },
		{ "aws", "11112222333x", NULL, UNTIL }, { "aws", "*", NULL, UNTIL },
		{ "", "", NULL, UNTIL }, { "*", "", NULL, UNTIL }, { "azure", "", NULL, UNTIL },
		{ "aws:s3", "", NULL, UNTIL }, { "aws", "", NULL, 0 }, { "aws", "", NULL, -1 },
		{ "aws", "", "*", UNTIL }, { "aws", "", "", UNTIL },
		{ "aws", "", "arn:aws:kms:*:111122223333:key/x", UNTIL },
		{ "aws", "", "arn:aws:kms:eu-central-1:111122223333:alias/x", UNTIL },
		{ "aws", "", "arn:aws:kms:eu-central-1:111122223333:key/${x}", UNTIL },
		{ "aws", "", "arn:aws:s3:::bucket/with/many/letters", UNTIL },
		{ "aws-cn", "", KEY1, UNTIL },
	};
	char *json, *key[1];
	struct scope none = { 0 };
	struct strv list = { key, 1 };
	struct policy_in in = { .scope = &none };
	size_t i;

	(void)state;
	for (i = 0; i < N(bad); i++) {
		key[0] = (char *)(uintptr_t)bad[i].key;
		in.partition = bad[i].partition;
		in.account = bad[i].account;
		in.kms = bad[i].key == NULL ? NULL : &list;
		in.until = bad[i].until;
		if (policy_build(&json, &in, &err) != -1)
			fail_msg("built: %zu", i);
		assert_int_equal(err.code, S3JIT_EUSAGE);
		assert_null(json);
	}
}

static void
typical_scopes_fit(void **state)
{
#define P "s3://prod-reports/2026/quarter-1/"
	static const struct sample table[] = {
		{ true, 3, { "put " P, "get " P, "list " P } },
		{ false, 4, { "put " P, "get " P, "list " P, "delete " P } },
		{ false, 3, { "put " P, "list s3://prod-reports", "get s3://prod-reports" } },
		{ false, 2, { "delete " P "a.csv", "put s3://prod-archive/2026/a.csv" } },
		{ false, 2, { "list s3://*", "get s3://*" } },
	};
	const struct sample *s;
	char *json;

	(void)state;
	for (s = table; s < table + N(table); s++) {
		if ((json = text_of(s->texts, s->n, s->kms)) == NULL)
			fail_msg("%s ...: %s", s->texts[0], err.text);
		free(json);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(W3_W12_the_scope_and_nothing_else),
		cmocka_unit_test(W2_every_policy_has_the_version),
		cmocka_unit_test(W3_a_missing_statement_is_noticed),
		cmocka_unit_test(W8_the_deadline_is_exact),
		cmocka_unit_test(W11_buckets_of_other_accounts_are_out),
		cmocka_unit_test(kms_keys_work_through_s3_only),
		cmocka_unit_test(W1_a_million_random_keys_allow_themselves_alone),
		cmocka_unit_test(W1_the_judge_knows_live_wildcards),
		cmocka_unit_test(golden),
		cmocka_unit_test(W9_an_allow_has_no_star_in_its_actions),
		cmocka_unit_test(other_scripts_are_written_in_ascii),
		cmocka_unit_test(W6_what_does_not_fit_is_refused),
		cmocka_unit_test(W6_the_longest_key_is_refused),
		cmocka_unit_test(what_cannot_be_said_is_refused),
		cmocka_unit_test(typical_scopes_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
