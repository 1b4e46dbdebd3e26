# peer.sh - a program of a person's own that speaks to s3jitd, in a login of
# theirs.  For tests of what the broker itself refuses; sourced after harness.sh.
#
#   peer PERSON           a login with such a program; one at a time
#   question JSON         ask it; the answer in ANSWER
#   answer JQ             something of that answer
#   granted APPROVER TTL [JQ]   ask to put 7 bytes to 2026/report.csv (the request
#                         edited by JQ), have it signed off, claim it; its id in
#                         ID, the approved S3 request, to be signed, in SIGN
#   end_peer              log out
# shellcheck shell=bash

# shellcheck disable=SC2034 # for tests
PEER_BODY=$'report\n'
PEER_SUM=$(sha256sum <<<report | cut -d' ' -f1)

peer() {
	laptop "$1"
	coproc PEER { "${SSH[@]}" '/src/tests/world/say -'; }
}

question() {
	echo "$1" >&"${PEER[1]}"
	while read -r ANSWER <&"${PEER[0]}"; do
		[[ $ANSWER == '{"type": "event"'* ]] || break
	done
}

answer() { jq -r "$1" <<<"$ANSWER"; }

granted() {
	question "$(jq -cn --arg sum "$PEER_SUM" --argjson ttl "$2" '{type: "ask", scope: ["put s3://prod-reports/2026/report.csv"],
		delivery: "signed", argv: ["peer"], cwd: "/", reason: "OPS-412 x", ttl: $ttl, detach: false, objects: [{verb: "put",
		bucket: "prod-reports", key: "2026/report.csv", name: "report.csv", size: 7, part_size: 7,
		parts: [$sum], sha256: $sum}]} | '"${3:-.}")"
	ID=$(answer '.id // error')
	approve "$1" "$ID"
	question "{\"type\":\"claim\",\"id\":\"$ID\"}"
	[[ $(answer .type) == grant ]] || { note "$ANSWER"; return 1; }
	# shellcheck disable=SC2034 # for tests
	SIGN=$(jq -cn --arg id "$ID" --arg sum "$PEER_SUM" '{type: "sign", id: $id, slot: 0, method: "PUT", bucket: "prod-reports",
		key: "2026/report.csv", query: [], headers: [], payload_sha256: $sum, length: 7}')
}

end_peer() {
	local pid=$PEER_PID
	eval "exec ${PEER[1]}>&-"
	wait "$pid" || :
}
