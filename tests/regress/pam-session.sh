# A login begins and ends with its sshd process, however that goes; what is not a
# login does not become one; and the module touches nothing a person could plant.
. /src/tests/world/harness.sh

echo one | put_object prod-reports/2026/q1.csv
echo report | file_of alice report.csv
opened() { how_many "" '.event == "session-opened"'; }
session_of() { record | jq -s "map(select(.event == \"session-opened\" and .user == \"$1\"))[-1].session"; }
monitor_of() { record | jq -s "map(select(.event == \"session-opened\" and .session == $1))[-1].monitor_pid"; }

# --- P4: no path of the user's -----------------------------------------------------
mkdir -p /home/alice/.aws /home/alice/.config /home/alice/.cache
mkfifo /home/alice/.aws/config /home/alice/.s3jit /home/alice/.config/s3jit
ln -s /etc/shadow /home/alice/.aws/credentials
ln -s /root /home/alice/.cache/s3jit
printf '%s DEFAULT=/home/alice/.config\n' XDG_RUNTIME_DIR XDG_CONFIG_HOME S3JIT_CONF TMPDIR >/home/alice/.pam_environment
chown -R alice: /home/alice

# every path that any process of a login of alice's names, numbers left out
traced() { # OUT
	local strace
	strace -f -qq -e trace=%file,connect,openat2 -o "/tmp/$1.strace" -p "$(cat /run/sshd.pid)" &
	strace=$!
	for _ in {1..100}; do grep -q '^TracerPid:.*[1-9]' "/proc/$(cat /run/sshd.pid)/status" && break; sleep 0.05; done
	as alice true
	kill $strace
	wait $strace 2>/dev/null || :
	grep -oE '"[^"]*"' "/tmp/$1.strace" | sed -E 's/[0-9]+/N/g; s,^"/usr/lib/x,"/lib/x,' | sort -u >"/tmp/$1.paths"
}
pam() { DEBIAN_FRONTEND=noninteractive pam-auth-update --package "$@"; }
more() { comm -13 /tmp/without.paths "/tmp/$1.paths" | xargs; }
traced with
pam --remove s3jit
traced without
pam --enable s3jit
ok "the trace has what sshd itself looks at" grep -q '"/home/alice/.ssh/authorized_keys"' /tmp/without.paths
same "P4: with the module a login looks at these, too, and nothing else" \
	"/lib/xN_N-linux-gnu/security/pam_sNjit.so /proc /run /run/sNjit/root.sock N N/loginuid N/sessionid sNjit self sys/kernel/random/boot_id" \
	"$(more with)"
sed -i '/pam_s3jit/i session optional pam_exec.so quiet /usr/bin/stat /home/alice/.s3jit' /etc/pam.d/common-session
traced planted
ok "P4, control: a module that looks at a home is seen" grep -q '/home/alice/.sNjit' <<<"$(more planted)"
sed -i '/pam_exec/d' /etc/pam.d/common-session

# --- P8: how logins end ------------------------------------------------------------
# lives NAME: alice in a terminal NAME, her session in SESSION, with an open grant GRANT
lives() {
	login alice "$1"
	type "$1" 's3-sudo open --allow "put s3://prod-reports/scratch/" -t 5m -r x; echo "session $(cat /proc/self/sessionid)"'
	wait_screen "$1" '^session [0-9]+$'
	SESSION=$(screen "$1" | sed -n 's/^session //p')
	GRANT=$(record | jq -rs 'map(select(.event == "granted"))[-1].id')
}
# ends LABEL: it is found ended in 5 s, with its grant
ends() {
	recorded "P8: $1: the login ends" "" ".event == \"session-ended\" and .session == $SESSION"
	recorded "P8: $1: its grant, too" "$GRANT" '.event == "logout"'
}
# what is left of a login, tried every half second: its shell writes the answer down
left_behind() {
	local file=/home/alice/$1.left
	type "$1" "(trap '' HUP; while sleep 0.5; do /usr/libexec/s3jit/s3jit-credentials default >$file.out 2>$file.err; echo \$? >$file; /usr/libexec/s3jit/s3jit-credentials s3-write >/dev/null 2>&1; echo \$? >$file.write; done) >/dev/null 2>&1 &"
	wait_file "$file" 0
	wait_file "$file.write" 0
}
wait_file() { # FILE TEXT
	local i
	for ((i = 0; i < 100; i++)); do
		[[ $(cat "$1" 2>/dev/null) != "$2" ]] || return 0
		sleep 0.1
	done
	return 1
}
cut_off() { # NAME LABEL: refused within 5 s of the end, with some room for us
	ok "P8: $2: what it left behind gets no more keys" wait_file "/home/alice/$1.left" 1
	ok "and is told" grep -q 'has ended.  Log in again' "/home/alice/$1.left.err"
	ok "P8: $2: nor those that write" wait_file "/home/alice/$1.left.write" 1
	pkill -9 -u alice || :
}

