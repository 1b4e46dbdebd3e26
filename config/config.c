/*
 * config.c - load /etc/s3jit/s3jit.conf.
 *
 * Runs in s3jitd and s3jit-signer, at start; the only caller of libconfuse.
 * Promise: what is accepted was written by root, says nothing twice, and
 * means the same whatever the environment (F1, F2).
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <confuse.h>

#include "s3jit/clock.h"
#include "s3jit/hex.h"
#include "s3jit/policy.h"

#include "keys.h"
#include "scan.h"
#include "trusted.h"

#define CONF_MAX (1024 * 1024)
#define KEYS_MAX 32		/* keys of one section, and the end */
#define IMDS_4 "http://169.254.169.254"
#define IMDS_6 "http://[fd00:ec2::254]"
#define VALUES_MAX 1024		/* of one list */

struct loader {
	struct config *conf;
	struct scan scan;
	cfg_t *cfg;
	int flags;
	struct s3jit_err *err;
};

struct place {			/* of what is being read */
	struct loader *ld;
	cfg_t *cfg;		/* the section, or the whole */
	int section;		/* in the scan; -1: outside */
	const char *kind, *title;	/* "rule" and its title, "aws" and NULL, or "" */
};

/* libconfuse has no context pointer for its error callback; it runs once, here. */
static struct loader *loading;

static void
on_parse_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (loading->err == NULL || loading->err->code == S3JIT_OK)
		s3jit_fail(loading->err, S3JIT_EUSAGE, "%s:%d: %s", loading->conf->file, cfg->line,
		    text);
}

/* Put "FILE:LINE: rule "deletes": KEY: " in front of the sentence in err. */
static int
blame(const struct place *p, const char *key)
{
	struct loader *ld = p->ld;
	int line = scan_line(&ld->scan, p->section, key);

	if (line == 0)
		line = p->section == -1 ? 1 : ld->scan.sections[p->section].line;
	if (p->section == -1)
		return s3jit_fail_prefix(ld->err, "%s:%d: %s", ld->conf->file, line, key);
	if (p->title == NULL)
		return s3jit_fail_prefix(ld->err, "%s:%d: %s: %s", ld->conf->file, line, p->kind, key);
	return s3jit_fail_prefix(ld->err, "%s:%d: %s \"%s\": %s", ld->conf->file, line, p->kind,
	    p->title, key);
}

static int
read_key(const struct place *p, const struct key *key, void *to)
{
	struct loader *ld = p->ld;
	char *values[VALUES_MAX];
	size_t i, n = cfg_size(p->cfg, key->name);

	if (scan_line(&ld->scan, p->section, key->name) == 0) {
		if (key->need == OPTIONAL)
			return 0;
		s3jit_fail(ld->err, S3JIT_EUSAGE, "missing");
		return blame(p, key->name);
	}
	if (n > VALUES_MAX || (!key->list && n != 1)) {
		s3jit_fail(ld->err, S3JIT_EUSAGE, "too many values");
		return blame(p, key->name);
	}
	for (i = 0; i < n; i++) {
		values[i] = cfg_getnstr(p->cfg, key->name, (unsigned)i);
		if (values[i] == NULL) {
			s3jit_fail(ld->err, S3JIT_EUSAGE, "no value");
			return blame(p, key->name);
		}
	}
	if (key->read(key, to, values, n, ld->flags, ld->err) == -1)
		return blame(p, key->name);
	return 0;
}

static int
read_keys(const struct place *p, const struct key *keys, void *to)
{
	for (; keys->name != NULL; keys++)
		if (read_key(p, keys, to) == -1)
			return -1;
	return 0;
}

/* The nth section of a kind as a place; its title is checked. */
static int
section_place(struct place *p, struct loader *ld, const char *kind, size_t nth)
{
	p->ld = ld;
	p->cfg = cfg_getnsec(ld->cfg, kind, (unsigned)nth);
	p->section = scan_find(&ld->scan, kind, (int)nth);
	p->kind = kind;
	p->title = p->cfg == NULL ? NULL : cfg_title(p->cfg);
	if (p->cfg == NULL || p->section == -1)	/* scan and parser must see the same file */
		return s3jit_fail(ld->err, S3JIT_EUSAGE, "%s: no section \"%s { ... }\"", ld->conf->file,
		    kind);
	if (p->title != NULL && check_title(p->title, ld->err) == -1)
		return s3jit_fail_prefix(ld->err, "%s:%d: %s", ld->conf->file,
		    ld->scan.sections[p->section].line, kind);
	return 0;
}

