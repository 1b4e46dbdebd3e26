# world: S3_MIN_SESSION=1
# A world whose STS sells sessions of seconds, which AWS does not: only so can
# credentials be seen to expire.
. /src/tests/world/harness.sh

read -ra keys < <(assume s3jit-readonly -d DurationSeconds=3)
list() { with_keys "${keys[@]}" "https://s3.$REGION.amazonaws.com/prod-reports?list-type=2"; }
ok "a session of three seconds works" list
sleep 4
refuses "and ends" 22 AccessDenied list
