/*
 * proto.c - the messages of proto.h as tables.
 *
 * Linked into the broker and people's programs alike, so that both sides are
 * strict in the same way.  OPT_ marks what the header lets be "", 0 or NULL.
 */
#include "config.h"

#include "s3jit/proto.h"
#include "table.h"

#define TABLE(id, type, word) const struct table id##_table = { word, sizeof(type), id##_fields }

static const struct field hello_fields[] = {
	INT(struct msg_hello, version),
	STR(struct msg_hello, nonce, MAX_ID),
	STR(struct msg_hello, via, MAX_ID),
	END
};
TABLE(hello, struct msg_hello, "hello");

static const struct field greet_fields[] = {
	INT(struct msg_greet, version),
	STR(struct msg_greet, nonce, MAX_ID),
	STR(struct msg_greet, program, MAX_NAME),
	END
};
TABLE(greet, struct msg_greet, "greet");

static const struct field error_fields[] = {
	STR(struct msg_error, code, MAX_ID),
	STR(struct msg_error, text, MAX_TEXT),
	OPT_STR(struct msg_error, hint, MAX_TEXT),
	END
};
TABLE(error, struct msg_error, "error");

static const struct field ok_fields[] = {
	OPT_STR(struct msg_ok, text, MAX_TEXT),
	END
};
TABLE(ok, struct msg_ok, "ok");

static const struct field check_fields[] = {
	STRV(struct msg_check, scope, SCOPE_MAX),
	STR(struct msg_check, delivery, MAX_ID),
	OPT_STR(struct msg_check, parent, MAX_ID),
	END
};
TABLE(check, struct msg_check, "check");

static const struct field checked_fields[] = {
	STR(struct msg_checked, rule, MAX_NAME),
	STR(struct msg_checked, where, MAX_PATH),
	STRV(struct msg_checked, scope, SCOPE_MAX),
	STRV(struct msg_checked, quorum, MAX_QUORUM),
	STRV(struct msg_checked, approvers, MAX_PEOPLE),
	INT(struct msg_checked, max_ttl),
	INT(struct msg_checked, default_ttl),
	OPT_STR(struct msg_checked, reason, MAX_TEXT),
	BOOL(struct msg_checked, reason_required),
	BOOL(struct msg_checked, reauth),
	STR(struct msg_checked, delivery, MAX_ID),
	STR(struct msg_checked, host, MAX_NAME),
	END
};
TABLE(checked, struct msg_checked, "checked");

static const struct field rules_fields[] = { END };
TABLE(rules, struct msg_rules, "rules");

static const struct field rule_line_fields[] = {
	STRV(struct rule_line, scope, MAX_RULE_SCOPE),
	STRV(struct rule_line, quorum, MAX_QUORUM),
	STRV(struct rule_line, approvers, MAX_PEOPLE),
	INT(struct rule_line, max_ttl),
	BOOL(struct rule_line, reauth),
	BOOL(struct rule_line, automatic),
	STR(struct rule_line, rule, MAX_NAME),
	END
};
TABLE(rule_line, struct rule_line, "rule_line");

static const struct field rules_answer_fields[] = {
	STRV(struct msg_rules_answer, read, MAX_RULE_SCOPE),
	LIST(struct msg_rules_answer, ask, MAX_RULES, &rule_line_table),
	END
};
TABLE(rules_answer, struct msg_rules_answer, "rules_answer");

static const struct field ask_fields[] = {
	STRV(struct msg_ask, scope, SCOPE_MAX),
	STR(struct msg_ask, delivery, MAX_ID),
	STRV(struct msg_ask, argv, MAX_ARGV),
	STR(struct msg_ask, cwd, MAX_PATH),
	STR(struct msg_ask, reason, MAX_TEXT),
	OPT_INT(struct msg_ask, ttl),
	LIST(struct msg_ask, objects, MAX_OBJECTS, &object_table),
	BOOL(struct msg_ask, detach),
	OPT_STR(struct msg_ask, parent, MAX_ID),
	END
};
TABLE(ask, struct msg_ask, "ask");

static const struct field resume_fields[] = {
	OPT_STR(struct msg_resume, id, MAX_ID),
	END
};
TABLE(resume, struct msg_resume, "resume");

