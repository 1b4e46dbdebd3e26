/*
 * test_sts.c - what is sent to STS, what is read from it, what its errors
 * mean (AWS-FACTS 1 and 12; W7), without a network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/pairs.h"
#include "signer/aws_form.h"
#include "signer/sigv4.h"
#include "signer/sts_answer.h"
#include "signer/sts_error.h"
#include "signer/sts_request.h"

#define AWS_ANSWER(token) "<?xml version=\"1.0\"?>\n" \
	"<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n" \
	"  <AssumeRoleResult>\n    <SourceIdentity>alice</SourceIdentity>\n" \
	"    <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s3jit-k</Arn>\n" \
	"      <AssumedRoleId>AROAEXAMPLE:s3jit-k</AssumedRoleId></AssumedRoleUser>\n" \
	"    <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\n" \
	"      <SecretAccessKey>se/cr+et</SecretAccessKey>\n" \
	"      <SessionToken>" token "</SessionToken>\n" \
	"      <Expiration>2026-01-31T12:05:00Z</Expiration></Credentials>\n" \
	"    <PackedPolicySize>6</PackedPolicySize>\n  </AssumeRoleResult>\n" \
	"  <ResponseMetadata><RequestId>c6104cbe-af31</RequestId></ResponseMetadata>\n" \
	"</AssumeRoleResponse>\n"
#define RGW_ANSWER "<AssumeRoleResponse><AssumeRoleResult><Credentials>" \
	"<AccessKeyId>QYKL8RIAm7SCr87jVeq</AccessKeyId><Expiration>2026-01-31T12:05:00.060930706Z" \
	"</Expiration><SecretAccessKey>7SIU</SecretAccessKey><SessionToken>nfRk</SessionToken>" \
	"</Credentials><AssumedRoleUser><Arn>a</Arn><AssumeRoleId>8172fe0b:s3jit-k</AssumeRoleId>" \
	"</AssumedRoleUser><PackedPolicySize>0</PackedPolicySize></AssumeRoleResult></AssumeRoleResponse>"

static int
parse(struct sts_answer *a, const char *xml)
{
	struct s3jit_err err;

	return sts_answer_parse(a, xml, strlen(xml), &err);
}

static void
reads_aws_and_rgw(void **state)
{
	struct sts_answer a;

	(void)state;
	assert_int_equal(parse(&a, AWS_ANSWER("FwoG\r\n")), -1);	/* no token is two lines */
	sts_answer_clear(&a);
	assert_int_equal(parse(&a, AWS_ANSWER("FwoG//==")), 0);
	assert_string_equal(a.keys->access_key_id, "ASIAEXAMPLE");
	assert_string_equal(a.keys->secret, "se/cr+et");
	assert_string_equal(a.keys->token, "FwoG//==");
	assert_int_equal(a.keys->expiration, 1769861100);
	assert_string_equal(a.role_id, "AROAEXAMPLE:s3jit-k");
	assert_string_equal(a.request_id, "c6104cbe-af31");
	assert_string_equal(a.code, "");
	sts_answer_clear(&a);
	assert_null(a.keys);

	assert_int_equal(parse(&a, RGW_ANSWER), 0);
	assert_string_equal(a.keys->access_key_id, "QYKL8RIAm7SCr87jVeq");
	assert_int_equal(a.keys->expiration, 1769861100);
	assert_string_equal(a.role_id, "8172fe0b:s3jit-k");
	sts_answer_clear(&a);
}

static void
reads_errors_of_both(void **state)
{
	struct sts_answer a;

	(void)state;
	assert_int_equal(parse(&a, "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
	    "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x &amp; y</Message>"
	    "</Error><RequestId>r-1</RequestId></ErrorResponse>"), 0);
	assert_null(a.keys);
	assert_string_equal(a.code, "AccessDenied");
	assert_string_equal(a.message, "User: x & y");
	assert_string_equal(a.request_id, "r-1");
	sts_answer_clear(&a);
	assert_int_equal(parse(&a, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown"
	    "</Code><Message></Message><RequestId>tx</RequestId></Error>"), 0);
	assert_string_equal(a.code, "SlowDown");
	sts_answer_clear(&a);
}

