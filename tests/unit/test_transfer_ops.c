/*
 * test_transfer_ops.c - get, delete and list, as installed.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "transfer_world.h"

/* What fake_s3.py answers to GET of ".../size=N". */
static bool
is_pattern(int fd, size_t off, size_t size)
{
	unsigned char *got = malloc(size + 1);
	bool same = pread(fd, got, size + 1, (off_t)off) == (ssize_t)size;
	size_t i;

	for (i = 0; same && i < size; i++)
		same = got[i] == (unsigned char)(i * 31 + 7);
	free(got);
	return same;
}

static void
get_to_files(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_GET);
	deal_object(&d, "ok/size=3000000", file_make("", 0))->size = 3000000;
	deal_object(&d, "ok/size=0", file_make("", 0));
	deal_object(&d, "ok/size=7", file_make("head", 4));	/* goes on behind it */
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.done_bytes[0], 3000000);
	assert_int_equal(d.done_bytes[1], 0);
	assert_int_equal(d.done_bytes[2], 7);
	assert_true(is_pattern(d.files[0], 0, 3000000));
	assert_true(is_pattern(d.files[2], 4, 7));
	assert_false(is_pattern(d.files[2], 0, 11));
	deal_clear(&d);
}

/* Two tries broke off; the one that did not has all of it behind what was there before. */
static void
get_cut_twice(const char *key, int (*on_sign)(struct deal *, const struct msg_sign *), int signs)
{
	struct deal d;

	deal_init(&d, TRANSFER_GET);
	d.program = QUICK;
	d.on_sign = on_sign;
	deal_object(&d, key, file_make("head", 4));
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, signs);
	assert_true(is_pattern(d.files[0], 4, 500000));
	deal_clear(&d);
}

static void
get_cut_line_then_ok(void **state)
{
	(void)state;
	get_cut_twice("getcut=2/size=500000", NULL, 3);
}

/* A signer that was busy before the first try: that one still finds where the file stood. */
static void
get_after_a_busy_signer_and_a_cut_line(void **state)
{
	(void)state;
	get_cut_twice("getcut=2/busy/size=500000", deal_busy_once, 4);
}

/* What went into a pipe cannot be taken back: no second try. */
static void
get_cut_line_into_a_pipe(void **state)
{
	int pipe_[2];
	struct deal d;

	(void)state;
	assert_int_equal(pipe2(pipe_, O_CLOEXEC), 0);
	assert_true(fcntl(pipe_[1], F_SETPIPE_SZ, 65536) > 0);
	deal_init(&d, TRANSFER_GET);
	d.program = QUICK;
	deal_object(&d, "getcut=1/size=20000", pipe_[1]);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "cannot be taken back"));
	assert_int_equal(world_count("GET", NULL), 1);
	deal_clear(&d);
	close(pipe_[0]);
}

static void
get_missing_leaves_the_file_alone(void **state)
{
	char buf[16];
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_GET);
	deal_object(&d, "ok/missing", file_make("", 0));
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "get s3://b/ok/missing: S3 says NoSuchKey"));
	assert_int_equal(pread(d.files[0], buf, sizeof(buf), 0), 0);
	deal_clear(&d);
}

static void
get_wants_a_file_it_can_write(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_GET);
	deal_object(&d, "ok/size=5", open("/dev/null", O_RDONLY | O_CLOEXEC));
	deal_run(&d);
	assert_true(deal_failed(&d, "usage", "cannot be written"));
	assert_int_equal(d.signs, 0);
	deal_clear(&d);
	/* and one where there is no room */
	deal_init(&d, TRANSFER_GET);
	deal_object(&d, "ok/size=5", open("/dev/full", O_WRONLY | O_CLOEXEC));
	deal_run(&d);
	assert_true(deal_failed(&d, "system", "No space left"));
	deal_clear(&d);
}

static void
delete_each(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_DELETE);
	deal_object(&d, "ok/a", -1);
	deal_object(&d, "ok/b", -1);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.finished.objects, 2);
	assert_int_equal(world_count("DELETE", "/b/ok/a"), 1);
	assert_int_equal(world_count("DELETE", "/b/ok/b"), 1);
	deal_clear(&d);
}

static void
delete_denied(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_DELETE);
	d.start.slots = 1;
	deal_object(&d, "ok/a", -1);
	deal_object(&d, "deny/b", -1);
	deal_object(&d, "ok/c", -1);
	deal_run(&d);
	assert_true(deal_failed(&d, "aws", "delete s3://b/deny/b: S3 says AccessDenied"));
	assert_int_equal(d.finished.objects, 1);
	assert_int_equal(world_count("DELETE", "/b/ok/c"), 0);
	deal_clear(&d);
}

static void
list_two_pages(void **state)
{
	struct deal d;

	(void)state;
	deal_init(&d, TRANSFER_LIST);
	set_string(&d.start.delimiter, "/");
	deal_object(&d, "dir/", -1);
	deal_run(&d);
	assert_true(deal_ok(&d));
	assert_int_equal(d.signs, 2);
	assert_int_equal(world_count("GET", "prefix=dir%2F&delimiter=%2F"), 2);
	assert_int_equal(world_count("GET", "continuation-token=t%2F1%2B%3D"), 1);
	assert_int_equal(d.n_entries, 3);
	assert_string_equal(d.entries[0].key, "dir/plain.txt");
	assert_int_equal(d.entries[0].size, 12);
	assert_string_equal(d.entries[0].modified, "2026-01-31T12:05:00.000Z");
	assert_string_equal(d.entries[1].key, "dir/a b\n&\\xFF");
	assert_int_equal(d.entries[1].size, 5000000000);
	assert_string_equal(d.entries[2].key, "dir/sub/");
	assert_true(d.entries[2].prefix);
	assert_false(d.entries[1].prefix);
	deal_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(get_to_files),
		cmocka_unit_test(get_cut_line_then_ok),
		cmocka_unit_test(get_after_a_busy_signer_and_a_cut_line),
		cmocka_unit_test(get_cut_line_into_a_pipe),
		cmocka_unit_test(get_missing_leaves_the_file_alone),
		cmocka_unit_test(get_wants_a_file_it_can_write),
		cmocka_unit_test(delete_each),
		cmocka_unit_test(delete_denied),
		cmocka_unit_test(list_two_pages),
	};
	int ret = world_open();

	if (ret != 0)
		return ret;
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	world_close();
	return ret;
}
