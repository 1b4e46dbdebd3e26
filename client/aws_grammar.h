/*
 * aws_grammar.h - what an AWS CLI command line asks of S3, as permissions.
 *
 * An allow-list (W4): commands, options and forms that the tables know, as the
 * AWS CLI 2 of Debian 12 and 13 reads them.  What is not understood to its last
 * word is refused, and so is what would lead the command elsewhere.  Pure: argv
 * in, words out.
 */
#ifndef CLIENT_AWS_GRAMMAR_H
#define CLIENT_AWS_GRAMMAR_H

#include <stdbool.h>

#include "s3jit/codec.h"

/*
 * The permissions that argv (argv[0] is "aws") needs, all it needs and no
 * more.  -1 EUSAGE says why it is refused, and *instead what would do it: a
 * whole command line for a shell ("s3-sudo run --allow ... -- aws ...", or
 * "aws ..." where no access is needed), or NULL where nothing of ours would.
 * Caller clears *permissions (empty on failure) and frees *instead.
 */
int aws_grammar(struct strv *permissions, char **instead, int argc, char *const *argv,
    struct s3jit_err *);

/* Is that word the AWS CLI, by whatever path? */
bool aws_is(const char *command);

#endif
