/*
 * test_helper.c - the setuid helper's own code, every path of it, without
 * root (helper_world.h).  Real setuid is tests/bastion's.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "s3jit/clock.h"
#include "s3jit/guest.h"

#include "helper_world.h"

#define WITH_BROKER	"fd 0\nfd 1\nfd 2\nfd 3\n"
#define WITHOUT		"fd 0\nfd 1\nfd 2\n"

static char *plain_argv[] = { (char[]){ "s3-sudo" }, (char[]){ "-l" }, NULL };

static void
run(struct outcome *o, const struct world *w)
{
	world_run(o, w, 2, plain_argv);
}

/* The client got 0 to 2, and 3 only when `broker`. */
static void
assert_client(const struct outcome *o, bool broker)
{
	assert_int_equal(o->status, WORLD_CLIENT_RAN);
	assert_non_null(strstr(o->report, broker ? WITH_BROKER : WITHOUT));
	if (!broker)
		assert_null(strstr(o->report, "fd 3"));
}

static void
assert_refused(const struct outcome *o, int status, const char *text)
{
	assert_false(o->ran);
	assert_int_equal(o->status, status);
	assert_non_null(strstr(o->err, text));
}

static void
DESIGN3_go_hands_on_the_connection(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.broker = &broker;
	run(&o, &w);
	assert_client(&o, true);
	assert_non_null(strstr(o.report, "arg s3-sudo\narg -l\n"));
	assert_non_null(strstr(o.report, "frame hello\n"));	/* nothing of it was eaten */
	assert_non_null(strstr(o.report, "dumpable 1\n"));
	assert_string_equal(o.err, "");
	assert_int_equal(broker.seen->facts, 1);
	assert_int_equal(broker.seen->uid, 1000);
	assert_int_equal(broker.seen->loginuid, 1000);
	assert_int_equal(broker.seen->sessionid, 77);
	assert_int_equal(broker.seen->strange, 0);
	fake_stop(&broker);
}

static void
H1_no_arguments_at_all(void **state)
{
	char *none[] = { NULL };
	struct world w = WORLD_ALICE;
	struct outcome o;

	(void)state;
	world_run(&o, &w, 0, none);
	assert_false(o.ran);
	assert_int_equal(o.status, 2);
	world_run(&o, &w, 1, none);
	assert_false(o.ran);
	assert_int_equal(o.status, 2);
}

static void
H1_H17_arguments_pass_untouched(void **state)
{
	char *big = malloc(65537), *argv[5];
	struct world w = WORLD_ALICE;
	struct outcome o;

	(void)state;
	assert_non_null(big);
	memset(big, 'A', 65536);
	big[65536] = '\0';
	argv[0] = (char[]){ "sudoedit%n%s" };
	argv[1] = (char[]){ "--no-such-option" };
	argv[2] = (char[]){ "" };
	argv[3] = (char[]){ "a\nb" };
	argv[4] = NULL;
	world_run(&o, &w, 4, argv);
	assert_client(&o, false);
	assert_non_null(strstr(o.report,
	    "arg sudoedit%n%s\narg --no-such-option\narg \narg a\nb\nfd 0\n"));

	argv[0] = big;
	argv[1] = NULL;
	world_run(&o, &w, 1, argv);
	assert_int_equal(o.status, WORLD_CLIENT_RAN);
	free(big);
}

static void
plant_descriptors(void)
{
	close(0);
	close(1);
	close(2);
	(void)open("/dev/zero", O_RDONLY);
	dup2(0, 9);
	dup2(0, 200);
	close(0);
}

static void
H2_descriptors(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.prepare = plant_descriptors;
	run(&o, &w);
	assert_client(&o, false);
	assert_null(strstr(o.report, "fd 9\n"));
	w.broker = &broker;
	run(&o, &w);
	assert_client(&o, true);
	assert_null(strstr(o.report, "fd 9\n"));
	assert_null(strstr(o.report, "fd 200\n"));
	fake_stop(&broker);
}

