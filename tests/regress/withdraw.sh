# Its requester takes a request back, by Ctrl-C or from elsewhere: exit code 112,
# nothing was changed, and nobody else can.
# also: sanitizers
. /src/tests/world/harness.sh

target=s3://prod-reports/2026/report.csv
echo report | file_of alice report.csv
put="s3-sudo put report.csv $target -t 5m -r 'OPS-412 x'; echo \"exit \$?\""

ask alice one "$put"
by_key=$REQUEST
type_keys one C-c
ok "Ctrl-C withdraws" wait_screen one "^Withdrawn.  Nothing was changed.  Request $by_key\\.$"
ok "with exit code 112" wait_screen one '^exit 112$'
recorded "it is on record" "$by_key" '.event == "withdrawn" and .person == "alice" and .by == "alice"'
refuses "bob comes too late" 0 'handled already:  alice took this back' as_tty bob "s3-approve $by_key"
refuses "so does alice" 112 '^Withdrawn.  Nothing was changed' as alice "s3-sudo resume $by_key"

clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
refuses "mallory cannot: she may not even see it" 2 "^No request $id that you may see" as mallory "s3-sudo withdraw $id"
refuses "nor may bob, who can only say no" 2 "^No request $id that you may see" as bob "s3-sudo withdraw $id"
ok "the request still waits" as alice "s3-sudo status | grep $id"
refuses "alice can, from another login" 0 '^Withdrawn.  Nothing was changed' as alice "s3-sudo withdraw $id"
ok "who waits is told" wait_screen one "^Withdrawn.  Nothing was changed.  Request $id\\.$"
ok "and gets 112" wait_screen one '^exit 112$'
refuses "twice is once" 112 '^Withdrawn' as alice "s3-sudo withdraw $id"

clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
as alice 'pkill -TERM -x s3-sudo-client'
ok "TERM withdraws, too" wait_screen one '^exit 112$'
recorded "on record" "$id" '.event == "withdrawn"'

id=$(as alice "s3-sudo put report.csv $target -t 5m -r 'OPS-412 x' --no-wait 2>/dev/null")
approve bob "$id"
refuses "what is approved can be taken back until it is taken up" 0 '^Withdrawn' as alice "s3-sudo withdraw $id"
refuses "and is gone then" 112 '^Withdrawn' as alice "s3-sudo resume $id"

refuses "nothing was written by any of these" 22 "" object prod-reports/2026/report.csv
not_recorded "no power was given" "" '.kind != "baseline" and (.event | IN("granted", "lease-intent"))'

clear_screen one
type one "s3-sudo run --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x' -- sleep 100; echo \"exit \$?\""
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
approve bob "$id"
wait_screen one '^Approved by bob. Running until'
refuses "what runs is not withdrawn, and how it is ended is said" 118 "It is running already.  End it: s3-sudo close $id" \
	as alice "s3-sudo withdraw $id"
type_keys one C-c
ok "Ctrl-C ends the command then, with its own status" wait_screen one '\^Cexit 130$'
