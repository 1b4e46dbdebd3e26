/*
 * fuzz_keyfile.c - the signer's key file: no error may show what stands in it.
 *
 * parser: signer/base_file.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/escape.h"
#include "signer/base.h"

/* Is any of the file's words of six letters or more in the sentence?  Names of keys may be. */
static int
tells(const char *sentence, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	int found = 0;

	MUST(copy != NULL);
	while ((word = strsep(&rest, " \t\r\n=[]")) != NULL)
		if (strlen(word) >= 6 && strstr(sentence, word) != NULL &&
		    strstr("aws_access_key_id aws_secret_access_key aws_session_token below [default] "
		    "expected no value, or one with blanks is said twice not a text file NAME = VALUE",
		    word) == NULL)
			found = 1;
	free(copy);
	return found;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *plain = text_of(data, size);
	struct s3jit_err err = { 0 };
	struct keys *keys;

	if (base_parse_file(&keys, text, size, "f", &err) == 0) {
		MUST(*keys->access_key_id != '\0' && escape_is_plain(keys->access_key_id));
		MUST(*keys->secret != '\0' && escape_is_plain(keys->secret));
		MUST(escape_is_plain(keys->token) && keys->expiration == 0);
		keys_free(keys);
	} else {
		MUST(keys == NULL && err.code == S3JIT_EUSAGE);
		MUST(!tells(err.text, plain));
	}
	free(plain);
	free(text);
	return 0;
}
