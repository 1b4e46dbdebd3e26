/*
 * audit.h - one record per event: in the database first, then to syslog
 * (LOG_AUTHPRIV, own datagram socket to /dev/log so that errors are seen) and
 * journald (native fields), which make the off-host anchor.
 *
 * A record is one line of ASCII JSON with sorted keys (A3): "event", "time"
 * (ISO), "boot_ms" (A7), "host", "boot", "text" (a sentence for people) and
 * what the event has: "id", "digest", "person", "loginuid", "ruid",
 * "session", "by", "reason", "scope", "rule", "config", "delivery",
 * "deadline", "access_key_id", "session_name", "sts_request_id", "role", "role_id", "count".
 * Never a secret (A4).
 */
#ifndef BROKER_AUDIT_H
#define BROKER_AUDIT_H

#include <stdarg.h>

#include "store.h"

struct audit;

int audit_new(struct audit **, struct store *, const char *host, const char *boot_id,
    const char *config_hash, struct s3jit_err *);
void audit_free(struct audit *);
/* Other sockets than /dev/log and /run/systemd/journal/socket, for tests; kept, not copied. */
void audit_paths(struct audit *, const char *dev_log, const char *journal);

/*
 * Append a record to the open transaction (or to one of its own when none is
 * open).  Then name/value pairs, ended by NULL: a name that begins with '#'
 * takes an int64_t, with '*' a const struct strv *, any other a const char *
 * (NULL = left out).  `id` may be "".
 *	audit_add(a, err, "approved", id, "bob approved", "by", "bob", "#needed", (int64_t)0, NULL)
 */
int audit_add(struct audit *, struct s3jit_err *, const char *event, const char *id,
    const char *text, ...) __attribute__((sentinel));

/*
 * The same for what must never wait for the record (taking power away,
 * logins): tries, and when the record cannot be written counts the gap; the
 * next record that can be written is preceded by one "gap" record.
 */
void audit_try(struct audit *, const char *event, const char *id, const char *text, ...)
    __attribute__((sentinel));

/*
 * Refused and forged attempts (A5): at most 10 a minute for each (event, uid),
 * then one record with the count when the minute is over.
 */
void audit_refused(struct audit *, const char *event, int64_t uid, const char *text);

/* Send committed records on to syslog and journald; called after commits and every second. */
void audit_forward(struct audit *);

#endif
