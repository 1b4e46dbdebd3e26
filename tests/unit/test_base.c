/*
 * test_base.c - the signer's own keys through a day of an instance: read when
 * needed, renewed in time, kept while the metadata service is away (C9).
 *
 * Real base.c and base_imds.c; the clock and HTTP are made up here.
 */
#include <sys/stat.h>

#include <limits.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "s3jit/clock.h"
#include "signer/base.h"

#define HOUR 3600
#define ROLES "/latest/meta-data/iam/security-credentials/"

static int64_t now, boot0;
static int tokens, reads;
static bool away, only_6;
static long status;			/* that it answers with */
static const char *token;
static int64_t expires;			/* of the keys that the service has now */

static int64_t
wall(void)
{
	return now;
}

static int64_t
boot_ms(void)
{
	return (now - boot0) * 1000;
}

/* AWS has new keys at least five minutes before the old ones end (AWS-FACTS 3). */
static void
rotate(void)
{
	if (expires - now < 6 * 60)
		expires = now + 6 * HOUR;
}

struct http_call {
	http_done *done;
	void *arg;
	char body[512];
	bool answered;
	struct http_call *next;
};
static struct http_call *calls;

int __wrap_http_start(struct http_call **, struct http *, const struct http_ask *, http_done *,
    void *, struct s3jit_err *);
void __wrap_http_cancel(struct http_call *);

int
__wrap_http_start(struct http_call **out, struct http *http, const struct http_ask *ask,
    http_done *done, void *arg, struct s3jit_err *err)
{
	struct http_call *c = calloc(1, sizeof(*c));
	char until[CLOCK_TEXT];

	(void)http;
	(void)err;
	assert_non_null(c);
	c->done = done;
	c->arg = arg;
	c->answered = !away && (!only_6 || strncmp(ask->url, "http://[fd00:ec2::254]/", 23) == 0);
	if (strcmp(ask->method, "PUT") == 0) {
		tokens++;
		snprintf(c->body, sizeof(c->body), "%s", token);
	} else if (strcmp(ask->url + strlen(ask->url) - strlen(ROLES), ROLES) == 0) {
		strcpy(c->body, "signer");
	} else {
		rotate();
		snprintf(c->body, sizeof(c->body), "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA%d\","
		    "\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"%s\"}", ++reads,
		    clock_iso(until, expires));
	}
	c->next = calls;
	calls = c;
	*out = c;
	return 0;
}

void
__wrap_http_cancel(struct http_call *c)
{
	(void)c;
}

/* Answer what was asked, and what is asked because of the answers. */
static void
answer_all(void)
{
	struct http_answer a = { .status = status };
	struct s3jit_err err = { 0 };
	struct http_call *c;

	s3jit_fail(&err, S3JIT_ETIMEOUT, "it did not answer in time");
	while ((c = calls) != NULL) {
		calls = c->next;
		a.body = c->body;
		a.len = strlen(c->body);
		if (c->answered)
			c->done(c->arg, &a, NULL);
		else
			c->done(c->arg, NULL, &err);
		free(c);
	}
}

static int got, refused;
static char why[S3JIT_ERR_TEXT];

static void
came(void *arg, const struct keys *keys, const struct s3jit_err *err)
{
	(void)arg;
	if (keys == NULL) {
		refused++;
		snprintf(why, sizeof(why), "%s", err->text);
		return;
	}
	got++;
	if (keys->expiration <= now)
		fail_msg("keys that are over were given");
}

static struct base *base;
static struct aws_conf conf = { .credentials = (char[]){ "imds" },
    .imds_endpoint = (char[]){ "http://169.254.169.254" },
    .imds_other = (char[]){ "http://[fd00:ec2::254]" } };

static int
setup(void **state)
{
	static const struct base_place place = { "", true };

	(void)state;
	now = boot0 = 1767225600;
	tokens = reads = got = refused = 0;
	away = only_6 = false;
	status = 200;
	token = "token";
	expires = 0;
	clock_replace(wall, boot_ms);
	return base_new(&base, NULL, NULL, &conf, &place, NULL);
}

static int
teardown(void **state)
{
	(void)state;
	base_free(base);
	clock_replace(NULL, NULL);
	return 0;
}

static void
get(bool again)
{
	base_get(base, again, came, NULL);
	answer_all();
}

