# timeout: 240
# s3-sudo env: keys for the environment of a shell that goes on.  They come once,
# never to a terminal, never when it was not approved; close, revoke, the deadline
# and logout end it as what open has opened, though no program of ours runs.
. /src/tests/world/harness.sh

allow="--allow 'put s3://prod-reports/2026/' -r 'OPS-412 x'"
free="--allow 'put s3://prod-reports/scratch/' -r 'OPS-412 x'"
file_of alice writes <<-'W'
	curl -s -o /dev/null -w 'S3 says %{http_code}\n' --aws-sigv4 aws:amz:eu-central-1:s3 -u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		-H "x-amz-security-token: $AWS_SESSION_TOKEN" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
		-T /etc/hostname https://s3.eu-central-1.amazonaws.com/prod-reports/${1:-2026}/x
W
asked() { how_many "" '.event == "asked"'; }

# --- approved, used, closed
login alice one
type one "AWS_PROFILE=elsewhere; export AWS_SECURITY_TOKEN=old; eval \"\$(s3-sudo env $allow -t 5m)\"; echo \"eval \$?\""
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
open_line bob bob "s3-approve $id"
ok "the approver reads where the keys go" wait_screen bob "handed to alice's shell: all of alice's processes can use and copy"
wait_screen bob 'yes / no'
type bob yes
ok "it says until when, and how to end it" wait_screen one '^Approved by bob\. Open until [0-9:]{8}\.   End it:   s3-sudo close$'
ok "and how the shell gets rid of them" wait_screen one '^Then this shell reads again by:   eval "\$\(s3-sudo env --unset\)"$'
ok "it leaves at once, well" wait_screen one '^eval 0$'
type one '. ./writes'
ok "the shell writes" wait_screen one '^S3 says 200$'
clear_screen one
type one 'echo "<$AWS_PROFILE$AWS_SECURITY_TOKEN>"; s3-sudo status'
ok "what would lead to other keys is gone" wait_screen one '^<>$'
ok "status calls it open" wait_screen one "^${id::8}  open +put s3://prod-reports/2026/ +[0-9]+m left +\(close: s3-sudo close\)"
ok "no program of ours runs for it" bash -c '! pgrep -u alice s3-sudo'
recorded "on record: granted so, with keys out until the deadline" "$id" '.event == "granted" and .delivery == "shell"'
type one "s3-sudo open $allow -t 5m; echo \"open \$?\""
ok "it counts as what is open" wait_screen one "already \(${id::8}\).*s3-sudo close"
clear_screen one
type one 'aws s3 ls s3://prod-reports/ >/dev/null || echo "no reading"'
ok "what was asked for is all they can" wait_screen one '^no reading$'
type one 'eval "$(s3-sudo env --unset)"; env | grep -cE "^AWS_(ACC|SEC|SES)"; aws s3 ls s3://prod-reports/ && echo "reads"'
ok "unset, the shell reads as before" wait_screen one '^reads$'
ok "without the keys" wait_screen one '^0$'
type one 's3-sudo close; echo "closed $?"'
ok "close says until when keys that are out work" wait_screen one 'Keys already handed out: work until [0-9:]{8}'
recorded "closed on record" "$id" '.event == "done" and .text == "closed" and .keys_until == .deadline'

