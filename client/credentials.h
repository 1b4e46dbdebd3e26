/*
 * credentials.h - the JSON that AWS SDKs expect from a credential_process.
 */
#ifndef CLIENT_CREDENTIALS_H
#define CLIENT_CREDENTIALS_H

#include "s3jit/proto.h"

/*
 * {"Version":1,"AccessKeyId":...,"Expiration":"2026-01-31T12:05:00Z"} and a
 * newline.  Free with codec_wipe_free().  EPROTO when a field is empty or
 * holds what no AWS key does (quotes, control characters), or when there is
 * no expiration: credentials without one would never be renewed.
 */
int credentials_json(char **json, const struct msg_credentials *, struct s3jit_err *);

/* All of the text to the descriptor, or an error: a short write is none of ours (C5). */
int credentials_write(int fd, const char *text, struct s3jit_err *);

#endif
