# The package is installed over itself with people at work (S8, B15): nobody is locked
# out for a moment, and what was open, ran or waited goes on under the new programs.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

bucket=prod-reports
credentials=/usr/libexec/s3jit/s3jit-credentials

upgrade() { DEBIAN_FRONTEND=noninteractive dpkg --force-unsafe-io -i /out/s3jit.deb </dev/null; }
set_user_id() { find / -xdev \( -path /src -o -path /out -o -path /proc \) -prune -o -perm -4000 -printf '%p %m %U\n' | sort; }

for line in alice alice@2 alice@3 bob; do line_up $line; done
on alice 'echo moin >report.csv'
on alice "s3-sudo open --allow 'put s3://$bucket/scratch/' -t 10m -r 'OPS-1 x'" 2>/dev/null
on alice@2 "s3-sudo run --allow 'put s3://$bucket/scratch/' -t 10m -r 'OPS-1 x' -- sh -c 'until [ -e finish ]; do sleep 0.1; done'; echo \"exit \$?\"" >/tmp/running 2>&1 &
on alice@3 "s3-sudo put report.csv s3://$bucket/2026/x -t 10m -r 'OPS-1 x'; echo \"exit \$?\"" >/tmp/waiting 2>&1 &
until_true 100 grep -qE 's3-approve [k-z]{8}' /tmp/waiting
REQUEST=$(grep -oE 's3-approve [k-z]{8}' /tmp/waiting | cut -d' ' -f2)

set_user_id >/tmp/suid.before
cp /etc/s3jit/s3jit.conf /tmp/conf.before
cp -r /etc/pam.d /tmp/pam.before
before=$(daemon_pid s3jitd)

# somebody logs in all the time
logins() {
	local rc
	while [[ ! -e /tmp/upgraded ]]; do
		rc=0
		as mallory "test \"\$AWS_CONFIG_FILE\" = /etc/s3jit/aws-config && $credentials default" >/dev/null 2>>/tmp/logins.err || rc=$?
		echo "$rc"
	done >/tmp/logins
}
logins &
LOGINS=$!
until_true 100 test -s /tmp/logins

ok "S8: the package is installed over itself" upgrade
ok "again" upgrade
touch /tmp/upgraded
wait $LOGINS
ok "somebody logged in meanwhile" test "$(wc -l </tmp/logins)" -ge 3
same "S8: nobody was locked out, and everybody could read" 0 "$(sort -u /tmp/logins | tr '\n' ' ' | xargs)"

same "S8: without systemd the broker is the administrator's to restart" "$before" "$(daemon_pid s3jitd)"
ok "the rules are as they were" cmp /tmp/conf.before /etc/s3jit/s3jit.conf
ok "so are the files of PAM" diff -r /tmp/pam.before /etc/pam.d
same "S2: and the files that set the user" "$(cat /tmp/suid.before)" "$(set_user_id)"
ok "the new programs speak with the old broker" on alice "$credentials s3-write"

world_stop_broker
restart_signer
world_start_broker
ok "the daemons are the new ones" test "$before" != "$(daemon_pid s3jitd)"
same "of the installed file" /usr/sbin/s3jitd "$(readlink "/proc/$(daemon_pid s3jitd)/exe")"
ok "B15: a login reads" on bob "$credentials default"
ok "B15: what was open is" on alice "$credentials s3-write"
ok "B15: what waited waits, and says why it had to" until_true 100 grep -q 's3jitd was restarted; still waiting' /tmp/waiting
open_line bob vote "s3-approve $REQUEST" -S /run/world/bob.line
wait_screen vote 'yes / no'
type vote yes
ok "bob approves it" wait_screen vote '^Approved'
ok "B15: it goes through" until_true 200 grep -qx 'exit 0' /tmp/waiting
same "the bytes are there" moin "$(object $bucket/2026/x)"
same "B15: what ran runs" "" "$(cat /tmp/running)"
on alice 'touch finish'
ok "and ends by itself" until_true 100 grep -qx 'exit 0' /tmp/running
ok "what was open is closed" on alice 's3-sudo close'
