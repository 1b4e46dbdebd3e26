/*
 * test_client_show.c - what people are shown, byte for byte, at two widths;
 * and that nothing hostile gets to a screen (Q12, Q13).
 *
 * The expected screens are files in tests/unit/golden.  After a wanted change:
 *	S3JIT_GOLDEN_WRITE=1 ./tests/unit/test_client_show
 * writes them anew; read the difference before it is committed.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/format.h"
#include "client/show.h"
#include "s3jit/permission.h"
#include "tests/unit/client_request.h"

static const struct ui narrow = { .width = 44 };
static const struct ui wide = { .width = 80, .utf8 = true };

static char *
file_read(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *f = fopen(path, "re");

	if (f == NULL)
		fail_msg("%s is missing", path);
	(void)!fread(text, 1, 65535, f);
	fclose(f);
	return text;
}

static void
golden(const char *name, const char *text)
{
	const char *src = getenv("srcdir");
	char path[512], *want;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/unit/golden/%s", src == NULL ? SRCDIR : src, name);
	if (getenv("S3JIT_GOLDEN_WRITE") != NULL) {
		if ((f = fopen(path, "we")) == NULL)
			fail_msg("cannot write %s", path);
		fputs(text, f);
		fclose(f);
		return;
	}
	want = file_read(path);
	assert_string_equal(text, want);
	free(want);
}

static void
request_golden(const char *name, const struct ui *ui, struct msg_shown *s, bool detail)
{
	char title[200], *text = show_request(ui, s, detail), *all;

	show_title(title, sizeof(title), ui, s, 1, 2);
	assert_true(asprintf(&all, "%s\n%s", title, text) != -1);
	golden(name, all);
	free(all);
	free(text);
	codec_clear(&shown_table, s);
}

static void
Q12_put_wide_and_narrow(void **state)
{
	struct msg_shown s;

	(void)state;
	shown_put(&s);
	request_golden("put-80.txt", &wide, &s, false);
	shown_put(&s);
	request_golden("put-44.txt", &narrow, &s, false);
	shown_put(&s);
	request_golden("put-detail-80.txt", &wide, &s, true);
}

static void
Q12_run_with_several_permissions(void **state)
{
	struct msg_shown s;

	(void)state;
	shown_run(&s);
	request_golden("run-80.txt", &wide, &s, false);
	shown_run(&s);
	request_golden("run-44.txt", &narrow, &s, false);
}

static void
Q12_many_objects_are_counted(void **state)
{
	struct msg_shown s;

	(void)state;
	shown_many(&s, 1000);
	request_golden("many-80.txt", &wide, &s, false);
	shown_many(&s, 5);
	request_golden("five-44.txt", &narrow, &s, false);
}

/* From when, until when and by how much: without them nobody could decide on more time. */
static void
an_extension_says_what_of(void **state)
{
	struct msg_shown s;
	char *text;

	(void)state;
	shown_run(&s);
	assert_non_null(text = show_request(&wide, &s, false));
	assert_null(strstr(text, "extends"));
	free(text);
	free(s.request->parent);
	s.request->parent = strdup("kmxqrtvzkmxqrtvzkmxqrtvzkmxqrtvz");
	s.request->ttl = 900;
	s.parent_begun = 1769860800;
	s.parent_ends = 1769861700;
	assert_non_null(text = show_request(&wide, &s, false));
	assert_non_null(strstr(text, " extends kmxqrtvz (granted "));
	assert_non_null(strstr(text, ":15:00) by 15 min, to "));
	assert_non_null(strstr(text, ":30:00\n"));
	free(text);
	codec_clear(&shown_table, &s);
}

/* The broker holds a file of one part to what is shown; of more parts it cannot. */
static void
T4_a_sum_that_nobody_checked_says_so(void **state)
{
	struct msg_shown s;
	struct object *o;
	char *text;

	(void)state;
	shown_put(&s);
	assert_non_null(text = show_request(&wide, &s, false));
	assert_null(strstr(text, "sha256 (not checked)"));
	free(text);
	o = s.request->objects.v;
	strv_push(&o->parts, o->sha256);
	assert_non_null(text = show_request(&wide, &s, false));
	assert_non_null(strstr(text, "sha256 (not checked)"));
	free(text);
	codec_clear(&shown_table, &s);
}

