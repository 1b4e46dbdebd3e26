# broken.sh - walks the table WHEN A PART IS BROKEN of s3jit(7): whatever it says
# works or is refused is tried, with the words that stand there.  Sourced after
# harness.sh; brings crash.sh.
#
#   people                  logins and what is open, asked and runs in them; while
#                           all is well
#   row TITLE               try what that row says, while that part is broken
#   row_ends TITLE          taking away, in the same state
#   row_times_out TITLE     the part of it that nobody has to ask for
#   titles                  of all rows
#   served                  what is active of alice's and has a client
#   aws_is STS IMDS         what answers under the names of STS and of instance
#                           metadata misbehaves (tests/fakeaws); aws_is_back;
#                           CERTIFICATE: another one of /srv/s3/tls than the server's
# shellcheck shell=bash

# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

EXPIRES=15	# seconds that what is open in one of the logins has
MANUAL=/src/man/s3jit.7
CREDENTIALS=/usr/libexec/s3jit/s3jit-credentials
PUT="s3-sudo put report.csv s3://prod-reports/scratch/x -t 5m -r x"
ASK="s3-sudo put report.csv s3://prod-reports/2026/x -t 5m -r 'OPS-1 x' --no-wait"
OPEN="s3-sudo open --allow 'put s3://prod-reports/scratch/' -r x -t"

# lines "TITLE<tab>WHAT<tab>WORDS"
table() {
	awk '
		/^\.Sh/ { in_it = $0 == ".Sh WHEN A PART IS BROKEN"; depth = 0 }
		!in_it { next }
		/^\.Bl/ { depth++; next }
		/^\.El/ { depth--; next }
		/^\.It / { if (depth == 1) title = substr($0, 5); else what = substr($0, 5); next }
		/^\./ { next }
		depth == 2 { print title "\t" what "\t" $0 }
	' $MANUAL
}

titles() { table | cut -f1 | uniq; }

# words of the manual as a regex: "..." is what differs from case to case
regex_of() { sed -E 's/[][\.|$(){}?+*^]/\\&/g; s/\\\.\\\.\\\./.*/g' <<<"$1"; }

reads() { on "$1" "$CREDENTIALS default" >/dev/null 2>&1; }

people() {
	local line
	for line in alice alice@2 alice@3 alice@4 alice@5 bob; do
		[[ -S /run/world/$line.line ]] || line_up "$line"
	done
	on alice 'echo moin >report.csv; for id in $(s3-sudo status | cut -c1-8); do s3-sudo withdraw $id; done' 2>/dev/null >&2 || :
	until_true 200 reads alice
	OPENED=() # alice's login=the request open in it
	for line in alice@2:10m alice@4:10m "alice@5:${EXPIRES}s"; do
		on "${line%:*}" "$OPEN ${line#*:}" 2>/dev/null
		OPENED+=("$(on "${line%:*}" 's3-sudo status --json' | jq -r '.requests[] | select(.delivery == "session" and .here) | .id[:8]')")
	done
	EXPIRES_AT=$((SECONDS + EXPIRES))
	on alice@3 "exec 2>&1; s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 10m -r x -- sleep 400; echo \"exit \$?\"" >/tmp/runs &
	until_true 200 pgrep -u alice -x sleep >/dev/null
	RUNNING=$(on alice@3 's3-sudo status --json' | jq -r '.requests[] | select(.delivery == "command" and .state == "active") | .id[:8]')
	TO_DENY=$(on alice "$ASK" 2>/dev/null)
	TO_WITHDRAW=$(on alice "$ASK" 2>/dev/null)
	TO_APPROVE=$(on alice "$ASK" 2>/dev/null)
}

# what is active of alice's and has a client that serves it
served() { on alice 's3-sudo status --json' | jq -r '.requests[] | select(.delivery != "session" and .state == "active") | .id'; }

bob_approves() { # ID
	local rc=0
	open_line bob vote "s3-approve $1" -S /run/world/bob.line
	{ wait_screen vote 'yes / no' && type vote yes && wait_screen vote '^Approved'; } || rc=$?
	logout vote
	return $rc
}

# refused at once or when it is said: what bob reads, and with which exit code
votes() { # ID
	local rc=0
	SCREEN_WIDTH=250 open_line bob vote "s3-approve $1; echo \"exit \$?\"" -S /run/world/bob.line
	wait_screen vote 'yes / no|^exit [0-9]' || rc=99
	! screen vote | grep -q 'yes / no' || type vote yes
	wait_screen vote '^exit [0-9]' 30 || rc=99
	screen vote
	((rc != 0)) || rc=$(screen vote | sed -n 's/^exit //p')
	logout vote
	return "$rc"
}

