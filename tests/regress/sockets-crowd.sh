# One user who opens connections by the thousand keeps nobody else out, and a broker
# that has no descriptors left waits for better times instead of spinning (B8).
. /src/tests/world/harness.sh

echo one | put_object prod-reports/2026/q1.csv
fds() { find "/proc/$(daemon_pid s3jitd)/fd" -mindepth 1 | wc -l; }
cpu() { awk '{ print $14 + $15 }' "/proc/$(daemon_pid s3jitd)/stat"; } # of 100 a second
# shellcheck source=tests/world/quickly.sh
. /src/tests/world/quickly.sh
measure_ssh

cat >/tmp/crowd <<-'PYTHON'
	# crowd FILE COUNT REQUESTS SECONDS: that many connections at once, then that many
	# requests on those that were let in, as fast as they are answered; held for so long
	# in all.  FILE says what the connections were told, FILE.asked how many were answered.
	import collections
	import resource
	from rawpeer import *
	name, (count, requests, seconds) = sys.argv[1], map(int, sys.argv[2:])
	most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
	resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
	began = time.monotonic()
	said, inside, poll, at = collections.Counter(), [], select.poll(), {}
	def watch(p):
	    at[p.sock.fileno()] = p
	    poll.register(p.sock, select.POLLIN)
	def listen(timeout):
	    for fd, _ in poll.poll(timeout):
	        poll.unregister(fd)
	        p = at.pop(fd)
	        p.sock.settimeout(20)
	        answer = p.hear()
	        if outcome(answer) == "hello":      # what it really is told comes now
	            p.greet_back(answer)
	            p.tell({"type": "status"})
	            watch(p)
	            continue
	        said[outcome(answer)] += 1
	        if outcome(answer) == "status_answer":
	            inside.append(p)
	        else:
	            p.sock.close()
	for i in range(count):
	    watch(Peer())
	    if i % 50 == 0:
	        listen(0)
	while at and time.monotonic() - began < 60:
	    listen(1000)
	with open(name, "w") as f:
	    for what, n in said.items():
	        print(n, what, file=f)
	answered = 0
	while inside and answered < requests:
	    for p in inside:
	        p.tell({"type": "status"})
	    for p in inside:
	        answered += outcome(p.hear()) == "status_answer"
	with open(name + ".asked", "w") as f:
	    print(answered, file=f)
	time.sleep(max(0, seconds - (time.monotonic() - began)))
PYTHON
crowd() { rm -f "/tmp/crowd.$1"; as "$1" "PYTHONPATH=/src/tests/world python3 /tmp/crowd /tmp/crowd.$1 $2 $3 $4"; }
wait_file() { # FILE: that it is there and not empty
	until_true 1200 test -s "$1"
}
others() { # WHEN
	quickly "B8: $1 others log in" as alice true
	quickly "B8: $1 they ask" as alice 's3-sudo status'
	quickly "B8: $1 they approve" as bob 's3-approve list'
	quickly "B8: $1 they read S3" as alice '/usr/libexec/s3jit/s3jit-credentials default'
}

before=$(fds)
crowd mallory 10000 10000 20 &
crowd=$!
others "while one user connects ten thousand times"
ok "control: she does" wait_file /tmp/crowd.mallory
ok "B8: one user has 64 connections" grep -q '^64 status_answer$' /tmp/crowd.mallory
ok "B8: the others are refused, with a word" grep -q '^9936 You have too many connections to s3jitd open' /tmp/crowd.mallory
others "while she asks ten thousand times on those"
ok "control: that was meanwhile" kill -0 $crowd
ok "B8: it holds two descriptors for each of the 64, at most" test "$(fds)" -le $((before + 2 * 64 + 30))
wait $crowd
ok "control: she was answered" test "$(</tmp/crowd.mallory.asked)" -ge 10000
ok "mallory, alone again, is answered" as mallory 's3-sudo status'
refuses "A5: what was refused is counted, not listed one by one" 0 '^1?[0-9]$' \
	echo "$(how_many "" '.event == "too-many"')"
until_true 200 eval '(($(fds) <= before))' || :
ok "nothing is held for who has gone ($before before, $(fds) now)" test "$(fds)" -le $((before + 2))

# as many users as it takes: logins keep a quarter of what there is
world_stop_broker
(
	ulimit -n 500
	world_start_broker
)
for person in mallory carol dave; do crowd $person 64 0 8 & done
until_true 200 test -s /tmp/crowd.dave -a -s /tmp/crowd.carol || :
sleep 1
ok "B8: with few descriptors, users are refused" grep -q 'no room for more connections' /tmp/crowd.mallory /tmp/crowd.carol /tmp/crowd.dave
opened() { how_many "" '.event == "session-opened" and .user == "alice"'; }
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
for person in mallory carol dave; do crowd $person 64 0 20 & done
most=0
for _ in {1..150}; do
	now=$(fds)
	((now <= most)) || most=$now
	((most < 90)) || break
	sleep 0.05
done
ok "control: it has no descriptors left ($most of 100 are open)" test "$most" -ge 90
from=$(cpu)
sleep 2
used=$(($(cpu) - from))
ok "B8: without descriptors it does not spin ($used/100 s of 2 s)" test $used -lt 60
same "B8: people log in without it" alice "$(as alice 'id -un')"
wait
same "B8: it is the same broker" "$pid" "$(daemon_pid s3jitd)"
ok "B8: and answers when they are gone" as alice 's3-sudo status'
