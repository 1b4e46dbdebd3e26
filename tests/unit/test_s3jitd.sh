#!/bin/sh
# test_s3jitd.sh - the program as people start it: options, the check of the
# configuration, refusals, an orderly stop.  Without privilege; with root's, as
# nobody.
set -u
srcdir=${srcdir:-.}
s3jitd=$(pwd)/broker/s3jitd
failed=0
fail() { echo "FAIL: $*"; failed=1; }

dir=$(mktemp -d /tmp/s3jitd-XXXXXX) || exit 99
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT INT TERM

as=			# a prefix, not a function: $! must be the program's own pid
if [ "$(id -u)" = 0 ]; then
	"$s3jitd" 2>"$dir/root" && fail "B9: runs as root"
	grep -q 'does not run as root.*setpriv' "$dir/root" || fail "B9: root is told what to do"
	chown nobody "$dir"
	as="setpriv --reuid nobody --regid nogroup --clear-groups"
fi

# --- words ---
"$s3jitd" -V | grep -qx 's3jitd [0-9.]*' || fail "-V"
help=$("$s3jitd" -h) || fail "-h"
for option in $(printf '%s\n' "$help" | sed -n 's/^  \(-[a-zA-Z-]*\).*/\1/p'); do
	sed -e 's/Fl -/--/g' -e 's/Fl \([a-zA-Z]\)/-\1/g' "$srcdir/man/s3jitd.8" |
		grep -q -e "^\.It .*$option\( \|$\)" || fail "s3jitd(8) says nothing of $option"
done
"$s3jitd" -x 2>/dev/null; [ $? = 2 ] || fail "an unknown option"
"$s3jitd" word 2>/dev/null; [ $? = 2 ] || fail "an argument"

# --- the check ---
$as mkdir -m 0700 "$dir/state" && $as mkdir -m 0755 "$dir/run"
cat >"$dir/conf" <<CONF
host-name = "bastion.example.net"
aws { region = "eu-central-1" account = "111122223333" credentials = "imds" }
baseline "everyone" {
  role = "arn:aws:iam::111122223333:role/s3jit-readonly"
  allow = { "list s3://*", "get s3://*" }
}
CONF
sed 's/allow = .*/alow = {}/' "$dir/conf" >"$dir/bad"
chmod 0644 "$dir/conf" "$dir/bad"
[ "$(id -u)" != 0 ] || chown nobody "$dir/conf" "$dir/bad"
$as "$s3jitd" -t --trust-self -c "$dir/conf" >"$dir/out" 2>&1 || fail "-t: $(cat "$dir/out")"
$as "$s3jitd" -t --trust-self -c "$dir/bad" >"$dir/out" 2>&1 && fail "-t takes a misspelt option"
grep -q "^$dir/bad:5: " "$dir/out" || fail "-t without file and line: $(cat "$dir/out")"
$as "$s3jitd" -t -c "$dir/conf" >"$dir/out" 2>&1 && fail "F1: -t takes a file that is not root's"

# --- start and stop ---
start() {
	$as "$s3jitd" --trust-self -c "$dir/conf" -d "$dir/state" -r "$dir/run" -s "$dir/none" \
		--signer-user "$($as id -un)" >"$dir/log" 2>&1 &
	pid=$!
	n=0
	until [ -S "$dir/run/user.sock" ]; do
		n=$((n + 1))
		if [ $n = 100 ] || ! kill -0 "$pid" 2>/dev/null; then
			fail "does not start: $(cat "$dir/log")"
			return 1
		fi
		sleep 0.1
	done
}
if start; then
	[ "$(stat -c %a "$dir/run/root.sock")" = 600 ] || fail "B1: mode of root.sock"
	[ "$(stat -c %a "$dir/run/user.sock")" = 666 ] || fail "B1: mode of user.sock"
	grep -q '^NoNewPrivs:	1' "/proc/$pid/status" || fail "B9: no_new_privs"
	grep -q '^CapEff:	0*$' "/proc/$pid/status" || fail "B9: capabilities"
	grep -q 'Max core file size  *0  *0 ' "/proc/$pid/limits" || fail "B9: core"
	# a process that is not dumpable belongs to root in /proc
	[ "$(stat -c %u "/proc/$pid/environ")" = 0 ] || fail "B9: dumpable"
	$as "$s3jitd" --trust-self -c "$dir/conf" -d "$dir/state" -r "$dir/run" \
		--signer-user "$($as id -un)" >"$dir/second" 2>&1 && fail "a second one runs"
	grep -q 'runs already' "$dir/second" || fail "the second one says: $(cat "$dir/second")"
	kill "$pid"
	wait "$pid" || fail "SIGTERM is not an orderly stop: $?"
	pid=
fi
$as rm -f "$dir/run/user.sock"
if start; then			# B15: as after a crash
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	pid=
	$as rm -f "$dir/run/user.sock"
	# shellcheck disable=SC2015 # any of them
	start && kill "$pid" && wait "$pid" || fail "no start after kill -9"
	pid=
fi

# --- refusals ---
refused() { # WHY WORDS
	$as "$s3jitd" --trust-self -c "$dir/conf" -d "$dir/state" -r "$dir/run" \
		--signer-user "$($as id -un)" >"$dir/out" 2>&1 && fail "$1: starts"
	grep -q "$2" "$dir/out" || fail "$1: $(cat "$dir/out")"
}
$as chmod 0777 "$dir/run"
refused "B1: others write to the folder of the sockets" 'mode 0755'
$as chmod 0755 "$dir/run"
$as chmod 0777 "$dir"
refused "B1: others write above it" 'folder above\|directory above'
$as chmod 0700 "$dir"
$as chmod 0755 "$dir/state"
refused "B10: others read the record" "$dir/state"
$as chmod 0700 "$dir/state"
as="$as prlimit --nofile=400"
refused "B8: too few descriptors" 'may open 400 files and needs at least 512'
as=${as%prlimit*}
$as "$s3jitd" --trust-self -c "$dir/conf" -d "$dir/state" -r "$dir/run" --signer-user no-such-user \
	>"$dir/out" 2>&1 && fail "without the signer's account"
grep -q 'systemd-sysusers' "$dir/out" || fail "no signer account: $(cat "$dir/out")"
exit $failed
