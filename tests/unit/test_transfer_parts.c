/*
 * test_transfer_parts.c - the pure parts of transfer: S3's XML, the plan.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "transfer/plan.h"
#include "transfer/s3xml.h"

static void
xml_table(void **state)
{
	static const struct {
		const char *text;
		int ret;
		const char *root, *code, *message, *upload, *etag;
	} cases[] = {
		/* AWS and RGW */
		{ "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code>"
		  "<Message>Access Denied</Message><RequestId>1</RequestId></Error>", 0, "Error",
		  "AccessDenied", "Access Denied", "", "" },
		{ "<Error><Message></Message><Code>SlowDown</Code></Error>", 0, "Error", "SlowDown", "",
		  "", "" },
		{ "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
		  "<Bucket>b</Bucket><Key>UploadId</Key><UploadId>2~a.b</UploadId>"
		  "</InitiateMultipartUploadResult>", 0, "InitiateMultipartUploadResult", "", "", "2~a.b",
		  "" },
		{ "\n  \n<a:CompleteMultipartUploadResult xmlns:a=\"x\"><a:ETag>&quot;9-3&quot;</a:ETag>"
		  "</a:CompleteMultipartUploadResult>", 0, "CompleteMultipartUploadResult", "", "", "",
		  "\"9-3\"" },
		{ "<Error/>", 0, "Error", "", "", "", "" },
		{ "<Error><Code>a&amp;b&#x41;</Code></Error>", 0, "Error", "a&bA", "", "", "" },
		{ " \r\n\t<?xml version=\"1.0\"?><Error><Code>x</Code></Error>\n", 0, "Error", "x", "", "",
		  "" },
		/* a name in another place means nothing */
		{ "<html><Code>x</Code></html>", 0, "html", "", "", "", "" },
		{ "<Error><Detail><Code>x</Code></Detail></Error>", 0, "Error", "", "", "", "" },
		{ "<X><Error><Code>x</Code></Error></X>", 0, "X", "", "", "", "" },
		/* broken, or not S3 */
		{ "", -1, "", "", "", "", "" },
		{ " \n ", -1, "", "", "", "", "" },
		{ "hello", -1, "", "", "", "", "" },
		{ "<Error><Code>x</Code>", -1, "", "", "", "", "" },
		{ "<Error><Code>x</Code></Error>y", -1, "", "", "", "", "" },
		{ "<Error><Code>x</Code><Code>y</Code></Error>", -1, "", "", "", "", "" },
		{ "<Error><Code>x<b/></Code></Error>", -1, "", "", "", "", "" },
		{ "<Error><Code>&bad;</Code></Error>", -1, "", "", "", "", "" },
		{ "<!DOCTYPE Error><Error><Code>x</Code></Error>", -1, "", "", "", "", "" },
		{ "<!DOCTYPE E [<!ENTITY a \"x\">]><Error><Code>&a;</Code></Error>", -1, "", "", "", "",
		  "" },
		{ "<!DOCTYPE E [<!ENTITY a SYSTEM \"/etc/passwd\">]><Error><Code>&a;</Code></Error>", -1,
		  "", "", "", "", "" },
		{ "<a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></a></a></a>"
		  "</a>", -1, "", "", "", "", "" },
		{ "<Error><Code>123456789012345678901234567890123456789012345678901234567890abcd</Code>"
		  "</Error>", -1, "", "", "", "", "" },	/* 64 do not fit */
	};
	struct s3jit_err err;
	struct s3xml xml;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&err, 0, sizeof(err));
		if (s3xml_parse(&xml, cases[i].text, strlen(cases[i].text), NULL, NULL, &err) !=
		    cases[i].ret)
			fail_msg("case %zu: %s", i, err.text);
		assert_int_equal(err.code, cases[i].ret == 0 ? S3JIT_OK : S3JIT_EAWS);
		assert_string_equal(xml.root, cases[i].root);
		assert_string_equal(xml.code, cases[i].code);
		assert_string_equal(xml.message, cases[i].message);
		assert_string_equal(xml.upload_id, cases[i].upload);
		assert_string_equal(xml.etag, cases[i].etag);
		assert_int_equal(s3xml_is_error(&xml), strcmp(cases[i].root, "Error") == 0);
	}
}

