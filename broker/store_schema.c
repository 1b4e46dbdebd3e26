/*
 * store_schema.c - the record's tables, as an auditor finds them with
 * `sqlite3 s3jit.db .schema`, and how older databases become like it.
 *
 * One migration a number (PRAGMA user_version), each in a transaction of its
 * own; a number that was released is never edited again.  Times are UTC
 * seconds since 1970, 0 = not yet; the views spell them out.
 */
#include "config.h"

#include <stdio.h>

#include "store_sqlite.h"

#define MIGRATIONS 2

static const char *const first[] = {
	"CREATE TABLE meta (\n"
	"  -- audit-seq, audit-hash: head of the audit chain (it outlives records cut off)\n"
	"  -- audit-forwarded: syslog and journald have all records up to this one\n"
	"  name  TEXT PRIMARY KEY,\n"
	"  value NOT NULL\n"
	") WITHOUT ROWID",
	"INSERT INTO meta VALUES ('audit-seq', 0),\n"
	"  ('audit-hash', '0000000000000000000000000000000000000000000000000000000000000000'),\n"
	"  ('audit-forwarded', 0)",

	"CREATE TABLE sessions (\n"
	"  -- one login, registered by pam_s3jit as root\n"
	"  row           INTEGER PRIMARY KEY,\n"
	"  boot_id       TEXT NOT NULL,\n"
	"  sessionid     INTEGER NOT NULL,  -- the kernel's audit session id\n"
	"  loginuid      INTEGER NOT NULL,  -- the person\n"
	"  user          TEXT NOT NULL,     -- PAM_USER as told, PAM_SERVICE, PAM_RHOST, PAM_TTY: evidence\n"
	"  service       TEXT NOT NULL,\n"
	"  rhost         TEXT NOT NULL,\n"
	"  tty           TEXT NOT NULL,\n"
	"  key_hash      TEXT NOT NULL,     -- SHA-256 of what sshd says about the key\n"
	"  monitor_pid   INTEGER NOT NULL,  -- sshd's process for this login, and when it began\n"
	"  monitor_start INTEGER NOT NULL,  -- (clock ticks since boot)\n"
	"  opened        INTEGER NOT NULL,\n"
	"  ended         INTEGER NOT NULL,  -- 0 while it lives\n"
	"  why           TEXT NOT NULL,     -- how it ended\n"
	"  reauth_at     INTEGER NOT NULL   -- last re-authentication\n"
	")",
	"CREATE INDEX sessions_kernel ON sessions (boot_id, sessionid)",
	"CREATE INDEX sessions_person ON sessions (loginuid, key_hash)",
	"CREATE INDEX sessions_open ON sessions (row) WHERE ended = 0",

	"CREATE TABLE requests (\n"
	"  -- what was asked (body, never changed) and what became of it\n"
	"  id         TEXT PRIMARY KEY,  -- first 128 bits of digest, letters k (0) to z (15)\n"
	"  digest     TEXT NOT NULL,     -- SHA-256 over the fields of body (INTERFACES.md)\n"
	"  body       TEXT NOT NULL,     -- JSON: who, scope, command, reason, how long, rule, ...\n"
	"  state      INTEGER NOT NULL   -- pending, approved, active, ended\n"
	"    CHECK (state IN (0x5a17c3e9, 0x2ce48d56, 0x93b27e1c, 0x6d0951a3)),\n"
	"  why        TEXT NOT NULL,     -- how it ended: done, expired, revoked, logout, denied, withdrawn, lapsed\n"
	"  \"by\"       TEXT NOT NULL,     -- who ended it or whose yes completed it\n"
	"  text       TEXT NOT NULL,     -- their words\n"
	"  session    INTEGER NOT NULL REFERENCES sessions (row),  -- the login that asked\n"
	"  holder     INTEGER REFERENCES sessions (row),           -- the login that claimed it\n"
	"  created    INTEGER NOT NULL,\n"
	"  approved   INTEGER NOT NULL,\n"
	"  claimed    INTEGER NOT NULL,  -- the time granted runs from here ...\n"
	"  deadline   INTEGER NOT NULL,  -- ... to here; it never moves later\n"
	"  ended      INTEGER NOT NULL,\n"
	"  lapses     INTEGER NOT NULL,  -- waits for an answer or a claim until then\n"
	"  needed     INTEGER NOT NULL,  -- yes votes missing when last counted\n"
	"  keys_until INTEGER NOT NULL,  -- keys handed out live at most until then\n"
	"  loginuid   INTEGER NOT NULL   -- of body, for the index; decides nothing\n"
	")",
	"CREATE INDEX requests_state ON requests (state)",
	"CREATE INDEX requests_person ON requests (loginuid, state)",
	"CREATE UNIQUE INDEX requests_digest ON requests (id, digest)",
	"CREATE TRIGGER requests_fixed BEFORE UPDATE OF id, digest, body, session, created, loginuid ON requests\n"
	"BEGIN SELECT RAISE(ABORT, 'what was asked is never changed'); END",

	"CREATE TABLE permissions (\n"
	"  -- who could do what when: [begins, ends)\n"
	"  request    TEXT NOT NULL REFERENCES requests (id),\n"
	"  loginuid   INTEGER NOT NULL,\n"
	"  permission TEXT NOT NULL,     -- put s3://bucket/key\n"
	"  begins     INTEGER NOT NULL,\n"
	"  ends       INTEGER NOT NULL,  -- the deadline, or earlier when it ended early\n"
	"  why        TEXT NOT NULL      -- why it ended; '' while it holds\n"
	")",
	"CREATE INDEX permissions_request ON permissions (request)",
	"CREATE INDEX permissions_when ON permissions (begins, ends)",

	"CREATE TABLE votes (\n"
	"  -- one person's answer to exactly one text (digest)\n"
	"  id       TEXT NOT NULL,\n"
	"  digest   TEXT NOT NULL,\n"
	"  loginuid INTEGER NOT NULL,\n"
	"  person   TEXT NOT NULL,\n"
	"  session  INTEGER NOT NULL REFERENCES sessions (row),\n"
	"  key_hash TEXT NOT NULL,\n"
	"  vote     INTEGER NOT NULL CHECK (vote IN (0x36e5b29c, 0x491a4d63)),  -- yes, no\n"
	"  text     TEXT NOT NULL,\n"
	"  time     INTEGER NOT NULL,\n"
	"  UNIQUE (id, loginuid),\n"
	"  FOREIGN KEY (id, digest) REFERENCES requests (id, digest)\n"
	")",
	"CREATE TRIGGER votes_fixed BEFORE UPDATE ON votes\n"
	"BEGIN SELECT RAISE(ABORT, 'a vote is never changed'); END",

	"CREATE TABLE leases (\n"
	"  -- temporary credentials: what we were about to ask AWS for, then what came of it\n"
	"  lease          TEXT PRIMARY KEY,\n"
	"  id             TEXT REFERENCES requests (id),  -- NULL: a baseline's\n"
	"  kind           TEXT NOT NULL,     -- signed, handed-out, baseline\n"
	"  session_name   TEXT NOT NULL,     -- as CloudTrail shows it\n"
	"  role           TEXT NOT NULL,\n"
	"  loginuid       INTEGER NOT NULL,\n"
	"  intended       INTEGER NOT NULL,\n"
	"  until          INTEGER NOT NULL,\n"
	"  access_key_id  TEXT NOT NULL,     -- the outcome, '' before\n"
	"  role_id        TEXT NOT NULL,\n"
	"  sts_request_id TEXT NOT NULL,\n"
	"  expiration     INTEGER NOT NULL,\n"
	"  outcome        INTEGER NOT NULL,  -- when it was known; 0: nothing was ever used\n"
	"  error          TEXT NOT NULL\n"
	")",
	"CREATE INDEX leases_id ON leases (id)",
	"CREATE INDEX leases_key ON leases (access_key_id)",
	"CREATE INDEX leases_unfinished ON leases (intended) WHERE outcome = 0",

	"CREATE TABLE audit (\n"
	"  -- hash = SHA-256 over prev, seq, record (INTERFACES.md); prev = hash of seq - 1\n"
	"  seq    INTEGER PRIMARY KEY,\n"
	"  prev   TEXT NOT NULL,\n"
	"  hash   TEXT NOT NULL,\n"
	"  record TEXT NOT NULL,  -- one line of JSON\n"
	"  wall   INTEGER NOT NULL,\n"
	"  id     TEXT NOT NULL   -- the request it is about, or ''\n"
	")",
	"CREATE INDEX audit_id ON audit (id) WHERE id <> ''",
	"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit\n"
	"BEGIN SELECT RAISE(ABORT, 'an audit record is never changed'); END",
	"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit\n"
	"BEGIN SELECT RAISE(ABORT, 'an audit record is never removed'); END",

	"CREATE TABLE config_texts (\n"
	"  -- each text of s3jit.conf that was ever in force, once\n"
	"  hash  TEXT PRIMARY KEY,  -- SHA-256; \"config\" in the audit records\n"
	"  text  TEXT NOT NULL,\n"
	"  since INTEGER NOT NULL   -- first accepted\n"
	") WITHOUT ROWID",

	"CREATE VIEW requests_plain AS SELECT id, json_extract(body, '$.person') AS person,\n"
	"  json_extract(body, '$.reason') AS reason, json_extract(body, '$.rule') AS rule,\n"
	"  CASE state WHEN 0x5a17c3e9 THEN 'pending' WHEN 0x2ce48d56 THEN 'approved'\n"
	"    WHEN 0x93b27e1c THEN 'active' WHEN 0x6d0951a3 THEN 'ended' ELSE 'corrupt' END AS state,\n"
	"  why, \"by\", text, datetime(created, 'unixepoch') AS created_utc,\n"
	"  datetime(NULLIF(claimed, 0), 'unixepoch') AS claimed_utc,\n"
	"  datetime(NULLIF(deadline, 0), 'unixepoch') AS deadline_utc,\n"
	"  datetime(NULLIF(ended, 0), 'unixepoch') AS ended_utc FROM requests",
	"CREATE VIEW who_could AS SELECT json_extract(r.body, '$.person') AS person, p.permission,\n"
	"  datetime(p.begins, 'unixepoch') AS from_utc, datetime(p.ends, 'unixepoch') AS to_utc,\n"
	"  p.why AS ended_because, p.request, json_extract(r.body, '$.reason') AS reason,\n"
	"  json_extract(r.body, '$.rule') AS rule, json_extract(r.body, '$.rule_hash') AS rule_hash,\n"
	"  (SELECT group_concat(v.person, ', ') FROM votes v\n"
	"    WHERE v.id = p.request AND v.vote = 0x36e5b29c) AS signed_off_by\n"
	"  FROM permissions p JOIN requests r ON r.id = p.request",
	NULL
};

