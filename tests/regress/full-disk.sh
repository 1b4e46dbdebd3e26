# The disk of the record is full (A1, B11, B15): logins and reads go on, nobody is
# given power, taking it away works and outlives kill -9; with room again all goes
# on, and the record tells of the gap.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

bucket=prod-reports
credentials=/usr/libexec/s3jit/s3jit-credentials
put="put report.csv s3://$bucket/2026/x -t 5m -r 'OPS-1 x'"
open="s3-sudo open --allow 'put s3://$bucket/scratch/' -t 10m -r 'OPS-1 x'"

world_stop_broker
small_disk
world_start_broker
lines=(alice alice@2 alice@3 alice@4 alice@5 bob erin)
for line in "${lines[@]}"; do line_up "$line"; done
on alice 'echo moin >report.csv'
echo one | put_object $bucket/2026/q1.csv

asks() { on alice "s3-sudo $put --no-wait" 2>/tmp/asks || { note "$(cat /tmp/asks)" >&2; return 1; }; }

# vote WORD ID REGEX: bob says it, and is told that
vote() {
	local rc=0
	open_line bob vote "s3-approve $2" -S /run/world/bob.line
	{
		wait_screen vote 'yes / no' && type vote "$1" &&
			if [[ $1 == no ]]; then wait_screen vote '^Why' && type vote "not today"; fi &&
			wait_screen vote "$3"
	} || rc=$?
	logout vote
	return $rc
}

# runs LINE: a command with keys there, by bob's leave; its id in RUNNING
runs() {
	rm -f "/tmp/$1"
	on "$1" "exec 2>&1; s3-sudo run --allow 'put s3://$bucket/2026/' -t 10m -r 'OPS-1 x' -- sleep 100; echo \"exit \$?\"" >"/tmp/$1" &
	until_true 100 grep -qsE 's3-approve [k-z]{8}' "/tmp/$1" || { note "$(cat "/tmp/$1")"; return 1; }
	RUNNING=$(grep -oE 's3-approve [k-z]{8}' "/tmp/$1" | cut -d' ' -f2)
	vote yes "$RUNNING" '^Approved'
	until_true 100 pgrep -u alice -x sleep >/dev/null
}

# how it ended, as recorded
ended() { # ID
	sql "SELECT why || '|' || \"by\" || '|' || text FROM requests WHERE id LIKE '$1%'"
}
request_of_login() { # LINE: what is open there
	on "$1" 's3-sudo status --json' | jq -r '.requests[] | select(.delivery == "session" and .here) | .id[:8]'
}

# --- with room: requests in each state ----------------------------------------------

ok "with room it opens" on alice@2 "$open"
ok "and again" on alice@4 "$open"
ok "and again" on alice@5 "$open"
closed=$(request_of_login alice@2) left=$(request_of_login alice@4)
runs alice@3
ok "a yes is taken" vote yes "$(asks)" '^Approved'
approved=$(on alice 's3-sudo status --json' | jq -r '.requests[] | select(.state == "approved") | .id[:8]')
pending=$(asks)
denied=$(asks)
taken_back=$(asks)
ok "a login reads" on alice "$credentials default"

disk_full
refuses "the disk is full" 1 "No space left" bash -c 'echo x >/var/lib/s3jit/x'

# --- what goes on -----------------------------------------------------------------------

same "A1: alice logs in" alice "$(as alice 'id -un')"
same "A1: a new login reads, with keys that were there before" one "$(as alice "aws s3 cp s3://$bucket/2026/q1.csv -")"

# --- what is refused ----------------------------------------------------------------------

full='disk'
refuses "A1: nothing is asked" 114 "$full" on alice "s3-sudo $put"
refuses "A1: nothing is claimed" 114 "$full" on alice "s3-sudo resume $approved"
ok "A1: no yes is taken" vote yes "$pending" "$full"
refuses "A1: no keys are given" 1 "$full" on alice@2 "$credentials s3-write"

# --- what is taken away ---------------------------------------------------------------------

