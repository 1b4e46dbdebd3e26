# A login reads S3 at once and writes nothing: the login's environment, the two
# profiles, and what the server says.
# also: trixie sanitizers
. /src/tests/world/harness.sh

echo one | put_object prod-reports/2026/q1.csv

same "a login has the profile" /etc/s3jit/aws-config "$(as alice 'echo $AWS_CONFIG_FILE')"
same "and an empty credentials file" /etc/s3jit/aws-credentials-empty "$(as alice 'echo $AWS_SHARED_CREDENTIALS_FILE')"
same "and never asks IMDS" true "$(as alice 'echo $AWS_EC2_METADATA_DISABLED')"
same "and no profile of its own" "" "$(as alice 'echo $AWS_PROFILE')"
ok "it lists" as alice 'aws s3 ls s3://prod-reports/2026/'
same "it reads" one "$(as alice 'aws s3 cp s3://prod-reports/2026/q1.csv -')"
s3_refuses "it deletes nothing" alice 'aws s3 rm s3://prod-reports/2026/q1.csv'
s3_refuses "it copies nothing there" alice 'aws s3 cp /etc/hostname s3://prod-reports/2026/new'
s3_refuses "within the bucket neither" alice 'aws s3 cp s3://prod-reports/2026/q1.csv s3://prod-reports/2026/q2.csv'
same "the object is as it was" one "$(object prod-reports/2026/q1.csv)"
refuses "the writing profile has nothing" 255 "No write access is open" as alice 'aws --profile s3-write s3 ls s3://prod-reports/'
refuses "a process without a login has nothing" 255 "redential" \
	setpriv --reuid alice --regid alice --init-groups env AWS_CONFIG_FILE=/etc/s3jit/aws-config aws s3 ls s3://prod-reports/
