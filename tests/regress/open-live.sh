# s3-sudo open: the processes that run in this login already can write from then
# on, through a profile of its own; no other login can, the default profile stays
# read-only, and it ends by close and at its deadline.
. /src/tests/world/harness.sh

# Processes of alice's login that were started before anything was open: each
# tries all the time, with one profile; what they say stands in ~/default, ~/s3-write
cat >/home/alice/loop <<-'LOOP'
	cd
	keys() { /usr/libexec/s3jit/s3jit-credentials "$1" 2>/dev/null | jq -r '[.AccessKeyId, .SecretAccessKey, .SessionToken] | join(" ")'; }
	while test -e loop; do
		k=() code=none
		read -ra k < <(keys "$1") && code=$(curl -s -o /dev/null -w '%{http_code}' --aws-sigv4 aws:amz:eu-central-1:s3 -u "${k[0]}:${k[1]}" \
			-H "x-amz-security-token: ${k[2]}" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -T /etc/hostname \
			"https://s3.eu-central-1.amazonaws.com/prod-reports/2026/$1")
		echo "$code" >"$1.new"
		mv "$1.new" "$1"
		sleep 0.1
	done
LOOP
says() { # PROFILE CODE: it answers that soon, and goes on to
	local i
	for ((i = 0; i < 100; i++)); do
		[[ $(cat "/home/alice/$1" 2>/dev/null) != "$2" ]] || return 0
		sleep 0.1
	done
	echo "the last answer for $1 is $(cat "/home/alice/$1")"
	return 1
}
keys_of() { as "$1" "/usr/libexec/s3jit/s3jit-credentials $2"; }

echo one | put_object prod-reports/2026/q1.csv
login alice one
type one '(bash loop default & bash loop s3-write &) >/dev/null 2>&1'
ok "before: the running process has no keys that write" says s3-write none
ok "and those it has do not" says default 403

type one "s3-sudo open --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
ok "while it waits neither" says s3-write none
approve bob "$id"
ok "open says what to do" wait_screen one 'Open until .* in this login only.   Use:  aws --profile s3-write'
ok "it leaves at once" wait_screen one '^exit 0$'
ok "C3: the process that ran before writes now" says s3-write 200
same "it really does" bastion-07 "$(object prod-reports/2026/s3-write)"
ok "default is read-only still" says default 403
clear_screen one
type one "AWS_PROFILE=s3-write aws s3 cp --only-show-errors /etc/hostname s3://prod-reports/2026/cli; echo \"exit \$?\""
ok "the AWS CLI writes, too" wait_screen one '^exit 0$' 40
clear_screen one
type one "aws s3 cp s3://prod-reports/2026/q1.csv -"
ok "without a profile it reads as before" wait_screen one '^one$' 40
clear_screen one
type one "AWS_PROFILE=s3-write aws s3 cp s3://prod-reports/2026/q1.csv - || echo 'no read'"
ok "what was opened is what was asked for: no reading" wait_screen one '^no read$' 40

refuses "C3: a second login of alice's has nothing" 1 "No write access is open in this login" keys_of alice s3-write
refuses "C3: nor by the first one's environment" 1 "No write access is open" \
	as alice 'export $(tr "\0" "\n" </proc/$(pgrep -ofu alice "bash loop")/environ | grep -a ^S3JIT_SESSION=); /usr/libexec/s3jit/s3jit-credentials s3-write'
refuses "C3: nor bob" 1 "No write access is open" keys_of bob s3-write
refuses "C3: nor root, in alice's name" 1 "s3jit-credentials: " \
	setpriv --reuid alice --regid alice --init-groups /usr/libexec/s3jit/s3jit-credentials s3-write
refuses "C4: keys are not shown on a terminal" 2 "not printed to a terminal" as_tty alice '/usr/libexec/s3jit/s3jit-credentials default'
refuses "one at a time: a second open names the first" 0 "already \(${id::8}\).*s3-sudo close" \
	bash -c ". /src/tests/world/harness.sh; trap - EXIT; clear_screen one; type one \"s3-sudo open --allow 'put s3://prod-reports/scratch/' -t 5m -r x\"; wait_screen one already; screen one"

expires=$(as alice true; record "$id" | jq -s 'map(select(.event == "granted"))[0].deadline')
clear_screen one
type one '/usr/libexec/s3jit/s3jit-credentials s3-write | jq -r ".Version, (.Expiration | fromdateiso8601)" | xargs'
ok "C6: SDKs are told when it ends" wait_screen one "^1 $expires$"
clear_screen one
type one 's3-sudo status'
ok "status shows it" wait_screen one "^${id::8}  open +put s3://prod-reports/2026/ +[0-9]+m left +\(close: s3-sudo close\)"

leases() { how_many "$id" '.event == "lease"'; }
same "C6: all of this was one lease" 1 "$(leases)"

clear_screen one
type one "s3-sudo close; echo \"exit \$?\""
ok "close says until when handed-out keys work" wait_screen one '^Closed. No new credentials. Keys already handed out: work until [0-9:]{8}'
ok "and ends well" wait_screen one '^exit 0$'
ok "the running process has no keys any more" says s3-write none
ok "the other one goes on reading" says default 403
recorded "it is on record" "$id" '.event == "done" and .text == "closed"'

# the same, to its deadline
clear_screen one
type one "s3-sudo open --allow 'put s3://prod-reports/2026/' -t 10s -r 'OPS-412 y'"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
approve bob "$id"
ok "opened for 10 s it writes" says s3-write 200
ok "and then no more" says s3-write none
recorded "by its deadline" "$id" '.event == "expired"'
rm /home/alice/loop
