# W13: a grant of a built-in verb is one signature for exactly the approved
# request.  Whatever else its holder asks the broker to sign, past our own
# programs, is refused and on record.
# also: trixie
. /src/tests/world/harness.sh
. /src/tests/world/peer.sh

usermod -aG analysts dave
usermod -aG analysts bob
echo one | put_object prod-reports/2026/q1.csv
change_rules -e '/^rule "report uploads"/,/^}/s|"put s3://prod-reports/\*"|&, "get s3://prod-reports/*"|'
sum=$PEER_SUM
none=$(sha256sum </dev/null | cut -d' ' -f1)
other=$(echo other | sha256sum | cut -d' ' -f1)

edited() { jq -c --arg none "$none" --arg other "$other" "$1" <<<"$SIGN"; }
signs() { # LABEL [JQ]
	question "$(edited "${2:-.}")"
	if [[ $(answer .type) == signed ]]; then passed "$1"; else failed "$1" "$ANSWER"; fi
}
REFUSED=0
refused() { # LABEL REGEX JQ
	question "$(edited "$3")"
	if [[ $(answer '"\(.type) \(.code)"') =~ ^error\ (not-allowed|changed|usage)$ && $(answer .text) =~ $2 ]]; then
		passed "$1"
	else
		failed "$1" "$ANSWER"
	fi
	REFUSED=$((REFUSED + 1))
}
on_record() { # PERSON: each of those refusals, with the request's id
	same "A5: each refusal is on record" "$REFUSED" "$(record | jq -s --arg id "${ID::8}" \
		'map(select(.event == "sign-refused" and (.text | startswith($id + ": ")))) | length')"
	REFUSED=0
}
empty='.payload_sha256 = $none | .length = 0 | '
header() { echo ".headers = [{name: \"$1\", value: \"$2\"}]"; }
query() { echo ".query = [{name: \"$1\", value: \"${2:-}\"}]"; }

# --- where, and what is done there
peer alice
granted bob 120
signs "the approved request is signed"
refused "W13: another key" 'not approved' '.key = "2026/other.csv"'
refused "W13: a longer key" 'not approved' '.key += ".bak"'
refused "W13: a shorter key" 'not approved' '.key = "2026/report.cs"'
refused "W13: the folder" 'not approved' '.key = "2026/"'
refused "W13: another bucket" 'not approved' '.bucket = "prod-config"'
refused "W13: delete" 'not approved' "$empty"'.method = "DELETE"'
refused "W13: read" 'not approved' "$empty"'.method = "GET"'
refused "W13: look at" 'not approved' "$empty"'.method = "HEAD"'
refused "W13: list" 'not approved' "$empty"'.method = "GET" | .key = "" | .query = [{name: "list-type", value: "2"}, {name: "prefix", value: "2026/"}]'
refused "W13: the bucket itself" 'not approved' '.method = "PUT" | .key = "" | '"$(query policy)"
on_record alice
signs "the approved one is signed still"
end_peer

# --- the same key otherwise
peer dave
granted bob 120
signs "dave's is signed"
refused "W13: other bytes" 'bytes have changed' '.payload_sha256 = $other'
refused "W13: another length" 'bytes have changed' '.length = 8'
refused "W13: bytes that are not named" 'bytes have changed' '.payload_sha256 = "UNSIGNED-PAYLOAD"'
refused "W13: no bytes" 'bytes have changed' "$empty ."
refused "W13: ?acl" 'in this form was not approved' "$(query acl)"
refused "W13: ?tagging" 'in this form was not approved' "$(query tagging)"
refused "W13: ?retention" 'in this form was not approved' "$(query retention)"
refused "W13: an upload of several parts" 'in this form was not approved' "$empty"'.method = "POST" | '"$(query uploads)"
refused "W13: a version" 'in this form was not approved' "$(query versionId x)"
refused "a ninth request at once" 'slots are 0 to 7' '.slot = 8'
on_record dave
question "$(jq -c '.id = "kkkkkkkk"' <<<"$SIGN")"
same "a grant that is not there" not-found "$(answer .code)"
end_peer

# --- headers, which the signer judges
peer bob
granted carol 120
signs "bob's is signed"
signs "with a header that says nothing more" "$(header content-type text/csv)"
refused "W13: x-amz-acl" 'header x-amz-acl is not signed' "$(header x-amz-acl public-read)"
refused "W13: x-amz-tagging" 'header x-amz-tagging' "$(header x-amz-tagging a=b)"
refused "W13: x-amz-website-redirect-location" 'header x-amz-website' "$(header x-amz-website-redirect-location /)"
refused "W13: x-amz-server-side-encryption" 'header x-amz-server-side' "$(header x-amz-server-side-encryption AES256)"
refused "W13: x-amz-storage-class" 'header x-amz-storage' "$(header x-amz-storage-class GLACIER)"
refused "W13: x-amz-meta-" 'header x-amz-meta' "$(header x-amz-meta-a b)"
refused "W13: a host" 'header host' "$(header host prod-config.s3.eu-central-1.amazonaws.com)"
refused "W13: a length that is another" 'content-length contradicts' "$(header content-length 8)"
refused "W13: a header in disguise" 'header' "$(header X-Amz-Acl public-read)"
refused "W13: two lines in one" 'header' "$(header content-type 'a\r\nx-amz-acl: public-read')"
on_record bob
end_peer

