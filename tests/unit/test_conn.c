/*
 * test_conn.c - what a connection may become, what it may say then, and when
 * it is closed.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "peers_world.h"
#include "s3jit/clock.h"

static int
begin(void **state)
{
	(void)state;
	world_begin(false);
	return 0;
}

/* With room for some hundred connections: they are made up of it when it starts. */
static int
begin_small(void **state)
{
	struct rlimit kept, small;

	(void)state;
	if (getrlimit(RLIMIT_NOFILE, &kept) == -1)
		return -1;
	small = kept;
	small.rlim_cur = 600;
	if (setrlimit(RLIMIT_NOFILE, &small) == -1)
		return -1;
	world_begin(false);
	return setrlimit(RLIMIT_NOFILE, &kept);
}

static int
begin_old(void **state)
{
	(void)state;
	world_begin(true);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

/* --- logins ------------------------------------------------------------------------ */

static void
register_go_and_logout(void **state)
{
	int fd = world_login(1001, 7, "sshd", "192.0.2.7", "");

	(void)state;
	assert_non_null(session_live_of(world.b.sessions, 1001));
	assert_int_equal(world_events("session-opened"), 1);
	close(fd);
	world_settle();
	assert_null(session_live_of(world.b.sessions, 1001));
	assert_int_equal(world.sessions_ended, 1);
	assert_string_equal(world.last_why, "logout");
	assert_int_equal(world_events("session-ended"), 1);
}

/* pam_s3jit waits 2 s and then lets the login go on without us. */
static void
P3_a_login_that_gave_up_waiting_is_none(void **state)
{
	int fd = world_connect(true);

	(void)state;
	world_say_register(fd, 1001, 7);
	close(fd);
	world_settle();
	assert_null(session_live_of(world.b.sessions, 1001));
	assert_int_equal(world_events("session-opened"), 1);
	assert_int_equal(world_events("session-ended"), 1);
}

/* The person's own sshd child holds the login's connection, too. */
static void
H11_a_byte_after_register_closes(void **state)
{
	int fd = world_login(1001, 7, "sshd", "192.0.2.7", "");

	(void)state;
	assert_int_equal(write(fd, "x", 1), 1);
	world_hear_end(fd);
	assert_int_equal(world_events("forged"), 1);
	/* The login itself goes on: its monitor lives. */
	assert_non_null(session_live_of(world.b.sessions, 1001));
	close(fd);
	world_settle();
	assert_non_null(session_live_of(world.b.sessions, 1001));
}

static void
H11_a_byte_right_behind_register_closes(void **state)
{
	const struct guest_register reg = { .user = (char *)(uintptr_t)"alice", .uid = 1001,
	    .loginuid = 1001, .sessionid = 7, .boot_id = (char *)(uintptr_t)WORLD_BOOT };
	unsigned char *body, frame[4096];
	size_t len;
	int fd = world_connect(true);

	(void)state;
	assert_int_equal(guest_register_encode(&body, &len, &reg, NULL), 0);
	memset(frame, 0, sizeof(frame));
	frame[2] = (unsigned char)(len >> 8);
	frame[3] = (unsigned char)len;
	memcpy(frame + 4, body, len);
	assert_int_equal(write(fd, frame, len + 5), (ssize_t)len + 5);
	world_hear_guest(fd, GUEST_GO, "");
	world_hear_end(fd);
	assert_int_equal(world_events("forged"), 1);
	free(body);
	close(fd);
}

static void
root_sock_is_roots(void **state)
{
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	evutil_make_socket_nonblocking(sv[0]);
	server_accepted(&world.b, sv[0], true);		/* peer_uid is 1001 */
	world_hear_end(sv[1]);
	assert_int_equal(world_events("root-socket"), 1);
	close(sv[1]);
}

/* --- helpers ----------------------------------------------------------------------- */

static void
facts_go_and_become_a_peer(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(true);

	(void)state;
	world_say_facts(fd, 1001, 1001, 7);
	world_hear_guest(fd, GUEST_GO, "");
	world_greet(fd);
	world_ask(fd, "rules", "");
	free(world_hear_type(fd, "ok"));
	close(fd);
	world_settle();
	assert_int_equal(world.conns_closed, 1);
	close(login);
}

/* FACTS says 1001; a client that is still root, or somebody else, is not that person. */
static void
H9_facts_and_process_must_agree(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(true);

	(void)state;
	world_say_facts(fd, 1001, 1001, 7);
	world_hear_guest(fd, GUEST_GO, "");
	world.facts.euid = 0;
	world_greet(fd);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	close(fd);
	close(login);
}

static void
B6_facts_of_an_unknown_login(void **state)
{
	static const struct guest_facts all[] = {
		{ 1001, 1001, 7 },		/* never registered */
		{ 1001, GUEST_UNSET, 7 }, { 1001, 1001, GUEST_UNSET }, { GUEST_UNSET, 1001, 7 }
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		fd = world_connect(true);
		world_say_facts(fd, all[i].ruid, all[i].loginuid, all[i].sessionid);
		world_hear_guest(fd, GUEST_REFUSE, "not known to s3jit");
		world_hear_end(fd);
		close(fd);
	}
}

static void
B6_facts_of_a_login_that_has_ended(void **state)
{
	int fd;

	(void)state;
	close(world_login(1001, 7, "sshd", "192.0.2.7", ""));
	world_settle();
	fd = world_connect(true);
	world_say_facts(fd, 1001, 1001, 7);
	world_hear_guest(fd, GUEST_REFUSE, "has ended.  Log in again.");
	world_hear_end(fd);
	close(fd);
}

static void
P5_a_login_that_may_not_register_is_told(void **state)
{
	int fd = world_connect(true);

	(void)state;
	world_say_register(fd, 1002, 7);	/* the process is 1001's */
	world_hear_guest(fd, GUEST_REFUSE, "belongs to another login");
	world_hear_end(fd);
	assert_int_equal(world_events("register-refused"), 1);
	assert_null(session_first(world.b.sessions));
	close(fd);
}

static struct session *
want_reauth(void)
{
	struct session *s = session_live_of(world.b.sessions, 1001);

	assert_non_null(s);
	s->reauth_wanted_ms = clock_boot_ms() + 60000;
	return s;
}

static void
H18_reauth_is_recorded_and_goes_on(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(true);
	struct session *s = want_reauth();

	(void)state;
	world_say_facts(fd, 1001, 1001, 7);
	world_hear_guest(fd, GUEST_REAUTH, "");
	world_say_verdict(fd, 1001, 0);
	world_hear_guest(fd, GUEST_GO, "");
	assert_true(s->row.reauth_at > 0);
	assert_true(s->reauth_wanted_ms == 0);
	assert_int_equal(world_events("reauthenticated"), 1);
	world_greet(fd);
	world_ask(fd, "rules", "");
	free(world_hear_type(fd, "ok"));
	close(fd);
	close(login);
}

static void
H18_every_other_verdict_refuses(void **state)
{
	static const struct { uint32_t ruid, code; } bad[] = {
		{ 1001, 7 }, { 1001, 12 }, { 1001, 25 /* PAM_IGNORE */ }, { 1001, UINT32_MAX },
		{ 1002, 0 }
	};
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd;
	struct session *s = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s = want_reauth();
		fd = world_connect(true);
		world_say_facts(fd, 1001, 1001, 7);
		world_hear_guest(fd, GUEST_REAUTH, "");
		world_say_verdict(fd, bad[i].ruid, bad[i].code);
		world_hear_guest(fd, GUEST_REFUSE, "failed");
		world_hear_end(fd);
		close(fd);
		assert_true(s->reauth_wanted_ms == 0);	/* the next s3-sudo asks nothing */
	}
	assert_true(s->row.reauth_at == 0);
	assert_int_equal(world_events("reauth-failed"), 5);
	close(login);
}

