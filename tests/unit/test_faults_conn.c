/*
 * test_faults_conn.c - a login, a helper and a person's program on their
 * connections, with the broker's first, second, third ... call for memory, to
 * sockets, files, the record and libevent failing.
 *
 * Whatever fails: who could not be looked at is nobody, an answer of success is
 * true, each is answered or hung up on and waits for nothing without an end,
 * memory and record agree on who is logged in, no descriptor is left, and once
 * the fault is over the same can be done.  Leaks are LeakSanitizer's to find.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/conn_io.h"
#include "broker/resolver_child.h"
#include "peers_world.h"
#include "s3jit/clock.h"
#include "walk.h"

#define ALICE 1001
#define PATIENCE_MS 5000

struct scene {
	uint32_t uid, sessionid;
	int login, fd;		/* our ends, -1 = none */
	int64_t seq;		/* the last audit record of before */
};

/* What one that asked has got. */
enum heard { SILENCE, HUNG_UP, REFUSED, SUCCESS };

struct op {
	const char *name;
	void (*prepare)(struct scene *);
	enum heard (*run)(struct scene *);
	bool (*done)(const struct scene *);	/* NULL = it changes nothing */
	unsigned how;
#define NEW_PERSON 1			/* whom the name service has not been asked for yet */
};


/* --- the broker's side: only what it does fails ------------------------------------- */

static int64_t later;		/* the name service's patience has run out this much sooner */

void __wrap_audit_forward(struct audit *);
int64_t __real_clock_boot_ms(void);
int64_t __wrap_clock_boot_ms(void);
void __real_resolver_child(int) __attribute__((noreturn));
void __wrap_resolver_child(int) __attribute__((noreturn));

int64_t
__wrap_clock_boot_ms(void)
{
	return __real_clock_boot_ms() + later;
}

/* Another process: its faults are test_resolver's. */
void
__wrap_resolver_child(int fd)
{
	faults_disarm();
	__real_resolver_child(fd);
}

/* Here no syslog takes anything, so each call would read all there ever was. */
void
__wrap_audit_forward(struct audit *a)
{
	(void)a;
}

static int no_events;		/* so many are not added, whatever is armed */

static bool
event_fails(void)
{
	if (no_events == 0)
		return faults_hit(FAULT_EVENT);
	no_events--;
	return true;
}

static void
loop(void)
{
	faults_release();
	event_base_loop(world.b.base, EVLOOP_NONBLOCK);
	faults_hold();
}

static int
connect_to(bool root)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	evutil_make_socket_nonblocking(sv[0]);
	world.peer_uid = root ? 0 : world.facts.euid;
	faults_release();
	server_accepted(&world.b, sv[0], root);
	faults_hold();
	loop();
	return sv[1];
}

/* --- what people hear ----------------------------------------------------------------- */

static bool
gone(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return fd == -1 || (poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0);
}

static bool
readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t until = __real_clock_boot_ms() + PATIENCE_MS;

	for (loop(); poll(&p, 1, 0) == 0; loop()) {
		if (__real_clock_boot_ms() > until)
			return false;
		usleep(500);
		if (world.hurry > 1)
			later += 10;
	}
	return true;
}

static void
sentence(const char *text)
{
	size_t i;

	if (strlen(text) < 10 || strchr(text, ' ') == NULL)
		broken("told no sentence: %s", text);
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] < ' ' || text[i] == 127)
			broken("told what cannot be shown: %s", text);
}

