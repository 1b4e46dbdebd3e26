/*
 * test_transfer.c - put, as installed, against a recording server: bytes,
 * parts, tries, failures and what is undone after them.
 */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "s3jit/clock.h"
#include "transfer_world.h"

#define MIB (1024 * 1024)

static const char *
header(json_t *request, const char *name)
{
	json_t *pair;
	size_t i;

	json_array_foreach(json_object_get(request, "headers"), i, pair)
		if (strcasecmp(json_string_value(json_array_get(pair, 0)), name) == 0)
			return json_string_value(json_array_get(pair, 1));
	return NULL;
}

/* --- what goes right --- */

static void
put_single(void **state)
{
	unsigned char *bytes = bytes_make(3 * MIB + 1);
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "ok/report 2026+ü.csv", bytes, 3 * MIB + 1, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 1);
	assert_int_equal(d.done_bytes[0], 3 * MIB + 1);
	assert_int_equal(strlen(d.done_etag[0]), 34);
	assert_int_equal(d.finished.objects, 1);
	assert_int_equal(d.progress.done, 3 * MIB + 1);
	assert_int_equal(d.progress.total, 3 * MIB + 1);
	assert_true(world_has("b", "ok/report 2026+ü.csv", bytes, 3 * MIB + 1));
	/* the control: the comparison can see one wrong byte */
	bytes[2 * MIB] ^= 1;
	assert_false(world_has("b", "ok/report 2026+ü.csv", bytes, 3 * MIB + 1));
	deal_clear(&d);
	free(bytes);
}

static void
put_empty_and_many(void **state)
{
	struct deal d;
	size_t i;
	char key[32];

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	for (i = 0; i < 6; i++) {
		snprintf(key, sizeof(key), "ok/many-%zu", i);
		deal_put(&d, key, "abcdef", i, 0);
	}
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.finished.objects, 6);
	for (i = 0; i < 6; i++) {
		snprintf(key, sizeof(key), "ok/many-%zu", i);
		assert_int_equal(d.done_bytes[i], i);
		assert_true(world_has("b", key, "abcdef", i));
	}
	deal_clear(&d);
}

/* The server answers a part only when three are there at the same time. */
static void
put_multipart_three_side_by_side(void **state)
{
	unsigned char *bytes = bytes_make(2 * MIB + 500000);
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "barrier=3/big", bytes, 2 * MIB + 500000, MIB);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 5);	/* initiate, three parts, complete */
	assert_int_equal(world_count("PUT", "partNumber=3"), 1);
	assert_true(world_has("b", "barrier=3/big", bytes, 2 * MIB + 500000));
	assert_string_equal(d.done_etag[0], "\"whole-3\"");
	deal_clear(&d);

	/* the control: with two slots the server does see that it is fewer */
	deal_init(&d, TRANSFER_PUT);
	d.start.slots = 2;
	deal_put(&d, "barrier=3/fewer", bytes, 2 * MIB + 500000, MIB);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "NotSideBySide"));
	deal_clear(&d);
	free(bytes);
}

/* curl would like to tidy up "/../" and "//": what is signed is sent. */
static void
put_key_is_sent_as_signed(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "ok/a/../b//c/./d", "x", 1, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(world_count("PUT", "/b/ok/a/../b//c/./d"), 1);
	deal_clear(&d);
}

static void
put_sends_the_headers_of_the_object(void **state)
{
	struct transfer_object *o;
	struct name_value *h;
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	o = deal_put(&d, "ok/typed", "x", 1, 0);
	assert_non_null(h = list_push(&o->headers, &name_value_table));
	set_string(&h->name, "content-type");
	set_string(&h->value, "text/csv");
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_string_equal(header(world_request("PUT", NULL, 0), "content-type"), "text/csv");
	deal_clear(&d);
}

/* --- trying again --- */

static void
put_503_each_try_has_its_own_signature(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "503=2/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 3);
	assert_string_equal(header(world_request("PUT", NULL, 0), "authorization"),
	    "AWS4-HMAC-SHA256 number-1");
	assert_string_equal(header(world_request("PUT", NULL, 2), "authorization"),
	    "AWS4-HMAC-SHA256 number-3");
	assert_true(world_has("b", "503=2/x", "hello", 5));
	deal_clear(&d);
}