static void
A1_reauth_that_cannot_be_recorded_gives_nothing(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(true);
	struct session *s = want_reauth();

	(void)state;
	world_say_facts(fd, 1001, 1001, 7);
	world_hear_guest(fd, GUEST_REAUTH, "");
	world.disk_full = true;
	world_say_verdict(fd, 1001, 0);
	world_hear_guest(fd, GUEST_REFUSE, "cannot be recorded");
	world.disk_full = false;
	assert_true(s->row.reauth_at == 0);
	close(fd);
	close(login);
}

/* The disk was full when the login began, and nobody has tried again yet. */
static void
A1_a_password_for_a_login_that_is_not_on_record(void **state)
{
	struct session *s;
	int login, fd;

	(void)state;
	world.disk_full = true;
	login = world_login(1001, 7, "sshd", "192.0.2.7", "");
	world.disk_full = false;
	s = want_reauth();
	fd = world_connect(true);
	world_say_facts(fd, 1001, 1001, 7);
	world_hear_guest(fd, GUEST_REAUTH, "");
	world_say_verdict(fd, 1001, 0);
	world_hear_guest(fd, GUEST_REFUSE, "this login is not on record yet");
	world_hear_end(fd);
	assert_true(s->row.reauth_at == 0);
	close(fd);
	close(login);
}

