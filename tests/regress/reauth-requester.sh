# A rule that wants its requester to prove who they are, before anybody is asked.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
echo alice:right-horse | chpasswd
change_rules -e '/^rule "report uploads"/a reauth = { "requester" }'
put="s3-sudo put report.csv s3://prod-reports/2026/report.csv"
alice=$(id -u alice)

login alice one
type one "$put; echo \"exit \$?\""
wait_screen one '^Why\?'
type one 'OPS-412 fix Q1 totals'
wait_screen one '^How long\?'
type one 5m
wait_screen one '^Password:'
type one wrong-horse
ok "a wrong password asks nobody" wait_screen one '^exit 113$' 20
ok "and says so" wait_screen one '^s3-sudo: Re-authentication failed'
recorded "A5: it is on record" "" ".event == \"reauth-failed\" and .ruid == $alice"
not_recorded "nothing was asked" "" '.event == "asked"'

clear_screen one
type one 's3-sudo status'
ok "a mere question asks for none after that" wait_screen one '^Nothing is asked'
clear_screen one
type one "$put; echo \"exit \$?\""
wait_screen one '^Why\?'
type one 'OPS-412 fix Q1 totals'
wait_screen one '^How long\?'
type one 4m
wait_screen one '^Password:'
type one right-horse
ok "the right one goes on, and nothing is asked twice" wait_screen one '^Waiting for 1 yes' 20
same "why and how long were asked once" 2 "$(screen one | grep -cE '^(Why\?|How long\?)')"
id=$(request_of one)
recorded "with what was answered before" "$id" '.event == "asked" and .reason == "OPS-412 fix Q1 totals" and .ttl == 240'
recorded "that it was given is on record" "" ".event == \"reauthenticated\" and .loginuid == $alice"
approve bob "$id"
ok "it ends well" wait_screen one '^exit 0$'

clear_screen one
type one "$put -r 'OPS-412 again'; echo \"exit \$?\""
ok "for a while no password is asked in that login" wait_screen one '^Waiting for 1 yes'
type_keys one C-c
wait_screen one '^exit 112$'

login alice two
type two "$put -r 'OPS-412 again'"
ok "in another it is" wait_screen two '^Password:'
type_keys two C-c
wait_screen two '^alice\$ *$'
clear_screen two
type two 's3-sudo reauth; echo "exit $?"'
wait_screen two '^Password:'
type two right-horse
ok "it can be given beforehand" wait_screen two '^exit 0$' 20
clear_screen two
type two "$put -r 'OPS-412 again'"
ok "and is not asked again" wait_screen two '^Waiting for 1 yes'
type_keys two C-c

refuses "without a terminal it says what to do" 113 'with ssh, use ssh -t' as alice "$put -r 'OPS-412 x'"

login alice three
clear_screen three
chage -E 0 alice
type three 's3-sudo reauth; echo "exit $?"'
wait_screen three '^Password:'
type three right-horse
ok "H18: an account that has expired proves nothing" wait_screen three '^exit 113$' 20
chage -E -1 alice

# tmux of an ended login asks through a live one, and proves it there
type three 'tmux new-session -d -s left "PS1=left: bash --norc"; echo "exit $?"'
wait_screen three '^exit 0$'
logout three
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
login alice four
in_tmux "$put -r 'OPS-412 x'"
ok "in tmux of an ended login it is asked for" left_shows '^Password:'
in_tmux right-horse
ok "and counts" left_shows '^Waiting for 1 yes'
in_tmux C-c
logout four

chmod u-s /usr/bin/s3-sudo
refuses "H19: without the setuid bit it says why" 113 "This needs your password first, and that can't be asked here" \
	as_tty alice "$put -r 'OPS-412 x'"
refuses "H19: and so does reauth itself" 113 'has no setuid bit' as_tty alice 's3-sudo reauth'
change_rules -e '/^reauth = /d'
id=$(as alice "$put -r 'OPS-412 x' --no-wait 2>/dev/null")
approve bob "$id"
refuses "H19: without it all else works" 0 '^Done' as alice "s3-sudo resume $id"
