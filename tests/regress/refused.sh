# What no rule covers is refused at once: exit code 113, the nearest rule and the
# way to see what may be asked, nobody is asked, and it is on record.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
ask="-t 5m -r 'OPS-412 x'"
next='See what you may ask: s3-sudo -l'

login bob bob
refuses "a put into a bucket that no rule names" 113 \
	'^Not allowed by any rule: put s3://prod-billing/x.csv.  Nearest: "report uploads" covers put s3://prod-reports/' \
	as alice "s3-sudo put report.csv s3://prod-billing/x.csv $ask"
refuses "and what to do next" 113 "$next" as alice "s3-sudo put report.csv s3://prod-billing/x.csv $ask"
refuses "a delete where only put may be asked" 113 '^Not allowed by any rule: delete s3://prod-reports/a.csv.  Nearest: "report uploads"' \
	as alice "s3-sudo rm s3://prod-reports/a.csv $ask"
refuses "a put together with more" 113 '^Not allowed by any rule' \
	as alice "s3-sudo run --allow 'put s3://prod-reports/2026/' --allow 'delete s3://prod-reports/2026/' $ask -- touch it-ran"
refuses "a place that is wider than the rule" 113 '^Not allowed by any rule' \
	as alice "s3-sudo open --allow 'put s3://prod-reports/' --allow 'put s3://prod-config/' $ask"
refuses "mallory, whom no rule names" 113 '^Not allowed by any rule' \
	as mallory "s3-sudo put /etc/hostname s3://prod-reports/x.csv $ask"
same "a script reads the same" "not-allowed 113" \
	"$(as alice "s3-sudo put report.csv s3://prod-billing/x.csv $ask --json 2>/dev/null" | jq -r '"\(.outcome) \(.exit)"')"
refuses "check says so beforehand" 113 "$next" as alice 's3-sudo check put s3://prod-billing/x.csv'

same "nothing ran" "" "$(find /home -name it-ran)"
same "nobody was asked" "Nothing waits for you." "$(as bob 's3-approve list')"
not_recorded "nothing waits, says the record" "" '.event == "asked"'
recorded "A5: but that alice tried is on record" "" \
	".event == \"not-allowed\" and .ruid == $(id -u alice) and (.text | contains(\"put s3://prod-billing/x.csv\"))"
recorded "A5: and mallory" "" ".event == \"not-allowed\" and .ruid == $(id -u mallory)"

change_rules -e '/^rule "report uploads"/a delivery = "signed"'
refuses "C2: a rule may refuse to hand out keys" 113 'keys|"report uploads"' \
	as alice "s3-sudo run --allow 'put s3://prod-reports/2026/' $ask -- touch it-ran"
same "nothing ran then either" "" "$(find /home -name it-ran)"

refuses "past the program it is the same" 0 '"code": "not-allowed"' as alice "/src/tests/world/say '$(jq -cn '{type: "ask",
	scope: ["put s3://prod-billing/"], delivery: "session", argv: ["x"], cwd: "/", reason: "OPS-412 x",
	ttl: 300, objects: [], detach: true, parent: ""}')'"

id=$(as alice "s3-sudo put report.csv s3://prod-reports/2026/report.csv $ask --no-wait 2>/dev/null")
ok "what a rule covers is asked, and seen" as bob "s3-approve list | grep ^$id"
