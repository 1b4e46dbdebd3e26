/*
 * proto.h - the messages between people's programs and the broker.
 * INTERFACES.md says who sends what when; a test holds it against the tables.
 *
 * One frame = one JSON object {"type": ..., ...}.  On user.sock the broker
 * speaks first: hello.  The peer answers greet, with SCM_CREDENTIALS.  On
 * root.sock hello follows the helper's GO and says via = "helper".
 * Then the peer asks, one message at a time, and the broker answers each with
 * exactly one answer or error; "event" may come in between at any time after
 * an ask, resume, claim or show.
 */
#ifndef S3JIT_PROTO_H
#define S3JIT_PROTO_H

#include "codec.h"
#include "request.h"

/* broker -> peer, first */
struct msg_hello { int64_t version; char *nonce; char *via; /* "user", "helper" */ };
/* peer -> broker, first */
struct msg_greet { int64_t version; char *nonce; char *program; };

/* any answer may be this instead */
struct msg_error {
	char *code;		/* s3jit_code_word() */
	char *text;		/* a sentence; contains untrusted text: escape it */
	char *hint;		/* what to do next, or "" */
};
struct msg_ok { char *text; };	/* done; text is a sentence or "" */

/* What may I ask, and what would it need?  -> checked */
struct msg_check { struct strv scope; char *delivery; char *parent; /* to be extended, or "" */ };
struct msg_checked {
	char *rule;		/* title */
	char *where;		/* "/etc/s3jit/s3jit.conf:14" */
	struct strv scope;	/* canonical */
	struct strv quorum;	/* "1 of group:leads"; empty = nobody needs to sign off */
	struct strv approvers;	/* who may vote and is logged in now (not the asker) */
	int64_t max_ttl, default_ttl;
	char *reason;		/* regular expression the reason must match, or "" */
	bool reason_required;
	bool reauth;		/* the requester must re-authenticate */
	char *delivery;
	char *host;		/* host-name, for the line to paste */
};
/* -> rules_answer */
struct msg_rules { };
struct rule_line {
	struct strv scope; struct strv quorum; struct strv approvers;
	int64_t max_ttl; bool reauth; bool automatic; char *rule;
};
struct msg_rules_answer { struct strv read; struct list ask; /* of rule_line */ };

/* -> state.  The broker adds person, host, rule, nonce, time. */
struct msg_ask {
	struct strv scope; char *delivery; struct strv argv; char *cwd;
	char *reason; int64_t ttl; /* 0 = the rule's default */
	struct list objects; bool detach; /* --no-wait */
	char *parent;		/* a grant of this login that is to go on for ttl more, or "" */
};
/* Attach to an own pending, approved or (open) active request; "" = the only one.  -> state */
struct msg_resume { char *id; };
struct msg_state {
	char *id;		/* 32 letters */
	char *digest;
	char *state;		/* pending approved active ended */
	char *why;		/* how it ended: done expired revoked logout denied withdrawn lapsed, or "" */
	char *by;		/* who ended or approved it last, or "" */
	char *text;		/* their words, or "" */
	struct strv votes;	/* persons who said yes */
	struct strv quorum; struct strv approvers;
	int64_t needed;		/* yes votes still missing */
	int64_t ttl; int64_t deadline; /* 0 before the claim */
	int64_t now;		/* broker's wall clock */
	int64_t lapses;		/* when it lapses if nothing happens */
	char *rule; char *delivery; char *host; struct strv scope; struct strv argv;
	struct list objects;	/* of object: what the transfer must send (resume) */
	char *cwd;
	char *ca_file, *https_proxy; /* as in grant: for who goes on after a lost answer */
};
/* broker -> peer, unasked */
struct msg_event {
	char *id;
	char *what;		/* looking, yes, approved, denied, lapsed, withdrawn, revoked,
				   closed, expired, logout, claimed, done */
	char *by; char *text;
	int64_t needed;
};
/* requester -> ok */
struct msg_withdraw { char *id; };
/* requester, once per approval -> grant */
struct msg_claim { char *id; };
struct msg_credentials {	/* also the answer to get_credentials */
	char *access_key_id; char *secret_access_key; char *session_token;
	int64_t expiration;	/* wall; min(STS, deadline) */
};
struct msg_grant {
	char *id; int64_t deadline; int64_t now; char *delivery;
	char *region; char *endpoint; /* https URL without bucket */ bool path_style; char *ca_file;
	char *https_proxy;	/* http://HOST:PORT, or "" */
	struct msg_credentials *credentials; /* where delivery_handed() (request.h) */
};
/* transfer's wish, relayed by the client -> signed */
struct name_value { char *name; char *value; };
struct msg_sign {
	char *id;
	int64_t slot;		/* 0-7; a new sign for a slot ends the old one's (W13) */
	char *method;		/* PUT POST DELETE GET HEAD */
	char *bucket; char *key;
	struct list query;	/* of name_value, decoded */
	struct list headers;	/* of name_value, lower-case names; what is not listed is not sent */
	char *payload_sha256;	/* hex; of no bytes for an empty body */
	int64_t length;
	struct strv etags;	/* of the parts, where the body completes an upload (multipart.h) */
};
struct msg_signed {
	int64_t slot; char *url;
	struct list headers;	/* all headers to send, Authorization and token included; secret */
};
/* the client's last word about a grant -> ok */
struct msg_end { char *id; char *outcome; /* done, failed */ int64_t status; /* exit status */ };
/* -> status_answer: own live requests and grants */
struct msg_status { };
struct summary {
	char *id; char *state; char *person; char *delivery; struct strv scope;
	char *reason; int64_t ttl; int64_t deadline; int64_t created; int64_t now;
	int64_t needed; bool here; /* asked or claimed in this session */
	char *why;
};
struct msg_status_answer { struct list requests; };
/* end the session's open grant (or ID) -> closed */
struct msg_close { char *id; };
struct msg_closed {
	char *id; char *person;
	int64_t keys_until;	/* 0: no keys are out */
	char *aws;		/* of keys that are: "" they work until then | requested taken confirmed (revoke.h) */
};

