/*
 * test_config.c - s3jit.conf: what is read, and what is refused with which
 * words (F1, F2, F3, F5, F7).
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/trusted.h"
#include "s3jit/config.h"

#define AWS "aws { region = \"eu-central-1\" account = \"111122223333\" credentials = \"imds\" }\n"
#define ROLE "role = \"arn:aws:iam::111122223333:role/s3jit-write\"\n"
#define RULE(more) AWS "rule \"deletes\" {\ngroups = { \"daemon\" }\n" \
	"allow = { \"delete s3://prod-*\" }\n" ROLE "max-ttl = \"10m\"\n" more "}\n"
#define LEADS "approvals = { \"2 of group:leads\" }\n"

static char dir[64], file[96], sources[2048] = ".";

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/s3jit-config.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(file, sizeof(file), "%s/s3jit.conf", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static void
put_bytes(const char *text, size_t len)
{
	FILE *fp = fopen(file, "w");

	assert_non_null(fp);
	assert_int_equal(fwrite(text, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(file, 0644), 0);
}

static void
put(const char *text)
{
	put_bytes(text, strlen(text));
}

static struct config *
load(const char *text, int flags)
{
	struct s3jit_err err;
	struct config *c;

	put(text);
	if (config_load(&c, file, CONFIG_TRUST_SELF | flags, &err) == -1) {
		print_error("%s\n", err.text);
		fail();
	}
	return c;
}

/* Refused, and the message is FILE + expected. */
static void
refused(const char *text, int flags, const char *expected)
{
	struct config *c = (void *)1;
	struct s3jit_err err;
	char full[1024];

	put(text);
	assert_int_equal(config_load(&c, file, CONFIG_TRUST_SELF | flags, &err), -1);
	assert_null(c);
	snprintf(full, sizeof(full), "%s%s", file, expected);
	if (strncmp(err.text, full, strlen(full)) != 0) {
		print_error("got:      %s\nexpected: %s\n", err.text, full);
		fail();
	}
}

static void
reads_everything(void **state)
{
	struct config *c;
	struct rule *r;

	(void)state;
	c = load("# a comment with \"quotes' and { braces\n"
	    "host-name = \"bastion-07.example.net\"\n"
	    "auditors = { \"group:daemon\", \"user:daemon\" }\n"
	    "local-votes = true linger = \"5m\" lapse = 2h reauth-age = \"90s\"\n" AWS
	    "baseline \"everyone\" { " ROLE " allow = { \"list s3://*\", \"get s3://*\" }\n"
	    "  kms = { \"arn:aws:kms:eu-central-1:111122223333:key/2\" } }\n"
	    "baseline \"interns\" { groups = { } allow = {} }\n"
	    "rule \"report uploads\" {\n"
	    "  groups = { \"daemon\" } users = { \"root\" }\n"
	    "  allow = { \"put s3://prod-reports/*\", }\n" ROLE
	    "  approvals = { \"1 of group:daemon\", \"1 of user:daemon\" }\n"
	    "  max-ttl = \"30m\" default-ttl = \"10m\" claim-within = \"1m\"\n"
	    "  extends = 2 extend-max = \"5m\"\n"
	    "  reason = '[A-Z]+-[0-9]+\\.? .+' reauth = { \"approver\" } delivery = \"signed\"\n"
	    "  kms = { \"arn:aws:kms:eu-central-1:111122223333:key/0a-1B\" }\n"
	    "}\n"
	    "rule \"second\" { users = { \"daemon\" } allow = { \"get s3://bbb/k\" } " ROLE
	    " auto = true max-ttl = \"12h\" }\n", 0);
	assert_string_equal(c->host_name, "bastion-07.example.net");
	assert_int_equal(c->auditors.groups.n, 1);
	assert_int_equal(c->auditors.users.n, 1);
	assert_true(c->local_votes);
	assert_int_equal(c->linger, 300);
	assert_int_equal(c->lapse, 7200);
	assert_int_equal(c->reauth_age, 90);
	assert_string_equal(c->aws.partition, "aws");
	assert_string_equal(config_s3_endpoint(c), "https://s3.eu-central-1.amazonaws.com");
	assert_string_equal(config_sts_endpoint(c), "https://sts.eu-central-1.amazonaws.com");
	assert_int_equal(strlen(c->text_hash), 64);

	assert_int_equal(c->nbaselines, 2);
	assert_true(c->baselines[0].everyone);
	assert_int_equal(c->baselines[0].allow.n, 2);
	assert_int_equal(c->baselines[0].kms.n, 1);
	assert_string_equal(c->baselines[0].kms.v[0], "arn:aws:kms:eu-central-1:111122223333:key/2");

	assert_int_equal(c->nrules, 2);
	r = &c->rules[0];
	assert_string_equal(r->title, "report uploads");
	assert_int_equal(r->line, 10);
	assert_int_equal(r->who.gids[0], 1);
	assert_int_equal(r->who.uids[0], 0);
	assert_string_equal(r->allow_text.v[0], "put s3://prod-reports/");
	assert_int_equal(r->nquorum, 2);
	assert_int_equal(r->quorum[0].count, 1);
	assert_string_equal(r->quorum[0].text, "1 of group:daemon");
	assert_int_equal(r->max_ttl, 1800);
	assert_int_equal(r->default_ttl, 600);
	assert_int_equal(r->claim_within, 60);
	assert_int_equal(r->extends, 2);
	assert_int_equal(r->extend_max, 300);
	assert_int_equal(c->rules[1].extends, 0);
	assert_string_equal(r->reason, "[A-Z]+-[0-9]+\\.? .+");
	assert_true(r->reauth_approver);
	assert_false(r->reauth_requester);
	assert_string_equal(r->delivery, "signed");
	assert_int_equal(strlen(r->hash), 64);

	r = &c->rules[1];
	assert_true(r->automatic);
	assert_int_equal(r->default_ttl, 900);
	assert_int_equal(r->claim_within, 300);
	assert_string_equal(r->delivery, "");
	assert_string_not_equal(r->hash, c->rules[0].hash);
	assert_true(config_has_role(c, "arn:aws:iam::111122223333:role/s3jit-write"));
	assert_false(config_has_role(c, "arn:aws:iam::111122223333:role/s3jit"));
	assert_false(config_has_role(c, ""));
	config_free(c);
}

