# The disk of the record is full, read-only or frozen (A1, B11): rows of the table
# WHEN A PART IS BROKEN of s3jit(7).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

world_stop_broker
ext4_disk
world_start_broker

people
disk_full
row "The disk of the record is full"
row_ends "The disk of the record is full"
disk_free
recorded "A1: with room again, the revoke is on record" "$RUNNING" '.event == "revoked"'

people
disk_failed
row "The disk of the record is read-only"
row_ends "The disk of the record is read-only"
world_stop_broker
disk_repaired
world_start_broker
recorded "B11: repaired, the revoke is on record" "$RUNNING" '.event == "revoked"'

# of the one who finds it out, and of another
login_ms() {
	local began=${EPOCHREALTIME/[.,]/}
	as alice true
	echo $(((${EPOCHREALTIME/[.,]/} - began) / 1000))
}
people
before=$(login_ms)
disk_frozen
waits() {
	touch /var/lib/s3jit/x >/dev/null 2>&1 &
	sleep 1
	kill -0 $!
}
first=$(login_ms) second=$(login_ms)
note "a login takes $before ms, on a frozen disk the first $first and others $second"
# promised: 2 s more; asserted with threefold room
ok "P3: a login hardly waits for a frozen disk" test "$first" -lt $((before + 6000))
ok "control: who writes there waits" waits
row "The disk of the record is frozen"
row_ends "The disk of the record is frozen"
ok "control: it was frozen all the while" kill -0 "$THAWS"
disk_thawed
recorded "A1: thawed, the revoke is on record" "$RUNNING" '.event == "revoked"'
recorded "A1: and the gap" "" '.event == "gap" and .count > 0'

ok "and when all is well again, a put is done" try put
ok "the record is whole" as erin 's3-audit verify'
