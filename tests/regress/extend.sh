# timeout: 240
# s3-sudo extend: what open has opened goes on for longer, when the rule allows that
# and somebody says yes again.  Too early, too often, without a yes, or after a
# revoke it does not; what was there stays as it was until then.
. /src/tests/world/harness.sh

change_rules -e '/^rule "report uploads"/a extends = 1\nextend-max = "10m"'
allow="--allow 'put s3://prod-reports/2026/' -r 'OPS-412 x'"
file_of alice keys <<<'/usr/libexec/s3jit/s3jit-credentials s3-write 2>&1 | jq -r "\"until \(.Expiration | fromdateiso8601)\"" 2>/dev/null || echo "until never"'
writes='AWS_PROFILE=s3-write aws s3 cp --only-show-errors /etc/hostname s3://prod-reports/2026/x; echo "wrote $?"'
open_for() { # TIME: in the terminal one; ID, ENDS
	clear_screen one
	type one "s3-sudo open $allow -t $1"
	wait_screen one '^Waiting for 1 yes'
	approve bob "$(request_of one)"
	wait_screen one '^Open until'
	ID=$(as alice 's3-sudo status --json' | jq -r '.requests[0].id')
	ENDS=$(record "$ID" | jq -s 'map(select(.event == "granted"))[0].deadline')
}
half() { # until half of the time is over
	local begun
	begun=$(record "$ID" | jq -s 'map(select(.event == "granted"))[0].time | fromdateiso8601')
	while (($(date +%s) < begun + (ENDS - begun) / 2 + 1)); do sleep 0.2; done
}
ask_more() { # OPTIONS
	clear_screen one
	type one "s3-sudo extend $1 -r 'OPS-412 longer'; echo \"exit \$?\""
}
asked() { how_many "" '.event == "asked"'; }

login alice one
open_for 40s
n=$(asked)
ask_more "${ID::8} 5m"
ok "too early: from when on it can be" wait_screen one '^Too early: it can be extended from [0-9:]{8} on'
ok "nobody was asked" test "$(asked)" = "$n"
half
ask_more "${ID::8} 11m"
ok "too long for the rule" wait_screen one '^this rule gives at most 10m'
ask_more "${ID::8} 5m"
wait_screen one '^Waiting for 1 yes'
new=$(request_of one)
same "it is a new request" no "$([[ $new == "${ID::8}" ]] && echo yes || echo no)"
open_line bob bob "s3-approve $new"
ok "its approver reads what it extends, and until when" wait_screen bob "^ extends ${ID::8} \(granted [0-9:]{8}, ends [0-9:]{8}\) by 5 min, to [0-9:]{8}\$"
ok "meanwhile the old one works" as alice "s3-sudo status | grep -q '^${ID::8}  open'"
wait_screen bob 'yes / no'
type bob yes
ok "approved it goes on" wait_screen one '^Open until [0-9:]{8} in this login only'
ok "and leaves" wait_screen one '^exit 0$'
same "for 5 min more than it had" $((ENDS + 300)) "$(record "$new" | jq -s 'map(select(.event == "granted"))[0].deadline')"
recorded "its record names the old one" "$new" ".event == \"granted\" and .parent == \"$ID\""
recorded "the old one ended at that moment, as extended" "$ID" ".event == \"done\" and .text == \"extended by $new\" and .deadline == $ENDS"
while (($(date +%s) <= ENDS + 1)); do sleep 0.2; done
clear_screen one
type one "$writes"
ok "after the old end it writes, by S3's own word" wait_screen one '^wrote 0$' 20
refuses "another login of hers has nothing" 1 'No write access is open' as alice '/usr/libexec/s3jit/s3jit-credentials s3-write'
ask_more "$new 5m"
ok "once is all that the rule allows, nor is half of it over" wait_screen one '^It was extended 1 times already|^Too early'
as alice "s3-sudo close $new" >/dev/null 2>&1
clear_screen one
type one 's3-sudo status'
ok "close ends it" wait_screen one '^Nothing is asked, nothing is open'

# --- no, and a revoke meanwhile
open_for 30s
half
ask_more "${ID::8} 5m"
wait_screen one '^Waiting for 1 yes'
deny bob "$(request_of one)" 'that is enough'
ok "a no leaves the old one as it was" wait_screen one '^Denied by bob: "that is enough"'
ok "open" as alice "s3-sudo status | grep -q '^${ID::8}  open'"
ask_more "${ID::8} 5m"
wait_screen one '^Waiting for 1 yes'
new=$(request_of one)
as carol "s3-approve revoke $ID wrong month" >/dev/null 2>&1
ok "revoked meanwhile: nobody decides on more time for it" wait_screen one '^Lapsed: what it was to extend has ended'
ok "with 111" wait_screen one '^exit 111$'
refuses "nor can anybody say yes" 0 'handled already' as_tty bob "s3-approve $new"

# --- what cannot be extended, in words, with nobody asked
n=$(asked)
clear_screen one
type one "(s3-sudo run $allow -t 5m -- sleep 1000) &"
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
approve bob "$id"
wait_screen one 'Running until'
refuses "keys of a command cannot be exchanged" 113 'Another login|handed out once' as alice "s3-sudo extend $id 5m -r 'OPS-412 x'"
ask_more "$id 5m"
ok "nor in its own login" wait_screen one 'Its keys were handed out once and cannot be exchanged'
refuses "somebody else's" 2 'No request' as dave "s3-sudo extend $id 5m -r x"
refuses "what is no time" 2 'is no length of time' as alice "s3-sudo extend $id later -r x"
same "nobody was asked" $((n + 1)) "$(asked)"
