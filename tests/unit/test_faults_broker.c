/*
 * test_faults_broker.c - each thing that people ask of the broker, with its
 * first, second, third ... call for memory, to the record and to files failing.
 *
 * Whatever fails: nothing is issued without its record, an answer of success is
 * true, memory and record agree, no descriptor is left, and once the fault is
 * over the same can be done.  Leaks are LeakSanitizer's to find.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/queue_private.h"
#include "race_world.h"
#include "walk.h"

#define OBJECT "data.csv"
#define TTL 600

struct job {
	char id[REQUEST_ID], digest[DIGEST_HEX];
};

struct op {
	const char *name;
	const char *delivery;
	enum { NOTHING, ASKED, APPROVED, ACTIVE } from;
	enum s3jit_code (*run)(struct job *);
	bool (*done)(const struct job *);	/* by the record and by memory; NULL = it changes nothing */
	unsigned how;
#define SILENT 1			/* nobody asked, so nobody is answered */
#define DENIES 2			/* AWS is told to refuse what was handed out */
};

/* Alice twice, bob, carol, dave twice. */
enum { ALICE = 0, BOB = 2, DAVE = 4 };


/* --- what stands in for the rest of the broker never fails ------------------------ */

void __real_conn_answer(struct conn *, const struct table *, const void *);
void __wrap_conn_answer(struct conn *, const struct table *, const void *);
void __real_signer_ask(struct signer_link *, const struct table *, void *, const struct table *,
    void (*)(void *, const void *, const struct s3jit_err *), void *);
void __wrap_signer_ask(struct signer_link *, const struct table *, void *, const struct table *,
    void (*)(void *, const void *, const struct s3jit_err *), void *);

void __wrap_audit_forward(struct audit *);

/* Here no syslog takes anything, so each call would read all there ever was. */
void
__wrap_audit_forward(struct audit *a)
{
	(void)a;
}

void
__wrap_conn_answer(struct conn *c, const struct table *table, const void *msg)
{
	faults_hold();
	__real_conn_answer(c, table, msg);
	faults_release();
}

/* Nothing is signed and no key leaves that is not on record. */
static void
signer_judge(const struct table *question, const void *msg)
{
	const struct sq_sign *sign = msg;
	const struct sq_hand_out *out = msg;
	char id[REQUEST_ID];

	snprintf(id, sizeof(id), "%.32s", question == &sq_sign_table ? sign->lease :
	    question == &sq_hand_out_table ? out->lease : "");
	if (question == &sq_sign_table && race_record(id, "sign") < 1)
		broken("signed before its record");
	if (question == &sq_hand_out_table && strncmp(out->lease, "b-", 2) != 0 &&
	    (race_record(id, "granted") != 1 || race_record(id, "lease") < 1))
		broken("keys handed out before their record");
}

void
__wrap_signer_ask(struct signer_link *link, const struct table *question, void *msg,
    const struct table *answer, void (*done)(void *, const void *, const struct s3jit_err *),
    void *arg)
{
	faults_hold();
	signer_judge(question, msg);
	__real_signer_ask(link, question, msg, answer, done, arg);
	faults_release();
}

static void
lease_judge(const char *id)
{
	if (id[0] != '\0' && (race_record(id, "granted") != 1 || race_record(id, "lease-intent") < 1))
		broken("a lease was asked for before its record");
}

/* --- operations ------------------------------------------------------------------- */

static enum s3jit_code
asks(struct job *j)
{
	return fake_ask_delivery(racer[ALICE], DELIVERY_COMMAND, "put s3://prod-reports/" OBJECT,
	    TTL, j->id, j->digest);
}

static enum s3jit_code
checks(struct job *j)
{
	char permission[] = "put s3://prod-reports/" OBJECT, *scope[] = { permission };
	struct msg_check q = { { scope, 1 }, (char *)DELIVERY_COMMAND, (char *)"" };

	(void)j;
	return fake_ask(racer[ALICE], on_check, &q);
}

static enum s3jit_code
reads_rules(struct job *j)
{
	(void)j;
	return fake_ask(racer[ALICE], on_rules, NULL);
}

static enum s3jit_code
reads_status(struct job *j)
{
	(void)j;
	return fake_ask(racer[ALICE], on_status, NULL);
}

static enum s3jit_code
lists(struct job *j)
{
	(void)j;
	return fake_ask(racer[BOB], on_list, NULL);
}

