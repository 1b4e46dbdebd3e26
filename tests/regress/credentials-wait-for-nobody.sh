# C7: s3jit-credentials answers at once, whatever waits for a person; an AWS tool
# that runs it never hangs until somebody has read a request.
. /src/tests/world/harness.sh

# promised: within a second; asserted with threefold room
helper='timeout 3 /usr/libexec/s3jit/s3jit-credentials'
echo one | put_object prod-reports/2026/q1.csv

ask alice alice "s3-sudo open --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-1 waits'"
ok "C7: reads are answered while a request waits" as alice "$helper default >/dev/null"
refuses "C7: writes are refused at once, with what to do next" 1 's3-sudo open' \
	as alice "$helper s3-write"
approve bob "$REQUEST"
wait_screen alice '^Open until'
type alice "$helper s3-write | grep -c AccessKeyId"
ok "and once it is open, keys come (the control)" wait_screen alice '^1$'
