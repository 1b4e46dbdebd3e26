# valgrind over the unit tests and the replay of the fuzz corpora: nothing is read before
# it is written, past its end, or lost (S10).
# layers: tools
# timeout: 1800
. /src/tests/world/tools.sh

# not under valgrind, but under the sanitizers (`check units`)
left_out() {
	sed -n 's/^	\([a-z_]*\) .*/\1/p' <<-'WHY'
	test_client_flow 	valgrind knows no openat2()
	test_client_words	valgrind knows no openat2()
	test_conn 	the peer it claims to be must be the process that asks
	test_races	a thousand of each race take an hour
	test_interleavings	and a thousand lives
	test_policy	and a million keys
	WHY
}

/src/tests/world/build-tree /tmp/valgrind check TESTS=
chown -R builder: /tmp/valgrind
cd /tmp/valgrind/build
as_builder() { setpriv --reuid builder --regid builder --init-groups env HOME=/build S3JIT_TEST_DIR=/dev/shm "$@"; }
VALGRIND=(valgrind -q --error-exitcode=66 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite)

# the programs alone, not libtool's scripts
find tests/unit tests/fuzz -maxdepth 1 -type f -perm -u+x | sort | xargs file | sed -n 's/: *ELF.*//p' |
	grep -vxFf <(left_out | sed 's#^#tests/unit/#') >/tmp/programs
ok "there are programs of both kinds" bash -c 'grep -q unit/ /tmp/programs && grep -q fuzz/ /tmp/programs'
same "what is left out is there" "$(left_out | wc -l)" "$(left_out | sed 's#^#tests/unit/#' | xargs ls | wc -l)"
# shellcheck disable=SC2016 # for the shell that xargs starts
as_builder xargs -P "$(nproc)" -I{} bash -c '"$@" "$0" >"$0.vg" 2>&1; echo $? >"$0.rc"' {} "${VALGRIND[@]}" </tmp/programs
while read -r program; do
	ok "S10: valgrind finds nothing in $program" bash -c 'rc=$(<"$1.rc"); ((rc == 0)) || { grep -v "^\[" "$1.vg" | head -n 40; exit 1; }' - "$program"
done </tmp/programs

cat >/tmp/lost.c <<'C'
#include <stdlib.h>
int main(void) { void *volatile p = malloc(64); p = NULL; return p != NULL; }
C
gcc -g -o /tmp/lost /tmp/lost.c
refuses "S10, control: a planted leak is found" 66 'definitely lost' "${VALGRIND[@]}" /tmp/lost
cat >/tmp/unset.c <<'C'
#include <stdlib.h>
int main(void) { int *p = malloc(sizeof(*p)), set; if (p == NULL) return 2; set = *p == 7; free(p); return set ? 3 : 0; }
C
gcc -g -o /tmp/unset /tmp/unset.c
refuses "S10, control: a value that nobody wrote is found" 66 'uninitialised' "${VALGRIND[@]}" /tmp/unset
