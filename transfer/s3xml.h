/*
 * s3xml.h - what S3 says in XML, taken apart by element name.
 *
 * The only user of expat in transfer.  The text comes from the network:
 * document types, entities of its own, deep nesting and long fields are
 * refused; nothing is kept but the fields below.
 */
#ifndef TRANSFER_S3XML_H
#define TRANSFER_S3XML_H

#include <stdbool.h>
#include <stddef.h>

#include "s3jit/err.h"

struct s3xml {
	char root[64];		/* name of the outermost element, without prefix */
	char code[64];		/* Error/Code */
	char message[1024];	/* Error/Message, cut when longer */
	char upload_id[1025];	/* InitiateMultipartUploadResult/UploadId */
	char etag[257];		/* CompleteMultipartUploadResult/ETag */
	char truncated[8];	/* ListBucketResult/IsTruncated: "true", "false" */
	char token[2049];	/* ListBucketResult/NextContinuationToken */
};

struct s3xml_entry {		/* ListBucketResult/Contents or /CommonPrefixes */
	bool prefix;
	char key[3073];		/* as it stands in the answer (URL-encoded when asked so) */
	char size[24];
	char modified[40];
};

/*
 * Parse one whole answer.  `entry` (may be NULL) is called for each line of a
 * listing as it is read, -1 from it stops with its err.  EAWS when the text
 * is not well-formed, has a document type, or breaks a limit; *out is then
 * all zero.
 */
int s3xml_parse(struct s3xml *out, const char *text, size_t len,
    int (*entry)(void *arg, const struct s3xml_entry *, struct s3jit_err *), void *arg,
    struct s3jit_err *);

/* Was the answer an <Error>, whatever the HTTP status (a 200 may be one)? */
bool s3xml_is_error(const struct s3xml *);

#endif
