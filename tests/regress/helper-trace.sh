# What the setuid s3-sudo does while it is root, seen through strace: it looks at no
# path that its caller can choose, writes nothing, asks no name service outside the
# child that runs PAM, and ends when it can't give up root.
# also: trixie
. /src/tests/world/harness.sh

echo alice:right-horse | chpasswd

# one line for each call of root's: helper or pam (the child), the call, its path
cat >/tmp/as_root <<-'PYTHON'
	import re, sys
	lines, parents = [], {}
	pending = {}
	for line in open(sys.argv[1], errors="backslashreplace"):
	    pid, call = line.rstrip("\n").split(None, 1)
	    if call.endswith("<unfinished ...>"):
	        pending[pid] = call[:-len("<unfinished ...>")]
	        # where a child begins, its parent stands still
	        if not call.startswith(("clone", "vfork", "fork")):
	            continue
	        call = pending[pid] + ") = ?"
	    m = re.match(r"<\.\.\. \w+ resumed>(.*)", call)
	    if m:
	        call = pending.pop(pid, "") + m.group(1)
	    m = re.match(r"(?:clone|clone3|vfork|fork)\(.*= (\d+)", call)
	    if m:
	        parents[m.group(1)] = pid
	    lines.append((pid, call))
	state = {}
	for pid, call in lines:
	    if pid not in state:
	        state[pid] = "pam" if state.get(parents.get(pid)) in ("helper", "pam") else ""
	    if re.match(r'execve\("(/usr/bin/s3-sudo|/usr/local/bin/bad-helper)".* = 0', call):
	        state[pid] = "helper"
	    if state[pid]:
	        print(state[pid], call)
	    if state[pid] == "helper" and re.match(r"setresuid\(([1-9]\d*), \1, \1\)\s+= 0", call):
	        state[pid] = ""
PYTHON

# --- a login whose every step root sees --------------------------------------------
login alice one
type one 'echo "shell $$"'
wait_screen one '^shell [0-9]+$'
shell=$(screen one | sed -n 's/^shell //p')
traced() { # OUT COMMAND [STRACE OPTIONS]: typed by alice; exit code on the screen
	strace -f -qq -s 300 -o "/tmp/$1.strace" "${@:3}" -p "$shell" &
	STRACE=$!
	until grep -q '^TracerPid:.*[1-9]' "/proc/$shell/status"; do sleep 0.05; done
	clear_screen one
	type one "$2; echo \"exit \$?\""
}
over() {
	wait_screen one '^exit [0-9]+$'
	kill $STRACE
	wait $STRACE 2>/dev/null || :
	python3 /tmp/as_root "/tmp/$1.strace" >"/tmp/$1.root"
}

mkdir -m 777 /tmp/poison
cat >/tmp/evil.c <<-'C'
	#include <fcntl.h>
	#include <unistd.h>
	__attribute__((constructor)) static void loaded(void)
	{
		open(geteuid() == 0 ? "/tmp/poison/loaded-by-root" : "/tmp/poison/loaded", O_CREAT | O_WRONLY, 0666);
	}
	unsigned la_version(unsigned v) { loaded(); return v; }
C
gcc -shared -fPIC -o /tmp/poison/evil.so /tmp/evil.c
ln /tmp/poison/evil.so /tmp/poison/libpam.so.0
cp -r /tmp/poison/evil.so /tmp/poison/libc.so.6
p=/tmp/poison
poison="LD_PRELOAD=$p/evil.so LD_AUDIT=$p/evil.so LD_LIBRARY_PATH=$p LD_DEBUG_OUTPUT=$p/debug LD_PROFILE_OUTPUT=$p
	GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=$p GCONV_PATH=$p LOCPATH=$p NLSPATH=$p/%N
	OPENSSL_CONF=$p/openssl.cnf OPENSSL_MODULES=$p OPENSSL_ENGINES=$p SSLKEYLOGFILE=$p/keys SSL_CERT_FILE=$p/ca
	https_proxy=http://$p all_proxy=http://$p LC_ALL=poison LANG=poison LANGUAGE=poison TZ=poison TZDIR=$p HOME=$p
	PATH=$p:/usr/bin:/bin TMPDIR=$p MALLOC_TRACE=$p/trace HOSTALIASES=$p/hosts RES_OPTIONS=$p LOCALDOMAIN=poison
	KRB5_CONFIG=$p/krb5 XDG_CONFIG_HOME=$p XDG_RUNTIME_DIR=$p S3JIT_CONF=$p/conf AWS_CONFIG_FILE=$p/aws"
poison=$(xargs <<<"$poison")

traced good "env $poison /usr/bin/s3-sudo reauth"
wait_screen one '^Password:' 20
type one right-horse
over good
ok "control: the poison is one: a plain program takes it" as alice "rm -f $p/loaded; LD_PRELOAD=$p/evil.so /bin/true; test -e $p/loaded"
ok "with the password it ends well" wait_screen one '^exit 0$' 1
recorded "and counts" "" '.event == "reauthenticated"'
ok "control: it was root, and spoke to the broker" grep -q '^helper connect(.*/run/s3jit/root.sock.* = 0' /tmp/good.root
ok "control: and so was PAM's child" grep -q '^pam .*"/etc/pam.d/s3-sudo"' /tmp/good.root

