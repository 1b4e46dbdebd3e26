/*
 * fake_broker.c - people, logins, connections, signer and clocks for tests of
 * the state machine.  See fake_broker.h.
 */
#include "config.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>

#include "s3jit/clock.h"

#include "broker/baseline.h"
#include "broker/revoke.h"
#include "broker/terminal.h"
#include "fake_broker.h"

struct fake fake;

static struct fake_conn *conns[64];
static struct session *logins[64];
static size_t nlogins;
static uint64_t last_serial;

/* --- clocks ------------------------------------------------------------------- */

static int64_t
wall(void)
{
	return fake.wall;
}

static int64_t
boot_ms(void)
{
	return fake.boot_ms;
}

void
fake_clocks(int64_t seconds)
{
	fake.wall += seconds;
	fake.boot_ms += seconds * 1000;
}

void
fake_pass(int64_t seconds)
{
	fake_clocks(seconds);
	queue_tick(&fake.b);
	baselines_tick(&fake.b);
	revocations_tick(&fake.b);
	if (!fake.signer.hangs)
		fake_signer_run();
}

/* --- people ------------------------------------------------------------------- */

static gid_t groups[4][2] = {
	{ GID_ANALYSTS, 0 }, { GID_LEADS, 0 }, { GID_LEADS, 0 }, { GID_LEADS, GID_OPS },
};
static struct person people[4] = {
	{ UID_ALICE, (char *)"alice", groups[0], 2, true, 0 },
	{ UID_BOB, (char *)"bob", groups[1], 2, true, 0 },
	{ UID_CAROL, (char *)"carol", groups[2], 2, true, 0 },
	{ UID_DAVE, (char *)"dave", groups[3], 2, true, 0 },
};

static const struct person *unknown;	/* instead of one of them */

void
fake_person_groups(uint32_t uid, gid_t one, gid_t two)
{
	groups[uid - UID_ALICE][0] = one;
	groups[uid - UID_ALICE][1] = two;
}

void
fake_person_gone(uint32_t uid, bool gone)
{
	people[uid - UID_ALICE].gone_ms = gone ? fake.boot_ms : 0;
}

void
fake_name_service_hangs(uint32_t uid, bool hangs)
{
	static struct person lost;

	lost = (struct person){ .uid = uid, .name = (char *)"", .was = hangs ?
	    &people[uid - UID_ALICE] : NULL };
	unknown = hangs ? &lost : NULL;
}

static const struct person *
crowd_person(uid_t uid)
{
	static struct person crowd[CROWD];
	static char names[CROWD][16];
	struct person *p = &crowd[uid - UID_CROWD];

	snprintf(names[uid - UID_CROWD], sizeof(names[0]), "u%u", uid);
	*p = (struct person){ .uid = uid, .name = names[uid - UID_CROWD], .known = true };
	return p;
}

const struct person *
resolver_person(const struct resolver *r, uid_t uid)
{
	(void)r;
	if (unknown != NULL && unknown->uid == uid)
		return unknown;
	if (uid >= UID_CROWD && uid < UID_CROWD + CROWD)
		return crowd_person(uid);
	return uid >= UID_ALICE && uid <= UID_DAVE ? &people[uid - UID_ALICE] : NULL;
}

void
resolver_want(struct resolver *r, const uid_t *uids, size_t n, int64_t max_age_ms,
    void (*done)(void *arg), void *arg)
{
	(void)r;
	(void)uids;
	(void)n;
	(void)max_age_ms;
	done(arg);
}

void
resolver_cancel(struct resolver *r, void *arg)
{
	(void)r;
	(void)arg;
}

/* --- logins --------------------------------------------------------------------- */

bool
session_is_live(const struct session *s)
{
	return s->row.ended == 0;
}

struct session *
session_first(struct sessions *ss)
{
	(void)ss;
	return nlogins > 0 ? logins[nlogins - 1] : NULL;
}

