# world: BROKER_OPTIONS=--old-kernel
# self-approval-second-login, with a broker that finds out who connects as it must before
# Linux 6.5 (B3).
. /src/tests/regress/self-approval-second-login.sh