static enum s3jit_code
shows(struct job *j)
{
	struct msg_show q = { j->id };

	return fake_ask(racer[BOB], on_show, &q);
}

static enum s3jit_code
resumes(struct job *j)
{
	struct msg_resume q = { j->id };

	return fake_ask(racer[ALICE], on_resume, &q);
}

/* The line was lost, and is there again. */
static enum s3jit_code
comes_back(struct job *j)
{
	queue_conn_closed(&fake.b, &racer[ALICE]->conn);
	return resumes(j);
}

static enum s3jit_code
resumes_the_only_one(struct job *j)
{
	struct msg_resume q = { (char *)"" };

	(void)j;
	return fake_ask(racer[ALICE], on_resume, &q);
}

static enum s3jit_code
approves(struct job *j)
{
	return fake_vote(racer[BOB], j->id, j->digest, true);
}

static enum s3jit_code
denies(struct job *j)
{
	return fake_vote(racer[BOB], j->id, j->digest, false);
}

static enum s3jit_code
withdraws(struct job *j)
{
	struct msg_withdraw q = { j->id };

	return fake_ask(racer[ALICE], on_withdraw, &q);
}

static enum s3jit_code
claims(struct job *j)
{
	return fake_claim(racer[ALICE], j->id);
}

static enum s3jit_code
signs(struct job *j)
{
	return fake_sign(racer[ALICE], j->id, OBJECT, FAKE_SHA256);
}

static enum s3jit_code
gets_keys(struct job *j)
{
	struct msg_get_credentials q = { (char *)"s3-write" };

	(void)j;
	return fake_ask(racer[ALICE], on_get_credentials, &q);
}

static enum s3jit_code
gets_baseline(struct job *j)
{
	struct msg_get_credentials q = { (char *)"default" };

	(void)j;
	return fake_ask(racer[ALICE], on_get_credentials, &q);
}

static enum s3jit_code
closes(struct job *j)
{
	struct msg_close q = { j->id };

	return fake_ask(racer[ALICE], on_close, &q);
}

static enum s3jit_code
ends(struct job *j)
{
	struct msg_end q = { j->id, (char *)"done", 0 };

	return fake_ask(racer[ALICE], on_end, &q);
}

static enum s3jit_code
revokes(struct job *j)
{
	struct msg_revoke q = { j->id, (char *)"", false, (char *)"stop" };

	return fake_ask(racer[BOB], on_revoke, &q);
}

static enum s3jit_code
revokes_person(struct job *j)
{
	struct msg_revoke q = { (char *)"", (char *)"alice", false, (char *)"stop" };

	(void)j;
	return fake_ask(racer[BOB], on_revoke, &q);
}

static enum s3jit_code
reads_log(struct job *j)
{
	struct msg_log q = { 0, 50, j->id, 0, 0 };

	return fake_ask(racer[ALICE], on_log, &q);
}

static enum s3jit_code
expires(struct job *j)
{
	(void)j;
	fake_pass(TTL + 1);
	return S3JIT_OK;
}

static enum s3jit_code
logs_out(struct job *j)
{
	(void)j;
	queue_session_ended(&fake.b, racer_login[ALICE], "logout");
	return S3JIT_OK;
}

/* --- what they should have done --------------------------------------------------- */

static bool
is_asked(const struct job *j)
{
	return j->id[0] != '\0' && race_record(j->id, "asked") == 1;
}

static bool
is_approved(const struct job *j)
{
	return strcmp(fake_state(j->id), "approved") == 0 && race_record(j->id, "approved") == 1;
}

static bool
is_active(const struct job *j)
{
	return strcmp(fake_state(j->id), "active") == 0 && race_record(j->id, "granted") == 1;
}

static bool
is_signed(const struct job *j)
{
	return race_record(j->id, "sign") >= 1;
}

static bool
has_keys(const struct job *j)
{
	return race_record(j->id, "handed-out") >= 1;
}

/* On record, or in memory until the record can take it. */
static bool
is_over(const struct job *j)
{
	static const char *const ends_[] = { "denied", "lapsed", "withdrawn", "expired", "revoked",
		"logout", "done", NULL };
	const struct live *l = queue_find_live(&fake.b, j->id);

	return (l != NULL && l->dead) || race_records(j->id, ends_) == 1;
}

