/*
 * test_pam.c - the built pam_s3jit.so under the real libpam, with a fake
 * broker.  Runs unprivileged.  Test names begin with the requirement that
 * they hold us to.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "s3jit/clock.h"
#include "s3jit/guest.h"
#include "s3jit/wire.h"

#include "fake_broker.h"

#define SERVICE "s3jit-test"

#ifdef __SANITIZE_ADDRESS__
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libpam.so\n";	/* 96 bytes of its own */
}
#endif

static char confdir[] = "/tmp/s3jit-pamd-XXXXXX";
static const struct passwd *me;
static int conversations;

static int
converse(int n, const struct pam_message **msg, struct pam_response **resp, void *arg)
{
	(void)n;
	(void)msg;
	(void)resp;
	(void)arg;
	conversations++;
	return PAM_CONV_ERR;
}

static const struct pam_conv conv = { converse, NULL };

/* One login of the person who runs the tests, or of a pretended one. */
static void
stage_ids(const char *loginuid, const char *sessionid, const char *parent)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned)me->pw_uid);
	setenv("TEST_LOGINUID", loginuid == NULL ? number : loginuid, 1);
	setenv("TEST_SESSIONID", sessionid, 1);
	if (parent == NULL)
		unsetenv("TEST_PARENT_SESSIONID");
	else
		setenv("TEST_PARENT_SESSIONID", parent, 1);
}

static void
stage_login(void)
{
	stage_ids(NULL, "77", "4294967295");
}

static void __attribute__((format(printf, 1, 2)))
stage_service(const char *fmt, ...)
{
	char path[128];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", confdir, SERVICE);
	f = fopen(path, "w");
	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	assert_int_equal(fclose(f), 0);
}

static pam_handle_t *
begin(void)
{
	pam_handle_t *pamh = NULL;

	conversations = 0;
	assert_int_equal(pam_start_confdir(SERVICE, me->pw_name, &conv, confdir, &pamh), PAM_SUCCESS);
	return pamh;
}

static pam_handle_t *
begin_with(const struct fake *broker, const char *options)
{
	stage_service("session required %s socket=%s %s\n", TEST_MODULE, broker->path, options);
	return begin();
}

static int
descriptors_count(void)
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
assert_env(pam_handle_t *pamh, const char *name, const char *want)
{
	const char *is = pam_getenv(pamh, name);

	if (want == NULL)
		assert_null(is);
	else {
		assert_non_null(is);
		assert_string_equal(is, want);
	}
}

static void
assert_login_env(pam_handle_t *pamh)
{
	assert_env(pamh, "AWS_CONFIG_FILE", SYSCONFDIR "/aws-config");
	assert_env(pamh, "AWS_SHARED_CREDENTIALS_FILE", SYSCONFDIR "/aws-credentials-empty");
	assert_env(pamh, "AWS_EC2_METADATA_DISABLED", "true");
	assert_env(pamh, "S3JIT_SESSION", "77");
	assert_env(pamh, "AWS_PROFILE", NULL);
}

static void
P7_registers_what_the_kernel_says(void **state)
{
	struct fake broker;
	pam_handle_t *pamh;
	char boot_id[GUEST_BOOT_ID];

	(void)state;
	stage_login();
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	pamh = begin_with(&broker, "required");
	pam_set_item(pamh, PAM_RHOST, "10.2.0.9");
	pam_set_item(pamh, PAM_TTY, "ssh");
	pam_putenv(pamh, "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAC3");
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);

	assert_int_equal(broker.seen->registers, 1);
	assert_int_equal(broker.seen->uid, me->pw_uid);
	assert_int_equal(broker.seen->loginuid, me->pw_uid);
	assert_int_equal(broker.seen->sessionid, 77);
	assert_string_equal(broker.seen->user, me->pw_name);
	assert_string_equal(broker.seen->service, SERVICE);
	assert_string_equal(broker.seen->rhost, "10.2.0.9");
	assert_string_equal(broker.seen->tty, "ssh");
	assert_string_equal(broker.seen->auth_info, "publickey ssh-ed25519 AAAAC3");
	assert_int_equal(guest_read_boot_id(boot_id, NULL), 0);
	assert_string_equal(broker.seen->boot_id, boot_id);
	assert_login_env(pamh);

	pam_close_session(pamh, 0);
	pam_end(pamh, PAM_SUCCESS);
	fake_stop(&broker);
}

