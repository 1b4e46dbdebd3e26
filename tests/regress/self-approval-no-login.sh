# Processes with bob's uid that are no login of his, as alice could plant them or
# root could start them: cron and at jobs, services, a forged loginuid.  None of
# them votes, asks or gets keys (Q6, Q7, B6).
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
echo 'alice ALL=(bob) NOPASSWD: ALL' >/etc/sudoers.d/alice
chmod 0440 /etc/sudoers.d/alice
bob=$(id -u bob)
stranger='This login is not known to s3jit'

# also with a genuine login of bob's beside them
login bob genuine
ask alice one "s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
id=$REQUEST
digest=$(record "$id" | jq -rs '.[0].digest')
# what counts, tried on a terminal of bob's own by whoever has his uid
mkdir -m 1777 /tmp/jobs
cat >/tmp/jobs/vote <<S
script -qec "/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$digest\"}'" /dev/null
S
cat >/tmp/jobs/job <<S
exec >/tmp/jobs/\$1.out 2>&1
id -u
cat /proc/self/loginuid; echo
script -qec "s3-approve $id" /dev/null; echo "approve \$?"
sh /tmp/jobs/vote
s3-sudo status; echo "sudo \$?"
/usr/libexec/s3jit/s3jit-credentials default; echo "credentials \$?"
echo over
S

# nothing LABEL NAME LOGINUID: that job was bob's, and came to nothing
nothing() {
	local i out=/tmp/jobs/$2.out
	for ((i = 0; i < 300; i++)); do
		if grep -qx over "$out" 2>/dev/null; then break; fi
		sleep 0.1
	done
	sed 's/\x1b\[[0-9;]*m//g; s/\r//' <"$out" >"/tmp/jobs/$2.text" || :
	out=$(cat "/tmp/jobs/$2.text")
	same "$1: it has bob's uid, and this loginuid" "$bob $3" "$(head -n 2 <<<"$out" | xargs)"
	same "$1: refused four times, in words" 4 "$(grep -c "$stranger" <<<"$out")"
	same "$1: exit codes" "approve 113 sudo 113 credentials 1" "$(grep -E '^(approve|sudo|credentials) [0-9]' <<<"$out" | xargs)"
	same "$1: no keys" "" "$(grep SecretAccessKey <<<"$out")"
}

as alice "echo '@reboot sh /tmp/jobs/job cron' | sudo -u bob crontab -"
cron
nothing "Q7: a cron job that alice planted" cron "$bob"
as alice "echo 'sh /tmp/jobs/job at' | sudo -u bob at now" 2>/dev/null
atd
nothing "Q7: an at job" at "$bob"
recorded "A5: on record as bob's" "" ".event == \"no-session\" and .ruid == $bob"
recorded "A5: through the helper, too" "" ".event == \"facts-refused\" and .ruid == $bob"

unset_uid=4294967295
setsid setpriv --reuid bob --regid bob --init-groups sh /tmp/jobs/job service
nothing "Q6: a service that runs as bob" service $unset_uid
setsid setpriv --reuid bob --regid bob --init-groups sh -c "echo $bob >/proc/self/loginuid; sh /tmp/jobs/job forged"
nothing "B6: a process that forged bob's loginuid" forged "$bob"
# mallory, too, may write what she likes where nothing is written yet
refuses "B6: mallory forges it" 113 "$stranger" setsid -w setpriv --reuid mallory --regid mallory --init-groups \
	sh -c "echo $bob >/proc/self/loginuid; grep -qx $bob /proc/self/loginuid && script -qec 's3-approve $id' /dev/null"
refuses "a login's own cannot be written" 1 "" as mallory "echo $bob >/proc/self/loginuid"
root_tries() { script -qec "s3-approve $id" /dev/null; }
refuses "Q6: root without a login" 113 "$stranger" root_tries

# cron with pam_s3jit: a session then, of a service that does not log people in
echo 'session optional pam_s3jit.so' >>/etc/pam.d/cron
as alice "sudo -u bob crontab -r"
as alice "echo '@reboot sh /tmp/jobs/vote' | sudo -u bob crontab -"
pkill -x cron
rm -f /run/crond.reboot
cron
recorded "Q7: registered by cron's own stack, it still does not vote" "" ".event == \"refused\" and .ruid == $bob and (.text | contains(\"opened by\"))"
recorded "it was registered" "" '.event == "session-opened" and .user == "bob" and .service == "cron"'

same "nothing of this counted" 0 "$(how_many "$id" '.event | IN("yes", "approved")')"
approve bob "$id"
ok "bob, logged in himself, approves" wait_screen one '^exit 0$'
