/*
 * peers_world.c - see peers_world.h.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/baseline.h"
#include "broker/queue.h"
#include "peers_world.h"
#include "s3jit/clock.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

struct world world;

/* --- the kernel's word ---------------------------------------------------------- */

int	__real_getsockopt(int, int, int, void *, socklen_t *);
int	__wrap_getsockopt(int, int, int, void *, socklen_t *);

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	struct ucred *cred = value;

	if (level == SOL_SOCKET && name == SO_PEERPIDFD && world.pidfd_errno == -1) {
		*(int *)value = -1;
		return 0;
	}
	if (level == SOL_SOCKET && name == SO_PEERPIDFD && world.pidfd_errno != 0) {
		errno = world.pidfd_errno;
		return -1;
	}
	if (level != SOL_SOCKET || name != SO_PEERCRED)
		return __real_getsockopt(fd, level, name, value, len);
	if (world.getsockopt_errno != 0) {
		errno = world.getsockopt_errno;
		return -1;
	}
	if (__real_getsockopt(fd, level, name, value, len) == -1)
		return -1;
	cred->uid = world.peer_uid;
	if (world.peer_pid != 0)
		cred->pid = world.peer_pid < 0 ? 0 : world.peer_pid;
	return 0;
}

int	__wrap_proc_facts_read(struct proc_facts *, pid_t, int, struct s3jit_err *);

int
__wrap_proc_facts_read(struct proc_facts *facts, pid_t pid, int pidfd, struct s3jit_err *err)
{
	memset(facts, 0, sizeof(*facts));
	if (world.facts_fail != S3JIT_OK)
		return s3jit_fail(err, world.facts_fail, "cannot see process %d", (int)pid);
	if (!peer_alive(pidfd))
		return s3jit_fail(err, S3JIT_ENOTFOUND, "process %d ended", (int)pid);
	*facts = world.facts;
	return 0;
}

int	__real_event_add(struct event *, const struct timeval *);
int	__wrap_event_add(struct event *, const struct timeval *);

int
__wrap_event_add(struct event *ev, const struct timeval *tv)
{
	struct timeval quick;
	long us;

	if (world.event_fails != NULL && world.event_fails())
		return -1;
	if (tv == NULL || world.hurry < 2)
		return __real_event_add(ev, tv);
	us = (tv->tv_sec * 1000000L + tv->tv_usec) / world.hurry;
	quick = (struct timeval){ .tv_sec = us / 1000000, .tv_usec = us % 1000000 };
	return __real_event_add(ev, &quick);
}

int	__real_store_commit(struct store *, struct s3jit_err *);
int	__wrap_store_commit(struct store *, struct s3jit_err *);

int
__wrap_store_commit(struct store *s, struct s3jit_err *err)
{
	if (!world.disk_full)
		return __real_store_commit(s, err);
	store_rollback(s);
	return s3jit_fail(err, S3JIT_ERECORD, "the record cannot be written: disk full");
}

/* --- the queue and the handlers ------------------------------------------------------ */

void
queue_session_ended(struct broker *b, struct session *s, const char *why)
{
	(void)b;
	(void)s;
	world.sessions_ended++;
	world.last_why = why;
}

void
baselines_soon(struct broker *b)
{
	(void)b;
	world.logins_begun++;
}

void
queue_conn_closed(struct broker *b, struct conn *c)
{
	(void)b;
	(void)c;
	world.conns_closed++;
}

static int
answer_ok(struct conn *c, const void *msg, struct s3jit_err *err)
{
	static const struct msg_ok ok = { (char *)(uintptr_t)"ran" };

	(void)msg;
	(void)err;
	world.asked++;
	conn_answer(c, &ok_table, &ok);
	return 0;
}

static int
answer_later(struct conn *c, const void *msg, struct s3jit_err *err)
{
	(void)msg;
	(void)err;
	world.asked++;
	world.last = c;
	return 0;
}

static int
answer_no(struct conn *c, const void *msg, struct s3jit_err *err)
{
	(void)c;
	(void)msg;
	return s3jit_fail(err, S3JIT_ENOTFOUND, "No such thing.");
}

/* Somebody else, whom the handler of `show` must know about. */
static int
needs_somebody(struct conn *c, const void *msg, uid_t **uids, size_t *n)
{
	(void)c;
	(void)msg;
	if ((*uids = malloc(sizeof(**uids))) == NULL)
		return -1;
	(*uids)[(*n)++] = 7;
	return 0;
}

/* A sentence about something very long, cut inside its last character. */
static int
answer_cut(struct conn *c, const void *msg, struct s3jit_err *err)
{
	char key[1025];
	size_t i;

	(void)c;
	(void)msg;
	for (i = 0; i < 512; i++)
		memcpy(key + 2 * i, "\xc3\xa4", 3);
	/* 768 bytes with the NUL: 765 for letters of two bytes each */
	return s3jit_fail(err, S3JIT_ENOTFOUND, "No%s", key);
}