# what the table calls it, and what is typed for it
try() {
	case $1 in
	"log in") as alice true ;;
	ask) on alice "$ASK" ;;
	vote)
		if [[ ${2:-} == refused ]]; then votes "$TO_APPROVE"
		else bob_approves "$TO_APPROVE"; fi
		;;
	"read with keys from before") on alice "$CREDENTIALS default" ;;
	read) as carol "$CREDENTIALS default" ;;
	put) on alice "$PUT" ;;
	open) on alice "$OPEN 5m" ;;
	status) on alice 's3-sudo status' ;;
	*) echo "the table says \"$1\", and this does not know how to try it"; return 99 ;;
	esac
}

row() { # TITLE
	local title what words n=0
	while IFS=$'\t' read -r title what words; do
		[[ $title == "$1" ]] || continue
		n=$((n + 1))
		if [[ $what == works ]]; then
			while read -r what; do
				ok "$1: $what works" try "$what"
			done < <(tr , '\n' <<<"$words" | sed 's/^ *//; s/\.$//')
		else
			refuses "$1: ${what%,*} is refused" "${what##*, }" "$(regex_of "$words")" try "${what%,*}" refused
		fi
	done < <(table)
	if ((n == 0)); then failed "$1: no such row in $MANUAL"; fi
}

# ended ID WORDS: as its requester is told, by show or, while the record is what is
# broken, by resume
ended() {
	local said
	said=$(on alice "s3-sudo show $1; timeout 20 s3-sudo resume $1" 2>&1) || :
	grep -qE "$2" <<<"$said"
}

# deny, withdraw, close, revoke, logout and expiry
row_ends() {
	refuses "$1: a no counts" 0 '^Denied' on_tty bob "s3-approve no $TO_DENY not today"
	refuses "$1: and is told" 110 'Denied by bob: "not today"' on alice "timeout 20 s3-sudo resume $TO_DENY"
	refuses "$1: what was asked is taken back" 0 Withdrawn on alice "s3-sudo withdraw $TO_WITHDRAW"
	refuses "$1: what is open is closed" 0 '^Closed' on alice@2 's3-sudo close'
	refuses "$1: it gives no more keys" 1 'No write access is open' on alice@2 "$CREDENTIALS s3-write"
	refuses "$1: what runs is revoked" 0 Revoked on_tty alice "s3-approve revoke $RUNNING enough"
	ok "$1: and ended" until_true 200 grep -qx 'exit 116' /tmp/runs
	row_times_out "$1"
}

# logout and expiry, which nobody has to ask for
row_times_out() {
	[[ ! -S /run/world/alice@4.line ]] || line_down alice@4
	ok "$1: a logout ends what was open" until_true 400 ended "${OPENED[1]}" "ended: logout|^Ended by logout"
	((SECONDS >= EXPIRES_AT)) || sleep $((EXPIRES_AT - SECONDS))
	ok "$1: its deadline ends what was open" until_true 200 ended "${OPENED[2]}" "ended: expired|^The deadline was reached"
	refuses "$1: it gives no more keys" 1 'No write access is open' on alice@5 "$CREDENTIALS s3-write"
}

# --- an STS and an IMDS that misbehave --------------------------------------------

# aws_is STS [IMDS [ADDRESS]]: modes of tests/fakeaws; the signer keeps connections, so it is
# started again
aws_is() {
	[[ -z ${FAKE_AWS:-} ]] || kill "$FAKE_AWS"
	REAL_HOSTS=${REAL_HOSTS:-$(</etc/hosts)}
	python3 /src/tests/fakeaws/serve.py "/srv/s3/tls/${CERTIFICATE:-server}" "$@" </dev/null >>/var/log/s3jit/fakeaws.out 2>&1 &
	FAKE_AWS=$!
	disown
	echo "${REAL_HOSTS/ sts.$REGION.amazonaws.com}
127.0.0.2 sts.$REGION.amazonaws.com" >/etc/hosts
	until_true 100 eval 'ss -tlnH "src 127.0.0.2:443" | grep -q .'
	restart_signer
}

aws_is_back() {
	kill "$FAKE_AWS"
	unset FAKE_AWS
	echo "$REAL_HOSTS" >/etc/hosts
	restart_signer
}
