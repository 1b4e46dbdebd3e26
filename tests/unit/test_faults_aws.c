/*
 * test_faults_aws.c - each thing that the signer asks of AWS and of where its own
 * keys come from, with the first, second, third ... call failing: for memory, files
 * and pipes, libevent's and libcurl's objects, processes.
 *
 * Whatever fails: who asks is answered once, with a sentence and no secret; no lease
 * and no keys come of what failed; what AWS is told is whole; no descriptor, no process
 * and no secret is left; old keys serve until they end; and once the fault is over the
 * same can be done.
 * Leaks are LeakSanitizer's to find.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws_world.h"
#include "fake_aws.h"
#include "faults_aws.h"
#include "s3jit/hex.h"
#include "s3jit/pairs.h"
#include "signer/probe.h"
#include "walk.h"


/* What the asker was told. */
struct told {
	int times;
	int expected;		/* 0 when it failed at once */
	bool good;
	char text[S3JIT_ERR_TEXT];
};

struct op {
	const char *name, *credentials;
	void (*before)(void);			/* nothing fails yet; may be NULL */
	int (*start)(struct told *, struct s3jit_err *);
	bool (*holds)(bool good);		/* is that so?  May be NULL */
};

static char lease[16];		/* the last that was asked for */

/* A sentence for people: not empty, not two lines, and nothing that is secret. */
static void
sentence(const char *text)
{
	if (strlen(text) < 10 || strchr(text, '\n') != NULL)
		broken("\"%s\" is no sentence", text);
	if (strstr(text, "CANARY") != NULL)
		broken("a secret is told");
}

static void
tell(struct told *t, bool good, const char *text)
{
	t->times++;
	t->good = good;
	if (!good)
		snprintf(t->text, sizeof(t->text), "%s", text);
}

/* --- operations ------------------------------------------------------------------------ */

static void
on_leased(void *arg, const struct sq_leased *l, const struct sts_refusal *no)
{
	if ((l == NULL) == (no == NULL))
		broken("a lease and a refusal at once");
	tell(arg, l != NULL, no != NULL ? no->err.text : "");
}

static int
lease_of(const char *kind, struct told *t, struct s3jit_err *err)
{
	static int n;

	snprintf(lease, sizeof(lease), "lease-%d", ++n);
	return world_lease(lease, kind, on_leased, t, err);
}

static int
asks_for_keys(struct told *t, struct s3jit_err *err)
{
	return lease_of("handed-out", t, err);
}

static bool
has_keys(bool good)
{
	struct msg_credentials *c;
	struct s3jit_err err;
	bool has = lease_hand_out(&c, world.parts.leases, lease, &err) == 0;

	if (has && strcmp(c->secret_access_key, FAKE_AWS_SECRET) != 0)
		broken("other keys than AWS lent");
	if (has)
		codec_clear(&credentials_table, c);
	free(has ? c : NULL);
	return has == good;
}

static void
lent(const char *kind)
{
	struct told t = { 0 };
	struct s3jit_err err;

	assert_int_equal(lease_of(kind, &t, &err), 0);
	assert_true(world_wait(&t.times) && t.good);
}

static void
lent_to_sign(void)
{
	lent("signed");
}

static void
lent_to_hand_out(void)
{
	lent("handed-out");
}

static int
hands_out(struct told *t, struct s3jit_err *err)
{
	struct msg_credentials *c;

	if (lease_hand_out(&c, world.parts.leases, lease, err) == -1)
		return -1;
	codec_clear(&credentials_table, c);
	free(c);
	tell(t, true, "");
	return 0;
}

static int
signs(struct told *t, struct s3jit_err *err)
{
	struct name_value h = { (char[]){ "x-amz-copy-source" },
	    (char[]){ "/" WORLD_BUCKET "/in/b%20c" } };
	struct sq_sign q = { .lease = lease, .method = (char[]){ "PUT" },
	    .bucket = (char[]){ WORLD_BUCKET }, .key = (char[]){ "in/a" }, .headers = { &h, 1 },
	    .payload_sha256 = (char[]){ HEX_SHA256_EMPTY } };
	struct sq_signed s;

	if (lease_sign(&s, world.parts.leases, &q, err) == -1)
		return -1;
	if (strstr(pairs_get(&s.headers, "authorization"), "CANARY") != NULL)
		broken("the secret is in what was signed");
	codec_clear(&sq_signed_table, &s);
	tell(t, true, "");
	return 0;
}

static void
on_revoked(void *arg, const struct sts_refusal *no)
{
	tell(arg, no == NULL, no != NULL ? no->err.text : "");
}

