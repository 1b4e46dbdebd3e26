/*
 * test_client_flow.c - from the question to the end, against a broker that a
 * thread plays: approved, denied, withdrawn, changed, revoked, over time.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/approve.h"
#include "client/signals.h"
#include "client/task.h"
#include "s3jit/clock.h"
#include "s3jit/wire.h"
#include "tests/unit/client_request.h"

#define ID "kmxqrtvzkmxqrtvzkmxqrtvzkmxqrtvz"
#define S(x) (char *)(uintptr_t)(x)

static int line;			/* the broker's end */
static pthread_t thread;
static char complaint[256];		/* of the broker's thread */
static char file[] = "/tmp/s3jit-flow-XXXXXX";
static char heard_digest[DIGEST_HEX];
static struct msg_end ended;
static int slow;			/* signatures make the fake transfer wait */

/* ---- the broker's side ---- */

#define WANT(cond) do { \
	if (!(cond)) { \
		snprintf(complaint, sizeof(complaint), "line %d: %s", __LINE__, #cond); \
		return -1; \
	} \
} while (0)

static int
say(const struct table *t, const void *msg)
{
	struct s3jit_err err;
	char *json;
	int ret;

	if (codec_encode(&json, t, msg, &err) == -1) {
		snprintf(complaint, sizeof(complaint), "encode: %.200s", err.text);
		return -1;
	}
	ret = wire_write(line, json, strlen(json), clock_boot_ms() + 5000, &err);
	codec_wipe_free(json);
	return ret;
}

static int
hear(const struct table *t, void *msg)
{
	struct s3jit_err err;
	void *json;
	size_t len;
	int ret;

	if (wire_read(line, &json, &len, WIRE_MAX, clock_boot_ms() + 10000, &err) == -1) {
		snprintf(complaint, sizeof(complaint), "waiting for %s: %.200s", t->name, err.text);
		return -1;
	}
	ret = codec_decode(msg, t, json, len, &err);
	if (ret == -1)
		snprintf(complaint, sizeof(complaint), "waiting for %s: %.200s", t->name, err.text);
	codec_wipe_free(json);
	return ret;
}

static int
greeted(void)
{
	struct msg_hello hello = { WIRE_VERSION, S("nonce"), S("user") };
	struct msg_greet greet;

	WANT(say(&hello_table, &hello) == 0 && hear(&greet_table, &greet) == 0);
	WANT(strcmp(greet.nonce, "nonce") == 0);
	codec_clear(&greet_table, &greet);
	return 0;
}

static int
event(const char *what, const char *by, const char *text)
{
	struct msg_event ev = { S(ID), S(what), S(by), S(text), 1 };

	return say(&event_table, &ev);
}

static int
refuse(enum s3jit_code code, const char *text)
{
	struct msg_error e = { S(s3jit_code_word(code)), S(text), S("do that next") };

	return say(&error_table, &e);
}

static int
okay(void)
{
	struct msg_ok ok = { S("") };

	return say(&ok_table, &ok);
}

static int
checked(void)
{
	struct msg_checked c = { 0 };
	struct msg_check ask;
	int ret;

	WANT(hear(&check_table, &ask) == 0);
	c.rule = S("report uploads");
	c.where = S("/etc/s3jit/s3jit.conf:14");
	c.scope = ask.scope;
	c.delivery = ask.delivery;
	c.host = S("bastion");
	c.reason = S("[A-Z]+-[0-9]+ .+");
	c.reason_required = true;
	c.max_ttl = 1800;
	c.default_ttl = 900;
	strv_push(&c.quorum, "1 of group:leads");
	ret = say(&checked_table, &c);
	strv_clear(&c.quorum);
	codec_clear(&check_table, &ask);
	return ret;
}

