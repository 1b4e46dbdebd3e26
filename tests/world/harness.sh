# harness.sh - what tests and the demo say a world's people do, and what is to
# come of it.  Sourced as root inside a full world.
#
#   as alice 'command'            over ssh from alice's laptop, no terminal
#   as_tty alice 'command'        the same with one
#   login alice NAME              a login that stays, in a terminal NAME
#   open_line alice NAME 'command'   a line that ends with its command
#   type NAME "text"              type text and Enter there (type_keys: tmux keys)
#   screen NAME                   what stands on it now
#   wait_screen NAME REGEX [SECS] until it shows a match
#   logout NAME                   hang up the line
#   ask alice NAME 's3-sudo ...'   a request that waits, its id in REQUEST
#   approve bob ID, deny bob ID WHY   somebody's answer to it
#   ok LABEL COMMAND...           the command succeeds
#   refuses LABEL RC REGEX COMMAND...   it ends with RC and says REGEX
#   s3_refuses LABEL PERSON 'aws ...'   S3 itself answers AccessDenied
#   same LABEL WANTED GOT         two texts are equal
#   until_true TRIES COMMAND...   it succeeds, with a try each 50 ms
#   skip NAME                     end here; NAME and a reason stand in regress/SKIPS
#   cut_line NAME                 the laptop's end of it dies, nobody hangs up
#   file_of PERSON NAME           stdin as a file in their home
#   change_rules SED...           edit s3jit.conf (sed options), start the broker with it
#   record [ID]                   the audit records, of one request, one JSON object a line
#   recorded LABEL ID JQ          one of them is as the jq filter says, now or within 5 s
#   not_recorded LABEL ID JQ      none is
#   how_many ID JQ                of them are
#   assume ROLE, with_keys          requests past s3jit, see below
#   s3 COMMAND...                 the AWS CLI as the account's administrator
#
# A test ends by running off its end; dying earlier is a failure of its own.
# shellcheck shell=bash
set -euo pipefail

# shellcheck source=tests/world/bastion-host.sh
. /src/tests/world/bastion-host.sh
# shellcheck source=tests/world/product.sh
. /src/tests/world/product.sh

PASSED=0 FAILED=0

note() { printf '# %s\n' "${1//$'\n'/$'\n'# }"; }
passed() { PASSED=$((PASSED + 1)); echo "ok - $1"; }
failed() { # LABEL [TEXT]
	FAILED=$((FAILED + 1))
	echo "not ok - $1"
	[[ -z ${2:-} ]] || note "$2"
}

until_true() { # TRIES COMMAND...
	local i
	for ((i = 0; i < $1; i++)); do
		if "${@:2}"; then return 0; fi
		sleep 0.05
	done
	return 1
}

skip() {
	local reason
	reason=$(sed -n "s/^$1[[:space:]]\+//p" /src/tests/regress/SKIPS)
	if [[ -z $reason ]]; then
		failed "$1 is skipped, but not listed in tests/regress/SKIPS"
		exit 1
	fi
	echo "skipped - $1: $reason"
	trap - EXIT
	exit 77
}

finish() { # [EXIT CODE]
	local rc=${1:-$?}
	((rc == 0)) || failed "the test died with exit code $rc"
	((PASSED + FAILED > 0)) || failed "the test checked nothing"
	[[ -z $(sanitizer_reports) ]] || failed "a sanitizer reported" "$(sanitizer_reports)"
	echo "# $PASSED passed, $FAILED failed"
	((FAILED == 0)) || exit 1
}
trap finish EXIT

ok() {
	local label=$1 out rc=0
	shift
	out=$("$@" 2>&1) || rc=$?
	if ((rc == 0)); then passed "$label"; else failed "$label" "exit code $rc: $out"; fi
}

refuses() {
	local label=$1 want=$2 regex=$3 out rc=0
	shift 3
	out=$("$@" 2>&1) || rc=$?
	if [[ $rc == "$want" ]] && grep -qE -- "$regex" <<<"$out"; then
		passed "$label"
	else
		failed "$label" "wanted exit code $want and \"$regex\", got $rc: $out"
	fi
}

