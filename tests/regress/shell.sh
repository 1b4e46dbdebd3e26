# timeout: 300
# s3-sudo shell: the person's own shell with the keys, a prompt that says so, and a
# terminal that is as before when it is over, however that came.
. /src/tests/world/harness.sh

allow="--allow 'put s3://prod-reports/scratch/' -r 'OPS-412 x'"
file_of alice writes <<-'W'
	curl -s -o /dev/null -w 'S3 says %{http_code}\n' --aws-sigv4 aws:amz:eu-central-1:s3 -u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		-H "x-amz-security-token: $AWS_SESSION_TOKEN" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
		-T /etc/hostname https://s3.eu-central-1.amazonaws.com/prod-reports/scratch/x
W

# usable NAME: the login's own shell has the terminal, in its modes, and job control
usable() {
	clear_screen "$1"
	type "$1" 'stty -a | grep -ow -e "-*icanon" -e "-*echo" | xargs'
	wait_screen "$1" '^icanon echo$' || return
	type "$1" 'sleep 100 | cat'
	until pgrep -u alice -x sleep >/dev/null; do sleep 0.05; done
	type_keys "$1" C-c
	type "$1" 'echo "interrupted $?"'
	wait_screen "$1" '^interrupted 130$' || return
	type "$1" 'sleep 0.5 & wait; echo "waited $?"'
	wait_screen "$1" '^waited 0$'
}
# in_shell NAME OPTIONS [ENVIRONMENT]: type s3-sudo shell there, up to its prompt
in_shell() {
	clear_screen "$1"
	type "$1" "${3:-} s3-sudo shell $allow $2; echo \"exit \$?\""
	wait_screen "$1" '^Allowed by rule "scratch"\. This shell may write until [0-9:]{8}'
	wait_screen "$1" '^\(s3:write until [0-9]{2}:[0-9]{2}\) '
}
gone() { # PROCESS NAME of alice's
	until_true 400 eval "! pgrep -u alice -x $1"
}

# --- whose shell, and what it says
as alice "printf 'PS1=\"mine> \"\nalias twice=\"echo two two\"\nexport AWS_PROFILE=elsewhere\n' >>.bashrc; printf 'PS1=\"plain> \"\n' >.shrc"
before=$(as alice 'cat .bashrc .shrc .profile | sha256sum; ls -A')
open_line alice one "bash --norc"
type one "PS1='alice\$ '"
wait_screen one '^alice\$ *$'
in_shell one '-t 5m'
ok "its prompt is the person's own behind a mark" wait_screen one '^\(s3:write until [0-9:]{5}\) mine> *$'
type one twice
ok "their aliases are there" wait_screen one '^two two$'
type one '. ./writes'
ok "it writes" wait_screen one '^S3 says 200$'
type one 'echo "$S3JIT_ENV$ENV$S3JIT_ZDOTDIR$ZDOTDIR."; exit 3'
ok "leaving it is said" wait_screen one '^Write access ended\.$'
ok "its status is s3-sudo's" wait_screen one '^exit 3$'
ok "on record as done" on_record '' '.event == "done" and .person == "alice" and (.text | test("exit status 3"))'
ok "the terminal is as before" usable one
type one '. ./writes'
ok "and the login's shell writes nothing" wait_screen one '^S3 says 40[03]$'

in_shell one '-t 5m' "SHELL=/bin/dash ENV='\$HOME/.shrc'"
ok "dash: the person's own, too" wait_screen one '^\(s3:write until [0-9:]{5}\) plain> *$'
type one 'echo "$0 $ENV"; . ./writes'
ok "its own ENV is back" wait_screen one '^/bin/dash \$HOME/.shrc$'
ok "dash writes" wait_screen one '^S3 says 200$'
type one exit
ok "dash ends" wait_screen one '^exit 0$'
in_shell one '-t 5m' 'SHELL=/bin/dash ENV=/home/alice/none'
ok "dash with an ENV that is not there" wait_screen one '^\(s3:write until [0-9:]{5}\) \$ *$'
type one exit
wait_screen one '^exit 0$'
in_shell one '-t 5m' 'SHELL=/bin/sh'
ok "sh without a file of its own" wait_screen one '^\(s3:write until [0-9:]{5}\) \$ *$'
type one exit
wait_screen one '^exit 0$'
type one "SHELL=/bin/rbash s3-sudo shell $allow -t 5m"
ok "a shell that we do not know runs, and it is said that nothing marks it" wait_screen one '^Note: the prompt of this shell cannot be marked\.$'
type_keys one C-d
wait_screen one '^Write access ended\.$'
ok "the terminal is as before after all that" usable one
same "no file of the person's was changed" "$before" "$(as alice 'rm -f .bash_history; cat .bashrc .shrc .profile | sha256sum; ls -A')"

