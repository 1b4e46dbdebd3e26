/*
 * fuzz_permission.c - permissions, one a line, as in rules and as typed: each
 * has one canonical text, covers itself, and its session policy can be built
 * or is refused.
 *
 * parser: lib/permission.c lib/policy.c lib/policy_words.c
 */
#include "config.h"

#include "fuzz.h"
#include "s3jit/policy.h"

#define LINES 40

static void
one(const char *text, bool rule)
{
	struct permission p, q;
	struct s3jit_err err;
	char *canonical, *again;

	if (permission_parse(&p, text, rule, &err) == -1) {
		MUST(err.code == S3JIT_EUSAGE && p.bucket == NULL);
		return;
	}
	MUST((canonical = permission_text(&p)) != NULL);
	MUST(permission_parse(&q, canonical, rule, &err) == 0);
	MUST((again = permission_text(&q)) != NULL);
	MUST(strcmp(canonical, again) == 0);
	MUST(permission_covers(&p, &q) && permission_covers(&q, &p));
	/* what was typed stands in a rule, too, and says the same there */
	if (!rule) {
		permission_clear(&q);
		MUST(permission_parse(&q, text, true, &err) == 0);
		MUST(permission_covers(&p, &q) && permission_covers(&q, &p));
		MUST(!p.bucket_open);
	}
	if (!p.key_open)
		MUST(permission_allows(&p, p.verb, p.bucket, p.key));
	free(canonical);
	free(again);
	permission_clear(&p);
	permission_clear(&q);
}

static void
policy(const char *const *lines, size_t n)
{
	struct policy_in in = { .partition = "aws", .account = "111122223333", .until = 1769861100 };
	struct s3jit_err err;
	struct scope s;
	char *json;

	if (scope_parse(&s, lines, n, true, &err) == -1)
		return;
	MUST(s.n <= n && scope_covers(&s, &s, NULL));
	in.scope = &s;
	if (policy_build(&json, &in, &err) == 0)
		MUST(strlen(json) <= POLICY_MAX);
	else
		MUST(err.code == S3JIT_ENOTALLOWED);
	free(json);
	scope_clear(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *rest = text, *line;
	const char *lines[LINES];
	size_t n = 0;

	while (n < LINES && (line = strsep(&rest, "\n")) != NULL) {
		one(line, false);
		one(line, true);
		lines[n++] = line;
	}
	policy(lines, n);
	free(text);
	return 0;
}