static enum heard
understand(const char *body, size_t len, const char *want, char nonce[CONN_NONCE])
{
	struct guest_answer a;
	struct msg_hello hello;
	struct msg_error e;
	const char *word;
	char type[32];
	bool good;

	if (guest_answer_decode(&a, body, len, NULL) == 0) {
		word = a.word == GUEST_GO ? "go" : a.word == GUEST_REAUTH ? "reauth" : "a refusal";
		good = strcmp(want, word) == 0;
		if (a.word == GUEST_REFUSE)
			sentence(a.text);
		else if (!good)
			broken("%s and not %s", word, want);
		guest_answer_clear(&a);
		return good ? SUCCESS : REFUSED;
	}
	if (codec_decode(&e, &error_table, body, len, NULL) == 0) {
		sentence(e.text);
		codec_clear(&error_table, &e);
		return REFUSED;
	}
	if (codec_type(type, sizeof(type), body, len, NULL) == -1 || strcmp(type, want) != 0) {
		broken("told, instead of %s: %.80s", want, body);
		return REFUSED;
	}
	if (strcmp(want, "hello") == 0 &&
	    codec_decode(&hello, &hello_table, body, len, NULL) == 0) {
		snprintf(nonce, CONN_NONCE, "%s", hello.nonce);
		codec_clear(&hello_table, &hello);
	}
	return SUCCESS;
}

/* The next frame is this one: a guest's word, or the type of a message. */
static enum heard
hear_nonce(int fd, const char *want, char nonce[CONN_NONCE])
{
	enum heard heard;
	void *body;
	size_t len;

	if (!readable(fd)) {
		broken("neither %s nor a refusal", want);
		return SILENCE;
	}
	if (wire_read(fd, &body, &len, WIRE_MAX, clock_boot_ms() + 1000, NULL) == -1)
		return HUNG_UP;
	heard = understand(body, len, want, nonce);
	free(body);
	return heard;
}

static enum heard
hear(int fd, const char *want)
{
	char nonce[CONN_NONCE];

	return hear_nonce(fd, want, nonce);
}

static void
say(int fd, const char *text)
{
	(void)wire_write(fd, text, strlen(text), clock_boot_ms() + 2000, NULL);
}

/* --- what they do ------------------------------------------------------------------------- */

/* The kernel gives a number to each login; a login that was lost has used its own up. */
static void
next_login(struct scene *s)
{
	static uint32_t sessionid = 100;

	world.facts.sessionid = s->sessionid = ++sessionid;
}

static enum heard
registers(struct scene *s)
{
	struct session *lost = session_find(world.b.sessions, s->uid, s->sessionid);

	if (lost != NULL && !session_is_live(lost))
		next_login(s);
	close(s->login);
	s->login = connect_to(true);
	if (!gone(s->login))
		world_say_register(s->login, s->uid, s->sessionid);
	return hear(s->login, "go");
}

/* Who has been greeted waits without a deadline; only the name service's time flies. */
static enum heard
asks(struct scene *s, const char *question)
{
	enum heard heard;

	say(s->fd, question);
	world.hurry = 100;
	heard = hear(s->fd, "ok");
	world.hurry = 1;
	return heard;
}

static enum heard
greets(struct scene *s)
{
	char nonce[CONN_NONCE] = "", text[128];
	enum heard heard = hear_nonce(s->fd, "hello", nonce);

	if (heard != SUCCESS)
		return heard;
	snprintf(text, sizeof(text), "{\"type\":\"greet\",\"version\":%d,\"nonce\":\"%s\","
	    "\"program\":\"test\"}", WIRE_VERSION, nonce);
	say(s->fd, text);
	/* nobody says that a greeting was right */
	return asks(s, "{\"type\":\"rules\"}");
}

static enum heard
connects_and_greets(struct scene *s)
{
	close(s->fd);
	s->fd = connect_to(false);
	return greets(s);
}

static enum heard
asks_as_person(struct scene *s)
{
	enum heard heard = gone(s->fd) ? connects_and_greets(s) : SUCCESS;

	return heard == SUCCESS ? asks(s, "{\"type\":\"list\"}") : heard;
}

static enum heard
asks_about_somebody(struct scene *s)
{
	enum heard heard = gone(s->fd) ? connects_and_greets(s) : SUCCESS;

	return heard == SUCCESS ? asks(s, "{\"type\":\"show\",\"id\":\"x\"}") : heard;
}

