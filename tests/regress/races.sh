# timeout: 900
# Q11: answers, claims and ends that race, from processes of real logins over real
# sockets, where the scheduler decides who is first: one outcome each, on record.
. /src/tests/world/harness.sh

export PYTHONPATH=/src/tests/world
racers=/src/tests/world/racers.py
times=60
python3 $racers conduct $times >/tmp/said 2>&1 &
conductor=$!
until [[ -S /run/racers.sock ]]; do sleep 0.05; done
for who in alice alice2 bob carol; do
	open_line "${who%2}" "race-$who" "PYTHONPATH=$PYTHONPATH python3 $racers run $who"
done
rc=0
wait $conductor || rc=$?
note "$(</tmp/said)"
same "Q11: each race has one outcome" 0 "$rc"
pairs=$(grep -cE '^[a-z ]+/[a-z ]+: [0-9]+ first' /tmp/said || :)
same "seven pairs have raced" 7 "$pairs"
while IFS=: read -r pair split; do
	read -r one _ two _ <<<"$split"
	ok "Q11: $pair: each was first at times ($one and $two of $times)" test "$one" -gt 0 -a "$two" -gt 0
done < <(grep -E '^[a-z ]+/[a-z ]+: [0-9]+ first' /tmp/said)
