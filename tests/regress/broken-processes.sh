# No process can be started: by a daemon or by a person (rows of the table WHEN A
# PART IS BROKEN of s3jit(7)).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh
# shellcheck source=tests/world/limits.sh
. /src/tests/world/limits.sh

# the broker's one process is what asks the name service; without one more none can take its place
people
starts_nothing s3jitd
pkill -KILL -P "$(daemon_pid s3jitd)"
sleep 6 # what it said is good for 5 s
row "s3jitd can start no process"
row_ends "s3jitd can start no process"
world_stop_broker
world_start_broker

# the signer has one where its own keys come from a program
cat >/usr/local/bin/own-keys <<'SH'
#!/usr/bin/python3
import json, os, sys
if os.path.exists("/run/world/no-keys"):
    sys.exit(1)
keys = dict(line.split(" = ") for line in open("/etc/s3jit/signer.credentials").read().split("\n") if " = " in line)
print(json.dumps({"Version": 1, "AccessKeyId": keys["aws_access_key_id"], "SecretAccessKey": keys["aws_secret_access_key"]}))
SH
chmod 755 /usr/local/bin/own-keys
sed -i 's|"file:.*"|"process:/usr/local/bin/own-keys"|' /etc/s3jit/s3jit.conf
restart_signer
says_failed() {
	local said
	said=$(as carol "$CREDENTIALS default" 2>&1) || grep -q 'it failed with exit status 1' <<<"$said"
}
people
ok "control: the program gives the signer its keys" try put
touch /run/world/no-keys # so that it has none when it may start no process any more
restart_signer
ok "control: the signer is there again, without keys of its own" until_true 100 says_failed
starts_nothing s3jit-signer
rm /run/world/no-keys
row "s3jit-signer can start no process"
row_ends "s3jit-signer can start no process"
restart_signer

people
before=$(served)
for typed in PUT ASK OPEN CREDENTIALS; do
	declare "$typed=ulimit -u 1; exec ${!typed}"
done
row "A person can start no more processes"
refuses "a command says so, too" 1 'starting true: Resource temporarily unavailable' \
	on alice "ulimit -u 1; exec s3-sudo run --allow 'put s3://prod-reports/scratch/' -r x -- true"
same "and nothing is left active of it" "$before" "$(served)"
on alice 's3-sudo close'
row_ends "A person can start no more processes"

PUT=${PUT#*exec }
ok "and when all is well again, a put is done" try put
ok "the record is whole" as erin 's3-audit verify'