static int
revokes(bool somebody, struct told *t, struct s3jit_err *err)
{
	char *sessions[] = { (char[]){ "AROAFAKE:s3jit-k" } };
	struct sq_revoke q = { .role = (char[]){ WORLD_ROLE }, .host = (char[]){ "h" },
	    .sessions = { sessions, somebody ? 1 : 0 } };

	return iam_revoke(world.parts.iam, &q, on_revoked, t, err);
}

static int
puts_a_deny(struct told *t, struct s3jit_err *err)
{
	return revokes(true, t, err);
}

static int
deletes_it(struct told *t, struct s3jit_err *err)
{
	return revokes(false, t, err);
}

static void
on_probed(void *arg, bool refused, const struct s3jit_err *err)
{
	if (err == NULL && !refused)
		broken("called allowed, and S3 said 403");
	if (err != NULL && refused)
		broken("called refused, and nothing is known");
	tell(arg, err == NULL, err != NULL ? err->text : "");
}

static struct probe *probe;

static int
probes(struct told *t, struct s3jit_err *err)
{
	const struct scope *scope;
	const struct keys *keys;

	fake_aws->probe_status = 403;
	if (lease_probed(&scope, &keys, world.parts.leases, lease, err) == -1)
		return -1;
	return probe_start(&probe, world.parts.http, world.parts.conf, scope, keys, on_probed, t, err);
}

static void
on_keys(void *arg, const struct keys *keys, const struct s3jit_err *err)
{
	if (keys != NULL && strcmp(keys->secret, FAKE_AWS_SECRET) != 0)
		broken("keys that nobody gave");
	if (keys != NULL && keys->expiration != 0 &&
	    keys->expiration <= FAKE_AWS_NOW + world.passed)
		broken("keys that have ended");
	tell(arg, keys != NULL, err != NULL ? err->text : "");
}

static int
reads_own_keys(struct told *t, struct s3jit_err *err)
{
	(void)err;
	base_get(world.parts.base, false, on_keys, t);
	return 0;
}

/* Keys that end in a minute, where new ones can be had. */
static void
nearly_over(void)
{
	struct told t = { 0 };
	struct s3jit_err err;

	assert_int_equal(reads_own_keys(&t, &err), 0);
	assert_true(world_wait(&t.times) && t.good);
	world.passed = 3600 - 60;
	fake_aws->expires += 3600;
}

/* It says what failed, and gives what it has. */
static int
renews(struct told *t, struct s3jit_err *err)
{
	bool first = t->times == 0;

	reads_own_keys(t, err);
	if (first && !world_wait(&t->times))
		broken("nobody is told");
	if (!t->good)
		broken("old keys are not given, though they live: %s", t->text);
	return 0;
}

/* All parts anew, as when the signer starts. */
static int
starts(struct told *t, struct s3jit_err *err)
{
	int rc;

	faults_hold();
	world_free();
	faults_release();
	if ((rc = world_make("file:@/key", err)) == 0)
		tell(t, true, "");
	return rc;
}

static const struct op ops[] = {
	{ "a start", "file:@/key", NULL, starts, NULL },
	{ "keys from a file", "file:@/key", NULL, reads_own_keys, NULL },
	{ "keys from systemd", "systemd:key", NULL, reads_own_keys, NULL },
	{ "keys from a program", "process:@/run", NULL, reads_own_keys, NULL },
	{ "keys from the instance", "imds", NULL, reads_own_keys, NULL },
	{ "renewed keys", "imds", nearly_over, renews, NULL },
	{ "a lease", "file:@/key", NULL, asks_for_keys, has_keys },
	{ "a lease, keys from a program", "process:@/run", NULL, asks_for_keys, has_keys },
	{ "handing out", "file:@/key", lent_to_hand_out, hands_out, NULL },
	{ "a signature", "file:@/key", lent_to_sign, signs, NULL },
	{ "a deny", "file:@/key", NULL, puts_a_deny, NULL },
	{ "no deny any more", "file:@/key", NULL, deletes_it, NULL },
	{ "a probe", "file:@/key", lent_to_sign, probes, NULL },
};

/* --- walking -------------------------------------------------------------------------- */

/* Ask, and hear the answer. */
static bool
ask(const struct op *op, struct told *t)
{
	struct s3jit_err err = { 0 };

	memset(t, 0, sizeof(*t));
	fake_aws->form[0] = '\0';
	if (op->start(t, &err) == -1) {
		snprintf(t->text, sizeof(t->text), "%s", err.text);
		if (t->times > 0)
			broken("failed at once, and called besides");
		return false;
	}
	t->expected = 1;
	if (!world_wait(&t->times))
		broken("nobody is told");
	return t->good;
}

static void
judge(const struct op *op, const struct told *t, bool good)
{
	world_settle();
	if (t->times != t->expected)
		broken("told %d times", t->times);
	if (!good)
		sentence(t->text);
	if (op->holds != NULL && !op->holds(good))
		broken(good ? "success, and it is not done" : "failed, and it is done");
}