static const struct op ops[] = {
	{ "check", NULL, NOTHING, checks, NULL, 0 },
	{ "rules", NULL, NOTHING, reads_rules, NULL, 0 },
	{ "baseline", NULL, NOTHING, gets_baseline, NULL, 0 },
	{ "ask", NULL, NOTHING, asks, is_asked, 0 },
	{ "list", DELIVERY_COMMAND, ASKED, lists, NULL, 0 },
	{ "show", DELIVERY_COMMAND, ASKED, shows, NULL, 0 },
	{ "resume", DELIVERY_COMMAND, ASKED, resumes, NULL, 0 },
	{ "status", DELIVERY_COMMAND, ASKED, reads_status, NULL, 0 },
	{ "log", DELIVERY_COMMAND, ACTIVE, reads_log, NULL, 0 },
	{ "yes", DELIVERY_COMMAND, ASKED, approves, is_approved, 0 },
	{ "no", DELIVERY_COMMAND, ASKED, denies, is_over, 0 },
	{ "withdraw", DELIVERY_COMMAND, ASKED, withdraws, is_over, 0 },
	{ "claim for a command", DELIVERY_COMMAND, APPROVED, claims, is_active, 0 },
	{ "claim to sign", DELIVERY_SIGNED, APPROVED, claims, is_active, 0 },
	{ "claim to open", DELIVERY_SESSION, APPROVED, claims, is_active, 0 },
	{ "sign", DELIVERY_SIGNED, ACTIVE, signs, is_signed, 0 },
	{ "keys of what is open", DELIVERY_SESSION, ACTIVE, gets_keys, has_keys, 0 },
	{ "close", DELIVERY_SESSION, ACTIVE, closes, is_over, 0 },
	{ "end", DELIVERY_COMMAND, ACTIVE, ends, is_over, 0 },
	{ "revoke", DELIVERY_COMMAND, ACTIVE, revokes, is_over, 0 },
	{ "revoke a person", DELIVERY_COMMAND, ACTIVE, revokes_person, is_over, 0 },
	{ "expiry", DELIVERY_COMMAND, ACTIVE, expires, is_over, SILENT },
	{ "logout", DELIVERY_COMMAND, ACTIVE, logs_out, is_over, SILENT },
	{ "close, AWS told", DELIVERY_SESSION, ACTIVE, closes, is_over, DENIES },
	{ "end, AWS told", DELIVERY_COMMAND, ACTIVE, ends, is_over, DENIES },
	{ "revoke, AWS told", DELIVERY_COMMAND, ACTIVE, revokes, is_over, DENIES },
	{ "revoke a person, AWS told", DELIVERY_COMMAND, ACTIVE, revokes_person, is_over, DENIES },
	{ "logout, AWS told", DELIVERY_COMMAND, ACTIVE, logs_out, is_over, DENIES | SILENT },
};

/* --- walking ------------------------------------------------------------------------ */

static void
prepare(const struct op *op, struct job *j)
{
	enum s3jit_code code = S3JIT_OK;

	memset(j, 0, sizeof(*j));
	if (op->from >= ASKED && strcmp(op->delivery, DELIVERY_SIGNED) == 0)
		code = fake_ask_put(racer[ALICE], OBJECT, j->id, j->digest);
	else if (op->from >= ASKED)
		code = fake_ask_delivery(racer[ALICE], op->delivery, "put s3://prod-reports/" OBJECT,
		    TTL, j->id, j->digest);
	assert_int_equal(code, S3JIT_OK);
	if (op->from >= APPROVED)
		assert_int_equal(approves(j), S3JIT_OK);
	if (op->from >= ACTIVE)
		assert_int_equal(claims(j), S3JIT_OK);
}

/* What the record has as waiting or running, memory attends, and nothing else. */
static void
agree(void)
{
	static const int64_t unended[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, 0 };
	struct s3jit_err err = { 0 };
	struct list rows = { 0 };
	struct request_row *row;
	struct live *l;
	size_t i, lives = 0;

	assert_int_equal(store_requests_in(fake.b.store, &rows, unended, -1, &err), 0);
	for (l = fake.b.queue->live; l != NULL; l = l->next)
		lives++;
	if (lives != rows.n)
		broken("%zu requests in memory, %zu on record", lives, rows.n);
	for (i = 0; i < rows.n; i++) {
		row = &((struct request_row *)rows.v)[i];
		if ((l = queue_find_live(&fake.b, row->id)) == NULL)
			broken("on record and not in memory");
		else if (l->state != row->state && !l->dead)
			broken("%s in memory, %s on record", req_state_name((enum req_state)l->state),
			    req_state_name((enum req_state)row->state));
	}
	store_rows_clear(&rows, &request_row_table);
}

