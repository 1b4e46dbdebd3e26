# W3, W12: keys handed to a command do what was approved and nothing else, says
# S3 itself, whoever uses them; and at the deadline, nothing.
. /src/tests/world/harness.sh

host=s3.$REGION.amazonaws.com
echo one | put_object prod-reports/2026/q1.csv
# a bucket policy that lets everybody do everything, for what the session policy
# has to hold against it
/src/tests/world/s3-server api PUT "$host" 'prod-config?policy=' -d '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
	"Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::prod-config","arn:aws:s3:::prod-config/*"]}]}'

# handed TTL ALLOW...: alice's command leaves its keys in KEYS and waits
handed() {
	local allow=() one
	for one in "${@:2}"; do allow+=(--allow "'$one'"); done
	ask alice "run$1" "s3-sudo run ${allow[*]} -t $1 -r 'OPS-412 x' -- bash -c 'env | grep ^AWS_ >keys; read -r _'; echo \"exit \$?\""
	approve bob "$REQUEST"
	wait_screen "run$1" '^Approved by bob. Running until'
	until grep -q AWS_SESSION_TOKEN /home/alice/keys 2>/dev/null; do sleep 0.05; done
	mapfile -t KEYS < <(for one in ACCESS_KEY_ID SECRET_ACCESS_KEY SESSION_TOKEN; do sed -n "s/^AWS_$one=//p" /home/alice/keys; done)
	rm /home/alice/keys
}
may() { ok "$1" with_keys "${KEYS[@]}" "${@:2}"; }
may_not() { refuses "$1" 22 AccessDenied with_keys "${KEYS[@]}" "${@:2}"; }

handed 5m 'put s3://prod-reports/2026/x'
may "the key that was approved is written" -T /etc/hostname "https://$host/prod-reports/2026/x"
may "also in the bucket's own name" -T /etc/hostname "https://prod-reports.$host/2026/x"
may_not "a longer key is not" -T /etc/hostname "https://$host/prod-reports/2026/x2"
may_not "nor one below it" -T /etc/hostname "https://$host/prod-reports/2026/x/y"
may_not "nor a shorter one" -T /etc/hostname "https://$host/prod-reports/2026/"
may_not "nor another" -T /etc/hostname "https://$host/prod-reports/2026/q1.csv"
may_not "nor the same in another bucket" -T /etc/hostname "https://$host/prod-billing/2026/x"
may_not "W3: nor in one whose policy allows it to everybody" -T /etc/hostname "https://$host/prod-config/2026/x"
may_not "it is not deleted" -X DELETE "https://$host/prod-reports/2026/x"
may_not "nor another" -X DELETE "https://$host/prod-reports/2026/q1.csv"
may_not "W12: nor deleted where everybody may" -X DELETE "https://$host/prod-config/2026/x"
may_not "it is not read" "https://$host/prod-reports/2026/x"
may_not "nor another" "https://$host/prod-reports/2026/q1.csv"
may_not "nor listed" "https://$host/prod-reports?list-type=2&prefix=2026%2F"
may_not "nor all buckets" "https://$host/"
may_not "it is copied from nowhere" -X PUT -H "x-amz-copy-source: /prod-reports/2026/q1.csv" "https://$host/prod-reports/2026/x"
may_not "it gets no tags" -X PUT -d '<Tagging><TagSet/></Tagging>' "https://$host/prod-reports/2026/x?tagging="
may_not "W12: nor an ACL" -X PUT -H 'x-amz-acl: public-read' "https://$host/prod-reports/2026/x?acl="
may_not "W12: the bucket's policy is not changed" -X PUT -d '{"Version":"2012-10-17","Statement":[]}' "https://$host/prod-reports?policy="
may_not "W12: nor that of one whose policy allows it to everybody" -X PUT -d '{"Version":"2012-10-17","Statement":[]}' "https://$host/prod-config?policy="
may_not "W12: nor removed there" -X DELETE "https://$host/prod-config?policy="
may_not "W12: nor the bucket's ACL" -X PUT -H 'x-amz-acl: public-read' "https://$host/prod-reports?acl="
may_not "W12: nor its public access block" -X PUT -d '<PublicAccessBlockConfiguration/>' "https://$host/prod-reports?publicAccessBlock="
may_not "W12: nor its versions" -X PUT -d '<VersioningConfiguration/>' "https://$host/prod-reports?versioning="
may_not "W12: nor its life cycle" -X PUT -d '<LifecycleConfiguration/>' "https://$host/prod-reports?lifecycle="
may_not "no bucket is made" -X PUT "https://$host/prod-new"
may_not "nor removed" -X DELETE "https://$host/prod-billing"
same "the other objects are as they were" one "$(object prod-reports/2026/q1.csv)"
type run5m ""
ok "the command ends" wait_screen run5m '^exit 0$'

handed 12s 'put s3://prod-reports/2026/dir/'
deadline=$(record "$REQUEST" | jq -s 'map(select(.event == "granted"))[0].deadline')
may "a folder: what is in it is written" -T /etc/hostname "https://$host/prod-reports/2026/dir/a"
may "and below" -T /etc/hostname "https://$host/prod-reports/2026/dir/b/c"
may_not "but not what only begins so" -T /etc/hostname "https://$host/prod-reports/2026/dir"
may_not "nor beside it" -T /etc/hostname "https://$host/prod-reports/2026/dir2/a"
while (($(date +%s) <= deadline)); do sleep 0.1; done
may_not "at the deadline, 12 s where AWS sells 15 minutes, the same keys write nothing" -T /etc/hostname "https://$host/prod-reports/2026/dir/a"
ok "and the command was ended" wait_screen run12s '^exit 117$'