/* One run with the nth call failing; false: it makes fewer of them. */
static bool
fails_at(const void *arg, enum fault_kind kind, int nth, bool lasting)
{
	const struct op *op = arg;
	int outside = faults_descriptors(), inside;
	char form[sizeof(fake_aws->form)];
	struct told t, later;
	struct s3jit_err err;
	const char *left;
	bool failed, good;

	assert_int_equal(world_make(op->credentials, &err), 0);
	if (op->before != NULL)
		op->before();
	inside = faults_descriptors();
	faults_arm(kind, nth, lasting);
	good = ask(op, &t);
	failed = faults_disarm();
	judge(op, &t, good);
	if (!failed && !good)
		broken("failed by itself: %s", t.text);
	snprintf(form, sizeof(form), "%s", good ? fake_aws->form : "");
	if (op->start == starts)
		inside = faults_descriptors();
	if ((left = world_leftovers(inside)) != NULL)
		broken("%s", left);

	good = ask(op, &later);
	if (!good)
		broken("cannot be done afterwards: %s", later.text);
	judge(op, &later, good);
	if (form[0] != '\0' && strcmp(form, fake_aws->form) != 0)
		broken("AWS was told something else");
	world_free();
	if ((left = world_leftovers(outside)) != NULL)
		broken("%s at the end", left);
	return failed;
}

static int
walk_op(const struct op *op, enum fault_kind kind, bool lasting)
{
	return walk(op->name, op, fails_at, kind, lasting, lasting ? 12 : 100);
}

static void
walk_all(enum fault_kind kind)
{
	int harm = 0, calls = 0;
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		violation[0] = '\0';
		calls += walk_op(&ops[i], kind, false);
		if (violation[0] == '\0')
			calls += walk_op(&ops[i], kind, true);
		harm += violation[0] != '\0';
	}
	print_message("%s: %d calls\n", fault_names[kind], calls);
	assert_int_equal(harm, 0);
	assert_true(calls > 0);	/* the fronts are where they should be */
}

static void
memory(void **state)
{
	(void)state;
	walk_all(FAULT_MEMORY);
}

static void
files(void **state)
{
	(void)state;
	walk_all(FAULT_FILE);
}

static void
pipes(void **state)
{
	(void)state;
	walk_all(FAULT_SOCKET);
}

static void
events(void **state)
{
	(void)state;
	walk_all(FAULT_EVENT);
}

static void
curl(void **state)
{
	(void)state;
	walk_all(FAULT_CURL);
}

static void
processes(void **state)
{
	(void)state;
	walk_all(FAULT_SPAWN);
}

/* --- controls: each of these mistakes is seen ---------------------------------------- */

/* Asks for memory that may not be there: what each mistake does then is its own. */
static bool
without_memory(void)
{
	return faults_hit(FAULT_MEMORY);
}

static int
well(struct told *t)
{
	tell(t, true, "");
	return 0;
}

static int
calls_twice(struct told *t, struct s3jit_err *err)
{
	(void)err;
	if (without_memory())
		tell(t, false, "there is no memory for that");
	return well(t);
}

static int
calls_and_fails(struct told *t, struct s3jit_err *err)
{
	if (!without_memory())
		return well(t);
	tell(t, false, "there is no memory for that");
	return s3jit_fail_errno(err, "asking");
}

static int
calls_nobody(struct told *t, struct s3jit_err *err)
{
	(void)err;
	return without_memory() ? 0 : well(t);
}

static int
says_the_secret(struct told *t, struct s3jit_err *err)
{
	return without_memory() ? s3jit_fail(err, S3JIT_ESYS, "for " FAKE_AWS_SECRET) : well(t);
}

static int
says_nothing(struct told *t, struct s3jit_err *err)
{
	return without_memory() ? s3jit_fail(err, S3JIT_ESYS, "%s", "") : well(t);
}

static int
says_it_is_lent(struct told *t, struct s3jit_err *err)
{
	return without_memory() ? well(t) : asks_for_keys(t, err);
}

static int
forgets_a_descriptor(struct told *t, struct s3jit_err *err)
{
	return without_memory() && dup(2) != -1 ? s3jit_fail(err, S3JIT_ESYS, "there is no memory") :
	    well(t);
}

static int
forgets_a_process(struct told *t, struct s3jit_err *err)
{
	if (!without_memory())
		return well(t);
	if (fork() == 0)
		_exit(0);
	return s3jit_fail(err, S3JIT_ESYS, "there is no memory");
}

