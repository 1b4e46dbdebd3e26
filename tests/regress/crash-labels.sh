# product: fault-points
# world: REVOCATION=deny
# timeout: 900
# kill -9 of broker and signer at every labelled step (B11): nothing is given twice,
# nothing is lost, and what was under way is finished, or ended in plain words.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

# nobody reads here: a lease that is asked for ahead of need would meet the label
# that is meant for another one
change_rules -e '/^baseline "everyone"/,/^}/s/allow = .*/allow = {}/'

bucket=prod-reports
n=0

event="json_extract(record, '\$.event')"
# requests whose row, grant, permissions and end are not what the records say
in_two_minds="SELECT id, state, why FROM requests r
	WHERE (claimed <> 0) <> (SELECT count(*) FROM audit a WHERE a.id = r.id AND $event = 'granted')
	OR (claimed <> 0) <> (SELECT count(*) > 0 FROM permissions p WHERE p.request = r.id)
	OR (ended <> 0) <> (SELECT count(*) FROM audit a WHERE a.id = r.id AND $event = r.why)"

# play FLOW LABEL [N]: FLOW calls `now` where the next (Nth) pass of the label is to
# kill; then what must hold whatever happened
play() {
	n=$((n + 1))
	label=$2 pass=${3:-1}
	name="$1, $label${3:+ $3}"
	settled
	"flow_$1"
	if until_true 60 died; then passed "B11: $name: it died there"; else failed "B11: $name: it never died"; fi
	disarm
	settled
	same "$name: nothing is left open" "Nothing is asked, nothing is open." "$(on alice 's3-sudo status')"
	same "$name: granted once and ended once, as recorded" "" "$(sql "$in_two_minds")"
	ok "$name: the record is whole" on erin "s3-audit verify"
}

now() { arm "$label" "$pass"; }

# says LABEL WANTED-RC REGEX COMMAND: what alice is told
says() {
	local out rc=0
	out=$(on alice "$4" 2>&1) || rc=$?
	judge "$1" "$2" "$3" $rc "$out"
}

judge() { # LABEL WANTED-RC REGEX RC TEXT
	if [[ $4 == "$2" ]] && grep -qE -- "$3" <<<"$5"; then passed "$1"
	else failed "$1" "wanted exit code $2 and \"$3\", got $4: $5"; fi
}

# begin COMMAND: alice does that meanwhile; ends LABEL RC REGEX: and so it ended
begin() {
	{ on alice "$1" 2>&1 || echo "exit $?"; echo over; } >"/tmp/meanwhile.$n" 2>&1 &
}
meanwhile_says() { grep -qE -- "$1" "/tmp/meanwhile.$n"; }
ends() {
	until_true 400 meanwhile_says '^over$' || :
	if meanwhile_says "^exit $2\$" || { [[ $2 == 0 ]] && ! meanwhile_says '^exit '; } && meanwhile_says "$3"; then passed "$1"
	else failed "$1" "wanted exit code $2 and \"$3\": $(cat "/tmp/meanwhile.$n")"; fi
}

# asked COMMAND: alice waits for an approval of it; its id in REQUEST
asked() {
	begin "$1"
	until_true 200 meanwhile_says 's3-approve [k-z]{8}'
	REQUEST=$(grep -oE 's3-approve [k-z]{8}' "/tmp/meanwhile.$n" | tail -n 1 | cut -d' ' -f2)
}

# bob_answers WORDS... REGEX: typed one after the other, the label armed before the last
bob_answers() {
	open_line bob vote "s3-approve $REQUEST" -S /run/world/bob.line
	wait_screen vote 'yes / no'
	if [[ $1 == no ]]; then
		type vote no
		wait_screen vote '^Why'
		shift
	fi
	now
	type vote "$1"
	if wait_screen vote "$2" 20; then passed "$name: bob is told"; else failed "$name: bob is told"; fi
	logout vote
}

put_of() { echo "s3-sudo put f$n s3://$bucket/$1/f$n -t 5m -r 'OPS-1 x'"; }
run_of() { echo "s3-sudo run --allow 'put s3://$bucket/scratch/' -t 5m -r 'OPS-1 x' -- $1"; }

# --- flows -----------------------------------------------------------------------

# an upload that needs nobody: everything between ask and end
flow_put() {
	on alice "echo $n >f$n"
	now
	says "$name: it goes through" 0 'Done. Write access ended' "$(put_of scratch)"
	same "$name: the bytes are there" "$n" "$(object $bucket/scratch/f$n)"
}

