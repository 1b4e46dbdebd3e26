/*
 * aws.h - the AWS CLI without --allow: permissions from its own words.
 */
#ifndef CLIENT_AWS_H
#define CLIENT_AWS_H

#include "app.h"

/*
 * What argv needs, as the scope (empty before; caller clears) of a request.
 * -1: app->err and hint say why not.
 */
int aws_want(struct app *, struct strv *scope, int argc, char *const *argv);

/* The rules, or AWS's limit, did not take that scope: what to leave out, if anything. */
void aws_hint(struct app *, const struct strv *scope);

/*
 * Is that scope, of a request that is taken up again, just what argv needs?
 * Then it goes on as one without --allow.
 */
bool aws_wanted(const struct strv *scope, int argc, char *const *argv);

/*
 * A file of the person's can make another command of any word of the AWS CLI:
 * EUSAGE when it has one of argv's.  `home` may be NULL.
 */
int aws_alias_check(const char *home, int argc, char *const *argv, struct s3jit_err *);

#endif
