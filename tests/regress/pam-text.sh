# What a client, a home directory or a name service may put into a login changes
# nothing that s3jit decides: it goes by what the kernel says, and what it is told
# is evidence, escaped where it is shown.
. /src/tests/world/harness.sh

echo 'report' | file_of alice report.csv
ask_put="s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x' --no-wait"

opened() { record | jq -cs "map(select(.event == \"session-opened\"))[$1]"; }
field() { opened "$1" | jq -r ".$2"; }

as alice true
true_key=$(field -1 key_hash)
ok "control: a login's key is known" test ${#true_key} == 64

# --- everything an administrator could switch on that lets users set variables -----
again() { # sshd reads its configuration; until it listens again
	kill -HUP "$(cat /run/sshd.pid)"
	for _ in {1..100}; do sleep 0.1; ! as erin true 2>/dev/null || return 0; done
	tail -n 5 /var/log/auth.log
	return 1
}
printf '%s\n' 'AcceptEnv *' 'PermitUserEnvironment yes' >/etc/ssh/sshd_config.d/loose.conf
again
lies=(AWS_CONFIG_FILE=/home/alice/evil AWS_SHARED_CREDENTIALS_FILE=/home/alice/evil AWS_EC2_METADATA_DISABLED=false
	S3JIT_SESSION=1 'SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAAother' PAM_RHOST=127.0.0.1 PAM_USER=bob
	LOGNAME=bob USER=bob 'SSH_CONNECTION=127.0.0.1 1 127.0.0.1 22')
lie_at() { # HOME
	printf '%s\n' "${lies[@]}" >"$1/.ssh/environment"
	sed -i 's/^/environment="SSH_AUTH_INFO_0=publickey other",environment="S3JIT_SESSION=2" /' "$1/.ssh/authorized_keys"
}
lie_at /home/alice
lie_at /home/bob
with_lies() { # PERSON KEY-OF COMMAND [SSH OPTIONS]
	laptop "$1" -o SendEnv='*' "${@:4}" -i "/laptop/$2/id"
	[[ $1 == "$2" ]] || SSH=("${SSH[@]/\/laptop\/$1\/id//laptop/$2/id}")
	env "${lies[@]}" "${SSH[@]}" "$3" </dev/null
}
said=$(with_lies alice alice 'env; echo "SESSION=$(cat /proc/self/sessionid)"')
ok "control: lies do arrive" grep -qx 'SSH_AUTH_INFO_0=publickey .*other' <<<"$said"
same "P6: a login's own profile is not replaced" \
	"AWS_CONFIG_FILE=/etc/s3jit/aws-config AWS_EC2_METADATA_DISABLED=true AWS_SHARED_CREDENTIALS_FILE=/etc/s3jit/aws-credentials-empty" \
	"$(grep -E '^AWS_(CONFIG|SHARED|EC2)' <<<"$said" | sort | xargs)"
# Debian's sshd lets a person's own file have the last word in their own environment
for person in alice bob; do
	printf '%s\n' "${lies[@]}" | sed 's/=\(.*\)/ OVERRIDE="\1"/' >"/home/$person/.pam_environment"
done
said=$(with_lies alice alice 'env; echo "SESSION=$(cat /proc/self/sessionid)"')
ok "control: it is read" grep -qx 'AWS_CONFIG_FILE=/home/alice/evil' <<<"$said"
same "P6: it is registered as what it is" \
	"alice $(id -u alice) $(sed -n 's/^SESSION=//p' <<<"$said") ssh from 10.77.0.11 $true_key" \
	"$(opened -1 | jq -r '"\(.user) \(.loginuid) \(.session) \(.origin) \(.key_hash)"')"

rm /home/alice/.pam_environment
login alice opener
type opener 's3-sudo open --allow "put s3://prod-reports/scratch/" -t 5m -r x; echo "session $(cat /proc/self/sessionid)"'
wait_screen opener '^session [0-9]+'
opener=$(screen opener | sed -n 's/^session //p')
type opener 'aws --profile s3-write s3 cp report.csv s3://prod-reports/scratch/x; echo "exit $?"'
ok "control: an open login writes" wait_screen opener '^exit 0$'
refuses "C3: naming its session in the environment opens nothing elsewhere" 255 'No write access is open' \
	with_lies alice alice "S3JIT_SESSION=$opener aws --profile s3-write s3 cp report.csv s3://prod-reports/scratch/y"

# bob's login with alice's key is alice's, whatever the environment says of keys
cat /laptop/alice/id.pub >>/home/bob/.ssh/authorized_keys
sed -i 's/^ssh-ed25519/environment="SSH_AUTH_INFO_0=publickey other" &/' /home/bob/.ssh/authorized_keys
id=$(as alice "$ask_put" 2>/dev/null)
vote="/src/tests/world/say '{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$(record "$id" | jq -rs '.[0].digest')\"}'"
refuses "Q3: alice's key in bob's account does not vote for alice" 0 'counts as the same person' \
	with_lies bob alice "$vote" -tt
same "P6: the key of that login was seen for what it is" "bob $true_key" "$(opened -1 | jq -r '"\(.user) \(.key_hash)"')"
with_lies bob bob "s3-approve list" >/tmp/list
ok "control: bob with his own key, among the same lies, is asked" grep -q "$id" /tmp/list

# a name instead of an address is text that a name service made up
sed -i 's/^10.77.0.1[[:space:]]/&/; $a 10.77.0.12 bob-laptop' /etc/hosts
sed -i 's/^UseDNS.*/UseDNS yes/' /etc/ssh/sshd_config.d/world.conf
again
refuses "P6: nobody votes from a host that is known by name only" 0 'a name that cannot be checked \(UseDNS in sshd_config\)' \
	as_tty bob "$vote"
same "where that name came from, nobody can say later; it is kept" "ssh from bob-laptop" "$(field -1 origin)"
sed -i 's/^UseDNS.*/UseDNS no/' /etc/ssh/sshd_config.d/world.conf
rm /etc/ssh/sshd_config.d/loose.conf
again
approve bob "$id"
recorded "control: by address he does" "$id" '.event == "approved" and .by == "bob"'

# --- other doors than sshd: a program that says what it likes to PAM ---------------
# open_session SERVICE USER RHOST TTY [LOGINUID]: as root; prints what PAM answers and
# the new session id, then ends the session
open_session() {
	python3 - "$@" <<-'PYTHON'
		import ctypes, os, sys
		service, user, rhost, tty = (os.fsencode(a) for a in sys.argv[1:5])
		if len(sys.argv) > 5:
		    open("/proc/self/loginuid", "w").write(sys.argv[5])
		pam = ctypes.CDLL("libpam.so.0", mode=ctypes.RTLD_GLOBAL)
		CONV = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
		class Conv(ctypes.Structure):
		    _fields_ = [("conv", CONV), ("arg", ctypes.c_void_p)]
		conv = Conv(CONV(lambda *a: 19), None)
		h = ctypes.c_void_p()
		assert pam.pam_start(service, user, ctypes.byref(conv), ctypes.byref(h)) == 0
		assert pam.pam_set_item(h, 4, rhost) == 0 and pam.pam_set_item(h, 3, tty) == 0
		rc = pam.pam_open_session(h, 0)
		print(rc, open("/proc/self/sessionid").read())
		pam.pam_close_session(h, 0)
		pam.pam_end(h, 0)
	PYTHON
}
printf '%s\n' 'session required pam_loginuid.so' 'session required pam_s3jit.so required' >/etc/pam.d/door
printf '%s\n' 'session required pam_s3jit.so required' >/etc/pam.d/unset
printf '%s\n' 'session required pam_s3jit.so required' 'session required pam_loginuid.so' >/etc/pam.d/early
cp /etc/pam.d/unset /etc/pam.d/other-door

registered() { how_many "" '.event == "session-opened"'; }
before=$(registered)
same "control: such a program can open a session" 0 "$(open_session door alice 10.77.0.11 ssh | cut -d' ' -f1)"
same "and that is registered" $((before + 1)) "$(registered)"

forged='10.77.0.11"}
{"event":"granted","id":"kkkkkkkk","by":"bob"} '$'\e]0;pwned\a\e[31m\r\b\u202e\xff'' ;uid=0; %n%s$(reboot)'
same "P6: hostile names of host and terminal are only text" 0 "$(open_session door alice "$forged" "$forged" | cut -d' ' -f1)"
same "and kept as such" "$(printf %s "$forged" | tr '\377' '?' | cut -c1-20 | head -n 1)" "$(field -1 tty | cut -c1-20 | head -n 1)"
not_recorded "nothing of it is a record of its own" kkkkkkkk '.event == "granted"'
same "P6: a person spelled with escapes is a person" 0 "$(
	printf 'eve;uid=0\e[31m:x:2000:100:%s:/:/bin/sh\n' 'gecos' >>/etc/passwd
	open_session door $'eve;uid=0\e[31m' '' '' | cut -d' ' -f1)"
