/*
 * test_resolver.c - the name service in its child: answers, silence, death.
 *
 * What the child calls is replaced before it is forked, so it inherits it.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

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
#include "broker/resolver_child.h"
#include "faults.h"
#include "s3jit/clock.h"

#define ALICE 1001
#define GHOST 1404	/* nobody knows it */
#define SLOW 1500	/* the name service hangs */
#define DEADLY 1600	/* it crashes */
#define MANY 1700	/* in 5000 groups */
#define TOO_MANY 1800	/* in more than we take */
/* The child has no memory for the entry, or the groups; its answer cannot be sent. */
#define TARDY 1850	/* and the next two: the name service takes 0.8 s for each */
#define NO_ENTRY 1901
#define NO_GROUPS 1902
#define NO_ANSWER 1903

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
	if (uid >= TARDY && uid < TARDY + 3)
		usleep(800000);
	if (uid == DEADLY)
		abort();
	if (uid == NO_ENTRY || uid == NO_GROUPS)
		faults_arm(FAULT_MEMORY, 1, false);
	if (uid == NO_ANSWER)
		faults_arm(FAULT_SOCKET, 1, false);
	if (uid == NO_ENTRY || (uid == ALICE && size < 200000))
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

static int	hurry = 1;	/* time passes so many times faster */

int64_t	__real_clock_boot_ms(void);
int64_t	__wrap_clock_boot_ms(void);

