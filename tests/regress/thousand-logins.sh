# A thousand logins at once, and ten thousand requests that wait: everybody is
# registered, and whoever asks, looks, approves, reads or logs in meanwhile is
# answered as promised, within a second (B8).
# timeout: 600
. /src/tests/world/harness.sh
# shellcheck source=tests/world/quickly.sh
. /src/tests/world/quickly.sh

LOGINS=1000 PEOPLE_MORE=500 EACH=20
echo one | put_object prod-reports/2026/q1.csv
measure_ssh

# five hundred more people who may ask
for ((i = 0; i < PEOPLE_MORE; i++)); do
	echo "p$i:x:$((20000 + i)):$((20000 + i))::/nonexistent:/bin/false" >>/etc/passwd
done
names=$(for ((i = 0; i < PEOPLE_MORE; i++)); do printf ',p%d' "$i"; done)
sed -i "s/^analysts:.*/&$names/" /etc/group

cat >/tmp/crowd <<-'PYTHON'
	# crowd LOGINS PEOPLE: on a line of stdin, that many processes register as sshd's
	# monitors do; on each next "FROM TO EACH", those of the people FROM to TO ask EACH
	# requests from one of their logins; answers a line each time
	import signal
	from rawpeer import *
	logins, people = int(sys.argv[1]), int(sys.argv[2])
	with open("/proc/sys/kernel/random/boot_id") as f:
	    boot = f.read().strip()
	def read(name):
	    with open("/proc/self/" + name) as f:
	        return int(f.read())
	def register(uid, i):
	    with open("/proc/self/loginuid", "w") as f:
	        f.write(str(uid))
	    p = Peer(ROOT)
	    p.sock.settimeout(300)
	    p.send(frame(guest("S3JR", "p%d" % (uid - 20000), uid, read("loginuid"), read("sessionid"), boot,
	                       "sshd", "192.0.2.7", "ssh", "publickey ssh-ed25519 key%d" % (i % people))))
	    answer = p.hear_bytes()
	    return p if answer and answer.startswith(b"S3JA") and b"go" in answer else None
	def ask(uid, each):
	    if os.fork():
	        return os.wait()[1] == 0
	    os.setgroups([])
	    os.setresgid(uid, uid, uid)
	    os.setresuid(uid, uid, uid)
	    p = Peer()
	    p.sock.settimeout(300)
	    p.greet()
	    said = [outcome(p.ask({"type": "ask", "scope": ["put s3://prod-reports/2026/%d-%d" % (uid, i)],
	        "delivery": "command", "argv": ["x"], "cwd": "/", "reason": "OPS-1 x", "ttl": 600, "objects": [],
	        "detach": True, "parent": ""})) for i in range(each)]
	    if said != ["state"] * each:
	        print(uid, said[-1], file=sys.stderr, flush=True)
	    os._exit(said != ["state"] * each)
	def one_login(uid, i, hear, tell):
	    signal.signal(signal.SIGINT, signal.SIG_DFL)
	    os.read(hear, 1)
	    login = register(uid, i)
	    os.write(tell, b"+" if login else b"-")
	    while login:
	        command = os.read(hear, 1)
	        if not command:
	            os._exit(0)
	        os.write(tell, b"+" if ask(uid, command[0]) else b"-")
	    os._exit(1)
	held = []
	for i in range(logins):
	    (a, b), (c, d) = os.pipe(), os.pipe()
	    if os.fork() == 0:
	        for w, _ in held:
	            os.close(w)
	        os.close(b)
	        one_login(20000 + i % people, i, a, d)
	    os.close(a)
	    os.close(d)
	    held.append((b, c))
	def all_say():
	    print(sum(os.read(c, 1) == b"+" for _, c in held), flush=True)
	sys.stdin.readline()
	for w, _ in held:
	    os.write(w, b".")
	all_say()
	for line in sys.stdin:
	    begin, end, each = map(int, line.split())
	    good = 0
	    for i in range(begin, end, 4):      # four at a time
	        some = held[i:min(i + 4, end)]
	        for w, _ in some:
	            os.write(w, bytes([each]))
	        good += sum(os.read(c, 1) == b"+" for _, c in some)
	    print(good, flush=True)
PYTHON
coproc CROWD { PYTHONPATH=/src/tests/world python3 /tmp/crowd $LOGINS $PEOPLE_MORE; }
# shellcheck disable=SC2154 # of coproc
crowd=$CROWD_PID
crowd() { echo "$*" >&"${CROWD[1]}"; } # the next words on its stdin
answer() { read -r -t 300 ANSWER <&"${CROWD[0]}"; echo "$ANSWER"; }

