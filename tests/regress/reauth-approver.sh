# A rule that wants its approver to prove who they are: the right password goes on,
# a wrong one decides nothing, and code planted in a login has no password (Q7).
# also: trixie
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
printf '%s\n' bob:right-horse carol:carols-own | chpasswd
change_rules -e '/^rule "report uploads"/a reauth = { "approver" }'
put="s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
bob=$(id -u bob)

login bob bob
says_yes() { # TERMINAL ID: up to the password
	clear_screen "$1"
	type "$1" "s3-approve $2; echo \"exit \$?\""
	wait_screen "$1" 'yes / no'
	type "$1" yes
}

ask alice one "$put"
id=$REQUEST
vote="/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$(record "$id" | jq -rs '.[0].digest')\"}'"
type bob "$vote"
ok "Q7: what is planted in bob's login votes nothing" wait_screen bob '"code": "reauth"'

says_yes bob "$id"
wait_screen bob '^Password:'
type bob wrong-horse
ok "a wrong password decides nothing" wait_screen bob '^Your password was not accepted.  Nothing was decided' 20
ok "exit code 113" wait_screen bob '^exit 113$'
ok "H15: it is not shown" test -z "$(screen bob | grep wrong-horse)"
recorded "A5: it is on record" "" ".event == \"reauth-failed\" and .ruid == $bob"
not_recorded "not approved" "$id" '.event == "approved"'

says_yes bob "$id"
wait_screen bob '^Password:'
type_keys bob C-c
ok "Ctrl-C at the password decides nothing either" wait_screen bob '^Your password was not accepted.  Nothing was decided' 20
ok "exit code 113" wait_screen bob '^exit 113$'
type bob 'stty -a | grep -wo -- -echo; echo echoed'
ok "H15: and leaves the terminal as it was" wait_screen bob '^echoed$'
ok "H15: with its echo" test -z "$(screen bob | grep -x -- -echo)"
not_recorded "still not approved" "$id" '.event == "approved"'

clear_screen bob
type bob "s3-approve no $id 'first a password'; echo \"exit \$?\""
ok "a no needs none: it takes power away" wait_screen bob '^Denied. alice was told'
wait_screen one '^exit 110$'

clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
says_yes bob "$id"
wait_screen bob '^Password:'
type bob right-horse
ok "the right one goes on" wait_screen bob '^Approved. alice was told' 20
ok "and alice, too" wait_screen one '^exit 0$'
recorded "that it was given is on record" "" ".event == \"reauthenticated\" and .loginuid == $bob"

clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
says_yes bob "$id"
ok "it counts for a while, in that login" wait_screen bob '^Approved. alice was told'

clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
login bob other
says_yes other "$id"
ok "but in no other" wait_screen other '^Password:'
type other right-horse
ok "where it is asked for again" wait_screen other '^Approved. alice was told' 20

change_rules -e '1i reauth-age = "1s"'
sleep 2
clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
says_yes other "$id"
ok "and only for as long as reauth-age says" wait_screen other '^Password:'
type other carols-own
ok "somebody else's password is none" wait_screen other '^Your password was not accepted' 20

# where it cannot be asked, it is said why (H19)
clear_screen other
type other "setpriv --no-new-privs s3-approve $id; echo \"exit \$?\""
wait_screen other 'yes / no'
type other yes
ok "H19: no_new_privs" wait_screen other "can't be asked here: this process may gain no privileges"
ok "H19: exit code 113" wait_screen other '^exit 113$'
chmod u-s /usr/bin/s3-sudo
says_yes other "$id"
ok "H19: no setuid bit" wait_screen other "can't be asked here: /usr/bin/s3-sudo has no setuid bit"
ok "H19: exit code 113 as well" wait_screen other '^exit 113$'
not_recorded "nothing was decided" "$id" '.event == "approved"'