/* alice as deploy knows deploy's password: that says nothing about alice. */
static void
H18_another_uid_is_not_asked_for_a_password(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(true);

	(void)state;
	want_reauth();
	world_say_facts(fd, 1005, 1001, 7);
	world_hear_guest(fd, GUEST_GO, "");
	close(fd);
	close(login);
}

/* The client inherits the helper's connection: it must not be able to be a guest again. */
static void
H11_guest_frames_after_go(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd, i, greeted;

	(void)state;
	for (greeted = 0; greeted < 2; greeted++)
		for (i = 0; i < 3; i++) {
			fd = world_connect(true);
			world_say_facts(fd, 1001, 1001, 7);
			world_hear_guest(fd, GUEST_GO, "");
			if (greeted)
				world_greet(fd);
			else
				free(world_hear_type(fd, "hello"));
			if (i == 0)
				world_say_register(fd, 1001, 8);
			else if (i == 1)
				world_say_facts(fd, 1002, 1002, 9);
			else
				world_say_verdict(fd, 1001, 0);
			free(world_hear_type(fd, "error"));
			world_hear_end(fd);
			close(fd);
		}
	assert_int_equal(world_events("forged"), 6);
	close(login);
}

static void
H11_verdict_only_after_reauth(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(true);

	(void)state;
	world_say_verdict(fd, 1001, 0);
	world_hear_guest(fd, GUEST_REFUSE, "");
	world_hear_end(fd);
	close(fd);

	/* and no REGISTER in its place */
	want_reauth();
	fd = world_connect(true);
	world_say_facts(fd, 1001, 1001, 7);
	world_hear_guest(fd, GUEST_REAUTH, "");
	world_say_register(fd, 1001, 8);
	world_hear_guest(fd, GUEST_REFUSE, "");
	world_hear_end(fd);
	close(fd);
	assert_int_equal(world_events("forged"), 2);
	close(login);
}

/* --- user.sock ------------------------------------------------------------------------ */

static void
B5_guest_frames_on_user_sock(void **state)
{
	int fd = world_connect(false);

	(void)state;
	free(world_hear_type(fd, "hello"));
	world_say_facts(fd, 0, 1001, 7);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	assert_int_equal(world_events("forged"), 1);
	close(fd);
}

static void
greet_with(int fd, const char *nonce, int version)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"type\":\"greet\",\"version\":%d,\"nonce\":\"%s\","
	    "\"program\":\"t\"}", version, nonce);
	world_say(fd, text, strlen(text));
}

static void
B3_the_nonce_must_come_back(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(false);

	(void)state;
	free(world_hear_type(fd, "hello"));
	greet_with(fd, "00000000000000000000000000000000", WIRE_VERSION);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	close(fd);
	close(login);
}

static void
S8_another_version_is_told(void **state)
{
	int fd = world_connect(false);
	char *text;

	(void)state;
	free(world_hear_type(fd, "hello"));
	greet_with(fd, "", WIRE_VERSION + 1);
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "different versions"));
	free(text);
	world_hear_end(fd);
	close(fd);
}