static void
F3_empty_groups_are_nobody_not_everybody(void **state)
{
	struct config *c;

	(void)state;
	c = load(AWS "baseline \"none\" { groups = {} allow = {} }\n", CONFIG_NO_NSS);
	assert_false(c->baselines[0].everyone);
	config_free(c);
}

static void
region_decides_partition_and_names(void **state)
{
	static const struct { const char *region, *partition, *sts; } t[] = {
		{ "us-east-1", "aws", "https://sts.us-east-1.amazonaws.com" },
		{ "cn-north-1", "aws-cn", "https://sts.cn-north-1.amazonaws.com.cn" },
		{ "us-gov-west-1", "aws-us-gov", "https://sts.us-gov-west-1.amazonaws.com" },
		{ "eusc-de-east-1", "aws-eusc", "https://sts.eusc-de-east-1.amazonaws.eu" },
		{ "us-isob-east-1", "aws-iso-b", "https://sts.us-isob-east-1.sc2s.sgov.gov" },
	};
	struct config *c;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), "aws { region = \"%s\" credentials = \"imds\" }", t[i].region);
		c = load(text, CONFIG_NO_NSS);
		assert_string_equal(c->aws.partition, t[i].partition);
		assert_string_equal(config_sts_endpoint(c), t[i].sts);
		config_free(c);
	}
}

