#!/usr/bin/python3
"""rgw.py - what the world's S3 server makes of session policies and signatures.

  policy_cases COUNT SEED DEADLINE | rgw.py policies ROLE
      Each policy becomes that of a session of ROLE, and each request is made
      with its keys; those with actions that the policy allows somewhere also by a
      session that the buckets' policies name, where only explicit Denies count.
      (Not the others: this server passes over a statement with NotAction.  And a
      policy with two prefixes of one bucket is left out: of StringNotLike it wants
      every value to be like the prefix, and refuses both.)  Then each Deny of the
      first policies is taken away, and the session that is named must be allowed
      more.
  sign_cases ... | rgw.py signatures
      Each request is sent as it is signed, and once more with something changed.

The account's and the signer's keys come from the environment (/srv/s3/env).
Signatures of `policies` are made here, in Python, and not by s3jit's signer.
Exit status 1 when one answer is not as it should be.
"""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import ssl
import sys
import time
import urllib.parse

REGION = os.environ["REGION"]
HOST = f"s3.{REGION}.amazonaws.com"
STS = f"sts.{REGION}.amazonaws.com"
NAMED = "s3jit-named"           # the session that bucket policies name
SPOIL = 40                      # so many policies are spoilt, too


def quote(text, safe="-_.~"):
    return urllib.parse.quote(text, safe=safe)


class Server:
    """Connections to it, kept open."""

    def __init__(self):
        self.open = {}

    def send(self, host, method, target, headers, body):
        if host not in self.open:
            self.open[host] = http.client.HTTPSConnection(host, timeout=30, context=ssl.create_default_context())
        line = self.open[host]
        try:
            line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                line.putheader(name, value.encode())
            if "content-length" not in headers:
                line.putheader("content-length", str(len(body)))
            line.endheaders(body)
            answer = line.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, OSError):
            line.close()
            del self.open[host]
            raise


SERVER = Server()


def signed(keys, service, host, method, path, query=(), body=b"", extra=()):
    """Make a request with these keys: (status, body)."""
    key, secret, token = keys
    now = datetime.datetime.utcnow().strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-date": now, "x-amz-content-sha256": digest, **dict(extra)}
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    target = quote(path, "-_.~/")
    asked = "&".join(f"{quote(n)}={quote(v)}" for n, v in sorted(query))
    canonical = "\n".join([method, target, asked, *(f"{n}:{headers[n]}" for n in sorted(headers)), "", names, digest])
    scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    sign = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        sign = hmac.new(sign, part.encode(), "sha256").digest()
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, "
                                f"Signature={hmac.new(sign, text.encode(), 'sha256').hexdigest()}")
    return SERVER.send(host, method, target + (f"?{asked}" if asked else ""), headers, body)


def env_keys(who):
    return os.environ[f"{who}_KEY"], os.environ[f"{who}_SECRET"], ""


def assume(role, session, policy):
    form = {"Version": "2011-06-15", "Action": "AssumeRole", "RoleSessionName": session, "Policy": policy,
            "RoleArn": f"arn:aws:iam::111122223333:role/{role}"}
    body = "&".join(f"{n}={quote(v)}" for n, v in form.items()).encode()
    status, answer = signed(env_keys("SIGNER"), "sts", STS, "POST", "/", body=body,
                            extra=[("content-type", "application/x-www-form-urlencoded")])
    if status != 200:
        sys.exit(f"AssumeRole: {status} {answer[:300]} for {policy}")
    return tuple(re.search(f"<{n}>([^<]*)<".encode(), answer)[1].decode()
                 for n in ("AccessKeyId", "SecretAccessKey", "SessionToken"))


def name_session(bucket, role):
    """A bucket policy under which that session may do everything."""
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*",
        "Principal": {"AWS": f"arn:aws:sts::111122223333:assumed-role/{role}/{NAMED}"},
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}
    status, answer = signed(env_keys("ADMIN"), "s3", HOST, "PUT", f"/{bucket}", [("policy", "")],
                            json.dumps(policy, separators=(",", ":")).encode())
    if status // 100 != 2:
        sys.exit(f"bucket policy of {bucket}: {status} {answer[:300]}")


# action: how it is asked for; bodies that change nothing where it is allowed
REQUESTS = {
    "s3:PutObject": ("PUT", [], b"x", []),
    "s3:GetObject": ("GET", [], b"", []),
    "s3:DeleteObject": ("DELETE", [], b"", []),
    "s3:PutObjectTagging": ("PUT", [("tagging", "")], b"<Tagging><TagSet/></Tagging>", []),
    "s3:PutObjectAcl": ("PUT", [("acl", "")], b"", [("x-amz-acl", "private")]),
    "s3:GetBucketLocation": ("GET", [("location", "")], b"", []),
    "s3:PutBucketPolicy": ("PUT", [("policy", "")], b"{", []),
    "s3:PutBucketAcl": ("PUT", [("acl", "")], b"", [("x-amz-acl", "private")]),
}


THERE = set()


def is_there(bucket, key):
    """Of an object that is missing the server says so to whoever may list, though they may not read."""
    if (bucket, key) not in THERE:
        status, answer = signed(env_keys("ADMIN"), "s3", HOST, "PUT", f"/{bucket}/{key}", body=b"x")
        if status != 200:
            sys.exit(f"{bucket}/{key}: {status} {answer[:300]}")
    THERE.add((bucket, key))


