"""serve.py CERTIFICATE STS [IMDS [ADDRESS]] - the STS and the IMDS of fakeaws.py in a world,
where their real names lead to 127.0.0.2:443 and 169.254.169.254:80.

CERTIFICATE.crt and CERTIFICATE.key are the server's; STS is the last part of a
role's name (ok, garbage, throttled-99 ...), IMDS one of its modes, ADDRESS its own.
"""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakeaws  # noqa: E402

certificate, sts, *imds = sys.argv[1:]
aws = fakeaws.FakeAWS(behaviour=sts)
aws.serve(fakeaws.STS, certificate + ".crt", certificate + ".key", ("127.0.0.2", 443))
if imds:
    aws.imds_mode = imds[0]
    aws.serve(fakeaws.IMDS, address=((imds + ["169.254.169.254"])[1], 80))
signal.pause()
