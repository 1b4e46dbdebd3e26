# timeout: 400
# S3 takes half of a part and then nothing more: a row of the table WHEN A PART IS
# BROKEN of s3jit(7).  What stands between is a relay that stops.
. /src/tests/world/harness.sh
# shellcheck source=tests/world/broken.sh
. /src/tests/world/broken.sh

# lets so many bytes of a connection through to S3, if any
cat >/tmp/relay.py <<'PY'
import socket, sys, threading
limit = int(sys.argv[1])

def copy(source, to, left):
    while left and (data := source.recv(min(65536, left))):
        to.sendall(data)
        left -= len(data)
    if left:
        to.shutdown(socket.SHUT_WR)
    else:
        threading.Event().wait()

listener = socket.create_server(("127.0.0.3", 443), backlog=64)
while True:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", 443))
    threading.Thread(target=copy, args=(client, server, limit), daemon=True).start()
    threading.Thread(target=copy, args=(server, client, 1 << 60), daemon=True).start()
PY
relay() { # BYTES
	python3 /tmp/relay.py "$1" >/dev/null 2>/tmp/relay.out &
	RELAY=$!
	until_true 100 eval 'ss -tlnH "src 127.0.0.3:443" | grep -q .'
}
people
on alice 'head -c 9000000 /dev/urandom >report.csv'
sed -i "s/^127.0.0.1 prod-reports/127.0.0.3 prod-reports/" /etc/hosts
relay 100000000
ok "control: through a relay that does not stop, it is put" try put
kill $RELAY
relay 4000000
row "S3 hangs in the middle of a part"
row_ends "S3 hangs in the middle of a part"
kill $RELAY
relay 100000000
ok "and when all is well again, it is put" try put
ok "the record is whole" as erin 's3-audit verify'
