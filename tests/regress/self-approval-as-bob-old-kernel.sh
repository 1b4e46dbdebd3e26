# world: BROKER_OPTIONS=--old-kernel
# self-approval-as-bob, with a broker that finds out who connects as it must before
# Linux 6.5 (B3).
. /src/tests/regress/self-approval-as-bob.sh
