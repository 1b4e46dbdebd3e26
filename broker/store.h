/*
 * store.h - the record: sessions, requests, votes, grants, leases, audit.
 *
 * SQLite stands behind it in store_sqlite*.c and nowhere else.  WAL,
 * synchronous=FULL, files 0600 in a 0700 folder (B10), PRAGMA user_version with
 * one migration per number.  A call that changes something works inside
 * store_begin() ... store_commit(); what is not committed never happened.
 * Power is given only after store_commit() returned 0, and the audit row that
 * tells of it is in the same transaction (A1).
 *
 * Errors: ERECORD when the database cannot be read or written (full disk,
 * read-only, corrupt), ENOTFOUND, ECHANGED when a transition finds another
 * state or digest than it expects.  A change that failed with ERECORD spoils
 * its transaction: store_commit() then rolls back and returns -1.
 *
 * A request, a vote and a holder name their session's row, which must be on
 * record (a foreign key): a login that the disk would not take at the time is
 * inserted before it may ask, vote or claim.
 */
#ifndef BROKER_STORE_H
#define BROKER_STORE_H

#include "s3jit/request.h"

struct store;

/* Open or make DIR/s3jit.db; refuses a folder or file with a wrong owner or mode. */
int store_open(struct store **, const char *dir, struct s3jit_err *);
void store_close(struct store *);

int store_begin(struct store *, struct s3jit_err *);
int store_commit(struct store *, struct s3jit_err *);
void store_rollback(struct store *);	/* harmless without a transaction */
/* The number of the open transaction, never reused; 0 when none is open. */
int64_t store_transaction(const struct store *);
/* Free what a list of rows holds; the tables below say what a row is. */
void store_rows_clear(struct list *rows, const struct table *);

/* --- sessions ------------------------------------------------------- */
struct session_row {
	int64_t row;		/* set by insert */
	char *boot_id;
	int64_t sessionid, loginuid;
	char *user;		/* PAM_USER as told; evidence */
	char *service, *rhost, *tty;
	char *key_hash;		/* SHA-256 hex of the public key, or "" (ssh_key.h) */
	int64_t monitor_pid, monitor_start;	/* start time in clock ticks since boot */
	int64_t opened, ended;	/* wall; ended = 0 while it lives */
	char *why;		/* logout, adopted-dead, ... */
	int64_t reauth_at;	/* wall time of the last re-authentication, 0 = never */
};
extern const struct table session_row_table;	/* for codec_clear() */

int store_session_insert(struct store *, struct session_row *, struct s3jit_err *);
int store_session_end(struct store *, int64_t row, int64_t when, const char *why, struct s3jit_err *);
int store_session_reauth(struct store *, int64_t row, int64_t when, struct s3jit_err *);
/* The newest session with these three; ENOTFOUND. */
int store_session_find(struct store *, struct session_row *, const char *boot_id, int64_t loginuid,
    int64_t sessionid, struct s3jit_err *);
/* All not ended, of any boot; *rows is a list of session_row. */
int store_sessions_open(struct store *, struct list *rows, struct s3jit_err *);
/* Was this sessionid registered in this boot by anybody?  *used is true when it cannot be told. */
int store_session_id_used(struct store *, bool *used, const char *boot_id, int64_t sessionid,
    struct s3jit_err *);
/* Has this person ever logged in with that key?  *used is true when it cannot be told. */
int store_session_key_used(struct store *, bool *used, int64_t loginuid, const char *key_hash,
    struct s3jit_err *);
/* Highest sessionid registered in this boot, 0 if none. */
int store_session_highest(struct store *, int64_t *id, const char *boot_id, struct s3jit_err *);

/* --- requests and grants ------------------------------------------- */
/* Wide constants (Q17): no single bit turns one into another. */
enum req_state {
	REQ_PENDING  = 0x5a17c3e9,
	REQ_APPROVED = 0x2ce48d56,
	REQ_ACTIVE   = 0x93b27e1c,
	REQ_ENDED    = 0x6d0951a3
};
const char *req_state_name(enum req_state);	/* "pending", ...; "corrupt" for anything else */

struct request_row {
	char *id;		/* 32 letters */
	char *digest;		/* 64 hex */
	struct request *req;	/* decoded from the stored JSON */
	int64_t state;		/* enum req_state */
	char *why;		/* how it ended, or "" */
	char *by;		/* person who ended it or whose yes completed it, or "" */
	char *text;		/* their words, or "" */
	int64_t session;	/* session row that asked */
	int64_t holder;		/* session row that claimed it, 0 before */
	int64_t created, approved, claimed, deadline, ended;	/* wall, 0 = not yet */
	int64_t lapses;		/* wall: pending or approved end then */
	int64_t needed;		/* yes votes missing; informative: votes are counted anew */
	int64_t keys_until;	/* handed-out keys live at most until then; 0 = none out */
};
extern const struct table request_row_table;

int store_request_insert(struct store *, const struct request_row *, struct s3jit_err *);
/* By whole id.  Recomputes the digest of the stored text: ECHANGED if it is not `digest` (Q1). */
int store_request_get(struct store *, struct request_row *, const char *id, struct s3jit_err *);
/* Ids that begin with `prefix` (6-32 letters), newest first, at most 10; list of strings. */
int store_request_match(struct store *, struct strv *ids, const char *prefix, struct s3jit_err *);
/*
 * Rows in these states (0-terminated), oldest first; loginuid -1 = everybody's.
 * A row that was changed behind our back is left out: it has no power.
 */