same "of that uid" 2000 "$(field -1 loginuid)"
long=$(head -c 20000 /dev/zero | tr '\0' x)
before=$(registered)
open_session door alice "$long" ssh >/dev/null
same "P6: more text than fits is not cut, but refused" "$before" "$(registered)"
ok "and the log says why" grep -q 'pam_s3jit(door:session): rhost makes the message too long; the login is refused' /var/log/auth.log

# one record is one line, ASCII, in the log as well
ok "A3: the log has no control characters or other bytes" test -z "$(grep -aP '[^\x20-\x7e]' /var/log/auth.log)"
recorded "the last one is forwarded" "" '.event == "session-ended" and .loginuid == 2000'
lines() { grep -c 's3jitd\[[0-9]*\]: seq=' /var/log/auth.log; }
until_true 100 eval '(($(lines) >= $(record | wc -l)))' || :
same "A3: as many lines as records" "$(record | wc -l)" "$(lines)"

# --- who it is, the kernel says: pam_loginuid first (P5) ---------------------------
before=$(registered)
same "P5: without pam_loginuid nobody is registered" 14 "$(open_session unset alice 10.77.0.11 ssh | cut -d' ' -f1)"
same "P5: nor with pam_loginuid behind it" 14 "$(open_session early alice 10.77.0.11 ssh | cut -d' ' -f1)"
same "the log says what to do" 2 "$(grep -c 'pam_s3jit(\(unset\|early\):session): the login uid is not set: pam_loginuid must stand before pam_s3jit' /var/log/auth.log)"
same "P5: nor as somebody else than the kernel says" 14 "$(open_session other-door bob 10.77.0.12 ssh "$(id -u alice)" | cut -d' ' -f1)"
ok "the log says so" grep -q "pam_s3jit(other-door:session): the login uid is $(id -u alice), the user's uid is $(id -u bob)" /var/log/auth.log
same "control: as who it is it would be" 0 "$(open_session other-door bob 10.77.0.12 ssh "$(id -u bob)" | cut -d' ' -f1)"
same "none of these was registered but the last" $((before + 1)) "$(registered)"
sed -i '/pam_loginuid/d' /etc/pam.d/sshd
same "P5: sshd without pam_loginuid lets people in" alice "$(as alice 'id -un')"
same "unregistered" $((before + 1)) "$(registered)"
refuses "and without s3jit" 255 'This login is not known to s3jit' as alice 'AWS_CONFIG_FILE=/etc/s3jit/aws-config aws s3 ls s3://prod-reports/'
