/*
 * config.h - /etc/s3jit/s3jit.conf as the broker and the signer see it.
 *
 * Read with libconfuse in config/config.c only.  Both daemons read the same
 * file; the signer looks at aws{} and the roles alone.  F1-F3, F5.
 */
#ifndef S3JIT_CONFIG_H
#define S3JIT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "codec.h"
#include "permission.h"

#define S3JIT_CONF_FILE SYSCONFDIR "/s3jit.conf"	/* SYSCONFDIR = /etc/s3jit */

#define APPROVALS_MAX 64	/* of all `approvals` of a rule together */
#define LEASE_DEFAULT 300	/* of a rule that says no `lease`, s */

struct who {			/* a set of people; empty means nobody */
	struct strv groups;	/* names, as written without "group:" */
	struct strv users;
	gid_t *gids;		/* resolved at load, same order */
	uid_t *uids;
};

struct quorum {			/* "2 of group:leads": each is its own demand */
	int64_t count;
	struct who who;
	char *text;		/* canonical */
};

struct baseline {
	char *title; int line;
	struct who who; bool everyone; /* no groups/users given */
	char *role, *account, *external_id; /* as in struct rule */
	struct scope allow;
	struct strv allow_text;
	struct strv kms;	/* as in struct rule */
};

struct rule {
	char *title; int line;
	struct who who;
	char *role;
	char *account;		/* the buckets', 12 digits or ""; aws.account */
	char *external_id;	/* that the role's trust policy asks for, or "" */
	struct scope allow;
	struct strv allow_text;
	struct quorum *quorum; size_t nquorum; /* none only with `automatic` */
	bool automatic;		/* auto = true */
	int64_t max_ttl, default_ttl; /* seconds; default-ttl: min(15m, max) */
	int64_t claim_within;	/* seconds; 300 */
	int64_t lease;		/* seconds that keys of `open` last before they are renewed */
	char *reason;		/* POSIX extended regular expression, whole text, or "" */
	struct strv kms;	/* ARNs of the keys that S3 may use for what is allowed */
	int64_t extends;	/* how often a grant may be extended; 0 = never */
	int64_t extend_max;	/* seconds by which, at most each time; else max_ttl */
	bool reauth_requester, reauth_approver;
	char *delivery;		/* "" any, or "signed" only */
	char hash[65];		/* SHA-256 hex over the parsed rule */
};

struct aws_conf {
	char *region; char *partition; char *suffix; /* "aws", "amazonaws.com": from the region */
	char *account;		/* 12 digits or "" */
	char *credentials;	/* "imds", "imds6", "file:/path", "systemd:NAME", "process:/path args" */
	char *ca_file;		/* "" = system store */
	char *s3_endpoint;	/* https URL; "" = https://s3.REGION.SUFFIX */
	char *sts_endpoint;	/* https URL; "" = https://sts.REGION.SUFFIX */
	char *imds_endpoint;	/* http URL; "" = http://169.254.169.254, or IPv6 for "imds6" */
	char *imds_other;	/* to be tried when nobody answers there, or "" */
	char *https_proxy;	/* http://HOST:PORT, "" = none; for AWS, never for IMDS */
	bool path_style, fips;
	char *revocation;	/* "none": leases run out | "deny": AWS is told to refuse them */
	char *revoker_role;	/* ARN; "" = none.  It changes what the others refuse, and is never lent */
	char *iam_endpoint;	/* https URL; "" = the partition's */
	char *iam_region;	/* that signatures for it name; from the partition */
};

struct config {
	char *file;
	char *text; char text_hash[65]; /* the accepted text, stored once by hash */
	char *host_name;
	struct aws_conf aws;
	struct baseline *baselines; size_t nbaselines;
	struct rule *rules; size_t nrules;
	struct who auditors;
	bool local_votes;
	int64_t linger;		/* a lost request stays pending: 600 s */
	int64_t lapse;		/* an unanswered request lapses: 3600 s */
	int64_t reauth_age;	/* 300 s */
};

/*
 * Load and check.  `owner_ok(uid)` is 0 only (and, for tests, who runs them):
 * see CONFIG_TRUST_SELF.  Names are resolved through NSS here, so this blocks:
 * before the loop runs, never in it.  `environ` must be empty (F2); this
 * clears it.  Error: "/etc/s3jit/s3jit.conf:14: rule "deletes": ...".
 * On success *out is the caller's to config_free().
 */
#define CONFIG_TRUST_SELF 1	/* files of our own uid are trusted, too (tests) */
#define CONFIG_NO_NSS 2		/* leave uids/gids out: the signer needs none */
int config_load(struct config **out, const char *file, int flags, struct s3jit_err *);
void config_free(struct config *);

/* F7: what is allowed and yet worth a word; one sentence each.  s3jitd -t. */
int config_warnings(struct strv *out, const struct config *, struct s3jit_err *);

/* The S3 and STS endpoints in force ("https://..."), never "". */
const char *config_s3_endpoint(const struct config *);
const char *config_sts_endpoint(const struct config *);
/* Is this role named by a baseline or a rule? */
bool config_has_role(const struct config *, const char *arn);
/* What belongs to a role of a baseline or rule: the account of its buckets, its external id. */
void config_role(const struct config *, const char *arn, const char **account,
    const char **external_id);
/* Is AWS told to refuse what was handed out, when a grant ends early? */
bool config_denies(const struct config *);

#endif