# keys for a command; what was lost on the way is not given again
flow_run() {
	local lost=''
	now
	case $label in
	claimed | lease-intent | lease-answered | lease-outcome | granted) lost=1 ;;
	esac
	if [[ -n $lost ]]; then
		says "$name: the keys are lost" 116 'They are lost.*Nothing was run|They are lost' "$(run_of "sh -c 'echo x >>keys$n'")"
		same "$name: nothing was run" 0 "$(on alice "cat keys$n 2>/dev/null | wc -l")"
	else
		says "$name: it runs" 0 'Allowed|^$' "$(run_of "sh -c 'echo \$AWS_ACCESS_KEY_ID >>keys$n'")"
		same "$name: once" 1 "$(on alice "grep -c . keys$n")"
	fi
}

# a commit or a record that dies: wherever it was, keys come once or not at all
flow_run_anywhere() {
	local out rc=0
	now
	out=$(on alice "$(run_of "sh -c 'echo \$AWS_ACCESS_KEY_ID >>keys$n'")" 2>&1) || rc=$?
	if ((rc == 116)) && [[ $out == *'They are lost'* ]]; then
		same "$name: nothing was run" 0 "$(on alice "cat keys$n 2>/dev/null | wc -l")"
	else
		judge "$name: it runs" 0 . $rc "rc $rc: $out"
		same "$name: once" 1 "$(on alice "grep -c . keys$n")"
	fi
}

flow_open() {
	now
	says "$name: it is open" 0 'Open until' "s3-sudo open --allow 'put s3://$bucket/scratch/' -t 5m -r 'OPS-1 x'"
	says "$name: its profile has keys" 0 AccessKeyId "/usr/libexec/s3jit/s3jit-credentials s3-write"
	says "$name: and it closes" 0 '^Closed' "s3-sudo close"
	says "$name: then it has none" 1 'No write access is open' "/usr/libexec/s3jit/s3jit-credentials s3-write"
}

flow_vote() {
	on alice "echo $n >f$n"
	asked "$(put_of 2026)"
	bob_answers yes '^Approved|handled already:  bob (approved this|was approved)'
	ends "$name: it goes through" 0 'Done. Write access ended'
	same "$name: the bytes are there" "$n" "$(object $bucket/2026/f$n)"
	same "$name: one yes" 1 "$(sql "SELECT count(*) FROM votes WHERE id LIKE '$REQUEST%'")"
}

flow_deny() {
	on alice "echo $n >f$n"
	asked "$(put_of 2026)"
	bob_answers no "not today" '^Denied|handled already:  bob denied'
	ends "$name: alice is told" 110 'Denied by bob: "not today"'
}

flow_withdraw() {
	on alice "echo $n >f$n"
	REQUEST=$(on alice "$(put_of 2026) --no-wait" 2>/dev/null)
	now
	says "$name: it is withdrawn" 0 Withdrawn "s3-sudo withdraw $REQUEST"
}

flow_resume() {
	on alice "echo $n >f$n"
	asked "$(put_of 2026)"
	pkill -KILL -u alice s3-sudo-client
	until_true 100 meanwhile_says '^over$'
	until_true 100 on_record "$REQUEST" '.event == "line-lost"'
	now
	begin "s3-sudo resume $REQUEST"
	until_true 200 meanwhile_says 's3-approve [k-z]{8}'
	on alice "s3-sudo withdraw $REQUEST" 2>/dev/null
	ends "$name: it waits on, until it is withdrawn" 112 Withdrawn
}

flow_revoke() {
	begin "$(run_of "sleep 60")"
	until_true 200 alice_runs sleep
	REQUEST=$(on alice "s3-sudo status" | cut -c1-8)
	now
	ok "$name: it is revoked" on_tty alice "s3-approve revoke $REQUEST enough"
	ends "$name: the command is ended" 116 'Revoked by alice: "enough"'
	if until_true 200 on_record "$REQUEST" '.event == "deny-taken"'; then passed "$name: AWS was told to refuse its keys"
	else failed "$name: AWS was told to refuse its keys" "$(record "$REQUEST")"; fi
}
alice_runs() { pgrep -u alice -x "$1" >/dev/null; }

# a login that is lost over its registration goes on; whether s3jit knows it depends
flow_login() {
	local words='not known to s3jit.  Log in again' want=113 out rc=0
	case $label in
	session-opened | store-after-commit) words='Nothing is asked' want=0 ;;
	esac
	now
	out=$(as alice 'sleep 0.5; s3-sudo status 2>&1') || rc=$?
	judge "$name: the login goes on" $want "$words" $rc "$out"
}

