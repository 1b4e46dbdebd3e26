/*
 * client_request.h - requests for the tests of what people are shown.
 */
#ifndef TESTS_CLIENT_REQUEST_H
#define TESTS_CLIENT_REQUEST_H

#include "s3jit/proto.h"

/* alice puts a report; free with codec_clear(&shown_table, ...). */
void shown_put(struct msg_shown *);
/* The same with `text` wherever other people or S3 supply one. */
void shown_hostile(struct msg_shown *, const char *text);
/* dave runs a command with several permissions. */
void shown_run(struct msg_shown *);
/* `n` objects below one folder. */
void shown_many(struct msg_shown *, int n);

/* Replace a string of a message. */
void set_text(char **member, const char *text);

#endif
