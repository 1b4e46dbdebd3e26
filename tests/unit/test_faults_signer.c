/*
 * test_faults_signer.c - each question that the signer is asked, with its first,
 * second, third ... call for memory failing (faults.h).
 *
 * The questions, the world around them and what must hold are those of
 * tests/fuzz/fuzz_question.c and its corpus: keys leave only as a hand-out's own
 * answer, and nobody who is gone is called; a violation aborts.  Leaks are
 * LeakSanitizer's to find.
 */
#include "config.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "faults.h"
#include "signer/question.h"
#include "tests/fuzz/fuzz.h"

#define CORPUS SRCDIR "/tests/fuzz/corpus/question"
#define CALLS_MAX 20000		/* no file of it makes so many */

static int nth;			/* of the calls within questions; 0 = none fails */
static bool careless;

int __real_question_take(struct asker *, const void *, size_t, struct s3jit_err *);
int __wrap_question_take(struct asker *, const void *, size_t, struct s3jit_err *);
int __real_sts_assume(struct sts_call **, struct sts *, const struct sts_ask *, sts_done *, void *,
    struct s3jit_err *);
int __wrap_sts_assume(struct sts_call **, struct sts *, const struct sts_ask *, sts_done *, void *,
    struct s3jit_err *);
int __real_http_start(struct http_call **, struct http *, const struct http_ask *, http_done *,
    void *, struct s3jit_err *);
int __wrap_http_start(struct http_call **, struct http *, const struct http_ask *, http_done *,
    void *, struct s3jit_err *);

/* A mistake of its own: where memory is short, what comes out is not looked at. */
static void
answer_with_a_key(struct asker *a)
{
	static const char json[] = "{\"type\":\"sq_error\",\"n\":1,\"code\":\"aws\","
	    "\"text\":\"the-secret\",\"aws_code\":\"\",\"retry\":false}";
	const unsigned char head[4] = { 0, 0, 0, sizeof(json) - 1 };

	assert_int_equal(bufferevent_write(a->io, head, sizeof(head)), 0);
	assert_int_equal(bufferevent_write(a->io, json, sizeof(json) - 1), 0);
}

int
__wrap_question_take(struct asker *a, const void *json, size_t len, struct s3jit_err *err)
{
	int rc;

	faults_release();
	rc = __real_question_take(a, json, len, err);
	faults_hold();
	if (careless)
		answer_with_a_key(a);
	return rc;
}

/* What stands in for AWS never fails. */
int
__wrap_sts_assume(struct sts_call **out, struct sts *s, const struct sts_ask *ask, sts_done *done,
    void *arg, struct s3jit_err *err)
{
	int rc;

	faults_hold();
	rc = __real_sts_assume(out, s, ask, done, arg, err);
	faults_release();
	return rc;
}

int
__wrap_http_start(struct http_call **out, struct http *h, const struct http_ask *ask,
    http_done *done, void *arg, struct s3jit_err *err)
{
	int rc;

	faults_hold();
	rc = __real_http_start(out, h, ask, done, arg, err);
	faults_release();
	return rc;
}

/* One file of questions with the nth call failing; false: there are fewer. */
static bool
play(const uint8_t *data, size_t size)
{
	if (nth > 0)
		faults_arm(FAULT_MEMORY, nth, false);
	LLVMFuzzerTestOneInput(data, size);
	return faults_disarm();
}

static size_t
read_file(const char *name, uint8_t *buf, size_t size)
{
	char path[512];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", CORPUS, name);
	if ((f = fopen(path, "re")) == NULL)
		fail_msg("%s cannot be read", path);
	n = fread(buf, 1, size, f);
	fclose(f);
	return n;
}

/* Returns how many calls could fail. */
static int
walk(const char *name)
{
	static uint8_t data[65536];
	size_t size = read_file(name, data, sizeof(data));
	int fds;

	nth = 0;
	play(data, size);
	fds = faults_descriptors();
	for (nth = 1; nth < CALLS_MAX && play(data, size); nth++)
		;
	assert_true(nth < CALLS_MAX);
	assert_int_equal(faults_descriptors(), fds);
	return nth - 1;
}

static void
W7_whatever_fails(void **state)
{
	DIR *dir = opendir(CORPUS);
	struct dirent *e;
	int files = 0, calls = 0;

	(void)state;
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.') {
			files++;
			calls += walk(e->d_name);
		}
	closedir(dir);
	print_message("%d calls in %d files\n", calls, files);
	assert_true(files > 10 && calls > 100 * files / 10);
}

static void
walk_carelessly(void)
{
	careless = true;
	walk("hand-out");
}

static void
a_key_in_an_error_is_seen(void **state)
{
	(void)state;
	assert_true(faults_aborts(walk_carelessly));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(W7_whatever_fails),
		cmocka_unit_test(a_key_in_an_error_is_seen),
	};

	faults_hold();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
