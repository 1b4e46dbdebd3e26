"""proxy.py PORT FILE - the CONNECT proxy of fakeaws.py; each request is a line of FILE."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakeaws  # noqa: E402

proxy = fakeaws.Proxy(int(sys.argv[1]))
written = 0
with open(sys.argv[2], "w", buffering=1) as out:
    while True:
        for line in proxy.asked[written:]:
            print(line, file=out)
            written += 1
        time.sleep(0.05)