/* Replace *to by a text made like printf. */
static int __attribute__((format(printf, 3, 4)))
keep(struct loader *ld, char **to, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int rc;

	va_start(ap, fmt);
	rc = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (rc == -1)
		return s3jit_fail_errno(ld->err, "%s", ld->conf->file);
	free(*to);
	*to = text;
	return 0;
}

/* The metadata service has two addresses (AWS-FACTS 8); which one answers shows at the first try. */
static int
imds_defaults(struct loader *ld, struct aws_conf *aws)
{
	bool six = strcmp(aws->credentials, "imds6") == 0;

	if (*aws->imds_endpoint != '\0')
		return 0;
	if (keep(ld, &aws->imds_endpoint, "%s", six ? IMDS_6 : IMDS_4) == -1)
		return -1;
	return six ? 0 : keep(ld, &aws->imds_other, "%s", IMDS_6);
}

/* What the region decides, unless the file says otherwise. */
static int
aws_defaults(const struct place *p, struct aws_conf *aws)
{
	struct loader *ld = p->ld;
	const char *suffix = region_suffix(aws->region), *s3 = "s3", *sts = "sts";

	if (keep(ld, &aws->partition, "%s", region_partition(aws->region)) == -1 ||
	    keep(ld, &aws->suffix, "%s", suffix) == -1)
		return -1;
	if (aws->fips && (*aws->s3_endpoint == '\0' || *aws->sts_endpoint == '\0') &&
	    region_fips(aws->region, &s3, &sts, ld->err) == -1)
		return blame(p, "fips");
	if (*aws->s3_endpoint == '\0' &&
	    keep(ld, &aws->s3_endpoint, "https://%s.%s.%s", s3, aws->region, suffix) == -1)
		return -1;
	if (*aws->sts_endpoint == '\0' &&
	    keep(ld, &aws->sts_endpoint, "https://%s.%s.%s", sts, aws->region, suffix) == -1)
		return -1;
	return imds_defaults(ld, aws);
}

/* Who makes roles refuse sessions, and where. */
static int
read_revoker(const struct place *p, struct aws_conf *aws)
{
	struct loader *ld = p->ld;
	const char *region = aws->region, *iam = partition_iam(aws->partition, aws->fips, &region);

	if (keep(ld, &aws->iam_region, "%s", region) == -1 ||
	    (*aws->iam_endpoint == '\0' && iam != NULL && keep(ld, &aws->iam_endpoint, "%s", iam) == -1))
		return -1;
	if (*aws->revoker_role != '\0' &&
	    check_partition(aws->revoker_role, aws->partition, ld->err) == -1)
		return blame(p, "revoker-role");
	if (strcmp(aws->revocation, "deny") != 0)
		return 0;
	if (*aws->revoker_role == '\0') {
		s3jit_fail(ld->err, S3JIT_EUSAGE, "missing; revocation = \"deny\" needs the role that may "
		    "change what other roles refuse");
		return blame(p, "revoker-role");
	}
	if (*aws->iam_endpoint == '\0') {
		s3jit_fail(ld->err, S3JIT_EUSAGE, "missing; where IAM of partition %s is must be said "
		    "here", aws->partition);
		return blame(p, "iam-endpoint");
	}
	return 0;
}

/* The role that can change the others is lent to nobody. */
static int
revoker_apart(struct loader *ld)
{
	struct place p;

	if (!config_has_role(ld->conf, ld->conf->aws.revoker_role))
		return 0;
	if (section_place(&p, ld, "aws", 0) == -1)
		return -1;
	s3jit_fail(ld->err, S3JIT_EUSAGE, "\"%s\" is lent by a baseline or rule; the revoker must be a "
	    "role of its own", ld->conf->aws.revoker_role);
	return blame(&p, "revoker-role");
}