static enum heard
sends_facts(struct scene *s)
{
	enum heard heard;

	close(s->fd);
	s->fd = connect_to(true);
	if (!gone(s->fd))
		world_say_facts(s->fd, s->uid, s->uid, s->sessionid);
	heard = hear(s->fd, "go");
	return heard == SUCCESS ? greets(s) : heard;
}

static enum heard
reauthenticates(struct scene *s)
{
	struct session *of = session_find(world.b.sessions, s->uid, s->sessionid);
	enum heard heard;

	assert_non_null(of);
	of->reauth_wanted_ms = clock_boot_ms() + 60000;
	close(s->fd);
	s->fd = connect_to(true);
	if (!gone(s->fd))
		world_say_facts(s->fd, s->uid, s->uid, s->sessionid);
	if ((heard = hear(s->fd, "reauth")) != SUCCESS)
		return heard;
	if (!gone(s->fd))
		world_say_verdict(s->fd, s->uid, 0);
	return hear(s->fd, "go");
}

/* Their program is told, or hung up on, and never goes on. */
static enum heard
logs_out(struct scene *s)
{
	enum heard heard;

	close(s->login);
	s->login = -1;
	if (gone(s->fd))
		return SUCCESS;
	if ((heard = hear(s->fd, "the end")) == REFUSED)
		heard = hear(s->fd, "the end");
	if (heard != HUNG_UP)
		broken("goes on after the end of the login");
	return SUCCESS;
}

static struct conn *
peer_conn(void)
{
	struct conn *c;

	for (c = conn_first(&world.b); c != NULL && c->kind != CONN_PEER; c = c->next)
		;
	return c;
}

static void (*tells)(struct conn *, const struct table *, const void *) = conn_event;

/* Something happens while a question is being worked on: no answer takes another's place. */
static enum heard
is_told(struct scene *s)
{
	static const struct msg_event event = { (char *)(uintptr_t)"k", (char *)(uintptr_t)"yes",
	    (char *)(uintptr_t)"bob", (char *)(uintptr_t)"fine", 0 };
	static const struct msg_ok ok = { (char *)(uintptr_t)"ran" };
	enum heard heard = gone(s->fd) ? connects_and_greets(s) : SUCCESS;
	struct conn *c;

	if (heard != SUCCESS)
		return heard;
	say(s->fd, "{\"type\":\"status\"}");
	world.last = NULL;
	loop();
	c = peer_conn();
	if (c == NULL || world.last != c)
		return hear(s->fd, "ok");	/* refused before that */
	faults_release();
	tells(c, &event_table, &event);
	if (!c->io->closing && !c->busy)
		broken("an event has answered the question");
	conn_answer(c, &ok_table, &ok);
	faults_hold();
	heard = hear(s->fd, "event");
	return heard == SUCCESS ? hear(s->fd, "ok") : heard;
}

/* The record takes what it lacks. */
static enum heard
writes_what_is_owed(struct scene *s)
{
	(void)s;
	faults_release();
	sessions_tick(world.b.sessions);
	faults_hold();
	return SUCCESS;
}

static enum heard
starts_again(struct scene *s)
{
	struct s3jit_err err = { 0 };
	int ret;

	(void)s;
	sessions_free(world.b.sessions);
	world.b.sessions = NULL;
	faults_release();
	ret = sessions_new(&world.b.sessions, &world.b, &err);
	faults_hold();
	if (ret == 0)
		return SUCCESS;
	sentence(err.text);
	if (world.b.sessions != NULL)
		broken("it did not start, and has logins");
	return REFUSED;
}

/* --- what they should have done ----------------------------------------------------- */

