/*
 * show.c - what people read before they ask or decide: scopes and requests.
 *
 * Linked into s3-sudo-client and s3-approve.  Pure: no clock, no terminal.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"
#include "s3jit/escape.h"
#include "s3jit/s3uri.h"

#include "format.h"
#include "show.h"
#include "text.h"

#define URI_MAX		1400	/* shown of a resource: a whole key, escaped */
#define NAME_MAX_SHOWN	64	/* of a person or rule */
#define ORIGIN_MAX	120
#define WORDS_MAX	1200	/* of a reason, a word of a command, a path */
#define COMMAND_MAX	(2 * (WORDS_MAX + 3))	/* of it all; `show` has the rest */
#define OBJECTS_SHOWN	4	/* on the approver's screen; `show` has all */

/* The resource in "put s3://b/k"; the verb's length in *verb. */
static const char *
resource(const char *permission, int *verb)
{
	const char *blank = strchr(permission, ' ');

	*verb = blank == NULL ? 0 : (int)(blank - permission);
	return blank == NULL ? permission : blank + 1;
}

static const char *
reach(const char *uri)
{
	size_t len = strlen(uri);
	const char *key;

	if (strncmp(uri, "s3://", 5) != 0 || len < 6)
		return "";
	key = strchr(uri + 5, '/');
	if (key == NULL || key[1] == '\0')
		return strchr(uri, '*') != NULL ? "" : " (the whole bucket)";
	return uri[len - 1] == '/' ? " (everything below)" : "";
}

/* Has the scope this verb for this resource? */
static bool
has(const struct strv *scope, const char *verb, const char *uri)
{
	size_t i;
	int len;

	for (i = 0; i < scope->n; i++)
		if (strcmp(resource(scope->v[i], &len), uri) == 0 && (int)strlen(verb) == len &&
		    strncmp(scope->v[i], verb, (size_t)len) == 0)
			return true;
	return false;
}

/* What changes things first. */
static const char *const verb_order[] = {
	"create-bucket", "delete-bucket", "put", "delete", "delete-version", "tag", "restore", "list",
	"get"
};
#define VERBS_KNOWN (sizeof(verb_order) / sizeof(verb_order[0]))

static bool
is_known(const char *verb, int len)
{
	size_t v;

	for (v = 0; v < VERBS_KNOWN; v++)
		if ((int)strlen(verb_order[v]) == len && strncmp(verb_order[v], verb, (size_t)len) == 0)
			return true;
	return false;
}

static void
add_verb(char *buf, size_t size, const char *verb, int verb_len)
{
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%.*s", len > 0 ? ", " : "", verb_len, verb);
}

/* All verbs that the scope has for the resource of member i; what this program does not know, first. */
static void
verbs_of(char *buf, size_t size, const struct strv *scope, size_t i)
{
	const char *uri;
	size_t j, v;
	int len;

	uri = resource(scope->v[i], &len);
	buf[0] = '\0';
	for (j = 0; j < scope->n; j++)
		if (strcmp(resource(scope->v[j], &len), uri) == 0 && !is_known(scope->v[j], len))
			add_verb(buf, size, scope->v[j], len);
	for (v = 0; v < VERBS_KNOWN; v++)
		if (has(scope, verb_order[v], uri))
			add_verb(buf, size, verb_order[v], (int)strlen(verb_order[v]));
}

/* Was the resource of member i told with an earlier one? */
static bool
told(const struct strv *scope, size_t i)
{
	const char *uri;
	size_t j;
	int verb;

	uri = resource(scope->v[i], &verb);
	for (j = 0; j < i; j++)
		if (strcmp(resource(scope->v[j], &verb), uri) == 0)
			return true;
	return false;
}

void
show_scope(FILE *f, const struct ui *ui, const struct strv *scope, const char *label, int indent,
    int column)
{
	char verbs[256], *plain, *word, *line;
	const char *uri;
	size_t i;
	int verb, used;

	for (i = 0; i < scope->n; i++) {
		if (told(scope, i))
			continue;
		uri = resource(scope->v[i], &verb);
		verbs_of(verbs, sizeof(verbs), scope, i);
		plain = escape_cut(verbs, sizeof(verbs));
		word = format_uri(uri, URI_MAX);
		if (asprintf(&line, "%s%s", word == NULL ? "?" : word, reach(uri)) == -1)
			line = NULL;
		used = fprintf(f, "%-*s%s", indent, label, plain == NULL ? "?" : plain);
		label = "";
		if (used + 2 > column && used + 2 + 20 < ui->width)
			fputs("  ", f), used += 2;
		format_wrapped(f, line == NULL ? "?" : line, used,
		    used > column && used + 20 < ui->width ? used : column, 2, ui->width);
		free(line);
		free(word);
		free(plain);
	}
}

