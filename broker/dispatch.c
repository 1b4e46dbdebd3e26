/*
 * dispatch.c - who may send which message, tested in one place.
 *
 * Runs in s3jitd.  Each frame is judged by what the kernel and the session say
 * at that moment, before anything is looked up and again right before the
 * handler runs: a login may end while the name service thinks.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "conn_io.h"
#include "dispatch.h"
#include "origin.h"
#include "peer.h"

/* What the name service said is good for this long. */
#define PEOPLE_MS 5000

/* A vote comes from a person at a terminal: services that log such people in (Q7). */
static const char *const voting_services[] = { "sshd", "login" };

struct question {
	const struct handler *handler;
	void *msg;
};

/* --- who may ------------------------------------------------------------------ */

int
dispatch_session(struct conn *c, struct s3jit_err *err)
{
	c->via = session_is_live(c->session) ? c->session :
	    session_live_of(c->b->sessions, c->peer.loginuid);
	if (c->via == NULL)
		return s3jit_fail(err, S3JIT_EENDED, "The login that this process belongs to has "
		    "ended.  Log in again.");
	return 0;
}

static int
is_person(struct conn *c, struct s3jit_err *err)
{
	struct peer *p = &c->peer;

	if (peer_refresh(p, err) == -1)
		return -1;
	if (p->ruid != p->loginuid || p->euid != p->loginuid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "This works only as the user who logged "
		    "in (uid %u), not as uid %u.  Leave sudo or su and try again.", p->loginuid,
		    p->ruid != p->loginuid ? p->ruid : p->euid);
	return 0;
}

static bool
service_votes(const struct session *s)
{
	size_t i;

	for (i = 0; i < sizeof(voting_services) / sizeof(voting_services[0]); i++)
		if (strcmp(s->row.service, voting_services[i]) == 0)
			return true;
	return false;
}

static int
is_person_on_tty(struct conn *c, struct s3jit_err *err)
{
	const struct peer *p = &c->peer;

	/* Q6 first: these are nobody, whatever else is right about them. */
	if (p->loginuid == 0 || p->loginuid == GUEST_UNSET || p->ruid == 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "root does not vote.  Log in as yourself "
		    "and run s3-approve there.");
	if (is_person(c, err) == -1)
		return -1;
	if (!session_is_live(c->session))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "The login that this terminal belongs to "
		    "has ended (tmux, screen).  Vote from a login that is alive.");
	if (!service_votes(c->session))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "This session was opened by \"%s\", not by "
		    "a person at a terminal.  Vote from an ssh login.", c->session->row.service);
	if (p->tracer != 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Process %d traces this one.  Run "
		    "s3-approve without a debugger.", (int)p->tracer);
	if (peer_tty_owned(p, p->loginuid, err) == -1)
		return -1;
	/* Asked for now and not at the login, which would wait for a list of our addresses. */
	if (!c->b->conf->local_votes &&
	    origin_is_local(c->session->row.service, c->session->row.rhost))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "This login comes from this host itself, "
		    "or from a name that cannot be checked (UseDNS in sshd_config).  Vote from a "
		    "login from your own computer.");
	return 0;
}

static int
judge(struct conn *c, enum who_may who, struct s3jit_err *err)
{
	if (dispatch_session(c, err) == -1)
		return -1;
	switch (who) {
	case PEER_SESSION:
		return 0;
	case PEER_PERSON:
	case PEER_AUDITOR:	/* and is one of them: when we know who it is */
		return is_person(c, err);
	case PEER_PERSON_ON_TTY:
		return is_person_on_tty(c, err);
	}
	return s3jit_fail(err, S3JIT_ENOTALLOWED, "nobody may do this");
}

static int
judge_person(struct conn *c, enum who_may who, struct s3jit_err *err)
{
	const struct person *p = resolver_person(c->b->resolver, c->peer.loginuid);

	if (p == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "s3jitd is out of memory");
	if (who == PEER_AUDITOR && !person_is(p, &c->b->conf->auditors))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Only auditors may read this: `auditors` "
		    "in %s.", c->b->conf->file);
	return 0;
}