static void
fips_proxy_and_metadata(void **state)
{
	static const struct { const char *aws, *s3, *sts, *imds, *other, *iam; } t[] = {
		{ "region = us-east-1 credentials = imds fips = true", "https://s3-fips.us-east-1.amazonaws.com",
		  "https://sts-fips.us-east-1.amazonaws.com", "http://169.254.169.254", "http://[fd00:ec2::254]",
		  "https://iam-fips.amazonaws.com" },
		{ "region = us-gov-west-1 credentials = imds6 fips = true",
		  "https://s3-fips.us-gov-west-1.amazonaws.com", "https://sts.us-gov-west-1.amazonaws.com",
		  "http://[fd00:ec2::254]", "", "https://iam.us-gov.amazonaws.com" },
		{ "region = eu-central-1 credentials = \"systemd:key\" fips = true s3-endpoint = \"https://a\" "
		  "sts-endpoint = \"https://b:8443\" imds-endpoint = \"http://c\"", "https://a",
		  "https://b:8443", "http://c", "", "https://iam-fips.amazonaws.com" },
		{ "region = cn-north-1 credentials = imds fips = true s3-endpoint = \"https://a\" "
		  "sts-endpoint = \"https://b\"", "https://a", "https://b", "http://169.254.169.254",
		  "http://[fd00:ec2::254]", "" },
		{ "region = cn-north-1 credentials = \"process:/opt/keys --json\" https-proxy = \"http://p:3128\"",
		  "https://s3.cn-north-1.amazonaws.com.cn", "https://sts.cn-north-1.amazonaws.com.cn",
		  "http://169.254.169.254", "http://[fd00:ec2::254]",
		  "https://iam.cn-north-1.amazonaws.com.cn" },
	};
	struct config *c = NULL;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		config_free(c);
		snprintf(text, sizeof(text), "aws { %s }", t[i].aws);
		c = load(text, CONFIG_NO_NSS);
		assert_string_equal(config_s3_endpoint(c), t[i].s3);
		assert_string_equal(config_sts_endpoint(c), t[i].sts);
		assert_string_equal(c->aws.imds_endpoint, t[i].imds);
		assert_string_equal(c->aws.imds_other, t[i].other);
		assert_string_equal(c->aws.iam_endpoint, t[i].iam);
	}
	assert_string_equal(c->aws.https_proxy, "http://p:3128");
	config_free(c);
}

#define THERE "arn:aws:iam::444455556666:role/there"
static void
several_accounts(void **state)
{
	const char *account, *id;
	struct config *c;

	(void)state;
	c = load(AWS "baseline \"all\" { allow = {} role = \"" THERE "\" account = \"444455556666\" "
	    "external-id = \"abc\" }\nrule \"here\" { allow = {} auto = true max-ttl = 1h " ROLE "}\n",
	    CONFIG_NO_NSS);
	config_role(c, THERE, &account, &id);
	assert_string_equal(account, "444455556666");
	assert_string_equal(id, "abc");
	config_role(c, c->rules[0].role, &account, &id);
	assert_string_equal(account, c->aws.account);
	assert_string_equal(id, "");
	config_free(c);
}

