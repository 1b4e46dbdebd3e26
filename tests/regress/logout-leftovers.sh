# pam_s3jit's option end-leftovers: a logout ends all that was started in the login,
# whatever it listens to and whoever it runs as, and nothing of any other login.
. /src/tests/world/harness.sh

echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice
file_of alice leave.sh <<-'SCRIPT'
	setsid bash -c 'trap "" HUP; echo $BASHPID >left.plain; exec sleep 1000' &
	setsid bash -c 'trap "" TERM HUP INT; echo $BASHPID >left.stubborn; while :; do sleep 1; done' &
	sudo -b setsid bash -c 'echo $BASHPID >left.root; exec sleep 1000'
	tmux new-session -d 'echo $$ >left.tmux; exec sleep 1000'
	for i in {1..100}; do
		[[ -s left.plain && -s left.stubborn && -s left.root && -s left.tmux ]] && break
		sleep 0.05
	done
SCRIPT
alive() { local name n=0; for name in plain stubborn root tmux; do [[ ! -d /proc/$(cat "/home/alice/left.$name") ]] || n=$((n + 1)); done; echo $n; }
leave() { rm -f /home/alice/left.*; as alice 'bash leave.sh >/dev/null 2>&1 </dev/null'; }

leave
same "control: without it all of them go on" 4 "$(alive)"
# shellcheck disable=SC2046 # a word each
kill -KILL $(cat /home/alice/left.*)

login alice other
type other 'sleep 900 & setsid sleep 901 & wait'
until pgrep -u alice -x sleep >/dev/null; do sleep 0.05; done
login bob bobs
type bobs 'sleep 902'
until pgrep -u bob -x sleep >/dev/null; do sleep 0.05; done
sed -i 's/pam_s3jit\.so.*/& end-leftovers/' /etc/pam.d/common-session
leave
until_true 100 eval '[[ $(alive) == 0 ]]' || :
same "with it none is left" 0 "$(alive)"
same "another login of hers goes on" 2 "$(pgrep -fc -u alice 'sleep 90[01]$')"
same "so does bob's" 1 "$(pgrep -fc -u bob 'sleep 902$')"
logout other
logout bobs

# sshd asks how its own process ended only after we are done
login alice empty
monitor=$(pgrep -n -f 'sshd.*: alice \[priv\]')
type empty exit
says() { grep -q "\[$monitor\]: $1" /var/log/auth.log; }
ok "control: that login has ended" until_true 100 says 'pam_unix(sshd:session): session closed'
until_true 100 eval '[[ ! -d /proc/$monitor ]]' || :
refuses "where nothing is left nothing is complained of" 1 '' says 'pam_s3jit'

# it is about a login that is over, not about each shell of it
laptop alice -S /run/world/shared -M -N -f
"${SSH[@]}"
laptop alice -S /run/world/shared
"${SSH[@]}" 'setsid sleep 903 >/dev/null 2>&1 </dev/null &'
ok "a shell of a shared line ends without it" pgrep -f 'sleep 903$'
laptop alice -S /run/world/shared -O exit
"${SSH[@]}" 2>/dev/null
gone() { ! pgrep -f 'sleep 903$' >/dev/null; }
ok "the line itself does not" until_true 100 gone

# su and sudo inside a login are no login
login alice third
type third 'setsid sleep 904 & sleep 0.2; sudo -u bob true; sudo su bob -c true; echo still'
wait_screen third '^still$'
ok "an su that ends takes nothing with it" pgrep -f 'sleep 904$'
ok "and logging in works as before" as alice true
