/*
 * test_kernel.c - /proc readings that nobody can stage (H6), and whether the
 * server at the other end is ours (H8).
 *
 * Some of it needs root, or user namespaces: where these are missing the rest
 * still runs, and the whole is reported as skipped (77).
 */
#include "config.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "s3jit/clock.h"
#include "s3jit/guest.h"
#include "s3jit/wire.h"

static struct s3jit_err err;
static int skipped;

static void
leave_out(const char *why)
{
	print_message("left out: %s\n", why);
	skipped++;
	skip();
}

static uint32_t
read_plainly(const char *path)
{
	unsigned int n = 1;
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%u", &n), 1);
	fclose(f);
	return n;
}

static void
H6_proc_numbers_are_the_kernels(void **state)
{
	uint32_t n = 1;

	(void)state;
	if (access("/proc/self/loginuid", R_OK) == -1)
		leave_out("a kernel without audit");
	assert_int_equal(guest_read_proc_u32(&n, "/proc/self/loginuid", &err), 0);
	assert_true(n == read_plainly("/proc/self/loginuid"));
	assert_int_equal(guest_read_proc_u32(&n, "/proc/self/sessionid", &err), 0);
	assert_true(n == read_plainly("/proc/self/sessionid"));
}

static void
H6_links_and_other_places_are_refused(void **state)
{
	static const char *const bad[] = {
		"/proc/thread-self/loginuid",	/* a link that nobody spelled out */
		"/proc/self/cwd/loginuid",
		"/proc/self/root/proc/self/loginuid",
		"/proc/self/../self/loginuid",
		"/proc/../etc/hostname",
		"/proc/self/no-such-file",
		"/proc/self/status",		/* no number */
		"/proc/self/",
		"/etc/hostname",
		"loginuid",
		"",
	};
	uint32_t n = 4711;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (guest_read_proc_u32(&n, bad[i], &err) != -1)
			fail_msg("read: %s", bad[i]);
		assert_true(n == 4711);
	}
}