static void
P7_connection_lasts_as_long_as_the_login(void **state)
{
	struct fake broker;
	pam_handle_t *pamh;
	int before, fd;

	(void)state;
	stage_login();
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	pamh = begin_with(&broker, "");
	fd = dup(0);			/* the lowest free one: the module's will be that */
	close(fd);
	before = descriptors_count();
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(descriptors_count(), before + 1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(broker.seen->ended, 0);

	/* a second open on the same handle keeps the one there is */
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(broker.seen->registers, 1);
	assert_int_equal(descriptors_count(), before + 1);

	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_true(fake_wait(&broker.seen->ended, 1));
	assert_int_equal(descriptors_count(), before);
	pam_end(pamh, PAM_SUCCESS);
	fake_stop(&broker);
}

static void
P8_close_is_idempotent(void **state)
{
	struct fake broker;
	pam_handle_t *pamh;

	(void)state;
	stage_login();
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	pamh = begin_with(&broker, "required");
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);	/* never opened */
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
	assert_true(fake_wait(&broker.seen->ended, 1));
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);	/* and again */
	assert_int_equal(broker.seen->registers, 2);
	pam_end(pamh, PAM_SUCCESS);		/* nobody closed: the destructor does */
	assert_true(fake_wait(&broker.seen->ended, 2));
	fake_stop(&broker);
}

/* In both modes: what open_session says, how long it took. */
static void
check_failure(const char *path_or_null, enum fake_mode mode, int64_t least_ms, int64_t most_ms)
{
	static const struct { const char *options; int want; } cases[] = {
		{ "", PAM_SUCCESS }, { "required", PAM_SESSION_ERR },
	};
	struct fake broker;
	pam_handle_t *pamh;
	int64_t began, took;
	int before;

	stage_login();
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(fake_start(&broker, mode), 0);
		if (path_or_null != NULL)
			snprintf(broker.path, sizeof(broker.path), "%s", path_or_null);
		pamh = begin_with(&broker, cases[i].options);
		before = descriptors_count();
		began = clock_boot_ms();
		assert_int_equal(pam_open_session(pamh, 0), cases[i].want);
		took = clock_boot_ms() - began;
		assert_in_range(took, least_ms, most_ms);
		assert_int_equal(descriptors_count(), before);
		assert_login_env(pamh);		/* never the keys of old */
		pam_end(pamh, PAM_SUCCESS);
		fake_stop(&broker);
	}
}

static void
P2_broker_down(void **state)
{
	(void)state;
	check_failure("/tmp/s3jit-nobody-listens-here.sock", FAKE_GO, 0, 500);
}

static void
P2_broker_refuses(void **state)
{
	(void)state;
	check_failure(NULL, FAKE_REFUSE, 0, 500);
}

static void
P2_broker_talks_nonsense(void **state)
{
	(void)state;
	check_failure(NULL, FAKE_GARBAGE, 0, 500);
	check_failure(NULL, FAKE_WRONG_WORD, 0, 500);
	check_failure(NULL, FAKE_HANGUP, 0, 500);
}

static void
P3_broker_hangs(void **state)
{
	(void)state;
	check_failure(NULL, FAKE_HANG, 1900, 2500);
}

static void
P3_backlog_full(void **state)
{
	(void)state;
	check_failure(NULL, FAKE_FROZEN, 1900, 2500);
}

static void
P3_answer_drips(void **state)
{
	(void)state;
	check_failure(NULL, FAKE_DRIP, 1900, 2500);
}

static void
H8_talks_to_root_or_the_folders_owner_only(void **state)
{
	char folder[128], deeper[160];
	struct fake broker;
	pam_handle_t *pamh;

	(void)state;
	if (getuid() == 0)
		skip();			/* root's own server is right wherever it listens */
	stage_login();
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	/* the same server behind a folder whose parent is not root's */
	snprintf(folder, sizeof(folder), "%s/run", broker.dir);
	assert_int_equal(mkdir(folder, 0755), 0);
	snprintf(deeper, sizeof(deeper), "%s/root.sock", folder);
	assert_int_equal(link(broker.path, deeper), 0);
	stage_service("session required %s socket=%s required\n", TEST_MODULE, deeper);
	pamh = begin();
	assert_int_equal(pam_open_session(pamh, 0), PAM_SESSION_ERR);
	assert_int_equal(broker.seen->registers, 0);
	pam_end(pamh, PAM_SUCCESS);
	unlink(deeper);
	rmdir(folder);
	fake_stop(&broker);
}

