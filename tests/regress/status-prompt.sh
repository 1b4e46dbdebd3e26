# s3-sudo status --prompt: a word in the prompt of this login while something is open
# in it; nothing otherwise, and no error ever.
. /src/tests/world/harness.sh

free="--allow 'put s3://prod-reports/scratch/' -r 'OPS-412 x'"
login alice one
login alice two
for name in one two; do
	clear_screen $name
	type $name "PS1='<\$(s3-sudo status --prompt)>\\\$ '"
	ok "$name: nothing is open, nothing is said" wait_screen $name '^<>\$ *$'
done
type one "s3-sudo open $free -t 5m"
ok "open: each prompt says it" wait_screen one '^<s3:write [345]m>\$ *$'
type two true
ok "not that of another login" wait_screen two '^<>\$ *$'
type one 's3-sudo close; clear'
ok "closed: it is gone" wait_screen one '^<>\$ *$'
type one "s3-sudo open $free -t 25s"
ok "seconds, too" wait_screen one '^<s3:write [0-9]+s>\$ *$'
type one 's3-sudo close; clear'
wait_screen one '^<>\$ *$'
type one "s3-sudo run $free -- sleep 1000 & sleep 1"
ok "what a command alone holds is not this login's" wait_screen one '^<>\$ *$'
same "nothing on stderr, exit status 0" "0" "$(as alice 's3-sudo status --prompt 2>&1; echo $?')"

world_stop_broker
same "without a broker it is silent" "0" "$(as alice 's3-sudo status --prompt 2>&1; echo $?')"
refuses "where status itself says it" 114 'does not answer' as alice 's3-sudo status'
