/*
 * test_audit_send.c - records leave the host: to a syslog socket of our own
 * and to a journald whose call is wrapped; slow, absent and restarted ones.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker/audit.h"
#include "s3jit/clock.h"
#include "test_store_world.h"

#define BIG 65536

static int64_t boot_now = 5000;

static int64_t
boot(void)
{
	return boot_now;
}

static int64_t
wall(void)
{
	return 1790000000;
}

struct sent {
	struct world *w;
	struct audit *audit;
	char dir[64], log[96], journal[96];
	int log_fd, journal_fd;
};

/* --- a journald that only keeps what it was given ---------------------------------------- */

static struct {
	int calls, answer;
	char last[BIG];		/* the fields of the last call, a line each */
} journald;

int __wrap_sd_journal_sendv(const struct iovec *v, int n);

int
__wrap_sd_journal_sendv(const struct iovec *v, int n)
{
	size_t at = 0;
	int i;

	journald.calls++;
	for (i = 0; i < n && at + v[i].iov_len + 2 < sizeof(journald.last); i++) {
		memcpy(journald.last + at, v[i].iov_base, v[i].iov_len);
		at += v[i].iov_len;
		journald.last[at++] = '\n';
	}
	journald.last[at] = '\0';
	return journald.answer;
}

static void
assert_field(const char *line)
{
	if (strstr(journald.last, line) == NULL)
		fail_msg("no \"%s\" in:\n%s", line, journald.last);
}

/* --- sockets ------------------------------------------------------------------------------- */

static int
listen_at(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_int_not_equal(fd, -1);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
stop(int *fd, const char *path)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	unlink(path);
}

/* The next line that syslog got, or NULL. */
static const char *
line_of(const struct sent *t)
{
	static char line[BIG + 1];
	ssize_t n = recv(t->log_fd, line, BIG, 0);

	if (n == -1)
		return NULL;
	line[n] = '\0';
	return line;
}

static void
assert_sent(const struct sent *t, const char *words)
{
	const char *line = line_of(t);

	assert_non_null(line);
	assert_non_null(strstr(line, words));
}

static int
count_lines(const struct sent *t)
{
	int n = 0;

	while (line_of(t) != NULL)
		n++;
	return n;
}

static void
start_audit(struct sent *t)
{
	assert_int_equal(audit_new(&t->audit, t->w->store, "bastion-07", "boot-1", "c0ffee",
	    &t->w->err), 0);
	audit_paths(t->audit, t->log, t->journal);
}

