# A request that somebody says no to, or that no rule covers, changes nothing and
# says why.
# also: sanitizers
. /src/tests/world/harness.sh

echo report | install -m 644 -o alice -g alice /dev/stdin /home/alice/report.csv

ask alice one "s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
deny bob "$REQUEST" "wrong month, see OPS-411"
ok "alice is told why" wait_screen one '^Denied by bob: "wrong month, see OPS-411".  Nothing was changed.'
ok "with exit code 110" wait_screen one '^exit 110$'
refuses "nothing is there" 22 "" object prod-reports/2026/report.csv

refuses "what no rule covers is refused at once" 113 "Not allowed by any rule" \
	as alice "s3-sudo put report.csv s3://prod-billing/x.csv -t 5m -r 'OPS-412 x'"
refuses "so is a reason of the wrong form" 2 "wants a reason of the form" \
	as alice "s3-sudo put report.csv s3://prod-reports/x.csv -t 5m -r 'because'"
refuses "and a time that is too long" 2 "at most 30m" \
	as alice "s3-sudo put report.csv s3://prod-reports/x.csv -t 2h -r 'OPS-412 x'"
refuses "mallory may ask for nothing" 113 "Not allowed" \
	as mallory "s3-sudo put /etc/hostname s3://prod-reports/x.csv -t 5m -r 'OPS-412 x'"

# on a terminal one may try again, three times
login alice two
type two "clear; s3-sudo put report.csv s3://prod-reports/x.csv; echo \"exit \$?\""
for answer in because 'ops-1 x' ''; do
	wait_screen two 'Why\? *$'
	type two "$answer"
	sleep 0.5
done
ok "after three wrong answers nobody was asked" wait_screen two '^exit 2$'
same "and each was told once" 3 "$(screen two | grep -c '^this rule wants a reason')"