static void
C9_a_day_of_rotations(void **state)
{
	size_t after_an_hour = 0;
	int64_t begun = now;

	(void)state;
	for (; now < begun + 24 * HOUR; now += 10) {
		away = now >= begun + 3 * HOUR && now < begun + 4 * HOUR;	/* not missed */
		get(false);
		if (after_an_hour == 0 && now >= begun + HOUR)
			after_an_hour = mallinfo2().uordblks;
	}
	assert_int_equal(refused, 0);
	assert_int_equal(got, 24 * HOUR / 10);
	assert_in_range(reads, 4, 8);
	assert_true(mallinfo2().uordblks <= after_an_hour + 4096);
}

/* The old ones are used to their end, and the service is not stormed. */
static void
C9_metadata_that_are_away_when_needed(void **state)
{
	int before;

	(void)state;
	get(false);
	away = true;
	before = tokens;
	for (now = expires - 300; now < expires; now++)
		get(false);
	assert_int_equal(refused, 0);
	assert_in_range(tokens - before, 2, 2 * 11);	/* both addresses, each 30 s */
	get(false);
	assert_int_equal(refused, 1);
	assert_string_equal(why, "instance metadata (http://169.254.169.254): it did not answer in "
	    "time; nor at http://[fd00:ec2::254]");
	away = false;
	get(false);
	assert_int_equal(refused, 1);
}

static void
C9_the_address_that_answers_is_remembered(void **state)
{
	(void)state;
	only_6 = true;
	get(false);
	assert_int_equal(refused, 0);
	assert_int_equal(tokens, 2);
	get(true);
	assert_int_equal(tokens, 3);
	only_6 = false;
	away = true;
	now = expires;
	get(false);
	assert_string_equal(why, "instance metadata (http://169.254.169.254): it did not answer in "
	    "time; nor at http://[fd00:ec2::254]");
}

#define IMDS "instance metadata (http://169.254.169.254): "

static void
C9_answers_that_make_no_sense(void **state)
{
	(void)state;
	status = 418;
	get(false);
	assert_string_equal(why, IMDS "its answer makes no sense");
	status = 404;
	get(false);
	assert_string_equal(why, IMDS "no role is attached to this instance");
	status = 200;
	token = "";
	get(false);
	assert_string_equal(why, IMDS "its answer makes no sense");
	token = "two words\r\nX: y";
	get(false);
	assert_string_equal(why, IMDS "its token makes no sense");
	assert_int_equal(refused, 4);
	assert_int_equal(reads, 0);
}

static void
C9_a_file_is_looked_at_before_it_is_needed(void **state)
{
	static const struct base_place place = { "", true };
	struct aws_conf file = { .credentials = (char[]){ "file:/no-such-file" } };
	const char *later;
	struct s3jit_err err;

	(void)state;
	assert_int_equal(base_check(&file, &place, &later, &err), -1);
	assert_non_null(strstr(err.text, "no-such-file"));
	file.credentials = (char[]){ "systemd:key" };
	assert_int_equal(base_check(&file, &place, &later, &err), 0);
	assert_non_null(later);
}

static void
never(void *arg, struct keys *keys, const struct s3jit_err *err)
{
	(void)arg;
	(void)keys;
	(void)err;
	fail_msg("a program that cannot be run has ended");
}

static void
not_run(const char *command, const char *expected)
{
	struct s3jit_err err;
	struct process *p;

	assert_int_equal(process_start(&p, NULL, command, true, never, NULL, &err), -1);
	assert_null(p);
	if (strstr(err.text, expected) == NULL)
		fail_msg("%s", err.text);
}

static void
C9_programs_that_cannot_be_run(void **state)
{
	char path[] = "/tmp/s3jit-base.XXXXXX", command[2 * PATH_MAX];
	int fd, i;

	(void)state;
	assert_int_not_equal(fd = mkstemp(path), -1);
	close(fd);
	not_run(path, "cannot be run: Permission denied");
	assert_int_equal(chmod(path, 0700), 0);
	strcpy(command, path);
	for (i = 0; i < 64; i++)
		strcat(command, " x");
	not_run(command, "process: more than 64 words");
	unlink(path);
	memset(command, 'x', PATH_MAX);
	command[0] = '/';
	command[PATH_MAX] = '\0';
	not_run(command, "process: the path is too long");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(C9_a_day_of_rotations),
		T(C9_metadata_that_are_away_when_needed),
		T(C9_the_address_that_answers_is_remembered),
		T(C9_answers_that_make_no_sense),
		T(C9_a_file_is_looked_at_before_it_is_needed),
		T(C9_programs_that_cannot_be_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