/* Ended with keys out, where AWS is to be told: it is, by a later tick if not at once. */
static void
aws_told(const struct op *op, const struct job *j)
{
	const struct strv *denied = &fake.signer.denied.requests;
	struct s3jit_err err = { 0 };
	struct request_row row;
	int i;

	if ((op->how & DENIES) == 0)
		return;
	for (i = 0; i < 5; i++)
		fake_pass(2);
	assert_int_equal(store_request_get(fake.b.store, &row, j->id, &err), 0);
	if (row.state == REQ_ENDED && row.keys_until > fake.wall && !strv_has(denied, j->id))
		broken("AWS refuses nothing of what was handed out");
	codec_clear(&request_row_table, &row);
}

/* The fault is over: what was not done can be done, and everything comes to its end. */
static void
afterwards(const struct op *op, struct job *j, int nth)
{
	enum s3jit_code code;

	agree();
	if (op->done == NULL || !op->done(j)) {
		code = op->run(j);
		if (code != S3JIT_OK && j->id[0] != '\0' && is_over(j))
			;	/* it had failed, and so was ended */
		else if (code != S3JIT_OK)
			broken("cannot be done again: %s",
			    s3jit_code_word(code));
		else if (op->done != NULL && !op->done(j))
			broken("done again, and is not");
	}
	aws_told(op, j);
	if (nth % 8 == 1)
		race_restart();
	fake_pass(4000);
	fake_pass(4000);
	agree();
	if (fake.b.queue->live != NULL)
		broken("something has not ended");
}

/* One run with the nth call failing; false: it makes fewer of them. */
static bool
fails_at(const void *arg, enum fault_kind kind, int nth, bool lasting)
{
	const struct op *op = arg;
	struct job j;
	enum s3jit_code code;
	bool failed;
	int fds;

	prepare(op, &j);
	fds = faults_descriptors();
	faults_arm(kind, nth, lasting);
	code = op->run(&j);
	failed = faults_disarm();
	if (faults_descriptors() != fds)
		broken("descriptors are left open");
	if (code == S3JIT_OK && op->done != NULL && !op->done(&j) && !((op->how & SILENT) != 0 && lasting))
		broken("success, and it is not done");
	if (!failed && code != S3JIT_OK)
		broken("failed by itself: %s", s3jit_code_word(code));
	afterwards(op, &j, nth);
	return failed;
}

/* Each call of ours; those of jansson are many and alike. */
static int
walk_op(const struct op *op, enum fault_kind kind, bool lasting)
{
	return walk(op->name, op, fails_at, kind, lasting, kind == FAULT_JSON || lasting ? 12 : 0);
}

static int
setup(void **state)
{
	(void)state;
	violation[0] = '\0';
	race_begin(lease_judge);
	assert_int_equal(reads_rules(NULL), S3JIT_OK);	/* for faults_json() */
	faults_json();
	return 0;
}

/* From nothing, for what one operation left is not the next one's. */
static void
again(void)
{
	(void)race_end(NULL);
	race_begin(lease_judge);
}

static void
walk_all(enum fault_kind kind, bool lasting)
{
	size_t i;
	int harm = 0, calls;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		violation[0] = '\0';
		fake.denies = (ops[i].how & DENIES) != 0;
		race_restart();
		calls = walk_op(&ops[i], kind, lasting);
		harm += violation[0] != '\0';
		/* the fronts are where they should be */
		assert_true(calls > 0 || ops[i].done == NULL || violation[0] != '\0');
		again();
	}
	assert_int_equal(harm, 0);
}

static void
memory(void **state)
{
	(void)state;
	walk_all(FAULT_MEMORY, false);
	walk_all(FAULT_MEMORY, true);
}

static void
record(void **state)
{
	(void)state;
	walk_all(FAULT_SQL, false);
	walk_all(FAULT_SQL, true);
}

static void
json(void **state)
{
	(void)state;
	walk_all(FAULT_JSON, false);
}

static void
files(void **state)
{
	(void)state;
	walk_all(FAULT_FILE, false);
	walk_all(FAULT_FILE, true);
}

