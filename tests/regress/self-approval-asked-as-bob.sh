# alice asks as bob (sudo -u): the request is hers and shown so, and neither she
# nor bob can approve it (Q3: both are part of it).
. /src/tests/world/harness.sh

echo 'alice ALL=(bob) NOPASSWD: ALL' >/etc/sudoers.d/alice
chmod 0440 /etc/sudoers.d/alice
echo report | file_of bob report.csv
target=s3://prod-reports/2026/report.csv

ask alice one "sudo -u bob s3-sudo put /home/bob/report.csv $target -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
id=$REQUEST
recorded "on record as alice's, asked as bob" "$id" '.event == "asked" and .person == "alice" and .ruser == "bob"'
same "bob is not even offered it" "Nothing waits for you." "$(as bob 's3-approve list')"
refuses "Q3: bob cannot approve it" 113 'alice asked this as you' as_tty bob "s3-approve $id"
refuses "Q3: nor by the bare vote" 0 '"code": "not-allowed"' as_tty bob \
	"/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$(record "$id" | jq -rs '.[0].digest')\"}'"
recorded "A5: that he tried is on record" "" ".event == \"vote-refused\" and .ruid == $(id -u bob)"
refuses "Q3: nor can alice" 113 'You asked this yourself' as_tty alice "s3-approve $id"

open_line carol carol "s3-approve $id"
ok "carol sees who it is" wait_screen carol '^alice as bob'
wait_screen carol 'yes / no'
type carol yes
ok "carol approves" wait_screen carol '^Approved'
ok "and alice's bob does it" wait_screen one '^exit 0$'
same "written" report "$(object prod-reports/2026/report.csv)"

# keys are handed to nobody but who logged in
ask alice two "sudo -u bob s3-sudo run --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x' -- touch /tmp/it-ran; echo \"exit \$?\""
approve carol "$REQUEST"
ok "C3: keys are not handed to a bob whom alice became" wait_screen two '^Keys are handed only to who logged in'
ok "exit code 113" wait_screen two '^exit 113$'
refuses "nothing ran" 1 "" test -e /tmp/it-ran
