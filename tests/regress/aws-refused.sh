# W4: what s3-sudo does not understand of an AWS CLI command, or what would lead it
# elsewhere, is refused before anybody is asked; and nothing that stands around the
# command makes another of it.
# also: trixie
. /src/tests/world/harness.sh

to=s3://prod-reports/scratch/
echo moin | file_of alice f
asked() { how_many "" '.event == "asked"'; }
before=$(asked)

# --- words
while IFS='|' read -r args says; do
	refuses "W4: refused: aws $args" 2 "$says" as alice "s3-sudo aws -r x -- $args"
done <<-REFUSED
	s3 cp f $to --endpoint-url https://evil.example|s3-sudo run --allow 'put ${to}f' -- aws s3 cp f $to --endpoint-url
	s3 cp f $to --no-verify-ssl|s3-sudo run --allow 'put ${to}f'
	s3 cp f $to --ca-bundle /tmp/x|s3-sudo run --allow 'put ${to}f'
	s3 cp f $to --profile s3-write|Leave it out
	s3 cp f $to --no-sign-request|Leave it out
	s3 cp f $to --debug|Leave it out
	s3api put-object --bucket prod-reports --key scratch/f --cli-input-json '{}'|s3-sudo run --allow 'put ${to}f'
	s3 sync . $to --del|--del: s3-sudo does not know
	s3 cp f $to --acl public-read|standing access
	s3 mb s3://prod-new/x|name the bucket alone
	s3api create-bucket --bucket prod-new --acl public-read|standing access
	s3 presign ${to}f|s3-sudo get
	s3api put-bucket-policy --bucket prod-reports --policy '{}'|standing access
	s3api delete-objects --bucket prod-reports --delete '{}'|s3-sudo run --allow 'VERB
	ec2 describe-instances|nothing else
	help|Without s3-sudo:   aws help
	s3 cp f $to --dryrun|Without s3-sudo:   aws s3 cp
REFUSED
refuses "the same behind run, without --allow" 2 "s3-sudo run --allow 'put ${to}f'" as alice "s3-sudo run -r x -- aws s3 cp f $to --no-verify-ssl"
refuses "aws alone" 2 "Without s3-sudo:   aws" as alice "s3-sudo aws"
refuses "an option of aws before the command" 2 "s3-sudo aws -- --region" as alice "s3-sudo aws --region x s3 cp f $to"
refuses "in JSON, too" 2 '"outcome":"usage".*"next":"Say yourself' as alice "s3-sudo aws --json -r x -- s3 cp f $to --no-verify-ssl"
refuses "check of it" 2 "standing access" as alice "s3-sudo check -- aws s3 cp f $to --acl public-read"
refuses "another command still wants --allow" 2 "Say so with --allow" as alice "s3-sudo run -r x -- /bin/true"

refuses "what only reads and has no rule" 113 "leave s3-sudo away" as alice "s3-sudo aws -r x s3 ls $to"
refuses "S3 to S3 takes tags along, for which there is no rule" 113 "copy-props metadata-directive" \
	as alice "s3-sudo aws -r x s3 cp s3://prod-reports/2026/q1.csv $to"

# --- aliases
as alice 'mkdir -p .aws/cli'
for alias in '[toplevel]
s3 = !touch was-here' '[command s3]
cp = rm --recursive'; do
	echo "$alias" | file_of alice .aws/cli/alias
	refuses "W4: an alias is refused: ${alias//$'\n'/ }" 2 "alias makes something else" as alice "s3-sudo aws -r x s3 cp f $to"
done
same "nobody was asked for any of these" "$before" "$(asked)"
same "control: such an alias is what aws would run" yes "$(echo '[toplevel]
s3 = !echo yes #' | file_of alice .aws/cli/alias; as alice 'aws s3 cp' 2>&1)"
echo '[toplevel]
mine = s3 ls' | file_of alice .aws/cli/alias
ok "an alias of another word does no harm" as alice "s3-sudo aws -t 5m -r x s3 cp f $to"

# --- the environment, and what is asked for
as alice "mkdir bin; printf '#!/bin/sh\nenv\n' >bin/aws; chmod +x bin/aws"
around='PATH=~/bin:$PATH AWS_CONFIG_FILE=/tmp/x AWS_ENDPOINT_URL=https://evil.example AWS_ENDPOINT_URL_S3=https://evil.example AWS_CA_BUNDLE=/tmp/x AWS_DATA_PATH=/tmp/x'
same "W4: its environment is a fresh login's" AWS_CONFIG_FILE=/etc/s3jit/aws-config \
	"$(as alice "$around s3-sudo aws -t 5m -r x s3 cp f $to" 2>/dev/null | grep -E '^AWS_(CONFIG_FILE|ENDPOINT|CA_|DATA_)')"
same "with --allow it is what was said" 5 \
	"$(as alice "$around s3-sudo run --allow 'put $to' -t 5m -r x -- aws s3 cp f $to" 2>/dev/null | grep -cE '^AWS_(CONFIG_FILE|ENDPOINT|CA_|DATA_)')"
id=$(as alice "s3-sudo aws --no-wait -t 5m -r x s3 cp f $to" 2>/dev/null)
same "taken up again it is as it was asked" AWS_CONFIG_FILE=/etc/s3jit/aws-config \
	"$(as alice "$around s3-sudo resume $id" 2>/dev/null | grep -E '^AWS_(CONFIG_FILE|ENDPOINT|CA_|DATA_)')"
recorded "its words are the evidence" "$id" '.event == "asked" and .argv == ["aws", "s3", "cp", "f", "'$to'"] and .scope == ["put '$to'f"]'
