/*
 * test_aws_grammar.c - permissions from the AWS CLI's own words: what each form
 * needs, and what is refused.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/aws.h"
#include "client/aws_grammar.h"
#include "client/aws_table.h"
#include "client/command.h"
#include "s3jit/s3uri.h"
#include "seed.h"

#define MOST 32

/* "aws s3 cp ..." split at blanks; `"` holds a word with blanks together. */
struct words {
	char text[1024];
	char *argv[MOST + 1];
	int argc;
};

static void
split(struct words *w, const char *line)
{
	char *p = w->text, end;

	snprintf(w->text, sizeof(w->text), "%s", line);
	for (w->argc = 0; *p != '\0' && w->argc < MOST; ) {
		end = *p == '"' ? '"' : ' ';
		p += end == '"';
		w->argv[w->argc++] = p;
		p += strcspn(p, end == '"' ? "\"" : " ");
		if (*p != '\0')
			*p++ = '\0';
		p += strspn(p, " ");
	}
	w->argv[w->argc] = NULL;
}

/* The permissions of a line, joined by ", "; "" when it is refused. */
static int
derive(char *out, size_t size, char **instead, const char *line, struct s3jit_err *err)
{
	struct strv permissions;
	struct words w;
	size_t i, len = 0;
	int ret;

	split(&w, line);
	ret = aws_grammar(&permissions, instead, w.argc, w.argv, err);
	out[0] = '\0';
	for (i = 0; i < permissions.n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? ", " : "",
		    permissions.v[i]);
	strv_clear(&permissions);
	return ret;
}

/* ---- accepted ---- */

