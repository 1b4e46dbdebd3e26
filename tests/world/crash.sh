# crash.sh - daemons that die and are started again.  Sourced after harness.sh by
# the tests of crash safety.
#
#   line_up alice                 a login that stays, without a terminal (alice@2: one more)
#   on alice 'command'            a command in it; on_tty: with a terminal
#   line_down alice               logout
#   supervise                     from here on both daemons are started again
#   unsupervised COMMAND...       ... but not while COMMAND runs
#   arm LABEL [N]                 kill the daemon that next (Nth) passes LABEL
#   died                          has it, since?
#   sql QUERY                     what stands in the record
#   small_disk                    put the record (of a stopped broker) on one of its own
#   disk_full, disk_free
#   ext4_disk                     instead: one that can also be
#   disk_failed, disk_repaired    as after an error, read-only (the latter with the broker stopped)
#   disk_frozen, disk_thawed      what writes there waits; never for longer than a minute
# shellcheck shell=bash

DAEMONS=(s3jit-signer s3jitd)
FAULT=/run/s3jit/fault HITS=/run/s3jit/fault-hits
ALL_HITS=/run/world/hits DEATHS=/run/world/deaths PAUSE=/run/world/unsupervised

line() { # LINE SSH OPTIONS...
	laptop "${1%@*}" -S "/run/world/$1.line" "${@:2}"
}

line_up() {
	line "$1" -MNf
	"${SSH[@]}"
}

line_down() {
	line "$1" -O exit
	"${SSH[@]}" 2>/dev/null
}

on() {
	line "$1"
	"${SSH[@]}" "$2" </dev/null
}

on_tty() {
	line "$1" -tt
	"${SSH[@]}" "$2" </dev/null
}

sql() { sqlite3 "file:/var/lib/s3jit/s3jit.db?mode=ro" ".timeout 2000" "$1"; }

# --- labels -------------------------------------------------------------------

labels() { sed -n 's/^\tX("\([a-z-]*\)").*/\1/p' /src/include/s3jit/fault.h; }

faults_begin() {
	install -m 0666 /dev/null $HITS
	install -m 0644 /dev/null $FAULT
	: >$ALL_HITS
	: >$DEATHS
}

hits_keep() {
	cat $HITS >>$ALL_HITS
	: >$HITS
}

arm() {
	hits_keep
	: >$DEATHS
	echo "$*" >$FAULT
}

disarm() { : >$FAULT; }

died() { [[ -s $DEATHS ]]; }

# --- Restart=always ---------------------------------------------------------------

# A daemon that died of its label would die of it again: so disarm it, but not one
# that somebody else killed, whose label is passed while it starts.
start_again() { # DAEMON
	local armed=''
	read -r armed _ <$FAULT || :
	if [[ -n $armed ]] && grep -qx "$armed" $HITS; then
		disarm
		echo "$1 $armed" >>$DEATHS
	fi
	case $1 in
	s3jitd) start_daemon s3jitd s3jit ;;
	s3jit-signer) start_daemon s3jit-signer s3jit-signer ;;
	esac
}

# its process; one that was started just now is there, but not yet the daemon's
gone() { # DAEMON
	local pid
	read -r pid <"/run/world/$1.pid" && [[ ! -d /proc/$pid ]]
}

supervisor() {
	local daemon
	while :; do
		for daemon in "${DAEMONS[@]}"; do
			[[ -e $PAUSE ]] || ! gone "$daemon" || start_again "$daemon"
		done
		sleep 0.05
	done
}

supervise() {
	faults_begin
	supervisor &
	disown
}

unsupervised() {
	local rc=0
	touch $PAUSE
	sleep 0.1
	"$@" || rc=$?
	rm $PAUSE
	return $rc
}

kill_daemon() { kill -KILL "$(daemon_pid "$1")"; }

# until both are there
settled() {
	local i
	for ((i = 0; i < 200; i++)); do
		if listens_on "${BROKER_SOCKETS[0]}" && listens_on "${BROKER_SOCKETS[1]}" &&
			listens_on "$SIGNER_SOCKET"; then return 0; fi
		sleep 0.05
	done
	note "the daemons are not back: $(tail -n 5 /var/log/s3jit/*.out)"
	return 1
}

# --- a disk that can be filled ----------------------------------------------------

small_disk() {
	cp -a /var/lib/s3jit /var/lib/s3jit.kept
	mount -t tmpfs -o size=16m,mode=0700,uid=s3jit,gid=s3jit disk /var/lib/s3jit
	cp -a /var/lib/s3jit.kept/. /var/lib/s3jit/
}
disk_full() { dd if=/dev/zero of=/var/lib/s3jit/filler bs=4096 2>/dev/null || :; }
disk_free() { rm -f /var/lib/s3jit/filler; }

ext4_disk() {
	local i
	[[ -e /dev/loop-control ]] || mknod /dev/loop-control c 10 237
	for i in {0..15}; do [[ -e /dev/loop$i ]] || mknod "/dev/loop$i" b 7 "$i"; done
	truncate -s 64M /run/world/disk
	mkfs.ext4 -q -m 0 -E "root_owner=$(id -u s3jit):$(id -g s3jit)" /run/world/disk
	cp -a /var/lib/s3jit /var/lib/s3jit.kept
	mount -o loop /run/world/disk /var/lib/s3jit
	chmod 0700 /var/lib/s3jit
	cp -a /var/lib/s3jit.kept/. /var/lib/s3jit/
}
disk_failed() { mount -o remount,abort /var/lib/s3jit; }
disk_repaired() {
	umount /var/lib/s3jit
	fsck.ext4 -fy /run/world/disk >/dev/null 2>&1 || (($? < 4))
	mount -o loop /run/world/disk /var/lib/s3jit
}
# Nothing can end a process that waits there, not even the end of its world; so it is
# thawed after a minute whatever becomes of the test.
disk_frozen() {
	fsfreeze --freeze /var/lib/s3jit
	trap 'RC=$?; disk_thawed; finish $RC' EXIT
	{ sleep 60; fsfreeze --unfreeze /var/lib/s3jit; } >/dev/null 2>&1 &
	THAWS=$!
	disown
}
disk_thawed() {
	kill "$THAWS" 2>/dev/null || :
	fsfreeze --unfreeze /var/lib/s3jit 2>/dev/null || :
}
