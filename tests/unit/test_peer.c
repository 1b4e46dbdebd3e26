/*
 * test_peer.c - who is at the other end: the texts of /proc, and the true
 * kernel about processes that live, die and lie.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/peer.h"
#include "broker/proc.h"
#include "broker/terminal.h"

/* --- texts ------------------------------------------------------------------------- */

#define AFTER " S 1 2 3 34816 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21\n"

static void
H6_names_cannot_pretend_to_be_fields(void **state)
{
	static const char *const names[] = {
		"1 (sh)", "1 (x) 1 2 (y)", "1 ()) S 1 2 3 1 )", "1 () S 1 2 3 99 5 6 7 8)", "1 (((",
		"1 (a\nb)"
	};
	struct proc_facts facts;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", names[i],
		    names[i][strlen(names[i]) - 1] == ')' ? "" : ")", AFTER);
		assert_int_equal(proc_parse_stat(&facts, text, NULL), 0);
		assert_int_equal(facts.tty_nr, 34816);
		assert_int_equal(facts.start, 4711);
	}
}

static void
stat_that_is_not_understood_refuses(void **state)
{
	static const char *const bad[] = {
		"", "1 sh S 1 2", "1 (sh)", "1 (sh) S", "1 (sh) S 1 2 3 -5 5",
		"1 (sh) S 1 2 3 x 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20\n",
		"1 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 -1 20\n",
		"1 (sh) S 1 2 3 99999999999 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20\n",
		"1 (sh)S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20\n",
		"1 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n"
	};
	struct proc_facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (proc_parse_stat(&facts, bad[i], NULL) != -1)
			fail_msg("accepted: %s", bad[i]);
}

static void
status_lines(void **state)
{
	static const struct { const char *text; int ret; uid_t ruid, euid; pid_t tracer; } all[] = {
		{ "Name:\tsh\nPid:\t5\nTracerPid:\t0\nUid:\t1001\t1002\t3\t4\n", 0, 1001, 1002, 0 },
		{ "Name:\tsh\nTracerPid:\t77\nUid:\t0\t0\t0\t0\nGroups:\t1 2", 0, 0, 0, 77 },
		/* the kernel writes a newline in a name as \n, two characters */
		{ "Name:\tx\\nUid:\t0\t0\nTracerPid:\t0\nUid:\t7\t7\t7\t7\n", 0, 7, 7, 0 },
		{ "Name:\tsh\nTracerPid:\t0\nUid:\t4294967295\t2147483653\t0\t0\n", 0, 4294967295u,
		    2147483653u, 0 },
		{ "Name:\tsh\nTracerPid:\t0\nUid:\t4294967296\t0\t0\t0\n", -1, 0, 0, 0 },
		{ "Name:\tsh\nTracerPid:\t0\nUid:\t-1\t0\t0\t0\n", -1, 0, 0, 0 },
		{ "Name:\tsh\nTracerPid:\t0\nUid:\t5\n", -1, 0, 0, 0 },
		{ "Name:\tsh\nUid:\t5\t5\t5\t5\n", -1, 0, 0, 0 },
		{ "Name:\tsh\nTracerPid:\t0\n", -1, 0, 0, 0 },
		{ "", -1, 0, 0, 0 }
	};
	struct proc_facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		memset(&facts, 0, sizeof(facts));
		if (proc_parse_status(&facts, all[i].text, NULL) != all[i].ret)
			fail_msg("%zu: %s", i, all[i].text);
		if (all[i].ret == -1)
			continue;
		assert_true(facts.ruid == all[i].ruid && facts.euid == all[i].euid);
		assert_int_equal(facts.tracer, all[i].tracer);
	}
}

static void
terminal_names(void **state)
{
	static const struct { unsigned int maj, min; const char *path; } all[] = {
		{ 136, 0, "/dev/pts/0" }, { 136, 255, "/dev/pts/255" }, { 136, 256, "/dev/pts/256" },
		{ 136, 4095, "/dev/pts/4095" }, { 4, 1, "/dev/tty1" }, { 4, 63, "/dev/tty63" },
		{ 4, 64, "/dev/ttyS0" }, { 229, 0, "/dev/hvc0" }, { 5, 0, NULL }, { 1, 3, NULL },
		{ 137, 0, NULL }, { 0, 0, NULL }
	};
	unsigned int nr;
	char path[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		nr = (all[i].min & 0xff) | all[i].maj << 8 | (all[i].min & ~0xffu) << 12;
		if (all[i].path == NULL) {
			assert_int_equal(peer_tty_path(path, sizeof(path), nr), -1);
			continue;
		}
		assert_int_equal(peer_tty_path(path, sizeof(path), nr), 0);
		assert_string_equal(path, all[i].path);
	}
}

/* --- the true kernel ------------------------------------------------------------------- */

