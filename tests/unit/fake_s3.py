#!/usr/bin/python3
"""fake_s3.py DIR - an S3-like HTTPS server that records what it is told.

For the tests of transfer only: it does what a real server cannot be made to
do (stall, cut the line, answer nonsense), and checks no signatures.  Makes a
CA and certificates with openssl in DIR, then writes DIR/ports.json and serves
until its standard input ends.  Each request is one line in DIR/log; objects
that were written are files in DIR/objects.

The first folder of a key says how the server behaves, e.g. "503=2/x": the
first two requests of each kind get a 503.  See Handler.
"""
import base64
import hashlib
import json
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler

LOCK = threading.Lock()
COUNTS = {}
UPLOADS = {}
BARRIERS = {}
OVER = threading.Event()
DIR = ""
PORTS = {}


def record(**what):
    with LOCK, open(os.path.join(DIR, "log"), "a", encoding="ascii") as log:
        log.write(json.dumps(what) + "\n")


def error(code, message=""):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>%s</Code>'
            "<Message>%s</Message></Error>" % (code, message)).encode()


def pattern(size):
    return bytes((i * 31 + 7) & 255 for i in range(size))


def checksum(body):
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def etag(body):
    return '"%s"' % hashlib.md5(body).hexdigest()


PAGES = [
    """<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Name>b</Name><IsTruncated>true</IsTruncated><NextContinuationToken>t/1+=</NextContinuationToken>
<Contents><Key>dir/plain.txt</Key><Size>12</Size><LastModified>2026-01-31T12:05:00.000Z</LastModified>
<Owner><ID>o</ID></Owner></Contents>
<Contents><LastModified>2026-01-31T12:05:01.000Z</LastModified><Size>5000000000</Size>
<Key>dir/a+b%0A%26%FF</Key></Contents></ListBucketResult>""",
    """<ListBucketResult><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>dir/sub/</Prefix>
</CommonPrefixes></ListBucketResult>""",
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def times(self, kind=""):
        """How often this was asked for before (each part counts by itself)."""
        with LOCK:
            key = (self.command, self.target, kind)
            COUNTS[key] = COUNTS.get(key, 0) + 1
            return COUNTS[key] - 1

    def note(self, body):
        record(server=self.server.name, method=self.command, target=self.target,
               headers=list(self.headers.items()), length=len(body),
               sha256=hashlib.sha256(body).hexdigest(), peer=self.client_address[1])

    def serve(self):
        # requestline: the path as it came, "//" and "/../" included
        self.target = self.requestline.split(" ")[1]
        path, _, query = self.target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        _, self.bucket, self.key = (urllib.parse.unquote(path).split("/", 2) + [""])[:3]
        mood, _, number = self.key.split("/")[0].partition("=")
        self.number = int(number or 0)
        self.length = int(self.headers.get("Content-Length", 0))
        if getattr(self, "mood_" + mood, self.mood_ok)():
            return
        body = self.rfile.read(self.length)
        self.note(body)
        if hashlib.sha256(body).hexdigest() != self.headers.get("x-amz-content-sha256"):
            return self.answer(400, error("XAmzContentSHA256Mismatch", "not what was signed"))
        getattr(self, "then_" + mood, self.then_ok)(body)

    do_PUT = do_POST = do_GET = do_DELETE = serve

    # before the body is read: True when that was all
    def mood_ok(self):
        return False

    def mood_stall(self):
        """The first N requests with a body of a file are never answered."""
        if self.command == "PUT" and self.times("stall") < self.number:
            self.note(b"")
            OVER.wait(60)
            self.hang_up()
            return True
        return False

    def mood_cut(self):
        """The line breaks in the middle of the first N."""
        if self.command == "PUT" and self.times("cut") < self.number:
            self.note(self.rfile.read(self.length // 2))
            self.hang_up()
            return True
        return False

    def mood_early(self):
        """AccessDenied before the body was read, as S3 does."""
        self.note(b"")
        self.answer(403, error("AccessDenied", "Access Denied"), [("Connection", "close")])
        self.close_connection = True
        self.connection.settimeout(2)
        try:
            while self.rfile.read(65536):
                pass
        except OSError:
            pass
        return True

    # after the body was read
    def then_503(self, body):
        if self.times("503") < self.number:
            return self.answer(503, error("SlowDown", "Please reduce your request rate"))
        return self.then_ok(body)

    def then_deny(self, body):
        self.answer(403, error("AccessDenied", "Access Denied"))

    def then_denypart(self, body):
        if self.query.get("partNumber") == str(self.number):
            return self.answer(403, error("AccessDenied", "Access Denied"))
        return self.then_ok(body)

    def then_moved(self, body):
        self.answer(307, error("TemporaryRedirect"),
                    [("Location", "https://localhost:%d/b/stolen" % PORTS["good"])])

    def then_huge(self, body):
        self.answer(403, b"<Error>" + b"x" * (300 * 1024) + b"</Error>")

    def then_page(self, body):
        self.answer(502, b"<html><body>Bad Gateway<br></body></html>")

    def then_nonsense(self, body):
        self.answer(200, b"<Initiate")

    def then_latefail(self, body):
        if self.command == "POST" and "uploadId" in self.query and \
                self.times("late") < self.number:
            return self.answer(200, b"\n \n" + error("InternalError", "try again"))
        return self.then_ok(body)

    def then_slowdone(self, body):
        """S3 takes N seconds to make one object of the parts."""
        if self.command == "POST" and "uploadId" in self.query:
            OVER.wait(self.number)
        return self.then_ok(body)

    def then_barrier(self, body):
        """Parts are answered when N of them are here at the same time."""
        if self.command == "PUT":
            with LOCK:
                barrier = BARRIERS.setdefault(self.key, threading.Barrier(self.number))
            try:
                barrier.wait(3)
            except threading.BrokenBarrierError:
                return self.answer(400, error("NotSideBySide"))
        return self.then_ok(body)

    def then_getcut(self, body):
        if self.times("getcut") >= self.number:
            return self.then_ok(body)
        data = pattern(int(self.key.rpartition("=")[2]))
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:len(data) // 2])
        self.hang_up()

    def then_ok(self, body):
        if self.command == "GET" and self.query.get("list-type") == "2":
            return self.answer(200, PAGES[self.query.get("continuation-token") == "t/1+="].encode())
        if self.command == "GET" and "size=" in self.key:
            return self.answer(200, pattern(int(self.key.rpartition("=")[2])))
        if self.command == "GET":
            return self.answer(404, error("NoSuchKey", "The specified key does not exist."))
        if self.command == "DELETE":
            return self.answer(204)
        if self.command == "POST" and "uploads" in self.query:
            return self.initiate()
        if self.command == "POST":
            return self.complete(body)
        if "uploadId" in self.query:
            if self.headers.get("x-amz-checksum-sha256") != checksum(body):
                return self.answer(400, error("BadDigest"))
            UPLOADS[self.query["uploadId"]][int(self.query["partNumber"])] = body
        else:
            self.store(body)
        return self.answer(200, headers=[("ETag", etag(body))])

    def initiate(self):
        if self.headers.get("x-amz-checksum-algorithm") != "SHA256":
            return self.answer(400, error("InvalidRequest", "no algorithm"))
        with LOCK:
            name = "up.%d_~" % len(UPLOADS)
            UPLOADS[name] = {}
        self.answer(200, ("<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key>"
                          "<UploadId>%s</UploadId></InitiateMultipartUploadResult>" % name).encode())

    def complete(self, body):
        parts = UPLOADS[self.query["uploadId"]]
        # as S3 does with an upload that was begun with an algorithm
        want = "".join("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><ChecksumSHA256>%s"
                       "</ChecksumSHA256></Part>" % (n, etag(parts[n]), checksum(parts[n]))
                       for n in sorted(parts))
        if want not in body.decode():
            return self.answer(400, error("InvalidPart"))
        self.store(b"".join(parts[n] for n in sorted(parts)))
        return self.answer(200, b"<CompleteMultipartUploadResult><ETag>&quot;whole-%d&quot;</ETag>"
                           b"</CompleteMultipartUploadResult>" % len(parts))

    def store(self, body):
        name = urllib.parse.quote(self.bucket + "/" + self.key, safe="")
        with open(os.path.join(DIR, "objects", name), "wb") as out:
            out.write(body)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, name, cert):
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(os.path.join(DIR, cert + ".pem"))

    def finish_request(self, request, client_address):
        # here, not in get_request: a slow handshake must not hold up the others
        try:
            with self.tls.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except OSError:
            pass

    def handle_error(self, request, client_address):
        record(server=self.name, method="error", target=repr(sys.exc_info()[1]))


def openssl(*args):
    subprocess.run(("openssl",) + args, cwd=DIR, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", name + "-key.pem", "-out", name + ".pem", "-days", "2",
            "-subj", "/CN=" + name)


def certificate(name, ca, host):
    with open(os.path.join(DIR, name + ".ext"), "w", encoding="ascii") as ext:
        ext.write("subjectAltName=DNS:%s\n" % host)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", name + "-key.pem", "-out", name + ".csr", "-subj", "/CN=" + host)
    openssl("x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem", "-CAkey", ca + "-key.pem",
            "-CAcreateserial", "-days", "2", "-extfile", name + ".ext", "-out", name + "-cert.pem")
    with open(os.path.join(DIR, name + ".pem"), "wb") as out:
        for part in "-key.pem", "-cert.pem":
            with open(os.path.join(DIR, name + part), "rb") as src:
                out.write(src.read())


def trap():
    """A port where a proxy would be: whoever connects is recorded."""
    sock = socket.create_server(("127.0.0.1", 0))
    PORTS["trap"] = sock.getsockname()[1]

    def wait():
        while True:
            sock.accept()[0].close()
            record(server="trap", method="connect", target="")
    threading.Thread(target=wait, daemon=True).start()


def main():
    global DIR
    DIR = sys.argv[1]
    os.mkdir(os.path.join(DIR, "objects"))
    open(os.path.join(DIR, "log"), "wb").close()
    try:
        for name in "ca", "other-ca":
            authority(name)
        certificate("good", "ca", "localhost")
        certificate("otherca", "other-ca", "localhost")
        certificate("othername", "ca", "elsewhere.example.net")
    except FileNotFoundError:
        print("fake_s3.py: openssl is missing", file=sys.stderr)
        return 77
    for name in "good", "otherca", "othername":
        server = Server(name, name)
        PORTS[name] = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    trap()
    with open(os.path.join(DIR, "ports.tmp"), "w", encoding="ascii") as out:
        json.dump(PORTS, out)
    os.rename(os.path.join(DIR, "ports.tmp"), os.path.join(DIR, "ports.json"))
    sys.stdin.read()
    OVER.set()
    return 0


if __name__ == "__main__":
    sys.exit(main())
