# A2: the record can be carried away and checked by anybody, without rights and
# without a broker; whatever is changed in it is found.  Reading it is for auditors.
# also: sanitizers
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
for i in 1 2 3; do as alice "s3-sudo put report.csv s3://prod-reports/scratch/$i -t 5m -r 'OPS-41$i x'" 2>/dev/null; done
printf 'a\nb\t\033[31m "quoted"' | tr '\n' ' ' >/tmp/reason
as alice "s3-sudo put report.csv s3://prod-reports/scratch/4 -t 5m -r '$(cat /tmp/reason)'" 2>/dev/null
id=$(record | jq -rs 'map(select(.event == "granted"))[0].id')

# --- who may read it
not_auditor='auditor|not allowed'
for who in mallory alice bob; do
	refuses "$who reads nothing of it: log" 113 "$not_auditor" as $who 's3-audit log'
	refuses "$who: export" 113 "$not_auditor" as $who 's3-audit export'
	refuses "$who: verify of the live record" 113 "$not_auditor" as $who 's3-audit verify'
done
refuses "nor is root an auditor by being root" 113 "." s3-audit log
refuses "nor erin's group in alice's hands" 113 "$not_auditor" as alice 'newgrp audit 2>/dev/null; s3-audit log'
refuses "the file itself is not theirs" 1 "Permission denied" as erin 'cat /var/lib/s3jit/s3jit.db'

# --- the log, as a person and as a program reads it
refuses "erin reads a line for each" 0 "asked +alice +${id::8}|asked  alice" as erin 's3-audit log'
as erin 's3-audit log >lines; s3-audit log --json >records'
# a line a record: the last one has the number of the line
same "A3: as many lines as there are records" "$(tail -n 1 /home/erin/lines | awk '{ print $1 }')" "$(wc -l </home/erin/lines)"
same "A8: none of them with anything that a terminal obeys" 0 "$(as erin 's3-audit log' | LC_ALL=C grep -c '[[:cntrl:]]' || :)"
ok "every line of --json is an object" as erin 's3-audit log --json | jq -es "length > 20 and all(.[]; type == \"object\" and has(\"event\") and has(\"time\"))"'
same "one request: its whole story" "asked approved granted lease-intent lease sign done" \
	"$(as erin "s3-audit log --json --request ${id::8}" | jq -rs 'map(.event) | join(" ")')"
same "by its whole id as well" 7 "$(as erin "s3-audit log --request $id" | wc -l)"
refuses "a request that is none" 2 "No request kkkkkkkk" as erin 's3-audit log --request kkkkkkkk'
same "nothing is from tomorrow" "" "$(as erin "s3-audit log --since $(date -u -d tomorrow +%F)")"
ok "all is since today" test "$(as erin "s3-audit log --since $(date -u -d yesterday +%F) --until $(date -u -d '2 days' +%F)" | wc -l)" -gt 20

# --- carried away
as erin 's3-audit export' >/tmp/record.jsonl
as erin 's3-audit export record.jsonl; s3-audit export record.jsonl 2>&1 | cat' >/tmp/again || :
ok "an export is never written over another" grep -q 'File exists' /tmp/again
file_of mallory record.jsonl </tmp/record.jsonl
world_stop_broker
refuses "mallory verifies a copy, with no broker" 0 "^Chain verified 1.[0-9]+.  Last: [0-9]+:[0-9a-f]{64}$" as mallory 's3-audit verify record.jsonl'
refuses "also from a pipe" 0 "^Chain verified" as mallory 'cat record.jsonl | s3-audit verify -'
refuses "what a chain cannot show is said" 0 "nothing was cut off behind it.*s3-audit verify --head" as mallory 's3-audit verify record.jsonl'

