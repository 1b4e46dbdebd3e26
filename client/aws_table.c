/*
 * aws_table.c - the words of the AWS CLI that s3-sudo understands.
 *
 * Held against the AWS CLI 2.9 and 2.23 (Debian 12 and 13): what a command
 * calls, and what AWS asks for each call, is tried by tests/regress/aws-*.sh.
 * What is missing here is refused, so a word is added with its test.
 */
#include "config.h"

#include "aws_table.h"

#define STANDING "changes who has standing access; handed-out keys never do that"

const struct aws_command aws_commands[] = {
	{ "s3", "cp", S3_CP, FROM, 2, NULL },
	{ "s3", "mv", S3_MV, FROM, 2, NULL },
	{ "s3", "sync", S3_SYNC, FROM, 2, NULL },
	{ "s3", "rm", S3_RM, FROM, 1, NULL },
	{ "s3", "ls", S3_LS, FROM, 1, NULL },
	{ "s3", "mb", S3_MB, FROM, 1, NULL },
	{ "s3", "rb", S3_RB, FROM, 1, NULL },
	{ "s3", "presign", 0, FROM, 0, "A presigned URL is access for everybody who has it, and "
	    "nothing ties it to you.  Fetch the object:   s3-sudo get s3://BUCKET/KEY" },
	{ "s3", "website", 0, FROM, 0, "aws s3 website " STANDING },

	{ "s3api", "put-object", PUT_OBJECT, TO, 0, NULL },
	{ "s3api", "copy-object", COPY_OBJECT, TO, 0, NULL },
	{ "s3api", "delete-object", DELETE_OBJECT, TO, 0, NULL },
	{ "s3api", "get-object", GET_OBJECT, FROM, 1, NULL },
	{ "s3api", "head-object", HEAD_OBJECT, FROM, 0, NULL },
	{ "s3api", "list-objects", LIST_V1, FROM, 0, NULL },
	{ "s3api", "list-objects-v2", LIST_V2, FROM, 0, NULL },
	{ "s3api", "list-object-versions", LIST_VERSIONS, FROM, 0, NULL },
	{ "s3api", "create-multipart-upload", PARTS_BEGIN, TO, 0, NULL },
	{ "s3api", "upload-part", PART_PUT, TO, 0, NULL },
	{ "s3api", "upload-part-copy", PART_COPY, TO, 0, NULL },
	{ "s3api", "complete-multipart-upload", PARTS_END, TO, 0, NULL },
	{ "s3api", "abort-multipart-upload", PARTS_ABORT, TO, 0, NULL },
	{ "s3api", "list-parts", PARTS_LIST, TO, 0, NULL },
	{ "s3api", "get-object-tagging", GET_TAGS, FROM, 0, NULL },
	{ "s3api", "put-object-tagging", PUT_TAGS, TO, 0, NULL },
	{ "s3api", "delete-object-tagging", DELETE_TAGS, TO, 0, NULL },
	{ "s3api", "restore-object", RESTORE_OBJECT, TO, 0, NULL },
	{ "s3api", "create-bucket", CREATE_BUCKET, FROM, 0, NULL },
	{ "s3api", "delete-bucket", DELETE_BUCKET, FROM, 0, NULL },

	{ "s3api", "put-bucket-*", 0, FROM, 0, "It " STANDING },
	{ "s3api", "delete-bucket-*", 0, FROM, 0, "It " STANDING },
	{ "s3api", "put-public-access-block", 0, FROM, 0, "It " STANDING },
	{ "s3api", "delete-public-access-block", 0, FROM, 0, "It " STANDING },
	{ "s3api", "put-object-acl", 0, FROM, 0, "An ACL " STANDING },
	{ NULL, NULL, 0, FROM, 0, NULL }
};

#define SENT_ELSEWHERE	"sends requests elsewhere than your login does"
#define UNPROVEN	"changes how S3 is known from an impostor"
#define ACL_TEXT	"An ACL " STANDING ".  Leave it out"
#define LOCK_TEXT	"No permission of s3jit covers locks and their bypass.  Leave it out"
#define SECRET_TEXT	"The key would stand in the request and in its record for good.  Call aws " \
	"from a script that s3-sudo run starts"

#define PLAIN_VALUE(name, commands)	{ name, commands, VALUE, PLAIN, 0, NULL }
#define PLAIN_FLAG(name, commands)	{ name, commands, FLAG, PLAIN, 0, NULL }
#define REFUSED(name, commands, takes, text)	{ name, commands, takes, NEVER, 0, text }

