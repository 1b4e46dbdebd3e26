#!/usr/bin/python3
"""ends WHAT N - how fast power begins and ends, N times, a line of milliseconds each.

Runs in a login of alice's, under a rule that needs nobody.  WHAT is

  open     from the claim of an open grant to the first PUT of a shell that was
           running already and asks for the profile's keys again and again
  sign     from a revoke to the first signature that is refused
  deny     from a revoke to the first AccessDenied of S3 to keys that were kept
  stopped  the same where the process that claimed it is stopped and cannot help
  keys     prints keys of an open grant of this login

Elsewhere, "refused" reads such keys, says "works", and then when S3 first refuses them.
"""
import hashlib
import json
import os
import signal
import sys
import threading
import time

import botocore.session
from botocore.exceptions import ClientError

from rawpeer import Peer, outcome

BUCKET, PREFIX = "prod-reports", "scratch/"
BYTES = b"x"
SHA = hashlib.sha256(BYTES).hexdigest()


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME) * 1000


def greeted():
    peer = Peer()
    peer.greet()
    return peer


def granted(peer, delivery):
    """A claimed grant: its id, and the answer to the claim."""
    objects = []
    if delivery == "signed":
        objects = [{"verb": "put", "bucket": BUCKET, "key": PREFIX + "x", "name": "x", "size": 1,
                    "part_size": 1, "parts": [SHA], "sha256": SHA}]
    scope = f"put s3://{BUCKET}/{PREFIX}" + ("x" if objects else "")
    while True:
        state = peer.ask({"type": "ask", "scope": [scope], "delivery": delivery, "argv": ["bench"],
                          "cwd": "/", "reason": "OPS-1 bench", "ttl": 600, "objects": objects,
                          "detach": False, "parent": ""})
        if state["type"] == "state":
            break
        if state["type"] != "error" or state["code"] != "busy":
            sys.exit(f"ask: {state}")
        time.sleep(2)       # so many a minute
    grant = peer.ask({"type": "claim", "id": state["id"]})
    if grant["type"] != "grant":
        sys.exit(f"claim: {grant}")
    return state["id"], grant


def s3(keys):
    session = botocore.session.Session()
    return session.create_client("s3", region_name="eu-central-1",
                                 aws_access_key_id=keys["access_key_id"],
                                 aws_secret_access_key=keys["secret_access_key"],
                                 aws_session_token=keys["session_token"])


def put(client):
    client.put_object(Bucket=BUCKET, Key=PREFIX + "x", Body=BYTES)


def refused_at(client):
    """When S3 first refuses these keys."""
    while True:
        try:
            put(client)
        except ClientError as e:
            if e.response["Error"]["Code"] != "AccessDenied":
                raise
            return now()


def revoke(ident):
    began = now()
    answer = greeted().ask({"type": "revoke", "id": ident, "person": "", "everything": False,
                            "why": "bench"})
    if answer["type"] != "revoked":
        sys.exit(f"revoke: {outcome(answer)}")
    return began


def later(what, *args):
    """Run it beside; a function that waits for what it returned."""
    box = []
    thread = threading.Thread(target=lambda: box.append(what(*args)))
    thread.start()

    def wait():
        thread.join()
        return box[0]
    return wait


def first_put():
    peer = greeted()
    while True:
        keys = peer.ask({"type": "get_credentials", "profile": "s3-write"})
        if keys["type"] == "credentials":
            put(s3(keys))
            return now()


def once_open():
    running = later(first_put)
    time.sleep(0.2)
    peer = greeted()
    began = now()
    ident, _ = granted(peer, "session")
    took = running() - began
    peer.ask({"type": "close", "id": ident})
    return took


def sign_until_refused(peer, ident):
    while True:
        answer = peer.ask({"type": "sign", "id": ident, "slot": 0, "method": "PUT", "bucket": BUCKET,
                           "key": PREFIX + "x", "query": [], "headers": [], "payload_sha256": SHA,
                           "length": 1})
        if answer["type"] == "error":
            return now() if answer["code"] == "ended" else sys.exit(f"sign: {answer}")
        time.sleep(0.002)


def once_sign():
    peer = greeted()
    ident, _ = granted(peer, "signed")
    signing = later(sign_until_refused, peer, ident)
    time.sleep(0.2)
    return -revoke(ident) + signing()


def once_deny():
    peer = greeted()
    ident, grant = granted(peer, "command")
    client = s3(grant["credentials"])
    put(client)
    trying = later(refused_at, client)
    time.sleep(0.1)
    return -revoke(ident) + trying()


def once_stopped():
    """The claim is another process's, which is stopped before the revoke."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        ident, grant = granted(greeted(), "command")
        keys = grant["credentials"]
        os.write(writing, json.dumps([ident, keys]).encode())
        os.setsid()
        time.sleep(1000)
    os.close(writing)
    ident, keys = json.loads(os.read(reading, 65536))
    os.close(reading)
    os.kill(child, signal.SIGSTOP)
    client = s3(keys)
    put(client)
    trying = later(refused_at, client)
    time.sleep(0.1)
    took = -revoke(ident) + trying()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return took


def print_keys():
    peer = greeted()
    granted(peer, "session")
    print(json.dumps(peer.ask({"type": "get_credentials", "profile": "s3-write"})))


def wait_refused(keys):
    client = s3(keys)
    put(client)
    print("works", flush=True)
    print(int(refused_at(client)), flush=True)


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "keys":
        print_keys()
    elif what == "refused":
        wait_refused(json.load(sys.stdin))
    else:
        for _ in range(int(sys.argv[2])):
            print(int({"open": once_open, "sign": once_sign, "deny": once_deny,
                       "stopped": once_stopped}[what]()), flush=True)