const struct handler handlers[] = {
	{ &rules_table, PEER_SESSION, NULL, answer_ok },
	{ &status_table, PEER_SESSION, NULL, answer_later },
	{ &withdraw_table, PEER_SESSION, NULL, answer_no },
	{ &end_table, PEER_SESSION, NULL, answer_cut },
	{ &list_table, PEER_PERSON, NULL, answer_ok },
	{ &show_table, PEER_SESSION, needs_somebody, answer_ok },
	{ &want_reauth_table, PEER_PERSON_ON_TTY, NULL, answer_ok },
	{ &close_table, PEER_AUDITOR, NULL, answer_ok },
	{ NULL, PEER_SESSION, NULL, NULL }
};

/* --- begin and end ------------------------------------------------------------------ */

static struct config conf;

static void
open_broker(bool old_kernel)
{
	struct server_options options = { .old_kernel = old_kernel, .root_fd = -1, .user_fd = -1 };
	struct s3jit_err err = { 0 };
	struct broker *b = &world.b;

	memset(b, 0, sizeof(*b));
	b->run_dir = world.run_dir;
	b->conf = &conf;
	snprintf(b->boot_id, sizeof(b->boot_id), "%s", WORLD_BOOT);
	assert_non_null(b->base = event_base_new());
	if (resolver_new(&b->resolver, b->base, &err) == -1 ||
	    store_open(&b->store, world.dir, &err) == -1 ||
	    audit_new(&b->audit, b->store, "host.example", b->boot_id, "0", &err) == -1 ||
	    server_new(b, &options, &err) == -1 || sessions_new(&b->sessions, b, &err) == -1)
		fail_msg("%s", err.text);
}

static void
close_broker(void)
{
	struct broker *b = &world.b;

	server_free(b);
	sessions_free(b->sessions);
	audit_free(b->audit);
	store_close(b->store);
	resolver_free(b->resolver);
	event_base_free(b->base);
}

void
world_begin(bool old_kernel)
{
	memset(&world, 0, sizeof(world));
	memset(&conf, 0, sizeof(conf));
	conf.file = (char *)(uintptr_t)"/etc/s3jit/s3jit.conf";
	snprintf(world.dir, sizeof(world.dir), "/tmp/s3jit-peers-XXXXXX");
	assert_non_null(mkdtemp(world.dir));
	snprintf(world.run_dir, sizeof(world.run_dir), "%s/run", world.dir);
	assert_int_equal(mkdir(world.run_dir, 0755), 0);
	world.hurry = 1;
	world.peer_uid = 1001;
	world.facts = (struct proc_facts){ .loginuid = 1001, .sessionid = 7, .ruid = 1001,
	    .euid = 1001, .start = 4711 };
	open_broker(old_kernel);
}

void
world_restart(bool old_kernel)
{
	close_broker();
	open_broker(old_kernel);
}

void
world_end(void)
{
	char cmd[160];

	close_broker();
	snprintf(cmd, sizeof(cmd), "rm -rf -- '%s'", world.dir);
	assert_int_equal(system(cmd), 0);
}

void
world_settle_ms(int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	int hurry = world.hurry;

	world.hurry = 1;
	event_base_loopexit(world.b.base, &tv);
	world.hurry = hurry;
	event_base_dispatch(world.b.base);
}

void
world_settle(void)
{
	world_settle_ms(10);
}

/* --- talking ---------------------------------------------------------------------------- */

int
world_connect(bool root)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	evutil_make_socket_nonblocking(sv[0]);
	if (root)
		world.peer_uid = 0;
	server_accepted(&world.b, sv[0], root);
	if (root)
		world.peer_uid = 1001;
	return sv[1];
}

void
world_say(int fd, const void *body, size_t len)
{
	struct s3jit_err err = { 0 };

	if (wire_write(fd, body, len, clock_boot_ms() + 2000, &err) == -1)
		print_message("say: %s\n", err.text);
}

char *
world_hear(int fd, size_t *len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t until = clock_boot_ms() + 5000;
	struct s3jit_err err = { 0 };
	void *body;
	size_t n;

	/* As long as it takes on a machine that has other things to do. */
	do {
		world_settle_ms(2);
	} while (poll(&p, 1, 0) == 0 && clock_boot_ms() < until);
	if (wire_read(fd, &body, &n, WIRE_MAX, clock_boot_ms() + 1000, &err) == -1) {
		if (err.code == S3JIT_ETIMEOUT)
			fail_msg("nothing to hear, and the connection is open");
		return NULL;
	}
	if (len != NULL)
		*len = n;
	return body;
}