static void
own_facts(void **state)
{
	struct proc_facts facts;
	struct s3jit_err err = { 0 };
	int pidfd = peer_pidfd_open(getpid());

	(void)state;
	assert_true(pidfd >= 0);
	if (proc_facts_read(&facts, getpid(), pidfd, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(facts.ruid, getuid());
	assert_int_equal(facts.euid, geteuid());
	assert_true(facts.start > 0);
	close(pidfd);
}

/* This program's own name is the trap of H6. */
static void
H6_own_facts_under_a_hostile_name(void **state)
{
	struct proc_facts plain, hostile;
	int pidfd = peer_pidfd_open(getpid());

	(void)state;
	assert_int_equal(proc_facts_read(&plain, getpid(), pidfd, NULL), 0);
	assert_int_equal(prctl(PR_SET_NAME, "x) 1 2 (y\nUid:"), 0);
	assert_int_equal(proc_facts_read(&hostile, getpid(), pidfd, NULL), 0);
	prctl(PR_SET_NAME, "test_peer");
	assert_memory_equal(&plain, &hostile, sizeof(plain));
	close(pidfd);
}

/* A zombie still has its files in /proc; they are worth nothing. */
static void
B3_facts_of_the_dead_are_refused(void **state)
{
	struct proc_facts facts;
	struct s3jit_err err = { 0 };
	pid_t pid = fork();
	int pidfd;

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_true((pidfd = peer_pidfd_open(pid)) >= 0);
	while (peer_alive(pidfd))
		usleep(1000);
	assert_int_equal(proc_facts_read(&facts, pid, pidfd, &err), -1);
	assert_int_equal(err.code, S3JIT_ENOTFOUND);
	assert_int_equal(facts.start, 0);
	waitpid(pid, NULL, 0);
	assert_int_equal(proc_facts_read(&facts, pid, pidfd, &err), -1);
	assert_int_equal(proc_facts_read(&facts, 0, pidfd, &err), -1);
	assert_int_equal(proc_facts_read(&facts, -1, pidfd, &err), -1);
	assert_int_equal(proc_facts_read(&facts, getpid(), -1, &err), -1);
	close(pidfd);
}

static void
B4_what_cannot_be_seen_names_hidepid(void **state)
{
	struct proc_facts facts;
	struct s3jit_err err = { 0 };
	int pidfd = peer_pidfd_open(getpid());

	(void)state;
	/* above any pid_max */
	assert_int_equal(proc_facts_read(&facts, 0x7ffffff0, pidfd, &err), -1);
	assert_non_null(strstr(err.text, "hidepid"));
	close(pidfd);
}

/* Nor is it hidepid's fault when there is no descriptor to look with. */
static void
without_descriptors_that_is_said(void **state)
{
	int pidfd = peer_pidfd_open(getpid());
	struct s3jit_err err = { 0 };
	struct proc_facts facts;
	struct rlimit kept, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &kept), 0);
	none = kept;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(proc_facts_read(&facts, getpid(), pidfd, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &kept), 0);
	assert_non_null(strstr(err.text, strerror(EMFILE)));
	assert_null(strstr(err.text, "hidepid"));
	assert_int_equal(proc_facts_read(&facts, getpid(), pidfd, &err), 0);
	close(pidfd);
}

/* --- a kernel that shows something else --------------------------------------------- */

static const char *shown, *as;	/* the file of this name is that one */

int	__real_openat(int, const char *, int, ...);
int	__wrap_openat(int, const char *, int, ...);
int	__real_lstat(const char *, struct stat *);
int	__wrap_lstat(const char *, struct stat *);

int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	return __real_openat(dir, shown != NULL && strcmp(path, shown) == 0 ? as : path, flags);
}

int
__wrap_lstat(const char *path, struct stat *st)
{
	return __real_lstat(shown != NULL && strcmp(path, shown) == 0 ? as : path, st);
}

