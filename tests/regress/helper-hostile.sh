# timeout: 900
# The setuid s3-sudo, started by somebody who means it ill: no arguments, closed and
# planted descriptors, odd signals, hostile limits, endless and strange text, huge
# user ids, a staged /proc, a false broker.  It works or refuses in words.
. /src/tests/world/harness.sh

cat >/tmp/exec_argv.c <<-'C'
	/* exec_argv FILE [ARG...]: FILE with exactly these arguments, argv[0] included */
	#include <stdio.h>
	#include <unistd.h>
	int main(int argc, char **argv) { execv(argv[1], argv + 2); perror(argv[1]); return argc; }
C
gcc -o /usr/local/bin/exec_argv /tmp/exec_argv.c
scratch="s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 1m -r x --"
pending="s3-sudo run --allow 'put s3://prod-reports/2026/' -t 1m -r 'OPS-1 x' --"
nothing='^Nothing is asked, nothing is open'

ok "there is one setuid file of ours" test "$(dpkg -L s3jit | xargs -d '\n' stat -c '%a %U %F %n' | grep -E '^[4-7]... ' | grep -v directory)" \
	= "4755 root regular file /usr/bin/s3-sudo"

# --- H1, H17: arguments ------------------------------------------------------------
refuses "H1: no argument at all, not even a name" 2 'what is to be done' as alice 'exec_argv /usr/bin/s3-sudo'
refuses "H1: an empty name" 0 "$nothing" as alice 'exec_argv /usr/bin/s3-sudo "" status'
# shellcheck disable=SC2016 # so it is called
for name in sudoedit s3-approve -s s3-sudo-client '$(id)'; do
	refuses "H1: a link named $name is s3-sudo" 0 "$nothing" \
		as alice "ln -s /usr/bin/s3-sudo './$name'; exec_argv './$name' '$name' status"
done
refuses "H17: a name of 64 KiB" 0 "$nothing" as alice 'exec_argv /usr/bin/s3-sudo "$(head -c 65536 /dev/zero | tr "\0" A)" status'
refuses "H17: a name with %n, newlines, escapes" 0 "$nothing" as alice $'exec_argv /usr/bin/s3-sudo $\'%n%s%n\\n\\e]0;x\\a\' status'
refuses "H17: a verb of 64 KiB" 2 '^s3-sudo: there is no verb' as alice 's3-sudo "$(head -c 65536 /dev/zero | tr "\0" A)"'
refuses "H17: a file of 64 KiB" 2 'AAAA\.\.\.: File name too long' as alice 's3-sudo put "$(head -c 65536 /dev/zero | tr "\0" A)" s3://prod-reports/x -r "OPS-1 x"'
refuses "H17: a verb with %n and escapes is shown harmlessly" 2 'there is no verb "%n%s' as alice $'s3-sudo $\'%n%s\\n\\e[31m\''
ok "and has no escape in it" test -z "$(as alice $'s3-sudo $\'%n%s\\n\\e[31m\'' 2>&1 | grep $'\e')"
printf 'exec_argv /usr/bin/s3-sudo $'"'"'%%n\\n<0>seq=1'"'"' reauth\n' >/home/alice/odd
as_tty alice 'bash odd' >/dev/null 2>&1 || :
ok "H17: in the log it is s3-sudo" grep -qE ' s3-sudo(\[[0-9]+\])?: ' /var/log/auth.log
ok "whatever it was called" test -z "$(grep -F '%n' /var/log/auth.log /var/log/syslog)"

# --- H2: descriptors ---------------------------------------------------------------
login alice one
type one "$pending sh -c 'ls -l /proc/self/fd >fds' 0<&- 1>&- 2>&- 9</etc/hostname"
client_of() { until_true 100 pgrep -u "$1" -x s3-sudo-client; }
pid=$(client_of alice)
recorded "its stdio closed it still asks" "" '.event == "asked" and .ruid == '"$(id -u alice)"
same "H2: the client has 0 to 2, and 3, a socket" "/dev /dev /dev socket:" \
	"$(for n in 0 1 2 3; do readlink "/proc/$pid/fd/$n" | sed -E 's,/dev/.*,/dev,; s/\[.*//'; done | xargs)"
same "H2: and nothing of what was planted" "" "$(find "/proc/$pid/fd" -lname /etc/hostname)"
approve bob "$(record | jq -rs 'map(select(.event == "asked"))[-1].id')"
until_true 100 test -s /home/alice/fds || :
same "H2: its command has 0 to 2" "0 1 2" \
	"$(sed -nE 's/.* ([0-9]+) -> .*/\1 &/p' /home/alice/fds | grep -v '/proc/[0-9]*/fd$' | cut -d' ' -f1 | xargs)"
