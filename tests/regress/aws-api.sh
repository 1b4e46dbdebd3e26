# timeout: 900
# W4: every form of `aws s3api` that is accepted, by the real AWS CLI, makes only
# calls that its policy allows, and lacks none; and what was derived is used.
# also: trixie
. /src/tests/world/harness.sh
# shellcheck source=tests/world/aws-forms.sh
. /src/tests/world/aws-forms.sh
forms_begin

host=s3.$REGION.amazonaws.com
api() { /src/tests/world/s3-server api "$@"; }
to="--bucket prod-reports --key dst/k"
from="--bucket prod-reports --key src/a"
fresh
form "s3api put-object $to --body f --metadata x=y --cache-control no-cache"
form "s3api put-object $to --body f --tagging a=b"
form "s3api copy-object $to --copy-source prod-reports/src/a"
form "s3api copy-object $to --copy-source prod-reports/src/a --tagging-directive REPLACE --metadata-directive REPLACE"
form "s3api copy-object $to --copy-source prod-reports/src/a --tagging-directive REPLACE --tagging a=b"
form "s3api get-object $from got"
form "s3api get-object $from --range bytes=0-1 got"
form "s3api head-object $from --query ETag --output text"
form "s3api list-objects --bucket prod-reports --prefix src/"
form "s3api list-objects-v2 --bucket prod-reports --prefix sr --max-items 1"
form "s3api list-objects-v2 --bucket prod-reports --no-paginate"
form "s3api list-object-versions --bucket prod-reports --prefix src/"
form "s3api get-object-tagging $from"
form "s3api put-object-tagging $to --tagging 'TagSet=[{Key=a,Value=b}]'"
form "s3api delete-object-tagging $to"
form "s3api delete-object $to"

for content in one two; do echo $content | put_object prod-versioned/v; done
version=$(api GET "$host" 'prod-versioned?prefix=v&versions=' | grep -oE '<VersionId>[^<]*' | cut -d'>' -f2 | tail -n 1)
v="--bucket prod-versioned --key v --version-id $version"
form "s3api get-object $v got"
form "s3api head-object $v"
form "s3api get-object-tagging $v"
form "s3api put-object-tagging $v --tagging 'TagSet=[{Key=a,Value=b}]'"
form "s3api delete-object-tagging --bucket prod-versioned --key v"
form "s3api list-object-versions --bucket prod-versioned --prefix v"
form "s3api delete-object $v"
same "of two versions that one is gone" two "$(object prod-versioned/v)"
form "s3api delete-object --bucket prod-versioned --key v"

upload=$(api POST "$host" 'prod-reports/dst/k?uploads=' | sed -E 's/.*<UploadId>([^<]*).*/\1/')
head -c 5242880 /dev/zero >/home/alice/work/five
form "s3api create-multipart-upload --bucket prod-reports --key dst/other --tagging a=b"
# the gateway of Debian 12 refuses these to every session of a role
form_gap '.headers["x-amz-copy-source"]' "s3api upload-part-copy $to --upload-id '$upload' --part-number 1 --copy-source prod-reports/big --copy-source-range bytes=0-9"
form "s3api upload-part $to --upload-id '$upload' --part-number 1 --body five"
form "s3api list-parts $to --upload-id '$upload'"
etag=$(md5sum </home/alice/work/five | cut -d' ' -f1)
form "s3api complete-multipart-upload $to --upload-id '$upload' --multipart-upload 'Parts=[{ETag=$etag,PartNumber=1}]'"
same "it was put together" 5242880 "$(object prod-reports/dst/k | wc -c)"
upload=$(api POST "$host" 'prod-reports/dst/k?uploads=' | sed -E 's/.*<UploadId>([^<]*).*/\1/')
form "s3api abort-multipart-upload $to --upload-id '$upload'"

# the gateway stores no object where it would have to be fetched back from
form_gap false "s3api restore-object $from --restore-request Days=3"

# buckets themselves; what lies in one goes first, where that is said.  The gateway knows
# no region by its name
form_gap false "s3 mb s3://prod-new"
form_gap false "s3api create-bucket --bucket prod-new --create-bucket-configuration LocationConstraint=$REGION"
form "s3api create-bucket --bucket prod-new"
form "s3 rb s3://prod-new"
form "s3api create-bucket --bucket prod-new"
echo x | put_object prod-new/in/it
form "s3 rb s3://prod-new --force"
form "s3api create-bucket --bucket prod-new"
form "s3api delete-bucket --bucket prod-new"