/* Audit records of this event about this login; it says from where that is. */
static int
recorded(const struct scene *s, const char *event)
{
	bool opened = strcmp(event, "session-opened") == 0;
	struct list rows = { 0 };
	char what[64], whose[64];
	const char *record;
	size_t i;
	int n = 0;

	snprintf(what, sizeof(what), "\"event\":\"%s\"", event);
	snprintf(whose, sizeof(whose), "\"session\":%u,", s->sessionid);
	assert_int_equal(store_audit_page(world.b.store, &rows, s->seq, 500, "", 0, 0, NULL), 0);
	for (i = 0; i < rows.n; i++) {
		record = ((struct audit_row *)rows.v)[i].record;
		n += strstr(record, what) != NULL && strstr(record, whose) != NULL &&
		    (!opened || strstr(record, "\"origin\":\"ssh from 192.0.2.7\"") != NULL);
	}
	store_rows_clear(&rows, &audit_row_table);
	return n;
}

static struct session *
in_memory(const struct scene *s)
{
	return world.b.sessions == NULL ? NULL :
	    session_find(world.b.sessions, s->uid, s->sessionid);
}

/* Alive, and on record, or known to be missing there (A1). */
static bool
is_registered(const struct scene *s)
{
	const struct session *of = in_memory(s);

	return of != NULL && session_is_live(of) &&
	    (of->row.row < 0 ? of->owed : recorded(s, "session-opened") == 1);
}

static bool
is_reauthenticated(const struct scene *s)
{
	const struct session *of = in_memory(s);

	return of != NULL && of->row.reauth_at > 0 && recorded(s, "reauthenticated") >= 1;
}

static bool
is_over(const struct scene *s)
{
	const struct session *of = in_memory(s);

	return of != NULL && of->row.ended != 0 && !session_is_live(of) &&
	    (of->owed || recorded(s, "session-ended") == 1);
}

/* --- preparing ----------------------------------------------------------------------- */

static int64_t last_seq;	/* of the record, when the last scene began */

static void
must(enum heard heard)
{
	if (heard != SUCCESS || violation[0] != '\0')
		fail_msg("cannot prepare: %s", violation);
}

static void
logged_in(struct scene *s)
{
	must(registers(s));
}

static void
with_a_program(struct scene *s)
{
	logged_in(s);
	must(connects_and_greets(s));
}

static void
on_no_record(struct scene *s)
{
	world.disk_full = true;
	with_a_program(s);
	must(logs_out(s));
	world.disk_full = false;
}

/* Restarted: nobody is connected any more. */
static void
restarted(struct scene *s)
{
	logged_in(s);
	world_restart(false);
	close(s->login);
	s->login = -1;
}

static const struct op ops[] = {
	{ "a login", NULL, registers, is_registered, 0 },
	{ "a helper's facts", logged_in, sends_facts, NULL, 0 },
	{ "a password", logged_in, reauthenticates, is_reauthenticated, 0 },
	{ "a greeting", logged_in, connects_and_greets, NULL, 0 },
	{ "a question", with_a_program, asks_as_person, NULL, 0 },
	{ "a first question", logged_in, connects_and_greets, NULL, NEW_PERSON },
	{ "a question about people", with_a_program, asks_about_somebody, NULL, NEW_PERSON },
	{ "an event", with_a_program, is_told, NULL, 0 },
	{ "the end of a login", with_a_program, logs_out, is_over, 0 },
	{ "a late record", on_no_record, writes_what_is_owed, is_over, 0 },
	{ "a restart", restarted, starts_again, NULL, 0 },
};

/* --- walking --------------------------------------------------------------------------- */

static void
nothing(void *arg)
{
	*(bool *)arg = true;
}

/* The name service's process is there, and knows this one.  A stranger makes sure it is asked. */
static void
look_up(uid_t uid)
{
	static uid_t stranger = 300000;
	const uid_t uids[] = { uid, ++stranger };
	bool done = false;
	int i;

	resolver_want(world.b.resolver, uids, 2, 0, nothing, &done);
	for (i = 0; i < 5000 && !done; i++) {
		loop();
		usleep(500);
	}
	assert_true(done);
}

