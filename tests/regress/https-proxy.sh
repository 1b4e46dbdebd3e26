# B13: with https-proxy in s3jit.conf the signer reaches STS and uploads reach S3
# through that proxy, and not without it; without the key nobody asks one,
# whatever the environment says.
. /src/tests/world/harness.sh

seen=/tmp/proxy.seen
proxy_up() {
	python3 /src/tests/fakeaws/proxy.py 3128 $seen </dev/null &>/tmp/proxy.out &
	PROXY=$!
	! until_true 200 eval "ss -tlnH 'src 127.0.0.1:3128' | grep -q ." || return 0
	cat /tmp/proxy.out
	return 1
}
proxied() { sleep 0.3; grep -qx "CONNECT $1.$REGION.amazonaws.com:443" $seen; }
put() { as alice "https_proxy=http://127.0.0.1:9 HTTPS_PROXY=http://127.0.0.1:9 s3-sudo put report.csv s3://prod-reports/scratch/$1 -r 'OPS-412 x' -t 5m"; }

echo one | file_of alice report.csv
proxy_up
ok "B13: a proxy of the environment is not asked" put a
ok "nor this one, which nobody has named" eval '[[ ! -s $seen ]]'

sed -i '/^  ca-file/a https-proxy = "http://127.0.0.1:3128"' /etc/s3jit/s3jit.conf
restart_signer
change_rules -e ''
ok "through the configured proxy a put is done" put b
same "it really is" one "$(object prod-reports/scratch/b)"
ok "STS was reached through it" proxied sts
ok "and so was S3" proxied prod-reports.s3

kill $PROXY
restart_signer
refuses "without the proxy nothing goes past it; that is said" 115 'through the proxy http://127.0.0.1:3128' put c
refuses "and nothing came there" 22 NoSuchKey object prod-reports/scratch/c
