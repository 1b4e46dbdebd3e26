# Wrong words: each is refused before anybody is asked, with the exit status that
# scripts can rely on and, for people, what is wrong and where to look.
. /src/tests/world/harness.sh

echo report | file_of alice report.csv
target=s3://prod-reports/2026/report.csv
why="-r 'OPS-412 x'"
wrong() { refuses "$1" "$2" "$3" as alice "$4"; }
see='See:   s3-sudo'

wrong "no word at all" 2 "what is to be done\?  $see --help" 's3-sudo'
wrong "an unknown verb" 2 "there is no verb \"putt\".  $see --help" "s3-sudo putt report.csv $target"
wrong "an unknown option" 2 "there is no option --force here" "s3-sudo put --force report.csv $target"
wrong "and where to look" 2 "^$see put --help" "s3-sudo put --force report.csv $target"
wrong "an unknown letter" 2 "there is no option -x here" "s3-sudo put -x report.csv $target"
wrong "an abbreviated option" 2 "there is no option --rea here" "s3-sudo put --rea x report.csv $target"
wrong "an option of another verb" 2 "there is no option --allow here" "s3-sudo put --allow x report.csv $target"
wrong "an option without its value" 2 "\-\-reason wants WHY" "s3-sudo put report.csv $target -r"
wrong "an option twice" 2 "\-\-ttl is given twice" "s3-sudo put -t 5m -t 6m report.csv $target"
wrong "a value where there is none" 2 "\-\-json takes no value" "s3-sudo put --json=yes report.csv $target"
wrong "too few words" 2 "something is missing: put FILE" "s3-sudo put report.csv"
wrong "too many" 2 "more than close takes" "s3-sudo close kmxqrtvz kmxqrtvz"
wrong "where to is missing" 2 "where to\? The last word must be s3://BUCKET/KEY or s3://BUCKET/FOLDER/" "s3-sudo put report.csv report2.csv $why"

wrong "a missing file" 2 "nowhere.csv: No such file" "s3-sudo put nowhere.csv $target $why"
wrong "a bucket that is no name" 2 "\"Prod_Reports\" is no bucket name: 3 to 63 of a-z" "s3-sudo put report.csv s3://Prod_Reports/x $why"
wrong "an ARN" 2 "no bucket name" "s3-sudo put report.csv s3://arn:aws:s3:eu-central-1:111122223333:accesspoint/x/y $why"
wrong "an access point" 2 "is the name of an access point" "s3-sudo put report.csv s3://x-s3alias/y $why"
wrong "a directory bucket" 2 "is the name of a directory bucket" "s3-sudo put report.csv s3://x--x-s3/y $why"
wrong "s3 without a bucket" 2 "no bucket name" "s3-sudo put report.csv s3:///x $why"
wrong "https" 2 "where to\?" "s3-sudo put report.csv https://prod-reports/x $why"
wrong "rm of a folder" 2 "is a folder: rm wants the objects themselves" "s3-sudo rm s3://prod-reports/2026/ $why"
wrong "rm of something else" 2 "does not begin with s3://" "s3-sudo rm /etc/passwd $why"

for ttl in 0 0s -5m 5 5x 1d2 '' ' 5m' 1.5h 99999999999999999999m; do
	wrong "a time that is none: \"$ttl\"" 2 "^--ttl: " "s3-sudo put report.csv $target $why --ttl='$ttl'"
done
wrong "a time too long for the rule" 2 "at most 30m" "s3-sudo put report.csv $target $why -t 31m"
ok "the longest is fine" as alice "s3-sudo put report.csv $target $why -t 30m --no-wait"
wrong "no reason, and nobody to ask for it" 2 "this rule wants a reason|reason of the form" "s3-sudo put report.csv $target -t 5m"
wrong "what to do about it" 2 'Give it with -r' "s3-sudo put report.csv $target -t 5m"
wrong "an empty reason" 2 "wants a reason" "s3-sudo put report.csv $target -t 5m -r ''"
wrong "a reason of blanks" 2 "wants a reason" "s3-sudo put report.csv $target -t 5m -r '   '"
wrong "a reason that does not fit the rule" 2 "reason of the form \"?\[A-Z\]" "s3-sudo put report.csv $target -t 5m -r please"

