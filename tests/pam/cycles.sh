#!/bin/sh
# P9: ten thousand logins leave nothing behind in sshd's memory.
command -v valgrind >/dev/null || exit 77
so=$PWD/tests/pam/.libs/pam_s3jit_test.so
if readelf -d "$so" | grep -q 'lib[a-z]*san'; then
	exit 77		# valgrind and the sanitizers exclude each other
fi
cycles() {
	TEST_BOOT_ID=00000000-0000-0000-0000-000000000000 \
	./libtool --mode=execute valgrind -q --error-exitcode=9 --leak-check=full \
		--errors-for-leak-kinds=definite --child-silent-after-fork=yes \
		tests/pam/cycles "$so" "$@"
}
cycles 1 forget >/dev/null 2>&1
[ $? = 9 ] || { echo "FAIL: valgrind does not see the planted leak"; exit 1; }
cycles 1000