/* Who connected must be who speaks, with and without the kernel's pidfd. */
static void
B3_another_process_may_not_greet(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(false);
	struct msg_hello hello;
	char *text = world_hear_type(fd, "hello");
	pid_t pid;

	(void)state;
	assert_int_equal(codec_decode(&hello, &hello_table, text, strlen(text), NULL), 0);
	if ((pid = fork()) == 0) {
		greet_with(fd, hello.nonce, WIRE_VERSION);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	free(text);
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "another process"));
	assert_int_equal(world_events("wrong-sender"), 1);
	free(text);
	codec_clear(&hello_table, &hello);
	close(fd);
	close(login);
}

/* The pid was used again between connect() and our look: the user gives it away. */
static void
B3_another_user_than_at_connect(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd;

	(void)state;
	world.facts.ruid = world.facts.euid = 1002;
	fd = world_connect(false);
	world_greet(fd);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	close(fd);
	close(login);
}

static void
B3_injected_errors_refuse(void **state)
{
	static const struct { int cred, pidfd; pid_t pid; bool goes; } cases[] = {
		{ 0, 0, 0, true }, { EPERM, 0, 0, false }, { 0, EINVAL, 0, false },
		{ 0, EPERM, 0, false }, { 0, ENOPROTOOPT, 0, true }, { 0, 0, -1, false },
		{ 0, -1, 0, false }
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world.getsockopt_errno = cases[i].cred;
		world.pidfd_errno = cases[i].pidfd;
		world.peer_pid = cases[i].pid;
		fd = world_connect(false);
		if (cases[i].goes)
			free(world_hear_type(fd, "hello"));
		else
			world_hear_end(fd);
		close(fd);
	}
}

static void
B4_unreadable_proc_refuses(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd;

	(void)state;
	world.facts_fail = S3JIT_ENOTALLOWED;
	fd = world_connect(false);
	world_greet(fd);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	assert_int_equal(world_events("greet-refused"), 1);
	close(fd);
	close(login);
}

/* As by Ctrl-C, between its greeting and our look: refused, but no attempt at anything. */
static void
B3_who_has_just_ended_is_not_on_record(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_connect(false);

	(void)state;
	world.facts_fail = S3JIT_ENOTFOUND;
	world_greet(fd);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	assert_int_equal(world_events("greet-refused"), 0);
	close(fd);
	close(login);
}

/* loginuid forged by a process that had none (a system service): never registered. */
static void
B6_unregistered_peers_are_refused(void **state)
{
	static const struct { uint32_t loginuid, sessionid; } cases[] = {
		{ 1001, 8 }, { 1002, 7 }, { GUEST_UNSET, 7 }, { 1001, GUEST_UNSET }
	};
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd;
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world.facts.loginuid = cases[i].loginuid;
		world.facts.sessionid = cases[i].sessionid;
		fd = world_connect(false);
		world_greet(fd);
		text = world_hear_type(fd, "error");
		assert_non_null(strstr(text, "not known to s3jit"));
		free(text);
		world_hear_end(fd);
		close(fd);
	}
	assert_int_equal(world_events("no-session"), 4);
	close(login);
}

/* A pipe has nobody at its other end whom the kernel would name. */
static void
B3_what_is_no_socket_has_no_peer(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	server_accepted(&world.b, ends[0], false);
	assert_null(conn_first(&world.b));
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
	assert_int_equal(world_events("peer-unknown"), 1);
	close(ends[1]);
}

/* --- frames -------------------------------------------------------------------------- */

static void
B7_frames_that_are_too_long_or_empty(void **state)
{
	static const unsigned char heads[][4] = {
		{ 0, 4, 0, 1 }, { 0xff, 0xff, 0xff, 0xff }, { 0, 0, 0, 0 }
	};
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		fd = world_peer(1001, 7);
		assert_int_equal(write(fd, heads[i], 4), 4);
		free(world_hear_type(fd, "error"));
		world_hear_end(fd);
		close(fd);
	}
	assert_int_equal(world_events("malformed"), 3);
	close(login);
}

