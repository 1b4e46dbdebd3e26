# Whatever is typed as a reason, file name, folder, command or refusal: on every
# screen, in the log, the journal, the record and its export it is plain ASCII, and
# one record stays one line.
. /src/tests/world/harness.sh

harmless() { /src/tests/world/harmless "$@"; }
corpus=/src/tests/unit/golden/hostile/corpus

# rsyslog would make control characters harmless; here nobody but us does
sed -i '1i $EscapeControlCharactersOnReceive off' /etc/rsyslog.conf
kill "$(cat /run/rsyslogd.pid)"
while [[ -e /run/rsyslogd.pid ]]; do sleep 0.05; done
rsyslogd
log_from=$(($(wc -l </var/log/syslog) + 1))

# --- the texts: in files that alice and bob have, in bash's own spelling -------------
names=() texts=()
while IFS=$'\t' read -r name text; do
	[[ $text != @* ]] || continue
	names+=("$name")
	printf -v text %b "$text"
	texts+=("$text")
done <$corpus
{
	declare -p names texts
	echo 'export NO_COLOR=1 TERM=xterm'
} >/tmp/texts
for person in alice bob erin; do file_of $person texts </tmp/texts; done
ok "the corpus is there" test ${#names[@]} -ge 25

seen=0 wanted=0
for i in "${!names[@]}"; do
	case ${names[i]} in formats | quotes | forged | markup | newline | record) continue ;; esac
	wanted=$((wanted + 1))
	printf 'kmxqrtvz  %s  waits\n' "${texts[i]}" >/tmp/planted
	harmless /tmp/planted >/dev/null || seen=$((seen + 1))
done
same "control: each text is seen where nothing escapes it" $wanted $seen
as_tty alice '. ./texts; printf "%s\n" "${texts[@]}"' >/tmp/planted
refuses "control: also when it comes over the line" 1 'planted: .*x1b' harmless /tmp/planted

