/*
 * meant.c - see meant.h.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meant.h"

static const char *const verb_of_action[][3] = {
	{ "s3:GetObject", "get" }, { "s3:GetObjectVersion", "get" },
	{ "s3:GetObjectTagging", "get", "tag" }, { "s3:GetObjectVersionTagging", "get", "tag" },
	{ "s3:PutObject", "put" }, { "s3:AbortMultipartUpload", "put" },
	{ "s3:ListMultipartUploadParts", "put" }, { "s3:DeleteObject", "delete" },
	{ "s3:DeleteObjectVersion", "delete-version" }, { "s3:PutObjectTagging", "tag" },
	{ "s3:PutObjectVersionTagging", "tag" }, { "s3:DeleteObjectTagging", "tag" },
	{ "s3:DeleteObjectVersionTagging", "tag" }, { "s3:RestoreObject", "restore" },
	{ "s3:ListBucket", "list" }, { "s3:ListBucketVersions", "list" },
	{ "s3:GetBucketLocation", "list" },
	{ "s3:CreateBucket", "create-bucket" }, { "s3:DeleteBucket", "delete-bucket" },
};

bool
meant_action(const char *verb, const char *action)
{
	size_t i;

	for (i = 0; i < sizeof(verb_of_action) / sizeof(verb_of_action[0]); i++)
		if (strcmp(verb_of_action[i][0], action) == 0)
			return strcmp(verb_of_action[i][1], verb) == 0 ||
			    (verb_of_action[i][2] != NULL && strcmp(verb_of_action[i][2], verb) == 0);
	return false;
}

/* %2A and %25 are the characters that they stand for; what ends the text is judged before. */
static void
decode(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (strncmp(text, "%2A", 3) == 0 || strncmp(text, "%25", 3) == 0) {
			*to++ = text[2] == 'A' ? '*' : '%';
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "put s3://abc/2026/": does it reach bucket/key (key NULL: the bucket alone)? */
static bool
reaches(const char *permission, const char *action, const char *bucket, const char *key)
{
	char verb[16], rest[2048], want[2048];
	size_t len;
	char end;

	if (sscanf(permission, "%15s s3://%2000[^\n]", verb, rest) != 2)
		abort();
	if (!meant_action(verb, action))
		return false;
	if (strpbrk(rest, "/*") == NULL)
		strcat(rest, "/");
	end = rest[strlen(rest) - 1];
	if (end == '*')
		rest[strlen(rest) - 1] = '\0';
	decode(rest);
	len = strlen(rest);
	snprintf(want, sizeof(want), "%s/%s", bucket, key == NULL ? "" : key);
	if (key == NULL && strchr(rest, '/') != NULL)
		len = strcspn(rest, "/") + 1;
	return key == NULL || end == '*' || end == '/' ? strncmp(rest, want, len) == 0 :
							 strcmp(rest, want) == 0;
}

static bool
whole_bucket(const char *permission, const char *bucket)
{
	return reaches(permission, "s3:ListBucket", bucket, "") &&
	    reaches(permission, "s3:ListBucket", bucket, "anything");
}

static bool
meant_by(const char *permission, const char *action, const char *bucket, const char *key,
    const char *prefix)
{
	if (strcmp(action, "s3:ListAllMyBuckets") == 0)
		return strcmp(permission, "list s3://*") == 0;
	if (strcmp(action, "s3:ListBucket") != 0 && strcmp(action, "s3:ListBucketVersions") != 0)
		return reaches(permission, action, bucket, key);
	return prefix == NULL ? whole_bucket(permission, bucket) :
				reaches(permission, action, bucket, prefix);
}

bool
meant(const char *const *permissions, size_t n, const char *action, const char *bucket,
    const char *key, const char *prefix)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (meant_by(permissions[i], action, bucket, key, prefix))
			return true;
	return false;
}
