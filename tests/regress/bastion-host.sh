# The world's bastion is what a Debian host is: real logins by key, the kernel's
# own idea of who somebody is, logs, setuid, and a network outside.
# also: trixie
. /src/tests/world/harness.sh

ok "alice logs in over ssh" as alice true
same "she is alice" alice "$(as alice 'id -un')"
same "and an analyst" "alice analysts" "$(as alice 'id -Gn')"
same "from her laptop's address" 10.77.0.11 "$(as alice 'echo ${SSH_CONNECTION%% *}')"
same "the host has its name" bastion-07.example.net "$(as alice hostname)"
same "the kernel knows her" "$(id -u alice)" "$(as alice 'cat /proc/self/loginuid')"
same "two logins are two sessions" 2 "$({ as alice 'cat /proc/self/sessionid; echo'; as alice 'cat /proc/self/sessionid; echo'; } | sort -u | wc -l)"
refuses "exit codes come back" 7 moin as alice 'echo moin; exit 7'
refuses "mallory cannot use alice's key file" 255 "Permission denied" \
	nsenter --net=/run/netns/outside ssh -F /laptop/ssh_config -o BatchMode=yes -i /laptop/mallory/id "alice@$BASTION" true
ok "a terminal is one" as_tty bob tty

login alice one
login bob two
type one 'echo $((6 * 7)) for $(id -un)'
ok "alice types and reads" wait_screen one '^42 for alice'
ok "bob sees nothing of it" test -z "$(screen two | grep 42)"
logout one
ok "a hung-up line ends the login" until_true 100 eval '! pgrep -u alice bash'

as bob 'logger -p authpriv.notice from-bob'
ok "syslog has it" until_true 40 grep -q "bob: from-bob" /var/log/auth.log
ok "so has the journal what is sent there" bash -c 'echo moin | systemd-cat -t world; journalctl --sync; journalctl -t world -o cat | grep -qx moin'

same "setuid works" 0 "$(as alice 'id=$(type -p su); stat -c %u:%a $id | grep -q ^0:4755 && echo 0')"
same "a user namespace can be made" 0 "$(as alice 'unshare -Ur id -u')"
refuses "nothing of the host is in reach" 1 "" test -e /var/cache/s3jit-bastion
refuses "the source cannot be written" 1 "Read-only" touch /src/made-by-a-test
