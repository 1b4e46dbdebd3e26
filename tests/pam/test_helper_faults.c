/*
 * test_helper_faults.c - the setuid helper with its first, second, third ... call
 * for memory, to a socket and to a file failing (tests/unit/faults.h).
 *
 * Whatever fails, it runs the client without privilege or says why not; and who
 * has not proved who they are is not let through (H9, H18).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper_world.h"
#include "tests/unit/faults.h"

#define CALLS_MAX 16		/* more than it makes of any kind */
#define PROVES "auth required " STUB_MODULE "\naccount required " STUB_MODULE "\n"
#define DENIES "auth required " STUB_MODULE " auth=7\naccount required " STUB_MODULE "\n"

static const struct {
	const char *name;
	enum fake_mode broker;
	const char *pam;
	int status;			/* when nothing fails */
} ways[] = {
	{ "go", FAKE_GO, NULL, WORLD_CLIENT_RAN },
	{ "refused", FAKE_REFUSE, NULL, 113 },
	{ "proved", FAKE_REAUTH, PROVES, WORLD_CLIENT_RAN },
	{ "not proved", FAKE_REAUTH, DENIES, 113 },
};

static struct {
	enum fault_kind kind;
	int nth;
	bool lasting, careless;
} plan;

static void __attribute__((noinline, no_sanitize("undefined")))
unseen(volatile char *p)
{
	p[0] = 'x';
}

static void
arm(void)
{
	signal(SIGSEGV, SIG_DFL);	/* cmocka's would go on with its tests here */
	faults_arm(plan.kind, plan.nth, plan.lasting);
	if (plan.careless)
		unseen(malloc(1));
}

static void
disarm(void)
{
	(void)faults_disarm();
}

/* What is wrong with how it ended, or NULL. */
static const char *
judge(const struct outcome *o, const struct fake *broker, int best)
{
	if (o->status > 255)
		return "it died of a signal";
	if (o->ran && o->status != WORLD_CLIENT_RAN)
		return "the client ran with privilege";
	if (o->ran && best != WORLD_CLIENT_RAN && strstr(o->report, "fd 3") != NULL)
		return "the client was let through";
	if (o->ran && broker->seen->verdicts > 0 && broker->seen->pam_code != 0 &&
	    strstr(o->report, "fd 3") != NULL)
		return "nothing was proved";
	/* what it says is a write, too */
	if (!o->ran && (o->status == 0 ||
	    (plan.kind != FAULT_FILE && strstr(o->err, "s3-sudo: ") == NULL)))
		return "it did not say why";
	return NULL;
}

static const char *
run(size_t way, struct fake *broker)
{
	char *argv[] = { (char[]){ "s3-sudo" }, (char[]){ "-l" }, NULL };
	struct world w = WORLD_ALICE;
	struct outcome o;

	w.broker = broker;
	w.pam = ways[way].pam;
	w.prepare = arm;
	w.finish = disarm;
	world_run(&o, &w, 2, argv);
	if (plan.nth == CALLS_MAX && !plan.careless)
		assert_int_equal(o.status, ways[way].status);
	return judge(&o, broker, ways[way].status);
}

static void
walk(size_t way, int calls)
{
	struct fake broker;
	const char *wrong = NULL;

	assert_int_equal(fake_start(&broker, ways[way].broker), 0);
	for (plan.nth = 1; plan.nth <= calls && wrong == NULL; plan.nth++)
		wrong = run(way, &broker);
	fake_stop(&broker);
	if (wrong != NULL)
		fail_msg("%s, %s call %d%s: %s", ways[way].name, fault_names[plan.kind],
		    plan.nth - 1, plan.lasting ? " and all later ones" : "", wrong);
}

static void
H9_H18_whatever_fails(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_MEMORY, FAULT_SOCKET, FAULT_FILE };
	size_t i, way;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
			plan.kind = kinds[i];
			plan.lasting = false;
			walk(way, CALLS_MAX);
			plan.lasting = true;
			walk(way, 1);
		}
}

/* The control: memory that nobody looked at. */
static void
what_is_careless_is_seen(void **state)
{
	struct fake broker;

	(void)state;
	plan.kind = FAULT_MEMORY;
	plan.nth = 1;
	plan.careless = true;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	assert_string_equal(run(0, &broker), "it died of a signal");
	plan.careless = false;
	fake_stop(&broker);
}

/* The fronts are where they should be: without memory nobody gets through. */
static void
the_helper_is_reached(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_MEMORY, FAULT_SOCKET };
	char *argv[] = { (char[]){ "s3-sudo" }, (char[]){ "-l" }, NULL };
	struct world w = WORLD_ALICE;
	struct fake broker;
	struct outcome o;
	size_t i;

	(void)state;
	assert_int_equal(fake_start(&broker, FAKE_GO), 0);
	w.broker = &broker;
	w.prepare = arm;
	w.finish = disarm;
	plan.nth = 1;
	plan.lasting = true;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		plan.kind = kinds[i];
		world_run(&o, &w, 2, argv);
		assert_null(strstr(o.report, "fd 3"));
	}
	fake_stop(&broker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(H9_H18_whatever_fails),
		cmocka_unit_test(what_is_careless_is_seen),
		cmocka_unit_test(the_helper_is_reached),
	};

	return cmocka_run_group_tests(tests, world_begin, world_end);
}
