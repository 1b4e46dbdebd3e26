# coverage.sh - what the tests of `make check` reach.  Sourced by tests/bastion;
# needs world, CACHE, ROOT, and build.sh.
# shellcheck shell=bash

# The lines with their counts stay in CACHE/coverage/lines, the log of the build beside them.
coverage() {
	local dir=$CACHE/coverage lock rc=0
	need_host
	need_root
	mkdir -p "$dir"
	exec {lock}>>"$dir/lock"
	flock -n "$lock" || die "another coverage is at work in $dir"
	source_files | pack >"$dir/source.tar" || return
	say "building with gcov and running the unit, PAM and fuzz tests; the log: $dir/build.log"
	world bare "$ROOT" "$dir" /src/tests/world/coverage || rc=$?
	rm -f "$dir/source.tar"
	return $rc
}
