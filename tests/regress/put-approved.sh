# One approved upload: exactly these bytes to exactly this key, then read-only again.
# also: trixie sanitizers
. /src/tests/world/harness.sh

head -c 100000 /dev/urandom | install -m 644 -o alice -g alice /dev/stdin /home/alice/report.csv
target=s3://prod-reports/2026/report.csv

ask alice one "s3-sudo put report.csv $target -t 5m -r 'OPS-412 fix Q1 totals'; echo \"exit \$?\""
refuses "nothing is there before the yes" 22 "" object prod-reports/2026/report.csv
approve bob "$REQUEST"
ok "it ends well" wait_screen one '^exit 0$'
ok "and says so" wait_screen one '^Done. Write access ended.'
ok "the object has the bytes of the file" cmp /home/alice/report.csv <(object prod-reports/2026/report.csv)
s3_refuses "at once alice is read-only again" alice "aws s3 rm $target"

refuses "one's own request one cannot approve" 113 "yourself" as_tty alice "s3-sudo put report.csv $target -t 5m -r 'OPS-412 x' --no-wait; s3-approve \$(s3-sudo status | cut -d' ' -f1)"
