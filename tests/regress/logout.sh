# Write access ends with its login: what is left of that login (tmux) gets no more
# keys, those that are out end at the deadline, enforced by S3.
# also: trixie
. /src/tests/world/harness.sh

host=s3.$REGION.amazonaws.com
keys=/usr/libexec/s3jit/s3jit-credentials
allow="--allow 'put s3://prod-reports/2026/' -r 'OPS-412 x'"

login alice one
type one 'tmux new-session -d -s left "PS1=\"left\$ \" bash --norc"; echo "exit $?"'
wait_screen one '^exit 0$'
clear_screen one
type one "s3-sudo open $allow -t 12s"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
approve bob "$id"
wait_screen one '^Open until'
type one "$keys s3-write >keys; echo \"exit \$?\""
wait_screen one '^exit 0$'
read -ra out < <(jq -r '[.AccessKeyId, .SecretAccessKey, .SessionToken] | join(" ")' /home/alice/keys)
ok "while it is open its keys write" with_keys "${out[@]}" -T /etc/hostname "https://$host/prod-reports/2026/one"
# to be done by what is left, when nobody of alice is logged in
cat <<S | file_of alice left.sh
until [[ -e go ]]; do sleep 0.1; done
for profile in s3-write default; do
	$keys \$profile >left.\$profile 2>left.\$profile.err
	echo \$? >>left.\$profile.err
done
s3-sudo status >left.status 2>&1
echo \$? >>left.status
touch did
S
type one 'tmux send-keys -t left "bash left.sh" Enter; echo "told $?"'
wait_screen one '^told 0$'
logout one
recorded "the record says logout" "$id" '.event == "logout" and .person == "alice" and .deadline > 0'
recorded "and until when keys may be out" "$id" '.event == "logout" and .keys_until == .deadline'
touch /home/alice/go
until [[ -e /home/alice/did ]]; do sleep 0.05; done
ok "tmux is still there" pgrep -u alice tmux
ok "B16: it gets no more keys that write" grep -q 'has ended' /home/alice/left.s3-write.err
ok "nor such that read, with nobody of hers here" grep -q 'has ended' /home/alice/left.default.err
same "nothing came" 00 "$(stat -c %s /home/alice/left.{s3-write,default} | tr -d '\n')"
ok "nor may it ask" grep -q 'has ended' /home/alice/left.status
same "and is told 113" 113 "$(tail -n 1 /home/alice/left.status)"

login alice two
# no login for this: requests of what is left go through the newest one
left_tmux() { setpriv --reuid alice --regid alice --init-groups tmux "$@"; }
in_tmux() { left_tmux send-keys -t left "$1" Enter; }
left_shows() { # REGEX
	local i
	for ((i = 0; i < 200; i++)); do
		! left_tmux capture-pane -p -t left | grep -qE -- "$1" || return 0
		sleep 0.1
	done
	left_tmux capture-pane -p -t left
	return 1
}
in_tmux "clear; $keys default | grep -c SecretAccessKey"
ok "with alice back, it reads again" left_shows '^1$'
in_tmux "clear; $keys s3-write 2>&1 | cat"
ok "but writes no more" left_shows 'No write access is open in this login'

deadline=$(record "$id" | jq -s 'map(select(.event == "granted"))[0].deadline')
until (($(date +%s) > deadline)); do sleep 0.1; done
refuses "after the deadline S3 refuses the keys that were out" 22 AccessDenied \
	with_keys "${out[@]}" -T /etc/hostname "https://$host/prod-reports/2026/two"
refuses "and nothing is there" 22 "" object prod-reports/2026/two

# a command that survives the hang-up is ended with its login
left_tmux kill-server
clear_screen two
type two "setsid -f bash -c 's3-sudo run ${allow//\'/\"} -t 5m -- bash -c \"trap \\\"echo term >term; exit 3\\\" TERM; touch up; while :; do sleep 0.1; done\"; echo \$? >code' 2>asked"
until grep -q 's3-approve' /home/alice/asked 2>/dev/null; do sleep 0.05; done
id=$(grep -oE 's3-approve [k-z]{8}' /home/alice/asked | cut -d' ' -f2)
approve bob "$id"
until [[ -e /home/alice/up ]]; do sleep 0.05; done
logout two
recorded "its grant ends with the login" "$id" '.event == "logout"'
for ((i = 0; i < 200; i++)); do
	[[ ! -s /home/alice/code ]] || break
	sleep 0.05
done
same "its command is ended" term "$(cat /home/alice/term)"
same "with 116" 116 "$(cat /home/alice/code)"
