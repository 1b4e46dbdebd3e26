# Several files to a folder, a file of several parts, an empty one, odd names and
# odd keys: each arrives as it was, where it was to go, and nowhere else.
# also: sanitizers
. /src/tests/world/harness.sh

folder=s3://prod-reports/scratch
why="-t 5m -r 'OPS-412 x'"

put() { as alice "cd ~/work && s3-sudo put $why $*"; }
holds() { # LABEL FILE KEY
	ok "$1" cmp "/home/alice/work/$2" <(object "prod-reports/scratch/$3")
}
holds_odd() { # the same for keys that curl signs otherwise than the gateway
	ok "$1" cmp "/home/alice/work/$2" <(s3 s3 cp "$folder/$3" -)
}
in_bucket() { s3 s3api list-objects-v2 --bucket prod-reports --query 'Contents[].Key' | jq -r '.[]' | sort; }

mkdir /home/alice/work
chown alice: /home/alice/work
for name in one two three; do echo "$name" | file_of alice "work/$name.csv"; done
head -c 20971520 /dev/urandom | file_of alice work/large
: | file_of alice work/empty
echo dash | file_of alice work/-r
echo dash2 | file_of alice work/--json
echo blank | file_of alice 'work/a name with  blanks'
printf 'utf8' | file_of alice $'work/r\303\251sum\303\251.txt'

ok "three files go to a folder" put one.csv two.csv three.csv $folder/many/
for name in one two three; do holds "$name.csv is there" $name.csv many/$name.csv; done
ok "20 MiB, which is several parts" put large $folder/large
holds "with the right bytes" large large
same "several requests made it one object" 20971520 "$(s3 s3api head-object --bucket prod-reports --key scratch/large --query ContentLength)"
recorded "each part is on record with its own hash" '' '.event == "sign" and .part == "3" and .length == 4194304'
same "no upload is left half done" null "$(s3 s3api list-multipart-uploads --bucket prod-reports --query Uploads)"
ok "no byte at all" put empty $folder/empty
same "is an object of no bytes" 0 "$(s3 s3api head-object --bucket prod-reports --key scratch/empty --query ContentLength)"
ok "several files, one of several parts, one empty" put large empty one.csv $folder/mixed/
holds "large" large mixed/large
holds "empty" empty mixed/empty
holds "and small" one.csv mixed/one.csv

ok "a name that begins with -, behind --" put -- -r --json $folder/dash/
holds "is a file" -r dash/-r
holds "so is what looks like an option" --json dash/--json
ok "or by its path" put ./-r $folder/dash2/
holds "the same" -r dash2/-r
refuses "without that it is an option, and said to be missing its words" 2 "s3-sudo put --help" put -r $folder/dash3/
ok "blanks" put "'a name with  blanks'" $folder/
holds "stay as they are" 'a name with  blanks' a%20name%20with%20%20blanks
ok "letters beyond ASCII" put $'r\303\251sum\303\251.txt' $folder/
holds "arrive as they are" $'r\303\251sum\303\251.txt' r%C3%A9sum%C3%A9.txt

# every printable character, in the key and in the file's name.  (A gateway's
# policy names no key with one of $*?: in it, which AWS's does; the folder can be
# named, and is what a name beyond ASCII asks for.)
every=$(jq -rn '[range(33; 127)] - [47] | implode')
named=$(tr -d '$*?:' <<<"$every")
echo every | file_of alice "work/$every"
echo named | file_of alice "work/$named"
ok "every printable character in a file's name" put "$(printf %q "$every")" $'r\303\251sum\303\251.txt' $folder/odd/
holds_odd "is the key" "$every" "odd/$every"
recorded "the folder was asked for" '' '.event == "asked" and .scope == ["put s3://prod-reports/scratch/odd/"]'
ok "all but four in a key that is asked for by itself" put "$(printf %q "$named")" "$(printf %q "$folder/typed/$named x")"
holds_odd "are the key" "$named" "typed/$named x"
recorded "with % written as rules could not misread it" '' \
	'.event == "asked" and (.scope[0] | test("^put s3://prod-reports/scratch/typed/!.*#%25&.* x$"))'
same "no star in a file's name asks for more" 'put s3://prod-reports/scratch/a%2A' \
	"$(as alice "cd ~/work && s3-sudo put $why --no-wait one.csv '$folder/a*' >/dev/null 2>&1; s3-sudo status --json" | jq -r '.requests[0].scope[0]')"
ok "a key of path words" put one.csv $folder/a/../b//c/./d
same "is no path" one "$(/src/tests/world/s3-server api GET "s3.$REGION.amazonaws.com" prod-reports/scratch/a/../b//c/./d --path-as-is)"

# more than half of the files that a process may have open (1,024)
as alice 'mkdir ~/work/more && cd ~/work/more && for ((i = 0; i < 520; i++)); do echo $i >"ré$i"; done'
ok "520 files at once" put "more/*" $folder/more/
same "are all there" 520 "$(in_bucket | grep -c '^scratch/more/')"
s3 s3 rm --quiet --recursive $folder/more/

# nothing else is there
same "nothing went anywhere else" "$(sort <<-KEYS
	scratch/a name with  blanks
	scratch/a/../b//c/./d
	scratch/dash/--json
	scratch/dash/-r
	scratch/dash2/-r
	scratch/empty
	scratch/large
	scratch/many/one.csv
	scratch/many/three.csv
	scratch/many/two.csv
	scratch/mixed/empty
	scratch/mixed/large
	scratch/mixed/one.csv
	scratch/odd/$every
	scratch/odd/r$(printf '\303\251')sum$(printf '\303\251').txt
	scratch/r$(printf '\303\251')sum$(printf '\303\251').txt
	scratch/typed/$named x
KEYS
)" "$(in_bucket)"

refuses "a key with a control character is refused, saying so" 2 "control|character" put one.csv "\$'$folder/a\\tb'"
refuses "so is one that is no UTF-8" 2 "UTF-8|character" put one.csv "\$'$folder/a\\xff'"
refuses "and one that is too long" 2 "1024|longer|long" put one.csv "$folder/$(printf 'x%.0s' {1..1030})"
refuses "several files need a folder" 2 "need a folder to go to" put one.csv two.csv $folder/x
refuses "two of one name cannot both go there" 2 "named twice" put one.csv ./one.csv $folder/
s3_refuses "she is read-only as before" alice "aws s3 cp /etc/hostname $folder/after"
