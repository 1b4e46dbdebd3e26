# The record is for the broker alone (B10): its files have their modes from the first
# moment, nobody's text is in their names, and a broker that finds anything else, or
# cannot write there, does not start and says what to do.  Logins go on meanwhile.
. /src/tests/world/harness.sh

store=/var/lib/s3jit

login alice one
type one 's3-sudo status'
wait_screen one '^Nothing is asked'

files() { stat -c '%U:%G %a %n' $store $store/* | sort -k3; }
same "B10: folder and files, made with umask 022" "s3jit:s3jit 700 $store
s3jit:s3jit 600 $store/lock
s3jit:s3jit 600 $store/s3jit.db
s3jit:s3jit 600 $store/s3jit.db-shm
s3jit:s3jit 600 $store/s3jit.db-wal" "$(files)"
refuses "B10: alice cannot look into it" 2 "Permission denied" as alice "ls $store"
same "B1: folders and sockets" "s3jit:s3jit 755 /run/s3jit
s3jit:s3jit 600 /run/s3jit/ended
s3jit:s3jit 600 /run/s3jit/root.sock
s3jit:s3jit 666 /run/s3jit/user.sock
s3jit-signer:s3jit 2750 /run/s3jit-signer
s3jit-signer:s3jit 660 /run/s3jit-signer/sock" "$(stat -c '%U:%G %a %n' /run/s3jit /run/s3jit/* /run/s3jit-signer /run/s3jit-signer/*)"

broker() { # in the foreground, for a moment
	timeout 3 setpriv --reuid s3jit --regid s3jit --init-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
		env -i /usr/sbin/s3jitd
}

refuses "B10: a second broker does not start" 1 "runs already" broker

# a broker that is killed leaves all its files
world_stop_broker KILL
cp -a $store /var/lib/s3jit.good
fresh() {
	rm -rf $store
	cp -a /var/lib/s3jit.good $store
}

# spoiled LABEL REGEX COMMAND...: what COMMAND did keeps the broker from starting
spoiled() {
	fresh
	"${@:3}"
	refuses "B10: $1" 1 "$2" broker
}
spoiled "a folder that others may enter" "$store has mode 0755 and must have 0700.*chmod 0700" chmod 755 $store
spoiled "somebody else's folder" "$store .*Permission denied" chown root $store
spoiled "a database that others may read" "s3jit.db has mode 0644.*chmod 0600" chmod 644 $store/s3jit.db
spoiled "a log that others may read" "s3jit.db-wal has mode 0640" chmod 640 $store/s3jit.db-wal
spoiled "shared memory that others may write" "s3jit.db-shm has mode 0602" chmod 602 $store/s3jit.db-shm
spoiled "root's database" "s3jit.db belongs to user 0" chown root $store/s3jit.db
spoiled "a second name of the database" "second name" ln $store/s3jit.db /var/lib/s3jit.second
rm /var/lib/s3jit.second
spoiled "a symbolic link" "s3jit.db" bash -c "mv $store/s3jit.db $store/real; ln -s real $store/s3jit.db"
spoiled "a database of a later version" "newer|later" sqlite3 $store/s3jit.db "PRAGMA user_version = 1000"
spoiled "a file that is no database" "it is no database; put back a copy" bash -c "head -c 100000 /dev/urandom >$store/s3jit.db; rm -f $store/s3jit.db-*"
spoiled "no folder" "$store" rm -rf $store

fresh
mount --bind $store $store
mount -o remount,bind,ro $store
refuses "B11: a read-only file system" 1 "[Rr]ead-only" broker
ok "a login goes on without a broker" as alice true
refuses "what needs one says so" 114 "s3jitd does not answer" as alice 's3-sudo status'
refuses "reading needs one, too" 1 "s3jitd does not answer" as alice '/usr/libexec/s3jit/s3jit-credentials default'
umount $store

fresh
world_start_broker
type one 'clear; s3-sudo status'
ok "B10: as it was it starts, and knows its logins" wait_screen one '^Nothing is asked'
same "with the modes as before" 4 "$(files | grep -c 's3jit:s3jit 600')"