static int
state_say(const struct msg_ask *ask, const char *word)
{
	struct msg_state s = { 0 };
	int ret;

	s.id = S(ID);
	s.digest = S("");
	s.state = S(word);
	s.why = s.by = s.text = S("");
	s.needed = 1;
	s.ttl = 900;
	s.now = clock_wall();
	s.lapses = s.now + 600;
	s.rule = S("report uploads");
	s.delivery = ask->delivery;
	s.host = S("bastion");
	s.scope = ask->scope;
	s.argv = ask->argv;
	s.objects = ask->objects;
	s.cwd = ask->cwd;
	strv_push(&s.approvers, "bob");
	ret = say(&state_table, &s);
	strv_clear(&s.approvers);
	return ret;
}

/* greet, check, ask; the state is `word`. */
static int
asked(const char *word)
{
	struct msg_ask ask;

	if (greeted() == -1 || checked() == -1)
		return -1;
	WANT(hear(&ask_table, &ask) == 0);
	WANT(strcmp(ask.reason, "OPS-1 test") == 0);
	WANT(ask.ttl == 600);
	WANT(state_say(&ask, word) == 0);
	codec_clear(&ask_table, &ask);
	return 0;
}

/* claim; a grant of `seconds`, with keys for a command. */
static int
claimed(const char *delivery, int64_t seconds)
{
	struct msg_credentials keys = { S("ASIATEST"), S("verysecret"), S("token"), 0 };
	struct msg_grant g = { 0 };
	struct msg_claim claim;

	WANT(hear(&claim_table, &claim) == 0);
	WANT(strcmp(claim.id, ID) == 0);
	codec_clear(&claim_table, &claim);
	g.id = S(ID);
	g.now = clock_wall();
	g.deadline = keys.expiration = g.now + seconds;
	g.delivery = S(delivery);
	g.region = S("eu-central-1");
	g.endpoint = S("https://s3.eu-central-1.amazonaws.com");
	g.ca_file = S("");
	if (strcmp(delivery, DELIVERY_COMMAND) == 0)
		g.credentials = &keys;
	return say(&grant_table, &g);
}

static int
signs(int n)
{
	struct msg_signed answer = { 0 };
	struct msg_sign ask;

	while (n-- > 0) {
		WANT(hear(&sign_table, &ask) == 0);
		WANT(strcmp(ask.id, ID) == 0);
		answer.slot = ask.slot;
		answer.url = S(slow ? "https://slow/" : "https://s3/");
		WANT(say(&signed_table, &answer) == 0);
		codec_clear(&sign_table, &ask);
	}
	return 0;
}

static int
ends(void)
{
	WANT(hear(&end_table, &ended) == 0);
	return okay();
}

static int
withdrawn(void)
{
	struct msg_withdraw ask;

	WANT(hear(&withdraw_table, &ask) == 0);
	codec_clear(&withdraw_table, &ask);
	return okay();
}

static void *
broker(void *arg)
{
	int (*script)(void);
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	memcpy(&script, arg, sizeof(script));
	(void)script();
	close(line);
	return NULL;
}

/* ---- our side ---- */

static struct app app;

static void
begin(int (*script)(void))
{
	static int (*kept)(void);
	int pair[2];

	memset(&app, 0, sizeof(app));
	app.ui.width = 80;
	app.opt.reason = "OPS-1 test";
	app.opt.ttl = 600;
	complaint[0] = '\0';
	slow = 0;
	kept = script;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	line = pair[0];
	assert_int_equal(pthread_create(&thread, NULL, broker, &kept), 0);
	if (conn_from_fd(&app.conn, pair[1], "test", 5000, &app.err) == -1)
		fail_msg("%s", app.err.text);
}

/* The exit status of the whole. */
static int
finish(int ret)
{
	int status = ret == 0 || app.status != 0 ? app.status : s3jit_code_exit(app.err.code);

	conn_free(app.conn);
	pthread_join(thread, NULL);
	if (complaint[0] != '\0')
		fail_msg("the broker: %s (we: %s)", complaint, app.err.text);
	strv_clear(&app.opt.allow);
	strv_clear(&app.yes);
	free(app.hint);
	return status;
}

