/*
 * keys.c - the keys of s3jit.conf and how each value is read.
 *
 * Runs in s3jitd and s3jit-signer, at start.  Adding a key: a line here, a
 * paragraph in s3jit.conf(5), and, if it decides anything, a line in the
 * rule's hash (rule.c).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MAX_TTL (12 * HOUR)	/* longest that STS sells */
#define LEASE_MIN 10		/* a third of it is all that renewing it may take */

static void *
member(const struct key *key, void *to)
{
	return (char *)to + key->off;
}

static int
read_text(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	char **text = member(key, to), *copy;

	(void)n;
	(void)flags;
	if (key->check(values[0], err) == -1)
		return -1;
	if ((copy = strdup(values[0])) == NULL)
		return s3jit_fail_errno(err, "%s", key->name);
	free(*text);
	*text = copy;
	return 0;
}

static int
read_flag(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	bool *flag = member(key, to);

	(void)n;
	(void)flags;
	*flag = strcmp(values[0], "true") == 0;
	if (!*flag && strcmp(values[0], "false") != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected true or false", values[0]);
	return 0;
}

static int
read_duration(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	char low[DURATION_TEXT], high[DURATION_TEXT];
	int64_t *seconds = member(key, to);

	(void)n;
	(void)flags;
	if (duration_parse(seconds, values[0], err) == -1)
		return -1;
	if (*seconds < key->low || *seconds > key->high)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected %s to %s", values[0],
		    duration_format(low, key->low), duration_format(high, key->high));
	return 0;
}

/* Decimal digits: libconfuse would read 010 as 8. */
static int
read_count(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	int64_t *count = member(key, to);
	size_t len = strlen(values[0]);

	(void)n;
	(void)flags;
	*count = len < 1 || len > 3 ? -1 : atoi(values[0]);
	if (strspn(values[0], "0123456789") == len && (values[0][0] != '0' || len == 1) &&
	    *count >= key->low && *count <= key->high)
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected a number from %lld to %lld",
	    values[0], (long long)key->low, (long long)key->high);
}

static int
read_groups(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (who_add_group(member(key, to), values[i], flags, err) == -1)
			return -1;
	return 0;
}

static int
read_users(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (who_add_user(member(key, to), values[i], flags, err) == -1)
			return -1;
	return 0;
}

static int
read_who(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (who_add(member(key, to), values[i], flags, err) == -1)
			return -1;
	return 0;
}

static int
read_scope(struct scope *scope, struct strv *text, char *const *values, size_t n,
    struct s3jit_err *err)
{
	char *one;
	size_t i;
	int rc = 0;

	if (scope_parse(scope, (const char *const *)values, n, true, err) == -1)
		return -1;
	for (i = 0; i < scope->n && rc == 0; i++) {
		one = permission_text(&scope->v[i]);
		rc = one == NULL ? -1 : strv_push(text, one);
		free(one);
	}
	return rc == 0 ? 0 : s3jit_fail_errno(err, "allow");
}

static int
read_rule_allow(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	struct rule *r = to;

	(void)key;
	(void)flags;
	return read_scope(&r->allow, &r->allow_text, values, n, err);
}

static int
read_baseline_allow(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	struct baseline *b = to;
	size_t i;

	(void)key;
	(void)flags;
	if (read_scope(&b->allow, &b->allow_text, values, n, err) == -1)
		return -1;
	for (i = 0; i < b->allow.n; i++)
		if (b->allow.v[i].verb != VERB_LIST && b->allow.v[i].verb != VERB_GET)
			return s3jit_fail(err, S3JIT_EUSAGE,
			    "\"%s\": a baseline only reads (list, get); make it a rule with auto = true",
			    b->allow_text.v[i]);
	return 0;
}

static int
read_approvals(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	struct rule *r = to;

	(void)key;
	if (n == 0)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "empty means nobody could ever sign off; write auto = true if nobody needs to");
	if ((r->quorum = calloc(n, sizeof(*r->quorum))) == NULL)
		return s3jit_fail_errno(err, "approvals");
	for (; r->nquorum < n; r->nquorum++)
		if (quorum_parse(&r->quorum[r->nquorum], values[r->nquorum], flags, err) == -1)
			return -1;
	return 0;
}

static int
read_kms(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	size_t i;

	(void)flags;
	for (i = 0; i < n; i++) {
		if (check_kms(values[i], err) == -1)
			return -1;
		if (strv_push(member(key, to), values[i]) == -1)
			return s3jit_fail_errno(err, "kms");
	}
	return 0;
}

static int
read_reauth(const struct key *key, void *to, char *const *values, size_t n, int flags,
    struct s3jit_err *err)
{
	struct rule *r = to;
	size_t i;