spent() { awk '{ print ($14 + $15) * 10 }' "/proc/$(daemon_pid s3jitd)/stat"; } # ms of processor
# answered WHAT: what everybody does, in time
answered() {
	quickly "B8: $1: somebody logs in" as alice true
	quickly "B8: $1: sees how it stands" as alice 's3-sudo status'
	quickly "B8: $1: reads S3's keys" as alice '/usr/libexec/s3jit/s3jit-credentials default'
	quickly "B8: $1: looks what waits for a yes" as bob 's3-approve list'
	quickly "B8: $1: looks, though nothing waits for her" as mallory 's3-approve list'
}

before=$(spent) from=${EPOCHREALTIME/./}
crowd
quickly "B8: while they come: somebody else logs in" as alice true
same "B8: all of $LOGINS logins at once are registered" $LOGINS "$(answer)"
note "registered in $(((${EPOCHREALTIME/./} - from) / 1000)) ms, $(($(spent) - before)) ms of s3jitd's processor time"
same "they are on record" $LOGINS "$(sqlite3 /var/lib/s3jit/s3jit.db 'SELECT count(*) FROM sessions WHERE ended = 0 AND loginuid >= 20000')"
answered "with $LOGINS logins"

waiting() { sqlite3 /var/lib/s3jit/s3jit.db "SELECT count(*) FROM requests WHERE state = 0x5a17c3e9"; }
before=$(spent) from=${EPOCHREALTIME/./}
crowd 0 $((PEOPLE_MORE - 1)) $EACH
quickly "B8: while they ask: somebody logs in" as alice true
quickly "B8: while they ask: somebody else asks" as alice "s3-sudo run --no-wait --allow 'put s3://prod-reports/2026/a' -t 5m -r 'OPS-1 x' -- true"
same "B8: $((PEOPLE_MORE - 1)) people ask $EACH times each" $((PEOPLE_MORE - 1)) "$(answer)"
note "asked in $(((${EPOCHREALTIME/./} - from) / 1000)) ms, $(($(spent) - before)) ms of processor time"
same "they wait" $(((PEOPLE_MORE - 1) * EACH + 1)) "$(waiting)"
answered "with $(waiting) waiting"
quickly "B8: somebody asks" as alice "s3-sudo run --no-wait --allow 'put s3://prod-reports/2026/b' -t 5m -r 'OPS-1 x' -- true"
id=$(as alice 's3-sudo status' | awk '/2026\/b/ { print substr($1, 1, 8) }')
open_line bob vote "s3-approve $id"
wait_screen vote 'yes / no' 5
type vote yes
quickly "B8: and is approved" wait_screen vote '^Approved' 5
quickly "B8: takes it up" as alice "s3-sudo resume $id"

# what one message costs the broker, with all of this
cat >/tmp/cost <<-'PYTHON'
	from rawpeer import *
	p = Peer()
	p.greet()
	p.ask(json.loads(sys.argv[1]))
	began = time.monotonic()
	for _ in range(20):
	    answer = outcome(p.ask(json.loads(sys.argv[1])))
	print(round((time.monotonic() - began) * 50, 2), "ms", answer)
PYTHON
for who in alice:status bob:list mallory:list; do
	note "$who: $(as ${who%:*} "PYTHONPATH=/src/tests/world python3 /tmp/cost '{\"type\":\"${who#*:}\"}'")"
done

# the last ones that there is room for
crowd $((PEOPLE_MORE - 1)) $PEOPLE_MORE $((10000 - $(waiting)))
same "B8: ten thousand wait" "1 10000" "$(answer) $(waiting)"
refuses "B8: one more is refused, with a word" 114 'Too many requests wait on this host' \
	as alice "s3-sudo run --no-wait --allow 'put s3://prod-reports/2026/c' -t 5m -r 'OPS-1 x' -- true"
answered "with ten thousand waiting"

from=${EPOCHREALTIME/./}
world_stop_broker
world_start_broker
note "stopped and started in $(((${EPOCHREALTIME/./} - from) / 1000)) ms"
same "after a restart all wait still" 10000 "$(waiting)"
same "and all logins are known" $LOGINS "$(sqlite3 /var/lib/s3jit/s3jit.db 'SELECT count(*) FROM sessions WHERE ended = 0 AND loginuid >= 20000')"
answered "after a restart"

# and all of them leave
pid=$(daemon_pid s3jitd)
eval "exec ${CROWD[1]}>&-"
wait "$crowd" || :
quickly "B8: while they leave: somebody logs in" as alice true
gone() { [[ $(sqlite3 /var/lib/s3jit/s3jit.db 'SELECT count(*) FROM sessions WHERE ended = 0 AND loginuid >= 20000') == 0 ]]; }
ok "all logins are over" until_true 600 gone
same "it is the same broker" "$pid" "$(daemon_pid s3jitd)"
