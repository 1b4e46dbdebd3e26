/*
 * policy.c - the inline session policy of a lease (AWS-FACTS 4 and 5).
 *
 * Linked into s3jit-signer, which sends it, and into s3jitd, which refuses a
 * scope that would not fit; pure.  It is the boundary that approvers approve:
 *
 *	Allow	each group of actions on its resources
 *	Deny	every action that no group has
 *	Deny	each group of actions anywhere else
 *	Deny	listing outside the wanted prefixes, or without a prefix
 *	Deny	everything from the deadline on
 *
 * The Denies look redundant next to the Allows and are not: a bucket policy
 * that names the session is stopped by an explicit Deny only (W3, W12).  They
 * are made per group of actions, so that `delete` in one place and `put` in
 * another never add up to both in both.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "policy_words.h"
#include "s3jit/clock.h"

#define GROUPS 64		/* more than there are actions */

/* Actions that share their resources. */
struct group {
	json_t *actions;
	json_t *resources;
	enum kind { BY_RESOURCE, BY_PREFIX, KMS } kind;
};

struct build {
	const struct policy_in *in;
	json_t *statements;
	json_t *known;		/* every action that some Allow names */
	struct group groups[GROUPS];
	size_t n;
	bool broken;		/* out of memory: then there is no policy at all */
};

/* ---- groups ---- */

/* Put an action to those of its kind that have the same resources.  Takes `resources`. */
static void
group_add(struct build *b, const char *action, enum kind kind, json_t *resources)
{
	struct group *g, *end = b->groups + b->n;

	words_add(b->known, action, &b->broken);
	for (g = b->groups; g < end; g++)
		if (g->kind == kind && json_equal(g->resources, resources))
			break;
	if (g == b->groups + GROUPS) {
		b->broken = true;
		json_decref(resources);
		return;
	}
	if (g == end) {
		g->actions = json_array();
		g->resources = json_incref(resources);
		g->kind = kind;
		b->n++;
	}
	words_add(g->actions, action, &b->broken);
	json_decref(resources);
}

static bool
has_action(const char *const *actions, const char *action)
{
	for (; *actions != NULL; actions++)
		if (strcmp(*actions, action) == 0)
			return true;
	return false;
}

/*
 * An action may belong to several verbs (`get` and `tag` both read tags):
 * its resources are those of all of them.
 */
static json_t *
resources_of(struct build *b, const char *action)
{
	const struct scope *s = b->in->scope;
	const struct permission *p;
	json_t *found = json_array();

	for (p = s->v; p < s->v + s->n; p++) {
		if (has_action(verb_object_actions(p->verb), action))
			words_take(found, word_object_arn(b->in->partition, p), &b->broken);
		else if (has_action(verb_bucket_actions(p->verb), action))
			words_take(found, word_bucket_arn(b->in->partition, p, ""), &b->broken);
	}
	return found;
}

static void
group_actions(struct build *b, const char *const *actions, enum kind kind)
{
	for (; *actions != NULL; actions++)
		if (!words_have(b->known, *actions))
			group_add(b, *actions, kind, resources_of(b, *actions));
}

static bool
scope_has(const struct scope *s, enum verb verb)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].verb == verb)
			return true;
	return false;
}

static json_t *
kms_keys(struct build *b)
{
	json_t *keys = json_array();
	size_t i;

	for (i = 0; i < b->in->kms->n; i++)
		words_add(keys, b->in->kms->v[i], &b->broken);
	return keys;
}

/* S3 asks KMS in the caller's name: writing needs both, reading the second. */
static void
group_kms(struct build *b)
{
	bool put = scope_has(b->in->scope, VERB_PUT);

	if (b->in->kms == NULL || b->in->kms->n == 0)
		return;
	if (put)
		group_add(b, "kms:GenerateDataKey", KMS, kms_keys(b));
	if (put || scope_has(b->in->scope, VERB_GET))
		group_add(b, "kms:Decrypt", KMS, kms_keys(b));
}

/* The names of all buckets: part of listing all buckets, and nothing narrower. */
static bool
wants_bucket_names(const struct scope *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].verb == VERB_LIST && s->v[i].bucket_open && s->v[i].bucket[0] == '\0')
			return true;
	return false;
}

