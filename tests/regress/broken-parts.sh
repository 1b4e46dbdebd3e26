# timeout: 600
# A daemon or the name service is away: the other rows of the table WHEN A PART IS
# BROKEN of s3jit(7).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

people
ok "while all is well, a put is done" try put

world_stop_signer
row "s3jit-signer is down"
row_ends "s3jit-signer is down"
world_start_signer

people
kill -STOP "$(daemon_pid s3jit-signer)"
row "s3jit-signer hangs"
row_ends "s3jit-signer hangs"
kill -CONT "$(daemon_pid s3jit-signer)"

# with nobody there to take access away, what ends by itself still does
people
world_stop_broker
row "s3jitd is down"
line_down alice@4
((SECONDS >= EXPIRES_AT)) || sleep $((EXPIRES_AT - SECONDS))
world_start_broker
row_ends "s3jitd is back"

people
kill -STOP "$(daemon_pid s3jitd)"
row "s3jitd hangs"
kill -CONT "$(daemon_pid s3jitd)"
row_ends "s3jitd goes on"

# a name service that hangs, for s3jitd alone: nobody could log in without it
cat >/tmp/hang.c <<-'C'
	#define _GNU_SOURCE
	#include <errno.h>
	#include <grp.h>
	#include <nss.h>
	#include <pwd.h>
	#include <string.h>
	#include <unistd.h>
	static enum nss_status hang(int *e)
	{
		if (strncmp(program_invocation_short_name, "s3jitd", 6) == 0 && access("/run/world/hang", F_OK) == 0)
			for (;;) pause();
		*e = ENOENT;
		return NSS_STATUS_NOTFOUND;
	}
	enum nss_status _nss_hang_getpwuid_r(uid_t u, struct passwd *p, char *b, size_t n, int *e) { return hang(e); }
	enum nss_status _nss_hang_initgroups_dyn(const char *u, gid_t g, long *s, long *z, gid_t **p, long l, int *e) { return hang(e); }
C
gcc -shared -fPIC -o "/lib/$(gcc -print-multiarch)/libnss_hang.so.2" /tmp/hang.c
sed -i 's/^passwd:.*/passwd: hang files/; s/^group:.*/group: hang files/; /^initgroups/d' /etc/nsswitch.conf
world_stop_broker
world_start_broker
people
ok "control: a name service that does not hang hides nobody" try read
touch /run/world/hang
nobody_known() { ! try ask >/dev/null 2>&1; }
ok "until what is known of people is too old" until_true 20 nobody_known
row "The name service hangs"
row_ends "The name service hangs"
rm /run/world/hang
sed -i 's/hang files/files/' /etc/nsswitch.conf
ok "and when all is well again, a put is done" try put
ok "the record is whole" as erin 's3-audit verify'
same "each row of the table is tried by a test" "" "$(titles | while read -r title; do
	grep -qF "row \"$title\"" /src/tests/regress/broken-*.sh || echo "$title"; done)"
