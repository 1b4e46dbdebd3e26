# The broker's and the signer's sockets: whose they are, what anybody may do to them,
# who may speak there, and how much of it.
. /src/tests/world/harness.sh
export PYTHONPATH=/src/tests/world

# python PERSON: the script on stdin, in a login of theirs
python() { laptop "$1"; "${SSH[@]}" "PYTHONPATH=/src/tests/world python3 - ${*:2}"; }
# what the record says of refused tries: event and uid
refused() { # LABEL EVENT PERSON REGEX
	recorded "$1" "" ".event == \"$2\" and .ruid == $(id -u "$3") and (.text | test(\"$4\"))"
}

# --- B1: files -----------------------------------------------------------------------
same "B1: whose they are" \
	"/run root root 755 /run/s3jit s3jit s3jit 755 /run/s3jit-signer s3jit-signer s3jit 2750 root.sock s3jit s3jit 600 user.sock s3jit s3jit 666 sock s3jit-signer s3jit 660" \
	"$(stat -c '%n %U %G %a' /run /run/s3jit /run/s3jit-signer | xargs) $(cd /run/s3jit && stat -c '%n %U %G %a' root.sock user.sock | xargs) $(cd /run/s3jit-signer && stat -c '%n %U %G %a' sock)"
same "B1: no abstract socket, none in /tmp" "" "$(ss -xl | grep -E '@[^ ]*s3jit|/tmp/[^ ]*s3jit' || :)"
cat >/tmp/meddle <<-'PYTHON'
	import os, socket, sys
	folder, name = sys.argv[1:]
	path = folder + "/" + name
	def bind(path):
	    s = socket.socket(socket.AF_UNIX)
	    s.bind(path)
	def connect(path):
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(path)
	tries = {
	    "chmod": lambda: os.chmod(path, 0o777), "chown": lambda: os.chown(path, os.getuid(), -1),
	    "chmod folder": lambda: os.chmod(folder, 0o777),
	    "bind beside": lambda: bind(folder + "/other"), "bind over": lambda: (os.unlink(path), bind(path)),
	    "link": lambda: os.link(path, folder + "/link"), "symlink": lambda: os.symlink("/tmp", folder + "/symlink"),
	    "rename": lambda: os.rename(path, path + ".old"), "mkdir": lambda: os.mkdir(folder + "/dir"),
	    "replace folder": lambda: os.rename(folder, folder + ".old"),
	}
	done = []
	for what, how in tries.items():
	    try:
	        how()
	        done.append(what)
	    except OSError:
	        pass
	print(", ".join(done))
PYTHON
mkdir -m 777 /tmp/theirs
mkdir -m 777 /tmp/theirs/sockets
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/tmp/theirs/sockets/sock")'
chown mallory /tmp/theirs /tmp/theirs/sockets /tmp/theirs/sockets/sock
same "control: in a folder of her own mallory does it all" \
	"chmod, chown, chmod folder, bind beside, bind over, link, symlink, rename, mkdir, replace folder" \
	"$(as mallory 'python3 /tmp/meddle /tmp/theirs/sockets sock' | tr -d '\r')"
for person in mallory alice; do
	for socket in 's3jit root.sock' 's3jit user.sock' 's3jit-signer sock'; do
		same "B1: $person does nothing to $socket" "" "$(as $person "python3 /tmp/meddle /run/$socket")"
	done
done
connect() { python3 - <<<"import socket; socket.socket(socket.AF_UNIX).connect('$1')"; }
for path in /run/s3jit/root.sock /run/s3jit-signer/sock; do
	refuses "B1: alice cannot even connect to $path" 1 'PermissionError' as alice "python3 -c \"import socket; socket.socket(socket.AF_UNIX).connect('$path')\""
	ok "control: root can" connect $path
done
refuses "the signer hangs up on who is not s3jitd, root included" 0 '^closed$' python3 -c '
from rawpeer import *
p = Peer("/run/s3jit-signer/sock")
p.tell({"type": "probe"})
print(outcome(p.hear()))'