/* Only our own glyphs and newlines may be anything but printable ASCII. */
static bool
harmless(const struct ui *ui, const char *text)
{
	const char *glyph;
	int g;

	for (; *text != '\0'; text++) {
		if (*text == '\n' || (*text >= ' ' && *text <= '~'))
			continue;
		for (g = GLYPH_DOT; g <= GLYPH_DASH; g++) {
			glyph = ui_glyph(ui, (enum glyph)g);
			if (strncmp(text, glyph, strlen(glyph)) == 0)
				break;
		}
		if (g > GLYPH_DASH)
			return false;
		text += strlen(glyph) - 1;
	}
	return true;
}

static void
assert_lines_fit(const struct ui *ui, const char *text)
{
	int column = 0;

	for (; *text != '\0'; text++) {
		column = *text == '\n' ? 0 : column + (((unsigned char)*text & 0xc0) != 0x80);
		assert_true(column <= ui->width);
	}
}

static const struct {
	const char *what, *text;
} hostile[] = {
	{ "CSI", "a\033[2J\033[1;1Hyes" },
	{ "OSC 8", "\033]8;;http://evil/\033\\click\033]8;;\033\\" },
	{ "OSC 52", "\033]52;c;AAAA\a" },
	{ "C1 CSI", "\302\233" "31m" },
	{ "carriage return", "put s3://x\rget s3://y" },
	{ "backspace", "abc\b\b\bxyz" },
	{ "newline", "ok\n1 of 1\nyes / no / skip ? yes" },
	{ "bidi 202E", "a\342\200\256b\342\200\254" },
	{ "bidi 2066", "a\342\201\246b\342\201\251" },
	{ "zero width", "a\342\200\213b\342\200\215" },
	{ "soft hyphen", "pro\302\255d" },
	{ "homoglyph", "pr\320\276d" },
	{ "tag characters", "a\363\240\201\201" },
	{ "overlong UTF-8", "\300\257\340\200\257" },
	{ "lone bytes", "\377\376\200" },
	{ "delete", "a\177b" },
	{ "blanks", "a                                                                 yes" },
	{ "quotes", "\" \"b\\\"" },
};

static void
Q12_Q13_hostile_text_is_escaped_everywhere(void **state)
{
	const struct ui *uis[] = { &narrow, &wide };
	char title[200], *text;
	struct msg_shown s;
	size_t i, u;

	(void)state;
	for (i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		for (u = 0; u < 2; u++) {
			shown_hostile(&s, hostile[i].text);
			text = show_request(uis[u], &s, true);
			show_title(title, sizeof(title), uis[u], &s, 1, 1);
			if (!harmless(uis[u], text) || !harmless(uis[u], title))
				fail_msg("%s reached the screen", hostile[i].what);
			assert_lines_fit(uis[u], text);
			free(text);
			codec_clear(&shown_table, &s);
		}
	}
	shown_hostile(&s, "a\033[2J\"\nyes");
	request_golden("hostile-44.txt", &narrow, &s, true);
}

/* The control of the test above: it does see what is not escaped. */
static void
the_check_for_harmless_text_can_fail(void **state)
{
	(void)state;
	assert_false(harmless(&wide, hostile[0].text));
	assert_false(harmless(&wide, "a\342\200\256b"));
	assert_true(harmless(&wide, "a \302\267 b\n"));
	assert_false(harmless(&narrow, "a \302\267 b\n"));
}

static void
Q12_a_megabyte_is_cut_in_the_middle(void **state)
{
	char *big = malloc(1 << 20), *text;
	struct msg_shown s;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', (1 << 20) - 1);
	big[(1 << 20) - 1] = '\0';
	shown_put(&s);
	set_text(&s.request->reason, big);
	text = show_request(&wide, &s, false);
	assert_true(strlen(text) < 8192);
	assert_non_null(strstr(text, "more"));
	free(text);
	free(big);
	codec_clear(&shown_table, &s);
}

/* Permissions come before, the requester's words after their label, and nothing behind. */
static void
Q12_words_come_last_and_labelled(void **state)
{
	char *text, *label, *scope;
	struct msg_shown s;

	(void)state;
	shown_put(&s);
	text = show_request(&wide, &s, true);
	scope = strstr(text, "put  s3://prod-reports/2026/report.csv");
	label = strstr(text, "alice's words (not checked):");
	assert_non_null(scope);
	assert_non_null(label);
	assert_true(scope < label);
	assert_non_null(strstr(label, "OPS-412"));
	assert_null(strstr(text, "OPS-412") < label ? text : NULL);
	free(text);
	codec_clear(&shown_table, &s);
}

