# An approver's question is taken back as soon as it is idle: answered by somebody
# else, or withdrawn.  What is half typed goes nowhere, and the exit code is 0.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
put="s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r"
code="; echo \"exit \$?\""

prompt() { # NAME ID: bob has its question on NAME
	login bob "$1"
	type "$1" "s3-approve $2$code"
	wait_screen "$1" '^yes / no / skip \?'
}

ask alice one "$put 'OPS-412 first'$code"
first=$REQUEST
ask alice two "$put 'OPS-413 second'$code"
second=$REQUEST

prompt bob-first "$first"
prompt bob-second "$second"
type_keys bob-first t o u c h Space x
sleep 0.3
deny carol "$first" "not today"
ok "bob sees that carol was faster" wait_screen bob-first '^handled already:  carol denied this \("not today"\)\.$'
ok "which is no failure" wait_screen bob-first '^exit 0$'
type bob-first 'echo "still $?"'
ok "what he had half typed was not typed into his shell" wait_screen bob-first '^still 0$'
ok "control: his question about the other request stands" bash -c \
	"$(declare -f terminals screen); screen bob-second | grep -v '^ *\$' | tail -n 1 | grep -q '^yes / no / skip ?'"

type_keys two C-c
ok "bob sees that alice took it back" wait_screen bob-second '^handled already:  alice took this back\.$'
ok "which is no failure either" wait_screen bob-second '^exit 0$'

ask alice three "$put 'OPS-414 third'$code"
prompt bob-third "$REQUEST"
type bob-third yes
ok "control: an answer in time counts" wait_screen bob-third '^Approved. alice was told'
ok "and the upload goes on" wait_screen three '^Done\. Write access ended'

refuses "an answer without a question, after the end, reads how it ended" 0 'handled already:  carol denied this' \
	as_tty bob "s3-approve no $first late"
ask dave four "s3-sudo rm s3://prod-reports/2026/report.csv -t 5m -r 'OPS-415 fourth'$code"
prompt bob-fourth "$REQUEST"
approve_first() { open_line carol carol-fourth "s3-approve $REQUEST" && wait_screen carol-fourth 'yes / no' && type carol-fourth yes; }
ok "carol says yes, the first of two" approve_first
ok "her yes counts" wait_screen carol-fourth '^Your yes counts. 1 more needed'
type bob-fourth yes
ok "control: one yes of two leaves bob's question where it is" wait_screen bob-fourth '^Approved. dave was told'
