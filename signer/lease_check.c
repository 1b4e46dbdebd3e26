/*
 * lease_check.c - may this lease be asked for at all?
 *
 * Runs in s3jit-signer.  Pure.  The broker has checked all this before; a
 * broker that was taken over has not (W7).
 */
#include "config.h"

#include <string.h>

#include "lease.h"
#include "lease_check.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

/* Each kind's name for a session in AWS's own log: prefix, then exactly so many of these. */
static const struct {
	const char *word;
	enum lease_kind kind;
	bool baseline;
	const char *prefix, *chars;
	size_t n;
} kinds[] = {
	{ "signed",	LEASE_SIGNED,	  false, "s3jit-",   "klmnopqrstuvwxyz", 32 },
	{ "handed-out",	LEASE_HANDED_OUT, false, "s3jit-",   "klmnopqrstuvwxyz", 32 },
	{ "baseline",	LEASE_BASELINE,	  true,	 "s3jit-b-", DIGIT "abcdef",	 16 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
check_words(const struct sq_lease *q, size_t kind, struct s3jit_err *err)
{
	size_t n = strlen(q->lease), prefix = strlen(kinds[kind].prefix);
	const char *rest = q->session_name + prefix;

	if (n < 4 || n > 64 || strspn(q->lease, LOWER DIGIT ".-") != n)
		return s3jit_fail(err, S3JIT_EUSAGE, "lease: not a name for a lease");
	if (strncmp(q->session_name, kinds[kind].prefix, prefix) != 0 ||
	    strlen(rest) != kinds[kind].n || strspn(rest, kinds[kind].chars) != kinds[kind].n)
		return s3jit_fail(err, S3JIT_EUSAGE, "session_name: not that of a %s lease",
		    kinds[kind].word);
	/* AWS's characters for the value of a tag */
	n = strlen(q->request);
	if (n < 1 || n > 256 ||
	    strspn(q->request, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGIT " _.:/=+-@") != n)
		return s3jit_fail(err, S3JIT_EUSAGE, "request: empty, or not the value of a tag");
	return 0;
}

int
lease_check(enum lease_kind *kind, struct scope *scope, const struct config *conf,
    const struct sq_lease *q, int64_t now, struct s3jit_err *err)
{
	size_t i = 0;

	while (i < KINDS && strcmp(kinds[i].word, q->kind) != 0)
		i++;
	if (i == KINDS)
		return s3jit_fail(err, S3JIT_EUSAGE, "kind: expected signed, handed-out or baseline");
	if (check_words(q, i, err) == -1)
		return -1;
	if (!config_has_role(conf, q->role))
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "role %s does not stand in %s", q->role,
		    conf->file);
	if (q->until <= now || q->until > now + LEASE_MAX_TTL)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "until: over already, or more than 12 h away");
	if (q->scope.n == 0 && !kinds[i].baseline)
		return s3jit_fail(err, S3JIT_ENOTALLOWED, "scope: empty, so there is nothing to do");
	if (scope_parse(scope, (const char *const *)q->scope.v, q->scope.n, kinds[i].baseline,
	    err) == -1)
		return -1;
	*kind = kinds[i].kind;
	return 0;
}
