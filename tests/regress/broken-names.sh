# The name service hangs (B14): a row of the table WHEN A PART IS BROKEN of s3jit(7).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

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
sleep 6 # what it said is good for 5 s
row "The name service hangs"
row_ends "The name service hangs"
rm /run/world/hang
sed -i 's/hang files/files/' /etc/nsswitch.conf
ok "and when it answers again, a put is done" until_true 200 try put
ok "the record is whole" as erin 's3-audit verify'