static void
C2_delivery_is_said_in_these_words(void **state)
{
	char buf[200];

	(void)state;
	show_keys(buf, sizeof(buf), DELIVERY_SIGNED, NULL);
	assert_string_equal(buf, "stay with s3jit (you never hold them)");
	show_keys(buf, sizeof(buf), DELIVERY_SIGNED, "alice");
	assert_string_equal(buf, "stay with s3jit");
	show_keys(buf, sizeof(buf), DELIVERY_COMMAND, NULL);
	assert_string_equal(buf, "handed to this command: your other processes could copy them "
	    "until the deadline");
	show_keys(buf, sizeof(buf), DELIVERY_COMMAND, "alice");
	assert_string_equal(buf, "handed to this command: alice's other processes could copy them "
	    "until the deadline");
	show_keys(buf, sizeof(buf), DELIVERY_SHELL, NULL);
	assert_string_equal(buf, "handed to your shell: all your processes can use and copy them "
	    "until the deadline");
	show_keys(buf, sizeof(buf), DELIVERY_SHELL, "alice");
	assert_string_equal(buf, "handed to alice's shell: all of alice's processes can use and copy "
	    "them until the deadline");
	show_keys(buf, sizeof(buf), "elsewhere", "alice");
	assert_non_null(strstr(buf, "do not approve"));
}

static void
summary_golden(const char *name, const struct ui *ui, const char *state_word,
    const char *delivery, bool with_person)
{
	struct summary s = { 0 };
	char *text;

	s.id = strdup("kmxqrtvzkmxqrtvzkmxqrtvzkmxqrtvz");
	s.state = strdup(state_word);
	s.person = strdup("alice");
	s.delivery = strdup(delivery);
	s.reason = strdup("OPS-412");
	s.why = strdup("");
	strv_push(&s.scope, "put s3://prod-reports/2026/");
	s.created = 1000;
	s.now = 1041;
	s.deadline = 1041 + 18 * 60 + 20;
	s.needed = 1;
	s.here = true;
	text = show_summary(ui, &s, with_person);
	golden(name, text);
	assert_lines_fit(ui, text);
	free(text);
	codec_clear(&summary_table, &s);
}

static void
status_lines(void **state)
{
	(void)state;
	summary_golden("status-open-80.txt", &wide, "active", DELIVERY_SESSION, false);
	summary_golden("status-open-44.txt", &narrow, "active", DELIVERY_SESSION, false);
	summary_golden("status-waits-80.txt", &wide, "pending", DELIVERY_SIGNED, false);
	summary_golden("list-80.txt", &wide, "pending", DELIVERY_SIGNED, true);
}

static void
ask_lines(void **state)
{
	struct msg_checked c = { 0 };
	struct msg_shown s;
	char *text;

	(void)state;
	shown_put(&s);
	c.rule = strdup("report uploads");
	c.delivery = strdup(DELIVERY_SIGNED);
	c.max_ttl = 1800;
	strv_push(&c.scope, s.request->scope.v[0]);
	strv_push(&c.quorum, "1 of group:leads");
	text = show_ask(&wide, &c, &s.request->objects);
	golden("ask-80.txt", text);
	free(text);
	text = show_ask(&narrow, &c, &s.request->objects);
	golden("ask-44.txt", text);
	assert_lines_fit(&narrow, text);
	free(text);
	codec_clear(&checked_table, &c);
	codec_clear(&shown_table, &s);
}

static void
rules_list(void **state)
{
	struct msg_rules_answer a = { 0 };
	struct rule_line *r;
	char *text;

	(void)state;
	strv_push(&a.read, "get s3://*");
	strv_push(&a.read, "list s3://*");
	r = list_push(&a.ask, &rule_line_table);
	r->rule = strdup("report uploads");
	r->max_ttl = 1800;
	strv_push(&r->scope, "put s3://prod-reports/*");
	strv_push(&r->quorum, "1 of group:leads");
	strv_push(&r->approvers, "bob");
	strv_push(&r->approvers, "carol");
	r = list_push(&a.ask, &rule_line_table);
	r->rule = strdup("deletes");
	r->max_ttl = 600;
	r->reauth = true;
	strv_push(&r->scope, "delete s3://prod-*");
	strv_push(&r->scope, "list s3://prod-*");
	strv_push(&r->scope, "put s3://prod-*");
	strv_push(&r->quorum, "2 of group:leads");
	text = show_rules(&wide, &a);
	golden("rules-80.txt", text);
	free(text);
	text = show_rules(&narrow, &a);
	golden("rules-44.txt", text);
	assert_lines_fit(&narrow, text);
	free(text);
	codec_clear(&rules_answer_table, &a);
}

