# syslog and journald are away (A1): nothing waits for them, nothing is refused; only
# the mark of what has left the host stands still, and goes on when they are back.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

bucket=prod-reports
mark() { sql "SELECT value FROM meta WHERE name = 'audit-forwarded'"; }
last() { sql "SELECT max(seq) FROM audit"; }
all_sent() { [[ $(mark) == "$(last)" ]]; }
in_syslog() { grep -aoE ' seq=[0-9]+ ' /var/log/auth.log | tr -dc '0-9\n' | sort -nu; }
in_journal() {
	journalctl --sync
	journalctl -o json -t s3jitd --output-fields=S3JIT_SEQ | jq -r '.S3JIT_SEQ // empty' | grep -v - | sort -nu
}
recorded_seqs() { sql "SELECT seq FROM audit ORDER BY seq"; }

for line in alice bob erin; do line_up $line; done
on alice 'echo moin >report.csv'
ok "with both there, all is sent" until_true 100 all_sent

# play NAME: an upload with bob's yes, and one that he denies
play() {
	on alice "exec 2>&1; s3-sudo put report.csv s3://$bucket/2026/$1 -t 10m -r 'OPS-1 x'; echo \"exit \$?\"" >"/tmp/$1" &
	until_true 100 grep -qsE 's3-approve [k-z]{8}' "/tmp/$1"
	open_line bob vote "s3-approve $(grep -oE 's3-approve [k-z]{8}' "/tmp/$1" | cut -d' ' -f2)" -S /run/world/bob.line
	wait_screen vote 'yes / no'
	type vote yes
	wait_screen vote '^Approved'
	logout vote
	until_true 200 grep -qx 'exit 0' "/tmp/$1"
}

# /dev/log and the journal's socket stay behind with nobody reading, as after a crash
syslogd=$(</run/rsyslogd.pid) journald=$(pgrep -x systemd-journal)
kill -KILL "$syslogd"
before=$(mark)
ok "A1: without syslog an upload is asked, approved and done" play syslog
kill -KILL "$journald"
ok "A1: and without either" play either
same "A1: a login works, too" alice "$(as alice 'id -un')"
same "the mark stands still" "$before" "$(mark)"
ok "the record is whole" on erin "s3-audit verify"
rm -f /run/rsyslogd.pid /dev/log
# room in the sockets that are made now: when they are full sshd itself waits for
# its log, and nobody would get as far as us
echo 4096 >/proc/sys/net/unix/max_dgram_qlen
start_syslog
start_journal
ok "A1: they are back, and all is sent" until_true 200 all_sent
same "syslog has each record" "$(recorded_seqs)" "$(in_syslog)"
same "and the journal" "$(recorded_seqs)" "$(in_journal)"

# one that hangs does not hold us up either
kill -STOP "$(</run/rsyslogd.pid)" "$(pgrep -x systemd-journal)"
ok "A1: with both of them hanging an upload is asked, approved and done" play hanging
kill -CONT "$(</run/rsyslogd.pid)" "$(pgrep -x systemd-journal)"
ok "and sent when they go on" until_true 200 all_sent
