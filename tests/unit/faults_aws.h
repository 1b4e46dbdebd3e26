/*
 * faults_aws.h - what the signer calls besides (faults.h): libcurl, libevent,
 * posix_spawn(3), reading and mapping; and is what it frees wiped?
 *
 * faults_aws_wraps in tests/local.am puts these functions in front.
 */
#ifndef TESTS_FAULTS_AWS_H
#define TESTS_FAULTS_AWS_H

#include <curl/curl.h>

#include "faults.h"

/* "::ADDRESS:PORT": all that libcurl is asked for goes there; NULL: where it should. */
extern struct curl_slist *faults_curl_to;

/* The marks of secrets: memory that is freed or unmapped must not hold one. */
extern const char *const *faults_marks;		/* NULL-terminated */
/* The first mark that was found so since this was asked last, or NULL. */
const char *faults_unwiped(void);

#endif