# The AWS CLI of Debian 12 stumbles over the gateway's empty error messages and
# prints nonsense, so this looks at what the server answered.
s3_refuses() {
	local label=$1 out rc=0
	out=$(as "$2" "$3 --debug" 2>&1) || rc=$?
	if ((rc != 0)) && grep -q '<Code>AccessDenied</Code>' <<<"$out"; then
		passed "$label"
	else
		failed "$label" "exit code $rc: $(tail -n 5 <<<"$out")"
	fi
}

same() {
	if [[ $2 == "$3" ]]; then passed "$1"; else failed "$1" "wanted \"$2\", got \"$3\""; fi
}

address_of() {
	local person
	for person in "${PEOPLE[@]}"; do
		[[ ${person%%:*} != "$1" ]] || echo "${person##*:}"
	done
}

# laptop PERSON [SSH OPTIONS...]: sets SSH to the command that logs PERSON in
laptop() {
	local person=$1
	shift
	SSH=(nsenter --net=/run/netns/outside ssh -F /laptop/ssh_config -i "/laptop/$person/id"
		-b "$(address_of "$person")" "$@" "$person@$BASTION")
}

as() {
	laptop "$1"
	"${SSH[@]}" "$2" </dev/null
}

as_tty() {
	laptop "$1" -tt
	"${SSH[@]}" "$2" </dev/null
}

terminals() { tmux -L world -f /dev/null "$@"; }

login() { # PERSON NAME [SSH OPTIONS...]
	open_line "$1" "$2" "" "${@:3}"
	wait_screen "$2" "^$1\\$ *$"
}

# open_line PERSON NAME COMMAND [SSH OPTIONS...]: the same for one command
open_line() {
	laptop "$1" -tt "${@:4}"
	terminals new-session -d -s "$2" -x "${SCREEN_WIDTH:-100}" -y 50 \
		"${SSH[*]} ${3:+$(printf %q "$3")}; echo '[line closed]'; sleep infinity"
}

type() { # NAME TEXT
	terminals send-keys -t "=$1:" -l -- "$2"
	terminals send-keys -t "=$1:" Enter
}
type_keys() { terminals send-keys -t "=$1:" "${@:2}"; }
screen() { terminals capture-pane -p -J -t "=$1:"; }
# at a prompt, and seen to be done: what is waited for next must be new
clear_screen() {
	local i
	type_keys "$1" C-l
	for ((i = 0; i < 200; i++)); do
		# the prompt alone (and below, in a tmux there, its status line)
		[[ -n $(screen "$1" | sed -n '2s/ //gp') ]] || return 0
		sleep 0.05
	done
	note "the screen of $1 did not become clear: $(screen "$1")"
	return 1
}
cut_line() { pkill -KILL -P "$(terminals list-panes -t "=$1:" -F '#{pane_pid}')"; }
logout() { terminals kill-session -t "=$1"; }

wait_screen() { # NAME REGEX [SECONDS]
	local until=$((SECONDS + ${3:-10}))
	while ! screen "$1" | grep -qE -- "$2"; do
		if ((SECONDS >= until)); then
			note "the screen of $1 never showed \"$2\":"
			note "$(screen "$1" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}')"
			return 1
		fi
		sleep 0.05
	done
}

# the request that the last waiting line of terminal NAME speaks of
request_of() {
	terminals capture-pane -p -J -S - -t "=$1:" | grep -oE 's3-approve [k-z]{8}' | tail -n 1 | cut -d' ' -f2
}

# ask PERSON NAME 's3-sudo ...': typed in a new login NAME, up to where it waits;
# its id in REQUEST
ask() {
	login "$1" "$2"
	type "$2" "$3"
	wait_screen "$2" '^Waiting for [0-9]+ yes'
	# shellcheck disable=SC2034 # for tests
	REQUEST=$(request_of "$2")
}

