/*
 * sts_error.c - what an error of STS means, and what to do about it
 * (AWS-FACTS 12).  By its Code: the HTTP status differs between documents.
 *
 * Runs in s3jit-signer.  Pure.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"

#include "sts_error.h"

/* The message of a wrong signature holds the canonical request, and so the token. */
enum { HIDE, SHOW };

static const struct {
	const char *code;
	enum sts_act act;
	int message;
	const char *words;
} errors[] = {
	{ "AccessDenied", STS_FINAL, SHOW,
	  "the role's trust policy or the signer's own policy does not allow it "
	  "(sts:AssumeRole, sts:TagSession, sts:SetSourceIdentity)" },
	{ "NoSuchEntity", STS_FINAL, SHOW, "there is no such role" },
	{ "ValidationError", STS_FINAL, SHOW, "it does not take a value" },
	{ "InvalidArgument", STS_FINAL, SHOW, "it does not take a value" },
	{ "InvalidParameterValue", STS_FINAL, SHOW, "it does not take a value" },
	{ "MalformedPolicyDocument", STS_FINAL, SHOW, "it does not take the session policy" },
	{ "PackedPolicyTooLarge", STS_FINAL, HIDE,
	  "the permissions do not fit into one session policy; ask for fewer or shorter ones" },
	{ "RegionDisabledException", STS_FINAL, HIDE,
	  "STS is switched off for this account in this region" },
	{ "InvalidClientTokenId", STS_FINAL, HIDE,
	  "it does not know the signer's own access key" },
	{ "UnrecognizedClientException", STS_FINAL, HIDE,
	  "it does not know the signer's own access key" },
	{ "UserSuspended", STS_FINAL, HIDE, "the signer's own user is suspended" },
	{ "SignatureDoesNotMatch", STS_FINAL, HIDE,
	  "the signer's own secret key is wrong" },
	{ "IncompleteSignature", STS_FINAL, HIDE, "it does not take our signature" },
	{ "RequestExpired", STS_FINAL, HIDE, "the clock of this host is wrong" },
	{ "RequestTimeTooSkewed", STS_FINAL, HIDE, "the clock of this host is wrong" },
	{ "ExpiredToken", STS_REREAD, HIDE, "the signer's own keys have expired" },
	{ "ExpiredTokenException", STS_REREAD, HIDE, "the signer's own keys have expired" },
	{ "Throttling", STS_RETRY, HIDE, "it is asked too often" },
	{ "ThrottlingException", STS_RETRY, HIDE, "it is asked too often" },
	{ "TooManyRequestsException", STS_RETRY, HIDE, "it is asked too often" },
	{ "RequestLimitExceeded", STS_RETRY, HIDE, "it is asked too often" },
	{ "SlowDown", STS_RETRY, HIDE, "it is asked too often" },
	{ "RequestTimeout", STS_RETRY, HIDE, "it did not get our request in time" },
};
#define ERRORS (sizeof(errors) / sizeof(errors[0]))

static size_t
find(const char *code)
{
	size_t i = 0;

	while (i < ERRORS && strcmp(errors[i].code, code) != 0)
		i++;
	return i;
}

enum sts_act
sts_error_act(const char *code, long status)
{
	size_t i = find(code);

	if (i < ERRORS)
		return errors[i].act;
	return status == 429 || status >= 500 ? STS_RETRY : STS_FINAL;
}

void
sts_error_text(struct s3jit_err *err, const char *role, const char *code, const char *message,
    long status)
{
	size_t i = find(code);
	char *plain = NULL;

	if (i == ERRORS && *code == '\0')
		s3jit_fail(err, S3JIT_EAWS, "AWS did not lend %s: STS answered HTTP %ld and no reason",
		    role, status);
	else if (i == ERRORS)
		s3jit_fail(err, S3JIT_EAWS, "AWS did not lend %s: %s", role, code);
	else if (errors[i].message == SHOW && *message != '\0' &&
	    (plain = escape_cut(message, 240)) != NULL)
		s3jit_fail(err, S3JIT_EAWS, "AWS did not lend %s: %s (%s: %s)", role, errors[i].words,
		    code, plain);
	else
		s3jit_fail(err, S3JIT_EAWS, "AWS did not lend %s: %s (%s)", role, errors[i].words, code);
	free(plain);
}
