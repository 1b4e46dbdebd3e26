/*
 * app.c - how a run of s3-sudo-client ends: in words, in JSON, as a status.
 *
 * Runs as the person.  The broker's texts contain other people's words and
 * are escaped here.
 */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"

#include "app.h"
#include "show.h"

#define OUTAGE_FILE	SYSCONFDIR "/outage-help"
#define OUTAGE_LINES	12

int
app_ask(struct app *app, const struct table *t, const void *msg, const struct table *answer_table,
    void *answer)
{
	if (conn_ask(app->conn, t, msg, answer_table, answer, &app->err) == 0)
		return 0;
	if (conn_hint(app->conn)[0] != '\0')
		app_hint(app, "%s", conn_hint(app->conn));
	return -1;
}

void
app_hint(struct app *app, const char *fmt, ...)
{
	va_list ap;

	free(app->hint);
	va_start(ap, fmt);
	if (vasprintf(&app->hint, fmt, ap) == -1)
		app->hint = NULL;
	va_end(ap);
}

void
app_hint_rules(struct app *app)
{
	static const char no_rule[] = "Not allowed";

	if (app->err.code == S3JIT_ENOTALLOWED && app->hint == NULL &&
	    strncmp(app->err.text, no_rule, strlen(no_rule)) == 0)
		app_hint(app, "See what you may ask: s3-sudo -l");
}

int
app_print_message(struct app *app, const struct table *t, const void *msg)
{
	char *json, *plain;

	if (codec_encode(&json, t, msg, &app->err) == -1)
		return -1;
	if ((plain = escape_json(json)) != NULL)
		puts(plain);
	else
		s3jit_fail_errno(&app->err, "showing it");
	codec_wipe_free(json);
	free(plain);
	return plain == NULL ? -1 : 0;
}

int
app_print_requests(struct app *app, const struct table *t, const void *msg,
    const struct list *requests, bool with_person, const char *none)
{
	struct ui out = ui_stdout(&app->ui);
	const struct summary *s = requests->v;
	char *line;
	size_t i;

	if (app->opt.json)
		return app_print_message(app, t, msg);
	for (i = 0; i < requests->n; i++) {
		line = show_summary(&out, &s[i], with_person);
		fputs(line == NULL ? "?\n" : line, stdout);
		free(line);
	}
	if (requests->n == 0)
		puts(none);
	return 0;
}

/* What the administrator wants people to read when nothing works. */
static void
outage_help(struct ui *ui)
{
	char line[256], *plain;
	FILE *f;
	int n;

	if ((f = fopen(OUTAGE_FILE, "re")) == NULL)
		return;
	for (n = 0; n < OUTAGE_LINES && fgets(line, sizeof(line), f) != NULL; n++) {
		line[strcspn(line, "\n")] = '\0';
		plain = escape_text(line);
		ui_say(ui, TONE_PLAIN, "%s", plain == NULL ? "" : plain);
		free(plain);
	}
	fclose(f);
}

void
app_say_error(struct app *app)
{
	char *text = escape_text(app->err.text);
	size_t len = strlen(app->err.text);

	ui_say(&app->ui, TONE_PLAIN, "%s%s", text == NULL ? "out of memory" : text,
	    len > 0 && strchr(".!?", app->err.text[len - 1]) == NULL ? "." : "");
	free(text);
}

static void
report_words(struct app *app)
{
	char *text = escape_text(app->err.text), *hint = app->hint == NULL ? NULL : escape_text(app->hint);
	size_t len = strlen(app->err.text);

	ui_line_end(&app->ui);
	/* a full stop behind s3://BUCKET/ or a command would be read, and copied, as a part of it */
	if (len > 0 && (strchr(".!?/", app->err.text[len - 1]) != NULL ||
	    strstr(app->err.text, ": s3-") != NULL))
		len = 0;
	ui_say(&app->ui, TONE_BAD, "%s%s", text == NULL ? "out of memory" : text,
	    len > 0 ? "." : "");
	if (hint != NULL && *hint != '\0')
		ui_say(&app->ui, TONE_PLAIN, "%s", hint);
	if (app->err.code == S3JIT_EBROKER)
		outage_help(&app->ui);
	free(hint);
	free(text);
}

static json_t *
json_people(const struct strv *v)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < v->n; i++)
		json_array_append_new(a, json_string(v->v[i]));
	return a;
}

/* Somebody's words may have been cut in the middle of a letter. */
static json_t *
json_words(const char *text)
{
	json_t *j = json_string(text);
	char *words;

	if (j == NULL && (words = escape_to_utf8(text)) != NULL) {
		j = json_string(words);
		free(words);
	}
	return j;
}

static void
report_json(struct app *app, const char *outcome, int status)
{
	json_t *o = json_object();
	char *text, *plain;

	json_object_set_new(o, "outcome", json_string(outcome));
	json_object_set_new(o, "exit", json_integer(status));
	if (app->id[0] != '\0')
		json_object_set_new(o, "id", json_string(app->id));
	if (app->yes.n > 0)
		json_object_set_new(o, "approved_by", json_people(&app->yes));
	if (app->deadline != 0)
		json_object_set_new(o, "deadline", json_integer(app->deadline));
	if (app->err.code != S3JIT_OK)
		json_object_set_new(o, "text", json_words(app->err.text));
	if (app->hint != NULL)
		json_object_set_new(o, "next", json_words(app->hint));
	text = json_dumps(o, JSON_COMPACT);
	plain = text == NULL ? NULL : escape_json(text);
	fprintf(app->stdout_taken ? stderr : stdout, "%s\n", plain == NULL ? "{}" : plain);
	free(plain);
	free(text);
	json_decref(o);
}

int
app_report(struct app *app, int ret)
{
	int status = ret == 0 ? app->status : s3jit_code_exit(app->err.code);
	const char *outcome = app->outcome;

	if (ret == -1 && app->status != 0)
		status = app->status;
	if (ret == 0)
		app->err.code = S3JIT_OK;
	else
		outcome = s3jit_code_word(app->err.code);
	if (ret == -1 && !app->said)
		report_words(app);
	if (app->opt.json && outcome != NULL)
		report_json(app, outcome, status);
	if (fflush(stdout) == EOF && status == 0) {
		ui_say(&app->ui, TONE_BAD, "standard output: %s.", strerror(errno));
		status = 1;
	}
	return status;
}