static void
H5_ids(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.broker = &broker;
	w.ruid = w.loginuid = 2147483653U;
	run(&o, &w);
	assert_client(&o, true);
	assert_int_equal(broker.seen->uid, 2147483653U);
	w.ruid = w.loginuid = 4294967294U;
	run(&o, &w);
	assert_client(&o, true);
	assert_int_equal(broker.seen->uid, 4294967294U);

	/* nobody to speak for: the broker never hears of it */
	w.ruid = 1000;
	w.loginuid = GUEST_UNSET;
	run(&o, &w);
	assert_client(&o, false);
	w.loginuid = 1000;
	w.sessionid = GUEST_UNSET;
	run(&o, &w);
	assert_client(&o, false);
	w.sessionid = 77;
	w.ruid = (uid_t)-1;
	run(&o, &w);
	assert_refused(&o, 113, "no user id");
	assert_int_equal(broker.seen->connections, 2);
	fake_stop(&broker);
}

static void
H8_wrong_server_is_refused(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.broker = &broker;
	w.fault = FAULT_SERVER_UID;
	run(&o, &w);
	assert_refused(&o, 113, "424242");
	assert_int_equal(broker.seen->facts, 0);
	w.fault = FAULT_NONE;
	run(&o, &w);			/* control */
	assert_client(&o, true);
	fake_stop(&broker);
}

static void
H9_a_failed_drop_ends_it(void **state)
{
	static const enum fault faults[] = {
		FAULT_SETRESGID, FAULT_SETRESUID, FAULT_STILL_SUID, FAULT_STILL_SGID,
		FAULT_SETUID_WORKS,
	};
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		w.fault = faults[i];
		w.broker = i % 2 == 0 ? &broker : NULL;
		run(&o, &w);
		assert_refused(&o, 1, "root");
	}
	fake_stop(&broker);
}

/* Nothing privileged is done where a core could be left, or a signal be missed. */
static void
H10_H12_it_settles_or_ends(void **state)
{
	static const struct { enum fault fault; const char *words; } cases[] = {
		{ FAULT_SETRLIMIT, "cannot forbid core files" },
		{ FAULT_SIGPROCMASK, "cannot reset signals" },
	};
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.broker = &broker;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w.fault = cases[i].fault;
		run(&o, &w);
		assert_refused(&o, 1, cases[i].words);
		assert_int_equal(broker.seen->facts, 0);
	}
	fake_stop(&broker);
}

static void
want_cores(void)
{
	struct rlimit core;

	getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = core.rlim_max;
	setrlimit(RLIMIT_CORE, &core);
}

static void
H10_core_limit_comes_back(void **state)
{
	struct world w = WORLD_ALICE;
	struct rlimit core;
	struct outcome o;
	char want[64];

	(void)state;
	getrlimit(RLIMIT_CORE, &core);
	snprintf(want, sizeof(want), "core %lu\n", (unsigned long)core.rlim_max);
	w.prepare = want_cores;
	run(&o, &w);			/* WORLD_CARELESS if it was not 0 in between */
	assert_client(&o, false);
	assert_non_null(strstr(o.report, want));
}

static void
odd_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
}

static void
H12_signals(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;
	char want[64];

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_REAUTH), 0);
	w.broker = &broker;
	w.pam = "auth required " STUB_MODULE "\naccount required " STUB_MODULE "\n";
	w.prepare = odd_signals;
	run(&o, &w);
	assert_int_equal(o.status, WORLD_CLIENT_RAN);
	assert_null(strstr(o.report, "blocked"));
	/* nohup's SIGHUP stays ignored; what we ignore for ourselves does not */
	snprintf(want, sizeof(want), "ignored %d\nignored %d\nignored %d\n", SIGHUP, SIGPIPE, SIGCHLD);
	assert_non_null(strstr(o.report, want));
	w.prepare = NULL;
	run(&o, &w);
	assert_int_equal(o.status, WORLD_CLIENT_RAN);
	assert_null(strstr(o.report, "ignored"));
	fake_stop(&broker);
}

static struct { int which; rlim_t value; } hostile;

static void
be_hostile(void)
{
	const struct rlimit limit = { hostile.value, hostile.value };

	if (setrlimit(hostile.which, &limit) == -1)
		_exit(250);
}

