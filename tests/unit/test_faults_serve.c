/*
 * test_faults_serve.c - the signer's socket: a connection accepted, asked, answered and
 * lost, with the first, second, third ... call failing.
 *
 * Whatever fails: a connection brings whole answers or ends, a secret comes as the
 * answer to a hand-out alone, nothing is left open or unwiped, and once the fault is
 * over the next question is answered - on this connection too, if it still stands.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws_world.h"
#include "fake_aws.h"
#include "faults_aws.h"
#include "s3jit/hex.h"
#include "signer/serve.h"
#include "walk.h"

#define PLUSES "++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++"
#define ROUNDS 10		/* of the loop; what is asked here is answered in the first few */
#define CONNECTIONS_MAX 8	/* serve.c */

static struct server *server;
static struct sockaddr_un place = { .sun_family = AF_UNIX };
static socklen_t place_len;
static bool careless;		/* a mistake: an answer's second half is lost */

/* --- the server, and those who come ---------------------------------------------------- */

static int
listener_make(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(place.sun_path + 1, sizeof(place.sun_path) - 1, "s3jit-serve-%ld", (long)getpid());
	place_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	    strlen(place.sun_path + 1));
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&place, place_len), 0);
	assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static int
server_make(uid_t peer, struct s3jit_err *err)
{
	int fd;

	faults_hold();
	fd = listener_make();
	faults_release();
	return server_new(&server, world.events, fd, peer, &world.parts, err);
}

static void
serve_begin(uid_t peer)
{
	struct s3jit_err err;

	assert_int_equal(world_make("file:@/key", &err), 0);
	assert_int_equal(server_make(peer, &err), 0);
}

static void
serve_end(void)
{
	server_free(server);
	server = NULL;
	world_free();
}

struct client {
	int fd;			/* -1: the other side has closed it */
	unsigned char buf[65536];
	size_t len;
};

static void
client_open(struct client *c)
{
	c->len = 0;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_not_equal(c->fd, -1);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&place, place_len), 0);
}

static void
client_close(struct client *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

static void
client_take(struct client *c)
{
	ssize_t n;

	while (c->fd != -1 && (n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, 0)) != -1) {
		if (n == 0)
			client_close(c);
		else
			c->len += (size_t)n;
	}
	if (c->fd != -1 && errno != EAGAIN)
		client_close(c);
}

/* Begun in one piece, ended in another: the clock of a frame runs in between. */
static void
client_ask(struct client *c, const char *json)
{
	uint32_t head = htonl((uint32_t)strlen(json));

	(void)send(c->fd, &head, sizeof(head), MSG_NOSIGNAL);
	faults_release();
	world_settle();
	faults_hold();
	(void)send(c->fd, json, strlen(json), MSG_NOSIGNAL);
}

/* Is there a whole answer to question n?  Each frame that came is looked at. */
static bool
answered(const struct client *c, int n)
{
	char mark[16], type[64], json[4096];
	struct s3jit_err err;
	bool found = false;
	uint32_t head;
	size_t at;

	snprintf(mark, sizeof(mark), "\"n\":%d,", n);
	for (at = 0; c->len - at >= sizeof(head); at += sizeof(head) + head) {
		memcpy(&head, c->buf + at, sizeof(head));
		if ((head = ntohl(head)) > c->len - at - sizeof(head) || head >= sizeof(json)) {
			broken("half an answer");
			return false;
		}
		snprintf(json, sizeof(json), "%.*s", (int)head, (const char *)c->buf + at + sizeof(head));
		if (codec_type(type, sizeof(type), json, head, &err) == -1)
			broken("no answer: %s", err.text);
		/* of a session the token is in each signed request, and no more than a name there */
		if (strcmp(type, "sq_keys") != 0 && strstr(json, FAKE_AWS_SECRET) != NULL)
			broken("a secret is told");
		found = found || strstr(json, mark) != NULL;
	}
	return found;
}

/* --- questions ---------------------------------------------------------------------------- */