static int
set_up(void **state)
{
	struct sent *t = calloc(1, sizeof(*t));
	void *w;

	assert_non_null(t);
	clock_replace(wall, boot);
	setenv("TZ", "UTC", 1);
	boot_now = 5000;
	memset(&journald, 0, sizeof(journald));
	assert_int_equal(world_new(&w), 0);
	t->w = w;
	strcpy(t->dir, "/tmp/s3jit-send.XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->log, sizeof(t->log), "%s/log", t->dir);
	snprintf(t->journal, sizeof(t->journal), "%s/journal", t->dir);
	t->log_fd = t->journal_fd = -1;
	start_audit(t);
	*state = t;
	return 0;
}

static int
tear_down(void **state)
{
	struct sent *t = *state;
	void *w = t->w;

	audit_free(t->audit);
	stop(&t->log_fd, t->log);
	stop(&t->journal_fd, t->journal);
	rmdir(t->dir);
	world_free(&w);
	clock_replace(NULL, NULL);
	free(t);
	return 0;
}

static void
add(struct sent *t, const char *event)
{
	if (audit_add(t->audit, &t->w->err, event, "kmxqrtvz", "bob approved", "by", "b\nob",
	    NULL) == -1)
		fail_msg("%s", t->w->err.text);
}

static int64_t
mark(struct sent *t)
{
	return world_count(t->w, "SELECT value FROM meta WHERE name = 'audit-forwarded'");
}

/* A second later. */
static void
tick(struct sent *t)
{
	boot_now += 1000;
	audit_forward(t->audit);
}

/* --- syslog ------------------------------------------------------------------------------------ */

static void
a_line_has_number_hash_and_record(void **state)
{
	struct sent *t = *state;
	struct audit_row *row;
	struct list rows;
	char want[4096];

	t->log_fd = listen_at(t->log);
	add(t, "approved");
	audit_forward(t->audit);
	assert_int_equal(store_audit_page(t->w->store, &rows, 0, 10, "", 0, 0, &t->w->err), 0);
	row = rows.v;
	snprintf(want, sizeof(want), "<85>Sep 21 14:13:20 s3jitd[%ld]: seq=1 hash=%s %s",
	    (long)getpid(), row->hash, row->record);
	assert_string_equal(line_of(t), want);
	assert_null(line_of(t));
	store_rows_clear(&rows, &audit_row_table);
	audit_forward(t->audit);
	assert_null(line_of(t));	/* once is enough */
}

static void
A1_syslog_down_changes_nothing_but_the_mark(void **state)
{
	struct sent *t = *state;

	add(t, "one");
	tick(t);
	add(t, "two");
	tick(t);
	assert_int_equal(mark(t), 0);
	t->log_fd = listen_at(t->log);
	tick(t);
	assert_sent(t, "seq=1 ");
	assert_sent(t, "seq=2 ");
	assert_null(line_of(t));
	tick(t);
	assert_int_equal(mark(t), 2);
}

static void
a_restarted_syslog_is_found_again(void **state)
{
	struct sent *t = *state;

	t->log_fd = listen_at(t->log);
	add(t, "one");
	audit_forward(t->audit);
	assert_int_equal(count_lines(t), 1);
	stop(&t->log_fd, t->log);
	add(t, "two");
	audit_forward(t->audit);
	t->log_fd = listen_at(t->log);
	add(t, "three");
	audit_forward(t->audit);
	assert_sent(t, "seq=2 ");
	assert_sent(t, "seq=3 ");
}

static void
a_new_daemon_goes_on_at_the_mark(void **state)
{
	struct sent *t = *state;

	t->log_fd = listen_at(t->log);
	add(t, "one");
	tick(t);		/* sent and saved */
	assert_int_equal(mark(t), 1);
	add(t, "two");
	boot_now += 10;
	audit_forward(t->audit);/* sent; the mark is written at most once a second */
	assert_int_equal(mark(t), 1);
	add(t, "three");	/* not sent at all */
	assert_int_equal(count_lines(t), 2);
	world_read_only(t->w, true);	/* killed: nothing is saved */
	audit_free(t->audit);
	world_read_only(t->w, false);
	start_audit(t);
	tick(t);
	assert_sent(t, "seq=2 ");	/* twice rather than never */
	assert_sent(t, "seq=3 ");
	assert_null(line_of(t));
	assert_int_equal(mark(t), 3);
}

static void
a_clean_end_saves_the_mark(void **state)
{
	struct sent *t = *state;

	t->log_fd = listen_at(t->log);
	add(t, "one");
	boot_now = 10;
	audit_forward(t->audit);
	assert_int_equal(mark(t), 0);
	audit_free(t->audit);
	assert_int_equal(mark(t), 1);
	start_audit(t);
}

static void
a_slow_syslog_is_not_waited_for(void **state)
{
	struct sent *t = *state;
	int i, got = 0, n;

	t->log_fd = listen_at(t->log);
	for (i = 0; i < 2000; i++)
		add(t, "many");
	audit_forward(t->audit);	/* returns: the queue of the socket is full */
	for (i = 0; i < 2000 && got < 2000; i++) {
		n = count_lines(t);
		assert_true(n > 0);
		got += n;
		audit_forward(t->audit);
	}
	assert_int_equal(got, 2000);	/* each once, none lost */
	assert_int_equal(count_lines(t), 0);
}

static void
nothing_uncommitted_is_sent(void **state)
{
	struct sent *t = *state;

	t->log_fd = listen_at(t->log);
	world_begin(t->w);
	add(t, "approved");
	tick(t);
	assert_null(line_of(t));
	store_rollback(t->w->store);
	tick(t);
	assert_null(line_of(t));
}

static void
a_long_record_says_that_it_is_shortened(void **state)
{
	struct sent *t = *state;
	char *many[12], text[1500];
	const struct strv scope = { many, 12 };
	const char *line;
	size_t i;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 12; i++)
		many[i] = text;
	t->log_fd = listen_at(t->log);
	assert_int_equal(audit_add(t->audit, &t->w->err, "asked", "", "t", "*scope", &scope,
	    NULL), 0);
	audit_forward(t->audit);
	line = line_of(t);
	assert_non_null(line);
	assert_int_equal(strlen(line), 8192);
	assert_non_null(strstr(line, " seq=1 hash="));
	assert_non_null(strstr(line, " bytes: s3-audit log --json]"));
	assert_null(strchr(line, '\n'));
}

