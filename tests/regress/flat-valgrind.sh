# Ten thousand requests asked, approved, taken up and ended in the broker's core under
# valgrind: nothing is lost, and nothing is read or written where it must not be (S10).
# timeout: 3600
. /src/tests/world/harness.sh

/src/tests/world/build-tree /tmp/flat tests/bench/cycles
under_valgrind() {
	S3JIT_TEST_DIR=/dev/shm valgrind -q --error-exitcode=9 --leak-check=full \
		--errors-for-leak-kinds=definite /tmp/flat/build/tests/bench/cycles "$@"
}
refuses "control: valgrind sees what is lost" 9 'definitely lost' under_valgrind run 10 leak
ok "S10: valgrind finds nothing in 10,000 cycles of the broker's core" under_valgrind run 10000