static const struct question {
	const char *name, *type, *rest;
	const char *kind;	/* of the lease l-01, or NULL: there is none */
} questions[] = {
	{ "health", "sq_health", "", NULL },
	{ "a hand-out", "sq_hand_out", ",\"lease\":\"l-01\"", "handed-out" },
	{ "a hand-out of nothing", "sq_hand_out", ",\"lease\":\"l-02\"", NULL },
	{ "a signature, a long answer", "sq_sign", ",\"lease\":\"l-01\","
	    "\"method\":\"PUT\",\"bucket\":\"" WORLD_BUCKET "\","
	    "\"key\":\"in/" PLUSES PLUSES PLUSES PLUSES PLUSES "\","
	    "\"query\":[],\"headers\":[],\"payload_sha256\":\"" HEX_SHA256_EMPTY "\",\"length\":0",
	    "signed" },
	{ "no question", "sq_done", "", NULL },
};

static void
on_leased(void *arg, const struct sq_leased *leased, const struct sts_refusal *no)
{
	(void)no;
	*(int *)arg = leased != NULL ? 1 : -1;
}

static void
lend(const char *name, const char *kind)
{
	struct s3jit_err err;
	int told = 0;

	assert_int_equal(world_lease(name, kind, on_leased, &told, &err), 0);
	assert_true(world_wait(&told));
	assert_int_equal(told, 1);
}

/* Ask, and run the loop until the answer is there, the connection closed, or all quiet. */
static bool
ask(struct client *c, const struct question *q, int n)
{
	char json[2048];
	int i;

	faults_hold();
	snprintf(json, sizeof(json), "{\"type\":\"%s\",\"n\":%d%s}", q->type, n, q->rest);
	client_ask(c, json);
	for (i = 0; i < ROUNDS && c->fd != -1; i++) {
		faults_release();
		/* half of them wait a little: for a pause to be over */
		event_base_loop(world.events, i < ROUNDS / 2 ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
		faults_hold();
		if (careless && i == 0)
			c->len = c->len > 0 ? c->len - 1 : 0;
		client_take(c);
		if (answered(c, n))
			break;
	}
	faults_release();
	return answered(c, n);
}

static bool
fails_at(const void *arg, enum fault_kind kind, int nth, bool lasting)
{
	const struct question *q = arg;
	bool is_one = strcmp(q->name, "no question") != 0, failed, good;
	int outside = faults_descriptors(), inside;
	static struct client c, later;
	const char *left;

	serve_begin(geteuid());
	if (q->kind != NULL)
		lend("l-01", q->kind);
	inside = faults_descriptors();
	client_open(&c);
	faults_arm(kind, nth, lasting);
	good = ask(&c, q, 1);
	failed = faults_disarm();
	if (!failed && good != is_one)
		broken("by itself: %s", good ? "answered" : "not answered");
	if (c.fd != -1 && ask(&c, q, 2) != is_one)
		broken("not answered on the same connection");
	client_close(&c);
	client_open(&later);
	if (ask(&later, q, 3) != is_one)
		broken("not answered afterwards");
	client_close(&later);
	world_settle();
	if ((left = world_leftovers(inside)) != NULL)
		broken("%s", left);
	serve_end();
	if ((left = world_leftovers(outside)) != NULL)
		broken("%s at the end", left);
	return failed;
}

static int
walk_question(const struct question *q, enum fault_kind kind, bool lasting)
{
	return walk(q->name, q, fails_at, kind, lasting, lasting ? 4 : 0);
}

static void
W7_whatever_fails(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_MEMORY, FAULT_FILE, FAULT_SOCKET, FAULT_EVENT };
	int calls = 0, harm = 0;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			violation[0] = '\0';
			calls += walk_question(&questions[i], kinds[k], false);
			if (violation[0] == '\0')
				calls += walk_question(&questions[i], kinds[k], true);
			harm += violation[0] != '\0';
		}
	print_message("%d calls\n", calls);
	assert_int_equal(harm, 0);
	assert_true(calls > 100);
}

static void
half_an_answer_is_seen(void **state)
{
	(void)state;
	careless = true;
	walk_question(&questions[0], FAULT_EVENT, false);
	careless = false;
	assert_string_not_equal(violation, "");
}

