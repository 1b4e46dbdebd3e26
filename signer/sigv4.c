/*
 * sigv4.c - AWS Signature Version 4 over headers, as a pure function.
 *
 * Runs in s3jit-signer.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "sigv4.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

const char *
sigv4_date(char buf[SIGV4_DATE], int64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(buf, SIGV4_DATE, "%Y%m%dT%H%M%SZ", &tm) == 0)
		buf[0] = '\0';	/* a year of five digits: a signature nobody takes */
	return buf;
}

void
sigv4_sha256(char out[HEX_SHA256], const void *data, size_t len)
{
	if (hex_sha256(out, data, len, NULL) == -1)
		hex_write(out, (const unsigned char[32]){ 0 }, 32);	/* AWS refuses it */
}

char *
sigv4_encode(const char *text, bool keep_slash)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	char *out, *p;

	if ((out = p = malloc(3 * strlen(text) + 1)) == NULL)
		return NULL;
	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL || (keep_slash && *text == '/'))
			*p++ = *text;
		else
			p += sprintf(p, "%%%02X", (unsigned char)*text);
	*p = '\0';
	return out;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Sorted by name, then by value.  "=" sorts after "-" and "%", which would
 * put "a-b=" before "a=": while sorting \001, below all else, stands for it.
 */
char *
sigv4_query(const struct list *query)
{
	const struct name_value *nv = query->v;
	char **items, *name, *value, *out = NULL;
	size_t i, len = 1;

	if ((items = calloc(query->n + 1, sizeof(*items))) == NULL)
		return NULL;
	for (i = 0; i < query->n; i++) {
		name = sigv4_encode(nv[i].name, false);
		value = sigv4_encode(nv[i].value, false);
		if (name == NULL || value == NULL || asprintf(&items[i], "%s\001%s", name, value) == -1)
			items[i] = NULL;
		free(name);
		free(value);
		if (items[i] == NULL)
			goto out;
		len += strlen(items[i]) + 1;
	}
	qsort(items, query->n, sizeof(*items), by_text);
	if ((out = calloc(1, len)) == NULL)
		goto out;
	for (i = 0; i < query->n; i++) {
		*strchr(items[i], '\001') = '=';
		if (i > 0)
			strcat(out, "&");
		strcat(out, items[i]);
	}
out:
	for (i = 0; i < query->n; i++)
		free(items[i]);
	free(items);
	return out;
}

/* Leading and trailing blanks go, inner runs become one. */
static void
put_value(FILE *fp, const char *value)
{
	const char *p;

	for (p = value + strspn(value, " "); *p != '\0'; p++)
		if (*p != ' ' || (p[1] != ' ' && p[1] != '\0'))
			putc(*p, fp);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(const struct name_value *const *)a)->name,
	    (*(const struct name_value *const *)b)->name);
}

/* The headers in order; caller frees the array, not what it points to. */
static const struct name_value **
sorted(const struct list *headers)
{
	const struct name_value *nv = headers->v, **out;
	size_t i;

	if ((out = calloc(headers->n + 1, sizeof(*out))) == NULL)
		return NULL;
	for (i = 0; i < headers->n; i++)
		out[i] = &nv[i];
	qsort(out, headers->n, sizeof(*out), by_name);
	return out;
}

static void
put_names(FILE *fp, const struct name_value *const *headers)
{
	size_t i;

	for (i = 0; headers[i] != NULL; i++)
		fprintf(fp, "%s%s", i > 0 ? ";" : "", headers[i]->name);
}

