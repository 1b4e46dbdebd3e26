/*
 * permission.c - verb + resource: parsing, canonical text, covering, scopes.
 *
 * Linked into every program that judges or shows permissions; pure.  The
 * table of verbs is the only place that names S3 actions (AWS-FACTS 6): no
 * `s3:Get*`, which would include s3:GetDataAccess (W9).  s3:GetObjectAttributes
 * is left out: no built-in verb asks for it, and RGW refuses a policy that
 * names it, so that no test could show what `get` gives.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "s3jit/escape.h"
#include "s3jit/permission.h"
#include "s3jit/s3uri.h"

#define ACTIONS(...) (const char *const[]) { __VA_ARGS__, NULL }

static const char *const none[] = { NULL };

static const struct {
	const char *name;
	const char *const *object_actions;
	const char *const *bucket_actions;
	bool no_key;
} verbs[VERBS] = {
	[VERB_LIST] = { "list", none,
	    ACTIONS("s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation") },
	[VERB_GET] = { "get",
	    ACTIONS("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging",
		"s3:GetObjectVersionTagging"), none },
	[VERB_PUT] = { "put",
	    ACTIONS("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
	    none },
	[VERB_DELETE] = { "delete", ACTIONS("s3:DeleteObject"), none },
	[VERB_DELETE_VERSION] = { "delete-version", ACTIONS("s3:DeleteObjectVersion"), none },
	[VERB_TAG] = { "tag",
	    ACTIONS("s3:PutObjectTagging", "s3:PutObjectVersionTagging",
		"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging",
		"s3:GetObjectTagging", "s3:GetObjectVersionTagging"), none },
	[VERB_RESTORE] = { "restore", ACTIONS("s3:RestoreObject"), none },
	[VERB_CREATE_BUCKET] = { "create-bucket", none, ACTIONS("s3:CreateBucket"), true },
	[VERB_DELETE_BUCKET] = { "delete-bucket", none, ACTIONS("s3:DeleteBucket"), true },
};

const char *
verb_name(enum verb verb)
{
	return (unsigned int)verb < VERBS ? verbs[verb].name : "?";
}

const char *const *
verb_object_actions(enum verb verb)
{
	return (unsigned int)verb < VERBS ? verbs[verb].object_actions : none;
}

const char *const *
verb_bucket_actions(enum verb verb)
{
	return (unsigned int)verb < VERBS ? verbs[verb].bucket_actions : none;
}

bool
verb_has_no_key(enum verb verb)
{
	return (unsigned int)verb < VERBS && verbs[verb].no_key;
}

int
verb_from_name(const char *name)
{
	int v;

	for (v = 0; v < VERBS; v++)
		if (strcmp(verbs[v].name, name) == 0)
			return v;
	return -1;
}

/* "put s3://...": the verb, and where the bucket begins. */
static int
parse_verb(struct permission *p, const char **rest, const char *text, struct s3jit_err *err)
{
	size_t len = strcspn(text, " ");
	char word[16] = "";
	int verb;

	if (len < sizeof(word))
		memcpy(word, text, len);
	if ((verb = verb_from_name(word)) == -1)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%.80s\" does not begin with a verb: "
		    "list, get, put, delete, delete-version, tag, restore, create-bucket or "
		    "delete-bucket", text);
	if (text[len] != ' ' || !s3uri_looks_like(text + len + 1))
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%.80s\": write it as \"%s s3://bucket/key\"", text, word);
	p->verb = (enum verb)verb;
	*rest = text + len + 1 + strlen("s3://");
	return 0;
}

static int
refuse_star(const char *text, bool rule, struct s3jit_err *err)
{
	if (rule)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "\"%.200s\": `*` may only be the last character (a literal one is %%2A)", text);
	return s3jit_fail(err, S3JIT_EUSAGE, "\"%.200s\": `*` is for the rules file; end with `/` "
	    "for everything below (a literal `*` is %%2A)", text);
}

