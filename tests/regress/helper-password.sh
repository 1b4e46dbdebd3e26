# The password at s3-sudo's prompt: nothing of it is shown or left behind however the
# prompt ends, the process that asks gives nothing away, and only PAM's plain yes counts.
. /src/tests/world/harness.sh

echo alice:right-horse | chpasswd
alice=$(id -u alice)

# prompt NAME: s3-sudo asks for the password there
prompt() {
	clear_screen "$1"
	type "$1" 's3-sudo reauth; echo "exit $?"'
	wait_screen "$1" '^Password:' 20
}
# half NAME: type a part of one, which is there when it has come over the line
half() {
	local before
	before=$(sshd_wrote)
	terminals send-keys -t "=$1:" -l half-horse
	until_true 200 sshd_wrote_since "$before" 10
}
sshd_wrote() { pgrep -u alice '^sshd' | sed 's#.*#/proc/&/io#' | xargs awk '/^wchar/ { n += $2 } END { print n }'; }
sshd_wrote_since() { (($(sshd_wrote) >= $1 + $2)); }
# killed NAME: its prompt was killed outright, so the shell reads again before the terminal
# has been put right, and may have got what had been typed: away with that
killed() {
	until_true 100 test ! -d "/proc/$CHILD" || return
	type_keys "$1" C-c
}
# left_clean NAME LABEL: the terminal is as before, and the shell has nothing to read
left_clean() {
	type "$1" 'stty -a | grep -o "[-]*\(icanon\|echo\|isig\)\>" | xargs'
	ok "H15: $2: the terminal is as it was" wait_screen "$1" '^isig icanon echo$'
	same "H15: $2: nothing of it was shown or left" "" "$(terminals capture-pane -p -J -S - -t "=$1:" | grep -i horse || :)"
}

# this one takes a minute; more of it at the end
login alice slow
prompt slow
half slow
slow_began=$SECONDS

login alice one
prompt one
type one right-horse
ok "control: the right password counts" wait_screen one '^exit 0$' 20
left_clean one "the right password"
recorded "it is on record" "" ".event == \"reauthenticated\" and .loginuid == $alice"
not_recorded "as what it was" "" '.event == "wrong-sender"'
prompt one
type one wrong-horse
ok "a wrong one does not" wait_screen one '^exit 113$' 20
ok "and is refused in words" wait_screen one '^s3-sudo: Re-authentication failed'
left_clean one "a wrong one"
recorded "that, too" "" ".event == \"reauth-failed\" and .ruid == $alice"

for key in C-c C-z 'C-\' C-d; do
	prompt one
	half one
	type_keys one "$key"
	if [[ $key == C-d ]]; then
		sleep 0.5
		type_keys one C-c
	fi
	ok "H15: half a password, then $key: refused" wait_screen one '^exit 113$' 20
	left_clean one "$key"
done
same "H15: nothing was stopped in the background" "" "$(pgrep -x s3-sudo -u root -U alice -r T || :)"

# helpers NAME: the pids of the one that asks there, and of its child, which runs PAM
helpers() {
	PARENT=$(pgrep -x -t "$(ps -o tty= -p "$(pgrep -n -x -u "$alice" bash)")" -U alice s3-sudo)
	CHILD=$(pgrep -x -P "$PARENT" s3-sudo)
}
login alice two
type two 'ulimit -c unlimited; PS1="core\$ "'
wait_screen two '^core\$ '
prompt two
half two
helpers
same "control: these are root's and alice's, and root's alone" "0 $alice 0 0" "$(ps -o euid=,ruid= -p "$PARENT" -p "$CHILD" | xargs)"

# --- H10: what it gives away --------------------------------------------------------
as alice 'sleep 100 >/dev/null 2>&1 & echo $!' >/tmp/sleeper
sleeper=$(cat /tmp/sleeper)
ok "control: alice reads what her own processes have" as alice "cat /proc/$sleeper/environ >/dev/null"
refuses "control: and traces them" 124 '' as alice "timeout 1 strace -qq -o /dev/null -p $sleeper"
for pid in "$PARENT" "$CHILD"; do
	for file in environ mem maps fd io stack; do
		refuses "H10: not these: $file" 1 'Permission denied' \
			as alice "if test -d /proc/$pid/$file; then ls /proc/$pid/$file; else cat /proc/$pid/$file; fi || exit 1"
	done
	refuses "H10: nor traces them" 1 'Operation not permitted' as alice "timeout 5 strace -qq -o /dev/null -p $pid"
	refuses "H10: no core file may be written" 0 '^Max core file size +0 ' cat "/proc/$pid/limits"