static void
put_503_for_ever_ends_after_three_more(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;
	deal_put(&d, "503=99/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "put s3://b/503=99/x: S3 says SlowDown: Please reduce"));
	assert_string_equal(d.finished.aws_code, "SlowDown");
	assert_int_equal(d.finished.status, 503);
	assert_int_equal(d.finished.index, 0);
	assert_int_equal(world_count("PUT", NULL), 4);
	deal_clear(&d);
}

static void
put_502_page_of_a_proxy(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;
	deal_put(&d, "page/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "HTTP 502"));
	assert_string_equal(d.finished.aws_code, "");
	assert_int_equal(d.signs, 4);
	deal_clear(&d);
}

static void
put_cut_line_then_ok(void **state)
{
	unsigned char *bytes = bytes_make(5 * MIB);
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "cut=1/x", bytes, 5 * MIB, 2 * MIB);	/* each part once */
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 1 + 2 * 3 + 1);
	assert_int_equal(d.progress.done, 5 * MIB);
	assert_true(world_has("b", "cut=1/x", bytes, 5 * MIB));
	deal_clear(&d);
	free(bytes);
}

static void
put_stalled_server_is_left(void **state)
{
	int64_t begin = clock_boot_ms();
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;
	deal_put(&d, "stall=1/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 2);
	assert_true(clock_boot_ms() - begin >= 1000);
	deal_clear(&d);
}

static void
put_nobody_listens(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;
	d.server = "none";		/* port 0 */
	deal_put(&d, "ok/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "the line to S3 failed (localhost"));
	assert_int_equal(d.signs, 4);
	deal_clear(&d);
}

static void
complete_200_with_an_error_inside(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;
	deal_put(&d, "latefail=2/x", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 1 + 2 + 3);
	assert_true(world_has("b", "latefail=2/x", "hello world", 11));
	deal_clear(&d);

	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;
	deal_put(&d, "latefail=9/x", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "InternalError"));
	assert_int_equal(d.finished.status, 200);
	assert_int_equal(world_count("DELETE", "uploadId="), 1);
	assert_int_equal(d.finished.objects, 0);
	deal_clear(&d);
}

/* AWS says that it may take minutes; a second one, or an abort, would meet the first. */
static void
put_completion_may_take_its_time(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;		/* elsewhere one second of silence is too much */
	deal_put(&d, "slowdone=3/x", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 1 + 2 + 1);
	assert_int_equal(world_count("DELETE", "uploadId="), 0);
	assert_true(world_has("b", "slowdone=3/x", "hello world", 11));
	deal_clear(&d);
}

/* --- final failures --- */

static void
put_access_denied(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "deny/x", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "put s3://b/deny/x: S3 says AccessDenied: Access Denied"));
	assert_string_equal(d.finished.aws_code, "AccessDenied");
	assert_int_equal(d.finished.status, 403);
	assert_true(strlen(d.finished.hint) > 0);
	assert_int_equal(d.signs, 1);
	deal_clear(&d);
}

static void
put_access_denied_before_the_body_was_read(void **state)
{
	unsigned char *bytes = bytes_make(8 * MIB);
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "early/x", bytes, 8 * MIB, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "AccessDenied"));
	deal_clear(&d);
	free(bytes);
}

/* One refused part: the others are cut, the upload is removed, the rest is not begun. */
static void
put_part_denied_removes_the_upload(void **state)
{
	unsigned char *bytes = bytes_make(4 * MIB);
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.start.slots = 1;
	deal_put(&d, "denypart=2/x", bytes, 4 * MIB, MIB);
	deal_put(&d, "ok/after", bytes, 4, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "AccessDenied"));
	assert_int_equal(world_count("DELETE", "/b/denypart%3D2/x?uploadId=up."), 1);
	assert_int_equal(world_count("PUT", "partNumber=1&"), 1);
	assert_int_equal(world_count("PUT", "partNumber=3&"), 0);
	assert_int_equal(world_count("PUT", "ok/after"), 0);
	assert_int_equal(d.done_bytes[0], -1);
	deal_clear(&d);
	free(bytes);
}

