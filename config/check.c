/*
 * check.c - is one value of s3jit.conf what its key wants?
 *
 * Runs in s3jitd and s3jit-signer, at start.  Pure.
 */
#include "config.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"

#include "internal.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

/* Longest prefix wins; the last line is for all other regions (AWS-FACTS 12). */
static const struct {
	const char *prefix, *partition, *suffix;
} partitions[] = {
	{ "cn-",	"aws-cn",	"amazonaws.com.cn" },
	{ "us-gov-",	"aws-us-gov",	"amazonaws.com" },
	{ "eusc-",	"aws-eusc",	"amazonaws.eu" },
	{ "us-isob-",	"aws-iso-b",	"sc2s.sgov.gov" },
	{ "us-isof-",	"aws-iso-f",	"csp.hci.ic.gov" },
	{ "eu-isoe-",	"aws-iso-e",	"cloud.adc-e.uk" },
	{ "us-iso-",	"aws-iso",	"c2s.ic.gov" },
	{ "",		"aws",		"amazonaws.com" },
};

static size_t
partition_of(const char *region)
{
	size_t i = 0;

	while (strncmp(region, partitions[i].prefix, strlen(partitions[i].prefix)) != 0)
		i++;
	return i;
}

const char *
region_partition(const char *region)
{
	return partitions[partition_of(region)].partition;
}

const char *
region_suffix(const char *region)
{
	return partitions[partition_of(region)].suffix;
}

/*
 * IAM is one service for a whole partition (AWS General Reference, "IAM
 * endpoints and quotas").  What is not listed has to be said: iam-endpoint.
 */
static const struct {
	const char *partition, *endpoint, *fips, *region;
} iams[] = {
	{ "aws",	"https://iam.amazonaws.com",	"https://iam-fips.amazonaws.com", "us-east-1" },
	{ "aws-cn",	"https://iam.cn-north-1.amazonaws.com.cn", NULL,	"cn-north-1" },
	{ "aws-us-gov",	"https://iam.us-gov.amazonaws.com", "https://iam.us-gov.amazonaws.com",
	  "us-gov-west-1" },
};

const char *
partition_iam(const char *partition, bool fips, const char **region)
{
	size_t i;

	for (i = 0; i < sizeof(iams) / sizeof(iams[0]); i++)
		if (strcmp(iams[i].partition, partition) == 0) {
			*region = iams[i].region;
			return fips ? iams[i].fips : iams[i].endpoint;
		}
	return NULL;
}

/* In GovCloud the usual name of STS is the FIPS one (AWS-FACTS 12). */
int
region_fips(const char *region, const char **s3, const char **sts, struct s3jit_err *err)
{
	const char *partition = region_partition(region);

	*s3 = "s3-fips";
	*sts = strcmp(partition, "aws-us-gov") == 0 ? "sts" : "sts-fips";
	if (strcmp(partition, "aws-us-gov") == 0 ||
	    (strcmp(partition, "aws") == 0 && strncmp(region, "us-", 3) == 0))
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE, "no FIPS names of S3 and STS are known for %s; say "
	    "s3-endpoint and sts-endpoint instead", region);
}

/* Does text consist of 1 to max of these characters? */
static int
made_of(const char *text, const char *chars, size_t max)
{
	size_t len = strlen(text);

	return len >= 1 && len <= max && strspn(text, chars) == len;
}

int
check_region(const char *text, struct s3jit_err *err)
{
	size_t len = strlen(text);

	if (!made_of(text, LOWER DIGIT "-", 32) || len < 5 || strchr(text, '-') == NULL ||
	    strchr(DIGIT, text[len - 1]) == NULL || strchr("-" DIGIT, text[0]) != NULL)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\" is not an AWS region; expected something like \"eu-central-1\"", text);
	return 0;
}

int
check_account(const char *text, struct s3jit_err *err)
{
	if (strlen(text) != 12 || strspn(text, DIGIT) != 12)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\" is not an AWS account; expected 12 digits in quotes", text);
	return 0;
}

