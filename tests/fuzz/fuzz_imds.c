/*
 * fuzz_imds.c - what the instance's metadata service answers: token, role, keys.
 *
 * parser: signer/base_imds.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/escape.h"
#include "signer/base.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), role[IMDS_ROLE];
	struct s3jit_err err = { 0 };
	struct keys *keys;

	if (imds_check_token(text, &err) == 0)
		MUST(escape_is_plain(text) && strchr(text, ' ') == NULL && *text != '\0');
	if (imds_parse_role(role, text, &err) == 0)
		MUST(escape_is_plain(role) && *role != '\0' && strpbrk(role, " /?%#") == NULL);
	/* as http.c hands it on: an answer with a NUL inside does not get here */
	if (imds_parse(&keys, text, strlen(text), &err) == 0) {
		MUST(*keys->access_key_id != '\0' && *keys->secret != '\0' && *keys->token != '\0');
		MUST(escape_is_plain(keys->access_key_id) && escape_is_plain(keys->token));
		keys_free(keys);
	} else {
		MUST(keys == NULL && err.code != S3JIT_OK);
	}
	free(text);
	return 0;
}
