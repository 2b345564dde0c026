"""Starts a real broker beside a platform backend of this file, for tests over real sockets. Debian's python3 only."""
import asyncio
import base64
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import random
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import weakref

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
import websockets

BROKER = os.environ["MDAI_BROKER"]
DEADLINE = 20  # seconds until a test that waits for something has failed
IMAGE = base64.b64encode(b"\xff\xd8\xff\xe0 a picture").decode()
MULTI_SCAN = "QR was scanned by multiple mDai devices. Please try again."


def free_port():
    """One that stays free while a broker restarts: the system gives none of these to whoever wants any."""
    while True:
        with socket.socket() as s:
            port = random.randrange(10_000, 32_000)
            with contextlib.suppress(OSError):
                s.bind(("127.0.0.1", port))
                return port


class Service:
    """An HTTP service that the broker asks. Each endpoint (a path without its query) is answered by the method or function of that
    name: of the handler and the body."""

    def __init__(self, port=0):
        self.calls = []  # (endpoint, headers, body) in order
        self.sockets = weakref.WeakSet()
        self.arrived = threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                endpoint = self.path.split("?")[0].split("/")[-1]
                with outer.arrived:
                    outer.calls.append((endpoint, dict(self.headers), body))
                    outer.arrived.notify_all()
                getattr(outer, endpoint)(self, body)

            do_GET = do_POST = handle_one

            def log_message(self, *_):
                pass

            def answer(self, status, body, headers=()):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass  # a broker that hangs up is part of the tests

            def process_request(self, request, address):
                outer.sockets.add(request)
                super().process_request(request, address)

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, endpoint, count):
        with self.arrived:
            ok = self.arrived.wait_for(lambda: sum(e == endpoint for e, _, _ in self.calls) >= count, DEADLINE)
        assert ok, f"{endpoint} was not called {count} times"

    def close(self):
        """Down, kept-alive connections included."""
        self.server.shutdown()
        self.server.server_close()
        for s in list(self.sockets):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)


class Backend(Service):
    """The platform's two endpoints. `validate` and `verify` are functions of the handler; tests replace them."""

    def __init__(self, port=0):
        self.validate, self.verify = self.accept_user, self.accept_result
        super().__init__(port)

    @staticmethod
    def accept_user(handler, _body):
        token = handler.headers.get("Authorization", "")
        if not token.startswith("Bearer user-"):
            return handler.answer(401, {"success": False})
        handler.answer(200, {"success": True, "platform_id": "PLT_" + token[len("Bearer user-"):], "user_id": "u"})

    @staticmethod
    def accept_result(handler, body):
        handler.answer(200, {"success": True, "seen": json.loads(body)["platform_id"]})

    def results(self):
        return [(h, json.loads(b)) for e, h, b in self.calls if e == "verify"]


class Broker:
    """One broker process; `restart` keeps its directory and secrets. What is in `dotenv` stands in its .env file instead of the
    environment, where SIGHUP can see a change."""

    def __init__(self, backend, dotenv=None, **settings):
        self.home = tempfile.mkdtemp(prefix="mdai-system-")
        self.port, self.tls_port, self.admin_port = free_port(), free_port(), free_port()
        self.qr_key = secrets.token_hex(32)
        self.admin_token = secrets.token_hex(32)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", self.home + "/key.pem", "-out", self.home + "/cert.pem"], check=True, capture_output=True)
        self.env = {
            "PATH": os.environ["PATH"], "MDAI_MODE": "production", "SERVER_HOST": "127.0.0.1",
            "SERVER_PORT": str(self.port), "MDAI_TLS_PORT": str(self.tls_port), "MDAI_TLS_CERT": self.home + "/cert.pem",
            "MDAI_TLS_KEY": self.home + "/key.pem", "MDAI_ADMIN_PORT": str(self.admin_port),
            "DB_PATH": self.home + "/journal", "JWT_SECRET": secrets.token_hex(32), "QR_ENCRYPTION_KEY": self.qr_key,
            "STORAGE_KEY": secrets.token_hex(32), "DEVICE_MASTER_SECRET": secrets.token_hex(32),
            "ADMIN_TOKEN": self.admin_token, "BACKEND_VALIDATE_URL": f"http://127.0.0.1:{backend.port}/validate",
            "BACKEND_API_URL": f"http://127.0.0.1:{backend.port}/verify", "BACKEND_API_KEY": "platform-key",
            "MDAI_DRAIN_PERIOD": "200ms", "LOG_LEVEL": "debug",
        }
        self.env.update({k: str(v) for k, v in settings.items()})
        if dotenv:
            self.write_dotenv(dotenv)
        self.log = open(self.home + "/broker.log", "ab")
        self.process = None
        self.starts = 0
        self.start()

    def write_dotenv(self, values):
        for name in values:
            self.env.pop(name, None)
        with open(self.home + "/.env", "w", encoding="utf-8") as f:
            f.writelines(f"{name}={value}\n" for name, value in values.items())

    def spawn(self, preexec=None):
        self.process = subprocess.Popen([BROKER, "serve"], env=self.env, cwd=self.home, stdout=self.log, stderr=self.log,
                                        preexec_fn=preexec)

    def start(self, preexec=None):
        self.spawn(preexec)
        for _ in range(DEADLINE * 100):
            with contextlib.suppress(OSError):
                if self.get("/readyz")[0] == 200:
                    return self.await_log()
            if self.process.poll() is not None:
                raise AssertionError("the broker ended at start:\n" + self.log_text()[-2000:])
            self.pause()
        raise AssertionError("the broker is not ready")

    def pause(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.01)

    def await_log(self):
        """The log is written behind the work: whoever reads it after a start shall find that start in it."""
        self.starts += 1
        for _ in range(DEADLINE * 100):
            if self.env.get("LOG_LEVEL") not in ("debug", "info") or self.log_text().count('"serving"') >= self.starts:
                return
            self.pause()
        raise AssertionError("the broker's start is not in its log")

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.process.wait(DEADLINE)

    def restart(self, sig=signal.SIGKILL):
        self.stop(sig)
        self.start()

    def log_text(self):
        with open(self.home + "/broker.log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def request(self, method, path, headers=None, body=None, port=None, tls=False):
        """(status, headers, body) of one request."""
        if tls:
            context = ssl.create_default_context(cafile=self.home + "/cert.pem")
            c = http.client.HTTPSConnection("127.0.0.1", port or self.tls_port, timeout=DEADLINE, context=context)
        else:
            c = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=DEADLINE)
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    def get(self, path, headers=None, **kw):
        return self.request("GET", path, headers, **kw)

    def admin(self, path, token=True):
        headers = {"Authorization": "Bearer " + self.admin_token} if token else {}
        return self.request("GET", path, headers, port=self.admin_port)

    def create(self, user="ann", **kw):
        status, _, body = self.get("/api/mobile/create-session", {"Authorization": "Bearer user-" + user}, **kw)
        assert status == 200, (status, body)
        return Session(self, json.loads(body))

    # -- WebSocket ----------------------------------------------------------------------------------------------------

    def connect(self, path, tls=False, **kw):
        kw.setdefault("max_size", 64 << 20)
        kw.setdefault("ping_interval", None)
        kw.setdefault("close_timeout", DEADLINE)
        if tls:
            kw["ssl"] = ssl.create_default_context(cafile=self.home + "/cert.pem")
        scheme, port = ("wss", self.tls_port) if tls else ("ws", self.port)
        return websockets.connect(f"{scheme}://127.0.0.1:{port}{path}", **kw)


