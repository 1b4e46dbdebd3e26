/*
 * rule.c - what a rule must be as a whole, and its hash.
 *
 * Runs in s3jitd and s3jit-signer, at start.  Pure.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/hex.h"

#include "internal.h"

#define DEFAULT_TTL (15 * 60)
#define RULE_HASH_TAG "s3jit-rule-1"

int
rule_check(struct rule *r, const char **key, struct s3jit_err *err)
{
	char max[DURATION_TEXT];
	int64_t people = 0;
	size_t i;

	*key = "approvals";
	for (i = 0; i < r->nquorum; i++)
		people += r->quorum[i].count;
	if (people > APPROVALS_MAX)
		return s3jit_fail(err, S3JIT_EUSAGE, "%lld people would have to sign off; at most %d",
		    (long long)people, APPROVALS_MAX);
	if (r->automatic && r->nquorum > 0)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "auto = true and approvals exclude each other; leave one of them away");
	if (!r->automatic && r->nquorum == 0)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "nobody is named who must sign off; write auto = true if you mean that");
	*key = "default-ttl";
	if (r->default_ttl == 0)
		r->default_ttl = r->max_ttl < DEFAULT_TTL ? r->max_ttl : DEFAULT_TTL;
	if (r->default_ttl > r->max_ttl)
		return s3jit_fail(err, S3JIT_EUSAGE, "longer than max-ttl, which is %s",
		    duration_format(max, r->max_ttl));
	*key = "extend-max";
	if (r->extend_max != 0 && r->extends == 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "nothing may be extended; say how often with "
		    "extends");
	if (r->extend_max == 0)
		r->extend_max = r->max_ttl;
	if (r->extend_max > r->max_ttl)
		return s3jit_fail(err, S3JIT_EUSAGE, "longer than max-ttl, which is %s",
		    duration_format(max, r->max_ttl));
	*key = "reauth";
	if (r->automatic && r->reauth_approver)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"approver\": this rule has none (auto = true)");
	return 0;
}

/* What the hash covers: all that decides, in the parsed form (Q1: "rule hash"). */
struct hashed {
	struct strv groups, users, allow, quorum, kms;
	char *title, *role, *account, *reason, *delivery;
	bool automatic, reauth_requester, reauth_approver;
	int64_t max_ttl, default_ttl, claim_within, lease, extends, extend_max;
};
#define AT(name) offsetof(struct hashed, name)
static const struct field hashed_fields[] = {
	{ "title",		F_STR,	AT(title) },
	{ "groups",		F_STRV,	AT(groups) },
	{ "users",		F_STRV,	AT(users) },
	{ "role",		F_STR,	AT(role) },
	{ "account",		F_STR,	AT(account) },
	{ "allow",		F_STRV,	AT(allow) },
	{ "approvals",		F_STRV,	AT(quorum) },
	{ "auto",		F_BOOL,	AT(automatic) },
	{ "max-ttl",		F_INT,	AT(max_ttl) },
	{ "default-ttl",	F_INT,	AT(default_ttl) },
	{ "claim-within",	F_INT,	AT(claim_within) },
	{ "lease",		F_INT,	AT(lease) },
	{ "extends",		F_INT,	AT(extends) },
	{ "extend-max",		F_INT,	AT(extend_max) },
	{ "reason",		F_STR,	AT(reason) },
	{ "kms",		F_STRV,	AT(kms) },
	{ "reauth-requester",	F_BOOL,	AT(reauth_requester) },
	{ "reauth-approver",	F_BOOL,	AT(reauth_approver) },
	{ "delivery",		F_STR,	AT(delivery) },
	{ NULL }
};
static const struct table hashed_table = { "rule", sizeof(struct hashed), hashed_fields };

int
rule_hash(struct rule *r, struct s3jit_err *err)
{
	struct hashed h = { .groups = r->who.groups, .users = r->who.users, .allow = r->allow_text,
	    .kms = r->kms, .title = r->title, .role = r->role,
	    .account = r->account, .reason = r->reason,
	    .delivery = r->delivery, .automatic = r->automatic,
	    .reauth_requester = r->reauth_requester, .reauth_approver = r->reauth_approver,
	    .max_ttl = r->max_ttl, .default_ttl = r->default_ttl, .claim_within = r->claim_within,
	    .lease = r->lease, .extends = r->extends,
	    .extend_max = r->extend_max };
	unsigned char digest[32];
	size_t i;

	for (i = 0; i < r->nquorum; i++)
		if (strv_push(&h.quorum, r->quorum[i].text) == -1) {
			strv_clear(&h.quorum);
			return s3jit_fail_errno(err, "rule \"%s\"", r->title);
		}
	codec_digest(digest, RULE_HASH_TAG, &hashed_table, &h);
	strv_clear(&h.quorum);
	hex_write(r->hash, digest, sizeof(digest));
	return 0;
}
