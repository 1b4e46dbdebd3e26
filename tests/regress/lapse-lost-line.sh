# A request whose line was lost waits for its requester as long as `linger` says,
# and no longer; one that was asked with --no-wait waits as long as any other.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
put="s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'"

change_rules -e '1i linger = "3s"'

stays=$(as alice "$put --no-wait 2>/dev/null")
ask alice one "$put"
cut_line one
recorded "the line drops" "$REQUEST" '.event == "line-lost"'
recorded "nobody comes back: it lapses" "$REQUEST" '.event == "lapsed"'
refuses "later there is nothing to go on with" 111 '^Lapsed: .*Nothing was changed' as alice "s3-sudo resume $REQUEST"

ask alice two "$put"
back=$REQUEST
cut_line two
recorded "the line drops again" "$back" '.event == "line-lost"'
login alice three
type three "s3-sudo resume $back; echo \"exit \$?\""
wait_screen three '^Waiting for 1 yes'
lapses=$(record "$back" | jq -s 'map(select(.event == "line-lost"))[0].lapses')
until (($(date +%s) > lapses + 1)); do sleep 0.1; done
not_recorded "whoever is back in time has all the time again" "$back" '.event == "lapsed"'
approve bob "$back"
ok "and is served" wait_screen three '^exit 0$'

not_recorded "--no-wait is no lost line" "$stays" '.event | IN("line-lost", "lapsed")'
approve bob "$stays"
refuses "and is served as well" 0 '^Done' as alice "s3-sudo resume $stays"
