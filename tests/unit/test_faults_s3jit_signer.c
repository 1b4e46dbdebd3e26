/*
 * test_faults_s3jit_signer.c - s3jit-signer from its first line to READY and to its
 * orderly end, with its first, second, third ... call of a kind failing
 * (start_world.h); and what it finds where it wants to listen.
 *
 * It comes up whole or says why not, and never says a key.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "s3jit/hex.h"
#include "start_world.h"

#define KEY "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"

int signer_main(int argc, char **argv);

CURLcode __real_curl_global_init_mem(long, curl_malloc_callback, curl_free_callback,
    curl_realloc_callback, curl_strdup_callback, curl_calloc_callback);
CURLcode __wrap_curl_global_init_mem(long, curl_malloc_callback, curl_free_callback,
    curl_realloc_callback, curl_strdup_callback, curl_calloc_callback);

/*
 * Here libcrypto wakes up, whose memory is ours, and which dies later of what it did
 * not get now: all of it fails, or nothing.
 */
CURLcode
__wrap_curl_global_init_mem(long flags, curl_malloc_callback m, curl_free_callback f,
    curl_realloc_callback r, curl_strdup_callback s, curl_calloc_callback c)
{
	char hash[HEX_SHA256];
	CURLcode rc;

	if (faults_hit(FAULT_SYSTEM))
		return CURLE_FAILED_INIT;
	faults_hold();
	rc = __real_curl_global_init_mem(flags, m, f, r, s, c);
	(void)hex_sha256(hash, "", 0, NULL);
	faults_release();
	return rc;
}

/* B2: the broker's group alone may connect, and here the broker is we. */
static bool
up(void)
{
	struct stat st;

	return stat(start_path("sock"), &st) == 0 && S_ISSOCK(st.st_mode) &&
	    (st.st_mode & 0777) == 0660 && st.st_uid == geteuid();
}

static char *argv[8];
static const struct start_daemon signer = { "s3jit-signer", signer_main, argv, up };

static int
begin(void **state)
{
	static char conf[200], sock[200], text[600];

	if (start_begin(state) == -1)
		return -1;
	start_file("key", 0600, "[default]\naws_access_key_id = AKIABASE\n"
	    "aws_secret_access_key = " KEY "\n");
	snprintf(text, sizeof(text), "aws { region = eu-central-1 account = \"111122223333\" "
	    "credentials = \"file:%s\" }\n", start_path("key"));
	start_file("conf", 0644, text);
	strcpy(conf, start_path("conf"));
	strcpy(sock, start_path("sock"));
	argv[0] = (char *)(uintptr_t)"s3jit-signer";
	argv[1] = (char *)(uintptr_t)"-c";
	argv[2] = conf;
	argv[3] = (char *)(uintptr_t)"-s";
	argv[4] = sock;
	argv[5] = (char *)(uintptr_t)"-u";
	argv[6] = (char *)(uintptr_t)start_user();
	return 0;
}

/* ---- tests ---- */

static void
comes_up(void **state)
{
	struct start_end end;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		start_run(&end, &signer, FAULT_MEMORY, 0, false);
		assert_int_equal(end.status, 0);
		assert_true(end.came_up);
		assert_null(strstr(end.said, KEY));
	}
}

static void
without_memory(void **state)
{
	(void)state;
	start_walk(&signer, FAULT_MEMORY, NULL);
}

static void
without_files(void **state)
{
	(void)state;
	start_walk(&signer, FAULT_FILE, NULL);
}

static void
without_sockets(void **state)
{
	(void)state;
	start_walk(&signer, FAULT_SOCKET, NULL);
}

static void
whatever_the_system_refuses(void **state)
{
	(void)state;
	start_walk(&signer, FAULT_SYSTEM, NULL);
}

static void
without_events(void **state)
{
	(void)state;
	start_walk(&signer, FAULT_EVENT, NULL);
}

/* With that for an argument of argv[at], or another main(), it says that, and no more. */
static void
refuses(int at, const char *word, int (*daemon_main)(int, char **), const char *sentence)
{
	const struct start_daemon daemon = { "s3jit-signer", daemon_main, argv, up };
	char *kept = argv[at];
	struct start_end end;

	argv[at] = (char *)(uintptr_t)word;
	start_run(&end, &daemon, FAULT_MEMORY, 0, false);
	argv[at] = kept;
	if (end.status != 1 || end.came_up || strstr(end.said, sentence) == NULL)
		fail_msg("%s: status %d, and not \"%s\": %s", word, end.status, sentence, end.said);
}

static void
where_it_cannot_listen(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char name[101];
	int fd;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	refuses(4, start_path(name), signer_main, "too long for a socket");
	refuses(4, start_path("conf"), signer_main, "something else lies there");
	refuses(4, start_path("none/sock"), signer_main, "No such file or directory");
	strcpy(sun.sun_path, start_path("busy"));
	assert_true((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(chmod(sun.sun_path, 0666), 0);
	assert_int_equal(listen(fd, 1), 0);
	refuses(4, sun.sun_path, signer_main, "another s3jit-signer is running");
	close(fd);
}

static void
whom_it_does_not_serve(void **state)
{
	(void)state;
	refuses(6, "root", signer_main, "there is no account \"root\" for the broker");
	refuses(6, "no-such-user", signer_main, "there is no account \"no-such-user\"");
	refuses(6, "daemon", signer_main, "so the broker could not connect");
}

static int
two_sockets_main(int argc, char **words)
{
	char pid[20];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return setenv("LISTEN_PID", pid, 1) == -1 || setenv("LISTEN_FDS", "2", 1) == -1 ? 99 :
	    signer_main(argc, words);
}

static int
no_socket_main(int argc, char **words)
{
	char pid[20];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return dup2(2, 3) == -1 || setenv("LISTEN_PID", pid, 1) == -1 ||
	    setenv("LISTEN_FDS", "1", 1) == -1 ? 99 : signer_main(argc, words);
}

static void
S8_what_systemd_should_not_pass(void **state)
{
	(void)state;
#ifdef HAVE_LIBSYSTEMD
	refuses(4, argv[4], two_sockets_main, "systemd passed 2 sockets, expected 1");
	refuses(4, argv[4], no_socket_main, "no listening stream socket");
#else
	(void)two_sockets_main;
	(void)no_socket_main;
	skip();
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_up), cmocka_unit_test(without_memory),
		cmocka_unit_test(without_files), cmocka_unit_test(without_sockets),
		cmocka_unit_test(whatever_the_system_refuses), cmocka_unit_test(without_events),
		cmocka_unit_test(where_it_cannot_listen),
		cmocka_unit_test(whom_it_does_not_serve), cmocka_unit_test(S8_what_systemd_should_not_pass),
	};

	return cmocka_run_group_tests(tests, begin, start_end);
}
