/*
 * test_resolver.c - the name service in its child: answers, silence, death.
 *
 * What the child calls is replaced before it is forked, so it inherits it.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/resolver.h"
#include "s3jit/clock.h"

#define ALICE 1001
#define GHOST 1404	/* nobody knows it */
#define SLOW 1500	/* the name service hangs */
#define DEADLY 1600	/* it crashes */
#define MANY 1700	/* in 5000 groups */
#define TOO_MANY 1800	/* in more than we take */

int	__wrap_getpwuid_r(uid_t, struct passwd *, char *, size_t, struct passwd **);
int	__wrap_getgrouplist(const char *, gid_t, gid_t *, int *);

int
__wrap_getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t size, struct passwd **out)
{
	*out = NULL;
	if (uid == GHOST)
		return 0;
	if (uid == SLOW)
		pause();
	if (uid == DEADLY)
		abort();
	if (uid == ALICE && size < 200000)
		return ERANGE;		/* a long entry */
	memset(pw, 0, sizeof(*pw));
	snprintf(buf, size, "user%u", uid);
	pw->pw_name = buf;
	pw->pw_uid = uid;
	pw->pw_gid = uid;
	*out = pw;
	return 0;
}

int
__wrap_getgrouplist(const char *name, gid_t gid, gid_t *gids, int *n)
{
	int have = strcmp(name, "user1700") == 0 ? 5000 :
	    strcmp(name, "user1800") == 0 ? 1000000 : 2, room = *n, i;

	*n = have;
	if (room < have)
		return -1;
	for (i = 0; i < have; i++)
		gids[i] = i == 0 ? gid : (gid_t)(20000 + i);
	return have;
}

static struct event_base *base;
static struct resolver *r;
static int done_calls;

static int
begin(void **state)
{
	struct s3jit_err err = { 0 };

	(void)state;
	done_calls = 0;
	if ((base = event_base_new()) == NULL || resolver_new(&r, base, &err) == -1)
		return -1;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	resolver_free(r);
	event_base_free(base);
	return 0;
}

static void
done(void *arg)
{
	done_calls++;
	if (arg != NULL)
		event_base_loopbreak(base);
}

/* Ask and wait; how long it took, in milliseconds. */
static int64_t
want(const uid_t *uids, size_t n, int64_t max_age)
{
	int64_t t = clock_boot_ms();
	int before = done_calls;

	resolver_want(r, uids, n, max_age, done, base);
	if (done_calls == before)
		event_base_dispatch(base);
	assert_int_equal(done_calls, before + 1);
	return clock_boot_ms() - t;
}

static void
answers(void **state)
{
	const uid_t uids[] = { ALICE, 7, ALICE, GHOST, MANY, TOO_MANY };
	const struct person *p;

	(void)state;
	assert_null(resolver_person(r, ALICE));
	want(uids, 6, 5000);
	p = resolver_person(r, ALICE);
	assert_true(p->known);
	assert_string_equal(p->name, "user1001");
	assert_int_equal(p->ngids, 2);
	assert_int_equal(p->gids[0], ALICE);
	assert_int_equal(p->gids[1], 20001);
	p = resolver_person(r, GHOST);
	assert_false(p->known);
	assert_string_equal(p->name, "");
	assert_int_equal(p->ngids, 0);
	assert_int_equal(resolver_person(r, MANY)->ngids, 5000);
	/* cut groups would be a wrong answer: unknown is a safe one */
	assert_false(resolver_person(r, TOO_MANY)->known);
}

static void
cache_and_age(void **state)
{
	const uid_t uid = ALICE;
	int64_t fetched;

	(void)state;
	want(&uid, 1, 5000);
	fetched = resolver_person(r, ALICE)->fetched_ms;
	resolver_want(r, &uid, 1, 5000, done, NULL);
	assert_int_equal(done_calls, 2);	/* at once */
	usleep(5000);
	want(&uid, 1, 1);
	assert_true(resolver_person(r, ALICE)->fetched_ms > fetched);
	resolver_want(r, NULL, 0, 5000, done, NULL);
	assert_int_equal(done_calls, 4);
}

static void
B14_a_hanging_name_service(void **state)
{
	const uid_t slow = SLOW, other = 7;
	int64_t took;

	(void)state;
	took = want(&slow, 1, 5000);
	assert_true(took >= 1900 && took < 3000);
	assert_false(resolver_person(r, SLOW)->known);
	/* the next child answers */
	assert_true(want(&other, 1, 5000) < 1000);
	assert_true(resolver_person(r, other)->known);
}

/* Who was known is unknown, and no member, once the answer does not come. */
static void
B14_unknown_replaces_known(void **state)
{
	const uid_t both[] = { SLOW, ALICE };
	gid_t gid = 20001;
	char *name = (char *)(uintptr_t)"leads";
	const struct who leads = { .groups = { &name, 1 }, .gids = &gid };

	(void)state;
	want(&both[1], 1, 5000);
	assert_true(person_is(resolver_person(r, ALICE), &leads));
	usleep(5000);
	want(both, 2, 1);
	assert_false(resolver_person(r, ALICE)->known);
	assert_false(person_is(resolver_person(r, ALICE), &leads));
	assert_false(person_is(NULL, &leads));
	/* what was known is kept beside it, until there is an answer again */
	assert_true(person_is(resolver_person(r, ALICE)->was, &leads));
	assert_null(resolver_person(r, SLOW)->was);
	usleep(5000);
	want(both, 2, 1);
	assert_true(person_is(resolver_person(r, ALICE)->was, &leads));
	usleep(5000);
	want(&both[1], 1, 1);
	assert_true(resolver_person(r, ALICE)->known);
	assert_null(resolver_person(r, ALICE)->was);
}

static void
B14_a_crashing_name_service(void **state)
{
	const uid_t uids[] = { DEADLY, 7 };
	int64_t took = want(uids, 2, 5000);

	(void)state;
	assert_true(took < 1900);
	assert_false(resolver_person(r, DEADLY)->known);
	assert_true(resolver_person(r, 7)->known);
}

static void
cancelled_wants_are_not_called(void **state)
{
	const uid_t a = 7, b = 8;

	(void)state;
	resolver_want(r, &a, 1, 5000, done, NULL);
	resolver_want(r, &a, 1, 5000, done, &done_calls);
	resolver_cancel(r, NULL);
	event_base_dispatch(base);
	assert_int_equal(done_calls, 1);
	want(&b, 1, 5000);
	assert_int_equal(done_calls, 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(answers), T(cache_and_age), T(B14_a_hanging_name_service),
		T(B14_unknown_replaces_known), T(B14_a_crashing_name_service),
		T(cancelled_wants_are_not_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
