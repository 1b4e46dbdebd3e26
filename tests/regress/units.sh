# What systemd makes of our units and tmpfiles, as far as it can say without running
# them: how confined the daemons are, and that nothing of ours is aged away.
. /src/tests/world/harness.sh

UNITS=(/usr/lib/systemd/system/s3jitd.service /usr/lib/systemd/system/s3jit-signer.service)

# exposure at most 2.0 of 10 (a unit that says nothing has 9 and more)
exposure() { systemd-analyze security --offline=true --threshold=20 --no-pager "$1"; }
# an unknown key is a warning only
verified() {
	local said
	said=$(systemd-analyze verify --man=no "$1" 2>&1 | grep -F "${1##*/}" || :)
	[[ -z $said ]] || { echo "$said"; return 1; }
}

for unit in "${UNITS[@]}"; do
	name=${unit##*/}
	ok "S3: $name is confined" exposure "$unit"
	ok "S3: $name has no key that systemd does not know" verified "$unit"
done

mkdir /tmp/planted
grep -vE '^(CapabilityBoundingSet|SystemCallFilter|ProtectSystem|RestrictAddressFamilies|ProtectHome|NoNewPrivileges)' \
	"${UNITS[0]}" >/tmp/planted/s3jitd.service
refuses "S3, control: a unit that lost its walls is seen" 1 "exposure level" exposure /tmp/planted/s3jitd.service
sed 's/^NoNewPrivileges/NoMorePrivileges/' "${UNITS[0]}" >/tmp/planted/s3jitd.service
refuses "S3, control: a key that is spelled wrong is seen" 1 NoMorePrivileges verified /tmp/planted/s3jitd.service

# S6: everything of ours is very old, and so is a file that nobody protects
old() { find "$@" -exec touch -h -a -m -d '2020-01-01' {} +; }
ours() { find /run/s3jit /run/s3jit-signer /var/lib/s3jit /etc/s3jit | sort; }
mkdir -p /srv/planted
touch /srv/planted/old
# by access and change of content, whose times can be set; it ages all of /run and /var/lib, as others' might
printf 'd /srv/planted 0755 root root amAM:1s\nd /run 0755 root root amAM:1s\nd /var/lib 0755 root root amAM:1s\n' >/etc/tmpfiles.d/aging.conf
before=$(ours)
old /srv/planted /run/s3jit /run/s3jit-signer /var/lib/s3jit
systemd-tmpfiles --clean || :
ok "S6, control: what nobody protects is aged away" test ! -e /srv/planted/old
same "S6: nothing of ours is" "$before" "$(ours)"
same "S6: no state of ours is in /tmp or /var/tmp" "" "$(find /tmp /var/tmp -user s3jit -o -user s3jit-signer)"