ok "A1: a no counts" vote no "$denied" '^Denied'
refuses "and is told" 110 'Denied by bob: "not today"' on alice "s3-sudo resume $denied"
ok "A1: what was asked is taken back" on alice "s3-sudo withdraw $taken_back"
ok "A1: what is open is closed" on alice@2 's3-sudo close'
refuses "and gives no keys" 1 "No write access is open" on alice@2 "$credentials s3-write"
ok "A1: what runs is revoked" on_tty bob "s3-approve revoke $RUNNING enough"
ok "and its command is ended" until_true 200 grep -qx "exit 116" /tmp/alice@3
line_down alice@4
gone() { ! on alice 's3-sudo status' | grep -q "^$left"; }
ok "A1: and what was open in a login ends with it" until_true 200 gone
same "nothing of it could be recorded" "" "$(sql "SELECT id FROM requests WHERE id LIKE '$denied%' AND ended <> 0")"

# --- room again: it is recorded, with who and why ---------------------------------------

disk_free
recorded "A1: the gap is on record" "" '.event == "gap" and .count > 0'
until_true 100 on_record "$RUNNING" '.event == "revoked"'
same "the no" "denied|bob|not today" "$(ended "$denied")"
same "what was taken back" "withdrawn|alice|recorded late" "$(ended "$taken_back")"
same "the revoke" "revoked|bob|enough" "$(ended "$RUNNING")"
same "the close" "done|alice|closed" "$(ended "$closed")"
same "the logout" "logout||recorded late" "$(ended "$left")"
ok "the record is whole" on erin "s3-audit verify"
ok "alice asks again" on alice "s3-sudo $put --no-wait"
ok "bob's yes is taken" vote yes "$pending" '^Approved'
refuses "what was approved may be claimed" 0 'Write access ended' on alice "s3-sudo resume $approved"

# --- the same with kill -9 on the full disk ----------------------------------------------

again() { # what must hold on the full disk after kill -9, and afterwards
	refuses "B15: $1: what was closed gives no keys" 1 "No write access is open" on alice@5 "$credentials s3-write"
	refuses "B15: $1: what was revoked is over" 116 "Revoked" on alice@3 "s3-sudo resume $RUNNING"
	refuses "B15: $1: what was denied is over" 110 "Denied" on alice "s3-sudo resume $denied"
}
denied=$(asks)
closed=$(request_of_login alice@5)
runs alice@3
disk_full
ok "on a full disk again: a no" vote no "$denied" '^Denied'
ok "a close" on alice@5 's3-sudo close'
ok "a revoke" on_tty bob "s3-approve revoke $RUNNING enough"
kill_daemon s3jitd
world_start_broker
again "after kill -9 on the full disk"
same "B15: alice logs in" alice "$(as alice 'id -un')"
kill_daemon s3jitd
world_start_broker
again "and once more"
disk_free
until_true 100 on_record "$RUNNING" '.event == "revoked"'
same "B15: the revoke is recorded" "revoked" "$(ended "$RUNNING" | cut -d'|' -f1)"
same "B15: the close" "done" "$(ended "$closed" | cut -d'|' -f1)"
same "B15: the no" "denied" "$(ended "$denied" | cut -d'|' -f1)"
again "with room"
ok "the record is whole" on erin "s3-audit verify"
same "the list of ends is empty again" 0 "$(tr -d '\0' </run/s3jit/ended | wc -c)"

# --- a limit on the size of files is the same to us ------------------------------------------

on alice "$open" 2>/dev/null
closed=$(request_of_login alice)
world_stop_broker
(ulimit -f 128; world_start_broker)	# KiB
refused() { ! asks >/dev/null; }
ok "A1: files may not grow, and nothing is asked any more" until_true 18 refused
refuses "in plain words" 114 "$full" on alice "s3-sudo $put"
ok "what is open is closed" on alice "s3-sudo close"
ok "the broker is there" test -n "$(daemon_pid s3jitd)"
world_stop_broker KILL
world_start_broker
until_true 100 on_record "$closed" '.event == "done"'
same "the close is recorded" "done" "$(ended "$closed" | cut -d'|' -f1)"
