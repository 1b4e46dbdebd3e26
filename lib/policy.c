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

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "s3jit/policy.h"

#define GROUPS 64		/* more than there are actions */

/* Actions that share their resources. */
struct group {
	json_t *actions;
	json_t *resources;
};

struct build {
	const struct policy_in *in;
	json_t *statements;
	json_t *known;		/* every action that some Allow names */
	struct group groups[GROUPS];
	size_t n;
	bool broken;		/* no memory somewhere: then there is no policy at all */
};

static bool
array_has(json_t *array, const char *text)
{
	size_t i;

	for (i = 0; i < json_array_size(array); i++)
		if (strcmp(json_string_value(json_array_get(array, i)), text) == 0)
			return true;
	return false;
}

/* Add a text once; takes and frees it. */
static void
array_take(struct build *b, json_t *array, char *text)
{
	if (text == NULL ||
	    (!array_has(array, text) && json_array_append_new(array, json_string(text)) == -1))
		b->broken = true;
	free(text);
}

static void
array_add(struct build *b, json_t *array, const char *text)
{
	array_take(b, array, strdup(text));
}

/* One element needs no brackets: the limit is in characters. */
static json_t *
brief(json_t *array)
{
	return json_array_size(array) == 1 ? json_array_get(array, 0) : array;
}

/* ---- names ---- */

/*
 * IAM's literal form, one character at a time: replacing in several passes
 * would escape the escapes (W1).  `star` leaves the end open.
 */
static char *
pattern(const char *before, const char *text, bool star)
{
	char *out = malloc(strlen(before) + 4 * strlen(text) + 2), *to;

	if (out == NULL)
		return NULL;
	to = stpcpy(out, before);
	for (; *text != '\0'; text++) {
		if (*text == '$' || *text == '*' || *text == '?')
			to = stpcpy(stpncpy(stpcpy(to, "${"), text, 1), "}");
		else
			*to++ = *text;
	}
	if (star)
		*to++ = '*';
	*to = '\0';
	return out;
}

static char *
bucket_arn(const struct policy_in *in, const struct permission *p, const char *behind)
{
	size_t len = strlen("arn::s3:::*") + strlen(in->partition) + strlen(p->bucket) +
	    strlen(behind) + 1;
	char *out = malloc(len);

	if (out != NULL)
		snprintf(out, len, "arn:%s:s3:::%s%s%s", in->partition, p->bucket,
		    p->bucket_open ? "*" : "", behind);
	return out;
}

static char *
object_arn(const struct policy_in *in, const struct permission *p)
{
	char *before = bucket_arn(in, p, "/"), *arn;

	arn = before == NULL ? NULL : pattern(before, p->key, p->key_open);
	free(before);
	return arn;
}

/* ---- groups ---- */

