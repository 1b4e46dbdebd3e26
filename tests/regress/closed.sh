# Closed: the profile has nothing more, in words it is said until when keys that
# are out work, and whatever ran with the grant ends.
. /src/tests/world/harness.sh

allow="--allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 x'"
keys=/usr/libexec/s3jit/s3jit-credentials

ask alice one "s3-sudo open $allow"
id=$REQUEST
approve bob "$id"
wait_screen one '^Open until'
refuses "mallory cannot close it" 2 "^No request $id that you may see" as mallory "s3-sudo close $id"
clear_screen one
type one 's3-sudo close; echo "exit $?"'
ok "closed before any key was out" wait_screen one '^Closed. No new credentials. No keys are out.'
wait_screen one '^exit 0$'
recorded "on record" "$id" '.event == "done" and .by == "alice" and .text == "closed"'
type one "$keys s3-write 2>&1 | cat"
ok "the profile has nothing more" wait_screen one 'No write access is open in this login'
refuses "closed is closed" 116 'Done already' as alice "s3-sudo close $id"
refuses "and nothing is open elsewhere" 2 'Nothing is open in this login' as alice 's3-sudo close'

ask alice two "s3-sudo open $allow"
id=$REQUEST
approve bob "$id"
wait_screen two '^Open until'
clear_screen two
type two "$keys s3-write >keys; s3-sudo open $allow; echo \"exit \$?\""
ok "a second one is refused, naming the first" wait_screen two "write access open already \\($id\\).  Close it first: s3-sudo close"
ok "with 113" wait_screen two '^exit 113$'
refuses "closed from another login, by its id" 0 'Keys already handed out: work until [0-9:]{8}' as alice "s3-sudo close $id"
clear_screen two
type two "$keys s3-write 2>&1 | cat; s3-sudo status"
ok "its own login has nothing more" wait_screen two 'No write access is open in this login'
ok "status knows" wait_screen two '^Nothing is asked, nothing is open'

ask alice three "s3-sudo run $allow -- bash -c 'trap \"echo term >term; exit 3\" TERM; touch up; while :; do sleep 0.1; done'; echo \"exit \$?\""
id=$REQUEST
approve bob "$id"
until [[ -e /home/alice/up ]]; do sleep 0.05; done
refuses "a command's grant is closed from elsewhere" 0 '^Closed' as alice "s3-sudo close $id"
ok "who runs it is told" wait_screen three "^Closed.  Write access ended.  Request $id"
ok "exit code 116" wait_screen three '^exit 116$'
same "its command was ended" term "$(cat /home/alice/term)"
recorded "on record" "$id" '.event == "done" and .text == "closed"'