static void
F2_F3_refuses_with_place_and_reason(void **state)
{
	static const struct { const char *text, *expected; } t[] = {
		/* said twice, in each way libconfuse would let pass */
		{ RULE(LEADS "max-ttl = \"1h\"\n"), ":8: max-ttl is said twice (first in line 6)" },
		{ RULE(LEADS "approvals = {}\n"), ":8: approvals is said twice (first in line 7)" },
		{ AWS AWS, ":2: a second section \"aws\"" },
		{ AWS "linger = 1m\nlinger = 2m\n", ":3: linger is said twice (first in line 2)" },
		{ RULE(LEADS) "rule \"deletes\" { }\n", ":9: there is a rule \"deletes\" already (in line 2)" },
		{ RULE(LEADS "groups += { \"x\" }\n"), ":8: \"+\" outside of quotes" },
		/* unknown */
		{ RULE(LEADS "colour = \"red\"\n"), ":8: no such option 'colour' in section rule; there are groups, users," },
		{ AWS "colour = red\n", ":2: no such option 'colour' outside of sections; there are " },
		{ RULE("max-tll = \"1h\"\n" LEADS), ":7: no such option 'max-tll' in section rule" },
		{ AWS "include = \"x\"\n", ":2: no such option 'include'" },
		{ AWS "paint \"x\" { }\n", ":2: no such section 'paint'; there are aws, baseline and rule" },
		{ AWS "\"linger\" = 1m\n", ":2: \"=\" without a key before it" },
		/* files that end too early, and stray text */
		{ AWS "rule \"x\" {\n", ":3: the file ends inside the section that begins in line 2" },
		{ AWS "linger = \"1m\n", ":2: a string is not closed" },
		{ AWS "linger =", ":2: the file ends in the middle" },
		{ AWS "}", ":2: one \"}\" too many" },
		{ AWS "/* linger = 1m\n", ":2: \"/\" outside of quotes" },
		{ AWS "linger = *1m\n", ":2: \"*\" outside of quotes" },
		{ AWS "linger: 1m\n", ":2: \":\" outside of quotes: write NAME = VALUE" },
		{ "linger = 1m\n", ": no section \"aws { ... }\"" },
		{ "", ": no section \"aws { ... }\"" },
		/* the environment */
		{ AWS "# ${HOME}\n", ":2: \"${\" would be replaced" },
		{ RULE("reason = \"${X}\"\n" LEADS), ":7: \"${\" would be replaced" },
		/* bytes and escapes */
		{ AWS "# \xff\n", ":2: this line is not UTF-8" },
		{ AWS "# \xed\xa0\x80\n", ":2: this line is not UTF-8" },
		{ AWS "linger = 1m\r\n", ":2: this line ends as on Windows" },
		{ AWS "# \033[2J\n", ":2: a control character" },
		{ RULE(LEADS "reason = \"[0-9]\\.\"\n"), ":8: a backslash in \"...\" is written twice" },
		{ RULE(LEADS "reason = \"\\0x\"\n"), ":8: a backslash in \"...\" is written twice" },
		/* empty means nobody; nothing means no */
		{ RULE(""), ":2: rule \"deletes\": approvals: nobody is named" },
		{ RULE("approvals = { \"33 of group:daemon\", \"32 of group:daemon\" }\n"), ":7: rule \"deletes\": approvals: 65 people would have to sign off; at most 64" },
		{ RULE("approvals = {}\n"), ":7: rule \"deletes\": approvals: empty means nobody" },
		{ RULE("approvals = { \"0 of group:leads\" }\n"), ":7: rule \"deletes\": approvals: \"0 of group:leads\": nobody would be asked" },
		{ RULE("approvals = { \"2 of leads\" }\n"), ":7: rule \"deletes\": approvals: \"2 of leads\": expected \"N of group:NAME\"" },
		{ RULE("approvals = { \"02 of group:leads\" }\n"), ":7: rule \"deletes\": approvals: \"02 of group:leads\": expected" },
		{ RULE("approvals = { \"2 of user:bob\" }\n"), ":7: rule \"deletes\": approvals: \"2 of user:bob\": one person has one vote" },
		{ RULE("approvals = { \"1 of group:\" }\n"), ":7: rule \"deletes\": approvals: \"\" is not the name of a group" },
		{ RULE(LEADS "auto = true\n"), ":7: rule \"deletes\": approvals: auto = true and approvals exclude each other" },
		{ RULE(LEADS "auto = yes\n"), ":8: rule \"deletes\": auto: \"yes\": expected true or false" },
		{ AWS "rule \"r\" { " ROLE LEADS "max-ttl = 1m }", ":2: rule \"r\": allow: missing" },
		{ AWS "rule \"r\" { allow = { \"get s3://bbb/\" } " LEADS "max-ttl = 1m }", ":2: rule \"r\": role: missing" },
		{ AWS "rule \"r\" { allow = { \"get s3://bbb/\" } " ROLE LEADS "}", ":2: rule \"r\": max-ttl: missing" },
		{ AWS "rule \"\" { }", ":2: rule: a title has" },
		{ AWS "rule { }", ":2: missing title for section 'rule'" },
		{ AWS "baseline \"b\" { }", ":2: baseline \"b\": allow: missing" },
		{ AWS "baseline \"b\" { allow = { \"get s3://*\" } }", ":2: baseline \"b\": role: missing" },
		{ AWS "baseline \"b\" {" ROLE "allow = { \"put s3://*\" } }", ":3: baseline \"b\": allow: \"put s3://*\": a baseline only reads" },
		{ AWS "baseline \"b\" {" ROLE "allow = { \"get s3://*\" }\nkms = { \"arn:aws-cn:kms:cn-north-1:111122223333:key/a\" } }", ":4: baseline \"b\": kms: \"arn:aws-cn:kms:cn-north-1:111122223333:key/a\": the region is" },
		/* ranges */
		{ AWS "linger = 010\n", ":2: linger: " },
		{ AWS "linger = 25h\n", ":2: linger: \"25h\": expected 1s to" },
		{ AWS "reauth-age = 2h\n", ":2: reauth-age: \"2h\": expected" },
		{ AWS "rule \"r\" { allow = { \"get s3://bbb/\" } " ROLE LEADS "max-ttl = 13h }", ":4: rule \"r\": max-ttl: \"13h\": expected 1s to 12h" },
		{ RULE(LEADS "default-ttl = \"11m\"\n"), ":8: rule \"deletes\": default-ttl: longer than max-ttl, which is 10m" },
		/* forms */
		{ RULE(LEADS "reason = \"(\"\n"), ":8: rule \"deletes\": reason: \"(\" is not an extended regular expression" },
		{ RULE(LEADS "reason = \"a)(b\"\n"), ":8: rule \"deletes\": reason: \"a)(b\" is not an" },
		{ RULE(LEADS "kms = { \"alias/x\" }\n"), ":8: rule \"deletes\": kms: \"alias/x\": expected arn:aws:kms" },
		{ RULE(LEADS "kms = { \"arn:aws:kms:eu-central-1:111122223333:alias/x\" }\n"), ":8: rule \"deletes\": kms: \"arn:aws:kms:eu-central-1:111122223333:alias/x\": an alias can be moved" },
		{ RULE(LEADS "kms = { \"arn:aws-cn:kms:cn-north-1:111122223333:key/a\" }\n"), ":8: rule \"deletes\": kms: \"arn:aws-cn:kms:cn-north-1:111122223333:key/a\": the region is in partition aws," },
		{ RULE(LEADS "reauth = { \"everybody\" }\n"), ":8: rule \"deletes\": reauth: \"everybody\": expected" },
		{ RULE(LEADS "delivery = \"handed out\"\n"), ":8: rule \"deletes\": delivery: \"handed out\": expected \"signed\"" },
		{ AWS "rule \"r\" { allow = { \"get s3://bbb/\" } role = \"s3jit\" " LEADS "max-ttl = 1m }", ":2: rule \"r\": role: \"s3jit\": expected arn:aws:iam" },
		{ AWS "rule \"r\" { allow = { \"get s3://bbb/\" } role = \"arn:aws-cn:iam::111122223333:role/x\" " LEADS "max-ttl = 1m }", ":2: rule \"r\": role: \"arn:aws-cn:iam::111122223333:role/x\": the region is" },
		{ AWS "rule \"r\" { allow = { \"write s3://bbb/\" } " ROLE LEADS "max-ttl = 1m }", ":2: rule \"r\": allow: " },
		{ "aws { region = eu-central-1 credentials = imds s3-endpoint = \"https://x:443\" }", ":1: aws: s3-endpoint: \"https://x:443\": leave :443 out" },
		{ AWS "host-name = \"a b\"\n", ":2: host-name: \"a b\" is not a host name" },
		{ AWS "auditors = { \"audit\" }\n", ":2: auditors: \"audit\": expected \"group:NAME\" or" },
		{ "aws { credentials = imds }", ":1: aws: region: missing" },
		{ "aws { region = eu-central-1 }", ":1: aws: credentials: missing" },
		{ "aws { region = europe credentials = imds }", ":1: aws: region: \"europe\" is not" },
		{ "aws { region = eu-central-1 credentials = env }", ":1: aws: credentials: \"env\": expected" },
		{ "aws { region = eu-central-1 credentials = \"file:key\" }", ":1: aws: credentials: \"key\": give the whole path" },
		{ "aws { region = eu-central-1 credentials = imds account = 123 }", ":1: aws: account: \"123\" is not" },
		{ "aws { region = eu-central-1 credentials = imds s3-endpoint = \"http://x\" }", ":1: aws: s3-endpoint: \"http://x\": expected https" },
		{ "aws { region = eu-central-1 credentials = imds s3-endpoint = \"https://u@x\" }", ":1: aws: s3-endpoint: \"https://u@x\": expected https" },
		{ "aws { region = eu-central-1 credentials = imds sts-endpoint = \"https://x/p\" }", ":1: aws: sts-endpoint: \"https://x/p\": expected https" },
		{ "aws { region = eu-central-1 credentials = imds sts-endpoint = \"https://x:99999\" }", ":1: aws: sts-endpoint: \"https://x:99999\"" },
		{ "aws { region = eu-central-1 credentials = imds imds-endpoint = \"https://x\" }", ":1: aws: imds-endpoint: \"https://x\": expected http:" },
		{ "aws { region = eu-central-1 credentials = imds fips = true }", ":1: aws: fips: no FIPS names" },
		{ "aws { region = ca-central-1 credentials = imds fips = true }", ":1: aws: fips: no FIPS names" },
		{ "aws { region = eu-central-1 credentials = imds https-proxy = \"https://p\" }", ":1: aws: https-proxy: \"https://p\": expected http:" },
		{ "aws { region = eu-central-1 credentials = imds https-proxy = \"http://u:p@h\" }", ":1: aws: https-proxy: \"http://u:p@h\"" },
		{ "aws { region = eu-central-1 credentials = env }", ":1: aws: credentials: \"env\": expected \"imds\", \"imds6\"," },
		{ "aws { region = eu-central-1 credentials = \"systemd:../x\" }", ":1: aws: credentials: \"../x\" is not the name of a systemd credential" },
		{ "aws { region = eu-central-1 credentials = \"process:keys\" }", ":1: aws: credentials: \"keys\": expected a program's whole path" },
		{ "aws { region = eu-central-1 credentials = \"process:/bin/sh -c 'x'\" }", ":1: aws: credentials: \"/bin/sh -c 'x'\": expected a program" },
		{ "aws { region = eu-central-1 credentials = \"process:/bin/a  b\" }", ":1: aws: credentials: \"/bin/a  b\": expected a program's" },
		{ RULE(LEADS "external-id = \"a b\"\n"), ":8: rule \"deletes\": external-id: \"a b\" is not" },
		{ RULE(LEADS "account = \"1\"\n"), ":8: rule \"deletes\": account: \"1\" is not" },
		{ RULE(LEADS) "rule \"b\" { allow = {} auto = true max-ttl = 1h " ROLE "account = \"444455556666\"\n}", ":10: rule \"b\": account: \"444455556666\", but \"111122223333\"" },
		{ RULE(LEADS) "rule \"b\" { allow = {} auto = true max-ttl = 1h " ROLE "external-id = \"ab\"\n}", ":10: rule \"b\": external-id: \"ab\", but \"\"" },
		{ RULE(LEADS "extends = 21\n"), ":8: rule \"deletes\": extends: \"21\": expected a number from 0 to 20" },
		{ RULE(LEADS "extends = 010\n"), ":8: rule \"deletes\": extends: \"010\": expected a number from 0 to 20" },
		{ RULE(LEADS "extends = -1\n"), ":8: rule \"deletes\": extends: \"-1\": expected a number from 0 to 20" },
		{ RULE(LEADS "extend-max = \"5m\"\n"), ":8: rule \"deletes\": extend-max: nothing may be extended; say how often with extends" },
		{ RULE(LEADS "extends = 1 extend-max = \"11m\"\n"), ":8: rule \"deletes\": extend-max: longer than max-ttl, which is 10m" },
		{ RULE(LEADS "lease = \"5s\"\n"), ":8: rule \"deletes\": lease: \"5s\": expected 10s to 1h" },
		{ "aws { region = eu-central-1 credentials = imds ca-file = \"ca.pem\" }", ":1: aws: ca-file: \"ca.pem\": give the whole path" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		refused(t[i].text, CONFIG_NO_NSS, t[i].expected);
	/* the positive control: what all those were made from is fine */
	config_free(load(RULE(LEADS), CONFIG_NO_NSS));
}

static void
F2_nul_byte_is_refused(void **state)
{
	static const char text[] = AWS "linger = \"1m\0\"\n";
	struct s3jit_err err;
	struct config *c;

	(void)state;
	put_bytes(text, sizeof(text) - 1);
	assert_int_equal(config_load(&c, file, CONFIG_TRUST_SELF | CONFIG_NO_NSS, &err), -1);
	assert_non_null(strstr(err.text, ":2: a control character"));
}

static void
F2_environment_is_cleared(void **state)
{
	(void)state;
	assert_int_equal(setenv("S3JIT_TEST", "x", 1), 0);
	config_free(load(AWS, CONFIG_NO_NSS));
	assert_null(getenv("S3JIT_TEST"));
}

static void
F5_names_are_names(void **state)
{
	static const struct { const char *name, *expected; } t[] = {
		{ "-1", " is not the name" }, { "#0", " is not the name" }, { "0", " is not the name" },
		{ "4294967295", " is not the name" }, { "", " is not the name" },
		{ "%wheel", " is not the name" }, { "user:bob", ": write the bare name" },
		{ "a:b", " is not the name" }, { "no-such-group-here", "" },
	};
	char text[512], expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), AWS "baseline \"b\" { groups = { \"%s\" } allow = {} }",
		    t[i].name);
		if (*t[i].expected != '\0')
			snprintf(expected, sizeof(expected), ":2: baseline \"b\": groups: \"%s\"%s",
			    t[i].name, t[i].expected);
		else
			snprintf(expected, sizeof(expected),
			    ":2: baseline \"b\": groups: there is no group \"%s\"", t[i].name);
		refused(text, 0, expected);
	}
	refused(AWS "baseline \"b\" { users = { \"no-such-user-here\" } allow = {} }", 0,
	    ":2: baseline \"b\": users: there is no user \"no-such-user-here\"");
	refused(RULE("approvals = { \"1 of user:root\" }\n"), 0,
	    ":7: rule \"deletes\": approvals: \"1 of user:root\": root is nobody in particular");
}

