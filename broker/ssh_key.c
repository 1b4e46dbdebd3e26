/*
 * ssh_key.c - with which key was this login opened?
 *
 * Runs in s3jitd.  sshd has verified key and certificate; what cannot be
 * understood here is hashed as it is, so that it still equals itself.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "s3jit/hex.h"

#include "ssh_key.h"

/* Certificate: type, nonce, the fields of the key, and then what it certifies. */
static const struct cert_kind {
	const char *cert, *plain;
	int fields;
} cert_kinds[] = {
	{ "ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", 1 },
	{ "ssh-rsa-cert-v01@openssh.com", "ssh-rsa", 2 },
	{ "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ecdsa-sha2-nistp256", 2 },
	{ "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp384", 2 },
	{ "ecdsa-sha2-nistp521-cert-v01@openssh.com", "ecdsa-sha2-nistp521", 2 },
	{ "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com", 2 },
	{ "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", 3 }
};

/* The length of the string at `at` with its four bytes in front; 0 when it does not fit. */
static size_t
string_at(const unsigned char *blob, size_t len, size_t at)
{
	size_t n;

	if (len - at < 4)
		return 0;
	n = (size_t)blob[at] << 24 | (size_t)blob[at + 1] << 16 | (size_t)blob[at + 2] << 8 |
	    blob[at + 3];
	return n <= len - at - 4 ? n + 4 : 0;
}

static int
is_type(const unsigned char *blob, size_t n, const char *type)
{
	return n - 4 == strlen(type) && memcmp(blob + 4, type, n - 4) == 0;
}

/* Hash the key that this certificate is for; -1 when it is none that we know. */
static int
hash_certified(unsigned char sum[SHA256_DIGEST_LENGTH], const unsigned char *blob, size_t len)
{
	const struct cert_kind *k = NULL;
	unsigned char head[4] = { 0 };
	size_t i, type, nonce, at, end, n;
	EVP_MD_CTX *md;
	int f, ok;

	if ((type = string_at(blob, len, 0)) == 0 || (nonce = string_at(blob, len, type)) == 0)
		return -1;
	for (i = 0; i < sizeof(cert_kinds) / sizeof(cert_kinds[0]); i++)
		if (is_type(blob, type, cert_kinds[i].cert))
			k = &cert_kinds[i];
	if (k == NULL)
		return -1;
	at = end = type + nonce;
	for (f = 0; f < k->fields; f++, end += n)
		if ((n = string_at(blob, len, end)) == 0)
			return -1;
	head[3] = (unsigned char)strlen(k->plain);
	if ((md = EVP_MD_CTX_new()) == NULL)
		return -1;
	ok = EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
	    EVP_DigestUpdate(md, head, sizeof(head)) &&
	    EVP_DigestUpdate(md, k->plain, strlen(k->plain)) &&
	    EVP_DigestUpdate(md, blob + at, end - at) && EVP_DigestFinal_ex(md, sum, NULL);
	EVP_MD_CTX_free(md);
	return ok ? 0 : -1;
}

/* The bytes behind base64 text; NULL when it is none. */
static unsigned char *
decode(const char *text, size_t len, size_t *out)
{
	unsigned char *blob;
	int n;

	if (len == 0 || len % 4 != 0 || (blob = malloc(len / 4 * 3)) == NULL)
		return NULL;
	if ((n = EVP_DecodeBlock(blob, (const unsigned char *)text, (int)len)) == -1) {
		free(blob);
		return NULL;
	}
	*out = (size_t)n - (text[len - 1] == '=') - (text[len - 2] == '=');
	return blob;
}

void
ssh_key_hash(char hex[SSH_KEY_HASH], const char *auth_info)
{
	static const char method[] = "publickey ";
	unsigned char sum[SHA256_DIGEST_LENGTH], *blob;
	const char *line = auth_info, *key;
	size_t len;

	hex[0] = '\0';
	while (strncmp(line, method, sizeof(method) - 1) != 0) {
		if ((line = strchr(line, '\n')) == NULL)
			return;
		line++;
	}
	key = line + sizeof(method) - 1;
	key += strcspn(key, " \r\n");
	key += strspn(key, " ");
	if ((blob = decode(key, strcspn(key, " \r\n"), &len)) == NULL)
		SHA256((const unsigned char *)line, strcspn(line, "\r\n"), sum);
	else if (hash_certified(sum, blob, len) == -1)
		SHA256(blob, len, sum);
	free(blob);
	hex_write(hex, sum, sizeof(sum));
}
