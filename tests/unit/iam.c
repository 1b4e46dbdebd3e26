/*
 * iam.c - a small judge of IAM policies, for tests.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "iam.h"

static void __attribute__((noreturn))
die(const char *what, const char *which)
{
	fprintf(stderr, "iam: %s: %s\n", what, which);
	abort();
}

/* One element of a pattern: a literal, `*` or `?`.  Its length in the pattern, 0 if unknown. */
static size_t
element(int *c, bool *wild, const char *p)
{
	*wild = *p == '*' || *p == '?';
	*c = (unsigned char)*p;
	if (p[0] != '$' || p[1] != '{')
		return 1;
	if (p[2] == '\0' || strchr("*?$", p[2]) == NULL || p[3] != '}')
		return 0;
	*c = (unsigned char)p[2];
	return 4;
}

/* `?` is one character, which may have several bytes. */
static const char *
step(const char *text)
{
	do
		text++;
	while ((*text & 0xc0) == 0x80);
	return text;
}

int
iam_match(const char *pattern, const char *text)
{
	size_t len;
	bool wild;
	int c, r;

	for (; *pattern != '\0'; pattern += len) {
		if ((len = element(&c, &wild, pattern)) == 0)
			return -1;
		if (wild && c == '*') {
			for (;; text++) {
				if ((r = iam_match(pattern + len, text)) != 0)
					return r;
				if (*text == '\0')
					return 0;
			}
		}
		if (*text == '\0')
			return 0;
		if (wild)
			text = step(text);
		else if ((unsigned char)*text++ != c)
			return 0;
	}
	return *text == '\0';
}

/* Actions: case-blind, `*` and `?`, no variables. */
static bool
action_match(const char *p, const char *action)
{
	for (; *p != '\0'; p++, action++) {
		if (*p == '*') {
			for (;; action++) {
				if (action_match(p + 1, action))
					return true;
				if (*action == '\0')
					return false;
			}
		}
		if (*action == '\0' || (*p != '?' && strncasecmp(p, action, 1) != 0))
			return false;
	}
	return *action == '\0';
}

static bool
in_list(json_t *value, const char *text, bool actions)
{
	size_t i;
	int r;

	if (json_is_string(value)) {
		if (actions)
			return action_match(json_string_value(value), text);
		if ((r = iam_match(json_string_value(value), text)) == -1)
			die("unknown variable", json_string_value(value));
		return r == 1;
	}
	if (!json_is_array(value) || json_array_size(value) == 0)
		die("no list", text);
	for (i = 0; i < json_array_size(value); i++)
		if (in_list(json_array_get(value, i), text, actions))
			return true;
	return false;
}

static const char *
context(const struct iam_request *r, const char *key)
{
	if (strcmp(key, "s3:prefix") == 0)
		return r->prefix;
	if (strcmp(key, "s3:ResourceAccount") == 0)
		return r->account;
	if (strcmp(key, "kms:ViaService") == 0)
		return r->via;
	if (strcmp(key, "aws:CurrentTime") == 0)
		return r->now;
	die("unknown condition key", key);
}

static bool
string_is(json_t *value, const char *text)
{
	if (!json_is_string(value))
		die("no text", text);
	return strcmp(json_string_value(value), text) == 0;
}

/* One operator on one key.  Negated operators are true of an absent key. */
static bool
condition(const char *op, const char *have, json_t *want)
{
	if (strcmp(op, "StringEqualsIfExists") == 0)
		return have == NULL || string_is(want, have);
	if (strcmp(op, "StringLike") == 0)
		return have != NULL && in_list(want, have, false);
	if (strcmp(op, "StringNotLikeIfExists") == 0)
		return have == NULL || !in_list(want, have, false);
	/* ISO 8601 with equal lengths sorts as text */
	if (strcmp(op, "DateGreaterThanEquals") == 0)
		return have != NULL && strcmp(have, json_string_value(want)) >= 0;
	die("unknown operator", op);
}

static bool
conditions(json_t *all, const struct iam_request *r)
{
	const char *op, *key;
	json_t *keys, *want;

	json_object_foreach(all, op, keys)
		json_object_foreach(keys, key, want)
			if (!condition(op, context(r, key), want))
				return false;
	return true;
}

static bool
statement_applies(json_t *s, const struct iam_request *r)
{
	json_t *a = json_object_get(s, "Action"), *na = json_object_get(s, "NotAction");
	json_t *res = json_object_get(s, "Resource"), *nres = json_object_get(s, "NotResource");

	if ((a == NULL) == (na == NULL) || (res == NULL) == (nres == NULL))
		die("statement", "Action or NotAction, Resource or NotResource");
	if (a != NULL ? !in_list(a, r->action, true) : in_list(na, r->action, true))
		return false;
	if (res != NULL ? !in_list(res, r->resource, false) : in_list(nres, r->resource, false))
		return false;
	return conditions(json_object_get(s, "Condition"), r);
}

enum iam_verdict
iam_judge(json_t *policy, const struct iam_request *r)
{
	json_t *statements = json_object_get(policy, "Statement"), *s;
	enum iam_verdict verdict = IAM_NOTHING;
	size_t i;

	/* W2: in older versions ${*} would be a star between braces */
	if (!string_is(json_object_get(policy, "Version"), "2012-10-17"))
		die("version", "not 2012-10-17");
	json_array_foreach(statements, i, s)
	{
		if (!statement_applies(s, r))
			continue;
		if (string_is(json_object_get(s, "Effect"), "Deny"))
			return IAM_DENY;
		if (!string_is(json_object_get(s, "Effect"), "Allow"))
			die("effect", "neither Allow nor Deny");
		verdict = IAM_ALLOW;
	}
	return verdict;
}
