# valgrind over unit tests of what reads others' bytes, signs, or keeps state for long:
# nothing is read before it is written, past its end, or lost (S10).  With sanitizers all
# of them run (`check units`); here are those that valgrind can run, within a minute.
# layers: tools
# timeout: 1200
. /src/tests/world/tools.sh
TESTS=(wire guest codec request permission s3uri duration escape dispatch conn_signer queue open lease ended
	revoke store store_request multipart s3sign sigv4 sts deny base transfer_parts)
export srcdir=/tmp/valgrind/source

/src/tests/world/build-tree /tmp/valgrind "${TESTS[@]/#/tests/unit/test_}"
chown -R builder: /tmp/valgrind
cd /tmp/valgrind/build
grind() { # PROGRAM
	setpriv --reuid builder --regid builder --init-groups env HOME=/build \
		valgrind -q --error-exitcode=66 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite "$1"
}
for name in "${TESTS[@]}"; do
	ok "S10: valgrind finds nothing in $name" grind "./tests/unit/test_$name"
done

cat >/tmp/lost.c <<'C'
#include <stdlib.h>
int main(void) { void *volatile p = malloc(64); p = NULL; return p != NULL; }
C
gcc -g -o /tmp/lost /tmp/lost.c
refuses "S10, control: a planted leak is found" 66 'definitely lost' grind /tmp/lost
cat >/tmp/unset.c <<'C'
#include <stdlib.h>
int main(void) { int *p = malloc(sizeof(*p)), set; if (p == NULL) return 2; set = *p == 7; free(p); return set ? 3 : 0; }
C
gcc -g -o /tmp/unset /tmp/unset.c
refuses "S10, control: a value that nobody wrote is found" 66 'uninitialised' grind /tmp/unset
