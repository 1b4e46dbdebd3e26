# ThreadSanitizer over the unit tests of what has a second thread (threads.sh says
# that there is no more): the record's files in s3jitd, a large file's hash in the client.
# layers: tools
# timeout: 900
. /src/tests/world/tools.sh
TESTS=(tests/unit/test_store_vfs tests/unit/test_store tests/unit/test_client_words)
export CFLAGS="-O1 -g -fsanitize=thread" LDFLAGS=-fsanitize=thread
# a child of a test starts a thread of its own
export TSAN_OPTIONS=exitcode=66:die_after_fork=0

/src/tests/world/build-tree /tmp/tsan "${TESTS[@]}"
cd /tmp/tsan/build
for test in "${TESTS[@]}"; do
	ok "S10: no data race in $test" "./$test"
done

cat >/tmp/race.c <<'C'
#include <pthread.h>
static int n;
static void *add(void *arg) { n++; return arg; }
int main(void) { pthread_t t; pthread_create(&t, NULL, add, NULL); n++; return pthread_join(t, NULL); }
C
# shellcheck disable=SC2086 # flags are words
gcc $CFLAGS -pthread -o /tmp/race /tmp/race.c
refuses "S10, control: a planted race is found" 66 'data race' /tmp/race