static void
initiate_nonsense(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.program = QUICK;
	deal_put(&d, "nonsense/x", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "not XML"));
	deal_clear(&d);
}

/* --- the approved bytes --- */

/* The file has other bytes by now: the signed hash tells S3, S3 tells us. */
static void
changed_bytes_are_not_written(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "ok/changed", "hello", 5, 0);
	assert_int_equal(pwrite(d.files[0], "J", 1, 0), 1);
	deal_run(&d);
	assert_true(deal_failed(&d, "changed", "XAmzContentSHA256Mismatch"));
	assert_false(world_has("b", "ok/changed", "Jello", 5));
	deal_clear(&d);
}

static void
changed_size_is_not_even_asked_for(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	deal_put(&d, "ok/longer", "hello", 5, 0);
	assert_int_equal(pwrite(d.files[0], "!", 1, 5), 1);
	deal_run(&d);
	assert_true(deal_failed(&d, "changed", "6 bytes, approved were 5"));
	assert_int_equal(d.signs, 0);
	deal_clear(&d);
}

/* A message that is cut inside a character must still arrive. */
static void
long_keys_in_messages(void **state)
{
	char key[1024] = "deny/x";
	struct deal d;
	size_t i, shift;

	(void)state;
	for (shift = 2; shift-- > 0;) {
		for (i = 5 + shift; i + 2 < sizeof(key); i += 2)
			memcpy(key + i, "\xc3\xbc", 2);
		key[i] = '\0';
		deal_init(&d, TRANSFER_PUT);
		deal_put(&d, key, "hello", 5, 0);
		assert_int_equal(pwrite(d.files[0], "!", 1, 5), 1);
		deal_run(&d);
		assert_true(deal_failed(&d, "changed", "\xc3\xbc\xc3\xbc"));
		deal_clear(&d);
		deal_init(&d, TRANSFER_PUT);
		deal_put(&d, key, "hello", 5, 0);
		deal_run(&d);
		assert_true(deal_failed(&d, "aws", "AccessDenied"));
		deal_clear(&d);
	}
}

static int
shorten(struct deal *d, const struct msg_sign *m)
{
	(void)m;
	assert_int_equal(ftruncate(d->files[0], 1000), 0);
	return 0;
}

static void
shortened_while_sending(void **state)
{
	unsigned char *bytes = bytes_make(4 * MIB);
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.on_sign = shorten;
	deal_put(&d, "ok/shorter", bytes, 4 * MIB, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "changed", "it is shorter than it was"));
	assert_int_equal(d.signs, 1);
	deal_clear(&d);
	free(bytes);
}

/* --- the client's words --- */

static int
refuse_second(struct deal *d, const struct msg_sign *m)
{
	if (d->signs != 2)
		return 0;
	deal_refuse(d, m, "ended", "Revoked by bob: wrong month");
	return 1;
}

/* A revoke: the next signature is refused, and the reason arrives as it was said. */
static void
W13_refused_signature_ends_it(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.start.slots = 1;
	d.on_sign = refuse_second;
	deal_put(&d, "ok/first", "1", 1, 0);
	deal_put(&d, "ok/second", "2", 1, 0);
	deal_run(&d);
	assert_true(deal_failed(&d, "ended", "Revoked by bob: wrong month"));
	assert_int_equal(d.finished.index, 1);
	assert_int_equal(d.finished.objects, 1);
	assert_int_equal(world_count("PUT", NULL), 1);
	deal_clear(&d);
}

static void
busy_signer_is_asked_again(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.on_sign = deal_busy_once;
	deal_put(&d, "ok/busy", "1", 1, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 2);
	deal_clear(&d);
}

