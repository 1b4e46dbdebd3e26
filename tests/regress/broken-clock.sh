# The clock of this host jumps while the daemons run, forwards and backwards (B12): rows
# of the table WHEN A PART IS BROKEN of s3jit(7).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

# their wall clock is what stands there, read anew each time; the time since boot is not
clock_is() { echo "$1" >/etc/faketimerc; }
world_stop_broker
world_stop_signer
clock_is +0s
# shellcheck disable=SC2034 # of product.sh
DAEMON_ENV=(LD_PRELOAD="$(echo /usr/lib/*/faketime/libfaketime.so.1)" FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1)
world_start_signer
world_start_broker
clock_is +30s
same "control: the broker's clock is that of the file" 1 "$(($(sql "SELECT max(wall) FROM audit") > $(date +%s) - 5))"
clock_is +0s

people
clock_is -1h
row "The clock jumped backwards"
row_ends "The clock jumped backwards"
recorded "B12: on record" "" '.event == "clock-jump" and .seconds < -3000'
clock_is +0s
recorded "B12: and that it is right again" "" '.event == "clock-ok"'

people
deadline=$(sql "SELECT deadline FROM requests WHERE id LIKE '${OPENED[0]}%'")
clock_is +90s
row "The clock jumped forwards"
same "B12: a deadline never moves" "$deadline" "$(sql "SELECT deadline FROM requests WHERE id LIKE '${OPENED[0]}%'")"
row_ends "The clock jumped forwards"
clock_is +0s
ok "when it is right again, a put is done" until_true 100 try put
ok "the record is whole" as erin 's3-audit verify'
