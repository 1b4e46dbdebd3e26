# C1, C2: whatever crashes in the middle of a grant, no core has its secret key or
# its session token: not the client, transfer, s3-approve, s3jitd or s3jit-signer.
. /src/tests/world/harness.sh
[[ $(</proc/sys/kernel/core_pattern) != '|'* ]] || skip secrets-cores

memory=/src/tests/world/memory
mark=$(mktemp)
# every file that was written since, wherever it is
new_files() { find / \( -path /proc -o -path /sys -o -path /src -o -path /srv/s3 \) -prune -o -type f -newer "$mark" -print0 2>/dev/null; }
in_files() { new_files | xargs -0 grep -laF -e "$1" 2>/dev/null || :; }
cores() { new_files | tr '\0' '\n' | grep -E '/core[^/]*$' || :; }
over() { [[ $(sed -n 's/^State:\t//p' "/proc/$1/status" 2>/dev/null) != [RSDTt]* ]]; } # PID
gone() { until_true 400 over "$1"; }
# people allow cores in their logins; what a daemon forbids itself only root can
# allow again, and not everywhere
crash() { # LABEL PID
	prlimit --pid "$2" --core=unlimited:unlimited 2>/dev/null || :
	kill -SEGV "$2"
	kill -CONT "$2" 2>/dev/null || :
	ok "$1 crashes" gone "$2"
}
last_key() { record | jq -rs "map(select(.event == \"lease\" and .kind == \"$1\"))[-1].access_key_id"; }
signer=$(daemon_pid s3jit-signer) broker=$(daemon_pid s3jitd)
keys_of() { # KIND: sets secret and token
	mapfile -t keys < <($memory key-of "$signer" "$(last_key "$1")")
	secret=${keys[0]} token=${keys[1]}
	ok "$1: the signer has its secret key" test "${#secret}" -ge 30
}
clean() { same "C1, C2: $1: no file has the secret key or the token" "" "$(in_files "$secret"; in_files "$token")"; }

# the control: a program that does not mind, with such a text in its memory
canary=planted$(od -An -vtx1 -N16 /dev/urandom | tr -d ' \n')
cored_login() { # PERSON LINE
	login "$1" "$2"
	type "$2" 'ulimit -c unlimited; clear'
	wait_screen "$2" "^$1\\$ *$"
}
cored_login alice one
type one "S3JIT_CANARY=$canary sleep 1000"
until pid=$(pgrep -u alice -x sleep); do sleep 0.05; done
crash "a program that does not mind" "$pid"
ok "C1, control: its core is found, by name and by what is in it" test -n "$(cores)" -a -n "$(in_files "$canary")"
cores | tr '\n' '\0' | xargs -0 rm

# keys that are handed out: the client beside the command
clear_screen one
type one "s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 5m -r 'OPS-412 x' -- cat"
until command=$(pgrep -u alice -x cat); do sleep 0.05; done
keys_of handed-out
crash "the client beside a command" "$(pgrep -u alice -x s3-sudo-client)"
clean "the client beside a command"
! kill -KILL "$command" 2>/dev/null || ok "its command ends" gone "$command"

# signatures: an upload held in its middle, and who approves at another question
echo x | file_of alice small
ask alice waiting "s3-sudo put small s3://prod-reports/2026/small -t 5m -r 'OPS-412 x'"
cored_login bob two
type two "s3-approve $REQUEST"
wait_screen two 'yes / no'
until approve=$(pgrep -u bob -x s3-approve); do sleep 0.05; done
head -c 200000000 /dev/urandom | file_of alice large
cored_login alice three
type three 'bash -c "s3-sudo put large s3://prod-reports/scratch/large -t 5m -r \"OPS-412 x\"; echo over"'
until transfer=$(pgrep -u alice -x transfer); do :; done
client=$(pgrep -nu alice -x s3-sudo-client)
until [[ $(how_many "" '.event == "sign" and .part != null') -ge 4 ]]; do :; done
kill -STOP "$transfer" "$client"
keys_of signed
same "C2: s3-approve has neither in its memory" "" "$($memory search "$approve" <<<"$secret" || :; $memory search "$approve" <<<"$token" || :)"
ok "transfer has the token, so there is something to lose" test -n "$($memory search "$transfer" <<<"$token")"
crash "s3-approve" "$approve"
clean "s3-approve"
crash "transfer" "$transfer"
crash "the client" "$client"
clean "transfer and client"
crash "s3jitd" "$broker"
clean "s3jitd"
crash "s3jit-signer" "$signer"
clean "s3jit-signer"
ok "C1: the record's log was among what was looked at" bash -c "find /var/lib/s3jit -newer $mark -name 's3jit.db-wal' | grep -q ."
ok "C1: and the journal's own files" bash -c "find /var/log/journal -newer $mark -type f | grep -q ."
same "C1: who holds secrets or passes them on leaves no core at all" "" "$(cores | grep -v '^/home/bob/' || :)"