/* Stop when all parts hang: what is running is cut, the upload removed. */
static int
stop_with_parts(struct deal *d, const struct msg_sign *m)
{
	if (strcmp(m->method, "PUT") != 0)
		return 0;
	deal_sign(d, m);
	if (++d->number == 2) {
		while (world_count("PUT", "partNumber=") < 2)
			usleep(20000);
		deal_stop(d, "withdrawn", "Stopped by you");
	}
	return 1;
}

static void
stop_cuts_and_removes(void **state)
{
	int64_t begin = clock_boot_ms();
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.on_sign = stop_with_parts;
	deal_put(&d, "stall=9/stopped", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_failed(&d, "withdrawn", "Stopped by you"));
	assert_int_equal(world_count("DELETE", "uploadId="), 1);
	assert_true(clock_boot_ms() - begin < 5000);
	deal_clear(&d);
}

/* The same after a revoke: no signature for the removal either; it still ends. */
static int
stop_and_refuse(struct deal *d, const struct msg_sign *m)
{
	if (strcmp(m->method, "DELETE") != 0)
		return stop_with_parts(d, m);
	deal_refuse(d, m, "ended", "The grant has ended");
	return 1;
}

static void
stop_without_signatures(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.on_sign = stop_and_refuse;
	deal_put(&d, "stall=9/revoked", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_failed(&d, "withdrawn", "Stopped by you"));
	assert_int_equal(world_count("DELETE", NULL), 0);
	deal_clear(&d);
}

/* A signature that comes for something cut meanwhile must not send anything. */
static int
late_signature(struct deal *d, const struct msg_sign *m)
{
	if (strcmp(m->method, "PUT") != 0)
		return 0;
	deal_stop(d, "withdrawn", "Stopped by you");
	usleep(200000);		/* it asks for the removal's signature in the same slot */
	deal_sign(d, m);
	return 1;
}

static void
late_signature_is_not_used(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.start.slots = 1;
	d.on_sign = late_signature;
	deal_put(&d, "ok/late", "hello world", 11, 6);
	deal_run(&d);
	assert_true(deal_failed(&d, "withdrawn", "Stopped by you"));
	assert_int_equal(world_count("PUT", NULL), 0);
	assert_int_equal(world_count("DELETE", "uploadId="), 1);
	deal_clear(&d);
}

static int
vanish(struct deal *d, const struct msg_sign *m)
{
	if (strcmp(m->method, "PUT") != 0)
		return 0;
	deal_sign(d, m);
	while (world_count("PUT", NULL) < 1)
		usleep(20000);
	close(d->fd);
	d->fd = -1;
	return 1;
}

static void
client_gone_ends_it(void **state)
{
	int64_t begin = clock_boot_ms();
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.on_sign = vanish;
	deal_put(&d, "stall=9/alone", "hello", 5, 0);
	deal_run(&d);
	assert_true(WIFEXITED(d.status));
	assert_int_equal(WEXITSTATUS(d.status), 1);
	assert_true(clock_boot_ms() - begin < 5000);
	deal_clear(&d);
}

static int
ctrl_c(struct deal *d, const struct msg_sign *m)
{
	(void)m;
	kill(d->pid, SIGINT);
	kill(d->pid, SIGHUP);
	kill(d->pid, SIGQUIT);
	usleep(50000);
	return 0;
}

static void
ctrl_c_is_the_clients_business(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.on_sign = ctrl_c;
	deal_put(&d, "ok/ctrl-c", "hello", 5, 0);
	deal_run(&d);
	assert_true(deal_ok(&d));
	deal_clear(&d);
}

static int
sign_twice(struct deal *d, const struct msg_sign *m)
{
	deal_sign(d, m);
	return 0;
}

static void
unasked_signature_is_an_error(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_PUT);
	d.on_sign = sign_twice;
	deal_put(&d, "stall=9/twice", "hello", 5, 0);
	deal_run(&d);
	assert_false(d.over);
	assert_int_equal(WEXITSTATUS(d.status), 1);
	deal_clear(&d);
}

/* --- starts that make no sense --- */

