# timeout: 900
# W4: every form of `aws s3` that is accepted, by the real AWS CLI, makes only calls
# that its policy allows, and lacks none; and what was derived is used.
# also: trixie
. /src/tests/world/harness.sh
# shellcheck source=tests/world/aws-forms.sh
. /src/tests/world/aws-forms.sh
forms_begin

b=s3://prod-reports
fresh
form "s3 cp f $b/dst/f"
form "s3 cp f $b/dst/"
form "s3 cp f $b --metadata x=y --content-type text/csv --storage-class STANDARD --only-show-errors"
form "s3 cp - $b/dst/stream <f"
form "s3 cp /tmp/big $b/dst/big --no-progress"
form "s3 cp out $b/dst --recursive --exclude 'x' --include '*.csv' --include '*y'"
form "s3 cp $b/src/a ."
form "s3 cp $b/src/a -"
form "s3 cp $b/src/a . --dryrun"
form "s3 cp $b/big got --no-progress"
form "s3 cp $b/src down --recursive"
form "s3 cp $b/src down --recursive --dryrun --page-size 2"
form "s3 cp $b/src/a $b/dst/a"
form "s3 cp $b/src/a $b/dst/ --copy-props none"
form "s3 cp $b/src/a $b/dst/ --copy-props metadata-directive --cache-control no-cache"
form "s3 cp $b/src/a $b/dst/a --copy-props none --metadata-directive REPLACE --metadata x=y"
# the gateway of Debian 12 refuses a part that is a copy to every session of a role
part='.headers["x-amz-copy-source-range"]'
form_gap "$part" "s3 cp $b/big $b/dst/big"
form_gap "$part" "s3 cp $b/big $b/dst/big --copy-props none"
# what a recursive copy with tags needs is more than AWS takes in a session policy
refuses "W6: too much is said, with what would do" 113 "copy-props metadata-directive" \
	as alice "s3-sudo aws -t 5m -r x s3 cp $b/src $b/dst --recursive"
form "s3 cp $b/src $b/dst --recursive --copy-props none --source-region $REGION"
form "s3 mv f $b/dst/f"
form "s3 mv out $b/dst --recursive"
fresh
form "s3 mv $b/src/a ."
form "s3 mv $b/src down --recursive"
fresh
form "s3 mv $b/src/a $b/dst/a"
form "s3 mv $b/src $b/dst --recursive --copy-props none"
fresh
form "s3 sync out $b/new"
form "s3 sync out $b/dst --delete"
form "s3 sync out $b/dst --delete --dryrun --size-only"
form "s3 sync $b/src down --exact-timestamps"
fresh
rest="--exclude big --exclude 'dst/*'"
form "s3 sync $b s3://prod-versioned --copy-props metadata-directive $rest"
echo more | put_object prod-reports/src/more
echo old | put_object prod-versioned/old
form "s3 sync $b s3://prod-versioned --delete --copy-props none $rest"
form "s3 sync $b/src s3://prod-versioned/dst --dryrun"
form "s3 cp $b s3://prod-versioned --recursive $rest"
form "s3 mv s3://prod-versioned $b/dst --recursive --copy-props metadata-directive"
refuses "W6: too much for two folders, too" 113 "ask for fewer" \
	as alice "s3-sudo aws -t 5m -r x s3 sync $b/src s3://prod-versioned/dst --delete --copy-props none"
fresh
# the gateway takes "like none of these prefixes" for "unlike one of them"
form_gap '.query["list-type"]' "s3 sync $b/src $b/dst --delete --copy-props none"
form "s3 ls $b"
form "s3 ls $b/src/ --recursive --summarize --human-readable"
form "s3 ls $b/src"
form "--region $REGION --output json s3 --no-cli-pager ls $b/src/ --color off"
form "s3 rm $b/src/a"
form "s3 rm $b/src --recursive --dryrun"
form "s3 rm $b/src --recursive"
form "s3 rm $b/dst --recursive --exclude '*' --include 'old'"

# --- controls: what the policy lacks is seen, and what nobody needs
fresh
lacking="s3-sudo run -t 5m -r x --allow 'get $b/src/' --allow 'put $b/dst/' --allow 'tag $b/dst/' -- aws s3 cp $b/src $b/dst --recursive"
: >$RECORDING
refuses "control: without list the command fails" 1 "" as alice "$lacking"
refuses "control: and the judge sees it" 1 "ListBucket" judged
: >$RECORDING
as alice "cd work && s3-sudo run -t 5m -r x --allow 'put $b/dst/' --allow 'delete $b/dst/' -- aws s3 cp f $b/dst/f" >/dev/null 2>&1
ok "control: more than is needed is allowed" judged
same "control: and seen" "delete $b/dst/" "$(unused)"
