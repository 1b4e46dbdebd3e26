# revoke: from the committed end to the first refused question of a loop that asks
# without pause
. /src/tests/bench/common.sh
login alice alice
for ((i = 0; i < ${TIMES:-25}; i++)); do
	type alice "s3-sudo open --allow 'put s3://prod-reports/scratch/' -t 5m -r 'OPS-1 bench' && while /usr/libexec/s3jit/s3jit-credentials s3-write >/dev/null 2>&1; do :; done; $BENCH/bootms >$BENCH/refused; sync $BENCH/refused"
	until id=$(record "SELECT id FROM requests WHERE state = 'active' OR ended IS NULL OR ended = 0" 2>/dev/null | head -n 1) && [[ -n $id ]]; do sleep 0.05; done
	sleep 0.3
	install -m 666 /dev/null "$BENCH/refused"
	as alice "s3-sudo close $id" >/dev/null 2>&1
	until [[ -s $BENCH/refused ]]; do sleep 0.02; done
	ended=$(record "SELECT json_extract(record, '\$.boot_ms') FROM audit
		WHERE id = '$id' AND json_extract(record, '\$.event') = 'done'")
	echo $(($(<"$BENCH/refused") - ended))
done | spread "end -> next refused" ms
