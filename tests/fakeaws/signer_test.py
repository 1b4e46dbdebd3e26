"""signer_test.py SIGNER - s3jit-signer against an STS and an IMDS that
misbehave (AWS-FACTS 12; B9, B13, C1, C8, C9, W7, W8, W13).

Run by signer.sh in make check.  One line per test; exit 1 when one failed.
Runs as any user; as root the signer is started as nobody, and its memory is
searched, too.
"""
import json
import os
import pwd
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fakeaws  # noqa: E402
from signer_client import Signer, lease, request  # noqa: E402

ROLES = """ok throttled-2 throttled-9 denied signature toolarge expired-once expired-always
page-503 page-403 garbage entities huge-told huge-untold slow drip redirect drop-once
othersession past short-3""".split()
ARN = "arn:aws:iam::111122223333:role/"
PUT = ["put s3://bkt/in/"]
ROOT = os.geteuid() == 0
USER = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.geteuid())


def make_certificates(folder):
    """A CA and two certificates: for localhost, and for somebody else."""
    def openssl(*args):
        subprocess.run(("openssl",) + args, cwd=folder, check=True, capture_output=True)

    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *ec, "-days", "2", "-subj", "/CN=test CA", "-keyout", "ca.key",
            "-out", "ca.pem", "-addext", "keyUsage=critical,keyCertSign")
    for name in ("localhost", "other.example"):
        openssl("req", *ec, "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".csr")
        with open(os.path.join(folder, name + ".ext"), "w") as f:
            f.write("subjectAltName=DNS:" + name)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-days", "2", "-CAcreateserial", "-out", name + ".crt", "-extfile", name + ".ext")
        with open(os.path.join(folder, name + ".pem"), "w") as out:
            for part in (".key", ".crt"):
                with open(os.path.join(folder, name + part)) as f:
                    out.write(f.read())


class World:
    """A folder with configuration and keys, a fake AWS, and signers."""

    def __init__(self, binary):
        self.folder = tempfile.mkdtemp(prefix="s3jit-signer.", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.binary = os.path.join(self.folder, "s3jit-signer")
        shutil.copy(binary, self.binary)
        os.chmod(self.binary, 0o755)
        make_certificates(self.folder)
        os.chmod(self.path("ca.pem"), 0o644)
        self.aws = fakeaws.FakeAWS()
        self.sts = self.aws.serve(fakeaws.STS, self.path("localhost.pem"))
        self.wrong = self.aws.serve(fakeaws.STS, self.path("other.example.pem"))
        self.plain = self.aws.serve(fakeaws.STS)
        self.imds = self.aws.serve(fakeaws.IMDS)
        self.signers = []
        self.logs = []
        with open(self.path("key"), "w") as f:
            f.write(f"[default]\naws_access_key_id = AKIABASE\n"
                    f"aws_secret_access_key = {fakeaws.SECRET}\n")
        os.chown(self.path("key"), 0 if ROOT else -1, USER.pw_gid)
        os.chmod(self.path("key"), 0o640)

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, name, sts=None, credentials=None, ca="ca.pem", more="", rules=""):
        with open(self.path(name), "w") as f:
            f.write(f"""aws {{ region = eu-central-1 account = "111122223333"
                credentials = "{credentials or 'file:' + self.path('key')}"
                ca-file = "{self.path(ca)}" imds-endpoint = "http://127.0.0.1:{self.imds}"
                sts-endpoint = "https://localhost:{sts or self.sts}" {more} }}\n{rules}\n""")
            for role in ROLES:
                f.write(f'rule "{role}" {{ role = "{ARN}{role}" allow = {{}} auto = true '
                        f'max-ttl = 1h }}\n')
        os.chmod(self.path(name), 0o644)
        return self.path(name)

    def start(self, conf, environment=None):
        n = len(self.signers)
        run = self.path(f"run{n}")
        os.mkdir(run, 0o750)
        os.chown(run, USER.pw_uid, USER.pw_gid)
        log = self.path(f"log{n}")
        self.logs.append(log)
        drop = {"user": USER.pw_uid, "group": USER.pw_gid, "extra_groups": []} if ROOT else {}
        environment = {"ASAN_OPTIONS": "detect_leaks=0", **(environment or {})}
        process = subprocess.Popen(
            [self.binary, "-c", conf, "-u", USER.pw_name, "-s", run + "/sock"],
            env=environment, stderr=open(log, "w"), cwd=run, **drop)
        self.signers.append(process)
        process.sock = run + "/sock"
        process.log = log
        while process.poll() is None and "ready: " not in text_of(log):
            time.sleep(0.05)
        return process

    def connect(self, process):
        if ROOT:        # who connects is who counts
            os.seteuid(USER.pw_uid)
        try:
            return Signer(process.sock)
        finally:
            if ROOT:
                os.seteuid(0)

    def close(self):
        for process in self.signers:
            if process.poll() is None:
                process.terminate()
                process.wait(10)
        shutil.rmtree(self.folder)


def text_of(path):
    with open(path, errors="replace") as f:
        return f.read()


def memory_has(pid, needle):
    """Is it anywhere in the process?  Needs root: the signer is not dumpable."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            if not mode.startswith("rw") or "[v" in line:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            if end - start > 1 << 30:   # a sanitizer's shadow
                continue
            try:
                mem.seek(start)
                if needle.encode() in mem.read(end - start):
                    return True
            except OSError:
                continue
    return False


class Checks:
    def __init__(self, world):
        self.world = world
        self.aws = world.aws
        self.main = world.start(world.configure("file.conf"))
        self.signer = world.connect(self.main)
        self.n = 0

    def lend(self, role, signer=None, **changes):
        self.n += 1
        fields = lease(f"lease-{self.n}", ARN + role, PUT, **changes)
        return fields["lease"], (signer or self.signer).ask("sq_lease", **fields)

    def refused(self, role, code, words, retry=False, signer=None, aws_code=""):
        _, answer = self.lend(role, signer)
        assert answer["type"] == "sq_error", answer
        assert answer["code"] == code, answer
        assert words in answer["text"], answer
        assert answer["retry"] is retry, answer
        assert answer["aws_code"] == aws_code, answer

    # --- run side by side with all the others: begun first, awaited last
    def begin_slow(self):
        def wait(role, signer):
            begun = time.time()
            answer = signer.ask("sq_lease", **lease("slow-" + role, ARN + role, PUT))
            self.slow[role] = (answer, time.time() - begun)

        self.slow = {}
        self.threads = [threading.Thread(target=wait, args=(role, self.world.connect(self.main)))
                        for role in ("slow", "drip")]
        for thread in self.threads:
            thread.start()

    def test_a_lease_is_lent_and_signs(self):
        name, answer = self.lend("ok")
        assert answer["type"] == "sq_leased", answer
        assert answer["lease"] == name and answer["sts_request_id"].startswith("fake-"), answer
        assert abs(answer["skew"]) <= 1 and answer["role_id"].startswith("AROAFAKE:s3jit-"), answer
        assert abs(answer["expiration"] - time.time() - 120) < 3, answer
        begun = time.time()
        signed = self.signer.ask("sq_sign", **request(name, "PUT", "bkt", "in/a b"))
        assert signed["type"] == "sq_signed", signed
        assert signed["url"] == "https://bkt.s3.eu-central-1.amazonaws.com/in/a%20b", signed
        assert time.time() - begun < 1, "signing waited for a slow STS"
        assert fakeaws.LENT not in json.dumps(signed)
        outside = self.signer.ask("sq_sign", **request(name, "PUT", "bkt", "out/a"))
        assert outside["code"] == "not-allowed", outside

    def test_a_refusal_of_a_long_key_is_answered(self):
        name, _ = self.lend("ok")
        for n in (198, 199, 200, 250):
            key = "x" * n + "\u00fc" * ((1000 - n) // 2)
            answer = self.signer.ask("sq_sign", **request(name, "PUT", "bkt", key))
            assert answer["code"] == "not-allowed", answer

    def test_W8_duration_and_deadline(self):
        for ttl, sold in ((5, 900), (900, 900), (1000, 1000), (3600, 3600), (40000, 3600)):
            until = int(time.time()) + ttl
            self.lend("ok", until=until)
            form = self.aws.requests[-1]
            assert sold - 2 <= int(form["DurationSeconds"]) <= sold, form["DurationSeconds"]
            assert fakeaws.iso(until) in form["Policy"], form["Policy"]

    def test_expiration_is_the_earlier_one(self):
        _, answer = self.lend("ok", ttl=40000)
        assert abs(answer["expiration"] - time.time() - 3600) < 3, answer

    def test_throttled_twice_then_lent(self):
        _, answer = self.lend("throttled-2")
        assert answer["type"] == "sq_leased", answer
        assert self.aws.counts["throttled-2"] == 3

    def test_throttled_for_good_gives_up_after_four(self):
        self.refused("throttled-9", "aws", "too often", True, aws_code="Throttling")
        assert self.aws.counts["throttled-9"] == 4

    def test_final_errors_are_asked_once(self):
        for role, words, code in (("denied", "not authorized", "AccessDenied"),
                                  ("toolarge", "ask for fewer", "PackedPolicyTooLarge"),
                                  ("signature", "secret key is wrong", "SignatureDoesNotMatch")):
            self.refused(role, "aws", words, aws_code=code)
            assert self.aws.counts[role] == 1

    def test_a_page_instead_of_STS(self):
        self.refused("page-503", "aws", "HTTP 503", True)
        assert self.aws.counts["page-503"] == 4
        self.refused("page-403", "aws", "sts-endpoint right?")
        assert self.aws.counts["page-403"] == 1

    def test_garbage_and_entities(self):
        for role in ("garbage", "entities"):
            self.refused(role, "aws", "not what STS answers")
            assert self.aws.counts[role] == 1

    def test_B13_oversized_answers(self):
        for role in ("huge-told", "huge-untold"):
            self.refused(role, "aws", "more than 256 KiB")
            assert self.aws.counts[role] == 1

    def test_B13_no_redirect_is_followed(self):
        self.refused("redirect", "aws", "HTTP 302")

    def test_a_broken_connection_is_tried_again(self):
        _, answer = self.lend("drop-once")
        assert answer["type"] == "sq_leased", answer

    def test_another_session_or_dead_keys_are_refused(self):
        self.refused("othersession", "aws", "under another session name")
        self.refused("past", "aws", "expired already")

    def test_C8_keys_end_with_their_lease(self):
        name, answer = self.lend("short-3", kind="handed-out")
        keys = self.signer.ask("sq_hand_out", lease=name)
        assert keys["credentials"]["secret_access_key"] == fakeaws.LENT, keys
        assert keys["credentials"]["expiration"] == answer["expiration"], keys
        time.sleep(max(0, answer["expiration"] - time.time()) + 1)
        gone = self.signer.ask("sq_hand_out", lease=name)
        assert gone["code"] == "not-found", gone

    def test_C2_signed_keys_are_not_handed_out(self):
        name, _ = self.lend("ok")
        assert self.signer.ask("sq_hand_out", lease=name)["code"] == "not-allowed"
        name, _ = self.lend("ok", kind="handed-out")
        answer = self.signer.ask("sq_sign", **request(name, "PUT", "bkt", "in/a"))
        assert answer["code"] == "not-allowed", answer

    def test_drop_ends_a_lease_also_while_it_is_asked_for(self):
        name, _ = self.lend("ok")
        assert self.signer.ask("sq_drop", lease=name, probe=False)["type"] == "sq_done"
        assert self.signer.ask("sq_sign", **request(name, "PUT", "bkt", "in/a"))["code"] == "not-found"
        pending = self.signer.send("sq_lease", **lease("pending", ARN + "slow", PUT))
        assert self.signer.ask("sq_drop", lease="pending", probe=False)["type"] == "sq_done"
        assert self.signer.answer(pending)["code"] == "ended"
        assert self.signer.ask("sq_drop", lease="never-was", probe=False)["type"] == "sq_done"

    def test_an_answer_that_is_too_long_is_an_error(self):
        self.n += 1
        name = f"lease-{self.n}"
        self.signer.ask("sq_lease", **lease(name, ARN + "ok", ["list s3://bkt/in/"]))
        query = [{"name": "list-type", "value": "2"}, {"name": "prefix", "value": "in/"},
                 {"name": "continuation-token", "value": "/" * 100}]
        answer = self.signer.ask("sq_sign", **request(name, "GET", "bkt", "", query=query))
        assert answer["type"] == "sq_signed", answer
        query[2]["value"] = "/" * 4000       # three bytes each in the URL
        answer = self.signer.ask("sq_sign", **request(name, "GET", "bkt", "", query=query))
        assert answer["type"] == "sq_error" and "url" in answer["text"], answer

    def test_a_name_is_used_once(self):
        name, _ = self.lend("ok")
        again = self.signer.ask("sq_lease", **lease(name, ARN + "ok", PUT))
        assert again["code"] == "usage", again

    def test_W7_what_is_missing_is_not_a_lease(self):
        for field in lease("x", "y", PUT):
            fields = lease("incomplete", ARN + "ok", PUT)
            del fields[field]
            self.closes("sq_lease", fields)

    def closes(self, kind, fields, raw=None):
        peer = self.world.connect(self.main)
        try:
            if raw is None:
                answer = peer.ask(kind, **fields)
            else:
                peer.send_raw(raw)
                answer = peer.answer(1)
            raise AssertionError(f"answered: {answer}")
        except (EOFError, ConnectionResetError):
            pass
        finally:
            peer.close()

    def test_B7_whatever_is_no_question_closes(self):
        self.closes("sq_leased", {})
        self.closes("ask", {})
        self.closes("sq_health", {"more": 1})
        self.closes("sq_drop", {"lease": 7, "probe": False})
        for body in (b"", b"{}", b"[]", b"x", b'{"type":"sq_health","n":1}x',
                     b'{"type":"sq_health","n":1,"n":1}'):
            self.closes("", {}, struct.pack(">I", len(body)) + body)
        self.closes("", {}, struct.pack(">I", 256 * 1024 + 1))
        self.closes("", {}, b"\xff\xff\xff\xff")

    def test_B7_each_frame_has_a_time_of_its_own(self):
        peer = self.world.connect(self.main)
        frames = b""
        for n in range(1, 6):
            body = json.dumps({"type": "sq_health", "n": n}).encode()
            frames += struct.pack(">I", len(body)) + body
        half = len(frames) // 10
        for n in range(5):  # always in the middle of a frame, none for long
            peer.send_raw(frames[:half] if n == 0 else frames[half + (n - 1) * 2 * half:half + n * 2 * half])
            time.sleep(1.6)
        peer.send_raw(frames[9 * half:])
        assert peer.answer(5)["type"] == "sq_health_answer"
        begun = time.time()
        peer.send_raw(frames[:half])
        try:
            peer.answer(6)
            raise AssertionError("answered")
        except (EOFError, ConnectionResetError):
            assert 4 < time.time() - begun < 15, time.time() - begun
        peer.close()

    def test_health(self):
        answer = self.signer.ask("sq_health")
        assert answer["ok"] and answer["region"] == "eu-central-1", answer

    def test_B12_skew_stops_issuing_and_signing(self):
        name, _ = self.lend("ok")
        self.aws.skew = 90
        try:
            self.refused("ok", "aws", "seconds behind AWS's")
            answer = self.signer.ask("sq_sign", **request(name, "PUT", "bkt", "in/a"))
            assert "clock of this host" in answer["text"], answer
            self.aws.skew = -90
            self.refused("ok", "aws", "seconds ahead of AWS's")
        finally:
            self.aws.skew = 0
        _, answer = self.lend("ok")
        assert answer["type"] == "sq_leased", answer
        answer = self.signer.ask("sq_sign", **request(name, "PUT", "bkt", "in/a"))
        assert answer["type"] == "sq_signed", answer

    def test_expired_base_keys_are_read_again_once(self):
        _, answer = self.lend("expired-once")
        assert answer["type"] == "sq_leased", answer
        self.refused("expired-always", "aws", "have expired", aws_code="ExpiredToken")
        assert self.aws.counts["expired-always"] == 2

    def test_B13_wrong_name_wrong_ca_no_tls(self):
        world = self.world
        os.chmod(world.path("other.example.crt"), 0o644)
        for conf in (world.configure("wrong.conf", sts=world.wrong),
                     world.configure("ca.conf", ca="other.example.crt")):
            signer = world.connect(world.start(conf))
            self.refused("ok", "aws", "is not who it says", signer=signer)
            signer.close()
        signer = world.connect(world.start(world.configure("plain.conf", sts=world.plain)))
        before = len(self.aws.requests)
        self.refused("ok", "aws", "cannot be reached", True, signer=signer)
        assert len(self.aws.requests) == before, "asked without TLS"

    def test_B13_environment_is_not_used(self):
        world = self.world
        keylog = os.path.join(world.path("run%d" % len(world.signers)), "keylog")
        poison = {"SSLKEYLOGFILE": keylog, "https_proxy": "http://127.0.0.1:1",
                  "ALL_PROXY": "http://127.0.0.1:1", "SSL_CERT_FILE": "/dev/null",
                  "NETRC": "/dev/null", "OPENSSL_CONF": "/nonexistent",
                  "AWS_ACCESS_KEY_ID": "AKIAWRONG", "AWS_SECRET_ACCESS_KEY": "wrong"}
        process = world.start(world.path("file.conf"), poison)
        signer = world.connect(process)
        _, answer = self.lend("ok", signer)
        assert answer["type"] == "sq_leased", answer
        assert not os.path.exists(keylog)

    def test_B13_the_proxy_that_is_configured_is_used(self):
        world, proxy = self.world, fakeaws.Proxy()
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        conf = world.configure("proxy.conf", credentials="imds", more=f'https-proxy = "{address}"')
        signer = world.connect(world.start(conf))
        _, answer = self.lend("ok", signer)
        assert answer["type"] == "sq_leased", answer
        assert abs(answer["skew"]) <= 1, "the proxy's clock was taken for AWS's"
        # STS alone: instance metadata are asked directly, whatever is configured
        assert set(proxy.asked) == {f"CONNECT localhost:{world.sts}"}, proxy.asked
        signer.close()
        proxy.status = 403
        signer = world.connect(world.start(conf))
        self.refused("ok", "aws", f"cannot be reached through the proxy {address}", True, signer)
        signer.close()
        proxy.shutdown()
        proxy.server_close()
        signer = world.connect(world.start(conf))
        before = len(self.aws.requests)
        self.refused("ok", "aws", f"through the proxy {address}", True, signer)
        assert len(self.aws.requests) == before, "asked without the proxy"
        signer.close()

    def test_external_id_and_account_of_a_role(self):
        rules = f"""rule "there" {{ role = "arn:aws:iam::444455556666:role/ok-there" allow = {{}}
            auto = true max-ttl = 1h account = "444455556666" external-id = "s3jit/4:x" }}"""
        signer = self.world.connect(self.world.start(self.world.configure("x.conf", rules=rules)))
        fields = lease("there", "arn:aws:iam::444455556666:role/ok-there", PUT)
        assert signer.ask("sq_lease", **fields)["type"] == "sq_leased"
        form = self.aws.requests[-1]
        assert form["ExternalId"] == "s3jit/4:x", form
        assert '"s3:ResourceAccount":"444455556666"' in form["Policy"], form["Policy"]
        assert self.lend("ok", signer)[1]["type"] == "sq_leased"
        form = self.aws.requests[-1]
        assert "ExternalId" not in form, form
        assert '"s3:ResourceAccount":"111122223333"' in form["Policy"], form["Policy"]
        signer.close()

    def test_a_probe_says_whether_S3_refuses(self):
        world, aws = self.world, self.aws
        port = aws.serve(fakeaws.S3, world.path("localhost.pem"))
        process = world.start(world.configure(
            "s3.conf", more=f's3-endpoint = "https://localhost:{port}" path-style = true'))
        signer = world.connect(process)
        for scope, asked, allowed in (
                ("get s3://bkt/in/", "HEAD /bkt/in/s3jit-probe", 200),
                ("get s3://bkt/in/", "HEAD /bkt/in/s3jit-probe", 404),
                ("put s3://bkt/in/a", "DELETE /bkt/in/a?uploadId=", 404),
                ("list s3://bkt/in/", "GET /bkt/?list-type=2&max-keys=1&prefix=in%2F", 200)):
            self.n += 1
            name = f"probed-{self.n}"
            answer = signer.ask("sq_lease", **lease(name, ARN + "ok", [scope]))
            assert answer["type"] == "sq_leased", answer
            signer.ask("sq_drop", lease=name, probe=True)
            signed = signer.ask("sq_sign", **request(name, "HEAD", "bkt", "in/a"))
            assert signed["code"] == "not-found", signed
            for status, refused in ((allowed, False), (403, True)):
                aws.s3_status = status
                answer = signer.ask("sq_probe", lease=name)
                assert answer.get("refused") is refused, (scope, status, answer)
                assert aws.s3_asked[-1].startswith(asked), aws.s3_asked
            aws.s3_status = 503
            answer = signer.ask("sq_probe", lease=name)
            assert answer["code"] == "aws" and "HTTP 503" in answer["text"], answer
            token = "T" * 300
            if ROOT:
                assert memory_has(process.pid, token), "the search itself does not work"
            signer.ask("sq_drop", lease=name, probe=False)
            if ROOT:
                assert not memory_has(process.pid, token)

    def test_C9_a_systemd_credential(self):
        world = self.world
        conf = world.configure("systemd.conf", credentials="systemd:aws-key")
        os.mkdir(world.path("creds"), 0o755)
        signer = world.connect(world.start(conf))
        self.refused("ok", "aws", "LoadCredential=aws-key:/PATH", True, signer)
        signer.close()
        signer = world.connect(world.start(conf, {"CREDENTIALS_DIRECTORY": world.path("creds")}))
        self.refused("ok", "aws", "there is no such file", True, signer)
        shutil.copy(world.path("key"), world.path("creds/aws-key"))
        os.chown(world.path("creds/aws-key"), 0 if ROOT else -1, USER.pw_gid)
        os.chmod(world.path("creds/aws-key"), 0o644)
        self.refused("ok", "aws", "everybody can read it", True, signer)
        os.chmod(world.path("creds/aws-key"), 0o440)
        assert self.lend("ok", signer)[1]["type"] == "sq_leased"
        signer.close()

    def program(self, name, text, mode=0o755):
        path = self.world.path(name)
        with open(path, "w") as f:
            f.write("#!/bin/sh\n" + text)
        os.chmod(path, mode)
        return path

    def test_C9_a_program(self):
        world = self.world
        keys = {"Version": 1, "AccessKeyId": "AKIABASE", "SecretAccessKey": fakeaws.SECRET,
                "SessionToken": "CANARY-base-token"}

        def printing(**changes):
            with open(world.path("printed"), "w") as f:
                json.dump({**keys, **changes}, f)
            return f"echo run >>{world.path('runs')}; cat {world.path('printed')}"

        if ROOT:
            open(world.path("runs"), "w").close()
            os.chmod(world.path("runs"), 0o666)

        def runs():
            with open(world.path("runs")) as f:
                return len(f.readlines())

        def with_program(text, mode=0o755, environment=None):
            path = self.program("program", text, mode)
            conf = world.configure("program.conf", credentials=f"process:{path} --for s3jit")
            return world.connect(world.start(conf, environment))

        for text, words in (
                ("exit 3", "exit status 3"), ("kill -9 $$", "died of signal 9"),
                ("echo x", "did not print one JSON object"), ("exec sleep 30", "did not end within 8 s"),
                ("exec head -c 70000 /dev/zero", "more than 64 KiB"),
                ({"Version": 2}, "Version 2"), ({"SecretAccessKey": "a b"}, "have blanks"),
                ({"Expiration": "soon"}, "its Expiration"),
                ({"Expiration": fakeaws.iso(time.time() - 1)}, "expired already")):
            signer = with_program(text if isinstance(text, str) else printing(**text))
            self.refused("ok", "aws", words, True, signer)
            signer.close()
        signer = with_program(printing(), 0o777)
        self.refused("ok", "aws", "others than its owner can write", True, signer)
        signer.close()
        # no environment, stdin is empty, arguments as they stand, no descriptor of ours
        probe = ("{ env; cat; echo args $*; ls /proc/self/fd | wc -l; } "
                 f">{world.path('probe')} 2>&1;")
        open(world.path("probe"), "w").close()
        os.chmod(world.path("probe"), 0o666)
        later = fakeaws.iso(time.time() + 3600)
        signer = with_program(probe + printing(Expiration=later), environment={"CANARY": "1"})
        before = runs()
        for _ in range(3):
            assert self.lend("ok", signer)[1]["type"] == "sq_leased"
        assert runs() == before + 1, "an hour is left: not run again"
        seen = text_of(world.path("probe")).split("\n")
        assert "args --for s3jit" in seen, seen
        assert not any("CANARY" in line for line in seen), seen
        assert int(seen[-2]) <= 4, seen      # 0, 1, 2 and that of ls itself
        signer.close()
        signer = with_program(printing(Expiration=fakeaws.iso(time.time() + 200)))
        before = runs()
        assert self.lend("ok", signer)[1]["type"] == "sq_leased"
        assert self.lend("ok", signer)[1]["type"] == "sq_leased"
        assert runs() == before + 2, "less than 5 min left: run again"
        os.unlink(world.path("program"))
        assert self.lend("ok", signer)[1]["type"] == "sq_leased", "old keys still live"
        signer.close()

    def test_C9_imds(self):
        world, aws = self.world, self.aws
        conf = world.configure("imds.conf", credentials="imds")
        for mode, words in (("401", "own token"), ("403", "switched off"), ("404", "no role"),
                            ("503", "too often"), ("failed", "the role is gone"),
                            ("garbage", "not what we can read"),
                            ("badname", "name of its role")):
            aws.imds_mode = mode
            process = world.start(conf)
            signer = world.connect(process)
            answer = signer.ask("sq_health")
            assert not answer["ok"] and words in answer["text"], answer
            self.refused("ok", "aws", words, True, signer=signer)
            signer.close()
            process.terminate()
            process.wait(10)
        aws.imds_mode, aws.imds_reads = "ok", 0
        process = world.start(conf)
        signer = world.connect(process)
        numbers = [signer.send("sq_lease", **lease(f"many-{i}", ARN + "ok", PUT)) for i in range(20)]
        assert all(signer.answer(n)["type"] == "sq_leased" for n in numbers)
        assert aws.imds_reads == 1, aws.imds_reads
        assert self.lend("ok", signer)[1]["type"] == "sq_leased"
        assert aws.imds_reads == 1, "hours are left: not read again"

    def test_C9_imds_rotation(self):
        world, aws = self.world, self.aws
        aws.imds_mode, aws.imds_reads, aws.imds_life = "ok", 0, 200
        process = world.start(world.configure("imds.conf", credentials="imds"))
        signer = world.connect(process)
        assert signer.ask("sq_health")["ok"]
        assert self.lend("ok", signer)[1]["type"] == "sq_leased"
        assert aws.imds_reads == 2, "less than 5 min left: read again"
        aws.imds_mode = "503"
        assert self.lend("ok", signer)[1]["type"] == "sq_leased", "old keys still live"
        aws.imds_mode, aws.imds_life = "ok", 6 * 3600

    def test_B9_process_is_closed_to_others(self):
        with open(f"/proc/{self.main.pid}/status") as f:
            status = f.read()
        assert "NoNewPrivs:\t1" in status, status
        with open(f"/proc/{self.main.pid}/limits") as f:
            core = [line for line in f if line.startswith("Max core file size")][0]
        assert core.split()[4] == "0", core
        # not dumpable: its files in /proc belong to root
        assert os.stat(f"/proc/{self.main.pid}/environ").st_uid == 0

    def test_other_users_are_not_heard(self):
        if not ROOT:
            return
        os.chmod(self.main.sock, 0o666)
        os.chmod(os.path.dirname(self.main.sock), 0o755)
        peer = Signer(self.main.sock)       # root is not the broker either
        try:
            answer = peer.ask("sq_health")
            raise AssertionError(f"root was answered: {answer}")
        except (EOFError, ConnectionResetError, BrokenPipeError):
            pass
        assert "of uid 0 tried" in text_of(self.main.log)

    def test_it_refuses_to_run_as_root(self):
        if not ROOT:
            return
        done = subprocess.run([self.world.binary, "-c", self.world.path("file.conf"), "-t"],
                              capture_output=True, text=True, env={"ASAN_OPTIONS": "detect_leaks=0"})
        assert done.returncode == 1 and "must not run as root" in done.stderr, done

    def end_slow(self):
        for thread in self.threads:
            thread.join()
        assert len(self.slow) == 2, self.slow
        for role, (answer, took) in self.slow.items():
            assert answer["code"] == "aws" and answer["retry"], answer
            assert "did not answer in time" in answer["text"], answer
            assert took < 14.5, f"{role}: {took}"

    # --- at the very end
    def test_C8_memory_after_drop(self):
        if not ROOT:
            return
        process = self.world.start(self.world.path("file.conf"))
        signer = self.world.connect(process)
        name, answer = self.lend("ok", signer)
        assert answer["type"] == "sq_leased", answer
        signer.ask("sq_sign", **request(name, "PUT", "bkt", "in/a"))
        # malloc() writes over the beginning of what was freed
        half = fakeaws.LENT[20:]
        assert memory_has(process.pid, half), "the search itself does not work"
        signer.ask("sq_drop", lease=name, probe=False)
        assert not memory_has(process.pid, half)
        assert not memory_has(process.pid, "T" * 300), "a token"

    def test_C1_no_secret_in_logs_or_arguments(self):
        for log in self.world.logs:
            text = text_of(log)
            assert "CANARY" not in text, log
        assert "ready: region" in text_of(self.main.log), "the log is not looked at"
        for process in self.world.signers:
            if process.poll() is None:
                assert "CANARY" not in text_of(f"/proc/{process.pid}/cmdline")

    def test_W7_nothing_was_ever_asked_without(self):
        assert not self.aws.violations, self.aws.violations
        assert len(self.aws.requests) > 50, "the fake was not asked"

    def test_it_stops_when_told(self):
        self.main.send_signal(signal.SIGTERM)
        assert self.main.wait(10) == 0


def run(checks):
    last = ["test_C8_memory_after_drop", "test_C1_no_secret_in_logs_or_arguments",
            "test_W7_nothing_was_ever_asked_without", "test_it_stops_when_told"]
    names = [n for n in dir(checks) if n.startswith("test_") and n not in last]
    failed = 0
    for name in ["begin_slow"] + names + ["end_slow"] + last:
        try:
            getattr(checks, name)()
            print("ok  ", name, flush=True)
        except Exception as error:      # one line each, whatever it was
            failed += 1
            print("FAIL", name, repr(error)[:2000], flush=True)
    return failed


def main():
    world = World(sys.argv[1])
    try:
        failed = run(Checks(world))
        if failed:
            for log in world.logs:
                print("---", log, text_of(log), sep="\n")
    finally:
        world.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
