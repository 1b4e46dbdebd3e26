# C2: while a put is under way no process of alice's, nor the broker, holds a
# secret key that writes; and its session token, which travels with each
# signature, lies in no file, log or argument.
. /src/tests/world/harness.sh

memory=/src/tests/world/memory
processes_of() { pgrep -u "$1"; }
# found NEEDLE PID...: where it is, or nothing; a search that fails is no proof
found() {
	local needle=$1
	shift
	$memory search "$@" <<<"$needle" || (($? == 1)) || echo "the search failed"
}
# every file that was written since the world began, and those of people
in_files() {
	grep -rlaF -e "$1" /home /root /tmp /var/tmp /dev/shm /run /etc/s3jit /var/lib/s3jit /var/log 2>/dev/null || :
}
key_of() { # EVENT-JQ: the last such lease's access key id
	record | jq -rs "map(select(.event == \"lease\" and ($1)))[-1].access_key_id"
}

login alice one
login alice two
type one 'sleep 1000 & S3JIT_X=1 bash'
head -c 200000000 /dev/urandom | file_of alice large
clear_screen two
# (in a shell without job control, which would notice that its child is stopped)
type two "bash -c 's3-sudo put large s3://prod-reports/scratch/large -t 5m -r \"OPS-412 x\"; echo \"exit \$?\"'"
until transfer=$(pgrep -u alice -x transfer); do :; done
client=$(pgrep -u alice -x s3-sudo-client)
until [[ $(how_many "" '.event == "sign" and .part != null') -ge 4 ]]; do :; done
kill -STOP "$transfer" "$client"
ok "a put is held in the middle" test "$(how_many "" '.event == "sign" and .part != null')" -lt 25

signer=$(daemon_pid s3jit-signer) broker=$(daemon_pid s3jitd)
key=$(key_of '.kind == "signed"')
mapfile -t keys < <($memory key-of "$signer" "$key")
secret=${keys[0]} token=${keys[1]}
ok "the signer has its secret key" test "${#secret}" -ge 30
ok "which the server takes: it is the true one" with_keys "$key" "$secret" "$token" -T /etc/hostname "https://s3.$REGION.amazonaws.com/prod-reports/scratch/large"

# shellcheck disable=SC2046 # a word each
same "the search sees what is there: transfer has the token" "$transfer transfer memory" "$(found "$token" $(processes_of alice) | grep memory)"
same "and the key's id" "$transfer transfer memory" "$(found "Credential=$key" "$transfer" | grep memory)"
ok "the transfer, the client, shells, sshd's part: all are looked at" test "$(processes_of alice | wc -l)" -ge 7
# shellcheck disable=SC2046
same "C2: no process of alice's has the secret key" "" "$(found "$secret" $(processes_of alice))"
same "C2: nor has the broker" "" "$(found "$secret" "$broker")"
# shellcheck disable=SC2046
same "C2: nor has any process but the signer" "" "$(found "$secret" $(pgrep -vx 's3jit-signer|kthreadd|bash|python3|memory|tmux: server|radosgw|ceph-.*' | grep -vx $$))"
# shellcheck disable=SC2046
same "C2: the token is in no argument and no environment" "" "$(found "$token" $(pgrep -v '^memory$' | grep -vx $$) | grep -v ' memory$')"

kill -CONT "$client" "$transfer"
ok "it goes on to its end" wait_screen two '^exit 0$' 60
ok "with the right bytes" cmp /home/alice/large <(object prod-reports/scratch/large)
rm /home/alice/large

ok "a file with it would be seen" grep -q planted <<<"$(echo "$secret" >/home/alice/planted; in_files "$secret"; rm /home/alice/planted)"
same "C2: no file and no log has the secret key" "" "$(in_files "$secret")"
same "C2: nor the token" "" "$(in_files "$token")"
same "A4: the record has the key's id" "$key" "$(key_of '.kind == "signed"')"
ok "C1: syslog and journal have that, so they were looked at" grep -qF "$key" /var/log/syslog
same "C1: the journal has neither" "" "$(journalctl --no-pager -o cat 2>/dev/null | grep -F -e "$secret" -e "$token" || :)"

# once it is over, nobody has it
same "C8: the signer has wiped it" "" "$(found "$secret" "$signer")"
# shellcheck disable=SC2046
same "C2: nobody has it" "" "$(found "$secret" $(processes_of alice) "$broker")"