static bool
names_has(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* Put an action to those that have the same resources.  Takes `resources`. */
static void
group_add(struct build *b, const char *action, json_t *resources)
{
	struct group *g;

	array_add(b, b->known, action);
	for (g = b->groups; g < b->groups + b->n; g++)
		if (json_equal(g->resources, resources))
			break;
	if (g == b->groups + GROUPS) {
		b->broken = true;
		json_decref(resources);
		return;
	}
	if (g == b->groups + b->n) {
		g->actions = json_array();
		g->resources = json_incref(resources);
		b->n++;
	}
	array_add(b, g->actions, action);
	json_decref(resources);
}

/*
 * An action may belong to several verbs (`get` and `tag` both read tags):
 * its resources are those of all of them.
 */
static json_t *
resources_of(struct build *b, const char *action)
{
	json_t *resources = json_array();
	const struct permission *p;

	for (p = b->in->scope->v; p < b->in->scope->v + b->in->scope->n; p++) {
		if (names_has(verb_object_actions(p->verb), action))
			array_take(b, resources, object_arn(b->in, p));
		if (names_has(verb_bucket_actions(p->verb), action))
			array_take(b, resources, bucket_arn(b->in, p, ""));
	}
	return resources;
}

static void
group_actions(struct build *b, const char *const *actions)
{
	for (; *actions != NULL; actions++)
		if (!array_has(b->known, *actions))
			group_add(b, *actions, resources_of(b, *actions));
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

/* ---- statements ---- */

/* Takes `condition`, which may be NULL. */
static void
add(struct build *b, const char *effect, const char *action_key, json_t *actions,
    const char *resource_key, json_t *resources, json_t *condition)
{
	json_t *s = json_pack("{s:s, s:O, s:O}", "Effect", effect, action_key, brief(actions),
	    resource_key, brief(resources));

	if (condition != NULL && json_object_size(condition) > 0)
		b->broken |= json_object_set(s, "Condition", condition) == -1;
	json_decref(condition);
	b->broken |= json_array_append_new(b->statements, s) == -1;
}

/* The bucket must be the account's; RGW never sends this key (AWS-FACTS 4). */
static json_t *
in_account(struct build *b)
{
	json_t *condition;

	if (b->in->account == NULL || b->in->account[0] == '\0')
		return NULL;
	condition = json_pack("{s:{s:s}}", "StringEqualsIfExists", "s3:ResourceAccount",
	    b->in->account);
	b->broken |= condition == NULL;
	return condition;
}

static json_t *
prefix_is(struct build *b, const char *operator, json_t *patterns, json_t *condition)
{
	if (condition == NULL)
		condition = json_object();
	b->broken |= json_object_set_new(condition, operator,
			 json_pack("{s:O}", "s3:prefix", brief(patterns))) == -1;
	return condition;
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
	json_t *patterns = json_array();
	const struct permission *p;

	for (p = s->v; p < s->v + s->n; p++) {
		if (p->verb != VERB_LIST || is_whole_bucket(p) || strcmp(p->bucket, first->bucket) != 0)
			continue;
		if (p < first)
			break;
		array_take(b, patterns, pattern("", p->key, p->key_open));
	}
	return patterns;
}

/*
 * Listing below prefixes: what lists (`lists`) only with a matching prefix.
 * The Deny must catch a request without any prefix, too: IfExists says so in
 * both AWS's evaluation and RGW's, where a plain StringNotLike would not.
 */
static void
add_prefix_lists(struct build *b, json_t *lists)
{
	const struct scope *s = b->in->scope;
	const struct permission *p;
	json_t *patterns, *bucket;

	for (p = s->v; p < s->v + s->n; p++) {
		if (p->verb != VERB_LIST || is_whole_bucket(p))
			continue;
		patterns = prefixes_of(b, p);
		bucket = json_array();
		array_take(b, bucket, bucket_arn(b->in, p, ""));
		if (json_array_size(patterns) > 0) {
			add(b, "Allow", "Action", lists, "Resource", bucket,
			    prefix_is(b, "StringLike", patterns, in_account(b)));
			add(b, "Deny", "Action", lists, "Resource", bucket,
			    prefix_is(b, "StringNotLikeIfExists", patterns, NULL));
		}
		json_decref(patterns);
		json_decref(bucket);
	}
}

/* GetBucketLocation has no prefix: it is allowed on each listed bucket. */
static void
add_lists(struct build *b)
{
	const struct scope *s = b->in->scope;
	json_t *whole = json_array(), *part = json_array(), *lists = json_array(),
	       *location = json_array(), *all = json_array();
	const struct permission *p;
	const char *const *action;

	for (action = verb_bucket_actions(VERB_LIST); *action != NULL; action++) {
		array_add(b, all, *action);
		array_add(b, strcmp(*action, "s3:GetBucketLocation") == 0 ? location : lists, *action);
	}
	for (p = s->v; p < s->v + s->n; p++)
		if (p->verb == VERB_LIST)
			array_take(b, is_whole_bucket(p) ? whole : part, bucket_arn(b->in, p, ""));
	if (json_array_size(whole) > 0)
		add(b, "Allow", "Action", all, "Resource", whole, in_account(b));
	if (json_array_size(part) > 0)
		add(b, "Allow", "Action", location, "Resource", part, in_account(b));
	add_prefix_lists(b, lists);
	json_decref(whole);
	json_decref(part);
	json_decref(lists);
	json_decref(location);
	json_decref(all);
}

/* The names of all buckets belong to `list s3://` with a star alone. */
static void
add_bucket_names(struct build *b)
{
	const struct scope *s = b->in->scope;
	json_t *action = json_pack("[s]", "s3:ListAllMyBuckets"), *star = json_pack("[s]", "*");
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].verb == VERB_LIST && s->v[i].bucket_open && s->v[i].bucket[0] == '\0') {
			array_add(b, b->known, "s3:ListAllMyBuckets");
			add(b, "Allow", "Action", action, "Resource", star, NULL);
			break;
		}
	}
	json_decref(action);
	json_decref(star);
}

static json_t *
kms_keys(struct build *b)
{
	json_t *keys = json_array();
	size_t i;

	for (i = 0; b->in->kms != NULL && i < b->in->kms->n; i++)
		array_add(b, keys, b->in->kms->v[i]);
	return keys;
}

/* S3 uses the keys for the caller; the caller alone may not (kms:ViaService). */
static void
group_kms(struct build *b)
{
	static const char *const actions[] = { "kms:GenerateDataKey", "kms:Decrypt" };
	bool put = scope_has(b->in->scope, VERB_PUT);
	json_t *keys, *array;
	size_t i;

	if (b->in->kms == NULL || b->in->kms->n == 0 ||
	    (!put && !scope_has(b->in->scope, VERB_GET)))
		return;
	keys = kms_keys(b);
	array = json_array();
	for (i = put ? 0 : 1; i < 2; i++) {
		array_add(b, array, actions[i]);
		group_add(b, actions[i], json_incref(keys));
	}
	add(b, "Allow", "Action", array, "Resource", keys,
	    json_pack("{s:{s:s}}", "StringLike", "kms:ViaService", "s3.*"));
	json_decref(array);
	json_decref(keys);
}