int store_requests_in(struct store *, struct list *rows, const int64_t *states, int64_t loginuid,
    struct s3jit_err *);
/* Ids of those not ended that such a change was made to; for the alarm. */
int store_requests_changed(struct store *, struct strv *ids, struct s3jit_err *);
/* How many are pending or approved: of one person (-1 = all) (B8). */
int store_requests_waiting(struct store *, int64_t *n, int64_t loginuid, struct s3jit_err *);

/*
 * Move `id` from `from` to row->state and write row's why, by, text, holder,
 * approved, claimed, deadline, ended, lapses, needed, keys_until:
 * UPDATE ... WHERE id, digest and state are as expected; anything but one row
 * changed is ECHANGED (Q11).  from == row->state only updates the columns.
 * A step backwards and a deadline that moves later (B12) are ECHANGED, too.
 */
int store_request_move(struct store *, const struct request_row *, enum req_state from,
    struct s3jit_err *);

/* Who could do what when: one row per permission, [from, to). */
int store_permissions_open(struct store *, const char *id, int64_t loginuid,
    const struct strv *scope, int64_t from, int64_t to, struct s3jit_err *);
int store_permissions_end(struct store *, const char *id, int64_t when, const char *why,
    struct s3jit_err *);

/* --- votes ---------------------------------------------------------- */
enum vote_word { VOTE_YES = 0x36e5b29c, VOTE_NO = 0x491a4d63 };
struct vote_row {
	char *id; char *digest; int64_t loginuid; char *person; int64_t session;
	char *key_hash; int64_t vote; char *text; int64_t time;
};
extern const struct table vote_row_table;
/* EBUSY when this person has voted on this id already. */
int store_vote_insert(struct store *, const struct vote_row *, struct s3jit_err *);
int store_votes(struct store *, struct list *rows, const char *id, struct s3jit_err *);

/* --- leases: intent -> STS -> outcome -> only then used --------------- */
struct lease_row {
	char *lease; char *id;	/* request id; baseline: "" */
	char *kind; char *session_name; char *role;
	int64_t loginuid; int64_t intended; int64_t until;
	char *access_key_id; char *role_id; char *sts_request_id; /* outcome, "" before */
	int64_t expiration; int64_t outcome; /* wall of the outcome, 0 = none */
	char *error;		/* the outcome was this error, or "" */
};
extern const struct table lease_row_table;
int store_lease_intent(struct store *, const struct lease_row *, struct s3jit_err *);
int store_lease_outcome(struct store *, const struct lease_row *, struct s3jit_err *);
int store_leases(struct store *, struct list *rows, const char *id, struct s3jit_err *);
/* Intents without an outcome: for reconciliation at start-up. */
int store_leases_unfinished(struct store *, struct list *rows, struct s3jit_err *);

/* --- revocations: what AWS was told to refuse (revoke.h) ---------------- */
struct revocation_row {
	int64_t row;		/* set by insert; 0 = not on record yet */
	char *id;		/* the request; "" where it is about all that a person had */
	char *person;		/* then: who */
	char *role; char *role_id; /* "AROA...:s3jit-...", "" = never heard of: its tag names it */
	int64_t until;		/* its keys are over, so it may be removed */
	int64_t requested, taken, confirmed, removed;	/* wall, 0 = not yet */
};
extern const struct table revocation_row_table;
int store_revocation_insert(struct store *, struct revocation_row *, struct s3jit_err *);
/* Writes taken, confirmed, removed; ECHANGED once it is removed. */
int store_revocation_step(struct store *, const struct revocation_row *, struct s3jit_err *);
/* Those not removed yet. */
int store_revocations_open(struct store *, struct list *rows, struct s3jit_err *);
/*
 * Ended requests whose keys work beyond `now` and of which AWS was not told, as
 * rows to be inserted: s3jitd stopped between the end and telling.
 */
int store_revocations_missed(struct store *, struct list *rows, int64_t now, struct s3jit_err *);

/* --- audit ------------------------------------------------------------ */
struct audit_row {
	int64_t seq; char *prev; char *hash; char *record; int64_t wall; char *id; int64_t forwarded;
};
extern const struct table audit_row_table;
/* Append with the next seq and the chain hash (chain.h) over the last one. */
int store_audit_append(struct store *, struct audit_row *, struct s3jit_err *);
/* seq > after, at most limit; id "" = any; since <= wall < until, 0 = open. */
int store_audit_page(struct store *, struct list *rows, int64_t after, int64_t limit,
    const char *id, int64_t since, int64_t until, struct s3jit_err *);
/* First not forwarded ones, and the mark after forwarding them. */
int store_audit_unforwarded(struct store *, struct list *rows, int64_t limit, struct s3jit_err *);
int store_audit_mark_forwarded(struct store *, int64_t through_seq, struct s3jit_err *);

/* Accepted configuration texts, once by hash. */
int store_config_text(struct store *, const char *hash, const char *text, int64_t when,
    struct s3jit_err *);

#endif
