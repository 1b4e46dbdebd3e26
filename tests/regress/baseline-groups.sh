# Baselines by group: a narrower one is what S3 enforces, the first that names a
# person counts, and a person in none reads nothing.
. /src/tests/world/harness.sh

echo one | put_object prod-reports/2026/q1.csv
echo old | put_object prod-reports/2025/q1.csv
echo two | put_object prod-billing/2026/q1.csv
sed -i '/^baseline "everyone"/,/^}/d' /etc/s3jit/s3jit.conf
cat >>/etc/s3jit/s3jit.conf <<-'CONF'
	baseline "reports" {
	  groups = { "analysts" }
	  role   = "arn:aws:iam::111122223333:role/s3jit-readonly"
	  allow  = { "list s3://prod-reports/2026/*", "get s3://prod-reports/2026/*" }
	}
	baseline "leads" {
	  groups = { "leads", "analysts" }
	  role   = "arn:aws:iam::111122223333:role/s3jit-readonly"
	  allow  = { "list s3://*", "get s3://*" }
	}
CONF
world_stop_broker
world_start_broker

reads() { same "$1" "$3" "$(as "$2" "aws s3 cp $4 - 2>&1")"; }
reads "alice reads what her group's baseline names" alice one s3://prod-reports/2026/q1.csv
ok "and lists there" as alice 'aws s3 ls s3://prod-reports/2026/'
s3_refuses "not the year before" alice 'aws s3api get-object --bucket prod-reports --key 2025/q1.csv /dev/null'
s3_refuses "nor its list" alice 'aws s3 ls s3://prod-reports/2025/'
s3_refuses "nor that of the bucket" alice 'aws s3 ls s3://prod-reports/'
s3_refuses "nor another bucket, though a later baseline would" alice 'aws s3api get-object --bucket prod-billing --key 2026/q1.csv /dev/null'
s3_refuses "and she writes nothing" alice 'aws s3 cp /etc/hostname s3://prod-reports/2026/new'
reads "bob's group reads more" bob two s3://prod-billing/2026/q1.csv
refuses "-l says what each may read: alice" 0 'CAN READ NOW +list, get +s3://prod-reports/2026/' as alice 's3-sudo -l'
refuses "and bob" 0 'CAN READ NOW +(list, get|get, list) +s3://\*' as bob 's3-sudo -l'
refuses "erin is in no baseline's group" 255 'Your baseline gives no S3 access' as erin 'aws s3 ls s3://prod-reports/'
refuses "she is told so at once" 0 'CAN READ NOW +nothing' as erin 's3-sudo -l'

# rights that change count within some seconds, for logins that are there, too
soon() { # COMMAND...: it succeeds within 15 s
	local until=$((SECONDS + 15))
	until "$@" >/dev/null 2>&1; do
		((SECONDS < until)) || "$@" || return
	done
}
erins() { grep -q "^$1" /home/erin/says; }
login erin one
type one 'while sleep 0.2; do /usr/libexec/s3jit/s3jit-credentials default 2>&1 | jq -rR "fromjson? | .Version" | grep . >s || echo none >s; mv s says; done'
ok "erin has nothing to read with" soon erins none
usermod -aG leads erin
ok "who joins a group has its baseline, in a login that was there before" soon erins 1
reads "and reads" erin two s3://prod-billing/2026/q1.csv
gpasswd -d erin leads >/dev/null
ok "who leaves it gets no more keys" soon erins none
refuses "and is told" 255 'Your baseline gives no S3 access' as erin 'aws s3 ls s3://prod-reports/'
