/*
 * session.h - logins, registered by pam_s3jit as root, stored, alive while
 * their sshd monitor is (DESIGN 2).
 */
#ifndef BROKER_SESSION_H
#define BROKER_SESSION_H

#include <event2/event.h>

#include "s3jit/guest.h"
#include "store.h"

struct broker;
struct conn;

struct session {
	struct session_row row;		/* row.ended != 0 once it is over */
	int pidfd;			/* of the monitor; -1 once over */
	struct event *dead;		/* fires when the monitor is gone */
	struct conn *login;		/* the connection pam_s3jit keeps; NULL after a broker restart */
	int64_t reauth_wanted_ms;	/* boot clock until which FACTS is answered REAUTH */
	bool owed;			/* the record lacks its beginning or end: tried again */
	struct broker *b;
	struct session *next;
};

struct sessions;

/* Adopts the stored ones that still match (B15) and ends the others through session_end(). */
int sessions_new(struct sessions **, struct broker *, struct s3jit_err *);
void sessions_free(struct sessions *);

/*
 * REGISTER arrived on `login` from root process `pid` (pidfd given, ours
 * now).  Refuses: not uid 0, another boot, loginuid unset or not uid, a
 * session id known in this boot or more than 2^20 below the highest (B15).
 * The login itself never waits for the disk: with ERECORD the session lives
 * in memory only and a gap record follows (A1).
 */
int session_register(struct sessions *, const struct guest_register *, struct conn *login,
    pid_t pid, int pidfd, struct s3jit_err *);

/* Over: row, audit, grants (queue_session_ended), connections.  Idempotent. */
void session_end(struct sessions *, struct session *, const char *why);

/* Once a second: what the record lacks is written, old ended ones are forgotten. */
void sessions_tick(struct sessions *);

/* By the kernel's pair, live or ended in this boot; NULL if never registered. */
struct session *session_find(struct sessions *, uint32_t loginuid, uint32_t sessionid);
struct session *session_by_row(struct sessions *, int64_t row);
/* Is there one of these ids in memory?  Never asks the disk. */
bool session_known(const struct sessions *, uint32_t loginuid, uint32_t sessionid);
/* How many live ones a person has. */
size_t session_count(const struct sessions *, uint32_t loginuid);
/* Newest live session of a person, or NULL. */
struct session *session_live_of(struct sessions *, uint32_t loginuid);
/* All, live and ended, newest first; NULL-terminated through ->next. */
struct session *session_first(struct sessions *);
bool session_is_live(const struct session *);

/* "ssh from 10.2.0.9", for requests and screens; caller frees. */
char *session_origin(const struct session *);

#endif