/* "prod-*" and "*": the beginning of bucket names. */
static int
parse_open_bucket(struct permission *p, size_t len, const char *text, struct s3jit_err *err)
{
	if (strspn(p->bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len || len > 62 ||
	    p->bucket[0] == '.' || p->bucket[0] == '-')
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%.200s\": no bucket name begins so", text);
	if ((p->key = strdup("")) == NULL)
		return s3jit_fail_errno(err, "malloc");
	p->bucket_open = true;
	p->key_open = true;
	return 0;
}

/* %2A and %25 become `*` and `%`, in place; nothing else may stand behind a `%`. */
static int
decode_key(char *key, const char *text, struct s3jit_err *err)
{
	char *to = key;

	for (; *key != '\0'; key++) {
		if (*key != '%') {
			*to++ = *key;
		} else if (strncmp(key, "%2A", 3) == 0 || strncmp(key, "%25", 3) == 0) {
			*to++ = key[2] == 'A' ? '*' : '%';
			key += 2;
		} else {
			return s3jit_fail(err, S3JIT_EUSAGE,
			    "\"%.200s\": write a literal `%%` as %%25 (and `*` as %%2A)", text);
		}
	}
	*to = '\0';
	return 0;
}

static int
parse_key(struct permission *p, const char *key, bool rule, const char *text,
    struct s3jit_err *err)
{
	size_t len = strlen(key);
	const char *star = strchr(key, '*');

	if (verb_has_no_key(p->verb) && len > 0)
		return s3jit_fail(err, S3JIT_EUSAGE, "\"%.200s\": that is for a whole bucket, write it "
		    "as \"%s s3://%s\"", text, verb_name(p->verb), p->bucket);
	if (star != NULL && (!rule || star[1] != '\0'))
		return refuse_star(text, rule, err);
	p->key_open = star != NULL || len == 0 || key[len - 1] == '/';
	if ((p->key = strndup(key, star != NULL ? len - 1 : len)) == NULL)
		return s3jit_fail_errno(err, "malloc");
	if (decode_key(p->key, text, err) == -1)
		return -1;
	if (p->key[0] != '\0' && s3uri_key_ok(p->key, err) == -1)
		return s3jit_fail_prefix(err, "\"%.200s\"", text);
	if (!p->key_open && !escape_is_plain(p->key))
		return s3jit_fail(err, S3JIT_EUSAGE, "a single key must be printable ASCII; ask for "
		    "the folder it lies in (ending with `/`) instead");
	return 0;
}

static int
parse(struct permission *p, const char *text, bool rule, struct s3jit_err *err)
{
	const char *rest = "";
	size_t len;

	if (parse_verb(p, &rest, text, err) == -1)
		return -1;
	len = strcspn(rest, "/");
	if (memchr(rest, '*', len) != NULL) {
		/* nothing behind the star, not even a slash */
		if (!rule || strcspn(rest, "*") + 1 != strlen(rest))
			return refuse_star(text, rule, err);
		if ((p->bucket = strndup(rest, len - 1)) == NULL)
			return s3jit_fail_errno(err, "malloc");
		return parse_open_bucket(p, len - 1, text, err);
	}
	if ((p->bucket = strndup(rest, len)) == NULL)
		return s3jit_fail_errno(err, "malloc");
	if (s3uri_bucket_ok(p->bucket, err) == -1)
		return -1;
	return parse_key(p, rest[len] == '/' ? rest + len + 1 : "", rule, text, err);
}

int
permission_parse(struct permission *p, const char *text, bool rule, struct s3jit_err *err)
{
	memset(p, 0, sizeof(*p));
	if (parse(p, text, rule, err) == 0)
		return 0;
	permission_clear(p);
	return -1;
}

void
permission_clear(struct permission *p)
{
	free(p->bucket);
	free(p->key);
	memset(p, 0, sizeof(*p));
}

/* An open key that does not end with a slash needs its star. */
static bool
needs_star(const struct permission *p)
{
	size_t len = strlen(p->key);

	return p->bucket_open || (p->key_open && len > 0 && p->key[len - 1] != '/');
}

char *
permission_text(const struct permission *p)
{
	char *text = s3uri_permission(verb_name(p->verb), p->bucket, p->key), *longer;
	size_t len;

	if (text == NULL || !needs_star(p))
		return text;
	len = strlen(text);
	if (p->bucket_open)
		len--;	/* "s3://prod-/" to "s3://prod-*" */
	if ((longer = realloc(text, len + 2)) == NULL) {
		free(text);
		return NULL;
	}
	memcpy(longer + len, "*", 2);
	return longer;
}

