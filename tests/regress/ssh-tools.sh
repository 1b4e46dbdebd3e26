# What people do over ssh without a terminal is as it was without s3jit: scp, sftp,
# rsync, git, plain commands, port forwarding, several channels over one line.
# also: trixie
. /src/tests/world/harness.sh

laptop alice -o HostName="$BASTION" -o User=alice
unset 'SSH[-1]'
cat >/laptop/ssh-alice <<ALICE
#!/bin/sh
exec ${SSH[*]} "\$@"
ALICE
chmod +x /laptop/ssh-alice
export GIT_SSH=/laptop/ssh-alice GIT_CONFIG_GLOBAL=/laptop/gitconfig
export GIT_AUTHOR_DATE=2024-01-01T00:00:00Z GIT_COMMITTER_DATE=2024-01-01T00:00:00Z
git config --global user.name alice
git config --global user.email alice@laptop
git config --global init.defaultBranch main

mkdir /laptop/files
head -c 300000 /dev/urandom >/laptop/files/big
printf 'a line\n' >/laptop/files/small
head -c 1000000 /dev/urandom >/laptop/bytes

# everything alice does, each with its output, messages and exit code in OUT
did() { # NAME COMMAND...
	local rc=0
	"${@:2}" >"$OUT/$1.out" 2>"$OUT/$1.err" </dev/null || rc=$?
	echo $rc >"$OUT/$1.rc"
}
with_input() { "${@:2}" <"$1"; }
# a shell that ends where its prompt would come, after all that a login may say
echo '[ ! -e there/leave ] || exit 4' >>/home/alice/.bashrc
made_there() { as alice 'cd there && find . -type f -exec sha256sum {} + | sort -k 2'; }

all_tools() { # OUT
	OUT=$1
	rm -rf /laptop/work /home/alice/there
	mkdir -p "$OUT" /laptop/work
	did command as alice 'mkdir there; echo out; echo err >&2; exit 7'
	did killed as alice 'kill -TERM $$'
	did both_ways with_input /laptop/bytes /laptop/ssh-alice bastion cat
	did terminal as_tty alice 'tty | tr -d 0-9; exit 3'
	touch /home/alice/there/leave
	did shell with_input /dev/null /laptop/ssh-alice -tt bastion
	rm /home/alice/there/leave
	did scp_to scp -S /laptop/ssh-alice -r /laptop/files bastion:there/scp
	did scp_from scp -S /laptop/ssh-alice bastion:there/scp/big /laptop/work/scp
	did scp_old scp -S /laptop/ssh-alice -O -r /laptop/files bastion:there/scp-old
	did scp_missing scp -S /laptop/ssh-alice bastion:there/nothing /laptop/work/
	printf '%s\n' 'mkdir there/sftp' 'put /laptop/files/big there/sftp/' 'get there/sftp/big /laptop/work/sftp' \
		'ls -1 there/sftp' 'rm there/nothing' >/laptop/batch
	did sftp sftp -S /laptop/ssh-alice -b /laptop/batch bastion
	did rsync_to rsync -ai -e /laptop/ssh-alice /laptop/files/ bastion:there/rsync/
	did rsync_from rsync -ai -e /laptop/ssh-alice bastion:there/rsync/ /laptop/work/rsync/
	did rsync_missing rsync -a -e /laptop/ssh-alice bastion:there/nothing /laptop/work/
	did git_init as alice 'git init -q --bare -b main there/repo.git'
	did git_clone git clone bastion:there/repo.git /laptop/work/repo
	did git_commit git -C /laptop/work/repo -c commit.gpgsign=false commit -q --allow-empty -m first
	did git_push git -C /laptop/work/repo push origin main
	did git_fetch git clone -q bastion:there/repo.git /laptop/work/again
	did git_log git -C /laptop/work/again log --format=%H
	did git_missing git clone bastion:there/no.git /laptop/work/no
	did made_there made_there
	did got_here bash -c 'cd /laptop/work && find . -type f ! -path "*/.git/*" -exec sha256sum {} + | sort -k 2'
}

# modules of the login's stack are taken out, or planted, as a package would
pam() { DEBIAN_FRONTEND=noninteractive pam-auth-update --package "$@"; }

all_tools /tmp/with
ok "they work at all: bytes come back as they went" cmp /laptop/bytes /tmp/with/both_ways.out
same "and files arrive" 4 "$(grep -c "$(sha256sum </laptop/files/big | cut -c1-64)" /tmp/with/made_there.out)"
same "and are fetched" 3 "$(grep -c "$(sha256sum </laptop/files/big | cut -c1-64)" /tmp/with/got_here.out)"
same "and git pushed what it fetched" 40 "$(tr -d '\n' </tmp/with/git_log.out | wc -c)"
same "exit codes come back" "7 3 4 0 0 0 1 1 0 0 23 128" "$(cd /tmp/with && cat command.rc terminal.rc shell.rc scp_to.rc \
	scp_from.rc scp_old.rc scp_missing.rc sftp.rc rsync_to.rc rsync_from.rc rsync_missing.rc git_missing.rc | xargs)"
