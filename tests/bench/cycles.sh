# cycles: ask, vote, claim, end in the broker against append + fdatasync
. /src/tests/bench/common.sh
[[ -x $BENCH/build/tests/bench/cycles ]] || /src/tests/world/build-tree "$BENCH" tests/bench/cycles
"$BENCH/build/tests/bench/cycles" "${TIMES:-500}"
