# Memory stays flat: ten thousand requests asked, approved, taken up and ended in
# the broker, and as many leases' worth of signatures in the signer, a part of them
# under valgrind, too (S10).  The broker's under valgrind: flat-valgrind.sh.
# timeout: 900
. /src/tests/world/harness.sh

# --- the broker's core, on the real store --------------------------------------------
/src/tests/world/build-tree /tmp/flat tests/bench/cycles
cycles() { S3JIT_TEST_DIR=/dev/shm /tmp/flat/build/tests/bench/cycles "$@"; }
refuses "control: a leak of 64 bytes a cycle is seen" 9 'cycles' cycles flat 6000 leak
ok "S10: the broker's heap is flat over 10,000 cycles" cycles flat 10000

# --- the signer, against a fake of AWS -------------------------------------------------
export PYTHONPATH=/src/tests/fakeaws
cat >/tmp/signer <<-'PYTHON'
	# signer CYCLES SIGNATURES: leases asked for, used and dropped; what the signer's
	# memory is after half of them and at the end, in KiB
	import sys
	from signer_test import World, ARN, PUT
	from signer_client import lease, request
	cycles, signatures = int(sys.argv[1]), int(sys.argv[2])
	world = World(sys.argv[3])
	try:
	    process = world.start(world.configure("file.conf"))
	    signer = world.connect(process)
	    def memory():
	        with open("/proc/%d/status" % process.pid) as f:
	            return int(next(line for line in f if line.startswith("VmRSS:")).split()[1])
	    for i in range(cycles):
	        if i == cycles // 2:
	            half = memory()
	        name = "lease-%d" % i
	        answer = signer.ask("sq_lease", **lease(name, ARN + "ok", PUT))
	        assert answer["type"] == "sq_leased", answer
	        for k in range(signatures):
	            answer = signer.ask("sq_sign", **request(name, "PUT", "bkt", "in/%d" % k))
	            assert answer["type"] == "sq_signed", answer
	        answer = signer.ask("sq_drop", lease=name, probe=False)
	        assert answer["type"] == "sq_done", answer
	    print(half, memory(), flush=True)
	    signer.close()
	    process.terminate()
	    rc = process.wait(60)
	    with open(process.log, errors="replace") as f:
	        sys.stderr.write("".join(line for line in f if line.startswith("==")))
	    assert rc == 0, rc
	finally:
	    world.close()
PYTHON
read -r half end <<<"$(python3 /tmp/signer 1000 10 /usr/sbin/s3jit-signer)"
ok "S10: the signer's memory is flat over 1,000 leases and 10,000 signatures ($half KiB, $end KiB)" \
	test "$end" -le $((half + 512))
# a program of the signer's name that starts it under valgrind
cat >/tmp/s3jit-signer <<-'SH'
	#!/bin/sh
	exec valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite /usr/sbin/s3jit-signer "$@"
SH
ok "S10: valgrind finds nothing in the signer" python3 /tmp/signer 50 10 /tmp/s3jit-signer