static const struct {
	const char *line, *permissions;
} accepted[] = {
	{ "s3 cp a.csv s3://b-1/2026/a.csv", "put s3://b-1/2026/a.csv" },
	{ "s3 cp a.csv s3://b-1/2026/", "put s3://b-1/2026/a.csv" },
	{ "s3 cp ./out/a.csv s3://b-1", "put s3://b-1/a.csv" },
	{ "s3 cp - s3://b-1/k", "put s3://b-1/k" },
	{ "s3 cp a s3://b-1/k --metadata x=y --content-type text/csv --storage-class STANDARD_IA "
	  "--sse --only-show-errors", "put s3://b-1/k" },
	{ "s3 cp a s3://b-1/k --sse AES256", "put s3://b-1/k" },
	{ "s3 cp a s3://b-1/k --sse=aws:kms --sse-kms-key-id x", "put s3://b-1/k" },
	{ "s3 cp --quiet a s3://b-1/k", "put s3://b-1/k" },
	{ "s3 cp \"two words\" s3://b-1/", "put s3://b-1/two words" },
	{ "s3 cp a s3://b-1/x*y%z", "put s3://b-1/x%2Ay%25z" },
	{ "s3 cp a s3://b-1//k", "put s3://b-1//k" },
	{ "s3 cp out s3://b-1/2026 --recursive --exclude * --include *.csv", "put s3://b-1/2026/" },
	{ "s3 cp out s3://b-1 --recursive", "put s3://b-1/" },
	{ "s3 cp out s3://b-1/h\xc3\xa4user/ --recursive", "put s3://b-1/h\xc3\xa4user/" },
	{ "s3 cp s3://b-1/k .", "get s3://b-1/k" },
	{ "s3 cp s3://b-1/k -", "get s3://b-1/k" },
	{ "s3 cp s3://b-1/k . --dryrun", "get s3://b-1/k" },
	{ "s3 cp s3://b-1/2026 . --recursive", "list s3://b-1/2026/, get s3://b-1/2026/" },
	{ "s3 cp s3://b-1/2026 . --recursive --dryrun", "list s3://b-1/2026/" },
	{ "s3 cp s3://b-1/k s3://b-2/k2", "get s3://b-1/k, put s3://b-2/k2, tag s3://b-2/k2" },
	{ "s3 cp s3://b-1/x/k s3://b-2/y/", "get s3://b-1/x/k, put s3://b-2/y/k, tag s3://b-2/y/k" },
	{ "s3 cp s3://b-1/k s3://b-2/k2 --copy-props none", "get s3://b-1/k, put s3://b-2/k2" },
	{ "s3 cp s3://b-1/k s3://b-2/k2 --copy-props metadata-directive",
	  "get s3://b-1/k, put s3://b-2/k2" },
	{ "s3 cp s3://b-1/k s3://b-2/k2 --copy-props default",
	  "get s3://b-1/k, put s3://b-2/k2, tag s3://b-2/k2" },
	/* it switches --copy-props off, and S3 copies the tags */
	{ "s3 cp s3://b-1/k s3://b-2/k2 --copy-props none --metadata-directive REPLACE",
	  "get s3://b-1/k, put s3://b-2/k2, tag s3://b-2/k2" },
	{ "s3 cp s3://b-1/x s3://b-2/y --recursive",
	  "list s3://b-1/x/, get s3://b-1/x/, put s3://b-2/y/, tag s3://b-2/y/" },
	{ "s3 cp s3://b-1/x s3://b-2/y --recursive --copy-props none --source-region eu-west-1",
	  "list s3://b-1/x/, get s3://b-1/x/, put s3://b-2/y/" },

	{ "s3 mv a s3://b-1/k", "put s3://b-1/k" },
	{ "s3 mv s3://b-1/k .", "get s3://b-1/k, delete s3://b-1/k" },
	{ "s3 mv s3://b-1/k . --dryrun", "get s3://b-1/k" },
	{ "s3 mv s3://b-1/k s3://b-1/k2 --copy-props none",
	  "get s3://b-1/k, delete s3://b-1/k, put s3://b-1/k2" },
	{ "s3 mv s3://b-1/x s3://b-2/y --recursive",
	  "list s3://b-1/x/, get s3://b-1/x/, delete s3://b-1/x/, put s3://b-2/y/, tag s3://b-2/y/" },
	{ "s3 mv out s3://b-1/x --recursive", "put s3://b-1/x/" },
	{ "s3 mv s3://b-1/x out --recursive",
	  "list s3://b-1/x/, get s3://b-1/x/, delete s3://b-1/x/" },

	{ "s3 sync out s3://b-1/x", "put s3://b-1/x/, list s3://b-1/x/" },
	{ "s3 sync ./out s3://b-1/x/ --delete",
	  "put s3://b-1/x/, list s3://b-1/x/, delete s3://b-1/x/" },
	{ "s3 sync out s3://b-1/x --delete --dryrun", "list s3://b-1/x/" },
	{ "s3 sync s3://b-1/x out --delete", "list s3://b-1/x/, get s3://b-1/x/" },
	{ "s3 sync s3://b-1/x s3://b-2/y --delete --exact-timestamps --size-only",
	  "list s3://b-1/x/, get s3://b-1/x/, put s3://b-2/y/, tag s3://b-2/y/, list s3://b-2/y/, "
	  "delete s3://b-2/y/" },
	{ "s3 sync s3://b-1 s3://b-2 --copy-props metadata-directive",
	  "list s3://b-1/, get s3://b-1/, put s3://b-2/, list s3://b-2/" },
	{ "s3 sync s3://b-1/x s3://b-2/y --dryrun", "list s3://b-1/x/, list s3://b-2/y/" },

	{ "s3 rm s3://b-1/k", "delete s3://b-1/k" },
	{ "s3 rm s3://b-1/x --recursive", "list s3://b-1/x/, delete s3://b-1/x/" },
	{ "s3 rm s3://b-1/x --recursive --dryrun --page-size 5", "list s3://b-1/x/" },
	{ "s3 rm s3://b-1 --recursive --exclude * --include=-x", "list s3://b-1/, delete s3://b-1/" },
	{ "s3 ls s3://b-1", "list s3://b-1/" },
	{ "s3 ls s3://b-1/x/ --recursive --summarize --human-readable", "list s3://b-1/x/" },
	{ "s3 ls s3://b-1/x", "list s3://b-1/x" },
	{ "--region eu-central-1 --output json s3 --no-cli-pager ls s3://b-1/x/ --color off",
	  "list s3://b-1/x/" },
	{ "s3 mb s3://b-1", "create-bucket s3://b-1/" },
	{ "s3 mb s3://b-1/ --region eu-central-1", "create-bucket s3://b-1/" },
	{ "s3 rb s3://b-1", "delete-bucket s3://b-1/" },
	{ "s3 rb --force s3://b-1", "list s3://b-1/, delete s3://b-1/, delete-bucket s3://b-1/" },

	{ "s3api create-bucket --bucket b-1", "create-bucket s3://b-1/" },
	{ "s3api create-bucket --bucket b-1 --create-bucket-configuration LocationConstraint=eu-west-1",
	  "create-bucket s3://b-1/" },
	{ "s3api delete-bucket --bucket b-1 --expected-bucket-owner 111122223333",
	  "delete-bucket s3://b-1/" },
	{ "s3api put-object --bucket b-1 --key k --body f", "put s3://b-1/k" },
	{ "s3api put-object --bucket=b-1 --key=-k --body f", "put s3://b-1/-k" },
	{ "s3api put-object --bucket b-1 --key k --tagging a=b", "put s3://b-1/k, tag s3://b-1/k" },
	{ "s3api put-object --bucket b-1 --key k --if-none-match *", "put s3://b-1/k" },
	{ "s3api copy-object --bucket b-1 --key k --copy-source b-2/x/y",
	  "get s3://b-2/x/y, put s3://b-1/k, tag s3://b-1/k" },
	{ "s3api copy-object --bucket b-1 --key k --copy-source b-2/x --tagging-directive COPY",
	  "get s3://b-2/x, put s3://b-1/k, tag s3://b-1/k" },
	{ "s3api copy-object --bucket b-1 --key k --copy-source b-2/x --tagging-directive REPLACE "
	  "--metadata-directive REPLACE", "get s3://b-2/x, put s3://b-1/k" },
	{ "s3api copy-object --bucket b-1 --key k --copy-source b-2/x --tagging-directive REPLACE "
	  "--tagging a=b", "get s3://b-2/x, put s3://b-1/k, tag s3://b-1/k" },
	{ "s3api delete-object --bucket b-1 --key k", "delete s3://b-1/k" },
	{ "s3api delete-object --bucket b-1 --key k --version-id v", "delete-version s3://b-1/k" },
	{ "s3api get-object --bucket b-1 --key k out", "get s3://b-1/k" },
	{ "s3api get-object --bucket b-1 --key k --version-id v --range bytes=0-1 out",
	  "get s3://b-1/k" },
	{ "s3api head-object --bucket b-1 --key k --query ETag --output text", "get s3://b-1/k" },
	{ "s3api list-objects --bucket b-1 --prefix x", "list s3://b-1/x" },
	{ "s3api list-objects-v2 --bucket b-1 --prefix x/ --max-items 5", "list s3://b-1/x/" },
	{ "s3api list-objects-v2 --bucket b-1 --no-paginate", "list s3://b-1/" },
	{ "s3api list-object-versions --bucket b-1 --prefix x/", "list s3://b-1/x/" },
	{ "s3api create-multipart-upload --bucket b-1 --key k", "put s3://b-1/k" },
	{ "s3api create-multipart-upload --bucket b-1 --key k --tagging a=b",
	  "put s3://b-1/k, tag s3://b-1/k" },
	{ "s3api upload-part --bucket b-1 --key k --upload-id u --part-number 1 --body f",
	  "put s3://b-1/k" },
	{ "s3api upload-part-copy --bucket b-1 --key k --upload-id u --part-number 1 "
	  "--copy-source b-2/x", "get s3://b-2/x, put s3://b-1/k" },
	{ "s3api complete-multipart-upload --bucket b-1 --key k --upload-id u --multipart-upload {}",
	  "put s3://b-1/k" },
	{ "s3api abort-multipart-upload --bucket b-1 --key k --upload-id u", "put s3://b-1/k" },
	{ "s3api list-parts --bucket b-1 --key k --upload-id u", "put s3://b-1/k" },
	{ "s3api get-object-tagging --bucket b-1 --key k", "get s3://b-1/k" },
	{ "s3api put-object-tagging --bucket b-1 --key k --tagging x", "tag s3://b-1/k" },
	{ "s3api delete-object-tagging --bucket b-1 --key k", "tag s3://b-1/k" },
	{ "s3api restore-object --bucket b-1 --key k --restore-request Days=3", "restore s3://b-1/k" },
	{ "s3api restore-object --bucket b-1 --key k --restore-request "
	  "Days=3,GlacierJobParameters={Tier=Bulk}", "restore s3://b-1/k" },
};

