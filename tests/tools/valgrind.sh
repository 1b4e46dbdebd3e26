# valgrind over the unit tests and the replay of the fuzz corpora: nothing is read before
# it is written, past its end, or lost (S10).
# layers: tools
# timeout: 1800
. /src/tests/world/tools.sh

# with sanitizers they all run (`check units`)
left_out() {
	cut -f 1 <<-'WHY'
	tests/unit/test_client_flow	valgrind knows no openat2()
	tests/unit/test_client_words	valgrind knows no openat2()
	tests/unit/test_conn	who asks must be who is to be asked about; valgrind is somebody else
	tests/unit/test_kernel	the same
	tests/unit/test_peer	the same
	tests/unit/test_session	the same
	tests/unit/test_store_vfs	what a frozen disk may still write to is left to it
	tests/unit/test_races	takes many minutes
	tests/unit/test_interleavings	takes many minutes
	tests/unit/test_policy	takes many minutes
	tests/unit/test_audit	takes many minutes
	tests/unit/test_hostile	takes many minutes
	tests/unit/test_hostile_record	takes many minutes
	tests/fuzz/fuzz_question	takes many minutes
	WHY
}

/src/tests/world/build-tree /tmp/valgrind check TESTS=
chown -R builder: /tmp/valgrind
cd /tmp/valgrind/build
as_builder() { setpriv --reuid builder --regid builder --init-groups env HOME=/build S3JIT_TEST_DIR=/dev/shm "$@"; }
VALGRIND=(valgrind -q --error-exitcode=66 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite)

# the programs alone, not libtool's scripts
find tests/unit tests/fuzz -maxdepth 1 -type f -perm -u+x | sort | xargs file | sed -n 's/: *ELF.*//p' |
	grep -vxFf <(left_out) >/tmp/programs
ok "there are programs of both kinds" bash -c 'grep -q unit/ /tmp/programs && grep -q fuzz/ /tmp/programs'
ok "what is left out is there" xargs -a <(left_out) ls
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
