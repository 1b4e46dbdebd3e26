# One user who opens connections by the thousand keeps nobody else out, and a broker
# that has no descriptors left waits for better times instead of spinning (B8).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/limits.sh
. /src/tests/world/limits.sh

echo one | put_object prod-reports/2026/q1.csv
# shellcheck source=tests/world/quickly.sh
. /src/tests/world/quickly.sh
measure_ssh

# in the backlog of its socket
waiting() { ss -xlH src /run/s3jit/user.sock | awk '{ print $3 }'; }
others() { # WHEN
	quickly "B8: $1 others log in" as alice true
	quickly "B8: $1 they ask" as alice 's3-sudo status'
	quickly "B8: $1 they approve" as bob 's3-approve list'
	quickly "B8: $1 they read S3" as alice '/usr/libexec/s3jit/s3jit-credentials default'
}

before=$(open_files s3jitd)
crowd mallory 10000 10000 20 &
crowd=$!
others "while one user connects ten thousand times"
ok "control: she does" until_true 1200 test -s /tmp/crowd.mallory
ok "B8: one user has 64 connections" grep -q '^64 status_answer$' /tmp/crowd.mallory
ok "B8: the others are refused, with a word" grep -q '^9936 You have too many connections to s3jitd open' /tmp/crowd.mallory
others "while she asks ten thousand times on those"
ok "control: that was meanwhile" kill -0 $crowd
ok "B8: it holds two descriptors for each of the 64, at most" test "$(open_files s3jitd)" -le $((before + 2 * 64 + 30))
wait $crowd
ok "control: she was answered" test "$(</tmp/crowd.mallory.asked)" -ge 10000
ok "mallory, alone again, is answered" as mallory 's3-sudo status'
refuses "A5: what was refused is counted, not listed one by one" 0 '^1?[0-9]$' \
	echo "$(how_many "" '.event == "too-many"')"
until_true 200 eval '(($(open_files s3jitd) <= before))' || :
ok "nothing is held for who has gone ($before before, $(open_files s3jitd) now)" test "$(open_files s3jitd)" -le $((before + 2))

# as many users as it takes: logins keep a quarter of what there is
world_stop_broker
(
	ulimit -n 600
	world_start_broker
)
for person in mallory carol dave; do crowd $person 64 0 60 & done
for person in mallory carol dave; do ok "control: $person connects" until_true 1200 test -s /tmp/crowd.$person; done
ok "B8: with few descriptors, users are refused" grep -q 'no room for more connections' /tmp/crowd.mallory /tmp/crowd.carol /tmp/crowd.dave
opened() { how_many "" '.event == "session-opened" and .user == "alice"'; }
logins=$(opened)
ok "B8: and logins are not" as alice true
same "B8: they are registered" $((logins + 1)) "$(opened)"
ok "B8: who has few connections is let in" as alice 's3-sudo status'
ok "B8: descriptors are left, nevertheless" test "$(open_files s3jitd)" -lt 550
same "control: that was meanwhile" 3 "$(jobs -r | grep -c crowd)"
crowd_over mallory carol dave
wait

# and where even that is not so, it neither spins nor dies
may_open_nothing s3jitd
pid=$(daemon_pid s3jitd)
crowd mallory 64 0 0 &
until_true 200 eval '(($(waiting) >= 64))' || :
used=$(busy s3jitd)
ok "control: it has no descriptors left: 64 wait before its door" test "$(waiting)" -ge 64
ok "B8: without descriptors it does not spin ($used/100 s of 2 s)" test "$used" -lt 60
same "B8: people log in without it" alice "$(as alice 'id -un')"
may_open s3jitd
ok "B8: with some again, they are let in" until_true 1200 test -s /tmp/crowd.mallory
wait
same "B8: it is the same broker" "$pid" "$(daemon_pid s3jitd)"
ok "B8: and answers when they are gone" as alice 's3-sudo status'