/* Two ways to the same handler; what it asks of all else has been walked above. */
static void
the_record_while_somebody_comes_back(void **state)
{
	static const struct op back[] = {
		{ "resume the only one", DELIVERY_COMMAND, ASKED, resumes_the_only_one, NULL, 0 },
		{ "come back", DELIVERY_COMMAND, ASKED, comes_back, NULL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(back) / sizeof(back[0]); i++) {
		again();
		assert_true(walk_op(&back[i], FAULT_SQL, false) > 0);
		assert_string_equal(violation, "");
	}
}

/* Whom a handler must know about is found out, or it does not run. */
static void
whom_it_is_about_needs_memory(void **state)
{
	uid_t *uids;
	size_t len;
	int n, ret = -1;

	(void)state;
	for (n = 1; ret == -1 && n < 100; n++) {
		uids = NULL;
		len = 0;
		faults_arm(FAULT_MEMORY, n, false);
		ret = needs_ask(&racer[ALICE]->conn, NULL, &uids, &len);
		assert_true(faults_disarm() == (ret == -1));
		free(uids);
	}
	assert_in_range(n, 3, 99);
}

/* --- controls: each of these mistakes is seen ---------------------------------------- */

static enum s3jit_code
approves_whatever_comes(struct job *j)
{
	(void)approves(j);
	return S3JIT_OK;
}

static enum s3jit_code
forgets_its_descriptor(struct job *j)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char *copy;

	assert_int_not_equal(fd, -1);
	if ((copy = strdup(j->id)) == NULL)
		return S3JIT_ESYS;
	free(copy);
	close(fd);
	return S3JIT_OK;
}

static enum s3jit_code
forgets_in_memory(struct job *j)
{
	char *copy = strdup(j->id);

	if (copy == NULL) {
		queue_live_free(&fake.b, queue_find_live(&fake.b, j->id));
		return S3JIT_ESYS;
	}
	free(copy);
	return S3JIT_OK;
}

static void
ignored(void *arg, const void *answer, const struct s3jit_err *err)
{
	(void)arg;
	(void)answer;
	(void)err;
}

static enum s3jit_code
signs_without_record(struct job *j)
{
	struct sq_sign q = { .lease = j->id };
	enum s3jit_code code = signs(j);

	if (code != S3JIT_OK)
		signer_ask(NULL, &sq_sign_table, &q, &sq_signed_table, ignored, NULL);
	fake_signer_run();
	return code;
}

static enum s3jit_code
never_works_again(struct job *j)
{
	static bool spoiled;
	char *copy = strdup(j->id);

	spoiled = spoiled || copy == NULL;
	free(copy);
	return spoiled ? S3JIT_ESYS : S3JIT_OK;
}

static void
parse_without_memory(void)
{
	static const char text[] = "{\"type\":\"ok\",\"text\":\"more than a few letters\"}";
	struct msg_ok ok;

	faults_no_memory();
	(void)codec_decode(&ok, &ok_table, text, sizeof(text) - 1, NULL);
}

/* jansson's parser is not let go on. */
static void
parsing_without_memory_ends_it(void **state)
{
	(void)state;
	assert_true(faults_aborts(parse_without_memory));
}

static const struct {
	struct op op;
	enum fault_kind kind;
	const char *seen;
} mistakes[] = {
	{ { "a", DELIVERY_COMMAND, ASKED, approves_whatever_comes, is_approved, 0 }, FAULT_SQL,
	    "success, and it is not done" },
	{ { "b", DELIVERY_COMMAND, ASKED, forgets_its_descriptor, NULL, 0 }, FAULT_MEMORY,
	    "descriptors are left open" },
	{ { "c", DELIVERY_COMMAND, ASKED, forgets_in_memory, NULL, 0 }, FAULT_MEMORY,
	    "0 requests in memory, 1 on record" },
	{ { "d", DELIVERY_SIGNED, ACTIVE, signs_without_record, is_signed, 0 }, FAULT_SQL,
	    "signed before its record" },
	{ { "e", DELIVERY_COMMAND, ASKED, never_works_again, NULL, 0 }, FAULT_MEMORY,
	    "cannot be done again: system" },
};

static void
mistakes_are_seen(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		violation[0] = '\0';
		walk_op(&mistakes[i].op, mistakes[i].kind, false);
		assert_string_equal(violation, mistakes[i].seen);
		again();
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, race_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(mistakes_are_seen),
		T(parsing_without_memory_ends_it),
		T(memory),
		T(json),
		T(record),
		T(files),
		T(the_record_while_somebody_comes_back),
		T(whom_it_is_about_needs_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
