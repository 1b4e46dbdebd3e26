/*
 * server.c - the broker's two sockets, and the list of all connections.
 *
 * Runs in s3jitd.  Promise (B8): one user's connections never keep another's,
 * or a login, out, and running out of descriptors never spins.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conn_io.h"
#include "server.h"

#define CONNS_MAX	4096	/* together; of the last quarter half is kept for root: logins and helpers */
#define CONNS_OWN	64	/* of one person; root is exempt */
#define CONNS_FEW	4	/* of one person: so many are let in into the other half */
#define FILES_OURS	64	/* descriptors for all but connections and logins */
#define FILES_MIN	512
#define ACCEPT_BATCH	64
#define PAUSE_MS	200	/* without descriptors */

struct listener {
	struct broker *b;
	const char *name;
	mode_t mode;
	bool root;
	int fd;
	struct event *ready, *pause;
};

struct server {
	struct server_options options;
	struct listener listeners[2];
	struct conn *conns;
	struct conn *leaving;	/* closed for all but their last bytes */
	struct conn *grave;	/* to be freed */
	struct event *reaper;
	uint64_t serial;
	size_t max;		/* connections that the descriptors suffice for */
};

/* --- the list ------------------------------------------------------------------ */

bool
server_old_kernel(const struct broker *b)
{
	return b->server->options.old_kernel;
}

struct conn *
conn_first(struct broker *b)
{
	return b->server != NULL ? b->server->conns : NULL;
}

struct conn *
conn_by_serial(struct broker *b, uint64_t serial)
{
	struct conn *c;

	for (c = conn_first(b); c != NULL; c = c->next)
		if (c->serial == serial)
			return c;
	return NULL;
}

static bool
take_off(struct conn **list, struct conn *c)
{
	for (; *list != NULL; list = &(*list)->next)
		if (*list == c) {
			*list = c->next;
			c->next = NULL;
			return true;
		}
	return false;
}

static void
put_on(struct conn **list, struct conn *c)
{
	c->next = *list;
	*list = c;
}

void
server_link(struct conn *c)
{
	c->serial = ++c->b->server->serial;
	put_on(&c->b->server->conns, c);
}

void
server_unlink(struct conn *c)
{
	if (take_off(&c->b->server->conns, c))
		put_on(&c->b->server->leaving, c);
}

void
server_bury(struct conn *c)
{
	struct server *s = c->b->server;

	if (take_off(&s->leaving, c)) {
		put_on(&s->grave, c);
		event_active(s->reaper, EV_TIMEOUT, 0);
	}
}

static void
free_all(struct conn **list)
{
	struct conn *c;

	while ((c = *list) != NULL) {
		*list = c->next;
		conn_free(c);
	}
}

static void
on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	free_all(&s->grave);
}

/* --- who may connect -------------------------------------------------------------- */

struct census {
	size_t all, users, own;
};

static void
count(struct census *n, const struct conn *list, uid_t owner)
{
	for (; list != NULL; list = list->next) {
		n->all++;
		n->users += list->peer.uid != 0;
		n->own += list->io->owner == owner;
	}
}

size_t
server_logins(const struct broker *b)
{
	return b->server->max / 4;
}

const char *
server_no_room(const struct conn *c)
{
	const struct server *s = c->b->server;
	struct census n = { 0 };

	count(&n, s->conns, c->io->owner);
	count(&n, s->leaving, c->io->owner);
	if (n.all > s->max)
		return "s3jitd has no room for more connections.  Try again in a moment.";
	if (c->peer.uid == 0)
		return NULL;
	if (n.own > CONNS_OWN)
		return "You have too many connections to s3jitd open.  Let some of your s3-sudo or "
		    "s3-approve commands end first.";
	if (n.users > s->max / 4 * 3 && (n.own > CONNS_FEW || n.users > s->max - s->max / 8))
		return "s3jitd has no room for more connections.  Try again in a moment.";
	return NULL;
}

void
server_accepted(struct broker *b, int fd, bool root)
{
	struct s3jit_err err = { 0 };
	const char *why;
	struct conn *c;

	if ((c = conn_new(b, fd, root, &err)) == NULL) {
		if (err.code == S3JIT_ESYS)
			audit_refused(b->audit, "peer-unknown", -1, err.text);
		return;
	}
	if ((why = server_no_room(c)) != NULL) {
		s3jit_fail(&err, S3JIT_EBUSY, "%s", why);
		conn_refuse(c, "too-many", &err, "");
	}
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = { .tv_usec = PAUSE_MS * 1000 };
	struct listener *l = arg;
	int one, i;

	(void)what;
	for (i = 0; i < ACCEPT_BATCH; i++) {
		one = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (one != -1) {
			server_accepted(l->b, one, l->root);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS) {
			/* Who waits, waits in the backlog; trying again at once would spin. */
			if (event_add(l->pause, &tv) == 0)
				event_del(l->ready);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = { .tv_usec = PAUSE_MS * 1000 };
	struct listener *l = arg;

	(void)fd;
	(void)what;
	if (event_add(l->ready, NULL) == -1)
		event_add(l->pause, &tv);
}

/* --- the folder and the sockets ----------------------------------------------------- */

static int
folder_ok(const char *path, struct s3jit_err *err)
{
	char copy[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) == -1)
		return s3jit_fail_errno(err, "%s (systemd-tmpfiles --create s3jit.conf makes it)",
		    path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 0777) != 0755)
		return s3jit_fail(err, S3JIT_ESYS, "%s must be a directory of user s3jit with mode "
		    "0755 (systemd-tmpfiles --create s3jit.conf makes it)", path);
	snprintf(copy, sizeof(copy), "%s", path);
	if (stat(dirname(copy), &st) == -1)
		return s3jit_fail_errno(err, "the directory above %s", path);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 0022) != 0)
		return s3jit_fail(err, S3JIT_ESYS, "the directory above %s must be root's and "
		    "writable by nobody else", path);
	return 0;
}

