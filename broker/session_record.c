/*
 * session_record.c - the beginning and the end of a login, on record.
 *
 * Runs in s3jitd.
 */
#include "config.h"

#include <stdlib.h>

#include "s3jit/fault.h"

#include "broker.h"
#include "session_record.h"

static int
record_open(struct session *s, struct s3jit_err *err)
{
	struct store *st = s->b->store;
	struct session_row *row = &s->row;
	char *origin = session_origin(s);
	int64_t unsaved = row->row;
	int ret = -1;

	row->row = 0;		/* the store numbers it */
	if (origin == NULL) {
		s3jit_fail_errno(err, "memory");
		goto out;
	}
	if (store_begin(st, err) == -1)
		goto out;
	if (store_session_insert(st, row, err) == -1 ||
	    audit_add(s->b->audit, err, "session-opened", "", "a login began",
	    "user", row->user, "#loginuid", row->loginuid, "#session", row->sessionid,
	    "service", row->service, "origin", origin, "tty", row->tty,
	    "key_hash", row->key_hash, "#monitor_pid", row->monitor_pid, NULL) == -1) {
		store_rollback(st);
		goto out;
	}
	FAULT_POINT("session-begun");
	if (store_commit(st, err) == -1)
		goto out;
	FAULT_POINT("session-opened");
	ret = 0;
out:
	if (ret == -1)
		row->row = unsaved;
	free(origin);
	return ret;
}

static int
record_end(struct session *s, struct s3jit_err *err)
{
	struct store *st = s->b->store;
	struct session_row *row = &s->row;

	if (store_begin(st, err) == -1)
		return -1;
	if (store_session_end(st, row->row, row->ended, row->why, err) == -1 ||
	    audit_add(s->b->audit, err, "session-ended", "", "a login ended",
	    "user", row->user, "#loginuid", row->loginuid, "#session", row->sessionid,
	    "why", row->why, NULL) == -1) {
		store_rollback(st);
		return -1;
	}
	if (store_commit(st, err) == -1)
		return -1;
	FAULT_POINT("session-ended");
	return 0;
}

int
session_record(struct session *s, struct s3jit_err *err)
{
	s->owed = true;
	if (s->row.row < 0) {
		int64_t ended = s->row.ended;

		s->row.ended = 0;
		if (record_open(s, err) == -1) {
			s->row.ended = ended;
			return -1;
		}
		s->row.ended = ended;
	}
	if (s->row.ended != 0 && record_end(s, err) == -1)
		return -1;
	s->owed = false;
	return 0;
}
