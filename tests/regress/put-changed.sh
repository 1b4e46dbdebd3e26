# What was approved are bytes.  A file that is another one by then is not sent;
# one that changes on the way is refused by S3 and leaves no object.
. /src/tests/world/harness.sh

target=s3://prod-reports/2026/report.csv
put="s3-sudo put report.csv $target -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
gone() { refuses "$1" 22 "" object prod-reports/2026/report.csv; }

head -c 100000 /dev/urandom | file_of alice report.csv
ask alice one "$put"
printf x | dd of=/home/alice/report.csv bs=1 seek=99999 conv=notrunc status=none
approve bob "$REQUEST"
ok "a byte of the file has changed: it is not sent" wait_screen one '^report.csv has changed since it was shown.  Nothing was sent.'
ok "with exit code 118" wait_screen one '^exit 118$'
ok "and the next step" wait_screen one 'Ask again with the file as it is now'
gone "nothing is there"
recorded "the request is taken back" "$REQUEST" '.event == "withdrawn" and .by == "alice"'
not_recorded "no power was given" "$REQUEST" '.event | IN("granted", "lease-intent", "sign")'

clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
truncate -s 99999 /home/alice/report.csv
approve bob "$(request_of one)"
ok "a file that became shorter" wait_screen one '^exit 118$'
clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
echo more >>/home/alice/report.csv
approve bob "$(request_of one)"
ok "or longer" wait_screen one '^exit 118$'
gone "nothing is there still"

# what changes nothing in the bytes changes nothing
clear_screen one
type one "$put"
wait_screen one '^Waiting for 1 yes'
touch /home/alice/report.csv
cp /home/alice/report.csv /tmp/as-approved
mv /home/alice/report.csv /home/alice/elsewhere
echo other | file_of alice report.csv
approve bob "$(request_of one)"
ok "a file that was touched, moved and replaced by another is still the one that was shown" wait_screen one '^exit 0$'
ok "and its bytes are sent, not the other's" cmp /tmp/as-approved <(object prod-reports/2026/report.csv)

# on the way: transfer is held once it has begun, the last part changes under it
head -c 100000000 /dev/urandom | file_of alice large
open_line alice way "s3-sudo put large s3://prod-reports/scratch/large -t 5m -r 'OPS-412 x'; echo \"exit \$?\""
until pid=$(pgrep -x transfer); do :; done
kill -STOP "$pid"
printf xxxx | dd of=/home/alice/large bs=1 seek=99999990 conv=notrunc status=none
kill -CONT "$pid"
ok "a file that changes while it is sent: exit code 118" wait_screen way '^exit 118$' 30
ok "in words" wait_screen way '^The file was changed after it was approved; these bytes were not written. Ask again.'
refuses "no object comes of it" 22 "" object prod-reports/scratch/large
same "nor half of one" null "$(s3 s3api list-multipart-uploads --bucket prod-reports --query Uploads)"
ok "the same file as it is now can be sent" as alice "s3-sudo put large s3://prod-reports/scratch/large -t 5m -r 'OPS-412 x'"
ok "with its bytes" cmp /home/alice/large <(object prod-reports/scratch/large)