static void
B4_what_is_not_as_it_must_be_says_nothing(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
		const char *why;
	} all[] = {
		{ "loginuid", "1001\0" "2", 6, "loginuid is not text" },
		{ "loginuid", "", 0, "loginuid is not a number" },
		{ "loginuid", "1001x", 5, "loginuid is not a number" },
		{ "loginuid", "4294967296", 10, "loginuid is not a number" },
		{ "loginuid", "99999999999999999999", 20, "loginuid is not a number" },
		{ "sessionid", "-1", 2, "sessionid is not a number" },
		{ "status", "Uid:\t0\t0\0", 9, "status is not text" },
		{ "status", "Name:\tx\n", 8, "cannot understand /proc/PID/status" },
		{ "stat", "1 (x) S\0", 8, "stat is not text" },
		{ "stat", "1 (x) S 1", 9, "cannot understand /proc/PID/stat" },
	};
	int pidfd = peer_pidfd_open(getpid()), fd;
	char path[] = "/tmp/s3jit-proc-XXXXXX";
	struct s3jit_err err = { 0 };
	struct proc_facts facts, none;
	size_t i;

	(void)state;
	memset(&none, 0, sizeof(none));
	assert_true((fd = mkstemp(path)) >= 0);
	as = path;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		shown = all[i].name;
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, all[i].text, all[i].len, 0), (ssize_t)all[i].len);
		memset(&facts, 1, sizeof(facts));
		assert_int_equal(proc_facts_read(&facts, getpid(), pidfd, &err), -1);
		if (strstr(err.text, all[i].why) == NULL)
			fail_msg("expected \"%s\": %s", all[i].why, err.text);
		assert_memory_equal(&facts, &none, sizeof(facts));
	}
	/* it opens and cannot be read */
	as = "/tmp";
	assert_int_equal(proc_facts_read(&facts, getpid(), pidfd, &err), -1);
	assert_non_null(strstr(err.text, strerror(EISDIR)));
	shown = NULL;
	assert_int_equal(proc_facts_read(&facts, getpid(), pidfd, &err), 0);
	close(fd);
	close(pidfd);
	unlink(path);
}

/* The terminal's name leads to another device, or to none. */
static void
Q8_another_device_is_not_the_terminal(void **state)
{
	struct peer peer = { .tty_nr = 136 << 8 };
	struct s3jit_err err = { 0 };
	size_t i;

	(void)state;
	shown = "/dev/pts/0";
	for (i = 0; i < 2; i++) {
		as = i == 0 ? "/dev/null" : "/tmp";
		assert_int_equal(peer_tty_owned(&peer, 0, &err), -1);
		assert_non_null(strstr(err.text, "/dev/pts/0 is not the terminal of this process"));
	}
	shown = NULL;
}

