# logout: how long keys that were handed out go on after their login has ended
. /src/tests/bench/common.sh
. /src/tests/world/crash.sh
export PYTHONPATH=/src/tests/world
ENDS=/src/tests/bench/ends.py
TIMES=${TIMES:-200}
revoke_at_aws

for ((i = 0; i < TIMES; i++)); do
	line_up alice@bench
	on alice@bench "PYTHONPATH=$PYTHONPATH python3 $ENDS keys" >"$BENCH/keys"
	# kept by somebody elsewhere, who goes on using them
	: >"$BENCH/refused"
	python3 $ENDS refused <"$BENCH/keys" >"$BENCH/refused" &
	until_true 1000 grep -q works "$BENCH/refused"
	began=$("$BENCH/bootms")
	line_down alice@bench
	wait $!
	echo $(($(tail -n 1 "$BENCH/refused") - began))
done | spread "logout -> AccessDenied" ms
