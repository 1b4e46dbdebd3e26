/*
 * test_dispatch.c - who may send which message: each class against each kind
 * of peer, at each frame anew.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "peers_world.h"

/* Messages of the classes in peers_world.c's table. */
#define ASK_SESSION "rules"
#define ASK_PERSON "list"
#define ASK_TTY "want_reauth"

static int tty_master = -1;
static uint32_t tty_nr;

/* A terminal that belongs to who runs the test. */
static int
open_tty(void)
{
	unsigned int maj, min;
	char path[64];
	struct stat st;

	if ((tty_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1 ||
	    grantpt(tty_master) == -1 || unlockpt(tty_master) == -1 ||
	    ptsname_r(tty_master, path, sizeof(path)) != 0 || stat(path, &st) == -1)
		return -1;
	maj = major(st.st_rdev);
	min = minor(st.st_rdev);
	tty_nr = (min & 0xff) | maj << 8 | (min & ~0xffu) << 12;
	return st.st_uid == getuid() ? 0 : -1;
}

/* The person is who runs the test, so that the terminal is theirs; never root. */
static uint32_t me;

static int
begin(void **state)
{
	(void)state;
	world_begin(false);
	me = getuid();
	if (me == 0 && tty_master != -1) {
		char path[64];

		me = 1001;
		if (ptsname_r(tty_master, path, sizeof(path)) != 0 || chown(path, me, (gid_t)-1) == -1)
			return -1;
	}
	world.facts.tty_nr = tty_nr;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

/* What this peer is answered: "" when the handler ran, otherwise the refusal. Caller frees. */
static char *
answer(int fd, const char *type)
{
	char *text, *copy;
	const char *start;

	world_ask(fd, type, "");
	assert_non_null(text = world_hear(fd, NULL));
	start = strstr(text, "\"type\":\"ok\"") != NULL ? "" : strstr(text, "\"text\":\"");
	assert_non_null(start);
	assert_non_null(copy = strdup(start));
	free(text);
	return copy;
}

static void
runs(int fd, const char *type)
{
	char *text = answer(fd, type);

	if (text[0] != '\0')
		fail_msg("%s: %s", type, text);
	free(text);
}

static void
refused(int fd, const char *type, const char *words)
{
	int before = world.asked;
	char *text = answer(fd, type);

	if (strstr(text, words) == NULL)
		fail_msg("%s: expected \"%s\", got \"%s\"", type, words, text);
	assert_int_equal(world.asked, before);
	free(text);
}

static void
a_person_at_a_terminal(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);

	(void)state;
	runs(fd, ASK_SESSION);
	runs(fd, ASK_PERSON);
	runs(fd, ASK_TTY);
	assert_int_equal(world_events("refused"), 0);
	close(fd);
	close(login);
}

/* sudo -u, su: requests may come from another uid of the session, all else not. */
static void
Q7_another_uid_of_the_session(void **state)
{
	static const struct { int ruid, euid; } all[] = { { 1, 1 }, { 1, 0 }, { 0, 1 } };
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		world.facts.ruid = me + (uint32_t)all[i].ruid;
		world.facts.euid = me + (uint32_t)all[i].euid;
		runs(fd, ASK_SESSION);
		refused(fd, ASK_PERSON, "only as the user who logged in");
		refused(fd, ASK_TTY, "only as the user who logged in");
	}
	assert_true(world_events("refused") >= 6);
	close(fd);
	close(login);
}

/* The process is read at each frame: what was right at the greeting may be wrong now. */
static void
B3_judged_by_what_is_now(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);

	(void)state;
	runs(fd, ASK_PERSON);
	world.facts.sessionid = 9;
	refused(fd, ASK_PERSON, "somebody else now");
	world.facts.sessionid = 7;
	runs(fd, ASK_PERSON);
	world.facts_fail = S3JIT_ENOTALLOWED;
	refused(fd, ASK_PERSON, "cannot see process");
	close(fd);
	close(login);
}

static void
Q6_root_never_votes(void **state)
{
	int other = world_login(me, 8, "sshd", "192.0.2.7", ""), root;
	int login = world_login(0, 7, "sshd", "192.0.2.7", ""), fd = world_peer(0, 7);

	(void)state;
	runs(fd, ASK_SESSION);
	runs(fd, ASK_PERSON);
	refused(fd, ASK_TTY, "root does not vote");
	/* root by alice, in alice's session */
	world.facts = (struct proc_facts){ .loginuid = me, .sessionid = 8, .start = 4711,
	    .tty_nr = tty_nr };
	world.peer_uid = 0;
	root = world_connect(false);
	world_greet(root);
	refused(root, ASK_TTY, "root does not vote");
	refused(root, ASK_PERSON, "only as the user who logged in");
	close(root);
	close(other);
	close(fd);
	close(login);
}

static void
Q7_without_a_terminal(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd;

	(void)state;
	world.facts.tty_nr = 0;		/* ssh -L to the socket, cron, a service */
	fd = world_peer(me, 7);
	runs(fd, ASK_PERSON);
	refused(fd, ASK_TTY, "terminal of your own");
	close(fd);
	close(login);
}

static void
Q8_a_terminal_of_somebody_else(void **state)
{
	int login = world_login(me + 1, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me + 1, 7);

	(void)state;
	refused(fd, ASK_TTY, "belongs to another user");
	close(fd);
	close(login);
}

static void
Q7_services_that_no_person_sits_at(void **state)
{
	static const char *const services[] = { "cron", "atd", "systemd-user", "su", "sudo", "" };
	size_t i;
	int login, fd;

	(void)state;
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		login = world_login(me, (uint32_t)(20 + i), services[i], "192.0.2.7", "");
		fd = world_peer(me, (uint32_t)(20 + i));
		runs(fd, ASK_PERSON);
		refused(fd, ASK_TTY, "Vote from an ssh login");
		close(fd);
		close(login);
	}
}

