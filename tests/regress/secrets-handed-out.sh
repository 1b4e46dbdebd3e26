# C1, C8: keys that are handed out are in the environment of their command and
# nowhere else: not in the client beside it, the broker, a file, an argument.  This
# is also what shows that the search of secrets-put.sh would find them.
. /src/tests/world/harness.sh

memory=/src/tests/world/memory
found() {
	local needle=$1
	shift
	$memory search "$@" <<<"$needle" || (($? == 1)) || echo "the search failed"
}
in_files() {
	grep -rlaF -e "$1" /home /root /tmp /var/tmp /dev/shm /run /etc/s3jit /var/lib/s3jit /var/log 2>/dev/null || :
}
last_key() { record | jq -rs "map(select(.event == \"lease\" and .kind == \"handed-out\"))[-1].access_key_id"; }
pid_of() { pgrep -u alice -x "$1"; }

signer=$(daemon_pid s3jit-signer) broker=$(daemon_pid s3jitd)
login alice one
login alice two
type one "s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 5m -r 'OPS-412 x' -- cat"
until command=$(pid_of cat); do sleep 0.05; done
client=$(pid_of s3-sudo-client)
mapfile -t keys < <($memory key-of "$signer" "$(last_key)")
secret=${keys[0]} token=${keys[1]}
ok "the signer has its secret key" test "${#secret}" -ge 30
same "the command has it, in its environment" "$command cat environ" "$(found "$secret" "$command" | grep environ)"
# shellcheck disable=SC2046
same "C1: no other process of alice's has it" "" "$(found "$secret" $(pgrep -u alice | grep -vx "$command"))"
same "C1: s3-sudo beside it has neither secret key nor token" "" "$(found "$secret" "$client"; found "$token" "$client")"
same "C8: the broker, through which it went, has neither" "" "$(found "$secret" "$broker"; found "$token" "$broker")"
# shellcheck disable=SC2046
same "C1: nobody's argument has it" "" "$(found "$secret" $(pgrep -v '^memory$' | grep -vx $$) | grep cmdline)"
same "C1: nor a file, nor a log" "" "$(in_files "$secret"; in_files "$token")"
same "H10: alice cannot look into s3-sudo" "" "$(as alice "cat /proc/$client/environ /proc/$client/mem 2>/dev/null | head -c 1")"
type_keys one C-d
until ! pid_of cat; do sleep 0.05; done

clear_screen one
type one "s3-sudo open --allow 'put s3://prod-reports/scratch/' -t 5m -r 'OPS-412 x'"
wait_screen one '^Open until'
type one "aws --profile s3-write s3 cp --only-show-errors /etc/hostname s3://prod-reports/scratch/open && echo written"
wait_screen one '^written$'
mapfile -t keys < <($memory key-of "$signer" "$(last_key)")
other=${keys[0]} token=${keys[1]}
ok "open has keys of its own" test "$other" != "$secret"
same "C1: once a program has used them no process of the login has them" "" "$(found "$other" $(pgrep -u alice))"
same "C8: nor has the broker" "" "$(found "$other" "$broker"; found "$token" "$broker")"
same "C1: no file has them" "" "$(in_files "$other"; in_files "$token")"
type one "s3-sudo close"
wait_screen one '^Closed'
same "C8: after close the signer has wiped them" "" "$(found "$other" "$signer")"
same "C8: and those of the command that has ended" "" "$(found "$secret" "$signer")"