/* Trusted only when written by root, or, in tests, by us. */
static void
F1_owner_mode_and_links(void **state)
{
	struct s3jit_err err;
	struct config *c;
	char path[128];
	int fd;

	(void)state;
	put(AWS);
	assert_int_equal(config_load(&c, file, CONFIG_NO_NSS, &err), -1);	/* /tmp */
	assert_non_null(strstr(err.text, "a folder above it"));

	assert_int_equal(chmod(file, 0664), 0);
	assert_int_equal(config_load(&c, file, CONFIG_TRUST_SELF | CONFIG_NO_NSS, &err), -1);
	assert_non_null(strstr(err.text, "others than its owner can write to it"));
	assert_int_equal(chmod(file, 0646), 0);
	assert_int_equal(config_load(&c, file, CONFIG_TRUST_SELF | CONFIG_NO_NSS, &err), -1);
	assert_int_equal(chmod(file, 0644), 0);

	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(config_load(&c, file, CONFIG_TRUST_SELF | CONFIG_NO_NSS, &err), -1);
	assert_non_null(strstr(err.text, "can write to a folder above it"));
	assert_int_equal(chmod(dir, 0700), 0);

	snprintf(path, sizeof(path), "%s/link", dir);
	assert_int_equal(symlink(file, path), 0);
	assert_int_equal(trusted_open(&fd, path, TRUSTED_SELF, &err), -1);
	assert_non_null(strstr(err.text, "a symbolic link"));
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s-link", dir);
	assert_int_equal(symlink(dir, path), 0);
	strcat(path, "/s3jit.conf");
	assert_int_equal(trusted_open(&fd, path, TRUSTED_SELF, &err), -1);
	assert_non_null(strstr(err.text, "a symbolic link"));
	path[strlen(path) - strlen("/s3jit.conf")] = '\0';
	assert_int_equal(unlink(path), 0);

	snprintf(path, sizeof(path), "%s/../%s/s3jit.conf", dir, strrchr(dir, '/') + 1);
	assert_int_equal(trusted_open(&fd, path, TRUSTED_SELF, &err), -1);
	assert_int_equal(trusted_open(&fd, "s3jit.conf", TRUSTED_SELF, &err), -1);
	assert_int_equal(trusted_open(&fd, dir, TRUSTED_SELF, &err), -1);

	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(trusted_open(&fd, path, TRUSTED_SELF, &err), -1);
	assert_int_equal(unlink(path), 0);

	/* a secret: nobody else may read it */
	assert_int_equal(trusted_open(&fd, file, TRUSTED_SELF | TRUSTED_PRIVATE, &err), -1);
	assert_non_null(strstr(err.text, "everybody can read it"));
	assert_int_equal(chmod(file, 0640), 0);
	assert_int_equal(trusted_open(&fd, file, TRUSTED_SELF | TRUSTED_PRIVATE, &err), 0);
	close(fd);
	config_free(load(AWS, CONFIG_NO_NSS));	/* the positive control */
}

