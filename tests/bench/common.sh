# common.sh - what the measurements share.  Sourced inside a full world; nothing
# here asserts a speed.
# shellcheck shell=bash
set -euo pipefail
# shellcheck source=tests/world/harness.sh
. /src/tests/world/harness.sh
trap - EXIT

BENCH=/tmp/bench
mkdir -p "$BENCH"
for tool in pairs bootms; do
	[[ -x $BENCH/$tool ]] || gcc -O2 -o "$BENCH/$tool" "/src/tests/bench/$tool.c"
done

# median and 99th percentile of the numbers on standard input
spread() { # LABEL UNIT
	sort -n | awk -v label="$1" -v unit="$2" '{ v[NR] = $1 }
		END { printf "%-28s median %8.1f %s   p99 %8.1f %s   (n = %d)\n", label,
		      v[int((NR + 1) / 2)], unit, v[int(NR * 0.99 + 0.999)], unit, NR }'
}

record() { sqlite3 /var/lib/s3jit/s3jit.db "$1"; }

# how long AWS (here: RGW) took for each AssumeRole in the record so far
sts_times() {
	record "SELECT json_extract(b.record, '\$.boot_ms') - json_extract(a.record, '\$.boot_ms')
		FROM audit a JOIN audit b
		ON json_extract(a.record, '\$.lease') = json_extract(b.record, '\$.lease')
		WHERE json_extract(a.record, '\$.event') = 'lease-intent'
		AND json_extract(b.record, '\$.event') = 'lease'"
}

# say yes to request $1 as bob, at a terminal of his
vote_yes() {
	laptop bob -tt
	expect -c 'log_user 0; set timeout 20
		spawn '"${SSH[*]}"' s3-approve '"$1"'
		expect {yes / no}
		send "yes\r"
		expect eof' >/dev/null
}

# AWS is told to refuse what was handed out
revoke_at_aws() {
	world_stop_broker
	world_stop_signer
	REVOCATION=deny world_configure
	world_start_signer
	world_start_broker
}
