# s3-sudo run is as if the command had been started by itself: its arguments, its
# input and output, its status; and the keys are in its environment alone.
# also: trixie sanitizers
. /src/tests/world/harness.sh

run="s3-sudo run --allow 'put s3://prod-reports/scratch/' -t 5m -r 'OPS-412 x'"
no_words() { grep -vE "^Allowed by rule|^$" || :; }

# --- status
for status in 0 7 113 118 126 127 255; do
	refuses "its exit status comes through: $status" $status "" as alice "$run -- sh -c 'exit $status'"
done
refuses "killed by a signal: 128 more" 137 "" as alice "$run -- sh -c 'kill -KILL \$\$'"
refuses "as a shell says it" 143 "" as alice "$run -- sh -c 'kill -TERM \$\$'"
refuses "a signal to s3-sudo is the command's" 42 "" \
	as alice "$run -- sh -c 'trap \"exit 42\" TERM; kill -TERM \$PPID; while :; do sleep 0.05; done'"
asked() { how_many "" '.event == "asked"'; }
before=$(asked)
refuses "no such command: 127" 127 "no-such-thing: command not found" as alice "$run -- no-such-thing"
refuses "no such path: 127" 127 "No such file|not found" as alice "$run -- ./no-such-thing"
refuses "a file that is no command: 126" 126 "Permission denied" as alice "$run -- ./.bashrc"
refuses "a folder: 126" 126 "Permission denied|directory" as alice "$run -- /etc"
refuses "no command" 2 "something is missing.*--help|--help" as alice "s3-sudo run --allow 'put s3://prod-reports/scratch/' -r x --"
refuses "no permission" 2 'Say so with --allow' as alice "s3-sudo run -r x -- true"
refuses "aws with a profile would not use the keys" 2 "leave it out" as alice "$run -- aws --profile s3-write s3 ls"
same "nobody was asked for any of these" "$before" "$(asked)"
as alice "printf 'echo a shell ran me\n' >script; chmod +x script"
refuses "H16: a file without #! is not given to a shell: 126" 126 "Exec format error" as alice "$run -- ./script"
as alice "printf 'echo local' >-x; chmod +x -- -x; mkdir -p bin; printf '#!/bin/sh\necho from the PATH\n' >bin/mine; chmod +x bin/mine"
same "H16: it is looked up in PATH" "from the PATH" "$(as alice "PATH=~/bin:\$PATH; $run -- mine 2>/dev/null")"
refuses "H16: and not in the working directory" 127 "not found" as alice "cd bin; $run -- mine"

# --- input, output, arguments
head -c 300000 /dev/urandom | file_of alice noise
ok "H16: its input and output are as they are" as alice "$run -- cat <noise | cmp - noise"
same "stdout is the command's alone" out "$(as alice "$run -- sh -c 'echo out; echo err >&2' 2>/dev/null")"
same "stderr has its own" err "$(as alice "$run -- sh -c 'echo out; echo err >&2' 2>&1 >/dev/null" | no_words)"
same "arguments are not split, joined or looked at" '<a b><><*><$HOME><--><-r><\>' \
	"$(as alice "$run -- printf '<%s>' 'a b' '' '*' '\$HOME' -- -r '\\'" 2>/dev/null)"
same "its working directory is ours" /etc "$(as alice "cd /etc; $run -- pwd 2>/dev/null")"
same "H2: it has descriptors 0 to 2, and no other of ours or of whoever started us" "0 1 2" \
	"$(as alice "exec 9<noise; $run -- bash -c 'for i in {0..63}; do [[ ! -e /proc/\$\$/fd/\$i ]] || echo \$i; done' 2>/dev/null" | xargs)"
same "its limits, mask and group are as without us" "$(as alice "umask 027; ulimit -n 77; sh -c 'umask; ulimit -n; id -G'")" \
	"$(as alice "umask 027; ulimit -n 77; $run -- sh -c 'umask; ulimit -n; id -G'" 2>/dev/null)"
same "what would lead an SDK to other keys is not in its environment" "" \
	"$(as alice "AWS_PROFILE=default AWS_DEFAULT_PROFILE=x AWS_ROLE_ARN=x AWS_WEB_IDENTITY_TOKEN_FILE=x AWS_CONTAINER_CREDENTIALS_FULL_URI=x \
		AWS_SECURITY_TOKEN=x $run -- env" 2>/dev/null | grep -E '^AWS_(PROFILE|DEFAULT_PROFILE|ROLE|WEB|CONTAINER|SECURITY)' || :)"

# --- the keys
same "it has the three keys" "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN" \
	"$(as alice "$run -- env" 2>/dev/null | grep -oE '^AWS_(ACCESS|SECRET|SESSION)[A-Z_]*' | sort | xargs)"
same "which are those of its request" true "$(key=$(as alice "$run -- printenv AWS_ACCESS_KEY_ID" 2>/dev/null)
	record | jq -s --arg key "$key" 'map(select(.event == "lease"))[-1] | .access_key_id == $key and .kind == "handed-out"')"
same "they are in nothing else of hers" "" "$(as alice "$run -- sh -c ': >here; while test -e here; do sleep 0.02; done' 2>/dev/null &
	until test -e here; do sleep 0.02; done
	grep -alz ^AWS_SECRET_ACCESS_KEY= /proc/[0-9]*/environ 2>/dev/null | while read -r f; do
		tr '\0' ' ' <\${f%environ}cmdline 2>/dev/null; echo; done | grep -v '^sh -c : >here\|^sleep 0'
	rm here; wait")"
ok "the AWS CLI finds them" as alice "$run -- aws s3 cp --only-show-errors noise s3://prod-reports/scratch/noise"
ok "and writes with them" cmp /home/alice/noise <(object prod-reports/scratch/noise)
s3_refuses "the login beside it is read-only" alice "aws s3 cp noise s3://prod-reports/scratch/noise2"
recorded "how it ended is on record" '' '.event == "done" and .text == "failed, exit status 7"'