static void
W4_what_is_understood_gives_what_it_needs(void **state)
{
	char line[512], got[1024], *instead;
	struct s3jit_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		snprintf(line, sizeof(line), "aws %s", accepted[i].line);
		if (derive(got, sizeof(got), &instead, line, &err) == -1)
			fail_msg("%s: %s", line, err.text);
		assert_null(instead);
		if (strcmp(got, accepted[i].permissions) != 0)
			fail_msg("%s: %s, wanted %s", line, got, accepted[i].permissions);
	}
}

/* ---- refused ---- */

#define PLACEHOLDER "s3-sudo run --allow 'VERB s3://BUCKET/FOLDER/' -- aws "

/* The line, some of what is said about it, and what is offered instead. */
static const struct {
	const char *line, *says, *instead;
} refused[] = {
	/* leads elsewhere: the same, with the permissions said in full */
	{ "s3 cp a s3://b-1/k --endpoint-url https://evil", "elsewhere",
	  "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --endpoint-url https://evil" },
	{ "--endpoint-url=https://evil s3 rm s3://b-1/x --recursive", "elsewhere",
	  "s3-sudo run --allow 'list s3://b-1/x/' --allow 'delete s3://b-1/x/' -- aws "
	  "--endpoint-url=https://evil s3 rm s3://b-1/x --recursive" },
	{ "s3 cp a s3://b-1/k --no-verify-ssl", "impostor",
	  "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --no-verify-ssl" },
	{ "s3 cp a s3://b-1/k --ca-bundle x", "impostor",
	  "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --ca-bundle x" },
	{ "s3 cp a s3://b-1/k --cli-auto-prompt", "another",
	  "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --cli-auto-prompt" },
	{ "s3api put-object --bucket b-1 --key k --cli-input-json file://x", "replaces",
	  "s3-sudo run --allow 'put s3://b-1/k' -- aws s3api put-object --bucket b-1 --key k "
	  "--cli-input-json file://x" },
	{ "s3api delete-object --cli-input-yaml x", "replaces",
	  PLACEHOLDER "s3api delete-object --cli-input-yaml x" },
	{ "s3 cp a s3://b-1/k --profile x", "Leave", NULL },
	{ "--profile=x s3 cp a s3://b-1/k", "Leave", NULL },
	{ "s3 cp a s3://b-1/k --no-sign-request", "Leave", NULL },
	{ "s3 cp a s3://b-1/k --debug", "Leave", NULL },

	/* abbreviations, and options that are not known there */
	{ "s3 sync out s3://b-1/x --del", "--del:",
	  "s3-sudo run --allow 'put s3://b-1/x/' --allow 'list s3://b-1/x/' -- aws s3 sync out "
	  "s3://b-1/x --del" },
	{ "s3 cp a s3://b-1/k --rec", "--rec:", "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp a "
	  "s3://b-1/k --rec" },
	{ "s3 cp a s3://b-1/k --endpoint https://evil", "--endpoint:",
	  PLACEHOLDER "s3 cp a s3://b-1/k --endpoint https://evil" },
	{ "s3 cp a s3://b-1/k --prof=x", "--prof:",
	  "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --prof=x" },
	{ "--recursive s3 rm s3://b-1/x", "--recursive:", PLACEHOLDER "--recursive s3 rm s3://b-1/x" },
	{ "s3 --dryrun rm s3://b-1/x", "--dryrun:", PLACEHOLDER "s3 --dryrun rm s3://b-1/x" },
	{ "s3 cp a s3://b-1/k --delete", "--delete:",
	  "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --delete" },
	{ "s3 mv s3://b-1/k s3://b-1/l --validate-same-s3-paths", "--validate",
	  "s3-sudo run --allow 'get s3://b-1/k' --allow 'delete s3://b-1/k' --allow 'put s3://b-1/l' "
	  "--allow 'tag s3://b-1/l' -- aws s3 mv s3://b-1/k s3://b-1/l --validate-same-s3-paths" },
	{ "s3 cp -x a s3://b-1/k", "-x:", "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp -x a s3://b-1/k" },
	{ "s3 cp -- a s3://b-1/k", "--:", "s3-sudo run --allow 'put s3://b-1/k' -- aws s3 cp -- a s3://b-1/k" },

	/* standing access, locks, secrets */
	{ "s3 cp a s3://b-1/k --acl public-read", "standing access", NULL },
	{ "s3 cp a s3://b-1/k --grants read=uri=x", "standing access", NULL },
	{ "s3api put-object --bucket b-1 --key k --grant-read x", "standing access", NULL },
	{ "s3api put-object --bucket b-1 --key k --object-lock-mode GOVERNANCE", "locks", NULL },
	{ "s3api delete-object --bucket b-1 --key k --version-id v --bypass-governance-retention",
	  "bypass", NULL },
	{ "s3 cp a s3://b-1/k --sse-c AES256 --sse-c-key secret", "record", NULL },
	{ "s3api get-object --bucket b-1 --key k --sse-customer-key secret out", "record", NULL },
	{ "s3 mb s3://b-1/k", "bucket alone", NULL },
	{ "s3 rb s3://b-1/k", "bucket alone", NULL },
	{ "s3 rb b-1", "the bucket must be s3://BUCKET", NULL },
	{ "s3 mb s3://b-1 --force", "--force:",
	  "s3-sudo run --allow 'create-bucket s3://b-1/' -- aws s3 mb s3://b-1 --force" },
	{ "s3api create-bucket --bucket b-1 --acl public-read", "standing access", NULL },
	{ "s3api create-bucket --bucket b-1 --grant-write x", "standing access", NULL },
	{ "s3api create-bucket --bucket b-1 --object-ownership ObjectWriter", "standing access", NULL },
	{ "s3api create-bucket --bucket b-1 --object-lock-enabled-for-bucket", "locks", NULL },
	{ "s3api create-bucket --bucket b-1 --create-bucket-configuration Bucket={Type=Directory}",
	  "does not know what that asks",
	  "s3-sudo run --allow 'create-bucket s3://b-1/' -- aws s3api create-bucket --bucket b-1 "
	  "--create-bucket-configuration 'Bucket={Type=Directory}'" },
	{ "s3api delete-bucket --bucket b-1 --key k", "--key:",
	  PLACEHOLDER "s3api delete-bucket --bucket b-1 --key k" },
	{ "s3api create-bucket --bucket b-1/k", "no bucket", NULL },
	{ "s3api create-bucket", "--bucket is missing", NULL },
	{ "s3api put-bucket-policy --bucket b-1 --policy x", "standing access", NULL },
	{ "s3api put-object-acl --bucket b-1 --key k", "standing access", NULL },
	{ "s3api delete-public-access-block --bucket b-1", "standing access", NULL },
	{ "s3 presign s3://b-1/k", "s3-sudo get", NULL },
	{ "s3 website s3://b-1 --index-document i", "standing access", NULL },

	/* commands that are not known */
	{ "s3 foo s3://b-1", "does not know", PLACEHOLDER "s3 foo s3://b-1" },
	{ "s3api delete-objects --bucket b-1 --delete x", "does not know",
	  PLACEHOLDER "s3api delete-objects --bucket b-1 --delete x" },
	{ "s3api get-bucket-acl --bucket b-1", "does not know",
	  PLACEHOLDER "s3api get-bucket-acl --bucket b-1" },
	{ "s3control x", "nothing else", NULL },
	{ "ec2 terminate-instances", "nothing else", NULL },
	{ "configure", "nothing else", NULL },

	/* no access is needed */
	{ "", "shows", "aws" },
	{ "help", "Help", "aws help" },
	{ "s3", "shows", "aws s3" },
	{ "s3 help", "Help", "aws s3 help" },
	{ "s3 cp help", "Help", "aws s3 cp help" },
	{ "--version", "needs no access", "aws --version" },
	{ "s3api put-object --generate-cli-skeleton", "needs no access",
	  "aws s3api put-object --generate-cli-skeleton" },
	{ "s3 cp a s3://b-1/k --dryrun", "needs no access", "aws s3 cp a s3://b-1/k --dryrun" },
	{ "s3 rm s3://b-1/k --dryrun", "needs no access", "aws s3 rm s3://b-1/k --dryrun" },
	{ "s3 ls", "names of all buckets", "aws s3 ls" },

	/* forms */
	{ "s3 cp a b", "must be s3://", NULL },
	{ "s3 cp S3://b-1/k .", "a place is", NULL },
	{ "s3 cp file:///etc/passwd s3://b-1/k", "a place is", NULL },
	{ "s3 ls b-1/x", "must be s3://", NULL },
	{ "s3 rm b-1/x", "must be s3://", NULL },
	{ "s3 cp a", "something is missing", NULL },
	{ "s3 rm s3://b-1/k s3://b-1/l", "more than", PLACEHOLDER "s3 rm s3://b-1/k s3://b-1/l" },
	{ "s3 cp a --quiet s3://b-1/k", "together", NULL },
	{ "s3 rm s3://b-1", "no single object", NULL },
	{ "s3 rm s3://b-1/x/", "no single object", NULL },
	{ "s3 cp s3://b-1/x/ .", "no single object", NULL },
	{ "s3 mv s3://b-1 s3://b-2", "no single object", NULL },
	{ "s3 cp - s3://b-1/x/", "what key", NULL },
	{ "s3 cp out/ s3://b-1/x/", "what key", NULL },
	{ "s3 cp .. s3://b-1/", "what key", NULL },
	{ "s3 sync - s3://b-1/x/", "cp of one", NULL },
	{ "s3 cp - s3://b-1/x/ --recursive", "cp of one", NULL },
	{ "s3 cp a s3://arn:aws:s3:eu-central-1:111122223333:accesspoint/x/k", "bucket name", NULL },
	{ "s3 cp a s3://b-1--x-s3/k", "directory bucket", NULL },
	{ "s3 cp a s3://B-1/k", "bucket name", NULL },
	{ "s3 cp a s3://b-1/\x01", "control character", NULL },
	{ "s3 cp a s3://b-1/x/\xc3\xa4", "printable ASCII",
	  "s3-sudo run --allow 'put s3://b-1/x/' -- aws s3 cp a 's3://b-1/x/\xc3\xa4'" },
	{ "s3 cp \xc3\xa4 s3://b-1/x/", "printable ASCII",
	  "s3-sudo run --allow 'put s3://b-1/x/' -- aws s3 cp '\xc3\xa4' s3://b-1/x/" },
	{ "s3 rm s3://b-1/it's --quie", "--quie", "s3-sudo run --allow 'delete s3://b-1/it'\\''s' -- "
	  "aws s3 rm 's3://b-1/it'\\''s' --quie" },
	{ "s3 cp a s3://b-1/k --sse nonsense", "does not know", "s3-sudo run --allow "
	  "'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --sse nonsense" },
	{ "s3 cp --sse a s3://b-1/k", "--sse a", PLACEHOLDER "s3 cp --sse a s3://b-1/k" },
	{ "s3 cp a s3://b-1/k --region evil.example/x#", "--region", "s3-sudo run --allow "
	  "'put s3://b-1/k' -- aws s3 cp a s3://b-1/k --region 'evil.example/x#'" },
	{ "s3 cp s3://b-1/k s3://b-1/l --source-region a.b", "--source-region", "s3-sudo run --allow "
	  "'get s3://b-1/k' --allow 'put s3://b-1/l' --allow 'tag s3://b-1/l' -- aws s3 cp "
	  "s3://b-1/k s3://b-1/l --source-region a.b" },
	{ "s3 cp s3://b-1/k s3://b-1/l --copy-props all", "--copy-props", "s3-sudo run --allow "
	  "'get s3://b-1/k' --allow 'put s3://b-1/l' --allow 'tag s3://b-1/l' -- aws s3 cp "
	  "s3://b-1/k s3://b-1/l --copy-props all" },
	{ "s3 cp a s3://b-1/k --quiet=yes", "takes no value", NULL },
	{ "s3 cp a s3://b-1/k --exclude --recursive", "wants a value", NULL },
	{ "s3 cp a s3://b-1/k --exclude", "wants a value", NULL },
	{ "s3 rm s3://b-1/k --dryrun --dryrun", "given twice", NULL },

	{ "s3api put-object --bucket b-1", "--key is missing", NULL },
	{ "s3api put-object --key k", "--bucket is missing", NULL },
	{ "s3api put-object --bucket b-1 --bucket b-2 --key k", "given twice", NULL },
	{ "s3api put-object --bucket b-1 --key file:///x", "not in a file",
	  PLACEHOLDER "s3api put-object --bucket b-1 --key file:///x" },
	{ "s3api put-object --bucket b-1 --key fileb:///x", "not in a file",
	  PLACEHOLDER "s3api put-object --bucket b-1 --key fileb:///x" },
	{ "s3api delete-object --bucket b-1 --key x/", "no object's key", NULL },
	{ "s3api delete-object --bucket b-1/x --key y", "no bucket", NULL },
	{ "s3api delete-object --bucket arn:aws:s3:::b-1 --key y", "bucket name", NULL },
	{ "s3api list-objects-v2 --bucket b-1 --prefix file://x", "not in a file",
	  "s3-sudo run --allow 'list s3://b-1/' -- aws s3api list-objects-v2 --bucket b-1 --prefix "
	  "file://x" },
	{ "s3api copy-object --bucket b-1 --key k --copy-source b-2/x?versionId=v", "--copy-source",
	  PLACEHOLDER "s3api copy-object --bucket b-1 --key k --copy-source 'b-2/x?versionId=v'" },
	{ "s3api copy-object --bucket b-1 --key k --copy-source b-2/x%2F..", "--copy-source",
	  PLACEHOLDER "s3api copy-object --bucket b-1 --key k --copy-source b-2/x%2F.." },
	{ "s3api copy-object --bucket b-1 --key k --copy-source /b-2/x", "--copy-source",
	  PLACEHOLDER "s3api copy-object --bucket b-1 --key k --copy-source /b-2/x" },
	{ "s3api copy-object --bucket b-1 --key k --copy-source b-2", "no object's key", NULL },
	{ "s3api copy-object --bucket b-1 --key k", "--copy-source is wanted",
	  PLACEHOLDER "s3api copy-object --bucket b-1 --key k" },
	{ "s3api restore-object --bucket b-1 --key k --restore-request "
	  "Type=SELECT,OutputLocation={S3={BucketName=b-2}}", "--restore-request",
	  "s3-sudo run --allow 'restore s3://b-1/k' -- aws s3api restore-object --bucket b-1 --key k "
	  "--restore-request 'Type=SELECT,OutputLocation={S3={BucketName=b-2}}'" },
	{ "s3api get-object --bucket b-1 --key k", "something is missing", NULL },
};

