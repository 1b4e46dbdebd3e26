/*
 * test_session.c - logins: who may register, when they end, what a restart of
 * the broker finds, and where they come from.
 */
#include "config.h"

#include <sys/wait.h>

#include <ifaddrs.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/origin.h"
#include "broker/ssh_key.h"
#include "peers_world.h"

static int
begin(void **state)
{
	(void)state;
	world_begin(false);
	world.peer_uid = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static struct guest_register
good(void)
{
	return (struct guest_register){ .user = (char *)(uintptr_t)"alice", .uid = 1001,
	    .loginuid = 1001, .sessionid = 7, .boot_id = (char *)(uintptr_t)WORLD_BOOT,
	    .service = (char *)(uintptr_t)"sshd", .rhost = (char *)(uintptr_t)"192.0.2.7",
	    .tty = (char *)(uintptr_t)"ssh",
	    .auth_info = (char *)(uintptr_t)"publickey ssh-ed25519 AAAA\n" };
}

/* Register with `pid` as the monitor; its facts are world.facts. */
static int
enroll(const struct guest_register *reg, pid_t pid, struct s3jit_err *err)
{
	world.facts.loginuid = reg->loginuid;
	world.facts.sessionid = reg->sessionid;
	return session_register(world.b.sessions, reg, NULL, pid, peer_pidfd_open(pid), err);
}

/* A process that stands for the sshd monitor. */
static pid_t
monitor(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void
reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* --- who may register ----------------------------------------------------------------- */

static void
P7_a_registered_login(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	struct session *s;
	char *origin;

	(void)state;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	s = session_find(world.b.sessions, 1001, 7);
	assert_non_null(s);
	assert_ptr_equal(s, session_live_of(world.b.sessions, 1001));
	assert_true(s->row.row > 0);
	assert_ptr_equal(s, session_by_row(world.b.sessions, s->row.row));
	assert_int_equal(strlen(s->row.key_hash), 64);
	assert_int_equal(s->row.monitor_start, 4711);
	origin = session_origin(s);
	assert_string_equal(origin, "ssh from 192.0.2.7");
	free(origin);
	assert_null(session_by_row(world.b.sessions, s->row.row + 1));
	assert_null(session_find(world.b.sessions, 1001, 8));
	assert_null(session_find(world.b.sessions, 1002, 7));
}

static void
B15_P5_who_may_not_register(void **state)
{
	struct guest_register all[5];
	struct s3jit_err err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		all[i] = good();
	all[0].boot_id = (char *)(uintptr_t)"ffffffff-1111-2222-3333-444444444444";
	all[1].loginuid = GUEST_UNSET;
	all[2].sessionid = GUEST_UNSET;
	all[3].uid = 1002;		/* P5: no pam_loginuid before us */
	all[4].uid = all[4].loginuid = GUEST_UNSET;
	for (i = 0; i < 5; i++) {
		assert_int_equal(enroll(&all[i], getpid(), &err), -1);
		assert_int_equal(err.code, S3JIT_ENOTALLOWED);
	}
	/* who connected is not root */
	close(world_connect(false));
	conn_first(&world.b)->peer.uid = 1001;
	assert_int_equal(session_register(world.b.sessions, &all[0], conn_first(&world.b), getpid(),
	    peer_pidfd_open(getpid()), &err), -1);
	assert_non_null(strstr(err.text, "only root"));
	/* the process that says so belongs to another login */
	all[0] = good();
	world.facts.loginuid = 1002;
	assert_int_equal(session_register(world.b.sessions, &all[0], NULL, getpid(),
	    peer_pidfd_open(getpid()), &err), -1);
	assert_null(session_first(world.b.sessions));
}

static void
B15_session_ids_are_used_once(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };

	(void)state;
	reg.sessionid = 3000000;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	/* as by su whose parent is gone: no news */
	assert_int_equal(enroll(&reg, getpid(), &err), -1);
	assert_non_null(strstr(err.text, "registered already"));
	assert_int_equal(world_events("session-id-reused"), 0);
	/* also by somebody else, and after it has ended */
	reg.uid = reg.loginuid = 1002;
	assert_int_equal(enroll(&reg, getpid(), &err), -1);
	session_end(world.b.sessions, session_first(world.b.sessions), "logout");
	reg.uid = reg.loginuid = 1001;
	assert_int_equal(enroll(&reg, getpid(), &err), -1);
	assert_int_equal(world_events("session-id-reused"), 2);
	/* out of order by as much as many parallel logins make */
	reg.sessionid = 3000000 - (1 << 20);
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	reg.sessionid = 3000000 - (1 << 20) - 1;
	assert_int_equal(enroll(&reg, getpid(), &err), -1);
	assert_int_equal(world_events("session-id-reused"), 3);
}

/* Each gets its id from the kernel and is then overtaken by others. */
static void
B15_two_hundred_logins_at_once_in_any_order(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		reg.sessionid = 1000 + i * 77 % 200;
		assert_int_equal(enroll(&reg, getpid(), &err), 0);
	}
	assert_int_equal(world_events("session-opened"), 200);
	assert_int_equal(world_events("session-id-reused"), 0);
	for (i = 0; i < 200; i++)
		assert_non_null(session_find(world.b.sessions, 1001, 1000 + i));
}