/* AWS-FACTS 1 */
int
check_external_id(const char *text, struct s3jit_err *err)
{
	if (!made_of(text, LOWER UPPER DIGIT "_+=,.@:/-", 1224) || strlen(text) < 2)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\" is not an external id; expected 2 to 1224 "
		    "letters, digits and _+=,.@:/-", text);
	return 0;
}

int
check_path(const char *text, struct s3jit_err *err)
{
	size_t n = strlen(text);

	if (text[0] != '/' || !escape_is_word(text) || text[n - 1] == '/' || n > 1024)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\": give the whole path of a file, from / on, without blanks", text);
	return 0;
}

/* The name in LoadCredential=NAME:...; a file name, and none that is hidden. */
static int
check_credential_name(const char *text, struct s3jit_err *err)
{
	if (!made_of(text, LOWER UPPER DIGIT "._-", 128) || text[0] == '.')
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\" is not the name of a systemd credential "
		    "(LoadCredential=NAME:PATH)", text);
	return 0;
}

/*
 * Run without a shell: words are parted by one blank and mean themselves, so
 * whatever a shell or an AWS tool would read otherwise is refused.
 */
static int
check_command(const char *text, struct s3jit_err *err)
{
	size_t path = strcspn(text, " ");

	if (!made_of(text, LOWER UPPER DIGIT " %+,-./:=@_", 1024) || text[0] != '/' ||
	    text[path - 1] == '/' || strstr(text, "  ") != NULL || text[strlen(text) - 1] == ' ')
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected a program's whole path and plain "
		    "arguments, without quotes", text);
	return 0;
}

int
check_credentials(const char *text, struct s3jit_err *err)
{
	if (strcmp(text, "imds") == 0 || strcmp(text, "imds6") == 0)
		return 0;
	if (strncmp(text, "file:", 5) == 0)
		return check_path(text + 5, err);
	if (strncmp(text, "systemd:", 8) == 0)
		return check_credential_name(text + 8, err);
	if (strncmp(text, "process:", 8) == 0)
		return check_command(text + 8, err);
	return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected \"imds\", \"imds6\", \"file:/PATH\", "
	    "\"systemd:NAME\" or \"process:/PATH ARGUMENT...\"", text);
}

int
check_host(const char *text, struct s3jit_err *err)
{
	if (!made_of(text, LOWER UPPER DIGIT ".-_", 253) || strchr(".-", text[0]) != NULL)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\" is not a host name", text);
	return 0;
}

/* HOST, HOST:PORT or [IPv6]:PORT; a user, path or query has no business here. */
static int
check_authority(const char *url, const char *host, const char *scheme, struct s3jit_err *err)
{
	const char *port;
	size_t len;

	if (host[0] == '[')
		len = strspn(host + 1, DIGIT "abcdefABCDEF:.") + 1, len += host[len] == ']';
	else
		len = strspn(host, LOWER UPPER DIGIT ".-");
	port = host + len;
	if (len < 1 || len > 253 || (host[0] == '[' && host[len - 1] != ']') ||
	    strchr(".-", host[0]) != NULL)
		goto bad;
	if (*port == '\0')
		return 0;
	if (*port != ':' || !made_of(port + 1, DIGIT, 5) || port[1] == '0' ||
	    strtol(port + 1, NULL, 10) > 65535)
		goto bad;
	return 0;
bad:
	return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected %sHOST or %sHOST:PORT and no path", url,
	    scheme, scheme);
}

int
check_https(const char *text, struct s3jit_err *err)
{
	if (strncmp(text, "https://", 8) != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected https://...", text);
	if (check_authority(text, text + 8, "https://", err) == -1)
		return -1;
	/* Host is signed, and curl sends it without the usual port */
	if (strlen(text) > 4 && strcmp(text + strlen(text) - 4, ":443") == 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": leave :443 out", text);
	return 0;
}

int
check_http(const char *text, struct s3jit_err *err)
{
	if (strncmp(text, "http://", 7) != 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected http://...", text);
	return check_authority(text, text + 7, "http://", err);
}

/* Shown to people in one line, in quotes. */
int
check_title(const char *text, struct s3jit_err *err)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p >= ' ' && *p != 0x7f && *p != '"'; p++)
		;
	if (text[0] == '\0' || *p != '\0' || strlen(text) > 64)
		return s3jit_fail(err, S3JIT_EUSAGE, "a title has 1 to 64 characters, in one line");
	return 0;
}

