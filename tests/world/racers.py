"""racers.py - messages to s3jitd that race, from real processes of real logins.

    racers.py run NAME           in a login of that person, on its terminal: does
                                 what the conductor says, at the moment it says
    racers.py conduct TIMES      as root: waits for alice, alice2, bob and carol,
                                 lets each pair race so many times, prints how often
                                 who was first and what became of it; exit status 1
                                 when an outcome is none that this order can have

Who is first is the scheduler's: both spin until their moment, and whoever was second
begins a little earlier the next time.
"""
import json
import os
import socket
import sqlite3
import sys
import time

from rawpeer import Peer

MEET = "/run/racers.sock"
RECORD = "file:/var/lib/s3jit/s3jit.db?mode=ro"
ENDS = {"denied", "withdrawn", "revoked", "lapsed", "expired", "done", "logout"}
STEP = 0.002    # seconds; sixty of them outlast a lease of STS
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def lines(sock):
    return sock.makefile("r", encoding="utf-8"), lambda data: sock.sendall((json.dumps(data) + "\n").encode())


def run(name):
    meet = socket.socket(socket.AF_UNIX)
    meet.connect(MEET)
    hear, say = lines(meet)
    peer = Peer()
    peer.greet()
    say({"name": name})
    for line in hear:
        task = json.loads(line)
        while time.monotonic() < task["at"]:
            pass
        began = time.monotonic()
        answer = peer.ask(task["ask"])
        say({"began": began, "answer": answer})


class Conductor:
    def __init__(self):
        self.racers = {}
        self.asked = 0
        meet = socket.socket(socket.AF_UNIX)
        meet.bind(MEET)
        os.chmod(MEET, 0o777)
        meet.listen()
        meet.settimeout(60)
        while len(self.racers) < 4:
            sock, _ = meet.accept()
            hear, say = lines(sock)
            self.racers[json.loads(hear.readline())["name"]] = hear, say

    def tell(self, name, ask, at=0.0):
        self.racers[name][1]({"at": at, "ask": ask})

    def heard(self, name):
        return json.loads(self.racers[name][0].readline())

    def do(self, name, ask):
        self.tell(name, ask)
        return self.heard(name)["answer"]

    def ask(self):
        self.asked += 1
        key = f"2026/race-{self.asked}"
        answer = self.do("alice", {
            "type": "ask", "scope": [f"put s3://prod-reports/{key}"], "delivery": "signed", "argv": ["racer"],
            "cwd": "/", "reason": "OPS-412 race", "ttl": 120, "detach": True, "objects": [{
                "verb": "put", "bucket": "prod-reports", "key": key, "name": "x", "size": 0, "part_size": 0,
                "parts": [EMPTY], "sha256": EMPTY}]})
        if answer["type"] == "error" and "minute" in answer["text"]:
            time.sleep(5)               # so many a minute
            return self.ask()
        return answer["id"], answer["digest"]

    def race(self, one, two, lead):
        """Both at once, the first by `lead` seconds earlier: the two answers."""
        at = time.monotonic() + 0.02
        for (name, ask), begins in ((one, at + max(-lead, 0)), (two, at + max(lead, 0))):
            self.tell(name, ask, begins)
        return [self.heard(name)["answer"]["type"] != "error" for name, _ in (one, two)]


def events(request):
    with sqlite3.connect(RECORD, uri=True, timeout=10) as record:
        rows = record.execute("SELECT record FROM audit WHERE id = ? ORDER BY seq", (request,)).fetchall()
    return [json.loads(row[0])["event"] for row in rows]


def vote(request, digest, yes):
    return {"type": "vote", "id": request, "digest": digest, "yes": yes, "why": "" if yes else "wrong month"}


def revoke(request):
    return {"type": "revoke", "id": request, "everything": False, "why": "stop"}


# name: (approved before, who does one, who does two); what the record must be of each order
PAIRS = {
    "approve/withdraw": (False, ("bob", "yes"), ("alice", "withdraw")),
    "approve/deny": (False, ("bob", "yes"), ("carol", "no")),
    "approve/revoke": (False, ("bob", "yes"), ("carol", "revoke")),
    "approve/second approver": (False, ("bob", "yes"), ("carol", "yes")),
    "claim/deny": (True, ("alice", "claim"), ("carol", "no")),
    "claim/revoke": (True, ("alice", "claim"), ("carol", "revoke")),
    "claim/claim elsewhere": (True, ("alice", "claim"), ("alice2", "claim")),
}
# the event that an action leaves
LEAVES = {"yes": "yes", "no": "denied", "withdraw": "withdrawn", "revoke": "revoked", "claim": "granted"}


def message(what, request, digest):
    return {"yes": lambda: vote(request, digest, True), "no": lambda: vote(request, digest, False),
            "withdraw": lambda: {"type": "withdraw", "id": request}, "revoke": lambda: revoke(request),
            "claim": lambda: {"type": "claim", "id": request}}[what]()


def one_race(c, name, lead):
    """Which was first (0, 1), and what is wrong with what became of it ('': nothing)."""
    approved, (who, what), (other, against) = PAIRS[name]
    request, digest = c.ask()
    if approved:
        c.do("bob", vote(request, digest, True))
    took = c.race((who, message(what, request, digest)), (other, message(against, request, digest)), lead)
    seen = events(request)
    # what was refused has left nothing; who was first is who was taken alone, or stands first
    first = seen.index(LEAVES[what]) if took[0] else len(seen)
    second = seen.index(LEAVES[against]) if took[1] else len(seen)
    if what == against:
        first, second = (0, 1) if took[0] else (1, 0)
    wrong = ""
    if not any(took):
        wrong = "neither was taken"
    elif what == against and all(took):
        wrong = "both were taken"
    c.do("carol", revoke(request))
    seen = events(request)
    if sum(e in ENDS for e in seen) != 1 or seen.count("approved") > 1 or seen.count("granted") > 1:
        wrong = wrong or "not one outcome"
    after = seen[[e in ENDS for e in seen].index(True) + 1:] if any(e in ENDS for e in seen) else []
    if {"yes", "approved", "granted"} & set(after):
        wrong = wrong or "power after the end"
    return (0 if first < second else 1), wrong and f"{name}: {wrong}: took {took}, record {seen}"


def conduct(times):
    c, bad = Conductor(), 0
    print("all are here", flush=True)
    for name in PAIRS:
        split, lead = [0, 0], 0.0
        for _ in range(times):
            first, wrong = one_race(c, name, lead)
            lead += STEP if first == 1 else -STEP
            split[first] += 1
            if wrong:
                bad += 1
                print("WRONG", wrong)
        print(f"{name}: {split[0]} first, {split[1]} second", flush=True)
    return 1 if bad else 0


if sys.argv[1] == "run":
    run(sys.argv[2])
else:
    sys.exit(conduct(int(sys.argv[2])))