static void
prepare(const struct op *op, struct scene *s)
{
	struct list rows = { 0 };

	memset(s, 0, sizeof(*s));
	s->login = s->fd = -1;
	next_login(s);
	s->uid = (op->how & NEW_PERSON) != 0 ? 100000 + s->sessionid : ALICE;
	world.facts.loginuid = world.facts.ruid = world.facts.euid = s->uid;
	s->seq = last_seq;
	assert_int_equal(store_audit_page(world.b.store, &rows, last_seq, 500, "", 0, 0, NULL), 0);
	if (rows.n > 0)
		s->seq = last_seq = ((struct audit_row *)rows.v)[rows.n - 1].seq;
	store_rows_clear(&rows, &audit_row_table);
	if (op->prepare != NULL)
		op->prepare(s);
	if ((op->how & NEW_PERSON) != 0)
		later += 10000;		/* known for too long to be believed */
}

/* Whom the record has as logged in, memory has, and nobody else. */
static void
agree(void)
{
	struct s3jit_err err = { 0 };
	struct list rows = { 0 };
	struct session_row *row;
	struct session *s;
	size_t i, lives = 0;

	assert_int_equal(store_sessions_open(world.b.store, &rows, &err), 0);
	for (s = session_first(world.b.sessions); s != NULL; s = s->next)
		lives += session_is_live(s);
	if (lives != rows.n)
		broken("%zu logins in memory, %zu on record", lives, rows.n);
	for (i = 0; i < rows.n; i++) {
		row = &((struct session_row *)rows.v)[i];
		s = session_find(world.b.sessions, (uint32_t)row->loginuid,
		    (uint32_t)row->sessionid);
		if (s == NULL || !session_is_live(s) || s->row.row != row->row)
			broken("on record and not in memory");
		else if (s->row.reauth_at != row->reauth_at)
			broken("a password in memory and not on record, or the other way round");
	}
	store_rows_clear(&rows, &session_row_table);
}

/* Nobody is more than they may be, nor waits without an end. */
static void
conns_judge(const struct scene *s)
{
	struct conn *c;

	for (c = conn_first(&world.b); c != NULL; c = c->next) {
		if (c->kind == CONN_PEER && (c->session == NULL || c->via == NULL ||
		    !session_is_live(c->via) || c->peer.loginuid != s->uid ||
		    c->peer.sessionid != s->sessionid))
			broken("a person without a login");
		if (c->kind == CONN_LOGIN && (c->session == NULL || c->session->login != c))
			broken("a login's connection without its login");
		if (c->io->awaits != AWAIT_QUESTION && c->io->awaits != AWAIT_NOTHING &&
		    !evtimer_pending(c->io->timer, NULL))
			broken("it may stay silent for ever");
	}
}

/* The fault is over: what was not done can be done, and everything comes to its end. */
static void
afterwards(const struct op *op, struct scene *s, enum heard heard)
{
	struct session *of;

	conns_judge(s);
	if (world.b.sessions != NULL) {
		sessions_tick(world.b.sessions);
		agree();
	}
	if ((op->done != NULL ? !op->done(s) : heard != SUCCESS) &&
	    op->run(s) != SUCCESS)
		broken("cannot be done again");
	if (op->done != NULL && !op->done(s))
		broken("done again, and is not");
	close(s->fd);
	close(s->login);
	loop();
	if ((of = in_memory(s)) != NULL)
		session_end(world.b.sessions, of, "logout");
	loop();
	sessions_tick(world.b.sessions);
	agree();
	if (conn_first(&world.b) != NULL)
		broken("a connection is left");
	if (in_memory(s) != NULL && session_is_live(in_memory(s)))
		broken("a login is left");
}