/* AWS's AccessDenied is long; it is cut, never inside a character. */
static void
xml_long_message_is_cut(void **state)
{
	char text[4096] = "<Error><Message>x";
	struct s3jit_err err;
	struct s3xml xml;
	size_t i, n = strlen(text);

	(void)state;
	for (i = 0; i < 700; i++, n += 2)
		memcpy(text + n, "\xc3\xbc", 2);
	strcpy(text + n, "</Message><Code>C</Code></Error>");
	assert_int_equal(s3xml_parse(&xml, text, strlen(text), NULL, NULL, &err), 0);
	assert_int_equal(strlen(xml.message), sizeof(xml.message) - 1);	/* 1 + 511 * 2 */
	assert_string_equal(xml.message + sizeof(xml.message) - 3, "\xc3\xbc");
	assert_string_equal(xml.code, "C");
	/* the same, shifted by one: one byte stays free */
	memmove(text + 16, text + 17, strlen(text + 16));
	assert_int_equal(s3xml_parse(&xml, text, strlen(text), NULL, NULL, &err), 0);
	assert_int_equal(strlen(xml.message), sizeof(xml.message) - 2);
}

struct lines { int n; bool prefix[4]; char key[4][64], size[4][24]; int fail_at; };

static int
take_line(void *arg, const struct s3xml_entry *e, struct s3jit_err *err)
{
	struct lines *l = arg;

	if (l->n == l->fail_at)
		return s3jit_fail(err, S3JIT_EBROKER, "enough");
	l->prefix[l->n] = e->prefix;
	strcpy(l->key[l->n], e->key);
	strcpy(l->size[l->n++], e->size);
	return 0;
}

static void
xml_listing(void **state)
{
	static const char text[] = "<ListBucketResult><IsTruncated>true</IsTruncated>"
	    "<Prefix>a/</Prefix><Contents><Key>a/1</Key><Size>5</Size><Owner><ID>x</ID></Owner></Contents>"
	    "<NextContinuationToken>n=</NextContinuationToken>"
	    "<Contents><Key>a/2</Key></Contents>"
	    "<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes></ListBucketResult>";
	struct lines l = { .fail_at = -1 };
	struct s3jit_err err = { 0 };
	struct s3xml xml;

	(void)state;
	assert_int_equal(s3xml_parse(&xml, text, strlen(text), take_line, &l, &err), 0);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.key[0], "a/1");
	assert_string_equal(l.size[0], "5");
	assert_string_equal(l.key[1], "a/2");
	assert_string_equal(l.size[1], "");	/* nothing stays from the line before */
	assert_string_equal(l.key[2], "a/b/");
	assert_false(l.prefix[1]);
	assert_true(l.prefix[2]);
	assert_string_equal(xml.truncated, "true");
	assert_string_equal(xml.token, "n=");

	memset(&l, 0, sizeof(l));
	l.fail_at = 1;
	assert_int_equal(s3xml_parse(&xml, text, strlen(text), take_line, &l, &err), -1);
	assert_int_equal(err.code, S3JIT_EBROKER);
	assert_int_equal(l.n, 1);
}

static void
plan_table(void **state)
{
	static const struct {
		int64_t size, part_size;
		size_t parts;
		int ret;
		int64_t last_off, last_len;
	} cases[] = {
		{ 0, 0, 1, 0, 0, 0 },
		{ 1, 1, 1, 0, 0, 1 },
		{ 10, 10, 1, 0, 0, 10 },
		{ 10, 5, 2, 0, 5, 5 },
		{ 11, 5, 3, 0, 10, 1 },
		{ INT64_C(5) << 40, INT64_C(8) << 30, 640, 0, INT64_C(639) << 33, INT64_C(1) << 33 },
		{ INT64_MAX, INT64_MAX - 1, 2, 0, INT64_MAX - 1, 1 },
		{ 10, 5, 1, -1, 0, 0 },
		{ 10, 5, 3, -1, 0, 0 },
		{ 10, 0, 1, -1, 0, 0 },
		{ 10, 11, 1, -1, 0, 0 },
		{ 10, -5, 1, -1, 0, 0 },
		{ -1, -1, 1, -1, 0, 0 },
		{ 0, 0, 0, -1, 0, 0 },
	};
	char hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	char *hashes[640], name[] = "b";
	struct s3jit_err err;
	int64_t off, len;
	size_t i, k;

	(void)state;
	for (k = 0; k < 640; k++)
		hashes[k] = hash;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct transfer_object o = { .bucket = name, .key = name, .size = cases[i].size,
			.part_size = cases[i].part_size, .parts = { hashes, cases[i].parts } };

		if (plan_check(&o, &err) != cases[i].ret)
			fail_msg("case %zu", i);
		if (cases[i].ret == -1)
			continue;
		plan_part(&o, o.parts.n - 1, &off, &len);
		assert_int_equal(off, cases[i].last_off);
		assert_int_equal(len, cases[i].last_len);
		plan_part(&o, 0, &off, &len);
		assert_int_equal(off, 0);
		assert_int_equal(len, o.part_size);
		assert_int_equal(plan_multipart(&o), cases[i].parts != 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml_table),
		cmocka_unit_test(xml_long_message_is_cut),
		cmocka_unit_test(xml_listing),
		cmocka_unit_test(plan_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
