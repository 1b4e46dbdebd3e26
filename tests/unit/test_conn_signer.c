/*
 * test_conn_signer.c - the broker's connection to the signer: answers in any
 * order, silence, loss, and a signer that is not the signer.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/signer_link.h"
#include "faults.h"
#include "s3jit/clock.h"
#include "s3jit/wire.h"

static struct event_base *base;
static struct signer_link *l;
static char path[64];
static int listener, peer;

struct got {
	int calls;
	char text[S3JIT_ERR_TEXT];	/* of the answer, or of the error */
	enum s3jit_code code;
};

static int
begin_with(uid_t uid)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct s3jit_err err = { 0 };

	snprintf(path, sizeof(path), "/tmp/s3jit-signer-%d", (int)getpid());
	unlink(path);
	memcpy(sun.sun_path, path, sizeof(path));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	peer = -1;
	if (bind(listener, (struct sockaddr *)&sun, sizeof(sun)) == -1 || listen(listener, 8) == -1 ||
	    (base = event_base_new()) == NULL ||
	    signer_link_new(&l, base, path, uid, &err) == -1)
		return -1;
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	return begin_with(geteuid());
}

static int
end(void **state)
{
	(void)state;
	signer_link_free(l);
	event_base_free(base);
	close(listener);
	if (peer != -1)
		close(peer);
	unlink(path);
	return 0;
}

