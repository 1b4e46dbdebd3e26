# AWS does not answer, or not as it should: the table WHEN A PART IS BROKEN of
# s3jit(7) says what works then, what is refused, and with which words; and access
# can be taken away in every row.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

server=/src/tests/world/s3-server
key=/etc/s3jit/signer.credentials
people
ok "while all is well, a put is done" try put
ok "and something opened" try open
on alice 's3-sudo close' 2>/dev/null

$server down
row "AWS refuses connections"
sed 's/cannot be reached/sleeps/' $MANUAL >/tmp/manual
other=$(MANUAL=/tmp/manual && row "AWS refuses connections")
ok "control: other words than those of the manual are seen" grep -q '^not ok .*: put is refused' <<<"$other"
row_ends "AWS refuses connections"
$server up

people
$server hang
row "AWS hangs"
row_ends "AWS hangs"
$server unhang

# another server answers under the name of STS, with the certificate of S3
people
# shellcheck disable=SC1091
. /srv/s3/env
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -keyout /srv/s3/tls/other.key -out /tmp/other.csr 2>/dev/null
openssl x509 -req -in /tmp/other.csr -CA /srv/s3/tls/ca.pem -CAkey /srv/s3/tls/ca.key -CAcreateserial -days 2 \
	-extfile <(echo subjectAltName=DNS:other.example.net) -out /srv/s3/tls/other.crt 2>/dev/null
CERTIFICATE=other aws_is ok
row "STS has the certificate of another"
row_ends "STS has the certificate of another"
aws_is_back

people
$server admin key rm --tenant=111122223333 --uid=signer --access-key="$SIGNER_KEY" >/dev/null
row "The signer's own key is refused"
row_ends "The signer's own key is refused"
$server admin key create --tenant=111122223333 --uid=signer --access-key="$SIGNER_KEY" --secret-key="$SIGNER_SECRET" >/dev/null

people
mv $key /etc/s3jit/kept
restart_signer
row "The signer's own key is missing"
row_ends "The signer's own key is missing"
cp -p /etc/s3jit/kept $key
restart_signer

people
world_stop_signer
echo +90s >/etc/faketimerc
DAEMON_ENV=(LD_PRELOAD="$(echo /usr/lib/*/faketime/libfaketime.so.1)")
world_start_signer
# shellcheck disable=SC2034 # of product.sh
DAEMON_ENV=()
row "The clock of this host is wrong"
row_ends "The clock of this host is wrong"
restart_signer

ok "and when all is well again, a put is done" try put
ok "a person who never read reads" try read
ok "the record is whole" as erin 's3-audit verify'
