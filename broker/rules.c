/*
 * rules.c - what the rules file says about one person and one scope.
 *
 * Runs in s3jitd.  No I/O, no clock: people come from the resolver's cache.
 */
#include "config.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/duration.h"

#include "rules.h"

#define SLOTS_MAX APPROVALS_MAX	/* of one quorum, all demands together */

static bool
delivery_fits(const struct rule *rule, const char *delivery)
{
	return rule->delivery == NULL || rule->delivery[0] == '\0' ||
	    strcmp(rule->delivery, delivery) == 0;
}

/* How long a beginning do these two share? */
static size_t
shared(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

/*
 * How near a rule comes to what was wanted: the permissions it covers; then the
 * longest beginning that a pattern of it shares with the first of them; of two
 * that are alike, the wider pattern.
 */
static size_t
nearness(const struct rule *rule, const struct scope *wanted)
{
	char *text = permission_text(&wanted->v[0]);
	size_t i, len, same, near = 0, n = 0;
	struct scope one;

	for (i = 0; i < wanted->n; i++) {
		one.v = &wanted->v[i];
		one.n = 1;
		n += scope_covers(&rule->allow, &one, NULL);
	}
	for (i = 0; text != NULL && i < rule->allow_text.n; i++) {
		len = strnlen(rule->allow_text.v[i], 2047);
		same = shared(text, rule->allow_text.v[i]) * 2048 + 2047 - len;
		near = same > near ? same : near;
	}
	free(text);
	return (n << 24) + near;
}

static char *
join(const struct strv *texts, const char *between)
{
	char *out = NULL;
	size_t i, len = 1;

	for (i = 0; i < texts->n; i++)
		len += strlen(texts->v[i]) + strlen(between);
	if ((out = malloc(len)) == NULL)
		return NULL;
	out[0] = '\0';
	for (i = 0; i < texts->n; i++) {
		if (i > 0)
			strcat(out, between);
		strcat(out, texts->v[i]);
	}
	return out;
}

/* No rule: say which came closest and what it lacks. */
static void
refuse(const struct scope *wanted, const struct rule *nearest, const struct permission *missing,
    const char *delivery, struct s3jit_err *err)
{
	char *what = permission_text(missing != NULL ? missing : &wanted->v[0]);
	char *has;

	if (nearest == NULL) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "Not allowed by any rule: %s.",
		    what != NULL ? what : "this");
	} else if (!delivery_fits(nearest, delivery)) {
		s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "Not allowed: rule \"%s\" keeps keys with s3jit (delivery \"%s\"), so only "
		    "built-in verbs such as s3-sudo put.", nearest->title, nearest->delivery);
	} else {
		has = join(&nearest->allow_text, ", ");
		s3jit_fail(err, S3JIT_ENOTALLOWED,
		    "Not allowed by any rule: %s.  Nearest: \"%s\" covers %s.",
		    what != NULL ? what : "this", nearest->title, has != NULL ? has : "less");
		free(has);
	}
	free(what);
}

const struct rule *
rules_find(const struct config *conf, const struct person *person, const struct scope *scope,
    const char *delivery, struct s3jit_err *err)
{
	const struct rule *rule, *nearest = NULL;
	const struct permission *missing = NULL, *m;
	const struct baseline *base;
	size_t i, n, most = 0;

	if (scope->n == 0) {
		s3jit_fail(err, S3JIT_EUSAGE, "nothing was asked for: name a permission");
		return NULL;
	}
	for (i = 0; i < conf->nrules; i++) {
		rule = &conf->rules[i];
		if (!person_is(person, &rule->who))
			continue;
		m = NULL;
		if (scope_covers(&rule->allow, scope, &m) && delivery_fits(rule, delivery))
			return rule;
		n = nearness(rule, scope);
		if (n > most) {
			most = n;
			nearest = rule;
			missing = m;
		}
	}
	base = rules_baseline(conf, person);
	if (base != NULL && scope_covers(&base->allow, scope, NULL))
		s3jit_fail(err, S3JIT_ENOTALLOWED, "There is nothing to ask for: this login may do "
		    "that already.  Use the aws command by itself.");
	else
		refuse(scope, nearest, missing, delivery, err);
	return NULL;
}

const struct baseline *
rules_baseline(const struct config *conf, const struct person *person)
{
	const struct baseline *everyone = NULL;
	size_t i;

	for (i = 0; i < conf->nbaselines; i++) {
		if (conf->baselines[i].everyone) {
			if (everyone == NULL)
				everyone = &conf->baselines[i];
		} else if (person_is(person, &conf->baselines[i].who)) {
			return &conf->baselines[i];
		}
	}
	/* Somebody the name service does not know may be in a narrower group. */
	return person != NULL && person->known ? everyone : NULL;
}

bool
rules_may_approve(const struct rule *rule, const struct person *person)
{
	size_t i;

	for (i = 0; i < rule->nquorum; i++)
		if (person_is(person, &rule->quorum[i].who))
			return true;
	return false;
}

/*
 * The yes votes that count: valid words on this digest, by somebody else than
 * who asked, once a person; a key that voted already is that person again.
 */