static void
run_ms(int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

static void
accept_peer(void)
{
	run_ms(30);
	peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(peer >= 0);
}

static void
done(void *arg, const void *answer, const struct s3jit_err *err)
{
	struct got *g = arg;

	g->calls++;
	if (answer != NULL) {
		g->code = S3JIT_OK;
		snprintf(g->text, sizeof(g->text), "%s",
		    ((const struct sq_health_answer *)answer)->text);
	} else {
		g->code = err->code;
		snprintf(g->text, sizeof(g->text), "%s", err->text);
	}
}

static void
ask(struct got *g)
{
	struct sq_health q = { 0 };

	memset(g, 0, sizeof(*g));
	signer_ask(l, &sq_health_table, &q, &sq_health_answer_table, done, g);
	assert_int_equal(g->calls, 0);	/* never from within */
}

/* The number of the question that the signer reads. */
static int64_t
hear(void)
{
	struct s3jit_err err = { 0 };
	struct sq_health q;
	void *body;
	size_t len;

	run_ms(10);
	if (wire_read(peer, &body, &len, WIRE_MAX, clock_boot_ms() + 100, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(codec_decode(&q, &sq_health_table, body, len, &err), 0);
	free(body);
	return q.n;
}

static void
say(const struct table *table, const void *msg)
{
	char *json;

	assert_int_equal(codec_encode(&json, table, msg, NULL), 0);
	assert_int_equal(wire_write(peer, json, strlen(json), clock_boot_ms() + 100, NULL), 0);
	free(json);
	run_ms(10);
}

static void
say_health(int64_t n, const char *text)
{
	const struct sq_health_answer a = { n, true, (char *)(uintptr_t)text,
	    (char *)(uintptr_t)"eu-central-1", 0 };

	say(&sq_health_answer_table, &a);
}

static void
answers_in_any_order(void **state)
{
	struct got a, b, c;
	int64_t na, nb, nc;

	(void)state;
	accept_peer();
	ask(&a);
	ask(&b);
	ask(&c);
	na = hear();
	nb = hear();
	nc = hear();
	assert_true(na != nb && nb != nc);
	say_health(nc, "three");
	say_health(na, "one");
	assert_int_equal(a.calls + b.calls + c.calls, 2);
	assert_string_equal(a.text, "one");
	assert_string_equal(c.text, "three");
	say_health(99, "nobody asked");
	say_health(na, "again");
	assert_int_equal(a.calls, 1);
	say_health(nb, "two");
	assert_string_equal(b.text, "two");
}

static void
refusals(void **state)
{
	static const struct { const char *code; enum s3jit_code want; } all[] = {
		{ "not-found", S3JIT_ENOTFOUND }, { "not-allowed", S3JIT_ENOTALLOWED },
		{ "aws", S3JIT_EAWS }, { "nonsense", S3JIT_EAWS }, { "usage", S3JIT_EAWS }
	};
	struct sq_error e = { 0 };
	struct got g;
	size_t i;

	(void)state;
	accept_peer();
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		ask(&g);
		e.n = hear();
		e.code = (char *)(uintptr_t)all[i].code;
		e.text = (char *)(uintptr_t)"AWS refuses the role.";
		e.aws_code = (char *)(uintptr_t)"AccessDenied";
		say(&sq_error_table, &e);
		assert_int_equal(g.calls, 1);
		assert_int_equal(g.code, all[i].want);
		assert_string_equal(g.text, "AWS refuses the role. (AccessDenied)");
	}
}

static void
what_a_lost_signer_was_asked_is_asked_again_once(void **state)
{
	struct got a, b;

	(void)state;
	accept_peer();
	ask(&a);
	hear();
	close(peer);
	run_ms(30);
	assert_int_equal(a.calls, 0);
	/* it is opened again: what is asked meanwhile waits for that, behind it */
	ask(&b);
	run_ms(150);
	accept_peer();
	say_health(hear(), "again");
	say_health(hear(), "back");
	assert_string_equal(a.text, "again");
	assert_string_equal(b.text, "back");
	ask(&a);
	hear();
	close(peer);
	run_ms(150);
	accept_peer();
	hear();
	close(peer);
	peer = -1;
	run_ms(30);
	assert_int_equal(a.calls, 1);
	assert_int_equal(a.code, S3JIT_EAWS);
}

static void
count(void *arg)
{
	++*(int *)arg;
}

static void
each_signer_is_told_of(void **state)
{
	int ups = 0;

	(void)state;
	signer_link_on_up(l, count, &ups);
	accept_peer();
	assert_int_equal(ups, 1);
	close(peer);
	run_ms(150);
	accept_peer();
	assert_int_equal(ups, 2);
}

/* Its name must not be asked for twice: lease.c asks for another one. */
static void
a_lease_is_not_asked_for_twice(void **state)
{
	struct sq_lease q = { .lease = (char *)"a", .kind = (char *)"signed",
	    .session_name = (char *)"b", .role = (char *)"c", .person = (char *)"d",
	    .request = (char *)"e" };
	struct got g = { 0 };

	(void)state;
	accept_peer();
	signer_ask(l, &sq_lease_table, &q, &sq_leased_table, done, &g);
	run_ms(30);
	close(peer);
	peer = -1;
	run_ms(30);
	assert_int_equal(g.calls, 1);
	assert_int_equal(g.code, S3JIT_EBROKER);
}

static void
no_signer_is_told_within_a_second(void **state)
{
	struct got g;
	int64_t t = clock_boot_ms();

	(void)state;
	run_ms(20);
	close(listener);
	listener = -1;
	peer = -1;
	run_ms(20);
	ask(&g);
	while (g.calls == 0 && clock_boot_ms() - t < 5000)
		run_ms(50);
	assert_int_equal(g.calls, 1);
	assert_int_equal(g.code, S3JIT_EAWS);
	assert_non_null(strstr(g.text, "systemctl status s3jit-signer"));
	assert_true(clock_boot_ms() - t < 2000);
}

/* Not the account's process: not a word is sent to it. */
static void
another_users_signer_is_refused(void **state)
{
	struct got g;
	char c;

	(void)state;
	if (geteuid() == 0)
		skip();		/* root may make the socket: systemd does */
	signer_link_free(l);
	assert_int_equal(signer_link_new(&l, base, path, geteuid() + 1, NULL), 0);
	ask(&g);
	accept_peer();
	run_ms(50);
	assert_int_equal(recv(peer, &c, 1, 0), 0);
	assert_int_equal(g.calls, 0);
}

static void
garbage_closes(void **state)
{
	static const char *const bad[] = {
		"x", "{}", "{\"type\":\"sq_nonsense\",\"n\":1}", "{\"type\":\"sq_done\",\"n\":%d}",
		"{\"type\":\"sq_done\"}"
	};
	struct got g;
	char text[128];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		accept_peer();
		ask(&g);
		n = (int)hear();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), bad[i], n);
#pragma GCC diagnostic pop
		assert_int_equal(wire_write(peer, text, strlen(text), clock_boot_ms() + 100, NULL), 0);
		run_ms(30);
		assert_int_equal(recv(peer, text, 1, 0), 0);
		assert_int_equal(g.calls, 1);	/* another time it would say the same */
		assert_int_equal(g.code, S3JIT_EAWS);
		close(peer);
		peer = -1;
		signer_link_free(l);
		assert_int_equal(signer_link_new(&l, base, path, geteuid(), NULL), 0);
	}
}