static void
A1_what_the_disk_refuses_is_at_least_sent(void **state)
{
	struct sent *t = *state;
	const char *line;

	t->log_fd = listen_at(t->log);
	world_read_only(t->w, true);
	audit_try(t->audit, "revoked", "kmxqrtvz", "bob revoked it", NULL);
	line = line_of(t);
	assert_non_null(line);
	assert_non_null(strstr(line, "seq=- hash=- {"));
	assert_non_null(strstr(line, "\"event\":\"revoked\""));
	world_read_only(t->w, false);
	tick(t);
	assert_sent(t, "\"event\":\"gap\"");
}

/* --- journald -------------------------------------------------------------------------------------- */

#ifdef HAVE_LIBSYSTEMD
/* As systemd makes it: /dev/log is a link to a socket of journald's. */
static void
link_log_to_journal(struct sent *t)
{
	assert_int_equal(symlink("/nonexistent/systemd/journal/dev-log", t->log), 0);
}

static void
journald_gets_fields(void **state)
{
	struct sent *t = *state;

	t->journal_fd = listen_at(t->journal);
	link_log_to_journal(t);
	add(t, "approved");
	tick(t);
	assert_int_equal(journald.calls, 1);
	assert_field("S3JIT_EVENT=approved\n");
	assert_field("S3JIT_ID=kmxqrtvz\n");
	assert_field("S3JIT_SEQ=1\n");
	assert_field("S3JIT_HASH=");
	assert_field("S3JIT_BY=b\\u{000A}ob\n");	/* one field, one line */
	assert_field("PRIORITY=5\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=s3jitd\n");
	assert_field("MESSAGE=seq=1 hash=");
	assert_int_equal(mark(t), 1);
}

static void
one_entry_where_the_log_is_the_journal_two_where_not(void **state)
{
	struct sent *t = *state;

	t->journal_fd = listen_at(t->journal);
	add(t, "one");
	tick(t);		/* no /dev/log at all */
	assert_int_equal(journald.calls, 1);
	t->log_fd = listen_at(t->log);
	add(t, "two");
	tick(t);		/* somebody else's /dev/log */
	assert_int_equal(journald.calls, 2);
	assert_int_equal(count_lines(t), 1);
	stop(&t->log_fd, t->log);
	link_log_to_journal(t);
	add(t, "three");
	tick(t);
	assert_int_equal(journald.calls, 3);
}

static void
an_absent_or_refusing_journald_keeps_the_mark(void **state)
{
	struct sent *t = *state;

	t->journal_fd = listen_at(t->journal);
	link_log_to_journal(t);
	journald.answer = -5;
	add(t, "one");
	tick(t);
	assert_int_equal(mark(t), 0);
	close(t->journal_fd);	/* the socket's name stays, nobody listens */
	t->journal_fd = -1;
	journald.answer = 0;
	journald.calls = 0;
	tick(t);
	assert_int_equal(journald.calls, 0);
	assert_int_equal(mark(t), 0);
	t->journal_fd = listen_at(t->journal);
	tick(t);
	assert_int_equal(journald.calls, 1);
	assert_int_equal(mark(t), 1);
}

static void
a_hanging_journald_is_not_waited_for(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct sent *t = *state;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	t->journal_fd = listen_at(t->journal);
	link_log_to_journal(t);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", t->journal);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	while (send(fd, "x", 1, 0) == 1)
		;		/* until its queue is full */
	add(t, "one");
	tick(t);
	assert_int_equal(journald.calls, 0);
	while (recv(t->journal_fd, sun.sun_path, 1, 0) == 1)
		;
	tick(t);
	assert_int_equal(journald.calls, 1);
	close(fd);
}
#endif

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_line_has_number_hash_and_record),
		T(A1_syslog_down_changes_nothing_but_the_mark),
		T(a_restarted_syslog_is_found_again),
		T(a_new_daemon_goes_on_at_the_mark),
		T(a_clean_end_saves_the_mark),
		T(a_slow_syslog_is_not_waited_for),
		T(nothing_uncommitted_is_sent),
		T(a_long_record_says_that_it_is_shortened),
		T(A1_what_the_disk_refuses_is_at_least_sent),
#ifdef HAVE_LIBSYSTEMD
		T(journald_gets_fields),
		T(one_entry_where_the_log_is_the_journal_two_where_not),
		T(an_absent_or_refusing_journald_keeps_the_mark),
		T(a_hanging_journald_is_not_waited_for),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
