# cycles: ask, vote, claim, end in the broker against append + fdatasync
. /src/tests/bench/common.sh
mkdir -p "$BENCH/build"
cd "$BENCH/build" || exit
if [[ ! -x tests/bench/cycles ]]; then
	cp -r /src "$BENCH/source" && (cd "$BENCH/source" && autoreconf -fi) >/dev/null 2>&1
	"$BENCH/source/configure" -q --prefix=/usr --sysconfdir=/etc >/dev/null
	make -s -j2 tests/bench/cycles >/dev/null
fi
./tests/bench/cycles "${TIMES:-500}"