/* The whole reason must match, so it is tried with what the broker puts around it. */
int
check_regex(const char *text, struct s3jit_err *err)
{
	char whole[512], why[128];
	regex_t re;
	int rc;

	if (strlen(text) > 256)
		return s3jit_fail(err, S3JIT_EUSAGE, "longer than 256 characters");
	strcpy(whole, "^(");
	strcat(whole, text);
	strcat(whole, ")$");
	/* alone as well: "a)(b" is fine with our parentheses around it */
	if ((rc = regcomp(&re, text, REG_EXTENDED | REG_NOSUB)) == 0) {
		regfree(&re);
		rc = regcomp(&re, whole, REG_EXTENDED | REG_NOSUB);
	}
	if (rc != 0) {
		regerror(rc, &re, why, sizeof(why));
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\" is not an extended regular expression: %s", text, why);
	}
	regfree(&re);
	return 0;
}

/* The rest of an ARN behind "arn:PARTITION:SERVICE:", or NULL. */
static const char *
arn_rest(const char *arn, const char *service)
{
	const char *p;
	size_t n;

	if (strncmp(arn, "arn:", 4) != 0 || strlen(arn) > 2048)
		return NULL;
	p = arn + 4;
	n = strspn(p, LOWER "-");
	if (n == 0 || p[n] != ':')
		return NULL;
	p += n + 1;
	n = strlen(service);
	return strncmp(p, service, n) == 0 && p[n] == ':' ? p + n + 1 : NULL;
}

int
check_role(const char *text, struct s3jit_err *err)
{
	const char *p = arn_rest(text, "iam");

	/* :123456789012:role/PATH/NAME */
	if (p == NULL || p[0] != ':' || strspn(p + 1, DIGIT) != 12 ||
	    strncmp(p + 13, ":role/", 6) != 0 || p[19] == '/' ||
	    !made_of(p + 19, LOWER UPPER DIGIT "+=,.@_/-", 576) || p[strlen(p) - 1] == '/')
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\": expected arn:aws:iam::ACCOUNT:role/NAME", text);
	return 0;
}

int
check_kms(const char *text, struct s3jit_err *err)
{
	const char *p = arn_rest(text, "kms");
	size_t n;

	/* REGION:123456789012:key/ID */
	if (p == NULL)
		goto bad;
	n = strspn(p, LOWER DIGIT "-");
	p += n;
	if (n < 5 || p[0] != ':' || strspn(p + 1, DIGIT) != 12)
		goto bad;
	if (strncmp(p + 13, ":alias/", 7) == 0)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%s\": an alias can be moved to another key; name the key itself", text);
	if (strncmp(p + 13, ":key/", 5) == 0 && made_of(p + 18, LOWER UPPER DIGIT "-", 64))
		return 0;
bad:
	return s3jit_fail(err, S3JIT_EUSAGE,
	    "\"%s\": expected arn:aws:kms:REGION:ACCOUNT:key/ID", text);
}

int
check_partition(const char *arn, const char *partition, struct s3jit_err *err)
{
	size_t n = strlen(partition);

	if (strncmp(arn + 4, partition, n) == 0 && arn[4 + n] == ':')
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE,
	    "\"%s\": the region is in partition %s, and credentials never cross partitions", arn,
	    partition);
}

int
check_delivery(const char *text, struct s3jit_err *err)
{
	if (strcmp(text, "signed") == 0)
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE,
	    "\"%s\": expected \"signed\" (keys are never handed out), or leave delivery away", text);
}

int
check_revocation(const char *text, struct s3jit_err *err)
{
	if (strcmp(text, "none") == 0 || strcmp(text, "deny") == 0)
		return 0;
	return s3jit_fail(err, S3JIT_EUSAGE, "\"%s\": expected \"none\" (keys that are out work until "
	    "their lease ends) or \"deny\" (AWS is told to refuse them)", text);
}