# --- not to a terminal, not to who may not have them
n=$(asked)
clear_screen one
type one "s3-sudo env $allow -t 5m; echo \"env \$?\""
ok "C4: no keys on a terminal, and the line to use" wait_screen one 'Use:   eval "\$\(s3-sudo env --allow \.\.\.\)"$'
ok "C4: usage" wait_screen one '^env 2$'
refuses "fish has its own line" 2 's3-sudo env --allow \.\.\. \| source' as_tty alice "SHELL=/usr/bin/fish s3-sudo env $allow -t 5m"
refuses "a format that is none" 2 'sh, fish or json' as alice "s3-sudo env --format csh $allow"
refuses "nothing asked for" 2 'Say so with --allow' as alice 's3-sudo env'
same "nobody was asked" "$n" "$(asked)"
clear_screen one
type one "keys=\$(s3-sudo env $allow -t 5m); echo \"denied \$? <\$keys>\""
wait_screen one '^Waiting for 1 yes'
deny bob "$(request_of one)" 'not today'
ok "denied: who and why" wait_screen one '^Denied by bob: "not today"'
ok "denied: nothing on stdout, and its status" wait_screen one '^denied 110 <>$'
refuses "nor where no rule covers it" 113 '^Not allowed' as alice "s3-sudo env --allow 'put s3://prod-billing/' -r x | cat; exit \${PIPESTATUS[0]}"
refuses "a reader that is gone: no keys are out, it is over" 1 'went away' as alice "s3-sudo env $free -t 5m 2>err | true; rc=\${PIPESTATUS[0]}; cat err; exit \$rc"
recorded "as the record says" '' '.event == "done" and .delivery == "shell" and (.text | test("^failed"))'

# --- forms
same "sh: each line is one that a shell reads" "" "$(as alice "s3-sudo env $free -t 5m 2>/dev/null" | grep -vE "^(unset AWS_[A-Z_]+|export AWS_[A-Z_]+='[A-Za-z0-9+/=_.-]+');\$" || :)"
same "fish" "set -e AWS_PROFILE; set -gx AWS_SESSION_TOKEN" \
	"$(as alice "s3-sudo env --format fish $free -t 5m 2>/dev/null" | grep -oE '^(set -e AWS_PROFILE;|set -gx AWS_SESSION_TOKEN)' | xargs)"
as alice "s3-sudo env --format json $free -t 5m 2>/dev/null" >/tmp/json
same "json: as a credential_process says it, until the deadline" "1 $(record | jq -s 'map(select(.event == "granted"))[-1].deadline')" \
	"$(jq -r '.Version, (.Expiration | fromdateiso8601)' </tmp/json | xargs)"
ok "C4: no key on stderr" as alice "s3-sudo env $free -t 5m --json 2>err >out; ! grep -qFf <(grep -o \"'.*'\" out | tr -d \"'\") err && grep -q '\"outcome\":\"open\"' err"

# --- its other ends: each login is over by now, and with it what was open there
ok "logout ended them all" until_true 100 eval "[[ \$(as alice 's3-sudo status') == Nothing* ]]"
clear_screen one
type one "eval \"\$(s3-sudo env $allow -t 5m)\""
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
approve bob "$id"
wait_screen one 'reads again by'
as carol "s3-approve revoke $id wrong month" >/dev/null 2>&1
recorded "revoked, keys out until the deadline" "$id" '.event == "revoked" and .by == "carol" and .keys_until == .deadline'
type one 's3-sudo status'
ok "nothing is open" wait_screen one '^Nothing is asked, nothing is open'
type one "eval \"\$(s3-sudo env $free -t 8s)\"; . ./writes scratch"
ok "for 8 s it writes" wait_screen one '^S3 says 200$'
until on_record '' '.event == "expired" and .delivery == "shell"'; do sleep 0.2; done
clear_screen one
type one '. ./writes scratch'
ok "then S3 itself refuses" wait_screen one '^S3 says 403$'

# --- a lost line: taken up in another login, by whoever reads its output
clear_screen one
type one "eval \"\$(s3-sudo env $allow -t 5m)\""
wait_screen one '^Waiting for 1 yes'
id=$(request_of one)
cut_line one
approve bob "$id"
login alice two
type two "s3-sudo resume $id; echo \"resume \$?\""
ok "resumed on a terminal it says how" wait_screen two "Use:   eval \"\\\$\\(s3-sudo resume ${id::8}\\)\"\$"
type two "eval \"\$(s3-sudo resume $id)\"; . ./writes"
ok "and then it writes" wait_screen two '^S3 says 200$'