# --- B9: what the daemons may --------------------------------------------------------
harmless() { # LABEL PID USER
	# s3jitd says on terminals when something ends
	# shellcheck disable=SC2046 # a word, or none
	same "B9: $1: user $3 in all ids and groups" "$(printf '%s\n' "$(id -u "$3")" "$(id -g "$3")" $([[ $3 != s3jit ]] || getent group tty | cut -d: -f3) | sort -u | xargs)" \
		"$(sed -nE 's/^(Uid|Gid|Groups):\s*//p' "/proc/$2/status" | xargs -n 1 | sort -u | xargs)"
	same "B9: $1: no capability, no way to new ones" "0000000000000000 1" \
		"$(sed -nE 's/^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs):\s*//p' "/proc/$2/status" | sort -u | xargs)"
	same "B9: $1: no core file" "0 0" "$(sed -n 's/^Max core file size *//p' "/proc/$2/limits" | cut -d' ' -f1,20-40 | xargs | cut -d' ' -f1,2)"
	same "B9: $1: its memory is root's alone" "root" "$(stat -c %U "/proc/$2/environ")"
	refuses "B9: $1: not even for its own user" 1 'Permission denied' setpriv --reuid "$3" --regid "$3" --clear-groups cat "/proc/$2/environ"
}
setpriv --reuid s3jit --regid s3jit --init-groups sleep 100 &
until [[ $(cat /proc/$!/comm) == sleep ]]; do sleep 0.05; done
ok "control: another process of that user is open to it" setpriv --reuid s3jit --regid s3jit --clear-groups cat "/proc/$!/environ"
harmless s3jitd "$(daemon_pid s3jitd)" s3jit
harmless s3jitd-names "$(pgrep -x s3jitd-names)" s3jit
harmless s3jit-signer "$(daemon_pid s3jit-signer)" s3jit-signer
refuses "B9: s3jitd does not run as root" 1 'does not run as root' /usr/sbin/s3jitd
refuses "B9: nor s3jit-signer" 1 'must not run as root' /usr/sbin/s3jit-signer
# started with more than it should have, it gives that away itself
world_stop_broker
world_stop_signer
for daemon in s3jit-signer s3jitd; do
	groups=--clear-groups
	[[ $daemon != s3jitd ]] || groups=--groups=$(getent group tty | cut -d: -f3)
	setsid setpriv --reuid "${daemon/jitd/jit}" --regid "${daemon/jitd/jit}" "$groups" --inh-caps=+net_raw,+chown --ambient-caps=+net_raw,+chown \
		bash -c "ulimit -c unlimited; exec /usr/sbin/$daemon" </dev/null >>"/var/log/s3jit/$daemon.out" 2>&1 &
	echo $! >"/run/world/$daemon.pid"
	[[ $daemon != s3jit-signer ]] || wait_daemon s3jit-signer /run/s3jit-signer/sock
done
wait_daemon s3jitd /run/s3jit/user.sock
harmless "s3jitd, started with too much" "$(daemon_pid s3jitd)" s3jit
harmless "s3jit-signer, started with too much" "$(daemon_pid s3jit-signer)" s3jit-signer
world_stop_broker
restart_signer
world_start_broker

# --- B5, H11: who may say what ---------------------------------------------------------
cat >/tmp/forge <<-'PYTHON'
	from rawpeer import *
	me, other = os.getuid(), int(sys.argv[1])
	messages = {
	    "FACTS": guest("S3JF", other, other, sys.argv[2]),
	    "REGISTER": guest("S3JR", "bob", other, other, 999999, "x", "sshd", "10.9.9.9", "ssh", ""),
	    "verdict": guest("S3JV", other, 0),
	}
	for name, body in messages.items():
	    p = Peer()
	    p.hear()
	    p.send(frame(body), creds=True)
	    print(name, "first:", outcome(p.hear()), outcome(p.hear()))
	    p = Peer()
	    p.greet()
	    p.send(frame(body))
	    print(name, "later:", outcome(p.hear()), outcome(p.hear()))
	p = Peer()
	p.greet()
	print("ids:", outcome(p.ask({"type": "status", "uid": 0, "loginuid": other, "ruid": other, "host": "other"})), outcome(p.hear()))