struct session *
session_by_row(struct sessions *ss, int64_t row)
{
	size_t i;

	(void)ss;
	for (i = 0; i < nlogins; i++)
		if (logins[i]->row.row == row)
			return logins[i];
	return NULL;
}

struct session *
session_live_of(struct sessions *ss, uint32_t loginuid)
{
	size_t i;

	(void)ss;
	for (i = nlogins; i-- > 0;)
		if (logins[i]->row.loginuid == loginuid && session_is_live(logins[i]))
			return logins[i];
	return NULL;
}

char *
session_origin(const struct session *s)
{
	(void)s;
	return strdup("ssh from 192.0.2.9");
}

struct session *
fake_login(uint32_t uid, uint32_t sessionid, const char *key)
{
	struct session *s = calloc(1, sizeof(*s));
	struct s3jit_err err = { 0 };

	assert_non_null(s);
	s->row.boot_id = strdup(fake.b.boot_id);
	s->row.sessionid = sessionid;
	s->row.loginuid = uid;
	s->row.user = strdup(resolver_person(NULL, uid)->name);
	s->row.service = strdup("sshd");
	s->row.rhost = strdup("192.0.2.9");
	s->row.tty = strdup("ssh");
	s->row.key_hash = strdup(key != NULL ? key : "");
	s->row.why = strdup("");
	s->row.monitor_pid = 1;
	s->row.opened = fake.wall;
	assert_int_equal(store_begin(fake.b.store, &err), 0);
	assert_int_equal(store_session_insert(fake.b.store, &s->row, &err), 0);
	assert_int_equal(store_commit(fake.b.store, &err), 0);
	s->next = nlogins > 0 ? logins[nlogins - 1] : NULL;
	logins[nlogins++] = s;
	return s;
}

void
fake_logout(struct session *s)
{
	s->row.ended = fake.wall;
	queue_session_ended(&fake.b, s, "logout");
}

void
fake_forget_login(struct session *s)
{
	size_t i, k = 0;

	for (i = 0; i < nlogins; i++) {
		if (logins[i] == s)
			continue;
		logins[k] = logins[i];
		logins[k]->next = k > 0 ? logins[k - 1] : NULL;
		k++;
	}
	nlogins = k;
	codec_clear(&session_row_table, &s->row);
	free(s);
}

/* --- connections ------------------------------------------------------------------ */

struct fake_conn *
fake_connect(struct session *s)
{
	struct fake_conn *c = calloc(1, sizeof(*c));
	size_t i;

	assert_non_null(c);
	c->conn.b = &fake.b;
	c->conn.serial = ++last_serial;
	c->conn.kind = CONN_PEER;
	c->conn.session = c->conn.via = s;
	c->conn.peer.uid = c->conn.peer.ruid = c->conn.peer.euid = (uid_t)s->row.loginuid;
	c->conn.peer.loginuid = (uint32_t)s->row.loginuid;
	c->conn.peer.sessionid = (uint32_t)s->row.sessionid;
	for (i = 0; i < 64 && conns[i] != NULL; i++)
		;
	assert_true(i < 64);
	conns[i] = c;
	return c;
}

static void
conn_forget(struct fake_conn *c)
{
	if (c->table != NULL)
		codec_clear(c->table, c->answer);
	free(c->answer);
	c->answer = NULL;
	c->table = NULL;
	memset(&c->err, 0, sizeof(c->err));
}

void
fake_disconnect(struct fake_conn *c)
{
	size_t i;

	for (i = 0; i < 64; i++)
		if (conns[i] == c)
			conns[i] = NULL;
	queue_conn_closed(&fake.b, &c->conn);
	conn_forget(c);
	free(c);
}

struct conn *
conn_by_serial(struct broker *b, uint64_t serial)
{
	size_t i;

	(void)b;
	for (i = 0; i < 64; i++)
		if (conns[i] != NULL && conns[i]->conn.serial == serial)
			return &conns[i]->conn;
	return NULL;
}

