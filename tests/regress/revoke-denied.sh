# world: REVOCATION=deny
# Where AWS is told to refuse what was handed out: a hostile person who keeps the
# keys of a command or a session, and processes that do not end, has nothing of
# them a moment after revoke, close or logout; it is confirmed, on record, and
# undone once the keys are over.
. /src/tests/world/harness.sh

allow="--allow 'put s3://prod-reports/2026/'"
policy() { /src/tests/world/s3-server role-policy-of s3jit-write s3jit-revoked-bastion-07.example.net 2>/dev/null | grep '^{'; }
# with the keys in FILE of alice's (three lines "export NAME=VALUE"): may they write?
may_write() { # FILE
	local key secret token
	key=$(sed -n 's/^AWS_ACCESS_KEY_ID=//p' "$1") secret=$(sed -n 's/^AWS_SECRET_ACCESS_KEY=//p' "$1")
	token=$(sed -n 's/^AWS_SESSION_TOKEN=//p' "$1")
	with_keys "$key" "$secret" "$token" -X PUT "https://prod-reports.s3.$REGION.amazonaws.com/2026/kept" -d x
}
# keeps the keys, ignores TERM, leaves the session
file_of alice keep.sh <<-'SCRIPT'
	env | grep ^AWS_ >"$1.new"
	setsid bash -c 'trap "" TERM HUP; sleep 1000' &
	mv "$1.new" "$1"
	trap "" TERM
	while :; do sleep 0.1; done
SCRIPT
until_there() { until_true 200 test -e "$1"; }

# --- revoke, of a command --------------------------------------------------------------
ask alice one "s3-sudo run $allow -t 10m -r 'OPS-1 x' -- bash keep.sh kept.one; echo \"exit \$?\""
run=$REQUEST
approve bob "$run"
ok "a command keeps its keys" until_there /home/alice/kept.one
ok "control: with them it writes" may_write /home/alice/kept.one
refuses "revoked, and refused by AWS, confirmed" 0 \
	'^Revoked. No further signature, no further keys. Keys already handed out: refused by AWS, confirmed' \
	as bob "s3-approve revoke $run keys leaked"
refuses "C8: the kept keys write nothing" 22 AccessDenied may_write /home/alice/kept.one
for step in requested taken confirmed; do recorded "on record: $step" "$run" ".event == \"deny-$step\""; done
ok "the role names that session alone" jq -e '.Statement[0].Condition.StringEquals."aws:userid" | length == 1 and (.[0] | endswith(":s3jit-" + $id))' \
	--arg id "$(sqlite3 /var/lib/s3jit/s3jit.db "SELECT id FROM requests WHERE id LIKE '$run%'")" <(policy)
ok "and its tag, for AWS" jq -e '.Statement[1].Condition.StringEquals."aws:PrincipalTag/s3jit-request" | length == 1' <(policy)
wait_screen one '^exit 116$' 30

# --- others go on ------------------------------------------------------------------------
ask alice two "s3-sudo run $allow -t 20s -r 'OPS-2 x' -- bash keep.sh kept.two; echo \"exit \$?\""
approve bob "$REQUEST"
ok "one that was granted later writes" until_there /home/alice/kept.two
ok "with its own keys" may_write /home/alice/kept.two
short=$REQUEST

# --- close ------------------------------------------------------------------------------------
ask alice three "s3-sudo open $allow -t 10m -r 'OPS-3 x'"
open=$REQUEST
approve bob "$open"
wait_screen three '^Open until'
type three 'export $(/usr/libexec/s3jit/s3jit-credentials s3-write | jq -r "\"AWS_ACCESS_KEY_ID=\(.AccessKeyId) AWS_SECRET_ACCESS_KEY=\(.SecretAccessKey) AWS_SESSION_TOKEN=\(.SessionToken)\""); env | grep ^AWS_ >kept.three'
until_there /home/alice/kept.three
sleep 0.3
ok "control: keys out of the profile write" may_write /home/alice/kept.three
clear_screen three
type three 's3-sudo close'
ok "closed, and refused by AWS, confirmed" wait_screen three '^Closed. No new credentials. Keys already handed out: refused by AWS, confirmed.'
refuses "they write nothing now" 22 AccessDenied may_write /home/alice/kept.three

# --- logout ---------------------------------------------------------------------------------------
ask alice four "s3-sudo open $allow -t 10m -r 'OPS-4 x'"
out=$REQUEST
approve bob "$out"
wait_screen four '^Open until'
type four '/usr/libexec/s3jit/s3jit-credentials s3-write | jq -r "\"AWS_ACCESS_KEY_ID=\(.AccessKeyId)\nAWS_SECRET_ACCESS_KEY=\(.SecretAccessKey)\nAWS_SESSION_TOKEN=\(.SessionToken)\"" >kept.four'
until_there /home/alice/kept.four
sleep 0.5
ok "control: before the logout they write" may_write /home/alice/kept.four
logout four
recorded "a logout: confirmed" "$out" '.event == "deny-confirmed"'
refuses "and refused" 22 AccessDenied may_write /home/alice/kept.four

