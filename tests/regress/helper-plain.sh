# s3-sudo where it gains no privilege: without its setuid bit, traced, with no new
# privileges allowed, in a user namespace.  All of it works, but that it can't ask for
# a password there, and says why (H19).
. /src/tests/world/harness.sh

echo alice:right-horse | chpasswd
head -c 10000 /dev/urandom | file_of alice report.csv

login alice one
type one 's3-sudo reauth'
ok "control: with its privilege it asks for the password" wait_screen one '^Password:' 20
logout one

# plain LABEL HOW WHY: HOW stands before s3-sudo
n=0
plain() {
	local id target
	target=s3://prod-reports/2026/$((n += 1)).csv
	refuses "H19: $1: nothing of hers to show" 0 'Nothing is asked' as alice "$2 s3-sudo status"
	refuses "H19: $1: a command runs with what it was allowed" 0 '^upload: ./report.csv' \
		as alice "$2 s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 1m -r x -- aws s3 cp --no-progress report.csv s3://prod-reports/scratch/$n"
	id=$(as alice "$2 s3-sudo put report.csv $target -t 5m -r 'OPS-412 x' --no-wait 2>/dev/null") || :
	recorded "H19: $1: a request is hers" "${id:-none}" ".event == \"asked\" and .loginuid == $(id -u alice) and .ruid == $(id -u alice)"
	approve bob "$id"
	refuses "H19: $1: and is done when it is approved" 0 '^Done\. Write access ended' as alice "$2 s3-sudo resume $id"
	ok "H19: $1: the bytes are there" cmp /home/alice/report.csv <(object "${target#s3://}")
	refuses "H19: $1: a password can't be asked, and it says why" 113 "$3" as_tty alice "$2 s3-sudo reauth"
}
plain "no new privileges" 'setpriv --no-new-privs' 'no privileges \(no_new_privs\)'
plain "in a user namespace" 'unshare -Ur' "/usr/bin/s3-sudo\$|is not root's here, as in a user"
plain "traced by its owner" 'strace -qq -f -o /dev/null' '/usr/bin/s3-sudo runs without privilege here'
mount --bind /usr/bin /usr/bin
mount -o remount,bind,nosuid /usr/bin
plain "on a file system without setuid" '' 'is on a file system mounted nosuid'
umount -l /usr/bin
chmod u-s /usr/bin/s3-sudo
plain "without the bit" '' 'has no setuid bit'
not_recorded "nothing of this was an attempt at anything" "" '.event | IN("refused", "forged", "malformed", "wrong-sender", "greet-refused", "root-socket")'

# the command's own exit code and words are kept as well
refuses "H19: exit codes come through" 7 '^out$' as alice "s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 1m -r x -- sh -c 'echo out; exit 7'"
