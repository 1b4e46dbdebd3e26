# A daemon, or a person's program, has no memory left: rows of the table WHEN A
# PART IS BROKEN of s3jit(7).  A daemon ends then and is started again.
# timeout: 600
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh
# shellcheck source=tests/world/limits.sh
. /src/tests/world/limits.sh

# is another process now, which serves
is_new() { # DAEMON OLD-PID
	local pid
	pid=$(daemon_pid "$1")
	[[ -n $pid && $pid != "$2" ]]
}
runs_out() { # DAEMON
	local pid
	pid=$(daemon_pid "$1")
	has_no_memory "$1"
	ok "$1 that has no memory left ends" until_true 400 is_new "$1" "$pid"
	settled
}
said_why() { grep "$1: .*there is no memory left" /var/log/s3jit/*.out /var/log/auth.log; }
# it ended in a way that is for such a moment; what it said, if not
ended_well() { grep -qE '^exit (0|1|113|114|115|116|118)$' "$1" || { cat "$1"; return 1; }; }
# a minute after its client was lost, at the latest
as_before() { [[ $(served) == "$BEFORE" ]]; }
nothing_is_left() { until_true 1400 as_before; }

broken() { # TITLE DAEMON
	people
	runs_out "$2"
	ok "and says why" said_why "$2"
	row "$1"
	on alice 's3-sudo close'
	runs_out "$2"
	row_ends "$1"
}

supervise
broken "s3jitd has no memory left" s3jitd
broken "s3jit-signer has no memory left" s3jit-signer

# while it is at work, six times
people
BEFORE=$(served)
for daemon in s3jitd s3jit-signer s3jitd s3jit-signer s3jitd s3jit-signer; do
	puts=()
	for n in 1 2 3; do
		on alice "exec 2>&1; $PUT; echo \"exit \$?\"" >"/tmp/put.$n" &
		puts+=($!)
	done
	runs_out $daemon
	wait "${puts[@]}"
	for n in 1 2 3; do
		ok "a put is done, or refused in words, while $daemon runs out" ended_well /tmp/put.$n
		ok "and says so" test "$(wc -l </tmp/put.$n)" -gt 1
	done
done
ok "nothing is half done" nothing_is_left

# programs of people: at every size up to the one that suffices
done_at=
for ((kib = 2000; kib < 400000; kib += kib / 4)); do
	rc=0
	said=$(on alice "ulimit -v $kib; exec $PUT" 2>&1) || rc=$?
	if ((rc == 0)); then done_at=$kib; else done_at=; fi
	if ((rc < 128)) && [[ -n $said ]]; then
		passed "with $kib KiB a put ends with exit code $rc, in words"
	else
		failed "with $kib KiB a put ends with exit code $rc" "$said"
	fi
done
ok "control: in the end they suffice" test -n "$done_at"
ok "nothing is half done by them" nothing_is_left

ok "and when all is well again, a put is done" try put
ok "the record is whole" as erin 's3-audit verify'