lives one
left_behind one
monitor=$(monitor_of "$SESSION")
# "sshd" up to OpenSSH 9.7, then a program of its own
same "the registered process is sshd's, and root's" "0 sshd" "$(ps -o uid=,comm= -p "$monitor" | xargs | sed 's/-session$//')"
kill -KILL "$monitor"
ends "sshd's process is killed"
cut_off one "sshd's process is killed"

lives two
left_behind two
monitor=$(monitor_of "$SESSION")
pkill -KILL -P "$monitor" -x 'sshd(-session)?'
ends "the person's own sshd is killed"
cut_off two "the person's own sshd is killed"

lives three
left_behind three
cut_line three
ends "the laptop dies"
cut_off three "the laptop dies"

lives four
left_behind four
type four exit
ends "logout"
cut_off four "logout"

lives five
left_behind five
login alice six
kill -KILL "$(monitor_of "$SESSION")"
ends "one of two"
rm /home/alice/five.left
ok "P8: with another login alive its leftovers still read" wait_file /home/alice/five.left 0
ok "but do not write" wait_file /home/alice/five.left.write 1
pkill -9 -u alice || :

# --- what is no login -------------------------------------------------------------
echo bob:hunter2-bob | chpasswd
echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice
login alice seven
before=$(opened)
type seven "sudo -u bob sh -c 'id -un; cat /proc/self/sessionid; echo; env | grep -c ^S3JIT'; sudo -i true; su bob -c 'echo su \$(id -un)'"
wait_screen seven '^Password:'
type seven hunter2-bob
ok "sudo and su work" wait_screen seven '^su bob$'
setpriv --reuid alice --regid alice --init-groups true
su alice -c true
su - alice -c true
runuser -u alice true
echo true | at now 2>/dev/null
echo '@reboot root true' >/etc/cron.d/reboot
atd
cron
for _ in {1..100}; do grep -q 'pam_unix(cron:session): session closed' /var/log/auth.log && [[ -z $(atq) ]] && break; sleep 0.05; done
ok "cron ran its job" grep -q 'pam_unix(cron:session): session closed' /var/log/auth.log
same "P7: sudo, su, runuser, cron and at register nothing" "$before" "$(opened)"
ok "an su within a login is not worth a line in the log" test -z "$(grep 'pam_s3jit(\(su\|sudo\)[^)]*): not a new login' /var/log/auth.log)"
terminals new-session -d -s console -x 100 -y 50 'login -f alice'
wait_screen console '^alice\$ *$'
same "control: login(1) does" "$((before + 1)) login" "$(opened) $(record | jq -rs 'map(select(.event == "session-opened"))[-1].service')"
logout console
recorded "and ends" "" '.event == "session-ended" and .user == "alice" and .session == '"$(session_of alice)"

# --- root is nobody (Q6) ----------------------------------------------------------
install -d -m 0700 /root/.ssh
cat /laptop/carol/id.pub >/root/.ssh/authorized_keys
usermod -aG leads root
laptop carol -tt
SSH[-1]=root@$BASTION
id=$(as alice "s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x' --no-wait" 2>/dev/null)
vote="/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$(record "$id" | jq -rs '.[0].digest')\"}'"
root_logs_in() { "${SSH[@]}" "$1" </dev/null; }
refuses "Q6: root, logged in by ssh, does not vote" 0 '"not-allowed", "text": "root does not vote' root_logs_in "$vote"
same "control: that was a registered login of root's" "root 0" \
	"$(record | jq -rs 'map(select(.event == "session-opened"))[-1] | "\(.user) \(.loginuid)"')"
not_recorded "nothing counted" "$id" '.event | IN("yes", "approved")'
approve bob "$id"
recorded "control: bob does" "$id" '.event == "approved"'