static bool
begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool
one_covers(bool have_open, const char *have, bool wanted_open, const char *wanted)
{
	if (have_open)
		return begins_with(wanted, have);
	return !wanted_open && strcmp(have, wanted) == 0;
}

bool
permission_covers(const struct permission *have, const struct permission *wanted)
{
	return have->verb == wanted->verb &&
	    one_covers(have->bucket_open, have->bucket, wanted->bucket_open, wanted->bucket) &&
	    one_covers(have->key_open, have->key, wanted->key_open, wanted->key);
}

bool
permission_allows(const struct permission *p, enum verb verb, const char *bucket, const char *key)
{
	if (p->verb != verb || s3uri_bucket_ok(bucket, NULL) == -1)
		return false;
	/* without a key it is a request on the bucket: of ours only `list` has such */
	if (key[0] == '\0' ? verb != VERB_LIST : s3uri_key_ok(key, NULL) == -1)
		return false;
	return one_covers(p->bucket_open, p->bucket, false, bucket) &&
	    one_covers(p->key_open, p->key, false, key);
}

/* ---- scopes ---- */

struct named {
	char *text;
	struct permission p;	/* zeroed once it has moved to the scope */
	bool covered;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->text, ((const struct named *)b)->text);
}

/* Does another member cover v[i]?  Of equals the first one stays. */
static bool
is_covered(const struct named *v, size_t n, size_t i)
{
	size_t j;

	for (j = 0; j < n; j++) {
		if (j == i || !permission_covers(&v[j].p, &v[i].p))
			continue;
		if (j < i || !permission_covers(&v[i].p, &v[j].p))
			return true;
	}
	return false;
}

static int
parse_all(struct named *v, const char *const *texts, size_t n, bool rule, struct s3jit_err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (permission_parse(&v[i].p, texts[i], rule, err) == -1)
			return -1;
		if ((v[i].text = permission_text(&v[i].p)) == NULL)
			return s3jit_fail_errno(err, "malloc");
	}
	return 0;
}

int
scope_parse(struct scope *s, const char *const *texts, size_t n, bool rule, struct s3jit_err *err)
{
	struct named *v = NULL;
	int ret = -1;
	size_t i;

	memset(s, 0, sizeof(*s));
	if (!rule && n > SCOPE_MAX)
		return s3jit_fail(err, S3JIT_EUSAGE,
		    "%zu permissions are too many (at most %d); ask for a folder (ending with `/`)", n,
		    SCOPE_MAX);
	if (n == 0)
		return 0;
	if ((v = calloc(n, sizeof(*v))) == NULL || (s->v = calloc(n, sizeof(*s->v))) == NULL) {
		s3jit_fail_errno(err, "malloc");
		goto out;
	}
	if (parse_all(v, texts, n, rule, err) == -1)
		goto out;
	qsort(v, n, sizeof(*v), by_text);
	for (i = 0; i < n; i++)
		v[i].covered = is_covered(v, n, i);
	for (i = 0; i < n; i++) {
		if (!v[i].covered) {
			s->v[s->n++] = v[i].p;
			memset(&v[i].p, 0, sizeof(v[i].p));
		}
	}
	ret = 0;
out:
	for (i = 0; v != NULL && i < n; i++) {
		free(v[i].text);
		permission_clear(&v[i].p);
	}
	free(v);
	if (ret == -1)
		scope_clear(s);
	return ret;
}

void
scope_clear(struct scope *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		permission_clear(&s->v[i]);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

bool
scope_covers(const struct scope *have, const struct scope *wanted,
    const struct permission **missing)
{
	size_t i, j;

	for (i = 0; i < wanted->n; i++) {
		for (j = 0; j < have->n; j++)
			if (permission_covers(&have->v[j], &wanted->v[i]))
				break;
		if (j == have->n) {
			if (missing != NULL)
				*missing = &wanted->v[i];
			return false;
		}
	}
	return true;
}
