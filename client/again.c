/*
 * again.c - going on after s3jitd was lost.
 *
 * Runs in s3-sudo-client and s3-approve as the person.  A question whose
 * answer was lost may have been heard or not.  Who asks again must not get
 * twice what is given once: so first the record is asked what became of it.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"

#include "again.h"
#include "signals.h"

#define PAUSE_FIRST_MS	50
#define PAUSE_MAX_MS	800
#define CLAIMS		3	/* a broker that dies each time is not asked for ever */

int
again_pause(int tries)
{
	int ms = PAUSE_FIRST_MS;

	if (tries == 0)
		return 0;
	while (--tries > 0 && ms < PAUSE_MAX_MS)
		ms *= 2;
	return ms;
}

bool
again_is_away(const struct s3jit_err *err)
{
	return err->code == S3JIT_EBROKER || err->code == S3JIT_ETIMEOUT || err->code == S3JIT_EBUSY;
}

static int
connect_once(struct app *app, struct task *t)
{
	return t != NULL ? task_reattach(t) : conn_again(app->conn, &app->err);
}

static int
connect_again(struct app *app, struct task *t, int64_t ms)
{
	int64_t until = clock_boot_ms() + ms;
	int tries;

	for (tries = 0; ; tries++) {
		(void)poll(NULL, 0, again_pause(tries));
		if (connect_once(app, t) == 0)
			return 0;
		if (!again_is_away(&app->err) || clock_boot_ms() >= until || signals_to_stop())
			return -1;
	}
}

int
again_connect(struct app *app)
{
	return connect_again(app, NULL, AGAIN_MS);
}

int
again_attach(struct task *t, int64_t ms)
{
	return connect_again(t->app, t, ms);
}

int
again_ask(struct app *app, const struct table *t, const void *msg, const struct table *answer_table,
    void *answer, bool *twice)
{
	if (twice != NULL)
		*twice = false;
	if (app_ask(app, t, msg, answer_table, answer) == 0)
		return 0;
	if (app->err.code != S3JIT_EBROKER || again_connect(app) == -1)
		return -1;
	if (twice != NULL)
		*twice = true;
	return app_ask(app, t, msg, answer_table, answer);
}

/* --- ask ---------------------------------------------------------------------- */

/* Is this what we have just asked?  What s3jitd knows of it goes to t->state then. */
static bool
is_ours(struct task *t, const struct summary *s)
{
	if (!s->here || strcmp(s->delivery, t->ask.delivery) != 0 ||
	    strcmp(s->reason, t->ask.reason) != 0 || s->created < t->asked_at ||
	    !strv_equal(&s->scope, &t->checked.scope))
		return false;
	return task_resume(t, s->id) == 0 && strv_equal(&t->state.argv, &t->ask.argv) &&
	    strcmp(t->state.cwd, t->ask.cwd) == 0;
}

/* 1 found and attached, 0 it is not there, -1. */
static int
find_asked(struct task *t)
{
	struct msg_status_answer answer;
	struct msg_status ask;
	const struct summary *s;
	int found = 0;
	size_t i;

	memset(&ask, 0, sizeof(ask));
	if (app_ask(t->app, &status_table, &ask, &status_answer_table, &answer) == -1)
		return -1;
	s = answer.requests.v;
	for (i = 0; found == 0 && i < answer.requests.n; i++)
		found = is_ours(t, &s[i]);
	codec_clear(&status_answer_table, &answer);
	return found;
}

int
again_asked(struct task *t)
{
	struct app *app = t->app;
	int found;

	if (again_connect(app) == -1 || (found = find_asked(t)) == -1) {
		app_hint(app, "It may have been asked all the same.  See:   s3-sudo status");
		return -1;
	}
	if (found)
		return 0;
	codec_clear(&state_table, &t->state);
	return app_ask(app, &ask_table, &t->ask, &state_table, &t->state);
}

/* --- claim -------------------------------------------------------------------- */

/* The grant as the lost answer would have said it; keys are never given twice. */
static int
grant_from_state(struct task *t)
{
	const struct msg_state *s = &t->state;

	codec_clear(&grant_table, &t->grant);
	t->grant.id = strdup(s->id);
	t->grant.delivery = strdup(s->delivery);
	t->grant.ca_file = strdup(s->ca_file);
	t->grant.https_proxy = strdup(s->https_proxy);
	t->grant.deadline = s->deadline;
	t->grant.now = s->now;
	if (t->grant.id == NULL || t->grant.delivery == NULL || t->grant.ca_file == NULL ||
	    t->grant.https_proxy == NULL)
		return s3jit_fail_errno(&t->app->err, "going on");
	return 0;
}

/* Nobody has these keys, and nobody will. */
static int
keys_lost(struct task *t)
{
	struct app *app = t->app;

	task_end(t, false, 0);
	app_hint(app, "Nothing was run.  Ask again.");
	return s3jit_fail(&app->err, S3JIT_EENDED,
	    "s3jitd was restarted while it handed out the keys.  They are lost, and are not given "
	    "twice: write access ended");
}

/* 0 the grant is ours, 1 it was never claimed, -1. */
static int
judge(struct task *t)
{
	const struct msg_state *s = &t->state;

	if (strcmp(s->state, "approved") == 0)
		return 1;
	if (strcmp(s->state, "active") != 0)
		return task_ended(t, s->why, s->by, s->text);
	if (delivery_handed(s->delivery))
		return keys_lost(t);
	return grant_from_state(t);
}

int
again_claimed(struct task *t)
{
	struct app *app = t->app;
	struct msg_claim claim;
	int tries, ret;

	for (tries = 0; tries < CLAIMS; tries++) {
		if (again_attach(t, AGAIN_MS) == -1)
			break;
		if ((ret = judge(t)) != 1)
			return ret;
		claim.id = t->state.id;
		if (app_ask(app, &claim_table, &claim, &grant_table, &t->grant) == 0)
			return 0;
		if (app->err.code != S3JIT_EBROKER)
			return -1;
	}
	app_hint(app, "See what became of it:   s3-sudo status");
	return -1;
}