done
refuses "H10: alice cannot signal the one that checks the password" 1 'Operation not permitted' as alice "kill -SEGV $CHILD"
as alice "kill -SEGV $PARENT"
ok "but may kill the other one" wait_screen two '^exit 139$' 20
ok "then both are gone" killed two
left_clean two "SEGV"
if [[ $(cat /proc/sys/kernel/core_pattern) == core ]]; then
	same "H10: without a core file" "" "$(find /home/alice /tmp -name 'core*' -type f)"
	type two 'sleep 100 & kill -SEGV $!; wait; ls core*'
	ok "control: others leave one there" wait_screen two '^core(\.[0-9]+)?$'
fi
prompt two
helpers
half two
as alice "kill -KILL $PARENT"
ok "killed outright" wait_screen two '^exit 137$' 20
ok "and the other one goes, too" killed two
left_clean two "KILL"
prompt two
helpers
cut_line two
until_true 100 test ! -d "/proc/$PARENT" -a ! -d "/proc/$CHILD" || :
ok "H15: when the line dies, nobody goes on asking" test ! -d "/proc/$PARENT" -a ! -d "/proc/$CHILD"

# --- H12: signals at the prompt -----------------------------------------------------
login alice three
prompt three
helpers
as alice "for i in {1..500}; do kill -WINCH $PARENT; kill -CHLD $PARENT; kill -CONT $PARENT; kill -PIPE $PARENT; kill -INT $PARENT; kill -TSTP $PARENT; kill -QUIT $PARENT; done"
ok "H12: a storm of signals, and it still asks" test -d "/proc/$PARENT"
type three right-horse
ok "and takes the password" wait_screen three '^exit 0$' 20
left_clean three "a storm of signals"

# --- H18: only PAM's plain yes ------------------------------------------------------
counted() { how_many "" '.event == "reauthenticated"'; }
login alice four
before=$(counted)
# pam_says LABEL: the right password is refused
pam_says() {
	prompt four
	type four right-horse
	ok "H18: $1: refused" wait_screen four '^exit 113$' 20
	same "H18: $1: nothing counted" "$before" "$(counted)"
}
passwd -lq alice
pam_says "a locked password"
passwd -uq alice
chage -E 0 alice
pam_says "an account that has expired"
chage -E -1 alice
cp /etc/pam.d/s3-sudo /tmp/s3-sudo.pam
cp /etc/passwd /tmp/passwd
# what a service says nothing about, PAM asks "other", which is strict on a careful host
printf '%s required pam_deny.so\n' auth account >/etc/pam.d/other
service() { # LABEL LINES...: a service that never asks
	printf '%s\n' "${@:2}" >/etc/pam.d/s3-sudo
	clear_screen four
	type four 's3-sudo reauth; echo "exit $?"'
	ok "H18: $1: refused" wait_screen four '^exit 113$' 20
	same "H18: $1: nothing counted" "$before" "$(counted)"
}
service "a service that denies" 'auth required pam_deny.so' 'account required pam_permit.so'
service "one that denies the account" 'auth required pam_permit.so' 'account required pam_deny.so'
service "one with no account lines" 'auth required pam_permit.so'
service "one whose module is missing" 'auth required pam_nowhere.so' 'account required pam_permit.so'
service "an empty one" ''
rm /etc/pam.d/s3-sudo
clear_screen four
type four 's3-sudo reauth; echo "exit $?"'
ok "H18: none: refused" wait_screen four '^exit 113$' 20
printf 'auth required pam_permit.so\naccount required pam_permit.so\n' >/etc/pam.d/s3-sudo
sed -i '/^alice:/d' /etc/passwd
clear_screen four
type four '/usr/bin/s3-sudo reauth; echo "exit $?"'
ok "H18: an account that is gone: refused" wait_screen four '^exit 113$' 20
cp /tmp/passwd /etc/passwd
same "nothing of all this counted" "$before" "$(counted)"
clear_screen four
type four 's3-sudo reauth; echo "exit $?"'
ok "control: where both say yes, it counts" wait_screen four '^exit 0$' 20
same "once" $((before + 1)) "$(counted)"

# --- the slow one: a minute a prompt ------------------------------------------------
ok "H15: half a password, then nothing: given up" wait_screen slow '^exit 113$' 180
ok "after a minute" test $((SECONDS - slow_began)) -ge 55
left_clean slow "timeout"
