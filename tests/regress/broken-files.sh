# A daemon has no descriptors left, or users have taken all connections of s3jitd
# (B8): rows of the table WHEN A PART IS BROKEN of s3jit(7).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh
# shellcheck source=tests/world/limits.sh
. /src/tests/world/limits.sh

# somebody of the broker's account connects to the signer, and keeps it
knocks() { # SECONDS
	setpriv --reuid s3jit --regid s3jit --groups "$(groups_of s3jitd s3jit)" python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect("'"$SIGNER_SOCKET"'")
time.sleep(int(sys.argv[1]))' "$1"
}
complaints() { grep -c 's3jit-signer.*accept: Too many open files' /var/log/auth.log || :; }

people
restart_signer # it has no connection to STS yet
ok "control: the signer is there again" until_true 200 try "read with keys from before"
may_open_nothing s3jit-signer
row "s3jit-signer can open no more files"
row_ends "s3jit-signer can open no more files"
knocks 10 &
ok "control: it cannot accept who connects" until_true 100 eval '(($(complaints) > 0))'
used=$(busy s3jit-signer)
ok "it does not spin ($used/100 s of 2 s)" test "$used" -lt 60
same "and says so once" 1 "$(complaints)"
may_open s3jit-signer
wait $!
ok "with descriptors again, a put is done" try put

people
may_open_nothing s3jitd
row "s3jitd can open no more files"
line_down alice@4
recorded "a logout ends what was open meanwhile" "${OPENED[1]}" '.event == "logout"'
((SECONDS >= EXPIRES_AT)) || sleep $((EXPIRES_AT - SECONDS))
recorded "its deadline ends what was open meanwhile" "${OPENED[2]}" '.event == "expired"'
used=$(busy s3jitd)
ok "s3jitd does not spin ($used/100 s of 2 s)" test "$used" -lt 60
may_open s3jitd
row_ends "s3jitd can open files again"

people
world_stop_broker
(
	ulimit -n 600
	world_start_broker
)
ok "control: alice's command goes on" until_true 200 eval 'on alice "s3-sudo status" | grep -q runs'
for person in mallory dave erin; do
	crowd $person 64 0 300 &
	until_true 1200 test -s /tmp/crowd.$person
done
ok "control: there is no room for more of them" grep -q 'no room for more connections' /tmp/crowd.*
row "Users have taken all connections of s3jitd"
row_ends "Users have taken all connections of s3jitd"
same "control: they had them all the while" 3 "$(jobs -r | grep -c crowd)"
crowd_over mallory dave erin
wait

ok "and when all is well again, a put is done" try put
ok "the record is whole" as erin 's3-audit verify'
