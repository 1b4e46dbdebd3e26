# approve: from the committed approval to the command's first instruction
. /src/tests/bench/common.sh
login bob bob
for ((i = 0; i < ${TIMES:-25}; i++)); do
	as alice "s3-sudo run --allow 'put s3://prod-reports/2026/' -r 'OPS-1 bench' -t 1m -- $BENCH/bootms" \
		>"$BENCH/ran" 2>"$BENCH/said" &
	until grep -qE 's3-approve [k-z]{8}' "$BENCH/said" 2>/dev/null; do sleep 0.05; done
	id=$(grep -oE 's3-approve [k-z]{8}' "$BENCH/said" | cut -d' ' -f2 | head -n 1)
	vote_yes "$id"
	wait $!
	approved=$(record "SELECT json_extract(record, '\$.boot_ms') FROM audit
		WHERE id LIKE '$id%' AND json_extract(record, '\$.event') = 'approved'")
	echo $(($(<"$BENCH/ran") - approved))
	rm -f "$BENCH/said"
done | spread "approve -> command running" ms
sts_times | spread "of that, AssumeRole" ms