bool
show_only_reads(const struct strv *scope)
{
	size_t i;

	for (i = 0; i < scope->n; i++)
		if (strncmp(scope->v[i], "get ", 4) != 0 && strncmp(scope->v[i], "list ", 5) != 0)
			return false;
	return scope->n > 0;
}

char *
show_scope_line(const struct strv *scope, size_t max)
{
	char verbs[256], *out = NULL, *cut;
	bool first = true;
	size_t i;
	int verb;
	FILE *f;

	if ((f = text_open(&out)) == NULL)
		return NULL;
	for (i = 0; i < scope->n; i++) {
		if (told(scope, i))
			continue;
		verbs_of(verbs, sizeof(verbs), scope, i);
		fprintf(f, "%s%s %s", first ? "" : ", ", verbs, resource(scope->v[i], &verb));
		first = false;
	}
	(void)fclose(f);
	cut = out != NULL ? escape_cut(out, max) : NULL;
	free(out);
	return cut;
}

char *
show_quorum(const struct strv *quorum)
{
	if (quorum->n == 0)
		return strdup("nobody needs to sign off");
	return format_people(quorum, " and ");
}

void
show_keys(char *buf, size_t size, const char *delivery, const char *person)
{
	char *who = escape_cut(person == NULL ? "" : person, NAME_MAX_SHOWN);
	const char *w = who == NULL ? "?" : who;

	if (strcmp(delivery, DELIVERY_SIGNED) == 0)
		snprintf(buf, size, "stay with s3jit%s",
		    person == NULL ? " (you never hold them)" : "");
	else if (strcmp(delivery, DELIVERY_COMMAND) == 0 && person == NULL)
		snprintf(buf, size, "handed to this command: your other processes could copy "
		    "them until the deadline");
	else if (strcmp(delivery, DELIVERY_COMMAND) == 0)
		snprintf(buf, size, "handed to this command: %s's other processes could copy "
		    "them until the deadline", w);
	else if (strcmp(delivery, DELIVERY_SESSION) == 0 && person == NULL)
		snprintf(buf, size, "handed to this login: all your processes in it can use and "
		    "copy them until the deadline");
	else if (strcmp(delivery, DELIVERY_SESSION) == 0)
		snprintf(buf, size, "handed to %s's login: all processes in it can use and copy "
		    "them until the deadline", w);
	else if (strcmp(delivery, DELIVERY_SHELL) == 0 && person == NULL)
		snprintf(buf, size, "handed to your shell: all your processes can use and copy them "
		    "until the deadline");
	else if (strcmp(delivery, DELIVERY_SHELL) == 0)
		snprintf(buf, size, "handed to %s's shell: all of %s's processes can use and copy "
		    "them until the deadline", w, w);
	else
		snprintf(buf, size, "go where this program does not know: do not approve");
	free(who);
}

/* "1.2 MB, sha256 9f31..." with as many digits as asked for; nothing where it is deleted. */
static void
object_facts(char *buf, size_t size, const struct ui *ui, const struct object *o, int digits)
{
	char bytes[FORMAT_TEXT], *sum = escape_cut(o->sha256, 80);

	buf[0] = '\0';
	if (strcmp(o->verb, "delete") != 0)
		/* what s3jitd knows of several parts is the sum of each, not that of the whole */
		snprintf(buf, size, "%s, sha256%s %.*s%s", format_size(bytes, o->size),
		    o->parts.n > 1 ? " (not checked)" : "", digits, sum == NULL ? "?" : sum,
		    digits < 64 ? ui_glyph(ui, GLYPH_ELLIPSIS) : "");
	free(sum);
}

