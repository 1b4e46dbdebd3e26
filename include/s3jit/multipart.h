/*
 * multipart.h - what makes a multipart upload exactly the approved bytes (W13).
 *
 * An upload is begun with x-amz-checksum-algorithm: SHA256, so S3 keeps each
 * part's SHA-256; the request that completes it names them, and S3 refuses to
 * make an object of parts with other ones (S3 API Reference, CompletedPart).
 * Who held another grant once cannot have an old upload of other bytes completed.
 */
#ifndef S3JIT_MULTIPART_H
#define S3JIT_MULTIPART_H

#include <stdbool.h>

#include "codec.h"

#define MULTIPART_ALGORITHM "SHA256"
#define MULTIPART_CHECKSUM 45	/* base64 of 32 bytes, and NUL */

/* x-amz-checksum-sha256 of a part whose SHA-256 is `hex`; -1: not 64 hex digits. */
int multipart_checksum(char out[MULTIPART_CHECKSUM], const char *hex);

/* May this ETag stand in the XML: printable ASCII, at most 128 bytes, no < > &? */
bool multipart_etag_ok(const char *etag);

/*
 * The body that completes an upload of these parts (SHA-256 in hex) with the
 * ETags that S3 gave them, in the one form that is signed.  Caller frees; NULL
 * without memory, with another number of ETags, or with one that is not ok.
 */
char *multipart_complete(const struct strv *parts, const struct strv *etags);
/* Is the body with this SHA-256 (hex) and length exactly that one? */
bool multipart_complete_is(const struct strv *parts, const struct strv *etags, const char *sha256,
    int64_t length);

#endif
