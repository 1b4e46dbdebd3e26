# Who is at the other end of a connection, says the kernel alone: not a name that a
# socket was given, not a number that was used twice, not who else holds the socket.
# All of it as on kernels from 6.5 and as on those before.
. /src/tests/world/harness.sh
export PYTHONPATH=/src/tests/world

alice=$(id -u alice) bob=$(id -u bob) mallory=$(id -u mallory)
echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice
echo 'bob ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/bob
python_as() { as "$1" "PYTHONPATH=/src/tests/world python3 ${*:2}"; }
ASK='{"type": "ask", "scope": ["put s3://prod-reports/2026/x"], "delivery": "command", "argv": ["true"], "cwd": "/",
	"reason": "OPS-1 x", "ttl": 60, "objects": [], "detach": True, "parent": ""}'
records() { record | wc -l; }
since() { record | tail -n +$(($1 + 1)); }

cat >/tmp/named <<-PYTHON
	# a socket with a name that looks like somebody else's identity
	from rawpeer import *
	for name in ("/tmp/;uid=0;loginuid=0;session=1;", "/tmp/\n uid=0\npid=1", "\0;uid=0;pid=1;"):
	    p = Peer(bind=name)
	    p.greet()
	    print(outcome(p.ask({"type": "log", "after": 0, "limit": 1, "request": "", "since": 0, "until": 0})), "|", outcome(p.ask($ASK)))
	    if name[0] == "/":
	        os.unlink(name)
PYTHON
cat >/tmp/hurry <<-PYTHON
	# a thousand processes that are gone before anybody can look at them
	from rawpeer import *
	connected = 0
	for i in range(1000):
	    if os.fork() == 0:
	        rc = 1
	        try:
	            p = Peer()
	            rc = 0
	            if i % 4 == 1:
	                p.greet()
	            elif i % 4 == 2:
	                p.greet()
	                p.tell($ASK)
	            elif i % 4 == 3:
	                p.send(frame(guest("S3JF", 0, 0, 1)), creds=True)
	        finally:
	            os._exit(rc)
	    if i % 8 == 7:
	        connected += sum(os.wait()[1] == 0 for _ in range(8))
	print(connected)
PYTHON
cat >/tmp/handed_on <<-'PYTHON'
	# connects, and another user's process greets
	from rawpeer import *
	import subprocess
	p = Peer()
	os.set_inheritable(p.sock.fileno(), True)
	other = "from rawpeer import *; p = Peer(sock=socket.socket(fileno=0)); p.greet(); print(outcome(p.ask({'type': 'list'})))"
	print(subprocess.run(["sudo", "-u", sys.argv[1], "env", "PYTHONPATH=/src/tests/world", "python3", "-c", other],
	                     stdin=p.sock, capture_output=True, text=True).stdout.strip())
	# connects as root, and becomes somebody else: the same process
	other = f"from rawpeer import *; p = Peer(); os.setresuid({sys.argv[2]}, {sys.argv[2]}, {sys.argv[2]}); p.greet(); print(outcome(p.ask({{'type': 'list'}})))"
	print(subprocess.run(["sudo", "env", "PYTHONPATH=/src/tests/world", "python3", "-c", other], capture_output=True, text=True).stdout.strip())
	# and the true one, as a control
	p = Peer()
	p.greet()
	print(outcome(p.ask({"type": "status"})))
PYTHON
cat >/tmp/heir <<-PYTHON
	# connects and ends; a child of it that has the socket writes its pid, and greets later
	from rawpeer import *
	p = Peer()
	pid = os.getpid()
	if os.fork() > 0:
	    os._exit(0)
	os.setsid()  # or the number stays in use for the session that it led
	open("/tmp/heir.pid", "w").write(str(pid))
	while not os.path.exists("/tmp/heir.go"):
	    time.sleep(0.02)
	p.greet()
	said = outcome(p.ask({"type": "list"})) + " | " + outcome(p.ask($ASK))
	open("/tmp/heir.new", "w").write(said)
	os.rename("/tmp/heir.new", "/tmp/heir.said")
PYTHON
cat >/tmp/take_pid <<-'PYTHON'
	# take_pid PID UID: as root, a process with that number and user in the login that runs this
	import ctypes, errno, os, struct, sys, time
	pid, uid = int(sys.argv[1]), int(sys.argv[2])
	libc = ctypes.CDLL(None, use_errno=True)
	wanted = ctypes.c_int(pid)
	args = ctypes.create_string_buffer(struct.pack("=11Q", 0, 0, 0, 0, 17, 0, 0, 0, ctypes.addressof(wanted), 1, 0))
	for _ in range(500):
	    got = libc.syscall(435, args, 88)  # clone3
	    if got == 0:
	        os.setresuid(uid, uid, uid)
	        os.execv("/bin/sleep", ["sleep", "1000"])
	    if got == pid:
	        print("taken", got)
	        break
	    if ctypes.get_errno() != errno.EEXIST:
	        sys.exit(os.strerror(ctypes.get_errno()))
	    time.sleep(0.02)
PYTHON