/* The object that this permission stands for, and nothing else; or NULL. */
static const struct object *
object_of(const char *permission, const struct list *objects)
{
	const struct object *o = objects->v;
	bool same = false;
	char *text;
	size_t i;

	for (i = 0; i < objects->n && !same; i++) {
		text = s3uri_permission(o[i].verb, o[i].bucket, o[i].key);
		same = text != NULL && strcmp(text, permission) == 0;
		free(text);
	}
	return same ? &o[i - 1] : NULL;
}

/* Does each permission say exactly where one object goes? */
static bool
objects_are_scope(const struct strv *scope, const struct list *objects)
{
	size_t i;

	for (i = 0; i < scope->n && scope->n == objects->n; i++)
		if (object_of(scope->v[i], objects) == NULL)
			return false;
	return scope->n > 0 && scope->n == objects->n;
}

static void
object_line(FILE *f, const struct ui *ui, const struct object *o, bool where, int indent,
    int digits)
{
	char facts[160], *uri = NULL, *word = NULL, *line = NULL;

	object_facts(facts, sizeof(facts), ui, o, digits);
	if (where && asprintf(&uri, "s3://%s/%s", o->bucket, o->key) != -1)
		word = format_uri(uri, URI_MAX);
	if ((where && word == NULL) || asprintf(&line, "%s%s%s", word == NULL ? "" : word,
	    word == NULL || facts[0] == '\0' ? "" : "  ", facts) == -1)
		line = NULL;
	if (line == NULL || *line != '\0')
		format_wrapped(f, line == NULL ? TEXT_LOST : line, 0, indent, 2, ui->width);
	free(line);
	free(word);
	free(uri);
}

static void
objects_rest(FILE *f, const struct list *objects, size_t most, int indent)
{
	const struct object *o = objects->v;
	char bytes[FORMAT_TEXT], count[FORMAT_TEXT];
	int64_t sum = 0;
	size_t i;

	if (objects->n <= most + 1)
		return;
	for (i = 0; i < objects->n; i++)
		sum += o[i].size;
	fprintf(f, "%*sand %s more", indent, "", format_count(count, (int64_t)(objects->n - most)));
	if (strcmp(o->verb, "delete") != 0)
		fprintf(f, "; %s in all", format_size(bytes, sum));
	fputc('\n', f);
}

/* The permissions, and what goes where: each object below its own one where it has one. */
static void
scope_and_objects(FILE *f, const struct ui *ui, const struct strv *scope,
    const struct list *objects, int indent, int column, int digits, size_t most)
{
	const struct object *o = objects->v;
	bool own = objects_are_scope(scope, objects);
	size_t i;

	if (objects->n == most + 1)
		most++;			/* it takes no more room than to say that it is there */
	if (!own)
		show_scope(f, ui, scope, "", indent, column);
	for (i = 0; i < objects->n; i++) {
		if (own)
			show_scope(f, ui, &(struct strv){ scope->v + i, 1 }, "", indent, column);
		if (i < most)
			object_line(f, ui, own ? object_of(scope->v[i], objects) : &o[i], !own, column,
			    digits);
	}
	if (!own || (objects->n > 0 && strcmp(o->verb, "delete") != 0))
		objects_rest(f, objects, most, column);
}

/* One object on one line with what it is, where that fits. */
static bool
ask_line(FILE *f, const struct ui *ui, const struct strv *scope, const struct list *objects)
{
	const struct object *o = objects->v;
	char facts[160];
	size_t len;

	if (objects->n != 1 || !objects_are_scope(scope, objects) || strchr(o->key, ' ') != NULL ||
	    !escape_is_plain(o->key))
		return false;
	object_facts(facts, sizeof(facts), ui, o, 8);
	len = strlen("  put      s3:///     ") + strlen(o->bucket) + strlen(o->key) + strlen(facts);
	if (len > (size_t)ui->width)
		return false;
	fprintf(f, "  %-8s s3://%s/%s%s%s\n", o->verb, o->bucket, o->key,
	    facts[0] == '\0' ? "" : "     ", facts);
	return true;
}

/* A shell's pattern that met no file, or a hope that S3 knows patterns? */
static bool
starred(const struct list *objects)
{
	const struct object *o = objects->v;
	size_t i;

	for (i = 0; i < objects->n; i++)
		if (strchr(o[i].key, '*') != NULL)
			return true;
	return false;
}

