/*
 * fake_broker.h - a root.sock for the tests of the PAM module and the helper:
 * a child process that answers as it is told and writes down what it saw.
 */
#ifndef S3JIT_TESTS_FAKE_BROKER_H
#define S3JIT_TESTS_FAKE_BROKER_H

#include <stdint.h>
#include <sys/types.h>

enum fake_mode {
	FAKE_GO,		/* yes to everything; after FACTS one more frame: "hello" */
	FAKE_REFUSE,		/* no to everything */
	FAKE_REAUTH,		/* FACTS: REAUTH, then the verdict's own answer */
	FAKE_HANG,		/* takes connections and says nothing */
	FAKE_FROZEN,		/* takes no connection; its backlog is full */
	FAKE_DRIP,		/* one byte of a long answer every 100 ms */
	FAKE_GARBAGE,		/* a frame that is no answer */
	FAKE_WRONG_WORD,	/* REAUTH where it makes no sense, GO to a wrong verdict */
	FAKE_HANGUP		/* hangs up as soon as it heard something */
};

#define FAKE_REFUSAL	"not \033[31mtoday"	/* what FAKE_REFUSE says */

/* Shared with the child.  Counters only grow. */
struct fake_seen {
	volatile int connections, ended;
	volatile int registers, facts, verdicts, strange;
	volatile uint32_t uid, loginuid, sessionid;	/* of the last REGISTER or FACTS */
	volatile uint32_t pam_code;			/* of the last verdict */
	char user[256], service[64], rhost[256], tty[64], boot_id[40], auth_info[512];
};

struct fake {
	char dir[64];
	char path[96];
	pid_t pid;
	int filler;		/* fills the backlog of FAKE_FROZEN */
	struct fake_seen *seen;
};

/* -1 and a line on stderr when the test cannot be run. */
int fake_start(struct fake *, enum fake_mode);
void fake_stop(struct fake *);

/* Wait up to two seconds for *counter to reach `want`; 1 when it did. */
int fake_wait(const volatile int *counter, int want);

#endif
