# world: BROKER_OPTIONS=--old-kernel
# forwarded-socket, with a broker that finds out who connects as it must before
# Linux 6.5 (B3).
. /src/tests/regress/forwarded-socket.sh
