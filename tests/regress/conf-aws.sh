# conf/aws: the CloudFormation template and the plain documents say the same, and
# the gateway's adapter takes out exactly what is listed.
# also: trixie
. /src/tests/world/harness.sh

adapter=/src/tests/world/rgw-adapter
documents=/src/conf/aws

ok "template and documents say the same" python3 /src/tests/world/compare-template $documents

for document in "$documents"/*.json; do
	ok "the adapter knows ${document##*/}" $adapter "$document"
done

# what vanishes or comes in unnoticed would be a test of something else
mkdir /tmp/changed
changed() { # FILE JQ-PROGRAM
	jq "$2" "$documents/$1" >"/tmp/changed/$1"
	$adapter "/tmp/changed/$1"
}
refuses "a condition less in the trust" 1 'sts:SourceIdentity' changed trust.json 'del(.Statement[0].Condition.Null."sts:SourceIdentity")'
refuses "a condition more in a role" 1 'ec2:SourceInstanceARN' changed role-write.json \
	'.Statement[0].Condition.ArnLike = {"ec2:SourceInstanceARN": "*"}'
refuses "a statement less in the bucket policy" 1 'OnlyS3jitWrites' changed bucket-policy.json 'del(.Statement[0])'

# by hand, as the README says: nothing of the examples is left, and nothing else is changed
cp $documents/*.json /tmp/changed/
edit=$(sed -n "s/^    \\(sed -i .*\\)/\\1/p" $documents/README.md)
(cd /tmp/changed && eval "$edit")
same "the README's line leaves no example name" "" \
	"$(grep -lE '111122223333|prod-reports|break-glass-admin' /tmp/changed/*.json || :)"
for document in "$documents"/*.json; do
	ok "and back again it is ${document##*/}" diff "$document" \
		<(sed 's/YOUR-ACCOUNT/111122223333/g; s/YOUR-BUCKET/prod-reports/g; s/YOUR-ROLE/break-glass-admin/g' "/tmp/changed/${document##*/}")
done

same "no role has a wildcard for its actions" "" "$(jq -r '.Statement[].Action[] | select(test("[*?]"))' $documents/role-*.json)"
same "no role may give standing access" "" "$(jq -r '.Statement[].Action[]' $documents/role-*.json |
	grep -iE 'Policy|Acl|Replicat|AccessPoint|Ownership|PublicAccess|GetDataAccess|Lifecycle' || :)"

actions_of_verbs() { grep -ohE '"s3:[A-Z][A-Za-z]+"' /src/lib/permission.c | tr -d '"' | sort -u; }
ok "the verbs' actions are found" test "$(actions_of_verbs | wc -l)" -ge 10
# a role that makes or removes buckets is one of its own (conf/aws/README.md)
of_buckets='s3:(Create|Delete)Bucket'
same "s3jit-write can be given every one that is about objects" "" \
	"$(comm -23 <(actions_of_verbs | grep -vxE "$of_buckets") <(jq -r '.Statement[].Action[]' $documents/role-write.json | sort -u))"
same "and none that is about whole buckets" "" "$(jq -r '.Statement[].Action[]' $documents/role-*.json | grep -xE "$of_buckets" || :)"
