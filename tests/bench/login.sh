# login: ssh login, `true`, logout; with the module and without it
. /src/tests/bench/common.sh
# the same sshd under another PAM service, which lacks our line
sed 's/^@include common-session$//' /etc/pam.d/sshd >/etc/pam.d/sshd-plain
grep -v pam_s3jit /etc/pam.d/common-session >>/etc/pam.d/sshd-plain
ln -sf /usr/sbin/sshd /usr/sbin/sshd-plain
/usr/sbin/sshd-plain -p 2222 -o PidFile=/run/sshd-plain.pid
laptop alice -p 2222 && plain=("${SSH[@]}")
laptop alice && with=("${SSH[@]}")
# shellcheck disable=SC2094 # the first is through before the second has anything to write
sed 's/^bastion/[bastion/; s/^\([^ ,]*\),\([^ ]*\)/[\1]:2222,[\2]:2222/' /laptop/known_hosts |
	sed 's/^\[\[/[/' >>/laptop/known_hosts
"$BENCH/pairs" -n "${TIMES:-40}" "login, no module" "${plain[@]}" true -- "login, pam_s3jit" "${with[@]}" true