/* One run with the nth call failing; false: it makes fewer of them. */
static bool
fails_at(const void *arg, enum fault_kind kind, int nth, bool lasting)
{
	const struct op *op = arg;
	struct scene s;
	enum heard heard;
	bool failed;
	int fds;

	if ((op->how & NEW_PERSON) != 0)
		look_up(7);
	fds = faults_descriptors();
	prepare(op, &s);
	faults_arm(kind, nth, lasting);
	heard = op->run(&s);
	failed = faults_disarm();
	if (heard == SUCCESS && op->done != NULL && !op->done(&s))
		broken("success, and it is not done");
	if (!failed && heard != SUCCESS)
		broken("failed by itself");
	afterwards(op, &s, heard);
	if (faults_descriptors() > fds)
		broken("descriptors are left open");
	return failed;
}

/* Each call of ours; those of jansson are many and alike. */
static int
walk_op(const struct op *op, enum fault_kind kind, bool lasting)
{
	return walk(op->name, op, fails_at, kind, lasting, kind == FAULT_JSON || lasting ? 12 : 0);
}

static void
begin(void)
{
	violation[0] = '\0';
	later = last_seq = 0;
	world_begin(false);
	world.event_fails = event_fails;
}

static int
setup(void **state)
{
	(void)state;
	begin();
	close(world_login(ALICE, 7, "sshd", "192.0.2.7", ""));	/* for faults_json() */
	world_settle();
	faults_json();
	faults_hold();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	faults_release();
	world_end();
	return 0;
}

/* From nothing, for what one operation left is not the next one's. */
static void
again(void)
{
	world_end();
	begin();
	look_up(7);
	look_up(ALICE);
}

static void
walk_all(enum fault_kind kind, bool lasting)
{
	size_t i;
	int harm = 0;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		again();
		(void)walk_op(&ops[i], kind, lasting);
		harm += violation[0] != '\0';
	}
	assert_int_equal(harm, 0);
}

#define WALK(name, kind)			\
	static void				\
	name(void **state)			\
	{					\
		(void)state;			\
		walk_all(kind, false);		\
		walk_all(kind, true);		\
	}

static void
A1_B3_json(void **state)
{
	(void)state;
	walk_all(FAULT_JSON, false);
}

WALK(A1_B3_memory, FAULT_MEMORY)
WALK(B3_sockets, FAULT_SOCKET)
WALK(A1_B3_files, FAULT_FILE)
WALK(A1_record, FAULT_SQL)
WALK(B7_B8_events, FAULT_EVENT)

/* --- who connects while nobody can be let in ----------------------------------------- */

static int
knock(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.90s/user.sock", world.run_dir);
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1)
		fail_msg("%s: %m", sun.sun_path);
	return fd;
}

/* No memory for the pause, and then none for its end: neither closes the door for good. */
static void
B8_who_waits_is_let_in_later(void **state)
{
	static const struct {
		int before, after;	/* events that are not added when it begins, and ends */
	} all[] = { { 0, 0 }, { 1, 0 }, { 0, 1 } };
	size_t i;
	int fd;

	(void)state;
	assert_int_equal(server_listen(&world.b, NULL), 0);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		fd = knock();
		no_events = all[i].before;
		faults_arm(FAULT_SOCKET, 1, true);
		loop();
		assert_true(faults_disarm());
		no_events = all[i].after;
		assert_int_equal(hear(fd, "hello"), SUCCESS);
		assert_int_equal(no_events, 0);
		close(fd);
	}
}

/* --- what is not reached by asking ----------------------------------------------------- */

static void
B6_a_login_that_cannot_be_read_is_none(void **state)
{
	struct session *s = NULL;
	int n;

	(void)state;
	world_restart(false);		/* setup's login has ended: it is on record alone */
	for (n = 1; s == NULL && n < 100; n++) {
		faults_release();
		faults_arm(FAULT_MEMORY, n, false);
		s = session_find(world.b.sessions, ALICE, 7);
		faults_hold();
		assert_true(faults_disarm() == (s == NULL));
	}
	assert_in_range(n, 3, 99);
	assert_false(session_is_live(s));
}

