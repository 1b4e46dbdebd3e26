/*
 * test_store_request.c - requests, votes and permissions on record: whatever
 * is changed in the database gives nothing (Q1, Q17), and of two answers to
 * one question exactly one counts (Q4, Q11).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_store_world.h"

static const int64_t all_states[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, REQ_ENDED, 0 };

static void
set(char **member, const char *text)
{
	free(*member);
	assert_non_null(*member = strdup(text));
}

static int
move(struct world *w, const struct request_row *row, enum req_state from)
{
	int ret;

	world_begin(w);
	ret = store_request_move(w->store, row, from, &w->err);
	if (ret == 0)
		world_commit(w);
	else
		store_rollback(w->store);
	return ret;
}

static size_t
how_many_in(struct world *w, const int64_t *states, int64_t loginuid)
{
	struct list rows;
	size_t n;

	assert_int_equal(store_requests_in(w->store, &rows, states, loginuid, &w->err), 0);
	n = rows.n;
	store_rows_clear(&rows, &request_row_table);
	return n;
}

/* --- as it should be ------------------------------------------------------------------ */

static void
what_is_asked_is_what_is_read(void **state)
{
	struct world *w = *state;
	struct request_row row, got;

	world_ask(w, &row, "n1");
	assert_int_equal(store_request_get(w->store, &got, row.id, &w->err), 0);
	assert_string_equal(got.id, row.id);
	assert_string_equal(got.digest, row.digest);
	assert_int_equal(got.state, REQ_PENDING);
	assert_string_equal(got.why, "");
	assert_int_equal(got.session, w->session);
	assert_int_equal(got.holder, 0);
	assert_int_equal(got.lapses, 5600);
	assert_int_equal(got.needed, 1);
	assert_string_equal(got.req->reason, "OPS-412 fix Q1 totals");
	assert_int_equal(got.req->objects.n, 1);
	codec_clear(&request_row_table, &got);
	assert_code(w, store_request_get(w->store, &got, "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
	    &w->err), S3JIT_ENOTFOUND, "there is no request kkkkkkkk");
	codec_clear(&request_row_table, &row);
}

static void
each_column_moves(void **state)
{
	struct world *w = *state;
	struct request_row row, got;

	world_ask(w, &row, "n1");
	row.state = REQ_ACTIVE;
	set(&row.why, "w");
	set(&row.by, "bob");
	set(&row.text, "t");
	row.holder = w->session;
	row.approved = 11;
	row.claimed = 12;
	row.deadline = 13;
	row.ended = 14;
	row.lapses = 15;
	row.needed = 16;
	row.keys_until = 17;
	assert_int_equal(move(w, &row, REQ_PENDING), 0);
	assert_int_equal(store_request_get(w->store, &got, row.id, &w->err), 0);
	assert_int_equal(got.state, REQ_ACTIVE);
	assert_string_equal(got.why, "w");
	assert_string_equal(got.by, "bob");
	assert_string_equal(got.text, "t");
	assert_int_equal(got.holder, w->session);
	assert_int_equal(got.approved, 11);
	assert_int_equal(got.claimed, 12);
	assert_int_equal(got.deadline, 13);
	assert_int_equal(got.ended, 14);
	assert_int_equal(got.lapses, 15);
	assert_int_equal(got.needed, 16);
	assert_int_equal(got.keys_until, 17);
	assert_int_equal(got.created, 2000);
	codec_clear(&request_row_table, &got);
	codec_clear(&request_row_table, &row);
}