/* Before it has greeted nobody may make us keep much. */
static void
B7_first_frames_are_short(void **state)
{
	static const unsigned char head[] = { 0, 0, 0x40, 1 };
	int fd = world_connect(false);

	(void)state;
	free(world_hear_type(fd, "hello"));
	assert_int_equal(write(fd, head, 4), 4);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	close(fd);
}

static void
B7_a_begun_frame_has_its_time(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);
	int i;

	(void)state;
	/* 5 s are 250 ms here; a byte now and then does not help. */
	world.hurry = 20;
	for (i = 0; i < 3; i++) {
		assert_int_equal(write(fd, &"\0\0\0\x10"[i], 1), 1);
		world_settle_ms(60);
	}
	assert_non_null(conn_first(&world.b)->next);
	world_settle_ms(200);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	close(fd);
	close(login);
}

static void
B7_silence_before_the_first_frame(void **state)
{
	int user, root;

	(void)state;
	world.hurry = 20;
	user = world_connect(false);
	root = world_connect(true);
	free(world_hear_type(user, "hello"));
	world_settle_ms(350);
	free(world_hear_type(user, "error"));
	world_hear_end(user);
	world_hear_guest(root, GUEST_REFUSE, "");
	world_hear_end(root);
	close(user);
	close(root);
}

/* And a peer may be silent for as long as people think. */
static void
a_greeted_peer_may_wait(void **state)
{
	int login, fd;

	(void)state;
	world.hurry = 20;
	login = world_login(1001, 7, "sshd", "192.0.2.7", "");
	fd = world_peer(1001, 7);
	world_settle_ms(400);
	world_ask(fd, "rules", "");
	free(world_hear_type(fd, "ok"));
	close(fd);
	close(login);
}

static void
one_question_at_a_time(void **state)
{
	static const char two[] = "\0\0\0\x11{\"type\":\"status\"}\0\0\0\x10{\"type\":\"rules\"}";
	static const struct msg_ok ok = { (char *)(uintptr_t)"late" };
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);
	char *text;

	(void)state;
	assert_int_equal(write(fd, two, sizeof(two) - 1), (ssize_t)sizeof(two) - 1);
	world_settle();
	assert_int_equal(world.asked, 1);
	assert_non_null(world.last);
	assert_true(world.last->busy);
	conn_answer(world.last, &ok_table, &ok);
	text = world_hear_type(fd, "ok");
	assert_non_null(strstr(text, "late"));
	free(text);
	text = world_hear_type(fd, "ok");
	assert_non_null(strstr(text, "ran"));
	free(text);
	assert_int_equal(world.asked, 2);
	close(fd);
	close(login);
}

static void
B7_unknown_and_malformed_messages_close(void **state)
{
	static const char *const bad[] = {
		"{\"type\":\"nonsense\"}", "{\"type\":\"rules\",\"more\":1}",
		"{\"type\":\"rules\"} ", "{\"type\":\"rules\"}{}", "[]", "x", "{\"type\":\"ok\"}"
	};
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd;
	size_t i, closed = 0;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fd = world_peer(1001, 7);
		world_say(fd, bad[i], strlen(bad[i]));
		assert_non_null(text = world_hear(fd, NULL));
		if (strstr(text, "\"error\"") != NULL) {
			world_hear_end(fd);
			closed++;
		}
		free(text);
		close(fd);
	}
	/* JSON allows the blank behind it; nothing else. */
	assert_true(closed >= 6);
	close(login);
}

/* --- limits and ends -------------------------------------------------------------------- */

/* The right beginning, and then nothing. */
static void
B7_malformed_first_frames_close(void **state)
{
	static const char bodies[][9] = { "S3JR\0\0\0", "S3JF\0\0\0", "S3JV\0\0\0" };
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		fd = world_connect(true);
		if (i == 2) {
			want_reauth();
			world_say_facts(fd, 1001, 1001, 7);
			world_hear_guest(fd, GUEST_REAUTH, "");
		}
		world_say(fd, bodies[i], 8);
		world_hear_guest(fd, GUEST_REFUSE, "");
		world_hear_end(fd);
		close(fd);
		assert_int_equal(world_events("malformed"), (int)i + 1);
	}
	fd = world_connect(false);
	free(world_hear_type(fd, "hello"));
	world_ask(fd, "greet", ", \"version\": 1");
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	close(fd);
	assert_int_equal(world_events("malformed"), 4);
	assert_true(session_live_of(world.b.sessions, 1001)->row.reauth_at == 0);
	close(login);
}

