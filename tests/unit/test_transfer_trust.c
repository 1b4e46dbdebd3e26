/*
 * test_transfer_trust.c - whom transfer trusts (B13), what it sends (W13) and
 * that what passes through it stays inside (C2).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "transfer_world.h"

/* --- the other side --- */

static void
B13_wrong_certificates_are_refused(void **state)
{
	static const char *const servers[] = { "otherca", "othername" };
	struct deal d;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		deal_init(&d, TRANSFER_PUT);
		d.server = servers[i];
		deal_put(&d, "ok/secret", "hello", 5, 0);
		deal_run(&d);
		assert_true(deal_failed(&d, "aws", "certificate cannot be trusted"));
		assert_int_equal(d.signs, 1);	/* not tried again */
		assert_int_equal(world_count("PUT", NULL), 0);
		deal_clear(&d);
	}
	/* the control: that server does serve whom its CA is given */
	deal_init(&d, TRANSFER_PUT);
	d.server = "otherca";
	set_string(&d.start.ca_file, world_path("other-ca.pem"));
	deal_put(&d, "ok/secret", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	deal_clear(&d);
	/* no CA file: the system's, which does not know ours */
	deal_init(&d, TRANSFER_PUT);
	set_string(&d.start.ca_file, "");
	deal_put(&d, "ok/secret", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "certificate cannot be trusted"));
	assert_int_equal(world_count("PUT", NULL), 0);
	deal_clear(&d);
}

static void
B13_redirects_are_not_followed(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "moved/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "TemporaryRedirect"));
	assert_int_equal(d.finished.status, 307);
	assert_int_equal(world_count(NULL, "moved/x"), 1);	/* the control */
	assert_int_equal(world_count(NULL, "stolen"), 0);
	deal_clear(&d);
}

