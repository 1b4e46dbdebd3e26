# Revoked while its command runs: the command and all it started are ended, its
# requester reads who and why, and no more keys come of it.
. /src/tests/world/harness.sh

cat <<'S' | file_of alice work.sh
trap 'echo term >term; exit 3' TERM
env | grep ^AWS_S >keys
setsid sleep 1000 &
setsid bash -c 'trap "" TERM; echo $BASHPID >stubborn; while :; do sleep 1; done' &
until [[ -s stubborn ]]; do sleep 0.1; done
touch up
while :; do sleep 0.1; done
S
allow="--allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x'"

ask alice one "s3-sudo run $allow -- bash work.sh; echo \"exit \$?\""
id=$REQUEST
approve bob "$id"
until [[ -e /home/alice/up ]]; do sleep 0.05; done

refuses "mallory cannot revoke what she may not see" 2 "^No request $id that you may see" as mallory "s3-approve revoke $id because"
refuses "erin sees all of it, but is no approver" 113 'Only who may approve under rule "report uploads" may revoke this' \
	as erin "s3-approve revoke $id because"
refuses "a reason is needed" 2 "" as bob "s3-approve revoke $id ''"
ok "it still runs" pgrep -u alice -f work.sh

refuses "carol revokes it" 0 '^Revoked. No further signature, no further keys' as carol "s3-approve revoke $id wrong bucket"
ok "alice reads who and why" wait_screen one '^Revoked by carol: "wrong bucket".  Write access ended.'
ok "her command was asked to end" until_true 100 test -e /home/alice/term
ok "exit code 116, not the command's" wait_screen one '^exit 116$' 30
refuses "what it left behind is gone" 1 "" pgrep -u alice -x sleep
refuses "also what does not listen to TERM" 1 "" test -d "/proc/$(cat /home/alice/stubborn)"
recorded "on record, with who and why" "$id" '.event == "revoked" and .by == "carol" and .text == "wrong bucket" and .person == "alice"'
recorded "until when its keys may be out, too" "$id" '.event == "revoked" and .keys_until == .deadline'
refuses "twice is told" 116 'Revoked by carol: "wrong bucket"' as bob "s3-approve revoke $id again"

# approved, not yet taken up
id=$(as alice "s3-sudo run $allow --no-wait -- touch it-ran 2>/dev/null")
approve bob "$id"
as bob "s3-approve revoke $id second thoughts" >/dev/null 2>&1
refuses "revoked before it was taken up" 116 '^Revoked by bob: "second thoughts"' as alice "s3-sudo resume $id"
refuses "never runs" 1 "" test -e /home/alice/it-ran
not_recorded "and was given nothing" "$id" '.event | IN("granted", "lease-intent")'

# an open grant: its profile is empty at once
ask alice two "s3-sudo open $allow"
approve bob "$REQUEST"
wait_screen two '^Open until'
type two '/usr/libexec/s3jit/s3jit-credentials s3-write | grep -c SecretAccessKey'
ok "open: keys come" wait_screen two '^1$'
as bob "s3-approve revoke $REQUEST enough" >/dev/null 2>&1
clear_screen two
type two '/usr/libexec/s3jit/s3jit-credentials s3-write 2>&1 | cat; s3-sudo status'
ok "revoked: no more" wait_screen two 'No write access is open in this login'
ok "status knows" wait_screen two '^Nothing is asked, nothing is open'

# a requester may end it, too
ask alice three "s3-sudo run $allow -- sleep 1000; echo \"exit \$?\""
approve bob "$REQUEST"
wait_screen three '^Approved by bob. Running until'
as alice "s3-approve revoke $REQUEST my mistake" >/dev/null 2>&1
ok "its own requester may revoke it" wait_screen three '^Revoked by alice: "my mistake"'
ok "with the same end" wait_screen three '^exit 116$'
