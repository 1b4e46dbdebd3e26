/*
 * notice.c - what a person reads on the terminal where something was opened.
 *
 * Runs in s3jitd.  The terminal is known for as long as s3jitd runs: after a
 * restart nothing is said there.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"
#include "s3jit/escape.h"

#include "notice.h"
#include "terminal.h"

#define WORDS_MAX 300

void
notice_begin(struct live *l, const struct conn *c, int64_t length)
{
	int64_t before = duration_warning(length);

	l->tty_nr = c->peer.tty_nr;
	l->warn_ms = before != 0 ? l->due_ms - before * 1000 : 0;
}

void
notice_not_to(struct live *l, const struct conn *c)
{
	if (l != NULL && l->tty_nr == c->peer.tty_nr)
		l->tty_nr = 0;
}

static void
say(struct broker *b, const struct live *l, const char *text)
{
	struct session *s = session_by_row(b->sessions, l->session);

	if (l->tty_nr != 0 && s != NULL)
		(void)terminal_say(l->tty_nr, (uid_t)s->row.loginuid, text);
}

void
notice_soon(struct broker *b, struct live *l)
{
	char line[160], at[CLOCK_TEXT], left[DURATION_TEXT];
	int64_t seconds = (l->due_ms - clock_boot_ms() + 999) / 1000;

	l->warn_ms = 0;
	snprintf(line, sizeof(line), "s3jit: %s left: write access %.*s ends at %s.",
	    duration_format(left, seconds), REQUEST_ID_SHOWN, l->id, clock_hms(at, l->due));
	say(b, l, line);
}

void
notice_end(struct broker *b, const struct live *l, const char *why, const char *by,
    const char *text)
{
	char line[512];
	char *who = escape_cut(by, 64), *words = escape_cut(text, WORDS_MAX);

	line[0] = '\0';
	if (who == NULL || words == NULL)
		goto out;
	if (strcmp(why, "expired") == 0)
		snprintf(line, sizeof(line), "s3jit: write access %.*s ended: deadline reached.",
		    REQUEST_ID_SHOWN, l->id);
	else if (strcmp(why, "revoked") == 0)
		snprintf(line, sizeof(line), "s3jit: write access %.*s ended: revoked by %s: \"%s\".",
		    REQUEST_ID_SHOWN, l->id, *who == '\0' ? "s3jit" : who, words);
	else if (strcmp(why, "done") == 0 && strcmp(text, "closed") == 0)
		snprintf(line, sizeof(line), "s3jit: write access %.*s ended: closed in another "
		    "terminal of yours.", REQUEST_ID_SHOWN, l->id);
	if (line[0] != '\0')
		say(b, l, line);
out:
	free(words);
	free(who);
}