static void
what_aws_calls_it_is_said_once(void **state)
{
	struct sq_error e = { 0 };
	struct got g;

	(void)state;
	accept_peer();
	ask(&g);
	e.n = hear();
	e.code = (char *)(uintptr_t)"aws";
	e.text = (char *)(uintptr_t)"AWS says AccessDenied.";
	e.aws_code = (char *)(uintptr_t)"AccessDenied";
	say(&sq_error_table, &e);
	assert_string_equal(g.text, "AWS says AccessDenied.");
}

static void
B7_a_frame_that_is_too_long_closes(void **state)
{
	struct got g;
	char c;

	(void)state;
	accept_peer();
	ask(&g);
	(void)hear();
	assert_int_equal(write(peer, "\xff\xff\xff\xff", 4), 4);
	run_ms(30);
	assert_int_equal(recv(peer, &c, 1, 0), 0);
	assert_int_equal(g.calls, 1);
	assert_int_equal(g.code, S3JIT_EAWS);
}

static void
questions_that_cannot_be_written_are_refused(void **state)
{
	static char words[60000];
	char *lines[8];
	struct sq_revoke q = { .requests = { lines, 8 } };
	struct got g;
	size_t i;
	int n;

	(void)state;
	accept_peer();
	memset(words, 'x', sizeof(words) - 1);
	for (n = 0; n < 2; n++) {
		for (i = 0; i < 8; i++)		/* too long, and not even text */
			lines[i] = n == 0 ? words : (char *)(uintptr_t)"\xff";
		memset(&g, 0, sizeof(g));
		signer_ask(l, &sq_revoke_table, &q, &sq_done_table, done, &g);
		assert_int_equal(g.calls, 0);
		run_ms(10);
		assert_int_equal(g.calls, 1);
		assert_int_equal(g.code, S3JIT_EUSAGE);
	}
	/* and the next one is asked as if nothing had been */
	ask(&g);
	say_health(hear(), "well");
	assert_string_equal(g.text, "well");
}

/* --- what fails ---------------------------------------------------------------------- */

int	__real_event_add(struct event *, const struct timeval *);
int	__wrap_event_add(struct event *, const struct timeval *);

int
__wrap_event_add(struct event *ev, const struct timeval *tv)
{
	return faults_hit(FAULT_EVENT) ? -1 : __real_event_add(ev, tv);
}

static void
begins_or_says_why_not(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_MEMORY, FAULT_EVENT };
	struct signer_link *another;
	struct s3jit_err err;
	char name[200];
	size_t i;
	int n, fds = faults_descriptors();

	(void)state;
	for (i = 0; i < 2; i++)
		for (n = 1; n <= 2; n++) {
			memset(&err, 0, sizeof(err));
			faults_arm(kinds[i], n, false);
			assert_int_equal(signer_link_new(&another, base, path, 0, &err), -1);
			assert_true(faults_disarm());
			assert_null(another);
			assert_int_not_equal(err.text[0], '\0');
		}
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(signer_link_new(&another, base, name, 0, &err), -1);
	assert_int_equal(err.code, S3JIT_EUSAGE);
	assert_int_equal(faults_descriptors(), fds);
}