PYTHON
login bob bob
type bob 'echo "session $(cat /proc/self/sessionid)"'
wait_screen bob '^session [0-9]'
bobs=$(screen bob | sed -n 's/^session //p')
as alice "PYTHONPATH=/src/tests/world python3 /tmp/forge $(id -u bob) $bobs" >/tmp/forged
for name in FACTS REGISTER verdict; do
	ok "B5: $name as the first frame of who is not root: closed" grep -q "^$name first: REGISTER, FACTS or a verdict came where a greeting must come closed" /tmp/forged
	ok "H11: $name later: closed" grep -q "^$name later: REGISTER, FACTS or a verdict came from a client closed" /tmp/forged
done
ok "B5: ids that a peer claims in a question: closed" grep -q '^ids: .* closed$' /tmp/forged
refused "A5: forged ones are on record" forged alice 'REGISTER, FACTS or a verdict'
not_recorded "and made no login" "" '.event == "session-opened" and .session == 999999'
refuses "B5: not root on root.sock, though it may connect: closed" 0 '^closed$' \
	setpriv --reuid s3jit --regid s3jit --init-groups python3 -c 'from rawpeer import *; print(outcome(Peer(ROOT).hear_bytes()))'
refused "A5: on record" root-socket s3jit 'not root'

# the connection that the helper left with her own client, stolen by another process of hers
cat >/tmp/steal <<-'PYTHON'
	import ctypes
	from rawpeer import *
	pidfd = os.pidfd_open(int(sys.argv[1]))
	fd = ctypes.CDLL(None).syscall(438, pidfd, 3, 0)
	p = Peer(sock=socket.socket(fileno=fd))
	p.send({"facts": frame(guest("S3JF", 0, 0, 1)), "register": frame(guest("S3JR", "bob", 0, 0, 9, "x", "sshd", "", "", "")),
	        "verdict": frame(guest("S3JV", os.getuid(), 0)),
	        "log": frame(b'{"type":"log","after":0,"limit":1,"request":"","since":0,"until":0}')}[sys.argv[2]])
	# her client reads there, too: it may get the answer
	print("said" if sys.argv[2] == "log" else outcome(p.hear()) + " " + outcome(p.hear()))
PYTHON
login alice alice
for what in facts register verdict log; do
	type alice "s3-sudo run --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-1 x' -- true; echo \"exit \$?\""
	wait_screen alice '^Waiting for 1 yes'
	pid=$(pgrep -u alice -x s3-sudo-client)
	same "control: her client has the helper's connection" /run/s3jit/root.sock "$(ss -xH | awk -v peer="$(readlink "/proc/$pid/fd/3" | tr -dc 0-9)" '$8 == peer { print $5 }')"
	# her client reads there, too: it may get the words
	want='(REGISTER, FACTS or a verdict came from a client|closed) closed'
	[[ $what != log ]] || want=said
	refuses "H11: $what on it: she is only alice there" 0 "$want" as alice "PYTHONPATH=/src/tests/world python3 /tmp/steal $pid $what"
	type_keys alice C-c
	wait_screen alice '^exit 1'
	clear_screen alice
done
refused "H11: and no auditor" refused alice 'Only auditors may read this'
for id in $(as alice 's3-sudo status' | cut -d' ' -f1); do as alice "s3-sudo withdraw $id" >/dev/null 2>&1; done

# --- B16: descriptors, B7: frames -----------------------------------------------------
fds() { find "/proc/$(daemon_pid s3jitd)/fd" -mindepth 1 | wc -l; }
before=$(fds)
refuses "B16: descriptors sent along are dropped" 0 '^ok status_answer True$' python alice <<-'PYTHON'
	from rawpeer import *
	a, b = socket.socketpair()
	x = Peer(sock=a)
	x.send(b"control", fds=[0, 1, 2])
	_, control, _, _ = b.recvmsg(10, 100)
	p = Peer()
	p.greet(fds=list(range(3)) * 20)
	held = [open("/dev/null") for _ in range(100)]
	said = ""
	for _ in range(50):
	    p.tell({"type": "status"}, fds=[f.fileno() for f in held])
	    said = outcome(p.hear())
	print("ok", said, len(control) == 1)
	time.sleep(0.2)
PYTHON
until_true 100 eval '(($(fds) <= before))' || :
ok "B16: it holds none of them ($before before, $(fds) now)" test "$(fds)" -le "$before"