flow_logout() {
	line_up alice@2
	on alice@2 "s3-sudo open --allow 'put s3://$bucket/scratch/' -t 5m -r 'OPS-1 x'" 2>/dev/null
	now
	line_down alice@2
	if until_true 200 last_request_is ended logout; then passed "$name: its grant has ended"
	else failed "$name: its grant has ended" "$(sql "SELECT * FROM requests ORDER BY created DESC LIMIT 1")"; fi
	if until_true 100 no_login_of alice@2; then passed "$name: the login is found ended"
	else failed "$name: the login is found ended"; fi
}
last_request_is() { [[ $(sql "SELECT why FROM requests ORDER BY created DESC, rowid DESC LIMIT 1") == "$2" ]]; }
no_login_of() { [[ $(sql "SELECT count(*) FROM sessions WHERE user = '${1%@*}' AND ended = 0") == 1 ]]; }

# dies while it starts, with somebody waiting and something open
flow_restart() {
	on alice "echo $n >f$n; s3-sudo open --allow 'put s3://$bucket/scratch/' -t 5m -r 'OPS-1 x'" 2>/dev/null
	asked "$(put_of 2026)"
	now
	kill_daemon s3jitd
	until_true 200 meanwhile_says 's3jitd was restarted; still waiting' || :
	says "$name: what was open is" 0 AccessKeyId "/usr/libexec/s3jit/s3jit-credentials s3-write"
	on alice "s3-sudo close; s3-sudo withdraw $REQUEST" 2>/dev/null
	ends "$name: who waits is told so" 112 's3jitd was restarted; still waiting'
}

flow_reauth() {
	now
	on_tty alice "s3-sudo reauth" >/dev/null || :
	until_true 60 died
	settled
	ok "$name: the next time it works" on_tty alice "s3-sudo reauth"
}

# the record's disk is full: ends are kept elsewhere until there is room
flow_full_disk() {
	on alice "s3-sudo open --allow 'put s3://$bucket/scratch/' -t 5m -r 'OPS-1 x'" 2>/dev/null
	fresh_broker
	disk_full
	[[ $label == ended-applied ]] || now
	says "$name: it closes" 0 '^Closed' "s3-sudo close"
	kill_daemon s3jitd
	sleep 0.2
	settled
	says "$name: it is still closed after a restart" 1 'No write access is open' "/usr/libexec/s3jit/s3jit-credentials s3-write"
	[[ $label != ended-applied ]] || now
	disk_free
	if until_true 200 last_request_is ended "done"; then passed "$name: its end is recorded later"
	else failed "$name: its end is recorded later" "$(sql "SELECT * FROM requests ORDER BY created DESC LIMIT 1")"; fi
}

fresh_broker() { # with an empty write-ahead log
	unsupervised stop_daemon s3jitd
	sleep 0.1
	settled
}

# --- all of them ---------------------------------------------------------------------

printf '%s required pam_permit.so\n' auth account >/etc/pam.d/s3-sudo
unsupervised_start() { stop_daemon s3jitd; small_disk; }
supervise
unsupervised unsupervised_start
settled
for person in alice bob erin; do line_up $person; done
labels >/tmp/labels
ok "the labels are found" test "$(wc -l </tmp/labels)" -ge 30

play_all() { # FLOW LABEL...
	local flow=$1 label
	shift
	for label; do play "$flow" "$label"; done
}
at_claim="claim-in-transaction claimed lease-intent lease-answered lease-outcome granted"
# shellcheck disable=SC2086 # a list
{
	play_all put asked-in-transaction asked $at_claim sign-recorded signed end-begun ended \
		signer-asked signer-lent signer-signed signer-dropped
	play_all run asked $at_claim ended signer-asked signer-lent signer-handed-out
	play_all open asked $at_claim keys-noted keys-answered signer-handed-out end-begun ended
}
play_all vote vote-in-transaction voted claimed
play_all deny end-begun ended
play_all withdraw end-begun ended
play_all resume resumed
play_all revoke end-begun ended deny-requested deny-answered
play_all login session-begun session-opened store-before-commit store-after-commit
play_all logout session-ended end-begun ended store-before-commit store-after-commit
play_all restart started adopted
play_all reauth reauthenticated
play_all full_disk ended-before-write ended-after-write ended-applied
for label in store-before-commit store-after-commit audit-before-send; do
	for i in 1 2 3 4 5 6; do
		play put "$label" $i
		play run_anywhere "$label" $i
	done
	play vote "$label"
	play deny "$label"
	play deny "$label" 2
	play revoke "$label"
done
play put audit-after-send
play vote audit-after-send

hits_keep
same "B11: no label was never passed" "" "$(grep -vxFf $ALL_HITS /tmp/labels)"
echo unheard-of >>/tmp/labels
same "and one that is not would be seen" unheard-of "$(grep -vxFf $ALL_HITS /tmp/labels)"
