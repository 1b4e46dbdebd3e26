/*
 * rules.h - what the rules file says about one person and one scope.
 *
 * Pure: configuration, people and votes in, an answer out.  First rule that
 * covers the whole scope wins; none means refused (F3).
 */
#ifndef BROKER_RULES_H
#define BROKER_RULES_H

#include "resolver.h"
#include "s3jit/proto.h"
#include "store.h"

/*
 * The rule under which `person` may ask for `scope` with `delivery`.  NULL and
 * ENOTALLOWED in plain words, with the nearest rule and what was missing.
 */
const struct rule *rules_find(const struct config *, const struct person *,
    const struct scope *, const char *delivery, struct s3jit_err *);

/* The baseline in force for a person: the first that names them, or the first for everyone. */
const struct baseline *rules_baseline(const struct config *, const struct person *);

/* May this person vote under this rule at all (named by one of its demands)? */
bool rules_may_approve(const struct rule *, const struct person *);

/*
 * How many yes votes are missing: each demand wants its own distinct persons,
 * nobody counts twice (Q4), only those entitled now count (Q5), never who asked
 * (Q3).  0 = quorum.  Votes of one key are one person (DESIGN 2).
 */
int64_t rules_missing(const struct rule *, const struct list *votes,
    const struct resolver *, const struct request *);

/* "1 of group:leads", ... of a rule; strv_clear() when done. */
int rules_quorum_texts(struct strv *, const struct rule *, struct s3jit_err *);

/* "report uploads": 1 of group:leads, at most 30m.  Caller frees. */
char *rules_describe(const struct rule *);

/* Whoever signs off wants to read why; without anybody to sign off the rule decides. */
bool rules_wants_reason(const struct rule *);
/* Reason and time against the rule. */
int rules_check_reason(const struct rule *, const char *reason, struct s3jit_err *);
int rules_check_ttl(const struct rule *, int64_t ttl, struct s3jit_err *);

#endif