static void
B15_session_ids_are_used_once_across_restarts(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };

	(void)state;
	reg.sessionid = 3000000;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	session_end(world.b.sessions, session_first(world.b.sessions), "logout");
	world_restart(false);
	assert_int_equal(enroll(&reg, getpid(), &err), -1);
	reg.sessionid = 5;
	assert_int_equal(enroll(&reg, getpid(), &err), -1);
	reg.sessionid = 3000001;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
}

/* --- how they end ---------------------------------------------------------------------- */

static void
P8_the_end_of_the_monitor_ends_the_login(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	pid_t pid = monitor();

	(void)state;
	assert_int_equal(enroll(&reg, pid, &err), 0);
	world_settle();
	assert_non_null(session_live_of(world.b.sessions, 1001));
	reap(pid);
	world_settle();
	assert_null(session_live_of(world.b.sessions, 1001));
	assert_int_equal(world.sessions_ended, 1);
	assert_non_null(session_find(world.b.sessions, 1001, 7));
	/* once */
	session_end(world.b.sessions, session_first(world.b.sessions), "logout");
	assert_int_equal(world.sessions_ended, 1);
	assert_int_equal(world_events("session-ended"), 1);
}

static void
A1_a_full_disk_stops_no_login_and_no_logout(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	struct session *s;

	(void)state;
	world.disk_full = true;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	s = session_live_of(world.b.sessions, 1001);
	assert_non_null(s);
	assert_true(s->row.row < 0);
	reg.sessionid = 8;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	session_end(world.b.sessions, session_find(world.b.sessions, 1001, 8), "logout");
	assert_int_equal(world.sessions_ended, 1);
	sessions_tick(world.b.sessions);
	assert_true(s->row.row < 0);

	world.disk_full = false;
	sessions_tick(world.b.sessions);
	assert_true(s->row.row > 0);
	assert_int_equal(world_events("session-opened"), 2);
	assert_int_equal(world_events("session-ended"), 1);
	assert_true(world_events("gap") >= 1);
	/* and it is the record that a restart reads */
	world.facts.sessionid = 7;
	world_restart(false);
	assert_non_null(session_live_of(world.b.sessions, 1001));
	s = session_find(world.b.sessions, 1001, 8);
	assert_non_null(s);
	assert_false(session_is_live(s));
}

/* --- restart ------------------------------------------------------------------------------ */

static void
B15_live_logins_are_adopted(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	pid_t pid = monitor();

	(void)state;
	assert_int_equal(enroll(&reg, pid, &err), 0);
	session_first(world.b.sessions)->row.reauth_at = 0;
	world_restart(false);
	assert_non_null(session_live_of(world.b.sessions, 1001));
	assert_int_equal(world.sessions_ended, 0);
	/* and watched */
	reap(pid);
	world_settle();
	assert_null(session_live_of(world.b.sessions, 1001));
	assert_int_equal(world.sessions_ended, 1);
}

static void
B15_what_no_longer_matches_is_found_ended(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	struct session *s;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		reg.sessionid = (uint32_t)(100 + i);
		world.facts.start = 4711;
		assert_int_equal(enroll(&reg, getpid(), &err), 0);
		if (i == 0)
			world.facts.start++;	/* the pid was used again */
		else if (i == 1)
			world.facts.loginuid = 1002;
		else if (i == 2)
			world.facts.sessionid = 5;
		else
			world.facts_fail = S3JIT_ENOTALLOWED;
		world_restart(false);
		world.facts_fail = S3JIT_OK;
		assert_null(session_live_of(world.b.sessions, 1001));
		s = session_find(world.b.sessions, 1001, reg.sessionid);
		assert_non_null(s);
		assert_string_equal(s->row.why, "found-ended");
		assert_int_equal(world.sessions_ended, i + 1);
	}
}

