/*
 * show_list.c - the one-line views: status, list and -l.
 *
 * Linked into s3-sudo-client and s3-approve.  Pure, as show.c.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/duration.h"
#include "s3jit/escape.h"

#include "format.h"
#include "show.h"
#include "text.h"

#define LINE_MAX_SHOWN	200	/* of a scope or a reason on one line */

/* What a person calls that state of that kind of request. */
static const char *
state_word(const struct summary *s)
{
	if (strcmp(s->state, "pending") == 0)
		return "waits";
	if (strcmp(s->state, "approved") == 0)
		return "ready";
	if (strcmp(s->state, "active") == 0)
		return delivery_stays(s->delivery) ? "open" : "runs";
	return "ended";
}

/* What there is to say about time and the next step. */
static void
state_rest(char *buf, size_t size, const struct summary *s, bool with_person)
{
	char when[FORMAT_TEXT];
	bool active = strcmp(s->state, "active") == 0;
	const char *next = "";

	if (active && !with_person && delivery_stays(s->delivery))
		next = s->here ? "   (close: s3-sudo close)" : "   (in another login)";
	else if (!active && !with_person)
		next = "   (go on: s3-sudo resume)";
	if (active)
		snprintf(buf, size, "%s%s", format_left(when, s->deadline - s->now), next);
	else if (strcmp(s->state, "pending") == 0)
		snprintf(buf, size, "%s, %" PRId64 " yes missing%s",
		    format_elapsed(when, s->now - s->created), s->needed, next);
	else
		snprintf(buf, size, "%s%s", format_elapsed(when, s->now - s->created), next);
}

char *
show_summary(const struct ui *ui, const struct summary *s, bool with_person)
{
	char rest[160], *scope, *person, *line = NULL, *out = NULL;
	FILE *f;

	if ((f = text_open(&out)) == NULL)
		return NULL;
	scope = show_scope_line(&s->scope, LINE_MAX_SHOWN);
	person = escape_cut(with_person ? s->person : "", 64);
	state_rest(rest, sizeof(rest), s, with_person);
	if (asprintf(&line, "%.*s  %s%s%s  %s   %s", REQUEST_ID_SHOWN, s->id, state_word(s),
	    with_person ? "  " : "", person == NULL ? "?" : person, scope == NULL ? "?" : scope,
	    rest) == -1)
		line = NULL;
	format_wrapped(f, line == NULL ? TEXT_LOST : line, 0, 0, 2, ui->width);
	free(line);
	free(person);
	free(scope);
	(void)fclose(f);		/* NULL where that failed */
	return out;
}

#define LABEL		15	/* columns of CAN READ NOW */
#define ROOM		60	/* narrower screens have the label on a line of its own */

static void
scope_under(FILE *f, const struct ui *ui, const struct strv *scope, const char *label)
{
	if (ui->width >= ROOM) {
		show_scope(f, ui, scope, label, LABEL, LABEL + 8);
		return;
	}
	if (*label != '\0' && scope->n > 0)
		fprintf(f, "%s\n", label);
	show_scope(f, ui, scope, "", 2, 10);
}

static void
rule_show(FILE *f, const struct ui *ui, const struct rule_line *r, const char *label)
{
	char ttl[DURATION_TEXT], *quorum, *people, *line = NULL;
	const char *here = "";

	scope_under(f, ui, &r->scope, label);
	quorum = r->automatic ? strdup("at once, nobody needs to sign off") : show_quorum(&r->quorum);
	people = r->automatic ? strdup("") : format_people(&r->approvers, ", ");
	if (!r->automatic && r->approvers.n == 0)
		here = "   none of them is logged in";
	else if (!r->automatic)
		here = r->approvers.n == 1 ? " is logged in" : " are logged in";
	if (asprintf(&line, "%s%s  %s%s%s%s%s", ui->utf8 ? "\342\211\244" : "at most ",
	    duration_format(ttl, r->max_ttl), quorum == NULL ? "?" : quorum,
	    people == NULL || *people == '\0' ? "" : "   ", people == NULL ? "?" : people, here,
	    r->reauth ? "   after re-authentication" : "") != -1) {
		format_wrapped(f, line, 0, ui->width >= ROOM ? LABEL + 2 : 4, 2, ui->width);
		free(line);
	}
	free(people);
	free(quorum);
}

char *
show_rules(const struct ui *ui, const struct msg_rules_answer *a)
{
	const struct rule_line *r = a->ask.v;
	char *out = NULL;
	size_t i;
	FILE *f;

	if ((f = text_open(&out)) == NULL)
		return NULL;
	if (a->read.n == 0)
		fprintf(f, "CAN READ NOW   nothing without asking\n");
	scope_under(f, ui, &a->read, "CAN READ NOW");
	if (a->ask.n == 0)
		fprintf(f, "CAN ASK FOR    nothing: no rule names you\n");
	for (i = 0; i < a->ask.n; i++)
		rule_show(f, ui, &r[i], i == 0 ? "CAN ASK FOR" : "");
	(void)fclose(f);		/* NULL where that failed */
	return out;
}

char *
show_keys_out(const struct msg_closed *c)
{
	static const struct { const char *aws, *words; bool when; } known[] = {
		{ "confirmed", "refused by AWS, confirmed", false },
		{ "taken", "AWS was told to refuse them; at the latest they end at ", true },
		{ "requested", "AWS does not take their refusal yet and is asked until it does; "
		    "at the latest they end at ", true },
		{ "", "work until ", true },
	};
	size_t i = 0, last = sizeof(known) / sizeof(known[0]) - 1;
	char until[CLOCK_TEXT], *text;

	if (c->keys_until == 0)
		return strdup("No keys are out.");
	while (i < last && strcmp(known[i].aws, c->aws) != 0)
		i++;
	if (asprintf(&text, "Keys already handed out: %s%s.", known[i].words,
	    known[i].when ? clock_hms(until, c->keys_until) : "") == -1)
		return NULL;
	return text;
}
