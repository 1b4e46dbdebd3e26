/*
 * test_lease.c - which leases may be asked for, and the signer's own keys:
 * file and IMDS answers (W7, C9).
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "signer/base.h"
#include "signer/lease_check.h"

#define NOW 1440938160
#define ROLE "arn:aws:iam::111122223333:role/s3jit-write"
#define NAME "s3jit-klmnopqrstuvwxyzklmnopqrstuvwxyz"

static int
check(enum lease_kind *kind, const char *lease, const char *word, const char *session,
    const char *role, const char *permission, int64_t until, const char *request)
{
	struct rule rule = { .role = (char[]){ ROLE } };
	struct config conf = { .file = (char[]){ "f" }, .rules = &rule, .nrules = 1 };
	struct sq_lease q = { .lease = (char *)(uintptr_t)lease, .kind = (char *)(uintptr_t)word,
	    .session_name = (char *)(uintptr_t)session, .role = (char *)(uintptr_t)role,
	    .until = until, .person = (char[]){ "alice" }, .request = (char *)(uintptr_t)request };
	struct scope scope = { NULL, 0 };
	struct s3jit_err err;
	int rc;

	*kind = LEASE_NONE;
	if (permission != NULL)
		strv_push(&q.scope, permission);
	rc = lease_check(kind, &scope, &conf, &q, NOW, &err);
	if (rc == 0)
		assert_int_equal(scope.n, q.scope.n);
	scope_clear(&scope);
	strv_clear(&q.scope);
	return rc;
}

static void
W7_leases_that_may_be_asked_for(void **state)
{
	static const struct {
		const char *lease, *word, *session, *role, *permission;
		int64_t until;
		const char *request;
		enum lease_kind kind;	/* LEASE_NONE: refused */
	} t[] = {
		{ "g.1-a", "signed", NAME, ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_SIGNED },
		{ "g.1-a", "handed-out", NAME, ROLE, "put s3://bkt/a", NOW + 1, "kmxq", LEASE_HANDED_OUT },
		{ "b-01", "baseline", "s3jit-b-0123456789abcdef", ROLE, "get s3://*", NOW + 43200,
		  "session 7", LEASE_BASELINE },
		{ "b-01", "baseline", "s3jit-b-0123456789abcdef", ROLE, NULL, NOW + 9, "x", LEASE_BASELINE },
		/* names */
		{ "abc", "signed", NAME, ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		{ "UPPER", "signed", NAME, ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		{ "a/b/c", "signed", NAME, ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		/* kinds */
		{ "good", "Signed", NAME, ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		{ "good", "", NAME, ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		/* session names */
		{ "good", "signed", "s3jit-b-0123456789abcdef", ROLE, "put s3://bkt/a", NOW + 120, "k", LEASE_NONE },
		{ "good", "baseline", NAME, ROLE, "get s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		{ "good", "signed", "root", ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME "k", ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		{ "good", "signed", "s3jit-", ROLE, "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		/* roles */
		{ "good", "signed", NAME, ROLE "r", "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME, "", "put s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		/* scopes */
		{ "good", "signed", NAME, ROLE, NULL, NOW + 120, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME, ROLE, "put s3://bkt*", NOW + 120, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME, ROLE, "write s3://bkt/a", NOW + 120, "kmxq", LEASE_NONE },
		/* deadlines */
		{ "good", "signed", NAME, ROLE, "put s3://bkt/a", NOW, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME, ROLE, "put s3://bkt/a", NOW - 1, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME, ROLE, "put s3://bkt/a", 0, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME, ROLE, "put s3://bkt/a", NOW + 43201, "kmxq", LEASE_NONE },
		{ "good", "signed", NAME, ROLE, "put s3://bkt/a", INT64_MAX, "kmxq", LEASE_NONE },
		/* tags */
		{ "good", "signed", NAME, ROLE, "put s3://bkt/a", NOW + 120, "", LEASE_NONE },
		{ "good", "signed", NAME, ROLE, "put s3://bkt/a", NOW + 120, "a&b", LEASE_NONE },
	};
	enum lease_kind kind;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		rc = check(&kind, t[i].lease, t[i].word, t[i].session, t[i].role, t[i].permission,
		    t[i].until, t[i].request);
		if ((rc == 0) != (t[i].kind != LEASE_NONE))
			print_error("case %zu\n", i);
		assert_int_equal(rc, t[i].kind == LEASE_NONE ? -1 : 0);
		assert_int_equal(kind, t[i].kind);
	}
}

static void
C9_imds_answers(void **state)
{
	static const char *const bad[] = {
		"", "x", "[]", "{}", "{\"Code\":\"Success\"}", "{\"Code\":1}",
		"{\"Code\":\"Failed\",\"Message\":\"m\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
		"\"Token\":\"T\",\"Expiration\":\"2026-01-31T12:05:00Z\"}",
		"{\"Code\":\"Success\",\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
		"\"Token\":\"T\",\"Expiration\":\"2026-01-31T12:05:00Z\"}",
		"{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\","
		"\"Token\":\"T\",\"Expiration\":\"2026-01-31T12:05:00Z\"}",
		"{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
		"\"Token\":\"T\\r\\nX: y\",\"Expiration\":\"2026-01-31T12:05:00Z\"}",
		"{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
		"\"Token\":\"T\",\"Expiration\":\"soon\"}",
	};
	static const char good[] = "{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"x\",\n"
	    "  \"Type\" : \"AWS-HMAC\",\n  \"AccessKeyId\" : \"ASIAX\",\n  \"SecretAccessKey\" : \"S/+\",\n"
	    "  \"Token\" : \"T==\",\n  \"Expiration\" : \"2026-01-31T12:05:00Z\"\n}";
	struct s3jit_err err;
	struct keys *keys;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(imds_parse(&keys, bad[i], strlen(bad[i]), &err), -1);
		assert_null(keys);
	}
	assert_int_equal(imds_parse(&keys, bad[6], strlen(bad[6]), &err), -1);
	assert_string_equal(err.text, "it says Failed: m");
	assert_int_equal(imds_parse(&keys, good, strlen(good), &err), 0);
	assert_string_equal(keys->secret, "S/+");
	assert_int_equal(keys->expiration, 1769861100);
	keys_free(keys);
}

static int
read_key_file(struct keys **keys, const char *text, mode_t mode, struct s3jit_err *err)
{
	char dir[] = "/tmp/s3jit-lease.XXXXXX", path[64];
	FILE *fp;
	int rc;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/key", dir);
	assert_non_null(fp = fopen(path, "w"));
	fputs(text, fp);
	fclose(fp);
	assert_int_equal(chmod(path, mode), 0);
	rc = base_read_file(keys, path, err);
	unlink(path);
	rmdir(dir);
	return rc;
}

static void
C9_key_file(void **state)
{
#define BOTH "[default]\naws_access_key_id = AKIDX\naws_secret_access_key=CANARY/+=\n"
	static const struct { const char *text; mode_t mode; const char *expected; } t[] = {
		{ BOTH, 0600, NULL },
		{ "# c\n; c\n\n[other]\naws_access_key_id = no\n  " BOTH "region = x\n", 0640, NULL },
		{ BOTH, 0644, "everybody can read it" },
		{ BOTH, 0660, "can write to it" },
		{ "", 0600, "expected aws_access_key_id and" },
		{ "[profile default]\naws_access_key_id = A\naws_secret_access_key = B\n", 0600, "expected aws_access" },
		{ "[default]\naws_access_key_id = A\n", 0600, "expected aws_access" },
		{ BOTH "aws_secret_access_key = B\n", 0600, ":4: aws_secret_access_key is said twice" },
		{ "[default]\naws_access_key_id = A\naws_secret_access_key = CANARY B\n", 0600, ":3: aws_secret" },
		{ "[default]\naws_access_key_id =\n", 0600, ":2: aws_access_key_id has no value" },
		{ "[default]\nCANARY\n", 0600, ":2: expected NAME = VALUE" },
	};
	struct s3jit_err err;
	struct keys *keys;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memset(&err, 0, sizeof(err));
		rc = read_key_file(&keys, t[i].text, t[i].mode, &err);
		assert_null(strstr(err.text, "CANARY"));
		if (t[i].expected == NULL) {
			assert_int_equal(rc, 0);
			assert_string_equal(keys->access_key_id, "AKIDX");
			assert_string_equal(keys->secret, "CANARY/+=");
			assert_string_equal(keys->token, "");
			keys_free(keys);
			continue;
		}
		assert_int_equal(rc, -1);
		if (strstr(err.text, t[i].expected) == NULL)
			print_error("%s\n", err.text);
		assert_non_null(strstr(err.text, t[i].expected));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(W7_leases_that_may_be_asked_for),
		cmocka_unit_test(C9_imds_answers),
		cmocka_unit_test(C9_key_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