char *
show_ask(const struct ui *ui, const struct msg_checked *c, const struct list *objects)
{
	char keys[200], most[DURATION_TEXT], *rule, *quorum, *line = NULL, *out = NULL;
	int used;
	FILE *f;

	if ((f = text_open(&out)) == NULL)
		return NULL;
	if (!ask_line(f, ui, &c->scope, objects))
		scope_and_objects(f, ui, &c->scope, objects, 2, 11, 8, 8);
	if (starred(objects)) {
		used = fprintf(f, "  note");
		format_wrapped(f, "* is an ordinary character here: one object of exactly that name",
		    used, 11, 0, ui->width);
	}
	show_keys(keys, sizeof(keys), c->delivery, NULL);
	rule = format_quoted(c->rule, NAME_MAX_SHOWN);
	quorum = show_quorum(&c->quorum);
	if (asprintf(&line, "%s: %s, at most %s", rule == NULL ? "?" : rule,
	    quorum == NULL ? "?" : quorum, duration_format(most, c->max_ttl)) == -1)
		line = NULL;
	used = fprintf(f, "  keys");
	format_wrapped(f, keys, used, 11, 0, ui->width);
	used = fprintf(f, "  rule");
	format_wrapped(f, line == NULL ? "?" : line, used, 11, 0, ui->width);
	free(line);
	free(rule);
	free(quorum);
	(void)fclose(f);		/* NULL where that failed */
	return out;
}

void
show_title(char *buf, size_t size, const struct ui *ui, const struct msg_shown *s, size_t place,
    size_t total)
{
	char *why = escape_cut(s->why, 16), *by = escape_cut(s->by, NAME_MAX_SHOWN);
	char id[REQUEST_ID], waits[FORMAT_TEXT], where[64] = "";
	const char *dot = ui_glyph(ui, GLYPH_DOT);

	request_names(id, NULL, s->request);
	if (place > 0)
		snprintf(where, sizeof(where), "%zu of %zu %s ", place, total, dot);
	if (strcmp(s->state, "pending") == 0)
		snprintf(buf, size, "%s%.*s %s waits %s", where, REQUEST_ID_SHOWN, id, dot,
		    format_elapsed(waits, s->waits));
	else if (strcmp(s->state, "ended") == 0 && s->why[0] != '\0')
		snprintf(buf, size, "%s%.*s %s ended: %s%s%s", where, REQUEST_ID_SHOWN, id, dot,
		    why == NULL ? "?" : why, *s->by == '\0' ? "" : " by ", by == NULL ? "?" : by);
	else
		snprintf(buf, size, "%s%.*s %s %.16s", where, REQUEST_ID_SHOWN, id, dot, s->state);
	free(by);
	free(why);
}

static void
labelled(FILE *f, const struct ui *ui, const char *label, char *text)
{
	int used = fprintf(f, " %s", label);

	format_wrapped(f, text == NULL ? "?" : text, used, 10, 2, ui->width);
	free(text);
}

/* Who asks: "alice as deploy, ssh from 10.2.0.9". */
static void
who(FILE *f, const struct ui *ui, const struct request *r)
{
	char *person = escape_cut(r->person, NAME_MAX_SHOWN);
	char *as = escape_cut(r->ruser, NAME_MAX_SHOWN);
	char *origin = escape_cut(r->origin, ORIGIN_MAX), *line = NULL;

	if (person == NULL || as == NULL || origin == NULL ||
	    asprintf(&line, "%s%s%s, %s", person, r->ruid != r->loginuid ? " as " : "",
	    r->ruid != r->loginuid ? as : "", origin) == -1)
		line = NULL;
	format_wrapped(f, line == NULL ? TEXT_LOST : line, 0, 0, 2, ui->width);
	free(line);
	free(origin);
	free(as);
	free(person);
}

/* The requester's own words: last, labelled, each quoted. */
static void
words(FILE *f, const struct ui *ui, const struct request *r, bool detail)
{
	const struct object *o = r->objects.v;
	char *person = escape_cut(r->person, NAME_MAX_SHOWN), *text;
	size_t i;

	if (asprintf(&text, "%s's words (not checked):", person == NULL ? "?" : person) != -1) {
		format_wrapped(f, text, 0, 0, 2, ui->width);
		free(text);
	}
	text = format_quoted(r->reason, WORDS_MAX);
	format_wrapped(f, text == NULL ? "?" : text, 0, 1, 1, ui->width);
	free(text);
	if (r->argv.n > 0)
		labelled(f, ui, "command", format_argv(&r->argv, WORDS_MAX,
		    detail ? SIZE_MAX : COMMAND_MAX));
	if (r->cwd[0] != '\0')
		labelled(f, ui, "in", format_word(r->cwd, WORDS_MAX));
	for (i = 0; detail && i < r->objects.n; i++)
		if (o[i].name[0] != '\0')
			labelled(f, ui, "file", format_word(o[i].name, WORDS_MAX));
	free(person);
}

