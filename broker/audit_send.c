/*
 * audit_send.c - records to syslog and journald, without waiting for either.
 *
 * syslog(3) and sd_journal_sendv() report success with nobody listening, so
 * the datagram socket to /dev/log is our own, and journald is asked only when
 * its socket takes data.  Where /dev/log is journald's, only journald is sent
 * to: one entry a record.
 */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_LIBSYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif

#include "audit_private.h"
#include "s3jit/codec.h"
#include "s3jit/escape.h"

#define LINE_MAX_SYSLOG	8192	/* what daemons take as they come */
#define LINE_TINY	1024	/* RFC 3164; for a daemon that refused the above */

/* A datagram socket connected to `path`, or -1. */
static int
dgram(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return -1;
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* "seq=7 hash=9f31... {...}"; both are "-" for what is not in the database. */
static char *
plain_text(const struct sending *s)
{
	char *text, seq[24] = "-";

	if (s->seq != 0)
		snprintf(seq, sizeof(seq), "%lld", (long long)s->seq);
	return asprintf(&text, "seq=%s hash=%s %s", seq, s->hash, s->record) == -1 ? NULL : text;
}

/* --- syslog ------------------------------------------------------------------------ */

/* The head that RFC 3164 wants: local time, English months. */
static int
syslog_head(char *buf, size_t size, int64_t wall)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)wall;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	return snprintf(buf, size, "<%d>%s %2d %02d:%02d:%02d s3jitd[%ld]: ",
	    LOG_AUTHPRIV | LOG_NOTICE, months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, (long)getpid());
}

/* The line to send, at most `max` bytes; says so when it is not all of it. */
static size_t
syslog_line(char *buf, size_t max, const char *text, int64_t wall)
{
	size_t head = (size_t)syslog_head(buf, max, wall), len = strlen(text);
	char tail[96];
	int ntail;

	if (head + len <= max) {
		memcpy(buf + head, text, len);
		return head + len;
	}
	ntail = snprintf(tail, sizeof(tail), " [shortened; all %zu bytes: s3-audit log --json]", len);
	len = max - head - (size_t)ntail;
	memcpy(buf + head, text, len);
	memcpy(buf + head + len, tail, (size_t)ntail);
	return max;
}

static int
syslog_write(struct audit *a, const char *text, int64_t wall)
{
	char line[LINE_MAX_SYSLOG];
	size_t len = syslog_line(line, sizeof(line), text, wall);

	if (send(a->log_fd, line, len, MSG_NOSIGNAL) != -1)
		return 0;
	if (errno != EMSGSIZE)
		return -1;
	len = syslog_line(line, LINE_TINY, text, wall);
	return send(a->log_fd, line, len, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* Connect when needed; once again when the daemon was restarted meanwhile. */
static int
syslog_send(struct audit *a, const char *text, int64_t wall)
{
	int tries;

	for (tries = 0; tries < 2; tries++) {
		if (a->log_fd == -1 && (a->log_fd = dgram(a->dev_log)) == -1)
			return -1;
		if (syslog_write(a, text, wall) == 0)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS)
			return -1;	/* it is slow: later */
		close(a->log_fd);
		a->log_fd = -1;
	}
	return -1;
}

/* --- journald ---------------------------------------------------------------------------- */

#ifdef HAVE_LIBSYSTEMD
static const struct {
	const char *key, *field;
} fields[] = {
	{ "event", "S3JIT_EVENT" },
	{ "id", "S3JIT_ID" },
	{ "digest", "S3JIT_DIGEST" },
	{ "person", "S3JIT_PERSON" },
	{ "by", "S3JIT_BY" },
	{ "rule", "S3JIT_RULE" },
	{ "access_key_id", "S3JIT_ACCESS_KEY_ID" },
	{ NULL, NULL }
};
#define FIXED 6			/* MESSAGE ... S3JIT_HASH */
#define FIELDS (FIXED + sizeof(fields) / sizeof(fields[0]))

/* Is somebody there who takes data now?  sendv() itself would wait for a hanging journald. */
static bool
journal_ready(const char *path)
{
	struct pollfd p = { .events = POLLOUT };
	bool ready;

	if ((p.fd = dgram(path)) == -1)
		return false;
	ready = poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
	close(p.fd);
	return ready;
}

static void
add(struct iovec *v, int *n, const char *name, const char *text)
{
	char *field;

	if (asprintf(&field, "%s=%s", name, text) == -1)
		return;		/* a field less; MESSAGE has it all */
	v[*n].iov_base = field;
	v[(*n)++].iov_len = strlen(field);
}

static void
add_fields(struct iovec *v, int *n, const char *record)
{
	json_t *o = codec_json_load(record, strlen(record), NULL);
	const char *text;
	char *safe;
	size_t i;

	for (i = 0; fields[i].key != NULL; i++) {
		if ((text = json_string_value(json_object_get(o, fields[i].key))) == NULL ||
		    (safe = escape_text(text)) == NULL)
			continue;
		add(v, n, fields[i].field, safe);
		free(safe);
	}
	json_decref(o);
}

static int
journal_send(const struct sending *s, const char *text)
{
	struct iovec v[FIELDS];
	char seq[24] = "-";
	int i, n = 0, ret;

	if (s->seq != 0)
		snprintf(seq, sizeof(seq), "%lld", (long long)s->seq);
	add(v, &n, "MESSAGE", text);
	if (n == 0)
		return -1;
	add(v, &n, "PRIORITY", "5");
	add(v, &n, "SYSLOG_FACILITY", "10");
	add(v, &n, "SYSLOG_IDENTIFIER", "s3jitd");
	add(v, &n, "S3JIT_SEQ", seq);
	add(v, &n, "S3JIT_HASH", s->hash);
	add_fields(v, &n, s->record);
	ret = sd_journal_sendv(v, n);
	for (i = 0; i < n; i++)
		free(v[i].iov_base);
	return ret < 0 ? -1 : 0;
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Is /dev/log the journal's own? */
static bool
log_is_journal(const char *dev_log)
{
	static const char end[] = "systemd/journal/dev-log";
	char target[256];
	ssize_t n = readlink(dev_log, target, sizeof(target));

	return n >= (ssize_t)strlen(end) && n < (ssize_t)sizeof(target) &&
	    memcmp(target + n - strlen(end), end, strlen(end)) == 0;
}
#endif

int
audit_send(struct audit *a, const struct sending *s)
{
	char *text = plain_text(s);
	int ret = -1;

	if (text == NULL)
		return -1;
#ifdef HAVE_LIBSYSTEMD
	if (exists(a->journal) && (log_is_journal(a->dev_log) || !exists(a->dev_log))) {
		if (journal_ready(a->journal))
			ret = journal_send(s, text);
		free(text);
		return ret;
	}
	/* Both, and syslog first: what it has taken and journald has not comes twice, not never. */
	ret = syslog_send(a, text, s->wall);
	if (ret == 0 && exists(a->journal))
		ret = journal_ready(a->journal) ? journal_send(s, text) : -1;
#else
	ret = syslog_send(a, text, s->wall);
#endif
	free(text);
	return ret;
}
