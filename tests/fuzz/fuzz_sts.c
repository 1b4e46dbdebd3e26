/*
 * fuzz_sts.c - what STS, or who sits in its place, answers (B13): keys whole and
 * fit for a header, or none; and a sentence for every error.
 *
 * parser: signer/sts_answer.c signer/sts_error.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/escape.h"
#include "signer/sts_answer.h"
#include "signer/sts_error.h"

static void
check_keys(const struct sts_answer *a)
{
	MUST(*a->keys->access_key_id != '\0' && *a->keys->secret != '\0' && *a->keys->token != '\0');
	MUST(escape_is_plain(a->keys->access_key_id) && escape_is_plain(a->keys->token));
	MUST(strlen(a->keys->token) <= KEYS_TOKEN_MAX && a->keys->expiration != 0);
	MUST(*a->role_id != '\0' && *a->code == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s3jit_err err = { 0 }, words;
	struct sts_answer a;

	if (sts_answer_parse(&a, (const char *)data, size, &err) == -1)
		MUST(err.code == S3JIT_EPROTO && a.keys == NULL);
	else if (*a.code == '\0')
		check_keys(&a);
	else
		MUST(a.keys == NULL);
	MUST(sts_error_act(a.code, 500) <= STS_REREAD && sts_error_act(a.code, 400) <= STS_REREAD);
	sts_error_text(&words, "a role", a.code, a.message, 400);
	MUST(words.code == S3JIT_EAWS && *words.text != '\0');
	sts_answer_clear(&a);
	return 0;
}
