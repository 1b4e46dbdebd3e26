# What the package does to a host (S2, S12): installed it changes no login and adds one
# file that sets the user; removed it takes everything along, whoever is logged in.
# also: trixie
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

export DEBIAN_FRONTEND=noninteractive
package() { dpkg --force-unsafe-io "$@" </dev/null 2>&1; }
set_user_id() { find / -xdev \( -path /src -o -path /out -o -path /proc \) -prune -o \( -perm -4000 -o -perm -2000 -type f \) -printf '%p\n' | sort; }
traces() { # of ours, outside of what dpkg and the logs know about it
	find / -xdev \( -path /src -o -path /out -o -path /proc -o -path /var/log -o -path /var/lib/dpkg -o -path /run/world \
		-o -path /var/cache -o -path /home -o -path /laptop -o -path /tmp -o -path /root -o -path /srv \) -prune \
		-o \( -name '*s3jit*' -o -name 's3-sudo*' -o -name 's3-approve*' -o -name 's3-audit*' \) -print | sort
}

ok "S12: there is something to find" test "$(traces | wc -l)" -ge 20
ok "no fault points are compiled in" bash -c '! grep -aq fault-hits /usr/sbin/s3jitd /usr/sbin/s3jit-signer'
same "the files of the package belong to root" "" "$(dpkg -L s3jit | xargs -d '\n' stat -c '%U:%G %n' | grep -v '^root:root ' || :)"
same "and only root writes them" "" "$(dpkg -L s3jit | xargs -d '\n' -I{} find {} -maxdepth 0 ! -type l -perm /022)"

unit_faults() { systemd-analyze verify --man=no "$1" 2>&1 || :; }
for unit in $(dpkg -L s3jit | grep -E '/systemd/system/.*\.(service|socket)$'); do
	same "systemd understands ${unit##*/}" "" "$(unit_faults "$unit")"
done
sed 's/^LimitCORE/LimitCoer/' /usr/lib/systemd/system/s3jitd.service >/tmp/s3jitd.service
ok "and would complain" test -n "$(unit_faults /tmp/s3jitd.service)"

# --- removed, with somebody at work -----------------------------------------------------

line_up alice
on alice "s3-sudo open --allow 'put s3://prod-reports/scratch/' -t 10m -r 'OPS-1 x'" 2>/dev/null
login bob two
world_stop_broker	# as systemctl does where there is systemd
world_stop_signer
refuses "S12: it is removed" 0 "Removing s3jit" package -r s3jit
same "S12: no line of PAM's is left" "" "$(grep -rl s3jit /etc/pam.d --include='common-*' --include=sshd || :)"
same "a new login is as without us" "" "$(as carol 'env' | grep -E 'AWS|S3JIT' || :)"
ok "alice's login goes on" on alice true
type two 'echo $((6 * 7))'
ok "so does bob's" wait_screen two '^42'
refuses "S12: no program is left" 127 "not found" on alice 's3-sudo status'
ok "the record stays until the administrator wants it gone" test -s /var/lib/s3jit/s3jit.db
ok "so do the rules" test -s /etc/s3jit/s3jit.conf
refuses "S12: purged" 0 "Purging configuration files for s3jit" package --purge s3jit
rm -rf /etc/s3jit/ca.pem /etc/s3jit/signer.credentials	# the world's own
rmdir /etc/s3jit 2>/dev/null || :
same "S12: nothing of us is left" "" "$(traces)"
ok "alice's login goes on" on alice true
ok "alice logs in" as alice true
logout two

# --- installed ---------------------------------------------------------------------------

cp -r /etc/pam.d /tmp/pam.before
set_user_id >/tmp/suid.before
find /etc/systemd /etc/init.d /etc/rc?.d /etc/cron* | sort >/tmp/started.before
refuses "it says that it is switched off" 0 "s3jit is installed and switched off; logins are unchanged" package -i /out/s3jit.deb
same "S2: one new file sets the user" /usr/bin/s3-sudo "$(set_user_id | comm -13 /tmp/suid.before -)"
same "S2: it is root's, and nobody else writes it" "root:root 4755" "$(stat -c '%U:%G %a' /usr/bin/s3-sudo)"
same "S2: no file has capabilities" "" "$(dpkg -L s3jit | xargs -d '\n' -I{} find {} -maxdepth 0 -type f | xargs -d '\n' getfattr -n security.capability 2>/dev/null || :)"
ok "S2: s3-sudo is linked dynamically" bash -c 'readelf -l /usr/bin/s3-sudo | grep -q INTERP'
ok "PAM is as it was" diff -r -x s3-sudo /tmp/pam.before /etc/pam.d
same "nothing is started at boot" "" "$(find /etc/systemd /etc/init.d /etc/rc?.d /etc/cron* | sort | comm -13 /tmp/started.before -)"
same "a login is as before" "" "$(as carol 'env' | grep -E 'AWS|S3JIT' || :)"
same "and tells us nothing" "" "$(grep -a pam_s3jit /var/log/auth.log | tail -n 1 | grep "$(date +%b)" | grep carol || :)"
refuses "s3-sudo says what is missing" 114 "s3jitd does not answer" as alice 's3-sudo status'

# --- a line of PAM's without its module -------------------------------------------------------

echo 'session optional pam_s3jit.so' >>/etc/pam.d/common-session
module=$(dpkg -L s3jit | grep 'pam_s3jit\.so$')
same "with the module a login has the profile" /etc/s3jit/aws-config "$(as alice 'echo $AWS_CONFIG_FILE')"
mv "$module" /tmp/
same "P10: without it people get in all the same" alice "$(as alice 'id -un')"
mv /tmp/pam_s3jit.so "$module"
sed -i 's/^session optional pam_s3jit/session required pam_s3jit/' /etc/pam.d/common-session
refuses "S12: it is not removed from under a line that needs it" 1 \
	'/etc/pam.d/common-session needs pam_s3jit.so' package -r s3jit
ok "and stays as it is" test -e "$module"
sed -i 's/^session required pam_s3jit/session optional pam_s3jit/' /etc/pam.d/common-session
ok "removed once more" package --purge s3jit