/* --- run ------------------------------------------------------------------------- */

static void
question_free(struct question *q)
{
	if (q == NULL)
		return;
	codec_clear(q->handler->message, q->msg);
	free(q->msg);
	free(q);
}

void
dispatch_cancel(struct conn *c)
{
	if (c->io->question == NULL)
		return;
	resolver_cancel(c->b->resolver, c);
	question_free(c->io->question);
	c->io->question = NULL;
}

/* A refusal by class: recorded (A5).  Without a live session the connection goes, too (B16). */
static void
refuse(struct conn *c, const struct s3jit_err *err)
{
	if (c->via == NULL) {
		conn_refuse(c, "refused", err, "");
		return;
	}
	audit_refused(c->b->audit, "refused", c->peer.loginuid, err->text);
	conn_error(c, err, "");
}

/* People are known now, as far as they can be. */
static void
run(void *arg)
{
	struct conn *c = arg;
	struct question *q = c->io->question;
	struct s3jit_err err = { 0 };

	c->io->question = NULL;
	if (judge(c, q->handler->who, &err) == -1 || judge_person(c, q->handler->who, &err) == -1)
		refuse(c, &err);
	else if (q->handler->run(c, q->msg, &err) == -1)
		conn_error(c, &err, "");
	question_free(q);
}

/* The peer's own id, before time runs out, and whoever else the handler must know about. */
static int
people(struct conn *c, const struct question *q, uid_t **uids, size_t *n, struct s3jit_err *err)
{
	uid_t *more;

	*uids = NULL;
	*n = 0;
	if (q->handler->needs != NULL && q->handler->needs(c, q->msg, uids, n) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "s3jitd could not find out whom this is about");
	if ((more = realloc(*uids, (*n + 1) * sizeof(**uids))) == NULL)
		return s3jit_fail_errno(err, "memory");
	memmove(more + 1, more, *n * sizeof(*more));
	more[0] = c->peer.loginuid;
	*uids = more;
	(*n)++;
	return 0;
}

static const struct handler *
handler_of(const char *type)
{
	const struct handler *h;

	for (h = handlers; h->message != NULL; h++)
		if (strcmp(h->message->name, type) == 0)
			return h;
	return NULL;
}

/* NULL: not one of ours, or not as it must be. */
static struct question *
decode(const void *json, size_t len, struct s3jit_err *err)
{
	const struct handler *h;
	struct question *q;
	char type[64];

	if (guest_kind(json, len) != 0) {
		s3jit_fail(err, S3JIT_EPROTO, "REGISTER, FACTS or a verdict came from a client");
		return NULL;
	}
	if (codec_type(type, sizeof(type), json, len, err) == -1)
		return NULL;
	if ((h = handler_of(type)) == NULL) {
		s3jit_fail(err, S3JIT_EPROTO, "s3jitd knows no message of this type; is this "
		    "program of another version?");
		return NULL;
	}
	if ((q = calloc(1, sizeof(*q))) == NULL ||
	    (q->msg = calloc(1, h->message->size > 0 ? h->message->size : 1)) == NULL) {
		s3jit_fail_errno(err, "memory");
		free(q);
		return NULL;
	}
	q->handler = h;
	if (codec_decode(q->msg, h->message, json, len, err) == -1) {
		free(q->msg);
		free(q);
		return NULL;
	}
	return q;
}

void
dispatch(struct conn *c, const void *json, size_t len)
{
	struct s3jit_err err = { 0 };
	struct question *q;
	uid_t *uids = NULL;
	size_t n;

	if ((q = decode(json, len, &err)) == NULL) {
		conn_refuse(c, guest_kind(json, len) != 0 ? "forged" : "malformed", &err, "");
		return;
	}
	if (judge(c, q->handler->who, &err) == -1) {
		refuse(c, &err);
		question_free(q);
	} else if (people(c, q, &uids, &n, &err) == -1) {
		conn_error(c, &err, "");
		question_free(q);
	} else {
		c->io->question = q;
		resolver_want(c->b->resolver, uids, n, PEOPLE_MS, run, c);
	}
	free(uids);
}
