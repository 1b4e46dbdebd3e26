/*
 * session.c - logins: registered by pam_s3jit as root, on record, alive while
 * their sshd monitor is.
 *
 * Runs in s3jitd.  A login never waits for the record (A1): what the disk does
 * not take lives in memory and is written later.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"

#include "broker.h"
#include "peer.h"
#include "proc.h"
#include "queue.h"
#include "session_record.h"
#include "ssh_key.h"

/* A session id this far below the highest one: the kernel's counter was made to wrap (B15). */
#define WRAP (1 << 20)
/* So many ended sessions are remembered in memory; older ones come from the store. */
#define ENDED_KEPT 4096

struct sessions {
	struct broker *b;
	struct session *first;	/* newest first */
	int64_t highest;	/* session id of this boot */
	int64_t unsaved;	/* rows that have no number yet count down from -1 */
};

/* --- one session ----------------------------------------------------------- */

bool
session_is_live(const struct session *s)
{
	return s->row.ended == 0 && s->pidfd != -1;
}

static void
on_dead(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)what;
	if (!peer_alive(fd) && s->b->sessions != NULL)
		session_end(s->b->sessions, s, "monitor-gone");
}

/* From here on the end of the monitor ends the session. */
static int
watch(struct sessions *ss, struct session *s, struct s3jit_err *err)
{
	s->dead = event_new(ss->b->base, s->pidfd, EV_READ | EV_PERSIST, on_dead, s);
	if (s->dead == NULL || event_add(s->dead, NULL) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "a login cannot be watched: no event");
	return 0;
}

static void
unwatch(struct session *s)
{
	if (s->dead != NULL)
		event_free(s->dead);
	s->dead = NULL;
	if (s->pidfd != -1)
		close(s->pidfd);
	s->pidfd = -1;
}

static void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	unwatch(s);
	codec_clear(&session_row_table, &s->row);
	free(s);
}

/* By opening time; what was never saved is newer than all that was. */
static bool
newer(const struct session_row *a, const struct session_row *b)
{
	if (a->opened != b->opened)
		return a->opened > b->opened;
	return a->row < 0 || (b->row > 0 && a->row > b->row);
}

static void
insert_sorted(struct sessions *ss, struct session *s)
{
	struct session **p;

	for (p = &ss->first; *p != NULL && newer(&(*p)->row, &s->row); p = &(*p)->next)
		;
	s->next = *p;
	*p = s;
}

/* --- register ------------------------------------------------------------------ */

static int
id_free(struct sessions *ss, const struct guest_register *reg, struct s3jit_err *err)
{
	struct session *s;
	bool known = false;

	for (s = ss->first; s != NULL && !known; s = s->next) {
		known = s->row.sessionid == reg->sessionid;
		/* su and the like, whose parent is gone: nobody made ids wrap */
		if (known && s->row.loginuid == reg->loginuid && session_is_live(s))
			return s3jit_fail(err, S3JIT_ENOTALLOWED, "this login is registered already");
	}
	/* A record that cannot be read does not keep anybody from logging in (A1). */
	if (!known && store_session_id_used(ss->b->store, &known, ss->b->boot_id, reg->sessionid,
	    NULL) == -1)
		known = false;
	if (!known && reg->sessionid + (int64_t)WRAP >= ss->highest)
		return 0;
	s3jit_fail(err, S3JIT_ENOTALLOWED, known ?
	    "The kernel's session id %u was registered already since this host booted.  Somebody "
	    "may have made the ids wrap; until the host is booted again this login has no s3jit." :
	    "The kernel's session id %u is far below others of this boot.  Somebody made the ids "
	    "wrap; until the host is booted again this login has no s3jit.", reg->sessionid);
	audit_try(ss->b->audit, "session-id-reused", "", err->text, "user", reg->user,
	    "#loginuid", (int64_t)reg->loginuid, "#session", (int64_t)reg->sessionid, NULL);
	return -1;
}

static int
may_register(struct sessions *ss, const struct guest_register *reg, const struct conn *login,
    const struct proc_facts *facts, struct s3jit_err *err)
{
	if (login != NULL && login->peer.uid != 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "only root registers logins");
	if (strcmp(reg->boot_id, ss->b->boot_id) != 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "this login says that it is of another "
		    "boot of this host");
	if (reg->loginuid == GUEST_UNSET || reg->sessionid == GUEST_UNSET)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "this login has no login uid: pam_s3jit "
		    "must stand after pam_loginuid");
	if (reg->loginuid != reg->uid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the login uid %u is not that of the user "
		    "who logs in (%u): pam_s3jit must stand after pam_loginuid", reg->loginuid,
		    reg->uid);
	if (facts->loginuid != reg->loginuid || facts->sessionid != reg->sessionid)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "the process that registers belongs to "
		    "another login");
	return id_free(ss, reg, err);
}