# --- its end -------------------------------------------------------------------------------------------
wait_screen two '^exit 11[67]$' 40
not_recorded "what reached its deadline needs no Deny" "$short" '.event == "deny-requested"'
refuses "its policy refuses by itself" 22 AccessDenied may_write /home/alice/kept.two

# --- all of a person, everything -----------------------------------------------------------------------------
ask alice five "s3-sudo run $allow -t 30s -r 'OPS-5 x' -- bash keep.sh kept.five; echo \"exit \$?\""
five=$REQUEST
approve bob "$five"
until_there /home/alice/kept.five
waits=$(as alice "s3-sudo put keep.sh s3://prod-reports/2026/y -r 'OPS-6 x' -t 5m --no-wait" 2>/dev/null)
refuses "mallory may revoke nothing of alice's" 0 '2 others are not yours to revoke' as mallory 's3-approve revoke --all-of alice because'
ok "control: it goes on" may_write /home/alice/kept.five
refuses "bob revokes all of alice's" 0 "${five:0:8} of alice: revoked. Keys already handed out: refused by AWS, confirmed" \
	as bob 's3-approve revoke --all-of alice her laptop was stolen'
refuses "the keys are refused" 22 AccessDenied may_write /home/alice/kept.five
refuses "and what waited is gone" 116 'Revoked by bob: "her laptop was stolen"' as alice "timeout 20 s3-sudo resume $waits"
ok "AWS is told of what other hosts lent to her, too" jq -e 'any(.Statement[]; .Condition.StringEquals."aws:SourceIdentity" == "alice" and .Condition.DateLessThan."aws:TokenIssueTime" != null)' <(policy)
refuses "there is nothing left for everybody" 0 'There is nothing to revoke' as bob 's3-approve revoke --everything INC-90'
refuses "two at once are refused" 2 'one of them' as bob 's3-approve revoke --everything --all-of alice INC-90'
refuses "so is no reason" 2 'something is missing' as bob 's3-approve revoke --all-of alice'

# --- IAM says no, s3jitd restarted: it is asked until it takes it ---------------------------------------------------
ask alice six "s3-sudo run $allow -t 10m -r 'OPS-7 x' -- bash keep.sh kept.six; echo \"exit \$?\""
six=$REQUEST
approve bob "$six"
until_there /home/alice/kept.six
/src/tests/world/s3-server role-policy s3jit-revoker s3jit >/dev/null
refuses "IAM says no: never silent" 0 'AWS does not take their refusal yet and is asked until it does; at the latest they end at' \
	as bob "s3-approve revoke $six INC-91"
recorded "on record" "" '.event == "deny-failed" and (.text | test("AccessDenied.*revoker-role"))'
ok "control: the keys work still" may_write /home/alice/kept.six
world_stop_broker
world_stop_signer
/src/tests/world/rgw-adapter /src/conf/aws/revoker.json >/tmp/revoker.json
/src/tests/world/s3-server role-policy s3jit-revoker s3jit /tmp/revoker.json >/dev/null
world_start_signer
world_start_broker
recorded "B15: after a restart it is taken" "$six" '.event == "deny-taken"'
refuses "and they are refused" 22 AccessDenied may_write /home/alice/kept.six

# --- what is left behind -------------------------------------------------------------------------------------------
world_stop_broker
sqlite3 /var/lib/s3jit/s3jit.db "UPDATE revocations SET until = strftime('%s') - 70 WHERE removed = 0"
world_start_broker
recorded "what is over is removed" "$six" '.event == "deny-removed"'
removed() { [[ -z $(policy) ]]; }
ok "and the role has no Deny any more" until_true 100 removed
echo '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:userid":["left:behind"]}}}]}' >/tmp/left
/src/tests/world/s3-server role-policy s3jit-write s3jit-revoked-bastion-07.example.net /tmp/left >/dev/null
ok "control: one was left behind" test -n "$(policy)"
world_stop_broker
world_start_broker
ok "at its start s3jitd removes what its record does not know" until_true 100 removed

# --- stopped for good -----------------------------------------------------------------------------------------------
world_stop_broker
world_start_broker --revoke
ask alice seven "s3-sudo run $allow -t 10m -r 'OPS-8 x' -- bash keep.sh kept.seven; echo \"exit \$?\""
approve bob "$REQUEST"
until_there /home/alice/kept.seven
world_stop_broker
ok "with --revoke its command ends" wait_screen seven '^exit 11[46]$' 60
refuses "and its keys are refused" 22 AccessDenied may_write /home/alice/kept.seven
world_start_broker
recorded "on record" "$REQUEST" '.event == "revoked" and (.text | test("--revoke"))'

# --- a group, a rule ------------------------------------------------------------------------------------------------
ask alice eight "s3-sudo run $allow -t 10m -r 'OPS-9 x' -- sleep 500; echo \"exit \$?\""
approve bob "$REQUEST"
wait_screen eight '^Approved by bob. Running until'
gpasswd -d alice analysts >/dev/null
ok "Q5: who loses the group loses what it gave" wait_screen eight '^Revoked by s3jitd: "rule "report uploads" no longer names alice"' 30
gpasswd -a alice analysts >/dev/null
ok "the record is whole" as erin 's3-audit verify'
