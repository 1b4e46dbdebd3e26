/*
 * policy_cases.c - session policies of random scopes, and requests with what is
 * meant to become of them, for judges that are not ours (tests/iam, RGW).
 *
 *	policy_cases COUNT SEED [DEADLINE]
 *
 * One JSON object a line: the permissions, the policy as policy_build() writes
 * it, and requests, each with `want`: true where the scope allows it.  DEADLINE,
 * in seconds of Unix time, is for a server that looks at its own clock, RGW:
 * keys without `*`, `?`, `$` and `:`, which it cannot name in a policy, only verbs
 * that it knows, nothing of KMS, and no request after the deadline.
 *
 * The requests are chosen so that no statement of a policy is superfluous: each
 * granted action also elsewhere, other actions on what is granted, listings
 * beside the prefix and without one, and all of it again at the deadline.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meant.h"
#include "s3jit/clock.h"
#include "s3jit/policy.h"
#include "s3jit/s3uri.h"
#include "seed.h"

#define ACCOUNT "111122223333"
#define KMS_KEY "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define KMS_OTHER "arn:aws:kms:eu-central-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab"
#define UNTIL 1769861100

#define MAX_TEXTS 3
#define MAX_KEYS 40
#define KEY_LONGEST 10
#define KEY_SIZE (4 * KEY_LONGEST + 8)

static const char *const buckets[] = { "prod-reports", "prod-billing", "prod-config" };
static const char elsewhere[] = "prod-other";	/* in no scope; not there at RGW, which would say that */
static const char *const verbs[] = { "put", "get", "delete", "list", "delete-version", "tag",
	"restore", "create-bucket", "delete-bucket" };
static const char *const actions[] = { "s3:PutObject", "s3:GetObject", "s3:DeleteObject",
	"s3:DeleteObjectVersion", "s3:PutObjectTagging", "s3:RestoreObject", "s3:BypassGovernanceRetention",
	"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:GetObjectVersion",
	"s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectVersionTagging",
	"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", "s3:PutObjectAcl",
	"s3:PutObjectRetention" };
#define MAIN_ACTIONS 6		/* one of each verb */
#define OTHER_ACTION 6		/* no verb has it: asked for on every key */
static const char *const bucket_actions[] = { "s3:GetBucketLocation", "s3:PutBucketPolicy",
	"s3:PutBucketAcl", "s3:CreateBucket", "s3:DeleteBucket", "s3:PutReplicationConfiguration" };

#define N(a) (sizeof(a) / sizeof((a)[0]))

struct world {
	bool plain;			/* for RGW */
	int64_t until;
	char *texts[MAX_TEXTS];		/* the permissions */
	size_t ntexts;
	struct {
		const char *bucket;
		char key[KEY_SIZE];
	} wanted[MAX_KEYS];		/* worth asking for */
	size_t nwanted;
	json_t *requests;
};

static void __attribute__((noreturn))
die(const char *what)
{
	fprintf(stderr, "policy_cases: %s\n", what);
	exit(1);
}

/* ---- scopes ---- */

static void
random_key(char *key, bool plain)
{
	static const char hard[] = "**??$${{}}\"\\/ab%", tame[] = "abcXYZ019._-/=+ ,'!()&@;~";
	const char *set = plain ? tame : hard;
	size_t len = 1 + seed_below(KEY_LONGEST), i;

	for (i = 0; i < len; i++)
		key[i] = plain || seed_below(4) ? set[seed_below((uint32_t)strlen(set))] :
						  (char)(0x20 + seed_below(95));
	/* what would be a folder, or a path that clients tidy up */
	if (key[0] == '/' || key[0] == '.')
		key[0] = 'k';
	if (key[len - 1] == '/' || key[len - 1] == '.')
		key[len - 1] = 'k';
	key[len] = '\0';
}

static void
want_key(struct world *w, const char *bucket, const char *key)
{
	size_t i;

	for (i = 0; i < w->nwanted; i++)
		if (w->wanted[i].bucket == bucket && strcmp(w->wanted[i].key, key) == 0)
			return;
	if (w->nwanted < MAX_KEYS && key[0] != '\0') {
		w->wanted[w->nwanted].bucket = bucket;
		snprintf(w->wanted[w->nwanted++].key, KEY_SIZE, "%s", key);
	}
}

