# Every program that is installed has a manual page, every option and verb of its
# --help stands there, and every page that another names exists.
. /src/tests/world/harness.sh

man=/usr/share/man
page_of() { ls $man/man*/"${1##*/}".[0-9]*; }
source_of() { zcat -f "$(page_of "$1")"; }
# options, verbs and file names as the page's reader sees them
text_of() { source_of "$1" | sed -e 's/\\-/-/g' -e 's/\\(dq/"/g' -e 's/Fl -/--/g' -e 's/Fl \([a-zA-Z]\)/-\1/g'; }
has() { grep -qE -e "(^|[^a-z-])$2([^a-z-]|\$)" <<<"$(text_of "$1")"; }
options_in() { grep -oE -e '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,' | sort -u; }
verbs() { "$1" --help | sed -n "s/^  $1 \([a-z-][a-z-]*\).*/\1/p" | grep -vx -e --version; }

programs=(s3-sudo s3-approve s3-audit /usr/libexec/s3jit/s3jit-credentials s3jitd s3jit-signer)
for path in /usr/bin/s3[-j]* /usr/sbin/s3[-j]*; do
	ok "$path is known here" grep -qw "${path##*/}" <<<"${programs[*]}"
done
for program in "${programs[@]}"; do
	name=${program##*/}
	ok "$name has a manual page" page_of "$program"
	missing=
	# only the lines that explain options: examples have those of other programs
	while read -r option; do
		has "$program" "$option" || missing+=" $option"
	done < <({
		"$program" -h
		! [[ $name =~ ^s3-(sudo|approve|audit)$ ]] || for verb in $(verbs "$name"); do "$program" "$verb" --help; done
	} | sed '/^Example/,/^$/d' | grep -E '^ +-' | sed 's/   .*//' | options_in)
	same "$name: every option of its help is in its page" "" "$missing"
	missing=
	if [[ $name =~ ^s3-(sudo|approve|audit)$ ]]; then
		for verb in $(verbs "$name"); do has "$program" "$verb" || missing+=" $verb"; done
		same "$name: every verb is" "" "$missing"
		ok "there are some" test "$(verbs "$name" | wc -l)" -ge 3
	fi
done
refuses "an option that is not there would be missed" 1 "" has s3-sudo --no-such-option
ok "s3-sudo has options in its help at all" test "$(s3-sudo put --help | grep -E '^ +-' | options_in | wc -l)" -ge 6

for page in s3jit.7 s3jit.conf.5 pam_s3jit.8; do ok "there is $page" test -e "$(ls $man/man?/$page*)"; done
missing=
for page in "$man"/man?/*s3*; do
	while read -r name section; do
		ls $man/man"$section"/"$name.$section"* >/dev/null 2>&1 || missing+=" $name($section)"
	done < <(zcat -f "$page" | sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\1 \2/p' | grep -E 's3' | sort -u)
done
same "pages refer to pages that are there" "" "$missing"
# what a page tells of the rules file is what the parser knows
missing=
while read -r word; do
	grep -rqF "\"$word\"" /src/config || missing+=" $word"
done < <(source_of s3jit.conf | sed -nE 's/^\.It Cm ([a-z-]+).*/\1/p' | sort -u)
same "s3jit.conf(5) tells of nothing that is not" "" "$missing"
