/*
 * approve.c - showing one request and carrying one answer.
 *
 * Runs in s3-approve as the person, without any privilege (Q16): who may vote
 * is the broker's to know.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "s3jit/escape.h"

#include "again.h"
#include "approve.h"
#include "format.h"
#include "show.h"
#include "task.h"

#define ASK_AGAIN	5

enum answer
approve_answer(const char *typed)
{
	static const struct {
		const char *word;
		enum answer answer;
	} words[] = {
		{ "yes", ANSWER_YES }, { "no", ANSWER_NO }, { "n", ANSWER_NO },
		{ "skip", ANSWER_SKIP }, { "s", ANSWER_SKIP },
	};
	size_t i, len;

	typed += strspn(typed, " \t");
	len = strcspn(typed, " \t\r");
	if (typed[len + strspn(typed + len, " \t\r")] != '\0')
		return ANSWER_NONE;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && strncmp(words[i].word, typed, len) == 0)
			return words[i].answer;
	return ANSWER_NONE;
}

/* What Ctrl-C and Ctrl-Z mean at the password, the helper that asks for it decides. */
static void
keys_to_helper(bool ignore, void (*before[3])(int))
{
	static const int keys[] = { SIGINT, SIGQUIT, SIGTSTP };
	size_t i;

	for (i = 0; i < 3; i++)
		if (ignore)
			before[i] = signal(keys[i], SIG_IGN);
		else if (before[i] != SIG_ERR)
			(void)signal(keys[i], before[i]);
}

/* `s3-sudo reauth` asks for the password; the session was marked by our refused vote. */
static int
reauth_run(struct s3jit_err *err)
{
	void (*before[3])(int);
	int status = -1;
	pid_t pid;

	if (reauth_possible(err) == -1)
		return -1;
	keys_to_helper(true, before);
	if ((pid = fork()) == 0) {
		keys_to_helper(false, before);
		if (setenv(REAUTH_GUARD, "1", 1) == 0)
			execl(S3_SUDO, "s3-sudo", "reauth", (char *)NULL);
		_exit(127);
	}
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	keys_to_helper(false, before);
	if (pid == -1)
		return s3jit_fail_errno(err, "starting %s", S3_SUDO);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "Your password was not accepted.  Nothing was decided");
	return 0;
}

int
approve_vote(struct app *app, const struct msg_shown *s, bool yes, const char *why,
    struct msg_state *after, bool *twice)
{
	char digest[DIGEST_HEX], id[REQUEST_ID], *words = format_to_wire(why);
	struct msg_vote vote = { id, digest, yes, words };
	int ret;

	if (words == NULL)
		return s3jit_fail_errno(&app->err, "voting");
	request_names(id, digest, s->request);
	ret = again_ask(app, &vote_table, &vote, &state_table, after, twice);
	if (ret == -1 && app->err.code == S3JIT_EREAUTH && reauth_run(&app->err) == 0)
		ret = again_ask(app, &vote_table, &vote, &state_table, after, twice);
	free(words);
	return ret;
}

static void
voted_show(struct app *app, const struct msg_shown *s, bool yes, const struct msg_state *after)
{
	char *person = escape_cut(s->request->person, 64);
	const char *who = person == NULL ? "?" : person;

	if (!yes)
		ui_say(&app->ui, TONE_PLAIN, "Denied. %s was told.", who);
	else if (after->needed > 0 && strcmp(after->state, "pending") == 0)
		ui_say(&app->ui, TONE_PLAIN, "Your yes counts. %" PRId64 " more needed.", after->needed);
	else
		ui_say(&app->ui, TONE_GOOD, "Approved. %s was told.", who);
	free(person);
}