/* Not the beginning of a login: nothing is sent, nothing is set. */
static void
P5_registers_only_the_users_own_new_login(void **state)
{
	static const struct { const char *loginuid, *sessionid, *parent; } cases[] = {
		{ "4294967295", "4294967295", "4294967295" },	/* no pam_loginuid */
		{ "4294967295", "77", NULL },
		{ "4242424", "77", "4294967295" },		/* somebody else's */
		{ "4242424", "77", "77" },			/* su bob by alice */
		{ NULL, "77", "77" },				/* su alice by alice */
		{ NULL, "4294967295", NULL },
	};
	struct fake broker;
	pam_handle_t *pamh;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int required = 0; required < 2; required++) {
			stage_ids(cases[i].loginuid, cases[i].sessionid, cases[i].parent);
			pamh = begin_with(&broker, required ? "required" : "");
			assert_int_equal(pam_open_session(pamh, 0),
			    required ? PAM_SESSION_ERR : PAM_SUCCESS);
			assert_env(pamh, "AWS_CONFIG_FILE", NULL);
			assert_env(pamh, "S3JIT_SESSION", NULL);
			pam_end(pamh, PAM_SUCCESS);
		}
	assert_int_equal(broker.seen->connections, 0);

	/* control: the same broker registers a parent that cannot be asked */
	stage_ids(NULL, "77", NULL);
	pamh = begin_with(&broker, "required");
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(broker.seen->registers, 1);
	pam_end(pamh, PAM_SUCCESS);
	fake_stop(&broker);
}

static void
P2_unknown_options(void **state)
{
	static const struct { const char *options; int want; int registers; } cases[] = {
		{ "debug", PAM_SUCCESS, 1 },
		{ "requird", PAM_SUCCESS, 0 },
		{ "requird required", PAM_SESSION_ERR, 0 },
		{ "required required=no", PAM_SESSION_ERR, 0 },
		{ "socket=relative required", PAM_SESSION_ERR, 0 },
		{ "debugger", PAM_SUCCESS, 0 },
	};
	struct fake broker;
	pam_handle_t *pamh;

	(void)state;
	stage_login();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fake_start(&broker, FAKE_GO), 0);
		pamh = begin_with(&broker, cases[i].options);
		assert_int_equal(pam_open_session(pamh, 0), cases[i].want);
		assert_int_equal(broker.seen->registers, cases[i].registers);
		pam_end(pamh, PAM_SUCCESS);
		fake_stop(&broker);
	}
}

static int
run_stack(const char *stack, pam_handle_t *pamh)
{
	if (strcmp(stack, "auth") == 0)
		return pam_authenticate(pamh, PAM_SILENT);
	if (strcmp(stack, "account") == 0)
		return pam_acct_mgmt(pamh, PAM_SILENT);
	return pam_chauthtok(pamh, PAM_SILENT);
}

/* Whatever the control word, the module never carries a stack by itself. */
static void
P2_every_other_stack_is_refused(void **state)
{
	static const char *const stacks[] = { "auth", "account", "password" };
	static const char *const controls[] = {
		"required", "requisite", "sufficient", "optional", "[default=bad]",
		"[success=done ignore=ignore default=die]", "[success=1 module_unknown=ignore default=bad]",
	};
	pam_handle_t *pamh;

	(void)state;
	for (size_t s = 0; s < 3; s++)
		for (size_t c = 0; c < sizeof(controls) / sizeof(controls[0]); c++) {
			stage_service("%s %s %s\n", stacks[s], controls[c], TEST_MODULE);
			pamh = begin();
			assert_int_not_equal(run_stack(stacks[s], pamh), PAM_SUCCESS);
			pam_end(pamh, PAM_SUCCESS);

			stage_service("%s %s %s\n%s required pam_deny.so\n", stacks[s], controls[c],
			    TEST_MODULE, stacks[s]);
			pamh = begin();
			assert_int_not_equal(run_stack(stacks[s], pamh), PAM_SUCCESS);
			pam_end(pamh, PAM_SUCCESS);
		}

	/* control: the harness does see success; setcred refuses, too */
	stage_service("auth required pam_permit.so\n");
	pamh = begin();
	assert_int_equal(run_stack("auth", pamh), PAM_SUCCESS);
	pam_end(pamh, PAM_SUCCESS);
	stage_service("auth [service_err=ok default=ok] %s\n", TEST_MODULE);
	pamh = begin();
	assert_int_equal(pam_setcred(pamh, PAM_ESTABLISH_CRED), PAM_SERVICE_ERR);
	pam_end(pamh, PAM_SUCCESS);
}

