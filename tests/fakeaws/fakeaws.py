"""fakeaws.py - an STS, an IMDS and an S3 that misbehave on purpose, for tests.

Only for what the real server of the tests cannot be made to do: throttling,
garbage, slow and oversized answers, expired base keys, metadata errors.  The
name of the role that is asked for says what happens, unless `behaviour` does
for all of them; every request is kept,
its signature is computed again here, and what a lease must never lack (W7)
is counted.
"""
import hashlib
import hmac
import http.server
import json
import select
import socket
import socketserver
import ssl
import threading
import time
import urllib.parse

SECRET = "CANARY-base-secret"
LENT = "CANARY-lent-secret-of-forty-letters-as-i"  # as long as AWS's

ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIA{n:016d}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>
<SessionToken>{token}</SessionToken><Expiration>{expires}</Expiration></Credentials>
<AssumedRoleUser><AssumedRoleId>AROAFAKE:{session}</AssumedRoleId></AssumedRoleUser>
</AssumeRoleResult><ResponseMetadata><RequestId>fake-{n}</RequestId></ResponseMetadata></AssumeRoleResponse>"""
ERROR = """<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
<RequestId>fake-error</RequestId></ErrorResponse>"""


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def signature_ok(handler, body, secret, region="eu-central-1"):
    """Signature Version 4, written a second time from AWS's description."""
    fields = dict(
        part.strip().split("=", 1)
        for part in handler.headers["authorization"].split(" ", 1)[1].split(","))
    names = fields["SignedHeaders"].split(";")
    date = handler.headers["x-amz-date"]
    scope = f"{date[:8]}/{region}/sts/aws4_request"
    if not fields["Credential"].endswith("/" + scope):
        return False
    canonical = "\n".join(
        [handler.command, handler.path, ""]
        + [f"{name}:{' '.join(handler.headers[name].split())}" for name in names]
        + ["", ";".join(names), hashlib.sha256(body).hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for word in scope.split("/") + [text]:
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(key.hex(), fields["Signature"])


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up is what several tests are about."""


class Server6(Server):
    address_family = socket.AF_INET6


class Proxy(socketserver.ThreadingTCPServer):
    """An HTTP proxy that knows CONNECT; keeps what was asked, refuses when told to."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port=0):
        self.asked = []
        self.status = 200
        super().__init__(("127.0.0.1", port), Tunnel)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Tunnel(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        self.server.asked.append(" ".join(line[:2]))
        # its clock is an hour behind: nobody must take that for AWS's
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - 3600))
        self.wfile.write(f"HTTP/1.1 {self.server.status} x\r\nDate: {date}\r\n\r\n".encode())
        if self.server.status != 200:
            return
        host, port = line[1].rsplit(":", 1)
        with socket.create_connection((host, int(port))) as other:
            ends = {self.connection: other, other: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].sendall(data)


class FakeAWS:
    def __init__(self, behaviour=None, secret=SECRET):
        self.behaviour = behaviour
        self.secret = secret    # of the signer's own keys
        self.requests = []      # forms of STS, as dicts
        self.violations = []    # against W7, and wrong signatures
        self.imds_reads = 0
        self.imds_mode = "ok"
        self.imds_life = 6 * 3600
        self.s3_status = 200
        self.s3_asked = []      # "METHOD PATH"
        self.skew = 0
        self.counts = {}
        self.lock = threading.Lock()
        self.servers = []

    def tried(self, role):
        """How often this role was asked for, this time included."""
        with self.lock:
            self.counts[role] = self.counts.get(role, 0) + 1
            return self.counts[role]

    def serve(self, handler_class, certificate=None, key=None, address=("127.0.0.1", 0)):
        fake = self

        class Handler(handler_class):
            aws = fake

        server = (Server6 if ":" in address[0] else Server)(address, Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            server.socket = context.wrap_socket(server.socket, server_side=True,
                                                do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.servers.append(server)
        return server.server_address[1]


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    aws = None

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + self.aws.skew)

    def reply(self, status, body, headers=()):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class STS(Quiet):
    """POST / with a form; the last part of the role's name is the behaviour."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True,
                                           keep_blank_values=True))
        self.judge(form, body)
        role = self.aws.behaviour or form["RoleArn"].rsplit("/", 1)[1]
        n = self.aws.tried(role)
        kind, _, rest = role.partition("-")
        getattr(self, "role_" + kind, self.role_ok)(form, n, rest)

    def judge(self, form, body):
        aws = self.aws
        aws.requests.append(form)
        for needed in ("Policy", "SourceIdentity", "Tags.member.1.Key", "Tags.member.1.Value",
                       "RoleSessionName", "DurationSeconds"):
            if not form.get(needed):
                aws.violations.append(f"no {needed}")
        if not form.get("RoleSessionName", "").startswith("s3jit-"):
            aws.violations.append("session name " + form.get("RoleSessionName", ""))
        if b"+" in body:
            aws.violations.append("a blank was sent as +")
        if json.loads(form["Policy"])["Version"] != "2012-10-17":
            aws.violations.append("policy version")
        if not signature_ok(self, body, self.aws.secret):
            aws.violations.append("wrong signature")

    def lend(self, form, **changes):
        values = {"n": len(self.aws.requests), "secret": LENT, "token": "T" * 800 + "==",
                  "expires": iso(time.time() + int(form["DurationSeconds"])),
                  "session": form["RoleSessionName"], **changes}
        self.reply(200, ANSWER.format(**values))

    def refuse(self, status, code, message=""):
        self.reply(status, ERROR.format(code=code, message=message))

    def role_ok(self, form, n, rest):
        self.lend(form)

    def role_throttled(self, form, n, rest):
        """throttled-2: twice Throttling, then fine."""
        if n <= int(rest):
            self.refuse(400, "Throttling", "Rate exceeded")
        else:
            self.lend(form)

    def role_denied(self, form, n, rest):
        self.refuse(403, "AccessDenied", "User: x is not authorized to perform: sts:AssumeRole")

    def role_signature(self, form, n, rest):
        self.refuse(403, "SignatureDoesNotMatch", "x-amz-security-token:CANARY-token")

    def role_toolarge(self, form, n, rest):
        self.refuse(400, "PackedPolicyTooLarge")

    def role_expired(self, form, n, rest):
        """expired-once, expired-always"""
        if n == 1 or rest == "always":
            self.refuse(400, "ExpiredToken")
        else:
            self.lend(form)

    def role_page(self, form, n, rest):
        """page-503: a load balancer's page."""
        self.reply(int(rest), "<html><body><h1>Sorry<br></body></html>")

    def role_garbage(self, form, n, rest):
        self.reply(200, bytes(range(256)) * 8)

    def role_entities(self, form, n, rest):
        self.reply(200, '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
                   "<a><AccessKeyId>&c;</AccessKeyId></a>")

    def role_huge(self, form, n, rest):
        """huge-told says so in Content-Length, huge-untold does not."""
        self.send_response(200)
        if rest == "told":
            self.send_header("Content-Length", str(10 << 20))
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for _ in range(160):
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass
        self.close_connection = True

    def role_slow(self, form, n, rest):
        time.sleep(30)
        self.close_connection = True

    def role_drip(self, form, n, rest):
        """Never silent, never done."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(60):
                self.wfile.write(b" ")
                time.sleep(0.5)
        except OSError:
            pass
        self.close_connection = True

    def role_redirect(self, form, n, rest):
        self.reply(302, "", [("Location", f"https://{self.headers['Host']}/elsewhere")])

    def do_GET(self):
        self.aws.violations.append("followed a redirect")
        self.reply(200, "")

    def role_drop(self, form, n, rest):
        """drop-once: the connection breaks, then fine."""
        if n == 1:
            self.connection.close()
            self.close_connection = True
        else:
            self.lend(form)

    def role_othersession(self, form, n, rest):
        self.lend(form, session="s3jit-somebody-else")

    def role_past(self, form, n, rest):
        self.lend(form, expires=iso(time.time() - 1))

    def role_short(self, form, n, rest):
        """short-3: sold for 3 seconds only."""
        self.lend(form, expires=iso(time.time() + int(rest)))


class S3(Quiet):
    """Answers `s3_status` and keeps what was asked; each object is of 1 MiB."""

    def do_HEAD(self):
        self.aws.s3_asked.append(f"{self.command} {self.path}")
        self.send_response(self.aws.s3_status)
        self.send_header("Content-Length", str(1 << 20 if self.command == "HEAD" else 0))
        self.end_headers()

    do_GET = do_DELETE = do_HEAD


class IMDS(Quiet):
    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mode = self.aws.imds_mode
        if mode in ("403", "503"):
            self.reply(int(mode), "")
        elif self.path != "/latest/api/token" or \
                not self.headers.get("X-aws-ec2-metadata-token-ttl-seconds"):
            self.reply(400, "")
        else:
            self.reply(200, "imds-token-7")

    def do_GET(self):
        aws, mode = self.aws, self.aws.imds_mode
        folder = "/latest/meta-data/iam/security-credentials/"
        if self.headers.get("X-aws-ec2-metadata-token") != "imds-token-7" or mode == "401":
            self.reply(401, "")
        elif mode == "404" or not self.path.startswith(folder):
            self.reply(404, "not found")
        elif self.path == folder:
            self.reply(200, "../../etc" if mode == "badname" else "s3jit-signer")
        else:
            aws.imds_reads += 1
            self.reply(200, "<html>" if mode == "garbage" else json.dumps({
                "Code": "Failed" if mode == "failed" else "Success",
                "Message": "the role is gone", "Type": "AWS-HMAC", "LastUpdated": "x",
                "AccessKeyId": f"ASIABASE{aws.imds_reads}", "SecretAccessKey": aws.secret,
                "Token": "CANARY-base-token", "Expiration": iso(time.time() + aws.imds_life)}))
