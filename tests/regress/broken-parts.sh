# A daemon of ours is away: rows of the table WHEN A PART IS
# BROKEN of s3jit(7).
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

people
ok "while all is well, a put is done" try put

world_stop_signer
row "s3jit-signer is down"
row_ends "s3jit-signer is down"
world_start_signer

people
kill -STOP "$(daemon_pid s3jit-signer)"
row "s3jit-signer hangs"
row_ends "s3jit-signer hangs"
kill -CONT "$(daemon_pid s3jit-signer)"

# with nobody there to take access away, what ends by itself still does
people
world_stop_broker
row "s3jitd is down"
line_down alice@4
((SECONDS >= EXPIRES_AT)) || sleep $((EXPIRES_AT - SECONDS))
world_start_broker
row_ends "s3jitd is back"

people
kill -STOP "$(daemon_pid s3jitd)"
row "s3jitd hangs"
kill -CONT "$(daemon_pid s3jitd)"
row_ends "s3jitd goes on"

ok "and when all is well again, a put is done" try put
ok "the record is whole" as erin 's3-audit verify'
same "each row of the table is tried by a test" "" "$(titles | while read -r title; do
	grep -qF -e "row \"$title\"" -e "broken \"$title\"" /src/tests/regress/broken-*.sh || echo "$title"; done)"
