# A baseline that allows nothing: reads are requested, too, and every refusal says
# so, from the SDK's error to `s3-sudo -l`.
. /src/tests/world/harness.sh

echo one | put_object prod-reports/2026/q1.csv
change_rules -e '/^baseline "everyone"/,/^}/s/allow = .*/allow = {}/' \
	-e '$a rule "reads" { groups = { "analysts" } allow = { "get s3://prod-reports/*", "list s3://prod-reports/*" } role = "arn:aws:iam::111122223333:role/s3jit-readonly" approvals = { "1 of group:leads" } max-ttl = "1h" }'

refuses "reads are refused, and how to go on is said" 1 \
	'^s3jit-credentials: Your baseline gives no S3 access; reads are requested, too.  See what you may ask: s3-sudo -l$' \
	as alice '/usr/libexec/s3jit/s3jit-credentials default'
refuses "the AWS CLI passes it on" 255 'Your baseline gives no S3 access; reads are requested, too' as alice 'aws s3 ls s3://prod-reports/'
refuses "mallory is told the same" 255 'Your baseline gives no S3 access' as mallory 'aws s3 ls s3://prod-reports/'
refuses "-l says so, and what may be asked for" 0 'CAN READ NOW +nothing' as alice 's3-sudo -l'
refuses "reads among it" 0 'list, get +s3://prod-reports/' as alice 's3-sudo -l'
same "no keys were asked of AWS for that" 0 "$(how_many "" '.event == "lease-intent"')"

ask alice one "s3-sudo get s3://prod-reports/2026/q1.csv - -t 5m -r 'OPS-412 look'; echo \"exit \$?\""
approve bob "$REQUEST"
ok "a read that was signed off is done" wait_screen one '^one$'
ok "and ends well" wait_screen one '^exit 0$'
refuses "then there is nothing to read with again" 255 'Your baseline gives no S3 access' as alice 'aws s3 ls s3://prod-reports/'
REQUEST=$(as alice "s3-sudo run --allow 'get s3://prod-reports/2026/' --no-wait -t 5m -r 'OPS-412 look' -- aws s3 cp s3://prod-reports/2026/q1.csv - 2>/dev/null")
approve bob "$REQUEST"
same "a command reads with keys of its own" one "$(as alice "s3-sudo resume $REQUEST 2>/dev/null")"

# where it goes
echo old | install -m 600 -o alice -g alice /dev/stdin /home/alice/kept.csv
ask alice three "s3-sudo get s3://prod-reports/2026/q1.csv kept.csv -t 5m -r 'OPS-412 look'; echo \"exit \$?\""
approve bob "$REQUEST"
ok "a read into a file that is there" wait_screen three '^exit 0$'
same "gives it the object" one "$(cat /home/alice/kept.csv)"
same "and leaves it to whom it was open" 600 "$(stat -c %a /home/alice/kept.csv)"
asked=$(how_many "" '.event == "asked"')
refuses "where no file can be written" 2 "Permission denied" \
	as alice "s3-sudo get s3://prod-reports/2026/q1.csv /etc/q1.csv -t 5m -r 'OPS-412 look'"
same "nobody was asked" "$asked" "$(how_many "" '.event == "asked"')"
same "and nothing is left behind" "" "$(find /home/alice /etc -maxdepth 1 -name '*.s3jit-*')"
