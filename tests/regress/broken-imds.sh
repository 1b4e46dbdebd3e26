# The signer's own keys come from instance metadata, which does not give them (C9):
# rows of the table WHEN A PART IS BROKEN of s3jit(7).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

sed -i 's/"file:.*"/"imds"/' /etc/s3jit/s3jit.conf

# broken TITLE IMDS
broken() {
	aws_is ok ok
	people
	ok "C9: control: keys from instance metadata that behave do" try read
	aws_is ok "$2"
	row "$1"
	row_ends "$1"
}
broken "Instance metadata answer 401" 401
broken "Instance metadata answer 404" 404
broken "Instance metadata have no keys" failed

ok "the record is whole" as erin 's3-audit verify'