/* What the key would match if each `*` and `?` in it were alive. */
static void
want_wild(struct world *w, const char *bucket, const char *key)
{
	char other[KEY_SIZE] = "";
	size_t len = 0;

	for (; *key != '\0'; key++)
		len += (size_t)snprintf(other + len, sizeof(other) - len, "%.*s",
		    *key == '*' ? 4 : 1, *key == '*' ? "xy/z" : *key == '?' ? "x" : key);
	want_key(w, bucket, other);
	strcat(other, "/below");
	want_key(w, bucket, other);
}

/* The key, what is nearly it, and what a wildcard that lives in it would match. */
static void
want_neighbours(struct world *w, const char *bucket, const char *key)
{
	char other[KEY_SIZE];
	size_t at = strcspn(key, "*?"), len = strlen(key), i;

	want_key(w, bucket, key);
	for (i = 0; i < N(buckets); i++)
		want_key(w, buckets[i], key);
	snprintf(other, sizeof(other), "%sx", key);
	want_key(w, bucket, other);
	snprintf(other, sizeof(other), "%s/below", key);
	want_key(w, bucket, other);
	snprintf(other, sizeof(other), "%.*s", (int)len - 1, key);
	want_key(w, bucket, other);
	want_wild(w, bucket, key);
	if (key[at] != '\0') {
		snprintf(other, sizeof(other), "%.*sx%s", (int)at, key, key + at + 1);
		want_key(w, bucket, other);
	}
}

/* A permission: exactly one key, a folder, a prefix (as a rule has it), a bucket. */
static void
add_permission(struct world *w, const char *verb)
{
	const char *bucket = buckets[seed_below(N(buckets))];
	char key[KEY_LONGEST + 1], *text;
	size_t len;

	random_key(key, w->plain);
	if (verb_has_no_key((enum verb)verb_from_name(verb)))
		key[0] = '\0';
	else
		want_neighbours(w, bucket, key);
	text = s3uri_permission(verb, bucket, key);
	if (text == NULL || (text = realloc(text, strlen(text) + 2)) == NULL)
		die("out of memory");
	len = strlen(text);
	switch (key[0] == '\0' ? 2 : seed_below(8)) {
	case 0:
		strcpy(text + len, "/");
		break;
	case 1:
		strcpy(text + len, "*");
		break;
	case 2:
		snprintf(text, len + 2, "%s s3://%s", verb, bucket);
		break;
	}
	w->texts[w->ntexts++] = text;
}

static void
random_scope(struct world *w)
{
	size_t of = w->plain ? 4 : N(verbs), n = 1 + seed_below(MAX_TEXTS);
	const char *one = verbs[seed_below((uint32_t)of)], *two = verbs[seed_below((uint32_t)of)];

	w->ntexts = w->nwanted = 0;
	while (w->ntexts < n)
		add_permission(w, w->ntexts % 2 == 0 ? one : two);
	for (of = 0; of < N(buckets); of++)
		want_key(w, buckets[of], "unrelated");
	if (!w->plain)
		want_key(w, elsewhere, "unrelated");
}

/* ---- requests ---- */

static void
add_request(struct world *w, const char *action, const char *bucket, const char *key,
    const char *prefix, int64_t now)
{
	char now_text[CLOCK_TEXT];
	bool want = now < w->until && meant((const char *const *)w->texts, w->ntexts, action, bucket,
	    key, prefix);
	json_t *r = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:b}", "action", action, "bucket", bucket,
	    "now", clock_iso(now_text, now), "key", key, "prefix", prefix, "want", want);

	if (r == NULL || json_array_append_new(w->requests, r) == -1)
		die("a request");
}

/* A request of S3's for the session, with that key of KMS. */
static void
add_kms(struct world *w, const char *action, const char *key, bool want)
{
	char now_text[CLOCK_TEXT];
	json_t *r = json_pack("{s:s, s:s, s:s, s:s, s:b}", "action", action, "resource", key, "via",
	    "s3.eu-central-1.amazonaws.com", "now", clock_iso(now_text, w->until - 1), "want", want);

	if (r == NULL || json_array_append_new(w->requests, r) == -1)
		die("a request");
}

static bool
granted(const struct world *w, const char *action)
{
	char verb[16];
	size_t i;

	for (i = 0; i < w->ntexts; i++) {
		snprintf(verb, sizeof(verb), "%.*s", (int)strcspn(w->texts[i], " "), w->texts[i]);
		if (meant_action(verb, action))
			return true;
	}
	return false;
}

/* The main actions stand for their groups, now and then another is asked for. */
static void
ask_objects(struct world *w)
{
	size_t a, k;

	for (k = 0; k < w->nwanted; k++)
		for (a = 0; a < N(actions); a++)
			if (granted(w, actions[a]) ? a < MAIN_ACTIONS || seed_below(4) == 0 :
			    a == OTHER_ACTION || seed_below(16) == 0)
				add_request(w, actions[a], w->wanted[k].bucket, w->wanted[k].key,
				    NULL, w->until - 1);
}

