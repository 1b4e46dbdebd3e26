/*
 * audit_main.c - s3-audit: read the record, carry it away, check its chain.
 *
 * Runs as the person.  Who may read through the broker is the broker's to
 * know (auditors); `verify FILE` needs neither broker nor rights.
 */
#include "config.h"

#include <jansson.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"

#include "app.h"
#include "chain_verify.h"
#include "descriptors.h"
#include "format.h"
#include "text.h"

#define PROGRAM		"s3-audit"
#define PAGE		500
#define LINE_SHOWN	400	/* of a record's sentence */

struct filter {
	bool json;
	const char *request;
	int64_t since, until;
	const char *head;
	bool part;
};

struct audit {
	struct app app;
	struct filter opt;
	int64_t shown;		/* records that were read through the broker */
};

#define OPT_END { 0, NULL, OPTION_FLAG, 0, NULL, NULL }
#define OPT(name, kind, member, value, help) \
	{ 0, name, kind, offsetof(struct filter, member), value, help }
#define REQUEST OPT("request", OPTION_TEXT, request, "ID", "only what is about this request")
#define SINCE OPT("since", OPTION_TIME, since, "TIME", "from then on: 2026-05-03 or 2026-05-03T12:00:00Z")
#define UNTIL OPT("until", OPTION_TIME, until, "TIME", "before then")

static const struct option log_options[] = {
	OPT("json", OPTION_FLAG, json, NULL, "each record as the JSON object that it is"),
	REQUEST, SINCE, UNTIL, OPT_END
};
static const struct option export_options[] = { OPT_END };
static const struct option verify_options[] = {
	OPT("head", OPTION_TEXT, head, "NUMBER:HASH", "this record must be in it (from syslog or the journal)"),
	OPT("part", OPTION_FLAG, part, NULL, "it may begin after record 1"),
	OPT_END
};

/* Connect as late as possible: `verify FILE` needs nobody. */
static int
broker_open(struct audit *a)
{
	return conn_open(&a->app.conn, PROGRAM, false, CONN_CONNECT_MS, &a->app.err);
}

/* Give each record that the broker has to `each`. */
static int
pages(struct audit *a, int (*each)(struct audit *, const struct log_record *, void *), void *arg)
{
	struct msg_log ask = { 0, PAGE, conn_text(a->opt.request == NULL ? "" : a->opt.request),
	    a->opt.since, a->opt.until };
	struct msg_log_answer page;
	const struct log_record *r;
	bool more = true;
	size_t i;
	int ret = 0;

	while (ret == 0 && more) {
		if (app_ask(&a->app, &log_table, &ask, &log_answer_table, &page) == -1)
			return -1;
		r = page.records.v;
		for (i = 0; ret == 0 && i < page.records.n; i++) {
			ret = each(a, &r[i], arg);
			ask.after = r[i].seq;
			a->shown++;
		}
		more = page.more && page.records.n > 0;
		codec_clear(&log_answer_table, &page);
	}
	return ret;
}