/* In a child with mounts of its own; 77 when this may not be done here. */
static int
in_own_mounts(int (*child)(void))
{
	int status = 0;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if (unshare(CLONE_NEWNS | (getuid() == 0 ? 0 : CLONE_NEWUSER)) == -1 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
			_exit(77);
		_exit(child());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
file_over_loginuid(void)
{
	char path[64], target[64];
	uint32_t n;
	int fd;

	snprintf(path, sizeof(path), "/tmp/s3jit-guest-%d", (int)getpid());
	snprintf(target, sizeof(target), "/proc/%d/loginuid", (int)getpid());
	if ((fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600)) == -1 || write(fd, "1000", 4) != 4)
		return 77;
	close(fd);
	if (mount(path, target, NULL, MS_BIND, NULL) == -1) {
		unlink(path);
		return 77;
	}
	unlink(path);
	if (read_plainly("/proc/self/loginuid") != 1000)
		return 2;	/* the trap must work on others */
	return guest_read_proc_u32(&n, "/proc/self/loginuid", &err) == -1 ? 0 : 1;
}

static int
other_process_over_own(void)
{
	char target[64];
	uint32_t n;

	snprintf(target, sizeof(target), "/proc/%d/loginuid", (int)getpid());
	if (mount("/proc/1/loginuid", target, NULL, MS_BIND, NULL) == -1)
		return 77;
	return guest_read_proc_u32(&n, "/proc/self/loginuid", &err) == -1 ? 0 : 1;
}

static int
directory_over_proc(void)
{
	uint32_t n;

	if (mount("tmpfs", "/proc", "tmpfs", 0, NULL) == -1)
		return 77;
	mkdir("/proc/self", 0755);
	close(open("/proc/self/loginuid", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	return guest_read_proc_u32(&n, "/proc/self/loginuid", &err) == -1 ? 0 : 1;
}

static void
H6_a_staged_proc_is_seen_through(void **state)
{
	int (*const traps[])(void) = { file_over_loginuid, other_process_over_own,
		directory_over_proc };
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < 3; i++) {
		status = in_own_mounts(traps[i]);
		if (status == 77)
			leave_out("no mounts of one's own here");
		assert_int_equal(status, 0);
	}
}

static void
boot_id_has_its_form(void **state)
{
	char id[GUEST_BOOT_ID], again[GUEST_BOOT_ID];

	(void)state;
	assert_int_equal(guest_read_boot_id(id, &err), 0);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(guest_read_boot_id(again, &err), 0);
	assert_string_equal(id, again);
}

/* ---- H8 ---- */

static char folder[64], socket_path[100];

/* A listener made by `uid` (by us for 0 when we are not root), and a connection to it. */
static int
connect_to_listener_of(uid_t uid)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int ready[2], fd;
	char byte;

	assert_int_equal(pipe(ready), 0);
	unlink(socket_path);
	strcpy(addr.sun_path, socket_path);
	if (fork() == 0) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
			_exit(1);
		if (uid != getuid() && setresuid(uid, uid, uid) == -1)
			_exit(1);
		if (listen(fd, 1) == -1 || write(ready[1], "x", 1) != 1)
			_exit(1);
		close(ready[1]);
		(void)!read(accept(fd, NULL, NULL), &byte, 1);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(wire_connect(&fd, socket_path, clock_boot_ms() + 2000, &err), 0);
	return fd;
}

static int
verdict_on(uid_t uid)
{
	int fd = connect_to_listener_of(uid), ret;

	ret = guest_server_ok(fd, socket_path, &err);
	close(fd);
	wait(NULL);
	return ret;
}

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/s3jit-H8-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	chmod(folder, 0755);
	snprintf(socket_path, sizeof(socket_path), "%s/root.sock", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(socket_path);
	return rmdir(folder);
}

static void
H8_the_owner_of_the_folder_is_heard(void **state)
{
	struct stat st;

	(void)state;
	if (stat("/tmp", &st) == -1 || st.st_uid != 0)
		leave_out("/tmp is not root's");
	assert_int_equal(verdict_on(getuid()), 0);
	if (getuid() != 0)
		return;
	assert_int_equal(chown(folder, 12345, 12345), 0);
	assert_int_equal(verdict_on(0), 0);
	assert_int_equal(verdict_on(12345), 0);
}

static void
H8_others_are_not(void **state)
{
	(void)state;
	if (getuid() != 0)
		leave_out("needs root");
	assert_int_equal(chown(folder, 12345, 12345), 0);
	assert_int_equal(verdict_on(12346), -1);
	assert_int_equal(err.code, S3JIT_ENOTALLOWED);
	/* a folder that others may write to has no owner that counts */
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(verdict_on(12345), -1);
	assert_int_equal(chmod(folder, 0755), 0);
}

static void
H8_a_link_or_a_strangers_parent_does_not_count(void **state)
{
	char link[80], below[100];
	int fd;

	(void)state;
	if (getuid() != 0)
		leave_out("needs root");
	assert_int_equal(chown(folder, 12345, 12345), 0);
	fd = connect_to_listener_of(12345);
	snprintf(link, sizeof(link), "%s-link", folder);
	assert_int_equal(symlink(folder, link), 0);
	snprintf(below, sizeof(below), "%s/root.sock", link);
	assert_int_equal(guest_server_ok(fd, below, &err), -1);
	assert_int_equal(unlink(link), 0);
	/* folder/sub/root.sock: the parent of sub is not root's */
	snprintf(link, sizeof(link), "%s/sub", folder);
	assert_int_equal(mkdir(link, 0755), 0);
	assert_int_equal(chown(link, 12345, 12345), 0);
	snprintf(below, sizeof(below), "%s/sub/root.sock", folder);
	assert_int_equal(guest_server_ok(fd, below, &err), -1);
	assert_int_equal(rmdir(link), 0);
	close(fd);
	wait(NULL);
}

static void
H8_what_is_no_socket_is_refused(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(guest_server_ok(fd[0], S3JIT_ROOT_SOCK, &err), -1);
	assert_int_equal(guest_server_ok(-1, S3JIT_ROOT_SOCK, &err), -1);
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H6_proc_numbers_are_the_kernels),
		cmocka_unit_test(H6_links_and_other_places_are_refused),
		cmocka_unit_test(H6_a_staged_proc_is_seen_through),
		cmocka_unit_test(boot_id_has_its_form),
		cmocka_unit_test_setup_teardown(H8_the_owner_of_the_folder_is_heard, make_folder,
		    remove_folder),
		cmocka_unit_test_setup_teardown(H8_others_are_not, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(H8_a_link_or_a_strangers_parent_does_not_count,
		    make_folder, remove_folder),
		cmocka_unit_test(H8_what_is_no_socket_is_refused),
	};

	if (cmocka_run_group_tests(tests, NULL, NULL) != 0)
		return 1;
	return skipped > 0 ? 77 : 0;
}
