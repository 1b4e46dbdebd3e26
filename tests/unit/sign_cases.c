/*
 * sign_cases.c - S3 requests with random keys, headers and bytes, signed as
 * s3jit-signer does, for a server that is not ours to judge (tests/iam/rgw.py).
 *
 *	sign_cases COUNT SEED BUCKET HOST REGION <KEYS
 *
 * KEYS: access key id, secret and token, a line each.  One JSON object a line:
 * method, url, headers and body.  One in three is of a form that s3sign() gives;
 * the others have headers and query parameters that it would refuse, signed by
 * sigv4_authorization() below it, as STS's are.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/clock.h"
#include "seed.h"
#include "signer/s3sign.h"
#include "signer/sigv4.h"

#define BODY_MAX 64

static struct config conf;
static struct keys keys;
static char endpoint[256];

const char *
config_s3_endpoint(const struct config *c)
{
	(void)c;
	return endpoint;
}

static void __attribute__((noreturn))
die(const char *what)
{
	fprintf(stderr, "sign_cases: %s\n", what);
	exit(1);
}

/* ---- random texts ---- */

static void
random_text(char *to, size_t max, const char *const *pieces, uint32_t n)
{
	size_t len = 0, k = 1 + seed_below(12);
	const char *piece;

	for (; k > 0; k--) {
		piece = pieces[seed_below(n)];
		if (len + strlen(piece) >= max)
			break;
		strcpy(to + len, piece);
		len += strlen(piece);
	}
	to[len] = '\0';
}

/* Every printable character, other scripts, and what clients like to tidy up. */
static void
random_key(char key[128])
{
	static const char *const odd[] = { "//", "/../", "/./", "%2F", "%25", "\xc3\xbc", "\xe6\x97\xa5",
		"\xf0\x9f\x98\x80", "+", " ", "  ", "~", "*", "?", "$", "&", "=", "#", ";", "a", "Z", "0" };
	char any[128][2];
	const char *pieces[128];
	uint32_t n = 0, c;

	for (c = 0x20; c < 0x7f; c++) {
		any[n][0] = (char)c;
		any[n][1] = '\0';
		pieces[n] = any[n];
		n++;
	}
	for (c = 0; c < sizeof(odd) / sizeof(odd[0]); c++)
		pieces[n++] = odd[c];
	key[0] = 'k';
	random_text(key + 1, 126, pieces, n);
}

/* What stands in a header; clean: without the blanks that are signed as one (SigV4: trimall). */
static void
random_value(char value[64], bool clean)
{
	static const char *const pieces[] = { "a", "B", "7", " b", ",", ";q=", "/", "=", "(", ")", ":",
		"%20", "+", "~", "'", "  ", "\"x  y\"" };
	uint32_t n = sizeof(pieces) / sizeof(pieces[0]);

	value[0] = 'v';
	random_text(value + 1, 62, pieces, clean ? n - 2 : n);
	strcat(value, "v");
}

/* ---- requests ---- */

static void
put_out(const char *method, const char *url, const struct list *headers, const char *body)
{
	const struct name_value *h = headers->v;
	json_t *all = json_object(), *line;
	size_t i;

	for (i = 0; i < headers->n; i++)
		json_object_set_new(all, h[i].name, json_string(h[i].value));
	line = json_pack("{s:s, s:s, s:o, s:s}", "method", method, "url", url, "headers", all, "body",
	    body);
	if (line == NULL || json_dumpf(line, stdout, JSON_COMPACT) == -1)
		die("cannot write");
	puts("");
	json_decref(line);
}

