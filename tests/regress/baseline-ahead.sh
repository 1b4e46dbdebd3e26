# What a login reads with is there before anybody asks: nobody's first read waits
# for STS, and while AWS is away what is there goes on, through a restart of the
# broker's peer and, with AWS, of the broker.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/crash.sh
. /src/tests/world/crash.sh

server=/src/tests/world/s3-server
helper=/usr/libexec/s3jit/s3jit-credentials
baselines() { how_many "" '.event == "lease" and .kind == "baseline" and .person == "alice"'; }
there_are() { until_true 100 eval "((\$(baselines) == $1))"; }

login alice one
ok "a login's keys are asked for although nobody wants any yet" there_are 1
$server down
type one "$helper default | jq -r .Version"
ok "C7: AWS is away, and the first read has keys" wait_screen one '^1$'
same "they are those" 1 "$(baselines)"
$server up

restart_signer
ok "a signer that restarted is asked before anybody waits" there_are 2
world_stop_broker
world_start_broker
ok "s3jitd asks at its start, for who is logged in" there_are 3
$server down
clear_screen one
type one "$helper default | jq -r .Version"
ok "and those are there" wait_screen one '^1$'
logout one
refuses "control: who comes now finds AWS away" 1 'cannot be reached' as bob "$helper default"
