# What answers as STS or as instance metadata is not as it should be (B13, C9): rows
# of the table WHEN A PART IS BROKEN of s3jit(7).  No server that one can buy can be
# made to misbehave like this, so here it is that of tests/fakeaws.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

# broken TITLE STS
broken() {
	aws_is ok
	people
	ok "control: an STS that behaves lends keys" try read
	aws_is "$2"
	row "$1"
	row_ends "$1"
}
broken "STS throttles" throttled-99
broken "STS redirects" redirect
broken "STS answers garbage" garbage
broken "STS answers 10 MiB" huge-told
broken "The signer's own keys have expired" expired-always
aws_is_back

ok "and when all is well again, a put is done" try put
ok "the record is whole" as erin 's3-audit verify'