	(void)key;
	(void)flags;
	for (i = 0; i < n; i++)
		if (strcmp(values[i], "requester") == 0)
			r->reauth_requester = true;
		else if (strcmp(values[i], "approver") == 0)
			r->reauth_approver = true;
		else
			return s3jit_fail(err, S3JIT_EUSAGE,
			    "\"%s\": expected \"requester\" or \"approver\"", values[i]);
	return 0;
}

#define AT(m) offsetof(struct config, m)
const struct key global_keys[] = {
	{ "host-name",	OPTIONAL, false, read_text,	AT(host_name), check_host },
	{ "auditors",	OPTIONAL, true,	 read_who,	AT(auditors) },
	{ "local-votes", OPTIONAL, false, read_flag,	AT(local_votes) },
	{ "linger",	OPTIONAL, false, read_duration,	AT(linger), NULL, 1, DAY },
	{ "lapse",	OPTIONAL, false, read_duration,	AT(lapse), NULL, 1, DURATION_MAX },
	{ "reauth-age",	OPTIONAL, false, read_duration,	AT(reauth_age), NULL, 1, HOUR },
	{ NULL }
};
#undef AT

#define AT(m) offsetof(struct aws_conf, m)
const struct key aws_keys[] = {
	{ "region",	REQUIRED, false, read_text,	AT(region), check_region },
	{ "account",	OPTIONAL, false, read_text,	AT(account), check_account },
	{ "credentials", REQUIRED, false, read_text,	AT(credentials), check_credentials },
	{ "ca-file",	OPTIONAL, false, read_text,	AT(ca_file), check_path },
	{ "s3-endpoint", OPTIONAL, false, read_text,	AT(s3_endpoint), check_https },
	{ "sts-endpoint", OPTIONAL, false, read_text,	AT(sts_endpoint), check_https },
	{ "imds-endpoint", OPTIONAL, false, read_text,	AT(imds_endpoint), check_http },
	{ "path-style",	OPTIONAL, false, read_flag,	AT(path_style) },
	{ "fips",	OPTIONAL, false, read_flag,	AT(fips) },
	{ "https-proxy", OPTIONAL, false, read_text,	AT(https_proxy), check_http },
	{ "revocation",	OPTIONAL, false, read_text,	AT(revocation), check_revocation },
	{ "revoker-role", OPTIONAL, false, read_text,	AT(revoker_role), check_role },
	{ "iam-endpoint", OPTIONAL, false, read_text,	AT(iam_endpoint), check_https },
	{ NULL }
};
#undef AT

#define AT(m) offsetof(struct baseline, m)
const struct key baseline_keys[] = {
	{ "groups",	OPTIONAL, true,	 read_groups,	AT(who) },
	{ "users",	OPTIONAL, true,	 read_users,	AT(who) },
	{ "allow",	REQUIRED, true,	 read_baseline_allow },
	{ "role",	OPTIONAL, false, read_text,	AT(role), check_role },
	{ "account",	OPTIONAL, false, read_text,	AT(account), check_account },
	{ "external-id", OPTIONAL, false, read_text,	AT(external_id), check_external_id },
	{ "kms",	OPTIONAL, true,	 read_kms,	AT(kms) },
	{ NULL }
};
#undef AT

#define AT(m) offsetof(struct rule, m)
const struct key rule_keys[] = {
	{ "groups",	OPTIONAL, true,	 read_groups,	AT(who) },
	{ "users",	OPTIONAL, true,	 read_users,	AT(who) },
	{ "allow",	REQUIRED, true,	 read_rule_allow },
	{ "role",	REQUIRED, false, read_text,	AT(role), check_role },
	{ "account",	OPTIONAL, false, read_text,	AT(account), check_account },
	{ "external-id", OPTIONAL, false, read_text,	AT(external_id), check_external_id },
	{ "approvals",	OPTIONAL, true,	 read_approvals },
	{ "auto",	OPTIONAL, false, read_flag,	AT(automatic) },
	{ "max-ttl",	REQUIRED, false, read_duration,	AT(max_ttl), NULL, 1, MAX_TTL },
	{ "default-ttl", OPTIONAL, false, read_duration, AT(default_ttl), NULL, 1, MAX_TTL },
	{ "claim-within", OPTIONAL, false, read_duration, AT(claim_within), NULL, 1, DAY },
	{ "lease",	OPTIONAL, false, read_duration,	AT(lease), NULL, LEASE_MIN, HOUR },
	{ "extends",	OPTIONAL, false, read_count,	AT(extends), NULL, 0, 20 },
	{ "extend-max", OPTIONAL, false, read_duration, AT(extend_max), NULL, 1, MAX_TTL },
	{ "reason",	OPTIONAL, false, read_text,	AT(reason), check_regex },
	{ "kms",	OPTIONAL, true,	 read_kms,	AT(kms) },
	{ "reauth",	OPTIONAL, true,	 read_reauth },
	{ "delivery",	OPTIONAL, false, read_text,	AT(delivery), check_delivery },
	{ NULL }
};
#undef AT
