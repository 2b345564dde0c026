"""deploy/nginx: a whole session through a real nginx with the shipped site, over TLS."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import websockets

from harness import DEADLINE, BrokerCase, Broker, closed, free_port, receive, send, submit
from operations import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
SITE = (ROOT / "deploy/nginx/mdai-broker.conf").read_text(encoding="utf-8")
NGINX = "/usr/sbin/nginx"


class Nginx:
    """The shipped site on ports and in a directory of its own."""

    def __init__(self, broker):
        self.home = tempfile.TemporaryDirectory(prefix="mdai-nginx-")
        self.port, self.tls_port = free_port(), free_port()
        site = SITE
        for old, new in ((r"listen \[::\].*\n", ""), (r"listen 80;", f"listen 127.0.0.1:{self.port};"),
                         (r"listen 443 ssl;", f"listen 127.0.0.1:{self.tls_port} ssl;"),
                         (r"/etc/ssl/mdai-broker/", broker.home + "/"), (r"/var/log/nginx/", self.home.name + "/"),
                         (r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{broker.port};")):
            site, changes = re.subn(old, new, site)
            assert changes, old
        self.file("site.conf").write_text(site, encoding="utf-8")
        temporary = "".join(f"{kind}_temp_path {self.home.name};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.file("nginx.conf").write_text(
            f"daemon off;\nmaster_process off;\npid {self.home.name}/pid;\nerror_log {self.home.name}/main.log;\n"
            f"events {{}}\nhttp {{\n{temporary}include {self.home.name}/site.conf;\n}}\n", encoding="utf-8")
        self.process = subprocess.Popen([NGINX, "-p", self.home.name, "-e", self.home.name + "/main.log",
                                         "-c", self.home.name + "/nginx.conf"])
        eventually(lambda: self.file("pid").exists() or self.process.poll() is not None, "nginx starts")
        assert self.process.poll() is None, self.text("main.log")

    def file(self, name):
        return pathlib.Path(self.home.name, name)

    def text(self, name):
        return self.file(name).read_text(encoding="utf-8")

    def close(self):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.home.cleanup()


class BehindNginx(Broker):
    """A broker whose clients come through nginx: `tls_port` is nginx's."""

    def __init__(self, backend, **settings):
        super().__init__(backend, MDAI_TLS_PORT=0, MDAI_SERVER_TRUSTED_PROXIES="127.0.0.1", **settings)
        self.nginx = Nginx(self)
        self.tls_port = self.nginx.tls_port

    def connect(self, path, tls=True, **kw):
        return super().connect(path, tls=True, **kw)

    def create(self, user="ann", **kw):
        return super().create(user, tls=True, **kw)

    def close(self):
        self.nginx.close()
        super().close()


class ThroughNginx(BrokerCase):
    settings = {"MDAI_LIMITS_SOCKETS_PER_ADDRESS": "2"}

    def setUp(self):
        super().setUp()
        self.broker = BehindNginx(self.backend, **self.settings)
        self.addCleanup(self.broker.close)

    async def refused(self, path, **kw):
        with self.assertRaises(websockets.InvalidStatusCode) as refusal:
            await self.broker.connect(path, **kw)
        return refusal.exception.status_code

    async def test_a_whole_session(self):
        session = self.broker.create()
        self.assertEqual(session.answer["ws_url"], f"wss://127.0.0.1:{self.broker.tls_port}/ws/mobile")
        mobile, device = await session.pair()
        await send(mobile, type="to_device", data={"platform_id": "PLT_ann", "n": 1})
        self.assertEqual(await receive(device), {"type": "to_device", "data": {"n": 1}})
        picture = "x" * (3 << 20)
        await send(device, type="to_mobile", data=picture)
        self.assertEqual((await receive(mobile))["data"], picture)
        await submit(device)
        self.assertEqual((await receive(mobile))["status"], "success")
        self.assertEqual((await receive(device))["final"], True)
        self.assertEqual([await closed(mobile), await closed(device)], [1000, 1000])

    async def test_sockets_are_counted_by_the_clients_address(self):
        first = [await self.broker.connect("/ws/mobile", local_addr=("127.0.0.2", 0)) for _ in range(2)]
        self.assertEqual(await self.refused("/ws/mobile", local_addr=("127.0.0.2", 0)), 429)
        claim = {"X-Forwarded-For": "127.0.0.9"}  # what a client claims counts for nothing
        self.assertEqual(await self.refused("/ws/mobile", local_addr=("127.0.0.2", 0), extra_headers=claim), 429)
        other = await self.broker.connect("/ws/mobile", local_addr=("127.0.0.3", 0))
        for ws in (*first, other):
            await ws.close()

    async def test_what_a_client_claims_about_host_and_scheme_counts_for_nothing(self):
        claims = {"Authorization": "Bearer user-ann", "X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "http"}
        answer = json.loads(self.broker.get("/api/mobile/create-session", claims, tls=True)[2])
        self.assertEqual(answer["ws_url"], f"wss://127.0.0.1:{self.broker.tls_port}/ws/mobile")

    async def test_no_token_is_in_any_log(self):
        session = self.broker.create()
        ws = await self.broker.connect(f"/ws/mobile?token={session.mobile_token}")
        self.assertEqual((await receive(ws))["type"], "auth_success")
        await ws.close()
        eventually(lambda: "/ws/mobile" in self.broker.nginx.text("mdai-broker.access.log"), "the upgrade is logged")
        self.broker.stop()
        self.assertEqual(await self.refused(f"/ws/mobile?token={session.mobile_token}"), 503)
        for name in ("mdai-broker.access.log", "mdai-broker.error.log", "main.log"):
            self.assertNotIn(session.mobile_token, self.broker.nginx.text(name))
        self.assertNotIn(session.mobile_token, self.broker.log_text())

    async def test_an_error_keeps_the_words_of_the_broker(self):
        status, _, body = self.broker.request("POST", "/api/mobile/create-session", {"X-Request-Id": "r.1"}, b"x" * (3 << 19), tls=True)
        self.assertEqual((status, json.loads(body)["error_code"]), (413, "PAYLOAD_TOO_LARGE"))
        for path in ("/metrics", "/actors", "/healthz", "/anything"):
            self.assertEqual(self.broker.get(path, tls=True)[0], 404)
        self.broker.stop()
        status, headers, body = self.broker.get("/api/mobile/create-session", tls=True)
        self.assertEqual((status, headers["Retry-After"], json.loads(body)["error_code"]), (503, "2", "BROKER_AWAY"))

    async def test_plain_http_is_sent_to_https(self):
        status, headers, _ = self.broker.get("/api/health?x=1", {"Host": "broker.example.com"}, port=self.broker.nginx.port)
        self.assertEqual((status, headers["Location"]), (308, "https://broker.example.com/api/health?x=1"))


class Timeouts(unittest.TestCase):
    def test_nginx_is_more_patient_than_the_broker(self):
        settings = (ROOT / "docs/settings.md").read_text(encoding="utf-8")

        def default(name):
            return int(re.search(rf"`{name}` \| [^|]* \| `(\d+)s`", settings).group(1))

        for name in ("proxy_read_timeout", "proxy_send_timeout"):
            self.assertGreater(int(re.search(rf"{name} (\d+)s;", SITE).group(1)), default("limits.silence_limit"))
        keepalive = int(re.search(r"keepalive_timeout (\d+)s;", SITE).group(1))
        self.assertLess(keepalive, default("limits.http_timeout"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