static void
refused_check(const char *line, const char *says, const char *wanted)
{
	char got[1024], *instead;
	struct s3jit_err err;

	if (derive(got, sizeof(got), &instead, line, &err) == 0)
		fail_msg("%s: gives %s", line, got);
	assert_string_equal(got, "");
	assert_int_equal(err.code, S3JIT_EUSAGE);
	if (strstr(err.text, says) == NULL)
		fail_msg("%s: says \"%s\", and not \"%s\"", line, err.text, says);
	if ((instead == NULL) != (wanted == NULL) || (wanted != NULL && strcmp(instead, wanted) != 0))
		fail_msg("%s: offers\n  %s\nwanted\n  %s", line, instead == NULL ? "nothing" : instead,
		    wanted == NULL ? "nothing" : wanted);
	free(instead);
}

static void
W4_the_rest_is_refused_with_the_line_that_would_do_it(void **state)
{
	char line[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		snprintf(line, sizeof(line), "aws %s", refused[i].line);
		refused_check(line, refused[i].says, refused[i].instead);
	}
}

/* Every abbreviation of every option, wherever the option itself is taken. */
static void
W4_no_abbreviation_is_taken(void **state)
{
	const struct aws_option *o, *other;
	char word[64], line[256], got[256], *instead;
	struct s3jit_err err;
	size_t len, tried = 0;

	(void)state;
	for (o = aws_options; o->name != NULL; o++)
		for (len = 3; len < strlen(o->name); len++) {
			snprintf(word, sizeof(word), "%.*s", (int)len, o->name);
			for (other = aws_options; other->name != NULL; other++)
				if (strcmp(other->name, word) == 0)
					break;
			if (other->name != NULL)
				continue;	/* an option of its own */
			snprintf(line, sizeof(line), "aws s3 sync out s3://b-1/x/ %s%s", word,
			    o->takes == VALUE ? "=1" : "");
			assert_int_equal(derive(got, sizeof(got), &instead, line, &err), -1);
			free(instead);
			tried++;
		}
	assert_true(tried > 500);
}

