# A no ends a request, whatever it was for, and its requester reads why: no
# command starts, nothing opens, nobody's yes counts any more.
. /src/tests/world/harness.sh

allow="--allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x'"

ask alice one "s3-sudo run $allow -- touch it-ran; echo \"exit \$?\""
denied=$REQUEST
open_line bob no "s3-approve no $denied"
wait_screen no '^Why\?'
type no ""
until [[ $(screen no | grep -c '^Why?') == 2 ]]; do sleep 0.05; done
type no 'wrong folder "2025", not \e[31m2026'
ok "an empty reason is asked for again; then the no counts" wait_screen no '^Denied. alice was told.'
logout no
ok "alice reads it, harmless" wait_screen one '^Denied by bob: "wrong folder .*2025.*, not .*2026".  Nothing was changed.  Request [k-z]{8}\.$'
ok "and gets 110" wait_screen one '^exit 110$'
same "her command never started" "" "$(ls /home/alice)"
recorded "the no is on record, with who and why" "$denied" '.event == "no" and .by == "bob" and (.text | startswith("wrong folder")) and .person == "alice"'
recorded "and the end" "$denied" '.event == "denied" and .by == "bob"'
same "erin reads it, too" "asked no denied" "$(as erin "s3-audit log --json --request $denied" | jq -r .event | xargs)"
not_recorded "and no power" "$denied" '.event | IN("granted", "lease-intent", "handed-out")'
refuses "carol is told that it is handled" 0 'handled already:  bob denied this \("wrong folder' as_tty carol "s3-approve $denied"
refuses "the digest of before buys nothing" 0 '"code": "denied"' as_tty carol \
	"/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$denied\",\"yes\":true,\"why\":\"\",\"digest\":\"$(record "$denied" | jq -rs '.[0].digest')\"}'"

ask alice two "s3-sudo open $allow; echo \"exit \$?\""
deny bob "$REQUEST" "not today"
ok "open is denied the same way" wait_screen two '^exit 110$'
type two "/usr/libexec/s3jit/s3jit-credentials s3-write 2>&1 | cat"
ok "and nothing is open" wait_screen two 'No write access is open in this login'

echo one | file_of alice one.csv
REQUEST=$(as alice "s3-sudo put one.csv s3://prod-reports/2026/one.csv -t 5m -r 'OPS-412 x' --no-wait 2>/dev/null")
as_tty bob "s3-approve no $REQUEST see OPS-411" >/dev/null
refuses "who did not wait reads it later" 110 '^Denied by bob: "see OPS-411".  Nothing was changed.' as alice "s3-sudo resume $REQUEST"
same "a script, too" "denied 110" "$(as alice "s3-sudo resume --json $REQUEST 2>/dev/null" | jq -r '"\(.outcome) \(.exit)"')"
refuses "nothing is there" 22 "" object prod-reports/2026/one.csv

# the same with a yes
ask alice three "s3-sudo run $allow -- touch it-ran; echo \"exit \$?\""
approve bob "$REQUEST"
ok "after a yes it runs" wait_screen three '^exit 0$'
ok "it did" test -e /home/alice/it-ran
