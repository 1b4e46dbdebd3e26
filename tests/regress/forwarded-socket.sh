# The broker's socket carried away by ssh -L: whoever speaks through it is that
# login's sshd, which has no terminal, so nothing is voted through it (Q7), and no
# keys leave through it for anybody else.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
ask alice one "s3-sudo put report.csv s3://prod-reports/2026/report.csv -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
id=$REQUEST
vote="{\"type\":\"vote\",\"id\":\"$id\",\"yes\":true,\"why\":\"\",\"digest\":\"$(record "$id" | jq -rs '.[0].digest')\"}"

# forward PERSON: their laptop has the socket at /tmp/PERSON.sock
forward() {
	laptop "$1" -N -L "/tmp/$1.sock:/run/s3jit/user.sock"
	"${SSH[@]}" </dev/null &
	until [[ -S /tmp/$1.sock ]]; do sleep 0.05; done
}
far() { /src/tests/world/say --socket "/tmp/$1.sock" "${@:2}"; }

forward bob
forward alice
refuses "it is forwarded, and is bob" 0 "\"id\": \"$id" far bob '{"type":"list"}'
refuses "Q7: but has no terminal, so it does not vote" 0 '"not-allowed", "text": "This needs a terminal of your own' far bob "$vote"
recorded "A5: on record" "" ".event == \"refused\" and .ruid == $(id -u bob) and (.text | startswith(\"This needs a terminal\"))"
refuses "Q3: alice's own is alice" 0 '"not-allowed", "text": "(This needs a terminal|You asked this)' far alice "$vote"

# the true program over it, on a terminal there
over_it() {
	unshare --mount bash -c "mount --bind /tmp/bob.sock /run/s3jit/user.sock &&
		exec expect -c 'spawn s3-approve $id; expect \"yes / no\"; send \"yes\\r\"; expect eof; exit [lindex [wait] 3]'"
}
refuses "Q7: s3-approve over it says why" 113 'This needs a terminal of your own; with ssh, use ssh -t' over_it

same "nothing of this counted" 0 "$(how_many "$id" '.event | IN("yes", "approved")')"
approve bob "$id"
ok "bob, on his own terminal, approves" wait_screen one '^exit 0$'