void
conn_answer(struct conn *conn, const struct table *table, const void *msg)
{
	struct fake_conn *c = (struct fake_conn *)conn;
	struct s3jit_err err = { 0 };
	char *json = NULL;

	conn_forget(c);
	c->answers++;
	/* What cannot be encoded would never arrive. */
	assert_int_equal(codec_encode(&json, table, msg, &err), 0);
	c->answer = calloc(1, table->size);
	assert_int_equal(codec_decode(c->answer, table, json, strlen(json), &err), 0);
	c->table = table;
	codec_wipe_free(json);
}

void
conn_error(struct conn *conn, const struct s3jit_err *err, const char *hint)
{
	struct fake_conn *c = (struct fake_conn *)conn;

	(void)hint;
	conn_forget(c);
	c->answers++;
	c->err = *err;
}

int
peer_refresh(struct peer *p, struct s3jit_err *err)
{
	(void)p;
	/* the test sets who it is */
	return !fake.peers_gone ? 0 : s3jit_fail(err, S3JIT_ENOTFOUND, "that process has ended");
}

int
terminal_say(uint32_t tty_nr, uid_t owner, const char *text)
{
	fake.terminal.tty_nr = tty_nr;
	fake.terminal.owner = owner;
	snprintf(fake.terminal.text, sizeof(fake.terminal.text), "%s", text);
	fake.terminal.lines++;
	return 0;
}

void
conn_event(struct conn *conn, const struct table *table, const void *msg)
{
	assert_ptr_equal(table, &event_table);
	snprintf(((struct fake_conn *)conn)->event, 16, "%s", ((const struct msg_event *)msg)->what);
}

/* --- the signer -------------------------------------------------------------------- */

struct asked {
	const struct table *answer;
	void (*done)(void *, const void *, const struct s3jit_err *);
	void *arg;
	char lease[128];
	int64_t until;
	struct sq_revoke *list;
	struct asked *next;
};
static struct asked *asked;

/* Leases are named "REQUEST.HEX". */
static bool
is_denied(const char *lease)
{
	const struct strv *ids = &fake.signer.denied.requests;
	size_t i;

	for (i = 0; i < ids->n; i++)
		if (strncmp(lease, ids->v[i], strlen(ids->v[i])) == 0)
			return true;
	return false;
}

static void
asked_free(struct asked *a)
{
	if (a->list != NULL)
		codec_clear(&sq_revoke_table, a->list);
	free(a->list);
	free(a);
}

static void
signer_reply(struct asked *a)
{
	struct msg_credentials keys = { a->lease, (char *)"secret", (char *)"token",
	    a->until };
	struct sq_leased leased = { 0, a->lease, (char *)"AKIATEST", (char *)"AROA:x",
	    (char *)"sts-1", a->until + 900, 0 };
	struct sq_signed sig = { 0, (char *)"https://s3.test/", { 0 } };
	struct sq_keys handed = { 0, &keys };
	struct sq_probed probed = { 0, fake.signer.blind ||
	    (!fake.signer.slow && is_denied(a->lease)) };
	struct sq_done done = { 0 };
	struct s3jit_err err = { 0 };

	if ((fake.signer.fails && a->answer != &sq_done_table) ||
	    (fake.signer.sts_down && a->answer == &sq_leased_table)) {
		s3jit_fail(&err, S3JIT_EAWS, "STS said no");
		a->done(a->arg, NULL, &err);
	} else if (fake.signer.refuses &&
	    (a->answer == &sq_signed_table || a->answer == &sq_keys_table)) {
		s3jit_fail(&err, S3JIT_ENOTALLOWED, "not for this lease");
		a->done(a->arg, NULL, &err);
	} else if (a->answer == &sq_leased_table && fake.signer.lost > 0) {
		fake.signer.lost--;
		s3jit_fail(&err, S3JIT_EBROKER, "the signer died");
		a->done(a->arg, NULL, &err);
	} else if (a->answer == &sq_leased_table) {
		a->done(a->arg, &leased, NULL);
	} else if (a->answer == &sq_signed_table) {
		a->done(a->arg, &sig, NULL);
	} else if (a->answer == &sq_keys_table) {
		a->done(a->arg, &handed, NULL);
	} else if (a->answer == &sq_probed_table) {
		a->done(a->arg, &probed, NULL);
	} else if (a->list != NULL && fake.signer.iam_fails) {
		s3jit_fail(&err, S3JIT_EAWS, "IAM said no");
		a->done(a->arg, NULL, &err);
	} else if (a->list != NULL) {
		codec_clear(&sq_revoke_table, &fake.signer.denied);
		fake.signer.denied = *a->list;
		memset(a->list, 0, sizeof(*a->list));
		a->done(a->arg, &done, NULL);
	} else {
		a->done(a->arg, &done, NULL);
	}
}