char *
sigv4_canonical(const struct sigv4_in *in)
{
	const struct name_value **headers = sorted(in->headers);
	char *path = sigv4_encode(in->path, true), *query = sigv4_query(in->query), *out = NULL;
	size_t i, len;
	FILE *fp;

	if (headers == NULL || path == NULL || query == NULL ||
	    (fp = open_memstream(&out, &len)) == NULL)
		goto out;
	fprintf(fp, "%s\n%s\n%s\n", in->method, path, query);
	for (i = 0; headers[i] != NULL; i++) {
		fprintf(fp, "%s:", headers[i]->name);
		put_value(fp, headers[i]->value);
		putc('\n', fp);
	}
	putc('\n', fp);
	put_names(fp, headers);
	fprintf(fp, "\n%s", in->payload_sha256);
	if (fclose(fp) != 0) {
		free(out);
		out = NULL;
	}
out:
	free(headers);
	free(path);
	free(query);
	return out;
}

/* "20260131/eu-central-1/s3/aws4_request" */
static char *
credential_scope(const struct sigv4_in *in)
{
	char date[SIGV4_DATE], *out;

	sigv4_date(date, in->now);
	return asprintf(&out, "%.8s/%s/%s/aws4_request", date, in->region, in->service) == -1 ? NULL :
	    out;
}

char *
sigv4_string_to_sign(const struct sigv4_in *in)
{
	char *canonical = sigv4_canonical(in), *scope = credential_scope(in), *out = NULL;
	char date[SIGV4_DATE], sha[HEX_SHA256];

	if (canonical != NULL && scope != NULL) {
		sigv4_sha256(sha, canonical, strlen(canonical));
		if (asprintf(&out, ALGORITHM "\n%s\n%s\n%s", sigv4_date(date, in->now), scope, sha) == -1)
			out = NULL;
	}
	codec_wipe_free(canonical);	/* the session token is in it */
	free(scope);
	return out;
}

/* key = HMAC(key, text) */
static int
hmac_step(unsigned char key[32], size_t keylen, const void *from, const char *text)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (HMAC(EVP_sha256(), from, (int)keylen, (const unsigned char *)text, strlen(text), out,
	    &len) == NULL || len != 32)
		return -1;
	memcpy(key, out, 32);
	explicit_bzero(out, sizeof(out));
	return 0;
}

static int
sign(char out[HEX_SHA256], const struct sigv4_in *in, const char *secret, const char *to_sign)
{
	size_t size = strlen("AWS4") + strlen(secret) + 1;
	unsigned char key[32];
	char date[SIGV4_DATE], *first;
	int ret = -1;

	sigv4_date(date, in->now);
	date[8] = '\0';
	if ((first = malloc(size)) == NULL)	/* asprintf() would leave a copy in a buffer of its own */
		return -1;
	snprintf(first, size, "AWS4%s", secret);
	if (hmac_step(key, strlen(first), first, date) == 0 &&
	    hmac_step(key, 32, key, in->region) == 0 &&
	    hmac_step(key, 32, key, in->service) == 0 &&
	    hmac_step(key, 32, key, "aws4_request") == 0 &&
	    hmac_step(key, 32, key, to_sign) == 0) {
		hex_write(out, key, sizeof(key));
		ret = 0;
	}
	explicit_bzero(key, sizeof(key));
	codec_wipe_free(first);
	return ret;
}

char *
sigv4_authorization(const struct sigv4_in *in, const char *access_key_id, const char *secret)
{
	char *to_sign = sigv4_string_to_sign(in), *scope = credential_scope(in), *out = NULL;
	const struct name_value **headers = sorted(in->headers);
	char signature[HEX_SHA256];
	size_t len;
	FILE *fp;

	if (to_sign == NULL || scope == NULL || headers == NULL ||
	    sign(signature, in, secret, to_sign) == -1 || (fp = open_memstream(&out, &len)) == NULL)
		goto out;
	fprintf(fp, ALGORITHM " Credential=%s/%s, SignedHeaders=", access_key_id, scope);
	put_names(fp, headers);
	fprintf(fp, ", Signature=%s", signature);
	if (fclose(fp) != 0) {
		free(out);
		out = NULL;
	}
out:
	free(to_sign);
	free(scope);
	free(headers);
	return out;
}
