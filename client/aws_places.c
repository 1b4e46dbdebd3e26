/*
 * aws_places.c - what in S3 an AWS CLI command line is about.
 *
 * Linked into s3-sudo-client; pure.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws_line.h"

/* ---- places ---- */

static bool
uri_take(struct aws_line *l, enum aws_place place, const char *text)
{
	struct s3jit_err err;

	if (s3uri_parse(&l->uri[place], text, &err) == -1) {
		aws_refuse(l, OFFER_NOTHING, "%s", err.text);
		return false;
	}
	l->has[place] = true;
	return true;
}

/* --bucket and --key, or "bucket/key": put together, and read like any other. */
static bool
pair_take(struct aws_line *l, enum aws_place place, const char *bucket, const char *key)
{
	char *text;
	bool good;

	if (strchr(bucket, '/') != NULL || asprintf(&text, "s3://%s/%s", bucket, key) == -1) {
		aws_refuse(l, OFFER_NOTHING, "%.*s is no bucket", AWS_SHOWN, bucket);
		return false;
	}
	good = uri_take(l, place, text);
	free(text);
	return good;
}

/* S3 reads a source's `?` and escapes, so that it might mean another object. */
static bool
copy_source_take(struct aws_line *l)
{
	const char *text = l->copy_source;
	size_t len = text == NULL ? 0 : strcspn(text, "/");
	char bucket[64];

	if (text == NULL || len == 0 || len >= sizeof(bucket) || strpbrk(text, "?%+") != NULL) {
		aws_refuse(l, OFFER_ALLOW, "--copy-source is wanted, as BUCKET/KEY, without ? %% and +");
		return false;
	}
	memcpy(bucket, text, len);
	bucket[len] = '\0';
	return pair_take(l, FROM, bucket, text[len] == '/' ? text + len + 1 : "");
}

/* A bucket and nothing in it. */
static bool
bucket_alone(struct aws_line *l)
{
	if (*l->uri[FROM].key != '\0') {
		aws_refuse(l, OFFER_NOTHING, "%.*s: name the bucket alone", AWS_SHOWN, l->words[FROM]);
		return false;
	}
	l->folder[FROM] = true;
	return true;
}

static bool
api_places(struct aws_line *l)
{
	bool keyless = (l->command->bit & (LISTS | BUCKETS)) != 0;

	if (l->bucket == NULL || (!keyless && l->key == NULL)) {
		aws_refuse(l, OFFER_NOTHING, "%s is missing", l->bucket == NULL ? "--bucket" : "--key");
		return false;
	}
	if ((l->command->bit & COPIES) != 0 && !copy_source_take(l))
		return false;
	if ((l->command->bit & BUCKETS) != 0)
		return pair_take(l, FROM, l->bucket, "") && bucket_alone(l);
	return pair_take(l, l->command->place, l->bucket,
	    !keyless ? l->key : l->prefix == NULL ? "" : l->prefix);
}

/* A local file's or an object's own name, which a copy into a folder gets. */
static const char *
name_of(const char *path)
{
	const char *name = basename(path);

	if (*name == '\0' || strcmp(name, "-") == 0 || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return NULL;
	return name;
}

bool
aws_ends_open(const char *key)
{
	return *key == '\0' || key[strlen(key) - 1] == '/';
}

static bool
key_append(struct aws_line *l, enum aws_place place, const char *more)
{
	char *longer;

	if (asprintf(&longer, "%s%s", l->uri[place].key, more) == -1) {
		aws_refuse(l, OFFER_NOTHING, "out of memory");
		return false;
	}
	free(l->uri[place].key);
	l->uri[place].key = longer;
	return true;
}

/* "FOLDER" is FOLDER/ for what is recursive. */
static bool
folder_take(struct aws_line *l, enum aws_place place)
{
	l->folder[place] = true;
	return !l->has[place] || aws_ends_open(l->uri[place].key) || key_append(l, place, "/");
}

/* A copy into a folder takes its source's name along. */
static bool
name_take_along(struct aws_line *l)
{
	const char *name = name_of(l->has[FROM] ? l->uri[FROM].key : l->words[FROM]);

	if (!l->has[TO] || !aws_ends_open(l->uri[TO].key))
		return true;
	if (name == NULL) {
		aws_refuse(l, OFFER_NOTHING, "%.*s does not say what key it is to get: write it behind "
		    "the folder", AWS_SHOWN, l->words[FROM]);
		return false;
	}
	return key_append(l, TO, name);
}

static bool
local_ok(struct aws_line *l, const char *path)
{
	if (*path != '\0' && strstr(path, "://") == NULL)
		return true;
	aws_refuse(l, OFFER_NOTHING, "%.*s: a place is s3://BUCKET/KEY or a local path", AWS_SHOWN, path);
	return false;
}

/* Standard input and output, which only a plain cp knows. */
static bool
stream_ok(struct aws_line *l)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->words[i], "-") == 0 &&
		    (l->command->bit != S3_CP || (l->said & SAID_RECURSIVE) != 0)) {
			aws_refuse(l, OFFER_NOTHING, "- is for the cp of one object");
			return false;
		}
	return true;
}

static bool
s3_places(struct aws_line *l)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (s3uri_looks_like(l->words[i]) ? !uri_take(l, (enum aws_place)i, l->words[i])
		    : !local_ok(l, l->words[i]))
			return false;
	if (!stream_ok(l))
		return false;
	if (!l->has[FROM] && !l->has[TO]) {
		aws_refuse(l, OFFER_NOTHING, (l->command->bit & BUCKETS) != 0 ?
		    "the bucket must be s3://BUCKET" : "one place must be s3://BUCKET/KEY");
		return false;
	}
	if (l->command->bit == S3_LS)
		return true;
	if ((l->command->bit & BUCKETS) != 0)
		return bucket_alone(l);
	if (l->command->bit == S3_SYNC)
		l->said |= SAID_RECURSIVE;
	if ((l->said & SAID_RECURSIVE) != 0)
		return folder_take(l, FROM) && folder_take(l, TO);
	if (l->has[FROM] && aws_ends_open(l->uri[FROM].key)) {
		aws_refuse(l, OFFER_NOTHING, "%.*s is no single object.  Name one, or say --recursive",
		    AWS_SHOWN, l->words[FROM]);
		return false;
	}
	return name_take_along(l);
}

/* What is said by two words together. */
static void
said_settle(struct aws_line *l)
{
	bool keeps = (l->said & (SAID_OTHER_PROPS | SAID_DIRECTIVE)) != SAID_OTHER_PROPS;

	if (l->has[FROM] && l->has[TO] && (l->command->bit & S3_COPIES) != 0 && keeps)
		l->said |= SAID_KEEPS_TAGS;
}

bool
aws_places_read(struct aws_line *l)
{
	if (!((l->command->bit & API) != 0 ? api_places(l) : s3_places(l)))
		return false;
	said_settle(l);
	return true;
}
