#!/bin/sh
# test_client_help.sh - every verb and option that --help tells of stands in the
# manual page and in an example, and every program says so and its version with
# exit status 0.  No broker is needed for that.
: "${srcdir:=.}"
failed=0

fail() {
	echo "not ok - $*"
	failed=1
}

# has TEXT PAGE: the page's text names it
has() {
	man_text "$2" | grep -qF -e "$1"
}

man_text() {
	# plain words: escapes of the page's source undone as far as options need it
	sed -e 's/\\(dq/"/g' -e 's/\\-/-/g' -e 's/Fl -/--/g' -e 's/Fl \([a-z]\)/-\1/g' "$srcdir/man/$1"
}

check() { # PROGRAM NAME PAGE
	program=$1 name=$2 page=$3
	"$program" --version | grep -qx "$name [0-9.]*" || fail "$name --version"
	help=$("$program" --help) || fail "$name --help"
	verbs=$(printf '%s\n' "$help" | sed -n "s/^  $name \([a-z-][a-z-]*\).*/\1/p" | grep -v -x -e --version)
	for verb in $verbs; do
		has "$verb" "$page" || fail "$page says nothing of $verb"
		text=$("$program" "$verb" --help) || fail "$name $verb --help"
		examples=$(printf '%s\n' "$text" | sed -n '/^Examples:/,$p')
		printf '%s\n' "$examples" | grep -qF -e "$name $verb" || fail "$name $verb has no example"
		for option in $(printf '%s\n' "$text" | sed -n '/^Options:/,/^Examples:/p' |
			sed -n 's/^  .*\(--[a-z][a-z-]*\).*/\1/p'); do
			has "$option" "$page" || fail "$page says nothing of $option ($verb)"
			[ "$option" != --help ] || continue
			short=$(printf '%s\n' "$text" | sed -n "s/^  \(-[a-z]\), $option .*/\1/p")
			printf '%s\n' "$examples" | grep -qE -e "( |^)($option${short:+|$short})( |=|$)" ||
				fail "$name $verb $option has no example"
		done
	done
	[ -n "$verbs" ] || [ "$name" = s3jit-credentials ] || fail "$name --help lists no verb"
	echo "# $name: $(echo "$verbs" | wc -w) verbs"
}

check ./s3-sudo-client s3-sudo s3-sudo.1
check ./s3-approve s3-approve s3-approve.1
check ./s3-audit s3-audit s3-audit.1
check ./s3jit-credentials s3jit-credentials s3jit-credentials.8

# The control: what is not there is missed.
if has --no-such-option s3-sudo.1; then fail "the check sees what is not there"; fi
# C4: nothing secret on a terminal, whoever asks: it refuses before it connects.
if command -v script >/dev/null; then
	script -qec './s3jit-credentials default' /dev/null </dev/null | grep -q 'not printed to a terminal' ||
		fail "C4: s3jit-credentials does not refuse a terminal"
fi
exit $failed
