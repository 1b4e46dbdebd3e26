# alice asks, and approves in another login: her own, one as bob with a key that
# is hers, one as bob from this very host.  None of them counts (Q3, Q4, Q7).
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
target=s3://prod-reports/2026/report.csv
echo 'alice ALL=(bob) NOPASSWD: ALL' >/etc/sudoers.d/alice
chmod 0440 /etc/sudoers.d/alice

ask alice one "s3-sudo put report.csv $target -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
id=$REQUEST
vote="/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$(record "$id" | jq -rs '.[0].digest')\"}'"
bare_vote() { # LABEL PERSON REGEX
	refuses "$1" 0 "\"code\": \"not-allowed\", \"text\": \"$3" as_tty "$2" "$vote"
}

refuses "Q3: alice's own second login" 113 'You asked this yourself' as_tty alice "s3-approve $id"
bare_vote "Q3: nor by the bare vote" alice 'You asked this yourself'
recorded "A5: on record" "" ".event == \"vote-refused\" and .ruid == $(id -u alice)"
same "and she is not offered it" "Nothing waits for you." "$(as alice 's3-approve list')"

# her key in bob's authorized_keys: the same laptop, the same key, another name
cp -r /laptop/bob /laptop/bob.own
cp /laptop/alice/id* /laptop/bob/
cat /laptop/alice/id.pub >>/home/bob/.ssh/authorized_keys
same "her key opens bob's account" bob "$(as bob 'id -un')"
refuses "Q3: the same key is the same person" 113 'opened with a key that alice logs in with' as_tty bob "s3-approve $id"
bare_vote "Q3: nor by the bare vote" bob 'This login was opened with a key'
recorded "A5: on record" "" ".event == \"vote-refused\" and .ruid == $(id -u bob) and (.text | contains(\"a key that alice\"))"
logout one
as alice true
refuses "Q3: also after alice has gone" 113 'opened with a key that alice logs in with' as_tty bob "s3-approve $id"
world_stop_broker
world_start_broker
refuses "Q3: and after a restart" 113 'opened with a key that alice logs in with' as_tty bob "s3-approve $id"
cp /laptop/bob.own/* /laptop/bob/

# a key of her own making, planted for bob, used from the bastion itself
as alice "ssh-keygen -q -t ed25519 -N '' -f ~/planted && sudo -u bob tee -a ~bob/.ssh/authorized_keys <planted.pub >/dev/null"
here="ssh -tt -i ~/planted -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
login alice two
for host in 127.0.0.1 ::1 $BASTION localhost; do
	clear_screen two
	type two "$here bob@$host s3-approve $id; echo \"exit \$?\""
	wait_screen two 'yes / no'
	type two yes
	ok "Q7: a login over $host does not vote" wait_screen two '^This login comes from this host itself'
	ok "Q7: exit code 113" wait_screen two '^exit 113$'
done
recorded "A5: on record" "" ".event == \"refused\" and .ruid == $(id -u bob) and (.text | startswith(\"This login comes from this host\"))"
same "nothing of all this counted" 0 "$(how_many "$id" '.event | IN("yes", "approved")')"

# where the administrator trusts such logins, they do
change_rules -e '1i local-votes = true'
clear_screen two
type two "$here bob@127.0.0.1 s3-approve $id; echo \"exit \$?\""
wait_screen two 'yes / no'
type two yes
ok "with local-votes = true it counts" wait_screen two '^Approved. alice was told'

change_rules -e '/^local-votes/d'
id=$(as alice "s3-sudo put report.csv $target -t 5m -r 'OPS-412 y' --no-wait 2>/dev/null")
approve bob "$id"
refuses "bob, with his own key from his own laptop, approves" 0 '^Done' as alice "s3-sudo resume $id"
same "and it is written" report "$(object prod-reports/2026/report.csv)"
