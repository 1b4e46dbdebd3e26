#!/bin/sh
# Each fuzz target is in the list, has a corpus, and names the parser it is for.
cd "${srcdir:-.}" || exit 1
rc=0
for file in tests/fuzz/fuzz_*.c; do
	name=${file#tests/fuzz/fuzz_}
	name=${name%.c}
	grep -q "^[[:space:]]*.*tests/fuzz/fuzz_$name\\( \\|\$\\)" tests/fuzz/local.am ||
		{ echo "$file: not in fuzz_targets of tests/fuzz/local.am"; rc=1; }
	[ -n "$(ls "tests/fuzz/corpus/$name" 2>/dev/null)" ] || { echo "$file: no corpus"; rc=1; }
	parsers=$(sed -n 's/^ \* parser: //p' "$file")
	[ -n "$parsers" ] || { echo "$file: names no parser"; rc=1; }
	for parser in $parsers; do
		[ -f "$parser" ] || { echo "$file: $parser: no such file"; rc=1; }
	done
done
exit $rc