static void
details(FILE *f, const struct ui *ui, const struct msg_shown *s)
{
	const struct request *r = s->request;
	char digest[DIGEST_HEX];

	request_digest_hex(digest, r);
	labelled(f, ui, "role", format_word(r->role, 300));
	labelled(f, ui, "host", format_word(r->host, 255));
	if (r->parent[0] != '\0')
		labelled(f, ui, "replaces", format_word(r->parent, 64));
	labelled(f, ui, "digest", strdup(digest));
}

/* What it makes longer, and until when that makes it: the requester's words do not count here. */
static void
extends(FILE *f, const struct ui *ui, const struct msg_shown *s)
{
	const struct request *r = s->request;
	char from[CLOCK_TEXT], until[CLOCK_TEXT], end[CLOCK_TEXT], more[FORMAT_TEXT], *line;
	char *id = escape_cut(r->parent, 64);

	if (s->parent_ends == 0 || id == NULL)
		goto out;
	if (asprintf(&line, "extends %.*s (granted %s, ends %s) by %s, to %s", REQUEST_ID_SHOWN, id,
	    clock_hms(from, s->parent_begun), clock_hms(until, s->parent_ends),
	    format_ttl(more, r->ttl), clock_hms(end, s->parent_ends + r->ttl)) != -1) {
		format_wrapped(f, line, 0, 1, 2, ui->width);
		free(line);
	}
out:
	free(id);
}

/* "15 min · keys stay with s3jit", and the rule behind it. */
static void
terms(FILE *f, const struct ui *ui, const struct msg_shown *s)
{
	const struct request *r = s->request;
	char ttl[FORMAT_TEXT], keys[200], *line = NULL, *rule;
	int used;

	show_keys(keys, sizeof(keys), r->delivery, r->person);
	used = fprintf(f, " %s %s ", format_ttl(ttl, r->ttl), ui_glyph(ui, GLYPH_DOT));
	used -= (int)strlen(ui_glyph(ui, GLYPH_DOT)) - 1;
	if (asprintf(&line, "keys %s", keys) == -1)
		line = NULL;
	format_wrapped(f, line == NULL ? TEXT_LOST : line, used, used, 0, ui->width);
	free(line);
	rule = escape_cut(s->rule_text, 300);
	if (rule != NULL && *rule != '\0' && asprintf(&line, "rule %s", rule) != -1) {
		format_wrapped(f, line, 0, 1, 2, ui->width);
		free(line);
	}
	free(rule);
}

static void
votes(FILE *f, const struct ui *ui, const struct msg_shown *s)
{
	char *yes, *line;

	if (s->votes.n == 0)
		return;
	yes = format_people(&s->votes, ", ");
	if (s->needed == 0 && asprintf(&line, "yes: %s", yes == NULL ? "?" : yes) == -1)
		line = NULL;
	else if (s->needed != 0 && asprintf(&line, "yes so far: %s; %" PRId64 " more needed",
	    yes == NULL ? "?" : yes, s->needed) == -1)
		line = NULL;
	format_wrapped(f, line == NULL ? TEXT_LOST : line, 0, 1, 2, ui->width);
	free(line);
	free(yes);
}

char *
show_request(const struct ui *ui, const struct msg_shown *s, bool detail)
{
	const struct request *r = s->request;
	char *out = NULL;
	FILE *f;

	if ((f = text_open(&out)) == NULL)
		return NULL;
	who(f, ui, r);
	scope_and_objects(f, ui, &r->scope, &r->objects, 0, 5, 64,
	    detail ? SIZE_MAX - 1 : OBJECTS_SHOWN);
	extends(f, ui, s);
	terms(f, ui, s);
	votes(f, ui, s);
	if (detail)
		details(f, ui, s);
	words(f, ui, r, detail);
	(void)fclose(f);		/* NULL where that failed */
	return out;
}
