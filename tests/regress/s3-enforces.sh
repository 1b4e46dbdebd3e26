# The world's S3 lets the two roles do what the documents of conf/aws say, and
# nothing else: what s3jit's own tests refuse is refused by the server.
. /src/tests/world/harness.sh
. /srv/s3/env

host=s3.$REGION.amazonaws.com
as_key() { # KEY SECRET TOKEN, then what curl is to do
	curl -sS --fail-with-body --aws-sigv4 "aws:amz:$REGION:s3" -u "$1:$2" ${3:+-H "x-amz-security-token: $3"} \
		-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "${@:4}"
}
assume() { # ROLE [POLICY]
	curl -sS --fail-with-body --aws-sigv4 "aws:amz:$REGION:sts" -u "$SIGNER_KEY:$SIGNER_SECRET" \
		"https://sts.$REGION.amazonaws.com/" -d Version=2011-06-15 -d Action=AssumeRole \
		-d "RoleArn=arn:aws:iam::111122223333:role/$1" -d RoleSessionName=s3jit-test \
		${2:+-d "Policy=$(jq -rn --arg p "$2" '$p | @uri')"} |
		sed -E 's/.*<AccessKeyId>([^<]*).*<SecretAccessKey>([^<]*).*<SessionToken>([^<]*).*/\1 \2 \3/; $a\'
}

echo one | put_object prod-reports/2026/q1.csv

refuses "the signer's own key cannot read" 22 AccessDenied \
	as_key "$SIGNER_KEY" "$SIGNER_SECRET" '' "https://$host/prod-reports/2026/q1.csv"
read -ra ro < <(assume s3jit-readonly)
same "s3jit-readonly reads" one "$(as_key "${ro[@]}" "https://$host/prod-reports/2026/q1.csv")"
same "in the bucket's own name too" one "$(as_key "${ro[@]}" "https://prod-reports.$host/2026/q1.csv")"
ok "and lists" as_key "${ro[@]}" "https://prod-reports.$host/?list-type=2"
refuses "but does not write" 22 AccessDenied as_key "${ro[@]}" -T /etc/hostname "https://$host/prod-reports/2026/new"
refuses "nor delete" 22 AccessDenied as_key "${ro[@]}" -X DELETE "https://$host/prod-reports/2026/q1.csv"

read -ra rw < <(assume s3jit-write)
ok "s3jit-write writes" as_key "${rw[@]}" -T /etc/hostname "https://$host/prod-reports/2026/new"
same "the bytes are there" bastion-07 "$(object prod-reports/2026/new)"
refuses "but sets no bucket policy" 22 AccessDenied as_key "${rw[@]}" -X PUT -d '{}' "https://$host/prod-reports?policy="

policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::prod-reports/only"]},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThanEquals":{"aws:CurrentTime":"'$(date -u -d '3 seconds' +%FT%TZ)'"}}}]}'
read -ra one < <(assume s3jit-write "$policy")
ok "a session policy allows its key" as_key "${one[@]}" -T /etc/hostname "https://$host/prod-reports/only"
refuses "and no other" 22 AccessDenied as_key "${one[@]}" -T /etc/hostname "https://$host/prod-reports/only2"
sleep 4
refuses "until its deadline" 22 AccessDenied as_key "${one[@]}" -T /etc/hostname "https://$host/prod-reports/only"

export AWS_ACCESS_KEY_ID=${ro[0]} AWS_SECRET_ACCESS_KEY=${ro[1]} AWS_SESSION_TOKEN=${ro[2]}
export AWS_DEFAULT_REGION=$REGION
same "the AWS CLI finds it all by name" one "$(aws s3 cp s3://prod-reports/2026/q1.csv -)"
same "and is refused" "<Code>AccessDenied</Code>" \
	"$(aws --debug s3 rm s3://prod-reports/2026/q1.csv 2>&1 | grep -o -m1 '<Code>.*</Code>')"
