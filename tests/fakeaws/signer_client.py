"""signer_client.py - speak signer_proto.h to s3jit-signer, for tests.

One frame is a big-endian length and one JSON object; answers carry the
number of their question and may come in any order.
"""
import json
import socket
import struct
import time

LETTERS = "klmnopqrstuvwxyz"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Signer:
    def __init__(self, path, timeout=20):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.n = 0
        self.waiting = {}

    def close(self):
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def send(self, kind, /, **fields):
        """Ask and return the number of the question."""
        self.n += 1
        body = json.dumps({"type": kind, "n": self.n, **fields}).encode()
        self.send_raw(struct.pack(">I", len(body)) + body)
        return self.n

    def _read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError("the signer closed the connection")
            data += more
        return data

    def answer(self, n):
        """Wait for the answer to question n."""
        while n not in self.waiting:
            (length,) = struct.unpack(">I", self._read(4))
            message = json.loads(self._read(length))
            self.waiting[message["n"]] = message
        return self.waiting.pop(n)

    def ask(self, kind, /, **fields):
        return self.answer(self.send(kind, **fields))


def lease(name, role, scope, kind="signed", ttl=120, **changes):
    """The fields of a lease that should be granted; changes make it worse."""
    baseline = kind == "baseline"
    return {
        "lease": name, "kind": kind, "role": role, "scope": scope, "kms": [],
        "session_name": "s3jit-b-" + "0123456789abcdef" if baseline
        else "s3jit-" + LETTERS * 2,
        "until": int(time.time()) + ttl, "person": "alice", "request": "kmxqrtvz",
        **changes,
    }


def pairs(**values):
    return [{"name": k.replace("_", "-"), "value": v} for k, v in values.items()]


def request(name, method, bucket, key, **changes):
    """The fields of a signature that should be given."""
    return {
        "lease": name, "method": method, "bucket": bucket, "key": key,
        "query": [], "headers": [], "payload_sha256": EMPTY, "length": 0, **changes,
    }
