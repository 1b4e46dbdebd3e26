/*
 * greet.c - how a connection becomes what it is: a login, a helper, a peer.
 *
 * Runs in s3jitd.  The first frame fixes it for ever (H11): on root.sock
 * REGISTER or FACTS, the latter followed by at most one verdict and only when
 * this connection was told REAUTH; on user.sock the greeting.  All else is
 * closed and recorded.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"
#include "s3jit/fault.h"
#include "s3jit/proto.h"

#include "baseline.h"
#include "conn_io.h"
#include "peer.h"
#include "server.h"

#define UNKNOWN_LOGIN "This login is not known to s3jit.  Log in again; if that does not help, " \
	"ask the administrator: pam_s3jit may be switched off."

static void
say_hello(struct conn *c, bool helper)
{
	struct msg_hello hello = { .version = WIRE_VERSION, .nonce = c->io->nonce,
	    .via = (char *)(uintptr_t)(helper ? "helper" : "user") };

	c->io->awaits = AWAIT_GREET;
	conn_deadline(c, helper ? CONN_EXEC_MS : CONN_FIRST_MS);
	conn_send(c, &hello_table, &hello);
}

void
greet_begin(struct conn *c, bool root)
{
	if (!root) {
		say_hello(c, false);
		return;
	}
	c->io->awaits = AWAIT_GUEST;
	conn_deadline(c, CONN_FIRST_MS);
}

/* The session that this peer's ids name; it may be judged by another live one of the person. */
static int
find_session(struct conn *c, struct s3jit_err *err)
{
	const struct peer *p = &c->peer;

	if (p->loginuid == GUEST_UNSET || p->sessionid == GUEST_UNSET ||
	    (c->session = session_find(c->b->sessions, p->loginuid, p->sessionid)) == NULL)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, UNKNOWN_LOGIN);
	return dispatch_session(c, err);
}

/* --- a login ------------------------------------------------------------------ */

static void
on_register(struct conn *c, const void *body, size_t len)
{
	struct guest_register reg;
	struct s3jit_err err = { 0 };
	int pidfd = c->peer.pidfd;

	if (guest_register_decode(&reg, body, len, &err) == -1) {
		conn_refuse(c, "malformed", &err, "");
		return;
	}
	/* each keeps its connection, and all of them together must leave room for others' */
	if (session_count(c->b->sessions, reg.loginuid) >= server_logins(c->b)) {
		s3jit_fail(&err, S3JIT_EBUSY, "this person has %zu logins open already, so that this "
		    "one has no s3jit", server_logins(c->b));
		conn_refuse(c, "register-refused", &err, "");
		guest_register_clear(&reg);
		return;
	}
	c->kind = CONN_LOGIN;
	c->peer.pidfd = -1;	/* the session's from here on */
	if (session_register(c->b->sessions, &reg, c, c->peer.pid, pidfd, &err) == -1) {
		conn_refuse(c, "register-refused", &err, "");
	} else {
		conn_deadline(c, -1);
		conn_send_guest(c, GUEST_GO, "");
		c->io->awaits = AWAIT_NOTHING;
		baselines_soon(c->b);
	}
	guest_register_clear(&reg);
}

void
greet_lost(struct conn *c)
{
	if (c->session != NULL)
		session_end(c->b->sessions, c->session, "logout");
}

/* --- a helper -------------------------------------------------------------------- */

static void
on_facts(struct conn *c, const void *body, size_t len)
{
	struct guest_facts facts;
	struct s3jit_err err = { 0 };
	const char *why;

	if (guest_facts_decode(&facts, body, len, &err) == -1) {
		conn_refuse(c, "malformed", &err, "");
		return;
	}
	c->kind = CONN_HELPER;
	c->peer.via_helper = true;
	c->peer.uid = c->peer.ruid = c->peer.euid = facts.ruid;
	c->peer.loginuid = facts.loginuid;
	c->peer.sessionid = facts.sessionid;
	c->io->owner = conn_owner(c->b, facts.ruid, facts.loginuid, facts.sessionid);
	if (facts.ruid == (uid_t)-1) {
		s3jit_fail(&err, S3JIT_ENOTALLOWED, UNKNOWN_LOGIN);
		conn_refuse(c, "facts-refused", &err, "");
	} else if ((why = server_no_room(c)) != NULL) {
		s3jit_fail(&err, S3JIT_EBUSY, "%s", why);
		conn_refuse(c, "too-many", &err, "");
	} else if (find_session(c, &err) == -1) {
		conn_refuse(c, "facts-refused", &err, "");
	} else if (c->via->reauth_wanted_ms > clock_boot_ms() && facts.ruid == facts.loginuid) {
		/* Only the person's own account can say that it is still that person (H18). */
		c->io->awaits = AWAIT_VERDICT;
		conn_deadline(c, CONN_VERDICT_MS);
		conn_send_guest(c, GUEST_REAUTH, "");
	} else {
		conn_send_guest(c, GUEST_GO, "");
		say_hello(c, true);
	}
}