/* Session lines: a login that we let go on must never be denied by our line. */
static void
P2_default_mode_never_denies_a_session(void **state)
{
	static const char *const controls[] = {
		"required", "requisite", "sufficient", "optional", "[success=ok default=die]",
	};
	pam_handle_t *pamh;

	(void)state;
	stage_login();
	for (size_t c = 0; c < sizeof(controls) / sizeof(controls[0]); c++) {
		stage_service("session %s %s socket=/tmp/s3jit-nobody-listens-here.sock\n",
		    controls[c], TEST_MODULE);
		pamh = begin();
		assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
		assert_int_equal(pam_close_session(pamh, 0), PAM_SUCCESS);
		pam_end(pamh, PAM_SUCCESS);
	}
}

/* First or last, under each control word: without a broker the others alone decide. */
static void
P2_in_every_place_the_others_decide(void **state)
{
	static const char *const controls[] = {
		"required", "requisite", "optional", "[success=ok ignore=ignore default=bad]",
	};
	static const char *const others[] = { "pam_permit.so", "pam_deny.so" };
	char ours[256], other[64];
	pam_handle_t *pamh;

	(void)state;
	stage_login();
	for (size_t c = 0; c < sizeof(controls) / sizeof(controls[0]); c++)
		for (int i = 0; i < 8; i++) {
			int first = (i & 1) != 0, denied = (i & 2) != 0, must = (i & 4) != 0;

			snprintf(ours, sizeof(ours), "session %s %s socket=/tmp/s3jit-nobody-listens-here.sock%s",
			    controls[c], TEST_MODULE, must ? " required" : "");
			snprintf(other, sizeof(other), "session required %s", others[denied]);
			stage_service("%s\n%s\n", first ? ours : other, first ? other : ours);
			pamh = begin();
			/* told to keep people out, and heard: only "optional" does not hear it */
			if (denied || (must && strcmp(controls[c], "optional") != 0))
				assert_int_not_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
			else
				assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
			pam_end(pamh, PAM_SUCCESS);
		}
}

static void
P6_hostile_text_is_only_passed_on(void **state)
{
	struct fake broker;
	pam_handle_t *pamh;
	char *big;

	(void)state;
	stage_login();
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	pamh = begin_with(&broker, "");
	pam_set_item(pamh, PAM_RHOST, "a\033[2J;uid=0;\n%n%s\xff");
	pam_set_item(pamh, PAM_TTY, "../../etc/shadow");
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_string_equal(broker.seen->rhost, "a\033[2J;uid=0;\n%n%s\xff");
	assert_string_equal(broker.seen->tty, "../../etc/shadow");
	assert_int_equal(broker.seen->uid, me->pw_uid);
	pam_end(pamh, PAM_SUCCESS);

	/* more than a message holds: not registered, and the login goes on */
	big = malloc(65536);
	assert_non_null(big);
	memset(big, 'k', 65535);
	big[65535] = '\0';
	memcpy(big, "SSH_AUTH_INFO_0=", 16);
	pamh = begin_with(&broker, "");
	pam_putenv(pamh, big);
	assert_int_equal(pam_open_session(pamh, 0), PAM_SUCCESS);
	assert_int_equal(broker.seen->registers, 1);
	pam_end(pamh, PAM_SUCCESS);
	free(big);
	fake_stop(&broker);
}

/* What a module could leave behind in its host. */
struct world {
	char cwd[4096];
	mode_t mask;
	void (*handler[NSIG])(int);
	char blocked[NSIG];
	char locale[64];
};

static void
world_look(struct world *w)
{
	struct sigaction act;
	sigset_t blocked;

	memset(w, 0, sizeof(*w));
	assert_non_null(getcwd(w->cwd, sizeof(w->cwd)));
	w->mask = umask(022);
	umask(w->mask);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &act) == 0)
			w->handler[sig] = act.sa_handler;
		w->blocked[sig] = sigismember(&blocked, sig) == 1;
	}
	snprintf(w->locale, sizeof(w->locale), "%s", setlocale(LC_ALL, NULL));
}

static void
P9_leaves_the_host_as_it_was(void **state)
{
	static const enum fake_mode modes[] = { FAKE_GO, FAKE_REFUSE, FAKE_HANGUP };
	struct world before, after;
	struct fake broker;
	pam_handle_t *pamh;

	(void)state;
	stage_login();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(fake_start(&broker, modes[i]), 0);
		pamh = begin_with(&broker, "");
		signal(SIGPIPE, SIG_DFL);
		world_look(&before);
		pam_open_session(pamh, 0);
		pam_close_session(pamh, 0);
		world_look(&after);
		assert_memory_equal(&before, &after, sizeof(before));
		pam_end(pamh, PAM_SUCCESS);
		fake_stop(&broker);
	}
}