const struct aws_option aws_options[] = {
	/* of aws itself */
	{ "--region", ANYWHERE, VALUE, REGION, 0, NULL },
	PLAIN_VALUE("--output", ANYWHERE),
	PLAIN_VALUE("--query", ANYWHERE),
	PLAIN_VALUE("--color", ANYWHERE),
	PLAIN_VALUE("--cli-binary-format", ANYWHERE),
	{ "--cli-read-timeout", ANYWHERE, VALUE, NUMBER, 0, NULL },
	{ "--cli-connect-timeout", ANYWHERE, VALUE, NUMBER, 0, NULL },
	PLAIN_FLAG("--no-paginate", ANYWHERE),
	PLAIN_FLAG("--no-cli-pager", ANYWHERE),
	PLAIN_FLAG("--no-cli-auto-prompt", ANYWHERE),
	{ "--endpoint-url", ANYWHERE, VALUE, AWAY, 0, SENT_ELSEWHERE },
	{ "--no-verify-ssl", ANYWHERE, FLAG, AWAY, 0, UNPROVEN },
	{ "--ca-bundle", ANYWHERE, VALUE, AWAY, 0, UNPROVEN },
	{ "--cli-auto-prompt", ANYWHERE, FLAG, AWAY, 0, "lets the command become another" },
	REFUSED("--profile", ANYWHERE, VALUE, "It makes aws look away from the keys that the "
	    "command is given.  Leave it out"),
	REFUSED("--no-sign-request", ANYWHERE, FLAG, "It makes aws look away from the keys that "
	    "the command is given.  Leave it out"),
	REFUSED("--debug", ANYWHERE, FLAG, "It writes what is signed with the keys to the screen. "
	    "Leave it out"),
	{ "--version", ANYWHERE, FLAG, NO_ACCESS, 0, NULL },

	/* aws s3 */
	{ "--recursive", S3_CP | S3_MV | S3_RM | S3_LS, FLAG, SAYS, SAID_RECURSIVE, NULL },
	{ "--force", S3_RB, FLAG, SAYS, SAID_RECURSIVE, NULL },
	{ "--delete", S3_SYNC, FLAG, SAYS, SAID_DELETE, NULL },
	{ "--dryrun", S3_COPIES | S3_RM, FLAG, SAYS, SAID_DRYRUN, NULL },
	{ "--copy-props", S3_COPIES, VALUE, WORD, SAID_OTHER_PROPS, "none|metadata-directive|-|default" },
	{ "--metadata-directive", S3_COPIES, VALUE, WORD, SAID_DIRECTIVE, "COPY|REPLACE" },
	{ "--source-region", S3_COPIES, VALUE, REGION, 0, NULL },
	{ "--sse", S3_COPIES, MAYBE, WORD, 0, "AES256|aws:kms" },
	{ "--request-payer", S3_COPIES | S3_RM | S3_LS, MAYBE, WORD, 0, "requester" },
	PLAIN_FLAG("--quiet", S3_COPIES | S3_RM),
	PLAIN_FLAG("--only-show-errors", S3_COPIES | S3_RM),
	PLAIN_VALUE("--exclude", S3_COPIES | S3_RM),	/* these narrow: the folder stays the bound */
	PLAIN_VALUE("--include", S3_COPIES | S3_RM),
	{ "--page-size", S3_COPIES | S3_RM | S3_LS, VALUE, NUMBER, 0, NULL },
	PLAIN_FLAG("--human-readable", S3_LS),
	PLAIN_FLAG("--summarize", S3_LS),
	PLAIN_FLAG("--follow-symlinks", S3_COPIES),
	PLAIN_FLAG("--no-follow-symlinks", S3_COPIES),
	PLAIN_FLAG("--no-guess-mime-type", S3_COPIES),
	PLAIN_FLAG("--no-progress", S3_COPIES),
	PLAIN_FLAG("--ignore-glacier-warnings", S3_COPIES),
	PLAIN_FLAG("--force-glacier-transfer", S3_COPIES),
	PLAIN_FLAG("--size-only", S3_SYNC),
	PLAIN_FLAG("--exact-timestamps", S3_SYNC),
	{ "--expected-size", S3_CP, VALUE, NUMBER, 0, NULL },
	PLAIN_VALUE("--sse-kms-key-id", S3_COPIES),
	PLAIN_VALUE("--website-redirect", S3_COPIES),
	PLAIN_VALUE("--checksum-mode", S3_COPIES | READS),
	REFUSED("--acl", S3_COPIES | WRITES | CREATE_BUCKET, VALUE, ACL_TEXT),
	REFUSED("--grants", S3_COPIES, VALUE, ACL_TEXT),
	REFUSED("--sse-c", S3_COPIES, MAYBE, SECRET_TEXT),
	REFUSED("--sse-c-key", S3_COPIES, VALUE, SECRET_TEXT),
	REFUSED("--sse-c-copy-source", S3_COPIES, MAYBE, SECRET_TEXT),
	REFUSED("--sse-c-copy-source-key", S3_COPIES, VALUE, SECRET_TEXT),

	/* what is stored with an object */
	PLAIN_VALUE("--metadata", S3_COPIES | WRITES),
	PLAIN_VALUE("--content-type", S3_COPIES | WRITES),
	PLAIN_VALUE("--cache-control", S3_COPIES | WRITES),
	PLAIN_VALUE("--content-disposition", S3_COPIES | WRITES),
	PLAIN_VALUE("--content-encoding", S3_COPIES | WRITES),
	PLAIN_VALUE("--content-language", S3_COPIES | WRITES),
	PLAIN_VALUE("--expires", S3_COPIES | WRITES),
	PLAIN_VALUE("--storage-class", S3_COPIES | WRITES),
	PLAIN_VALUE("--checksum-algorithm", S3_COPIES | WRITES | PART_PUT | PUT_TAGS | RESTORE_OBJECT),
	PLAIN_VALUE("--website-redirect-location", WRITES),
	PLAIN_VALUE("--server-side-encryption", WRITES),
	PLAIN_VALUE("--ssekms-key-id", WRITES),
	PLAIN_VALUE("--ssekms-encryption-context", WRITES),
	PLAIN_FLAG("--bucket-key-enabled", WRITES),
	PLAIN_FLAG("--no-bucket-key-enabled", WRITES),

	/* aws s3api */
	{ "--bucket", API, VALUE, BUCKET, 0, NULL },
	{ "--key", API & ~(LISTS | BUCKETS), VALUE, KEY, 0, NULL },
	{ "--prefix", LISTS, VALUE, PREFIX, 0, NULL },
	{ "--copy-source", COPIES, VALUE, COPY_SOURCE, 0, NULL },
	{ "--version-id", READS | DELETE_OBJECT | GET_TAGS | PUT_TAGS | DELETE_TAGS | RESTORE_OBJECT,
	    VALUE, SAYS, SAID_VERSION, NULL },
	{ "--tagging", WRITES | PUT_TAGS, VALUE, SAYS, SAID_TAGGING, NULL },
	{ "--tagging-directive", COPY_OBJECT, VALUE, WORD, SAID_NEW_TAGS, "REPLACE|-|COPY" },
	{ "--metadata-directive", COPY_OBJECT, VALUE, WORD, 0, "COPY|REPLACE" },
	{ "--restore-request", RESTORE_OBJECT, VALUE, RESTORE, 0, NULL },
	{ "--create-bucket-configuration", CREATE_BUCKET, VALUE, LOCATION, 0, NULL },
	{ "--request-payer", API & ~BUCKETS, VALUE, WORD, 0, "requester" },
	PLAIN_VALUE("--expected-bucket-owner", API & ~CREATE_BUCKET),
	PLAIN_VALUE("--expected-source-bucket-owner", COPIES),
	PLAIN_VALUE("--body", PUT_OBJECT | PART_PUT),
	{ "--content-length", PUT_OBJECT | PART_PUT, VALUE, NUMBER, 0, NULL },
	PLAIN_VALUE("--content-md5", PUT_OBJECT | PART_PUT | PUT_TAGS),
	PLAIN_VALUE("--upload-id", PARTS),
	{ "--part-number", PART_PUT | PART_COPY | READS, VALUE, NUMBER, 0, NULL },
	{ "--part-number-marker", PARTS_LIST, VALUE, NUMBER, 0, NULL },
	{ "--max-parts", PARTS_LIST, VALUE, NUMBER, 0, NULL },
	PLAIN_VALUE("--multipart-upload", PARTS_END),
	PLAIN_VALUE("--copy-source-range", PART_COPY),
	PLAIN_VALUE("--copy-source-if-match", COPIES),
	PLAIN_VALUE("--copy-source-if-none-match", COPIES),
	PLAIN_VALUE("--if-match", READS | PUT_OBJECT | PARTS_END),
	PLAIN_VALUE("--if-none-match", READS | PUT_OBJECT | PARTS_END),
	PLAIN_VALUE("--if-modified-since", READS),
	PLAIN_VALUE("--if-unmodified-since", READS),
	PLAIN_VALUE("--range", READS),
	PLAIN_VALUE("--delimiter", LISTS),
	PLAIN_VALUE("--encoding-type", LISTS),
	PLAIN_VALUE("--start-after", LIST_V2),
	PLAIN_FLAG("--fetch-owner", LIST_V2),
	PLAIN_FLAG("--no-fetch-owner", LIST_V2),
	{ "--max-items", LISTS | PARTS_LIST, VALUE, NUMBER, 0, NULL },
	{ "--page-size", LISTS | PARTS_LIST, VALUE, NUMBER, 0, NULL },
	PLAIN_VALUE("--starting-token", LISTS | PARTS_LIST),
	REFUSED("--grant-full-control", WRITES | CREATE_BUCKET, VALUE, ACL_TEXT),
	REFUSED("--grant-read", WRITES | CREATE_BUCKET, VALUE, ACL_TEXT),
	REFUSED("--grant-read-acp", WRITES | CREATE_BUCKET, VALUE, ACL_TEXT),
	REFUSED("--grant-write", CREATE_BUCKET, VALUE, ACL_TEXT),
	REFUSED("--grant-write-acp", WRITES | CREATE_BUCKET, VALUE, ACL_TEXT),
	REFUSED("--object-ownership", CREATE_BUCKET, VALUE, ACL_TEXT),
	REFUSED("--object-lock-enabled-for-bucket", CREATE_BUCKET, FLAG, LOCK_TEXT),
	REFUSED("--object-lock-mode", WRITES, VALUE, LOCK_TEXT),
	REFUSED("--object-lock-retain-until-date", WRITES, VALUE, LOCK_TEXT),
	REFUSED("--object-lock-legal-hold-status", WRITES, VALUE, LOCK_TEXT),
	REFUSED("--bypass-governance-retention", DELETE_OBJECT, FLAG, LOCK_TEXT),
	REFUSED("--mfa", DELETE_OBJECT, VALUE, SECRET_TEXT),
	REFUSED("--sse-customer-key", API & ~BUCKETS, VALUE, SECRET_TEXT),
	REFUSED("--copy-source-sse-customer-key", COPIES, VALUE, SECRET_TEXT),
	{ "--cli-input-json", API, VALUE, AWAY, 0, "replaces what stands on the command line" },
	{ "--cli-input-yaml", API, VALUE, AWAY, 0, "replaces what stands on the command line" },
	{ "--generate-cli-skeleton", API, MAYBE, NO_ACCESS, 0, NULL },
	{ NULL, 0, FLAG, PLAIN, 0, NULL }
};

