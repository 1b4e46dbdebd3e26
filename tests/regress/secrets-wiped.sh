# C8: a lease's secret key is gone from the signer as soon as its grant is: at the
# deadline, by a revoke, by close, by logout, whether it was handed out or signed.
. /src/tests/world/harness.sh

memory=/src/tests/world/memory
signer=$(daemon_pid s3jit-signer) broker=$(daemon_pid s3jitd)
last_key() { record | jq -rs "map(select(.event == \"lease\" and .kind == \"$1\"))[-1].access_key_id"; }
# has NEEDLE PID: 0 yes, 1 no; a search that fails is no proof
has() { $memory search "$2" <<<"$1" >/dev/null; }
keys_of() { # KIND: sets SECRET
	mapfile -t keys < <($memory key-of "$signer" "$(last_key "$1")")
	SECRET=${keys[0]}
	ok "C8, control: $2: while it goes on the signer has it" has "$SECRET" "$signer"
}
wiped() { # LABEL: within 20 s
	local i rc=0
	for ((i = 0; i < 100; i++)); do
		rc=0
		has "$SECRET" "$signer" || rc=$?
		((rc == 0)) || break
		sleep 0.2
	done
	same "C8: $1: the signer has wiped it" 1 "$rc"
	rc=0
	has "$SECRET" "$broker" || rc=$?
	same "C8: $1: and the broker never kept it" 1 "$rc"
}
# opened LINE TTL: alice opens write access in that login and uses it
opened() {
	type "$1" "s3-sudo open --allow 'put s3://prod-reports/scratch/' -t $2 -r 'OPS-412 x'"
	wait_screen "$1" '^Open until' 30
	REQUEST=$(record | jq -rs 'map(select(.event == "granted"))[-1].id')
	type "$1" "aws --profile s3-write s3 cp --only-show-errors /etc/hostname s3://prod-reports/scratch/x && echo written"
	wait_screen "$1" '^written$' 60
}

login alice one
opened one 40s
keys_of handed-out deadline
deadline=$(record "$REQUEST" | jq -s 'map(select(.event == "granted"))[0].deadline')
while (($(date +%s) <= deadline)); do sleep 0.2; done
wiped "at the deadline"
clear_screen one

opened one 10m
keys_of handed-out revoke
ok "alice revokes it" as alice "s3-approve revoke $REQUEST wrong bucket"
wiped "by a revoke"
clear_screen one

opened one 10m
keys_of handed-out close
type one 's3-sudo close'
wait_screen one '^Closed'
wiped "by close"
clear_screen one

opened one 10m
keys_of handed-out logout
logout one
wiped "by logout"

# signed: an upload held in its middle
head -c 200000000 /dev/urandom | file_of alice large
uploading() { # LINE
	local before
	before=$(how_many "" '.event == "sign" and .part != null')
	login alice "$1"
	type "$1" 'bash -c "s3-sudo put large s3://prod-reports/scratch/large -t 5m -r \"OPS-412 x\"; echo over"'
	until TRANSFER=$(pgrep -u alice -x transfer); do :; done
	until (($(how_many "" '.event == "sign" and .part != null') >= before + 3)); do :; done
	kill -STOP "$TRANSFER"
	REQUEST=$(record | jq -rs 'map(select(.event == "granted"))[-1].id')
}
uploading two
keys_of signed "revoke of a put"
ok "alice revokes the upload" as alice "s3-approve revoke $REQUEST wrong file"
wiped "a put, by a revoke"
kill -CONT "$TRANSFER"
wait_screen two '^over$' 60
logout two

uploading three
keys_of signed "logout in a put"
logout three
wiped "a put, by logout"
kill -CONT "$TRANSFER" 2>/dev/null || :