int
server_lock(const char *run_dir, int *lock, struct s3jit_err *err)
{
	*lock = -1;
	if (folder_ok(run_dir, err) == -1)
		return -1;
	if ((*lock = open(run_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return s3jit_fail_errno(err, "%s", run_dir);
	if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		s3jit_fail(err, S3JIT_EBUSY, "s3jitd runs already with %s", run_dir);
	else
		s3jit_fail_errno(err, "%s", run_dir);
	close(*lock);
	*lock = -1;
	return -1;
}

/* Nobody can connect before listen(), so the mode is right before anybody can. */
static int
make_socket(const struct listener *l, struct s3jit_err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = -1;

	if (snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/%s", l->b->run_dir, l->name) >=
	    (int)sizeof(sun.sun_path)) {
		s3jit_fail(err, S3JIT_EUSAGE, "%s/%s: the path is too long", l->b->run_dir, l->name);
		return -1;
	}
	if (unlink(sun.sun_path) == -1 && errno != ENOENT)
		goto bad;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    chmod(sun.sun_path, l->mode) == -1 || listen(fd, SOMAXCONN) == -1)
		goto bad;
	return fd;
bad:
	s3jit_fail_errno(err, "%s", sun.sun_path);
	if (fd != -1)
		close(fd);
	return -1;
}

static int
start(struct listener *l, int given, struct s3jit_err *err)
{
	int one = 1;

	if ((l->fd = given) == -1 && (l->fd = make_socket(l, err)) == -1)
		return -1;
	/* Inherited by what is accepted: the first bytes carry their sender, too. */
	if (setsockopt(l->fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) == -1 ||
	    evutil_make_socket_nonblocking(l->fd) == -1)
		return s3jit_fail_errno(err, "%s", l->name);
	l->ready = event_new(l->b->base, l->fd, EV_READ | EV_PERSIST, on_ready, l);
	l->pause = evtimer_new(l->b->base, on_pause_over, l);
	if (l->ready == NULL || l->pause == NULL || event_add(l->ready, NULL) == -1)
		return s3jit_fail(err, S3JIT_ESYS, "%s: no event", l->name);
	return 0;
}

/*
 * So many that descriptors never run out: each connection takes two, its login
 * a third, and FILES_OURS are for all else.
 */
static int
room(size_t *max, struct s3jit_err *err)
{
	struct rlimit lim;
	size_t n;

	if (getrlimit(RLIMIT_NOFILE, &lim) == -1)
		return s3jit_fail_errno(err, "cannot ask for the number of open files");
	if (lim.rlim_cur < FILES_MIN)
		return s3jit_fail(err, S3JIT_ESYS, "s3jitd may open %ju files and needs at least %d: "
		    "raise LimitNOFILE in its unit, or ulimit -n", (uintmax_t)lim.rlim_cur, FILES_MIN);
	n = ((lim.rlim_cur > 65536 ? 65536 : (size_t)lim.rlim_cur) - FILES_OURS) / 3;
	*max = n < CONNS_MAX ? n : CONNS_MAX;
	return 0;
}

int
server_new(struct broker *b, const struct server_options *options, struct s3jit_err *err)
{
	const struct listener both[2] = {
		{ .b = b, .name = "root.sock", .mode = 0600, .root = true, .fd = -1 },
		{ .b = b, .name = "user.sock", .mode = 0666, .root = false, .fd = -1 },
	};
	struct server *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return s3jit_fail_errno(err, "memory");
	s->options = *options;
	memcpy(s->listeners, both, sizeof(both));
	b->server = s;
	if (room(&s->max, err) == -1) {
		server_free(b);
		return -1;
	}
	if ((s->reaper = evtimer_new(b->base, on_reap, s)) == NULL) {
		server_free(b);
		return s3jit_fail(err, S3JIT_ESYS, "no event");
	}
	return 0;
}

int
server_listen(struct broker *b, struct s3jit_err *err)
{
	struct server *s = b->server;

	if (start(&s->listeners[0], s->options.root_fd, err) == -1 ||
	    start(&s->listeners[1], s->options.user_fd, err) == -1)
		return -1;
	return 0;
}

void
server_free(struct broker *b)
{
	struct server *s = b->server;
	struct conn *c;
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < 2; i++) {
		if (s->listeners[i].ready != NULL)
			event_free(s->listeners[i].ready);
		if (s->listeners[i].pause != NULL)
			event_free(s->listeners[i].pause);
		if (s->listeners[i].fd != -1)
			close(s->listeners[i].fd);
	}
	/* The broker stops, lines do not "drop": requests stay as they are. */
	for (c = s->conns; c != NULL; c = c->next) {
		dispatch_cancel(c);
		if (c->kind == CONN_LOGIN && c->session != NULL)
			c->session->login = NULL;
	}
	free_all(&s->conns);
	free_all(&s->leaving);
	free_all(&s->grave);
	if (s->reaper != NULL)
		event_free(s->reaper);
	b->server = NULL;
	free(s);
}
