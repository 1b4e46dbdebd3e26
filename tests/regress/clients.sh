# timeout: 600
# The table CLIENTS of s3jit(7): each client that people use does there what the
# table says, with the command line that stands there; what it says does not work
# does not.
. /src/tests/world/harness.sh

MANUAL=/src/man/s3jit.7
section() { sed -n '/^\.Sh CLIENTS/,/^\.Sh FILES/p' $MANUAL; }

# lines "CLIENT<tab>WHAT<tab>COMMAND"
table() {
	section | awk '
		/^\.Bl/ { depth++; next }
		/^\.El/ { depth--; next }
		/^\.It / { if (depth == 1) client = substr($0, 5); else what = substr($0, 5); next }
		/^\./ { next }
		depth == 2 { print client "\t" what "\t" $0 }
	'
}

# its words as they are typed here; \e is a backslash
typed() {
	sed -e "s/REGION/$REGION/g; s/BUCKET/prod-reports/g; s/\bKEY\b/2026\/q1.csv/g; s/FOLDER/scratch\/$1/g; s/\bFILE\b/f/g; s/\\\\e/\\\\/g"
}

echo moin | put_object prod-reports/2026/q1.csv
echo hallo | file_of alice f
section | sed -n '/^\.Bd/,/^\.Ed/{/^\.[BE]d/d;p}' | typed - | file_of alice s3-curl
ok "there is the script s3-curl" grep -q 'curl -K -' /home/alice/s3-curl
login alice alice

quiet='export RCLONE_CONFIG=/dev/null;'
reads() { as alice "$quiet timeout 60 env $1" 2>/dev/null; }
# a put by whatever way, and then it is there
writes() { as alice "$quiet timeout 60 env $1" >/tmp/said 2>&1 && [[ $(object "prod-reports/scratch/$2/f") == hallo ]]; }
under_run() { # COMMAND: in its environment and not before it
	echo "s3-sudo run -t 5m -r x --allow 'put s3://prod-reports/scratch/' -- sh -c $(printf %q "$1")"
}
# in a login with something open
in_login() {
	rm -f /home/alice/status
	type alice "clear; $quiet timeout 60 env $1 >said 2>&1 </dev/null; echo \$? >status"
	until [[ -s /home/alice/status ]]; do sleep 0.1; done
	[[ $(cat /home/alice/status) == 0 && $(object "prod-reports/scratch/$2/f") == hallo ]]
}

n=0
try() { # CLIENT WHAT COMMAND
	n=$((n + 1))
	local command
	command=$(typed $n <<<"$3")
	case $2 in
	"reads" | "reads, instead") same "$1 $2" moin "$(reads "$command")" ;;
	"reads, not") refuses "$1 $2" 1 "" test "$(reads "$command" || :)" = moin ;;
	run) ok "$1 $2" writes "$(under_run "$command")" $n || cat /tmp/said ;;
	open | "open, instead") ok "$1 $2" in_login "$command" $n ;;
	"open, not") refuses "$1 $2" 1 "" in_login "$command" $n ;;
	*) failed "$1: the table says \"$2\", and this does not know how to try it" ;;
	esac
}

type alice "s3-sudo open -t 15m -r x --allow 'put s3://prod-reports/scratch/'"
wait_screen alice '^Open until'
while IFS=$'\t' read -r client what command; do
	try "$client" "$what" "$command" </dev/null
done < <(table)
same "each client is tried in all three ways" "3 3 3 3 3" \
	"$(table | cut -f1,2 | sed 's/, .*//' | sort -u | cut -f1 | uniq -c | awk '{ print $1 }' | xargs)"
same "no secret of a client is on its command line" "" "$(grep -n 'AWS_SECRET' /home/alice/s3-curl | grep -v '"\$AWS_SECRET_ACCESS_KEY"')"
s3_refuses "control: the login itself does not write" alice "aws s3 cp f s3://prod-reports/scratch/x"