static size_t
valid_voters(const struct person **voters, size_t max, const struct list *votes,
    const struct resolver *resolver, const struct request *req)
{
	const struct vote_row *rows = votes->v;
	char digest[DIGEST_HEX];
	size_t i, k, n = 0;

	request_digest_hex(digest, req);
	for (i = 0; i < votes->n && n < max; i++) {
		if (rows[i].vote != VOTE_YES || strcmp(rows[i].digest, digest) != 0)
			continue;
		if (rows[i].loginuid == req->loginuid || rows[i].loginuid == req->ruid)
			continue;
		for (k = 0; k < i; k++)
			if (rows[k].loginuid == rows[i].loginuid || (rows[i].key_hash[0] != '\0' &&
			    strcmp(rows[k].key_hash, rows[i].key_hash) == 0))
				break;
		if (k < i)
			continue;
		if ((voters[n] = resolver_person(resolver, (uid_t)rows[i].loginuid)) != NULL)
			n++;
	}
	return n;
}

/* Augmenting path: give slot `s` to a voter, moving others aside where they fit elsewhere. */
static bool
seat(size_t s, const struct quorum *const *slots, const struct person *const *voters, size_t n,
    bool *tried, size_t *taken)
{
	size_t v;

	for (v = 0; v < n; v++) {
		if (tried[v] || !person_is(voters[v], &slots[s]->who))
			continue;
		tried[v] = true;
		if (taken[v] == SIZE_MAX || seat(taken[v], slots, voters, n, tried, taken)) {
			taken[v] = s;
			return true;
		}
	}
	return false;
}

int64_t
rules_missing(const struct rule *rule, const struct list *votes, const struct resolver *resolver,
    const struct request *req)
{
	const struct quorum *slots[SLOTS_MAX];
	const struct person *voters[SLOTS_MAX];
	bool tried[SLOTS_MAX];
	size_t taken[SLOTS_MAX], nslots = 0, nvoters, i;
	int64_t k, missing = 0;

	if (rule->nquorum == 0)
		return rule->automatic ? 0 : INT64_MAX;
	for (i = 0; i < rule->nquorum; i++)
		for (k = 0; k < rule->quorum[i].count; k++) {
			if (nslots == SLOTS_MAX)
				return INT64_MAX;
			slots[nslots++] = &rule->quorum[i];
		}
	nvoters = valid_voters(voters, SLOTS_MAX, votes, resolver, req);
	for (i = 0; i < nvoters; i++)
		taken[i] = SIZE_MAX;
	for (i = 0; i < nslots; i++) {
		memset(tried, 0, sizeof(tried));
		if (!seat(i, slots, voters, nvoters, tried, taken))
			missing++;
	}
	return missing;
}

int
rules_quorum_texts(struct strv *out, const struct rule *rule, struct s3jit_err *err)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < rule->nquorum; i++)
		if (strv_push(out, rule->quorum[i].text) == -1) {
			strv_clear(out);
			return s3jit_fail_errno(err, "memory");
		}
	return 0;
}

char *
rules_describe(const struct rule *rule)
{
	struct strv texts = { 0 };
	char longest[DURATION_TEXT], more[DURATION_TEXT], extends[96] = "";
	char *quorum = NULL, *out = NULL;

	if (rules_quorum_texts(&texts, rule, NULL) == -1)
		return NULL;
	quorum = join(&texts, " and ");
	if (rule->extends > 0)
		snprintf(extends, sizeof(extends), ", extended at most %lld times by %s",
		    (long long)rule->extends, duration_format(more, rule->extend_max));
	if (quorum != NULL && asprintf(&out, "\"%s\": %s, at most %s%s", rule->title,
	    rule->nquorum == 0 ? "no approval needed" : quorum,
	    duration_format(longest, rule->max_ttl), extends) == -1)
		out = NULL;
	free(quorum);
	strv_clear(&texts);
	return out;
}

bool
rules_wants_reason(const struct rule *rule)
{
	return !rule->automatic || (rule->reason != NULL && rule->reason[0] != '\0');
}

int
rules_check_reason(const struct rule *rule, const char *reason, struct s3jit_err *err)
{
	regmatch_t whole;
	regex_t re;
	int match;

	if (!rules_wants_reason(rule))
		return 0;
	if (reason[strspn(reason, " \t")] == '\0')
		return s3jit_fail(err, S3JIT_EUSAGE, "A reason is needed: say why (-r REASON).");
	if (rule->reason == NULL || rule->reason[0] == '\0')
		return 0;
	if (regcomp(&re, rule->reason, REG_EXTENDED) != 0)
		return s3jit_fail(err, S3JIT_ESYS, "rule \"%s\": its reason cannot be matched",
		    rule->title);
	match = regexec(&re, reason, 1, &whole, 0) == 0 && whole.rm_so == 0 &&
	    reason[whole.rm_eo] == '\0';
	regfree(&re);
	if (!match)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "Rule \"%s\" wants a reason of the form %s.", rule->title, rule->reason);
	return 0;
}

int
rules_check_ttl(const struct rule *rule, int64_t ttl, struct s3jit_err *err)
{
	char longest[DURATION_TEXT];

	if (ttl < 1 || ttl > rule->max_ttl)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "Too long: rule \"%s\" allows at most %s.",
		    rule->title, duration_format(longest, rule->max_ttl));
	return 0;
}
