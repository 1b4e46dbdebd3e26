# With the sockets held by systemd (here: by something that does what it does) a
# restart of the broker is a moment of waiting: who logs in, reads or asks while it is
# away is served when it is back (S8, B15).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

bucket=prod-reports
credentials=/usr/libexec/s3jit/s3jit-credentials

world_stop_broker
/src/tests/world/hold-sockets 0.5 &
holder=$!
until_true 100 listens_on /run/s3jit/user.sock
known() { sql "SELECT count(*) FROM sessions WHERE user = '$1' AND ended = 0"; }
away() { # for half a second
	local pid
	pid=$(daemon_pid s3jitd)
	kill -KILL "$pid"
	until_true 40 test ! -d "/proc/$pid"
}

for line in alice alice@2 bob; do line_up $line; done
on alice 'echo moin >report.csv'
on alice@2 "s3-sudo put report.csv s3://$bucket/2026/x -t 10m -r 'OPS-1 x'; echo \"exit \$?\"" >/tmp/waiting 2>&1 &
until_true 100 grep -qE 's3-approve [k-z]{8}' /tmp/waiting
REQUEST=$(grep -oE 's3-approve [k-z]{8}' /tmp/waiting | cut -d' ' -f2)
ok "with sockets from outside a login reads" on alice "$credentials default"

away
line_up carol
ok "S8: who logs in while it is away reads" on carol "$credentials default"
same "and is known to the one that comes back" 1 "$(known carol)"
same "B15: with all the others" "2 1" "$(known alice) $(known bob)"

away
ok "B15: who reads while it is away is served" on alice "$credentials default"
away
ok "who asks, too" on alice "s3-sudo put report.csv s3://$bucket/scratch/x -t 5m -r 'OPS-1 x'"
same "the object is there" moin "$(object $bucket/scratch/x)"
away
ok "who waited goes on" until_true 100 grep -q 's3jitd was restarted; still waiting' /tmp/waiting
refuses "and is answered" 0 Denied on_tty bob "s3-approve no $REQUEST enough"
ok "and told" until_true 100 grep -qx 'exit 110' /tmp/waiting

# where logins without us are not wanted, they wait as well
sed -i 's/pam_s3jit.so.*/pam_s3jit.so required/; s/optional\(.*pam_s3jit\)/required\1/' /etc/pam.d/common-session
ok "the module is required now" grep -q 'required.*pam_s3jit.so required' /etc/pam.d/common-session
away
ok "S8: nobody is locked out while it restarts" as carol true
kill $holder
kill_daemon s3jitd
refuses "but they are when there is none" 254 "" as carol true
