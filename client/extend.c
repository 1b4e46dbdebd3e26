/*
 * extend.c - s3-sudo extend: more time for what is open, asked for anew.
 *
 * Runs in s3-sudo-client as the person.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"

#include "format.h"
#include "run.h"
#include "show.h"

/* The same as it was asked then, naming it. */
static int
same_again(struct task *t, const struct request *r, const char *id)
{
	size_t i;

	free(t->ask.delivery);
	t->ask.delivery = strdup(r->delivery);
	t->ask.parent = strdup(id);
	if (t->ask.delivery == NULL || t->ask.parent == NULL)
		return s3jit_fail_errno(&t->app->err, "asking");
	for (i = 0; i < r->scope.n; i++)
		if (task_want(t, r->scope.v[i]) == -1)
			return -1;
	return 0;
}

static int
old_read(struct task *t, const char *typed)
{
	struct msg_show ask = { conn_text(typed) };
	struct app *app = t->app;
	char ends[CLOCK_TEXT], id[REQUEST_ID];
	struct msg_shown s;
	int ret = -1;

	if (app_ask(app, &show_table, &ask, &shown_table, &s) == -1)
		return -1;
	request_names(id, NULL, s.request);
	if (strcmp(s.state, "active") != 0) {
		s3jit_fail(&app->err, S3JIT_ENOTALLOWED, strcmp(s.state, "ended") == 0 ?
		    "It has ended: ask anew" : "It has not begun: its time has not, either");
	} else if (same_again(t, s.request, id) == 0) {
		ui_say(&app->ui, TONE_PLAIN, "Asks for more time for %.*s, which ends at %s:",
		    REQUEST_ID_SHOWN, id, clock_hms(ends, s.deadline));
		ret = 0;
	}
	codec_clear(&shown_table, &s);
	return ret;
}

int
verb_extend(void *arg, int argc, char **argv)
{
	struct app *app = arg;
	struct task t;
	int ret = -1, asked;

	(void)argc;
	task_init(&t, app, "");
	if (duration_parse(&app->opt.ttl, argv[1], &app->err) == -1 || old_read(&t, argv[0]) == -1 ||
	    run_typed(&t) == -1 || task_check(&t) == -1 || (asked = task_ask(&t)) == -1)
		goto out;
	ret = asked == 1 ? 0 : open_resume(&t);
out:
	task_clear(&t);
	return ret;
}
