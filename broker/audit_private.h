/*
 * audit_private.h - what audit*.c share; nobody else includes this.
 */
#ifndef BROKER_AUDIT_PRIVATE_H
#define BROKER_AUDIT_PRIVATE_H

#include "audit.h"
#include "s3jit/guest.h"
#include "s3jit/request.h"

#define REFUSED_SLOTS 128

struct refused {		/* one (event, uid) within its minute */
	char event[32];		/* "" = free */
	int64_t uid;
	int64_t since_ms;
	int64_t n;
};

struct gap {			/* records that could not be written */
	int64_t count;
	int64_t from, to;	/* wall time of the first and the last of them */
};

/*
 * Written into somebody else's transaction: whether they stand is known when
 * that one is over, by looking whether the last of them is there.
 */
struct loose {
	int64_t transaction;	/* 0 = none */
	int64_t seq;
	char hash[DIGEST_HEX];
	int64_t tries;		/* records of audit_try() among them */
	int64_t gap;		/* how much of the gap the one among them tells of */
};

struct audit {
	struct store *store;
	char *host;
	char boot_id[GUEST_BOOT_ID];
	char *config_hash;
	struct gap gap;
	struct loose loose;
	struct refused refused[REFUSED_SLOTS];
	/* forwarding */
	const char *dev_log;	/* "/dev/log" */
	const char *journal;	/* "/run/systemd/journal/socket" */
	int log_fd;		/* connected datagram socket, -1 = not now */
	int64_t sent;		/* through this seq, 0 = ask the database */
	int64_t saved;		/* the database knows that much */
	int64_t saved_ms;
};

/* audit_record.c: one line of JSON; the pairs are those of audit_add().  NULL without memory. */
char *audit_record(const struct audit *, int64_t wall, const char *event, const char *id,
    const char *text, va_list);

/* audit_send.c */
struct sending {		/* what leaves this host about one record */
	int64_t seq;		/* 0 = it is not in the database */
	const char *hash;
	const char *record;
	int64_t wall;
};
/* 0 when syslog and journald, as far as they are there, have taken it. */
int audit_send(struct audit *, const struct sending *);

/* audit_refused.c: tell of minutes that are over. */
void audit_refused_tick(struct audit *);

#endif