with=$(how_many "" '.event == "session-opened" and .user == "alice"')
ok "all these were logins that s3jit knew ($with)" test "$with" -ge 15

pam --remove s3jit
all_tools /tmp/without
same "without the module no login is registered" "$with" \
	"$(how_many "" '.event == "session-opened" and .user == "alice"')"
same "P10: every output, message and exit code is the same without s3jit" "" "$(diff -r /tmp/with /tmp/without 2>&1 | head -n 20)"

# such a comparison sees a host that does speak: at the terminal, and everywhere
cat >/usr/share/pam-configs/planted <<-'PLANTED'
	Name: a module that speaks
	Default: no
	Priority: 0
	Session-Type: Additional
	Session:
		optional	pam_echo.so planted
PLANTED
pam --enable planted
sed -i '1i echo planted too' /home/alice/.bashrc
all_tools /tmp/planted
ok "P10, control: a module that speaks is seen by who logs in" grep -q '^planted.$' /tmp/planted/shell.out
ok "P10, control: what speaks everywhere is seen in plain commands" grep -qx 'planted too' /tmp/planted/command.out
refuses "and breaks sftp" 0 "^255$" cat /tmp/planted/sftp.rc
refuses "and git" 0 "^128$" cat /tmp/planted/git_clone.rc
refuses "and the comparison shows it" 1 "^Only in|differ|^diff" diff -r /tmp/without /tmp/planted
sed -i 1d /home/alice/.bashrc
pam --remove planted
pam --enable s3jit

# one line with many channels is one login, whatever runs over it
opened() { how_many "" '.event == "session-opened" and .user == "alice"'; }
ended() { record | jq -s --argjson s "$1" 'map(select(.event == "session-ended" and .session == $s)) | length'; }
before=$(opened)
/laptop/ssh-alice -M -S /laptop/mux -f -N bastion
# ssh puts itself into the background before the host has opened the login
until_true 100 eval '(($(opened) != before))' || :
same "a line with nothing on it yet (ssh -N) is a login" $((before + 1)) "$(opened)"
mux() { /laptop/ssh-alice -S /laptop/mux bastion "$@" </dev/null; }
open_line alice one 'bash --norc' -S /laptop/mux
open_line alice two 'bash --norc' -S /laptop/mux
for name in one two; do
	wait_screen $name '^bash-[0-9.]+\$'
	type $name 'echo "session $(cat /proc/self/sessionid)"'
	wait_screen $name '^session [0-9]+'
done
session=$(mux cat /proc/self/sessionid)
same "P7: two shells over one line are one session" "$session $session" \
	"$(for name in one two; do screen $name | sed -n 's/^session \([0-9]*\)$/\1/p'; done | xargs)"
same "P7: and were registered once" $((before + 1)) "$(opened)"
ok "both read S3" mux 'aws s3 ls s3://prod-reports/'
type two 's3-sudo run --allow "put s3://prod-reports/scratch/" -t 1m -r x -- true; echo "exit $?"'
ok "both may ask" wait_screen two '^exit 0$'
other=$(as alice 'cat /proc/self/sessionid')
same "P7: another ssh is another session" 1 "$(record | jq -s --argjson s "$other" --argjson t "$session" \
	'map(select(.event == "session-opened" and .session == $s and $s != $t)) | length')"
logout one
same "one shell less does not end it" 0 "$(ended "$session")"
ok "the other one still reads" mux 'aws s3 ls s3://prod-reports/'
/laptop/ssh-alice -S /laptop/mux -O exit bastion 2>/dev/null
recorded "the end of the line does" "" ".event == \"session-ended\" and .session == $session"

# forwarding without a shell
/laptop/ssh-alice -M -S /laptop/forward -f -N -L /laptop/door:127.0.0.1:22 bastion
ok "a forwarded port carries bytes" grep -q '^SSH-2.0-' \
	<(python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("/laptop/door"); print(s.recv(20).decode())')
/laptop/ssh-alice -S /laptop/forward -O exit bastion 2>/dev/null

# a package half removed
module=$(dpkg -L s3jit | grep '/pam_s3jit\.so$')
mv "$module" /tmp/
same "P10: the module's file gone, people log in as ever" alice "$(as alice 'id -un')"
ok "and copy files" scp -S /laptop/ssh-alice /laptop/files/small bastion:
refuses "and have no s3jit" 255 'redential' as alice 'AWS_CONFIG_FILE=/etc/s3jit/aws-config aws s3 ls s3://prod-reports/'
sed -i 's/optional\(.*pam_s3jit\)/required\1/' /etc/pam.d/common-session
refuses "control: the module is really gone" 254 "" as alice 'id -un'
sed -i 's/required\(.*pam_s3jit\)/optional\1/' /etc/pam.d/common-session
mv "/tmp/${module##*/}" "$module"
ok "back, everything is" as alice 'aws s3 ls s3://prod-reports/'
