/*
 * test_hostile.c - what becomes of hostile texts on the way to the screens of
 * approver and requester: requests, lists, notices, errors, JSON.
 *
 * What is expected is in tests/unit/golden/hostile; see hostile.h.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/app.h"
#include "client/format.h"
#include "client/show.h"
#include "client/task.h"
#include "s3jit/escape.h"
#include "tests/unit/client_request.h"
#include "tests/unit/hostile.h"

static const struct ui narrow = { .width = 44 };
static const struct ui wide = { .width = 80 };
static struct hostile *all;
static size_t n_all;

/* One golden file of what `each` prints for each text, under its name. */
static void
golden_of(const char *file, void (*each)(FILE *, const struct hostile *))
{
	char *out = NULL;
	size_t len, i;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	for (i = 0; i < n_all; i++) {
		fprintf(f, "=== %s\n", all[i].name);
		each(f, &all[i]);
	}
	fclose(f);
	hostile_golden(file, out);
	free(out);
}

static void
escaped(FILE *f, const struct hostile *h)
{
	char *text = escape_cut(h->text, 200);

	fprintf(f, "%s\n", text);
	free(text);
}

static void
request_on(FILE *f, const struct ui *ui, const struct hostile *h)
{
	char title[200], *text;
	struct msg_shown s;

	shown_hostile(&s, h->text);
	set_text(&s.request->nonce, "00");	/* the digest would differ with the texts */
	text = show_request(ui, &s, true);
	show_title(title, sizeof(title), ui, &s, 1, 1);
	fprintf(f, "%s\n%s", title, text);
	free(text);
	codec_clear(&shown_table, &s);
}

static void
screen_wide(FILE *f, const struct hostile *h)
{
	request_on(f, &wide, h);
}

static void
screen_narrow(FILE *f, const struct hostile *h)
{
	request_on(f, &narrow, h);
}

static void
listed(FILE *f, const struct hostile *h)
{
	struct summary s = { 0 };
	char *permission, *line;

	s.id = strdup("kmxqrtvzkmxqrtvzkmxqrtvzkmxqrtvz");
	s.state = strdup("pending");
	s.person = strdup(h->text);
	s.delivery = strdup(DELIVERY_SIGNED);
	s.reason = strdup(h->text);
	s.why = strdup(h->text);
	assert_true(asprintf(&permission, "put s3://prod-reports/%s", h->text) != -1);
	strv_push(&s.scope, permission);
	free(permission);
	s.created = s.now = 1000;
	s.needed = 1;
	line = show_summary(&(struct ui){ .width = 100000 }, &s, true);
	if (hostile_lines(line) != 1)
		fail_msg("%s makes a second line of a list", h->name);
	fputs(line, f);
	free(line);
	codec_clear(&summary_table, &s);
}

/* --- what goes to standard error and output ------------------------------------------ */

static struct app
app_new(void)
{
	struct app app = { .argc = 0, .ui = wide };

	return app;
}

/* What `say` writes to descriptors 1 and 2, into f. */
static void
captured(FILE *f, void (*say)(struct app *, const struct hostile *), const struct hostile *h)
{
	int kept[2] = { dup(1), dup(2) }, c;
	struct app app = app_new();
	FILE *to = tmpfile();

	assert_non_null(to);
	fflush(stdout);
	assert_true(dup2(fileno(to), 1) != -1 && dup2(fileno(to), 2) != -1);
	say(&app, h);
	fflush(stdout);
	dup2(kept[0], 1);
	dup2(kept[1], 2);
	close(kept[0]);
	close(kept[1]);
	rewind(to);
	while ((c = getc(to)) != EOF)
		putc(c, f);
	fclose(to);
	strv_clear(&app.yes);
	free(app.hint);
}

/* An error names what was typed, and so does its hint. */
static void
say_error(struct app *app, const struct hostile *h)
{
	app_hint(app, "Next: %.300s", h->text);
	s3jit_fail(&app->err, S3JIT_EUSAGE, "%.300s: no such file", h->text);
	(void)app_report(app, -1);
	app_say_error(app);
	app->opt.json = true;
	app->said = true;
	(void)app_report(app, -1);
}

static void
errors(FILE *f, const struct hostile *h)
{
	captured(f, say_error, h);
}

/* A denial carries the approver's name and words to who asked. */
static void
say_denied(struct app *app, const struct hostile *h)
{
	struct task t;

	task_init(&t, app, DELIVERY_SIGNED);
	t.state.id = strdup("kmxqrtvzkmxqrtvzkmxqrtvzkmxqrtvz");
	task_ended(&t, "denied", h->text, h->text);
	(void)app_report(app, -1);
	task_clear(&t);
}

static void
notices(FILE *f, const struct hostile *h)
{
	captured(f, say_denied, h);
}

/* JSON is for programs, but people look at it on terminals. */
static void
say_json(struct app *app, const struct hostile *h)
{
	struct msg_shown s;

	shown_hostile(&s, h->text);
	(void)app_print_message(app, &shown_table, &s);
	codec_clear(&shown_table, &s);
}

static void
json(FILE *f, const struct hostile *h)
{
	char *wire;

	/* what isn't UTF-8 travels in the spelling of escape_to_utf8 */
	if (strlen(h->text) > 4096 || (wire = format_to_wire(h->text)) == NULL)
		return;
	captured(f, say_json, &(struct hostile){ .text = wire });
	free(wire);
}

static void
Q12_Q13_hostile_texts_on_every_screen(void **state)
{
	(void)state;
	golden_of("escaped.txt", escaped);
	golden_of("screen-80.txt", screen_wide);
	golden_of("screen-44.txt", screen_narrow);
	golden_of("list.txt", listed);
}

static void
Q12_Q13_hostile_texts_in_errors_and_notices(void **state)
{
	(void)state;
	golden_of("errors.txt", errors);
	golden_of("notices.txt", notices);
}

static void
Q12_hostile_texts_in_json(void **state)
{
	(void)state;
	golden_of("shown.json", json);
}

/* The same JSON, and nothing of it but printable ASCII (A8). */
static void
A8_json_stays_the_same_json(void **state)
{
	static const struct {
		const char *in, *out;
	} table[] = {
		{ "{\"a\":\"b c\"}", "{\"a\":\"b c\"}" },
		{ "[\"\xc2\x9b\x7f\xe2\x80\xae\"]", "[\"\\u009B\\u007F\\u202E\"]" },
		{ "[\"\xf3\xa0\x81\xa1\xf0\x9f\x98\x80\"]", "[\"\\uDB40\\uDC61\\uD83D\\uDE00\"]" },
		{ "[\"\\\\ \\\"\"]", "[\"\\\\ \\\"\"]" },
		/* no JSON at all, as somebody may have put into the record */
		{ "\x1b[2J\n\xff", "\\u001B[2J\\u000A\\uFFFD" },
	};
	char *out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		out = escape_json(table[i].in);
		assert_string_equal(out, table[i].out);
		free(out);
	}
}

static void
control_each_text_is_seen_where_nothing_escapes_it(void **state)
{
	(void)state;
	hostile_control();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(Q12_Q13_hostile_texts_on_every_screen),
		cmocka_unit_test(Q12_Q13_hostile_texts_in_errors_and_notices),
		cmocka_unit_test(Q12_hostile_texts_in_json),
		cmocka_unit_test(A8_json_stays_the_same_json),
		cmocka_unit_test(control_each_text_is_seen_where_nothing_escapes_it),
	};
	int failed;

	all = hostile_read(&n_all);
	failed = cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
	hostile_free(all, n_all);
	return failed;
}
