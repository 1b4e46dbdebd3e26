#!/bin/sh
# P1, H4: libc and libpam, nothing else.  P2: only pam_sm_* are visible.
# S1: hardened.  S11: the setuid part is at most 500 lines.
so=pam_s3jit/.libs/pam_s3jit.so
bin=helper/s3-sudo
failed=0
fail() { echo "FAIL: $*"; failed=1; }

# Prints what is wrong with one file; nothing when all is well.
judge() {
	needed=$(readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
	[ "$needed" = "libc.so.6 libpam.so.0 " ] || echo "P1, H4: needs $needed"
	readelf -d "$1" | grep -q 'BIND_NOW\|FLAGS.*NOW' || echo "S1: binds lazily"
	readelf -lW "$1" | grep -q GNU_RELRO || echo "S1: no RELRO"
	readelf -lW "$1" | grep GNU_STACK | grep -q RWE && echo "S1: executable stack"
	readelf -hW "$1" | grep -q 'Type:.*DYN' || echo "S1: not position independent"
	readelf -d "$1" | grep -q 'RPATH\|RUNPATH' && echo "has a library path of its own"
}

# shellcheck disable=SC2154 # make check says where the source is
lines=$(cat "$srcdir"/helper/*.[ch] "$srcdir"/helper/local.am | wc -l)
[ "$lines" -le 500 ] || fail "S11: helper/ has $lines lines"
[ "$lines" -ge 100 ] || fail "S11: helper/ was not found"

if readelf -d "$so" "$bin" | grep -q 'lib[a-z]*san'; then
	echo "sanitizer build: linkage cannot be judged"
	[ $failed = 0 ] && exit 77
	exit 1
fi
want=$(for entry in acct_mgmt authenticate chauthtok close_session open_session setcred; do
	echo "pam_sm_$entry"
done)
have=$(nm -D --defined-only "$so" | awk '$2 != "A" { print $3 }' | sort)
[ "$want" = "$have" ] || fail "P2: $so exports $have"
for file in "$so" "$bin"; do
	wrong=$(judge "$file")
	[ -z "$wrong" ] || fail "$file: $wrong"
done
# control: a program that links more is found out
if [ -x tests/pam/test_pam ]; then
	judge tests/pam/test_pam | grep -q cmocka || fail "the judge does not see cmocka"
fi
exit $failed
