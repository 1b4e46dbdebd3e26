# Revoked in the middle of an upload: no part more is signed, so the object never
# comes to be, although its requester's own program could have gone on.
# also: sanitizers
. /src/tests/world/harness.sh

# the network between transfer and S3 holds still, as long as we like
hold() {
	nft add table inet held
	nft add chain inet held out '{ type filter hook output priority 0; }'
	nft add rule inet held out meta skuid alice tcp dport 443 drop
}
release() { nft delete table inet held; }

head -c 192M /dev/urandom | file_of alice big.bin
put="s3-sudo put big.bin s3://prod-reports/2026/big.bin -t 5m -r 'OPS-412 x'; echo \"exit \$?\""

ask alice one "$put"
id=$REQUEST
hold
approve bob "$id"
recorded "the upload has begun" "$id" '.event == "sign" and (.text | startswith("POST"))'
release
until on_record "$id" '.event == "sign" and .part == "1"'; do sleep 0.02; done
hold
as bob "s3-approve revoke $id wrong file" >/dev/null 2>&1
release
signed=$(how_many "$id" '.event == "sign"')
ok "alice reads who and why" wait_screen one '^Revoked by bob: "wrong file".  Write access ended.' 30
ok "exit code 116" wait_screen one '^exit 116$' 30
refuses "the object is not there" 22 "" object prod-reports/2026/big.bin
same "W13: nothing was signed after the revoke" "$signed" "$(how_many "$id" '.event == "sign"')"
parts=$(how_many "$id" '.part != null')
ok "some parts were signed ($parts of 24), not all" test "$parts" -ge 1 -a "$parts" -lt 24
together='.event == "sign" and (.text | startswith("POST")) and .payload_sha256 != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"'
not_recorded "so it was never put together" "$id" "$together"
recorded "on record" "$id" '.event == "revoked" and .by == "bob"'

clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
approve bob "$id"
ok "left alone, the same upload is done" wait_screen one '^exit 0$' 60
ok "and the object is there" cmp /home/alice/big.bin <(object prod-reports/2026/big.bin)
recorded "put together from all of them" "$id" "$together"
