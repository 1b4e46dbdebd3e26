# Who says yes has seen what to, and has typed it then: not before, not in a pipe, not
# with the request shown elsewhere (Q16).  And keys: to a pipe, whole or not at all.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
ask alice one "s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
id=$REQUEST
login bob bob
undecided() { not_recorded "$1" "$id" '.event | IN("yes", "no", "approved", "denied")'; }
# over: out of the question that is on bob's screen
over() { type bob skip; wait_screen bob '^exit 0$'; clear_screen bob; }

refuses "Q16: without a terminal a yes in a pipe is none" 2 'there is no terminal to ask on' as bob "echo yes | s3-approve $id"
undecided "and counts for nothing"
type bob "yes yes | s3-approve $id; echo \"exit \$?\""
ok "Q16: with a terminal it is asked there, whatever the pipe says" wait_screen bob '^yes / no / skip \? *$'
sleep 0.5
undecided "Q16: the pipe's yes is nobody's"
over

# typed while something else runs: it waits in the terminal for whoever reads next
type bob "sleep 2; s3-approve $id; echo \"exit \$?\""
type bob yes
type bob yes
ok "control: it was typed ahead" wait_screen bob '^yes$'
ok "Q16: what was typed ahead is thrown away" wait_screen bob '^yes / no / skip \? *$'
sleep 0.5
undecided "Q16: and decides nothing"
over
type bob "sleep 2; cat"
type bob ahead
ok "control: another program would have got it" until_true 200 eval '(($(screen bob | grep -cx ahead) >= 2))'
type_keys bob C-c
clear_screen bob

for elsewhere in '2>/dev/null' '2>/tmp/seen' '2>&1 | cat' '2>&-' '0<&- 1>&- 2>&-'; do
	type bob "s3-approve $id $elsewhere; echo \"exit \${PIPESTATUS[0]}\""
	ok "Q16: shown elsewhere ($elsewhere) it is not asked" wait_screen bob '^exit 2$'
	clear_screen bob
done
script -qfc 'sleep 1000' /dev/null </dev/null >/dev/null & # a terminal of somebody else's
other=$!
until_true 100 pgrep -P $other >/dev/null || :
pts=$(ps -o tty= -p "$(pgrep -P $other)")
chmod 666 "/dev/$pts"
type bob "s3-approve $id 2>/dev/$pts; echo \"exit \$?\""
ok "Q16: nor when it is shown on another terminal" wait_screen bob '^exit 2$'
kill $other
undecided "Q16: and none of this decided"
clear_screen bob

type bob "s3-approve $id >/dev/null; echo \"exit \$?\""
ok "control: nothing of it is on standard output" wait_screen bob '^yes / no / skip \? *$'
type bob yes
ok "control: typed when asked, it counts" wait_screen bob '^Approved'
ok "and is done" wait_screen one '^exit 0$'

# --- C5 -----------------------------------------------------------------------------
keys=/usr/libexec/s3jit/s3jit-credentials
same "C5: one JSON document, and nothing else" "1 Version" "$(as bob "$keys default" | jq -rs '"\(length) \(.[0] | keys_unsorted[0])"')"
refuses "C5: nobody reads it: an error, and no signal" 1 'the reader of the credentials went away' \
	as bob "bash -c '{ sleep 1; $keys default; echo \"exit \$?\" >&2; } | true; exit \${PIPESTATUS[0]}' 2>&1 | tee said; grep -q '^exit 1$' said && exit 1"
refuses "C5: the same with SIGPIPE ignored, as Python has it" 1 'the reader of the credentials went away' \
	as bob "trap '' PIPE; { sleep 1; $keys default; echo \"exit \$?\" >&2; } 2>said | true; cat said; grep -q '^exit 1$' said && exit 1"
refuses "C5: no room for it: an error" 1 'No space left on device' as bob "$keys default >/dev/full"
refuses "C5: no standard output at all: an error" 1 'Bad file descriptor' as bob "$keys default >&-"
refuses "C5: and the connection to s3jitd is not taken for it" 1 "" on_record "" '.event == "malformed"'
same "C5: read a byte at a time it is whole" "$(as bob "$keys default" | jq -S .AccessKeyId)" \
	"$(as bob "$keys default | python3 -c 'import os
while True:
    b = os.read(0, 1)
    if not b: break
    os.write(1, b)'" | jq -S .AccessKeyId)"