static void
make_groups(struct build *b)
{
	const struct scope *s = b->in->scope;
	size_t i;

	for (i = 0; i < s->n; i++) {
		group_actions(b, verb_object_actions(s->v[i].verb), BY_RESOURCE);
		group_actions(b, verb_bucket_actions(s->v[i].verb),
		    s->v[i].verb == VERB_LIST ? BY_PREFIX : BY_RESOURCE);
	}
	group_kms(b);
	if (wants_bucket_names(s))
		words_add(b->known, "s3:ListAllMyBuckets", &b->broken);
}

/* ---- statements ---- */

/* A condition, added to `to` (NULL: the first one).  `values` is borrowed. */
static json_t *
when(struct build *b, json_t *to, const char *operator, const char *key, json_t *values)
{
	if (to == NULL)
		to = json_object();
	if (json_object_set_new(to, operator, json_pack("{s:O}", key, words_brief(values))) == -1)
		b->broken = true;
	return to;
}

static json_t *
when_is(struct build *b, const char *operator, const char *key, const char *value)
{
	json_t *values = json_pack("[s]", value), *to = when(b, NULL, operator, key, values);

	json_decref(values);
	return to;
}

/* The bucket must be the account's.  IfExists: RGW never sends this key (AWS-FACTS 4). */
static json_t *
in_account(struct build *b)
{
	if (b->in->account == NULL || b->in->account[0] == '\0')
		return NULL;
	return when_is(b, "StringEqualsIfExists", "s3:ResourceAccount", b->in->account);
}

/* Takes `condition`, which may be NULL. */
static void
state(struct build *b, const char *effect, const char *action, json_t *actions,
    const char *resource, json_t *resources, json_t *condition)
{
	json_t *s = json_pack("{s:s, s:O, s:O}", "Effect", effect, action, words_brief(actions),
	    resource, words_brief(resources));

	if (condition != NULL && json_object_set_new(s, "Condition", condition) == -1)
		b->broken = true;
	if (json_array_append_new(b->statements, s) == -1)
		b->broken = true;
}

static void
allow(struct build *b, json_t *actions, json_t *resources, json_t *condition)
{
	state(b, "Allow", "Action", actions, "Resource", resources, condition);
}

static bool
is_whole_bucket(const struct permission *p)
{
	return p->key_open && p->key[0] == '\0';
}

/* The prefixes of one bucket; empty when an earlier permission had that bucket. */
static json_t *
prefixes_of(struct build *b, const struct permission *first)
{
	const struct scope *s = b->in->scope;
	const struct permission *p;
	json_t *prefixes = json_array();

	for (p = s->v; p < s->v + s->n; p++) {
		if (p->verb != VERB_LIST || is_whole_bucket(p) || strcmp(p->bucket, first->bucket) != 0)
			continue;
		if (p < first)
			break;
		words_take(prefixes, word_pattern("", p->key, p->key_open), &b->broken);
	}
	return prefixes;
}

/*
 * The Deny must catch a request without any prefix, too: IfExists says so in
 * AWS's evaluation and in RGW's, where a plain StringNotLike would not.
 */
static void
state_prefix_list(struct build *b, const struct permission *p, json_t *lists)
{
	json_t *prefixes = prefixes_of(b, p), *bucket = json_array(), *names;

	words_take(bucket, word_bucket_arn(b->in->partition, p, ""), &b->broken);
	if (json_array_size(prefixes) > 0) {
		names = words_deny(lists, b->known, &b->broken);
		allow(b, lists, bucket,
		    when(b, in_account(b), "StringLike", "s3:prefix", prefixes));
		state(b, "Deny", "Action", names, "Resource", bucket,
		    when(b, NULL, "StringNotLikeIfExists", "s3:prefix", prefixes));
		json_decref(names);
	}
	json_decref(prefixes);
	json_decref(bucket);
}