/* Somebody asks, and the answer is ours to give. */
static struct conn *
asked_and_held(int fd)
{
	int i;

	world_ask(fd, "status", "");
	for (i = 0; i < 500 && world.last == NULL; i++)
		world_settle();
	assert_non_null(world.last);
	return world.last;
}

#define LONG_WORDS 60000
#define LONG_LINES 8

static void
B7_an_answer_that_is_too_long_is_an_error(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);
	static char words[LONG_WORDS];
	char *lines[LONG_LINES], *text;
	const struct msg_rules_answer rules = { .read = { lines, LONG_LINES } };
	size_t i;

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	for (i = 0; i < LONG_LINES; i++)
		lines[i] = words;
	conn_answer(asked_and_held(fd), &rules_answer_table, &rules);
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "too long for one message"));
	free(text);
	world_ask(fd, "rules", "");
	free(world_hear_type(fd, "ok"));
	close(fd);
	close(login);
}

/* Whoever waits for an answer would take an error for it, and so each answer for another's. */
static void
an_event_that_cannot_be_sent_answers_nothing(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);
	struct msg_event ev = { (char *)(uintptr_t)"k", (char *)(uintptr_t)"yes",
	    (char *)(uintptr_t)"\xff", (char *)(uintptr_t)"", 0 };

	(void)state;
	conn_event(asked_and_held(fd), &event_table, &ev);
	world_hear_end(fd);
	assert_int_equal(world.conns_closed, 1);
	close(fd);
	close(login);
}

static void
B8_one_user_has_64_connections(void **state)
{
	int logins[] = { world_login(1002, 8, "sshd", "192.0.2.8", ""),
	    world_login(1001, 7, "sshd", "192.0.2.7", "") };
	int fds[66], helper, i;

	(void)state;
	for (i = 0; i < 65; i++)
		fds[i] = world_connect(false);
	free(world_hear_type(fds[63], "hello"));
	free(world_hear_type(fds[64], "hello"));
	free(world_hear_type(fds[64], "error"));
	world_hear_end(fds[64]);
	/* through the helper neither */
	helper = world_connect(true);
	world_say_facts(helper, 1001, 1001, 7);
	world_hear_guest(helper, GUEST_REFUSE, "too many connections");
	world_hear_end(helper);
	close(helper);
	/* under whatever uid of a user namespace */
	world.peer_uid = 100001;
	fds[65] = world_connect(false);
	free(world_hear_type(fds[65], "hello"));
	free(world_hear_type(fds[65], "error"));
	world_hear_end(fds[65]);
	close(fds[65]);
	/* somebody else is not in its way */
	world.peer_uid = world.facts.loginuid = 1002;
	world.facts.sessionid = 8;
	fds[65] = world_connect(false);
	free(world_hear_type(fds[65], "hello"));
	world_settle();
	assert_non_null(conn_first(&world.b));
	for (i = 0; i < 66; i++)
		close(fds[i]);
	for (i = 0; i < 2; i++)
		close(logins[i]);
}

/* Each login keeps its connection: of one person's there may be a quarter of all. */
static void
B8_one_persons_logins_leave_room_for_others(void **state)
{
	size_t i, most = server_logins(&world.b);
	int *fds = calloc(most, sizeof(*fds)), fd;

	(void)state;
	assert_non_null(fds);
	for (i = 0; i < most; i++)
		fds[i] = world_login(1001, (uint32_t)(100 + i), "sshd", "192.0.2.7", "");
	fd = world_connect(true);
	world.facts.sessionid = 99;
	world_say_register(fd, 1001, 99);
	world_hear_guest(fd, GUEST_REFUSE, "logins open already");
	world_hear_end(fd);
	close(fd);
	close(world_login(1002, 7, "sshd", "192.0.2.8", ""));
	close(fds[0]);
	world_settle();
	close(world_login(1001, 98, "sshd", "192.0.2.7", ""));	/* the control: with one less */
	for (i = 1; i < most; i++)
		close(fds[i]);
	free(fds);
}