/* ---- properties ---- */

/* Is that permission within a place that the line names? */
static bool
within(const char *permission, const struct words *w)
{
	static const char *const named[] = { "s3://b-1/x/", "s3://b-1/k", "s3://b-2/y/", "s3://b-2/l" };
	const char *place = strstr(permission, "s3://");
	size_t i;
	int k;

	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		for (k = 1; k < w->argc; k++)
			if (strncmp(place, named[i], strlen(named[i])) == 0 &&
			    (named[i][strlen(named[i]) - 1] == '/' || place[strlen(named[i])] == '\0' ||
			    strcmp(place + strlen(named[i]), "/") == 0) &&
			    strncmp(w->argv[k], named[i], strlen(named[i])) == 0)
				return true;
	return false;
}

static void
line_check(const struct words *w, size_t *accepted_lines)
{
	struct strv permissions;
	struct permission p;
	struct s3jit_err err;
	char *instead;
	size_t i;

	if (aws_grammar(&permissions, &instead, w->argc, w->argv, &err) == -1) {
		assert_int_equal(permissions.n, 0);
		free(instead);
		return;
	}
	++*accepted_lines;
	assert_true(permissions.n > 0);
	for (i = 0; i < permissions.n; i++) {
		assert_int_equal(permission_parse(&p, permissions.v[i], false, &err), 0);
		assert_false(p.bucket_open);
		permission_clear(&p);
		if (!within(permissions.v[i], w))
			fail_msg("%s of %s %s %s ...", permissions.v[i], w->argv[1], w->argv[2], w->argv[3]);
	}
	strv_clear(&permissions);
}