/* approver: what waits for me -> list_answer */
struct msg_list { };
struct msg_list_answer { struct list requests; /* of summary */ };
/* approver or requester: everything -> shown; an approver's show tells the asker "looking" */
struct msg_show { char *id; };
struct msg_shown {
	struct request *request;	/* the approver hashes exactly this */
	char *state; char *why; char *by; char *text;
	int64_t now; int64_t waits; int64_t needed; struct strv votes;
	int64_t deadline;
	char *rule_text;	/* "report uploads": 1 of group:leads, at most 30m */
	bool may_vote; char *may_not; /* why not: a sentence */
	int64_t parent_begun, parent_ends; /* of the grant that this extends, or 0 */
};
/* approver -> state */
struct msg_vote { char *id; char *digest; bool yes; char *why; };
/* who may approve under its rule, or who asked -> revoked; one of id, person, everything */
struct msg_revoke { char *id; char *person; bool everything; char *why; };
struct msg_revoked {
	struct list ended;	/* of closed; the first few hundred */
	int64_t count;		/* how many in all */
	int64_t left;		/* others, which the asker may not revoke */
};

/* s3jit-credentials: "default" or "s3-write" -> credentials */
struct msg_get_credentials { char *profile; };

/* auditors -> log_answer, pages of at most 500 */
struct msg_log { int64_t after; int64_t limit; char *request; int64_t since; int64_t until; };
struct log_record { int64_t seq; char *prev; char *hash; char *record; /* JSON text, ASCII */ };
struct msg_log_answer { struct list records; bool more; };

/* s3-sudo reauth: marks the session so that FACTS is answered REAUTH -> ok */
struct msg_want_reauth { };

extern const struct table hello_table, greet_table, error_table, ok_table,
    check_table, checked_table, rules_table, rule_line_table, rules_answer_table,
    ask_table, resume_table, state_table, event_table, withdraw_table,
    claim_table, grant_table, credentials_table, name_value_table,
    sign_table, signed_table, end_table, status_table, summary_table,
    status_answer_table, close_table, closed_table, list_table,
    list_answer_table, show_table, shown_table, vote_table, revoke_table, revoked_table,
    get_credentials_table, log_table, log_record_table, log_answer_table,
    want_reauth_table;

/* All tables above, NULL-terminated: for the test that reads INTERFACES.md. */
extern const struct table *const proto_tables[];

#endif