/* Somebody was faster, or it is over: no question, exit 0. */
static void
handled_show(struct app *app, const struct msg_shown *s)
{
	static const struct {
		const char *why, *said;
	} ends[] = {
		{ "denied", "denied this" }, { "revoked", "revoked this" },
		{ "withdrawn", "took this back" }, { "done", "has done it" },
		{ "lapsed", "lets it lapse: it was not signed off and taken up in time" },
		{ "expired", "ended this: its time is over" },
		{ "logout", "ended this: the login that used it is over" },
	};
	char *by, *words = *s->text == '\0' ? NULL : format_quoted(s->text, 300);
	bool nobody = s->by[0] == '\0' || strcmp(s->why, "lapsed") == 0;
	const char *what = "ended this";
	size_t i;

	if (s->by[0] == '\0' && s->votes.n > 0 && strcmp(s->state, "ended") != 0)
		by = format_people(&s->votes, " + ");
	else
		by = escape_cut(nobody ? "s3jit" : s->by, 64);
	if (strcmp(s->state, "approved") == 0 || strcmp(s->state, "active") == 0)
		what = "approved this";
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(s->state, "ended") == 0 && strcmp(s->why, ends[i].why) == 0)
			what = ends[i].said;
	ui_say(&app->ui, TONE_PLAIN, "handled already:  %s %s%s%s%s.", by == NULL ? "?" : by, what,
	    words == NULL ? "" : " (", words == NULL ? "" : words, words == NULL ? "" : ")");
	free(words);
	free(by);
}

/* Our answer came too late, or the first one was lost: so show how it was decided. */
static int
decided_show(struct app *app, const struct msg_shown *s)
{
	struct s3jit_err refused = app->err;
	char id[REQUEST_ID];
	struct msg_show ask = { id };
	struct msg_shown now;
	int ret = 0;

	request_names(id, NULL, s->request);
	if (app_ask(app, &show_table, &ask, &shown_table, &now) == -1)
		return -1;
	if (strcmp(now.state, "pending") != 0) {
		handled_show(app, &now);
	} else if (refused.code == S3JIT_EBUSY && !now.may_vote) {	/* the first one was taken */
		ui_say(&app->ui, TONE_PLAIN, "Your yes counts. %" PRId64 " more needed.", now.needed);
	} else if (refused.code == S3JIT_OK) {	/* an event told us, the record knows it later */
		ret = s3jit_fail(&app->err, S3JIT_ENOTALLOWED, "%s", now.may_not);
	} else {
		app->err = refused;
		ret = -1;
	}
	codec_clear(&shown_table, &now);
	return ret;
}

/* Was it decided while it stood on our screen?  What was taken up can still be revoked. */
static bool
too_late(bool yes, enum s3jit_code code)
{
	return code == S3JIT_EDENIED || code == S3JIT_EWITHDRAWN || code == S3JIT_ELAPSED ||
	    code == S3JIT_EENDED || code == S3JIT_EDEADLINE || (yes && code == S3JIT_ECHANGED);
}

static int
vote_and_tell(struct app *app, const struct msg_shown *s, bool yes, const char *why)
{
	struct msg_state after;
	bool twice = false;

	if (approve_vote(app, s, yes, why, &after, &twice) == -1)
		return (twice && app->err.code != S3JIT_EBROKER) || too_late(yes, app->err.code) ?
		    decided_show(app, s) : -1;
	voted_show(app, s, yes, &after);
	codec_clear(&state_table, &after);
	return 0;
}

/* Why not?  The requester reads it, so an empty line is not an answer. */
static int
why_ask(struct app *app, char **why)
{
	int tries;

	for (tries = 0; tries < ASK_AGAIN; tries++) {
		if (ui_ask(&app->ui, why, "Why?", &app->err) == -1)
			return -1;
		if ((*why)[strspn(*why, " \t")] != '\0')
			return 0;
		free(*why);
		*why = NULL;
		ui_say(&app->ui, TONE_PLAIN, "Who asked will read it; a no needs a reason.");
	}
	return s3jit_fail(&app->err, S3JIT_EUSAGE, "A no needs a reason.  Nothing was decided");
}

struct question {
	struct app *app;
	char id[REQUEST_ID];
};

/* While it is being asked: has somebody else, or time, answered it? */
static int
decided_meanwhile(void *arg)
{
	struct question *q = arg;
	struct s3jit_err err;
	struct msg_event ev;
	int got, over = 0;

	while (over == 0 && (got = conn_event(q->app->conn, &ev, 0, &err)) != 0) {
		if (got == -1)
			return -1;	/* voting connects again */
		over = strcmp(ev.id, q->id) == 0 && strcmp(ev.what, "yes") != 0 &&
		    strcmp(ev.what, "looking") != 0;
		codec_clear(&event_table, &ev);
	}
	return over;
}

