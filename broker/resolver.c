/*
 * resolver.c - the name service, in a child process (B14).
 *
 * Runs in s3jitd.  One question is with the child at a time.  A child that
 * does not answer in 2 s is killed and another one started; what was asked is
 * then unknown for whoever waits, and so a member of nothing.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/clock.h"

#include "resolver.h"
#include "resolver_child.h"

#define ANSWER_MS	2000
#define BUCKETS		1024	/* of the cache: a thousand people may be logged in */
#define BURIED		8	/* killed children that have not been reaped yet */

struct entry {
	struct person person;
	struct person last;	/* what person.was points to */
	struct entry *next;
};

struct want {
	uid_t *uids;
	size_t n, fresh;	/* the first so many are fresh enough, and stay it */
	int64_t since;		/* boot clock: what is older must be asked anew */
	int64_t until;		/* boot clock: patience */
	void (*done)(void *arg);
	void *arg;
	struct want *next;
};

struct resolver {
	struct event_base *base;
	int fd;			/* to the child, -1 = none */
	pid_t pid;
	pid_t buried[BURIED];
	struct event *readable, *timer;
	struct entry *cache[BUCKETS];
	struct want *wants;	/* oldest first */
	struct entry *asked;	/* what the child works on */
	int64_t asked_until;
};

/* --- the child's life ----------------------------------------------------- */

static void	on_answer(evutil_socket_t, short, void *);

static void
reap(struct resolver *r)
{
	size_t i;

	for (i = 0; i < BURIED; i++)
		if (r->buried[i] != 0 && waitpid(r->buried[i], NULL, WNOHANG) != 0)
			r->buried[i] = 0;
}

static void
child_stop(struct resolver *r)
{
	size_t i;

	if (r->readable != NULL)
		event_free(r->readable);
	r->readable = NULL;
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
	if (r->pid > 0) {
		/* Not reaped yet, so the number is still its own. */
		kill(r->pid, SIGKILL);
		for (i = 0; i < BURIED; i++)
			if (r->buried[i] == 0) {
				r->buried[i] = r->pid;
				break;
			}
	}
	r->pid = 0;
	reap(r);
}

static int
child_start(struct resolver *r, struct s3jit_err *err)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		return s3jit_fail_errno(err, "resolver: socketpair");
	if ((r->pid = fork()) == 0)
		resolver_child(sv[1]);
	close(sv[1]);
	r->fd = sv[0];
	if (r->pid == -1) {
		r->pid = 0;
		s3jit_fail_errno(err, "resolver: fork");
		child_stop(r);
		return -1;
	}
	if (evutil_make_socket_nonblocking(r->fd) == -1 ||
	    (r->readable = event_new(r->base, r->fd, EV_READ | EV_PERSIST, on_answer, r)) == NULL ||
	    event_add(r->readable, NULL) == -1) {
		s3jit_fail(err, S3JIT_ESYS, "resolver: no event");
		child_stop(r);
		return -1;
	}
	return 0;
}

/* --- the cache ------------------------------------------------------------ */

static struct entry *
entry_find(const struct resolver *r, uid_t uid)
{
	struct entry *e;

	for (e = r->cache[uid % BUCKETS]; e != NULL; e = e->next)
		if (e->person.uid == uid)
			return e;
	return NULL;
}

static struct entry *
entry_get(struct resolver *r, uid_t uid)
{
	struct entry *e = entry_find(r, uid);

	if (e != NULL || (e = calloc(1, sizeof(*e))) == NULL)
		return e;
	if ((e->person.name = strdup("")) == NULL) {
		free(e);
		return NULL;
	}
	e->person.uid = uid;
	e->person.fetched_ms = e->person.asked_ms = INT64_MIN;
	e->next = r->cache[uid % BUCKETS];
	r->cache[uid % BUCKETS] = e;
	return e;
}

static void
forget(struct person *p)
{
	free(p->gids);
	free(p->name);
	p->gids = NULL;
	p->name = NULL;
	p->ngids = 0;
	p->known = false;
}