# approve PERSON ID: yes, from the line that was sent to them
approve() {
	open_line "$1" "yes-$1" "s3-approve $2"
	wait_screen "yes-$1" 'yes / no'
	type "yes-$1" yes
	wait_screen "yes-$1" '^Approved'
	logout "yes-$1"
}

# deny PERSON ID WHY
deny() {
	open_line "$1" "no-$1" "s3-approve $2"
	wait_screen "no-$1" 'yes / no'
	type "no-$1" no
	wait_screen "no-$1" '^Why'
	type "no-$1" "$3"
	wait_screen "no-$1" '^Denied'
	logout "no-$1"
}

file_of() { install -m 644 -o "$1" -g "$1" /dev/stdin "/home/$1/$2"; }

change_rules() { # SED OPTIONS
	sed -i "$@" /etc/s3jit/s3jit.conf
	# shellcheck disable=SC2119 # not the options of this
	world_stop_broker
	world_start_broker
}

record() { # [ID]
	sqlite3 /var/lib/s3jit/s3jit.db "SELECT record FROM audit WHERE id LIKE '${1:-}%' ORDER BY seq"
}

# ID JQ: is there such a record?  1: no
on_record() {
	local all
	all=$(record "$1") || return 2
	jq -es "any(.[]; $2)" >/dev/null <<<"$all"
}

recorded() { # LABEL ID JQ
	local until=$((SECONDS + 5))
	while ! on_record "$2" "$3"; do
		if ((SECONDS >= until)); then
			failed "$1" "no record has $3; there are:
$(record "$2" | tail -n 20 | jq -c '{event, id: .id[:8], by, ruid, why, text}')"
			return 0
		fi
		sleep 0.05
	done
	passed "$1"
}

not_recorded() { # LABEL ID JQ
	local rc=0
	on_record "$2" "$3" || rc=$?
	if ((rc == 1)); then passed "$1"; else failed "$1" "exit code $rc; $(record "$2")"; fi
}

how_many() { record "$1" | jq -s "map(select($2)) | length"; } # ID JQ

s3() {
	(
		# shellcheck disable=SC1091 # made by s3-server
		. /srv/s3/env
		export AWS_ACCESS_KEY_ID=$ADMIN_KEY AWS_SECRET_ACCESS_KEY=$ADMIN_SECRET
		export AWS_DEFAULT_REGION=$REGION AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
		aws "$@"
	)
}

# the same without the AWS CLI's second of start: bytes of an object, or its making
object() { /src/tests/world/s3-server api GET "s3.$REGION.amazonaws.com" "$1" 2>/dev/null; }
put_object() { /src/tests/world/s3-server api PUT "s3.$REGION.amazonaws.com" "$1" --data-binary @-; }

# past s3jit, with the signer's own key: print the key, secret and token of a
# session of ROLE
assume() { # ROLE [CURL ARGUMENTS]
	(
		# shellcheck disable=SC1091
		. /srv/s3/env
		curl -sS --fail-with-body --aws-sigv4 "aws:amz:$REGION:sts" -u "$SIGNER_KEY:$SIGNER_SECRET" \
			"https://sts.$REGION.amazonaws.com/" -d Version=2011-06-15 -d Action=AssumeRole \
			-d "RoleArn=arn:aws:iam::111122223333:role/$1" -d RoleSessionName=s3jit-test "${@:2}" |
			sed -E 's/.*<AccessKeyId>([^<]*).*<SecretAccessKey>([^<]*).*<SessionToken>([^<]*).*/\1 \2 \3/; s/$/\n/'
	)
}

# one S3 request signed with such keys (or a user's: no token)
with_keys() { # KEY SECRET TOKEN CURL ARGUMENTS
	curl -sS --fail-with-body --aws-sigv4 "aws:amz:$REGION:s3" -u "$1:$2" ${3:+-H "x-amz-security-token: $3"} \
		-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "${@:4}"
}
