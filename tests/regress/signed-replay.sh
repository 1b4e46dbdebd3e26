# W13: what a signature that left the signer is good for: these bytes to this key,
# as often as somebody likes, until its lease ends, and nothing else.
. /src/tests/world/harness.sh
. /src/tests/world/peer.sh

echo report >/tmp/body
echo Report >/tmp/other		# as long

# send BODY [CURL ARGUMENTS]: the signed request in ANSWER, as it was signed but
# for what is said; prints the status and S3's word for it
send() {
	local args=() name value
	while IFS=$'\t' read -r name value; do
		case $name in host | content-length) ;; *) args+=(-H "$name: $value") ;; esac
	done < <(jq -r '.headers[] | [.name, .value] | @tsv' <<<"$SIGNED")
	curl -sS -o /tmp/said -w '%{http_code} ' -X PUT -H 'accept:' -H 'content-type:' -H 'user-agent:' -H 'expect:' \
		--data-binary @"$1" "${args[@]}" "${@:2}" "${URL:-$(jq -r .url <<<"$SIGNED")}"
	grep -o '<Code>.*</Code>' /tmp/said || :
}
holds() { same "$1" "$2" "$(object prod-reports/2026/report.csv)"; }

peer alice
granted bob 12
question "$SIGN"
SIGNED=$ANSWER
deadline=$(record "$ID" | jq -s 'map(select(.event == "granted"))[0].deadline')
same "what was signed is accepted" "200 " "$(send /tmp/body)"
holds "and written" report
s3 s3api delete-object --bucket prod-reports --key 2026/report.csv
same "the same once more is accepted once more" "200 " "$(send /tmp/body)"
holds "with the same bytes" report
same "W13: other bytes under the same signature are not" "400 <Code>XAmzContentSHA256Mismatch</Code>" "$(send /tmp/other)"
same "W13: nor under a hash of their own" "403 <Code>SignatureDoesNotMatch</Code>" \
	"$(SIGNED=$(jq -c --arg sum "$(sha256sum </tmp/other | cut -d' ' -f1)" '(.headers[] | select(.name == "x-amz-content-sha256")).value = $sum' <<<"$SIGNED") send /tmp/other)"
same "W13: nor unsigned ones" "403 <Code>SignatureDoesNotMatch</Code>" \
	"$(SIGNED=$(jq -c '(.headers[] | select(.name == "x-amz-content-sha256")).value = "UNSIGNED-PAYLOAD"' <<<"$SIGNED") send /tmp/other)"
url=$(jq -r .url <<<"$SIGNED")
same "W13: another key" "403 <Code>SignatureDoesNotMatch</Code>" "$(URL=$url.bak send /tmp/body)"
same "W13: another bucket" "403 <Code>SignatureDoesNotMatch</Code>" "$(URL=${url/prod-reports/prod-config} send /tmp/body)"
same "W13: another request for the key" "403 <Code>SignatureDoesNotMatch</Code>" "$(URL="$url?acl=" send /tmp/body)"
same "W13: another method" "403 <Code>SignatureDoesNotMatch</Code>" "$(send /dev/null -X DELETE)"
same "W13: a header that would make it public" "403 <Code>SignatureDoesNotMatch</Code>" "$(
	SIGNED=$(jq -c '.headers += [{name: "x-amz-acl", value: "public-read"}] | (.headers[] | select(.name == "authorization")).value |= sub("x-amz-content"; "x-amz-acl;x-amz-content")' <<<"$SIGNED") send /tmp/body)"
holds "none of these did anything" report

# the session token travels with it: useless without the secret key, which does not
key=$(jq -r '.headers[] | select(.name == "authorization").value | capture("Credential=(?<k>[^/]*)").k' <<<"$SIGNED")
token=$(jq -r '.headers[] | select(.name == "x-amz-security-token").value' <<<"$SIGNED")
same "W13: nothing can be signed with what came" "403 <Code>SignatureDoesNotMatch</Code>" "$(
	curl -sS -o /tmp/said -w '%{http_code} ' --aws-sigv4 "aws:amz:$REGION:s3" -u "$key:$token" -H "x-amz-security-token: $token" \
		-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -T /tmp/body "$url"; grep -o '<Code>.*</Code>' /tmp/said)"

same "until the deadline it is good" "200 " "$(send /tmp/body)"
now=$(date +%s)
((now < deadline)) || note "too slow: the deadline has passed"
while (($(date +%s) <= deadline)); do sleep 0.1; done
same "W13: afterwards the very same request is refused by S3" "403 <Code>AccessDenied</Code>" "$(send /tmp/body)"
question "$SIGN"
same "and no new signature is given" "error deadline" "$(answer '"\(.type) \(.code)"')"
end_peer

# the lease behind a signature is shorter than a long grant: 2 minutes
peer alice
granted bob 1800
question "$SIGN"
same "a long grant signs" signed "$(answer .type)"
same "W13: behind it is a lease of two minutes" true "$(record "$ID" | jq -s \
	'(map(select(.event == "lease"))[0]) as $l | ($l.until - ($l.time | fromdateiso8601)) as $s | $s > 100 and $s <= 120')"
end_peer