/* --- not by a walk -------------------------------------------------------------------------- */

static void
a_server_that_cannot_be_made(void **state)
{
	struct s3jit_err err;
	bool failed = true;
	int nth, fds;

	(void)state;
	for (nth = 1; failed; nth++) {
		fds = faults_descriptors();
		assert_int_equal(world_make("file:@/key", &err), 0);
		faults_arm(nth % 2 == 1 ? FAULT_MEMORY : FAULT_EVENT, (nth + 1) / 2, false);
		if (server_make(geteuid(), &err) == -1)
			assert_true(strlen(err.text) > 10);
		else
			assert_false(nth < 4);
		failed = faults_disarm() || nth % 2 == 1;
		serve_end();
		assert_int_equal(faults_descriptors(), fds);
	}
	assert_true(nth > 4);
}

static bool
heard(struct client *c)
{
	client_open(c);
	return ask(c, &questions[0], 1);
}

static void
B2_others_are_not_heard(void **state)
{
	static struct client c;

	(void)state;
	serve_begin(geteuid() + 1);
	assert_false(heard(&c));
	assert_int_equal(c.fd, -1);
	serve_end();
}

static void
B8_more_connections_than_there_may_be(void **state)
{
	static struct client c[CONNECTIONS_MAX + 1];
	int i;

	(void)state;
	serve_begin(geteuid());
	for (i = 0; i < CONNECTIONS_MAX; i++)
		assert_true(heard(&c[i]));
	assert_false(heard(&c[i]));
	assert_int_equal(c[i].fd, -1);
	client_close(&c[0]);
	world_settle();
	assert_true(heard(&c[0]));
	for (i = 0; i < CONNECTIONS_MAX; i++)
		client_close(&c[i]);
	serve_end();
}

/* Answers much longer than their questions, that nobody fetches: 8 MiB are kept. */
static void
B8_who_asks_and_does_not_read(void **state)
{
	static char json[4096], key[1000];
	static struct client c;
	int i;

	(void)state;
	serve_begin(geteuid());
	lend("l-01", "signed");
	client_open(&c);
	memset(key, '+', sizeof(key) - 1);
	snprintf(json, sizeof(json), "{\"type\":\"sq_sign\",\"n\":1,\"lease\":\"l-01\","
	    "\"method\":\"PUT\",\"bucket\":\"" WORLD_BUCKET "\",\"key\":\"in/%s\",\"query\":[],"
	    "\"headers\":[],"
	    "\"payload_sha256\":\"%064d\",\"length\":5}", key, 0);
	faults_hold();
	for (i = 0; i < 10000; i++) {
		client_ask(&c, json);
		event_base_loop(world.events, EVLOOP_NONBLOCK);
		if (send(c.fd, "", 0, MSG_NOSIGNAL) == -1 && errno == EPIPE)
			break;
	}
	faults_release();
	assert_in_range(i, 1000, 9999);
	client_close(&c);
	serve_end();
}

/* Without descriptors who comes waits, also when memory for the pause is short. */
static void
who_came_without_descriptors_is_heard_later(void **state)
{
	struct rlimit before, none;
	static struct client c;
	int nth;

	(void)state;
	for (nth = 0; nth < 3; nth++) {
		serve_begin(geteuid());
		client_open(&c);
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
		none = before;
		none.rlim_cur = 0;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		if (nth > 0)
			faults_arm(FAULT_EVENT, nth, false);
		assert_false(ask(&c, &questions[0], 1));
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_int_equal(faults_disarm(), nth > 0);
		assert_true(ask(&c, &questions[0], 2));
		assert_true(answered(&c, 1));
		client_close(&c);
		serve_end();
	}
}

static int
setup(void **state)
{
	(void)state;
	violation[0] = '\0';
	return 0;
}

#define T(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(half_an_answer_is_seen),
		T(a_server_that_cannot_be_made),
		T(W7_whatever_fails),
		T(B2_others_are_not_heard),
		T(B8_more_connections_than_there_may_be),
		T(B8_who_asks_and_does_not_read),
		T(who_came_without_descriptors_is_heard_later),
	};
	int rc;

	world_begin();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return rc;
}