static void
ask_bucket(struct world *w, const char *bucket)
{
	size_t a, k;

	for (a = 0; a < N(bucket_actions); a++)
		add_request(w, bucket_actions[a], bucket, NULL, NULL, w->until - 1);
	add_request(w, "s3:ListBucket", bucket, NULL, NULL, w->until - 1);
	add_request(w, "s3:ListBucket", bucket, NULL, "", w->until - 1);
	add_request(w, "s3:ListBucketVersions", bucket, NULL, NULL, w->until - 1);
	for (k = 0; k < w->nwanted && granted(w, "s3:ListBucket"); k++)
		if (w->wanted[k].bucket == bucket)
			add_request(w, "s3:ListBucket", bucket, NULL, w->wanted[k].key, w->until - 1);
}

/* What may be done until then. */
static void
ask_at_deadline(struct world *w)
{
	size_t i, n = json_array_size(w->requests);
	json_t *r;

	for (i = 0; i < n; i++) {
		r = json_array_get(w->requests, i);
		if (json_is_true(json_object_get(r, "want")))
			add_request(w, json_string_value(json_object_get(r, "action")),
			    json_string_value(json_object_get(r, "bucket")),
			    json_string_value(json_object_get(r, "key")),
			    json_string_value(json_object_get(r, "prefix")), w->until + (i % 2));
	}
}

static void
ask_kms(struct world *w, bool kms)
{
	bool put = granted(w, "s3:PutObject"), get = granted(w, "s3:GetObject");

	add_kms(w, "kms:GenerateDataKey", KMS_KEY, kms && put);
	add_kms(w, "kms:Decrypt", KMS_KEY, kms && (put || get));
	add_kms(w, "kms:GenerateDataKey", KMS_OTHER, false);
	add_kms(w, "kms:Decrypt", KMS_OTHER, false);
	add_kms(w, "kms:Encrypt", KMS_KEY, false);
}

/* ---- output ---- */

/* NULL: it would not fit, which happens to long scopes. */
static char *
policy_of(const struct world *w, bool kms)
{
	char *key = (char *)KMS_KEY, *json;
	struct strv keys = { &key, 1 };
	struct s3jit_err err;
	struct scope scope;
	struct policy_in in = { &scope, "aws", ACCOUNT, kms ? &keys : NULL, w->until };

	if (scope_parse(&scope, (const char *const *)w->texts, w->ntexts, true, &err) == -1)
		die(err.text);
	if (policy_build(&json, &in, &err) == -1 && err.code != S3JIT_ENOTALLOWED)
		die(err.text);
	scope_clear(&scope);
	return json;
}

static json_t *
texts_of(const struct world *w)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < w->ntexts; i++)
		json_array_append_new(all, json_string(w->texts[i]));
	return all;
}

/* The policy goes out as the text that AWS would get. */
static bool
one_case(struct world *w)
{
	bool kms = !w->plain && seed_below(4) == 0;
	char *policy;
	json_t *line;
	size_t b;

	random_scope(w);
	policy = policy_of(w, kms);
	w->requests = json_array();
	if (policy != NULL) {
		ask_objects(w);
		for (b = 0; b < N(buckets); b++)
			ask_bucket(w, buckets[b]);
		if (!w->plain) {
			ask_bucket(w, elsewhere);
			ask_at_deadline(w);
			ask_kms(w, kms);
		}
		line = json_pack("{s:o, s:s, s:O}", "permissions", texts_of(w), "policy", policy,
		    "requests", w->requests);
		json_dumpf(line, stdout, JSON_COMPACT);
		puts("");
		json_decref(line);
	}
	json_decref(w->requests);
	while (w->ntexts > 0)
		free(w->texts[--w->ntexts]);
	free(policy);
	return policy != NULL;
}

int
main(int argc, char **argv)
{
	struct world w = { 0 };
	long count;

	if (argc < 3)
		die("usage: policy_cases COUNT SEED [DEADLINE]");
	count = atol(argv[1]);
	seed_set(strtoull(argv[2], NULL, 10));
	w.plain = argc > 3;
	w.until = w.plain ? strtoll(argv[3], NULL, 10) : UNTIL;
	while (count > 0)
		count -= one_case(&w);
	return fflush(stdout) == 0 ? 0 : 1;
}
