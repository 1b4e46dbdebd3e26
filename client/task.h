/*
 * task.h - one request from the question to its end: check, show, ask, wait,
 * claim, end.  What is done with the grant is the verb's own.
 */
#ifndef CLIENT_TASK_H
#define CLIENT_TASK_H

#include "app.h"
#include "s3jit/transfer_proto.h"

struct task {
	struct app *app;
	struct msg_ask ask;		/* the verb fills scope, delivery, argv, objects */
	struct msg_checked checked;
	struct msg_state state;
	struct msg_grant grant;
	char *reason_typed;		/* asked for on the terminal, not an option */
	int64_t ttl_typed;
	int64_t asked_at;		/* wall: not before this */
	bool withdrawn;
	/* ls: each name that transfer tells of, and what get.c needs to show it */
	void (*on_entry)(struct task *, const struct transfer_entry *);
	const void *reading;
};

void task_init(struct task *, struct app *, const char *delivery);
void task_clear(struct task *);

/* Add "verb s3://bucket/key" to what is asked for. */
int task_want(struct task *, const char *permission);
/* The command as evidence, and the working directory. */
int task_evidence(struct task *, const char *const *argv, size_t n);
/* The same for "s3-sudo put FILE... URI" as it was typed, without the options. */
int task_typed(struct task *, const char *verb, int argc, char **argv);

/* What would it need?  Show it; ask why and how long where that is open. */
int task_check(struct task *);
/*
 * Ask.  May not return: where re-authentication is wanted the whole command
 * runs again through s3-sudo.  With --no-wait 1: everything is said.
 */
int task_ask(struct task *);
/* Attach to what was asked before; "" = the only one. */
int task_resume(struct task *, const char *id);
/* Until it is approved (0) or has ended otherwise (-1, err says how). */
int task_wait(struct task *);
/* Take it up: from here the time runs. */
int task_claim(struct task *);
/* Take it back where it was not claimed yet. */
void task_withdraw(struct task *);
/* Our last word about the grant. */
void task_end(struct task *, bool done, int status);
/* After the broker was lost: connect and attach again.  -1 EBROKER: not yet. */
int task_reattach(struct task *);

/*
 * Turn what the broker says about an ended request into app->err: always -1.
 * `what` is the word of an event or of state.why.
 */
int task_ended(struct task *, const char *what, const char *by, const char *text);
/* Does this event end a grant that is being used?  Then app->err says how. */
bool task_event_ends(struct task *, const struct msg_event *);

/* "Approved by bob + dave", or by which rule it was allowed.  Caller frees. */
char *task_approved_by(const struct task *);
/* Wall time of the deadline as a point of clock_boot_ms(), by the broker's clock. */
int64_t task_deadline_ms(const struct task *);

/* The waiting line: "  0:41  bob is looking      Ctrl-C withdraws ...".  Pure. */
void wait_line(char *buf, size_t size, const struct ui *, int64_t seconds, const char *what);

#define S3_SUDO BINDIR "/s3-sudo"	/* the setuid helper */
/* Run the same command line again through it; returns -1 when that can't be. */
int reauth_again(struct app *, const char *reason, int64_t ttl);
/* Could re-authentication work here at all?  ENOTALLOWED and why not. */
int reauth_possible(struct s3jit_err *);
#define REAUTH_GUARD "S3JIT_REAUTH"	/* in the environment: was tried, do not loop */

#endif
