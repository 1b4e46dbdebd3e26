# One user who opens connections by the thousand keeps nobody else out, and a broker
# that has no descriptors left waits for better times instead of spinning (B8).
. /src/tests/world/harness.sh

echo one | put_object prod-reports/2026/q1.csv
fds() { find "/proc/$(daemon_pid s3jitd)/fd" -mindepth 1 | wc -l; }
cpu() { awk '{ print $14 + $15 }' "/proc/$(daemon_pid s3jitd)/stat"; } # of 100 a second
# quickly LABEL COMMAND...: it succeeds, within thrice the promised second
quickly() {
	local from=${EPOCHREALTIME/./} took
	ok "$@"
	took=$(((${EPOCHREALTIME/./} - from) / 1000))
	ok "$1, in time ($took ms)" test $took -lt $((3000 + SSH_TOOK))
}
from=${EPOCHREALTIME/./}
as alice true
SSH_TOOK=$(((${EPOCHREALTIME/./} - from) / 1000))

cat >/tmp/crowd <<-'PYTHON'
	# crowd FILE COUNT SECONDS: that many connections, held, and the same again and again
	import collections
	from rawpeer import *
	name, count, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
	import resource
	resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
	until = time.monotonic() + seconds
	while True:
	    held = []
	    for _ in range(count):
	        p = Peer()
	        held.append(p)
	    seen = collections.Counter()
	    while sum(seen.values()) < len(held) and time.monotonic() < until + 5:
	        for p in select.select([p.sock for p in held if not hasattr(p, "said")], [], [], 0.2)[0] if len(held) < 900 else []:
	            pass
	        for p in held:
	            if not hasattr(p, "said"):
	                p.sock.settimeout(0.5)
	                try:
	                    p.said = outcome(p.hear())
	                    seen[p.said] += 1
	                except TimeoutError:
	                    pass
	    with open(name, "w") as f:
	        for said, n in seen.items():
	            print(n, said, file=f)
	    if time.monotonic() > until:
	        break
PYTHON
crowd() { as "$1" "PYTHONPATH=/src/tests/world python3 /tmp/crowd /tmp/crowd.$1 $2 $3"; }

before=$(fds)
crowd mallory 2000 8 &
crowd=$!
for _ in {1..100}; do [[ ! -s /tmp/crowd.mallory ]] || break; sleep 0.1; done
ok "B8: one user has 64 connections" grep -q '^64 hello$' /tmp/crowd.mallory
ok "B8: the others are refused, with a word" grep -q '^1936 You have too many connections to s3jitd open' /tmp/crowd.mallory
kill -0 $crowd
quickly "B8: meanwhile others log in" as alice true
quickly "B8: and ask" as alice 's3-sudo status'
quickly "B8: and approve" as bob 's3-approve list'
quickly "B8: and read S3" as alice '/usr/libexec/s3jit/s3jit-credentials default'
ok "B8: it holds two descriptors for each of the 64, at most" test "$(fds)" -le $((before + 2 * 64 + 30))
wait $crowd
ok "mallory, alone again, is answered" as mallory 's3-sudo status'
refuses "A5: what was refused is counted, not listed one by one" 0 '^1?[0-9]$' \
	echo "$(record | jq -s 'map(select(.event == "too-many")) | length')"
for _ in {1..100}; do (($(fds) > before)) || break; sleep 0.1; done
ok "nothing is held for who has gone ($before before, $(fds) now)" test "$(fds)" -le $((before + 2))

# as many users as it takes: logins keep a quarter of what there is
world_stop_broker
(
	ulimit -n 500
	world_start_broker
)
for person in mallory carol dave; do crowd $person 64 6 & done
for _ in {1..100}; do [[ ! -s /tmp/crowd.dave || ! -s /tmp/crowd.carol ]] || break; sleep 0.1; done
sleep 1
ok "B8: with few descriptors, users are refused" grep -q 'no room for more connections' /tmp/crowd.mallory /tmp/crowd.carol /tmp/crowd.dave
opened() { record | jq -s 'map(select(.event == "session-opened" and .user == "alice")) | length'; }
logins=$(opened)
ok "B8: and logins are not" as alice true
same "B8: they are registered" $((logins + 1)) "$(opened)"
wait

# and where even that is not so, it neither spins nor dies
world_stop_broker
(
	ulimit -n 100
	world_start_broker
)
pid=$(daemon_pid s3jitd)
for person in mallory carol dave; do crowd $person 64 6 & done
for _ in {1..100}; do (($(fds) < 95)) || break; sleep 0.1; done
ok "control: it has no descriptors left ($(fds))" test "$(fds)" -ge 95
from=$(cpu)
sleep 2
used=$(($(cpu) - from))
ok "B8: without descriptors it does not spin ($used/100 s of 2 s)" test $used -lt 60
same "B8: people log in without it" alice "$(as alice 'id -un')"
wait
same "B8: it is the same broker" "$pid" "$(daemon_pid s3jitd)"
ok "B8: and answers when they are gone" as alice 's3-sudo status'
