# tools.sh - what the analysers of tests/tools share.  Sourced as root in a bare
# world with the tools; /out is shared by all of them.
# shellcheck shell=bash

# shellcheck source=tests/world/harness.sh
. /src/tests/world/harness.sh

TREE=/out/tree
ACCEPTED=/src/tests/tools/ACCEPTED

# a configured tree in $TREE with its compile_commands.json; made by who comes first
need_tree() {
	exec {TREE_LOCK}>>/out/tree.lock
	flock "$TREE_LOCK"
	[[ -d $TREE ]] || make_tree >/out/tree.log 2>&1 || { tail -n 20 /out/tree.log; exit 1; }
	flock -u "$TREE_LOCK"
	cd $TREE
}

make_tree() {
	mkdir $TREE.new
	tar -C $TREE.new -xf /out/source.tar
	cd $TREE.new
	autoreconf -fi && ./configure || return
	rm -f conftest*
	cd ..
	mv $TREE.new $TREE
	cd $TREE
	make -n V=1 all check TESTS= | /src/tests/tools/compile-commands >compile_commands.json
}

# the files of $TREE's compile_commands.json that match
files() { jq -r --arg match "${1:-.}" '.[].file | select(test($match))' compile_commands.json; }

# each_file COMMAND...: COMMAND and what a compiler needs to know, for each file
each_file() {
	jq -r '.[] | (if .file == "lib/err.c" or (.file | startswith("planted")) then ""
		else "-include /src/tests/tools/hints.h " + (if .file | startswith("tests/unit") then "-DASSERTIONS " else "" end) end)
		+ (.command | ltrimstr("cc "))' compile_commands.json |
		xargs -d '\n' -P "$(nproc)" -I{} sh -c "$* {} 2>&1"
}

# lines "FILE CHECK" of a tool's "FILE:LINE...: TEXT [CHECK]"
found() {
	sed -nE "s#^(\./|$TREE/)?([^ :]+):[0-9]+:.*\[([^],]+)(,-warnings-as-errors)?\]\$#\2 \3#p" | sort -u
}

# judge TOOL FILE: what it wrote has nothing that stands not in ACCEPTED, and that
# has nothing which it did not write
judge() {
	local new
	found <"$2" >/tmp/found
	sed -nE "s/^$1 +([^ ]+) +([^ ]+) +[^ ].*/\1 \2/p" $ACCEPTED | sort -u >/tmp/accepted
	new=$(comm -23 /tmp/found /tmp/accepted | while read -r file check; do
		grep -F "$file:" "$2" | grep -F "[$check" | sort -u
	done)
	same "S10: $1 finds nothing" "" "$new"
	same "S10: what is accepted of $1 is still found" "" "$(comm -13 /tmp/found /tmp/accepted)"
}

# plant FILE: the file of standard input as the only one of a tree, which becomes
# the current directory
plant() {
	mkdir -p /tmp/planted
	cd /tmp/planted
	cat >"$1"
	jq -n --arg f "$1" '[{directory: "/tmp/planted", file: $f, command: ("cc -c " + $f)}]' >compile_commands.json
}