class Session:
    """What create-session answered, and how its two parties connect."""

    def __init__(self, broker, answer):
        self.broker, self.answer = broker, answer
        self.id, self.mobile_token = answer["session_id"], answer["ws_token"]
        sealed = base64.b64decode(answer["qr_encrypted"])
        decryptor = Cipher(algorithms.AES(bytes.fromhex(broker.qr_key)), modes.CBC(sealed[:16])).decryptor()
        plain = decryptor.update(sealed[16:]) + decryptor.finalize()
        self.qr = json.loads(plain[:-plain[-1]])
        self.device_token = self.qr["token"]

    async def mobile(self, **kw):
        ws = await self.broker.connect("/ws/mobile", **kw)
        await send(ws, type="auth", bearer_token=self.mobile_token, session_id=self.id)
        return ws, await receive(ws)

    async def device(self, device_id="RDK_001", **kw):
        ws = await self.broker.connect("/ws/device", **kw)
        await send(ws, type="auth", bearer_token=self.device_token, session_id=self.id, device_id=device_id)
        return ws, await receive(ws)

    async def pair(self, device_id="RDK_001", **kw):
        """Both in their seats, their notices read."""
        mobile, _ = await self.mobile(**kw)
        device, greeting = await self.device(device_id, **kw)
        assert greeting["type"] == "auth_success", greeting
        assert (await receive(mobile))["type"] == "device_connected"
        assert (await receive(device))["type"] == "mobile_connected"
        return mobile, device


async def send(ws, **message):
    await ws.send(json.dumps(message))


async def receive(ws):
    return json.loads(await asyncio.wait_for(ws.recv(), DEADLINE))


async def closed(ws):
    """The close code, after reading what came before it."""
    async def drain():
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await ws.recv()
    await asyncio.wait_for(drain(), DEADLINE)
    await asyncio.wait_for(ws.wait_closed(), DEADLINE)
    return ws.close_code


async def submit(device, passes=5, image=IMAGE, **more):
    await send(device, type="submit_result", image=image, consecutive_passes=passes, **more)


class BrokerCase(unittest.IsolatedAsyncioTestCase):
    """A backend and a broker for all tests of a class. `settings` are environment variables on top of the usual ones."""
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.backend = Backend()
        cls.broker = Broker(cls.backend, **cls.settings)

    @classmethod
    def tearDownClass(cls):
        cls.broker.close()
        cls.backend.close()

    def setUp(self):
        self.backend.validate, self.backend.verify = self.backend.accept_user, self.backend.accept_result
        self.backend.calls.clear()

    def tearDown(self):
        # Whatever a test did, the broker serves the next session.
        if self.broker.process.poll() is None and self.broker.get("/readyz")[0] == 200:
            self.backend.validate = self.backend.accept_user
            self.assertEqual(self.broker.get("/api/mobile/create-session", {"Authorization": "Bearer user-next"})[0], 200)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