# --- no bytes: such a request could also be a copy of what may be read
peer alice
granted bob 120 '.scope += ["get s3://prod-reports/2026/"] | .objects[0] |= (.size = 0 | .part_size = 0 | .parts = ["'"$none"'"] | .sha256 = "'"$none"'")'
SIGN=$(edited "$empty .")
signs "no bytes are signed"
refused "W13: but not those of another object" 'a copy to .* was not approved' "$(header x-amz-copy-source /prod-reports/2026/q1.csv)"
signs "what may be read is read" '.method = "GET" | .key = "2026/q1.csv"'
refused "W13: and only that" 'not approved' '.method = "GET" | .key = "2025/q1.csv"'

# --- several parts: each its own bytes, and all of them
parts="[\"$sum\", \"$other\"]"
granted bob 120 ".objects[0] |= (.size = 10485760 | .part_size = 8388608 | .parts = $parts)"
# shellcheck disable=SC2001 # two digits at a time
base64_of() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")" | base64; }
checksum() { header x-amz-checksum-sha256 "$(base64_of "$1")"; }
part() { echo ".query = [{name: \"partNumber\", value: \"$1\"}, {name: \"uploadId\", value: \"x\"}] | .length = ${2:-8388608}"; }
# completion FIRST SECOND: of parts with these hashes, as transfer writes it
completion() {
	local xml='<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' hash n=0
	for hash; do
		n=$((n + 1))
		xml+="<Part><PartNumber>$n</PartNumber><ETag>\"e$n\"</ETag><ChecksumSHA256>$(base64_of "$hash")</ChecksumSHA256></Part>"
	done
	xml+='</CompleteMultipartUpload>'
	echo ".method = \"POST\" | $(query uploadId x) | .length = ${#xml} | .payload_sha256 = \"$(printf %s "$xml" | sha256sum | cut -d' ' -f1)\" | .etags = [\"\\\"e1\\\"\", \"\\\"e2\\\"\"]"
}
all=$(completion "$sum" "$other")
signs "an upload of two parts is begun" "$empty .method = \"POST\" | $(query uploads) | $(header x-amz-checksum-algorithm SHA256)"
refused "W13: but not one whose parts S3 would not tell apart" 'in this form' "$empty .method = \"POST\" | $(query uploads)"
signs "its first part" "$(part 1) | $(checksum "$sum")"
signs "its second" "$(part 2 2097152) | .payload_sha256 = \$other | $(checksum "$other")"
refused "W13: a part without the hash that S3 keeps" 'without its x-amz-checksum-sha256' "$(part 1)"
refused "W13: or with another one" 'without its x-amz-checksum-sha256' "$(part 1) | $(checksum "$other")"
refused "W13: the first part as the second" 'bytes have changed' "$(part 2 2097152)"
refused "W13: the second as long as the first" 'bytes have changed' "$(part 2) | .payload_sha256 = \$other"
refused "W13: a third" 'has no part 3' "$(part 3)"
refused "W13: all of it at once" 'in this form' .
signs "all of the parts make the object" "$all | $(header x-amz-mp-object-size 10485760)"
mp="$(header x-amz-mp-object-size 10485760)"
refused "W13: parts of an old upload, with other bytes, do not" 'in this form' "$(completion "$other" "$other") | $mp"
refused "W13: nor in another order" 'in this form' "$(completion "$other" "$sum") | $mp"
refused "W13: nor under other ETags than are said" 'in this form' "$all | .etags[0] = \"\\\"e9\\\"\" | $mp"
refused "W13: nor a body that nobody sees" 'in this form' "$all | del(.etags) | $mp"
refused "W13: some of them do not" 'in this form' "$all | $(header x-amz-mp-object-size 8388608)"
refused "W13: nor do nobody knows how many" 'in this form' "$all"
end_peer

# --- who asks
peer alice
granted bob 120
signs "the login that holds the grant has its signature"
same "W13: another login of alice has none" "error not-allowed Another login of yours holds it." \
	"$(as alice "/src/tests/world/say '$SIGN'" | jq -r '"\(.type) \(.code) \(.text)"')"
same "W13: mallory has none, and does not learn that there is such a request" "error not-found" \
	"$(as mallory "/src/tests/world/say '$SIGN'" | jq -r '"\(.type) \(.code)"')"
question '{"type":"get_credentials","profile":"s3-write"}'
same "its keys are not to be had" "error not-allowed" "$(answer '"\(.type) \(.code)"')"
question "{\"type\":\"end\",\"id\":\"$ID\",\"outcome\":\"done\",\"status\":0}"
question "$SIGN"
same "W13: after its end there is no signature" "error ended" "$(answer '"\(.type) \(.code)"')"
question "$(jq -cn --arg sum "$sum" --arg other "$other" '{type: "ask", scope: ["put s3://prod-reports/2026/a"], delivery: "signed",
	argv: ["peer"], cwd: "/", reason: "OPS-412 x", ttl: 120, detach: false, objects: [{verb: "put", bucket: "prod-reports",
	key: "2026/a", name: "a", size: 7, part_size: 7, parts: [$other], sha256: $sum}]}')"
same "Q2: nobody is shown another SHA-256 than the one that is sent" "a has another SHA-256 than its only part" "$(answer .text)"
end_peer