/* Going on without the broker or a refusal in words; no signal, no hang. */
static void
H13_hostile_limits(void **state)
{
	static const struct { int which; rlim_t value; } limits[] = {
		{ RLIMIT_FSIZE, 0 }, { RLIMIT_NOFILE, 3 }, { RLIMIT_NOFILE, 4 }, { RLIMIT_NOFILE, 5 },
		{ RLIMIT_NPROC, 1 }, { RLIMIT_STACK, 65536 }, { RLIMIT_CPU, 1 },
	};
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();				/* which has hostile ideas of its own */
#endif
	assert_int_equal(fake_start(&broker, FAKE_REAUTH), 0);
	w.broker = &broker;
	w.pam = "auth required " STUB_MODULE "\naccount required " STUB_MODULE "\n";
	w.prepare = be_hostile;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		hostile.which = limits[i].which;
		hostile.value = limits[i].value;
		run(&o, &w);
		if (hostile.which == RLIMIT_FSIZE && o.status == 256 + SIGXFSZ)
			continue;	/* the client's own report; see below */
		if (o.status != WORLD_CLIENT_RAN && o.status != 98 && o.status != 99)
			assert_non_null(strstr(o.err, "s3-sudo: "));
		assert_in_range(o.status, 1, 127);
	}
	fake_stop(&broker);
}

static void
H18_only_success_counts(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;
	char pam[512];

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_REAUTH), 0);
	w.broker = &broker;
	w.pam = pam;
	for (int code = PAM_SUCCESS; code <= PAM_INCOMPLETE; code++)
		for (int acct = 0; acct < 2; acct++) {
			snprintf(pam, sizeof(pam), "auth required %s auth=%d\n"
			    "account required %s acct=%d\n", STUB_MODULE, acct ? 0 : code,
			    STUB_MODULE, acct ? code : 0);
			run(&o, &w);
			if (code == PAM_SUCCESS) {
				assert_client(&o, true);
				assert_int_equal(broker.seen->pam_code, PAM_SUCCESS);
			} else {
				assert_refused(&o, 113, "PAM said no");
				assert_int_not_equal(broker.seen->pam_code, PAM_SUCCESS);
			}
		}
	fake_stop(&broker);
}

static void
H18_what_proves_nothing(void **state)
{
	static const char *const stacks[] = {
		"auth required " STUB_MODULE " exit\naccount required " STUB_MODULE "\n",
		"auth required " STUB_MODULE " user=root\naccount required " STUB_MODULE "\n",
		"auth required " STUB_MODULE " user=bob\naccount required " STUB_MODULE "\n",
		"auth required " STUB_MODULE " ask\naccount required " STUB_MODULE "\n", /* no terminal */
		"auth required pam_no_such_module.so\naccount required " STUB_MODULE "\n",
		"auth required " STUB_MODULE "\n",		/* no account lines */
		"",
	};
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_REAUTH), 0);
	w.broker = &broker;
	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		w.pam = stacks[i];
		run(&o, &w);
		assert_refused(&o, 113, "PAM said no");
		assert_int_equal(broker.seen->verdicts, (int)i + 1);
		assert_int_not_equal(broker.seen->pam_code, PAM_SUCCESS);
		if (strstr(stacks[i], " ask") != NULL)
			assert_non_null(strstr(o.err, "use ssh -t"));
	}
	w.pam = "auth required " STUB_MODULE "\naccount required " STUB_MODULE "\n";
	w.fault = FAULT_NO_USER;
	run(&o, &w);
	assert_refused(&o, 113, "PAM said no\n");
	assert_int_equal(broker.seen->pam_code, PAM_USER_UNKNOWN);
	w.fault = FAULT_PAM_START;
	run(&o, &w);
	assert_refused(&o, 113, "PAM said no");
	assert_int_equal(broker.seen->pam_code, PAM_ABORT);
	w.fault = FAULT_NONE;
	run(&o, &w);			/* control */
	assert_client(&o, true);
	fake_stop(&broker);
}

