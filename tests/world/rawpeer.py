"""rawpeer - a connection to s3jitd that says whatever a test wants it to.

    PYTHONPATH=/src/tests/world python3 -c 'from rawpeer import *; ...'

What say does for whole questions, this does byte by byte: what a client that
means it ill could send, as whoever runs it.
"""
import array
import json
import os
import select
import socket
import struct
import sys
import time

USER = "/run/s3jit/user.sock"
ROOT = "/run/s3jit/root.sock"


def frame(body):
    return struct.pack(">I", len(body)) + body


def guest(magic, *fields):
    """A message of the helper or the PAM module: S3JF is FACTS, S3JR is REGISTER."""
    texts = [str(field).encode() for field in fields]
    return magic.encode() + struct.pack(">HH", 1, len(texts)) + b"".join(map(frame, texts))


class Peer:
    def __init__(self, path=USER, bind=None, sock=None):
        self.sock = sock or socket.socket(socket.AF_UNIX)
        if bind is not None:
            self.sock.bind(bind)
        if sock is None:
            self.sock.connect(path)  # before the time: with one, a full backlog is an error
        self.sock.settimeout(20)

    def send(self, data, creds=False, fds=()):
        control = []
        if creds:
            ids = array.array("i", [os.getpid(), os.getuid(), os.getgid()])
            control.append((socket.SOL_SOCKET, socket.SCM_CREDENTIALS, ids))
        if fds:
            control.append((socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds)))
        try:
            self.sock.sendall(data[self.sock.sendmsg([data], control):])
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has refused us already

    def read(self, length):
        data = b""
        while len(data) < length:
            try:
                more = self.sock.recv(length - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            data += more
        return data

    def hear_bytes(self):
        """One frame, or None where the connection was closed."""
        head = self.read(4)
        return head and self.read(struct.unpack(">I", head)[0])

    def hear(self):
        body = self.hear_bytes()
        return body and json.loads(body)

    def tell(self, message, **more):
        self.send(frame(json.dumps(message).encode()), **more)

    def greet(self, **more):
        hello = self.hear()
        if hello is not None and hello["type"] == "hello":
            self.greet_back(hello, **more)
        return hello

    def greet_back(self, hello, **more):
        self.tell({"type": "greet", "version": hello["version"], "nonce": hello["nonce"],
                   "program": "rawpeer"}, **{"creds": True, **more})

    def ask(self, message):
        self.tell(message)
        while True:
            answer = self.hear()
            if answer is None or answer["type"] != "event":
                return answer


def outcome(answer):
    """An answer in a line: closed, its type, or what it refuses."""
    if answer is None:
        return "closed"
    return answer.get("text", "") if answer["type"] == "error" else answer["type"]