broken() { # LABEL REGEX, the changed export on stdin
	file_of mallory broken.jsonl
	cmp -s /home/mallory/broken.jsonl /home/mallory/record.jsonl && failed "$1: nothing was changed"
	refuses "A2: $1" 1 "$2" as mallory 's3-audit verify broken.jsonl'
}
export=/home/mallory/record.jsonl
n=$(wc -l <$export)
sed "12s/alice/carol/" $export | broken "one word of a record" "line 12.*Record 12 was changed: its hash is another"
sed "12s/OPS-411/OPS-412/;20s/\"ttl\\\\\":300/\"ttl\\\\\":301/;25s/alice/alicf/" $export | broken "one digit" "Record (12|20|25) was changed"
sed 10d $export | broken "a record taken out" "Record 11 follows record 9: records are missing"
sed 1d $export | broken "the first one" "begins with record 2: what came before is missing"
sed -n '1h;2{p;x};p' $export | broken "two in another order" "It begins with record 2|another order"
sed '10{p}' $export | broken "one twice" "Record 10 follows record 10"
head -c -1 $export | broken "an end that was cut within a line" "the last line is cut off"
sed '5s/}$/,"more":1}/' $export | broken "a field more" "line 5.*no line of an export"
sed '5s/"seq":5/"seq":5,"seq":5/' $export | broken "a field twice" "line 5.*no line of an export"
sed '7s/.*//' $export | broken "an empty line" "line 7"
: | broken "nothing at all" "There is no record in it"
# a record and its hash, made anew, as who knows how it is done would
forged=$(sed -n 15p $export | jq -r .record | sed s/alice/carol/)
prev=$(sed -n 15p $export | jq -r .prev)
field() { printf "\\x$(printf %02x $((${#1} >> 24)))\\x$(printf %02x $((${#1} >> 16 & 255)))\\x$(printf %02x $((${#1} >> 8 & 255)))\\x$(printf %02x $((${#1} & 255)))%s" "$1"; }
hash=$({ field s3jit-audit-1; field "$prev"; field 15; field "$forged"; } | sha256sum | cut -d' ' -f1)
rehashed() { jq -c --arg r "$1" --arg h "$2" 'if .seq == 15 then .record = $r | .hash = $h else . end' $export; }
same "(the hash is computed as INTERFACES.md says)" "$(sed -n 15p $export | jq -r .hash)" \
	"$({ field s3jit-audit-1; field "$prev"; field 15; field "$(sed -n 15p $export | jq -r .record)"; } | sha256sum | cut -d' ' -f1)"
rehashed "$forged" "$hash" | broken "a record with a hash of its own" "Record 16 does not follow record 15 as it is here"

# --- what syslog has tells of an end that was cut off, and of a chain made anew
logged() { grep -oE 'seq=[0-9]+ hash=[0-9a-f]{64}' /var/log/auth.log | tail -n 1 | sed 's/seq=//; s/ hash=/:/'; }
last_logged() { head=$(logged); [[ -n $head ]] && ((${head%%:*} >= n)); }
ok "syslog has the last one" until_true 100 last_logged
head=$(sed -n "$((n - 2))p" $export | jq -r '"\(.seq):\(.hash)"')
refuses "with a head from syslog it is verified" 0 "^Chain verified" as mallory "s3-audit verify --head $head record.jsonl"
head -n $((n - 5)) $export | file_of mallory broken.jsonl
refuses "an end that was cut off is not seen without it" 0 "^Chain verified" as mallory 's3-audit verify broken.jsonl'
refuses "A2: and is with it" 1 "its end was cut off" as mallory "s3-audit verify --head $head broken.jsonl"
refuses "A2: another history is not this one" 1 "history was written anew" as mallory "s3-audit verify --head $((n - 2)):$(printf 0%.0s {1..64}) record.jsonl"
tail -n +10 $export | file_of mallory part.jsonl
refuses "a part of it is verified as a part" 0 "^Chain verified 10.$n" as mallory 's3-audit verify --part part.jsonl'

# --- and in the database itself
world_start_broker
refuses "erin verifies the live record" 0 "^Chain verified 1." as erin 's3-audit verify'
refuses "A2: the database itself refuses to change a record" 19 "an audit record is never changed" sqlite3 /var/lib/s3jit/s3jit.db "UPDATE audit SET record = '{}' WHERE seq = 12"
world_stop_broker
triggers=$(sqlite3 /var/lib/s3jit/s3jit.db "SELECT 'DROP TRIGGER \"' || name || '\";' FROM sqlite_master WHERE type = 'trigger'")
sqlite3 /var/lib/s3jit/s3jit.db "$triggers UPDATE audit SET record = replace(record, 'OPS-411', 'OPS-499') WHERE seq = (SELECT min(seq) FROM audit WHERE record LIKE '%OPS-411%')"
world_start_broker || :
refuses "A2: what is changed in the database is found" 1 "Record [0-9]+ was changed" as erin 's3-audit verify'
