/*
 * queue.h - the state machine of requests and grants.
 *
 *	pending -> approved -> active -> ended
 *
 * The store is the truth: each step reads the row anew, which recomputes its
 * digest (Q1), and moves it only from the state it was read in (Q11).  Here in
 * memory live what a row cannot hold: who is waiting, leases, ends that the
 * disk would not take.
 */
#ifndef BROKER_QUEUE_H
#define BROKER_QUEUE_H

#include "broker.h"
#include "lease.h"
#include "s3jit/proto.h"

#define WATCHERS_MAX 16
/* Who revoked what nobody in particular did. */
#define QUEUE_OURSELVES "s3jitd"

struct live {			/* a request that has not ended, as far as we attend it */
	char id[REQUEST_ID];
	uint32_t loginuid;	/* who asked */
	const struct rule *rule;	/* NULL: not in the rules file any more */
	uint64_t watchers[WATCHERS_MAX];	/* connections of its requester */
	uint64_t lookers[WATCHERS_MAX];		/* approvers that have it on screen */
	bool detached;		/* --no-wait: nobody is expected to attend */
	int64_t state;		/* enum req_state, as last written */
	int64_t session;	/* row of the session that claimed it, 0 before */
	char extends[REQUEST_ID];	/* the grant that it asks more time for, or "" */
	bool attended;		/* active: needs a connection ("open" grants need none) */
	int64_t due;		/* wall: it lapses or its deadline is reached */
	int64_t due_ms;		/* the same by the boot clock: never moves later (B12) */
	int64_t lost_ms;	/* boot clock: an active grant without a connection ends */
	uint32_t tty_nr;	/* where it was opened, 0 = nowhere we can write to */
	int64_t warn_ms;	/* boot clock: a line there that it ends soon; 0 = not, or said */
	struct lease_holder *holder;
	int64_t signatures;	/* given by this s3jitd */
	bool dead;		/* ended here although the database may not know */
	bool dead_noted;	/* the side file has it (ended.h) */
	char dead_why[16];
	char dead_by[64];
	char *dead_text;
	struct live *next, **prev;	/* in the order of asking */
	struct live *chain;		/* of its bucket */
};

/* B8: requests of one person in a minute; each leaves rows in the record for ever. */
#define QUEUE_PER_MINUTE 120

struct asker {			/* one person's requests in the present minute */
	uint32_t loginuid;
	int64_t since_ms;	/* boot clock */
	int asked;
	struct asker *next;
};

/* B8: ten thousand may wait; an id is random, so its first letters choose the bucket. */
#define LIVE_BUCKETS 4096

struct queue {
	struct asker *askers;
	struct live *live, **last;	/* the oldest first */
	struct live *by_id[LIVE_BUCKETS];
	struct lease_holder *holders;
	int64_t rights_ms;	/* boot clock: when rights are looked at again */
	bool rights_asked;	/* the name service is being asked about them */
	int64_t wall0, boot0;	/* clock guard: both clocks at one moment */
	bool clock_bad;
};

int queue_new(struct broker *, struct s3jit_err *);
void queue_free(struct broker *);
/* Once a second: lapse, expire, lost lines, clock guard. */
void queue_tick(struct broker *);
void queue_session_ended(struct broker *, struct session *, const char *why);
void queue_conn_closed(struct broker *, struct conn *);

/* Counts one more request of this person; EBUSY when a minute may not hold so many. */
int queue_not_too_fast(struct broker *, uint32_t loginuid, struct s3jit_err *);

/* End every grant: s3jitd stops for good. */
void queue_end_all(struct broker *, const char *text);

/* No power is given while the clock cannot be trusted. */
int queue_may_issue(struct broker *, struct s3jit_err *);

/* Ends that were noted in /run/s3jit/ended by an earlier broker (B15); `all`: every grant. */
void queue_apply_ended(struct broker *, const struct strv *ids, bool all);

/*
 * Memory's part of a request, made when missing and brought in line with the
 * row (state, holder, due times).  NULL only without memory.
 */
struct live *queue_attend(struct broker *, const struct request_row *);
struct live *queue_find_live(struct broker *, const char *id);
/* Is it what that session (a row) has open, as `open` and `env` leave it? */
bool queue_open_in(const struct live *, int64_t session);
/* Has it lapsed or reached its deadline, though no tick has ended it yet? */
bool queue_is_due(const struct live *);
void queue_watch(struct live *, struct conn *);
void queue_look(struct live *, struct conn *);

/*
 * The row that a typed id (6 to 32 letters) names among those `may` lets this
 * peer see.  ENOTFOUND, EAMBIGUOUS (both named), EENDED words are the caller's.
 */
int queue_read(struct conn *, struct request_row *, const char *typed,
    bool (*may)(struct conn *, const struct request_row *), struct s3jit_err *);

/* Has it ended, in the row or here?  Then err says how, as its requester hears it. */
int queue_alive(struct broker *, const struct request_row *, struct s3jit_err *);

/*
 * End it: never waits for the record (DESIGN 1.4).  `why` is done, expired,
 * revoked, logout, denied, withdrawn or lapsed; `what` names the event that
 * those who watch are sent.  Afterwards no signature and no lease is given.
 */
void queue_end(struct broker *, struct request_row *, const char *why, const char *by,
    const char *text);

/* Its parts, for who ends one within a transaction of its own: the row, and its record. */
int queue_end_fill(struct request_row *, const char *why, const char *by, const char *text);
int queue_record_end(struct broker *, struct request_row *, enum req_state from,
    struct s3jit_err *);

/* Tell the requester's connections; `except` (may be NULL) is left out. */
void queue_tell(struct broker *, const char *id, const char *what, const char *by,
    const char *text, int64_t needed, const struct conn *except);
/* The same to the approvers that have it on screen. */
void queue_tell_lookers(struct broker *, const char *id, const char *what, const char *by,
    const char *text, int64_t needed, const struct conn *except);

#endif
