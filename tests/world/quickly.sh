# quickly.sh - sourced by tests of promised times, after harness.sh.
#
#   measure_ssh                   how long a login takes here and now, before there is load
#   quickly LABEL COMMAND...      the command succeeds, and in time: the promised second,
#                                 with threefold room, and what ssh itself takes
# shellcheck shell=bash

SSH_TOOK=0
measure_ssh() {
	local from
	for _ in 1 2 3; do
		from=${EPOCHREALTIME/./}
		as alice true
		SSH_TOOK=$((SSH_TOOK + (${EPOCHREALTIME/./} - from) / 1000))
	done
}

quickly() {
	local from=${EPOCHREALTIME/./} took
	ok "$@"
	took=$(((${EPOCHREALTIME/./} - from) / 1000))
	ok "$1, in time ($took ms)" test $took -lt $((3000 + SSH_TOOK))
}