static void
H18_both_must_say_yes(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	/* a broker that says GO whatever the verdict */
	assert_int_equal(fake_start(&broker, FAKE_WRONG_WORD), 0);
	w.broker = &broker;
	w.pam = "auth required " STUB_MODULE " auth=7\naccount required " STUB_MODULE "\n";
	run(&o, &w);
	assert_refused(&o, 113, "re-authentication failed");
	w.pam = "auth required " STUB_MODULE "\naccount required " STUB_MODULE "\n";
	run(&o, &w);
	assert_client(&o, true);
	fake_stop(&broker);
}

static void
hostile_environment(void)
{
	setenv("LD_PRELOAD", "/nonexistent/evil.so", 1);
	setenv("TZ", "/nonexistent/evil", 1);
	setenv("KRB5_CONFIG", "/nonexistent/evil", 1);
}

static void
H3_pam_sees_an_environment_built_from_nothing(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_REAUTH), 0);
	w.broker = &broker;
	w.prepare = hostile_environment;
	w.pam = "auth required " STUB_MODULE " env\naccount required " STUB_MODULE "\n";
	run(&o, &w);
	assert_int_equal(broker.seen->pam_code, PAM_SUCCESS);
	fake_stop(&broker);
}

static void
H19_goes_on_without_root_or_broker(void **state)
{
	static const enum fake_mode silent[] = { FAKE_GARBAGE, FAKE_HANGUP, FAKE_HANG };
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;
	int64_t began;

	(void)state;
	run(&o, &w);			/* nobody listens */
	assert_client(&o, false);
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		assert_int_equal(fake_start(&broker, silent[i]), 0);
		w.broker = &broker;
		began = clock_boot_ms();
		run(&o, &w);
		assert_client(&o, false);
		assert_in_range(clock_boot_ms() - began, 0, 6000);
		assert_int_equal(broker.seen->facts, 1);
		fake_stop(&broker);
	}
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.broker = &broker;
	w.euid = 1000;			/* no setuid bit, ptrace, NO_NEW_PRIVS, user namespace */
	run(&o, &w);
	assert_client(&o, false);
	assert_int_equal(broker.seen->connections, 0);
	fake_stop(&broker);
}

static void
DESIGN3_refusal_is_shown_escaped(void **state)
{
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_REFUSE), 0);
	w.broker = &broker;
	run(&o, &w);
	assert_refused(&o, 113, "s3-sudo: not ?[31mtoday\n");
	assert_null(strchr(o.err, '\033'));
	fake_stop(&broker);
}

static void
DESIGN3_root_calls_as_root(void **state)
{
	struct world w = { .ruid = 0, .euid = 0, .loginuid = 1000, .sessionid = 77 };
	struct fake broker;
	struct outcome o;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.broker = &broker;
	run(&o, &w);
	assert_client(&o, true);
	assert_int_equal(broker.seen->uid, 0);
	assert_int_equal(broker.seen->loginuid, 1000);	/* still that person */
	fake_stop(&broker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(DESIGN3_go_hands_on_the_connection),
		cmocka_unit_test(DESIGN3_refusal_is_shown_escaped),
		cmocka_unit_test(DESIGN3_root_calls_as_root),
		cmocka_unit_test(H1_no_arguments_at_all),
		cmocka_unit_test(H1_H17_arguments_pass_untouched),
		cmocka_unit_test(H2_descriptors),
		cmocka_unit_test(H3_pam_sees_an_environment_built_from_nothing),
		cmocka_unit_test(H5_ids),
		cmocka_unit_test(H8_wrong_server_is_refused),
		cmocka_unit_test(H9_a_failed_drop_ends_it), cmocka_unit_test(H10_H12_it_settles_or_ends),
		cmocka_unit_test(H10_core_limit_comes_back),
		cmocka_unit_test(H12_signals),
		cmocka_unit_test(H13_hostile_limits),
		cmocka_unit_test(H18_only_success_counts),
		cmocka_unit_test(H18_what_proves_nothing),
		cmocka_unit_test(H18_both_must_say_yes),
		cmocka_unit_test(H19_goes_on_without_root_or_broker),
	};

	return cmocka_run_group_tests(tests, world_begin, world_end);
}