static const struct field state_fields[] = {
	STR(struct msg_state, id, MAX_ID),
	STR(struct msg_state, digest, 64),
	STR(struct msg_state, state, MAX_ID),
	OPT_STR(struct msg_state, why, MAX_ID),
	OPT_STR(struct msg_state, by, MAX_NAME),
	OPT_STR(struct msg_state, text, MAX_TEXT),
	STRV(struct msg_state, votes, MAX_PEOPLE),
	STRV(struct msg_state, quorum, MAX_QUORUM),
	STRV(struct msg_state, approvers, MAX_PEOPLE),
	INT(struct msg_state, needed),
	INT(struct msg_state, ttl),
	OPT_INT(struct msg_state, deadline),
	INT(struct msg_state, now),
	INT(struct msg_state, lapses),
	STR(struct msg_state, rule, MAX_NAME),
	STR(struct msg_state, delivery, MAX_ID),
	STR(struct msg_state, host, MAX_NAME),
	STRV(struct msg_state, scope, SCOPE_MAX),
	STRV(struct msg_state, argv, MAX_ARGV),
	LIST(struct msg_state, objects, MAX_OBJECTS, &object_table),
	STR(struct msg_state, cwd, MAX_PATH),
	OPT_STR(struct msg_state, ca_file, MAX_PATH),
	OPT_STR(struct msg_state, https_proxy, MAX_PATH),
	END
};
TABLE(state, struct msg_state, "state");

static const struct field event_fields[] = {
	STR(struct msg_event, id, MAX_ID),
	STR(struct msg_event, what, MAX_ID),
	STR(struct msg_event, by, MAX_NAME),
	STR(struct msg_event, text, MAX_TEXT),
	INT(struct msg_event, needed),
	END
};
TABLE(event, struct msg_event, "event");

static const struct field withdraw_fields[] = {
	STR(struct msg_withdraw, id, MAX_ID),
	END
};
TABLE(withdraw, struct msg_withdraw, "withdraw");

static const struct field claim_fields[] = {
	STR(struct msg_claim, id, MAX_ID),
	END
};
TABLE(claim, struct msg_claim, "claim");

static const struct field credentials_fields[] = {
	STR(struct msg_credentials, access_key_id, MAX_NAME),
	SECRET(struct msg_credentials, secret_access_key, MAX_NAME),
	SECRET(struct msg_credentials, session_token, MAX_SECRET),
	INT(struct msg_credentials, expiration),
	END
};
TABLE(credentials, struct msg_credentials, "credentials");

static const struct field grant_fields[] = {
	STR(struct msg_grant, id, MAX_ID),
	INT(struct msg_grant, deadline),
	INT(struct msg_grant, now),
	STR(struct msg_grant, delivery, MAX_ID),
	STR(struct msg_grant, region, MAX_NAME),
	STR(struct msg_grant, endpoint, MAX_ARN),
	BOOL(struct msg_grant, path_style),
	STR(struct msg_grant, ca_file, MAX_PATH),
	OPT_STR(struct msg_grant, https_proxy, MAX_PATH),
	OPT_OBJ(struct msg_grant, credentials, &credentials_table),
	END
};
TABLE(grant, struct msg_grant, "grant");

/* The session token travels as a header's value: all values are wiped. */
static const struct field name_value_fields[] = {
	STR(struct name_value, name, MAX_NAME),
	SECRET(struct name_value, value, MAX_SECRET),
	END
};
TABLE(name_value, struct name_value, "name_value");

static const struct field sign_fields[] = {
	STR(struct msg_sign, id, MAX_ID),
	INT(struct msg_sign, slot),
	STR(struct msg_sign, method, MAX_ID),
	STR(struct msg_sign, bucket, MAX_ID),
	STR(struct msg_sign, key, MAX_KEY),
	LIST(struct msg_sign, query, MAX_PAIRS, &name_value_table),
	LIST(struct msg_sign, headers, MAX_PAIRS, &name_value_table),
	STR(struct msg_sign, payload_sha256, 64),
	INT(struct msg_sign, length),
	OPT_STRV(struct msg_sign, etags, MAX_PARTS),
	END
};
TABLE(sign, struct msg_sign, "sign");

static const struct field signed_fields[] = {
	INT(struct msg_signed, slot),
	STR(struct msg_signed, url, MAX_URL),
	LIST(struct msg_signed, headers, MAX_PAIRS, &name_value_table),
	END
};
TABLE(signed, struct msg_signed, "signed");

static const struct field end_fields[] = {
	STR(struct msg_end, id, MAX_ID),
	STR(struct msg_end, outcome, MAX_ID),
	INT(struct msg_end, status),
	END
};
TABLE(end, struct msg_end, "end");

static const struct field status_fields[] = { END };
TABLE(status, struct msg_status, "status");

static const struct field summary_fields[] = {
	STR(struct summary, id, MAX_ID),
	STR(struct summary, state, MAX_ID),
	STR(struct summary, person, MAX_NAME),
	STR(struct summary, delivery, MAX_ID),
	STRV(struct summary, scope, SCOPE_MAX),
	STR(struct summary, reason, MAX_TEXT),
	INT(struct summary, ttl),
	OPT_INT(struct summary, deadline),
	INT(struct summary, created),
	INT(struct summary, now),
	INT(struct summary, needed),
	BOOL(struct summary, here),
	OPT_STR(struct summary, why, MAX_ID),
	END
};
TABLE(summary, struct summary, "summary");

