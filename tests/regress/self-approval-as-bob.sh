# alice asks, and becomes bob for the answer: through sudo -u, su, as root.
# Whoever she becomes, she stays the person who logged in (Q3, Q6, Q8).
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
target=s3://prod-reports/2026/report.csv
echo bob:hunter2-bob | chpasswd
echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice
chmod 0440 /etc/sudoers.d/alice
alice=$(id -u alice) bob=$(id -u bob)

ask alice one "s3-sudo put report.csv $target -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
id=$REQUEST
digest=$(record "$id" | jq -rs '.[0].digest')
vote="/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$digest\"}'"

# typed FORMAT COMMAND: on alice's second terminal, with bob's password where su asks
typed() {
	local line
	# shellcheck disable=SC2059 # a format is meant
	printf -v line "$1" "$(printf %q "$2")"
	clear_screen two
	type two "$line; echo \"exit \$?\""
	if [[ $1 == 'su '* ]]; then
		wait_screen two 'Password:'
		type two hunter2-bob
	fi
	wait_screen two '^exit [0-9]+$'
}

# tries LABEL FORMAT REGEX: s3-approve, and the bare vote with the right digest
tries() {
	typed "$2" "s3-approve $id"
	ok "$1" wait_screen two "$3" 1
	ok "$1: exit code 113" wait_screen two '^exit 113$' 1
	typed "$2" "$vote"
	ok "$1: nor by the bare vote" wait_screen two '^{"type": "error", "code": "not-allowed"' 1
}

login alice two
not_bob="^This works only as the user who logged in \\(uid $alice\\), not as uid $bob"
tries "Q3: alice herself" 'sh -c %s' '^You asked this yourself'
tries "Q3: sudo -u bob is alice" 'sudo -u bob sh -c %s' "$not_bob"
recorded "A5: on record as alice's" "" ".event == \"refused\" and .ruid == $alice and (.text | contains(\"not as uid $bob\"))"
tries "Q3: sudo -i -u bob is alice" 'sudo -i -u bob sh -c %s' "$not_bob"
tries "Q3: on a terminal of bob's own, too" 'sudo -u bob script -qec %s /dev/null' "$not_bob"
tries "Q3: su bob, with his password, is alice" 'su bob -c %s' "$not_bob"
tries "Q6: root by sudo is alice" 'sudo sh -c %s' 'root does not vote|^This works only as the user who logged in'
recorded "A5: that is on record as alice's" "" ".event == \"refused\" and .ruid == $alice and (.text | contains(\"not as uid 0\"))"
not_recorded "none of these became a login of bob's" "" '.event == "session-opened" and .user == "bob"'

# a host where su makes a login of it: bob then, for the kernel and for us, but not one that votes
sed -i '/^@include common-session/i session required pam_loginuid.so' /etc/pam.d/su
clear_screen two
type two 'su bob'
wait_screen two 'Password:'
type two hunter2-bob
wait_screen two '^bob\$ *$'
type two "s3-approve $id; echo \"exit \$?\""
wait_screen two 'yes / no'
type two yes
ok "Q7: a login that su made does not vote" wait_screen two '^This session was opened by "su"'
ok "Q7: exit code 113" wait_screen two '^exit 113$'
clear_screen two
type two "script -qec $(printf %q "$vote") /dev/null"
ok "Q7: nor by the bare vote on a terminal of bob's" wait_screen two '^{"type": "error", "code": "not-allowed"'
recorded "it was one" "" '.event == "session-opened" and .user == "bob" and .service == "su"'
recorded "A5: refused as bob's" "" ".event == \"refused\" and .ruid == $bob and (.text | contains(\"opened by\"))"

# bob himself, on a terminal that alice could read and type into
login bob three
type three 'tty >tty; echo "got $?"'
wait_screen three '^got 0$'
chown alice "$(cat /home/bob/tty)"
clear_screen three
type three "$vote"
ok "Q8: the terminal of a vote is the voter's own" wait_screen three 'Your terminal /dev/pts/[0-9]+ belongs to another user'
chown bob "$(cat /home/bob/tty)"

same "nothing of this counted" 0 "$(how_many "$id" '.event | IN("yes", "approved")')"
refuses "nothing was written" 22 "" object prod-reports/2026/report.csv
clear_screen three
type three "$vote"
ok "bob, logged in himself, on his own terminal, approves" wait_screen three '^{"type": "state"'
ok "and alice goes on" wait_screen one '^exit 0$'
same "and it is written" report "$(object prod-reports/2026/report.csv)"