static int
forgets_to_wipe(struct told *t, struct s3jit_err *err)
{
	char *copy = strdup(FAKE_AWS_SECRET);

	if (without_memory()) {
		free(copy);
		return s3jit_fail(err, S3JIT_ESYS, "there is no memory");
	}
	wipe_free(copy);
	return well(t);
}

static int
tells_aws_less(struct told *t, struct s3jit_err *err)
{
	return revokes(!without_memory(), t, err);
}

static int
never_works_again(struct told *t, struct s3jit_err *err)
{
	static bool spoiled;

	spoiled = spoiled || without_memory();
	return spoiled ? s3jit_fail(err, S3JIT_ESYS, "out of order") : well(t);
}

static const struct {
	struct op op;
	const char *seen;
} mistakes[] = {
	{ { "a", "file:@/key", NULL, calls_twice, NULL }, "told 2 times" },
	{ { "b", "file:@/key", NULL, calls_and_fails, NULL }, "failed at once, and called besides" },
	{ { "c", "file:@/key", NULL, calls_nobody, NULL }, "nobody is told" },
	{ { "d", "file:@/key", NULL, says_the_secret, NULL }, "a secret is told" },
	{ { "e", "file:@/key", NULL, says_nothing, NULL }, "\"\" is no sentence" },
	{ { "f", "file:@/key", NULL, says_it_is_lent, has_keys }, "success, and it is not done" },
	{ { "g", "file:@/key", NULL, forgets_a_descriptor, NULL },
	    "descriptors are left open" },
	{ { "h", "file:@/key", NULL, forgets_a_process, NULL }, "a process is left" },
	{ { "i", "file:@/key", NULL, forgets_to_wipe, NULL },
	    "a secret is left in memory that was freed" },
	{ { "j", "file:@/key", NULL, tells_aws_less, NULL }, "AWS was told something else" },
	{ { "k", "file:@/key", NULL, never_works_again, NULL },
	    "cannot be done afterwards: out of order" },
};

static void
mistakes_are_seen(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		violation[0] = '\0';
		lease[0] = '\0';
		world.patience_ms = 200;
		walk_op(&mistakes[i].op, FAULT_MEMORY, false);
		world.patience_ms = 2000;
		assert_string_equal(violation, mistakes[i].seen);
	}
}

/* --- not by a walk ----------------------------------------------------------------------- */

static void
what_only_deletes_is_not_probed(void **state)
{
	struct permission p = { .verb = VERB_DELETE, .bucket = (char[]){ WORLD_BUCKET },
	    .key = (char[]){ "in/" }, .key_open = true };
	const struct scope scope = { &p, 1 };
	struct told t = { 0 };
	struct s3jit_err err;

	(void)state;
	assert_int_equal(world_make("file:@/key", &err), 0);
	assert_int_equal(probe_start(&probe, world.parts.http, world.parts.conf, &scope, NULL,
	    on_probed, &t, &err), -1);
	assert_int_equal(err.code, S3JIT_ENOTALLOWED);
	world_settle();
	assert_int_equal(t.times, 0);
	world_free();
}

static void
B8_leases_have_a_bound(void **state)
{
	static struct told t[LEASES_MAX + 1];
	struct s3jit_err err;
	int i;

	(void)state;
	assert_int_equal(world_make("file:@/key", &err), 0);
	for (i = 0; i < LEASES_MAX; i++)
		assert_int_equal(lease_of("handed-out", &t[i], &err), 0);
	assert_int_equal(lease_of("handed-out", &t[i], &err), -1);
	assert_int_equal(err.code, S3JIT_EBUSY);
	lease_abandon(world.parts.leases, &t[0]);
	assert_int_equal(lease_of("handed-out", &t[i], &err), 0);
	world_free();
	for (i = 0; i <= LEASES_MAX; i++)
		assert_int_equal(t[i].times, 0);
}

static void
C8_what_is_given_back_is_wiped(void **state)
{
	char *p;

	(void)state;
	(void)faults_unwiped();
	assert_non_null(p = wipe_malloc(100));
	strcpy(p, FAKE_AWS_SECRET);
	assert_non_null(p = wipe_realloc(p, 1000));
	assert_string_equal(p, FAKE_AWS_SECRET);
	faults_arm(FAULT_MEMORY, 1, false);
	assert_null(wipe_realloc(p, 10000));
	faults_disarm();
	assert_string_equal(p, FAKE_AWS_SECRET);
	assert_null(wipe_realloc(p, 0));
	assert_null(faults_unwiped());
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
		T(mistakes_are_seen),
		T(memory),
		T(files),
		T(pipes),
		T(events),
		T(curl),
		T(processes),
		T(what_only_deletes_is_not_probed),
		T(B8_leases_have_a_bound),
		T(C8_what_is_given_back_is_wiped),
	};
	int rc;

	world_begin();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return rc;
}