/* Its last words were read after its end. */
static void
B3_who_has_ended_does_not_speak(void **state)
{
	struct s3jit_err err = { 0 };
	struct peer peer = { 0 };
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	peer.pid = pid;
	peer.pidfd = peer_pidfd_open(pid);
	assert_int_equal(peer_speaks(&peer, pid, &err), 0);
	assert_int_equal(peer_speaks(&peer, 0, &err), -1);
	assert_int_equal(peer_speaks(&peer, getpid(), &err), -1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(peer_speaks(&peer, pid, &err), -1);
	assert_non_null(strstr(err.text, "has ended already"));
	close(peer.pidfd);
}

static int
listen_at(struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* B2: a name that begs to be parsed */
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	snprintf(sun->sun_path, sizeof(sun->sun_path), "/tmp/s3jit-%d;uid=0;pid=1;", (int)getpid());
	unlink(sun->sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)sun, sizeof(*sun)), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static void
B2_identity_of_a_live_peer(void **state)
{
	struct sockaddr_un sun, mine = { .sun_family = AF_UNIX };
	int l = listen_at(&sun), old, c, fd;
	struct s3jit_err err = { 0 };
	struct peer peer;

	(void)state;
	for (old = 0; old < 2; old++) {
		c = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		snprintf(mine.sun_path, sizeof(mine.sun_path), "%.90s%d", sun.sun_path, old);
		unlink(mine.sun_path);
		assert_int_equal(bind(c, (struct sockaddr *)&mine, sizeof(mine)), 0);
		assert_int_equal(connect(c, (struct sockaddr *)&sun, sizeof(sun)), 0);
		assert_true((fd = accept(l, NULL, NULL)) >= 0);
		if (peer_of_socket(&peer, fd, old != 0, &err) == -1)
			fail_msg("%s", err.text);
		assert_int_equal(peer.uid, geteuid());
		assert_int_equal(peer.pid, getpid());
		assert_int_equal(peer_speaks(&peer, getpid(), &err), 0);
		assert_int_equal(peer_speaks(&peer, 1, &err), -1);
		assert_int_equal(peer_speaks(&peer, 0, &err), -1);
		assert_int_equal(peer_identify(&peer, &err), 0);
		assert_int_equal(peer.ruid, getuid());
		assert_int_equal(peer_refresh(&peer, &err), 0);
		peer.uid++;
		assert_int_equal(peer_identify(&peer, &err), -1);
		peer.uid--;
		peer.sessionid++;
		assert_int_equal(peer_refresh(&peer, &err), -1);
		unlink(mine.sun_path);
		close(peer.pidfd);
		close(fd);
		close(c);
	}
	close(l);
	unlink(sun.sun_path);
}

/* Whoever exits right after connect() is nobody, in both modes. */
static void
B3_clients_that_exit_are_nobody(void **state)
{
	struct sockaddr_un sun;
	int l = listen_at(&sun), i, c, fd, named = 0;
	struct peer peer;
	pid_t pid;

	(void)state;
	for (i = 0; i < 10000; i++) {
		if ((pid = fork()) == 0) {
			c = socket(AF_UNIX, SOCK_STREAM, 0);
			_exit(connect(c, (struct sockaddr *)&sun, sizeof(sun)) == 0 ? 0 : 1);
		}
		assert_true((fd = accept(l, NULL, NULL)) >= 0);
		if (i % 4 < 2)		/* half of them are reaped, too */
			waitpid(pid, NULL, 0);
		if (peer_of_socket(&peer, fd, i % 2 == 1, NULL) == 0) {
			/* alive a moment ago: then it is that child or nobody */
			if (peer_identify(&peer, NULL) == 0 && peer.pid != pid)
				named++;
			close(peer.pidfd);
		}
		if (i % 4 >= 2)
			waitpid(pid, NULL, 0);
		close(fd);
	}
	assert_int_equal(named, 0);
	close(l);
	unlink(sun.sun_path);
}

static void
Q8_the_terminal_must_be_the_persons(void **state)
{
	struct s3jit_err err = { 0 };
	struct peer peer = { 0 };
	unsigned int maj, min;
	char path[64];
	struct stat st;
	int pt;

	(void)state;
	assert_int_equal(peer_tty_owned(&peer, getuid(), &err), -1);
	assert_non_null(strstr(err.text, "ssh -t"));
	if ((pt = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1 || grantpt(pt) == -1 ||
	    unlockpt(pt) == -1 || ptsname_r(pt, path, sizeof(path)) != 0 || stat(path, &st) == -1)
		skip();
	maj = major(st.st_rdev);
	min = minor(st.st_rdev);
	peer.tty_nr = (min & 0xff) | maj << 8 | (min & ~0xffu) << 12;
	if (peer_tty_owned(&peer, getuid(), &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(peer_tty_owned(&peer, getuid() + 1, &err), -1);
	assert_non_null(strstr(err.text, "another user"));
	/* gone */
	close(pt);
	assert_int_equal(peer_tty_owned(&peer, getuid(), &err), -1);
}

/* new_encode_dev() of the kernel, as /proc/PID/stat shows it */
static uint32_t
tty_nr_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint32_t)(minor(st.st_rdev) & 0xff) | (uint32_t)(major(st.st_rdev) << 8) |
	    (uint32_t)(minor(st.st_rdev) & ~0xffu) << 12;
}

static void
a_line_on_a_terminal_never_waits(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), i;
	char path[64], got[256] = "";
	uint32_t nr;

	(void)state;
	assert_true(master != -1 && grantpt(master) == 0 && unlockpt(master) == 0);
	assert_int_equal(ptsname_r(master, path, sizeof(path)), 0);
	nr = tty_nr_of(path);
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(terminal_say(nr, geteuid(), "it ends"), 0);
	assert_true(read(master, got, sizeof(got) - 1) > 0);
	assert_non_null(strstr(got, "it ends"));
	assert_int_equal(terminal_say(nr, geteuid() + 1, "somebody else's"), -1);
	assert_int_equal(chmod(path, 0600), 0);		/* mesg n */
	assert_int_equal(terminal_say(nr, geteuid(), "not wanted"), -1);
	assert_int_equal(chmod(path, 0620), 0);
	for (i = 0; i < 10000 && terminal_say(nr, geteuid(), "nobody reads this") == 0; i++)
		;
	assert_in_range(i, 1, 9999);			/* full, and we are still here */
	close(master);
	assert_int_equal(terminal_say(nr, geteuid(), "it is gone"), -1);
	assert_int_equal(terminal_say(0, geteuid(), "none"), -1);
	assert_int_equal(terminal_say(4 << 8 | 64, 0, "a serial line"), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(H6_names_cannot_pretend_to_be_fields),
		cmocka_unit_test(stat_that_is_not_understood_refuses),
		cmocka_unit_test(status_lines), cmocka_unit_test(terminal_names),
		cmocka_unit_test(own_facts), cmocka_unit_test(H6_own_facts_under_a_hostile_name),
		cmocka_unit_test(B3_facts_of_the_dead_are_refused),
		cmocka_unit_test(B4_what_cannot_be_seen_names_hidepid),
		cmocka_unit_test(without_descriptors_that_is_said),
		cmocka_unit_test(B4_what_is_not_as_it_must_be_says_nothing),
		cmocka_unit_test(Q8_another_device_is_not_the_terminal),
		cmocka_unit_test(B3_who_has_ended_does_not_speak),
		cmocka_unit_test(B2_identity_of_a_live_peer),
		cmocka_unit_test(B3_clients_that_exit_are_nobody),
		cmocka_unit_test(a_line_on_a_terminal_never_waits),
		cmocka_unit_test(Q8_the_terminal_must_be_the_persons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
