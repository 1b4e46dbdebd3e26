/*
 * s3error.c - S3's error codes, and those of the line to it, in plain words.
 *
 * Runs in transfer.  What S3 says is quoted but never decides about what is
 * written here: codes that are not known get S3's own words and no hint.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/utf8.h"
#include "transfer/s3error.h"

#define REGION_HINT \
	"The bucket seems to be in another region than the one in s3jit.conf: tell whoever runs s3jit."
#define CHANGED_HINT \
	"The file was changed after it was approved; these bytes were not written. Ask again."
#define OURS_HINT "This is a fault of s3jit or of its configuration: tell whoever runs it."

static const struct known {
	const char *aws;
	enum s3jit_code code;
	bool again;
	const char *hint;
} known[] = {
	{ "AccessDenied", S3JIT_EAWS, false,
	    "AWS decides here: the role or the bucket's policy does not allow this, or the grant "
	    "has just ended. See s3-sudo status, then ask whoever runs s3jit." },
	{ "NoSuchBucket", S3JIT_EAWS, false, "Look at the bucket's name again." },
	{ "NoSuchKey", S3JIT_EAWS, false, "Look at the key again, or list what is there: s3-sudo ls" },
	{ "NoSuchUpload", S3JIT_EAWS, false,
	    "S3 does not know the multipart upload any more. If the line broke just before, the "
	    "object may be complete: list it before you ask again." },
	{ "XAmzContentSHA256Mismatch", S3JIT_ECHANGED, false, CHANGED_HINT },
	{ "BadDigest", S3JIT_ECHANGED, false, CHANGED_HINT },
	{ "PreconditionFailed", S3JIT_EAWS, false, "There is an object with this key already." },
	{ "RequestTimeTooSkewed", S3JIT_EAWS, false,
	    "The clock of this host is wrong: tell its administrator." },
	{ "SignatureDoesNotMatch", S3JIT_EAWS, false, OURS_HINT },
	{ "InvalidAccessKeyId", S3JIT_EAWS, false, OURS_HINT },
	{ "EntityTooSmall", S3JIT_EAWS, false, OURS_HINT },
	{ "EntityTooLarge", S3JIT_EAWS, false, OURS_HINT },
	{ "PermanentRedirect", S3JIT_EAWS, false, REGION_HINT },
	{ "TemporaryRedirect", S3JIT_EAWS, false, REGION_HINT },
	{ "AuthorizationHeaderMalformed", S3JIT_EAWS, false, REGION_HINT },
	/* worth another try; the lease behind the next signature is a fresh one */
	{ "ExpiredToken", S3JIT_EAWS, true, "Ask again." },
	{ "SlowDown", S3JIT_EAWS, true, "S3 is busy. Ask again in a minute." },
	{ "InternalError", S3JIT_EAWS, true, "S3 has trouble. Ask again in a minute." },
	{ "ServiceUnavailable", S3JIT_EAWS, true, "S3 has trouble. Ask again in a minute." },
	{ "RequestTimeout", S3JIT_EAWS, true, "The line is slow. Ask again." },
	{ "OperationAborted", S3JIT_EAWS, true, "Somebody else changes this too. Ask again." },
	{ "", S3JIT_EAWS, false, "" },	/* the last one: everything else */
};

static const struct known *
lookup(const char *aws_code)
{
	const struct known *k = known;

	while (*k->aws != '\0' && strcmp(k->aws, aws_code) != 0)
		k++;
	return k;
}

/* Always valid UTF-8, or the message could not be sent. */
static void
set_text(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(buf, size, fmt, ap) < 0)
		*buf = '\0';
	va_end(ap);
	utf8_clean(buf);
}

static void
set_failure(struct failure *f, enum s3jit_code code, int64_t index, const char *hint)
{
	memset(f, 0, sizeof(*f));
	f->code = code;
	f->index = index;
	set_text(f->hint, sizeof(f->hint), "%s", hint);
}

/* 429 and what S3 says when it is ill. */
static bool
status_again(long status)
{
	return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool
s3error_answer(struct failure *f, const char *what, const struct job *job, long status,
    const struct s3xml *xml)
{
	const struct known *k = lookup(xml->code);

	set_failure(f, k->code, job->index, k->hint);
	f->status = status;
	snprintf(f->aws_code, sizeof(f->aws_code), "%s", xml->code);
	if (status / 100 == 3 && *k->hint == '\0') {
		set_text(f->text, sizeof(f->text),
		    "%s s3://%s/%s: S3 answered with a redirect (HTTP %ld), which is not followed",
		    what, job->bucket, job->key, status);
		set_text(f->hint, sizeof(f->hint), "%s", REGION_HINT);
		return false;
	}
	set_text(f->text, sizeof(f->text), "%s s3://%s/%s: S3 says %s%s%s (HTTP %ld)", what,
	    job->bucket, job->key, *xml->code != '\0' ? xml->code : "no more than the status",
	    *xml->message != '\0' ? ": " : "", xml->message, status);
	return k->again || status_again(status);
}

bool
s3error_no_answer(struct failure *f, const char *what, const struct job *job,
    const struct http_call *call)
{
	static const struct {
		enum s3jit_code code;
		bool again;
		const char *words, *hint;
	} meaning[] = {
		[HTTP_ANSWERED] = { S3JIT_EAWS, false, "S3's answer is not understood", OURS_HINT },
		[HTTP_UNREACHABLE] = { S3JIT_EAWS, true, "the line to S3 failed",
		    "Ask again; if it stays so, tell whoever runs this host." },
		[HTTP_UNTRUSTED] = { S3JIT_EAWS, false, "S3's certificate cannot be trusted",
		    "Nothing was sent. Somebody may be in between, or ca-file in s3jit.conf is "
		    "wrong: tell whoever runs s3jit." },
		[HTTP_SOURCE] = { S3JIT_ECHANGED, false, "the file cannot be read as it was approved",
		    CHANGED_HINT },
		[HTTP_SINK] = { S3JIT_ESYS, false, "the local file cannot be written",
		    "Is there room? Then ask again." },
		[HTTP_TOO_BIG] = { S3JIT_EAWS, false, "S3's answer is far too long", OURS_HINT },
		[HTTP_BROKEN] = { S3JIT_ESYS, false, "the request cannot be sent", OURS_HINT },
	};
	enum http_outcome o = http_outcome(call);

	set_failure(f, meaning[o].code, job->index, meaning[o].hint);
	set_text(f->text, sizeof(f->text), "%s s3://%s/%s: %s (%s%s%s)", what, job->bucket,
	    job->key, meaning[o].words, http_host(call), *http_detail(call) != '\0' ? ": " : "",
	    http_detail(call));
	return meaning[o].again;
}

void
s3error_local(struct failure *f, const struct s3jit_err *err, int64_t index)
{
	set_failure(f, err->code, index, "");
	set_text(f->text, sizeof(f->text), "%s", err->text);
}

void
s3error_told(struct failure *f, const char *code, const char *text, const char *hint,
    int64_t index)
{
	set_failure(f, s3jit_code_from_word(code), index, hint);
	set_text(f->text, sizeof(f->text), "%s", text);
}