static void break_version(struct deal *d) { d->start.version = 99; }
static void break_slots(struct deal *d) { d->start.slots = TRANSFER_SLOTS + 1; }
static void break_operation(struct deal *d) { set_string(&d->start.operation, "paint"); }
static void break_ca(struct deal *d) { set_string(&d->start.ca_file, "/nonexistent/ca.pem"); }
static void break_fd(struct deal *d) { ((struct transfer_object *)d->start.objects.v)->fd = 3; }
static void break_fd2(struct deal *d) { ((struct transfer_object *)d->start.objects.v)->fd = 999; }
static void break_size(struct deal *d) { ((struct transfer_object *)d->start.objects.v)->size = -1; }
static void break_parts(struct deal *d)
{
	strv_push(&((struct transfer_object *)d->start.objects.v)->parts, "00");
}
static void break_hash(struct deal *d)
{
	((struct transfer_object *)d->start.objects.v)->parts.v[0][5] = 'G';
}
static void break_objects(struct deal *d) { codec_clear(&transfer_object_table, d->start.objects.v);
	d->start.objects.n = 0; }

static void
starts_that_are_refused(void **state)
{
	static const struct {
		void (*break_it)(struct deal *);
		const char *code, *text;
	} cases[] = {
		{ break_version, "protocol", "another version" },
		{ break_slots, "usage", "too many slots" },
		{ break_objects, "usage", "without objects" },
		{ break_operation, "usage", "cannot do \"paint\"" },
		{ break_ca, "system", "/nonexistent/ca.pem" },
		{ break_fd, "usage", "descriptor 3 is no file" },
		{ break_fd2, "usage", "descriptor 999 is no file" },
		{ break_size, "usage", "sizes make no sense" },
		{ break_parts, "usage", "do not fit" },
		{ break_hash, "usage", "do not fit" },
	};
	struct deal d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		deal_init(&d, TRANSFER_PUT);
		deal_put(&d, "ok/never", "hello", 5, 0);
		cases[i].break_it(&d);
		deal_run(&d);
		assert_true(deal_failed(&d, cases[i].code, cases[i].text));
		assert_int_equal(d.signs, 0);
		deal_clear(&d);
	}
	assert_int_equal(world_count("PUT", "ok/never"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_single),
		cmocka_unit_test(put_empty_and_many),
		cmocka_unit_test(put_multipart_three_side_by_side),
		cmocka_unit_test(put_key_is_sent_as_signed),
		cmocka_unit_test(put_sends_the_headers_of_the_object),
		cmocka_unit_test(put_503_each_try_has_its_own_signature),
		cmocka_unit_test(put_503_for_ever_ends_after_three_more),
		cmocka_unit_test(put_502_page_of_a_proxy),
		cmocka_unit_test(put_cut_line_then_ok),
		cmocka_unit_test(put_stalled_server_is_left),
		cmocka_unit_test(put_nobody_listens),
		cmocka_unit_test(complete_200_with_an_error_inside),
		cmocka_unit_test(put_completion_may_take_its_time),
		cmocka_unit_test(put_access_denied),
		cmocka_unit_test(put_access_denied_before_the_body_was_read),
		cmocka_unit_test(put_part_denied_removes_the_upload),
		cmocka_unit_test(initiate_nonsense),
		cmocka_unit_test(changed_bytes_are_not_written),
		cmocka_unit_test(changed_size_is_not_even_asked_for),
		cmocka_unit_test(shortened_while_sending),
		cmocka_unit_test(long_keys_in_messages),
		cmocka_unit_test(W13_refused_signature_ends_it),
		cmocka_unit_test(busy_signer_is_asked_again),
		cmocka_unit_test(stop_cuts_and_removes),
		cmocka_unit_test(stop_without_signatures),
		cmocka_unit_test(late_signature_is_not_used),
		cmocka_unit_test(client_gone_ends_it),
		cmocka_unit_test(ctrl_c_is_the_clients_business),
		cmocka_unit_test(unasked_signature_is_an_error),
		cmocka_unit_test(starts_that_are_refused),
	};
	int ret = world_open();

	if (ret != 0)
		return ret;
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	world_close();
	return ret;
}