/* What is known about a person from now on; an unknown one has neither name nor group. */
static void
entry_set(struct entry *e, bool known, const char *name, size_t namelen, const void *gids, size_t n)
{
	char *copy = known ? strndup(name, namelen) : NULL;
	gid_t *list = known && n > 0 ? malloc(n * sizeof(*list)) : NULL;

	forget(&e->last);
	e->person.was = NULL;
	free(e->person.gids);
	e->person.gids = NULL;
	e->person.ngids = 0;
	e->person.known = false;
	e->person.name[0] = '\0';
	e->person.fetched_ms = clock_boot_ms();
	if (copy != NULL && (list != NULL || n == 0)) {
		free(e->person.name);
		e->person.name = copy;
		copy = NULL;
		if (n > 0)
			memcpy(list, gids, n * sizeof(*list));
		e->person.gids = list;
		e->person.ngids = n;
		e->person.known = true;
		list = NULL;
	}
	free(copy);
	free(list);
}

/* No answer: unknown from now on, but not forgotten. */
static void
entry_lost(struct entry *e)
{
	char *none = e->person.known ? strdup("") : NULL;

	if (none != NULL) {
		forget(&e->last);
		e->last = e->person;
		e->person = (struct person){ .uid = e->last.uid, .name = none, .was = &e->last,
		    .asked_ms = e->last.asked_ms };
	} else if (e->person.known) {
		entry_set(e, false, "", 0, NULL, 0);
	}
	e->person.fetched_ms = clock_boot_ms();
}

/* --- wants ------------------------------------------------------------------ */

static struct entry *
first_stale(const struct resolver *r, struct want *w)
{
	struct entry *e;

	for (; w->fresh < w->n; w->fresh++)
		if ((e = entry_find(r, w->uids[w->fresh])) != NULL && e->person.fetched_ms < w->since)
			return e;
	return NULL;
}

static void
want_free(struct want *w)
{
	free(w->uids);
	free(w);
}

static void
set_timer(struct resolver *r)
{
	int64_t ms, first = INT64_MAX;
	struct timeval tv;
	struct want *w;

	for (w = r->wants; w != NULL; w = w->next)
		if (w->until < first)
			first = w->until;
	if (r->asked != NULL && r->asked_until < first)
		first = r->asked_until;
	if (first == INT64_MAX) {
		event_del(r->timer);
		return;
	}
	ms = first - clock_boot_ms();
	if (ms < 1)
		ms = 1;
	tv = (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	if (event_add(r->timer, &tv) == 0 || r->wants == NULL)
		return;
	/* Whom nothing would wake must not wait: what they want is unknown. */
	for (w = r->wants; w != NULL; w = w->next)
		w->until = 0;
	event_active(r->timer, EV_TIMEOUT, 0);
}

static void
ask_next(struct resolver *r)
{
	struct entry *e = NULL;
	struct want *w;
	uid_t uid;

	for (w = r->wants; r->asked == NULL && w != NULL && e == NULL; w = w->next)
		e = first_stale(r, w);
	if (e == NULL)
		return;
	if (r->fd == -1 && child_start(r, NULL) == -1)
		return;		/* patience runs out, then it is unknown */
	uid = e->person.uid;
	if (send(r->fd, &uid, sizeof(uid), MSG_NOSIGNAL) == -1) {
		child_stop(r);
		return;
	}
	r->asked = e;
	e->person.asked_ms = clock_boot_ms();
	r->asked_until = e->person.asked_ms + ANSWER_MS;
}

/*
 * Answer who has all; each callback may want more or cancel, so begin anew after it.
 * Whom nobody was asked about for want of time, and not because the name service is
 * silent, the next who wants to know asks about.
 */
static void
settle(struct resolver *r, bool silent)
{
	int64_t now = clock_boot_ms();
	struct want **p, *w;
	struct entry *e;

again:
	for (p = &r->wants; (w = *p) != NULL; p = &w->next) {
		while (w->until <= now && (e = first_stale(r, w)) != NULL) {
			entry_lost(e);
			if (!silent && e != r->asked)
				e->person.fetched_ms = INT64_MIN;
			w->fresh++;
		}
		if (first_stale(r, w) != NULL)
			continue;
		*p = w->next;
		w->done(w->arg);
		want_free(w);
		goto again;
	}
	ask_next(r);
	set_timer(r);
}

static void
child_failed(struct resolver *r)
{
	/* The question may be what killed it: it is answered, as unknown. */
	if (r->asked != NULL)
		entry_lost(r->asked);
	r->asked = NULL;
	child_stop(r);
	settle(r, true);
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	static char buf[sizeof(struct resolver_answer) + RESOLVER_GROUPS * sizeof(gid_t) + RESOLVER_NAME];
	struct resolver *r = arg;
	struct resolver_answer a;
	size_t gids;
	ssize_t n;

	(void)what;
	n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < (ssize_t)sizeof(a))
		goto bad;
	memcpy(&a, buf, sizeof(a));
	gids = a.ngids * sizeof(gid_t);
	if (a.ngids > RESOLVER_GROUPS || a.namelen >= RESOLVER_NAME ||
	    (size_t)n != sizeof(a) + gids + a.namelen ||
	    r->asked == NULL || r->asked->person.uid != a.uid)
		goto bad;
	entry_set(r->asked, a.known == RESOLVER_KNOWN, buf + sizeof(a) + gids, a.namelen,
	    buf + sizeof(a), a.ngids);
	if (a.known != RESOLVER_NOBODY)
		r->asked->person.gone_ms = 0;
	else if (r->asked->person.gone_ms == 0)
		r->asked->person.gone_ms = clock_boot_ms();
	r->asked = NULL;
	settle(r, false);
	return;
bad:
	child_failed(r);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;

	(void)fd;
	(void)what;
	if (r->asked != NULL && r->asked_until <= clock_boot_ms())
		child_failed(r);
	else
		settle(r, false);
	reap(r);
}