/* What would be decided must stand where the answer is typed (Q16). */
static int
terminal_need(struct app *app, const struct msg_shown *s, const char *id)
{
	if (ui_is_seen())
		return 0;
	if (ui_can_ask())
		return s3jit_fail(&app->err, S3JIT_EUSAGE, "what you would decide on is not shown on "
		    "this terminal: standard error goes elsewhere");
	app_hint(app, "From elsewhere:   ssh -t %s s3-approve %.*s", s->request->host,
	    REQUEST_ID_SHOWN, id);
	return s3jit_fail(&app->err, S3JIT_EUSAGE, "there is no terminal to ask on");
}

static int
decide(struct app *app, const struct msg_shown *s, enum answer *answer)
{
	struct question q = { app, "" };
	struct ui_unless unless = { conn_fd(app->conn), decided_meanwhile, &q };
	char *typed, *why = NULL;
	int tries, ret = -1;

	request_names(q.id, NULL, s->request);
	*answer = ANSWER_NONE;
	if (terminal_need(app, s, q.id) == -1)
		return -1;
	for (tries = 0; *answer == ANSWER_NONE && tries < ASK_AGAIN; tries++) {
		ret = ui_ask_unless(&app->ui, &typed, "yes / no / skip ?", &unless, &app->err);
		if (ret != 0)
			return ret == 1 ? decided_show(app, s) : -1;
		ret = -1;
		*answer = approve_answer(typed);
		free(typed);
		if (*answer == ANSWER_NONE)
			ui_say(&app->ui, TONE_PLAIN, "Type the whole word yes, or no, or skip.");
	}
	switch (*answer) {
	case ANSWER_YES:
		ret = vote_and_tell(app, s, true, "");
		break;
	case ANSWER_NO:
		if (why_ask(app, &why) == 0)
			ret = vote_and_tell(app, s, false, why);
		free(why);
		break;
	case ANSWER_SKIP:
		ui_say(&app->ui, TONE_PLAIN, "Skipped.  Nothing was decided.");
		ret = 0;
		break;
	case ANSWER_NONE:
		s3jit_fail(&app->err, S3JIT_EUSAGE, "Nothing was decided");
		break;
	}
	return ret;
}

static int
request_print(struct app *app, const struct msg_shown *s, size_t place, size_t total)
{
	char title[160], *text = show_request(&app->ui, s, false);

	if (text == NULL)
		return s3jit_fail_errno(&app->err, "showing the request");
	show_title(title, sizeof(title), &app->ui, s, place, total);
	if (place > 1)
		ui_text(&app->ui, "\n");
	ui_say(&app->ui, TONE_STRONG, "%s", title);
	ui_text(&app->ui, text);
	free(text);
	return 0;
}

int
approve_one(struct app *app, const char *id, size_t place, size_t total, enum answer *answer)
{
	struct msg_show ask = { conn_text(id) };
	struct msg_shown s;
	int ret = -1;

	*answer = ANSWER_NONE;
	if (app_ask(app, &show_table, &ask, &shown_table, &s) == -1)
		return -1;
	if (request_print(app, &s, place, total) == -1)
		goto out;
	if (strcmp(s.state, "pending") != 0) {
		handled_show(app, &s);
		ret = 0;
	} else if (!s.may_vote) {
		s3jit_fail(&app->err, S3JIT_ENOTALLOWED, "%s",
		    s.may_not[0] == '\0' ? "You may not decide on this." : s.may_not);
	} else {
		ret = decide(app, &s, answer);
	}
out:
	codec_clear(&shown_table, &s);
	return ret;
}

int
approve_deny(struct app *app, const char *id, const char *why)
{
	struct msg_show ask = { conn_text(id) };
	struct msg_shown s;
	char *typed = NULL;
	int ret = -1;

	if (app_ask(app, &show_table, &ask, &shown_table, &s) == -1)
		return -1;
	if (strcmp(s.state, "pending") != 0) {
		handled_show(app, &s);
		ret = 0;
		goto out;
	}
	if (*why == '\0') {
		if (request_print(app, &s, 0, 0) == -1 || why_ask(app, &typed) == -1)
			goto out;
		why = typed;
	}
	ret = vote_and_tell(app, &s, false, why);
out:
	free(typed);
	codec_clear(&shown_table, &s);
	return ret;
}
