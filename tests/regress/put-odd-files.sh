# H20: what put takes for a file, and what not: a person's own regular files, by
# any path that cp would take, but never a descriptor of somebody's process, and
# nothing whose bytes could not be approved beforehand.
# also: trixie
. /src/tests/world/harness.sh

put="s3-sudo put -t 5m -r 'OPS-412 x'"
folder=s3://prod-reports/scratch
on_stdin() { laptop alice; "${SSH[@]}" "$1" <<<bytes; }

echo report | file_of alice report.csv
echo secret | file_of bob secret.csv
chmod 600 /home/bob/secret.csv
as alice "ln -s report.csv link; ln -s /proc/self/fd/0 to-stdin; ln -s loop loop; ln -s nowhere dangling
	mkdir folder; mkfifo pipe; ln -s ~ home; cp report.csv closed; chmod 0 closed"

ok "a file by a full path" as alice "$put /home/alice/report.csv $folder/full"
ok "by .. and //" as alice "cd folder && $put ..//./report.csv $folder/relative"
ok "through a symbolic link, as cp does" as alice "$put link $folder/link"
ok "through one in the path" as alice "$put home/report.csv $folder/path"
for key in full relative link path; do
	same "$key has the bytes" report "$(object prod-reports/scratch/$key)"
done
ok "with stdin, stdout and stderr closed" as alice "$put report.csv $folder/closed 0<&- 1>&- 2>&-"
same "it is there" report "$(object prod-reports/scratch/closed)"

for name in /proc/self/fd/0 /dev/fd/0 /dev/stdin to-stdin; do
	refuses "H20: $name is refused, even for a regular file" 2 "open already.*name the file itself" \
		as alice "$put $name $folder/magic <report.csv"
	refuses "H20: $name of a pipe, too" 2 "open already" on_stdin "$put $name $folder/magic"
done
refuses "H20: a descriptor of another process" 2 "open already|Permission denied" \
	as alice "sleep 5 9<report.csv & until test -e /proc/\$!/fd/9; do sleep 0.02; done; $put /proc/\$!/fd/9 $folder/magic"
refuses "H20: another process's own view of the root" 2 "open already" \
	as alice "sleep 5 & $put /proc/\$!/root/home/alice/report.csv $folder/magic"
refuses "a folder" 2 "folder is a folder: name the files in it" as alice "$put folder $folder/x"
refuses "a folder with a slash" 2 "a folder" as alice "$put folder/ $folder/x"
refuses "a pipe, without waiting for its other end" 2 "a pipe: save it to a file first" as alice "$put pipe $folder/x"
refuses "a device" 2 "not a regular file" as alice "$put /dev/zero $folder/x"
refuses "a socket" 2 "user.sock" as alice "$put /run/s3jit/user.sock $folder/x"
refuses "a file of the kernel, whose size says nothing" 2 "/proc/version has more bytes than its size says: copy it" as alice "$put /proc/version $folder/x"
refuses "links in a circle" 2 "loop: |open already" as alice "$put loop $folder/x"
refuses "a link to nothing" 2 "dangling: No such file" as alice "$put dangling $folder/x"
refuses "nothing of that name" 2 "report.cvs: No such file" as alice "$put report.cvs $folder/x"
refuses "one's own file that one may not read" 2 "closed: Permission denied" as alice "$put closed $folder/x"
refuses "H20: another person's file" 2 "secret.csv: Permission denied" as alice "$put /home/bob/secret.csv $folder/x"
refuses "H20: what only root may read" 2 "shadow: Permission denied" as alice "$put /etc/shadow $folder/x"
refuses "H20: descriptor 3, which is the helper's" 2 "open already|No such file" as alice "$put /proc/self/fd/3 $folder/x"
refuses "an empty name" 2 "No such file" as alice "$put '' $folder/x"
refuses "one bad name among good ones" 2 "report.cvs: No such file" as alice "$put report.csv report.cvs link $folder/all/"
for key in magic x all/report.csv; do
	refuses "so there is no $key" 22 "" object prod-reports/scratch/$key
done
not_recorded "and nothing of it was ever asked for" '' '.event == "asked" and (.scope[0] | test("/(magic|x|all/.*)$"))'
