# timeout: 600
# Every example of every --help, as it stands there, typed by whom it is for.  An
# example that nobody runs here fails, and so does one that is shown no more.
. /src/tests/world/harness.sh

# CONTEXT WHO REGEX LINE: what there must be before, who types the line, what it
# says then.  Each ends with exit status 0.
#   pending   a request of alice's waits, which the id of the example stands for
#   open      alice has opened something
#   half      and half of its time is over
#   record    record.jsonl and may-2026.jsonl are exports of the record
examples() {
	cat <<-'EXAMPLES'
	- alice ^Done s3-sudo put report.csv s3://prod-reports/2026/report.csv
	- alice ^Done s3-sudo put -r "OPS-412 totals" -t 10m a.csv b.csv s3://prod-reports/2026/
	- alice ^{.*"pending" s3-sudo put --no-wait --json report.csv s3://prod-reports/2026/report.csv
	- alice ^Done s3-sudo rm s3://prod-reports/2026/old.csv
	- alice ^Done s3-sudo rm -r "OPS-412 cleanup" -t 5m s3://prod-reports/2026/old.csv
	- alice ^{.*"pending" s3-sudo rm --no-wait --json s3://prod-reports/2026/old.csv
	- alice q1.csv s3-sudo get s3://prod-billing/2026/q1.csv
	- alice ^Jan,40 s3-sudo get -r "OPS-412 audit" -t 5m s3://prod-billing/2026/q1.csv -
	- alice ^{.*"pending" s3-sudo get --no-wait --json s3://prod-billing/2026/q1.csv q1.csv
	- alice q1.csv s3-sudo ls s3://prod-billing/2026/
	- alice 2026/ s3-sudo ls -r "OPS-412 audit" -t 5m s3://prod-billing/
	- alice ^{.*"pending" s3-sudo ls --no-wait --json s3://prod-billing/2026/
	- alice upload:.*report.csv s3-sudo aws s3 cp report.csv s3://prod-reports/2026/
	- alice upload:.*in-out.csv s3-sudo aws -r "OPS-412 sync" -t 10m s3 sync ./out s3://prod-reports/2026/ --delete
	- alice ^{.*"pending" s3-sudo aws --no-wait --json s3 rm s3://prod-reports/2026/old.csv
	- alice ETag s3-sudo aws -- --region eu-central-1 s3api put-object --bucket prod-reports --key 2026/report.csv --body report.csv
	- alice upload:.*report.csv s3-sudo run --allow "put s3://prod-reports/2026/" -- aws s3 cp report.csv s3://prod-reports/2026/
	- alice upload:.*in-out.csv s3-sudo run -r "OPS-412 sync" -t 10m --allow "put s3://prod-reports/2026/" --allow "list s3://prod-reports/2026/" -- aws s3 sync out s3://prod-reports/2026/
	- alice ^{.*"pending" s3-sudo run --no-wait --json --allow "put s3://prod-reports/2026/" -- ./publish
	- alice ^Write.access.ended s3-sudo shell --allow "put s3://prod-reports/2026/" -t 20m -r "OPS-412 backfill"
	- alice ^{.*"pending" s3-sudo shell --no-wait --json --allow "put s3://prod-reports/2026/"
	- alice ^Open.until s3-sudo open --allow "put s3://prod-reports/2026/" -t 20m -r "OPS-412 backfill"
	- alice ^{.*"pending" s3-sudo open --no-wait --json --allow "put s3://prod-reports/2026/"
	- alice ^Then.this.shell eval "$(s3-sudo env --allow 'put s3://prod-reports/2026/' -t 20m -r 'OPS-412 backfill')"
	- alice ^exit.0 eval "$(s3-sudo env --unset --format sh)"
	- alice "20 s3-sudo env --format json --json --allow "put s3://prod-reports/2026/" | jq .Expiration
	half alice ^Open.until s3-sudo extend kmxqrtvz 15m
	half alice ^Open.until s3-sudo extend -r "OPS-412 takes longer" kmxqrtvz 15m
	half alice ^{.*"pending" s3-sudo extend --no-wait --json kmxqrtvz 15m
	open alice ^Closed s3-sudo close
	open alice ^{.*"closed" s3-sudo close --json kmxqrtvz
	open alice open.*put.s3: s3-sudo status
	open alice ^{.*"active" s3-sudo status --json
	open alice ^s3:write s3-sudo status --prompt
	pending alice report.csv s3-sudo show kmxqrtvz
	pending alice ^{.*"shown" s3-sudo show --json kmxqrtvz
	pending alice ^Done s3-sudo resume
	pending alice ^{.*"done" s3-sudo resume --json kmxqrtvz
	pending alice ^Withdrawn s3-sudo withdraw kmxqrtvz
	pending alice ^{.*"withdrawn" s3-sudo withdraw --json kmxqrtvz
	- alice ^Would.need.1 s3-sudo check put s3://prod-reports/2026/report.csv
	- alice ^{.*"examples" s3-sudo check --json rm s3://prod-reports/a.csv
	- alice ^Would.need.1 s3-sudo check -- aws s3 rm s3://prod-reports/2026/ --recursive
	- alice . s3-sudo reauth
	- alice ^{ s3-sudo reauth --json
	- alice ^CAN.ASK.FOR s3-sudo -l
	- alice ^{.*"ask" s3-sudo -l --json
	pending bob ^Approved s3-approve kmxqrtvz
	pending bob ^Approved s3-approve approve kmxqrtvz
	pending bob ^Denied s3-approve no kmxqrtvz wrong month, see OPS-411
	pending bob ^Denied s3-approve deny kmxqrtvz wrong month, see OPS-411
	open bob ^Revoked s3-approve revoke kmxqrtvz wrong bucket
	open bob ^{.*"kmxqrtvz s3-approve revoke --json kmxqrtvz wrong bucket
	open bob ^kmxqrtvz.of.alice:.revoked s3-approve revoke --all-of alice her laptop was stolen
	open bob ^kmxqrtvz.of.alice:.revoked s3-approve revoke --everything INC-90 keys leaked
	pending bob report.csv s3-approve show kmxqrtvz
	pending bob ^{.*"shown" s3-approve show --json kmxqrtvz
	pending bob ^kmxqrtvz s3-approve list
	pending bob ^{.*"kmxqrtvz s3-approve list --json
	pending bob ^1$ s3-approve count
	record erin . s3-audit log --since 2026-05-03 --until 2026-05-04T12:00:00Z
	pending erin ^{.*"asked".*"kmxqrtvz s3-audit log --json --request kmxqrtvz
	- erin . s3-audit export record.jsonl
	- erin . s3-audit export | gzip > record.jsonl.gz
	- erin ^Chain.verified s3-audit verify
	record erin ^Chain.verified s3-audit verify record.jsonl
	record erin ^Chain.verified s3-audit verify --part --head 48113:9f31...  may-2026.jsonl
	open alice ^upload: aws --profile s3-write s3 cp report.csv s3://prod-reports/2026/
	- root no.error|fine|ok|^$ s3jitd -t -c /etc/s3jit/s3jit.conf.new
	stopped root . runuser -u s3jit -- s3jitd -d /var/lib/s3jit -r /run/s3jit -s /run/s3jit-signer/sock
	- root . runuser -u s3jit-signer -- s3jit-signer -t -c /etc/s3jit/s3jit.conf.new
	stopped root . runuser -u s3jit-signer -- s3jit-signer -s /run/s3jit-signer/sock
	EXAMPLES
}

# --- the examples that are shown
verbs() { "$1" --help | sed -n "s/^  $1 \([a-z-][a-z-]*\).*/\1/p" | grep -vx -e --version; }
shown_by() { sed -n '/^Examples*:/,/^$/s/^  //p'; }
shown() {
	local program verb
	for program in s3-sudo s3-approve s3-audit; do
		for verb in $(verbs $program); do $program "$verb" --help | shown_by; done
	done
	/usr/libexec/s3jit/s3jit-credentials --help | shown_by
	s3jitd -h | shown_by
	s3jit-signer -h | shown_by
}
lines() { examples | cut -d' ' -f4-; }
same "every example that is shown is run here, and none else" "$(lines | sort)" "$(shown | sort)"
ok "there are as many as we know of" test "$(shown | wc -l)" -ge 54
same "an example more would be missed" "s3-sudo new" "$(comm -13 <(lines | sort) <({ shown; echo s3-sudo new; } | sort))"
daemon_options() { "$1" -h | sed -n '/^For tests/q; s/^  \(-[a-zA-Z]\) .*/\1/p' | grep -vx -e -h -e -V -e -u; }
for daemon in s3jitd s3jit-signer; do
	for option in $(daemon_options $daemon); do
		ok "$daemon $option has an example" grep -q -e " $daemon .*$option\| *$daemon .*$option" <<<"$($daemon -h | shown_by)"
	done
done

# --- what they are about
change_rules -e '/^rule "scratch"/i rule "examples" {\
  groups = { "analysts" }\
  allow = { "put s3://prod-reports/*", "delete s3://prod-reports/*", "list s3://*", "get s3://*" }\
  role = "arn:aws:iam::111122223333:role/s3jit-write"\
  approvals = { "1 of group:leads" }\
  max-ttl = "30m"\
  extends = 1\
}'
cp /etc/s3jit/s3jit.conf /etc/s3jit/s3jit.conf.new
printf 'alice:swordfish\n' | chpasswd
for key in prod-billing/2026/q1.csv prod-reports/2026/old.csv; do echo Jan,40 | put_object $key; done
for name in report.csv a.csv b.csv; do echo $name | file_of alice $name; done
as alice 'mkdir out; echo out >out/in-out.csv; printf "#!/bin/sh\n" >publish; chmod +x publish'
for who in alice bob erin; do login $who $who; done

last_line() { screen "$1" | sed 's/ *$//' | grep . | tail -n 1; }

# answer_to WHO: what the last line on the screen asks for; 1 if it asks nothing
answer_to() {
	local last
	last=$(last_line "$1")
	case $last in
	'Why?') type "$1" 'OPS-412 example' ;;
	'How long? '*]) type "$1" '' ;;
	*'yes / no'*'?') type "$1" yes ;;
	*assword:*) type "$1" swordfish ;;
	'(s3:write until '*) type "$1" exit ;;
	*) return 1 ;;
	esac
	until [[ $(last_line "$1") != "$last" ]]; do sleep 0.05; done
}

# play WHO LINE: type it, answer what it asks, have it approved; up to its exit status
play() {
	local until=$((SECONDS + 60)) id done_id=
	clear_screen "$1"
	type "$1" "$2; echo \"exit \$?\""
	until screen "$1" | grep -qE '^exit [0-9]+$'; do
		((SECONDS < until)) || { note "$(screen "$1")"; return 1; }
		answer_to "$1" || sleep 0.1
		id=$(screen "$1" | grep -oE 's3-approve [k-z]{8}' | cut -d' ' -f2 | tail -n 1 || :)
		if [[ -n $id && $id != "$done_id" ]] && screen "$1" | grep -q '^Waiting for'; then
			approve carol "$id" || return
			done_id=$id
		fi
	done
}

clean_up() {
	touch /home/alice/out/*	# newer than what a sync before has uploaded
	as alice 's3-sudo status --json | jq -r ".requests[] | [.id, .state] | @tsv" | while read -r id state; do
		if [ $state = active ]; then s3-sudo close $id; else s3-sudo withdraw $id; fi; done' >/dev/null 2>&1
}

ID=kmxqrtvz HEAD=
context() {
	clean_up
	case $1 in
	pending)
		ID=$(as alice 's3-sudo put report.csv s3://prod-reports/2026/report.csv -r "OPS-412 example" --no-wait 2>/dev/null')
		;;
	open)
		play alice 's3-sudo open --allow "put s3://prod-reports/2026/" -r "OPS-412 example"'
		ID=$(as alice 's3-sudo status --json' | jq -r '.requests[0].id[:8]')
		;;
	half)
		play alice 's3-sudo open --allow "put s3://prod-reports/2026/" -r "OPS-412 example" -t 60s'
		ID=$(as alice 's3-sudo status --json' | jq -r '.requests[0].id[:8]')
		sleep 30
		;;
	record)
		as erin 'rm -f *.jsonl*; s3-audit export record.jsonl; tail -n +5 record.jsonl >may-2026.jsonl'
		HEAD=$(tail -n 1 /home/erin/record.jsonl | jq -r '"\(.seq):\(.hash)"')
		;;
	stopped) ;;
	-) as erin 'rm -f *.jsonl*' ;;
	esac
}

as_root() { # LINE: in its own words, a daemon for as long as it takes to listen
	case $1 in
	*' -t '*) bash -c "$1" ;;
	*' s3jit-signer -'*) started s3jit-signer "$1" "$SIGNER_SOCKET" ;;
	*' s3jitd -'*) started s3jitd "$1" "${BROKER_SOCKETS[@]}" ;;
	esac
}
started() { # NAME LINE SOCKET...: stop it, start it with the line until it listens
	local name=$1 line=$2
	stop_daemon "$name"
	(cd /; setsid bash -c "exec $line" </dev/null >>"/var/log/s3jit/$name.out" 2>&1 & echo $! >"/run/world/$name.pid")
	wait_daemon "$name" "${@:3}"
}

while read -r before who regex line; do
	context "$before" </dev/null
	typed=${line//kmxqrtvz/$ID}
	typed=${typed/48113:9f31.../$HEAD}
	if [[ $who == root ]]; then
		ok "$line" as_root "$typed"
		continue
	fi
	play "$who" "$typed" </dev/null
	text=$(screen "$who" | tail -n +2)
	if grep -qx 'exit 0' <<<"$text" && grep -qE -- "${regex//kmxqrtvz/$ID}" <<<"$text"; then
		passed "$line"
	else
		failed "$line" "$text"
	fi
done < <(examples)