static int
put(int (*script)(void))
{
	char *argv[] = { file, S("s3://prod-reports/2026/report.csv"), NULL };

	begin(script);
	return finish(verb_put(&app, 2, argv));
}

static int
run(int (*script)(void), const char *shell)
{
	char *argv[] = { S("sh"), S("-c"), S(shell), NULL };

	begin(script);
	strv_push(&app.opt.allow, "put s3://prod-reports/2026/");
	return finish(verb_run(&app, 3, argv));
}

static int
file_make(void **state)
{
	int fd;

	(void)state;
	strcpy(file, "/tmp/s3jit-flow-XXXXXX");
	if ((fd = mkstemp(file)) == -1 || write(fd, "hello", 5) != 5)
		return -1;
	close(fd);
	return 0;
}

static int
file_remove(void **state)
{
	(void)state;
	unlink(file);
	codec_clear(&end_table, &ended);
	return 0;
}

/* ---- put ---- */

static int
put_approved(void)
{
	return asked("pending") == -1 || event("looking", "bob", "") == -1 ||
	    event("approved", "bob", "") == -1 || claimed(DELIVERY_SIGNED, 600) == -1 ||
	    signs(1) == -1 ? -1 : ends();
}

static void
put_goes_through(void **state)
{
	(void)state;
	assert_int_equal(put(put_approved), 0);
	assert_string_equal(ended.outcome, "done");
	assert_string_equal(app.outcome, "done");
	assert_string_equal(app.id, ID);
}

static int
put_automatic(void)
{
	return asked("approved") == -1 || claimed(DELIVERY_SIGNED, 600) == -1 || signs(1) == -1 ?
	    -1 : ends();
}

static void
put_allowed_by_the_rule_itself(void **state)
{
	(void)state;
	assert_int_equal(put(put_automatic), 0);
}

static int
put_denied(void)
{
	return asked("pending") == -1 ? -1 : event("denied", "bob", "wrong month, see OPS-411");
}

static void
denied_ends_with_110_and_says_why(void **state)
{
	(void)state;
	assert_int_equal(put(put_denied), 110);
	assert_string_equal(app.err.text, "Denied by bob: \"wrong month, see OPS-411\".  "
	    "Nothing was changed.  Request kmxqrtvz.");
}

static int
put_lapsed(void)
{
	return asked("pending") == -1 ? -1 : event("lapsed", "", "");
}

static void
lapsed_ends_with_111(void **state)
{
	(void)state;
	assert_int_equal(put(put_lapsed), 111);
}

static int
put_interrupted(void)
{
	if (asked("pending") == -1)
		return -1;
	usleep(100000);
	kill(getpid(), SIGINT);
	return withdrawn();
}

static void
interrupt_withdraws_and_ends_with_112(void **state)
{
	(void)state;
	assert_int_equal(put(put_interrupted), 112);
}

static int
put_hung_up(void)
{
	struct s3jit_err err;
	void *json;
	size_t len;

	if (asked("pending") == -1)
		return -1;
	usleep(100000);
	kill(getpid(), SIGHUP);
	/* nothing more is said: the request stays */
	WANT(wire_read(line, &json, &len, WIRE_MAX, clock_boot_ms() + 5000, &err) == -1);
	WANT(err.code == S3JIT_EBROKER);
	return 0;
}

static void
a_lost_line_leaves_the_request(void **state)
{
	(void)state;
	assert_int_equal(put(put_hung_up), 128 + SIGHUP);
}

static int
put_changed(void)
{
	FILE *f;

	if (asked("pending") == -1)
		return -1;
	WANT((f = fopen(file, "we")) != NULL);
	fputs("HELLO", f);
	fclose(f);
	return event("approved", "bob", "") == -1 ? -1 : withdrawn();
}

static void
changed_since_approval_ends_with_118_and_nothing_is_sent(void **state)
{
	(void)state;
	assert_int_equal(put(put_changed), 118);
}