/* A process without a login uid may write whose it likes; the session id is the kernel's. */
static void
B8_a_forged_login_uid_takes_nobodys_room(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fds[65], fd, i;

	(void)state;
	world.peer_uid = 33;
	world.facts.loginuid = 1001;
	world.facts.sessionid = 99;
	for (i = 0; i < 65; i++)
		fds[i] = world_connect(false);
	free(world_hear_type(fds[64], "hello"));
	free(world_hear_type(fds[64], "error"));	/* the control: their own room is full */
	world_hear_end(fds[64]);
	fd = world_peer(1001, 7);
	world_ask(fd, "rules", "");
	free(world_hear_type(fd, "ok"));
	close(fd);
	for (i = 0; i < 65; i++)
		close(fds[i]);
	close(login);
}

static void
B16_connections_end_with_their_login(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);
	int helper = world_connect(true);
	char *text;

	(void)state;
	world_say_facts(helper, 1001, 1001, 7);
	world_hear_guest(helper, GUEST_GO, "");
	close(login);
	text = world_hear_type(fd, "error");
	assert_non_null(strstr(text, "Your login has ended"));
	free(text);
	world_hear_end(fd);
	free(world_hear_type(helper, "hello"));
	free(world_hear_type(helper, "error"));
	world_hear_end(helper);
	close(fd);
	close(helper);
}

/* tmux: a process of an ended login reads while its person has another one. */
static void
B16_a_leftover_reads_through_another_login(void **state)
{
	int first = world_login(1001, 7, "sshd", "192.0.2.7", "");
	int second = world_login(1001, 8, "sshd", "192.0.2.7", ""), fd;
	struct conn *c;

	(void)state;
	close(first);
	world_settle();
	fd = world_peer(1001, 7);
	world_ask(fd, "rules", "");
	free(world_hear_type(fd, "ok"));
	for (c = conn_first(&world.b); c != NULL && c->kind != CONN_PEER; c = c->next)
		;
	assert_non_null(c);
	assert_false(session_is_live(c->session));
	assert_true(session_is_live(c->via));
	assert_int_equal(c->via->row.sessionid, 8);
	close(second);
	free(world_hear_type(fd, "error"));
	world_hear_end(fd);
	close(fd);
}

static int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
B16_descriptors_are_dropped(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);
	int sent[8], before, i;
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(sent))];
	} control = { .buf = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)"\0\0\0\x10{\"type\":\"rules\"}", 20 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
	    .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *cm = CMSG_FIRSTHDR(&msg);

	(void)state;
	for (i = 0; i < 8; i++)
		sent[i] = open("/dev/null", O_RDONLY);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(sent));
	memcpy(CMSG_DATA(cm), sent, sizeof(sent));
	before = open_fds();
	assert_int_equal(sendmsg(fd, &msg, 0), 20);
	free(world_hear_type(fd, "ok"));
	assert_int_equal(open_fds(), before);
	for (i = 0; i < 8; i++)
		close(sent[i]);
	close(fd);
	close(login);
}

static void
B8_who_does_not_read_events_is_closed(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);
	char words[4096];
	struct msg_event ev = { (char *)(uintptr_t)"k", (char *)(uintptr_t)"yes",
	    (char *)(uintptr_t)"bob", words, 0 };
	uint64_t serial;
	struct conn *c;
	int i;

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	for (c = conn_first(&world.b); c != NULL && c->kind != CONN_PEER; c = c->next)
		;
	assert_non_null(c);
	serial = c->serial;
	for (i = 0; i < 300 && conn_by_serial(&world.b, serial) != NULL; i++) {
		conn_event(c, &event_table, &ev);
		if (i % 50 == 49)
			world_settle();
	}
	world_settle();
	assert_null(conn_by_serial(&world.b, serial));
	assert_int_equal(world.conns_closed, 1);
	close(fd);
	close(login);
}

