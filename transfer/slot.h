/*
 * slot.h - one of the at most eight lanes (W13): a job in it is signed, sent,
 * perhaps tried again with a new signature, and answered.
 */
#ifndef TRANSFER_SLOT_H
#define TRANSFER_SLOT_H

#include "transfer/channel.h"
#include "transfer/http.h"
#include "transfer/s3error.h"

#define SLOT_TRIES 4		/* the first one and three more */

enum slot_state { SLOT_IDLE, SLOT_SIGNING, SLOT_SENDING, SLOT_WAITING };

enum slot_event {
	SLOT_GOES_ON,		/* it will be tried again */
	SLOT_DONE,		/* 2xx: slot_answer() has it; then slot_free_up() */
	SLOT_FAILED		/* for good; failure says why, the slot is idle */
};

struct slot {
	int number;
	const char *what;	/* the operation's word for messages */
	struct channel *channel;
	struct http_call *call;
	enum slot_state state;
	struct job job;
	int tries;		/* begun so far */
	bool sent;		/* one of them came as far as S3's line */
	int64_t due;		/* SLOT_WAITING: until then, boot ms */
	unsigned owed;		/* signatures asked for and not yet answered */
	struct s3xml xml;	/* of the last answer */
};

int slot_init(struct slot *, int number, const char *what, struct channel *, struct http *,
    struct s3jit_err *);
void slot_clear(struct slot *);

/* Take over *job (zeroed) and ask for its signature.  -1: the client is gone. */
int slot_start(struct slot *, struct job *, struct s3jit_err *);
/* Cut whatever goes on in it. */
void slot_free_up(struct slot *);

/* A signature has come.  -1 with EPROTO when none was asked for. */
int slot_signed(struct slot *, const struct msg_signed *, enum slot_event *, struct failure *,
    struct s3jit_err *);
int slot_sign_error(struct slot *, const struct transfer_sign_error *, enum slot_event *,
    struct failure *, struct s3jit_err *);

/* Its request has ended. */
enum slot_event slot_ended(struct slot *, struct failure *);
/* What came, after SLOT_DONE and until slot_free_up(). */
void slot_answer(const struct slot *, struct answer *);

/* Try again if it waits and its time has come.  -1: the client is gone. */
int slot_wake(struct slot *, int64_t now, struct s3jit_err *);

#endif
