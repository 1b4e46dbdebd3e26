# A line that drops leaves its request waiting: the same person goes on with it
# from another login, and the upload is really done there.
. /src/tests/world/harness.sh

head -c 100000 /dev/urandom | file_of alice report.csv
target=s3://prod-reports/2026/report.csv

ask alice one "s3-sudo put report.csv $target -t 5m -r 'OPS-412 x'"
cut_line one
recorded "Q10: the line drops, the request waits on" "$REQUEST" '.event == "line-lost" and .person == "alice"'
not_recorded "it is not withdrawn" "$REQUEST" '.event == "withdrawn"'
refuses "bob cannot go on with it" 2 "^No request $REQUEST that you may see" as bob "s3-sudo resume $REQUEST"
refuses "mallory does not even find it" 2 "^Nothing to resume" as mallory "s3-sudo resume"

login alice two
type two 's3-sudo status'
ok "alice finds it when she is back" wait_screen two "^$REQUEST +waits +put $target"
type two 'cd / && s3-sudo resume; echo "exit $?"'
wait_screen two '^Waiting for 1 yes'
recorded "she is back, says the record" "$REQUEST" '.event == "resumed" and .person == "alice"'
approve bob "$REQUEST"
ok "the put is done there" wait_screen two '^exit 0$'
ok "and says so" wait_screen two '^Done. Write access ended.'
ok "with the bytes of the file" cmp /home/alice/report.csv <(object prod-reports/2026/report.csv)
same "granted once, to the login that took it up" 1 "$(how_many "$REQUEST" '.event == "granted"')"
refuses "it cannot be taken up again" 116 '^It is done already' as alice "s3-sudo resume $REQUEST"

# a line that nobody knows to be dead yet: both logins wait, one claims
clear_screen two
# (in a shell without job control, which would notice that its child is stopped)
type two "cd; bash -c 's3-sudo put report.csv s3://prod-reports/2026/second.csv -t 5m -r \"OPS-412 y\"; echo \"exit \$?\"'"
wait_screen two '^Waiting for 1 yes'
id=$(request_of two)
as alice 'pkill -STOP -x s3-sudo-client'
login alice three
type three 's3-sudo resume; echo "exit $?"'
wait_screen three '^Waiting for 1 yes'
approve bob "$id"
ok "the login that is there does it" wait_screen three '^exit 0$'
as alice 'pkill -CONT -x s3-sudo-client'
ok "Q10: the other one is told" wait_screen two '^Done already by alice'
ok "and gets 116" wait_screen two '^exit 116$'
same "granted once" 1 "$(how_many "$id" '.event == "granted"')"
ok "the bytes are there" cmp /home/alice/report.csv <(object prod-reports/2026/second.csv)

# both are there: whoever is later hears that it goes on in the other one
login alice four
for name in three four; do clear_screen $name; done
type three 's3-sudo run --allow "put s3://prod-reports/2026/" -t 5m -r "OPS-412 y" -- sh -c "echo it runs; sleep 3"; echo "exit $?"'
wait_screen three '^Waiting for 1 yes'
id=$(request_of three)
type four 's3-sudo resume; echo "exit $?"'
wait_screen four '^Waiting for 1 yes'
approve bob "$id"
wait_screen three '^exit' && wait_screen four '^exit'
both=$(screen three; screen four)
same "Q10: it runs once" 1 "$(grep -c '^it runs' <<<"$both")"
same "one ends well, the other with 116" "exit 0 exit 116" "$(grep ^exit <<<"$both" | sort | xargs)"
ok "and reads why" grep -E 'taken up .*goes on there' <<<"$both"
logout four

# a command goes on, too: in the login that resumes, in the folder it was asked in
mkdir /home/alice/work
chown alice: /home/alice/work
clear_screen three
type three "cd ~/work; s3-sudo run --allow 'put s3://prod-reports/2026/' -t 5m -r 'OPS-412 z' -- bash -c 'pwd >where; cat /proc/self/sessionid >session'"
wait_screen three '^Waiting for 1 yes'
id=$(request_of three)
cut_line three
recorded "a command's line drops" "$id" '.event == "line-lost"'
same "nothing has run" "" "$(ls /home/alice/work)"
clear_screen two
type two "s3-sudo resume; echo \"exit \$?\"; cat /proc/self/sessionid; echo"
wait_screen two '^Waiting for 1 yes'
approve bob "$id"
ok "it runs in the other login" wait_screen two '^exit 0$'
same "in its folder" /home/alice/work "$(cat /home/alice/work/where)"
ok "as part of that login" wait_screen two "^$(cat /home/alice/work/session)\$"
