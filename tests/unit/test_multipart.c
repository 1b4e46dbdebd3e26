/*
 * test_multipart.c - what completes an upload names the approved parts and no
 * others (W13).  The base64 was made with openssl(1).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "s3jit/multipart.h"

#define ONE "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"
#define ONE_64 "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII="
#define TWO "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define TWO_64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define XML "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" \
	"<Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag><ChecksumSHA256>" ONE_64 \
	"</ChecksumSHA256></Part><Part><PartNumber>2</PartNumber><ETag>b</ETag><ChecksumSHA256>" \
	TWO_64 "</ChecksumSHA256></Part></CompleteMultipartUpload>"
/* sha256sum of XML */
#define XML_SHA "f310e6c6e920fdd71f50614c049a7a743dd2f9f80f03541d8e8b8127ab1e1dfe"

static char *parts_of[] = { (char *)ONE, (char *)TWO }, *etags_of[] = { (char *)"\"a\"", (char *)"b" };
static const struct strv parts = { parts_of, 2 }, etags = { etags_of, 2 };

static void
checksums_are_base64(void **state)
{
	char sum[MULTIPART_CHECKSUM];

	(void)state;
	assert_int_equal(multipart_checksum(sum, ONE), 0);
	assert_string_equal(sum, ONE_64);
	assert_int_equal(multipart_checksum(sum, ""), -1);
	assert_int_equal(multipart_checksum(sum, ONE "00"), -1);
	assert_int_equal(multipart_checksum(sum, "g" TWO), -1);
	assert_int_equal(multipart_checksum(sum, "UNSIGNED-PAYLOAD"), -1);
}

static void
W13_the_body_names_each_part(void **state)
{
	char *xml = multipart_complete(&parts, &etags);

	(void)state;
	assert_string_equal(xml, XML);
	assert_true(multipart_complete_is(&parts, &etags, XML_SHA, (int64_t)strlen(XML)));
	free(xml);
}

static void
W13_any_other_body_is_another(void **state)
{
	char *swapped_of[] = { (char *)TWO, (char *)ONE }, *other_of[] = { (char *)"\"c\"", (char *)"b" };
	const struct strv swapped = { swapped_of, 2 }, other = { other_of, 2 };
	const struct strv one = { parts_of, 1 }, few = { etags_of, 1 };
	int64_t len = (int64_t)strlen(XML);

	(void)state;
	assert_false(multipart_complete_is(&swapped, &etags, XML_SHA, len));
	assert_false(multipart_complete_is(&parts, &other, XML_SHA, len));
	assert_false(multipart_complete_is(&parts, &few, XML_SHA, len));
	assert_false(multipart_complete_is(&one, &few, XML_SHA, len));
	assert_false(multipart_complete_is(&parts, &etags, XML_SHA, len + 1));
	assert_false(multipart_complete_is(&parts, &etags, ONE, len));
	assert_false(multipart_complete_is(&parts, &etags, "", len));
}

static void
an_ETag_is_no_XML(void **state)
{
	char *bad_of[] = { (char *)"a</ETag>", (char *)"b" };
	const struct strv bad = { bad_of, 2 };

	(void)state;
	assert_null(multipart_complete(&parts, &bad));
	assert_true(multipart_etag_ok("\"0123-9\""));
	assert_false(multipart_etag_ok(""));
	assert_false(multipart_etag_ok("a&b"));
	assert_false(multipart_etag_ok("a\nb"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_are_base64),
		cmocka_unit_test(W13_the_body_names_each_part),
		cmocka_unit_test(W13_any_other_body_is_another),
		cmocka_unit_test(an_ETag_is_no_XML),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