static void
F1_root_alone_is_enough(void **state)
{
	struct s3jit_err err;
	int fd;

	(void)state;
	assert_int_equal(trusted_open(&fd, "/etc/passwd", 0, &err), 0);
	close(fd);
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(file, 1, (gid_t)-1), 0);
	assert_int_equal(trusted_open(&fd, file, TRUSTED_SELF, &err), -1);
	assert_non_null(strstr(err.text, "belongs to uid 1, not to root"));
	assert_int_equal(chown(file, 0, (gid_t)-1), 0);
	assert_int_equal(chown(dir, 1, (gid_t)-1), 0);
	assert_int_equal(trusted_open(&fd, file, TRUSTED_SELF, &err), -1);
	assert_int_equal(chown(dir, 0, (gid_t)-1), 0);
}

static void
F7_warnings(void **state)
{
	static const struct { const char *text, *expected; } t[] = {
		{ RULE("approvals = { \"1 of group:daemon\" }\n"), "the people who ask are the people who sign off" },
		{ RULE("approvals = { \"64 of group:daemon\" }\n"), "cannot be reached: the group has" },
		{ RULE("auto = true\n"), "nobody signs off" },
		{ RULE("approvals = { \"1 of group:sys\" }\n"), "reauth does not name \"approver\"" },
		{ RULE("auto = true\naccount = \"444455556666\"\n"), "its role is of account 111122223333, and its buckets" },
		{ AWS, "no baseline" },
		{ AWS "local-votes = true\n", "local-votes" },
		{ "aws { region = eu-central-1 credentials = imds }\n", "no account" },
		{ AWS "rule \"r\" { allow = { \"get s3://bbb/\" } " ROLE "auto = true max-ttl = 1m }\n", "nobody may use it" },
		{ RULE("auto = true\n") "rule \"r\" { groups = { \"daemon\" } allow = { \"delete s3://prod-a/b\" } "
		    ROLE "auto = true max-ttl = 1m }\n", "never counts: rule \"deletes\" in line 2" },
	};
	struct s3jit_err err;
	struct strv out;
	struct config *c;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		c = load(t[i].text, 0);
		assert_int_equal(config_warnings(&out, c, &err), 0);
		for (j = 0; j < out.n && strstr(out.v[j], t[i].expected) == NULL; j++)
			;
		if (j == out.n)
			print_error("no warning: %s\n", t[i].expected);
		assert_true(j < out.n);
		strv_clear(&out);
		config_free(c);
	}
}

