# Where something was opened, no program of ours runs: s3jitd itself says there when
# it ends soon, and when and why it has, unless its person wants no messages.
. /src/tests/world/harness.sh

free="--allow 'put s3://prod-reports/scratch/' -r 'OPS-412 x'"
opened() { # NAME OPTIONS: something is open there; its id in ID
	type "$1" "clear; s3-sudo open $free $2"
	wait_screen "$1" '^Open until'
	ID=$(as alice 's3-sudo status --json' | jq -r '.requests[0].id')
}

ok "s3jitd has the group that may write to terminals" grep -qw "$(getent group tty | cut -d: -f3)" <(sed -n 's/^Groups://p' "/proc/$(daemon_pid s3jitd)/status")
login alice one
opened one '-t 24s'
ok "a line before the end" wait_screen one "^s3jit: [0-9]s left: write access ${ID::8} ends at [0-9:]{8}\.\$" 30
ok "one at the end" wait_screen one "^s3jit: write access ${ID::8} ended: deadline reached\.\$" 15
type one 'echo still here'
ok "the shell goes on" wait_screen one '^still here$'

opened one '-t 5m'
as alice "s3-approve revoke $ID \$'wrong \\033[2J month'" >/dev/null 2>&1
ok "revoked: by whom and why, in letters that no terminal obeys" wait_screen one "^s3jit: write access ${ID::8} ended: revoked by alice: \"wrong .*month\"\.\$"
opened one '-t 5m'
as alice "s3-sudo close $ID" >/dev/null 2>&1
ok "closed from elsewhere" wait_screen one "^s3jit: write access ${ID::8} ended: closed in another terminal of yours\.\$"
opened one '-t 5m'
type one 'clear; s3-sudo close; sleep 2; echo over'
wait_screen one '^over$'
refuses "who closes it there is not told twice" 1 "" grep -q '^s3jit:' <(screen one)

type one 'mesg n'
opened one '-t 5m'
as alice "s3-approve revoke $ID enough" >/dev/null 2>&1
type one 's3-sudo status; sleep 1; echo over'
wait_screen one '^over$'
ok "mesg n: it has ended" grep -q '^Nothing is asked' <(screen one)
refuses "and nothing was said" 1 "" grep -q '^s3jit:' <(screen one)

# a terminal that nobody reads, full to the brim
file_of alice stuck.py <<-'P'
	import os, pty, time
	pid, master = pty.fork()
	if pid == 0:
	    os.set_blocking(1, False)
	    try:
	        while True: os.write(1, b"x" * 1000)
	    except BlockingIOError: pass
	    out = os.open("/dev/null", os.O_RDWR)
	    os.dup2(out, 1); os.dup2(out, 2)
	    os.execvp("s3-sudo", ["s3-sudo", "open", "--allow", "put s3://prod-reports/scratch/", "-r", "OPS-412 x", "-t", "5m"])
	os.waitpid(pid, 0)
	print("opened", flush=True)
	time.sleep(1000)
P
type one 'clear; python3 stuck.py &'
wait_screen one 'opened$'
ID=$(as alice 's3-sudo status --json' | jq -r '.requests[0].id')
ok "a terminal that nobody reads: revoked nevertheless" as alice "timeout 5 s3-approve revoke $ID enough"
ok "and s3jitd answers" as alice 'timeout 5 s3-sudo status'
