/*
 * fuzz_config.c - s3jit.conf: our scan and libconfuse see the same file, and what
 * is accepted is whole (F2).
 *
 * parser: config/scan.c config/config.c config/keys.c config/check.c config/rule.c config/names.c
 */
#include "config.h"

#include "config/internal.h"
#include "fuzz.h"

static void
check_rule(const struct config *c, const struct rule *r)
{
	MUST(*r->title != '\0' && *r->role != '\0' && config_has_role(c, r->role));
	MUST(r->allow.n > 0 && r->allow.n <= r->allow_text.n);
	/* nobody is asked only where the file says so in as many words */
	MUST((r->nquorum == 0) == r->automatic);
	MUST(r->max_ttl > 0 && r->default_ttl > 0 && r->default_ttl <= r->max_ttl);
	MUST(strlen(r->hash) == 64 && r->line > 0);
}

static void
check(const struct config *c)
{
	struct s3jit_err err;
	struct strv warnings = { NULL, 0 };
	size_t i;

	for (i = 0; i < c->nrules; i++)
		check_rule(c, &c->rules[i]);
	for (i = 0; i < c->nbaselines; i++)
		MUST(c->baselines[i].allow.n == 0 || *c->baselines[i].role != '\0');
	MUST(strncmp(config_s3_endpoint(c), "https://", 8) == 0);
	MUST(strncmp(config_sts_endpoint(c), "https://", 8) == 0);
	MUST(strstr(c->text, "${") == NULL);
	MUST(config_warnings(&warnings, c, &err) == 0);
	strv_clear(&warnings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s3jit_err err = { 0 };
	struct config *c;

	if (config_take_text(&c, "f", text_of(data, size), size, CONFIG_NO_NSS, &err) == 0)
		check(c);
	else
		MUST(c == NULL && err.code != S3JIT_OK && *err.text != '\0');
	config_free(c);
	return 0;
}