static void
P10_says_nothing(void **state)
{
	static const enum fake_mode modes[] = { FAKE_GO, FAKE_REFUSE };
	int out[2], saved[2];
	struct fake broker;
	pam_handle_t *pamh;
	char byte;

	(void)state;
	stage_login();
	fflush(NULL);
	assert_int_equal(pipe2(out, O_NONBLOCK | O_CLOEXEC), 0);
	for (int fd = 1; fd <= 2; fd++) {
		saved[fd - 1] = dup(fd);
		dup2(out[1], fd);
	}
	for (size_t i = 0; i < 2; i++) {
		(void)fake_start(&broker, modes[i]);
		pamh = begin_with(&broker, "debug");
		pam_open_session(pamh, 0);
		pam_close_session(pamh, 0);
		pam_end(pamh, PAM_SUCCESS);
		fake_stop(&broker);
	}
	fflush(NULL);
	for (int fd = 1; fd <= 2; fd++) {
		dup2(saved[fd - 1], fd);
		close(saved[fd - 1]);
	}
	assert_int_equal(conversations, 0);
	close(out[1]);
	assert_int_equal(read(out[0], &byte, 1), 0);
	close(out[0]);
}

/* 0: done.  77: the kernel does not let us begin an audit session. */
static int
real_login(const struct fake *broker)
{
	char number[16];
	pam_handle_t *pamh = NULL;
	uint32_t is;
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC), len;

	if (guest_read_proc_u32(&is, "/proc/self/loginuid", NULL) == -1 || is != GUEST_UNSET)
		return 77;
	len = snprintf(number, sizeof(number), "%u", (unsigned)me->pw_uid);
	if (fd == -1 || write(fd, number, (size_t)len) != len)
		return 77;
	close(fd);
	if (pam_start_confdir(SERVICE, me->pw_name, &conv, confdir, &pamh) != PAM_SUCCESS ||
	    pam_open_session(pamh, 0) != PAM_SUCCESS)
		return 1;
	if (guest_read_proc_u32(&is, "/proc/self/sessionid", NULL) == -1 ||
	    broker->seen->sessionid != is || broker->seen->loginuid != me->pw_uid)
		return 2;
	pam_end(pamh, PAM_SUCCESS);
	return 0;
}

/* The module as installed, with an audit session that the kernel gave. */
static void
P7_the_installed_module_reads_proc(void **state)
{
	struct fake broker;
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	stage_service("session required %s socket=%s required\n", BUILT_MODULE, broker.path);
	fflush(NULL);
	if ((child = fork()) == 0)
		_exit(real_login(&broker));
	assert_int_equal(waitpid(child, &status, 0), child);
	fake_stop(&broker);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
group_begin(void **state)
{
	(void)state;
	return (me = getpwuid(getuid())) == NULL || mkdtemp(confdir) == NULL ? -1 : 0;
}

static int
group_end(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/%s", confdir, SERVICE);
	unlink(path);
	return rmdir(confdir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(P7_registers_what_the_kernel_says),
		cmocka_unit_test(P7_connection_lasts_as_long_as_the_login),
		cmocka_unit_test(P7_the_installed_module_reads_proc),
		cmocka_unit_test(P8_close_is_idempotent),
		cmocka_unit_test(P2_broker_down),
		cmocka_unit_test(P2_broker_refuses),
		cmocka_unit_test(P2_broker_talks_nonsense),
		cmocka_unit_test(P2_unknown_options),
		cmocka_unit_test(P2_every_other_stack_is_refused),
		cmocka_unit_test(P2_default_mode_never_denies_a_session),
		cmocka_unit_test(P2_in_every_place_the_others_decide),
		cmocka_unit_test(P3_broker_hangs),
		cmocka_unit_test(P3_backlog_full),
		cmocka_unit_test(P3_answer_drips),
		cmocka_unit_test(P5_registers_only_the_users_own_new_login),
		cmocka_unit_test(P6_hostile_text_is_only_passed_on),
		cmocka_unit_test(P9_leaves_the_host_as_it_was),
		cmocka_unit_test(P10_says_nothing),
		cmocka_unit_test(H8_talks_to_root_or_the_folders_owner_only),
	};

	return cmocka_run_group_tests(tests, group_begin, group_end);
}