static int
read_aws(struct loader *ld)
{
	struct aws_conf *aws = &ld->conf->aws;
	struct place p;

	if (section_place(&p, ld, "aws", 0) == -1)
		return -1;
	if (scan_find(&ld->scan, "aws", 1) != -1)
		return s3jit_fail(ld->err, S3JIT_EUSAGE, "%s:%d: a second section \"aws\"",
		    ld->conf->file, ld->scan.sections[scan_find(&ld->scan, "aws", 1)].line);
	if (keep(ld, &aws->account, "%s", "") == -1 || keep(ld, &aws->ca_file, "%s", "") == -1 ||
	    keep(ld, &aws->s3_endpoint, "%s", "") == -1 ||
	    keep(ld, &aws->sts_endpoint, "%s", "") == -1 ||
	    keep(ld, &aws->imds_endpoint, "%s", "") == -1 ||
	    keep(ld, &aws->imds_other, "%s", "") == -1 ||
	    keep(ld, &aws->https_proxy, "%s", "") == -1 ||
	    keep(ld, &aws->revocation, "none") == -1 ||
	    keep(ld, &aws->revoker_role, "%s", "") == -1 ||
	    keep(ld, &aws->iam_endpoint, "%s", "") == -1 ||
	    keep(ld, &aws->iam_region, "%s", "") == -1)
		return -1;
	if (read_keys(&p, aws_keys, aws) == -1 || aws_defaults(&p, aws) == -1)
		return -1;
	return read_revoker(&p, aws);
}

static int
keys_agree(const struct place *p, const struct strv *kms)
{
	size_t i;

	for (i = 0; i < kms->n; i++)
		if (check_partition(kms->v[i], p->ld->conf->aws.partition, p->ld->err) == -1)
			return blame(p, "kms");
	return 0;
}

/* What is said of a role is said the same wherever it is named: the signer knows the role only. */
static int
role_agrees(const struct place *p, const char *role, const char *account, const char *external_id)
{
	const char *first_account, *first_id;

	config_role(p->ld->conf, role, &first_account, &first_id);
	if (*role != '\0' && strcmp(account, first_account) != 0) {
		s3jit_fail(p->ld->err, S3JIT_EUSAGE, "\"%s\", but \"%s\" where the same role was named "
		    "before", account, first_account);
		return blame(p, "account");
	}
	if (*role != '\0' && strcmp(external_id, first_id) != 0) {
		s3jit_fail(p->ld->err, S3JIT_EUSAGE, "\"%s\", but \"%s\" where the same role was named "
		    "before", external_id, first_id);
		return blame(p, "external-id");
	}
	return 0;
}

/* A baseline is one session policy, and AWS takes no longer ones: better said now than to each login. */
static int
baseline_fits(const struct place *p, const struct baseline *b)
{
	const struct policy_in in = { .scope = &b->allow, .partition = p->ld->conf->aws.partition,
	    .account = b->account, .kms = &b->kms, .until = clock_wall() };
	char *policy;

	if (policy_build(&policy, &in, p->ld->err) == -1)
		return blame(p, "allow");
	free(policy);
	return 0;
}

static int
read_baseline(struct loader *ld, struct baseline *b, size_t nth)
{
	struct place p;

	if (section_place(&p, ld, "baseline", nth) == -1)
		return -1;
	b->line = ld->scan.sections[p.section].line;
	if (keep(ld, &b->title, "%s", p.title) == -1 || keep(ld, &b->role, "%s", "") == -1 ||
	    keep(ld, &b->account, "%s", ld->conf->aws.account) == -1 ||
	    keep(ld, &b->external_id, "%s", "") == -1)
		return -1;
	if (read_keys(&p, baseline_keys, b) == -1)
		return -1;
	/* an empty list is nobody, not everybody (F3) */
	b->everyone = scan_line(&ld->scan, p.section, "groups") == 0 &&
	    scan_line(&ld->scan, p.section, "users") == 0;
	if (*b->role == '\0' && b->allow.n > 0) {
		s3jit_fail(ld->err, S3JIT_EUSAGE, "missing");
		return blame(&p, "role");
	}
	if (*b->role != '\0' && check_partition(b->role, ld->conf->aws.partition, ld->err) == -1)
		return blame(&p, "role");
	if (keys_agree(&p, &b->kms) == -1 ||
	    role_agrees(&p, b->role, b->account, b->external_id) == -1)
		return -1;
	return baseline_fits(&p, b);
}