static void
garbage_is_refused(void **state)
{
	static const char *const t[] = {
		"", "x", "<", "<a>", "<a></b>", "{\"Code\":\"Success\"}", "<html></html>",
		"<a><AccessKeyId>A</AccessKeyId></a>",
		/* entities: billion laughs, and a value from a file */
		"<!DOCTYPE a [<!ENTITY x \"AAAA\">]><a><Code>&x;</Code></a>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a><Code>c</Code></a>",
		"<a><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p><q><Code>x</Code></q></p></o></n></m>"
		"</l></k></j></i></h></g></f></e></d></c></b></a>",
		/* a blank, a control character, an empty one, a date that is none */
		"<a><AccessKeyId>A B</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
		"</SessionToken><Expiration>2026-01-31T12:05:00Z</Expiration><AssumedRoleId>r:s"
		"</AssumedRoleId></a>",
		"<a><AccessKeyId>A</AccessKeyId><SecretAccessKey></SecretAccessKey><SessionToken>t"
		"</SessionToken><Expiration>2026-01-31T12:05:00Z</Expiration><AssumedRoleId>r:s"
		"</AssumedRoleId></a>",
		"<a><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
		"</SessionToken><Expiration>tomorrow</Expiration><AssumedRoleId>r:s</AssumedRoleId></a>",
	};
	struct sts_answer a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (parse(&a, t[i]) == 0) {
			print_error("taken: %s\n", t[i]);
			fail();
		}
		assert_null(a.keys);
		sts_answer_clear(&a);
	}
}

static void
tokens_have_a_bound(void **state)
{
	static char big[KEYS_TOKEN_MAX + 2048], token[KEYS_TOKEN_MAX + 2];
	struct sts_answer a;
	int n;

	(void)state;
	memset(token, 't', sizeof(token) - 1);
	for (n = 0; n < 2; n++) {
		token[KEYS_TOKEN_MAX + 1 - n] = '\0';
		snprintf(big, sizeof(big), "<a><AccessKeyId>A</AccessKeyId><SecretAccessKey>s"
		    "</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>2026-01-31T12:05:00Z"
		    "</Expiration><AssumedRoleId>r:s</AssumedRoleId></a>", token);
		assert_int_equal(parse(&a, big), n == 0 ? -1 : 0);
		sts_answer_clear(&a);
	}
}

static void
errors_by_code(void **state)
{
	static const struct { const char *code; long status; enum sts_act act; const char *words; } t[] = {
		{ "AccessDenied", 403, STS_FINAL, "sts:AssumeRole" },
		{ "NoSuchEntity", 404, STS_FINAL, "no such role" },
		{ "PackedPolicyTooLarge", 400, STS_FINAL, "ask for fewer" },
		{ "MalformedPolicyDocument", 500, STS_FINAL, "policy" },
		{ "RegionDisabledException", 403, STS_FINAL, "switched off" },
		{ "InvalidClientTokenId", 403, STS_FINAL, "access key" },
		{ "SignatureDoesNotMatch", 403, STS_FINAL, "secret key is wrong" },
		{ "RequestExpired", 400, STS_FINAL, "clock" },
		{ "ExpiredToken", 400, STS_REREAD, "expired" },
		{ "ExpiredTokenException", 403, STS_REREAD, "expired" },
		{ "Throttling", 400, STS_RETRY, "too often" },
		{ "TooManyRequestsException", 200, STS_RETRY, "too often" },
		{ "SomethingNew", 400, STS_FINAL, "SomethingNew" },
		{ "SomethingNew", 503, STS_RETRY, "SomethingNew" },
		{ "", 429, STS_RETRY, "HTTP 429" },
		{ "", 500, STS_RETRY, "HTTP 500" },
		{ "", 403, STS_FINAL, "HTTP 403" },
	};
	struct s3jit_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(sts_error_act(t[i].code, t[i].status), t[i].act);
		sts_error_text(&err, "arn:role/x", t[i].code, "", t[i].status);
		assert_int_equal(err.code, S3JIT_EAWS);
		assert_non_null(strstr(err.text, "arn:role/x"));
		assert_non_null(strstr(err.text, t[i].words));
	}
}