int64_t
__wrap_clock_boot_ms(void)
{
	return __real_clock_boot_ms() * hurry;
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
	hurry = 1;
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

/* That there is nobody is more than not to know, and from when on is kept. */
static void
nobody_is_not_unknown(void **state)
{
	static const uid_t uids[] = { GHOST, TOO_MANY };
	int64_t first;

	(void)state;
	want(uids, 2, 5000);
	first = resolver_person(r, GHOST)->gone_ms;
	assert_int_not_equal(first, 0);
	assert_int_equal(resolver_person(r, TOO_MANY)->gone_ms, 0);
	usleep(2000);
	want(uids, 2, 0);
	assert_int_equal(resolver_person(r, GHOST)->gone_ms, first);
	assert_true(resolver_person(r, GHOST)->asked_ms > first);
	assert_int_equal(resolver_person(r, TOO_MANY)->gone_ms, 0);
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

/* Time ran out over others: whom nobody was asked about, the next one may ask about. */
static void
B14_who_was_not_asked_about_is_not_lost_to_others(void **state)
{
	const uid_t uids[] = { TARDY, TARDY + 1, TARDY + 2, ALICE };

	(void)state;
	want(&uids[3], 1, 5000);
	usleep(5000);
	want(uids, 4, 1);
	assert_true(resolver_person(r, TARDY)->known);
	assert_false(resolver_person(r, ALICE)->known);
	want(&uids[3], 1, 5000);
	assert_true(resolver_person(r, ALICE)->known);
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

/* --- what fails ---------------------------------------------------------------- */

static bool	no_events;	/* none is added */

int	__real_event_add(struct event *, const struct timeval *);
int	__wrap_event_add(struct event *, const struct timeval *);

int
__wrap_event_add(struct event *ev, const struct timeval *tv)
{
	struct timeval quick;
	int64_t us;

	if (no_events)
		return -1;
	if (tv == NULL)
		return __real_event_add(ev, tv);
	us = (tv->tv_sec * 1000000LL + tv->tv_usec) / hurry;
	quick = (struct timeval){ .tv_sec = us / 1000000, .tv_usec = us % 1000000 };
	return __real_event_add(ev, &quick);
}

/* Nothing here is about how long 2 s are. */
static int
begin_quick(void **state)
{
	hurry = 20;
	return begin(state);
}

static int64_t
ask_anew(uid_t uid)
{
	usleep(2000);		/* what is known is older than now */
	return want(&uid, 1, 0);
}

static void
B14_a_child_that_fails_knows_nobody(void **state)
{
	static const uid_t uids[] = { NO_ENTRY, NO_GROUPS, NO_ANSWER };
	const uid_t other = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
		assert_true(want(&uids[i], 1, 5000) < 1900);
		assert_false(resolver_person(r, uids[i])->known);
		want(&other, 1, 0);
		assert_true(resolver_person(r, other)->known);
	}
}

/* A group that somebody has left long ago gives nothing when there is no memory to ask. */
static void
B14_without_memory_nothing_old_is_believed(void **state)
{
	const uid_t uid = ALICE;
	int n;

	(void)state;
	for (n = 1; n <= 2; n++) {
		want(&uid, 1, 5000);
		assert_true(resolver_person(r, ALICE)->known);
		usleep(5000);
		faults_arm(FAULT_MEMORY, n, true);
		resolver_want(r, &uid, 1, 1, done, NULL);
		assert_true(faults_disarm());
		assert_int_equal(done_calls, 3 * n - 1);	/* at once */
		assert_false(resolver_person(r, ALICE)->known);
		usleep(5000);
		want(&uid, 1, 1);
		assert_true(resolver_person(r, ALICE)->known);
	}
}

static void
answers_that_find_no_memory_are_unknown(void **state)
{
	const uid_t uid = ALICE;
	int n;

	(void)state;
	want(&uid, 1, 5000);
	for (n = 1; n <= 2; n++) {
		usleep(5000);
		resolver_want(r, &uid, 1, 1, done, base);
		faults_arm(FAULT_MEMORY, n, false);
		event_base_dispatch(base);
		assert_true(faults_disarm());
		assert_false(resolver_person(r, ALICE)->known);
	}
	/* nor is there any for somebody new */
	faults_arm(FAULT_MEMORY, 1, true);
	resolver_want(r, (const uid_t[]){ 9 }, 1, 5000, done, NULL);
	assert_true(faults_disarm());
	assert_null(resolver_person(r, 9));
	faults_arm(FAULT_MEMORY, 2, true);
	resolver_want(r, (const uid_t[]){ 9 }, 1, 5000, done, NULL);
	assert_true(faults_disarm());
	assert_null(resolver_person(r, 9));
	assert_int_equal(done_calls, 5);
}

/* Also who cannot be woken later gets an answer. */
static void
B14_without_a_timer_nobody_waits(void **state)
{
	const uid_t slow = SLOW, other = 7;

	(void)state;
	no_events = true;
	assert_true(want(&slow, 1, 5000) < 1000);
	no_events = false;
	assert_false(resolver_person(r, SLOW)->known);
	/* the child that hangs is ended by the next who asks */
	want(&other, 1, 5000);
	assert_true(ask_anew(other) < 1000);
	assert_true(resolver_person(r, other)->known);
}

static void
without_a_child_everybody_is_unknown(void **state)
{
	const uid_t deadly = DEADLY, uid = 7;

	(void)state;
	want(&deadly, 1, 5000);		/* and now there is none */
	faults_arm(FAULT_SOCKET, 1, true);
	want(&uid, 1, 5000);
	assert_true(faults_disarm());
	assert_false(resolver_person(r, uid)->known);
	ask_anew(uid);
	assert_true(resolver_person(r, uid)->known);
	faults_arm(FAULT_SOCKET, 1, true);	/* a child, and no way to it */
	ask_anew(uid);
	assert_true(faults_disarm());
	assert_false(resolver_person(r, uid)->known);
	ask_anew(uid);
	assert_true(resolver_person(r, uid)->known);
}

static bool	no_fork;

pid_t	__real_fork(void);
pid_t	__wrap_fork(void);

pid_t
__wrap_fork(void)
{
	if (no_fork) {
		errno = EAGAIN;
		return -1;
	}
	return __real_fork();
}

static void
begins_or_says_why_not(void **state)
{
	static const struct {
		enum fault_kind kind;
		int calls;
	} all[] = { { FAULT_MEMORY, 1 }, { FAULT_SOCKET, 1 }, { FAULT_EVENT, 2 } };
	struct s3jit_err err = { 0 };
	struct resolver *another;
	size_t i;
	int n, fds = faults_descriptors();

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (n = 1; n <= all[i].calls; n++) {
			memset(&err, 0, sizeof(err));
			faults_arm(all[i].kind, n, false);
			assert_int_equal(resolver_new(&another, base, &err), -1);
			assert_true(faults_disarm());
			assert_null(another);
			assert_int_not_equal(err.text[0], '\0');
		}
	no_events = true;
	assert_int_equal(resolver_new(&another, base, &err), -1);
	no_events = false;
	no_fork = true;
	assert_int_equal(resolver_new(&another, base, &err), -1);
	no_fork = false;
	assert_non_null(strstr(err.text, "fork"));
	assert_int_equal(faults_descriptors(), fds);
}

/* --- a child that whatever nsswitch.conf loads has made its own ----------------------- */

static enum { TRUE_ANSWERS, ANOTHER_UID, MANY_GROUPS, LONG_NAME, SHORT_NAME } lies;

_Noreturn void	__wrap_resolver_child(int);
_Noreturn void	__real_resolver_child(int);

_Noreturn void
__wrap_resolver_child(int fd)
{
	struct {
		struct resolver_answer a;
		char name[4];
	} say = { .name = "root" };
	uid_t uid;

	if (lies == TRUE_ANSWERS)
		__real_resolver_child(fd);
	while (recv(fd, &uid, sizeof(uid), 0) == sizeof(uid)) {
		say.a = (struct resolver_answer){ .uid = uid + (lies == ANOTHER_UID), .known = 1,
		    .ngids = lies == MANY_GROUPS ? UINT32_MAX : 0,
		    .namelen = lies == LONG_NAME ? UINT32_MAX : lies == SHORT_NAME ? 3 : 4 };
		(void)send(fd, &say, sizeof(say.a) + sizeof(say.name), MSG_NOSIGNAL);
	}
	_exit(0);
}

static void
B14_an_answer_that_is_none_makes_nobody_known(void **state)
{
	const uid_t deadly = DEADLY, uid = 7;

	(void)state;
	for (lies = ANOTHER_UID; lies <= SHORT_NAME; lies++) {
		ask_anew(deadly);	/* the next child is such a one */
		assert_true(ask_anew(uid) < 1900);
		assert_false(resolver_person(r, uid)->known);
	}
	lies = TRUE_ANSWERS;
	ask_anew(deadly);
	ask_anew(uid);
	assert_true(resolver_person(r, uid)->known);
}

/* --- the child by itself ------------------------------------------------------------ */

_Noreturn void	__wrap__exit(int);
_Noreturn void	__real__exit(int);
void	__gcov_dump(void) __attribute__((weak));

/* gcov, where it is, counts at exit() alone, and the child ends by this. */
_Noreturn void
__wrap__exit(int status)
{
	if (__gcov_dump != NULL)
		__gcov_dump();
	__real__exit(status);
}

static pid_t
child(int fd, int not_to)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(not_to);
		resolver_child(fd);
	}
	assert_true(pid > 0);
	close(fd);
	return pid;
}