# --- to its deadline, with output from behind forbidden, a program in raw mode in front and a stubborn one behind
type one 'stty tostop'
in_shell one '-t 24s'
type one "(trap '' TERM HUP; exec -a stubborn sleep 1000) &"
type one 'less /etc/services'
ok "a line before the end" wait_screen one '^s3-sudo: 6s left: write access ends at [0-9:]{8}\.$' 40
ok "the deadline is said when it comes" wait_screen one '^s3-sudo: deadline reached, AWS refuses from now on\.$' 20
ok "exit code 117" wait_screen one '^exit 117$' 30
ok "what ran in front is gone" gone less
ok "and what ran behind" gone sleep
type one 'stty -tostop'
ok "the terminal is as before" usable one

# --- revoked, as its approver; what the approver reads
clear_screen one
type one "s3-sudo shell --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
open_line bob bob "s3-approve $id"
wait_screen bob 'yes / no'
ok "the approver reads what it is, and where the keys go" wait_screen bob 'command +s3-sudo shell --allow'
ok "with what that means" wait_screen bob "handed to this command: alice's other processes could copy"
type bob yes
wait_screen one '^\(s3:write until'
type one 'less /etc/services'
wait_screen one '/etc/services'
as carol "s3-approve revoke $id wrong month" >/dev/null 2>&1
ok "revoked: who and why" wait_screen one '^Revoked by carol: "wrong month"\.  Write access ended\.'
ok "exit code 116" wait_screen one '^exit 116$' 30
ok "the program in raw mode is gone, too" gone less
ok "the terminal is as before" usable one

# --- a shell that is killed, one that is suspended, one that is closed from elsewhere
in_shell one '-t 5m' SHELL=/bin/dash
type one 'stty raw -echo; kill -KILL $$'
ok "killed: 128 more" wait_screen one '^ *exit 137 *$'
ok "the terminal is as before" usable one
in_shell one '-t 5m'
type one suspend
ok "suspended" wait_screen one 'Stopped +s3-sudo shell'
ok "the login's shell is usable meanwhile" usable one
type one 'fg; echo "exit $?"'
type one '. ./writes'
ok "it goes on" wait_screen one '^S3 says 200$'
ok "close from another login ends it" as alice 's3-sudo close $(s3-sudo status --json | jq -r ".requests[0].id[:8]")'
ok "it is said" wait_screen one '^Closed\.  Write access ended\.'
ok "exit code 116" wait_screen one '^exit 116$' 30
ok "the terminal is as before" usable one

# --- a lost line, no terminal, later
in_shell one '-t 5m'
type one 'sleep 1000'
until pgrep -u alice -x sleep >/dev/null; do sleep 0.05; done
cut_line one
ok "a lost line ends all of it" gone sleep
ok "and s3-sudo" gone s3-sudo-client
asked() { how_many "" '.event == "asked"'; }
n=$(asked)
refuses "without a terminal nobody is asked" 2 'a shell needs a terminal.*' as alice "s3-sudo shell $allow -t 5m"
refuses "a shell that is not there" 127 'not found|No such file' as_tty alice "SHELL=/bin/nosuch s3-sudo shell $allow -t 5m"
same "nobody was" "$n" "$(asked)"
id=$(as_tty alice "s3-sudo shell $allow -t 5m --no-wait 2>/dev/null" | tr -d '\r' | tail -n 1)
open_line alice two ''
wait_screen two '^mine> *$'
type two "s3-sudo resume $id; echo \"exit \$?\""
ok "asked with --no-wait it is taken up later, as a shell" wait_screen two '^\(s3:write until [0-9:]{5}\) mine> *$'
type two exit
ok "and ends" wait_screen two '^exit 0$'
