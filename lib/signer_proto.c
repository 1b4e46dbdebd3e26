/*
 * signer_proto.c - the messages of signer_proto.h as tables.
 *
 * Linked into s3jitd and s3jit-signer only.  What a lease needs is never
 * optional: without scope list, person, request and deadline it is refused
 * before anybody looks at it (W7).  Empty account and KMS lists are lists.
 */
#include "config.h"

#include "s3jit/signer_proto.h"
#include "table.h"

#define TABLE(id) \
	const struct table id##_table = { #id, sizeof(struct id), id##_fields }

static const struct field sq_lease_fields[] = {
	INT(struct sq_lease, n),
	STR(struct sq_lease, lease, MAX_ID),
	STR(struct sq_lease, kind, MAX_ID),
	STR(struct sq_lease, session_name, MAX_ID),
	STR(struct sq_lease, role, MAX_ARN),
	STRV(struct sq_lease, scope, MAX_RULE_SCOPE),
	STRV(struct sq_lease, kms, MAX_PAIRS),
	INT(struct sq_lease, until),
	STR(struct sq_lease, person, MAX_NAME),
	STR(struct sq_lease, request, MAX_NAME),
	END
};
TABLE(sq_lease);

static const struct field sq_leased_fields[] = {
	INT(struct sq_leased, n),
	STR(struct sq_leased, lease, MAX_ID),
	STR(struct sq_leased, access_key_id, MAX_NAME),
	STR(struct sq_leased, role_id, MAX_NAME),
	STR(struct sq_leased, sts_request_id, MAX_NAME),
	INT(struct sq_leased, expiration),
	INT(struct sq_leased, skew),
	END
};
TABLE(sq_leased);

static const struct field sq_sign_fields[] = {
	INT(struct sq_sign, n),
	STR(struct sq_sign, lease, MAX_ID),
	STR(struct sq_sign, method, MAX_ID),
	STR(struct sq_sign, bucket, MAX_ID),
	STR(struct sq_sign, key, MAX_KEY),
	LIST(struct sq_sign, query, MAX_PAIRS, &name_value_table),
	LIST(struct sq_sign, headers, MAX_PAIRS, &name_value_table),
	STR(struct sq_sign, payload_sha256, 64),
	INT(struct sq_sign, length),
	END
};
TABLE(sq_sign);

static const struct field sq_signed_fields[] = {
	INT(struct sq_signed, n),
	STR(struct sq_signed, url, MAX_URL),
	LIST(struct sq_signed, headers, MAX_PAIRS, &name_value_table),
	END
};
TABLE(sq_signed);

static const struct field sq_hand_out_fields[] = {
	INT(struct sq_hand_out, n),
	STR(struct sq_hand_out, lease, MAX_ID),
	END
};
TABLE(sq_hand_out);

static const struct field sq_keys_fields[] = {
	INT(struct sq_keys, n),
	OBJ(struct sq_keys, credentials, &credentials_table),
	END
};
TABLE(sq_keys);

static const struct field sq_drop_fields[] = {
	INT(struct sq_drop, n),
	STR(struct sq_drop, lease, MAX_ID),
	BOOL(struct sq_drop, probe),
	END
};
TABLE(sq_drop);

static const struct field sq_done_fields[] = {
	INT(struct sq_done, n),
	END
};
TABLE(sq_done);

static const struct field sq_person_fields[] = {
	STR(struct sq_person, person, MAX_NAME),
	INT(struct sq_person, before),
	END
};
TABLE(sq_person);

static const struct field sq_revoke_fields[] = {
	INT(struct sq_revoke, n),
	STR(struct sq_revoke, role, MAX_ARN),
	STR(struct sq_revoke, host, MAX_NAME),
	STRV(struct sq_revoke, sessions, MAX_PAIRS),
	STRV(struct sq_revoke, requests, MAX_PAIRS),
	LIST(struct sq_revoke, people, MAX_PAIRS, &sq_person_table),
	END
};
TABLE(sq_revoke);

static const struct field sq_probe_fields[] = {
	INT(struct sq_probe, n),
	STR(struct sq_probe, lease, MAX_ID),
	END
};
TABLE(sq_probe);

static const struct field sq_probed_fields[] = {
	INT(struct sq_probed, n),
	BOOL(struct sq_probed, refused),
	END
};
TABLE(sq_probed);

static const struct field sq_health_fields[] = {
	INT(struct sq_health, n),
	END
};
TABLE(sq_health);

static const struct field sq_health_answer_fields[] = {
	INT(struct sq_health_answer, n),
	BOOL(struct sq_health_answer, ok),
	STR(struct sq_health_answer, text, MAX_TEXT),
	STR(struct sq_health_answer, region, MAX_NAME),
	INT(struct sq_health_answer, base_expires),
	END
};
TABLE(sq_health_answer);

static const struct field sq_error_fields[] = {
	INT(struct sq_error, n),
	STR(struct sq_error, code, MAX_ID),
	STR(struct sq_error, text, MAX_TEXT),
	STR(struct sq_error, aws_code, MAX_NAME),
	BOOL(struct sq_error, retry),
	END
};
TABLE(sq_error);

const struct table *const signer_tables[] = {
	&sq_lease_table, &sq_leased_table, &sq_sign_table, &sq_signed_table, &sq_hand_out_table,
	&sq_keys_table, &sq_drop_table, &sq_done_table, &sq_person_table,
	&sq_revoke_table, &sq_probe_table, &sq_probed_table, &sq_health_table,
	&sq_health_answer_table, &sq_error_table, NULL
};
