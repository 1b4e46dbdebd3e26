#!/bin/sh
# P4, P9: the module opens nothing but three files of procfs, and writes no file.
command -v strace >/dev/null || exit 77
work=$(mktemp -d /tmp/s3jit-files-XXXXXX) || exit 99
trap 'rm -rf "$work"' EXIT
mkfifo "$work/.s3jit"; ln -s /etc/shadow "$work/.aws"
export HOME="$work" XDG_RUNTIME_DIR="$work" XDG_CONFIG_HOME="$work" TMPDIR="$work"
export ASAN_OPTIONS=detect_leaks=0
so=$PWD/tests/pam/.libs/pam_s3jit_test.so
./libtool --mode=execute strace -o "$work/log" -e trace=%file,openat2 tests/pam/cycles "$so" 1 ||
	{ echo "strace cannot be used here"; exit 77; }

# From loading the module to closing it: what did it touch by name?
sed -n '\|pam_s3jit_test.so|,$p' "$work/log" >"$work/since"
grep -q 'boot_id' "$work/since" || { echo "FAIL: the trace does not show the module at work"; exit 1; }
if grep -F "$work/" "$work/since"; then
	echo "FAIL: a path below HOME was touched"; exit 1
fi
if grep -E 'O_WRONLY|O_RDWR|O_CREAT|rename|mkdir' "$work/since"; then
	echo "FAIL: something was opened for writing"; exit 1
fi
