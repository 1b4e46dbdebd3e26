/*
 * multipart.c - what makes a multipart upload exactly the approved bytes.
 *
 * Linked into transfer, which sends it, and s3jitd, which checks it.  Pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "s3jit/escape.h"
#include "s3jit/hex.h"
#include "s3jit/multipart.h"

#define ETAG_MAX 128

int
multipart_checksum(char out[MULTIPART_CHECKSUM], const char *hex)
{
	unsigned char sum[32];
	size_t i;

	if (!hex_is_sha256(hex))
		return -1;
	for (i = 0; i < sizeof(sum); i++)
		sum[i] = (unsigned char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	EVP_EncodeBlock((unsigned char *)out, sum, (int)sizeof(sum));
	return 0;
}

bool
multipart_etag_ok(const char *etag)
{
	size_t n = strlen(etag);

	return n >= 1 && n <= ETAG_MAX && escape_is_plain(etag) && strpbrk(etag, "<>&") == NULL;
}

static int
part_write(FILE *f, size_t number, const char *etag, const char *hex)
{
	char checksum[MULTIPART_CHECKSUM];

	if (!multipart_etag_ok(etag) || multipart_checksum(checksum, hex) == -1)
		return -1;
	return fprintf(f, "<Part><PartNumber>%zu</PartNumber><ETag>%s</ETag>"
	    "<ChecksumSHA256>%s</ChecksumSHA256></Part>", number, etag, checksum) < 0 ? -1 : 0;
}

char *
multipart_complete(const struct strv *parts, const struct strv *etags)
{
	char *xml = NULL;
	size_t size, i;
	FILE *f;
	int rc;

	if (parts->n != etags->n || (f = open_memstream(&xml, &size)) == NULL)
		return NULL;
	/* glibc's stream into memory tells each call that found none, and not fclose() */
	rc = fputs("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", f) < 0 ?
	    -1 : 0;
	for (i = 0; i < parts->n && rc == 0; i++)
		rc = part_write(f, i + 1, etags->v[i], parts->v[i]);
	if (rc == 0 && fputs("</CompleteMultipartUpload>", f) < 0)
		rc = -1;
	if (fclose(f) != 0 || rc == -1) {
		free(xml);
		return NULL;
	}
	return xml;
}

bool
multipart_complete_is(const struct strv *parts, const struct strv *etags, const char *sha256,
    int64_t length)
{
	char *xml = multipart_complete(parts, etags), hex[HEX_SHA256];
	bool same;

	if (xml == NULL)
		return false;
	same = hex_sha256(hex, xml, strlen(xml), NULL) == 0 && strcmp(hex, sha256) == 0 &&
	    length == (int64_t)strlen(xml);
	free(xml);
	return same;
}
