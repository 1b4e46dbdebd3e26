# ends: how long power goes on after it was taken away, and how soon it is there;
# S3 here follows at once, where AWS says "a few minutes at most"
. /src/tests/bench/common.sh
. /src/tests/world/crash.sh
TIMES=${TIMES:-200}

sed -i '/^aws {/a\  revocation = "deny"\n  revoker-role = "arn:aws:iam::111122223333:role/s3jit-revoker"' /etc/s3jit/s3jit.conf
# many runs are many requests; here it is about time
world_stop_broker
world_stop_signer
world_start_signer
world_start_broker

measure() { # WHAT LABEL
	as alice "PYTHONPATH=/src/tests/world python3 /src/tests/bench/ends.py $1 $TIMES" | spread "$2" ms
}
measure open "claim -> first PUT of a shell"
measure sign "revoke -> signature refused"
measure deny "revoke -> AccessDenied"
measure stopped "the same, its client stopped"

for ((i = 0; i < TIMES; i++)); do
	line_up alice@bench
	on alice@bench 'PYTHONPATH=/src/tests/world python3 /src/tests/bench/ends.py keys' >"$BENCH/keys"
	rm -f "$BENCH/refused"
	PYTHONPATH=/src/tests/world python3 /src/tests/bench/ends.py refused <"$BENCH/keys" >"$BENCH/refused" &
	until grep -q works "$BENCH/refused" 2>/dev/null; do sleep 0.01; done
	began=$("$BENCH/bootms")
	line_down alice@bench
	wait $!
	echo $(($(tail -n 1 "$BENCH/refused") - began))
done | spread "logout -> AccessDenied" ms
