# nightly.sh - hours of fuzzing in a world that has the tools for it.
# Sourced by tests/bastion; needs die, say, world, CACHE, HERE, SRC, HOURS, and build.sh.
# shellcheck shell=bash

# What one night finds is the next one's beginning: it stays in CACHE/fuzz.
nightly() { # [TARGET...]
	local dir=$CACHE/fuzz lock targets seconds rc=0
	need_host
	need_root
	need_tools
	mkdir -p "$dir"
	exec {lock}>>"$dir/lock"
	flock -n "$lock" || die "another nightly is at work in $dir"
	targets=$#
	((targets)) || targets=$(find "$HERE/fuzz" -name 'fuzz_*.c' | wc -l)
	seconds=$(awk -v h="$HOURS" -v n="$targets" 'BEGIN { s = int(h * 3600 / n); print s < 5 ? 5 : s }')
	source_files | pack >"$dir/source.tar" || return
	say "$seconds s for each of $targets targets; what is found is kept in $dir"
	world bare "$TOOLS:$ROOT" "$dir" /src/tests/fuzz/nightly "$seconds" "$@" || rc=$?
	rm -f "$dir/source.tar"
	return $rc
}