for allow in '' put 'put prod-reports/x' 'write s3://prod-reports/x' 'put s3://prod-reports/*' 'put s3://prod-*' 'put  s3://prod-reports/x' 'put s3://prod-reports/%41' 'put,delete s3://prod-reports/x'; do
	wrong "a permission that is none: \"$allow\"" 2 "begin with a verb|write it as|\`\*\` is for the rules file|no bucket name|literal .%" \
		"s3-sudo run --allow '$allow' $why -- true"
done
wrong "an id that is none" 2 "id is 6 to 32 letters from k to z" "s3-sudo resume abc"
wrong "an id of nobody" 2 "No request kkkkkkkk that you may see" "s3-sudo show kkkkkkkk"
wrong "check without an object" 2 "something is missing: check" "s3-sudo check put"
wrong "check of a verb that is none" 2 "does not begin with a verb: list, get, put" "s3-sudo check write s3://prod-reports/x"

wrong "what no rule covers: 113" 113 'Not allowed by any rule: put s3://prod-billing/x' "s3-sudo put report.csv s3://prod-billing/x $why"
wrong "the nearest is named" 113 'Nearest: .*"report uploads"' "s3-sudo put report.csv s3://prod-billing/x $why"
wrong "and where to see what is" 113 '^See what you may ask: s3-sudo -l' "s3-sudo put report.csv s3://prod-billing/x $why"
wrong "by check as well" 113 'See what you may ask: s3-sudo -l' "s3-sudo check rm $target"
wrong "folder and all beside it" 113 'Not allowed by any rule' "s3-sudo run --allow 'put s3://prod-reports/' --allow 'delete s3://prod-reports/' $why -- true"
same "of all this only the one that was right is asked for" 1 "$(how_many "" '.event == "asked"')"

refuses "s3-approve of a word" 2 "neither a verb nor a request: those have 6 or more letters" as_tty bob 's3-approve hello'
refuses "and where to look" 2 "See:   s3-approve --help" as_tty bob 's3-approve hello'
refuses "no without an id" 2 "something is missing: no ID WHY" as_tty bob 's3-approve no'
refuses "revoke without a reason" 2 "say why: it is on record" as_tty bob 's3-approve revoke kkkkkkkk'
refuses "s3-audit of an unknown verb" 2 'there is no verb "who"' as erin 's3-audit who'
refuses "and where to look" 2 'See:   s3-audit --help' as erin 's3-audit who'
refuses "s3-audit with a time that is none" 2 'time in UTC is wanted: 2026-05-03' as erin 's3-audit log --since yesterday'
refuses "s3-audit with a head that is none" 2 'NUMBER:HASH' as erin 's3-audit verify --head 12'
refuses "s3-audit verify of no file" 2 'nowhere: No such file' as erin 's3-audit verify nowhere'
refuses "s3jit-credentials without a profile" 2 'usage: s3jit-credentials PROFILE' as alice '/usr/libexec/s3jit/s3jit-credentials'
refuses "with a wrong one" 1 'profiles are default and s3-write' as alice '/usr/libexec/s3jit/s3jit-credentials admin'
for program in s3-sudo s3-approve s3-audit /usr/libexec/s3jit/s3jit-credentials s3jitd s3jit-signer; do
	refuses "${program##*/} --version" 0 "^${program##*/} [0-9]+\.[0-9]+" as alice "PATH=\$PATH:/usr/sbin; $program --version"
	ok "${program##*/} --help on stdout" as alice "PATH=\$PATH:/usr/sbin; $program --help 2>/dev/null | grep -qi usage"
done
