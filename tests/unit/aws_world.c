/*
 * aws_world.c - see aws_world.h.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws_world.h"
#include "fake_aws.h"
#include "faults_aws.h"
#include "s3jit/clock.h"

struct aws_world world;

static char credentials_of[128];
static struct rule rule = { .role = (char[]){ WORLD_ROLE } };
static struct config conf = {
	.file = (char[]){ "f" }, .rules = &rule, .nrules = 1,
	.aws = { .region = (char[]){ "eu-central-1" }, .partition = (char[]){ "aws" },
	    .suffix = (char[]){ "amazonaws.com" }, .account = (char[]){ "111122223333" },
	    .credentials = credentials_of, .ca_file = (char[]){ "" }, .https_proxy = (char[]){ "" },
	    .s3_endpoint = (char[]){ "https://s3.eu-central-1.amazonaws.com" },
	    .sts_endpoint = (char[]){ "https://sts.eu-central-1.amazonaws.com" },
	    .imds_endpoint = (char[]){ "http://169.254.169.254" },
	    .imds_other = (char[]){ "" },
	    .revoker_role = (char[]){ "arn:aws:iam::111122223333:role/s3jit-revoker" },
	    .iam_region = (char[]){ "us-east-1" },
	    .iam_endpoint = (char[]){ "https://iam.amazonaws.com" } },
};
static const char *const marks[] = { FAKE_AWS_SECRET, FAKE_AWS_TOKEN, NULL };

static int64_t
wall(void)
{
	return FAKE_AWS_NOW + world.passed;
}

static int64_t
boot_ms(void)
{
	return (1000 + world.passed) * 1000;
}

/* --- AWS speaks plain HTTP here ----------------------------------------------------- */

int __real_http_start(struct http_call **, struct http *, const struct http_ask *, http_done *,
    void *, struct s3jit_err *);
int __wrap_http_start(struct http_call **, struct http *, const struct http_ask *, http_done *,
    void *, struct s3jit_err *);

int
__wrap_http_start(struct http_call **out, struct http *h, const struct http_ask *ask,
    http_done *done, void *arg, struct s3jit_err *err)
{
	struct http_ask plain = *ask;
	char url[1024];

	if (!ask->plain) {
		assert_memory_equal(ask->url, "https://", 8);
		snprintf(url, sizeof(url), "http%s", ask->url + strlen("https"));
		plain.url = url;
		plain.plain = true;
	}
	return __real_http_start(out, h, &plain, done, arg, err);
}

/* --- the world ------------------------------------------------------------------------ */

