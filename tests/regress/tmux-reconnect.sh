# Two people work in tmux on the bastion, and their lines die.  What they left
# running is still theirs when they are back: it reads and asks through the login
# that is there now, ends with that one, and never votes.
. /src/tests/world/harness.sh

target=s3://prod-reports/2026/report.csv
head -c 10000 /dev/urandom | file_of alice report.csv
echo one | put_object prod-reports/2026/q1.csv

# in_tmux PERSON NAME: a login with tmux in it, its shell's session in SESSION
in_tmux() {
	login "$1" "$2"
	type "$2" 'tmux -L work new \; set -g status off'
	type "$2" 'echo "session $(cat /proc/self/sessionid)"'
	wait_screen "$2" '^session [0-9]+$'
	SESSION=$(screen "$2" | sed -n 's/^session //p')
}
back() { # PERSON NAME: and attaches, in a new login unless there is NAME
	local i
	terminals has-session -t "=$2" 2>/dev/null || login "$1" "$2"
	type "$2" 'tmux -L work attach'
	for ((i = 0; i < 200; i++)); do
		[[ -z $(tmux_of "$1" list-clients) ]] || return 0
		sleep 0.05
	done
	return 1
}
# what somebody runs in PERSON's tmux while nobody is attached to it
tmux_of() { setpriv --reuid "$1" --regid "$1" --init-groups tmux -L work "${@:2}"; }
wait_tmux() { # PERSON REGEX
	local i
	for ((i = 0; i < 200; i++)); do
		! tmux_of "$1" capture-pane -p -J | grep -qE -- "$2" || return 0
		sleep 0.05
	done
	tmux_of "$1" capture-pane -p -J
	return 1
}
dead() { # NAME SESSION
	cut_line "$1"
	recorded "the line of $1 dies, its login ends" "" ".event == \"session-ended\" and .session == $2"
}
run() { # NAME COMMAND: its exit code on the screen
	clear_screen "$1"
	type "$1" "$2; echo \"exit \$?\""
}

in_tmux alice one
old=$SESSION
type one 'aws s3 cp s3://prod-reports/2026/q1.csv -'
ok "alice reads in tmux" wait_screen one '^one$'
run one "s3-sudo put report.csv $target -t 5m -r 'OPS-412 x'"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
dead one "$old"
ok "B16: what waited in tmux lost its connection and says so" wait_tmux alice '^Your login has ended'
ok "with 116" wait_tmux alice '^exit 116$'
tmux_of alice send-keys 'aws s3 ls s3://prod-reports/; echo "read $?"' Enter
ok "while nobody is logged in, nothing there reads" wait_tmux alice '^read 255$'
ok "and says why" wait_tmux alice 'The login that this process belongs to has ended\.  Log in again\.'
tmux_of alice send-keys 's3-sudo status; echo "asked $?"' Enter
ok "nor asks" wait_tmux alice '^asked 113$'
not_recorded "the request waits on" "$id" '.event == "withdrawn"'

back alice two
run two 'aws s3 cp s3://prod-reports/2026/q1.csv -'
ok "alice is back: the old shell reads again" wait_screen two '^exit 0$'
run two 'cat /proc/self/sessionid; echo'
ok "it still is of the old login, says the kernel" wait_screen two "^$old\$"
refuses "bob's login does not help it" 2 "^No request" as bob "s3-sudo resume $id"
run two 's3-sudo resume'
wait_screen two '^Waiting for 1 yes'

in_tmux bob bob
bobs=$SESSION
run bob "s3-approve $id"
wait_screen bob '^yes / no'
dead bob "$bobs"
back bob bob2
type bob2 yes
# its line died with the login; s3-approve may have come back through bob's new one by then
ok "B16: bob's question from before the cut cannot be answered" wait_screen bob2 \
	'^Your login has ended|^The login that this terminal belongs to has ended'
ok "B16: and is not taken for answered" wait_screen bob2 '^exit 11[36]$'
run bob2 "s3-approve $id"
wait_screen bob2 '^yes / no'
type bob2 yes
ok "nor can a new one, from a shell of a login that is over" wait_screen bob2 \
	'^The login that this terminal belongs to has ended \(tmux, screen\)\.  Vote from a login that is alive\.'
ok "it is refused" wait_screen bob2 '^exit 113$'
not_recorded "no vote was counted" "$id" '.event == "yes"'
recorded "the try is on record" "" '.event == "refused" and .ruid == '"$(id -u bob)"' and (.text | test("tmux, screen"))'
ok "alice waits on" as alice "s3-sudo status | grep 'waits.*1 yes missing'"

approve bob "$id"
ok "from a live login bob's yes counts" wait_screen two '^exit 0$'
ok "and alice's tmux does it" cmp /home/alice/report.csv <(object prod-reports/2026/report.csv)

# a second request asked wholly from the leftover
run two "s3-sudo put report.csv s3://prod-reports/2026/second.csv -t 5m -r 'OPS-412 y'"
wait_screen two '^Waiting for 1 yes'
approve bob "$(request_of two)"
ok "the old shell asks through the new login" wait_screen two '^exit 0$'
ok "the bytes are there" cmp /home/alice/report.csv <(object prod-reports/2026/second.csv)

# open: keys for the login and for its leftovers, until that login ends
run two "s3-sudo open --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 z'"
wait_screen two '^Waiting for 1 yes'
id=$(request_of two)
approve bob "$id"
wait_screen two '^exit 0$'
live=$(record "$id" | jq -s 'map(select(.event == "granted"))[0].session')
ok "it was granted to the login that is alive" test "$live" -gt "$old"
run two 'aws --profile s3-write s3 cp report.csv s3://prod-reports/2026/open1'
ok "the old shell writes" wait_screen two '^exit 0$'
tmux_of alice detach-client
wait_screen two '^\[detached'
run two 'aws --profile s3-write s3 cp report.csv s3://prod-reports/2026/open2'
ok "and so does the login itself" wait_screen two '^exit 0$'
refuses "a second login of hers does not" 255 "No write access is open" \
	as alice 'aws --profile s3-write s3 cp report.csv s3://prod-reports/2026/open3'
login alice three
logout two
recorded "that login ends, and the grant with it" "$id" '.event == "logout"'
back alice three
run three 'aws --profile s3-write s3 cp report.csv s3://prod-reports/2026/open4'
ok "nothing is open for the old shell any more" wait_screen three 'No write access is open'
run three 'aws s3 cp s3://prod-reports/2026/q1.csv -'
ok "but it reads, through the third login" wait_screen three '^exit 0$'
