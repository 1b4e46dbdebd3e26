# syslog and journald are away: a row of the table WHEN A PART IS BROKEN of s3jit(7).
# logs-down.sh has what is sent when they are back, and what if they hang.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

sent() { sql "SELECT value FROM meta WHERE name = 'audit-forwarded'"; }
all_sent() { [[ $(sent) == "$(sql "SELECT max(seq) FROM audit")" ]]; }
people
ok "control: with both there, all is sent" until_true 100 all_sent
kill -KILL "$(</run/rsyslogd.pid)" "$(pgrep -x systemd-journal)"
row "syslog and journald are down"
row_ends "syslog and journald are down"
ok "A1: what happened is kept to be sent" test "$(sent)" -lt "$(sql "SELECT max(seq) FROM audit")"
rm -f /run/rsyslogd.pid /dev/log
start_syslog
start_journal
ok "A1: they are back, and all is sent" until_true 200 all_sent
ok "the record is whole" as erin 's3-audit verify'