logout one

# --- H12: signals ------------------------------------------------------------------
cat >/usr/local/bin/odd_signals <<-'PYTHON'
	#!/usr/bin/python3
	import os, signal, sys
	for s in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
	    if s != signal.SIGHUP:
	        try:
	            signal.signal(s, signal.SIG_IGN)
	        except (OSError, ValueError):
	            pass
	signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
	os.execv(sys.argv[1], sys.argv[1:])
PYTHON
chmod 755 /usr/local/bin/odd_signals
refuses "control: a program starts with what it inherits" 0 '^SigBlk:.*[1-9a-f]' as alice 'odd_signals /bin/grep Sig /proc/self/status'
refuses "H12: all signals blocked, it works" 0 "$nothing" as alice 'odd_signals /usr/bin/s3-sudo status'
refuses "H12: and what it runs has none blocked" 0 '^SigBlk:[[:space:]]*0+$' as alice "odd_signals /usr/bin/$scratch grep SigBlk /proc/self/status"
refuses "H12: nohup's SIGHUP stays ignored" 0 '^SigIgn:.*[13579bdf]$' as alice "trap '' HUP; $scratch grep SigIgn /proc/self/status"
refuses "control: without nohup it is not" 0 '^SigIgn:.*[02468ace]$' as alice "$scratch grep SigIgn /proc/self/status"
login alice two
type two "bash -c \"odd_signals /usr/bin/${pending//\"/\\\"} true; echo \\\"exit \\\$?\\\"\""
wait_screen two '^Waiting for 1 yes'
id=$(request_of two)
pid=$(client_of alice)
python3 - "$pid" <<-'PYTHON'
	import os, signal, sys
	for _ in range(2000):
	    for s in (signal.SIGWINCH, signal.SIGCHLD, signal.SIGCONT, signal.SIGPIPE, signal.SIGURG, signal.SIGIO):
	        if s != signal.SIGIO:
	            os.kill(int(sys.argv[1]), s)
PYTHON
ok "H12: a storm of signals, and it still waits" kill -0 "$pid"
approve bob "$id"
ok "and goes on" wait_screen two '^exit 0$'
clear_screen two
type two "bash -c \"odd_signals /usr/bin/${pending//\"/\\\"} true; echo \\\"exit \\\$?\\\"\""
wait_screen two '^Waiting for 1 yes'
kill -TERM "$(client_of alice)"
ok "H12: TERM, which it started with blocked and ignored, ends it" wait_screen two '^exit (112|0)$'
logout two

# --- H13: limits -------------------------------------------------------------------
for limit in '-f 0' '-n 3' '-n 4' '-n 5' '-n 6' '-u 1' '-s 64' '-t 1' '-v 4000' '-v 8000' '-v 16000' '-l 0' '-i 0'; do
	for what in status reauth; do
		rc=0
		out=$(as_tty alice "(ulimit $limit; NO_COLOR=1 exec s3-sudo $what)" | tr -d '\r') || rc=$?
		case $rc in
		0) same "H13: ulimit $limit, $what: it works" "$([[ $what == reauth ]] || echo 'Nothing is asked, nothing is open.')" "$out" ;;
		127) refuses "H13: ulimit $limit, $what: the loader refuses" 0 'error while loading shared libraries' echo "$out" ;;
		*)
			refuses "H13: ulimit $limit, $what: refused in words" 0 "^s3-sudo: |^Your password (was not|can't be) asked" echo "$out"
			ok "H13: ulimit $limit, $what: with an exit code of its own ($rc)" test "$rc" -lt 126
			;;
		esac
	done
done
limits='ulimit -c; ulimit -f; ulimit -n; ulimit -u; ulimit -s; ulimit -t; ulimit -v'
for limit in '-c 0' '-c unlimited' '-S -c 5' '-f 10000 -n 100 -t 100'; do
	same "H13: ulimit $limit: what it runs has the limits it was started with" \
		"$(as alice "ulimit $limit; bash -c '$limits'")" "$(as alice "ulimit $limit; $scratch bash -c '$limits'")"
done