# findings OF: what each requirement forbids, in those lines
H3() { grep -v ' execve(' "/tmp/$1.root" | grep poison || :; }
H4() { grep -E '^helper .*(nsswitch|/etc/(passwd|group|shadow|hosts|resolv|ssl|pam\.d|s3jit)|libnss|libcurl|libcrypto|libssl|libsqlite|libconfuse|libjansson|chdir\(|chroot\()' "/tmp/$1.root" || :; }
H14() { grep -E '^helper (\w*open\w*\(.*O_(CREAT|WRONLY|RDWR|TRUNC|APPEND)|(rename|unlink|mkdir|rmdir|link|symlink|chmod|chown|fchmod|fchown|truncate|ftruncate|mknod|utime|setxattr)\w*\()' "/tmp/$1.root" || :; }

same "H3: as root it looks at nothing its caller's environment says, nor does PAM" "" "$(H3 good)"
ok "H3: none of it was loaded by root" test ! -e $p/loaded-by-root
same "H3: PAM's child has an environment of ours alone" "" "$(grep -E '^pam execve' /tmp/good.root | grep poison || :)"
same "H4: no name service, no library but libc and PAM's, no folder of the caller's" "" "$(H4 good)"
ok "control: PAM's child asks the name service" grep -q '^pam .*nsswitch.conf' /tmp/good.root
same "H14: nothing is opened for writing, made, moved or removed" "" "$(H14 good)"
same "H4: it needs libc and libpam, and no other library" "libc.so.6 libpam.so.0" \
	"$(readelf -d /usr/bin/s3-sudo | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | xargs)"
same "S2: and is linked dynamically, without a search path" "" "$(readelf -d /usr/bin/s3-sudo | grep -E 'RPATH|RUNPATH' || :)"

# the same eyes on a helper that does all of that
cat >/tmp/bad.c <<-'C'
	#define _GNU_SOURCE
	#include <locale.h>
	#include <pwd.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <unistd.h>
	int main(void)
	{
		setlocale(LC_ALL, "");
		fopen(getenv("SSLKEYLOGFILE"), "a");
		getpwuid(getuid());
		return setresuid(getuid(), getuid(), getuid());
	}
C
gcc -o /usr/local/bin/bad-helper /tmp/bad.c
chmod 4755 /usr/local/bin/bad-helper
rm -f $p/keys
traced bad "env $poison /usr/local/bin/bad-helper"
over bad
ok "H3, control: a locale of the caller's is found" grep -q 'locale.*poison' <<<"$(H3 bad)"
ok "H3, control: a path of the caller's is found" grep -q '/tmp/poison/keys' <<<"$(H3 bad)"
ok "H4, control: the name service is found" grep -q nsswitch <<<"$(H4 bad)"
ok "H14, control: a file that is made is found" grep -q O_CREAT <<<"$(H14 bad)"
ok "control: it was made by root" test "$(stat -c %U $p/keys)" = root

# --- H9: whatever of giving up root fails ------------------------------------------
traced all "/usr/bin/s3-sudo status"
over all
ok "control: untouched it runs the client" grep -q 'execve("/usr/libexec/s3jit/s3-sudo-client"' /tmp/all.strace
inject() { # LABEL INJECTION...
	local label=$1 options=()
	shift
	for injection; do options+=(-e "inject=$injection"); done
	traced inject "/usr/bin/s3-sudo status" "${options[@]}"
	over inject
	ok "H9: $label: it was tried" grep -q INJECTED /tmp/inject.strace
	ok "H9: $label: refused" wait_screen one '^exit [1-9]' 1
	ok "H9: $label: with a reason" wait_screen one '^s3-sudo: ' 1
	same "H9: $label: nothing is executed" "" "$(grep 'execve(' /tmp/inject.strace | grep -v '"/usr/bin/s3-sudo"' || :)"
}
inject "the group id" setresgid:error=EAGAIN:when=1
inject "the user id" setresuid:error=EAGAIN:when=1
inject "both, every time" setresgid:error=EPERM setresuid:error=EAGAIN
inject "the user id is said to be set and is not" setresuid:retval=0
inject "looking whether the user id is set" getresuid:error=EFAULT:when=1
inject "looking whether the group id is set" getresgid:error=EFAULT:when=1
inject "root can be had again" setuid:retval=0
inject "memory stays closed" "prctl:error=EPERM:when=$(($(grep -c '^helper prctl' /tmp/all.root) + 1))"
inject "closing descriptors" close_range:error=EINVAL
inject "no core limit" prlimit64:error=EPERM setrlimit:error=EPERM

# in PAM's child: what is not root in all its ids checks nobody
traced child "/usr/bin/s3-sudo reauth" -e inject=setgroups:error=EPERM
over child
ok "H9: PAM's child: groups that stay prove nothing" wait_screen one '^exit 113$' 1
ok "it was tried" grep -q 'setgroups.*INJECTED' /tmp/child.strace
ok "and nothing was asked" test -z "$(grep -F pam_start /tmp/child.strace; screen one | grep Password)"