static int
fill(struct session *s, const struct broker *b, const struct guest_register *reg, pid_t pid,
    uint64_t start)
{
	struct session_row *row = &s->row;
	char key[SSH_KEY_HASH];

	ssh_key_hash(key, reg->auth_info);
	row->boot_id = strdup(b->boot_id);
	row->user = strdup(reg->user);
	row->service = strdup(reg->service);
	row->rhost = strdup(reg->rhost);
	row->tty = strdup(reg->tty);
	row->key_hash = strdup(key);
	row->why = strdup("");
	row->sessionid = reg->sessionid;
	row->loginuid = reg->loginuid;
	row->monitor_pid = pid;
	row->monitor_start = (int64_t)start;
	row->opened = clock_wall();
	return row->boot_id != NULL && row->user != NULL && row->service != NULL &&
	    row->rhost != NULL && row->tty != NULL && row->key_hash != NULL &&
	    row->why != NULL ? 0 : -1;
}

int
session_register(struct sessions *ss, const struct guest_register *reg, struct conn *login,
    pid_t pid, int pidfd, struct s3jit_err *err)
{
	struct s3jit_err record = { 0 };
	struct proc_facts facts;
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		close(pidfd);
		return s3jit_fail_errno(err, "memory");
	}
	s->b = ss->b;
	s->pidfd = pidfd;
	if (proc_facts_read(&facts, pid, pidfd, err) == -1 ||
	    may_register(ss, reg, login, &facts, err) == -1)
		goto fail;
	if (fill(s, ss->b, reg, pid, facts.start) == -1) {
		s3jit_fail_errno(err, "memory");
		goto fail;
	}
	if (watch(ss, s, err) == -1)
		goto fail;
	s->row.row = --ss->unsaved;
	s->next = ss->first;
	ss->first = s;
	if (s->row.sessionid > ss->highest)
		ss->highest = s->row.sessionid;
	if (login != NULL) {
		s->login = login;
		login->session = s;
	}
	if (session_record(s, &record) == -1)
		audit_try(ss->b->audit, "session-unsaved", "", record.text, "user", reg->user,
		    "#loginuid", (int64_t)reg->loginuid, "#session", (int64_t)reg->sessionid, NULL);
	return 0;
fail:
	session_free(s);
	return -1;
}

void
session_end(struct sessions *ss, struct session *s, const char *why)
{
	struct s3jit_err err = { 0 };
	struct conn *login = s->login;
	char *copy;

	if (s->row.ended != 0)
		return;
	s->row.ended = clock_wall();
	if ((copy = strdup(why)) != NULL) {
		free(s->row.why);
		s->row.why = copy;
	}
	unwatch(s);
	s->login = NULL;
	s->reauth_wanted_ms = 0;
	/* Power first, the record of the login afterwards. */
	queue_session_ended(ss->b, s, why);
	if (login != NULL) {
		login->session = NULL;
		conn_close(login, true);
	}
	conn_close_session(ss->b, s, "Your login has ended, and with it this connection.  "
	    "Log in again.");
	if (session_record(s, &err) == -1)
		audit_try(ss->b->audit, "session-end-unsaved", "", err.text, "user", s->row.user,
		    "#loginuid", s->row.loginuid, "#session", s->row.sessionid, NULL);
}

/* --- finding ------------------------------------------------------------------- */

bool
session_known(const struct sessions *ss, uint32_t loginuid, uint32_t sessionid)
{
	const struct session *s;

	for (s = ss->first; s != NULL; s = s->next)
		if (s->row.loginuid == loginuid && s->row.sessionid == sessionid)
			return true;
	return false;
}

struct session *
session_find(struct sessions *ss, uint32_t loginuid, uint32_t sessionid)
{
	struct session *s;

	for (s = ss->first; s != NULL; s = s->next)
		if (s->row.loginuid == loginuid && s->row.sessionid == sessionid)
			return s;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->pidfd = -1;
	s->b = ss->b;
	if (store_session_find(ss->b->store, &s->row, ss->b->boot_id, loginuid, sessionid,
	    NULL) == -1 || s->row.ended == 0) {
		session_free(s);	/* live ones are all in memory */
		return NULL;
	}
	insert_sorted(ss, s);
	return s;
}

struct session *
session_by_row(struct sessions *ss, int64_t row)
{
	struct session *s;

	for (s = ss->first; s != NULL; s = s->next)
		if (s->row.row == row)
			return s;
	return NULL;
}

size_t
session_count(const struct sessions *ss, uint32_t loginuid)
{
	const struct session *s;
	size_t n = 0;

	for (s = ss->first; s != NULL; s = s->next)
		n += s->row.loginuid == loginuid && session_is_live(s);
	return n;
}