static int
put_sign_refused(void)
{
	struct msg_sign ask;

	if (asked("approved") == -1 || claimed(DELIVERY_SIGNED, 600) == -1)
		return -1;
	WANT(hear(&sign_table, &ask) == 0);
	codec_clear(&sign_table, &ask);
	return refuse(S3JIT_EAWS, "AWS refused: AccessDenied") == -1 ? -1 : ends();
}

static void
what_aws_refuses_ends_with_115(void **state)
{
	(void)state;
	assert_int_equal(put(put_sign_refused), 115);
	assert_string_equal(ended.outcome, "failed");
}

static int
put_revoked(void)
{
	if (asked("approved") == -1 || claimed(DELIVERY_SIGNED, 600) == -1)
		return -1;
	slow = 1;
	return signs(1) == -1 || event("revoked", "bob", "stop that") == -1 ? -1 : ends();
}

static void
revoked_while_sending_ends_with_116(void **state)
{
	(void)state;
	assert_int_equal(put(put_revoked), 116);
	assert_non_null(strstr(app.err.text, "Revoked by bob: \"stop that\""));
}

static int
put_reauth(void)
{
	struct msg_ask ask;

	if (greeted() == -1 || checked() == -1)
		return -1;
	WANT(hear(&ask_table, &ask) == 0);
	codec_clear(&ask_table, &ask);
	return refuse(S3JIT_EREAUTH, "This needs you to re-authenticate first.");
}

/* No installed s3-sudo, or a second time round: it says why and does not go in circles. */
static void
reauth_that_can_not_be_ends_with_113(void **state)
{
	(void)state;
	assert_int_equal(put(put_reauth), 113);
	setenv(REAUTH_GUARD, "1", 1);
	assert_int_equal(put(put_reauth), 113);
	unsetenv(REAUTH_GUARD);
}

static int
put_no_wait(void)
{
	return asked("pending");
}

static void
no_wait_leaves_with_0(void **state)
{
	char *argv[] = { file, S("s3://prod-reports/2026/"), NULL };

	(void)state;
	begin(put_no_wait);
	app.opt.no_wait = true;
	assert_int_equal(finish(verb_put(&app, 2, argv)), 0);
	assert_string_equal(app.outcome, "pending");
}

static int
put_reason_refused(void)
{
	return greeted() == -1 ? -1 : checked();
}

static void
a_reason_of_the_wrong_form_asks_nobody(void **state)
{
	char *argv[] = { file, S("s3://prod-reports/2026/"), NULL };

	(void)state;
	begin(put_reason_refused);
	app.opt.reason = "because";
	assert_int_equal(finish(verb_put(&app, 2, argv)), 2);
}

static int
only_greeted(void)
{
	return greeted();
}

static void
wrong_words_ask_nobody(void **state)
{
	static const char *const bad[] = {
		"/tmp/x", "s3://", "s3://UPPER/x", "s3://prod-reports", "s3://b/\n", "s3://a--x-s3/k"
	};
	char *argv[] = { file, NULL, NULL };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(only_greeted);
		argv[1] = S(bad[i]);
		if (strcmp(bad[i], "s3://prod-reports") == 0)
			argv[0] = S("/nonexistent");
		assert_int_equal(finish(verb_put(&app, 2, argv)), 2);
	}
}

/* ---- get, ls ---- */

static int
get(int (*script)(void), const char *uri, const char *to)
{
	char *argv[] = { S(uri), S(to), NULL };

	begin(script);
	return finish(verb_get(&app, 2, argv));
}

static int
file_is(const char *text)
{
	char buf[64] = "";
	FILE *f = fopen(file, "re");

	assert_non_null(f);
	(void)!fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	return strcmp(buf, text) == 0;
}