def allowed(keys, r):
    if r["key"] is not None:
        is_there(r["bucket"], r["key"])
    method, query, body, extra = REQUESTS.get(r["action"], ("GET", [("list-type", "2"), ("max-keys", "1")], b"", []))
    if r["action"] == "s3:ListBucket" and r["prefix"] is not None:
        query = [*query, ("prefix", r["prefix"])]
    path = f"/{r['bucket']}" + (f"/{r['key']}" if r["key"] is not None else "")
    status, answer = signed(keys, "s3", HOST, method, path, query, body, extra)
    if status == 403 and b"<Code>AccessDenied</Code>" in answer:
        return False
    if r["action"] == "s3:DeleteObject":
        THERE.discard((r["bucket"], r["key"]))
    if status // 100 == 2 or (r["action"] == "s3:PutBucketPolicy" and status == 400):
        return True         # 400: it may, but what was sent is no policy
    sys.exit(f"{r}: {status} {answer[:300]}")


def can_ask(r):
    return r["action"] in REQUESTS or r["action"] == "s3:ListBucket"


def first_wrong(role, session, policy, requests, count):
    keys = assume(role, session, policy)
    for r in requests:
        got = allowed(keys, r)
        count[got] += 1
        if got != r["want"]:
            return {**r, "got": got, "session": session}
    return None


def actions_of(policy):
    """Those that it allows somewhere."""
    every = [s["Action"] for s in json.loads(policy)["Statement"] if s["Effect"] == "Allow"]
    return {a for one in every for a in ([one] if isinstance(one, str) else one)}


def without(policy, i):
    policy = json.loads(policy)
    return json.dumps({**policy, "Statement": policy["Statement"][:i] + policy["Statement"][i + 1:]},
                      separators=(",", ":"))


def is_understood(policy):
    return not any(isinstance(s["Condition"]["StringNotLikeIfExists"]["s3:prefix"], list)
                   for s in json.loads(policy)["Statement"] if "StringNotLikeIfExists" in s.get("Condition", {}))


def spoilt(policy):
    """What of each Deny that was removed, and the rest."""
    for i, s in enumerate(json.loads(policy)["Statement"]):
        if s["Effect"] == "Deny" and ("NotResource" in s or "StringNotLikeIfExists" in s.get("Condition", {})):
            kind = "resources" if "NotResource" in s else "prefixes"
            yield f"a Deny of other {kind} removed", without(policy, i)


def policies(role):
    count, seen, wrong, judged, verbs = [0, 0], {}, [], 0, {1: 0, 2: 0}
    for bucket in ("prod-reports", "prod-billing", "prod-config"):
        name_session(bucket, role)
    for line in sys.stdin:
        case = json.loads(line)
        policy, requests = case["policy"], [r for r in case["requests"] if can_ask(r)]
        if not is_understood(policy):
            continue
        known = [r for r in requests if r["action"] in actions_of(policy)]
        judged += 1
        verbs[len({text.split(" ")[0] for text in case["permissions"]})] += 1
        found = (first_wrong(role, "s3jit-other", policy, requests, count) or
                 first_wrong(role, NAMED, policy, known, count))
        if found:
            wrong.append({"permissions": case["permissions"], "wrong": found, "policy": policy})
        if judged > SPOIL:
            continue
        for what, worse in spoilt(policy):
            if first_wrong(role, NAMED, worse, known, [0, 0]):
                seen[what] = seen.get(what, 0) + 1
    print(f"{judged} policies, {verbs[1]} of one verb and {verbs[2]} of two: "
          f"{count[True]} requests allowed, {count[False]} refused")
    for what, times in seen.items():
        print(f"seen {times} times: {what}")
    return wrong, judged


# ---- signatures ----

def changed(r):
    """One thing of it otherwise: what, and the request."""
    r = {**r, "headers": dict(r["headers"])}
    free = sorted(n for n in r["headers"] if n.startswith("x-amz-meta-") or n in ("content-type", "range"))
    what = random.choice(["path", "method", "time", *(["header"] if free else []), *(["body"] if r["body"] else [])])
    if what == "path":
        path, mark, query = r["url"].partition("?")
        r["url"] = path + "x" + mark + query
    elif what == "method":
        r["method"] = "GET" if r["method"] == "PUT" else "HEAD"
    elif what == "header":
        r["headers"][random.choice(free)] += "x"
    elif what == "body":
        r["body"] = r["body"][:-1] + ("x" if r["body"][-1] != "x" else "y")
    else:
        at = r["headers"]["x-amz-date"]
        r["headers"]["x-amz-date"] = at[:-2] + str((int(at[-2]) + 1) % 10) + "Z"
    return what, r


def send(r):
    host, _, target = r["url"][len("https://"):].partition("/")
    return SERVER.send(host, r["method"], "/" + target, r["headers"], r["body"].encode())


def signatures():
    sent, seen, wrong = 0, {}, []
    for line in sys.stdin:
        r = json.loads(line)
        sent += 1
        status, answer = send(r)
        if status // 100 != 2 and not (r["method"] == "GET" and status == 404):
            wrong.append({"refused": r, "status": status, "answer": str(answer[:300])})
        what, other = changed(r)
        status, answer = send(other)
        if status in (400, 403):
            seen[what] = seen.get(what, 0) + 1
        else:
            wrong.append({"accepted though changed": what, "request": other, "status": status})
    print(f"{sent} signatures taken; refused with a change: {json.dumps(seen)}")
    return wrong, sent


began = time.monotonic()
if len(sys.argv) == 3 and sys.argv[1] == "policies":
    complaints, done = policies(sys.argv[2])
elif sys.argv[1:] == ["signatures"]:
    complaints, done = signatures()
else:
    sys.exit(__doc__)
for one in complaints[:5]:
    print("WRONG", json.dumps(one))
print(f"in {time.monotonic() - began:.0f} s")
print(f"{len(complaints)} wrong" if complaints or not done else "as it should be")
sys.exit(0 if done and not complaints else 1)