cat >/tmp/frames <<-'PYTHON'
	from rawpeer import *
	def greeted():
	    p = Peer()
	    p.greet()
	    return p
	def says(name, p, data):
	    p.send(data)
	    print(name + ":", outcome(p.hear()), outcome(p.hear()))
	def first():
	    p = Peer()
	    p.hear()
	    return p
	says("length 0", greeted(), struct.pack(">I", 0))
	says("length 256 KiB and 1", greeted(), struct.pack(">I", 256 * 1024 + 1))
	says("length 4 GiB", greeted(), b"\xff" * 4)
	says("first frame of 16 KiB and 1", first(), struct.pack(">I", 16 * 1024 + 1))
	says("not JSON", greeted(), frame(b"x" * 1000))
	says("not UTF-8", greeted(), frame(b'{"type":"status\xff"}'))
	says("NUL", greeted(), frame(b'{"type":"status"}\0'))
	says("trailing bytes", greeted(), frame(b'{"type":"status"} {}'))
	says("a key twice", greeted(), frame(b'{"type":"status","type":"log"}'))
	says("an unknown key", greeted(), frame(b'{"type":"status","x":1}'))
	says("no type", greeted(), frame(b'{}'))
	says("an unknown type", greeted(), frame(b'{"type":"nothing"}'))
	says("deep", greeted(), frame(b'{"type":' + b"[" * 100000 + b"]" * 100000 + b"}"))
	says("a number too large", greeted(), frame(b'{"type":"log","after":99999999999999999999}'))
	p = greeted()
	p.send(frame(b" " * (256 * 1024 - 17) + b'{"type":"status"}'))
	print("control, 256 KiB:", outcome(p.hear()))
	p = greeted()
	for byte in frame(b'{"type":"status"}'):
	    p.send(bytes([byte]))
	print("control, byte by byte:", outcome(p.hear()))
PYTHON
as alice 'PYTHONPATH=/src/tests/world python3 /tmp/frames' >/tmp/framed
same "B7: every malformed frame ends its connection, with a word" "14 14" \
	"$(grep -cv '^control' /tmp/framed) $(grep -v '^control' /tmp/framed | grep -cE ': .+ closed$')"
same "control: whole ones are answered" 2 "$(grep -c '^control, .*: status_answer$' /tmp/framed)"
refused "A5: on record" malformed alice .

slow_loris() { # PERSON: 60 connections, all of them slower than allowed; how long the slowest lived
	python "$1" <<-'PYTHON'
		from rawpeer import *
		slow = []
		for i in range(60):
		    p = Peer()
		    p.sock.setblocking(True)
		    if i % 3 > 0:
		        p.greet()
		    slow.append((p, i % 3))
		began, ends = time.monotonic(), []
		while slow and time.monotonic() - began < 40:
		    for p, kind in list(slow):
		        if kind == 0:
		            data = b"\0"            # a first frame, a byte a second
		        elif kind == 1:
		            data = b""              # a frame that was begun and never ends
		            if time.monotonic() - began < 0.9:
		                data = struct.pack(">I", 100)
		        else:
		            data = b"\0"            # a frame, a byte a second
		        try:
		            p.sock.sendall(data)
		        except OSError:
		            pass
		        while select.select([p.sock], [], [], 0)[0]:
		            try:
		                more = p.sock.recv(1000)
		            except OSError:
		                more = b""
		            if not more:
		                ends.append(time.monotonic() - began)
		                slow.remove((p, kind))
		                break
		    time.sleep(1)
		print("left", len(slow), "slowest", round(max(ends)))
	PYTHON
}
slow_loris mallory >/tmp/loris &
loris=$!
until_true 100 eval '(($(fds) >= before + 30))' || :
ok "control: slow clients are there" test "$(fds)" -ge $((before + 30))
refuses "B7: meanwhile others are answered" 0 'Nothing is asked' as alice 's3-sudo status'
wait $loris
read -r _ left _ slowest </tmp/loris
same "B7: a frame that is not complete in 5 s is not waited for" 0 "$left"
ok "B7: the slowest was cut off after $slowest s" test "$slowest" -le 15
