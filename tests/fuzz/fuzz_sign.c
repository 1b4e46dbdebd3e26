/*
 * fuzz_sign.c - S3 requests that the signer is asked to sign (W13).  Permissions
 * of the lease, one a line, an empty line, then the question as JSON.  Nothing
 * that is signed lies outside of them, and nothing in it breaks a line.
 *
 * parser: signer/s3form.c signer/s3sign.c signer/sigv4.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/escape.h"
#include "signer/s3sign.h"
#include "signer/sigv4.h"

#define NOW 1769860800
#define SECRET "wJalrXUtnFEMI/K7MDENG"

static struct config conf = {
	.aws = { .region = (char[]){ "eu-central-1" },
	    .s3_endpoint = (char[]){ "https://s3.eu-central-1.amazonaws.com" } },
};
static struct keys keys = { .access_key_id = (char[]){ "ASIAEXAMPLE" },
	.secret = (char[]){ SECRET }, .token = (char[]){ "FwoG" } };

/* What a method may do to a key, whatever else is asked: one of these. */
static bool
allowed(const struct scope *s, const struct sq_sign *ask)
{
	static const struct { const char *method; enum verb verb; } may[] = {
		{ "PUT", VERB_PUT }, { "POST", VERB_PUT }, { "DELETE", VERB_PUT },
		{ "DELETE", VERB_DELETE }, { "GET", VERB_GET }, { "HEAD", VERB_GET },
	};
	const char *prefix = pairs_get(&ask->query, "prefix");
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		if (*ask->key == '\0' && strcmp(ask->method, "GET") == 0 && prefix != NULL &&
		    permission_allows(&s->v[i], VERB_LIST, ask->bucket, prefix))
			return true;
		for (k = 0; k < sizeof(may) / sizeof(may[0]); k++)
			if (*ask->key != '\0' && strcmp(may[k].method, ask->method) == 0 &&
			    permission_allows(&s->v[i], may[k].verb, ask->bucket, ask->key))
				return true;
	}
	return false;
}

static void
check(const struct sq_signed *out, const struct sq_sign *ask)
{
	const struct name_value *h = out->headers.v;
	char begin[160];
	size_t i;

	MUST(strlen(ask->bucket) <= 63);
	snprintf(begin, sizeof(begin), conf.aws.path_style || strchr(ask->bucket, '.') != NULL ?
	    "https://s3.eu-central-1.amazonaws.com/%s/" :
	    "https://%s.s3.eu-central-1.amazonaws.com/", ask->bucket);
	MUST(strncmp(out->url, begin, strlen(begin)) == 0);
	MUST(escape_is_plain(out->url) && strpbrk(out->url, " #@\"<>\\") == NULL);
	MUST(strstr(out->url, SECRET) == NULL);
	for (i = 0; i < out->headers.n; i++) {
		MUST(escape_is_plain(h[i].name) && strpbrk(h[i].name, " :") == NULL);
		MUST(escape_is_plain(h[i].value) && strstr(h[i].value, SECRET) == NULL);
		MUST(strncmp(h[i].name, "x-amz-acl", 9) != 0 && strncmp(h[i].name, "x-amz-grant", 11) != 0);
	}
	MUST(pairs_get(&out->headers, "authorization") != NULL);
	MUST(strcmp(pairs_get(&out->headers, "x-amz-content-sha256"), ask->payload_sha256) == 0);
}

static void
sign(const struct scope *scope, const struct sq_sign *ask)
{
	struct sq_signed out;
	struct s3jit_err err = { 0 };

	if (s3sign(&out, &conf, scope, &keys, ask, NOW, &err) == -1) {
		MUST((err.code == S3JIT_ENOTALLOWED || err.code == S3JIT_EUSAGE) &&
		    out.url == NULL && out.headers.n == 0);
		return;
	}
	MUST(allowed(scope, ask));
	check(&out, ask);
	codec_clear(&sq_signed_table, &out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *rest = text, *line;
	const char *lines[SCOPE_MAX];
	struct sq_sign ask;
	struct s3jit_err err;
	struct scope scope;
	size_t n = 0;

	while (n < SCOPE_MAX && (line = strsep(&rest, "\n")) != NULL && *line != '\0')
		lines[n++] = line;
	if (rest != NULL && scope_parse(&scope, lines, n, true, &err) == 0) {
		if (codec_decode(&ask, &sq_sign_table, rest, strlen(rest), &err) == 0) {
			conf.aws.path_style = false;
			sign(&scope, &ask);
			conf.aws.path_style = true;
			sign(&scope, &ask);
			codec_clear(&sq_sign_table, &ask);
		}
		scope_clear(&scope);
	}
	free(text);
	return 0;
}