static int
exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
the_child_ends_with_who_asks(void **state)
{
	static const struct {
		uid_t uid;
		uint32_t known;
	} all[] = { { 7, RESOLVER_KNOWN }, { ALICE, RESOLVER_KNOWN }, { MANY, RESOLVER_KNOWN },
	    { GHOST, RESOLVER_NOBODY }, { TOO_MANY, RESOLVER_UNKNOWN },
	    { NO_GROUPS, RESOLVER_UNKNOWN }, { NO_ENTRY, RESOLVER_UNKNOWN } };
	static char buf[sizeof(struct resolver_answer) + RESOLVER_GROUPS * sizeof(gid_t) +
	    RESOLVER_NAME];
	struct resolver_answer a;
	int sv[2];
	size_t i;
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	pid = child(sv[1], sv[0]);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(send(sv[0], &all[i].uid, sizeof(uid_t), 0), sizeof(uid_t));
		assert_true(recv(sv[0], buf, sizeof(buf), 0) >= (ssize_t)sizeof(a));
		memcpy(&a, buf, sizeof(a));
		assert_int_equal(a.uid, all[i].uid);
		assert_int_equal(a.known, all[i].known);
		assert_true(all[i].known == RESOLVER_KNOWN || (a.ngids == 0 && a.namelen == 0));
	}
	close(sv[0]);
	assert_int_equal(exit_status(pid), 0);

	/* its answer cannot be sent: who asked sees that it is gone */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv), 0);
	pid = child(sv[1], sv[0]);
	assert_int_equal(send(sv[0], &(uid_t){ NO_ANSWER }, sizeof(uid_t), 0), sizeof(uid_t));
	assert_int_equal(recv(sv[0], buf, sizeof(buf), 0), 0);
	close(sv[0]);
	assert_int_equal(exit_status(pid), 0);

	/* nor does it begin with what is not there */
	assert_int_equal(exit_status(child(-1, -1)), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
#define QUICK(f) cmocka_unit_test_setup_teardown(f, begin_quick, end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(answers),
		T(nobody_is_not_unknown), T(cache_and_age), T(B14_a_hanging_name_service),
		T(B14_unknown_replaces_known), T(B14_who_was_not_asked_about_is_not_lost_to_others),
		T(B14_a_crashing_name_service),
		T(cancelled_wants_are_not_called), T(B14_a_child_that_fails_knows_nobody),
		T(B14_without_memory_nothing_old_is_believed),
		T(answers_that_find_no_memory_are_unknown), QUICK(B14_without_a_timer_nobody_waits),
		QUICK(without_a_child_everybody_is_unknown), T(begins_or_says_why_not),
		T(B14_an_answer_that_is_none_makes_nobody_known),
		T(the_child_ends_with_who_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