/* AWS-FACTS 6.  A single source is asked for by HeadObject, also for --dryrun. */
const struct aws_need aws_needs[] = {
	{ S3_COPIES, VERB_LIST, FROM, SAID_RECURSIVE, 0 },
	{ S3_COPIES, VERB_GET, FROM, 0, SAID_DRYRUN },
	{ S3_COPIES, VERB_GET, FROM, SAID_DRYRUN, SAID_RECURSIVE },
	{ S3_MV, VERB_DELETE, FROM, 0, SAID_DRYRUN },
	{ S3_COPIES, VERB_PUT, TO, 0, SAID_DRYRUN },
	{ S3_COPIES, VERB_TAG, TO, SAID_KEEPS_TAGS, SAID_DRYRUN },
	{ S3_SYNC, VERB_LIST, TO, 0, 0 },
	{ S3_SYNC, VERB_DELETE, TO, SAID_DELETE, SAID_DRYRUN },
	{ S3_RM | S3_RB, VERB_LIST, FROM, SAID_RECURSIVE, 0 },
	{ S3_RM, VERB_DELETE, FROM, 0, SAID_DRYRUN },
	{ S3_RB, VERB_DELETE, FROM, SAID_RECURSIVE, 0 },
	{ S3_RB | DELETE_BUCKET, VERB_DELETE_BUCKET, FROM, 0, 0 },
	{ S3_MB | CREATE_BUCKET, VERB_CREATE_BUCKET, FROM, 0, 0 },
	{ S3_LS | LISTS, VERB_LIST, FROM, 0, 0 },

	{ READS | GET_TAGS | COPIES, VERB_GET, FROM, 0, 0 },
	{ WRITES | PARTS, VERB_PUT, TO, 0, 0 },
	{ WRITES, VERB_TAG, TO, SAID_TAGGING, 0 },
	{ COPY_OBJECT, VERB_TAG, TO, 0, SAID_NEW_TAGS },
	{ PUT_TAGS | DELETE_TAGS, VERB_TAG, TO, 0, 0 },
	{ DELETE_OBJECT, VERB_DELETE, TO, 0, SAID_VERSION },
	{ DELETE_OBJECT, VERB_DELETE_VERSION, TO, SAID_VERSION, 0 },
	{ RESTORE_OBJECT, VERB_RESTORE, TO, 0, 0 },
	{ 0, VERB_LIST, FROM, 0, 0 }
};
