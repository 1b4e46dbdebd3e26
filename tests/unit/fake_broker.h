/*
 * fake_broker.h - the real store, audit, rules, queue and handlers, with people,
 * logins, connections, signer and clocks that a test makes up.
 *
 * What stands in for broker/server, conn, session, resolver and signer_link is
 * in fake_broker.c; nothing of the state machine is.
 */
#ifndef TESTS_FAKE_BROKER_H
#define TESTS_FAKE_BROKER_H

#include "broker/handlers.h"

#define UID_ALICE 1001
#define UID_BOB 1002
#define UID_CAROL 1003
#define UID_DAVE 1004
#define UID_CROWD 5000		/* and CROWD - 1 more, who are in no group */
#define CROWD 50
#define GID_ANALYSTS 2001
#define GID_LEADS 2002
#define GID_OPS 2003

struct fake_conn {
	struct conn conn;		/* first: a struct conn * is a struct fake_conn * */
	const struct table *table;	/* of the last answer; NULL = it was an error, or none yet */
	void *answer;			/* its copy */
	struct s3jit_err err;		/* the last error, if that came last */
	char event[16];			/* what of the last event */
	int answers;
};

struct fake_signer {
	bool fails;			/* STS says no */
	bool refuses;			/* it knows the lease, and gives nothing for it */
	bool sts_down;			/* no lease comes; those that are there go on */
	bool hangs;			/* questions are kept until fake_signer_run() */
	int lost;			/* so many leases die with the signer that was asked */
	int leases, signs, hand_outs, drops;
	int baselines;			/* of the leases */
	int64_t last_until;		/* of a grant's lease */
	int revokes, probes;
	bool iam_fails;			/* IAM does not take what is to be refused */
	bool slow;			/* AWS has it, and does not follow yet */
	bool probes_hang;		/* probes are kept, and nothing else */
	bool blind;			/* S3 refuses each probe, whatever it is */
	struct sq_revoke denied;	/* what the one role refuses, as it was last told */
	char last_lease[128];
	char last_kms[128];		/* the first key named for it, "" = none */
	void (*on_lease)(const char *request);	/* called when STS would be asked, "" = baseline */
};

struct fake_terminal {			/* what was last said on one, and how often anything was */
	uint32_t tty_nr;
	uid_t owner;
	char text[600];
	int lines;
};

struct fake {
	struct broker b;
	bool peers_gone;		/* whoever is looked at has ended */
	bool denies;			/* aws { revocation = "deny" }; before fake_restart() */
	struct fake_signer signer;
	struct fake_terminal terminal;
	int64_t wall, boot_ms;
	char dir[64];
};

extern struct fake fake;

/* A fresh broker over an empty store in a new folder. */
void fake_start(void);
/* Forget all memory and begin again over the same store, as after kill -9. */
void fake_restart(void);
void fake_stop(void);

/* A live login of uid with that key; NULL key = none. */
struct session *fake_login(uint32_t uid, uint32_t sessionid, const char *key);
void fake_logout(struct session *);
/* It stays in the store and is no longer in memory; frees it. */
void fake_forget_login(struct session *);
struct fake_conn *fake_connect(struct session *);
void fake_disconnect(struct fake_conn *);
/* Somebody joins or leaves a group. */
void fake_person_groups(uint32_t uid, gid_t one, gid_t two);
/* From now on the name service says that there is no such account; or again that there is. */
void fake_person_gone(uint32_t uid, bool gone);
/* The rules file has been read again, and each rule's hash is 64 of that character. */
void fake_rules_hash(char c);
/* From now on nothing is known of this one person but what was known before. */
void fake_name_service_hangs(uint32_t uid, bool hangs);

/* Run a handler as dispatch would; 0 = answered (or will be), else err's code. */
enum s3jit_code fake_ask(struct fake_conn *, handler_run *, const void *msg);
/* Answer what the signer was asked meanwhile. */
void fake_signer_run(void);
/* Both clocks go on, and nobody has seen it yet. */
void fake_clocks(int64_t seconds);
/* The same, and one tick. */
void fake_pass(int64_t seconds);

/* alice asks for one 10-byte put under rule "report uploads"; the id in `id`. */
enum s3jit_code fake_ask_put(struct fake_conn *, const char *key, char id[REQUEST_ID],
    char digest[DIGEST_HEX]);
/* The same in parts, at most 4, of ten bytes each. */
enum s3jit_code fake_ask_parts(struct fake_conn *, const char *key, size_t n, char id[REQUEST_ID],
    char digest[DIGEST_HEX]);
enum s3jit_code fake_ask_delivery(struct fake_conn *, const char *delivery, const char *permission,
    int64_t ttl, char id[REQUEST_ID], char digest[DIGEST_HEX]);
/* More time for `parent`, which open has opened. */
enum s3jit_code fake_ask_more(struct fake_conn *, const char *permission, int64_t ttl,
    const char *parent, char id[REQUEST_ID], char digest[DIGEST_HEX]);
enum s3jit_code fake_vote(struct fake_conn *, const char *id, const char *digest, bool yes);
enum s3jit_code fake_claim(struct fake_conn *, const char *id);
/* Asked, signed off by `voter` and taken up; the test fails where that is not so. */
void fake_grant(struct fake_conn *, struct fake_conn *voter, const char *delivery,
    const char *permission, int64_t ttl, char id[REQUEST_ID]);
enum s3jit_code fake_sign(struct fake_conn *, const char *id, const char *key, const char *sha256);
/* The state word of a request as the store has it: "pending", ...; "" = none. */
const char *fake_state(const char *id);

/* SHA-256 of "0123456789". */
#define FAKE_SHA256 "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"

#endif
