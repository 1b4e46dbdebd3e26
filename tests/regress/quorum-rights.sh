# Who approved must still be an approver when it is taken up (Q5), and the rules of
# now count, not those of then (F4).
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
put="s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'"

id=$(as alice "$put --no-wait 2>/dev/null")
approve bob "$id"
gpasswd -d bob leads >/dev/null
sleep 6	# what the name service said is good for 5 s
refuses "Q5: bob is no lead any more, so his yes is none" 118 'Somebody who approved it may no longer do so' \
	as alice "s3-sudo resume $id"
gpasswd -a bob leads >/dev/null
sleep 6
refuses "he is again: it counts" 0 '^Done' as alice "s3-sudo resume $id"

id=$(as alice "$put --no-wait 2>/dev/null")
approve bob "$id"
cp /etc/s3jit/s3jit.conf /tmp/as-it-was
change_rules -e '/^rule "report uploads"/,/^}/s/1 of group:leads/2 of group:leads/'
refuses "F4: two are needed now" 118 'has changed since' as alice "s3-sudo resume $id"
change_rules -e '/^rule "report uploads"/,/^}/{s/2 of group:leads/1 of group:leads/; s/\(max\|default\)-ttl *= .*/\1-ttl = "4m"/}'
refuses "F4: five minutes are too long now" 118 'has changed since' as alice "s3-sudo resume $id"
change_rules -e '/^rule "report uploads"/s/report uploads/uploads/'
refuses "F4: the rule is gone" 118 'no longer in the rules file' as alice "s3-sudo resume $id"
cp /tmp/as-it-was /etc/s3jit/s3jit.conf
change_rules -e ''
refuses "as it was: it counts" 0 '^Done' as alice "s3-sudo resume $id"