static int
read_rule(struct loader *ld, struct rule *r, size_t nth)
{
	const char *key;
	struct place p;

	if (section_place(&p, ld, "rule", nth) == -1)
		return -1;
	r->line = ld->scan.sections[p.section].line;
	r->claim_within = 300;
	r->lease = LEASE_DEFAULT;
	if (keep(ld, &r->title, "%s", p.title) == -1 || keep(ld, &r->role, "%s", "") == -1 ||
	    keep(ld, &r->account, "%s", ld->conf->aws.account) == -1 ||
	    keep(ld, &r->external_id, "%s", "") == -1 ||
	    keep(ld, &r->reason, "%s", "") == -1 || keep(ld, &r->delivery, "%s", "") == -1)
		return -1;
	if (read_keys(&p, rule_keys, r) == -1)
		return -1;
	if (rule_check(r, &key, ld->err) == -1)
		return blame(&p, key);
	if (check_partition(r->role, ld->conf->aws.partition, ld->err) == -1)
		return blame(&p, "role");
	if (keys_agree(&p, &r->kms) == -1 ||
	    role_agrees(&p, r->role, r->account, r->external_id) == -1)
		return -1;
	return rule_hash(r, ld->err);
}

static int
read_all(struct loader *ld)
{
	struct config *c = ld->conf;
	struct place whole = { ld, ld->cfg, -1, "", NULL };
	char host[256];
	size_t n;

	c->linger = 600;
	c->lapse = 3600;
	c->reauth_age = 300;
	if (gethostname(host, sizeof(host)) == -1)
		return s3jit_fail_errno(ld->err, "gethostname");
	host[sizeof(host) - 1] = '\0';
	if (keep(ld, &c->host_name, "%s", host) == -1)
		return -1;
	if (read_keys(&whole, global_keys, c) == -1 || read_aws(ld) == -1)
		return -1;
	n = cfg_size(ld->cfg, "baseline");
	if ((c->baselines = calloc(n + 1, sizeof(*c->baselines))) == NULL)
		return s3jit_fail_errno(ld->err, "%s", c->file);
	while (c->nbaselines < n) {	/* counted before it is read: freed even when half read */
		c->nbaselines++;
		if (read_baseline(ld, &c->baselines[c->nbaselines - 1], c->nbaselines - 1) == -1)
			return -1;
	}
	n = cfg_size(ld->cfg, "rule");
	if ((c->rules = calloc(n + 1, sizeof(*c->rules))) == NULL)
		return s3jit_fail_errno(ld->err, "%s", c->file);
	while (c->nrules < n) {
		c->nrules++;
		if (read_rule(ld, &c->rules[c->nrules - 1], c->nrules - 1) == -1)
			return -1;
	}
	return revoker_apart(ld);
}

static int
key_known(struct loader *ld, const struct scan_key *typed, const char *section,
    const struct key *keys)
{
	const struct key *key;
	char all[512] = "";
	size_t len = 0;

	for (key = keys; key->name != NULL; key++) {
		if (strcmp(key->name, typed->name) == 0)
			return 0;
		if (len < sizeof(all))
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
			    key == keys ? "" : ", ", key->name);
	}
	return s3jit_fail(ld->err, S3JIT_EUSAGE, "%s:%d: no such option '%s' %s%s; there are %s",
	    ld->conf->file, typed->line, typed->name, section == NULL ? "outside of sections" :
	    "in section ", section == NULL ? "" : section, all);
}

/* libconfuse would refuse it as well, but name the line where it noticed. */
static int
names_known(struct loader *ld)
{
	static const struct { const char *section; const struct key *keys; } kinds[] = {
		{ "aws", aws_keys }, { "baseline", baseline_keys }, { "rule", rule_keys },
	};
	const size_t n = sizeof(kinds) / sizeof(kinds[0]);
	const struct scan *scan = &ld->scan;
	const struct scan_section *in;
	size_t i, k;

	for (i = 0; i < scan->nsections; i++) {
		for (k = 0; k < n && strcmp(scan->sections[i].name, kinds[k].section) != 0; k++)
			;
		if (k == n)
			return s3jit_fail(ld->err, S3JIT_EUSAGE, "%s:%d: no such section '%s'; there are "
			    "aws, baseline and rule", ld->conf->file, scan->sections[i].line,
			    scan->sections[i].name);
	}
	for (i = 0; i < scan->nkeys; i++) {
		in = scan->keys[i].section == -1 ? NULL : &scan->sections[scan->keys[i].section];
		for (k = 0; in != NULL && k < n - 1 && strcmp(in->name, kinds[k].section) != 0; k++)
			;
		if (key_known(ld, &scan->keys[i], in == NULL ? NULL : kinds[k].section,
		    in == NULL ? global_keys : kinds[k].keys) == -1)
			return -1;
	}
	return 0;
}

