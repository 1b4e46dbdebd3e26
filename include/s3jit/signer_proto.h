/*
 * signer_proto.h - what s3jitd and s3jit-signer say on
 * /run/s3jit-signer/sock: one frame = one JSON object, as in proto.h.
 *
 * A closed list.  Every question has a number `n`; its answer carries the
 * same.  Questions may overlap: STS calls run side by side.  A lease cannot
 * be expressed without scope, deadline, person and request (W7): the signer
 * itself builds the policy (policy.h), tags, session name and source identity.
 */
#ifndef S3JIT_SIGNER_PROTO_H
#define S3JIT_SIGNER_PROTO_H

#include "codec.h"
#include "proto.h"

#define S3JIT_SIGNER_SOCK "/run/s3jit-signer/sock"

/* AssumeRole for part of a grant, or for a baseline -> sq_leased */
struct sq_lease {
	int64_t n;
	char *lease;		/* the broker's name for it, unique for ever, [a-z0-9.-]{4,64} */
	char *kind;		/* "signed": sign only | "handed-out": hand out only | "baseline" (hand out) */
	char *session_name;	/* "s3jit-<32 letters>"; baseline "s3jit-b-<16 hex>" */
	char *role;		/* ARN; must stand in s3jit.conf */
	struct strv scope;	/* permission strings (baseline: with `*`, as in rules) */
	struct strv kms;	/* key ARNs of the rule */
	int64_t until;		/* policy deadline, wall */
	char *person;		/* source identity comes from it (source_identity() of policy.h) */
	char *request;		/* tag s3jit-request; baseline: the session label */
};
struct sq_leased {
	int64_t n; char *lease; char *access_key_id; char *role_id; /* AROA...:name */
	char *sts_request_id; int64_t expiration; int64_t skew; /* AWS minus ours, s */
};
/* One S3 request under a "signed" lease -> sq_signed */
struct sq_sign {
	int64_t n; char *lease; char *method; char *bucket; char *key;
	struct list query; struct list headers; /* of name_value */
	char *payload_sha256; int64_t length;
};
struct sq_signed { int64_t n; char *url; struct list headers; };
/* The keys of a handed-out or baseline lease -> sq_keys */
struct sq_hand_out { int64_t n; char *lease; };
struct sq_keys { int64_t n; struct msg_credentials *credentials; };
/*
 * Wipe a lease's keys -> sq_done (also when there is none).  `probe`: from now
 * on they are good for sq_probe alone, and wiped by a later sq_drop or at their end.
 */
struct sq_drop { int64_t n; char *lease; bool probe; };
struct sq_done { int64_t n; };
/*
 * Make `role` refuse exactly these sessions (none: refuse nobody any more), by
 * an inline policy of the role that is `host`'s own, as aws { revoker-role } -> sq_done
 */
struct sq_revoke {
	int64_t n;
	char *role;		/* ARN; must stand in s3jit.conf */
	char *host;		/* host-name: bastions that share a role do not touch each other's */
	struct strv sessions;	/* aws:userid, "AROA...:s3jit-..." */
	struct strv requests;	/* session tag s3jit-request: also of a session whose id we never heard */
	struct list people;	/* of sq_person: all that they had before */
};
struct sq_person { char *person; int64_t before; };
/* Does AWS still let this lease's keys do what they are for?  Changes nothing -> sq_probed */
struct sq_probe { int64_t n; char *lease; };
struct sq_probed { int64_t n; bool refused; };
/* Is the base identity usable (GetCallerIdentity is not asked: RGW has none) -> sq_health_answer */
struct sq_health { int64_t n; };
struct sq_health_answer { int64_t n; bool ok; char *text; char *region; int64_t base_expires; };
/* instead of any answer */
struct sq_error { int64_t n; char *code; char *text; char *aws_code; bool retry; };

extern const struct table sq_lease_table, sq_leased_table, sq_sign_table,
    sq_signed_table, sq_hand_out_table, sq_keys_table, sq_drop_table,
    sq_done_table, sq_revoke_table, sq_person_table, sq_probe_table, sq_probed_table,
    sq_health_table, sq_health_answer_table, sq_error_table;
extern const struct table *const signer_tables[];

#endif