/* Lines put together at random, of words that mean something somewhere. */
static void
W4_no_permission_outside_of_what_the_line_names(void **state)
{
	static char *const words[] = {
		(char *)"s3", (char *)"s3api", (char *)"cp", (char *)"mv", (char *)"sync", (char *)"rm",
		(char *)"ls", (char *)"file", (char *)"-", (char *)"s3://b-1/x/", (char *)"s3://b-1/k",
		(char *)"s3://b-2/y/", (char *)"s3://b-2/l", (char *)"--recursive", (char *)"--delete",
		(char *)"--dryrun", (char *)"--exclude", (char *)"*", (char *)"--copy-props",
		(char *)"none", (char *)"--region", (char *)"eu-1", (char *)"--quiet", (char *)"--",
		(char *)"--sse", (char *)"AES256", (char *)"--profile", (char *)"--page-size=5",
	};
	const unsigned int n = sizeof(words) / sizeof(words[0]);
	unsigned int round;
	size_t accepted_lines = 0;
	struct words w;
	int i;

	(void)state;
	seed_begin();
	for (round = 0; round < 300000; round++) {
		w.argv[0] = (char *)(uintptr_t)"aws";
		w.argc = 3 + (int)seed_below(6);
		for (i = 1; i < w.argc; i++)
			w.argv[i] = words[seed_below(n)];
		if (round % 2 == 0) {		/* half of them begin as they should */
			w.argv[1] = words[0];
			w.argv[2] = words[2 + (round / 2) % 5];
		}
		w.argv[w.argc] = NULL;
		line_check(&w, &accepted_lines);
	}
	assert_true(accepted_lines > 500);
}

