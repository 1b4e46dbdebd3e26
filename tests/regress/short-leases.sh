# An open grant is lent in short leases: S3 itself refuses keys that were handed
# out once their lease is over, while the grant goes on with the next one; so a
# grant is taken back within one lease, although nobody may touch IAM here.
# timeout: 900
. /src/tests/world/harness.sh

helper=/usr/libexec/s3jit/s3jit-credentials
# what ~/NAME has: the keys as s3jit-credentials printed them in alice's login
keep() { # NAME
	rm -f "/home/alice/$1"
	type one "$helper s3-write >$1.new && mv $1.new $1"
	until_true 200 test -s "/home/alice/$1"
}
field() { jq -r "$2" "/home/alice/$1"; }
writes() { # NAME
	with_keys "$(field "$1" .AccessKeyId)" "$(field "$1" .SecretAccessKey)" "$(field "$1" .SessionToken)" \
		-T /etc/hostname "https://s3.$REGION.amazonaws.com/prod-reports/2026/$1"
}
until_past() { # TIME
	while (($(date +%s) <= $1)); do sleep 0.2; done
}
leases() { record "$id" | jq -s 'map(select(.event == "lease"))'; }
open_one() { # RULE'S LEASE TTL
	clear_screen one
	type one "s3-sudo open --allow 'put s3://prod-reports/2026/' -t $1 -r 'OPS-412 x'"
	wait_screen one '^Waiting for 1 yes'
	id=$(request_of one)
	approve bob "$id"
	wait_screen one '^Open until'
}

# --- a lease of 30 s ---------------------------------------------------------------
change_rules -e '/^rule "report uploads"/a lease = "30s"'
login alice one
open_one 10m
keep first
begun=$(leases | jq '.[0].until - 30')
same "C6: SDKs are told the end a third earlier" $((begun + 20)) "$(field first '.Expiration | fromdateiso8601')"
ok "its keys write" writes first
until_past $((begun + 15))
keep again	# past half life: the next one is asked for meanwhile
keep second
for ((i = 0; i < 20; i++)); do
	[[ $(field second .AccessKeyId) == "$(field first .AccessKeyId)" ]] || break
	sleep 0.3
	keep second
done
ok "past half its life there is another" test "$(field second .AccessKeyId)" != "$(field first .AccessKeyId)"
ok "and it writes" writes second
(($(date +%s) >= begun + 28)) || ok "while the first one works still" writes first
recorded "A1: until when they work is on record" "$id" '.event == "handed-out" and .keys_until > '$((begun + 30))
until_past $((begun + 30))
refuses "W8: from its lease's end on S3 refuses the first one" 22 AccessDenied writes first
ok "and takes the present one" eval 'keep third && writes third'

clear_screen one
type one 's3-sudo close'
wait_screen one '^Closed'
over=$(record "$id" | jq -s 'map(select(.keys_until))[-1].keys_until')
ok "close says until when keys work: the last lease's end" wait_screen one "work until $(date -d "@$over" +%T)"
ok "that is within one lease" test "$over" -le $(($(date +%s) + 30))
until_past "$over"
refuses "and then S3 refuses them" 22 AccessDenied writes third

# --- 1,000 objects ------------------------------------------------------------------
change_rules -e '/^lease = /d'
cat >/home/alice/thousand.py <<-'PYTHON'
	import botocore.session
	s3 = botocore.session.Session(profile="s3-write").create_client("s3")
	for n in range(1000):
	    s3.put_object(Bucket="prod-reports", Key=f"2026/many/{n}", Body=b"x")
	print("done", n + 1)
PYTHON
open_one 25m
clear_screen one
type one 'time python3 thousand.py'
ok "C6: an SDK writes 1,000 objects, asking before each" wait_screen one '^done 1000$' 700
count=$(leases | jq length)
ok "C6: for a handful of STS calls ($count)" test "$count" -le 8