/* Also one that this program does not know, beside those that it does. */
static void
Q12_every_verb_of_a_resource_is_shown(void **state)
{
	char text[80], *line;
	struct strv scope = { 0 };
	int v;

	(void)state;
	for (v = 0; v < VERBS; v++) {
		snprintf(text, sizeof(text), "%s s3://prod-reports/", verb_name((enum verb)v));
		assert_int_equal(strv_push(&scope, text), 0);
	}
	assert_int_equal(strv_push(&scope, "frobnicate s3://prod-reports/"), 0);
	line = show_scope_line(&scope, 400);
	assert_string_equal(line, "frobnicate, create-bucket, delete-bucket, put, delete, delete-version, "
	    "tag, restore, list, get s3://prod-reports/");
	free(line);
	strv_clear(&scope);
}

/* A thousand words would push the permissions off the screen; `show` has them all. */
static void
Q12_a_long_command_is_cut_in_the_middle(void **state)
{
	struct msg_shown s;
	char word[1001], *text;
	int i;

	(void)state;
	shown_run(&s);
	memset(word, 'x', 1000);
	word[1000] = '\0';
	strv_push(&s.request->argv, "FIRST");
	for (i = 0; i < 1000; i++)
		strv_push(&s.request->argv, i % 2 == 0 ? word : "yes");
	strv_push(&s.request->argv, "LAST");
	assert_non_null(text = show_request(&wide, &s, false));
	assert_true(strlen(text) < 6000);
	assert_non_null(strstr(text, "FIRST"));
	assert_non_null(strstr(text, "LAST"));
	assert_non_null(strstr(text, "...]"));
	free(text);
	assert_non_null(text = show_request(&wide, &s, true));
	assert_true(strlen(text) > 500 * 1000);
	assert_null(strstr(text, "...]"));
	free(text);
	codec_clear(&shown_table, &s);
}

/* All that has room is shown, and nothing twice. */
static void
a_command_is_cut_at_words(void **state)
{
	static const struct {
		const char *words[5];
		size_t max;
		const char *shown;
	} cases[] = {
		{ { "aa", "bb", "cc" }, 9, "aa bb cc" },
		{ { "aa", "bb", "cc" }, 8, "aa [... 1 words ...] cc" },
		{ { "aa", "bb", "cc" }, 4, " [... 3 words ...]" },
		{ { "a", "b", "c", "dddddddd" }, 12, "a b c [... 1 words ...]" },
		{ { "a" }, 2, "a" },
		{ { NULL }, 2, "" },
	};
	struct strv v;
	char *text;
	size_t i, w;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&v, 0, sizeof(v));
		for (w = 0; w < 5 && cases[i].words[w] != NULL; w++)
			strv_push(&v, cases[i].words[w]);
		assert_non_null(text = format_argv(&v, 100, cases[i].max));
		assert_string_equal(text, cases[i].shown);
		free(text);
		strv_clear(&v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(Q12_put_wide_and_narrow),
		cmocka_unit_test(Q12_run_with_several_permissions),
		cmocka_unit_test(Q12_many_objects_are_counted),
		cmocka_unit_test(an_extension_says_what_of),
		cmocka_unit_test(T4_a_sum_that_nobody_checked_says_so),
		cmocka_unit_test(Q12_Q13_hostile_text_is_escaped_everywhere),
		cmocka_unit_test(the_check_for_harmless_text_can_fail),
		cmocka_unit_test(Q12_a_megabyte_is_cut_in_the_middle),
		cmocka_unit_test(Q12_a_long_command_is_cut_in_the_middle),
		cmocka_unit_test(a_command_is_cut_at_words),
		cmocka_unit_test(Q12_words_come_last_and_labelled),
		cmocka_unit_test(C2_delivery_is_said_in_these_words),
		cmocka_unit_test(status_lines),
		cmocka_unit_test(ask_lines),
		cmocka_unit_test(Q12_every_verb_of_a_resource_is_shown),
		cmocka_unit_test(rules_list),
	};

	return cmocka_run_group_tests_name("client show", tests, NULL, NULL);
}