/* As epoll may wake us for nothing. */
static void
a_connection_that_says_nothing_stays(void **state)
{
	int fd = connect_to(false);

	(void)state;
	assert_int_equal(hear(fd, "hello"), SUCCESS);
	event_active(conn_first(&world.b)->io->readable, EV_READ, 0);
	loop();
	assert_non_null(conn_first(&world.b));
	assert_false(gone(fd));
	close(fd);
}

/* --- controls: each of these mistakes is seen ---------------------------------------- */

static bool
has_memory(void)
{
	char *copy;

	faults_release();
	copy = strdup("x");
	faults_hold();
	free(copy);
	return copy != NULL;
}

static enum heard
registers_whatever_comes(struct scene *s)
{
	(void)registers(s);
	return SUCCESS;
}

static int forgotten = -1;

static enum heard
forgets_its_descriptor(struct scene *s)
{
	int fd = dup(s->login);

	if (!has_memory()) {
		forgotten = fd;
		return REFUSED;
	}
	close(fd);
	return SUCCESS;
}

static enum heard
forgets_in_memory(struct scene *s)
{
	if (has_memory())
		return SUCCESS;
	in_memory(s)->row.ended = 1;
	return REFUSED;
}

static enum heard
forgets_its_deadline(struct scene *s)
{
	s->fd = connect_to(true);
	if (has_memory())
		return SUCCESS;
	event_del(conn_first(&world.b)->io->timer);
	return REFUSED;
}

static enum heard
takes_anybody(struct scene *s)
{
	s->fd = connect_to(true);
	if (has_memory())
		return SUCCESS;
	conn_first(&world.b)->kind = CONN_PEER;
	return REFUSED;
}

static void
tells_an_error(struct conn *c, const struct table *table, const void *msg)
{
	static const struct s3jit_err err = { S3JIT_ESYS, "There is no memory." };
	char *copy = strdup("x");

	if (copy != NULL)
		conn_event(c, table, msg);
	else
		conn_error(c, &err, "");
	free(copy);
}

static enum heard
is_told_an_error(struct scene *s)
{
	enum heard heard;

	tells = tells_an_error;
	heard = is_told(s);
	tells = conn_event;
	return heard;
}

static enum heard
never_works_again(struct scene *s)
{
	static bool spoiled;

	(void)s;
	spoiled = spoiled || !has_memory();
	return spoiled ? REFUSED : SUCCESS;
}

static const struct {
	struct op op;
	const char *seen;
} mistakes[] = {
	{ { "a", NULL, registers_whatever_comes, is_registered, 0 },
	    "success, and it is not done" },
	{ { "b", logged_in, forgets_its_descriptor, NULL, 0 },
	    "descriptors are left open" },
	{ { "c", logged_in, forgets_in_memory, NULL, 0 },
	    "0 logins in memory, 1 on record" },
	{ { "d", logged_in, forgets_its_deadline, NULL, 0 },
	    "it may stay silent for ever" },
	{ { "e", NULL, takes_anybody, NULL, 0 },
	    "a person without a login" },
	{ { "f", with_a_program, is_told_an_error, NULL, 0 },
	    "an event has answered the question" },
	{ { "g", NULL, never_works_again, NULL, 0 },
	    "cannot be done again" },
};

static void
mistakes_are_seen(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		again();
		walk_op(&mistakes[i].op, FAULT_MEMORY, false);
		assert_string_equal(violation, mistakes[i].seen);
	}
	close(forgotten);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(mistakes_are_seen),
		T(A1_B3_memory),
		T(A1_B3_json),
		T(B3_sockets),
		T(A1_B3_files),
		T(A1_record),
		T(B7_B8_events),
		T(B8_who_waits_is_let_in_later),
		T(B6_a_login_that_cannot_be_read_is_none),
		T(a_connection_that_says_nothing_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
