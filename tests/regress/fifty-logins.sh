# Broker and signer stop, are killed and started again with fifty logins open (B15):
# reads, waiting requests and write access of all of them go on, nothing is given
# twice, and a login that ended meanwhile is found ended.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

bucket=prod-reports
credentials=/usr/libexec/s3jit/s3jit-credentials

lines=()
for i in {1..36}; do lines+=("alice@$i"); done
for i in {1..5}; do lines+=("bob@$i" "carol@$i"); done
lines+=(dave@1 erin@1 mallory@1 mallory@2)

for line in "${lines[@]}"; do line_up "$line" 2>/tmp/refused & done
wait
count() { [[ $(sql "$1") == "$2" ]]; }
ok "B15: fifty at once, none refused" until_true 100 count "SELECT count(*) FROM sessions WHERE ended = 0" 50

# each COMMAND LINE...: how many of these logins can do that
each() {
	local command=$1 line
	shift
	for line; do
		if on "$line" "$command" >/dev/null 2>&1; then echo "$line"; fi &
	done | wc -l
	wait
}
some() { printf "alice@%s " $(seq "$1" "$2"); }

# what is open and waits: logins 1-8 have write access, 9-12 run a command with keys,
# 13-20 wait for somebody
on alice@20 'echo moin >report.csv'
read -ra opened <<<"$(some 1 8)"
read -ra running <<<"$(some 9 12)"
read -ra waiting <<<"$(some 13 20)"
same "eight have write access open" 8 "$(each "s3-sudo open --allow 'put s3://$bucket/scratch/' -t 10m -r 'OPS-1 x'" "${opened[@]}")"
for line in "${running[@]}"; do
	{ on "$line" "s3-sudo run --allow 'put s3://$bucket/scratch/' -t 10m -r 'OPS-1 x' -- sh -c 'until [ -e finish ]; do sleep 0.1; done; echo \$AWS_ACCESS_KEY_ID'" || echo "exit $?"; } >"/tmp/$line" 2>&1 &
done
for line in "${waiting[@]}"; do
	{ on "$line" "s3-sudo put report.csv s3://$bucket/2026/${line#*@} -t 10m -r 'OPS-1 x'" || echo "exit $?"; } >"/tmp/$line" 2>&1 &
done

active="SELECT count(*) FROM requests WHERE state = 0x93b27e1c"
pending="SELECT count(*) FROM requests WHERE state = 0x5a17c3e9"
ok "twelve have write access" until_true 200 count "$active" 12
ok "eight wait" until_true 200 count "$pending" 8

request_of_line() { grep -oE 's3-approve [k-z]{8}' "/tmp/$1" | tail -n 1 | cut -d' ' -f2; }

vote() { # ID: bob's yes
	open_line bob vote "s3-approve $1" -S /run/world/bob@1.line
	wait_screen vote 'yes / no'
	type vote yes
	wait_screen vote '^Approved'
	logout vote
}

live=$(printf '%s\n' "${lines[@]}")

# goes_on WHAT: after WHAT happened, for whoever is still logged in
goes_on() {
	local what=$1 here=() line
	settled
	mapfile -t here <<<"$live"
	same "B15: $what: ${#here[@]} logins are known" ${#here[@]} "$(sql "SELECT count(*) FROM sessions WHERE ended = 0")"
	same "$what: all of them read" ${#here[@]} "$(each "$credentials default" "${here[@]}")"
	same "$what: what was open is" ${#opened[@]} "$(each "$credentials s3-write" "${opened[@]}")"
	ok "$what: what ran runs, what waited waits" count "SELECT ($active) || ' ' || ($pending)" "$((${#opened[@]} + ${#running[@]})) ${#waiting[@]}"
	line=${waiting[0]}
	waiting=("${waiting[@]:1}")
	vote "$(request_of_line "$line")"
	ok "$what: a request that waited is approved and goes through" until_true 200 grep -q 'Done. Write access ended' "/tmp/$line"
	same "$what: its object is there" moin "$(object "$bucket/2026/${line#*@}")"
	same "$what: nothing was granted twice" "" "$(sql "SELECT id FROM audit WHERE json_extract(record, '\$.event') = 'granted' GROUP BY id HAVING count(*) > 1")"
	ok "$what: the record is whole" on erin@1 "s3-audit verify"
}

leave() { # LINE...: these log out
	local line
	for line; do
		line_down "$line"
		live=$(grep -vx "$line" <<<"$live")
	done
}

goes_on "before anything"

world_stop_broker
world_start_broker
goes_on "broker stopped and started"

kill_daemon s3jitd
world_start_broker
goes_on "broker killed"

kill_daemon s3jit-signer
world_start_signer
goes_on "signer killed"

kill_daemon s3jit-signer
kill_daemon s3jitd
leave alice@1 alice@9 alice@13 alice@30 bob@5
opened=("${opened[@]:1}")
running=("${running[@]:1}")
world_start_signer
world_start_broker
same "B15: those who left meanwhile are found ended" 5 "$(sql "SELECT count(*) FROM sessions WHERE ended <> 0 AND why = 'found-ended'")"
same "and their write access with them" "logout 2" "$(sql "SELECT why || ' ' || count(*) FROM requests WHERE why = 'logout'")"
goes_on "both killed, five logged out meanwhile"

same "what ran meanwhile was told nothing" "" "$(cat "${running[@]/#//tmp/}")"
on alice@20 'touch finish'
finished() { [[ $(cat "${running[@]/#//tmp/}" | grep -c .) == "${#running[@]}" ]]; }
ok "it ends by itself" until_true 200 finished
same "each with keys of its own" ${#running[@]} "$(sort -u "${running[@]/#//tmp/}" | grep -c .)"
same "and none with an error" "" "$(grep -h exit "${running[@]/#//tmp/}")"
ok "what was open is closed by its people" test ${#opened[@]} = "$(each 's3-sudo close' "${opened[@]}")"
for line in "${waiting[@]}"; do on "$line" "s3-sudo withdraw $(request_of_line "$line")" 2>/dev/null || :; done
ok "and what still waits is taken back" until_true 100 count "SELECT ($active) || ' ' || ($pending)" "0 0"
