/*
 * test_ended.c - the file for ends that the database would not take (B15).
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/ended.h"

#define SIZE	65536
#define ID	"kmxqrtvzkmxqrtvzkmxqrtvzkmxqrtvz"
#define ID2	"llllllllmmmmmmmmnnnnnnnnoooooooo"

struct world {
	char dir[64], path[96];
	struct ended *ended;
	struct strv ids;
	bool all;
	struct s3jit_err err;
};

static int
reopen(struct world *w)
{
	ended_close(w->ended);
	strv_clear(&w->ids);
	return ended_open(&w->ended, w->path, &w->ids, &w->all, &w->err);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	strcpy(w->dir, "/tmp/s3jit-ended.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/ended", w->dir);
	assert_int_equal(reopen(w), 0);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	ended_close(w->ended);
	strv_clear(&w->ids);
	unlink(w->path);
	rmdir(w->dir);
	free(w);
	return 0;
}

/* Behind our back. */
static void
scribble(struct world *w, const void *buf, size_t len, off_t at)
{
	int fd = open(w->path, O_WRONLY);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, buf, len, at), len);
	close(fd);
}

static void
starts_empty_and_allocated(void **state)
{
	struct world *w = *state;
	struct stat st;

	assert_false(w->all);
	assert_int_equal(w->ids.n, 0);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_size, SIZE);
	assert_true(st.st_blocks * 512 >= SIZE);	/* not a hole: room on a full disk */
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
B15_ends_survive_a_restart(void **state)
{
	struct world *w = *state;

	assert_int_equal(ended_add(w->ended, ID, "revoked", &w->err), 0);
	assert_int_equal(reopen(w), 0);
	assert_int_equal(ended_add(w->ended, ID2, "logout", &w->err), 0);
	assert_int_equal(reopen(w), 0);
	assert_false(w->all);
	assert_int_equal(w->ids.n, 2);
	assert_string_equal(w->ids.v[0], ID " revoked");
	assert_string_equal(w->ids.v[1], ID2 " logout");
	assert_int_equal(ended_reset(w->ended, &w->err), 0);
	assert_int_equal(ended_add(w->ended, ID2, "expired", &w->err), 0);
	assert_int_equal(reopen(w), 0);
	assert_int_equal(w->ids.n, 1);
	assert_string_equal(w->ids.v[0], ID2 " expired");
	assert_false(w->all);
}

static void
B15_full_means_every_grant_ends(void **state)
{
	struct world *w = *state;
	int n = 0;

	while (ended_add(w->ended, ID, "withdrawn", &w->err) == 0)
		n++;
	assert_int_equal(w->err.code, S3JIT_ERECORD);
	assert_non_null(strstr(w->err.text, "every grant ends"));
	assert_true(n > 1000);
	assert_int_equal(reopen(w), 0);
	assert_true(w->all);
	/* it stays so until all were applied, also over another restart */
	assert_int_equal(ended_add(w->ended, ID, "revoked", &w->err), -1);
	assert_int_equal(reopen(w), 0);
	assert_true(w->all);
	assert_int_equal(ended_reset(w->ended, &w->err), 0);
	assert_int_equal(reopen(w), 0);
	assert_false(w->all);
	assert_int_equal(w->ids.n, 0);
}

static void
B15_unreadable_means_every_grant_ends(void **state)
{
	static const char *const texts[] = {
		"x", "\n", ID, ID "\n", ID " ", ID " revoked", ID " revoked!\n", ID "k revoked\n",
		ID " sixteenlettersxx\n", ID " \n", ID " Revoked\n",
		"aaaaaaaakmxqrtvzkmxqrtvzkmxqrtvz revoked\n",
		ID " revoked\n" ID " rev", ID " revoked\n\n",
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(ended_reset(w->ended, &w->err), 0);
		scribble(w, texts[i], strlen(texts[i]), 0);
		assert_int_equal(reopen(w), 0);
		if (!w->all)
			fail_msg("\"%s\" passed for a list of ends", texts[i]);
	}
	/* the positive control */
	assert_int_equal(ended_reset(w->ended, &w->err), 0);
	scribble(w, ID " revoked\n", strlen(ID " revoked\n"), 0);
	assert_int_equal(reopen(w), 0);
	assert_false(w->all);
	assert_int_equal(w->ids.n, 1);
	/* something far behind the last line */
	scribble(w, "k", 1, SIZE - 1);
	assert_int_equal(reopen(w), 0);
	assert_true(w->all);
	/* a file of another length was not made by us */
	assert_int_equal(ended_reset(w->ended, &w->err), 0);
	assert_int_equal(truncate(w->path, 100), 0);
	assert_int_equal(reopen(w), 0);
	assert_true(w->all);
	assert_int_equal(ended_reset(w->ended, &w->err), 0);
	assert_int_equal(truncate(w->path, SIZE + 1), 0);
	assert_int_equal(reopen(w), 0);
	assert_true(w->all);
}

static void
half_a_line_ends_the_writing(void **state)
{
	struct rlimit was, tiny;
	struct world *w = *state;

	assert_int_equal(ended_add(w->ended, ID, "revoked", &w->err), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	tiny = was;
	tiny.rlim_cur = 50;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	assert_int_equal(ended_add(w->ended, ID2, "revoked", &w->err), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	/* nothing is put behind it, where nobody would read it */
	assert_int_equal(ended_add(w->ended, ID2, "revoked", &w->err), -1);
	assert_int_equal(reopen(w), 0);
	assert_true(w->all);
}

static void
only_lines_that_can_be_read_are_written(void **state)
{
	static const struct { const char *id, *why; } cases[] = {
		{ "", "revoked" }, { "kmxqrtvz", "revoked" }, { ID, "" }, { ID, "two words" },
		{ ID, "sixteenlettersxx" }, { ID "k", "revoked" }, { ID, "a\nb" },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ended_add(w->ended, cases[i].id, cases[i].why, &w->err), -1);
		assert_int_equal(w->err.code, S3JIT_EUSAGE);
	}
	assert_int_equal(ended_add(w->ended, ID, "fifteenletterss", &w->err), 0);
	assert_int_equal(reopen(w), 0);
	assert_int_equal(w->ids.n, 1);
	assert_false(w->all);
}

static void
somebody_elses_file_is_refused(void **state)
{
	struct world *w = *state;
	char other[128];

	assert_int_equal(chmod(w->path, 0644), 0);
	assert_int_equal(reopen(w), -1);
	assert_non_null(strstr(w->err.text, "remove it"));
	assert_null(w->ended);
	assert_int_equal(unlink(w->path), 0);
	snprintf(other, sizeof(other), "%s/other", w->dir);
	assert_int_equal(symlink(other, w->path), 0);
	assert_int_equal(reopen(w), -1);
	assert_int_equal(access(other, F_OK), -1);	/* not followed */
	assert_int_equal(unlink(w->path), 0);
	assert_int_equal(mkfifo(w->path, 0600), 0);
	assert_int_equal(reopen(w), -1);		/* and does not hang */
	assert_int_equal(unlink(w->path), 0);
	assert_int_equal(reopen(w), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(w->path, 12345, (gid_t)-1), 0);
		assert_int_equal(reopen(w), -1);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(starts_empty_and_allocated),
		T(B15_ends_survive_a_restart),
		T(B15_full_means_every_grant_ends),
		T(B15_unreadable_means_every_grant_ends),
		T(half_a_line_ends_the_writing),
		T(only_lines_that_can_be_read_are_written),
		T(somebody_elses_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