struct session *
session_live_of(struct sessions *ss, uint32_t loginuid)
{
	struct session *s;

	for (s = ss->first; s != NULL; s = s->next)
		if (s->row.loginuid == loginuid && session_is_live(s))
			return s;
	return NULL;
}

struct session *
session_first(struct sessions *ss)
{
	return ss->first;
}

char *
session_origin(const struct session *s)
{
	const struct session_row *row = &s->row;
	const char *service = strcmp(row->service, "sshd") == 0 ? "ssh" : row->service;
	const char *where = row->rhost[0] != '\0' ? row->rhost : row->tty;
	char *text;
	int n;

	if (where[0] == '\0')
		return strdup(service);
	n = asprintf(&text, "%s %s %s", service, row->rhost[0] != '\0' ? "from" : "on", where);
	return n == -1 ? NULL : text;
}

/* --- start, tick, stop ----------------------------------------------------------- */

/* Is the monitor of this row the same process still?  Then s->pidfd holds it (B15). */
static void
adopt(struct sessions *ss, struct session *s)
{
	struct session_row *row = &s->row;
	struct proc_facts facts;

	if (strcmp(row->boot_id, ss->b->boot_id) != 0 ||
	    (s->pidfd = peer_pidfd_open((pid_t)row->monitor_pid)) == -1)
		return;
	if (proc_facts_read(&facts, (pid_t)row->monitor_pid, s->pidfd, NULL) == -1 ||
	    (int64_t)facts.start != row->monitor_start || facts.loginuid != row->loginuid ||
	    facts.sessionid != row->sessionid || watch(ss, s, NULL) == -1)
		unwatch(s);
}

static int
load(struct sessions *ss, struct list *rows, struct s3jit_err *err)
{
	struct session_row *row;
	struct session *s;
	size_t i;

	for (i = 0; i < rows->n; i++) {
		row = &((struct session_row *)rows->v)[i];
		if ((s = calloc(1, sizeof(*s))) == NULL)
			return s3jit_fail_errno(err, "memory");
		s->row = *row;
		memset(row, 0, sizeof(*row));
		s->b = ss->b;
		s->pidfd = -1;
		adopt(ss, s);
		insert_sorted(ss, s);
	}
	return 0;
}

/* End what is over.  Session ids begin anew with each boot: older ones must not be found. */
static void
bury(struct sessions *ss)
{
	struct session **p = &ss->first, *s;

	while ((s = *p) != NULL) {
		bool old = strcmp(s->row.boot_id, ss->b->boot_id) != 0;

		if (!session_is_live(s))
			session_end(ss, s, old ? "reboot" : "found-ended");
		if (!old) {
			p = &s->next;
			continue;
		}
		*p = s->next;
		session_free(s);
	}
}

int
sessions_new(struct sessions **out, struct broker *b, struct s3jit_err *err)
{
	struct list rows = { 0 };
	struct sessions *ss;
	size_t i;
	int ret = -1;

	*out = NULL;
	if ((ss = calloc(1, sizeof(*ss))) == NULL)
		return s3jit_fail_errno(err, "memory");
	ss->b = b;
	if (store_session_highest(b->store, &ss->highest, b->boot_id, err) == -1 ||
	    store_sessions_open(b->store, &rows, err) == -1 || load(ss, &rows, err) == -1)
		goto out;
	bury(ss);
	*out = ss;
	ss = NULL;
	ret = 0;
out:
	for (i = 0; i < rows.n; i++)
		codec_clear(&session_row_table, &((struct session_row *)rows.v)[i]);
	free(rows.v);
	sessions_free(ss);
	return ret;
}

void
sessions_free(struct sessions *ss)
{
	struct session *s;

	if (ss == NULL)
		return;
	while ((s = ss->first) != NULL) {
		ss->first = s->next;
		session_free(s);
	}
	free(ss);
}

static bool
in_use(const struct sessions *ss, const struct session *s)
{
	struct conn *c;

	for (c = conn_first(ss->b); c != NULL; c = c->next)
		if (c->session == s || c->via == s)
			return true;
	return false;
}

static void
forget_old(struct sessions *ss)
{
	struct session **p = &ss->first, *s;
	size_t ended = 0;

	while ((s = *p) != NULL) {
		if (s->row.ended == 0 || s->owed || ++ended <= ENDED_KEPT || in_use(ss, s)) {
			p = &s->next;
			continue;
		}
		*p = s->next;
		session_free(s);
	}
}

void
sessions_tick(struct sessions *ss)
{
	struct session *s;

	for (s = ss->first; s != NULL; s = s->next)
		if (s->owed && session_record(s, NULL) == -1)
			break;		/* the disk is no better yet */
	forget_old(ss);
}
