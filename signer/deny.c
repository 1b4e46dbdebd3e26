/*
 * deny.c - the documents of a revocation (AWS-FACTS 9).
 *
 * Runs in s3jit-signer.  Pure.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "s3jit/clock.h"
#include "s3jit/policy.h"

#include "deny.h"

/* NULL also when there was no memory for a part of it, which jansson leaves empty then. */
static char *
dumped(const json_t *policy)
{
	char *json = json_dumps(policy, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (codec_json_whole())
		return json;
	free(json);
	return NULL;
}

/* {"Effect":"Deny","Action":"*","Resource":"*","Condition":CONDITION}; takes it, NULL is fine. */
static int
statement_add(json_t *statements, json_t *condition)
{
	return json_array_append_new(statements, json_pack("{s:s, s:s, s:s, s:o}", "Effect", "Deny",
	    "Action", "*", "Resource", "*", "Condition", condition));
}

static json_t *
texts(const struct strv *v)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < v->n; i++)
		if (json_array_append_new(list, json_string(v->v[i])) == -1) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static int
one_of(json_t *statements, const char *key, const struct strv *v)
{
	if (v->n == 0)
		return 0;
	return statement_add(statements, json_pack("{s:{s:o}}", "StringEquals", key, texts(v)));
}

static int
all_before(json_t *statements, const struct sq_person *p)
{
	char identity[65], when[CLOCK_TEXT];

	/* a name that AWS cannot be told was never lent anything either */
	if (source_identity(identity, p->person, NULL) == -1)
		return 0;
	return statement_add(statements, json_pack("{s:{s:s}, s:{s:s}}",
	    "StringEquals", "aws:SourceIdentity", identity,
	    "DateLessThan", "aws:TokenIssueTime", clock_iso(when, p->before)));
}

int
deny_document(char **json, const struct sq_revoke *q, struct s3jit_err *err)
{
	const struct sq_person *people = q->people.v;
	json_t *statements, *policy;
	size_t i;
	int rc;

	*json = NULL;
	codec_json_begin();
	statements = json_array();
	rc = statements == NULL ? -1 : 0;
	if (rc == 0)
		rc = one_of(statements, "aws:userid", &q->sessions);
	if (rc == 0)
		rc = one_of(statements, "aws:PrincipalTag/s3jit-request", &q->requests);
	for (i = 0; i < q->people.n && rc == 0; i++)
		rc = all_before(statements, &people[i]);
	if (rc == 0 && json_array_size(statements) == 0) {
		json_decref(statements);
		return 0;
	}
	policy = json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", statements);
	if (rc == 0 && policy != NULL)
		*json = dumped(policy);
	json_decref(policy);
	if (*json == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "the policy that refuses them: out of memory");
	if (strlen(*json) > DENY_MAX) {
		free(*json);
		*json = NULL;
		return s3jit_fail(err, S3JIT_EUSAGE, "so many sessions at once do not fit into a "
		    "role's policy");
	}
	return 0;
}

/* IAM: letters, digits and + = , . @ _ - (CreatePolicy, PutRolePolicy: PolicyName). */
void
deny_name(char out[DENY_NAME], const char *host)
{
	char *to = stpcpy(out, "s3jit-revoked-");

	for (; *host != '\0' && to < out + DENY_NAME - 1; host++)
		*to++ = isalnum((unsigned char)*host) || *host == '.' || *host == '-' ? *host : '_';
	*to = '\0';
}

char *
deny_revoker_policy(const char *role)
{
	json_t *policy;
	char *json;

	codec_json_begin();
	policy = json_pack("{s:s, s:[{s:s, s:[s, s], s:s}]}", "Version", "2012-10-17",
	    "Statement", "Effect", "Allow", "Action", "iam:PutRolePolicy", "iam:DeleteRolePolicy",
	    "Resource", role);
	json = policy == NULL ? NULL : dumped(policy);
	json_decref(policy);
	return json;
}