# --- requests in tens: what may wait is limited ---------------------------------------
file_of alice ask.sh <<-'SCRIPT'
	. ./texts
	for ((i = $1; i < $2 && i < ${#texts[@]}; i++)); do
		text=${texts[i]} name=${texts[i]//\//_}
		mkdir -p "in $name"
		cd "in $name"
		echo x >"$name.csv"
		s3-sudo put "./$name.csv" "s3://prod-reports/2026/$i.csv" -t 5m -r "OPS-$i $text" --no-wait
		s3-sudo run --allow 'put s3://prod-reports/2026/' -t 5m -r "OPS-$i $text" --no-wait -- sh -c true "$text"
		cd ..
	done
SCRIPT
file_of bob look.sh <<-'SCRIPT'
	. ./texts
	s3-approve list
	s3-approve list --json
	for id; do
		s3-approve show "$id"
		s3-approve show --json "$id"
		setsid -w s3-approve "$id"
	done
SCRIPT
file_of bob deny.sh <<-'SCRIPT'
	. ./texts
	n=$1
	shift
	for id; do
		s3-approve no "$id" "${texts[n++ / 2]}"
		s3-approve "$id"
	done
SCRIPT
file_of alice after.sh <<-'SCRIPT'
	. ./texts
	for id; do
		s3-sudo show "$id"
		s3-sudo resume "$id"
		s3-sudo resume --json "$id"
	done
SCRIPT
all=()
for ((from = 0; from < ${#texts[@]}; from += 10)); do
	mapfile -t ids < <(as alice "bash ask.sh $from $((from + 10)) 2>asked.err")
	((${#ids[@]} == 0)) || all+=("${ids[@]}")
	as_tty alice '. ./texts; s3-sudo status; s3-sudo status --json' >"/tmp/status.$from" || :
	as_tty bob "bash look.sh ${ids[*]}" >"/tmp/look.$from" || :
	as_tty bob "bash deny.sh $((from * 2)) ${ids[*]}" >"/tmp/deny.$from" || :
	as_tty alice "bash after.sh ${ids[*]}" >"/tmp/after.$from" || :
done
same "all were asked" $((${#texts[@]} * 2)) ${#all[@]}
ok "Q12, Q13: the approver's screen is plain" harmless /tmp/look.*
ok "Q12: and when one says no" harmless /tmp/deny.*
ok "Q12, Q13: the requester's lists are" harmless /tmp/status.*
ok "Q12: and what the requester is told of the no" harmless /tmp/after.*
same "control: they did look at all" $((2 * ${#all[@]})) "$(cat /tmp/look.* | grep -c "alice's words (not checked)")"
same "control: all were denied" $((2 * ${#all[@]})) "$(cat /tmp/after.* | grep -c '^Denied by bob: ')"
ok "control: as they were typed" grep -qF 'OPS-0 a\u{001B}[2J\u{001B}[1;1Hyes' /tmp/look.0

# what was said is on record as it was said, where it is text at all
for i in "${!texts[@]}"; do
	case ${names[i]} in csi-c1 | overlong | surrogate | beyond | lone | cut-off) continue ;; esac
	[[ ${texts[i]} != *\\* ]] || continue
	[[ $(record "${all[2 * i]}" | jq -rs '.[0].reason') == "OPS-$i ${texts[i]}" ]] ||
		failed "the reason ${names[i]} is another on record" "$(record "${all[2 * i]}" | head -n 1)"
done

# --- who waits, and whose command runs ---------------------------------------------------
hostile=$'over\r\n\e[2J\u202e\xc2\x9b31m\x7f'
for what in "put -t 5m -r 'OPS-1 x' ask.sh s3://prod-reports/2026/x.csv" \
	"run -t 5m -r 'OPS-1 x' --allow 'put s3://prod-reports/2026/' -- sleep 50"; do
	: >/tmp/waits
	as_tty alice "NO_COLOR=1 s3-sudo $what" >/tmp/waits &
	until_true 200 grep -q s3-approve /tmp/waits || :
	id=$(grep -aoE 's3-approve [k-z]{8}' /tmp/waits | cut -d' ' -f2)
	if [[ $what == run* ]]; then
		approve bob "$id"
		until_true 200 pgrep -u alice -x sleep >/dev/null || :
		as_tty bob "s3-approve revoke $id $(printf %q "$hostile")" >/tmp/revoked || :
		ok "Q12: who revokes sees it plain" harmless /tmp/revoked
	else
		as_tty bob "s3-approve no $id $(printf %q "$hostile")" >/dev/null || :
	fi
	wait $!  || :
	ok "Q12: so does who waits or runs (${what%% *})" harmless /tmp/waits
	ok "control: it is told there" grep -qF 'over\u{000D}\u{000A}\u{001B}[2J\u{202E}' /tmp/waits
done

# --- words that are none: every program names what it did not understand -------------------
file_of alice wrong.sh <<-'SCRIPT'
	. ./texts
	echo x >f
	for text in "${texts[@]}"; do
		r=(-t 5m -r 'OPS-1 x' --no-wait)
		s3-sudo "$text"
		s3-sudo put "./no ${text//\//_}" s3://prod-reports/2026/x "${r[@]}"
		s3-sudo put f "s3://prod-reports/2026/$text" "${r[@]}" && s3-sudo withdraw "$(s3-sudo status | cut -c1-8)"
		s3-sudo put f "s3://$text/x" "${r[@]}"
		s3-sudo check "$text" s3://prod-reports/x
		s3-sudo run --allow "$text" "${r[@]}" -- true
		s3-sudo run --allow 'put s3://prod-reports/scratch/' -r x -- "$text"
		s3-sudo withdraw "$text"
		s3-sudo put f s3://prod-reports/2026/x -t "$text"
		s3-sudo withdraw "$text" --json
		s3-approve "$text"
		s3-approve show "$text"
		s3-approve "--$text"
		s3-audit "$text"
		s3-audit verify "${text//\//_}"
		s3-audit verify --head "$text"
		s3-audit log --since "$text"
		/usr/libexec/s3jit/s3jit-credentials "$text" 2>&1
	done
SCRIPT
as_tty alice 'bash wrong.sh' >/tmp/wrong || :
ok "Q12: errors that name it are plain" harmless /tmp/wrong
ok "control: there were many" test "$(wc -l </tmp/wrong)" -gt $((10 * ${#texts[@]}))

# --- much of it ---------------------------------------------------------------------------
big=$(head -c 4000 /dev/zero | tr '\0' 'y')
file_of alice big.sh <<<". ./texts; s3-sudo put f s3://prod-reports/2026/big -t 5m -r 'OPS-1 $big end' --no-wait"
id=$(as alice 'bash big.sh' 2>/tmp/big.err) || :
as_tty bob "NO_COLOR=1 s3-approve list; NO_COLOR=1 s3-approve show $id" >/tmp/big || :
ok "Q12: a long reason is cut in its middle, with a mark" grep -qE 'y\[\.\.\.[0-9]+more\.\.\.\]y' <(tr -d '\r\n ' </tmp/big)
ok "and the screen is short" test "$(wc -c </tmp/big)" -lt 10000
ok "its end is shown" grep -q 'y end"' /tmp/big
file_of alice bigger.py <<-'PYTHON'
	import json
	print(json.dumps({"type": "ask", "scope": ["put s3://prod-reports/2026/"], "delivery": "session", "argv": ["x"],
	    "cwd": "/", "reason": "OPS-1 " + "\x1b" * (1 << 20), "ttl": 300, "objects": [], "detach": True, "parent": ""}))
PYTHON
refuses "a megabyte is not taken" 0 '"code": "protocol", "text": "a frame of 6291' as alice 'python3 bigger.py | /src/tests/world/say -'
file_of alice dots.sh <<<". ./texts; s3-sudo put f s3://prod-reports/2026/big -t 5m -r \"OPS-1 \$(head -c 100000 /dev/zero | tr '\\0' '\\033')\" --no-wait"
refuses "nor what is more than a reason, in plain words" 2 'reason is longer than 4096 bytes' as alice 'bash dots.sh'

# --- what is kept, and read by an auditor ------------------------------------------------------
rows=$(sqlite3 /var/lib/s3jit/s3jit.db 'SELECT max(seq) FROM audit')
as_tty erin 'NO_COLOR=1 s3-audit log' >/tmp/audit
as_tty erin 's3-audit log --json' >/tmp/audit.json
as_tty erin 's3-audit export' >/tmp/export
ok "A3, A8: the auditor's screen is plain" harmless /tmp/audit /tmp/audit.json /tmp/export
same "A3: one record is one line: export" "$rows" "$(grep -cE '^\{"seq": ?[0-9]+,' <(head -n "$rows" /tmp/export))"
same "A3: and --json" "$rows" "$(head -n "$rows" /tmp/audit.json | jq -c . | wc -l)"
same "A3: and log" "$rows" "$(head -n "$rows" /tmp/audit | grep -cE '^ *[0-9]+  20')"
in_log() { tail -n +"$log_from" /var/log/syslog | grep -aoE 's3jitd\[[0-9]+\]: seq=[0-9]+' | sort -u | wc -l; }
first=$(tail -n +"$log_from" /var/log/syslog | grep -aoE ' seq=[0-9]+' | head -n 1 | cut -d= -f2)
forwarded() { [[ $(in_log) -ge $((rows - first + 1)) ]]; }
ok "A3: and the log" until_true 200 forwarded
tail -n +"$log_from" /var/log/syslog >/tmp/log
ok "A3: which is plain" harmless /tmp/log
journalctl -q -a --no-pager -o verbose -t s3jitd -t s3jit-signer >/tmp/journal
ok "A3: so is the journal" harmless /tmp/journal
same "A3: an entry each" "$rows" "$(journalctl -q -a --no-pager -o json -t s3jitd | jq -r .S3JIT_SEQ | grep -E '^[0-9]+$' | awk -v max="$rows" '$1 <= max' | sort -un | wc -l)"
printf 'x\e[2Jy\n' | logger -t planted
until_true 100 grep -q planted /var/log/syslog || :
tail -n 1 /var/log/syslog >/tmp/log
refuses "control: in this log it would be seen" 1 x1b harmless /tmp/log
ok "the chain is whole" as erin 's3-audit verify'

# --- a record that somebody changed: its reader is not deceived either (A8) -----------------
for trigger in $(sqlite3 /var/lib/s3jit/s3jit.db "SELECT name FROM sqlite_master WHERE type = 'trigger'"); do
	sqlite3 /var/lib/s3jit/s3jit.db "DROP TRIGGER $trigger"
done
sqlite3 /var/lib/s3jit/s3jit.db "UPDATE audit SET record = replace(record, '\"event\":\"asked\"',
	'\"event\":\"as' || char(27, 10) || 'ked' || char(8238, 155, 127) || '\"') WHERE seq = (SELECT max(seq) FROM audit WHERE record LIKE '%\"asked\"%')"
as_tty erin 'NO_COLOR=1 s3-audit log; s3-audit log --json; s3-audit export' >/tmp/changed || :
ok "A8: a changed record is shown plain" harmless /tmp/changed
ok "control: it is shown" grep -qF 'as\u001B\u000Aked\u202E' /tmp/changed
refuses "A2: and found" 1 'was changed' as erin 's3-audit verify'
