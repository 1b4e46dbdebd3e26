/*
 * access.c - ask a loaded configuration, and free it.
 *
 * Runs in s3jitd and s3jit-signer.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void
baseline_clear(struct baseline *b)
{
	free(b->title);
	free(b->role);
	free(b->account);
	free(b->external_id);
	who_clear(&b->who);
	scope_clear(&b->allow);
	strv_clear(&b->allow_text);
	strv_clear(&b->kms);
}

static void
rule_clear(struct rule *r)
{
	size_t i;

	for (i = 0; i < r->nquorum; i++)
		quorum_clear(&r->quorum[i]);
	free(r->quorum);
	free(r->title);
	free(r->role);
	free(r->account);
	free(r->external_id);
	free(r->reason);
	free(r->delivery);
	who_clear(&r->who);
	scope_clear(&r->allow);
	strv_clear(&r->allow_text);
	strv_clear(&r->kms);
}

static void
aws_clear(struct aws_conf *a)
{
	free(a->region);
	free(a->partition);
	free(a->suffix);
	free(a->account);
	free(a->credentials);
	free(a->ca_file);
	free(a->s3_endpoint);
	free(a->sts_endpoint);
	free(a->imds_endpoint);
	free(a->imds_other);
	free(a->https_proxy);
	free(a->revocation);
	free(a->revoker_role);
	free(a->iam_endpoint);
	free(a->iam_region);
}

void
config_free(struct config *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nbaselines; i++)
		baseline_clear(&c->baselines[i]);
	for (i = 0; i < c->nrules; i++)
		rule_clear(&c->rules[i]);
	aws_clear(&c->aws);
	who_clear(&c->auditors);
	free(c->baselines);
	free(c->rules);
	free(c->host_name);
	free(c->file);
	free(c->text);
	free(c);
}

const char *
config_s3_endpoint(const struct config *c)
{
	return c->aws.s3_endpoint;
}

const char *
config_sts_endpoint(const struct config *c)
{
	return c->aws.sts_endpoint;
}

bool
config_has_role(const struct config *c, const char *arn)
{
	size_t i;

	if (*arn == '\0')
		return false;
	for (i = 0; i < c->nbaselines; i++)
		if (strcmp(c->baselines[i].role, arn) == 0)
			return true;
	for (i = 0; i < c->nrules; i++)
		if (strcmp(c->rules[i].role, arn) == 0)
			return true;
	return false;
}

void
config_role(const struct config *c, const char *arn, const char **account,
    const char **external_id)
{
	size_t i;

	*account = c->aws.account;
	*external_id = "";
	for (i = 0; i < c->nbaselines; i++)
		if (strcmp(c->baselines[i].role, arn) == 0) {
			*account = c->baselines[i].account;
			*external_id = c->baselines[i].external_id;
			return;
		}
	for (i = 0; i < c->nrules; i++)
		if (strcmp(c->rules[i].role, arn) == 0) {
			*account = c->rules[i].account;
			*external_id = c->rules[i].external_id;
			return;
		}
}

bool
config_denies(const struct config *c)
{
	return strcmp(c->aws.revocation, "deny") == 0;
}
