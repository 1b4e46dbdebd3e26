/*
 * policy_words.h - names in a session policy: actions, ARNs, patterns.
 *
 * Shared by policy.c and policy_words.c only.  `broken` is set where memory
 * ran out; then there is no policy at all.
 */
#ifndef LIB_POLICY_WORDS_H
#define LIB_POLICY_WORDS_H

#include <jansson.h>
#include <stdbool.h>

#include "s3jit/policy.h"

bool words_have(json_t *words, const char *word);
/* Add a word once; words_take() frees it. */
void words_add(json_t *words, const char *word, bool *broken);
void words_take(json_t *words, char *word, bool *broken);
/* One word needs no brackets: the limit is in characters.  Borrowed. */
json_t *words_brief(json_t *words);

/* `before`, then `text` in IAM's literal form, then `*` if the end is open. */
char *word_pattern(const char *before, const char *text, bool star);
char *word_bucket_arn(const char *partition, const struct permission *, const char *behind);
char *word_object_arn(const char *partition, const struct permission *);

/*
 * The actions `own` as a Deny names them: "s3:GetObject*" for five of them,
 * wherever that catches nothing of `known` but `own`.
 */
json_t *words_deny(json_t *own, json_t *known, bool *broken);

bool word_is_partition(const char *);
bool word_is_account(const char *);
/* "arn:aws:kms:eu-central-1:111122223333:key/...": exactly one key, no alias. */
bool word_is_key_arn(const char *, const char *partition);

#endif