static void
B13_huge_answers_are_cut(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "huge/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "far too long"));
	deal_clear(&d);
}

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(world_path(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

struct poison { char text[8][112]; char *env[9]; };

/* Each would change where the request goes, who is trusted, or tell the keys. */
static void
poison(struct poison *p)
{
	int trap = world_port("trap");
	int i;

	memset(p, 0, sizeof(*p));
	snprintf(p->text[0], sizeof(p->text[0]), "https_proxy=http://127.0.0.1:%d", trap);
	snprintf(p->text[1], sizeof(p->text[1]), "HTTPS_PROXY=http://127.0.0.1:%d", trap);
	snprintf(p->text[2], sizeof(p->text[2]), "ALL_PROXY=http://127.0.0.1:%d", trap);
	snprintf(p->text[3], sizeof(p->text[3]), "SSL_CERT_FILE=%s", world_path("other-ca.pem"));
	snprintf(p->text[4], sizeof(p->text[4]), "HOME=%s", world_path(""));
	snprintf(p->text[5], sizeof(p->text[5]), "SSLKEYLOGFILE=%s", world_path("keylog"));
	snprintf(p->text[6], sizeof(p->text[6]), "OPENSSL_CONF=%s", world_path("openssl.cnf"));
	for (i = 0; i < 7; i++)
		p->env[i] = p->text[i];
	write_file(".netrc", "machine localhost login evil password evil\n");
	/* a libcrypto that can do nothing */
	write_file("openssl.cnf",
	    "openssl_conf = a\n[a]\nproviders = b\n[b]\nnull = c\n[c]\nactivate = 1\n");
	unlink(world_path("keylog"));
}

static void
run_poisoned(struct deal *d, const char *program, struct poison *p)
{
	deal_init(d, TRANSFER_PUT);
	d->program = program;
	d->envp = p->env;
	deal_put(d, "ok/env", "hello", 5, 0);
	deal_run(d);
	assert_int_equal(world_count("connect", NULL), 0);
}

static void
B13_environment_is_ignored(void **state)
{
	static const char *const programs[] = { PROGRAM, QUICK };
	char keep[] = "S3JIT_TEST_KEEP_ENV=1";
	struct poison p;
	struct deal d;
	int i;

	(void)state;
	poison(&p);
	for (i = 0; i < 2; i++) {
		run_poisoned(&d, programs[i], &p);
		assert_true(deal_ok(&d));
		assert_int_equal(access(world_path("keylog"), F_OK), -1);
		assert_int_equal(world_count("PUT", "ok/env"), 1);
		deal_clear(&d);
	}
	/* the control: not cleared, the session's keys are in that file ... */
	p.env[6] = keep;
	run_poisoned(&d, QUICK, &p);
	assert_true(deal_ok(&d));
	assert_int_equal(access(world_path("keylog"), F_OK), 0);
	deal_clear(&d);
	/* ... and libcrypto does as that configuration says */
	p.env[5] = p.text[6];
	run_poisoned(&d, QUICK, &p);
	assert_false(d.finished.ok);
	deal_clear(&d);
}

/* --- what is sent --- */

static bool
allowed(const char *name)
{
	static const char *const names[] = { "host", "content-length", "x-amz-content-sha256",
		"x-amz-security-token", "authorization", "x-amz-mp-object-size",
		"x-amz-checksum-algorithm", "x-amz-checksum-sha256" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* ?uploads, ?partNumber=1&uploadId=..., ?uploadId=... */
static bool
of_several_parts(const json_t *request)
{
	return strstr(json_string_value(json_object_get(request, "target")), "upload") != NULL;
}

/* Every kind of request: nothing but what was signed, Host and Content-Length. */
static void
W13_headers_are_those_signed(void **state)
{
	struct deal d;
	json_t *r, *pair;
	size_t i, k, seen;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "ok/single", "hello", 5, 0);
	deal_put(&d, "ok/multi", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_ok(&d));
	deal_clear(&d);
	for (i = 0; (r = world_request(NULL, NULL, i)) != NULL; i++) {
		seen = 0;
		json_array_foreach(json_object_get(r, "headers"), k, pair) {
			if (!allowed(json_string_value(json_array_get(pair, 0))))
				fail_msg("%s is sent", json_string_value(json_array_get(pair, 0)));
			seen++;
		}
		/* each once; with several parts one more: the algorithm, a checksum, the whole size */
		assert_int_equal(seen, of_several_parts(r) ? 6 : 5);
	}
	assert_int_equal(i, 5);
}

static void
add_header(struct msg_signed *m, const char *name, const char *value)
{
	struct name_value *h = list_push(&m->headers, &name_value_table);

	assert_non_null(h);
	set_string(&h->name, name);
	set_string(&h->value, value);
}

static void
bend(struct deal *d, struct msg_signed *m)
{
	struct name_value *h = m->headers.v;
	char url[128];
	int port = world_port("good");

	switch (d->number) {
	case 0: snprintf(url, sizeof(url), "http://localhost:%d/b/ok/bent", port); break;
	case 1: snprintf(url, sizeof(url), "https://a:b@localhost:%d/b/ok/bent", port); break;
	case 2: snprintf(url, sizeof(url), "https://localhost:%d/b/ok/bent#x", port); break;
	case 3: snprintf(url, sizeof(url), "file:///etc/passwd"); break;
	case 4: snprintf(url, sizeof(url), "%s", ""); break;
	case 5: set_string(&h[0].value, "elsewhere.example.net"); return;
	case 6: set_string(&h[1].value, "a\r\nX-Injected: b"); return;
	case 7: set_string(&h[1].name, "x y"); return;
	case 8: add_header(m, "transfer-encoding", "chunked"); return;
	case 9: add_header(m, "content-length", "6"); return;
	case 10: add_header(m, "expect", "100-continue"); return;
	default: fail_msg("no such case"); return;
	}
	set_string(&m->url, url);
}

static void
W13_nonsense_under_a_signature_is_not_sent(void **state)
{
	struct deal d;
	int64_t i;

	(void)state;
	for (i = 0; i <= 10; i++) {
		deal_init(&d, TRANSFER_PUT);
		d.tamper = bend;
		d.number = i;
		deal_put(&d, "ok/bent", "hello", 5, 0);
		deal_run(&d);
		assert_true(deal_failed(&d, "protocol", "signed"));
		assert_int_equal(world_count(NULL, NULL), 0);
		assert_null(strstr(d.finished.text, CANARY));
		deal_clear(&d);
	}
}

static void
bend_harmless(struct deal *d, struct msg_signed *m)
{
	(void)d;
	add_header(m, "content-length", "5");
	add_header(m, "x-amz-meta-empty", "");
}

/* The control: the right length, and a header without a value, are fine. */
static void
W13_content_length_and_empty_values(void **state)
{
	struct deal d;
	json_t *pair;
	size_t i, lengths = 0, empty = 0;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.tamper = bend_harmless;
	deal_put(&d, "ok/straight", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	json_array_foreach(json_object_get(world_request("PUT", NULL, 0), "headers"), i, pair) {
		lengths += strcasecmp(json_string_value(json_array_get(pair, 0)),
		    "content-length") == 0;
		empty += strcmp(json_string_value(json_array_get(pair, 0)), "x-amz-meta-empty") == 0;
	}
	assert_int_equal(lengths, 1);
	assert_int_equal(empty, 1);
	deal_clear(&d);
}

/* --- what stays inside --- */

static uid_t
owner_of(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	return st.st_uid;
}

/* The kernel gives /proc/PID of a process that is not dumpable to root. */
static int
look_inside(struct deal *d, const struct msg_sign *m)
{
	char path[64], line[256];
	bool no_core = false;
	FILE *f;

	(void)m;
	assert_int_equal(owner_of(d->pid), 0);
	snprintf(path, sizeof(path), "/proc/%d/limits", (int)d->pid);
	assert_non_null(f = fopen(path, "r"));
	while (fgets(line, sizeof(line), f) != NULL)
		no_core |= strncmp(line, "Max core file size        0                    0 ", 48) == 0;
	fclose(f);
	assert_true(no_core);
	d->number = 1;
	return 0;
}

static void
C2_not_dumpable_and_no_core(void **state)
{
	uid_t uid = getuid() == 0 ? 65534 : getuid();
	struct deal d;
	pid_t pid;

	(void)state;
	/* the control: another program of that user belongs to it */
	if ((pid = fork()) == 0) {
		if (getuid() != uid && setuid(uid) == -1)
			_exit(1);
		execlp("sleep", "sleep", "20", (char *)NULL);
		_exit(1);
	}
	usleep(200000);
	assert_int_equal(owner_of(pid), uid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	deal_init(&d, TRANSFER_PUT);
	d.uid = getuid() == 0 ? uid : 0;
	d.on_sign = look_inside;
	deal_put(&d, "ok/inside", "hello", 5, 0);
	deal_run(&d);
	if (WIFEXITED(d.status) && WEXITSTATUS(d.status) == 127) {
		deal_clear(&d);
		skip();		/* that user may not look into the build folder */
	}
	assert_true(deal_ok(&d));
	assert_int_equal(d.number, 1);
	deal_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(B13_wrong_certificates_are_refused),
		cmocka_unit_test(B13_redirects_are_not_followed),
		cmocka_unit_test(B13_huge_answers_are_cut),
		cmocka_unit_test(B13_environment_is_ignored),
		cmocka_unit_test(W13_headers_are_those_signed),
		cmocka_unit_test(W13_nonsense_under_a_signature_is_not_sent),
		cmocka_unit_test(W13_content_length_and_empty_values),
		cmocka_unit_test(C2_not_dumpable_and_no_core),
	};
	int ret = world_open();

	if (ret != 0)
		return ret;
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	world_close();
	return ret;
}