/* Uncomment every "#x" line of a text in place ("# words" stay comments). */
static void
uncomment(char *text)
{
	char *p;

	for (p = text; p != NULL; p = strchr(p, '\n') == NULL ? NULL : strchr(p, '\n') + 1)
		if (p[0] == '#' && p[1] != ' ' && p[1] != '\n')
			p[0] = ' ';
		else if (p[0] == '#' && p[1] == ' ' && p[2] == ' ' && p[3] != '#' && p[3] != ' ')
			p[0] = ' ';
}

/* The file that is installed is fine as it is, and with all it suggests. */
static void
the_sample_is_fine(void **state)
{
	char path[4096], text[16384];
	struct config *c;
	size_t n;
	FILE *fp;

	(void)state;
	snprintf(path, sizeof(path), "%s/conf/s3jit.conf", sources);
	assert_non_null(fp = fopen(path, "r"));
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	fclose(fp);
	c = load(text, CONFIG_NO_NSS);
	assert_int_equal(c->nrules, 0);
	assert_int_equal(c->nbaselines, 1);
	config_free(c);
	uncomment(text);
	c = load(text, CONFIG_NO_NSS);
	assert_int_equal(c->nrules, 3);
	assert_int_equal(c->nbaselines, 2);
	assert_int_equal(c->linger, 600);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_is_fine),
		cmocka_unit_test(reads_everything),
		cmocka_unit_test(F3_empty_groups_are_nobody_not_everybody),
		cmocka_unit_test(region_decides_partition_and_names),
		cmocka_unit_test(fips_proxy_and_metadata),
		cmocka_unit_test(several_accounts),
		cmocka_unit_test(F2_F3_refuses_with_place_and_reason),
		cmocka_unit_test(F2_nul_byte_is_refused),
		cmocka_unit_test(F2_environment_is_cleared),
		cmocka_unit_test(F5_names_are_names),
		cmocka_unit_test(F1_owner_mode_and_links),
		cmocka_unit_test(F1_root_alone_is_enough),
		cmocka_unit_test(F7_warnings),
	};

	if (getenv("srcdir") != NULL)	/* before the environment is cleared */
		snprintf(sources, sizeof(sources), "%s", getenv("srcdir"));
	return cmocka_run_group_tests(tests, setup, teardown);
}