identities() { # MODE
	local mark pid looked said
	strace -qq -f -e trace=getsockopt -o /tmp/getsockopt -p "$(daemon_pid s3jitd)" &
	said=$!
	until grep -q '^TracerPid:.*[1-9]' "/proc/$(daemon_pid s3jitd)/status"; do sleep 0.05; done
	as alice 's3-sudo status' >/dev/null
	kill $said
	wait $said 2>/dev/null || :
	looked=$(grep -cE 'SO_PEERPIDFD|0x4d' /tmp/getsockopt || :)
	if [[ $1 == old ]]; then same "$1: control: it does not use what is new" 0 "$looked"; else ok "$1: control: it does" test "$looked" -gt 0; fi

	mark=$(records)
	same "B2: $1: a name that looks like an identity is none" "3" \
		"$(python_as alice /tmp/named | grep -c '^Only auditors may read this.* | state$')"
	same "B2: $1: and for who may not ask neither" "3" \
		"$(python_as mallory /tmp/named | grep -c '^Only auditors may read this.* | Not allowed by any rule')"
	same "B2: $1: all of it is on record as who it was" "$alice $mallory" "$(since "$mark" | jq -r 'select(.ruid) | .ruid' | sort -nu | xargs)"
	same "B2: $1: alice asked, and nobody else" "alice" "$(since "$mark" | jq -r 'select(.event == "asked") | .person' | sort -u)"

	mark=$(records)
	python_as alice /tmp/hurry >/tmp/hurried &
	same "control: $1: mallory's connected" 1000 "$(python_as mallory /tmp/hurry)"
	wait $!
	same "control: $1: and alice's" 1000 "$(cat /tmp/hurried)"
	same "B3: $1: of 2,000 that are gone at once none was taken for somebody else" "" \
		"$(since "$mark" | jq -c "select(.event == \"asked\" and .person != \"alice\")
			, select(.ruid and (.ruid | IN($alice, $mallory) | not))" | head -n 5)"
	not_recorded "B3: $1: nobody was a login or root" "" ".event == \"session-opened\" and .service != \"sshd\""
	ok "B3: $1: and others are answered" as alice 's3-sudo status'

	mark=$(records)
	python_as alice "/tmp/handed_on bob $bob" >/tmp/handed
	same "B3: $1: who connected must be who greets" "another process than the one that connected speaks on this connection" "$(sed -n 1p /tmp/handed)"
	same "B3: $1: and must have stayed who it was" "the process has another user now than when it connected" "$(sed -n 2p /tmp/handed)"
	same "control: $1: itself it may" status_answer "$(sed -n 3p /tmp/handed)"
	recorded "A5: $1: on record" "" '.event == "wrong-sender"'

	# a pid used twice: a process of bob's login gets the number of alice's that connected
	login bob "bob-$1"
	rm -f /tmp/heir.*
	kill -STOP "$(daemon_pid s3jitd)"
	as alice 'PYTHONPATH=/src/tests/world setsid python3 /tmp/heir >/dev/null 2>&1 &'
	until [[ -s /tmp/heir.pid ]]; do sleep 0.02; done
	pid=$(cat /tmp/heir.pid)
	type "bob-$1" "sudo python3 /tmp/take_pid $pid $bob"
	wait_screen "bob-$1" "^taken $pid"
	same "control: $1: that number is bob's now" "$bob" "$(cat "/proc/$pid/loginuid")"
	mark=$(records)
	kill -CONT "$(daemon_pid s3jitd)"
	touch /tmp/heir.go
	until_true 200 test -s /tmp/heir.said || :
	kill "$pid"
	said=$(cat /tmp/heir.said)
	refuses "B3: $1: the heir of a dead connection is nobody" 0 '^(closed|another process than the one.*|who connected has ended already) \| closed$' echo "$said"
	# his baseline's keys are asked for when he logs in, s3jitd standing still meanwhile
	same "B3: $1: and not bob" "" "$(since "$mark" | jq -c "select(.ruid == $bob or
		(.loginuid == $bob and .kind != \"baseline\"))")"
	logout "bob-$1"
}
identities new
world_stop_broker
rm -f /var/lib/s3jit/s3jit.db*	# and with it what waits, of which there is only so much
world_start_broker --old-kernel
identities old

# --- B4: a broker that may not look does not guess --------------------------------------
for options in '' --old-kernel; do
	world_stop_broker
	# shellcheck disable=SC2086 # none is none
	world_start_broker $options
	login alice alice
	mount -o remount,hidepid=2 /proc
	clear_screen alice
	type alice 's3-sudo status; echo "exit $?"'
	ok "B4: ${options:-new}: with hidepid it refuses and says why" wait_screen alice 'hidepid'
	ok "B4: ${options:-new}: with an exit code that is none of a success" wait_screen alice '^exit 1[0-9]*$'
	refuses "B4: ${options:-new}: nor does it hand out keys" 1 'hidepid' as alice '/usr/libexec/s3jit/s3jit-credentials default'
	ok "B4: ${options:-new}: people log in" as bob true
	ok "B4: ${options:-new}: unregistered, and the log says why" grep -q 'pam_s3jit(sshd:session): .*hidepid.*; the login goes on without s3jit' /var/log/auth.log
	mount -o remount,hidepid=0 /proc
	clear_screen alice
	type alice 's3-sudo status; echo "exit $?"'
	ok "control: ${options:-new}: without hidepid the login that was there works on" wait_screen alice '^exit 0$'
	logout alice
	: >/var/log/auth.log
done