/* libconfuse's options from our table; all values are strings that we read. */
static void
options_from(cfg_opt_t *opts, const struct key *keys)
{
	cfg_opt_t list = CFG_STR_LIST(NULL, NULL, CFGF_NONE);
	cfg_opt_t text = CFG_STR(NULL, NULL, CFGF_NONE);

	for (; keys->name != NULL; keys++, opts++) {
		*opts = keys->list ? list : text;
		opts->name = keys->name;
	}
	*opts = (cfg_opt_t)CFG_END();
}

static int
parse(struct loader *ld)
{
	cfg_opt_t aws[KEYS_MAX], baseline[KEYS_MAX], rule[KEYS_MAX], top[KEYS_MAX];
	cfg_opt_t sections[] = {
		CFG_SEC("aws", aws, CFGF_NONE),
		CFG_SEC("baseline", baseline, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("rule", rule, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END()
	};
	FILE *fp = NULL;
	size_t n = 0;
	int ret = -1;

	options_from(aws, aws_keys);
	options_from(baseline, baseline_keys);
	options_from(rule, rule_keys);
	options_from(top, global_keys);
	while (global_keys[n].name != NULL)
		n++;
	memcpy(top + n, sections, sizeof(sections));

	loading = ld;
	if ((ld->cfg = cfg_init(top, CFGF_NONE)) == NULL ||
	    (fp = fmemopen(ld->conf->text, strlen(ld->conf->text), "r")) == NULL) {
		s3jit_fail_errno(ld->err, "%s", ld->conf->file);
		goto out;
	}
	cfg_set_error_function(ld->cfg, on_parse_error);
	if (cfg_parse_fp(ld->cfg, fp) != CFG_SUCCESS) {
		if (ld->err != NULL && ld->err->code == S3JIT_OK)
			s3jit_fail(ld->err, S3JIT_EUSAGE, "%s: cannot be read", ld->conf->file);
		goto out;
	}
	ret = read_all(ld);
out:
	if (fp != NULL)
		fclose(fp);
	cfg_free(ld->cfg);
	ld->cfg = NULL;
	loading = NULL;
	return ret;
}

static int
hash_text(struct config *c, struct s3jit_err *err)
{
	if (hex_sha256(c->text_hash, c->text, strlen(c->text), err) == -1)
		return s3jit_fail_prefix(err, "%s", c->file);
	return 0;
}

int
config_take_text(struct config **out, const char *file, char *text, size_t len, int flags,
    struct s3jit_err *err)
{
	struct loader ld = { .flags = flags, .err = err };
	int ret = -1;

	*out = NULL;
	if ((ld.conf = calloc(1, sizeof(*ld.conf))) == NULL || (ld.conf->file = strdup(file)) == NULL) {
		s3jit_fail_errno(ld.err, "%s", file);
		free(text);
		goto out;
	}
	ld.conf->text = text;
	if (scan_text(&ld.scan, file, text, len, ld.err) == -1)
		goto out;
	if (names_known(&ld) == -1)
		goto out;
	if (ld.scan.nsections == 0) {
		s3jit_fail(ld.err, S3JIT_EUSAGE, "%s: no section \"aws { ... }\"", file);
		goto out;
	}
	if (hash_text(ld.conf, ld.err) == -1 || parse(&ld) == -1)
		goto out;
	*out = ld.conf;
	ld.conf = NULL;
	ret = 0;
out:
	scan_clear(&ld.scan);
	config_free(ld.conf);
	return ret;
}

int
config_load(struct config **out, const char *file, int flags, struct s3jit_err *err)
{
	struct s3jit_err own;
	size_t len;
	char *text;

	if (err == NULL)
		err = &own;
	*out = NULL;
	memset(err, 0, sizeof(*err));
	clearenv();
	if (trusted_read(&text, &len, file, CONF_MAX,
	    flags & CONFIG_TRUST_SELF ? TRUSTED_SELF : 0, err) == -1)
		return -1;
	return config_take_text(out, file, text, len, flags, err);
}