static const struct field status_answer_fields[] = {
	LIST(struct msg_status_answer, requests, MAX_REQUESTS, &summary_table),
	END
};
TABLE(status_answer, struct msg_status_answer, "status_answer");

static const struct field close_fields[] = {
	OPT_STR(struct msg_close, id, MAX_ID),
	END
};
TABLE(close, struct msg_close, "close");

static const struct field closed_fields[] = {
	STR(struct msg_closed, id, MAX_ID),
	STR(struct msg_closed, person, MAX_NAME),
	OPT_INT(struct msg_closed, keys_until),
	OPT_STR(struct msg_closed, aws, MAX_ID),
	END
};
TABLE(closed, struct msg_closed, "closed");

static const struct field list_fields[] = { END };
TABLE(list, struct msg_list, "list");

static const struct field list_answer_fields[] = {
	LIST(struct msg_list_answer, requests, MAX_REQUESTS, &summary_table),
	END
};
TABLE(list_answer, struct msg_list_answer, "list_answer");

static const struct field show_fields[] = {
	STR(struct msg_show, id, MAX_ID),
	END
};
TABLE(show, struct msg_show, "show");

static const struct field shown_fields[] = {
	OBJ(struct msg_shown, request, &request_table),
	STR(struct msg_shown, state, MAX_ID),
	OPT_STR(struct msg_shown, why, MAX_ID),
	OPT_STR(struct msg_shown, by, MAX_NAME),
	OPT_STR(struct msg_shown, text, MAX_TEXT),
	INT(struct msg_shown, now),
	INT(struct msg_shown, waits),
	INT(struct msg_shown, needed),
	STRV(struct msg_shown, votes, MAX_PEOPLE),
	OPT_INT(struct msg_shown, deadline),
	STR(struct msg_shown, rule_text, MAX_TEXT),
	BOOL(struct msg_shown, may_vote),
	OPT_STR(struct msg_shown, may_not, MAX_TEXT),
	OPT_INT(struct msg_shown, parent_begun),
	OPT_INT(struct msg_shown, parent_ends),
	END
};
TABLE(shown, struct msg_shown, "shown");

static const struct field vote_fields[] = {
	STR(struct msg_vote, id, MAX_ID),
	STR(struct msg_vote, digest, 64),
	BOOL(struct msg_vote, yes),
	STR(struct msg_vote, why, MAX_TEXT),
	END
};
TABLE(vote, struct msg_vote, "vote");

static const struct field revoke_fields[] = {
	OPT_STR(struct msg_revoke, id, MAX_ID),
	OPT_STR(struct msg_revoke, person, MAX_NAME),
	BOOL(struct msg_revoke, everything),
	STR(struct msg_revoke, why, MAX_TEXT),
	END
};
TABLE(revoke, struct msg_revoke, "revoke");

static const struct field revoked_fields[] = {
	LIST(struct msg_revoked, ended, MAX_REQUESTS, &closed_table),
	INT(struct msg_revoked, count),
	INT(struct msg_revoked, left),
	END
};
TABLE(revoked, struct msg_revoked, "revoked");

static const struct field get_credentials_fields[] = {
	STR(struct msg_get_credentials, profile, MAX_ID),
	END
};
TABLE(get_credentials, struct msg_get_credentials, "get_credentials");

static const struct field log_fields[] = {
	INT(struct msg_log, after),
	INT(struct msg_log, limit),
	OPT_STR(struct msg_log, request, MAX_ID),
	OPT_INT(struct msg_log, since),
	OPT_INT(struct msg_log, until),
	END
};
TABLE(log, struct msg_log, "log");

static const struct field log_record_fields[] = {
	INT(struct log_record, seq),
	STR(struct log_record, prev, 64),
	STR(struct log_record, hash, 64),
	STR(struct log_record, record, CODEC_STR_MAX),
	END
};
TABLE(log_record, struct log_record, "log_record");

static const struct field log_answer_fields[] = {
	LIST(struct msg_log_answer, records, MAX_RECORDS, &log_record_table),
	BOOL(struct msg_log_answer, more),
	END
};
TABLE(log_answer, struct msg_log_answer, "log_answer");

static const struct field want_reauth_fields[] = { END };
TABLE(want_reauth, struct msg_want_reauth, "want_reauth");

const struct table *const proto_tables[] = {
	&hello_table, &greet_table, &error_table, &ok_table, &check_table, &checked_table,
	&rules_table, &rule_line_table, &rules_answer_table, &ask_table, &resume_table,
	&state_table, &event_table, &withdraw_table, &claim_table, &grant_table,
	&credentials_table, &name_value_table, &sign_table, &signed_table, &end_table,
	&status_table, &summary_table, &status_answer_table, &close_table, &closed_table,
	&list_table, &list_answer_table, &show_table, &shown_table, &vote_table, &revoke_table, &revoked_table,
	&get_credentials_table, &log_table, &log_record_table, &log_answer_table,
	&want_reauth_table, NULL
};