static void
B15_a_login_that_ended_meanwhile(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	pid_t pid = monitor();

	(void)state;
	assert_int_equal(enroll(&reg, pid, &err), 0);
	reap(pid);
	world_restart(false);
	assert_null(session_live_of(world.b.sessions, 1001));
	assert_int_equal(world.sessions_ended, 1);
}

/* Ids begin anew: a login of before the reboot is nobody's now. */
static void
B6_logins_of_another_boot_are_not_found(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };

	(void)state;
	snprintf(world.b.boot_id, sizeof(world.b.boot_id), "%s",
	    "99999999-1111-2222-3333-444444444444");
	reg.boot_id = world.b.boot_id;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	world_restart(false);
	assert_int_equal(world.sessions_ended, 1);
	assert_null(session_find(world.b.sessions, 1001, 7));
	reg = good();
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
}

static void
newest_live_login(void **state)
{
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		reg.sessionid = (uint32_t)(10 + i);
		assert_int_equal(enroll(&reg, getpid(), &err), 0);
	}
	assert_int_equal(session_live_of(world.b.sessions, 1001)->row.sessionid, 12);
	session_end(world.b.sessions, session_find(world.b.sessions, 1001, 12), "logout");
	assert_int_equal(session_live_of(world.b.sessions, 1001)->row.sessionid, 11);
	assert_int_equal(session_first(world.b.sessions)->row.sessionid, 12);
}

/* Ended ones that the record has are not kept for ever, whatever keys they were opened with. */
static void
B8_ended_logins_do_not_fill_the_memory(void **state)
{
	enum { MANY = 4096 + 100 };
	struct guest_register reg = good();
	struct s3jit_err err = { 0 };
	struct session *s;
	char key[32];
	int i, n = 0;

	(void)state;
	assert_int_equal(store_begin(world.b.store, &err), 0);
	for (i = 0; i < MANY; i++) {
		struct session_row row = { .boot_id = (char *)(uintptr_t)WORLD_BOOT, .user = reg.user,
		    .service = reg.service, .rhost = reg.rhost, .tty = reg.tty, .key_hash = key,
		    .why = (char *)(uintptr_t)"logout", .sessionid = 100 + i, .loginuid = 1001,
		    .monitor_pid = 1, .opened = 1000 + i, .ended = 2000 + i };

		snprintf(key, sizeof(key), "key %d", i);
		assert_int_equal(store_session_insert(world.b.store, &row, &err), 0);
	}
	assert_int_equal(store_commit(world.b.store, &err), 0);
	for (i = 0; i < MANY; i++)
		assert_non_null(session_find(world.b.sessions, 1001, (uint32_t)(100 + i)));
	reg.sessionid = 7;
	assert_int_equal(enroll(&reg, getpid(), &err), 0);
	sessions_tick(world.b.sessions);
	for (s = session_first(world.b.sessions); s != NULL; s = s->next)
		n++;
	assert_int_equal(n, 4096 + 1);
	/* the record still has what was forgotten, and who is logged in stays */
	assert_non_null(session_find(world.b.sessions, 1001, 100));
	assert_non_null(session_live_of(world.b.sessions, 1001));
}

/* --- origin -------------------------------------------------------------------------------- */