void
signer_ask(struct signer_link *link, const struct table *question, void *msg,
    const struct table *answer, void (*done)(void *, const void *, const struct s3jit_err *),
    void *arg)
{
	struct asked *a = calloc(1, sizeof(*a)), **p;

	(void)link;
	assert_non_null(a);
	a->answer = answer;
	a->done = done;
	a->arg = arg;
	if (question == &sq_lease_table) {
		const struct sq_lease *lease = msg;

		fake.signer.leases++;
		snprintf(a->lease, sizeof(a->lease), "%s", lease->lease);
		snprintf(fake.signer.last_kms, sizeof(fake.signer.last_kms), "%s",
		    lease->kms.n == 0 ? "" : lease->kms.v[0]);
		a->until = lease->until;
		if (strcmp(lease->kind, "baseline") == 0)
			fake.signer.baselines++;
		else
			fake.signer.last_until = a->until;
		memcpy(fake.signer.last_lease, a->lease, sizeof(a->lease));
		if (fake.signer.on_lease != NULL)
			fake.signer.on_lease(strncmp(a->lease, "b-", 2) == 0 ? "" : lease->request);
	} else if (question == &sq_sign_table) {
		fake.signer.signs++;
	} else if (question == &sq_hand_out_table) {
		fake.signer.hand_outs++;
		snprintf(a->lease, sizeof(a->lease), "%s", ((struct sq_hand_out *)msg)->lease);
		a->until = INT64_MAX;	/* the broker knows the end */
	} else if (question == &sq_drop_table) {
		fake.signer.drops++;
	} else if (question == &sq_probe_table) {
		fake.signer.probes++;
		snprintf(a->lease, sizeof(a->lease), "%s", ((struct sq_probe *)msg)->lease);
	} else if (question == &sq_revoke_table) {
		fake.signer.revokes++;
		a->list = calloc(1, sizeof(*a->list));
		assert_int_equal(codec_copy(&sq_revoke_table, a->list, msg, NULL), 0);
	}
	for (p = &asked; *p != NULL; p = &(*p)->next)
		;
	*p = a;
}

void
fake_signer_run(void)
{
	struct asked **p = &asked, *a;

	while ((a = *p) != NULL) {
		if (fake.signer.probes_hang && a->answer == &sq_probed_table) {
			p = &a->next;
			continue;
		}
		*p = a->next;
		signer_reply(a);
		asked_free(a);
	}
}

/* --- configuration ------------------------------------------------------------------- */

static gid_t analysts[] = { GID_ANALYSTS }, leads[] = { GID_LEADS }, ops[] = { GID_OPS };

static void
one_group(struct who *who, const char *name, gid_t *gids)
{
	memset(who, 0, sizeof(*who));
	assert_int_equal(strv_push(&who->groups, name), 0);
	who->gids = gids;
}