static void
tables_are_sound(void **state)
{
	const struct aws_option *o, *other;
	size_t n = 0;

	(void)state;
	for (o = aws_options; o->name != NULL; o++, n++) {
		assert_int_equal(strncmp(o->name, "--", 2), 0);
		assert_true(o->effect != WORD || o->text != NULL);
		assert_true((o->effect != AWAY && o->effect != NEVER) || o->text != NULL);
		assert_true(o->takes != FLAG || o->effect == PLAIN || o->effect == SAYS ||
		    o->effect >= AWAY);
		assert_true(o->takes != MAYBE || o->effect == WORD || o->effect >= AWAY);
		for (other = o + 1; other->name != NULL; other++)
			assert_false(strcmp(o->name, other->name) == 0 &&
			    (o->commands & other->commands) != 0);
	}
	assert_true(n <= AWS_OPTIONS);
}

/* ---- what stands around the command ---- */

static void
W4_aliases_of_its_words_are_found(void **state)
{
	static const struct {
		const char *file;
		int ret;
	} t[] = {
		{ "[toplevel]\nwhoami = sts get-caller-identity\n", 0 },
		{ "[toplevel]\ns3 = !evil\n", -1 },
		{ "[command s3]\ncp = !evil\n", -1 },
		{ "[command s3]\n  CP: rm --recursive\n", -1 },
		{ "[command s3]\nx=1\rcp=!evil\n", -1 },
		{ "[command s3]\n\xc2\xa0" "cp=!evil\n", -1 },
		{ "[command s3]\ncpx = cp\nx-cp = cp\n", 0 },
		{ "", 0 },
	};
	static char *const argv[] = { (char *)"aws", (char *)"s3", (char *)"cp", (char *)"a",
	    (char *)"s3://b-1/k", NULL };
	char home[] = "/tmp/aws-alias-XXXXXX", path[128];
	struct s3jit_err err;
	size_t i;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(home));
	assert_int_equal(aws_alias_check(home, 5, argv, &err), 0);
	snprintf(path, sizeof(path), "%s/.aws", home);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/cli");
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/alias");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_non_null(f = fopen(path, "w"));
		fputs(t[i].file, f);
		fclose(f);
		if (aws_alias_check(home, 5, argv, &err) != t[i].ret)
			fail_msg("alias file %zu", i);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);		/* can't be read */
	assert_int_equal(aws_alias_check(home, 5, argv, &err), -1);
	for (i = 0; i < 4; i++) {
		assert_int_equal(rmdir(path), 0);
		*strrchr(path, '/') = '\0';
	}
}

