# --json: exactly one JSON object that says how it came out, in words and with the
# exit status; on stdout, or where a command has that, on stderr.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
target=s3://prod-reports/2026/report.csv
scratch=s3://prod-reports/scratch
why="-t 5m -r 'OPS-412 x'"

# outcome LABEL "OUTCOME EXIT" COMMAND [JQ]: alice's command, which has this status,
# prints one object with this outcome, of which JQ is true
OUT=
outcome() {
	local rc=0
	OUT=$(as alice "$3 2>/dev/null") || rc=$?
	judged "$1" "$2" "${4:-true}" "$rc"
}
judged() { # LABEL "OUTCOME EXIT" JQ RC
	if [[ $(wc -l <<<"$OUT") == 1 && ${2##* } == "$4" ]] &&
		jq -e --arg want "$2" "type == \"object\" and \"\\(.outcome) \\(.exit)\" == \$want and ($3)" >/dev/null 2>&1 <<<"$OUT"; then
		passed "$1"
	else
		failed "$1" "exit code $4: $OUT"
	fi
}

outcome "put: done" "done 0" "s3-sudo put --json report.csv $scratch/report.csv $why" \
	'(.id | test("^[k-z]{32}$")) and (.deadline > 1700000000) and (has("text") | not)'
outcome "asked and left" "pending 0" "s3-sudo put --json --no-wait report.csv $target $why" '.id | length == 32'
id=$(jq -r .id <<<"$OUT")
outcome "withdrawn" "withdrawn 0" "s3-sudo withdraw --json $id"
outcome "and once more" "withdrawn 112" "s3-sudo resume --json $id" '.text | startswith("Withdrawn")'
outcome "not allowed by any rule" "not-allowed 113" "s3-sudo put --json report.csv s3://prod-billing/x $why" \
	'(.text | startswith("Not allowed by any rule")) and (.next | test("s3-sudo -l"))'
outcome "wrong words" "usage 2" "s3-sudo put --json nowhere.csv $target $why" '.text | test("No such file")'
outcome "a time that is too long" "usage 2" "s3-sudo put --json report.csv $target -t 9h -r 'OPS-412 x'" '.text | test("at most 30m")'
outcome "no such request" "not-found 2" "s3-sudo resume --json kkkkkkkk"

id=$(as alice "s3-sudo put --no-wait report.csv $target $why 2>/dev/null")
approve bob "$id"
outcome "approved: by whom" "done 0" "s3-sudo resume --json $id" '.approved_by == ["bob"]'
id=$(as alice "s3-sudo put --no-wait report.csv $target $why 2>/dev/null")
as_tty bob "s3-approve no $id see OPS-411" >/dev/null
outcome "denied: by whom and why" "denied 110" "s3-sudo resume --json $id" '.text | test("Denied by bob: \"see OPS-411\"")'
id=$(as alice "s3-sudo put --no-wait report.csv $target $why 2>/dev/null")
approve bob "$id"
echo changed >>/home/alice/report.csv
outcome "changed since approval" "changed 118" "s3-sudo resume --json $id" '(.text | test("has changed")) and (.next | test("s3-sudo withdraw"))'

# a command has stdout to itself
run() {
	local rc=0
	COMMANDS=$(as alice "s3-sudo run --json --allow 'put $scratch/' $1 2>err") || rc=$?
	OUT=$(grep '^{' /home/alice/err || :)
	return $rc
}
run_outcome() { # LABEL "OUTCOME EXIT" ARGUMENTS [JQ]
	local rc=0
	run "$3" || rc=$?
	judged "$1" "$2" "${4:-true}" "$rc"
}
run_outcome "run: done" "done 0" "$why -- echo out" '.id | length == 32'
same "and stdout is the command's" out "$COMMANDS"
run_outcome "run: the command failed" "failed 7" "$why -- sh -c 'exit 7'"
run_outcome "run: no such command" "usage 127" "$why -- no-such-thing" '.text | test("command not found")'
run_outcome "run: at the deadline" "deadline 117" "-t 2s -r 'OPS-412 x' -- sleep 100" '.text | test("deadline reached")'

# what tells something tells it in full, as it came from the broker
prints() { # LABEL PERSON COMMAND JQ
	local out
	out=$(as "$2" "$3 2>/dev/null") || :
	if [[ $(wc -l <<<"$out") == 1 ]] && jq -e "$4" >/dev/null 2>&1 <<<"$out"; then passed "$1"; else failed "$1" "$out"; fi
}
prints "status with nothing" alice 's3-sudo status --json' '[.requests[] | select(.state != "approved")] == []'
as alice 'for id in $(s3-sudo status --json | jq -r ".requests[].id"); do s3-sudo withdraw $id; done' 2>/dev/null
id=$(as alice "s3-sudo put --no-wait report.csv $target $why 2>/dev/null")
prints "status" alice 's3-sudo status --json' ".requests | length == 1 and (.[0] | (.id | startswith(\"$id\")) and .state == \"pending\" and
	.scope == [\"put $target\"] and .reason == \"OPS-412 x\" and .ttl == 300 and .delivery == \"signed\" and .person == \"alice\")"
prints "show" alice "s3-sudo show --json $id" '.request.scope[0] == "put s3://prod-reports/2026/report.csv" and .state == "pending"'
prints "-l" alice 's3-sudo -l --json' '(.read | index("get s3://*") != null) and ([.ask[].rule] == ["scratch", "report uploads"])'
prints "check" alice "s3-sudo check --json put $target" '.rule == "report uploads" and .quorum == ["1 of group:leads"] and .max_ttl == 1800 and (.where | test("s3jit.conf:[0-9]+$"))'
prints "s3-approve list" bob 's3-approve list --json' ".requests | length == 1 and (.[0].id | startswith(\"$id\")) and .[0].person == \"alice\""
prints "of others' requests mallory sees none" mallory 's3-approve list --json' '.requests == []'
prints "s3-approve show" bob "s3-approve show --json $id" '.may_vote and .request.person == "alice"'
prints "s3-audit log, a line each" erin "s3-audit log --json --request $id | jq -sc ." 'map(.event) == ["asked"]'

# open, close
as alice "s3-sudo withdraw $id" 2>/dev/null
outcome "close of nothing" "not-found 2" "s3-sudo close --json" '.text | test("Nothing is open")'
outcome "open" "open 0" "s3-sudo open --json --allow 'put $scratch/' $why 2>/dev/null; s3-sudo close --json >/dev/null" '.deadline > 1700000000'
outcome "close" "closed 0" "s3-sudo open --allow 'put $scratch/' $why 2>/dev/null; s3-sudo close --json" '.id | length == 32'

# ended from outside
login alice one
type one "s3-sudo run --json --allow 'put $scratch/' $why -- sleep 100 2>err"
until id=$(as alice 's3-sudo status --json' | jq -er '.requests[] | select(.state == "active").id'); do sleep 0.1; done
as alice "s3-sudo close $id" >/dev/null 2>&1
wait_screen one '\$ *$'
until OUT=$(grep '^{' /home/alice/err); do sleep 0.1; done
judged "closed while it ran" "ended 116" '.text | test("[Cc]losed")' 116

# AWS and the broker away
/src/tests/world/s3-server down
outcome "AWS does not answer" "aws 115" "s3-sudo put --json report.csv $scratch/x $why"
/src/tests/world/s3-server up
world_stop_signer
outcome "nor the signer" "aws 115" "s3-sudo put --json report.csv $scratch/x $why"
world_stop_broker
outcome "no broker" "broker 114" "s3-sudo put --json report.csv $scratch/x $why" '.text | test("s3jitd")'
outcome "nor for status" "broker 114" "s3-sudo status --json"