/* It gives power, so it is on record first. */
static int
record_reauth(struct conn *c, struct s3jit_err *err)
{
	struct session_row *row = &c->via->row;
	struct store *st = c->b->store;
	int64_t now = clock_wall();

	if (row->row < 0)
		return s3jit_fail(err, S3JIT_ERECORD, "this login is not on record yet");
	if (store_begin(st, err) == -1)
		return -1;
	if (store_session_reauth(st, row->row, now, err) == -1 ||
	    audit_add(c->b->audit, err, "reauthenticated", "", "the person proved who they are",
	    "user", row->user, "#loginuid", row->loginuid, "#session", row->sessionid,
	    NULL) == -1) {
		store_rollback(st);
		return -1;
	}
	if (store_commit(st, err) == -1)
		return -1;
	FAULT_POINT("reauthenticated");
	row->reauth_at = now;
	c->via->reauth_wanted_ms = 0;
	audit_forward(c->b->audit);
	return 0;
}

static void
on_verdict(struct conn *c, const void *body, size_t len)
{
	struct guest_verdict v;
	struct s3jit_err err = { 0 };

	if (guest_verdict_decode(&v, body, len, &err) == -1) {
		conn_refuse(c, "malformed", &err, "");
		return;
	}
	if (v.ruid != c->peer.ruid || v.pam_code != 0) {
		/* One try for one demand: the next s3-sudo may be a mere question. */
		c->via->reauth_wanted_ms = 0;
		s3jit_fail(&err, S3JIT_EREAUTH, "Re-authentication failed.  Try again.");
		conn_refuse(c, "reauth-failed", &err, "");
	} else if (dispatch_session(c, &err) == -1) {
		conn_refuse(c, NULL, &err, "");
	} else if (record_reauth(c, &err) == -1) {
		s3jit_fail_prefix(&err, "Your password was right, but that cannot be recorded");
		conn_refuse(c, NULL, &err, "");
	} else {
		conn_send_guest(c, GUEST_GO, "");
		say_hello(c, true);
	}
}

/* --- a peer ------------------------------------------------------------------------ */

static int
greeting_ok(struct conn *c, const struct msg_greet *g, struct s3jit_err *err)
{
	if (g->version != WIRE_VERSION)
		return s3jit_fail(err, S3JIT_EPROTO, "This program and s3jitd are of different "
		    "versions (%lld and %d).  Start it again; if that does not help, the "
		    "administrator must restart s3jitd.", (long long)g->version, WIRE_VERSION);
	if (strcmp(g->nonce, c->io->nonce) != 0)
		return s3jit_fail(err, S3JIT_EPROTO, "the greeting does not belong to this "
		    "connection");
	snprintf(c->program, sizeof(c->program), "%s", g->program);
	/* The helper said who it is; that its process became that person is checked here. */
	return c->peer.via_helper ? peer_refresh(&c->peer, err) : peer_identify(&c->peer, err);
}

static void
on_greet(struct conn *c, const void *body, size_t len)
{
	struct s3jit_err err = { 0 };
	struct msg_greet g;

	if (guest_kind(body, len) != 0) {
		s3jit_fail(&err, S3JIT_EPROTO, "REGISTER, FACTS or a verdict came where a greeting "
		    "must come");
		conn_refuse(c, "forged", &err, "");
		return;
	}
	if (codec_decode(&g, &greet_table, body, len, &err) == -1) {
		conn_refuse(c, "malformed", &err, "");
		return;
	}
	if (greeting_ok(c, &g, &err) == -1) {
		/* who greets and goes, as by Ctrl-C, attempted nothing */
		conn_refuse(c, err.code == S3JIT_ENOTFOUND ? NULL : "greet-refused", &err, "");
	} else if (find_session(c, &err) == -1) {
		conn_refuse(c, "no-session", &err, "");
	} else {
		c->kind = CONN_PEER;
		c->io->awaits = AWAIT_QUESTION;
		c->io->in.max = WIRE_MAX;
		conn_deadline(c, -1);
	}
	codec_clear(&greet_table, &g);
}

/* --- which -------------------------------------------------------------------------- */

static const struct {
	enum awaits awaits;
	int kind;		/* guest_kind(), 0 = any */
	void (*take)(struct conn *, const void *body, size_t len);
} steps[] = {
	{ AWAIT_GUEST, 'R', on_register },
	{ AWAIT_GUEST, 'F', on_facts },
	{ AWAIT_VERDICT, 'V', on_verdict },
	{ AWAIT_GREET, 0, on_greet }
};

void
greet_frame(struct conn *c, const void *body, size_t len)
{
	struct s3jit_err err = { 0 };
	int kind = guest_kind(body, len);
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].awaits == c->io->awaits &&
		    (steps[i].kind == 0 || steps[i].kind == kind)) {
			steps[i].take(c, body, len);
			return;
		}
	s3jit_fail(&err, S3JIT_EPROTO, "a message that may not come here");
	conn_refuse(c, "forged", &err, "");
}