/* A file is replaced by the whole object or not at all, and nothing is left beside it. */
static void
get_replaces_a_file_only_with_the_whole(void **state)
{
	char command[128];

	(void)state;
	assert_int_equal(truncate(file, 1), 0);
	assert_int_equal(get(put_sign_refused, "s3://prod-billing/2026/q1.csv", file), 115);
	assert_true(file_is("h"));
	codec_clear(&end_table, &ended);
	assert_int_equal(get(put_automatic, "s3://prod-billing/2026/q1.csv", file), 0);
	assert_true(file_is("hello"));
	snprintf(command, sizeof(command), "test -z \"$(ls %s.* 2>/dev/null)\"", file);
	assert_int_equal(system(command), 0);
	codec_clear(&end_table, &ended);
	assert_int_equal(get(put_automatic, "s3://prod-billing/2026/q1.csv", "/dev/null"), 0);
}

static void
get_wants_one_object(void **state)
{
	(void)state;
	assert_int_equal(get(only_greeted, "s3://prod-billing/2026/", file), 2);
}

/* What S3 calls its objects is somebody's text, too (Q13). */
static void
Q13_ls_escapes_names(void **state)
{
	char *argv[] = { S("s3://prod-billing/2026/"), NULL };
	int kept = dup(STDOUT_FILENO);
	char text[512] = "";
	FILE *f = tmpfile();

	(void)state;
	begin(put_automatic);
	fflush(stdout);
	assert_int_not_equal(dup2(fileno(f), STDOUT_FILENO), -1);
	verb_ls(&app, 1, argv);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	assert_int_equal(finish(0), 0);
	rewind(f);
	(void)!fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_non_null(strstr(text, "5  evil\\u{001B}[2J\n"));
	assert_non_null(strstr(text, "folder  q1/\n"));
	assert_null(strchr(text, '\033'));
}

/* ---- run ---- */

static int
run_fine(void)
{
	return asked("approved") == -1 || claimed(DELIVERY_COMMAND, 600) == -1 ? -1 : ends();
}

static void
run_gives_keys_and_the_commands_own_status(void **state)
{
	(void)state;
	assert_int_equal(run(run_fine, "test \"$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY"
	    "$AWS_SESSION_TOKEN\" = ASIATESTverysecrettoken && exit 7"), 7);
	assert_int_equal(ended.status, 7);
	assert_string_equal(ended.outcome, "failed");
	codec_clear(&end_table, &ended);
	assert_int_equal(run(run_fine, "exit 0"), 0);
	assert_string_equal(ended.outcome, "done");
	codec_clear(&end_table, &ended);
	assert_int_equal(run(run_fine, "kill -KILL $$"), 128 + SIGKILL);
}

/* H2: the command has 0-2 and nothing of ours. */
static void
H2_the_command_inherits_no_descriptor_of_ours(void **state)
{
	(void)state;
	assert_int_equal(run(run_fine, "for f in /proc/$$/fd/*; do case $(readlink $f) in "
	    "socket:*|anon_inode:*) exit 9;; esac; done; exit 0"), 0);
}

static int
run_revoked(void)
{
	if (asked("approved") == -1 || claimed(DELIVERY_COMMAND, 600) == -1)
		return -1;
	usleep(300000);
	return event("revoked", "bob", "stop") == -1 ? -1 : ends();
}

