/*
 * fuzz_ssh_key.c - SSH_AUTH_INFO_0, which has bytes of the client's choice: the key
 * of a certificate and of a login, always the same name for the same bytes.
 *
 * parser: broker/ssh_key.c
 */
#include "config.h"

#include "broker/ssh_key.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *more, hex[SSH_KEY_HASH], again[SSH_KEY_HASH];

	ssh_key_hash(hex, text);
	MUST(*hex == '\0' || (strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64));
	MUST((*hex == '\0') == (strncmp(text, "publickey ", 10) != 0 &&
	    strstr(text, "\npublickey ") == NULL));
	/* methods that come later make nobody else */
	MUST(asprintf(&more, "%s\npassword\npublickey ssh-ed25519 AAAA", text) != -1);
	ssh_key_hash(again, more);
	MUST(*hex == '\0' || strcmp(hex, again) == 0);
	free(more);
	free(text);
	return 0;
}
