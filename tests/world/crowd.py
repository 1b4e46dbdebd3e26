"""crowd.py FILE COUNT REQUESTS SECONDS - that many connections to s3jitd at once, then that
many requests on those that were let in, as fast as they are answered; held for so long in
all, or until FILE is removed.  FILE says what the connections were told, FILE.asked how
many requests were answered.
"""
import collections
import os
import resource
import select
import sys
import time

from rawpeer import Peer, outcome

name, (count, requests, seconds) = sys.argv[1], map(int, sys.argv[2:])
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
began = time.monotonic()
said, inside, poll, at = collections.Counter(), [], select.poll(), {}


def watch(p):
    at[p.sock.fileno()] = p
    poll.register(p.sock, select.POLLIN)


def listen(timeout):
    for fd, _ in poll.poll(timeout):
        poll.unregister(fd)
        p = at.pop(fd)
        p.sock.settimeout(20)
        answer = p.hear()
        if outcome(answer) == "hello":      # what it really is told comes now
            p.greet_back(answer)
            p.tell({"type": "status"})
            watch(p)
            continue
        said[outcome(answer)] += 1
        if outcome(answer) == "status_answer":
            inside.append(p)
        else:
            p.sock.close()


for i in range(count):
    watch(Peer())
    if i % 50 == 0:
        listen(0)
while at and time.monotonic() - began < 60:
    listen(1000)
with open(name, "w") as f:
    for what, n in said.items():
        print(n, what, file=f)
answered = 0
while inside and answered < requests:
    for p in inside:
        p.tell({"type": "status"})
    for p in inside:
        answered += outcome(p.hear()) == "status_answer"
with open(name + ".asked", "w") as f:
    print(answered, file=f)
while os.path.exists(name) and time.monotonic() - began < seconds:
    time.sleep(0.1)