static void
add_denies(struct build *b, const char *until)
{
	json_t *star = json_pack("[s]", "*"), *time;
	struct group *g;

	add(b, "Deny", "NotAction", b->known, "Resource", star, NULL);
	for (g = b->groups; g < b->groups + b->n; g++)
		add(b, "Deny", "Action", g->actions, "NotResource", g->resources, NULL);
	time = json_pack("{s:{s:s}}", "DateGreaterThanEquals", "aws:CurrentTime", until);
	b->broken |= time == NULL;
	add(b, "Deny", "Action", star, "Resource", star, time);
	json_decref(star);
}

static void
build(struct build *b)
{
	const struct scope *s = b->in->scope;
	char until[CLOCK_TEXT];
	json_t *star;
	size_t i;

	if (s->n == 0) {
		star = json_pack("[s]", "*");
		add(b, "Deny", "Action", star, "Resource", star, NULL);
		json_decref(star);
		return;
	}
	for (i = 0; i < s->n; i++)
		group_actions(b, verb_object_actions(s->v[i].verb));
	for (i = 0; i < b->n; i++)
		add(b, "Allow", "Action", b->groups[i].actions, "Resource", b->groups[i].resources,
		    in_account(b));
	if (scope_has(s, VERB_LIST)) {
		group_actions(b, verb_bucket_actions(VERB_LIST));
		add_lists(b);
		add_bucket_names(b);
	}
	group_kms(b);
	add_denies(b, clock_iso(until, b->in->until));
}

/* ---- what can't be said at all ---- */

static bool
made_of(const char *text, const char *chars, size_t min, size_t max)
{
	size_t len = strspn(text, chars);

	return text[len] == '\0' && len >= min && len <= max;
}

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define DIGITS	"0123456789"

/* "arn:aws:kms:eu-central-1:111122223333:key/...": exactly one key, no alias. */
static bool
is_key_arn(const char *arn, const char *partition)
{
	size_t len = strlen(partition);

	return made_of(arn, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS ":/-", 20, 256) &&
	    strncmp(arn, "arn:", 4) == 0 && strncmp(arn + 4, partition, len) == 0 &&
	    strncmp(arn + 4 + len, ":kms:", 5) == 0 && strstr(arn, ":key/") != NULL;
}

static int
check(const struct policy_in *in, struct s3jit_err *err)
{
	size_t i;

	if (!made_of(in->partition, LOWER "-", 3, 32) || strncmp(in->partition, "aws", 3) != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%.40s\" is no AWS partition", in->partition);
	if (in->account != NULL && in->account[0] != '\0' && !made_of(in->account, DIGITS, 12, 12))
		return s3jit_fail(err, S3JIT_EUSAGE, "an AWS account has 12 digits");
	if (in->until <= 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "a session policy needs a deadline");
	for (i = 0; in->kms != NULL && i < in->kms->n; i++)
		if (!is_key_arn(in->kms->v[i], in->partition))
			return s3jit_fail(err, S3JIT_EUSAGE,
			    "\"%.200s\" is no ARN of a KMS key in partition %s", in->kms->v[i],
			    in->partition);
	return 0;
}

int
policy_build(char **json, const struct policy_in *in, struct s3jit_err *err)
{
	struct build b = { .in = in };
	json_t *root;
	size_t i;
	int ret = -1;

	*json = NULL;
	if (check(in, err) == -1)
		return -1;
	b.statements = json_array();
	b.known = json_array();
	build(&b);
	root = json_pack("{s:s, s:O}", "Version", "2012-10-17", "Statement", b.statements);
	if (!b.broken && root != NULL)
		*json = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (*json == NULL)
		s3jit_fail(err, S3JIT_ESYS, "session policy: out of memory");
	else if (strlen(*json) > POLICY_MAX)
		s3jit_fail(err, S3JIT_ENOTALLOWED, "these permissions make a session policy of %zu "
		    "characters, AWS takes %d: ask for fewer, or for a folder (ending with `/`)",
		    strlen(*json), POLICY_MAX);
	else
		ret = 0;
	if (ret == -1) {
		free(*json);
		*json = NULL;
	}
	json_decref(root);
	for (i = 0; i < b.n; i++) {
		json_decref(b.groups[i].actions);
		json_decref(b.groups[i].resources);
	}
	json_decref(b.statements);
	json_decref(b.known);
	return ret;
}