static void
file_make(const char *name, mode_t mode, const char *text)
{
	char path[64];
	FILE *fp;

	snprintf(path, sizeof(path), "%s/%s", world.dir, name);
	assert_non_null(fp = fopen(path, "we"));
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void
world_begin(void)
{
	struct s3jit_err err;

	/* before any library has memory: the first time one of them does not start */
	faults_arm(FAULT_CURL, 1, false);
	assert_int_equal(keys_wipe_everywhere(&err), -1);
	assert_true(faults_disarm());
	assert_string_equal(err.text, "libcurl does not start");
	assert_int_equal(keys_wipe_everywhere(&err), 0);

	world.patience_ms = 2000;
	fake_aws_start();
	assert_non_null(faults_curl_to = curl_slist_append(NULL, fake_aws->place));
	faults_marks = marks;
	clock_replace(wall, boot_ms);
	strcpy(world.dir, "/tmp/s3jit-aws-world.XXXXXX");
	assert_non_null(mkdtemp(world.dir));
	file_make("key", 0600, "[default]\naws_access_key_id = AKIABASE\n"
	    "aws_secret_access_key = " FAKE_AWS_SECRET "\n");
	file_make("run", 0700, "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"AKIARUN\","
	    "\"SecretAccessKey\":\"" FAKE_AWS_SECRET "\",\"SessionToken\":\"" FAKE_AWS_TOKEN "\"}'\n");
}

void
world_end(void)
{
	static const char *const names[] = { "key", "run" };
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", world.dir, names[i]);
		unlink(path);
	}
	rmdir(world.dir);
	fake_aws_stop();
	curl_slist_free_all(faults_curl_to);
	clock_replace(NULL, NULL);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static int
parts_make(struct s3jit_err *err)
{
	const struct base_place place = { world.dir, true };
	struct parts *p = &world.parts;

	p->conf = &conf;
	if (http_new(&p->http, world.events, conf.aws.ca_file, conf.aws.https_proxy, err) == -1 ||
	    base_new(&p->base, world.events, p->http, &conf.aws, &place, err) == -1 ||
	    sts_new(&p->sts, world.events, p->http, p->base, &conf, err) == -1 ||
	    leases_new(&p->leases, world.events, p->sts, &conf, err) == -1)
		return -1;
	return iam_new(&p->iam, p->http, p->sts, &conf, err);
}

int
world_make(const char *credentials, struct s3jit_err *err)
{
	static const struct timeval often = { .tv_usec = 10000 };
	const char *at = strchr(credentials, '@');

	world.passed = 0;
	memset(&world.parts, 0, sizeof(world.parts));
	fake_aws->expires = FAKE_AWS_NOW + 3600;
	fake_aws->probe_status = 404;
	if (at != NULL)
		snprintf(credentials_of, sizeof(credentials_of), "%.*s%s%s", (int)(at - credentials),
		    credentials, world.dir, at + 1);
	else
		snprintf(credentials_of, sizeof(credentials_of), "%s", credentials);
	faults_hold();
	assert_non_null(world.events = event_base_new());
	assert_non_null(world.tick = event_new(world.events, -1, EV_PERSIST, on_tick, NULL));
	assert_int_equal(event_add(world.tick, &often), 0);
	faults_release();
	return parts_make(err);
}

void
world_free(void)
{
	struct parts *p = &world.parts;

	iam_free(p->iam);
	leases_free(p->leases);
	sts_free(p->sts);
	base_free(p->base);
	http_free(p->http);
	event_free(world.tick);
	event_base_free(world.events);
}

int
world_lease(const char *name, const char *kind, lease_done *done, void *arg, struct s3jit_err *err)
{
	char *scope[] = { (char[]){ "put s3://" WORLD_BUCKET "/in/" },
	    (char[]){ "get s3://" WORLD_BUCKET "/in/" } };
	struct sq_lease q = { .n = 1, .lease = (char *)(uintptr_t)name,
	    .kind = (char *)(uintptr_t)kind,
	    .session_name = (char[]){ "s3jit-klmnopqrstuvwxyzklmnopqrstuvwxyz" },
	    .role = (char[]){ WORLD_ROLE }, .scope = { scope, 2 }, .until = FAKE_AWS_NOW + 600,
	    .person = (char[]){ "alice" }, .request = (char[]){ "kmxqrtvz" } };

	return lease_open(world.parts.leases, &q, done, arg, err);
}

static int64_t
real_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
world_wait(const int *told)
{
	int64_t until = real_ms() + world.patience_ms;

	while (*told == 0 && real_ms() < until)
		event_base_loop(world.events, EVLOOP_ONCE);
	return *told > 0;
}

void
world_settle(void)
{
	int i;

	for (i = 0; i < 3; i++)
		event_base_loop(world.events, EVLOOP_NONBLOCK);
}

const char *
world_leftovers(int descriptors)
{
	int status;

	if (faults_descriptors() != descriptors)
		return "descriptors are left open";
	if (waitpid(-1, &status, WNOHANG) != -1 || errno != ECHILD) {
		while (waitpid(-1, &status, 0) != -1)
			;	/* and none is the next one's */
		return "a process is left";
	}
	return faults_unwiped() != NULL ? "a secret is left in memory that was freed" : NULL;
}