static void
Q7_local_origins(void **state)
{
	static const struct { const char *service, *rhost; bool local; } all[] = {
		{ "sshd", "192.0.2.7", false }, { "sshd", "2001:db8::7", false },
		{ "sshd", "127.0.0.1", true }, { "sshd", "127.8.8.8", true }, { "sshd", "::1", true },
		{ "sshd", "0.0.0.0", true }, { "sshd", "::", true },
		{ "sshd", "::ffff:127.0.0.1", true }, { "sshd", "::ffff:192.0.2.7", false },
		{ "sshd", "::1%lo", true }, { "sshd", "fe80::7%eth0", false },
		{ "sshd", "", true }, { "sshd", "UNKNOWN", true }, { "sshd", "localhost", true },
		{ "sshd", "192.0.2.7.example.net", true }, { "sshd", "192.0.2.7 ", true },
		{ "sshd", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
		{ "login", "", false }, { "login", "127.0.0.1", true }, { "cron", "", true }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (origin_is_local(all[i].service, all[i].rhost) != all[i].local)
			fail_msg("%s from \"%s\"", all[i].service, all[i].rhost);
}

static void
Q7_own_addresses_are_local(void **state)
{
	char text[INET6_ADDRSTRLEN];
	struct ifaddrs *all, *i;
	const void *addr;

	(void)state;
	assert_int_equal(getifaddrs(&all), 0);
	for (i = all; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL || (i->ifa_addr->sa_family != AF_INET &&
		    i->ifa_addr->sa_family != AF_INET6))
			continue;
		addr = i->ifa_addr->sa_family == AF_INET ?
		    (void *)&((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr :
		    (void *)&((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr;
		assert_non_null(inet_ntop(i->ifa_addr->sa_family, addr, text, sizeof(text)));
		if (!origin_is_local("sshd", text))
			fail_msg("%s", text);
	}
	freeifaddrs(all);
}

static void
Q3_keys_and_not_passwords_make_persons(void **state)
{
	char a[SSH_KEY_HASH], b[SSH_KEY_HASH];

	(void)state;
	ssh_key_hash(a, "publickey ssh-ed25519 AAAA\n");
	assert_int_equal(strlen(a), 64);
	ssh_key_hash(b, "publickey ssh-ed25519 AAAA");
	assert_string_equal(a, b);
	ssh_key_hash(b, "password\npublickey ssh-ed25519 AAAA\nkeyboard-interactive\n");
	assert_string_equal(a, b);
	ssh_key_hash(b, "publickey ssh-ed25519 AAAB\n");
	assert_string_not_equal(a, b);
	ssh_key_hash(b, "password\n");
	assert_string_equal(b, "");
	ssh_key_hash(b, "keyboard-interactive/pam");
	assert_string_equal(b, "");
	ssh_key_hash(b, "");
	assert_string_equal(b, "");
}

/* ssh-keygen made these: a key, a certificate of it, ssh-keygen -l's fingerprint in hex. */
static void
Q3_certificates_count_as_their_key(void **state)
{
	static const struct { const char *key, *cert, *hash; } all[] = {
		{ "publickey "
		    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBC4L+Kz7zgzFng7z4oefSbVP1G2pi4lF+kn/YorDsoa",
		    "publickey "
		    "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAA"
		    "AIB2eLk/YFnzjvqPWosNcvQ/VyBPN4hq56X8AzsM0TtlFAAAAIBC4L+Kz7zgzFng7z4oefSbVP1G2pi4lF+k"
		    "n/YorDsoaAAAAAAAAAAAAAAABAAAAAWEAAAAJAAAABWFsaWNlAAAAAAAAAAD//////////wAAAAAAAACCAAA"
		    "AFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnB"
		    "lcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAA"
		    "AAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAILbU3UjC0uJ0kr+wOg5iA9zyiXqNTwmpYj6+9INz2+gEAAA"
		    "AUwAAAAtzc2gtZWQyNTUxOQAAAED39da8BwV49wWYqWXADq6Fq9PX7ZyLm7ASwwTHpWF8UFbToFsTN0IsIRD"
		    "LIbYw6hDV5H/o1hDxAVlghCuwmrwC",
		    "d285dc1757346c0e5ef2301851d6c4da1cbabc6e3bb6534e0d6990f0d7e963f5" },
		{ "publickey "
		    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBM97M9Gp2BqJ"
		    "Dn/1HSebJ2lCSdPk7/4PSVjce0a+OohjDwUKzJrN4Dlgivh5GjYd/Vcy2taaRqXwUYg+x0twHIY=",
		    "publickey "
		    "ecdsa-sha2-nistp256-cert-v01@openssh.com AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDF"
		    "Ab3BlbnNzaC5jb20AAAAgGG6WvNkfnzP7YyQsIhRODLWwXFjbBPgYCNc1RRrBGrsAAAAIbmlzdHAyNTYAAAB"
		    "BBM97M9Gp2BqJDn/1HSebJ2lCSdPk7/4PSVjce0a+OohjDwUKzJrN4Dlgivh5GjYd/Vcy2taaRqXwUYg+x0t"
		    "wHIYAAAAAAAAAAAAAAAEAAAABYQAAAAkAAAAFYWxpY2UAAAAAAAAAAP//////////AAAAAAAAAIIAAAAVcGV"
		    "ybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAAABdwZXJtaXQtYWdlbnQtZm9yd2FyZGluZwAAAAAAAAAWcGVybWl"
		    "0LXBvcnQtZm9yd2FyZGluZwAAAAAAAAAKcGVybWl0LXB0eQAAAAAAAAAOcGVybWl0LXVzZXItcmMAAAAAAAA"
		    "AAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgttTdSMLS4nSSv7A6DmID3PKJeo1PCaliPr70g3Pb6AQAAABTAAA"
		    "AC3NzaC1lZDI1NTE5AAAAQB1iuXELUp3jIWoK7JwfLqPR0are/CFtVh8bc+jfqhFdPHS9tteTSmHn35pLMjb"
		    "/aVG30hqHXXCx1hQsiUHICgc=",
		    "9b94e864a8a9834b7476d799a674117a37346d682eed5cd9238e1adb6d9dec4e" },
		{ "publickey "
		    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDTlKZd0K2fP07AuHFs/l+VWO4CpvS2p6Cks0QWllqqILCW"
		    "A/UEjI7Ur1mkniztnmRNl05kQLn4gm5JkhfjpgfMugxzbPf3DWGk0RM75KNMX9493iSdotz97qnzrwQzFnbT"
		    "EyTlGFVUVuJKFVgEkbRCp2vBPeiXReR0x6cXmqAZFQ==",
		    "publickey "
		    "ssh-rsa-cert-v01@openssh.com AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgI4JJufY"
		    "AHM2gsKOfq61brcyQnPBI5zbIs8N+AtbK/M8AAAADAQABAAAAgQDTlKZd0K2fP07AuHFs/l+VWO4CpvS2p6C"
		    "ks0QWllqqILCWA/UEjI7Ur1mkniztnmRNl05kQLn4gm5JkhfjpgfMugxzbPf3DWGk0RM75KNMX9493iSdotz"
		    "97qnzrwQzFnbTEyTlGFVUVuJKFVgEkbRCp2vBPeiXReR0x6cXmqAZFQAAAAAAAAAAAAAAAQAAAAFhAAAACQA"
		    "AAAVhbGljZQAAAAAAAAAA//////////8AAAAAAAAAggAAABVwZXJtaXQtWDExLWZvcndhcmRpbmcAAAAAAAA"
		    "AF3Blcm1pdC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJtaXQtcG9ydC1mb3J3YXJkaW5nAAAAAAAAAAp"
		    "wZXJtaXQtcHR5AAAAAAAAAA5wZXJtaXQtdXNlci1yYwAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACC"
		    "21N1IwtLidJK/sDoOYgPc8ol6jU8JqWI+vvSDc9voBAAAAFMAAAALc3NoLWVkMjU1MTkAAABA45PgY3I3Q6J"
		    "5d1NuH3miAJc4lO1L4khkEmo2OQQ5q5tnufZ+//b5bxA1hHrE4fHLDaG6IKVhBqVPvhmizH22Aw==",
		    "5ee420ea1a707a370a2c56df3f7854ba81d5b9b141150c7f8135fd136771d329" }
	};
	char hex[SSH_KEY_HASH], cut[1024];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		ssh_key_hash(hex, all[i].key);
		assert_string_equal(hex, all[i].hash);
		ssh_key_hash(hex, all[i].cert);
		assert_string_equal(hex, all[i].hash);
		/* a certificate that was cut is not taken for the key, and harms nobody */
		for (n = strlen("publickey x "); n < strlen(all[i].key); n++) {
			snprintf(cut, sizeof(cut), "%.*s", (int)n, all[i].cert);
			ssh_key_hash(hex, cut);
			assert_string_not_equal(hex, all[i].hash);
		}
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(P7_a_registered_login), T(B15_P5_who_may_not_register),
		T(B15_session_ids_are_used_once), T(B15_session_ids_are_used_once_across_restarts),
		T(B15_two_hundred_logins_at_once_in_any_order),
		T(P8_the_end_of_the_monitor_ends_the_login),
		T(A1_a_full_disk_stops_no_login_and_no_logout), T(B15_live_logins_are_adopted),
		T(B15_what_no_longer_matches_is_found_ended), T(B15_a_login_that_ended_meanwhile),
		T(B6_logins_of_another_boot_are_not_found), T(newest_live_login),
		T(B8_ended_logins_do_not_fill_the_memory),
		T(Q7_local_origins), T(Q7_own_addresses_are_local),
		T(Q3_keys_and_not_passwords_make_persons), T(Q3_certificates_count_as_their_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