/* STS repeats the canonical request, session token included, in this one. */
static void
C1_message_of_a_wrong_signature_stays_here(void **state)
{
	struct s3jit_err err;

	(void)state;
	sts_error_text(&err, "r", "SignatureDoesNotMatch", "x-amz-security-token:CANARY", 403);
	assert_null(strstr(err.text, "CANARY"));
	sts_error_text(&err, "r", "ExpiredToken", "CANARY", 403);
	assert_null(strstr(err.text, "CANARY"));
	sts_error_text(&err, "r", "SomethingNew", "CANARY", 400);
	assert_null(strstr(err.text, "CANARY"));
	sts_error_text(&err, "r", "ValidationError", "1 hour \033[2J", 400);
	assert_non_null(strstr(err.text, "1 hour"));
	assert_null(strchr(err.text, '\033'));
}

static void
W7_body_has_everything(void **state)
{
	const struct sts_ask ask = { .role = "arn:aws:iam::1:role/r", .session_name = "s3jit-k",
	    .policy = "{\"Version\":\"2012-10-17\", \"x\":\"a+b\"}", .source_identity = "al=2Eice",
	    .request = "kmxq rtvz", .duration = 900 };
	char *body;

	(void)state;
	body = sts_body(&ask);
	assert_string_equal(body, "Action=AssumeRole&DurationSeconds=900&"
	    "Policy=%7B%22Version%22%3A%222012-10-17%22%2C%20%22x%22%3A%22a%2Bb%22%7D&"
	    "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=s3jit-k&"
	    "SourceIdentity=al%3D2Eice&Tags.member.1.Key=s3jit-request&"
	    "Tags.member.1.Value=kmxq%20rtvz&Version=2011-06-15");
	free(body);
}

static void
own_token_is_signed(void **state)
{
	const struct aws_service sts = { "sts", "eu-central-1",
	    "https://sts.eu-central-1.amazonaws.com" };
	struct keys keys = { .access_key_id = (char[]){ "ASIAX" }, .secret = (char[]){ "SECRETCANARY" },
	    .token = (char[]){ "TOKEN" } };
	struct aws_headers h;
	char *line = NULL;
	size_t i, n;

	(void)state;
	assert_int_equal(aws_headers_sign(&h, &sts, "Action=AssumeRole", &keys, 1440938160), 0);
	for (n = 0; h.line[n] != NULL; n++)
		if (strncmp(h.line[n], "authorization: ", 15) == 0)
			line = h.line[n];
	assert_int_equal(n, 6);
	assert_non_null(line);
	assert_non_null(strstr(line, "/20150830/eu-central-1/sts/aws4_request, SignedHeaders="
	    "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "));
	for (i = 0; i < n; i++)
		assert_null(strstr(h.line[i], "SECRETCANARY"));
	aws_headers_clear(&h);
	*keys.token = '\0';
	assert_int_equal(aws_headers_sign(&h, &sts, "Action=AssumeRole", &keys, 1440938160), 0);
	for (n = 0; h.line[n] != NULL; n++)
		assert_null(strstr(h.line[n], "security-token"));
	aws_headers_clear(&h);
}

static void
more_headers_than_there_is_room_for(void **state)
{
	struct list list = { NULL, 0 };
	struct aws_headers h;
	int i;

	(void)state;
	for (i = 0; i < AWS_HEADERS; i++)
		assert_int_equal(pairs_add(&list, "x-amz-meta-a", "b"), 0);
	assert_int_equal(aws_headers_list(&h, &list), 0);
	aws_headers_clear(&h);
	assert_int_equal(pairs_add(&list, "x-amz-meta-a", "b"), 0);
	assert_int_equal(aws_headers_list(&h, &list), -1);
	assert_null(h.line[0]);
	pairs_clear(&list);
}

/* What OpenSSL has by now would not be wiped: the signer does not start so. */
static void
C8_wiping_begins_before_anything_else(void **state)
{
	struct s3jit_err err;
	char sha[HEX_SHA256];

	(void)state;
	sigv4_sha256(sha, "x", 1);
	assert_int_equal(keys_wipe_everywhere(&err), -1);
	assert_string_equal(err.text, "OpenSSL does not take our memory functions");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_aws_and_rgw),
		cmocka_unit_test(reads_errors_of_both),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(tokens_have_a_bound),
		cmocka_unit_test(errors_by_code),
		cmocka_unit_test(C1_message_of_a_wrong_signature_stays_here),
		cmocka_unit_test(W7_body_has_everything),
		cmocka_unit_test(own_token_is_signed),
		cmocka_unit_test(more_headers_than_there_is_room_for),
		cmocka_unit_test(C8_wiping_begins_before_anything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