static void
make_rule(struct rule *r, const char *title, gid_t *asker, const char *const *allow, size_t n,
    int64_t yes)
{
	static char quorum_text[2][32];
	struct s3jit_err err = { 0 };
	size_t i;

	memset(r, 0, sizeof(*r));
	r->title = (char *)title;
	r->line = 7;
	one_group(&r->who, "asker", asker);
	r->role = (char *)"arn:aws:iam::111122223333:role/s3jit-write";
	r->account = (char *)"111122223333";
	assert_int_equal(scope_parse(&r->allow, allow, n, true, &err), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(strv_push(&r->allow_text, allow[i]), 0);
	r->automatic = yes == 0;
	if (yes > 0) {
		r->quorum = calloc(1, sizeof(*r->quorum));
		r->nquorum = 1;
		r->quorum->count = yes;
		one_group(&r->quorum->who, "leads", leads);
		snprintf(quorum_text[yes - 1], 32, "%d of group:leads", (int)yes);
		r->quorum->text = quorum_text[yes - 1];
	}
	r->max_ttl = 1800;
	r->extends = strcmp(title, "scratch") == 0 ? 0 : 2;
	r->extend_max = 900;
	r->default_ttl = 900;
	r->claim_within = 300;
	r->lease = LEASE_DEFAULT;
	r->reason = (char *)"";
	r->delivery = (char *)"";
	memset(r->hash, 'a', 64);
}

static struct rule rules[3];

void
fake_rules_hash(char c)
{
	size_t i;

	for (i = 0; i < 3; i++)
		memset(rules[i].hash, c, 64);
}

static void
make_config(void)
{
	static const char *const uploads[] = { "put s3://prod-reports/*" };
	static const char *const scratch[] = { "put s3://prod-reports-scratch/*" };
	static const char *const deletes[] = { "delete s3://prod-*", "put s3://prod-*" };
	static const char *const read_all[] = { "get s3://*", "list s3://*" };
	static struct baseline everyone;
	static struct config conf;
	struct s3jit_err err = { 0 };

	fake.b.conf = &conf;
	if (conf.file != NULL)
		return;		/* made once for all tests */
	make_rule(&rules[0], "report uploads", analysts, uploads, 1, 1);
	make_rule(&rules[1], "scratch", analysts, scratch, 1, 0);
	make_rule(&rules[2], "deletes", ops, deletes, 2, 2);
	memset(&everyone, 0, sizeof(everyone));
	everyone.title = (char *)"everyone";
	everyone.everyone = true;
	everyone.role = (char *)"arn:aws:iam::111122223333:role/s3jit-readonly";
	assert_int_equal(scope_parse(&everyone.allow, read_all, 2, true, &err), 0);
	assert_int_equal(strv_push(&everyone.allow_text, read_all[0]), 0);
	assert_int_equal(strv_push(&everyone.allow_text, read_all[1]), 0);
	conf.file = (char *)"s3jit.conf";
	conf.host_name = (char *)"bastion.test";
	memset(conf.text_hash, 'b', 64);
	conf.aws.region = (char *)"eu-central-1";
	conf.aws.partition = (char *)"aws";
	conf.aws.suffix = (char *)"amazonaws.com";
	conf.aws.account = (char *)"111122223333";
	conf.aws.s3_endpoint = (char *)"https://s3.test";
	conf.aws.ca_file = (char *)"";
	conf.baselines = &everyone;
	conf.nbaselines = 1;
	conf.rules = rules;
	conf.nrules = 3;
	conf.linger = 600;
	conf.lapse = 3600;
	conf.reauth_age = 300;
}

const char *
config_s3_endpoint(const struct config *conf)
{
	return conf->aws.s3_endpoint;
}

bool
config_denies(const struct config *conf)
{
	(void)conf;
	return fake.denies;
}

/* --- start and stop --------------------------------------------------------------------- */

static void
open_all(void)
{
	struct s3jit_err err = { 0 };
	struct strv ids = { 0 };
	char path[128];
	bool all = false;

	assert_int_equal(store_open(&fake.b.store, fake.dir, &err), 0);
	assert_int_equal(audit_new(&fake.b.audit, fake.b.store, "bastion.test", fake.b.boot_id,
	    fake.b.conf->text_hash, &err), 0);
	snprintf(path, sizeof(path), "%s/ended", fake.dir);
	assert_int_equal(ended_open(&fake.b.ended, path, &ids, &all, &err), 0);
	assert_int_equal(revocations_new(&fake.b, &err), 0);
	assert_int_equal(queue_new(&fake.b, &err), 0);
	queue_apply_ended(&fake.b, &ids, all);
	assert_int_equal(baselines_new(&fake.b, &err), 0);
	strv_clear(&ids);
}

/* As signer_link_free(): nobody is told any more. */
static void
forget_revocations(void)
{
	struct asked **p = &asked, *a;

	while ((a = *p) != NULL) {
		if (a->list == NULL && a->answer != &sq_probed_table) {
			p = &a->next;
			continue;
		}
		*p = a->next;
		free(a->arg);
		asked_free(a);
	}
	revocations_free(&fake.b);
}

static void
close_all(void)
{
	baselines_free(&fake.b);
	queue_free(&fake.b);
	forget_revocations();
	ended_close(fake.b.ended);
	audit_free(fake.b.audit);
	store_close(fake.b.store);
	fake_signer_run();
}

void
fake_start(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.wall = 1767225600;
	fake.boot_ms = 1000000;
	clock_replace(wall, boot_ms);
	snprintf(fake.b.boot_id, sizeof(fake.b.boot_id), "01234567-89ab-cdef-0123-456789abcdef");
	/* Thousands of commits: memory where there is some to spare; a bench wants a disk. */
	snprintf(fake.dir, sizeof(fake.dir), "%.40s/s3jit-test-XXXXXX",
	    getenv("S3JIT_TEST_DIR") != NULL ? getenv("S3JIT_TEST_DIR") :
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(fake.dir));
	assert_int_equal(chmod(fake.dir, 0700), 0);
	fake_person_groups(UID_ALICE, GID_ANALYSTS, 0);
	fake_person_groups(UID_BOB, GID_LEADS, 0);
	fake_person_groups(UID_CAROL, GID_LEADS, 0);
	fake_person_groups(UID_DAVE, GID_LEADS, GID_OPS);
	make_config();
	assert_non_null(fake.b.base = event_base_new());
	open_all();
}

static void
conns_close(void)
{
	size_t i;

	for (i = 0; i < 64; i++)
		if (conns[i] != NULL) {
			conn_forget(conns[i]);
			free(conns[i]);
			conns[i] = NULL;
		}
}

void
fake_restart(void)
{
	conns_close();		/* the kernel does that; nobody is told */
	close_all();
	open_all();
}

void
fake_stop(void)
{
	char cmd[128];
	size_t i;

	conns_close();
	close_all();
	event_base_free(fake.b.base);
	for (i = 0; i < nlogins; i++) {
		codec_clear(&session_row_table, &logins[i]->row);
		free(logins[i]);
	}
	nlogins = 0;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", fake.dir);
	assert_int_equal(system(cmd), 0);
	codec_clear(&sq_revoke_table, &fake.signer.denied);
	clock_replace(NULL, NULL);
}

/* --- doing things ------------------------------------------------------------------------- */

enum s3jit_code
fake_ask(struct fake_conn *c, handler_run *run, const void *msg)
{
	struct s3jit_err err = { 0 };

	conn_forget(c);
	if (run(&c->conn, msg, &err) == -1)
		conn_error(&c->conn, &err, "");
	if (!fake.signer.hangs)
		fake_signer_run();
	return c->err.code;
}

static enum s3jit_code
asked_for(struct fake_conn *c, const struct msg_ask *q, char id[REQUEST_ID],
    char digest[DIGEST_HEX])
{
	const struct msg_state *st;
	enum s3jit_code code = fake_ask(c, on_ask, q);

	id[0] = digest[0] = '\0';
	if (code != S3JIT_OK)
		return code;
	assert_ptr_equal(c->table, &state_table);
	st = c->answer;
	snprintf(id, REQUEST_ID, "%s", st->id);
	snprintf(digest, DIGEST_HEX, "%s", st->digest);
	return S3JIT_OK;
}

enum s3jit_code
fake_ask_put(struct fake_conn *c, const char *key, char id[REQUEST_ID], char digest[DIGEST_HEX])
{
	return fake_ask_parts(c, key, 1, id, digest);
}

enum s3jit_code
fake_ask_parts(struct fake_conn *c, const char *key, size_t n, char id[REQUEST_ID],
    char digest[DIGEST_HEX])
{
	char *const sum = (char *)FAKE_SHA256, *part[4] = { sum, sum, sum, sum };
	char permission[1200], *scope[1] = { permission };
	struct object o = { (char *)"put", (char *)"prod-reports", (char *)key, (char *)"file",
	    10 * (int64_t)n, 10, { part, n }, n == 1 ? sum : (char *)"" };
	struct msg_ask q = { 0 };

	snprintf(permission, sizeof(permission), "put s3://prod-reports/%s", key);
	q.scope = (struct strv){ scope, 1 };
	q.delivery = (char *)DELIVERY_SIGNED;
	q.cwd = (char *)"/home/alice";
	q.reason = (char *)"OPS-1 test";
	q.parent = (char *)"";
	q.objects = (struct list){ &o, 1 };
	return asked_for(c, &q, id, digest);
}

static enum s3jit_code
ask_without_objects(struct fake_conn *c, const char *delivery, const char *permission, int64_t ttl,
    const char *parent, char id[REQUEST_ID], char digest[DIGEST_HEX])
{
	char *scope[1] = { (char *)permission };
	struct msg_ask q = { 0 };

	q.scope = (struct strv){ scope, 1 };
	q.delivery = (char *)delivery;
	q.cwd = (char *)"/home/alice";
	q.reason = (char *)"OPS-1 test";
	q.parent = (char *)parent;
	q.ttl = ttl;
	return asked_for(c, &q, id, digest);
}

enum s3jit_code
fake_ask_delivery(struct fake_conn *c, const char *delivery, const char *permission, int64_t ttl,
    char id[REQUEST_ID], char digest[DIGEST_HEX])
{
	return ask_without_objects(c, delivery, permission, ttl, "", id, digest);
}

enum s3jit_code
fake_ask_more(struct fake_conn *c, const char *permission, int64_t ttl, const char *parent,
    char id[REQUEST_ID], char digest[DIGEST_HEX])
{
	return ask_without_objects(c, DELIVERY_SESSION, permission, ttl, parent, id, digest);
}

enum s3jit_code
fake_vote(struct fake_conn *c, const char *id, const char *digest, bool yes)
{
	struct msg_vote q = { (char *)id, (char *)digest, yes, (char *)(yes ? "" : "wrong month") };

	return fake_ask(c, on_vote, &q);
}

enum s3jit_code
fake_claim(struct fake_conn *c, const char *id)
{
	struct msg_claim q = { (char *)id };

	return fake_ask(c, on_claim, &q);
}

void
fake_grant(struct fake_conn *c, struct fake_conn *voter, const char *delivery,
    const char *permission, int64_t ttl, char id[REQUEST_ID])
{
	char digest[DIGEST_HEX];

	assert_int_equal(fake_ask_delivery(c, delivery, permission, ttl, id, digest), S3JIT_OK);
	assert_int_equal(fake_vote(voter, id, digest, true), S3JIT_OK);
	assert_int_equal(fake_claim(c, id), S3JIT_OK);
}

enum s3jit_code
fake_sign(struct fake_conn *c, const char *id, const char *key, const char *sha256)
{
	struct msg_sign q = { 0 };

	q.id = (char *)id;
	q.method = (char *)"PUT";
	q.bucket = (char *)"prod-reports";
	q.key = (char *)key;
	q.payload_sha256 = (char *)sha256;
	q.length = 10;
	return fake_ask(c, on_sign, &q);
}

const char *
fake_state(const char *id)
{
	static char word[16];
	struct s3jit_err err = { 0 };
	struct request_row row;

	if (store_request_get(fake.b.store, &row, id, &err) == -1)
		return "";
	snprintf(word, sizeof(word), "%s", row.state == REQ_ENDED ? row.why :
	    req_state_name((enum req_state)row.state));
	codec_clear(&request_row_table, &row);
	return word;
}