/* A form of a built-in verb, with a header or two that it may have. */
static void
sign_form(const char *bucket, char *key, char *body, int64_t now)
{
	static const char *const texts[] = { "put s3://" "%s" "/", "get s3://" "%s" "/" };
	char text[2][128], value[64], sha[HEX_SHA256];
	const char *const list[] = { text[0], text[1] };
	struct sq_sign ask = { .n = 1, .lease = (char *)"l", .bucket = (char *)(uintptr_t)bucket,
		.key = key, .payload_sha256 = sha };
	struct sq_signed out;
	struct s3jit_err err;
	struct scope scope;
	bool get = seed_below(3) == 0;

	snprintf(text[0], sizeof(text[0]), texts[0], bucket);
	snprintf(text[1], sizeof(text[1]), texts[1], bucket);
	if (get)
		body[0] = '\0';
	sigv4_sha256(sha, body, strlen(body));
	ask.method = (char *)(get ? "GET" : "PUT");
	ask.length = (int64_t)strlen(body);
	random_value(value, true);
	if (!get && seed_below(2))
		pairs_add(&ask.headers, "content-type", value);
	if (get && seed_below(2))
		pairs_add(&ask.headers, "range", "bytes=0-1");
	if (scope_parse(&scope, list, 2, false, &err) == -1 ||
	    s3sign(&out, &conf, &scope, &keys, &ask, now, &err) == -1)
		die(err.text);
	put_out(ask.method, out.url, &out.headers, body);
	codec_clear(&sq_signed_table, &out);
	pairs_clear(&ask.headers);
	scope_clear(&scope);
}

/* Any headers and query, signed by hand. */
static void
sign_any(const char *bucket, const char *host, const char *key, const char *body, int64_t now)
{
	struct list query = { NULL, 0 }, headers = { NULL, 0 };
	char path[256], value[64], name[32], date[SIGV4_DATE], sha[HEX_SHA256], *url, *p, *q, *auth;
	struct sigv4_in in = { .method = "PUT", .path = path, .query = &query, .headers = &headers,
		.payload_sha256 = sha, .region = conf.aws.region, .service = "s3", .now = now };
	uint32_t i, n = seed_below(4);

	snprintf(path, sizeof(path), "/%s/%s", bucket, key);
	sigv4_sha256(sha, body, strlen(body));
	for (i = 0; i < n; i++) {
		random_value(value, false);
		snprintf(name, sizeof(name), "x-amz-meta-%c%u", (int)('a' + seed_below(26)), i);
		pairs_add(&headers, name, value);
		snprintf(name, sizeof(name), "x-%c &%u", (int)('a' + seed_below(26)), i);
		pairs_add(&query, name, seed_below(3) ? value : "");
	}
	pairs_add(&headers, "host", host);
	pairs_add(&headers, "x-amz-content-sha256", sha);
	pairs_add(&headers, "x-amz-date", sigv4_date(date, now));
	pairs_add(&headers, "x-amz-security-token", keys.token);
	auth = sigv4_authorization(&in, keys.access_key_id, keys.secret);
	p = sigv4_encode(path, true);
	q = sigv4_query(&query);
	if (auth == NULL || p == NULL || q == NULL ||
	    asprintf(&url, "https://%s%s%s%s", host, p, *q == '\0' ? "" : "?", q) == -1)
		die("out of memory");
	pairs_add(&headers, "authorization", auth);
	put_out("PUT", url, &headers, body);
	free(auth);
	free(p);
	free(q);
	free(url);
	pairs_clear(&query);
	pairs_clear(&headers);
}

static char *
line_of_stdin(void)
{
	char *line = NULL;
	size_t size = 0;

	if (getline(&line, &size, stdin) == -1)
		die("stdin: three lines are needed");
	line[strcspn(line, "\n")] = '\0';
	return line;
}

int
main(int argc, char **argv)
{
	char key[128], body[BODY_MAX];
	long i, count;

	if (argc != 6)
		die("usage: sign_cases COUNT SEED BUCKET HOST REGION");
	count = atol(argv[1]);
	seed_set(strtoull(argv[2], NULL, 10));
	snprintf(endpoint, sizeof(endpoint), "https://%s", argv[4]);
	conf.aws.region = argv[5];
	conf.aws.s3_endpoint = endpoint;
	keys.access_key_id = line_of_stdin();
	keys.secret = line_of_stdin();
	keys.token = line_of_stdin();
	for (i = 0; i < count; i++) {
		random_key(key);
		snprintf(body, sizeof(body), "body %ld of %u", i, seed_below(1000000));
		if (i % 3 == 0)
			sign_form(argv[3], key, body, clock_wall());
		else
			sign_any(argv[3], argv[4], key, body, clock_wall());
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
