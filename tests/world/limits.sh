# limits.sh - what a daemon may use up, and people who use it up.  Sourced after
# harness.sh.
#
#   limit DAEMON OPTION           a limit of one that runs, as prlimit(1) takes it
#   may_open_nothing DAEMON       as where it has no descriptor left, whichever are closed
#   may_open DAEMON               again
#   has_no_memory DAEMON          it gets none beyond what it has
#   starts_nothing DAEMON         nor a process
#   open_files DAEMON             how many it has open
#   busy DAEMON                   hundredths of a second that it computes in the next two seconds
#   crowd PERSON COUNT REQUESTS SECONDS   connections of theirs, see crowd.py, which says
#                                 in /tmp/crowd.PERSON what they were told
#   crowd_over PERSON...          they go
# shellcheck shell=bash

# in the daemon's name: root of a container may not
limit() {
	local pid uid gid
	pid=$(daemon_pid "$1")
	uid=$(awk '$1 == "Uid:" { print $2 }' "/proc/$pid/status")
	gid=$(awk '$1 == "Gid:" { print $2 }' "/proc/$pid/status")
	setpriv --reuid "$uid" --regid "$gid" --clear-groups prlimit --pid "$pid" "$2"
}
may_open_nothing() { limit "$1" --nofile=3:; }
may_open() { limit "$1" --nofile=600:; }
has_no_memory() { limit "$1" "--as=$(awk '$1 == "VmSize:" { print $2 * 1024 }' "/proc/$(daemon_pid "$1")/status"):"; }
starts_nothing() { limit "$1" --nproc=1:; }

open_files() { find "/proc/$(daemon_pid "$1")/fd" -mindepth 1 | wc -l; }
cpu_used() { awk '{ print $14 + $15 }' "/proc/$(daemon_pid "$1")/stat"; }
busy() {
	local from
	from=$(cpu_used "$1")
	sleep 2
	echo $(($(cpu_used "$1") - from))
}

crowd() {
	rm -f "/tmp/crowd.$1"
	as "$1" "PYTHONPATH=/src/tests/world python3 /src/tests/world/crowd.py /tmp/crowd.$1 $2 $3 $4"
}
crowd_over() {
	local person
	for person; do rm "/tmp/crowd.$person"; done
}