/* --- exported ----------------------------------------------------------------- */

int
resolver_new(struct resolver **out, struct event_base *base, struct s3jit_err *err)
{
	struct resolver *r;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return s3jit_fail_errno(err, "memory");
	r->base = base;
	r->fd = -1;
	if ((r->timer = evtimer_new(base, on_timer, r)) == NULL) {
		free(r);
		return s3jit_fail(err, S3JIT_ESYS, "resolver: no event");
	}
	if (child_start(r, err) == -1) {
		resolver_free(r);
		return -1;
	}
	*out = r;
	return 0;
}

void
resolver_free(struct resolver *r)
{
	struct entry *e;
	struct want *w;
	size_t i;

	if (r == NULL)
		return;
	child_stop(r);
	event_free(r->timer);
	while ((w = r->wants) != NULL) {
		r->wants = w->next;
		want_free(w);
	}
	for (i = 0; i < BUCKETS; i++)
		while ((e = r->cache[i]) != NULL) {
			r->cache[i] = e->next;
			forget(&e->person);
			forget(&e->last);
			free(e);
		}
	free(r);
}

void
resolver_want(struct resolver *r, const uid_t *uids, size_t n, int64_t max_age_ms,
    void (*done)(void *arg), void *arg)
{
	int64_t now = clock_boot_ms();
	struct want **p, *w;
	struct entry *e;
	size_t i;

	for (i = 0; i < n; i++)
		entry_get(r, uids[i]);
	if ((w = calloc(1, sizeof(*w))) != NULL)
		w->uids = malloc((n > 0 ? n : 1) * sizeof(*w->uids));
	if (w == NULL || w->uids == NULL) {
		free(w);
		for (i = 0; i < n; i++)		/* nor with what may not be so any more */
			if ((e = entry_find(r, uids[i])) != NULL &&
			    e->person.fetched_ms < now - max_age_ms)
				entry_lost(e);
		done(arg);
		return;
	}
	if (n > 0)
		memcpy(w->uids, uids, n * sizeof(*uids));
	w->n = n;
	w->since = now - max_age_ms;
	w->until = now + ANSWER_MS;
	w->done = done;
	w->arg = arg;
	if (first_stale(r, w) == NULL) {
		want_free(w);
		done(arg);
		return;
	}
	for (p = &r->wants; *p != NULL; p = &(*p)->next)
		;
	*p = w;
	ask_next(r);
	set_timer(r);
}

void
resolver_cancel(struct resolver *r, void *arg)
{
	struct want **p = &r->wants, *w;

	while ((w = *p) != NULL) {
		if (w->arg != arg) {
			p = &w->next;
			continue;
		}
		*p = w->next;
		want_free(w);
	}
}

const struct person *
resolver_person(const struct resolver *r, uid_t uid)
{
	const struct entry *e = entry_find(r, uid);

	return e != NULL ? &e->person : NULL;
}