char *
world_hear_type(int fd, const char *type)
{
	char word[64], *text;
	size_t len;

	assert_non_null(text = world_hear(fd, &len));
	assert_int_equal(codec_type(word, sizeof(word), text, len, NULL), 0);
	if (strcmp(word, type) != 0)
		fail_msg("expected %s: %s", type, text);
	return text;
}

void
world_hear_guest(int fd, enum guest_word word, const char *text)
{
	struct guest_answer a;
	size_t len;
	char *body;

	assert_non_null(body = world_hear(fd, &len));
	assert_int_equal(guest_answer_decode(&a, body, len, NULL), 0);
	if (a.word != word || strstr(a.text, text) == NULL)
		fail_msg("expected %d with \"%s\", got %d: %s", word, text, a.word, a.text);
	guest_answer_clear(&a);
	free(body);
}

void
world_hear_end(int fd)
{
	char *body = world_hear(fd, NULL);

	if (body != NULL)
		fail_msg("expected the end of the connection: %s", body);
}

static void
say_guest(int fd, unsigned char *body, size_t len)
{
	world_say(fd, body, len);
	free(body);
}

static void
say_register(int fd, uint32_t uid, uint32_t sessionid, const char *service, const char *rhost,
    const char *auth)
{
	const struct guest_register reg = { .user = (char *)(uintptr_t)"alice", .uid = uid,
	    .loginuid = uid, .sessionid = sessionid, .boot_id = (char *)(uintptr_t)WORLD_BOOT,
	    .service = (char *)(uintptr_t)service, .rhost = (char *)(uintptr_t)rhost,
	    .tty = (char *)(uintptr_t)"ssh", .auth_info = (char *)(uintptr_t)auth };
	unsigned char *body;
	size_t len;

	assert_int_equal(guest_register_encode(&body, &len, &reg, NULL), 0);
	say_guest(fd, body, len);
}

void
world_say_register(int fd, uint32_t uid, uint32_t sessionid)
{
	say_register(fd, uid, sessionid, "sshd", "192.0.2.7", "publickey ssh-ed25519 AAAA\n");
}

void
world_say_facts(int fd, uint32_t ruid, uint32_t loginuid, uint32_t sessionid)
{
	const struct guest_facts f = { ruid, loginuid, sessionid };
	unsigned char *body;
	size_t len;

	assert_int_equal(guest_facts_encode(&body, &len, &f, NULL), 0);
	say_guest(fd, body, len);
}

void
world_say_verdict(int fd, uint32_t ruid, uint32_t pam_code)
{
	const struct guest_verdict v = { ruid, pam_code };
	unsigned char *body;
	size_t len;

	assert_int_equal(guest_verdict_encode(&body, &len, &v, NULL), 0);
	say_guest(fd, body, len);
}

void
world_greet(int fd)
{
	struct msg_greet greet = { WIRE_VERSION, NULL, (char *)(uintptr_t)"test" };
	struct msg_hello hello;
	char *text, *json;

	text = world_hear_type(fd, "hello");
	assert_int_equal(codec_decode(&hello, &hello_table, text, strlen(text), NULL), 0);
	greet.nonce = hello.nonce;
	assert_int_equal(codec_encode(&json, &greet_table, &greet, NULL), 0);
	world_say(fd, json, strlen(json));
	free(json);
	free(text);
	codec_clear(&hello_table, &hello);
	world_settle();
}

void
world_ask(int fd, const char *type, const char *more)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"type\":\"%s\"%s}", type, more);
	world_say(fd, text, strlen(text));
}

int
world_login(uint32_t uid, uint32_t sessionid, const char *service, const char *rhost,
    const char *auth)
{
	int fd = world_connect(true);

	world.facts.loginuid = uid;
	world.facts.sessionid = sessionid;
	say_register(fd, uid, sessionid, service, rhost, auth);
	world_hear_guest(fd, GUEST_GO, "");
	return fd;
}

int
world_peer(uint32_t uid, uint32_t sessionid)
{
	int fd;

	world.facts.loginuid = world.facts.ruid = world.facts.euid = world.peer_uid = uid;
	world.facts.sessionid = sessionid;
	fd = world_connect(false);
	world_greet(fd);
	return fd;
}

int
world_events(const char *event)
{
	struct list rows = { 0 };
	struct audit_row *row;
	char want[64];
	size_t i;
	int n = 0;

	snprintf(want, sizeof(want), "\"event\":\"%s\"", event);
	assert_int_equal(store_audit_page(world.b.store, &rows, 0, 500, "", 0, 0, NULL), 0);
	for (i = 0; i < rows.n; i++) {
		row = &((struct audit_row *)rows.v)[i];
		n += strstr(row->record, want) != NULL;
		codec_clear(&audit_row_table, row);
	}
	free(rows.v);
	return n;
}
