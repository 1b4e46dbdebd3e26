# C9: on an instance that has IPv6 alone the signer finds the metadata service at
# its other address, and says where it looked when nobody answers.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

helper=/usr/libexec/s3jit/s3jit-credentials
address=fd00:ec2::254
reads() { as alice "$helper default" | jq -e .SessionToken; }

ip -6 address add $address/128 dev lo nodad
sed -i 's/"file:.*"/"imds"/' /etc/s3jit/s3jit.conf
restart_signer
refuses "nobody answers: both addresses are named" 1 \
	'instance metadata .http://169.254.169.254.: .*; nor at http://\[fd00:ec2::254\]' as alice "$helper default"

aws_is ok ok $address
ok "C9: keys from the IPv6 address" reads
aws_is ok 404 $address
refuses "what is said there is told" 1 '\[fd00:ec2::254\].: no role is attached' as bob "$helper default"

sed -i 's/"imds"/"imds6"/' /etc/s3jit/s3jit.conf
aws_is ok ok
refuses "imds6 does not look at the IPv4 address" 1 'http://\[fd00:ec2::254\].: ' as bob "$helper default"
aws_is ok ok $address
ok "C9: and finds the other one" as bob "$helper default | jq -e .SessionToken"
