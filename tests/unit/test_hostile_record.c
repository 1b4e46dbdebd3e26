/*
 * test_hostile_record.c - what becomes of hostile texts in the record, and on its
 * way to syslog and the journal: one record is one line of ASCII.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "broker/audit.h"
#include "s3jit/clock.h"
#include "test_store_world.h"
#include "tests/unit/hostile.h"

static int64_t
boot(void)
{
	return 5000;
}

static int64_t
wall(void)
{
	return 1790000000;
}

/* --- where it is sent ---------------------------------------------------------------- */

static FILE *journal;
static int entries;

int __wrap_sd_journal_sendv(const struct iovec *v, int n);

/* The fields of an entry, a line each.  A field with a newline would be two. */
int
__wrap_sd_journal_sendv(const struct iovec *v, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		fwrite(v[i].iov_base, 1, v[i].iov_len, journal);
		fputc('\n', journal);
		if (memchr(v[i].iov_base, '\n', v[i].iov_len) != NULL)
			fail_msg("an entry's field has a line of its own: %.*s", (int)v[i].iov_len,
			    (const char *)v[i].iov_base);
	}
	entries++;
	return 0;
}

pid_t __wrap_getpid(void);

/* It stands in a line's head, so its length decides on where a long one is cut. */
pid_t
__wrap_getpid(void)
{
	return 12345;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_int_not_equal(fd, -1);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

/* The next line that syslog got, without its head; it has our process id. */
static int
line_take(FILE *to, int fd)
{
	static char line[65536];
	ssize_t n = recv(fd, line, sizeof(line) - 1, 0);
	char *text;

	if (n == -1)
		return 0;
	line[n] = '\0';
	if (memchr(line, '\n', (size_t)n) != NULL || strlen(line) != (size_t)n)
		fail_msg("not one line: %s", line);
	assert_non_null(text = strstr(line, "]: "));
	fprintf(to, "%s\n", text + 3);
	return 1;
}

/* --- the test -------------------------------------------------------------------------- */

static struct hostile *all;
static size_t n_all;

/* As long as it may be, with every kind of member. */
static void
add_all(struct world *w, struct audit *a)
{
	const char *text;
	struct strv argv;
	size_t i;

	for (i = 0; i < n_all; i++) {
		char *words[2] = { all[i].text, all[i].text };

		text = all[i].text;
		argv = (struct strv){ words, 2 };
		if (audit_add(a, &w->err, "asked", "", text, "person", text, "ruser", text, "by",
		    text, "origin", text, "rule", text, "reason", text, "cwd", text, "*argv", &argv,
		    NULL) == -1)
			fail_msg("%s: %s", all[i].name, w->err.text);
	}
}

/* A3: each row is one line of JSON without a member twice, and has what was said. */
static void
rows_golden(struct world *w)
{
	struct audit_row *row;
	struct list rows;
	char *out = NULL;
	json_t *o;
	size_t i, len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(store_audit_page(w->store, &rows, 0, 10000, "", 0, 0, &w->err), 0);
	assert_int_equal(rows.n, n_all);
	row = rows.v;
	for (i = 0; i < rows.n; i++) {
		fprintf(f, "%s\n", row[i].record);
		assert_non_null(o = json_loads(row[i].record, JSON_REJECT_DUPLICATES, NULL));
		assert_string_equal(json_string_value(json_object_get(o, "event")), "asked");
		json_decref(o);
	}
	store_rows_clear(&rows, &audit_row_table);
	fclose(f);
	assert_int_equal(hostile_lines(out), n_all);
	hostile_golden("record.jsonl", out);
	free(out);
}

static void
A3_hostile_texts_in_record_syslog_and_journal(void **state)
{
	struct world *w = *state;
	char dir[] = "/tmp/s3jit-hostile.XXXXXX", log[64], jour[64];
	char *lines = NULL, *fields = NULL;
	struct audit *a;
	size_t len, n = 0;
	FILE *f = open_memstream(&lines, &len);
	int fd[2], tries;

	journal = open_memstream(&fields, &len);
	assert_non_null(f);
	assert_non_null(journal);
	assert_non_null(mkdtemp(dir));
	snprintf(log, sizeof(log), "%s/log", dir);
	snprintf(jour, sizeof(jour), "%s/journal", dir);
	fd[0] = listen_at(log);
	fd[1] = listen_at(jour);
	assert_int_equal(audit_new(&a, w->store, "bastion-07", "boot-1", "c0ffee", &w->err), 0);
	audit_paths(a, log, jour);
	add_all(w, a);
	for (tries = 0; n < n_all && tries < 1000; tries++) {
		audit_forward(a);
		while (line_take(f, fd[0]) == 1)
			n++;
	}
	fclose(f);
	fclose(journal);
	assert_int_equal(n, n_all);
	rows_golden(w);
	hostile_golden("syslog.txt", lines);
#ifdef HAVE_LIBSYSTEMD
	assert_int_equal(entries, n_all);
	hostile_golden("journal.txt", fields);
#endif
	audit_free(a);
	close(fd[0]);
	close(fd[1]);
	unlink(log);
	unlink(jour);
	rmdir(dir);
	free(lines);
	free(fields);
}

static void
control_each_text_is_seen_where_nothing_escapes_it(void **state)
{
	(void)state;
	hostile_control();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(A3_hostile_texts_in_record_syslog_and_journal,
		    world_new, world_free),
		cmocka_unit_test(control_each_text_is_seen_where_nothing_escapes_it),
	};
	int failed;

	clock_replace(wall, boot);
	all = hostile_read(&n_all);
	failed = cmocka_run_group_tests_name("hostile record", tests, NULL, NULL);
	hostile_free(all, n_all);
	return failed;
}
