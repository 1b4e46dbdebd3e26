# Logins do not depend on the broker: it is down, hangs, is overrun or says no, and
# people get in, in bounded time, without s3jit; with `required` nobody gets in.
# also: trixie
. /src/tests/world/harness.sh

# log_in: alice's name as her login says it, its exit code in RC, milliseconds in TOOK
log_in() {
	local from=${EPOCHREALTIME/./}
	RC=0
	SAID=$(as alice 'id -un; touch ~/was-here' 2>&1) || RC=$?
	TOOK=$(((${EPOCHREALTIME/./} - from) / 1000))
}
PROMISED=2500
ROOM=3 # this machine may be busy

required() { sed -i 's/optional\(.*pam_s3jit\.so\).*/required\1 required/' /etc/pam.d/common-session; }
optional() { sed -i 's/required\(.*pam_s3jit\.so\).*/optional\1/' /etc/pam.d/common-session; }
said_in_log() { tail -n +"$LOG_FROM" /var/log/auth.log | grep -E "pam_s3jit\(sshd:session\): .*$1"; }
mark_log() { LOG_FROM=$(($(wc -l </var/log/auth.log) + 1)); }

# logins_go_on WHEN REGEX: with the broker as it is now, both kinds; REGEX is the log's
logins_go_on() {
	mark_log
	log_in
	same "P2: $1, the login goes on" "0 alice" "$RC $SAID"
	ok "P3: in bounded time ($TOOK ms)" test $TOOK -lt $((PROMISED * ROOM))
	ok "the log says why" said_in_log "$2; the login goes on without s3jit"
	same "its environment is that of a login, which reads nothing" \
		"/etc/s3jit/aws-config /etc/s3jit/aws-credentials-empty true" \
		"$(as alice 'echo $AWS_CONFIG_FILE $AWS_SHARED_CREDENTIALS_FILE $AWS_EC2_METADATA_DISABLED')"
	required
	mark_log
	rm -f /home/alice/was-here
	log_in
	same "P2: required, $1: nobody gets in" 254 "$RC"
	ok "and nothing ran" test ! -e /home/alice/was-here
	ok "P3: in bounded time ($TOOK ms)" test $TOOK -lt $((PROMISED * ROOM))
	ok "the log says so" said_in_log "$2; the login is refused \(required\)"
	optional
}
opened() { how_many "" '.event == "session-opened" and .user == "alice"'; }
reads() { as alice 'aws s3 ls s3://prod-reports/'; }

before=$(opened)
log_in
same "control: the broker there, alice logs in" "0 alice" "$RC $SAID"
required
log_in
same "with required, too" "0 alice" "$RC $SAID"
optional
same "both were registered" $((before + 2)) "$(opened)"
ok "a login reads" reads
normal=$(opened)

world_stop_broker
logins_go_on "no broker" "No such file or directory|Connection refused"
login alice meanwhile
type meanwhile 's3-sudo status; echo "exit $?"'
ok "s3-sudo says that the broker is away" wait_screen meanwhile 's3jitd does not answer'
ok "with 114" wait_screen meanwhile '^exit 114$'
world_start_broker
clear_screen meanwhile
type meanwhile 's3-sudo status; echo "exit $?"'
ok "a login from meanwhile stays unknown" wait_screen meanwhile 'This login is not known to s3jit\.  Log in again'
ok "with 113" wait_screen meanwhile '^exit 113$'
type meanwhile 'aws s3 ls s3://prod-reports/'
ok "its profile says so, too" wait_screen meanwhile 's3jit-credentials: This login is not known'
same "it never was registered" "$normal" "$(opened)"
ok "the next login reads" reads
normal=$(opened)

kill -STOP "$(daemon_pid s3jitd)"
logins_go_on "a broker that hangs" "no answer in time"
ok "control: it did wait for an answer" test $TOOK -gt 1500
login alice late
kill -CONT "$(daemon_pid s3jitd)"
ok "when it answers again, logins read" reads
type late 'aws s3 ls s3://prod-reports/; echo "exit $?"'
ok "a login that gave up waiting is not taken for one that was registered" wait_screen late '^exit 255$'
still_open() { record | jq -s 'reduce .[] as $r ({}; if $r.event == "session-opened" then .[$r.session | tostring] = 1
	elif $r.event == "session-ended" then del(.[$r.session | tostring]) else . end) | length'; }
until_true 100 eval '(($(still_open) == 0))' || :
same "and none is on record as open" 0 "$(still_open)"

# too many wait already: the kernel lets nobody else in
world_stop_broker
somaxconn=$(sysctl -n net.core.somaxconn)
sysctl -qw net.core.somaxconn=4
world_start_broker
kill -STOP "$(daemon_pid s3jitd)"
python3 - <<-'PYTHON' &
	import socket, time
	held = []
	try:
	    while True:
	        s = socket.socket(socket.AF_UNIX)
	        s.setblocking(False)
	        s.connect("/run/s3jit/root.sock")
	        held.append(s)
	except BlockingIOError:
	    print(len(held), file=open("/tmp/waiting", "w"))
	time.sleep(600)
PYTHON
crowd=$!
until_true 100 test -s /tmp/waiting || :
ok "a full backlog ($(cat /tmp/waiting) wait)" test "$(cat /tmp/waiting)" -ge 4
logins_go_on "with a full backlog" "too busy to take a connection in time"
kill $crowd
kill -CONT "$(daemon_pid s3jitd)"
ok "when it empties, logins read" reads
sysctl -qw net.core.somaxconn="$somaxconn"

# a broker that says no: to it, this boot's session ids have wrapped
world_stop_broker
sqlite3 /var/lib/s3jit/s3jit.db "INSERT INTO sessions SELECT NULL, boot_id, sessionid + 10000000, loginuid, user,
	service, rhost, tty, key_hash, monitor_pid, monitor_start, opened, opened, 'logout', reauth_at
	FROM sessions ORDER BY row DESC LIMIT 1"
world_start_broker
logins_go_on "a broker that refuses" "s3jitd refused to register this login: .*session id [0-9]+ is far below others.*"
recorded "B15: it alarms" "" '.event == "session-id-reused" and .user == "alice"'
refuses "and gives nothing" 255 "This login is not known to s3jit" reads