static bool
has(char *const *env, const char *var)
{
	for (; *env != NULL; env++)
		if (strcmp(*env, var) == 0)
			return true;
	return false;
}

static void
W4_its_environment_leads_nowhere_else(void **state)
{
	static char *const ours[] = {
		(char *)"PATH=/bin", (char *)"AWS_CONFIG_FILE=/home/x", (char *)"AWS_ENDPOINT_URL=https://evil",
		(char *)"AWS_ENDPOINT_URL_S3=https://evil", (char *)"AWS_CA_BUNDLE=/x",
		(char *)"AWS_DATA_PATH=/x", (char *)"AWS_REGION=eu-1", NULL
	};
	const struct msg_credentials keys = { (char *)"a", (char *)"b", (char *)"c", 1 };
	char **plain = command_env(ours, &keys, true), **told = command_env(ours, &keys, false);
	size_t i;

	(void)state;
	assert_non_null(plain);
	assert_non_null(told);
	for (i = 0; ours[i] != NULL; i++) {
		assert_true(has(told, ours[i]));
		assert_int_equal(has(plain, ours[i]), i == 0 || i == 6);
	}
	assert_true(has(plain, "AWS_CONFIG_FILE=" SYSCONFDIR "/aws-config"));
	command_env_free(plain);
	command_env_free(told);
}

static void
taken_up_again_it_is_known_by_its_scope(void **state)
{
	static char *const argv[] = { (char *)"aws", (char *)"s3", (char *)"sync", (char *)"s3://b-1/x",
	    (char *)"s3://b-1/x/y", (char *)"--copy-props", (char *)"none", NULL };
	/* canonical: `list` of the target lies in that of the source */
	static char *const same[] = { (char *)"get s3://b-1/x/", (char *)"list s3://b-1/x/",
	    (char *)"put s3://b-1/x/y/" };
	const struct strv scope = { (char **)(uintptr_t)same, 3 }, less = { (char **)(uintptr_t)same, 2 };

	(void)state;
	assert_true(aws_wanted(&scope, 7, argv));
	assert_false(aws_wanted(&less, 7, argv));
	assert_false(aws_wanted(&scope, 5, argv));
}

#define T(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(W4_what_is_understood_gives_what_it_needs),
		T(W4_the_rest_is_refused_with_the_line_that_would_do_it),
		T(W4_no_abbreviation_is_taken),
		T(W4_no_permission_outside_of_what_the_line_names),
		T(tables_are_sound),
		T(W4_aliases_of_its_words_are_found),
		T(W4_its_environment_leads_nowhere_else),
		T(taken_up_again_it_is_known_by_its_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