# --- H5: user ids above 2^31 -------------------------------------------------------
for uid in 2147483653 4294967294; do
	name=uid$uid
	echo "$name:x:$uid:$uid::/home/$name:/bin/bash" >>/etc/passwd
	echo "$name:x:$uid:$name" >>/etc/group
	echo "$name:*:19000:0:99999:7:::" >>/etc/shadow
	usermod -aG analysts "$name"
	install -d -m 0700 -o "$uid" -g "$uid" "/home/$name" "/home/$name/.ssh"
	install -m 0600 -o "$uid" -g "$uid" /laptop/mallory/id.pub "/home/$name/.ssh/authorized_keys"
	laptop mallory
	SSH[-1]=$name@$BASTION
	refuses "H5: uid $uid does its work through s3-sudo" 0 "^uid=$uid" "${SSH[@]}" "$scratch id"
	recorded "H5: uid $uid is on record as that" "" ".event == \"asked\" and .ruid == $uid and .loginuid == $uid and .person == \"$name\""
done

# --- H6: /proc, staged by somebody who could mount ---------------------------------
echo 'alice ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/alice
bob=$(id -u bob)
login bob genuine
type genuine 'echo "session $(cat /proc/self/sessionid) pid $$"'
wait_screen genuine '^session [0-9]+ pid'
read -r _ bobs_session _ bobs_pid < <(screen genuine | grep '^session [0-9]')
mkdir -p /tmp/fake/self
echo -n "$bob" >/tmp/fake/self/loginuid
echo -n "$bobs_session" >/tmp/fake/self/sessionid
# staged MOUNT COMMAND: as alice, from her login, where the shell command MOUNT was done
staged() { as alice "sudo unshare -m --propagation private bash -c '$1 && exec setpriv --reuid alice --regid alice --init-groups $2'"; }
ask='s3-sudo run --allow put\ s3://prod-reports/scratch/ -t 1m -r x -- true'
lies() { # LABEL MOUNT
	same "H6: $1: control: it does say that she is bob" "$bob" "$(staged "$2" 'cat /proc/self/loginuid')"
	before=$(how_many "" '.event == "asked"')
	ok "H6: $1: it works" staged "$2" "$ask"
	same "H6: $1: and she stays alice" "$(id -u alice) $((before + 1))" \
		"$(record | jq -rs 'map(select(.event == "asked")) | "\(.[-1].loginuid) \(length)"')"
}
lies "another file system on /proc" 'mount --bind /tmp/fake /proc'
lies "a directory of the true /proc on it" "mount --bind /proc/$bobs_pid /proc/\$\$"
lies "bob's file over her own" "mount --bind /proc/$bobs_pid/loginuid /proc/\$\$/loginuid && mount --bind /proc/$bobs_pid/sessionid /proc/\$\$/sessionid"
lies "a made-up file over her own" 'mount --bind /tmp/fake/self/loginuid /proc/$$/loginuid && mount --bind /tmp/fake/self/sessionid /proc/$$/sessionid'
not_recorded "nobody asked as bob" "" ".event == \"asked\" and .loginuid == $bob"

# --- H8: a false broker at the broker's place --------------------------------------
cat >/tmp/false_broker <<-'PYTHON'
	import os, socket, sys
	path, uid = sys.argv[1], int(sys.argv[2])
	os.setgid(uid); os.setuid(uid)
	s = socket.socket(socket.AF_UNIX)
	s.bind(path); os.chmod(path, 0o777); s.listen()
	while True:
	    c = s.accept()[0]
	    open(path + ".heard", "ab").write(c.recv(1000) + b"\n")
	    c.close()
PYTHON
mkdir -m 1777 /tmp/false
s3jit=$(id -u s3jit)
python3 /tmp/false_broker /tmp/false/mallory "$(id -u mallory)" &
python3 /tmp/false_broker /tmp/false/owner "$s3jit" &
until_true 100 test -S /tmp/false/mallory -a -S /tmp/false/owner || :
at_its_place() { staged "mount --bind $1 /run/s3jit/root.sock" 's3-sudo status'; }
refuses "H8: mallory's socket in place of root.sock is refused" 113 \
	"s3-sudo: uid $(id -u mallory) listens at /run/s3jit/root.sock, whose folder belongs to uid $s3jit" at_its_place /tmp/false/mallory
ok "H8: and told nothing" test -z "$(cat /tmp/false/mallory.heard)"
at_its_place /tmp/false/owner >/dev/null 2>&1 || :
ok "control: one of the folder's owner is spoken to" grep -q S3JF /tmp/false/owner.heard
refuses "H8: nor one where anybody may put a socket" 113 'the folder of /run/s3jit/root.sock is writable by others' \
	staged 'mount --bind /tmp/false /run/s3jit && ln /run/s3jit/owner /run/s3jit/root.sock' 's3-sudo status'