static const char *
member(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

/* ", put s3://b/k, delete s3://b/k": what the record is about, as far as it says so. */
static char *
scope_words(const json_t *o)
{
	const json_t *scope = json_object_get(o, "scope"), *one;
	char *words = NULL, *cut;
	size_t i;
	FILE *f;

	if ((f = text_open(&words)) == NULL)
		return NULL;
	json_array_foreach(scope, i, one)
		if (json_is_string(one))
			fprintf(f, ", %s", json_string_value(one));
	(void)fclose(f);		/* NULL where that failed */
	cut = words == NULL ? NULL : escape_cut(words, LINE_SHOWN);
	free(words);
	return cut;
}

/* The record as it is; if somebody changed it, still one harmless line (A8). */
static int
record_json(struct audit *a, const struct log_record *r)
{
	char *line = escape_json(r->record);
	int n = line == NULL ? EOF : puts(line);

	free(line);
	return n == EOF ? s3jit_fail_errno(&a->app.err, "writing") : 0;
}

/* "seq time event who id text": whatever is in a record, it is one line (A8). */
static int
record_show(struct audit *a, const struct log_record *r, void *arg)
{
	enum { TIME, EVENT, WHO, ID, TEXT, BY, SCOPE, PARTS };
	char *part[PARTS] = { NULL };
	const char *person, *by;
	json_t *o;
	size_t i, missing = 0;

	(void)arg;
	if (a->opt.json)
		return record_json(a, r);
	o = json_loads(r->record, JSON_REJECT_DUPLICATES, NULL);
	person = member(o, "person")[0] != '\0' ? member(o, "person") : member(o, "user");
	by = strcmp(member(o, "by"), person) != 0 ? member(o, "by") : "";
	part[TIME] = escape_cut(member(o, "time"), 32);
	part[EVENT] = escape_cut(member(o, "event"), 32);
	part[WHO] = escape_cut(person[0] != '\0' ? person : "-", 64);
	part[ID] = escape_cut(member(o, "id")[0] != '\0' ? member(o, "id") : "-", 64);
	part[TEXT] = escape_cut(o == NULL ? r->record : member(o, "text"), LINE_SHOWN);
	part[BY] = escape_cut(by, 64);
	part[SCOPE] = scope_words(o);
	for (i = 0; i < PARTS; i++)
		missing += part[i] == NULL;
	if (missing != 0)
		s3jit_fail_errno(&a->app.err, "showing a record");
	else
		printf("%6" PRId64 "  %s  %-14s  %-8s  %-8.*s  %s%s%s%s%s\n", r->seq, part[TIME],
		    part[EVENT], part[WHO], REQUEST_ID_SHOWN, part[ID], part[TEXT], part[SCOPE],
		    *part[BY] != '\0' ? " (by " : "", part[BY], *part[BY] != '\0' ? ")" : "");
	for (i = 0; i < PARTS; i++)
		free(part[i]);
	json_decref(o);
	return a->app.err.code == S3JIT_OK ? 0 : -1;
}

static int
verb_log(void *arg, int argc, char **argv)
{
	struct audit *a = arg;

	(void)argc;
	(void)argv;
	if (broker_open(a) == -1 || pages(a, record_show, NULL) == -1)
		return -1;
	if (a->shown == 0 && !a->opt.json)
		ui_say(&a->app.ui, TONE_PLAIN, "There is no such record.");
	return 0;
}

static int
record_export(struct audit *a, const struct log_record *r, void *arg)
{
	FILE *to = arg;
	char *line;
	int n;

	if (chain_line_write(&line, r, &a->app.err) == -1)
		return -1;
	n = fprintf(to, "%s\n", line);
	free(line);
	return n < 0 ? s3jit_fail_errno(&a->app.err, "writing") : 0;
}

static int
verb_export(void *arg, int argc, char **argv)
{
	struct audit *a = arg;
	FILE *to = stdout;
	int ret;

	if (broker_open(a) == -1)
		return -1;
	/* an export is never written over another */
	if (argc > 0 && (to = fopen(argv[0], "wxe")) == NULL)
		return s3jit_fail(&a->app.err, S3JIT_EUSAGE, "%s: %s%s", argv[0], strerror(errno),
		    errno == EEXIST ? ", and is not written over: name another" : "");
	ret = pages(a, record_export, to);
	if (fflush(to) == EOF && ret == 0)
		ret = s3jit_fail_errno(&a->app.err, "writing");
	if (argc > 0 && fclose(to) == EOF && ret == 0)
		ret = s3jit_fail_errno(&a->app.err, "writing");
	return ret;
}

static int
record_verify(struct audit *a, const struct log_record *r, void *arg)
{
	return chain_add(arg, r, &a->app.err);
}

static int
file_verify(struct audit *a, const char *name, struct chain *c)
{
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	struct log_record r;
	char *line = NULL;
	size_t size = 0, lines = 0;
	ssize_t len;
	int ret = 0;

	if (f == NULL)
		return s3jit_fail(&a->app.err, S3JIT_EUSAGE, "%s: %s", name, strerror(errno));
	while (ret == 0 && (len = getline(&line, &size, f)) != -1) {
		lines++;
		ret = chain_line_read(&r, line, (size_t)len, &a->app.err);
		if (ret == 0)
			ret = chain_add(c, &r, &a->app.err);
		codec_clear(&log_record_table, &r);
	}
	if (ret == -1)
		s3jit_fail_prefix(&a->app.err, "%s, line %zu", name, lines);
	else if (ferror(f))
		ret = s3jit_fail_errno(&a->app.err, "reading %s", name);
	free(line);
	if (f != stdin)
		fclose(f);
	return ret;
}

static int
verb_verify(void *arg, int argc, char **argv)
{
	char first[FORMAT_TEXT], last[FORMAT_TEXT];
	struct audit *a = arg;
	struct chain c;
	int ret;

	if (chain_begin(&c, a->opt.head, a->opt.part, &a->app.err) == -1)
		return -1;
	if (argc > 0)
		ret = file_verify(a, argv[0], &c);
	else
		ret = broker_open(a) == -1 ? -1 : pages(a, record_verify, &c);
	if (ret == 0)
		ret = chain_finish(&c, &a->app.err);
	if (ret == -1) {
		if (a->app.err.code == S3JIT_ECHANGED)
			a->app.status = 1;
		return -1;
	}
	printf("Chain verified %s%s%s.  Last: %" PRId64 ":%s\n", format_count(first, c.first),
	    ui_glyph(&a->app.ui, GLYPH_DASH), format_count(last, c.last), c.last, c.hash);
	if (c.head_seq == 0)
		printf("That nothing was cut off behind it, syslog or the journal can tell: "
		    "s3-audit verify --head NUMBER:HASH\n");
	return 0;
}

#define EXAMPLES(...) (const char *const[]){ __VA_ARGS__, NULL }

static const struct subcommand verbs[] = {
	{ "log", "", "Print the record, one line each.", log_options, 0, 0, false,
	    EXAMPLES("s3-audit log --since 2026-05-03 --until 2026-05-04T12:00:00Z",
		"s3-audit log --json --request kmxqrtvz"), verb_log },
	{ "export", "[FILE]", "Write the record with its chain, one JSON object a line.",
	    export_options, 0, 1, false, EXAMPLES("s3-audit export record.jsonl",
		"s3-audit export | gzip > record.jsonl.gz"), verb_export },
	{ "verify", "[FILE]", "Check the chain: of an export, as anybody, or of the live record.",
	    verify_options, 0, 1, false, EXAMPLES("s3-audit verify", "s3-audit verify record.jsonl",
		"s3-audit verify --part --head 48113:9f31...  may-2026.jsonl"), verb_verify },
	{ NULL, NULL, NULL, NULL, 0, 0, false, NULL, NULL },
};

static const char intro[] =
    "s3-audit: read and check the record of who could write where, and why.\n"
    "\n"
    "usage: s3-audit VERB [OPTIONS] ...\n";

static const char outro[] =
    "  s3-audit VERB --help\n"
    "      Options and examples of a verb.\n"
    "  s3-audit --version\n"
    "\n"
    "Exit status: 0 fine, 1 the chain is broken, 2 usage, 113 not an auditor, 114\n"
    "broker not reachable.  See s3-audit(1).\n";

static int
run(struct audit *a)
{
	const struct subcommand *v;
	const char *meant;
	char **words = NULL;
	bool help;
	int n, ret;

	if ((v = verb_find(verbs, a->app.argv[1])) == NULL) {
		meant = verb_closest(verbs, a->app.argv[1]);
		app_hint(&a->app, "%s%s%sSee:   s3-audit --help", meant == NULL ? "" : "Was it ",
		    meant == NULL ? "" : meant, meant == NULL ? "" : "?  ");
		return s3jit_fail(&a->app.err, S3JIT_EUSAGE, "there is no verb \"%.64s\"",
		    a->app.argv[1]);
	}
	if (options_read(v, &a->opt, &help, a->app.argc - 2, a->app.argv + 2, &n, &words,
	    &a->app.err) == -1) {
		app_hint(&a->app, "See:   s3-audit %s --help", v->name);
		return -1;
	}
	if (help) {
		verb_help(stdout, PROGRAM, v);
		ret = 0;
	} else {
		ret = v->run(a, n, words);
	}
	free(words);
	return ret;
}

int
main(int argc, char **argv)
{
	struct audit a = { .app = { .argc = argc, .argv = argv } };
	int status;

	descriptors_settle();
	ui_init(&a.app.ui);
	if (options_common(PROGRAM, argc, argv, verbs, intro, outro, &status))
		return status;
	if (argc < 2) {
		ui_say(&a.app.ui, TONE_BAD, PROGRAM ": what is to be read?  See:   s3-audit --help");
		return s3jit_code_exit(S3JIT_EUSAGE);
	}
	status = app_report(&a.app, run(&a));
	conn_free(a.app.conn);
	free(a.app.hint);
	return status;
}