static void
Q7_logins_from_this_host(void **state)
{
	int login = world_login(me, 7, "sshd", "127.0.0.1", ""), fd = world_peer(me, 7);

	(void)state;
	runs(fd, ASK_PERSON);
	refused(fd, ASK_TTY, "from this host itself");
	world.b.conf->local_votes = true;
	runs(fd, ASK_TTY);
	close(fd);
	close(login);
}

static void
Q7_a_traced_process(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);

	(void)state;
	world.facts.tracer = 99;
	runs(fd, ASK_PERSON);
	refused(fd, ASK_TTY, "traces");
	close(fd);
	close(login);
}

/* DESIGN 2: a leftover reads and asks, and never votes. */
static void
B16_a_leftover_never_votes(void **state)
{
	int first = world_login(me, 7, "sshd", "192.0.2.7", "");
	int second = world_login(me, 8, "sshd", "192.0.2.7", ""), fd;

	(void)state;
	close(first);
	world_settle();
	fd = world_peer(me, 7);
	runs(fd, ASK_SESSION);
	runs(fd, ASK_PERSON);
	refused(fd, ASK_TTY, "has ended");
	close(fd);
	close(second);
}

static void
only_auditors(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);
	struct who *who = &world.b.conf->auditors;
	char *name = (char *)(uintptr_t)"somebody", *text;
	uid_t uid = me;

	(void)state;
	world_ask(fd, "close", ",\"id\":\"x\"");
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "Only auditors"));
	free(text);
	who->users.v = &name;
	who->users.n = 1;
	who->uids = &uid;
	world_ask(fd, "close", ",\"id\":\"x\"");
	assert_non_null(text = world_hear(fd, NULL));
	/* an account that the name service does not know is nobody, though its uid is listed */
	if (resolver_person(world.b.resolver, me)->known)
		assert_non_null(strstr(text, "\"ok\""));
	else
		assert_non_null(strstr(text, "Only auditors"));
	free(text);
	memset(who, 0, sizeof(*who));
	close(fd);
	close(login);
}

static void
a_handlers_refusal_is_the_answer(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);
	char *text;

	(void)state;
	world_ask(fd, "withdraw", ",\"id\":\"x\"");
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "\"not-found\""));
	assert_non_null(strstr(text, "No such thing."));
	free(text);
	runs(fd, ASK_SESSION);
	close(fd);
	close(login);
}

/* As with any other: the connection is not closed for want of JSON. */
static void
a_refusal_cut_inside_a_letter_is_an_answer(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);
	char *text;

	(void)state;
	world_ask(fd, "end", ",\"id\":\"x\",\"outcome\":\"done\",\"status\":0");
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "\"not-found\""));
	assert_non_null(strstr(text, "\xc3\xa4?\""));
	free(text);
	runs(fd, ASK_SESSION);
	close(fd);
	close(login);
}

/* The login ends while its question is being worked on: the answer finds nobody. */
static void
B16_an_answer_after_the_end_is_dropped(void **state)
{
	static const struct msg_ok ok = { (char *)(uintptr_t)"secret" };
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);
	uint64_t serial;
	char *text;
	int i;

	(void)state;
	world_ask(fd, "status", "");
	for (i = 0; i < 500 && world.last == NULL; i++)
		world_settle();
	assert_non_null(world.last);
	serial = world.last->serial;
	session_end(world.b.sessions, session_find(world.b.sessions, me, 7), "logout");
	assert_null(conn_by_serial(&world.b, serial));
	conn_answer(world.last, &ok_table, &ok);	/* still there until the loop comes by */
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "has ended"));
	free(text);
	world_hear_end(fd);
	close(fd);
	close(login);
}

/* The question was read and the name service is asked: nothing has run yet. */
static struct conn *
thinking(int fd, const char *type)
{
	struct conn *c;

	world_ask(fd, type, "");
	event_base_loop(world.b.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	for (c = conn_first(&world.b); c != NULL && c->kind != CONN_PEER; c = c->next)
		;
	assert_non_null(c);
	assert_true(c->busy);
	assert_int_equal(world.asked, 0);
	return c;
}

static void
B14_hanging_up_while_people_are_looked_up(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);

	(void)state;
	conn_close(thinking(fd, ASK_SESSION), true);
	world_settle();
	assert_int_equal(world.asked, 0);
	close(fd);
	close(login);
}

/* What changes while the name service thinks is seen. */
static void
B3_judged_again_before_it_runs(void **state)
{
	int login = world_login(me, 7, "sshd", "192.0.2.7", ""), fd = world_peer(me, 7);
	char *text;

	(void)state;
	thinking(fd, ASK_PERSON);
	world.facts.euid = me + 1;
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "only as the user who logged in"));
	free(text);
	assert_int_equal(world.asked, 0);
	close(fd);
	close(login);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_person_at_a_terminal), T(Q7_another_uid_of_the_session),
		T(B3_judged_by_what_is_now), T(Q6_root_never_votes), T(Q7_without_a_terminal),
		T(Q8_a_terminal_of_somebody_else), T(Q7_services_that_no_person_sits_at),
		T(Q7_logins_from_this_host), T(Q7_a_traced_process), T(B16_a_leftover_never_votes),
		T(only_auditors), T(a_handlers_refusal_is_the_answer),
		T(a_refusal_cut_inside_a_letter_is_an_answer),
		T(B16_an_answer_after_the_end_is_dropped),
		T(B14_hanging_up_while_people_are_looked_up), T(B3_judged_again_before_it_runs),
	};

	if (open_tty() == -1) {
		fprintf(stderr, "no terminal of our own: /dev/pts is missing\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