static const char *const second[] = {
	"CREATE TABLE revocations (\n"
	"  -- sessions that AWS was told to refuse, because their grant ended before their keys\n"
	"  row       INTEGER PRIMARY KEY,\n"
	"  id        TEXT REFERENCES requests (id),  -- NULL: all that a person had until then\n"
	"  person    TEXT NOT NULL,\n"
	"  role      TEXT NOT NULL,\n"
	"  role_id   TEXT NOT NULL,     -- aws:userid of its sessions; '': their tag alone names them\n"
	"  until     INTEGER NOT NULL,  -- the keys are over\n"
	"  requested INTEGER NOT NULL,\n"
	"  taken     INTEGER NOT NULL,  -- IAM has it\n"
	"  confirmed INTEGER NOT NULL,  -- a probe with that very session was refused\n"
	"  removed   INTEGER NOT NULL   -- it is gone from the role's policies\n"
	")",
	"CREATE INDEX revocations_id ON revocations (id)",
	"CREATE INDEX revocations_open ON revocations (row) WHERE removed = 0",
	NULL
};

static const char *const *const migrations[MIGRATIONS] = { first, second };

static int
migrate_to(struct store *s, int number, struct s3jit_err *err)
{
	const char *const *sql;
	char pragma[64];

	if (store_begin(s, err) == -1)
		return -1;
	for (sql = migrations[number - 1]; *sql != NULL; sql++)
		if (store_script(s, *sql, err) == -1)
			goto undo;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", number);
	if (store_script(s, pragma, err) == 0 && store_commit(s, err) == 0)
		return 0;
undo:
	store_rollback(s);
	return -1;
}

int
store_migrate(struct store *s, struct s3jit_err *err)
{
	int64_t version;

	if (sql_int(s, &version, err, "PRAGMA user_version", "") == -1)
		return -1;
	if (version < 0 || version > MIGRATIONS)
		return s3jit_fail(err, S3JIT_ERECORD, "the record %s was written by a newer s3jit "
		    "(format %lld; this one knows %d): install the newer one again, or put back a "
		    "copy made before the upgrade", s->path, (long long)version, MIGRATIONS);
	for (; version < MIGRATIONS; version++)
		if (migrate_to(s, (int)version + 1, err) == -1)
			return -1;
	return 0;
}
