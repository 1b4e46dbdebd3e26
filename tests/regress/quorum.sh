# Two of the leads must agree: one person counts once, in however many logins, the
# requester not at all, and any no ends it (Q4).
# also: sanitizers
. /src/tests/world/harness.sh

rm="s3-sudo rm s3://prod-reports/2026/old.csv -t 5m -r 'OPS-412 cleanup'; echo \"exit \$?\""
echo old | put_object prod-reports/2026/old.csv

# yes PERSON REGEX: what they read after their yes
yes_of() {
	open_line "$1" "yes-$1" "s3-approve $id"
	wait_screen "yes-$1" 'yes / no'
	type "yes-$1" yes
	wait_screen "yes-$1" "$2"
	logout "yes-$1"
}

ask dave one "$rm"
id=$REQUEST
digest=$(record "$id" | jq -rs '.[0].digest')
ok "dave waits for two, and bob and carol are who can" wait_screen one '^Waiting for 2 yes'
refuses "dave, a lead himself, is not one of them" 113 'You asked this yourself' as_tty dave "s3-approve $id"
refuses "erin is none" 113 'Rule "deletes" does not name you as an approver' as_tty erin "s3-approve $id"

ok "bob says yes" yes_of bob '^Your yes counts. 1 more needed'
ok "dave sees it" wait_screen one 'bob said yes, 1 more needed'
recorded "on record" "$id" '.event == "yes" and .by == "bob"'
same "bob is not offered it again" "Nothing waits for you." "$(as bob 's3-approve list')"
refuses "Q4: bob's second yes, from another login, is none" 0 '"text": "bob has voted on request .* already' as_tty bob \
	"/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$digest\"}'"
refuses "he is told so" 113 'You said yes already' as_tty bob "s3-approve $id"
refuses "nobody has deleted anything" 0 old object prod-reports/2026/old.csv
not_recorded "Q4: it is not approved" "$id" '.event == "approved"'

ok "carol says yes" yes_of carol '^Approved'
ok "dave goes on" wait_screen one '^exit 0$'
ok "and reads who agreed" wait_screen one '^Approved by bob \+ carol'
refuses "it is deleted" 22 "" object prod-reports/2026/old.csv
recorded "on record, with both" "$id" '.event == "granted" and .person == "dave"'

echo old | put_object prod-reports/2026/old.csv
ask dave two "$rm"
id=$REQUEST
yes_of bob '^Your yes counts'
deny carol "$id" "still needed for the audit"
ok "Q4: one no ends it, whatever others said" wait_screen two '^Denied by carol: "still needed for the audit"'
ok "exit code 110" wait_screen two '^exit 110$'

ask dave three "$rm"
id=$REQUEST
yes_of bob '^Your yes counts'
as_tty bob "s3-approve no $id on second thoughts" >/dev/null
ok "also of who had said yes" wait_screen three '^Denied by bob: "on second thoughts"'
same "it is still there" old "$(object prod-reports/2026/old.csv)"

# two accounts that one key opens are one person
cp -r /laptop/carol /laptop/carol.own
cp /laptop/bob/id* /laptop/carol/
cat /laptop/bob/id.pub >>/home/carol/.ssh/authorized_keys
ask dave four "$rm"
id=$REQUEST
yes_of bob '^Your yes counts. 1 more needed'
yes_of carol '1 more needed'
recorded "Q4: carol, who came with bob's key, has voted" "$id" '.event == "yes" and .by == "carol"'
not_recorded "Q4: but that was bob again" "$id" '.event == "approved"'
refuses "so it still waits" 0 "^$id +waits .*1 yes missing" as dave 's3-sudo status'
cp /laptop/carol.own/* /laptop/carol/
type_keys four C-c
wait_screen four '^exit 112$'
ask dave five "$rm"
id=$REQUEST
yes_of bob '^Your yes counts'
yes_of carol '^Approved'
ok "with her own key she is another" wait_screen five '^exit 0$'