/* A broker that stops leaves logins and requests as they are. */
static void
B8_who_does_not_read_answers_gets_no_more(void **state)
{
	static const char ask[] = "\0\0\0\20{\"type\":\"rules\"}";
	int fd, login, sent = 0, quiet = 0, i;

	(void)state;
	login = world_login(1001, 7, "sshd", "192.0.2.7", "");
	fd = world_peer(1001, 7);
	while (sent < 30000 && quiet < 3) {
		if (send(fd, ask, sizeof(ask) - 1, MSG_DONTWAIT) == sizeof(ask) - 1) {
			sent++;
			quiet = 0;
		} else {
			world_settle_ms(20);
			quiet++;
		}
	}
	/* What the two sockets hold, and not a question more, was taken. */
	assert_true(sent < 30000);
	assert_true(world.asked < sent);
	for (i = 0; i < sent; i++)
		free(world_hear_type(fd, "ok"));
	assert_int_equal(world.asked, sent);
	close(fd);
	close(login);
}

static void
B15_stopping_ends_no_login(void **state)
{
	int login = world_login(1001, 7, "sshd", "192.0.2.7", ""), fd = world_peer(1001, 7);

	(void)state;
	world_restart(false);
	assert_int_equal(world.sessions_ended, 0);
	assert_int_equal(world.conns_closed, 0);
	assert_non_null(session_live_of(world.b.sessions, 1001));
	close(fd);
	close(login);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
#define OLD(f) { #f "_old_kernel", f, begin_old, end, NULL }
#define SMALL(f) cmocka_unit_test_setup_teardown(f, begin_small, end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(register_go_and_logout), T(P3_a_login_that_gave_up_waiting_is_none),
		T(H11_a_byte_after_register_closes),
		T(H11_a_byte_right_behind_register_closes), T(root_sock_is_roots),
		T(facts_go_and_become_a_peer), OLD(facts_go_and_become_a_peer),
		T(H9_facts_and_process_must_agree), T(B6_facts_of_an_unknown_login),
		T(B6_facts_of_a_login_that_has_ended), T(P5_a_login_that_may_not_register_is_told),
		T(H18_reauth_is_recorded_and_goes_on), T(H18_every_other_verdict_refuses),
		T(A1_reauth_that_cannot_be_recorded_gives_nothing),
		T(A1_a_password_for_a_login_that_is_not_on_record),
		T(H18_another_uid_is_not_asked_for_a_password), T(H11_guest_frames_after_go),
		T(H11_verdict_only_after_reauth), T(B5_guest_frames_on_user_sock),
		T(B3_the_nonce_must_come_back), OLD(B3_the_nonce_must_come_back),
		T(S8_another_version_is_told), T(B3_another_process_may_not_greet),
		OLD(B3_another_process_may_not_greet), T(B3_another_user_than_at_connect),
		OLD(B3_another_user_than_at_connect), T(B3_injected_errors_refuse),
		T(B4_unreadable_proc_refuses), T(B3_who_has_just_ended_is_not_on_record),
		T(B6_unregistered_peers_are_refused),
		OLD(B6_unregistered_peers_are_refused), T(B7_frames_that_are_too_long_or_empty),
		T(B7_first_frames_are_short), T(B7_a_begun_frame_has_its_time),
		T(B7_silence_before_the_first_frame), T(a_greeted_peer_may_wait),
		T(one_question_at_a_time), T(B7_unknown_and_malformed_messages_close),
		T(B3_what_is_no_socket_has_no_peer), T(B7_malformed_first_frames_close),
		T(B7_an_answer_that_is_too_long_is_an_error),
		T(an_event_that_cannot_be_sent_answers_nothing),
		T(B8_one_user_has_64_connections), T(B8_a_forged_login_uid_takes_nobodys_room),
		SMALL(B8_one_persons_logins_leave_room_for_others),
		T(B16_connections_end_with_their_login),
		T(B16_a_leftover_reads_through_another_login), T(B16_descriptors_are_dropped),
		T(B8_who_does_not_read_events_is_closed),
		T(B8_who_does_not_read_answers_gets_no_more), T(B15_stopping_ends_no_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
