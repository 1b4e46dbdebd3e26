/*
 * policy_words.c - names in a session policy: actions, ARNs, patterns; pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_words.h"

bool
words_have(json_t *words, const char *word)
{
	size_t i;

	for (i = 0; i < json_array_size(words); i++)
		if (strcmp(json_string_value(json_array_get(words, i)), word) == 0)
			return true;
	return false;
}

void
words_take(json_t *words, char *word, bool *broken)
{
	if (word == NULL ||
	    (!words_have(words, word) && json_array_append_new(words, json_string(word)) == -1))
		*broken = true;
	free(word);
}

void
words_add(json_t *words, const char *word, bool *broken)
{
	words_take(words, strdup(word), broken);
}

json_t *
words_brief(json_t *words)
{
	return json_array_size(words) == 1 ? json_array_get(words, 0) : words;
}

/*
 * One character at a time: replacing in several passes would escape the
 * escapes (W1).  They count only with "Version":"2012-10-17" (W2).
 */
char *
word_pattern(const char *before, const char *text, bool star)
{
	char *out = malloc(strlen(before) + 4 * strlen(text) + 2), *to;

	if (out == NULL)
		return NULL;
	for (to = stpcpy(out, before); *text != '\0'; text++) {
		if (*text == '$' || *text == '*' || *text == '?')
			to += sprintf(to, "${%c}", *text);
		else
			*to++ = *text;
	}
	if (star)
		*to++ = '*';
	*to = '\0';
	return out;
}

char *
word_bucket_arn(const char *partition, const struct permission *p, const char *behind)
{
	size_t size = strlen("arn::s3:::*") + strlen(partition) + strlen(p->bucket) +
	    strlen(behind) + 1;
	char *out = malloc(size);

	if (out != NULL)
		snprintf(out, size, "arn:%s:s3:::%s%s%s", partition, p->bucket,
		    p->bucket_open ? "*" : "", behind);
	return out;
}

char *
word_object_arn(const char *partition, const struct permission *p)
{
	char *before = word_bucket_arn(partition, p, "/"), *arn;

	arn = before == NULL ? NULL : word_pattern(before, p->key, p->key_open);
	free(before);
	return arn;
}

/* Would the first `len` bytes of the action and a star catch an allowed action of others? */
static bool
catches_others(const char *action, size_t len, json_t *own, json_t *known)
{
	const char *other;
	size_t i;

	for (i = 0; i < json_array_size(known); i++) {
		other = json_string_value(json_array_get(known, i));
		if (strncmp(other, action, len) == 0 && !words_have(own, other))
			return true;
	}
	return false;
}

/* May a star follow the first `len` bytes, so that people can still read it? */
static bool
is_cut(const char *action, size_t len)
{
	return len == 0 || action[len] == '\0' || action[len - 1] == ':' ||
	    (strchr(action, ':') < action + len && action[len] >= 'A' && action[len] <= 'Z');
}

/* The shortest such star, or the action itself where each would catch too much. */
static char *
deny_name(const char *action, json_t *own, json_t *known)
{
	size_t full = strlen(action), len;
	char *name = malloc(full + 2);

	if (name == NULL)
		return NULL;
	for (len = 0; len <= full; len++) {
		if (is_cut(action, len) && !catches_others(action, len, own, known)) {
			sprintf(name, "%.*s*", (int)len, action);
			return name;
		}
	}
	memcpy(name, action, full + 1);
	return name;
}

/*
 * What else such a star catches is denied by the policy's NotAction anyway.
 * An Allow names its actions one by one (W9).
 */
json_t *
words_deny(json_t *own, json_t *known, bool *broken)
{
	json_t *names = json_array();
	const char *action;
	size_t i;

	for (i = 0; i < json_array_size(own); i++) {
		action = json_string_value(json_array_get(own, i));
		words_take(names, deny_name(action, own, known), broken);
	}
	return names;
}

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define DIGITS	"0123456789"

static bool
made_of(const char *text, const char *chars, size_t min, size_t max)
{
	size_t len = strspn(text, chars);

	return text[len] == '\0' && len >= min && len <= max;
}

bool
word_is_key_arn(const char *arn, const char *partition)
{
	size_t len = strlen(partition);

	return made_of(arn, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS ":/-", 20, 256) &&
	    strncmp(arn, "arn:", 4) == 0 && strncmp(arn + 4, partition, len) == 0 &&
	    strncmp(arn + 4 + len, ":kms:", 5) == 0 && strstr(arn, ":key/") != NULL;
}

bool
word_is_partition(const char *text)
{
	return made_of(text, LOWER "-", 3, 32) && strncmp(text, "aws", 3) == 0;
}

bool
word_is_account(const char *text)
{
	return made_of(text, DIGITS, 12, 12);
}