static void
lists_and_counts_by_state_and_person(void **state)
{
	static const int64_t waiting[] = { REQ_PENDING, REQ_APPROVED, 0 };
	struct world *w = *state;
	struct request_row a, b, c;
	struct list rows;
	int64_t n;

	world_ask(w, &a, "n1");
	world_ask(w, &b, "n2");
	world_ask(w, &c, "n3");
	b.state = REQ_APPROVED;
	assert_int_equal(move(w, &b, REQ_PENDING), 0);
	c.state = REQ_ENDED;
	assert_int_equal(move(w, &c, REQ_PENDING), 0);
	assert_int_equal(how_many_in(w, waiting, -1), 2);
	assert_int_equal(how_many_in(w, waiting, 1000), 2);
	assert_int_equal(how_many_in(w, waiting, 1001), 0);	/* Q11: another's list is empty */
	assert_int_equal(how_many_in(w, all_states, 1000), 3);
	assert_int_equal(store_requests_waiting(w->store, &n, -1, &w->err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(store_requests_waiting(w->store, &n, 1000, &w->err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(store_requests_waiting(w->store, &n, 1001, &w->err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_requests_in(w->store, &rows, waiting, -1, &w->err), 0);
	assert_string_equal(((struct request_row *)rows.v)->id, a.id);	/* oldest first */
	store_rows_clear(&rows, &request_row_table);
	codec_clear(&request_row_table, &a);
	codec_clear(&request_row_table, &b);
	codec_clear(&request_row_table, &c);
}

static void
short_ids_match(void **state)
{
	struct world *w = *state;
	struct request_row a, b;
	struct strv ids;
	char prefix[REQUEST_ID];
	size_t len;

	world_ask(w, &a, "n1");
	world_ask(w, &b, "n2");
	for (len = 6; len < REQUEST_ID; len++) {
		snprintf(prefix, sizeof(prefix), "%.*s", (int)len, a.id);
		assert_int_equal(store_request_match(w->store, &ids, prefix, &w->err), 0);
		assert_int_equal(ids.n, 1);
		assert_string_equal(ids.v[0], a.id);
		strv_clear(&ids);
	}
	assert_int_equal(store_request_match(w->store, &ids, "kkkkkkkk", &w->err), 0);
	assert_int_equal(ids.n, 0);
	assert_code(w, store_request_match(w->store, &ids, "kkkkk", &w->err), S3JIT_EUSAGE, "6");
	assert_code(w, store_request_match(w->store, &ids, "kkkkk%", &w->err), S3JIT_EUSAGE, "6");
	codec_clear(&request_row_table, &a);
	codec_clear(&request_row_table, &b);
}

static void
insert_refuses_a_wrong_digest_and_a_second_time(void **state)
{
	struct world *w = *state;
	struct request_row row;

	world_ask(w, &row, "n1");
	world_begin(w);
	assert_code(w, store_request_insert(w->store, &row, &w->err), S3JIT_EBUSY, "already");
	row.req->ttl++;
	assert_code(w, store_request_insert(w->store, &row, &w->err), S3JIT_ECHANGED, "changed");
	world_name(&row);
	row.session = 4711;	/* no such login on record */
	assert_code(w, store_request_insert(w->store, &row, &w->err), S3JIT_ERECORD, "FOREIGN KEY");
	assert_int_equal(store_commit(w->store, &w->err), -1);
	codec_clear(&request_row_table, &row);
}

/* --- Q11: one of many ------------------------------------------------------------------ */

static void
Q11_of_approve_deny_cancel_expire_one_wins(void **state)
{
	static const struct { enum req_state to; const char *why; } racers[] = {
		{ REQ_APPROVED, "" }, { REQ_ENDED, "denied" }, { REQ_ENDED, "withdrawn" },
		{ REQ_ENDED, "lapsed" },
	};
	struct world *w = *state;
	struct request_row row, got;
	char nonce[8];
	int first, i, won;

	for (first = 0; first < 4; first++) {
		snprintf(nonce, sizeof(nonce), "r%d", first);
		world_ask(w, &row, nonce);
		for (won = i = 0; i < 4; i++) {
			row.state = racers[(first + i) % 4].to;
			set(&row.why, racers[(first + i) % 4].why);
			if (move(w, &row, REQ_PENDING) == 0)
				won++;
			else
				assert_code(w, -1, S3JIT_ECHANGED, "not pending any more");
		}
		assert_int_equal(won, 1);
		assert_int_equal(store_request_get(w->store, &got, row.id, &w->err), 0);
		assert_string_equal(got.why, racers[first].why);
		codec_clear(&request_row_table, &got);
		codec_clear(&request_row_table, &row);
	}
}

static void
Q11_a_move_names_the_digest(void **state)
{
	struct world *w = *state;
	struct request_row row;

	world_ask(w, &row, "n1");
	row.state = REQ_APPROVED;
	row.digest[0] = row.digest[0] == '0' ? '1' : '0';
	assert_code(w, move(w, &row, REQ_PENDING), S3JIT_ECHANGED, "not pending");
	row.digest[0] = row.digest[0] == '0' ? '1' : '0';
	codec_clear(&request_row_table, &row);
}

static void
nothing_moves_backwards(void **state)
{
	static const enum req_state order[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, REQ_ENDED };
	struct world *w = *state;
	struct request_row row;
	int from, to;

	world_ask(w, &row, "n1");
	for (from = 0; from < 4; from++) {
		row.state = order[from];
		assert_int_equal(move(w, &row, order[from == 0 ? 0 : from - 1]), 0);
		assert_int_equal(move(w, &row, order[from]), 0);	/* columns only */
		for (to = 0; to < from; to++) {
			row.state = order[to];
			assert_code(w, move(w, &row, order[from]), S3JIT_ECHANGED, "any more");
		}
	}
	row.state = 1;
	assert_code(w, move(w, &row, REQ_ENDED), S3JIT_ECHANGED, "any more");
	codec_clear(&request_row_table, &row);
}

static void
B12_a_deadline_never_moves_later(void **state)
{
	struct world *w = *state;
	struct request_row row;

	world_ask(w, &row, "n1");
	row.state = REQ_ACTIVE;
	row.deadline = 5000;
	assert_int_equal(move(w, &row, REQ_PENDING), 0);
	row.deadline = 5001;
	assert_code(w, move(w, &row, REQ_ACTIVE), S3JIT_ECHANGED, "any more");
	row.deadline = 4999;
	assert_int_equal(move(w, &row, REQ_ACTIVE), 0);
	codec_clear(&request_row_table, &row);
}

/* --- Q1: what is changed in the database gives nothing ----------------------------------- */

static void
assert_powerless(struct world *w, const char *id, const char *what)
{
	struct request_row got;
	struct strv ids;

	if (store_request_get(w->store, &got, id, &w->err) == 0)
		fail_msg("%s was changed, and nobody noticed", what);
	assert_code(w, -1, S3JIT_ECHANGED, "was changed in the database");
	assert_int_equal(how_many_in(w, all_states, -1), 0);
	assert_int_equal(store_requests_changed(w->store, &ids, &w->err), 0);
	assert_int_equal(ids.n, 1);
	strv_clear(&ids);
}

/* Put this body into the row as it is. */
static void
write_body(struct world *w, const char *body)
{
	sqlite3_stmt *stmt;

	sqlite3_db_config(w->store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	assert_int_equal(sqlite3_prepare_v2(w->store->db, "UPDATE requests SET body = ?", -1, &stmt,
	    NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, body, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	sqlite3_db_config(w->store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
}

static void
write_request(struct world *w, const struct request *req)
{
	char *body;

	assert_int_equal(codec_encode(&body, &request_table, req, &w->err), 0);
	write_body(w, body);
	free(body);
}

/* Change one member in place; lists get a member more. */
static void
flip(const struct field *f, void *msg)
{
	void *member = (char *)msg + f->off;
	char *text;

	if (f->type == F_INT)
		*(int64_t *)member += 1;
	else if (f->type == F_STRV)
		assert_int_equal(strv_push(member, "x"), 0);
	else if (f->type == F_LIST)
		assert_non_null(list_push(member, f->sub));
	else {
		text = *(char **)member;
		if (text[0] == '\0') {
			set((char **)member, "x");
		} else
			text[0] = text[0] == 'x' ? 'y' : 'x';
	}
}

static void
flip_each(struct world *w, struct request_row *row, const struct table *t, size_t in_object)
{
	struct request copy;
	size_t i;

	for (i = 0; t->fields[i].name != NULL; i++) {
		assert_int_equal(codec_copy(&request_table, &copy, row->req, &w->err), 0);
		flip(&t->fields[i], in_object ? copy.objects.v : (void *)&copy);
		write_request(w, &copy);
		assert_powerless(w, row->id, t->fields[i].name);
		codec_clear(&request_table, &copy);
	}
}

static void
Q1_each_field_of_a_request(void **state)
{
	struct world *w = *state;
	struct request_row row, got;

	world_ask(w, &row, "n1");
	flip_each(w, &row, &request_table, 0);
	flip_each(w, &row, &object_table, 1);
	/* the positive control: the same text again is the same request */
	write_request(w, row.req);
	assert_int_equal(store_request_get(w->store, &got, row.id, &w->err), 0);
	codec_clear(&request_row_table, &got);
	codec_clear(&request_row_table, &row);
}

static void
Q1_a_body_that_is_none(void **state)
{
	static const char *const bodies[] = { "", "{}", "[]", "{\"type\":\"request\"}", "null" };
	struct world *w = *state;
	struct request_row row;
	size_t i;

	world_ask(w, &row, "n1");
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		write_body(w, bodies[i]);
		assert_powerless(w, row.id, bodies[i]);
	}
	world_tamper(w, "UPDATE requests SET body = x'00ff00'");
	assert_powerless(w, row.id, "a blob");
	codec_clear(&request_row_table, &row);
}

static void
Q1_digest_and_id_of_another(void **state)
{
	struct world *w = *state;
	struct request_row row, other = { 0 };

	world_ask(w, &row, "n1");
	other.req = calloc(1, sizeof(*other.req));
	assert_non_null(other.req);
	world_fill(other.req, "n2");
	world_name(&other);
	world_tamper(w, "UPDATE requests SET digest = '%s'", other.digest);
	assert_powerless(w, row.id, "digest");
	/* body and digest of one, id of the other: a vote on the id would be on another text */
	write_request(w, other.req);
	assert_powerless(w, row.id, "body and digest");
	world_tamper(w, "UPDATE requests SET digest = '%s', id = '%s'", row.digest, other.id);
	assert_powerless(w, other.id, "id");
	codec_clear(&request_row_table, &row);
	codec_clear(&request_row_table, &other);
}

static void
Q1_what_was_asked_cannot_be_updated_by_accident(void **state)
{
	static const char *const updates[] = {
		"UPDATE requests SET body = ''", "UPDATE requests SET digest = ''",
		"UPDATE requests SET id = ''", "UPDATE requests SET session = 2",
		"UPDATE requests SET loginuid = 2", "UPDATE votes SET vote = vote",
		"UPDATE audit SET record = ''", "DELETE FROM audit", NULL
	};
	struct world *w = *state;
	struct audit_row audit = { .record = (char *)"{}", .id = (char *)"" };
	struct vote_row vote = { .person = (char *)"bob", .vote = VOTE_YES, .loginuid = 1001 };
	struct request_row row;
	size_t i;

	world_ask(w, &row, "n1");
	vote.id = row.id;
	vote.digest = row.digest;
	vote.session = w->session;
	world_begin(w);
	assert_int_equal(store_vote_insert(w->store, &vote, &w->err), 0);
	assert_int_equal(store_audit_append(w->store, &audit, &w->err), 0);
	world_commit(w);
	for (i = 0; updates[i] != NULL; i++)
		assert_int_equal(sqlite3_exec(w->store->db, updates[i], NULL, NULL, NULL),
		    SQLITE_CONSTRAINT_TRIGGER);
	free(audit.prev);
	free(audit.hash);
	codec_clear(&request_row_table, &row);
}

/* --- Q17: one flipped bit ---------------------------------------------------------------- */

static void
Q17_each_bit_of_a_state(void **state)
{
	static const int64_t states[] = { REQ_PENDING, REQ_APPROVED, REQ_ACTIVE, REQ_ENDED };
	struct world *w = *state;
	struct request_row row;
	struct strv ids;
	int bit, i;

	world_ask(w, &row, "n1");
	for (i = 0; i < 4; i++)
		for (bit = 0; bit < 64; bit++) {
			int64_t flipped = (int64_t)((uint64_t)states[i] ^ (UINT64_C(1) << bit));

			world_tamper(w, "UPDATE requests SET state = %lld", (long long)flipped);
			assert_powerless(w, row.id, "state");
			assert_string_equal(req_state_name((enum req_state)flipped),
			    bit < 32 ? "corrupt" : req_state_name((enum req_state)states[i]));
		}
	world_tamper(w, "UPDATE requests SET state = 'approved'");
	assert_powerless(w, row.id, "state as text");
	world_tamper(w, "UPDATE requests SET state = %lld", (long long)REQ_PENDING);
	assert_int_equal(how_many_in(w, all_states, -1), 1);
	assert_int_equal(store_requests_changed(w->store, &ids, &w->err), 0);
	assert_int_equal(ids.n, 0);
	codec_clear(&request_row_table, &row);
}

static void
Q17_each_bit_of_a_vote(void **state)
{
	static const int64_t words[] = { VOTE_YES, VOTE_NO };
	struct world *w = *state;
	struct vote_row vote = { .person = (char *)"bob", .vote = VOTE_YES, .loginuid = 1001 };
	struct request_row row;
	struct list rows;
	int bit, i;

	world_ask(w, &row, "n1");
	vote.id = row.id;
	vote.digest = row.digest;
	vote.session = w->session;
	world_begin(w);
	assert_int_equal(store_vote_insert(w->store, &vote, &w->err), 0);
	world_commit(w);
	for (i = 0; i < 2; i++)
		for (bit = 0; bit < 64; bit++) {
			world_tamper(w, "UPDATE votes SET vote = %lld",
			    (long long)((uint64_t)words[i] ^ (UINT64_C(1) << bit)));
			assert_code(w, store_votes(w->store, &rows, row.id, &w->err), S3JIT_ECHANGED,
			    "a vote on request");
			assert_int_equal(rows.n, 0);
		}
	codec_clear(&request_row_table, &row);
}

/* --- votes and permissions ------------------------------------------------------------------ */

static void
Q4_a_person_votes_once_and_on_this_text(void **state)
{
	struct world *w = *state;
	struct vote_row vote = { .person = (char *)"bob", .vote = VOTE_YES, .loginuid = 1001,
		.text = (char *)"fine", .key_hash = (char *)"k", .time = 77 };
	struct request_row row, other;
	struct vote_row *v;
	struct list rows;

	world_ask(w, &row, "n1");
	world_ask(w, &other, "n2");
	vote.id = row.id;
	vote.digest = row.digest;
	vote.session = w->session;
	world_begin(w);
	assert_int_equal(store_vote_insert(w->store, &vote, &w->err), 0);
	vote.vote = VOTE_NO;
	assert_code(w, store_vote_insert(w->store, &vote, &w->err), S3JIT_EBUSY,
	    "bob has voted on request");
	world_commit(w);	/* no harm was done */
	assert_int_equal(store_votes(w->store, &rows, row.id, &w->err), 0);
	v = rows.v;
	assert_int_equal(rows.n, 1);
	assert_int_equal(v->vote, VOTE_YES);
	assert_string_equal(v->digest, row.digest);
	assert_string_equal(v->person, "bob");
	assert_string_equal(v->key_hash, "k");
	assert_string_equal(v->text, "fine");
	assert_int_equal(v->loginuid, 1001);
	assert_int_equal(v->session, w->session);
	assert_int_equal(v->time, 77);
	store_rows_clear(&rows, &vote_row_table);
	assert_int_equal(store_votes(w->store, &rows, other.id, &w->err), 0);
	assert_int_equal(rows.n, 0);
	/* one text's digest under another's id */
	vote.id = other.id;
	world_begin(w);
	assert_code(w, store_vote_insert(w->store, &vote, &w->err), S3JIT_ERECORD, "FOREIGN KEY");
	assert_int_equal(store_commit(w->store, &w->err), -1);
	codec_clear(&request_row_table, &row);
	codec_clear(&request_row_table, &other);
}

static void
who_could_do_what_when(void **state)
{
	struct world *w = *state;
	struct request_row row;

	world_ask(w, &row, "n1");
	assert_int_equal(strv_push(&row.req->scope, "delete s3://prod-reports/x"), 0);
	world_begin(w);
	assert_int_equal(store_permissions_open(w->store, row.id, 1000, &row.req->scope, 100, 200,
	    &w->err), 0);
	world_commit(w);
	assert_int_equal(world_count(w, "SELECT count(*) FROM permissions WHERE begins = 100 AND "
	    "ends = 200 AND why = '' AND loginuid = 1000"), 2);
	world_begin(w);
	assert_int_equal(store_permissions_end(w->store, row.id, 150, "revoked", &w->err), 0);
	assert_int_equal(store_permissions_end(w->store, row.id, 120, "again", &w->err), 0);
	world_commit(w);
	/* an auditor's query; sqlite3(1) trusts the schema, our connection does not */
	sqlite3_db_config(w->store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
	assert_int_equal(world_count(w, "SELECT count(*) FROM who_could WHERE person = 'alice' AND "
	    "rule = 'report uploads' AND from_utc = '1970-01-01 00:01:40' AND "
	    "to_utc = '1970-01-01 00:02:30' AND ended_because = 'revoked'"), 2);
	assert_int_equal(world_count(w, "SELECT count(*) FROM requests_plain "
	    "WHERE state = 'pending' AND claimed_utc IS NULL"), 1);
	/* ended after its deadline: it could no more than until the deadline */
	world_begin(w);
	assert_int_equal(store_permissions_open(w->store, row.id, 1000, &row.req->scope, 300, 400,
	    &w->err), 0);
	assert_int_equal(store_permissions_end(w->store, row.id, 500, "expired", &w->err), 0);
	world_commit(w);
	assert_int_equal(world_count(w, "SELECT count(*) FROM permissions WHERE ends = 400"), 2);
	codec_clear(&request_row_table, &row);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_asked_is_what_is_read),
		T(each_column_moves),
		T(lists_and_counts_by_state_and_person),
		T(short_ids_match),
		T(insert_refuses_a_wrong_digest_and_a_second_time),
		T(Q11_of_approve_deny_cancel_expire_one_wins),
		T(Q11_a_move_names_the_digest),
		T(nothing_moves_backwards),
		T(B12_a_deadline_never_moves_later),
		T(Q1_each_field_of_a_request),
		T(Q1_a_body_that_is_none),
		T(Q1_digest_and_id_of_another),
		T(Q1_what_was_asked_cannot_be_updated_by_accident),
		T(Q17_each_bit_of_a_state),
		T(Q17_each_bit_of_a_vote),
		T(Q4_a_person_votes_once_and_on_this_text),
		T(who_could_do_what_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