/* The signer reads and answers; it is started again when it was hung up on. */
static void
serve(void)
{
	struct sq_health_answer a = { 0, true, (char *)(uintptr_t)"well",
	    (char *)(uintptr_t)"eu-central-1", 0 };
	struct s3jit_err err = { 0 };
	struct sq_health q;
	void *body = NULL;
	size_t len;
	char *json;

	if (peer == -1)
		peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (peer == -1)
		return;
	if (wire_read(peer, &body, &len, WIRE_MAX, clock_boot_ms() + 1, &err) == -1) {
		if (err.code != S3JIT_ETIMEOUT) {
			close(peer);
			peer = -1;
		}
		return;
	}
	assert_int_equal(codec_decode(&q, &sq_health_table, body, len, NULL), 0);
	free(body);
	a.n = q.n;
	assert_int_equal(codec_encode(&json, &sq_health_answer_table, &a, NULL), 0);
	(void)wire_write(peer, json, strlen(json), clock_boot_ms() + 100, NULL);
	free(json);
}

static bool
answered_with_fault(enum fault_kind kind, int nth)
{
	int64_t until = clock_boot_ms() + 5000;
	struct got g;
	bool failed;

	faults_arm(kind, nth, false);
	ask(&g);
	while (g.calls == 0 && clock_boot_ms() < until) {
		run_ms(1);
		faults_hold();
		serve();
		faults_release();
	}
	failed = faults_disarm();
	assert_int_equal(g.calls, 1);
	assert_int_not_equal(g.text[0], '\0');
	if (!failed)
		assert_string_equal(g.text, "well");
	return failed;
}

static void
each_question_has_one_answer_whatever_fails(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_MEMORY, FAULT_JSON, FAULT_SOCKET,
	    FAULT_EVENT };
	size_t i;
	int n;

	(void)state;
	assert_false(answered_with_fault(FAULT_MEMORY, 1000));	/* for faults_json() */
	faults_json();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (n = 1; n < 100 && answered_with_fault(kinds[i], n); n++)
			assert_false(answered_with_fault(kinds[i], 1000));	/* all is well */
		assert_in_range(n, 2, 99);
	}
}

static void
ask_without(enum fault_kind kind)
{
	struct sq_health q = { 0 };
	struct got g = { 0 };

	faults_arm(kind, 1, true);
	signer_ask(l, &sq_health_table, &q, &sq_health_answer_table, done, &g);
}

static void
ask_without_memory(void)
{
	ask_without(FAULT_MEMORY);
}

static void
ask_without_events(void)
{
	ask_without(FAULT_EVENT);
}

/* Whoever waits for it would do so for ever; s3jitd is started again. */
static void
a_question_that_nobody_could_answer_ends_it(void **state)
{
	(void)state;
	assert_true(faults_aborts(ask_without_memory));
	assert_true(faults_aborts(ask_without_events));
}

static void
without_a_timer_the_signer_is_found_again(void **state)
{
	(void)state;
	accept_peer();
	faults_arm(FAULT_EVENT, 1, true);
	close(peer);
	peer = -1;
	run_ms(10);
	assert_true(faults_disarm());
	run_ms(150);
	assert_int_equal(accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), -1);
	assert_false(answered_with_fault(FAULT_EVENT, 1000));
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(answers_in_any_order), T(refusals), T(what_a_lost_signer_was_asked_is_asked_again_once),
		T(a_lease_is_not_asked_for_twice), T(each_signer_is_told_of),
		T(no_signer_is_told_within_a_second), T(another_users_signer_is_refused),
		T(garbage_closes), T(what_aws_calls_it_is_said_once),
		T(B7_a_frame_that_is_too_long_closes),
		T(questions_that_cannot_be_written_are_refused),
		T(begins_or_says_why_not), T(each_question_has_one_answer_whatever_fails),
		T(a_question_that_nobody_could_answer_ends_it),
		T(without_a_timer_the_signer_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
