# The world's S3 lets the two roles do what the documents of conf/aws say, and
# nothing else: what s3jit's own tests refuse is refused by the server.
# also: trixie
. /src/tests/world/harness.sh
. /srv/s3/env

host=s3.$REGION.amazonaws.com
echo one | put_object prod-reports/2026/q1.csv

refuses "the signer's own key cannot read" 22 AccessDenied \
	with_keys "$SIGNER_KEY" "$SIGNER_SECRET" '' "https://$host/prod-reports/2026/q1.csv"
read -ra ro < <(assume s3jit-readonly)
same "s3jit-readonly reads" one "$(with_keys "${ro[@]}" "https://$host/prod-reports/2026/q1.csv")"
same "in the bucket's own name too" one "$(with_keys "${ro[@]}" "https://prod-reports.$host/2026/q1.csv")"
ok "and lists" with_keys "${ro[@]}" "https://prod-reports.$host/?list-type=2"
refuses "but does not write" 22 AccessDenied with_keys "${ro[@]}" -T /etc/hostname "https://$host/prod-reports/2026/new"
refuses "nor delete" 22 AccessDenied with_keys "${ro[@]}" -X DELETE "https://$host/prod-reports/2026/q1.csv"

read -ra rw < <(assume s3jit-write)
ok "s3jit-write writes" with_keys "${rw[@]}" -T /etc/hostname "https://$host/prod-reports/2026/new"
same "the bytes are there" bastion-07 "$(object prod-reports/2026/new)"
refuses "but sets no bucket policy" 22 AccessDenied with_keys "${rw[@]}" -X PUT -d '{}' "https://$host/prod-reports?policy="

policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::prod-reports/only"]},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThanEquals":{"aws:CurrentTime":"'$(date -u -d '3 seconds' +%FT%TZ)'"}}}]}'
read -ra one < <(assume s3jit-write -d "Policy=$(jq -rn --arg p "$policy" '$p | @uri')")
ok "a session policy allows its key" with_keys "${one[@]}" -T /etc/hostname "https://$host/prod-reports/only"
refuses "and no other" 22 AccessDenied with_keys "${one[@]}" -T /etc/hostname "https://$host/prod-reports/only2"
sleep 4
refuses "until its deadline" 22 AccessDenied with_keys "${one[@]}" -T /etc/hostname "https://$host/prod-reports/only"

export AWS_ACCESS_KEY_ID=${ro[0]} AWS_SECRET_ACCESS_KEY=${ro[1]} AWS_SESSION_TOKEN=${ro[2]}
export AWS_DEFAULT_REGION=$REGION
same "the AWS CLI finds it all by name" one "$(aws s3 cp s3://prod-reports/2026/q1.csv -)"
same "and is refused" "<Code>AccessDenied</Code>" \
	"$(aws --debug s3 rm s3://prod-reports/2026/q1.csv 2>&1 | grep -o -m1 '<Code>.*</Code>')"
