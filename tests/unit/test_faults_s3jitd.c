/*
 * test_faults_s3jitd.c - s3jitd from its first line to READY and to its orderly
 * end, with its first, second, third ... call of a kind failing (start_world.h).
 *
 * It comes up whole or says why not, and what was there before is there afterwards.
 */
#include "config.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "start_world.h"

static const char conf[] =
    "host-name = \"bastion.example.net\"\n"
    "aws { region = \"eu-central-1\" account = \"111122223333\" credentials = \"imds\" }\n"
    "baseline \"everyone\" {\n"
    "  role = \"arn:aws:iam::111122223333:role/s3jit-readonly\"\n"
    "  allow = { \"list s3://*\", \"get s3://*\" }\n"
    "}\n";

int s3jitd_main(int argc, char **argv);

static bool
has_mode(const char *name, mode_t mode)
{
	struct stat st;

	return stat(start_path(name), &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 07777) == mode;
}

/* B1, B10: nobody else reads the record, and only root registers logins. */
static bool
up(void)
{
	return has_mode("run/root.sock", 0600) && has_mode("run/user.sock", 0666) &&
	    has_mode("state/s3jit.db", 0600);
}

static char *argv[14];
static const struct start_daemon s3jitd = { "s3jitd", s3jitd_main, argv, up };

static int
begin(void **state)
{
	static char words[7][200];
	const char *const options[] = { "s3jitd", "--trust-self", "--signer-user", start_user(),
	    "-c", NULL, "-d", NULL, "-r", NULL, "-s", NULL, NULL };
	static const char *const paths[] = { "conf", "state", "run", "none" };
	size_t i, path = 0;

	if (start_begin(state) == -1)
		return -1;
	for (i = 0; i < 12; i++) {
		if (options[i] != NULL) {
			argv[i] = (char *)(uintptr_t)options[i];
			continue;
		}
		strcpy(words[path], start_path(paths[path]));
		argv[i] = words[path++];
	}
	start_file("conf", 0644, conf);
	start_folder("state", 0700);
	start_folder("run", 0755);
	return 0;
}

static void
first_time(void)
{
	start_empty("state");
	start_empty("run");
}

/* ---- tests ---- */

static void
B15_comes_up(void **state)
{
	struct start_end end;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		start_run(&end, &s3jitd, FAULT_MEMORY, 0, false);
		assert_string_equal(end.said, "");
		assert_int_equal(end.status, 0);
		assert_true(end.came_up);
	}
}

static void
B15_without_memory(void **state)
{
	(void)state;
	start_walk(&s3jitd, FAULT_MEMORY, first_time);
}

static void
A1_without_its_record(void **state)
{
	(void)state;
	start_walk(&s3jitd, FAULT_SQL, first_time);
}

static void
B15_without_files(void **state)
{
	(void)state;
	start_walk(&s3jitd, FAULT_FILE, first_time);
}

static void
B15_without_sockets(void **state)
{
	(void)state;
	start_walk(&s3jitd, FAULT_SOCKET, first_time);
}

static void
B9_whatever_the_system_refuses(void **state)
{
	(void)state;
	start_walk(&s3jitd, FAULT_SYSTEM, first_time);
}

/* Two folders of that name and the socket's do not fit into a sockaddr_un. */
static void
B1_a_path_that_is_too_long(void **state)
{
	char name[101], *run = argv[9];
	struct start_end end;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	start_folder(name, 0755);
	argv[9] = start_path(name);
	start_run(&end, &s3jitd, FAULT_MEMORY, 0, false);
	argv[9] = run;
	assert_int_equal(end.status, 1);
	assert_non_null(strstr(end.said, "/root.sock: the path is too long"));
}

/* --- the controls -------------------------------------------------------------------- */

static bool
down(void)
{
	return false;
}

static int
careless_main(int argc, char **words)
{
	void *p = malloc(1);

	(void)argc;
	(void)words;
	if (p == NULL)
		raise(SIGSEGV);
	free(p);
	return 1;
}

static void
what_is_wrong_is_seen(void **state)
{
	const struct start_daemon odd = { "s3jitd", s3jitd_main, argv, down },
	    careless = { "s3jitd", careless_main, argv, up };
	struct start_end end;

	(void)state;
	start_run(&end, &odd, FAULT_MEMORY, 0, false);
	assert_string_equal(start_judge(&end, FAULT_MEMORY, false),
	    "it is up, and not as it must be");
	start_run(&end, &careless, FAULT_MEMORY, 1, false);
	assert_string_equal(start_judge(&end, FAULT_MEMORY, false),
	    "it died of a signal, or hung");
	start_run(&end, &careless, FAULT_MEMORY, 0, false);
	assert_string_equal(start_judge(&end, FAULT_MEMORY, false), "it did not say why");
}

static void
B15_without_events(void **state)
{
	(void)state;
	start_walk(&s3jitd, FAULT_EVENT, first_time);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(B15_comes_up), cmocka_unit_test(B15_without_memory),
		cmocka_unit_test(A1_without_its_record), cmocka_unit_test(B15_without_files),
		cmocka_unit_test(B15_without_sockets), cmocka_unit_test(B15_without_events),
		cmocka_unit_test(B9_whatever_the_system_refuses),
		cmocka_unit_test(B1_a_path_that_is_too_long), cmocka_unit_test(what_is_wrong_is_seen),
	};

	return cmocka_run_group_tests(tests, begin, start_end);
}
