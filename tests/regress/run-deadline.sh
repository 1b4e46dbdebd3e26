# A time of seconds, where AWS sells none under 15 minutes: the command writes
# until the deadline and not beyond, by S3's own word, however it hangs on.
. /src/tests/world/harness.sh

# writes an object every 200 ms and says what S3 answered, in a line each: TIME CODE
install -m 755 -o alice -g alice /dev/stdin /home/alice/writer <<-WRITER
	#!/bin/bash
	trap 'echo TERM >>/home/alice/log' TERM		# hangs on
	while :; do
		code=\$(curl -s -o /dev/null -w '%{http_code}' --aws-sigv4 aws:amz:$REGION:s3 -u "\$AWS_ACCESS_KEY_ID:\$AWS_SECRET_ACCESS_KEY" \\
			-H "x-amz-security-token: \$AWS_SESSION_TOKEN" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \\
			-T /etc/hostname https://s3.$REGION.amazonaws.com/prod-reports/scratch/x)
		echo "\$(date +%s.%N) \$code" >>/home/alice/log
		sleep 0.2
	done
WRITER

open_line alice one "s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 8s -r 'OPS-412 x' -- ./writer; echo \"exit \$?\""
wait_screen one '^Allowed by rule "scratch". Running until [0-9:]{8} \(8s\)\.$'
ok "the deadline is said when it comes" wait_screen one '^s3-sudo: deadline reached, AWS refuses from now on.$' 25
ok "a command that hangs on is killed" wait_screen one '^exit 117$' 25
deadline=$(record | jq -s 'map(select(.event == "granted"))[0].deadline')
granted=$(record | jq -s 'map(select(.event == "granted"))[0].time | fromdateiso8601')
same "8 s are 8 s" 8 $((deadline - granted))
log=/home/alice/log
writes() { awk -v deadline="$deadline" "$1" $log; }
ok "before it wrote" test "$(writes '$1 < deadline && $2 == 200' | wc -l)" -gt 3
same "whenever it tried" "" "$(writes '$1 < deadline - 0.5 && $2 != "TERM" && $2 != 200')"
ok "it was told" grep -qx TERM $log
ok "it tried on, for its keys were its own" test "$(writes '$1 > deadline + 1 && $2 != ""' | wc -l)" -gt 3
same "and S3 refused every time" 403 "$(writes '$1 > deadline + 1 && $2 != "" {print $2}' | sort -u)"
ok "nothing of it runs now" bash -c '! pgrep -u alice -x "writer|curl"'
recorded "the grant ended so" '' '.event == "expired" and .person == "alice"'

# what has ended before is not touched; what ends by TERM ends at once
refuses "a command that is done in time has its own status" 3 "" as alice "s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 8s -r 'OPS-412 x' -- sh -c 'exit 3'"
refuses "so does one that obeys, at the deadline" 117 "deadline reached" as alice "s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 3s -r 'OPS-412 x' -- sleep 100"