/* Also what left its parent and what ignores TERM is gone afterwards. */
static void
revoke_ends_the_whole_tree_with_116(void **state)
{
	char command[512];
	FILE *f;
	int pid;

	(void)state;
	snprintf(command, sizeof(command), "(setsid sh -c 'trap \"\" TERM; echo $$ >%s; "
	    "while :; do sleep 1; done' &) ; sleep 60", file);
	assert_int_equal(run(run_revoked, command), 116);
	assert_non_null(f = fopen(file, "re"));
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

/* Its first thread has ended, so it looks like a zombie. */
static void
a_process_without_its_first_thread_is_ended_too(void **state)
{
	int64_t from = clock_boot_ms();

	(void)state;
	assert_int_equal(run(run_revoked, "exec python3 -c 'import ctypes, threading, time\n"
	    "threading.Thread(target=lambda: time.sleep(60)).start()\n"
	    "ctypes.CDLL(None).pthread_exit(None)'"), 116);
	assert_true(clock_boot_ms() - from < 20000);
}

/* Ctrl-C while the keys were on their way. */
static int
run_interrupted(void)
{
	if (asked("approved") == -1)
		return -1;
	usleep(300000);		/* the claim is there */
	kill(getpid(), SIGINT);
	return claimed(DELIVERY_COMMAND, 600) == -1 ? -1 : ends();
}

static void
what_was_stopped_before_it_began_does_not_begin(void **state)
{
	char command[512];
	struct stat st;

	(void)state;
	snprintf(command, sizeof(command), "echo too long >>%s", file);
	assert_int_equal(run(run_interrupted, command), 112);
	assert_int_equal(signals_next(NULL), SIGINT);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_string_equal(ended.outcome, "failed");
}

/* A late answer is nobody's: the next question is not told it. */
static int
answers_late(void)
{
	struct msg_status ask;

	if (greeted() == -1)
		return -1;
	WANT(hear(&status_table, &ask) == 0);
	usleep(400000);
	(void)okay();
	return 0;
}

static void
a_late_answer_is_not_the_next_ones(void **state)
{
	struct msg_status ask;
	struct msg_ok ok;

	(void)state;
	memset(&ask, 0, sizeof(ask));
	begin(answers_late);
	conn_patience(app.conn, 100);
	assert_int_equal(conn_ask(app.conn, &status_table, &ask, &ok_table, &ok, &app.err), -1);
	assert_int_equal(app.err.code, S3JIT_ETIMEOUT);
	usleep(500000);
	assert_int_equal(conn_ask(app.conn, &status_table, &ask, &ok_table, &ok, &app.err), -1);
	assert_int_equal(app.err.code, S3JIT_EBROKER);
	(void)finish(-1);
}

static int
run_over_time(void)
{
	return asked("approved") == -1 || claimed(DELIVERY_COMMAND, 1) == -1 ? -1 : ends();
}

static void
the_deadline_ends_the_command_with_117(void **state)
{
	int64_t from = clock_boot_ms();

	(void)state;
	assert_int_equal(run(run_over_time, "sleep 60"), 117);
	assert_true(clock_boot_ms() - from < 5000);
}

static int
run_closed(void)
{
	if (asked("approved") == -1 || claimed(DELIVERY_COMMAND, 600) == -1)
		return -1;
	usleep(100000);
	return event("logout", "", "") == -1 ? -1 : ends();
}

static void
logout_ends_the_command_with_116(void **state)
{
	(void)state;
	assert_int_equal(run(run_closed, "sleep 60"), 116);
}

static int
run_signalled(void)
{
	if (asked("approved") == -1 || claimed(DELIVERY_COMMAND, 600) == -1)
		return -1;
	usleep(300000);
	kill(getpid(), SIGTERM);
	return ends();
}

static void
a_signal_to_us_reaches_the_command(void **state)
{
	(void)state;
	assert_int_equal(run(run_signalled, "trap 'exit 42' TERM; while :; do sleep 0.1; done"), 42);
}

static void
a_command_that_is_not_there_asks_nobody(void **state)
{
	char *argv[] = { S("no-such-command-of-ours"), NULL };

	(void)state;
	begin(only_greeted);
	strv_push(&app.opt.allow, "put s3://prod-reports/2026/");
	assert_int_equal(finish(verb_run(&app, 1, argv)), 127);
	begin(only_greeted);
	strv_push(&app.opt.allow, "put s3://prod-reports/2026/");
	argv[0] = S("/tmp");
	assert_int_equal(finish(verb_run(&app, 1, argv)), 126);
}

/* ---- the approver ---- */

/* The broker shows other text than is stored; the vote must carry the digest of what was shown. */
static int
show_something_else(void)
{
	struct msg_shown stored, shown;
	struct msg_ask none = { 0 };
	struct msg_show show;
	struct msg_vote vote;
	char digest[DIGEST_HEX];

	if (greeted() == -1)
		return -1;
	WANT(hear(&show_table, &show) == 0);
	codec_clear(&show_table, &show);
	shown_put(&stored);
	shown_put(&shown);
	set_text(&shown.request->scope.v[0], "put s3://prod-reports/2026/harmless.csv");
	WANT(say(&shown_table, &shown) == 0);
	WANT(hear(&vote_table, &vote) == 0);
	snprintf(heard_digest, sizeof(heard_digest), "%s", vote.digest);
	request_digest_hex(digest, stored.request);
	WANT(strcmp(vote.digest, digest) != 0);
	request_digest_hex(digest, shown.request);
	WANT(strcmp(vote.digest, digest) == 0);
	WANT(!vote.yes && strcmp(vote.why, "wrong month") == 0);
	codec_clear(&vote_table, &vote);
	codec_clear(&shown_table, &stored);
	codec_clear(&shown_table, &shown);
	none.delivery = S(DELIVERY_SIGNED);
	none.cwd = S("");
	return state_say(&none, "ended");
}

static void
Q2_the_vote_carries_the_digest_of_what_was_shown(void **state)
{
	(void)state;
	begin(show_something_else);
	assert_int_equal(finish(approve_deny(&app, "kmxqrtvz", "wrong month")), 0);
}

/* Each field of a request is in the digest: flip any, and it is another (Q1). */
static void
Q1_every_field_changes_the_digest(void **state)
{
	char before[DIGEST_HEX], after[DIGEST_HEX];
	const struct field *f;
	struct msg_shown s;
	char *member, *kept;

	(void)state;
	shown_put(&s);
	request_digest_hex(before, s.request);
	for (f = request_table.fields; f->name != NULL; f++) {
		member = (char *)s.request + f->off;
		if (f->type == F_INT) {
			*(int64_t *)(void *)member += 1;
			request_digest_hex(after, s.request);
			*(int64_t *)(void *)member -= 1;
		} else if (f->type == F_STR) {
			memcpy(&kept, member, sizeof(kept));
			*(char **)(void *)member = S("another");
			request_digest_hex(after, s.request);
			memcpy(member, &kept, sizeof(kept));
		} else {	/* strv and list begin alike: pointer, number */
			((struct strv *)(void *)member)->n -= 1;
			request_digest_hex(after, s.request);
			((struct strv *)(void *)member)->n += 1;
		}
		if (strcmp(before, after) == 0)
			fail_msg("%s is not in the digest", f->name);
	}
	codec_clear(&shown_table, &s);
}

static int
show_not_mine(void)
{
	struct msg_shown s;
	struct msg_show show;

	if (greeted() == -1)
		return -1;
	WANT(hear(&show_table, &show) == 0);
	codec_clear(&show_table, &show);
	shown_put(&s);
	s.may_vote = false;
	set_text(&s.may_not, "You asked this yourself.");
	WANT(say(&shown_table, &s) == 0);
	codec_clear(&shown_table, &s);
	return 0;
}

static void
own_request_is_shown_but_not_asked_about(void **state)
{
	enum answer answer;

	(void)state;
	begin(show_not_mine);
	assert_int_equal(finish(approve_one(&app, "kmxqrtvz", 0, 0, &answer)), 113);
	assert_string_equal(app.err.text, "You asked this yourself.");
}

static int
show_handled(void)
{
	struct msg_shown s;
	struct msg_show show;

	if (greeted() == -1)
		return -1;
	WANT(hear(&show_table, &show) == 0);
	codec_clear(&show_table, &show);
	shown_put(&s);
	set_text(&s.state, "approved");
	set_text(&s.by, "carol");
	WANT(say(&shown_table, &s) == 0);
	codec_clear(&shown_table, &s);
	return 0;
}

static void
what_is_handled_already_ends_with_0(void **state)
{
	enum answer answer;

	(void)state;
	begin(show_handled);
	assert_int_equal(finish(approve_one(&app, "kmxqrtvz", 0, 0, &answer)), 0);
	assert_int_equal(answer, ANSWER_NONE);
}

/* ---- the connection ---- */

static int
events_before_the_answer(void)
{
	struct msg_status ask;
	struct msg_status_answer answer = { { NULL, 0 } };

	if (greeted() == -1)
		return -1;
	WANT(hear(&status_table, &ask) == 0);
	WANT(event("looking", "bob", "") == 0 && event("yes", "carol", "") == 0);
	WANT(say(&status_answer_table, &answer) == 0);
	return refuse(S3JIT_EENDED, "This login is over.");
}

static void
events_are_kept_while_an_answer_is_awaited(void **state)
{
	struct msg_status ask = { };
	struct msg_status_answer answer;
	struct msg_event ev;

	(void)state;
	begin(events_before_the_answer);
	assert_int_equal(app_ask(&app, &status_table, &ask, &status_answer_table, &answer), 0);
	assert_true(conn_has_event(app.conn));
	assert_int_equal(conn_event(app.conn, &ev, 0, &app.err), 1);
	assert_string_equal(ev.what, "looking");
	codec_clear(&event_table, &ev);
	assert_int_equal(conn_event(app.conn, &ev, 0, &app.err), 1);
	assert_string_equal(ev.what, "yes");
	codec_clear(&event_table, &ev);
	/* an error that nobody asked for ends it: in the broker's words */
	assert_int_equal(conn_event(app.conn, &ev, clock_boot_ms() + 2000, &app.err), -1);
	assert_string_equal(app.err.text, "This login is over.");
	assert_int_equal(finish(-1), 116);
}

static void
a_silent_broker_is_not_waited_for(void **state)
{
	int64_t from = clock_boot_ms();
	struct s3jit_err err;
	int pair[2];
	struct conn *c;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(conn_from_fd(&c, pair[1], "test", 300, &err), -1);
	assert_int_equal(s3jit_code_exit(err.code), 114);
	assert_true(clock_boot_ms() - from < 2000);
	close(pair[0]);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, file_make, file_remove)
	const struct CMUnitTest tests[] = {
		TEST(put_goes_through),
		TEST(put_allowed_by_the_rule_itself),
		TEST(denied_ends_with_110_and_says_why),
		TEST(lapsed_ends_with_111),
		TEST(interrupt_withdraws_and_ends_with_112),
		TEST(a_lost_line_leaves_the_request),
		TEST(changed_since_approval_ends_with_118_and_nothing_is_sent),
		TEST(what_aws_refuses_ends_with_115),
		TEST(revoked_while_sending_ends_with_116),
		TEST(reauth_that_can_not_be_ends_with_113),
		TEST(no_wait_leaves_with_0),
		TEST(a_reason_of_the_wrong_form_asks_nobody),
		TEST(wrong_words_ask_nobody),
		TEST(get_replaces_a_file_only_with_the_whole),
		TEST(get_wants_one_object),
		TEST(Q13_ls_escapes_names),
		TEST(run_gives_keys_and_the_commands_own_status),
		TEST(H2_the_command_inherits_no_descriptor_of_ours),
		TEST(revoke_ends_the_whole_tree_with_116),
		TEST(a_process_without_its_first_thread_is_ended_too),
		TEST(what_was_stopped_before_it_began_does_not_begin),
		TEST(a_late_answer_is_not_the_next_ones),
		TEST(the_deadline_ends_the_command_with_117),
		TEST(logout_ends_the_command_with_116),
		TEST(a_signal_to_us_reaches_the_command),
		TEST(a_command_that_is_not_there_asks_nobody),
		TEST(Q2_the_vote_carries_the_digest_of_what_was_shown),
		TEST(Q1_every_field_changes_the_digest),
		TEST(own_request_is_shown_but_not_asked_about),
		TEST(what_is_handled_already_ends_with_0),
		TEST(events_are_kept_while_an_answer_is_awaited),
		TEST(a_silent_broker_is_not_waited_for),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("client flow", tests, NULL, NULL);
}
