# What nobody answers in time lapses, and what is approved but not taken up in
# time lapses as well, however long its requester could hold it back.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
target=s3://prod-reports/2026/report.csv
put="s3-sudo put report.csv $target -t 5m -r 'OPS-412 x'"

change_rules -e '1i lapse = "3s"' -e '/^rule "report uploads"/a claim-within = "3s"'

ask alice one "$put; echo \"exit \$?\""
unanswered=$REQUEST
ok "nobody answers: it lapses" wait_screen one '^Lapsed: .*Nothing was changed'
ok "with exit code 111" wait_screen one '^exit 111$'
recorded "on record" "$unanswered" '.event == "lapsed" and .person == "alice"'
refuses "bob comes too late" 0 'handled already' as_tty bob "s3-approve $unanswered"
refuses "alice, too" 111 '^Lapsed' as alice "s3-sudo resume $unanswered"
same "a script reads the same" "lapsed 111" "$(as alice "s3-sudo resume --json $unanswered 2>/dev/null" | jq -r '"\(.outcome) \(.exit)"')"

change_rules -e 's/^lapse .*/lapse = "5m"/'
ask alice two "bash -c '${put//\'/\"}; echo \"exit \$?\"'"
held=$REQUEST
as alice 'pkill -STOP -x s3-sudo-client'
approve bob "$held"
recorded "Q9: approved, but its client is held" "$held" '.event == "approved" and .by == "bob"'
recorded "Q9: it lapses" "$held" '.event == "lapsed"'
as alice 'pkill -CONT -x s3-sudo-client'
ok "Q9: the client goes on and is refused" wait_screen two '^Nobody answered or took it up in time|^Lapsed'
ok "with exit code 111" wait_screen two '^exit 111$'
refuses "nothing was written" 22 "" object prod-reports/2026/report.csv
not_recorded "Q9: no power was ever given" "" '.kind != "baseline" and (.event | IN("granted", "lease-intent"))'

# the same, taken up in time
ask alice three "bash -c '${put//\'/\"}; echo \"exit \$?\"'"
as alice 'pkill -STOP -x s3-sudo-client'
approve bob "$REQUEST"
as alice 'pkill -CONT -x s3-sudo-client'
ok "taken up in time it is done" wait_screen three '^exit 0$'
same "and written" report "$(object prod-reports/2026/report.csv)"