/* Listing below prefixes; GetBucketLocation, which has none, on the bucket. */
static void
state_lists(struct build *b, const struct group *g)
{
	const struct scope *s = b->in->scope;
	const struct permission *p;
	json_t *lists = json_array(), *location = json_array(), *whole = json_array(),
	       *part = json_array();
	const char *action;
	size_t i;

	for (i = 0; i < json_array_size(g->actions); i++) {
		action = json_string_value(json_array_get(g->actions, i));
		words_add(strcmp(action, "s3:GetBucketLocation") == 0 ? location : lists, action,
		    &b->broken);
	}
	for (p = s->v; p < s->v + s->n; p++)
		if (p->verb == VERB_LIST)
			words_take(is_whole_bucket(p) ? whole : part,
			    word_bucket_arn(b->in->partition, p, ""), &b->broken);
	if (json_array_size(whole) > 0)
		allow(b, g->actions, whole, in_account(b));
	if (json_array_size(part) > 0)
		allow(b, location, part, in_account(b));
	for (p = s->v; p < s->v + s->n; p++)
		if (p->verb == VERB_LIST && !is_whole_bucket(p))
			state_prefix_list(b, p, lists);
	json_decref(lists);
	json_decref(location);
	json_decref(whole);
	json_decref(part);
}

static void
state_group(struct build *b, const struct group *g)
{
	json_t *names = words_deny(g->actions, b->known, &b->broken);

	if (g->kind == BY_PREFIX)
		state_lists(b, g);
	else if (g->kind == BY_RESOURCE)
		allow(b, g->actions, g->resources, in_account(b));
	else	/* S3 may use the key for the caller; the caller alone may not */
		allow(b, g->actions, g->resources, when_is(b, "StringLike", "kms:ViaService", "s3.*"));
	state(b, "Deny", "Action", names, "NotResource", g->resources, NULL);
	json_decref(names);
}

static void
make_statements(struct build *b)
{
	json_t *star = json_pack("[s]", "*"), *names = json_pack("[s]", "s3:ListAllMyBuckets");
	char until[CLOCK_TEXT];
	size_t i;

	if (b->in->scope->n == 0) {
		state(b, "Deny", "Action", star, "Resource", star, NULL);
	} else {
		for (i = 0; i < b->n; i++)
			state_group(b, &b->groups[i]);
		if (wants_bucket_names(b->in->scope))
			allow(b, names, star, NULL);
		state(b, "Deny", "NotAction", b->known, "Resource", star, NULL);
		state(b, "Deny", "Action", star, "Resource", star,
		    when_is(b, "DateGreaterThanEquals", "aws:CurrentTime",
			clock_iso(until, b->in->until)));
	}
	json_decref(star);
	json_decref(names);
}

/* ---- what can't be said at all ---- */

static int
check(const struct policy_in *in, struct s3jit_err *err)
{
	size_t i;

	if (!word_is_partition(in->partition))
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%.40s\" is no AWS partition", in->partition);
	if (in->account != NULL && in->account[0] != '\0' && !word_is_account(in->account))
		return s3jit_fail(err, S3JIT_EUSAGE, "an AWS account has 12 digits");
	if (in->until <= 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "a session policy needs a deadline");
	for (i = 0; in->kms != NULL && i < in->kms->n; i++)
		if (!word_is_key_arn(in->kms->v[i], in->partition))
			return s3jit_fail(err, S3JIT_EUSAGE,
			    "\"%.200s\" is no ARN of a KMS key in partition %s", in->kms->v[i],
			    in->partition);
	return 0;
}

static char *
write_out(struct build *b)
{
	json_t *root = json_pack("{s:s, s:O}", "Version", "2012-10-17", "Statement", b->statements);
	char *text = NULL;

	if (root != NULL && !b->broken)
		text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(root);
	return text;
}

static void
build_clear(struct build *b)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		json_decref(b->groups[i].actions);
		json_decref(b->groups[i].resources);
	}
	json_decref(b->statements);
	json_decref(b->known);
}

int
policy_build(char **json, const struct policy_in *in, struct s3jit_err *err)
{
	struct build b = { .in = in };
	char *text;

	*json = NULL;
	if (check(in, err) == -1)
		return -1;
	codec_json_begin();
	b.statements = json_array();
	b.known = json_array();
	make_groups(&b);
	make_statements(&b);
	text = write_out(&b);
	build_clear(&b);
	if (!codec_json_whole()) {
		free(text);
		text = NULL;
	}
	if (text == NULL)
		return s3jit_fail(err, S3JIT_ESYS, "session policy: out of memory");
	if (strlen(text) > POLICY_MAX) {
		s3jit_fail(err, S3JIT_ENOTALLOWED, "these permissions make a session policy of %zu "
		    "characters, AWS takes %d: ask for fewer, or for a folder (ending with `/`)",
		    strlen(text), POLICY_MAX);
		free(text);
		return -1;
	}
	*json = text;
	return 0;
}
